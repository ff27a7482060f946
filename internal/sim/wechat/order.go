package wechat

import "time"

// china is the time of everything that is written out; it has no summer time.
var china = time.FixedZone("CST", 8*60*60)

// dayOf returns the date of a moment in China, YYYYMMDD.
func dayOf(t time.Time) string { return t.In(china).Format("20060102") }

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
	Link          string       `json:"link,omitempty"` // code_url
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
	given         given        // back by refunds
	refunds       []*Refund
}

// snapshot returns a copy that stays as it is.
func (o *Order) snapshot() Order {
	c := *o
	c.refunds = make([]*Refund, len(o.refunds))
	for i, r := range o.refunds {
		same := *r
		c.refunds[i] = &same
	}
	return c
}

// given is what refunds have given back of an order, in fen.
type given struct{ total, payer, settlement, fee, provider, merchant int64 }

func (g given) plus(h given) given {
	return given{
		g.total + h.total, g.payer + h.payer, g.settlement + h.settlement,
		g.fee + h.fee, g.provider + h.provider, g.merchant + h.merchant,
	}
}

// CouponUsed is a coupon in the order that it lessened.
type CouponUsed struct {
	ID     string `json:"id"`
	Stock  string `json:"stock"`
	Name   string `json:"name"`
	Funder Funder `json:"funder"`
	Amount int64  `json:"amount"` // fen
}

// off returns how much coupons of a funder lessen the order.
func (o *Order) off(f Funder) int64 {
	var sum int64
	for _, c := range o.Coupons {
		if c.Funder == f {
			sum += c.Amount
		}
	}
	return sum
}

// Told returns the trade_state that a query tells.
func (o *Order) Told() State {
	if o.State == Success {
		for _, r := range o.refunds {
			if r.Status != RefundClosed {
				return Refunded
			}
		}
	}
	return o.State
}

// Refund is money on its way back to the payer.
type Refund struct {
	Number        int64        `json:"n"`
	RefundID      string       `json:"refund_id"`
	OutRefundNo   string       `json:"out_refund_no"`
	Order         int64        `json:"order"`
	Reversal      bool         `json:"reversal,omitzero"` // by which the order was REVOKED
	Status        RefundStatus `json:"status"`
	Outcome       RefundStatus `json:"outcome"` // that it will have
	Reason        string       `json:"reason,omitempty"`
	NotifyURL     string       `json:"notify_url,omitempty"`
	Created       time.Time    `json:"created"`
	Due           time.Time    `json:"due"` // when its outcome comes
	Done          time.Time    `json:"done,omitzero"`
	Total         int64        `json:"total"` // fen: of the request, coupons included
	Payer         int64        `json:"payer"` // fen: to the payer
	Settlement    int64        `json:"settlement"`
	Fee           int64        `json:"fee"`      // fen of the fee that the merchant gets back
	Provider      int64        `json:"provider"` // fen of coupons funded by the provider
	MerchantShare int64        `json:"merchant"` // fen of coupons funded by the merchant
	Signer        string       `json:"signer,omitempty"`
	Digest        string       `json:"digest"`
}

func (r *Refund) given() given {
	return given{r.Total, r.Payer, r.Settlement, r.Fee, r.Provider, r.MerchantShare}
}

// split shares a further refund of an order among those who paid: cumulatively, so that the sum over all
// refunds is right to the fen. The bounds of a part are met only where an earlier refund was closed after a
// later one had been shared with it.
func (o *Order) split(amount int64) given {
	all := o.given.total + amount
	part := func(of, before int64) int64 { return min(max(share(of, all, o.Total)-before, 0), amount) }
	g := given{
		total:    amount,
		provider: part(o.off(ByProvider), o.given.provider),
		merchant: part(o.off(ByMerchant), o.given.merchant),
		fee:      part(o.Fee, o.given.fee),
	}
	g.settlement = amount - g.merchant
	g.payer = g.settlement - g.provider
	return g
}

// share returns of × part / whole, rounded half up.
func share(of, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return (2*of*part + whole) / (2 * whole)
}

// feeOf returns the fee on an amount, rounded half up to the fen.
func feeOf(amount, rate int64) int64 { return (amount*rate + 500_000) / 1_000_000 }
