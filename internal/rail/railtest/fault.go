package railtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// patience of rails that are not answered.
const patience = 100 * time.Millisecond

// Well is what a wallet without faults answers to the asks that [Faults] makes ready, given what it answers to a refund.
func Well(refund wallet.State) map[wallet.Ask]wallet.State {
	return map[wallet.Ask]wallet.State{
		wallet.Show: wallet.Waiting, wallet.Charge: wallet.Paid, wallet.Query: wallet.Paid, wallet.Withdraw: wallet.Ended,
		wallet.Refund: refund,
	}
}

// Strike is one fault or flaw and what a rail is to report under it.
type Strike struct {
	Kind kit.Kind
	Code string // of a Decline
	Flaw string
	// Heard are the asks whose answers it does not spoil; nil means none. All others are silence.
	Heard []wallet.Ask
	Doubt outbound.Doubt // why an answer is not believed; "" where there is none to doubt
}

// Common are the faults that all parties share, with two codes that say nothing.
func Common(codes ...string) []Strike {
	list := []Strike{
		{Kind: kit.Lost}, {Kind: kit.Drop}, {Kind: kit.Late}, {Kind: kit.Close},
		{Kind: kit.Duplicate, Heard: wallet.Asks}, {Kind: kit.WrongAmount, Heard: wallet.Asks},
	}
	for _, code := range codes {
		list = append(list, Strike{Kind: kit.Decline, Code: code})
	}
	return list
}

// mute tells that the wallet does not answer at all.
func (s Strike) mute() bool { return s.Kind == kit.Lost || s.Kind == kit.Drop || s.Kind == kit.Late }

// on has it strike every message until the returned function is called.
func (s Strike) on(r *Rig) (off func()) {
	r.Helper()
	if s.Kind != "" {
		return r.Fault(kit.Fault{Kind: s.Kind, Code: s.Code})
	}
	if err := r.Party.Set(s.Flaw, 1, 1); err != nil {
		r.Fatal(err)
	}
	return r.Party.Clear
}

// asks are what can be asked of a good order, each with one made ready for it.
func (r *Rig) asks() map[wallet.Ask]wallet.Request {
	r.ready++
	base := 1000 * r.ready
	r.Paid(Number(base + 1))
	r.Shown(Number(base + 2))
	r.Paid(Number(base + 3))
	return map[wallet.Ask]wallet.Request{
		wallet.Show: r.Request(wallet.Show, Number(base)), wallet.Charge: r.Scanned(Number(base+4), r.Code(kit.CodeOK)),
		wallet.Query: r.Request(wallet.Query, Number(base+1)), wallet.Withdraw: r.Request(wallet.Withdraw, Number(base+2)),
		wallet.Refund: r.Back(Number(base+3), "ref_"+Number(base)),
	}
}

// Faults has each strike hit every ask, and holds what the rail reports and that the truth comes out in the end.
func Faults(t *testing.T, open func(t testing.TB) *Rig, well map[wallet.Ask]wallet.State, strikes []Strike) {
	for _, s := range strikes {
		t.Run(string(s.Kind)+s.Code+s.Flaw, func(t *testing.T) {
			t.Parallel()
			r := open(t)
			r.Want("first", r.Ask(r.Request(wallet.Query, Number(1))), wallet.Missing) // has the keys that are downloaded
			asked := r.Rail
			if s.mute() {
				asked = r.Open(outbound.Config{Timeout: patience})
			}
			for ask, q := range r.asks() {
				r.Doubted()
				off := s.on(r)
				a := asked.Ask(t.Context(), q)
				off()
				want := wallet.Silent
				if slices.Contains(s.Heard, ask) {
					want = well[ask]
				}
				if a.State != want {
					t.Errorf("%s: %+v, want %s", ask, a, want)
				}
				told := r.Doubted()
				if s.Doubt != "" && a.State == wallet.Silent && !slices.Equal(told, []outbound.Doubt{s.Doubt}) || s.Doubt == "" && len(told) > 0 {
					t.Errorf("%s: doubted %v, want %s", ask, told, s.Doubt)
				}
				if s.Kind == kit.WrongAmount && (ask == wallet.Charge || ask == wallet.Query) && a.RequestedFen != 1001 {
					t.Errorf("%s: the wallet's amount is not told: %+v", ask, a)
				}
				q.Again = true
				if ask == wallet.Charge {
					q.Ask = wallet.Query
					if now := r.Ask(q); now.State != wallet.Paid && now.State != wallet.Missing {
						t.Errorf("then %+v", now)
					}
				} else if now := r.Ask(q); now.State != well[ask] {
					t.Errorf("%s once more: %+v, want %s", ask, now, well[ask])
				}
			}
			if s.Doubt == outbound.Unsigned {
				r.refusals(s)
			}
		})
	}
}

// refusals holds that a "no" that the wallet did not sign is none.
func (r *Rig) refusals(s Strike) {
	r.Helper()
	for what, no := range map[string]struct {
		q     wallet.Request
		state wallet.State
	}{
		"an order that is not there": {r.Request(wallet.Query, Number(900)), wallet.Missing},
		"a payer without money":      {r.Scanned(Number(901), r.Code(kit.CodePoor)), wallet.Failed},
		"a refund of nothing":        {r.Back(Number(902), "ref_"+Number(902)), wallet.Failed},
	} {
		off := s.on(r)
		r.Want(what+", unsigned", r.Ask(no.q), wallet.Silent)
		off()
		if no.q.Ask != wallet.Charge { // the code is used
			r.Want(what, r.Ask(no.q), no.state)
		}
	}
}

// Unsent holds when a request certainly never left, and when it may have.
func Unsent(t *testing.T, r *Rig) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	listener.Close()
	dead := r.Open(outbound.Config{Base: closed})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	defer r.Fault(kit.Fault{Kind: kit.Lost})()
	short, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	for _, ask := range wallet.Asks {
		q := r.Request(ask, Number(1))
		r.Want(string(ask)+" to nobody", dead.Ask(t.Context(), q), wallet.Unsent)
		r.Want(string(ask)+" that nobody waits for", r.Rail.Ask(gone, q), wallet.Silent)
		r.Want(string(ask)+" that is given up", r.Rail.Ask(short, q), wallet.Silent)
	}
	unknown := r.Request(wallet.Query, Number(1))
	unknown.Account = "nobody"
	r.Want("an account that is not there", r.Ask(unknown), wallet.Unsent)
	r.Want("an ask that is none", r.Ask(r.Request("dance", Number(1))), wallet.Unsent)
	spoiled := wallet.Access{Account: r.Access.Account, Fields: map[string]string{}}
	x := r.Open(outbound.Config{Accounts: Book(spoiled)})
	r.Want("an account without keys", x.Ask(t.Context(), r.Request(wallet.Query, Number(1))), wallet.Unsent)
}

// Crowded holds that what waits too long for its turn has not been sent.
func Crowded(t *testing.T, r *Rig) {
	few := r.Open(outbound.Config{Timeout: 5 * time.Second, InFlight: 1})
	off := r.Fault(kit.Fault{Kind: kit.Lost})
	ctx, cancel := context.WithCancel(t.Context())
	var first sync.WaitGroup
	first.Go(func() {
		if a := few.Ask(ctx, r.Request(wallet.Query, Number(1))); a.State != wallet.Silent {
			t.Errorf("the first: %+v", a)
		}
	})
	Eventually(t, "the request in flight", func() bool {
		list := r.Party.Faults.List()
		return len(list) > 0 && list[0].Seen > 0
	})
	r.Want("the second", few.Ask(t.Context(), r.Request(wallet.Query, Number(2))), wallet.Unsent)
	cancel()
	first.Wait()
	off()
	r.Want("the third", few.Ask(t.Context(), r.Request(wallet.Query, Number(3))), wallet.Missing)
}

// ClockAndReach holds that a test of an account tells how far our clock is off, and that nobody is there.
func ClockAndReach(t *testing.T, r *Rig) {
	target, err := url.Parse(r.Party.URL)
	if err != nil {
		t.Fatal(err)
	}
	for by, want := range map[time.Duration]string{10 * time.Minute: "behind", -10 * time.Minute: "ahead"} {
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.ModifyResponse = func(a *http.Response) error {
			a.Header.Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
			return nil
		}
		server := httptest.NewServer(proxy)
		what, _, detail := Failed(r.Open(outbound.Config{Base: server.URL}).Test(t.Context(), r.Access, Address))
		if what != "clock" || !strings.Contains(detail, want) {
			t.Errorf("%s: %s", what, detail)
		}
		server.Close()
		what, _, detail = Failed(r.Open(outbound.Config{Base: server.URL}).Test(t.Context(), r.Access, Address))
		if what != "reach" || !strings.Contains(detail, "refused") {
			t.Errorf("%s: %s", what, detail)
		}
	}
}
