package pos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// SaleInput is what is presented for a transaction with a card in hand.
type SaleInput struct {
	Amount int64 // fen; a balance inquiry has none
	Card   Card
	Entry  Entry
	// PIN is what the cardholder enters, "" for none. A tap for which [Terminal.AsksPIN] says Never sends none.
	PIN cardcrypto.PIN
	// Fallback marks a stripe that is read because the chip failed (F22 80x, 60.5 = 2).
	Fallback bool
}

// column is where the totals of a batch count a transaction.
type column uint8

const (
	nowhere column = iota
	debit
	credit
)

// form is how a transaction travels (docs/terminal-leg.md, "Transactions").
type form struct {
	mti, processing, condition, code string // MTI, F3, F25, 60.1
	// advice is repeated under its trace until it is answered; everything else that moves money is reversed.
	advice  bool
	column  column
	bit     int  // of the transaction switches, 0 for none
	guarded bool // needs the supervisor
}

var forms = map[Kind]form{
	Balance:          {mti: "0200", processing: "310000", condition: "00", code: "01", bit: 1},
	Sale:             {mti: "0200", processing: "000000", condition: "00", code: "22", bit: 6, column: debit},
	Void:             {mti: "0200", processing: "200000", condition: "00", code: "23", bit: 7, column: credit, guarded: true},
	Refund:           {mti: "0220", processing: "200000", condition: "00", code: "25", bit: 8, column: credit, advice: true, guarded: true},
	Preauth:          {mti: "0100", processing: "030000", condition: "06", code: "10", bit: 2},
	AddOn:            {mti: "0100", processing: "030000", condition: "60", code: "10", bit: 16},
	PreauthVoid:      {mti: "0100", processing: "200000", condition: "06", code: "11", bit: 3},
	Completion:       {mti: "0200", processing: "000000", condition: "06", code: "20", bit: 4, column: debit},
	CompletionAdvice: {mti: "0220", processing: "000000", condition: "06", code: "24", bit: 12, column: debit, advice: true},
	CompletionVoid:   {mti: "0200", processing: "200000", condition: "06", code: "21", bit: 5, column: credit, guarded: true},
	OfflineSale:      {mti: "0220", processing: "000000", condition: "00", code: "30", bit: 9, column: debit, advice: true},
	Adjustment:       {mti: "0220", processing: "000000", condition: "00", code: "32", bit: 10, advice: true, guarded: true},
	Tip:              {mti: "0220", processing: "000000", condition: "00", code: "34", bit: 11, advice: true},
}

// Guarded reports whether a transaction needs the supervisor's password.
func Guarded(kind Kind) bool { return forms[kind].guarded }

// act is a financial transaction under way.
type act struct {
	line line
	form form
	card Card
	chip emv.List // what the chip sent, nil without one

	before *line // the line that it acts on, as it was
}

// permit reports whether the terminal may do a transaction of a kind at all.
func (t *Terminal) permit(kind Kind) error {
	f := forms[kind]
	switch {
	case t.config.Unchecked:
		return nil
	case f.bit != 0 && !t.mem.Params.allows(f.bit):
		return ErrSwitchedOff
	case f.guarded && t.config.Operators && !t.supervised:
		return ErrSupervisor
	}
	return nil
}

// begun is called when a guarded transaction is about to leave: the password opened the way for one.
func (t *Terminal) begun() { t.supervised = false }

// admit holds what is presented against the terminal's rules, and reads the chip.
func (t *Terminal) admit(kind Kind, in *SaleInput) error {
	if err := t.permit(kind); err != nil {
		return err
	}
	switch {
	case kind != Balance && (in.Amount < 1 || in.Amount > AmountMax):
		return errAmount
	case in.Fallback && in.Entry != Swipe:
		return errFallback
	}
	if err := in.Card.check(in.Entry); err != nil || t.config.Unchecked {
		return err
	}
	switch p := &t.mem.Params; {
	case p.listed(in.Card.Number):
		return ErrBlacklist
	case in.Entry == Insert && in.Card.Broken:
		t.faulted = in.Card.Number
		return ErrChip
	case in.Entry == Swipe && in.Card.chipped() && t.faulted == in.Card.Number:
		in.Fallback = true
	case in.Entry == Swipe && in.Card.chipped() && !in.Fallback:
		return ErrUseChip
	case in.Entry == Manual && !p.manual():
		return ErrManual
	case in.Entry == Tap && p.TapLimit > 0 && in.Amount > p.TapLimit:
		return ErrTapLimit
	}
	t.faulted = ""
	return nil
}

// PINRule says whether the cardholder is asked for a PIN.
type PINRule uint8

// The rules.
const (
	Never    PINRule = iota // no PIN and no signature (小额免密免签)
	Optional                // a credit card may go without, by signature
	Always
)

// AsksPIN returns whether the cardholder is asked for a PIN.
func (t *Terminal) AsksPIN(kind Kind, card Card, entry Entry, amount int64) PINRule {
	switch {
	case entry == Scan || forms[kind].advice:
		return Never
	case t.waives(kind, entry, amount):
		return Never
	case entry == Tap || kind == Balance:
		return Always
	case t.mem.Params.credit(card.Number), card.AID == aidCredit, card.AID == aidVisa:
		return Optional
	}
	return Always
}

// waives reports whether a tap of this amount needs neither PIN nor signature.
func (t *Terminal) waives(kind Kind, entry Entry, amount int64) bool {
	return kind == Sale && entry == Tap && amount <= t.mem.Params.waiver()
}

// present starts a transaction with a card in hand: t.req, and what the journal gets when it is approved.
func (t *Terminal) present(kind Kind, in SaleInput) (*act, error) {
	waived := t.waives(kind, in.Entry, in.Amount)
	pin := in.PIN != "" && !waived
	m := t.financial(kind, in.Amount)
	a := &act{line: t.draft(kind, m, in.Card, in.Entry), form: forms[kind], card: in.Card}
	a.line.Slip.Waived, a.line.Slip.PIN = waived, pin
	if waived {
		a.line.Slip.WaiverLimit = t.mem.Params.waiver()
	}
	m.Set(2, in.Card.Number)
	m.Set(14, in.Card.Expiry)
	setEntry(m, in.Entry, pin)
	if in.Fallback {
		m.Set(22, "80"+m.Get(22)[2:])
		t.condition(m, kind, "2")
	}
	if err := t.protect(m, in, pin); err != nil {
		return nil, err
	}
	if in.Entry.chip() {
		m.Set(23, "0"+in.Card.Sequence)
		list, err := t.sign(kind, in, pin, waived)
		if err != nil {
			return nil, err
		}
		m.SetBytes(55, list.Append(nil))
		a.chip = list
		a.line.Slip.Chip = in.Card.receipt(list)
		a.line.Chip, a.line.Sequence = list.Append(nil), m.Get(23)
	}
	a.line.Mode = m.Get(22)
	return a, t.identify(m, "")
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
	if pin && t.Hardware().PINPadFault && !t.config.Unchecked {
		return ErrPINPad
	}
	if pin {
		block, err := cardcrypto.EncodePIN(in.PIN, in.Card.Number)
		if err != nil {
			return refuse("密码应为 4 到 12 位数字", "a PIN is 4 to 12 digits")
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
func (t *Terminal) sign(kind Kind, in SaleInput, pin, waived bool) (emv.List, error) {
	t.mem.Counters[in.Card.Number]++
	t.mem.Sequence++
	processing := forms[kind].processing
	return in.Card.sign(chipSale{
		entry: in.Entry, amount: in.Amount, pin: pin, waived: waived, at: t.now(),
		kind:    (processing[0]-'0')<<4 | (processing[1] - '0'),
		counter: t.mem.Counters[in.Card.Number], sequence: t.mem.Sequence, serial: t.mem.Terminal,
		random: t.config.Random,
	})
}

func setEntry(m *iso8583.Message, entry Entry, pin bool) {
	if pin {
		m.Set(22, entry.mode()+"1")
		return
	}
	m.Set(22, entry.mode()+"2")
}

// financial starts a request that moves money, or asks for a balance.
func (t *Terminal) financial(kind Kind, amount int64) *iso8583.Message {
	f := forms[kind]
	m := t.begin(f.mti, f.code, "000")
	t.condition(m, kind, "0")
	m.Set(3, f.processing)
	if kind == Sale {
		m.Set(3, t.profile.sale)
	}
	if kind != Balance {
		m.Set(4, fmt.Sprintf("%012d", amount))
	}
	m.Set(25, f.condition)
	m.Set(49, "156")
	return m
}

// condition sets F60 with the condition of the chip (60.5) and whether part of the amount will do (60.6).
func (t *Terminal) condition(m *iso8583.Message, kind Kind, chip string) {
	f60 := iso8583.F60{
		Type: forms[kind].code, Batch: six(t.mem.Batch), Network: "000", Capability: "6", ICCondition: chip,
	}
	if kind == Sale && t.partial() {
		f60.Partial = "1"
	}
	m.Set(60, f60.String())
}

// partial reports whether the terminal takes an approval of part of the amount.
func (t *Terminal) partial() bool { return t.config.Partial || t.mem.Params.partial() }

// draft starts the line that the journal gets when the request is approved.
func (t *Terminal) draft(kind Kind, m *iso8583.Message, card Card, entry Entry) line {
	return line{Card: card.Number, Slip: Slip{
		Kind: kind, MerchantName: t.mem.MerchantName, Merchant: t.mem.Merchant, Terminal: t.mem.Terminal,
		Operator: t.mem.Operator, Card: iso8583.MaskPAN(card.Number), Entry: entry, Phone: card.Phone,
		Batch: six(t.mem.Batch), Trace: m.Get(11), Time: t.now(), Amount: number(m.Get(4)), Training: t.Training(),
	}}
}

// ready brings what is pending to an end and reports whether a financial request may be sent now.
func (t *Terminal) ready(ctx context.Context) (*Resolved, error) {
	if err := t.sound(); err != nil {
		return nil, err
	}
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
	return resolved, t.runErrands(ctx, 1, ScriptResult) // a customer waits: one try
}

// perform is the life of a transaction: what was pending goes first, build makes t.req, then it is sent.
func (t *Terminal) perform(ctx context.Context, kind Kind, build func() (*act, error)) (Outcome, error) {
	resolved, err := t.ready(ctx)
	if err != nil {
		return Outcome{Kind: kind, Resolved: resolved}, err
	}
	a, err := build()
	if err != nil {
		return Outcome{Kind: kind, Resolved: resolved}, err
	}
	t.begun()
	o, err := t.transact(ctx, a)
	o.Resolved = resolved
	return o, err
}

// transact stores the reversal, or the advice itself, sends t.req, and stores what came of it.
func (t *Terminal) transact(ctx context.Context, a *act) (Outcome, error) {
	p, err := t.newPending(&t.req, a)
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
	case errors.Is(err, ErrNotSent) && a.line.Slip.Kind == OfflineSale:
		return t.deferred(a), nil // authorized by voice: it is good, and told as soon as the host can be reached
	case errors.Is(err, ErrNotSent):
		t.mem.Pending = nil
		return Outcome{}, errors.Join(err, t.save())
	case errors.Is(err, ErrUnsound):
		return t.unknown(a, "06", err)
	case err != nil:
		return t.unknown(a, "98", err)
	}
	o := t.outcome(a.line.Slip.Kind)
	o.Amount, o.Requested = a.line.Slip.Amount, a.line.Slip.Amount
	if err := t.check(&t.req, o.Approved); err != nil {
		return t.unknown(a, "06", err)
	}
	// A host that cannot verify our MAC has keys of its own, under which its answer's MAC is worth nothing.
	if o.Code != "A0" && !t.macSound(o.Approved) {
		t.mem.Pending.AuthCode = t.ans.Get(38)
		return t.unknown(a, "A0", fmt.Errorf("%w: its MAC is missing or wrong", ErrUnsound))
	}
	if o.Approved && a.chip != nil && !a.card.accepts(a.chip, t.ans.Bytes(55)) {
		t.mem.Failed = append(t.mem.Failed, a.line)
		return t.unknown(a, "06", fmt.Errorf("%w: the chip does not take it for its issuer's", ErrUnsound))
	}
	if o.Unknown {
		if a.form.advice { // it is not reversed but sent again
			o.AdviceZH, o.AdviceEN = noAdvice.Advice.ZH, noAdvice.Advice.EN
		}
		t.mem.Pending.Reason = "98"
		return o, t.save()
	}
	return t.conclude(ctx, a, o)
}

// deferred is the outcome of an offline sale that could not be told to the host yet.
func (t *Terminal) deferred(a *act) Outcome {
	o := Outcome{
		Kind: a.line.Slip.Kind, Trace: t.req.Get(11), Batch: t.req.Get(60)[2:8], Amount: a.line.Slip.Amount,
	}
	o.explain(stored)
	return o
}

// unknown keeps what is pending, with the reason, and says so.
func (t *Terminal) unknown(a *act, reason string, why error) (Outcome, error) {
	o := Outcome{
		Kind: a.line.Slip.Kind, Trace: t.req.Get(11), Batch: t.req.Get(60)[2:8], Amount: a.line.Slip.Amount,
		Fault: why.Error(),
	}
	c := noAnswer
	if a.form.advice {
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
func (t *Terminal) conclude(ctx context.Context, a *act, o Outcome) (Outcome, error) {
	pending, errands := t.mem.Pending, len(t.mem.Errands)
	t.mem.Pending = nil
	t.queueScripts(a)
	if o.Approved {
		slip := t.approve(a)
		o.Slip, o.Amount = &slip, slip.Amount
		if o.Code == "10" {
			o.Rest = o.Requested - o.Amount
		}
	}
	if err := t.save(); err != nil {
		if !o.Approved {
			return o, err
		}
		// The approval is not on record, so after the next start it would never have been: take it back.
		t.forget(a)
		t.mem.Errands = t.mem.Errands[:errands]
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
func (t *Terminal) approve(a *act) Slip {
	s := &a.line.Slip
	if t.ans.Has(4) {
		if approved := number(t.ans.Get(4)); approved != s.Amount { // less than asked for under code 10
			s.Requested, s.Amount = s.Amount, approved
		}
	}
	s.RRN, s.ClearingDate = t.ans.Get(37), t.ans.Get(15)
	if code := t.ans.Get(38); code != "" {
		s.AuthCode = code
	}
	if at, ok := answerTime(&t.ans, t.now()); ok {
		s.Time = at
	}
	parties := iso8583.ParseParties(t.ans.Get(44))
	s.Issuer, s.Acquirer = decodeText(parties.Issuer), decodeText(parties.Acquirer)
	texts := iso8583.ParseTexts(t.ans.Get(63))
	if organization := decodeText(texts.Organization); organization != "" { // else it is the original's
		s.Organization = organization
	}
	s.IssuerText = decodeText(texts.Issuer)
	s.NetworkText, s.AcquirerText = decodeText(texts.Network), decodeText(texts.Acquirer)
	if s.Entry == Scan {
		s.Wallet, s.IssuerText = cmp.Or(s.IssuerText, s.Wallet), ""
		s.readOrder(t.ans.Get(59))
	}
	slip := *s
	t.mem.Last = &paper{Slip: &slip}
	if t.config.NoJournal {
		return slip
	}
	t.touch(a)
	t.mem.Journal = append(t.mem.Journal, a.line)
	return slip
}

// touch does to the line that a transaction acts on what its approval means.
func (t *Terminal) touch(a *act) {
	s := a.line.Slip
	if s.Original == nil || s.Original.Trace == "" {
		return
	}
	i := slices.IndexFunc(t.mem.Journal, func(l line) bool { return l.Slip.Trace == s.Original.Trace })
	if i < 0 {
		return
	}
	before := t.mem.Journal[i]
	a.before = &before
	switch s.Kind {
	case Void, CompletionVoid:
		t.mem.Journal[i].Voided = true
	case Adjustment, Tip:
		t.mem.Journal[i].Total = s.Amount
	}
}

// forget takes back what approve did.
func (t *Terminal) forget(a *act) {
	t.mem.Last = nil
	if n := len(t.mem.Journal); n > 0 && t.mem.Journal[n-1].Slip.Trace == a.line.Slip.Trace {
		t.mem.Journal = t.mem.Journal[:n-1]
	}
	if a.before == nil {
		return
	}
	for i := range t.mem.Journal {
		if t.mem.Journal[i].Slip.Trace == a.before.Slip.Trace {
			t.mem.Journal[i] = *a.before
		}
	}
}

// find returns the line of the open batch with a trace and one of the kinds, which is not voided.
func (t *Terminal) find(trace string, kinds ...Kind) (*line, error) {
	for i := range t.mem.Journal {
		l := &t.mem.Journal[i]
		if l.Slip.Trace != trace {
			continue
		}
		if !slices.Contains(kinds, l.Slip.Kind) {
			if other, ok := voidedBy[l.Slip.Kind]; ok {
				return nil, other
			}
			continue
		}
		if l.Voided {
			return nil, ErrVoided
		}
		return l, nil
	}
	return nil, ErrNoLine
}

// voidedBy says which act takes back a line that is not the one that was asked for.
var voidedBy = map[Kind]error{Completion: ErrCompletion, CompletionAdvice: ErrCompletion, Preauth: ErrAuthorization}

// number reads digits that the codec has passed.
func number(digits string) int64 {
	var n int64
	for _, c := range []byte(digits) {
		n = n*10 + int64(c-'0')
	}
	return n
}

// Admit holds what is presented against the terminal's rules without sending anything, so that a customer is not
// asked for a PIN in vain. It reads the chip as the transaction would.
func (t *Terminal) Admit(kind Kind, in SaleInput) error {
	faulted := t.faulted
	if forms[kind].guarded { // the supervisor has agreed to it already
		supervised := t.supervised
		t.supervised = true
		defer func() { t.supervised = supervised }()
	}
	err := t.admit(kind, &in)
	if err == nil {
		t.faulted = faulted // the transaction itself uses up what a fault of the chip allows
	}
	return err
}
