package pos

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// RefundInput is a refund to make of a sale of any terminal of the merchant.
type RefundInput struct {
	Amount int64 // fen; the whole sale or part of it
	// Card and Entry say how the card is presented. A sale by code has no card: its entry is [Scan].
	Card  Card
	Entry Entry
	RRN   string // of the sale, 12 characters
	Date  string // of the sale, MMDD
}

// Sale takes a payment (0200, F3 000000, 60.1 = 22).
func (t *Terminal) Sale(ctx context.Context, in SaleInput) (Outcome, error) {
	if err := t.admit(Sale, &in); err != nil {
		return Outcome{}, err
	}
	return t.perform(ctx, Sale, func() (*act, error) { return t.present(Sale, in) })
}

// PayByCode takes a payment with the code that a wallet shows (F22 032, the code in tag A3 of F59).
func (t *Terminal) PayByCode(ctx context.Context, amount int64, code string) (Outcome, error) {
	switch {
	case amount < 1 || amount > AmountMax:
		return Outcome{}, errAmount
	case len(code) < 16 || len(code) > 24 || !digits(code):
		return Outcome{}, ErrCode
	case !t.config.Unchecked && !t.mem.Params.allows(switchCodes):
		return Outcome{}, ErrSwitchedOff
	}
	return t.perform(ctx, Sale, func() (*act, error) {
		m := t.financial(Sale, amount)
		m.Set(3, forms[Sale].processing) // of a code it is the same in every profile
		setEntry(m, Scan, false)
		a := &act{line: t.draft(Sale, m, Card{}, Scan), form: forms[Sale]}
		a.line.Slip.Card, a.line.Mode = iso8583.MaskPAN(code), m.Get(22)
		a.line.Slip.Wallet = walletOf(code)
		return a, t.identify(m, code)
	})
}

// Balance asks what a card holds (0200, F3 310000, 60.1 = 01). It moves nothing, so that nobody answered is
// an error and nothing is pending. The amount of the input is not looked at.
func (t *Terminal) Balance(ctx context.Context, in SaleInput) (Outcome, error) {
	in.Amount = 0
	if err := t.admit(Balance, &in); err != nil {
		return Outcome{}, err
	}
	resolved, err := t.ready(ctx)
	if err != nil {
		return Outcome{Kind: Balance, Resolved: resolved}, err
	}
	a, err := t.present(Balance, in)
	if err != nil {
		return Outcome{Kind: Balance, Resolved: resolved}, err
	}
	o, err := t.inquire(ctx)
	if o.Resolved = resolved; err == nil {
		if t.queueScripts(a) {
			err = t.save()
		}
		if err == nil {
			err = t.obey(ctx, &o)
		}
	}
	return o, err
}

// inquire sends t.req, which moves nothing, and reads the balance in the answer.
func (t *Terminal) inquire(ctx context.Context) (Outcome, error) {
	o, err := t.manage(ctx, Balance)
	if err != nil {
		return Outcome{Kind: Balance}, err
	}
	if o.Code != "A0" && !t.macSound(o.Approved) {
		return Outcome{Kind: Balance}, fmt.Errorf("%w: its MAC is missing or wrong", ErrUnsound)
	}
	if o.Approved {
		list, err := iso8583.ParseBalances(t.ans.Get(54))
		if err != nil {
			return Outcome{Kind: Balance}, fmt.Errorf("%w: %w", ErrUnsound, err)
		}
		// The available balance is what a cashier is asked for; else the only one there is.
		amount := list[0].Amount
		for _, b := range list {
			if b.AmountType == "02" {
				amount = b.Amount
			}
		}
		o.Balance = &amount
	}
	return o, nil
}

// Void takes back a sale of the open batch by its trace (0200, F3 200000, 60.1 = 23).
func (t *Terminal) Void(ctx context.Context, trace string) (Outcome, error) {
	return t.takeBack(ctx, Void, trace, Sale)
}

// CompletionVoid takes back a completion of the open batch by its trace (0200, F3 200000, F25 06,
// 60.1 = 21); the authorization lives again.
func (t *Terminal) CompletionVoid(ctx context.Context, trace string) (Outcome, error) {
	return t.takeBack(ctx, CompletionVoid, trace, Completion, CompletionAdvice)
}

func (t *Terminal) takeBack(ctx context.Context, kind Kind, trace string, of ...Kind) (Outcome, error) {
	if _, err := t.find(trace, of...); err != nil {
		return Outcome{}, err
	}
	if err := t.permit(kind); err != nil {
		return Outcome{}, err
	}
	return t.perform(ctx, kind, func() (*act, error) {
		original, err := t.find(trace, of...) // what went first may have changed it
		if err != nil {
			return nil, err
		}
		return t.follow(kind, original, original.amount())
	})
}

// follow starts a transaction about a line of the open batch.
func (t *Terminal) follow(kind Kind, original *line, amount int64) (*act, error) {
	slip := original.Slip
	m := t.financial(kind, amount)
	entry := Manual
	if original.Card != "" {
		m.Set(2, original.Card)
	} else {
		entry = Scan
	}
	setEntry(m, entry, false)
	m.Set(37, slip.RRN)
	if slip.AuthCode != "" {
		m.Set(38, slip.AuthCode)
	}
	date := slip.Time.Format("0102")
	m.Set(61, iso8583.F61{Batch: slip.Batch, Trace: slip.Trace, Date: date}.String())
	a := &act{line: t.draft(kind, m, Card{Number: original.Card, Phone: slip.Phone}, slip.Entry), form: forms[kind]}
	a.line.Slip.Card, a.line.Slip.Organization = slip.Card, slip.Organization
	a.line.Mode = m.Get(22)
	a.line.Slip.Original = &Original{
		Batch: slip.Batch, Trace: slip.Trace, AuthCode: slip.AuthCode, RRN: slip.RRN, Date: date,
	}
	if entry == Scan { // what a wallet has given back stays given back: nobody reverses it, so it is asked for again
		a.form.advice = true
		a.line.Slip.Wallet, a.line.Slip.WalletNumber, a.line.Slip.Order = slip.Wallet, slip.WalletNumber, slip.Order
	}
	return a, t.identify(m, "")
}

// Refund gives back a sale, or part of it, by its reference number and date (0220, F3 200000, 60.1 = 25).
// It carries neither track nor PIN, so that the terminal may keep it and send it again.
func (t *Terminal) Refund(ctx context.Context, in RefundInput) (Outcome, error) {
	switch {
	case in.Amount < 1 || in.Amount > AmountMax:
		return Outcome{}, errAmount
	case len(in.RRN) != 12:
		return Outcome{}, errRefundRRN
	case len(in.Date) != 4 || !digits(in.Date):
		return Outcome{}, errRefundDate
	}
	if in.Entry != Scan {
		if err := in.Card.check(in.Entry); err != nil {
			return Outcome{}, err
		}
	}
	if err := t.permit(Refund); err != nil {
		return Outcome{}, err
	}
	return t.perform(ctx, Refund, func() (*act, error) {
		m := t.financial(Refund, in.Amount)
		if in.Entry != Scan {
			m.Set(2, in.Card.Number)
		}
		setEntry(m, in.Entry, false)
		if in.Entry.chip() {
			m.Set(23, "0"+in.Card.Sequence)
		}
		m.Set(37, in.RRN)
		m.Set(61, iso8583.F61{Batch: "000000", Trace: "000000", Date: in.Date}.String())
		m.Set(63, "000")
		a := &act{line: t.draft(Refund, m, in.Card, in.Entry), form: forms[Refund]}
		a.line.Mode = m.Get(22)
		a.line.Slip.Original = &Original{RRN: in.RRN, Date: in.Date}
		return a, t.identify(m, "")
	})
}

// The device that F59 names: a POS, with this version of its application.
const (
	devicePOS      = "02"
	deviceVersion  = "01000000"
	deviceLenWidth = 3 // digits of an inner length
)

// identify sets F59: the payment code, if there is one (A3), and the terminal information (A2) where the
// serial number of the hardware is known.
func (t *Terminal) identify(m *iso8583.Message, code string) error {
	var tags []iso8583.Tag
	if code != "" {
		tags = append(tags, iso8583.Tag{ID: tagPaymentCode, Value: code})
	}
	if serial := t.config.Serial; serial != "" {
		random := code
		if random == "" {
			random = m.Get(2)
		}
		if random == "" { // the void or refund of a code has neither
			random = m.Get(11)
		}
		random = random[len(random)-6:]
		proof, err := cardcrypto.SerialCipher(t.profile.mac, t.keys.mac, serial, random)
		if err != nil {
			return err
		}
		device, err := iso8583.Device{
			Type: devicePOS, Serial: serial, Random: random, Cipher: proof, Version: deviceVersion,
		}.Format(deviceLenWidth)
		if err != nil {
			return err
		}
		tags = append(tags, iso8583.Tag{ID: "A2", Value: device})
	}
	if tags == nil {
		return nil
	}
	text, err := iso8583.FormatTags(tags)
	if err != nil {
		return err
	}
	m.Set(59, text)
	return nil
}
