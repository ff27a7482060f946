package unionpay

import (
	"context"
	"net/http"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

// Notice verifies a notification for an account and reads it. It fails with [wallet.ErrNotice] unless the network signed it
// within five minutes of the wall clock, and it names this institution and merchant.
func (r *Rail) Notice(ctx context.Context, account string, d wallet.Delivery) (wallet.Notice, error) {
	access, err := r.desk.Access(ctx, account)
	if err != nil {
		return wallet.Notice{}, err
	}
	c, err := r.client(access)
	if err != nil {
		return wallet.Notice{}, err
	}
	n, why := c.read(identify(access), d.Body)
	if why != "" {
		return wallet.Notice{}, r.desk.Refuse(why)
	}
	return n, nil
}

func (c *client) read(who party, body []byte) (n wallet.Notice, why outbound.Doubt) {
	m, ok := readMessage(body)
	switch {
	case !ok:
		return n, outbound.Garbled
	case !m.signed(c.network, "notifyTime"):
		return n, outbound.Unsigned
	case m["serProvId"] != who.institution || m["merId"] != who.merchant:
		return n, outbound.Stranger
	}
	n.ID, n.Order = outbound.Word(m["notifyId"]), m["orderNo"]
	var known bool
	switch m["txnType"] {
	case "01":
		var state wallet.State
		if state, known = states[m["origRespCode"]]; known {
			n.Answer, known = tell(m, state)
		}
	case "04":
		var state wallet.State
		n.Order, n.Back = m["origOrderNo"], m["orderNo"]
		if state, known = refundStates[m["origRespCode"]]; known && n.Back != "" {
			n.Answer, known = tellRefund(m, state)
		}
	}
	if !known || n.Order == "" {
		return wallet.Notice{}, outbound.Garbled
	}
	return n, ""
}

// Reply returns what the provider takes for "taken", err being nil, and for "not taken", upon which it comes again. It wants
// seven letters and nothing else.
func (r *Rail) Reply(err error) (status int, mediaType string, body []byte) {
	if err != nil {
		return http.StatusOK, "text/plain; charset=utf-8", []byte("failure")
	}
	return http.StatusOK, "text/plain; charset=utf-8", []byte("success")
}
