package alipay_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// patience of rails that are not answered.
const patience = 100 * time.Millisecond

// asks are what can be asked of a good order, each with one made ready for it, and what a wallet without faults answers.
func (r *rig) asks() map[wallet.Ask]wallet.Request {
	r.orders++
	base := 1000 * r.orders
	r.paid(number(base + 1))
	r.shown(number(base + 2))
	r.paid(number(base + 3))
	charge := r.scanned(number(base+4), r.code(simalipay.CodeOK))
	refund := r.back(number(base+3), "ref_"+number(base))
	return map[wallet.Ask]wallet.Request{
		wallet.Show: r.request(wallet.Show, number(base)), wallet.Charge: charge, wallet.Query: r.request(wallet.Query, number(base+1)),
		wallet.Withdraw: r.request(wallet.Withdraw, number(base+2)), wallet.Refund: refund,
	}
}

// well is what a wallet without faults answers to them.
var well = map[wallet.Ask]wallet.State{
	wallet.Show: wallet.Waiting, wallet.Charge: wallet.Paid, wallet.Query: wallet.Paid, wallet.Withdraw: wallet.Ended,
	wallet.Refund: wallet.Returned,
}

// silentBut returns what a wallet answers whose fault silences all, or all but some.
func silentBut(asks ...wallet.Ask) map[wallet.Ask]wallet.State {
	states := map[wallet.Ask]wallet.State{}
	for _, ask := range wallet.Asks {
		if states[ask] = wallet.Silent; slices.Contains(asks, ask) {
			states[ask] = well[ask]
		}
	}
	return states
}

// TestFaults has every fault of the plan strike every ask, and holds what the rail reports and that the truth comes out in the
// end.
func TestFaults(t *testing.T) {
	type strike struct {
		kind  kit.Kind
		code  string
		flaw  simalipay.Flaw
		want  map[wallet.Ask]wallet.State
		doubt outbound.Doubt
		mute  bool
	}
	strikes := []strike{
		{kind: kit.Lost, want: silentBut(), mute: true},
		{kind: kit.Drop, want: silentBut(), mute: true},
		{kind: kit.Late, want: silentBut(), mute: true},
		{kind: kit.Close, want: silentBut()},
		{kind: kit.Duplicate, want: well},
		{kind: kit.WrongAmount, want: well},
		{kind: kit.Decline, code: "ACQ.SYSTEM_ERROR", want: silentBut()},
		{kind: kit.Decline, code: "ACQ.NEVER_HEARD_OF", want: silentBut()},
		{flaw: simalipay.ForgedSignature, want: silentBut(), doubt: outbound.Unsigned},
		{flaw: simalipay.ExpiredCertificate, want: silentBut(), doubt: outbound.Unsigned},
		{flaw: simalipay.OtherOrder, want: silentBut(), doubt: outbound.Another},
		{flaw: simalipay.UnknownOutcome, want: silentBut()},
		{flaw: simalipay.ServerError, want: silentBut()},
		{flaw: simalipay.TooMany, want: silentBut()},
	}
	for _, m := range modes {
		for _, s := range strikes {
			if s.flaw == simalipay.ExpiredCertificate && !m.certificate {
				continue
			}
			t.Run(m.name+"/"+string(s.kind)+s.code+string(s.flaw), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, m, simalipay.Config{})
				r.want("first", r.ask(r.request(wallet.Query, number(1))), wallet.Missing)
				asked := r.rail
				if s.mute {
					asked = r.open(r.wallet.URL(), access(t, r.wallet, m), patience)
				}
				for ask, q := range r.asks() {
					if s.kind != "" {
						if err := r.wallet.Faults().Set(kit.Fault{Kind: s.kind, Rate: 1, Code: s.code}); err != nil {
							t.Fatal(err)
						}
					} else if err := r.wallet.SetFlaw(s.flaw, 1, 1); err != nil {
						t.Fatal(err)
					}
					r.doubted()
					a := asked.Ask(t.Context(), q)
					r.wallet.Faults().Clear()
					r.wallet.ClearFlaws()
					if a.State != s.want[ask] {
						t.Errorf("%s: %+v, want %s", ask, a, s.want[ask])
					}
					told := r.doubted()
					if s.doubt != "" && a.State == wallet.Silent && !slices.Equal(told, []outbound.Doubt{s.doubt}) || s.doubt == "" && len(told) > 0 {
						t.Errorf("%s: doubted %v, want %s", ask, told, s.doubt)
					}
					if s.kind == kit.WrongAmount && (ask == wallet.Charge || ask == wallet.Query) && a.RequestedFen != 1001 {
						t.Errorf("%s: the wallet's amount is not told: %+v", ask, a)
					}
					q.Again = true
					if ask == wallet.Charge {
						q.Ask = wallet.Query
						if now := r.ask(q); now.State != wallet.Paid && now.State != wallet.Missing {
							t.Errorf("then %+v", now)
						}
						continue
					}
					if now := r.ask(q); now.State != well[ask] {
						t.Errorf("%s once more: %+v, want %s", ask, now, well[ask])
					}
				}
			})
		}
	}
}

// TestUnsent holds when a request certainly never left.
func TestUnsent(t *testing.T) {
	r := newRig(t, modes[0], simalipay.Config{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	listener.Close()
	for _, m := range modes {
		dead := r.open(closed, access(t, r.wallet, m), patience)
		for _, ask := range wallet.Asks {
			if a := dead.Ask(t.Context(), r.request(ask, number(1))); a.State != wallet.Unsent {
				t.Errorf("%s, %s to nobody: %+v", m.name, ask, a)
			}
		}
	}
	unknown := r.request(wallet.Query, number(1))
	unknown.Account = "nobody"
	r.want("an account that is not there", r.ask(unknown), wallet.Unsent)
	r.want("an ask that is none", r.ask(r.request("dance", number(1))), wallet.Unsent)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.want("nobody waits", r.rail.Ask(ctx, r.request(wallet.Query, number(1))), wallet.Silent)
}

// TestAsk_givenUp holds that the end of the context is silence, whatever the wallet does.
func TestAsk_givenUp(t *testing.T) {
	r := newRig(t, modes[0], simalipay.Config{})
	defer r.fault(kit.Lost)()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, ask := range wallet.Asks {
		r.want(string(ask), r.rail.Ask(ctx, r.request(ask, number(1))), wallet.Silent)
	}
}

// TestAsk_crowded holds that what waits too long for its turn has not been sent.
func TestAsk_crowded(t *testing.T) {
	r := newRig(t, modes[0], simalipay.Config{})
	few := r.openWith(r.wallet.URL(), access(t, r.wallet, r.mode), 5*time.Second, 1)
	clear := r.fault(kit.Lost)
	ctx, cancel := context.WithCancel(t.Context())
	var first sync.WaitGroup
	first.Go(func() {
		if a := few.Ask(ctx, r.request(wallet.Query, number(1))); a.State != wallet.Silent {
			t.Errorf("the first: %+v", a)
		}
	})
	eventually(t, "the request in flight", func() bool { return len(r.wallet.Faults().List()) > 0 && r.wallet.Faults().List()[0].Seen > 0 })
	r.want("the second", few.Ask(t.Context(), r.request(wallet.Query, number(2))), wallet.Unsent)
	cancel()
	first.Wait()
	clear()
	r.want("the third", few.Ask(t.Context(), r.request(wallet.Query, number(3))), wallet.Missing)
}

// TestShow_amountOfAnother holds that an order number stands for one order.
func TestShow_amountOfAnother(t *testing.T) {
	r := newRig(t, modes[0], simalipay.Config{})
	r.shown(number(1))
	q := r.request(wallet.Show, number(1))
	q.Amount = money.Yuan(2000)
	if a := r.want("another order", r.ask(q), wallet.Silent); a.Content != "" {
		t.Errorf("it is shown: %+v", a)
	}
}
