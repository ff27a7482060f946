package pos

import (
	"slices"
	"time"
)

// Status is what a terminal knows without asking.
type Status struct {
	Terminal     string    `json:"terminal"`
	Merchant     string    `json:"merchant"`
	MerchantName string    `json:"merchant_name,omitempty"`
	Address      string    `json:"address"`
	TPDU         string    `json:"tpdu"`
	Operator     string    `json:"operator"`
	CheckValue   string    `json:"tmk_check_value"` // of the terminal master key, as technicians compare it
	SignedIn     bool      `json:"signed_in"`
	Clock        time.Time `json:"clock"`
	Trace        string    `json:"trace"` // the last one used
	Batch        string    `json:"batch"`
	Lines        int       `json:"lines"` // transactions in the open batch
	Debit        Sum       `json:"debit"`
	Credit       Sum       `json:"credit"`
	Pending      *Resolved `json:"pending,omitempty"` // not yet brought to an end
	Settling     bool      `json:"settling"`          // a batch close is under way
	Unprinted    bool      `json:"unprinted"`         // the last slip was not printed

	Profile  string     `json:"profile"`
	Training bool       `json:"training"`
	Due      []Download `json:"due,omitempty"`     // what the host asked for and has not got
	Errands  int        `json:"errands,omitempty"` // script results and signatures that wait
}

// Status returns what the terminal knows without asking.
func (t *Terminal) Status() Status {
	m := t.mem
	domestic, foreign := t.totals()
	s := Status{
		Terminal: m.Terminal, Merchant: m.Merchant, MerchantName: m.MerchantName, Address: m.Address, TPDU: m.TPDU,
		Operator: m.Operator, CheckValue: t.masterCheck(),
		SignedIn: m.SignedIn, Clock: t.now().Truncate(time.Second), Trace: six(m.Trace), Batch: six(m.Batch),
		Lines: len(m.Journal), Debit: domestic.Debit.plus(foreign.Debit), Credit: domestic.Credit.plus(foreign.Credit),
		Settling: m.Closing != nil, Unprinted: m.Last != nil && !m.Last.Printed,
		Profile: t.profile.name, Training: t.Training(), Due: slices.Clone(m.Due), Errands: len(m.Errands),
	}
	if p := m.Pending; p != nil {
		slip := p.Line.Slip
		s.Pending = &Resolved{
			Kind: slip.Kind, Advice: p.Advice, Reason: p.Reason, Trace: slip.Trace, Amount: slip.Amount, Tries: p.Tries,
		}
	}
	return s
}

// Printed says that the last slip is on paper. A terminal that loses power before knows by it, after its
// next start, that the customer may have no receipt.
func (t *Terminal) Printed() error {
	if t.mem.Last == nil || t.mem.Last.Printed {
		return nil
	}
	t.mem.Last.Printed = true
	return t.save()
}

// Journal returns the slips of the open batch in their order.
func (t *Terminal) Journal() []Slip {
	slips := make([]Slip, len(t.mem.Journal))
	for i, l := range t.mem.Journal {
		slips[i] = l.Slip
	}
	return slips
}

// Reprint returns a slip again, marked with how often: the last one, of a transaction or of a batch, when
// trace is "", otherwise that of a transaction of the open batch.
func (t *Terminal) Reprint(trace string) (Outcome, error) {
	o := Outcome{Approved: true, Code: "00", Class: ClassApproved}
	last := t.mem.Last
	if i := slices.IndexFunc(t.mem.Journal, func(l line) bool { return l.Slip.Trace == trace }); trace != "" && i < 0 {
		return Outcome{}, ErrNoPaper
	} else if i >= 0 {
		return t.again(o, &t.mem.Journal[i].Slip)
	}
	switch {
	case last == nil:
		return Outcome{}, ErrNoPaper
	case last.Batch != nil:
		last.Batch.Reprints++
		slip := *last.Batch
		o.Kind, o.Batch, o.BatchSlip = Settle, slip.Batch, &slip
		return o, t.save()
	}
	// The last slip may lie in the journal too; both count.
	if i := slices.IndexFunc(t.mem.Journal, func(l line) bool { return l.Slip.Trace == last.Slip.Trace }); i >= 0 {
		return t.again(o, &t.mem.Journal[i].Slip)
	}
	return t.again(o, last.Slip)
}

func (t *Terminal) again(o Outcome, slip *Slip) (Outcome, error) {
	slip.Reprints++
	out := *slip
	o.Kind, o.Trace, o.Batch, o.RRN, o.AuthCode, o.Amount, o.Slip =
		out.Kind, out.Trace, out.Batch, out.RRN, out.AuthCode, out.Amount, &out
	return o, t.save()
}
