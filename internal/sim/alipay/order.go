package alipay

import "time"

// china is the time of everything that is written out; it has no summer time.
var china = time.FixedZone("CST", 8*60*60)

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
	given       given        // back by refunds
	refunds     []*Refund
}

// given is what refunds have given back of a trade, in fen.
type given struct{ total, payer, settlement, fee, provider, merchant int64 }

func (g given) plus(h given) given {
	return given{
		g.total + h.total, g.payer + h.payer, g.settlement + h.settlement,
		g.fee + h.fee, g.provider + h.provider, g.merchant + h.merchant,
	}
}

func (g given) minus(h given) given {
	return g.plus(given{-h.total, -h.payer, -h.settlement, -h.fee, -h.provider, -h.merchant})
}

// CouponUsed is a coupon in the trade that it lessened.
type CouponUsed struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Funder Funder `json:"funder"`
	Amount int64  `json:"amount"` // fen
}

// off returns how much coupons of a funder lessen the trade.
func (o *Order) off(f Funder) int64 {
	var sum int64
	for _, c := range o.Coupons {
		if c.Funder == f {
			sum += c.Amount
		}
	}
	return sum
}

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
func (o Order) Refunded() int64 { return o.given.total }

// Refund is money on its way back to the payer.
type Refund struct {
	Number        int64        `json:"n"`
	OutRequestNo  string       `json:"out_request_no"`
	Order         int64        `json:"order"`
	Reversal      bool         `json:"reversal,omitzero"` // by trade.cancel
	Status        RefundStatus `json:"status"`
	Outcome       RefundStatus `json:"outcome"` // that it will have
	Reason        string       `json:"reason,omitempty"`
	Store         string       `json:"store,omitempty"`
	Operator      string       `json:"operator,omitempty"`
	Terminal      string       `json:"terminal,omitempty"`
	Created       time.Time    `json:"created"`
	Due           time.Time    `json:"due"` // when its outcome comes
	Done          time.Time    `json:"done,omitzero"`
	Total         int64        `json:"total"` // fen: of the request, coupons included
	Payer         int64        `json:"payer"` // fen: to the payer
	Settlement    int64        `json:"settlement"`
	Fee           int64        `json:"fee"`      // fen of the fee that the merchant gets back
	Provider      int64        `json:"provider"` // fen of coupons funded by the provider
	MerchantShare int64        `json:"merchant"` // fen of coupons funded by the merchant
	Digest        string       `json:"digest"`
}

func (r *Refund) given() given {
	return given{r.Total, r.Payer, r.Settlement, r.Fee, r.Provider, r.MerchantShare}
}

// split shares a further refund of a trade among those who paid: cumulatively, so that the sum over all
// refunds is right to the fen.
func (o *Order) split(amount int64) given {
	all := o.given.total + amount
	part := func(of, before int64) int64 { return share(of, all, o.Total) - before }
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
