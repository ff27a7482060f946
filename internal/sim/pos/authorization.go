package pos

import (
	"context"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// AuthorizationInput is a card in hand and the pre-authorization that the transaction is about, which may have
// been made at another terminal of the merchant, days ago.
type AuthorizationInput struct {
	SaleInput
	AuthCode string // of the pre-authorization, 6 characters
	Date     string // of the pre-authorization, MMDD; "" when it is not known
}

func (in *AuthorizationInput) check() error {
	switch {
	case len(in.AuthCode) != 6:
		return errAuthCode
	case in.Date != "" && (len(in.Date) != 4 || !digits(in.Date)):
		return errAuthDate
	}
	return nil
}

// Preauth reserves an amount on a card (0100, F3 030000, F25 06, 60.1 = 10).
func (t *Terminal) Preauth(ctx context.Context, in SaleInput) (Outcome, error) {
	if err := t.admit(Preauth, &in); err != nil {
		return Outcome{}, err
	}
	return t.perform(ctx, Preauth, func() (*act, error) { return t.present(Preauth, in) })
}

// AddOn adds to what is authorized (0100, F25 60). The authorization keeps its own code.
func (t *Terminal) AddOn(ctx context.Context, in AuthorizationInput) (Outcome, error) {
	return t.authorized(ctx, AddOn, in)
}

// PreauthVoid gives up an authorization (0100, F3 200000, 60.1 = 11); the amount is the whole that is
// authorized.
func (t *Terminal) PreauthVoid(ctx context.Context, in AuthorizationInput) (Outcome, error) {
	return t.authorized(ctx, PreauthVoid, in)
}

// Complete captures an authorization and waits for the issuer (0200, F25 06, 60.1 = 20).
func (t *Terminal) Complete(ctx context.Context, in AuthorizationInput) (Outcome, error) {
	return t.authorized(ctx, Completion, in)
}

// CompleteAdvice captures an authorization by advice (0220, F25 06, 60.1 = 24): only the number of the card
// travels, and the terminal repeats it until it is answered.
func (t *Terminal) CompleteAdvice(ctx context.Context, in AuthorizationInput) (Outcome, error) {
	return t.authorized(ctx, CompletionAdvice, in)
}

func (t *Terminal) authorized(ctx context.Context, kind Kind, in AuthorizationInput) (Outcome, error) {
	if err := in.check(); err != nil {
		return Outcome{}, err
	}
	if err := t.admit(kind, &in.SaleInput); err != nil {
		return Outcome{}, err
	}
	return t.perform(ctx, kind, func() (*act, error) {
		a, err := t.bare(kind, in.SaleInput)
		if err != nil {
			return nil, err
		}
		t.req.Set(38, in.AuthCode)
		t.req.Set(61, iso8583.F61{Batch: "000000", Trace: "000000", Date: in.Date}.String())
		a.line.Slip.AuthCode = in.AuthCode
		a.line.Slip.Original = &Original{AuthCode: in.AuthCode, Date: in.Date}
		return a, nil
	})
}

// bare starts a transaction that carries the card's number only when it is an advice, and all of the card
// otherwise.
func (t *Terminal) bare(kind Kind, in SaleInput) (*act, error) {
	if !forms[kind].advice {
		return t.present(kind, in)
	}
	m := t.financial(kind, in.Amount)
	m.Set(2, in.Card.Number)
	if kind == OfflineSale {
		m.Set(14, in.Card.Expiry)
	}
	setEntry(m, Manual, false)
	a := &act{line: t.draft(kind, m, in.Card, in.Entry), form: forms[kind], card: in.Card}
	a.line.Mode = m.Get(22)
	return a, t.identify(m, "")
}
