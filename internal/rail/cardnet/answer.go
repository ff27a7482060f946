package cardnet

import (
	"context"
	"strconv"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// receive takes one message of the network.
func (r *Rail) receive(ctx context.Context, l *link, body []byte, m *iso8583.Message) {
	if err := iso8583.Network.Unpack(body, m); err != nil {
		r.drop(Malformed)
		return
	}
	switch m.MTI() {
	case "0820":
		r.managed(l, m)
	case "0830":
		r.hand(ctx, m, true)
	case "0110", "0210", "0230", "0430", "0630":
		if string(m.Bytes(32)) != r.Acquirer || string(m.Bytes(33)) != r.Forwarder {
			r.drop(Mismatch)
			return
		}
		if input := iso8583.MACInput(body, iso8583.Network); input == nil || !r.verified(input, m.Bytes(128)) {
			r.drop(WrongMAC)
			r.mend(l)
			return
		}
		if string(m.Bytes(39)) == codeMAC {
			r.mend(l)
		}
		r.hand(ctx, m, false)
	default:
		r.drop(Malformed)
	}
}

// hand gives an answer to whoever waits for it, or waited.
func (r *Rail) hand(ctx context.Context, m *iso8583.Message, network bool) {
	c, late, why := r.calls.take(m, network)
	if c == nil {
		r.drop(why)
		return
	}
	answer := r.read(m)
	if answer.RailCode == codePartial && !c.sent.part {
		r.Logger.Warn("the network approved a part that was not asked for", "attempt", c.attempt)
	}
	if !late {
		c.answer <- answer
		return
	}
	if answer.Outcome == payment.Silent {
		return // it says no more than we know
	}
	r.Observe.Late()
	r.lates.Go(func() { r.Late(ctx, c.attempt, answer) })
}

// read returns what an answer says. It refers to nothing in m.
func (r *Rail) read(m *iso8583.Message) payment.Answer {
	code := m.Get(39)
	a := payment.Answer{RailCode: code, AuthCode: m.Get(38), RRN: m.Get(37), Chip: emv.Strip(m.Bytes(55))}
	a.Outcome, a.Decline = outcome(code)
	if m.Has(15) {
		a.ClearingDate = r.dateOf(string(m.Bytes(15)))
	}
	a.Balance = balance(m.Get(54))
	if code == codePartial {
		a.ApprovedFen, _ = strconv.ParseInt(m.Get(4), 10, 64) // twelve digits, as the codec has seen
	}
	return a
}

// drop counts what is not taken. A duplicate is an everyday thing; the others are not.
func (r *Rail) drop(why DropReason) {
	r.Observe.Dropped(why)
	if why != Unmatched {
		r.Logger.Warn("an answer of the network was dropped", "reason", string(why))
	}
}

const (
	balanceLen    = 20   // of one amount of F54: types 2 and 2, currency 3, sign 1, digits 12
	availableType = "02" // amount type: what can be spent
)

// balance returns the amount of F54 that can be spent, or the first one where none is said to be that; nil
// when the field is absent or does not follow its form.
func balance(f54 string) *money.Amount {
	if f54 == "" || len(f54)%balanceLen != 0 {
		return nil
	}
	var found *money.Amount
	for ; f54 != ""; f54 = f54[balanceLen:] {
		kind, currency, sign, digits := f54[2:4], f54[4:7], f54[7], f54[8:balanceLen]
		unit, err := strconv.ParseUint(currency, 10, 16)
		fen, err2 := strconv.ParseUint(digits, 10, 63)
		if err != nil || err2 != nil || sign != 'C' && sign != 'D' {
			return nil
		}
		amount := &money.Amount{Fen: int64(fen), Currency: money.Currency(unit)}
		if sign == 'D' {
			amount.Fen = -amount.Fen
		}
		if kind == availableType {
			return amount
		}
		if found == nil {
			found = amount
		}
	}
	return found
}
