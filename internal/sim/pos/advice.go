package pos

import (
	"context"
	"fmt"
)

// OfflineInput is a sale that the issuer authorized by voice.
type OfflineInput struct {
	Amount   int64 // fen
	Card     Card
	Entry    Entry
	AuthCode string // as given by voice, 6 characters
}

// OfflineSale tells the host of a sale that was authorized by voice (0220, 60.1 = 30). Where the host cannot
// be reached it is kept and sent before the next transaction; the outcome then says that it is unknown.
func (t *Terminal) OfflineSale(ctx context.Context, in OfflineInput) (Outcome, error) {
	if len(in.AuthCode) != 6 {
		return Outcome{}, errAuthCode
	}
	card := SaleInput{Amount: in.Amount, Card: in.Card, Entry: in.Entry}
	if err := t.admit(OfflineSale, &card); err != nil {
		return Outcome{}, err
	}
	return t.perform(ctx, OfflineSale, func() (*act, error) {
		a, err := t.bare(OfflineSale, card)
		if err != nil {
			return nil, err
		}
		t.req.Set(38, in.AuthCode)
		a.line.Slip.AuthCode = in.AuthCode
		return a, nil
	})
}

// Adjust gives a sale of the open batch a new total (0220, 60.1 = 32), up to what the parameters allow above
// what was approved.
func (t *Terminal) Adjust(ctx context.Context, trace string, total int64) (Outcome, error) {
	return t.adjust(ctx, Adjustment, trace, func(*line) int64 { return total })
}

// Tip adds a tip to a sale of the open batch (0220, 60.1 = 34); F4 is the total with the tip. A tip that was
// given before is replaced.
func (t *Terminal) Tip(ctx context.Context, trace string, tip int64) (Outcome, error) {
	if tip < 1 || tip > AmountMax {
		return Outcome{}, errAmount
	}
	if !t.config.Unchecked && !t.mem.Params.tips() {
		return Outcome{}, ErrNoTips
	}
	return t.adjust(ctx, Tip, trace, func(l *line) int64 { return t.untipped(l) + tip })
}

// untipped returns what a sale counts for without its tip: what it was last adjusted to, or its own amount.
func (t *Terminal) untipped(sale *line) int64 {
	amount := sale.Slip.Amount
	for _, l := range t.mem.Journal {
		if o := l.Slip.Original; l.Slip.Kind == Adjustment && o != nil && o.Trace == sale.Slip.Trace {
			amount = l.Slip.Amount
		}
	}
	return amount
}

func (t *Terminal) adjust(ctx context.Context, kind Kind, trace string, total func(*line) int64) (Outcome, error) {
	check := func() (*line, error) {
		original, err := t.find(trace, Sale, OfflineSale)
		if err != nil {
			return nil, err
		}
		sum := total(original)
		switch {
		case sum < 1 || sum > AmountMax:
			return nil, errAmount
		case !t.config.Unchecked && sum > t.mem.Params.ceiling(original.Slip.Amount):
			if kind == Tip {
				return nil, ErrTip
			}
			return nil, ErrAdjust
		}
		return original, nil
	}
	if _, err := check(); err != nil {
		return Outcome{}, err
	}
	if err := t.permit(kind); err != nil {
		return Outcome{}, err
	}
	return t.perform(ctx, kind, func() (*act, error) {
		original, err := check()
		if err != nil {
			return nil, err
		}
		a, err := t.follow(kind, original, total(original))
		if err == nil && kind == Tip {
			a.line.Slip.Tip = a.line.Slip.Amount - t.untipped(original)
		}
		return a, err
	})
}

// stored is what the cashier is told of an offline sale that the host does not know yet.
var stored = Code{
	Class:   ClassUnknown,
	Meaning: Text{"已存入终端，尚未上送", "kept in the terminal, not yet told to the host"},
	Advice: Text{
		"联机恢复后自动上送；请保留授权码，不要重复录入。",
		"It is sent by itself once the host can be reached. Keep the authorization code and do not enter it again.",
	},
}

// amount is what the line counts for in the totals.
func (l *line) amount() int64 {
	if l.Total > 0 {
		return l.Total
	}
	return l.Slip.Amount
}

// String returns the line without its card.
func (l line) String() string { return fmt.Sprintf("%s %s", l.Slip.Kind, l.Slip.Trace) }
