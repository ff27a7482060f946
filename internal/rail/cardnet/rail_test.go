package cardnet_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/rail/cardnet"
	simcardnet "github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// shortly makes a rail that does not wait long for an answer.
func shortly(c *cardnet.Config) { c.Timeout = soon }

func (r *rig) fault(kind kit.Kind) {
	r.t.Helper()
	if err := r.network.Faults().Set(kit.Fault{Kind: kind, Rate: 1, Seed: 1}); err != nil {
		r.t.Fatal(err)
	}
}

func TestSale_approved(t *testing.T) {
	r := newRig(t, options{})
	q := r.sale(debitCard, 12_345)
	a := r.send(q, payment.Yes)
	if a.RailCode != "00" || len(a.AuthCode) != 6 || a.RRN != q.Operation.RRN || a.ApprovedFen != 0 {
		t.Errorf("answer %+v", a)
	}
	if a.ClearingDate != 20260305 || r.rail.ClearingDate() != 20260305 {
		t.Errorf("clearing date %v, the rail's %v", a.ClearingDate, r.rail.ClearingDate())
	}
	got, ok := r.known(q)
	if !ok || got.Kind != simcardnet.Sale || got.State != simcardnet.Approved || got.Amount != 12_345 ||
		got.Terminal != q.TerminalNumber || got.Merchant != q.MerchantNumber || got.Approval != a.AuthCode {
		t.Errorf("the network knows %+v", got)
	}
	if !r.rail.Ready() || r.rail.InFlight() != 0 {
		t.Errorf("ready %v with %d in flight", r.rail.Ready(), r.rail.InFlight())
	}
}

func TestSale_declined(t *testing.T) {
	r := newRig(t, options{})
	if a := r.send(r.sale(poorCard, 100), payment.No); a.Decline != payment.InsufficientFunds || a.RailCode != "51" {
		t.Errorf("a poor card: %+v", a)
	}
	wrong := r.sale(debitCard, 100)
	wrong.Card.PIN = r.pin("654321", debitCard)
	if a := r.send(wrong, payment.No); a.Decline != payment.WrongPIN || a.RailCode != "55" {
		t.Errorf("a wrong PIN: %+v", a)
	}
}

func TestSale_malformedPINNeverLeaves(t *testing.T) {
	r := newRig(t, options{})
	q := r.sale(debitCard, 100)
	q.Card.PIN.Block = []byte{1, 2, 3, 4, 5, 6, 7, 8}
	if a := r.send(q, payment.No); a.Decline != payment.WrongPIN || a.RailCode != "99" {
		t.Errorf("answer %+v", a)
	}
	if _, ok := r.known(q); ok {
		t.Error("the network heard of it")
	}
}

func TestSale_whatCannotBeBuiltNeverLeaves(t *testing.T) {
	r := newRig(t, options{})
	for name, spoil := range map[string]func(*payment.Request){
		"no card":         func(q *payment.Request) { q.Card = card.Presentation{} },
		"no stamp":        func(q *payment.Request) { q.Attempt.Stamp = "" },
		"amount":          func(q *payment.Request) { q.Operation.AmountFen = 1_000_000_000_000 },
		"negative amount": func(q *payment.Request) { q.Operation.AmountFen = -1 },
		"merchant number": func(q *payment.Request) { q.MerchantNumber = "1" },
		"kind":            func(q *payment.Request) { q.Operation.Kind = "barter" },
		"no original":     func(q *payment.Request) { q.Operation.Kind = payment.VoidOp },
		"reversal of nothing": func(q *payment.Request) {
			q.Operation.Kind = payment.ReversalOp
		},
	} {
		q := r.sale(debitCard, 100)
		spoil(&q)
		if a := r.rail.Send(t.Context(), q); a.Outcome != payment.NotSent {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if n := r.network.Stats().Financial; n != 0 {
		t.Errorf("the network got %d messages", n)
	}
}

func TestSale_silence(t *testing.T) {
	r := newRig(t, options{rail: shortly})
	if a := r.send(r.sale(silentCard, 100), payment.Silent); a.RailCode != "" {
		t.Errorf("answer %+v", a)
	}
	if r.rail.InFlight() != 0 {
		t.Error("the request is in flight still")
	}
}

func TestSale_lateAnswer(t *testing.T) {
	r := newRig(t, options{rail: shortly})
	q := r.sale(lateCard, 100)
	r.send(q, payment.Silent)
	r.clock.Advance(time.Minute)
	got := await(t, r.late)
	if got.attempt != q.Attempt.ID || got.answer.Outcome != payment.Yes || got.answer.RRN != q.Operation.RRN {
		t.Errorf("late answer %+v", got)
	}
}

func TestSale_callerGivesUp(t *testing.T) {
	r := newRig(t, options{})
	q := r.sale(lateCard, 100)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan payment.Answer, 1)
	go func() { answer <- r.rail.Send(ctx, q) }()
	await(t, r.sent)
	cancel()
	if a := await(t, answer); a.Outcome != payment.Silent {
		t.Errorf("answer %+v", a)
	}
	if a := r.rail.Send(ctx, r.sale(debitCard, 100)); a.Outcome != payment.NotSent {
		t.Errorf("a caller that had gone before: %+v", a)
	}
	r.settleLate(q)
}

// settleLate waits until the network has a sale and has its late answer come.
func (r *rig) settleLate(q payment.Request) {
	r.t.Helper()
	for {
		if _, ok := r.known(q); ok {
			break
		}
		r.send(r.sale(debitCard, 1), payment.Yes) // comes behind q on the same connection
	}
	r.clock.Advance(time.Minute)
	if got := await(r.t, r.late); got.attempt != q.Attempt.ID || got.answer.Outcome != payment.Yes {
		r.t.Errorf("late answer %+v", got)
	}
}

func TestSale_answeredTwice(t *testing.T) {
	r := newRig(t, options{})
	r.fault(kit.Duplicate)
	r.send(r.sale(debitCard, 100), payment.Yes)
	if why := await(t, r.dropped); why != cardnet.Unmatched {
		t.Errorf("the duplicate was dropped as %q", why)
	}
}

func TestSale_otherAmountIsSilence(t *testing.T) {
	r := newRig(t, options{rail: shortly})
	r.fault(kit.WrongAmount)
	r.send(r.sale(debitCard, 100), payment.Silent)
	if why := await(t, r.dropped); why != cardnet.Mismatch {
		t.Errorf("dropped as %q", why)
	}
}

func TestSale_wrongMACIsSilence(t *testing.T) {
	r := newRig(t, options{rail: shortly})
	r.relay.onBack(func(body []byte) bool {
		if string(body[:4]) == "0210" {
			body[len(body)-1] ^= 1
		}
		return true
	})
	r.send(r.sale(debitCard, 100), payment.Silent)
	if why := await(t, r.dropped); why != cardnet.WrongMAC {
		t.Errorf("dropped as %q", why)
	}
}

func TestSale_noMACIsSilence(t *testing.T) {
	r := newRig(t, options{rail: shortly})
	r.relay.onBack(func(body []byte) bool {
		if string(body[:4]) == "0210" {
			body[4+15] &^= 1 // the last bit of the bitmap, so that eight bytes are left over
		}
		return true
	})
	r.send(r.sale(debitCard, 100), payment.Silent)
	if why := await(t, r.dropped); why != cardnet.Malformed {
		t.Errorf("dropped as %q", why)
	}
}

// TestSale_onePending sends one attempt twice at a time: the second does not take the first one's answer.
func TestSale_onePending(t *testing.T) {
	r := newRig(t, options{rail: func(c *cardnet.Config) { c.Timeout = patience }})
	q := r.sale(lateCard, 100)
	answer := make(chan payment.Answer, 1)
	go func() { answer <- r.rail.Send(context.Background(), q) }()
	await(t, r.sent)
	r.send(q, payment.Silent)
	for _, ok := r.known(q); !ok; _, ok = r.known(q) {
		r.send(r.sale(debitCard, 1), payment.Yes)
	}
	r.clock.Advance(time.Minute)
	if a := await(t, answer); a.Outcome != payment.Yes {
		t.Errorf("answer %+v", a)
	}
}

func TestVoid(t *testing.T) {
	r := newRig(t, options{})
	sale := r.sale(debitCard, 100)
	a := r.send(sale, payment.Yes)
	void := r.about(sale, payment.VoidOp, a.AuthCode)
	void.Card.PIN = r.pin("123456", debitCard)
	r.send(void, payment.Yes)
	if got, _ := r.known(sale); got.State != simcardnet.Voided {
		t.Errorf("the sale is %s", got.State)
	}
	r.send(r.reversal(void), payment.Yes)
	if got, _ := r.known(sale); got.State != simcardnet.Approved {
		t.Errorf("after the reversal of its void the sale is %s", got.State)
	}
}

func TestRefund_repeats(t *testing.T) {
	r := newRig(t, options{})
	sale := r.sale(debitCard, 100)
	r.send(sale, payment.Yes)
	refund := r.about(sale, payment.RefundOp, "")
	refund.Operation.AmountFen = 40
	r.send(refund, payment.Yes)
	refund.Attempt.Tries = 2
	r.send(refund, payment.Yes)
	if got, _ := r.known(sale); got.Refunded != 40 {
		t.Errorf("%d fen are refunded, want 40", got.Refunded)
	}
	if n := r.network.Stats().Duplicates; n != 1 {
		t.Errorf("the network saw %d repeats, want 1", n)
	}
	more := r.about(sale, payment.RefundOp, "")
	more.Operation.AmountFen = 61
	if a := r.send(more, payment.No); a.Decline != payment.OriginalAmount {
		t.Errorf("a refund above the rest: %+v", a)
	}
}

func TestReversal_repeats(t *testing.T) {
	r := newRig(t, options{rail: shortly})
	sale := r.sale(silentCard, 100)
	r.send(sale, payment.Silent)
	reversal := r.reversal(sale)
	var types []string
	r.relay.onBack(func(body []byte) bool {
		types = append(types, string(body[:4]))
		return len(types) > 1
	})
	r.send(reversal, payment.Silent)
	reversal.Attempt.Tries = 2
	r.send(reversal, payment.Yes)
	if got, _ := r.known(sale); got.State != simcardnet.Reversed {
		t.Errorf("the sale is %s", got.State)
	}
	if n := r.network.Stats().Duplicates; n != 1 {
		t.Errorf("the network saw %d repeats, want 1", n)
	}
}

func TestReversal_ofTheUnknown(t *testing.T) {
	r := newRig(t, options{})
	sale := r.sale(debitCard, 100)
	if a := r.send(r.reversal(sale), payment.No); a.Decline != payment.OriginalNotFound || a.RailCode != "25" {
		t.Errorf("answer %+v", a)
	}
	if a := r.send(sale, payment.No); a.Decline != payment.InvalidTransaction {
		t.Errorf("the sale after its reversal: %+v", a)
	}
}

func TestSend_notConnected(t *testing.T) {
	r := newRig(t, options{idle: true})
	r.send(r.sale(debitCard, 100), payment.NotSent)
	if r.rail.Ready() {
		t.Error("a rail that does not run is ready")
	}
}

func TestConnection_lostInFlight(t *testing.T) {
	r := newRig(t, options{})
	q := r.sale(lateCard, 100)
	answer := make(chan payment.Answer, 1)
	go func() { answer <- r.rail.Send(context.Background(), q) }()
	await(t, r.sent)
	for _, ok := r.known(q); !ok; _, ok = r.known(q) {
		r.send(r.sale(debitCard, 1), payment.Yes)
	}
	r.relay.cut()
	if a := await(t, answer); a.Outcome != payment.Silent {
		t.Errorf("answer %+v", a)
	}
	await(t, r.lost)
	await(t, r.connected)
	r.send(r.sale(debitCard, 100), payment.Yes)
}

func TestConnection_cutInsteadOfAnswer(t *testing.T) {
	r := newRig(t, options{})
	r.fault(kit.Close)
	q := r.sale(debitCard, 100)
	r.send(q, payment.Silent)
	r.network.Faults().Clear()
	await(t, r.connected)
	r.send(r.reversal(q), payment.Yes)
}

func TestConnection_unansweredEcho(t *testing.T) {
	r := newRig(t, options{rail: func(c *cardnet.Config) { c.Timeout, c.Heartbeat = soon, soon/10 }})
	r.relay.onBack(func([]byte) bool { return false })
	await(t, r.lost)
	r.relay.onBack(nil)
	await(t, r.connected)
	r.send(r.sale(debitCard, 100), payment.Yes)
}

func TestConnection_answersEcho(t *testing.T) {
	r := newRig(t, options{network: simcardnet.Config{EchoEvery: time.Minute}})
	r.send(r.sale(debitCard, 100), payment.Yes) // the network is over with the sign-on
	before := r.network.Stats().Answers
	r.clock.Advance(time.Minute)
	r.send(r.sale(debitCard, 100), payment.Yes) // the answer to the echo went before it
	if s := r.network.Stats(); s.Answers != before+2 || s.FormatErrors != 0 {
		t.Errorf("the network sent %d messages, want 2 (%d format errors)", s.Answers-before, s.FormatErrors)
	}
}

func TestConnection_storeFailsFirst(t *testing.T) {
	var store *sessions
	r := newRig(t, options{rail: func(c *cardnet.Config) {
		store = c.Sessions.(*sessions)
		store.failures = 2
	}})
	r.send(r.sale(debitCard, 100), payment.Yes)
	if store.failures != 0 {
		t.Error("the rail did not ask the store again")
	}
}

func TestConnections_many(t *testing.T) {
	r := newRig(t, options{rail: func(c *cardnet.Config) { c.Connections = 3 }})
	for range 9 {
		r.send(r.sale(debitCard, 100), payment.Yes)
	}
	if s := r.network.Stats(); s.SignOns != 3 || s.MACErrors != 0 {
		t.Errorf("%d sign-ons, %d wrong MACs", s.SignOns, s.MACErrors)
	}
}

func TestRun_signsOffAfterTheLastAnswer(t *testing.T) {
	r := newRig(t, options{})
	q := r.sale(lateCard, 100)
	answer := make(chan payment.Answer, 1)
	go func() { answer <- r.rail.Send(context.Background(), q) }()
	await(t, r.sent)
	for _, ok := r.known(q); !ok; _, ok = r.known(q) {
		r.send(r.sale(debitCard, 1), payment.Yes)
	}
	r.stop()
	for r.rail.Send(t.Context(), r.sale(debitCard, 1)).Outcome != payment.NotSent {
		continue // the rail has not noticed yet
	}
	before := r.network.Stats().Management
	r.clock.Advance(time.Minute)
	if a := await(t, answer); a.Outcome != payment.Yes {
		t.Errorf("the request in flight: %+v", a)
	}
	r.ended <- await(t, r.ended) // again for the clean-up
	if n := r.network.Stats().Management - before; n != 1 {
		t.Errorf("%d network messages at the end, want the sign-off", n)
	}
	if r.rail.Ready() {
		t.Error("a rail that ended is ready")
	}
}

func TestKeys_changeUnderLoad(t *testing.T) {
	r := newRig(t, options{})
	const senders, each, changes = 8, 50, 5
	outcomes := make(chan payment.Answer, senders*each)
	requests := make([][]payment.Request, senders)
	for i := range requests {
		for range each {
			requests[i] = append(requests[i], r.sale(debitCard, 1))
		}
	}
	await(t, r.sessions.saved) // the clearing date
	await(t, r.sessions.saved) // the first keys
	for _, list := range requests {
		go func() {
			for _, q := range list {
				outcomes <- r.rail.Send(context.Background(), q)
			}
		}()
	}
	for n := range changes {
		r.network.ChangeKeys()
		if s := await(t, r.sessions.saved); s.Version != int64(n)+2 {
			t.Errorf("version %d after change %d", s.Version, n+1)
		}
	}
	for range senders * each {
		if a := await(t, outcomes); a.Outcome != payment.Yes {
			t.Fatalf("answer %+v", a)
		}
	}
	if s := r.network.Stats(); s.MACErrors != 0 || s.KeysRefused != 0 || len(r.dropped) != 0 {
		t.Errorf("%d wrong MACs, %d keys refused, %d answers dropped", s.MACErrors, s.KeysRefused, len(r.dropped))
	}
}

func TestKeys_oldOnesEnd(t *testing.T) {
	for name, c := range map[string]struct {
		age  time.Duration
		late bool
	}{"in time": {50 * time.Second, true}, "too late": {70 * time.Second, false}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, options{network: simcardnet.Config{LateAfter: c.age}, rail: shortly})
			r.send(r.sale(lateCard, 100), payment.Silent)
			await(t, r.sessions.saved)
			await(t, r.sessions.saved)
			for range 2 { // what comes with the second was worked on after the first was in use
				r.network.ChangeKeys()
				await(t, r.sessions.saved)
			}
			r.clock.Advance(c.age)
			if c.late {
				await(t, r.late)
			} else if why := await(t, r.dropped); why != cardnet.WrongMAC {
				t.Errorf("dropped as %q", why)
			}
		})
	}
}

// TestKeys_refusedAreNotUsed has the store fail under a key change: the old keys go on.
func TestKeys_refusedAreNotUsed(t *testing.T) {
	r := newRig(t, options{})
	r.sessions.mu.Lock()
	r.sessions.err = errors.New("the disk is full")
	r.sessions.mu.Unlock()
	r.network.ChangeKeys()
	for r.network.Stats().KeysRefused == 0 {
		r.send(r.sale(debitCard, 1), payment.Yes)
	}
	r.send(r.sale(debitCard, 1), payment.Yes)
}

func TestKeys_askedForWhenMACsDoNotFit(t *testing.T) {
	r := newRig(t, options{})
	await(t, r.sessions.saved)
	await(t, r.sessions.saved)
	r.vault.spoil.Store(true)
	if a := r.send(r.sale(debitCard, 100), payment.No); a.RailCode != "A0" || a.Decline != payment.SystemFault {
		t.Errorf("answer %+v", a)
	}
	if s := await(t, r.sessions.saved); s.Version != 2 {
		t.Errorf("version %d of the keys, want 2", s.Version)
	}
	r.send(r.sale(debitCard, 100), payment.Yes)
	if n := r.network.Stats().SignOns; n != 2 {
		t.Errorf("%d sign-ons, want 2", n)
	}
}

func TestCutOver(t *testing.T) {
	r := newRig(t, options{})
	await(t, r.sessions.saved)
	await(t, r.sessions.saved)
	if err := r.network.CloseDay(t.Context()); err != nil {
		t.Fatal(err)
	}
	const next calendar.Date = 20260306
	if s := await(t, r.sessions.saved); s.ClearingDate != next || s.Version != 1 {
		t.Errorf("saved %v under version %d", s.ClearingDate, s.Version)
	}
	if a := r.send(r.sale(debitCard, 100), payment.Yes); a.ClearingDate != next || r.rail.ClearingDate() != next {
		t.Errorf("clearing date %v, the rail's %v", a.ClearingDate, r.rail.ClearingDate())
	}
}

func TestNew_refuses(t *testing.T) {
	good := cardnet.Config{
		Address: "127.0.0.1:1", Acquirer: "1", Forwarder: "2", MasterKey: []byte{1}, Keys: &vault{}, Sessions: &sessions{},
	}
	if _, err := cardnet.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*cardnet.Config){
		"no address":     func(c *cardnet.Config) { c.Address = "" },
		"no acquirer":    func(c *cardnet.Config) { c.Acquirer = "" },
		"forwarder":      func(c *cardnet.Config) { c.Forwarder = "123456789012" },
		"letters":        func(c *cardnet.Config) { c.Acquirer = "4898x" },
		"no member key":  func(c *cardnet.Config) { c.MasterKey = nil },
		"no keys":        func(c *cardnet.Config) { c.Keys = nil },
		"no sessions":    func(c *cardnet.Config) { c.Sessions = nil },
		"negative times": func(c *cardnet.Config) { c.Timeout = -1 },
	} {
		bad := good
		spoil(&bad)
		if _, err := cardnet.New(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
