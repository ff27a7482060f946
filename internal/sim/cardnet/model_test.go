package cardnet_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// deal is an act as the model knows it. The model keeps no entries: what a card can spend follows from the
// states of the deals alone, so that it errs otherwise than books that move money to and fro.
type deal struct {
	m, answer *iso8583.Message
	kind      cardnet.Kind
	of        *deal
	pan       string
	fen       int64 // asked for
	total     int64 // of what took money or holds it
	refunded  int64
	adjusted  bool
	state     cardnet.State
	date      string // of clearing
}

// model predicts what the issuers do.
type model struct {
	date  string
	deals []*deal
	funds map[string]int64
}

const modelDays = 2 // that an authorization lives

func (o *deal) takes() bool {
	return o.kind == cardnet.Sale || o.kind == cardnet.Offline || o.kind == cardnet.Completion
}

// over reports whether the time of an authorization is over.
func (w *model) over(o *deal) bool {
	began, _ := time.Parse("20060102", o.date)
	now, _ := time.Parse("20060102", w.date)
	return now.Sub(began) > modelDays*24*time.Hour
}

func (w *model) alive(o *deal) bool {
	return o.kind == cardnet.Preauth && o.state == cardnet.Approved && !w.over(o)
}

// available returns what a card can spend.
func (w *model) available(pan string) int64 {
	left := w.funds[pan]
	for _, o := range w.deals {
		if o.pan != pan || o.state != cardnet.Approved {
			continue
		}
		if o.takes() {
			left -= o.total - o.refunded
		}
		if w.alive(o) {
			left -= o.total
		}
	}
	return left
}

// taken returns what stands taken from all cards.
func (w *model) taken() (fen int64) {
	for _, o := range w.deals {
		if o.takes() && o.state == cardnet.Approved {
			fen += o.total - o.refunded
		}
	}
	return fen
}

// allows predicts whether an act is approved.
func (w *model) allows(d *deal) bool {
	o := d.of
	covered := func(fen int64) bool { return fen <= 0 || fen <= w.available(d.pan) }
	sale := func() bool {
		return (o.kind == cardnet.Sale || o.kind == cardnet.Offline) && o.state == cardnet.Approved && o.refunded == 0
	}
	switch d.kind {
	case cardnet.Inquiry:
		return true
	case cardnet.Sale, cardnet.Preauth, cardnet.Offline:
		return covered(d.fen)
	case cardnet.Void:
		return sale() && d.fen == o.total
	case cardnet.Refund:
		return o.takes() && o.state == cardnet.Approved && d.fen <= o.total-o.refunded
	case cardnet.Adjustment:
		return sale() && covered(d.fen-o.total)
	case cardnet.AddOn:
		return w.alive(o) && covered(d.fen)
	case cardnet.PreauthVoid:
		return w.alive(o) && d.fen == o.total
	case cardnet.Completion:
		return w.alive(o) && d.fen*100 <= o.total*115 && covered(d.fen-o.total)
	case cardnet.CompletionVoid:
		return o.kind == cardnet.Completion && o.state == cardnet.Approved && o.refunded == 0 && d.fen == o.total
	}
	return w.reversible(o)
}

// reversible predicts whether a reversal of o is answered 00.
func (w *model) reversible(o *deal) bool {
	switch o.kind {
	case cardnet.Inquiry, cardnet.Refund, cardnet.Offline, cardnet.Adjustment, cardnet.Reversal:
		return false
	}
	if o.kind == cardnet.Completion && o.m.MTI() != "0200" {
		return false
	}
	switch o.state {
	case cardnet.Declined, cardnet.Reversed:
		return true
	case cardnet.Voided, cardnet.Completed:
		return false
	}
	switch o.kind {
	case cardnet.Preauth:
		return o.total == o.fen
	case cardnet.AddOn:
		return o.of.state == cardnet.Approved
	case cardnet.CompletionVoid:
		return o.of.of.state == cardnet.Approved
	}
	return o.refunded == 0 && !o.adjusted
}

// book lets an approved act take effect.
func (w *model) book(d *deal) {
	d.state, d.total, d.date = cardnet.Approved, d.fen, w.date
	o := d.of
	switch d.kind {
	case cardnet.Void, cardnet.PreauthVoid:
		o.state = cardnet.Voided
	case cardnet.CompletionVoid:
		o.state, o.of.state = cardnet.Voided, cardnet.Approved
	case cardnet.Completion:
		o.state = cardnet.Completed
	case cardnet.Refund:
		o.refunded += d.fen
	case cardnet.AddOn:
		o.total += d.fen
	case cardnet.Adjustment:
		o.total, o.adjusted = d.fen, true
	case cardnet.Reversal:
		w.unbook(o)
	}
}

func (w *model) unbook(o *deal) {
	if o.state != cardnet.Approved {
		return
	}
	o.state = cardnet.Reversed
	switch o.kind {
	case cardnet.Void, cardnet.PreauthVoid, cardnet.Completion:
		o.of.state = cardnet.Approved
	case cardnet.CompletionVoid:
		o.of.state, o.of.of.state = cardnet.Approved, cardnet.Completed
	case cardnet.AddOn:
		o.of.total -= o.fen
	}
}

// fitting is which of the acts of next may follow a kind at all.
var fitting = map[cardnet.Kind][]int{
	cardnet.Sale: {0, 1, 7, 8}, cardnet.Offline: {0, 1, 7}, cardnet.Preauth: {2, 3, 4, 4, 5, 5, 8}, cardnet.Completion: {1, 6, 6, 8},
	cardnet.AddOn: {8}, cardnet.Void: {8}, cardnet.PreauthVoid: {8}, cardnet.CompletionVoid: {8},
}

// next makes an act up, most often one that its original allows.
func (w *model) next(c *client, chance *rand.Rand) *deal {
	cards := []string{debitCard, creditCard, prepaidCard, foreignCard}
	d := &deal{pan: cards[chance.IntN(len(cards))], fen: 1 + chance.Int64N(9_000_00), state: cardnet.Declined}
	if d.pan == prepaidCard {
		d.fen = 1 + d.fen/60
	}
	opening := chance.IntN(10)
	if len(w.deals) == 0 || opening < 4 {
		switch opening {
		case 0:
			d.kind, d.m = cardnet.Sale, c.sale(d.pan, d.fen)
		case 1:
			d.kind, d.m = cardnet.Offline, c.offline(d.pan, d.fen)
		case 2:
			d.kind, d.m, d.fen = cardnet.Inquiry, c.inquiry(d.pan), 0
		default:
			d.kind, d.m = cardnet.Preauth, c.preauth(d.pan, d.fen)
		}
		return d
	}
	for range 3 { // tries to find one that stands
		d.of = w.deals[len(w.deals)-1-chance.IntN(min(10, len(w.deals)))]
		if d.of.state == cardnet.Approved {
			break
		}
	}
	o := d.of
	d.pan = o.pan
	if o.total > 0 && chance.IntN(2) == 0 {
		d.fen = o.total // what most acts need
	} else if o.total > 0 {
		d.fen = 1 + chance.Int64N(o.total+o.total/4+1)
	}
	act := chance.IntN(9)
	if fit := fitting[o.kind]; len(fit) > 0 && chance.IntN(3) > 0 {
		act = fit[chance.IntN(len(fit))]
	}
	switch act {
	case 0:
		d.kind, d.m = cardnet.Void, c.about("0200", "200000", "00", o.m, o.answer, d.fen)
	case 1:
		d.kind, d.m = cardnet.Refund, c.refund(o.m, d.fen)
	case 2:
		d.kind, d.m = cardnet.AddOn, c.addOn(o.m, o.answer, d.fen)
	case 3:
		d.kind, d.m = cardnet.PreauthVoid, c.preauthVoid(o.m, o.answer, d.fen)
	case 4:
		d.kind, d.m = cardnet.Completion, c.completion(o.m, o.answer, d.fen)
	case 5:
		d.kind, d.m = cardnet.Completion, c.completionAdvice(o.m, o.answer, d.fen)
	case 6:
		d.kind, d.m = cardnet.CompletionVoid, c.completionVoid(o.m, o.answer, d.fen)
	case 7:
		d.kind, d.m = cardnet.Adjustment, c.adjustment(o.m, o.answer, d.fen)
	default:
		d.kind, d.m, d.fen = cardnet.Reversal, c.reversal(o.m), o.fen
		if !o.m.Has(4) {
			d.m.Set(4, "000000000001")
		}
	}
	if d.m.Get(38) == "" {
		d.m.Set(38, "000000") // of an original that has none
	}
	return d
}

// TestIssuers_doAsTheModelSays sends acts of every kind, about anything that was sent before, over many clearing
// dates and restarts. After each step the network's own check holds, and what it answers, what each card can
// spend and what the daily files say are what the model predicts.
func TestIssuers_doAsTheModelSays(t *testing.T) {
	approved := map[cardnet.Kind]int{}
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 2))
			dir := t.TempDir()
			config := cardnet.Config{
				Dir: dir, Clock: kit.NewStandingClock(noon), ManualCutOver: true, AuthorizationDays: modelDays,
			}
			n := start(t, config)
			c := member(t, n)
			w := &model{date: n.ClearingDate(), funds: map[string]int64{}}
			for _, card := range cardnet.DemoCards() {
				w.funds[card.PAN] = card.Funds
			}
			for step := range 400 {
				switch {
				case step%100 == 99: // the network is another process from here on
					if err := n.Close(); err != nil {
						t.Fatal(err)
					}
					trace := c.trace
					n = start(t, config)
					c = member(t, n)
					c.trace = trace
				case chance.IntN(30) == 0:
					days(t, n, 1)
					w.date = n.ClearingDate()
				case len(w.deals) > 0 && chance.IntN(12) == 0:
					old := w.deals[chance.IntN(len(w.deals))]
					again := repeat(old.m)
					if again.Has(52) {
						c.enterPIN(again, "123456")
					}
					c.expect(old.answer.Get(39), again)
				default:
					d := w.next(c, chance)
					allowed := w.allows(d)
					d.answer = c.do(d.m)
					if got := d.answer.Get(39) == "00"; got != allowed {
						t.Fatalf("step %d: %s of %d fen is answered %s, the model says %v", step, d.kind, d.fen, d.answer.Get(39), allowed)
					}
					if allowed {
						w.book(d)
						approved[d.kind]++
					}
					w.deals = append(w.deals, d)
				}
				if err := n.Check(); err != nil {
					t.Fatalf("step %d: %v", step, err)
				}
				for pan := range w.funds {
					if got, _ := n.Balance(pan); got != w.available(pan) {
						t.Fatalf("step %d: a card can spend %d fen, the model says %d", step, got, w.available(pan))
					}
				}
			}
			if got := filed(t, n, dir); got != w.taken() {
				t.Errorf("the daily files say %d fen, the model %d", got, w.taken())
			}
			var taken int64
			for tx := range n.Transactions() {
				taken += tx.Taken()
			}
			if taken != w.taken() {
				t.Errorf("the network's transactions stand for %d fen, the model %d", taken, w.taken())
			}
		})
	}
	for _, kind := range []cardnet.Kind{
		cardnet.Sale, cardnet.Void, cardnet.Refund, cardnet.Reversal, cardnet.Preauth, cardnet.AddOn, cardnet.PreauthVoid,
		cardnet.Completion, cardnet.CompletionVoid, cardnet.Offline, cardnet.Adjustment, cardnet.Inquiry,
	} {
		if approved[kind] < 10 {
			t.Errorf("%d times %s was approved: the test proves too little", approved[kind], kind)
		}
	}
}
