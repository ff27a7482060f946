package isohost

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// Items of field 59 about a payment by code.
const (
	tagPaymentCode = "A3" // the payer's code, in a request

	// The dialect has no place for what an answer says of a wallet's order; these items are ours.

	tagWalletNumber = "A4" // the wallet's own number of the order
	tagOrder        = "A5" // our number of the payment, under which the wallet knows it
	tagPaid         = "A6" // what the payer paid after coupons, twelve digits of fen
	tagSettled      = "A7" // what the wallet settles after coupons that the merchant gave, twelve digits of fen
)

// codeMode is how field 22 begins where a code was scanned, and where a transaction is about one.
const codeMode = "03"

// lookEvery is how often the record of a payment is looked at whose outcome another node may write.
const lookEvery = time.Second

// conditionCode is field 25 of a sale by code.
const conditionCode = "00"

// followsCode are the transaction types (60.1) that may be about a sale by code: void, refund, and adjustments, which are refused.
var followsCode = map[string]bool{"23": true, "25": true, "32": true, "34": true}

// walletNames are how a slip calls the wallets.
var walletNames = map[payment.Instrument]string{
	payment.WeChat: "微信支付", payment.Alipay: "支付宝", payment.UnionPay: "云闪付",
}

// payByCode charges a payer's code, the item A3 of a sale. What came as a code is one, though 19 digits that begin with 62
// could be a card's number as well.
func (x *exchange) payByCode(ctx context.Context, item string) error {
	if x.in.MTI() != "0200" || x.control.Type != "22" || x.in.Get(25) != conditionCode {
		return errUnsupported
	}
	if mode := x.in.Get(22); len(mode) != 3 || mode[:2] != codeMode || x.in.Has(2) || x.in.Has(35) || x.in.Has(52) || x.in.Has(55) {
		return errFormat
	}
	if err := x.checkDevice(item); err != nil {
		return err
	}
	amount, err := money.ParseDE4(x.in.Get(4))
	if err != nil {
		return errFormat.Because(err)
	}
	code, err := wallet.Parse(item)
	if err != nil {
		return err
	}
	r := payment.CodeRequest{Amount: amount, Code: code, Source: payment.FromTerminal, Device: x.session.terminal.Number}
	if r.Origin, err = x.origin(); err != nil {
		return err
	}
	if x.from != nil {
		if host, _, err := net.SplitHostPort(x.from.String()); err == nil {
			r.IP = host
		}
	}
	result, err := x.host.Payments.Charge(ctx, r)
	if err != nil {
		return err
	}
	return x.answerByCode(ctx, result)
}

// answerByCode makes the answer to a request about a payment by code. Where the wallet has not said what became of it, as when
// its payer enters a password, the request waits; what is not known by then is answered with code 98, on which a terminal
// reverses a sale and repeats a refund.
func (x *exchange) answerByCode(ctx context.Context, result payment.Result) error {
	if result.Repeated {
		x.host.Meter.Repeats.Inc()
	}
	ctx, cancel := context.WithDeadline(ctx, x.began.Add(x.host.CodePatience))
	defer cancel()
	go func() {
		select {
		case <-x.host.closing: // nobody is kept waiting by a host that stops
			cancel()
		case <-ctx.Done():
		}
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	now, err := x.host.Payments.Await(ctx, result.Operation.ID, look.C)
	if err != nil {
		return payment.ErrNotRecorded.Because(err)
	}
	x.tell(now)
	return nil
}

// tellOfCode adds to an answer what a slip says of the wallet.
func (x *exchange) tellOfCode(r payment.Result) {
	x.out.SetBytes(63, append(iso8583.Name("", 3), iso8583.Name(walletNames[r.Payment.Instrument], 20)...))
	var items []iso8583.Tag
	if r.Code.Number != "" {
		items = append(items, iso8583.Tag{ID: tagWalletNumber, Value: r.Code.Number})
	}
	items = append(items, iso8583.Tag{ID: tagOrder, Value: r.Payment.ID})
	if op := r.Operation; op.Kind == payment.SaleOp && op.State == payment.OpApproved {
		if paid := r.Code.PaidFen; paid != 0 && paid < op.ApprovedFen {
			items = append(items, iso8583.Tag{ID: tagPaid, Value: fmt.Sprintf("%012d", paid)})
		}
		if coupon := r.Payment.CouponFen; coupon != 0 {
			items = append(items, iso8583.Tag{ID: tagSettled, Value: fmt.Sprintf("%012d", op.ApprovedFen-coupon)})
		}
	}
	if text, err := iso8583.FormatTags(items); err == nil {
		x.out.Set(59, text)
	}
}
