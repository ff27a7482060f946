package kit

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// flawBody is a flaw as HTTP carries it, with the names that faults have.
type flawBody struct {
	Party  string  `json:"party"`
	Kind   string  `json:"kind"`
	Rate   float64 `json:"rate"`
	Seed   uint64  `json:"seed"`
	Once   int     `json:"once,omitempty"` // strike so many more, whatever the rate
	Struck uint64  `json:"struck"`
}

const (
	faultBodyMax = 4096 // bytes
	onceMax      = 1000
)

// Handler serves the plan of faults of the same party, and sets flaws where a POST names one.
func (f *Flaws[F]) Handler(faults *Faults) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			faults.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, faultBodyMax))
		if err != nil {
			http.Error(rw, "the fault is too long", http.StatusRequestEntityTooLarge)
			return
		}
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		form := media == "application/x-www-form-urlencoded"
		flaw := readFlaw(body, form)
		if !slices.Contains(f.known, F(flaw.Kind)) || flaw.Party != "" && flaw.Party != faults.Party() {
			r.Body = io.NopCloser(bytes.NewReader(body))
			faults.ServeHTTP(rw, r)
			return
		}
		if flaw.Once > 0 {
			for range min(flaw.Once, onceMax) {
				if err = f.Once(F(flaw.Kind)); err != nil {
					break
				}
			}
		} else {
			err = f.Set(F(flaw.Kind), flaw.Rate, flaw.Seed)
		}
		switch {
		case err != nil:
			http.Error(rw, err.Error(), http.StatusBadRequest)
		case form:
			rw.Header().Set("Location", "./") // relative, since the page may hang below any path
			rw.WriteHeader(http.StatusSeeOther)
		default:
			f.Show(faults.Party())(rw, r)
		}
	}
}

// readFlaw reads a flaw. What it cannot read it leaves to whoever reads faults; a rate that is none becomes
// one that is refused.
func readFlaw(body []byte, form bool) (f flawBody) {
	if !form {
		if json.Unmarshal(body, &f) != nil {
			return flawBody{}
		}
		return f
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return flawBody{}
	}
	f = flawBody{Party: values.Get("party"), Kind: values.Get("kind"), Rate: -1}
	if rate, err := strconv.ParseFloat(values.Get("rate"), 64); err == nil {
		f.Rate = rate
	}
	if once, err := strconv.Atoi(values.Get("once")); err == nil {
		f.Once = once
	}
	if seed := values.Get("seed"); seed != "" {
		if f.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
			f.Rate, f.Once = -1, 0
		}
	}
	return f
}

// Show lists the plan of flaws of a party.
func (f *Flaws[F]) Show(party string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		list := []flawBody{}
		for _, p := range f.List() {
			list = append(list, flawBody{party, string(p.Flaw), p.Rate, p.Seed, p.Once, p.Struck})
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.Header().Set("Cache-Control", "no-store")
		json.NewEncoder(rw).Encode(list) // a client that is gone needs no answer
	}
}
