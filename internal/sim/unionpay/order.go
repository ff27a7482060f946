package unionpay

import (
	"encoding/json"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Order is what a merchant asked a payer for.
type Order struct {
	Number      int64            `json:"n"` // in the order of arrival, from 1
	Institution string           `json:"institution"`
	Merchant    string           `json:"merchant"`
	OrderNo     string           `json:"order_no"`
	TransIndex  string           `json:"trans_index"`
	Way         Way              `json:"way"`
	State       State            `json:"state"`
	Info        string           `json:"info,omitempty"`
	Terminal    string           `json:"terminal,omitempty"` // termId
	Device      string           `json:"device,omitempty"`   // termInfo
	BackURL     string           `json:"back_url,omitempty"`
	Content     string           `json:"content,omitempty"`   // of the merchant's code
	Reference   string           `json:"reference,omitempty"` // 32 digits in it
	Code        string           `json:"code,omitempty"`      // of the payer
	Created     time.Time        `json:"created"`
	Expires     time.Time        `json:"expires"` // lapses then
	Paid        time.Time        `json:"paid,omitzero"`
	Ended       time.Time        `json:"ended,omitzero"` // when it was closed or failed
	SettleDate  string           `json:"settle_date,omitempty"`
	Payer       string           `json:"payer,omitempty"` // who scanned or was scanned
	Open        bool             `json:"open,omitzero"`   // the payer says how much
	Total       int64            `json:"total"`           // fen that were asked for, of an open order once it is paid
	Parts       kit.Parts        `json:"parts,omitzero"`  // once it is paid
	Rate        int64            `json:"rate"`            // of the fee, in parts per million
	Coupons     []kit.CouponUsed `json:"coupons,omitempty"`
	Mark        string           `json:"mark"` // of the request
	given       kit.Parts        // back by refunds
	refunds     []*Refund
}

// Told returns the state that a query tells: of a paid order of which something is given back, that.
func (o Order) Told() State {
	if o.State == Paid && o.given.Total > 0 {
		return Refunded
	}
	return o.State
}

// Refunded returns how much of an order was given back, in fen.
func (o Order) Refunded() int64 { return o.given.Total }

// Paying reports whether a payer could scan the order now.
func (o Order) Paying() bool {
	return o.Way == MerchantPresented && (o.State == Unpaid || o.State == Paying)
}

// snapshot returns a copy that shares nothing with the books.
func (o *Order) snapshot() Order {
	c := *o
	c.refunds = nil
	return c
}

// off returns how much coupons of a funder lessen the order.
func (o *Order) off(f kit.Funder) int64 { return kit.Off(o.Coupons, f) }

const networkSponsor = "00010000" // spnsrId of the network's coupons

// couponInfo writes the coupons of an order as answers have them, "" where there are none.
func (o *Order) couponInfo() string {
	if len(o.Coupons) == 0 {
		return ""
	}
	type coupon struct {
		ID      string `json:"id"`
		Desc    string `json:"desc"`
		Type    string `json:"type"`
		Sponsor string `json:"spnsrId"`
		Amount  string `json:"offstAmt"`
	}
	var list []coupon
	for _, c := range o.Coupons {
		told := coupon{c.ID, c.Name, "DD01", networkSponsor, fen(c.Amount)}
		if c.Funder == kit.ByMerchant {
			told.Type, told.Sponsor = "CP01", o.Merchant
		}
		list = append(list, told)
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // texts only
	}
	return string(text)
}

// tell returns what answers and notifications say of an order.
func (o *Order) tell() message {
	m := message{
		"orderNo": o.OrderNo, "orderType": orderType, "transIndex": o.TransIndex, "refundedAmt": fen(o.given.Total),
	}
	if o.Total > 0 {
		m["txnAmt"] = fen(o.Total)
	}
	if o.Paid.IsZero() {
		return m
	}
	m["payTime"], m["settleDate"] = stamp(o.Paid), o.SettleDate
	m["payAmt"], m["settleAmt"], m["feeAmt"] = fen(o.Parts.Payer), fen(o.Parts.Settlement), fen(o.Parts.Fee)
	m.put("couponInfo", o.couponInfo())
	return m
}

// Refund is money on its way back to the payer.
type Refund struct {
	Number     int64        `json:"n"`
	OrderNo    string       `json:"order_no"` // of the refund
	Order      int64        `json:"order"`
	TransIndex string       `json:"trans_index"`
	Cancel     bool         `json:"cancel,omitzero"` // by cancel, which needs no number of its own
	Status     RefundStatus `json:"status"`
	Outcome    RefundStatus `json:"outcome"` // that it will have
	Info       string       `json:"info,omitempty"`
	BackURL    string       `json:"back_url,omitempty"`
	Created    time.Time    `json:"created"`
	Due        time.Time    `json:"due"`                   // when its outcome comes
	Done       time.Time    `json:"done,omitzero"`         // when it had its outcome
	SettleDate string       `json:"settle_date,omitempty"` // of one that did not fail
	Parts      kit.Parts    `json:"parts"`
	Mark       string       `json:"mark"` // of the request
}

// tellRefund returns what answers and notifications say of a refund.
func (o *Order) tellRefund(r *Refund) message {
	m := message{
		"orderNo": r.OrderNo, "origOrderNo": o.OrderNo, "orderType": orderType, "transIndex": r.TransIndex, "txnAmt": fen(r.Parts.Total),
		"origTxnAmt": fen(o.Total), "payAmt": fen(r.Parts.Payer), "settleAmt": fen(r.Parts.Settlement), "feeAmt": fen(r.Parts.Fee),
	}
	if r.Status == RefundDone {
		m["payTime"], m["settleDate"] = stamp(r.Done), r.SettleDate
	}
	return m
}
