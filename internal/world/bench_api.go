package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// benchBodyMax bounds what a request to the bench may send, in bytes.
const benchBodyMax = 4096

// fromHere refuses to pages of other origins what changes anything.
func fromHere(h http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "the bench is used from its own pages and by programs only")
	}))
	return guard.Handler(h)
}

// refuse answers {"error": what to do}.
func refuse(w http.ResponseWriter, status int, text string) {
	tell(w, status, map[string]string{"error": text})
}

func tell(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value) // a client that is gone needs no answer
}

// parties are the simulators that take faults, by name, with their pages.
func (d *Demo) parties() map[string]http.Handler {
	parties := d.Wallets.handlers()
	parties["bureau"] = d.outside.bureau.Handler()
	if d.Network != nil {
		parties["cardnet"] = d.Network.Handler()
	}
	return parties
}

// setFault has a party misbehave: POST /faults {"party", "kind", "rate", "seed"} and, as they are needed, "after",
// "code" and "once". It is answered with the party's plan.
func (d *Demo) setFault(parties map[string]http.Handler) http.HandlerFunc {
	known := strings.Join(slices.Sorted(maps.Keys(parties)), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, benchBodyMax))
		var ask struct {
			Party string   `json:"party"`
			Kind  kit.Kind `json:"kind"`
		}
		if err != nil || json.Unmarshal(body, &ask) != nil || ask.Kind == "" {
			refuse(w, http.StatusBadRequest, fmt.Sprintf(`send {"party": one of %s, "kind": one of %v, "rate": 0 to 1, "seed": a whole number}; `+
				"a rate of 0 takes the fault away", known, kit.Kinds()))
			return
		}
		party := parties[ask.Party]
		if party == nil {
			refuse(w, http.StatusNotFound, fmt.Sprintf("no party %q takes faults here: name one of %s", ask.Party, known))
			return
		}
		there := r.Clone(r.Context())
		there.Body, there.ContentLength, there.Pattern = io.NopCloser(bytes.NewReader(body)), int64(len(body)), ""
		there.Header.Set("Content-Type", "application/json")
		said := capture{header: http.Header{}, status: http.StatusOK}
		party.ServeHTTP(&said, there)
		if said.status >= http.StatusBadRequest {
			refuse(w, said.status, strings.TrimSpace(said.body.String()))
			return
		}
		tell(w, said.status, json.RawMessage(said.body.Bytes()))
	}
}

// capture keeps an answer, so that the bench can word it.
type capture struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *capture) Header() http.Header            { return c.header }
func (c *capture) WriteHeader(status int)         { c.status = status }
func (c *capture) Write(text []byte) (int, error) { return c.body.Write(text) }

// clockMax is how far the clock moves at once.
const clockMax = 366 * 24 * time.Hour

// moveClock moves the demo's one clock: POST /clock {"advance": "24h"}. Signatures and their age stay on
// the wall clock.
func (d *Demo) moveClock(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Advance string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, benchBodyMax)).Decode(&ask); err != nil {
		refuse(w, http.StatusBadRequest, `send {"advance": "24h"}`)
		return
	}
	by, err := time.ParseDuration(ask.Advance)
	if err != nil || by < 0 || by > clockMax {
		refuse(w, http.StatusBadRequest, "advance is a time such as 90m or 24h, forward and at most a year")
		return
	}
	d.Clock.Advance(by)
	if err := os.WriteFile(filepath.Join(d.Options.Dir, clockFile), []byte(d.Clock.Offset().String()), 0o600); err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	if err := d.App.RollDay(r.Context()); err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	tell(w, http.StatusOK, map[string]string{"now": d.Clock.Now().Format(time.RFC3339)})
}
