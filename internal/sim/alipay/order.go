package alipay

import (
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Order is a trade: what a merchant asked a payer for.
type Order struct {
	Number      int64        `json:"n"`                 // in the order of arrival, from 1
	Merchant    string       `json:"merchant"`          // seller_id that is paid
	Partner     string       `json:"partner,omitempty"` // whose app asked for it, "" where it is the merchant's own
	App         string       `json:"app"`               // app_id that asked
	OutTradeNo  string       `json:"out_trade_no"`
	TradeNo     string       `json:"trade_no"` // told once the trade exists
	Type        TradeType    `json:"type"`
	State       State        `json:"state"`
	Subject     string       `json:"subject"`
	Body        string       `json:"body,omitempty"`
	Passback    string       `json:"passback,omitempty"`
	Store       string       `json:"store,omitempty"`
	Operator    string       `json:"operator,omitempty"`
	Terminal    string       `json:"terminal,omitempty"`
	NotifyURL   string       `json:"notify_url,omitempty"`
	Link        string       `json:"link,omitempty"` // qr_code
	Code        string       `json:"code,omitempty"` // of the payer
	Created     time.Time    `json:"created"`        // when it was asked for
	Begun       time.Time    `json:"begun,omitzero"` // when the trade came to exist
	Expires     time.Time    `json:"expires"`        // closes by itself then
	Paid        time.Time    `json:"paid,omitzero"`
	Ended       time.Time    `json:"ended,omitzero"`  // when it was closed
	Payer       string       `json:"payer,omitempty"` // who scanned or was scanned
	Total       int64        `json:"total"`           // fen that were asked for
	PayerTotal  int64        `json:"payer_total"`     // fen that the payer paid: buyer_pay_amount
	Settlement  int64        `json:"settlement"`      // fen that the merchant has a claim to, before the fee: receipt_amount
	Fee         int64        `json:"fee"`             // fen
	Rate        int64        `json:"rate"`            // of the fee, in parts per million
	Coupons     []CouponUsed `json:"coupons,omitempty"`
	Certificate bool         `json:"certificate,omitzero"` // the request came in certificate mode
	Digest      string       `json:"digest"`               // of the request's parameters
	given       kit.Parts    // back by refunds
	refunds     []*Refund
}

// off returns how much coupons of a funder lessen the order.
func (o *Order) off(f Funder) int64 { return kit.Off(o.Coupons, f) }

// told returns the trade_status that a query tells at a time.
func (o *Order) told(now time.Time) State {
	if o.State == Success && now.Sub(o.Paid) > finishAfter {
		return Finished
	}
	return o.State
}

// snapshot returns a copy that shares nothing with the books.
func (o *Order) snapshot() Order {
	c := *o
	c.refunds = nil
	return c
}

// Refunded returns how much of a trade was given back, in fen.
func (o Order) Refunded() int64 { return o.given.Total }

// parts returns the parts of a trade that was paid.
func (o *Order) parts() kit.Parts {
	return kit.Parts{
		Total: o.Total, Payer: o.PayerTotal, Settlement: o.Settlement, Fee: o.Fee, Provider: o.off(ByProvider), Merchant: o.off(ByMerchant),
	}
}

// Refund is money on its way back to the payer.
type Refund struct {
	Number       int64        `json:"n"`
	OutRequestNo string       `json:"out_request_no"`
	Order        int64        `json:"order"`
	Reversal     bool         `json:"reversal,omitzero"` // by trade.cancel
	Status       RefundStatus `json:"status"`
	Outcome      RefundStatus `json:"outcome"` // that it will have
	Reason       string       `json:"reason,omitempty"`
	Store        string       `json:"store,omitempty"`
	Operator     string       `json:"operator,omitempty"`
	Terminal     string       `json:"terminal,omitempty"`
	Created      time.Time    `json:"created"`
	Due          time.Time    `json:"due"` // when its outcome comes
	Done         time.Time    `json:"done,omitzero"`
	kit.Parts
	Digest string `json:"digest"`
}
