package isohost

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

// keyMessages says, by network management code 60.3 of 0800, how a terminal gets its master key from afar. They
// carry no MAC: who has no key cannot compute one. What is believed is what signatures and proofs say.
var keyMessages = map[string]func(*exchange, context.Context) error{
	"350": (*exchange).offerKey,
	"351": (*exchange).confirmKey,
}

// offerKey answers a terminal's request for a master key with one that only the terminal can open.
func (x *exchange) offerKey(ctx context.Context) error {
	ask, err := keydelivery.ParseAsk(x.in.Bytes(62))
	if err != nil {
		return errFormat.Because(err)
	}
	t := x.session.terminal
	// One at a time: the pause between two deliveries begins only when the first has been made.
	if _, busy := x.host.offering.LoadOrStore(t.ID, true); busy {
		return terminal.ErrKeyTooSoon
	}
	defer x.host.offering.Delete(t.ID)
	message, err := x.host.Terminals.OfferKey(ctx, t, ask.Challenge[:], ask.Certificate)
	if err != nil {
		return x.refuseKey("key_request", err)
	}
	x.refuse(codeApproved)
	x.out.SetBytes(62, message)
	return nil
}

// confirmKey takes the delivered key into use when the terminal proves that it has it.
func (x *exchange) confirmKey(ctx context.Context) error {
	proof, err := keydelivery.ParseProof(x.in.Bytes(62))
	if err != nil {
		return errFormat.Because(err)
	}
	t, err := x.host.Terminals.ConfirmKey(ctx, x.session.terminal, proof[:])
	if err != nil {
		return x.refuseKey("key_proof", err)
	}
	x.keep(t, x.session.merchant, x.session.group)
	x.requirement = requireSignIn
	return x.acknowledge()
}

// refuseKey counts a request or proof that somebody made who may not be who it says.
func (x *exchange) refuseKey(reason string, err error) error {
	if fault.KindOf(err) == fault.Forbidden {
		x.host.Meter.Refused.WithLabelValues(reason).Inc()
	}
	return err
}
