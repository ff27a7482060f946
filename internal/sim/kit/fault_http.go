package kit

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// faultBody is a fault as HTTP carries it.
type faultBody struct {
	Party  string  `json:"party"`
	Kind   Kind    `json:"kind"`
	Rate   float64 `json:"rate"`
	Seed   uint64  `json:"seed"`
	After  string  `json:"after,omitempty"` // e.g. "40s"
	Code   string  `json:"code,omitempty"`
	Seen   uint64  `json:"seen"`
	Struck uint64  `json:"struck"`
}

// ServeHTTP lists the plan on GET and sets a fault on POST, from JSON ({"party", "kind", "rate", "seed"}
// and, as they are needed, "after" and "code") or from a form of the same names. JSON is answered with the
// plan, a form by a redirection to the page it came from.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		f.reply(w)
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, 4096)
		fault, form, err := readFault(r)
		if err == nil {
			err = f.Set(fault)
		}
		switch {
		case errors.Is(err, ErrParty):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case form:
			w.Header().Set("Location", "./") // relative, since the page may hang below any path
			w.WriteHeader(http.StatusSeeOther)
		default:
			f.reply(w)
		}
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "faults are read by GET and set by POST", http.StatusMethodNotAllowed)
	}
}

func (f *Faults) reply(w http.ResponseWriter) {
	list := []faultBody{}
	for _, p := range f.List() {
		body := faultBody{Party: p.Party, Kind: p.Kind, Rate: p.Rate, Seed: p.Seed, Code: p.Code,
			Seen: p.Seen, Struck: p.Struck}
		if p.After != 0 {
			body.After = p.After.String()
		}
		list = append(list, body)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(list) // a client that is gone needs no answer
}

// readFault reads a fault and reports whether it came from a form.
func readFault(r *http.Request) (Fault, bool, error) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "application/x-www-form-urlencoded" {
		fault, err := faultFromForm(r)
		return fault, true, err
	}
	var body faultBody
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return Fault{}, false, errors.New(`kit: send a fault as JSON: {"party", "kind", "rate", "seed"}`)
	}
	fault := Fault{Party: body.Party, Kind: body.Kind, Rate: body.Rate, Seed: body.Seed, Code: body.Code}
	return fault, false, fault.wait(body.After)
}

func faultFromForm(r *http.Request) (Fault, error) {
	if err := r.ParseForm(); err != nil {
		return Fault{}, errors.New("kit: form of a fault cannot be read")
	}
	form := r.PostForm
	fault := Fault{Party: form.Get("party"), Kind: Kind(form.Get("kind")), Code: form.Get("code")}
	var err error
	if fault.Rate, err = strconv.ParseFloat(form.Get("rate"), 64); err != nil {
		return Fault{}, errors.New("kit: rate of a fault must be a number between 0 and 1")
	}
	if seed := form.Get("seed"); seed != "" {
		if fault.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
			return Fault{}, errors.New("kit: seed of a fault must be a whole number")
		}
	}
	return fault, fault.wait(form.Get("after"))
}

// wait sets how long a fault waits from text, "" leaving the party's default.
func (f *Fault) wait(text string) error {
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("kit: wait of a fault must be a duration such as 40s")
	}
	f.After = d
	return nil
}
