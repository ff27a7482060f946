package kit_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// startHost runs a host for the length of a test.
func startHost(t *testing.T, clock *kit.Clock, handler http.Handler) *kit.Host {
	t.Helper()
	h, err := kit.NewHost(clock, "127.0.0.1:0", handler)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx := t.Context()
	go func() { done <- h.Serve(ctx) }()
	t.Cleanup(func() {
		h.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return h
}

// TestHost_faults holds what each fault does to a request: whether it is acted on, and whether it is answered.
func TestHost_faults(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	acted, effects, ready := make(chan struct{}, 1), make(chan kit.Effect, 1), make(chan struct{})
	var h *kit.Host
	h = startHost(t, clock, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		<-ready
		e := <-effects
		h.Meet(r, e)
		acted <- struct{}{}
		h.Part(r, e)
		io.WriteString(rw, "done")
	}))
	close(ready)
	for name, test := range map[string]struct {
		effect         kit.Effect
		acts, answered bool
	}{
		"none": {kit.Effect{}, true, true}, "lost": {kit.Effect{Lost: true}, false, false}, "drop": {kit.Effect{Drop: true}, true, false},
		"close": {kit.Effect{Close: true}, true, false}, "late": {kit.Effect{Late: time.Hour}, true, false},
	} {
		effects <- test.effect
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			answer.Body.Close()
		}
		if (err == nil) != test.answered {
			t.Errorf("%s: answered with %v", name, err)
		}
		cancel()
		select {
		case <-acted:
			if !test.acts {
				t.Errorf("%s: it is acted on", name)
			}
		default:
			if test.acts {
				t.Errorf("%s: it is not acted on", name)
			}
		}
	}
	effects <- kit.Effect{Delay: time.Hour}
	answers := make(chan error, 1)
	go func() {
		answer, err := http.Get(h.URL())
		if err == nil {
			err = answer.Body.Close()
		}
		answers <- err
	}()
	<-acted
	for waiting := true; waiting; {
		clock.Advance(time.Hour) // until the answer waits for it
		select {
		case err := <-answers:
			if err != nil {
				t.Error(err)
			}
			waiting = false
		default:
		}
	}
}

// TestHost_Later holds that what falls due is done at its time, and not once the host is closed.
func TestHost_Later(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	h := startHost(t, clock, http.NotFoundHandler())
	ran := make(chan string, 3)
	h.Later(noon.Add(time.Minute), func() { ran <- "later" })
	h.Later(noon, func() { ran <- "now" })
	if got := <-ran; got != "now" {
		t.Errorf("first came %s", got)
	}
	clock.Advance(time.Minute)
	if got := <-ran; got != "later" {
		t.Errorf("then came %s", got)
	}
	h.Later(noon.Add(time.Hour), func() { ran <- "too late" })
	h.Close()
	clock.Advance(time.Hour)
	select {
	case got := <-ran:
		t.Errorf("after the end came %s", got)
	default:
	}
	if h.Life().Err() == nil {
		t.Error("the life of a host goes on after its end")
	}
}

func TestNewHost_refuses(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "nowhere", "127.0.0.1:99999"} {
		if h, err := kit.NewHost(kit.NewClock(), address, nil); err == nil {
			t.Errorf("a host stands at %s", address)
			h.Close()
		}
	}
	front := newDesk(t, newBooks())
	for _, err := range []error{front.FlawOnce("missing"), front.SetFlaw("other", 1, 1)} {
		if err == nil || errors.Unwrap(err) == nil || err.Error()[:7] != "party: " {
			t.Errorf("a flaw that cannot be is set with %v", err)
		}
	}
}
