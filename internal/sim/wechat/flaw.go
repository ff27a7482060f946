package wechat

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
)

// Flaw is a fault that only a wallet like this has, beside those that all parties share (package kit).
type Flaw string

// Flaws of answers, of orders and refunds, of notifications and of bills.
const (
	ForgedSignature    Flaw = "forged_signature"    // another key signed
	ExpiredCertificate Flaw = "expired_certificate" // signed under last year's, which is listed then too
	ClockOff           Flaw = "clock_off"           // the signature is ten minutes old
	WrongMerchant      Flaw = "wrong_merchant"      // the answer names another merchant and app
	OtherOrder         Flaw = "other_order"         // the answer is of another order
	ServerError        Flaw = "server_error"        // it acts and says 500 SYSTEM_ERROR
	TooMany            Flaw = "too_many"            // it does not act and says 429 FREQUENCY_LIMITED

	PaidAfterClose Flaw = "paid_after_close" // a close is answered 204, and the payer was quicker
	AbnormalRefund Flaw = "refund_abnormal"
	ClosedRefund   Flaw = "refund_closed"

	NoticeForged        Flaw = "notice_forged"         // of the first attempt only, as the next two
	NoticeClockOff      Flaw = "notice_clock_off"      // its signature is ten minutes old
	NoticeWrongMerchant Flaw = "notice_wrong_merchant" // it names another merchant and app
	NoticeProbe         Flaw = "notice_probe"          // one with a bad signature comes first
	NoticeLate          Flaw = "notice_late"           // by three days
	NoticeDisorder      Flaw = "notice_out_of_order"   // comes after the next one, or after an hour

	MissingLine Flaw = "missing_line"
	DoubledLine Flaw = "doubled_line"
	OtherAmount Flaw = "other_amount" // of a line, one fen more
	ExtraLine   Flaw = "extra_line"   // behind a line, one of an order that never was
)

var answerFlaws = []Flaw{
	ForgedSignature, ExpiredCertificate, ClockOff, WrongMerchant, OtherOrder, ServerError, TooMany,
}

// Flaws returns all flaws in the order in which the page lists them.
func Flaws() []Flaw {
	return append(slices.Clone(answerFlaws), PaidAfterClose, AbnormalRefund, ClosedRefund,
		NoticeForged, NoticeClockOff, NoticeWrongMerchant, NoticeProbe, NoticeLate, NoticeDisorder,
		MissingLine, DoubledLine, OtherAmount, ExtraLine)
}

// PlannedFlaw is a flaw with how often it strikes.
type PlannedFlaw struct {
	Flaw   Flaw
	Rate   float64 // share of messages, refunds or lines, 0 to 1
	Seed   uint64  // decides which
	Once   int     // further ones that it strikes whatever the rate; not of lines
	Struck uint64  // of lines none are counted, since a bill may be made again
}

// flaws is the plan of flaws. It is safe for concurrent use.
type flaws struct {
	mu   sync.Mutex
	plan map[Flaw]*runningFlaw
}

type runningFlaw struct {
	PlannedFlaw
	seen uint64
}

// struck is which flaws strike one message.
type struck map[Flaw]bool

func newFlaws() *flaws { return &flaws{plan: map[Flaw]*runningFlaw{}} }

// SetFlaw puts a flaw into the plan in place of what the plan says of it. A rate of zero takes it away.
func (w *Wallet) SetFlaw(flaw Flaw, rate float64, seed uint64) error {
	switch {
	case !slices.Contains(Flaws(), flaw):
		return fmt.Errorf("wechat: flaw %q is unknown; take one of %v", flaw, Flaws())
	case !(rate >= 0 && rate <= 1): // so that NaN is refused too
		return errors.New("wechat: rate of a flaw must lie between 0 and 1")
	}
	w.flaws.mu.Lock()
	defer w.flaws.mu.Unlock()
	delete(w.flaws.plan, flaw)
	if rate > 0 {
		w.flaws.plan[flaw] = &runningFlaw{PlannedFlaw: PlannedFlaw{Flaw: flaw, Rate: rate, Seed: seed}}
	}
	return nil
}

// FlawOnce has a flaw strike the next message or refund that it can strike.
func (w *Wallet) FlawOnce(flaw Flaw) error {
	if at := slices.Index(Flaws(), flaw); at < 0 || at >= slices.Index(Flaws(), MissingLine) {
		return fmt.Errorf("wechat: flaw %q does not strike once", flaw)
	}
	w.flaws.mu.Lock()
	defer w.flaws.mu.Unlock()
	if w.flaws.plan[flaw] == nil {
		w.flaws.plan[flaw] = &runningFlaw{PlannedFlaw: PlannedFlaw{Flaw: flaw}}
	}
	w.flaws.plan[flaw].Once++
	return nil
}

// ClearFlaws takes all flaws away.
func (w *Wallet) ClearFlaws() {
	w.flaws.mu.Lock()
	defer w.flaws.mu.Unlock()
	clear(w.flaws.plan)
}

// PlannedFlaws returns the plan of flaws in the order of [Flaws].
func (w *Wallet) PlannedFlaws() []PlannedFlaw {
	w.flaws.mu.Lock()
	defer w.flaws.mu.Unlock()
	var list []PlannedFlaw
	for _, flaw := range Flaws() {
		if f := w.flaws.plan[flaw]; f != nil {
			list = append(list, f.PlannedFlaw)
		}
	}
	return list
}

// strikes decides on what has this name, by the seed and nothing else.
func (f PlannedFlaw) strikes(name string) bool {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d %s", f.Flaw, f.Seed, name)
	x := h.Sum64()
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9 // FNV leaves the high bits of alike names alike
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return float64((x^x>>31)>>11)/(1<<53) < f.Rate
}

// next decides on the next message, by the seed and by how many came before it.
func (f *flaws) next(of ...Flaw) struck {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.plan) == 0 {
		return nil
	}
	s := struck{}
	for _, flaw := range of {
		running := f.plan[flaw]
		if running == nil {
			continue
		}
		running.seen++
		if s[flaw] = running.strikes(strconv.FormatUint(running.seen, 10)); running.Once > 0 {
			running.Once--
			s[flaw] = true
		}
		if s[flaw] {
			running.Struck++
		}
		if running.Rate == 0 && running.Once == 0 {
			delete(f.plan, flaw)
		}
	}
	return s
}

// running reports whether a flaw is in the plan.
func (f *flaws) running(flaw Flaw) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plan[flaw] != nil
}

// line reports whether a flaw strikes a line of a bill, which it knows by its name.
func (f *flaws) line(flaw Flaw, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	running := f.plan[flaw]
	return running != nil && running.strikes(name)
}
