package courier

import (
	"context"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/notify"
)

// Refusals.
var (
	ErrUnreachable = fault.New(fault.Unavailable, "courier_unreachable", "the message could not be sent: try again in a moment")
	ErrNoWay       = fault.New(fault.Unavailable, "courier_missing", "this installation has no way to send such messages: set mail-address or sms-url")
)

// Courier sends mail and text messages.
type Courier struct {
	Mail *Mail // nil where there is none
	SMS  *SMS
}

// Send puts a message into words and brings it to an e-mail address or a telephone number.
func (c Courier) Send(ctx context.Context, m notify.Message) error {
	text, err := notify.Compose(m)
	if err != nil {
		return err
	}
	mail := strings.Contains(m.To, "@")
	switch {
	case mail && c.Mail != nil:
		err = c.Mail.Send(ctx, m.To, text)
	case !mail && c.SMS != nil:
		err = c.SMS.Send(ctx, m.To, text.Body)
	default:
		return ErrNoWay
	}
	if err != nil {
		return ErrUnreachable.Because(err)
	}
	return nil
}
