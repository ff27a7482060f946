package unionpay

import (
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// refund gives money back at once, unless a flaw has it wait.
func (w *Wallet) refund(c *call) (message, *refusal) {
	m := c.message
	if m["orderNo"] == "" {
		return nil, missing("orderNo")
	}
	o, refused := w.find(c, "origOrderNo")
	if refused != nil {
		return nil, refused
	}
	amount, refused := c.amount()
	switch {
	case refused != nil:
		return nil, refused
	case !orderForm.MatchString(m["orderNo"]):
		return nil, wrong("orderNo")
	case m["origTxnAmt"] != "" && m["origTxnAmt"] != fen(o.Total):
		return nil, inconsistent
	}
	if refused := c.checkWords(); refused != nil {
		return nil, refused
	}
	at, mark := key{c.merchant.Number, m["orderNo"]}, c.mark(c.act)
	if r := w.books.refundKey[at]; r != nil {
		if r.Mark != mark {
			return nil, inconsistent
		}
		return o.answerRefund(r), nil
	}
	if w.books.byKey[at] != nil {
		return nil, inconsistent
	}
	if refused := w.refundable(o, amount, c.now); refused != nil {
		return nil, refused
	}
	r := w.newRefund(o, amount, c.now)
	r.OrderNo, r.Info, r.BackURL, r.Mark = m["orderNo"], m["orderInfo"], m["backUrl"], mark
	if struck := w.flaws.Next(PendingRefund, FailedRefund); struck[PendingRefund] || struck[FailedRefund] {
		r.Due = c.now.Add(w.config.RefundTime)
		if struck[FailedRefund] {
			r.Outcome = RefundFailed
		}
	}
	err := w.books.post(step{Entry: kit.Entry{At: c.now, Ref: r.TransIndex, Lines: kit.RefundLines(o.Merchant, r.Parts)}, Refund: r})
	if err == nil && !r.Due.After(c.now) {
		err = w.settle(*r)
	}
	if err != nil {
		w.note(err)
		return nil, unknownResult
	}
	r = w.books.refunds[r.Number-1]
	if r.Status == RefundWaiting {
		w.awaitRefund(r)
	}
	return o.answerRefund(r), nil
}

// refundable refuses a refund that the order does not allow.
func (w *Wallet) refundable(o *Order, amount int64, now time.Time) *refusal {
	back := o.Parts.Refund(o.given, amount)
	switch {
	case o.State != Paid:
		return wrongState
	case now.Sub(o.Paid) > refundLife:
		return tooLate
	case amount > o.Total-o.given.Total:
		return badAmount
	case w.books.Ledger.Balance(kit.MerchantAccount(o.Merchant)) < back.Settlement-back.Fee:
		return noBalance
	}
	return nil
}

// newRefund returns a refund of an order that is done at once unless something is changed.
func (w *Wallet) newRefund(o *Order, amount int64, now time.Time) *Refund {
	number := int64(len(w.books.refunds) + 1)
	return &Refund{
		Number: number, Order: o.Number, TransIndex: w.index("refund", number, now), Status: RefundWaiting, Outcome: RefundDone,
		Created: now, Due: now, Parts: o.Parts.Refund(o.given, amount),
	}
}

// awaitRefund brings the outcome of a refund at its time.
func (w *Wallet) awaitRefund(r *Refund) {
	number := r.Number
	w.host.Later(r.Due, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.note(w.settle(*w.books.refunds[number-1]))
	})
}

// settle gives a refund its outcome. The caller holds the lock.
func (w *Wallet) settle(r Refund) error {
	if r.Status != RefundWaiting {
		return nil
	}
	o, now := w.books.orders[r.Order-1], w.clock.Now()
	r.Status, r.Done = r.Outcome, now
	s := step{Entry: kit.Entry{At: now, Ref: r.TransIndex}, Refund: &r}
	if r.Outcome == RefundFailed {
		s.Lines = kit.ReturnLines(o.Merchant, r.Parts)
	} else {
		r.SettleDate = w.settleDate(now)
		s.Lines = kit.ArrivalLines(o.Payer, r.Parts)
	}
	w.refundNotice(&s, o, &r)
	return w.postAndSend(s)
}

// takeBack cancels a paid order: all at once, by a refund of its own kind. The caller holds the lock.
func (w *Wallet) takeBack(o *Order, c *call) *refusal {
	switch {
	case o.given.Total > 0:
		return wrongState
	case c.now.Sub(o.Paid) > cancelLife:
		return tooLate
	}
	if refused := w.refundable(o, o.Total, c.now); refused != nil {
		return refused
	}
	r := w.newRefund(o, o.Total, c.now)
	r.OrderNo, r.Cancel, r.Status, r.Done, r.SettleDate = o.OrderNo, true, RefundDone, c.now, w.settleDate(c.now)
	changed := *o
	changed.State, changed.Ended = Revoked, c.now
	lines := kit.ReversalLines(o.Merchant, o.Payer, r.Parts)
	err := w.books.post(step{Entry: kit.Entry{At: c.now, Ref: r.TransIndex, Lines: lines}, Order: &changed, Refund: r})
	if err != nil {
		w.note(err)
		return unknownResult
	}
	return nil
}

// answerRefund is the answer to refund, new or repeated.
func (o *Order) answerRefund(r *Refund) message {
	m := o.tellRefund(r)
	switch r.Status {
	case RefundWaiting:
		m["respCode"] = codeWaiting
	case RefundFailed:
		m["respCode"] = codeFailed
	}
	return m
}

func (w *Wallet) queryRefund(c *call) (message, *refusal) {
	if c.message["orderNo"] == "" {
		return nil, missing("orderNo")
	}
	r := w.books.refundKey[key{c.merchant.Number, c.message["orderNo"]}]
	if r == nil {
		return nil, noOrder
	}
	o := w.books.orders[r.Order-1]
	if named := c.message["origOrderNo"]; named != "" && named != o.OrderNo {
		return nil, noOrder
	}
	m := o.tellRefund(r)
	m["origRespCode"] = refundCodes[r.Status]
	return m, nil
}
