package wechat

import (
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// dayOf returns the date of a moment in China, YYYYMMDD.
func dayOf(t time.Time) string { return t.In(kit.China).Format("20060102") }

// Order is what a merchant asked a payer for.
type Order struct {
	Number        int64        `json:"n"`                 // in the order of arrival, from 1
	Merchant      string       `json:"merchant"`          // that is paid: mchid or sub_mchid
	Partner       string       `json:"partner,omitempty"` // sp_mchid, "" of a direct merchant
	App           string       `json:"app"`               // appid or sp_appid
	SubApp        string       `json:"sub_app,omitempty"`
	OutTradeNo    string       `json:"out_trade_no"`
	TransactionID string       `json:"transaction_id"` // told once it is paid
	Type          TradeType    `json:"type"`
	State         State        `json:"state"`
	Description   string       `json:"description"`
	Attach        string       `json:"attach,omitempty"`
	Device        string       `json:"device,omitempty"`
	NotifyURL     string       `json:"notify_url,omitempty"`
	Link          string       `json:"link,omitempty"` // code_url, or the package of a page's order: prepay_id=…
	For           string       `json:"for,omitempty"`  // the payer that a page's order is for; "" means any
	Code          string       `json:"code,omitempty"` // of the payer
	Created       time.Time    `json:"created"`
	Expires       time.Time    `json:"expires,omitzero"`  // cannot be paid from then on
	AskedAt       time.Time    `json:"asked,omitzero"`    // for the password
	Paid          time.Time    `json:"paid,omitzero"`     // when it became SUCCESS
	Ended         time.Time    `json:"ended,omitzero"`    // when it was closed, reversed or failed
	Payer         string       `json:"payer,omitempty"`   // who scanned or was scanned
	Total         int64        `json:"total"`             // fen that were asked for
	PayerTotal    int64        `json:"payer_total"`       // fen that the payer paid
	Settlement    int64        `json:"settlement"`        // fen that the merchant has a claim to, before the fee
	Fee           int64        `json:"fee"`               // fen
	Rate          int64        `json:"rate"`              // of the fee, in parts per million
	Coupons       []CouponUsed `json:"coupons,omitempty"` // in the order of use
	Signer        string       `json:"signer,omitempty"`  // of the platform's keys, that the request named
	Digest        string       `json:"digest"`            // of the request's parameters
	given         kit.Parts    // back by refunds
	refunds       []*Refund
}

// snapshot returns a copy that shares nothing with the books.
func (o *Order) snapshot() Order {
	c := *o
	c.refunds = nil
	return c
}

// Refunds returns how much of an order was given back, in fen.
func (o Order) Refunds() int64 { return o.given.Total }

// Paying reports whether a payer could pay the order now, having scanned it or come to its page.
func (o Order) Paying() bool {
	return o.Type != CodePay && (o.State == NotPay || o.State == UserPaying)
}

// parts returns the parts of an order that was paid.
func (o *Order) parts() kit.Parts {
	return kit.Parts{
		Total: o.Total, Payer: o.PayerTotal, Settlement: o.Settlement, Fee: o.Fee, Provider: o.off(ByProvider), Merchant: o.off(ByMerchant),
	}
}

// off returns how much coupons of a funder lessen the order.
func (o *Order) off(f Funder) int64 { return kit.Off(o.Coupons, f) }

// Told returns the trade_state that a query tells.
func (o *Order) Told() State {
	if o.State == Success && o.given.Total > 0 {
		return Refunded
	}
	return o.State
}

// Refund is money on its way back to the payer.
type Refund struct {
	Number      int64        `json:"n"`
	RefundID    string       `json:"refund_id"`
	OutRefundNo string       `json:"out_refund_no"`
	Order       int64        `json:"order"`
	Reversal    bool         `json:"reversal,omitzero"` // by which the order was REVOKED
	Status      RefundStatus `json:"status"`
	Outcome     RefundStatus `json:"outcome"` // that it will have
	Reason      string       `json:"reason,omitempty"`
	NotifyURL   string       `json:"notify_url,omitempty"`
	Created     time.Time    `json:"created"`
	Due         time.Time    `json:"due"` // when its outcome comes
	Done        time.Time    `json:"done,omitzero"`
	kit.Parts
	Signer string `json:"signer,omitempty"`
	Digest string `json:"digest"`
}
