package wechat

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
	Once   int     `json:"once,omitempty"` // with a rate of zero: strike so many
	Struck uint64  `json:"struck"`
}

const (
	faultBodyMax = 4096 // bytes
	onceMax      = 1000
)

// serveFaults serves the plan of faults, and sets flaws where a POST names one.
func (w *Wallet) serveFaults(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.faults.ServeHTTP(rw, r)
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
	if !slices.Contains(Flaws(), flaw.Kind) || flaw.Party != "" && flaw.Party != w.faults.Party() {
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.faults.ServeHTTP(rw, r)
		return
	}
	if flaw.Rate == 0 && flaw.Once > 0 {
		for range min(flaw.Once, onceMax) {
			if err = w.FlawOnce(flaw.Kind); err != nil {
				break
			}
		}
	} else {
		err = w.SetFlaw(flaw.Kind, flaw.Rate, flaw.Seed)
	}
	switch {
	case err != nil:
		http.Error(rw, err.Error(), http.StatusBadRequest)
	case form:
		rw.Header().Set("Location", "./") // relative, since the page may hang below any path
		rw.WriteHeader(http.StatusSeeOther)
	default:
		w.showFlaws(rw, r)
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

// showFlaws lists the plan of flaws.
func (w *Wallet) showFlaws(rw http.ResponseWriter, _ *http.Request) {
	list := []flawBody{}
	for _, f := range w.PlannedFlaws() {
		list = append(list, flawBody{w.faults.Party(), f.Flaw, f.Rate, f.Seed, f.Once, f.Struck})
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(rw).Encode(list) // a client that is gone needs no answer
}
