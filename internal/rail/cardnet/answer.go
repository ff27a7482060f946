package cardnet

import (
	"context"
	"strconv"

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
	case "0210", "0230", "0430":
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
