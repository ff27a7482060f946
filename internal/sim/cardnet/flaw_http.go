package cardnet

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
	Kind   Flaw    `json:"kind"`
	Rate   float64 `json:"rate"`
	Seed   uint64  `json:"seed"`
	Struck uint64  `json:"struck"`
}

const faultBodyMax = 4096 // bytes

// serveFaults serves the plan of faults, and sets flaws where a POST names one.
func (n *Network) serveFaults(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		n.faults.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, faultBodyMax))
	if err != nil {
		http.Error(w, "the fault is too long", http.StatusRequestEntityTooLarge)
		return
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form := media == "application/x-www-form-urlencoded"
	flaw := readFlaw(body, form)
	if !slices.Contains(Flaws(), flaw.Kind) || flaw.Party != "" && flaw.Party != n.faults.Party() {
		r.Body = io.NopCloser(bytes.NewReader(body))
		n.faults.ServeHTTP(w, r)
		return
	}
	switch err := n.SetFlaw(flaw.Kind, flaw.Rate, flaw.Seed); {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case form:
		seeOther(w)
	default:
		n.showFlaws(w, r)
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
	f = flawBody{Party: values.Get("party"), Kind: Flaw(values.Get("kind")), Rate: -1}
	if rate, err := strconv.ParseFloat(values.Get("rate"), 64); err == nil {
		f.Rate = rate
	}
	if seed := values.Get("seed"); seed != "" {
		if f.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
			f.Rate = -1
		}
	}
	return f
}

// showFlaws lists the plan of flaws.
func (n *Network) showFlaws(w http.ResponseWriter, _ *http.Request) {
	list := []flawBody{}
	for _, f := range n.PlannedFlaws() {
		list = append(list, flawBody{n.faults.Party(), f.Flaw, f.Rate, f.Seed, f.Struck})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(list) // a client that is gone needs no answer
}
