package pos

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// SaleInput is a sale to make.
type SaleInput struct {
	Amount int64 // fen
	Card   Card
	Entry  Entry
	// PIN is what the cardholder enters, "" for none. A tap up to WaiverLimit asks for none and sends none.
	PIN cardcrypto.PIN
	// Fallback marks a stripe that is read because the chip failed (F22 80x, 60.5 = 2).
	Fallback bool
}

// RefundInput is a refund to make of a sale of any terminal of the merchant.
type RefundInput struct {
	Amount int64 // fen; the whole sale or part of it
	Card   Card
	Entry  Entry
	RRN    string // of the sale, 12 characters
	Date   string // of the sale, MMDD
}

// act is a financial transaction under way.
type act struct {
	line     line
	original string // trace of the line that a void takes back
	advice   bool
	card     Card
	chip     emv.List // what the chip sent, nil without one
}

// Sale takes a payment (0200, F3 000000, 60.1 = 22).
func (t *Terminal) Sale(ctx context.Context, in SaleInput) (Outcome, error) {
	switch {
	case in.Amount < 1 || in.Amount > AmountMax:
		return Outcome{}, errAmount
	case in.Fallback && in.Entry != Swipe:
		return Outcome{}, errors.New("a fallback is a swipe")
	}
	if err := in.Card.check(in.Entry); err != nil {
		return Outcome{}, err
	}
	resolved, err := t.ready(ctx)
	if err != nil {
		return Outcome{Kind: Sale, Resolved: resolved}, err
	}
	waived := in.Entry == Tap && in.Amount <= WaiverLimit
	pin := in.PIN != "" && !waived
	m := t.financial("0200", "000000", "22", in.Amount)
	a := act{line: t.draft(Sale, m, in.Card, in.Entry)}
	a.line.Slip.Waived, a.line.Slip.PIN = waived, pin
	m.Set(2, in.Card.Number)
	m.Set(14, in.Card.Expiry)
	setEntry(m, in.Entry, pin)
	if in.Fallback {
		m.Set(22, "80"+m.Get(22)[2:])
		m.Set(60, iso8583.F60{Type: "22", Batch: six(t.mem.Batch), Network: "000", Capability: "6", ICCondition: "2"}.String())
	}
	if err := t.protect(m, in, pin); err != nil {
		return Outcome{}, err
	}
	if in.Entry.chip() {
		m.Set(23, "0"+in.Card.Sequence)
		list, err := t.sign(in, pin, waived)
		if err != nil {
			return Outcome{}, err
		}
		m.SetBytes(55, list.Append(nil))
		a.card, a.chip = in.Card, list
		a.line.Slip.Chip = in.Card.receipt(list)
	}
	o, err := t.transact(ctx, a)
	o.Resolved = resolved
	return o, err
}

// protect sets the track and the PIN, and what says how they are enciphered.
func (t *Terminal) protect(m *iso8583.Message, in SaleInput, pin bool) error {
	f53 := iso8583.F53{PIN: '0', Key: '6', Track: '0'}
	if t.keys.pin.Len() == 8 {
		f53.Key = '0'
	}
	if in.Entry != Manual {
		track := in.Card.track2()
		if t.keys.track != nil {
			var err error
			if track, err = cardcrypto.EncryptTrack(t.keys.track, track); err != nil {
				return err
			}
			f53.Track = '1'
		}
		m.Set(35, track)
	}
	if pin {
		block, err := cardcrypto.EncodePIN(in.PIN, in.Card.Number)
		if err != nil {
			return err
		}
		f53.PIN = '2'
		m.Set(26, "12")
		m.SetBytes(52, cardcrypto.EncryptPIN(t.keys.pin, block))
	}
	if pin || f53.Track == '1' {
		m.Set(53, f53.String())
	}
	return nil
}

// sign counts the chip's transaction and lets it sign.
func (t *Terminal) sign(in SaleInput, pin, waived bool) (emv.List, error) {
	t.mem.Counters[in.Card.Number]++
	t.mem.Sequence++
	return in.Card.sign(chipSale{
		entry: in.Entry, amount: in.Amount, pin: pin, waived: waived, at: t.now(),
		counter: t.mem.Counters[in.Card.Number], sequence: t.mem.Sequence, serial: t.mem.Terminal,
		random: t.config.Random,
	})
}

// Void takes back a sale of the open batch by its trace (0200, F3 200000, 60.1 = 23).
func (t *Terminal) Void(ctx context.Context, trace string) (Outcome, error) {
	if _, err := t.sold(trace); err != nil {
		return Outcome{}, err
	}
	resolved, err := t.ready(ctx)
	if err != nil {
		return Outcome{Kind: Void, Resolved: resolved}, err
	}
	original, err := t.sold(trace) // what went first may have changed it
	if err != nil {
		return Outcome{Kind: Void, Resolved: resolved}, err
	}
	slip := original.Slip
	m := t.financial("0200", "200000", "23", slip.Amount)
	m.Set(2, original.Card)
	setEntry(m, Manual, false)
	m.Set(37, slip.RRN)
	if slip.AuthCode != "" {
		m.Set(38, slip.AuthCode)
	}
	date := slip.Time.Format("0102")
	m.Set(61, iso8583.F61{Batch: slip.Batch, Trace: slip.Trace, Date: date}.String())
	a := act{line: t.draft(Void, m, Card{Number: original.Card}, slip.Entry), original: slip.Trace}
	a.line.Slip.Original = &Original{
		Batch: slip.Batch, Trace: slip.Trace, AuthCode: slip.AuthCode, RRN: slip.RRN, Date: date,
	}
	o, err := t.transact(ctx, a)
	o.Resolved = resolved
	return o, err
}

// sold returns the sale of the open batch that a void may take back.
func (t *Terminal) sold(trace string) (*line, error) {
	for i := range t.mem.Journal {
		l := &t.mem.Journal[i]
		if l.Slip.Trace != trace || l.Slip.Kind != Sale {
			continue
		}
		if l.Voided {
			return nil, ErrVoided
		}
		return l, nil
	}
	return nil, ErrNoLine
}

// Refund gives back a sale, or part of it, by its reference number and date (0220, F3 200000, 60.1 = 25).
// It carries neither track nor PIN, so that the terminal may keep it and send it again.
func (t *Terminal) Refund(ctx context.Context, in RefundInput) (Outcome, error) {
	switch {
	case in.Amount < 1 || in.Amount > AmountMax:
		return Outcome{}, errAmount
	case len(in.RRN) != 12:
		return Outcome{}, errors.New("a refund needs the reference number of the sale, 12 characters: see its slip")
	case len(in.Date) != 4 || !digits(in.Date):
		return Outcome{}, errors.New("a refund needs the date of the sale as MMDD: see its slip")
	}
	if err := in.Card.check(in.Entry); err != nil {
		return Outcome{}, err
	}
	resolved, err := t.ready(ctx)
	if err != nil {
		return Outcome{Kind: Refund, Resolved: resolved}, err
	}
	m := t.financial("0220", "200000", "25", in.Amount)
	m.Set(2, in.Card.Number)
	setEntry(m, in.Entry, false)
	if in.Entry.chip() {
		m.Set(23, "0"+in.Card.Sequence)
	}
	m.Set(37, in.RRN)
	m.Set(61, iso8583.F61{Batch: "000000", Trace: "000000", Date: in.Date}.String())
	m.Set(63, "000")
	a := act{line: t.draft(Refund, m, in.Card, in.Entry), advice: true}
	a.line.Slip.Original = &Original{RRN: in.RRN, Date: in.Date}
	o, err := t.transact(ctx, a)
	o.Resolved = resolved
	return o, err
}

func setEntry(m *iso8583.Message, entry Entry, pin bool) {
	if pin {
		m.Set(22, entry.mode()+"1")
		return
	}
	m.Set(22, entry.mode()+"2")
}

// financial starts a request that moves money.
func (t *Terminal) financial(mti, processing, kind string, amount int64) *iso8583.Message {
	m := t.begin(mti, kind, "000")
	m.Set(60, iso8583.F60{
		Type: kind, Batch: six(t.mem.Batch), Network: "000", Capability: "6", ICCondition: "0",
	}.String())
	m.Set(3, processing)
	m.Set(4, fmt.Sprintf("%012d", amount))
	m.Set(25, "00")
	m.Set(49, "156")
	return m
}

// draft starts the line that the journal gets when the request is approved.
func (t *Terminal) draft(kind Kind, m *iso8583.Message, card Card, entry Entry) line {
	return line{Card: card.Number, Slip: Slip{
		Kind: kind, MerchantName: t.mem.MerchantName, Merchant: t.mem.Merchant, Terminal: t.mem.Terminal,
		Operator: t.mem.Operator, Card: iso8583.MaskPAN(card.Number), Entry: entry,
		Batch: six(t.mem.Batch), Trace: m.Get(11), Time: t.now(), Amount: number(m.Get(4)),
	}}
}

// ready brings what is pending to an end and reports whether a financial request may be sent now.
func (t *Terminal) ready(ctx context.Context) (*Resolved, error) {
	if t.mem.Closing != nil && !t.mem.Closing.Overtaken {
		return nil, ErrSettling
	}
	resolved, err := t.Resolve(ctx)
	if c := t.mem.Closing; err == nil && c != nil { // the host closed the batch by itself: agree on it first
		if _, err := t.settle(ctx, c); err != nil || t.mem.Closing != nil {
			return resolved, errors.Join(ErrSettling, err)
		}
	}
	switch {
	case err != nil:
		return resolved, err
	case !t.mem.SignedIn:
		return resolved, ErrSignedOff
	case len(t.mem.Journal) >= linesMax:
		return resolved, ErrBatchFull
	}
	return resolved, nil
}

// transact stores the reversal, sends t.req, and stores what came of it.
func (t *Terminal) transact(ctx context.Context, a act) (Outcome, error) {
	p, err := newPending(&t.req, a)
	if err != nil {
		return Outcome{}, err
	}
	t.config.Cut("before_flash")
	t.mem.Pending = p
	if err := t.save(); err != nil {
		t.mem.Pending = nil
		return Outcome{}, fmt.Errorf("nothing was sent: %w", err)
	}
	switch err := t.exchange(ctx, &t.req, ""); {
	case errors.Is(err, ErrNotSent):
		t.mem.Pending = nil
		return Outcome{}, errors.Join(err, t.save())
	case errors.Is(err, ErrUnsound):
		return t.unknown(a, "06", err)
	case err != nil:
		return t.unknown(a, "98", err)
	}
	o := t.outcome(a.line.Slip.Kind)
	o.Amount = a.line.Slip.Amount
	if err := t.check(&t.req, o.Approved); err != nil {
		return t.unknown(a, "06", err)
	}
	// A host that cannot verify our MAC has keys of its own, under which its answer's MAC is worth nothing.
	if o.Code != "A0" && !t.macSound(o.Approved) {
		t.mem.Pending.AuthCode = t.ans.Get(38)
		return t.unknown(a, "A0", fmt.Errorf("%w: its MAC is missing or wrong", ErrUnsound))
	}
	if o.Approved && a.chip != nil && !a.card.accepts(a.chip, t.ans.Bytes(55)) {
		return t.unknown(a, "06", fmt.Errorf("%w: the chip does not take it for its issuer's", ErrUnsound))
	}
	if o.Unknown {
		t.mem.Pending.Reason = "98"
		return o, t.save()
	}
	return t.conclude(ctx, a, o)
}

// unknown keeps what is pending, with the reason, and says so.
func (t *Terminal) unknown(a act, reason string, why error) (Outcome, error) {
	o := Outcome{
		Kind: a.line.Slip.Kind, Trace: t.req.Get(11), Batch: t.req.Get(60)[2:8], Amount: a.line.Slip.Amount,
		Fault: why.Error(),
	}
	c := noAnswer
	if a.advice {
		c = noAdvice
	}
	if reason != "98" {
		c.Meaning = Text{"应答不可信，结果未知", "The answer cannot be trusted: the outcome is unknown"}
	}
	o.explain(c)
	t.mem.Pending.Reason = reason
	return o, t.save()
}

// conclude records an outcome that is certain.
func (t *Terminal) conclude(ctx context.Context, a act, o Outcome) (Outcome, error) {
	pending := t.mem.Pending
	t.mem.Pending = nil
	if o.Approved {
		slip := t.approve(a)
		o.Slip, o.Amount = &slip, slip.Amount
	}
	if err := t.save(); err != nil {
		if !o.Approved {
			return o, err
		}
		// The approval is not on record, so after the next start it would never have been: take it back.
		t.forget(a)
		t.mem.Pending = pending
		pending.Reason, pending.AuthCode = "96", o.AuthCode
		lost, _ := t.unknown(a, "96", err)
		return lost, err
	}
	t.config.Cut("after_flash")
	if o.Approved {
		t.config.Cut("before_print")
	}
	err := t.obey(ctx, &o)
	return o, err
}

// approve puts an approved transaction into the journal and returns its slip, made from t.ans.
func (t *Terminal) approve(a act) Slip {
	s := &a.line.Slip
	if t.ans.Has(4) {
		s.Amount = number(t.ans.Get(4)) // less than asked for under code 10
	}
	s.RRN, s.AuthCode, s.ClearingDate = t.ans.Get(37), t.ans.Get(38), t.ans.Get(15)
	if at, ok := answerTime(&t.ans, t.now()); ok {
		s.Time = at
	}
	parties := iso8583.ParseParties(t.ans.Get(44))
	s.Issuer, s.Acquirer = decodeText(parties.Issuer), decodeText(parties.Acquirer)
	texts := iso8583.ParseTexts(t.ans.Get(63))
	s.Organization, s.IssuerText = decodeText(texts.Organization), decodeText(texts.Issuer)
	s.NetworkText, s.AcquirerText = decodeText(texts.Network), decodeText(texts.Acquirer)
	slip := *s
	t.mem.Last = &paper{Slip: &slip}
	if t.config.NoJournal {
		return slip
	}
	t.mark(a.original, true)
	t.mem.Journal = append(t.mem.Journal, a.line)
	return slip
}

// forget takes back what approve did.
func (t *Terminal) forget(a act) {
	t.mem.Last = nil
	t.mark(a.original, false)
	if n := len(t.mem.Journal); n > 0 && t.mem.Journal[n-1].Slip.Trace == a.line.Slip.Trace {
		t.mem.Journal = t.mem.Journal[:n-1]
	}
}

// mark says of a sale whether it is voided.
func (t *Terminal) mark(trace string, voided bool) {
	if i := slices.IndexFunc(t.mem.Journal, func(l line) bool { return l.Slip.Trace == trace }); i >= 0 {
		t.mem.Journal[i].Voided = voided
	}
}

// number reads digits that the codec has passed.
func number(digits string) int64 {
	var n int64
	for _, c := range []byte(digits) {
		n = n*10 + int64(c-'0')
	}
	return n
}
