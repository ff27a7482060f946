package isohost

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// Transactions are told apart by message type, processing code (field 3) and transaction type (60.1).
const (
	processSale = "000000"
	// processSaleOther is the processing code of a sale in the dialect of some acquirers.
	processSaleOther = "190000"
	processGiveBack  = "200000"

	typeSale   = "22"
	typeVoid   = "23"
	typeRefund = "25"
)

func (x *exchange) financial(ctx context.Context) error {
	if x.in.Has(49) && x.in.Get(49) != money.CNY.String() {
		return errFormat
	}
	amount, err := money.ParseDE4(x.in.Get(4))
	if err != nil {
		return errFormat.Because(err)
	}
	origin, err := x.origin()
	if err != nil {
		return err
	}
	presented, err := x.presentation()
	if err != nil {
		return err
	}
	var result payment.Result
	process := x.in.Get(3)
	switch mti := x.in.MTI(); {
	case mti == "0200" && (process == processSale || process == processSaleOther) && x.control.Type == typeSale:
		if presented.PAN.IsZero() {
			return errFormat
		}
		result, err = x.host.Payments.Sale(ctx, payment.SaleRequest{
			Origin: origin, Card: presented, Amount: amount, BIN: x.host.BIN(presented.PAN),
		})
	case mti == "0200" && process == processGiveBack && x.control.Type == typeVoid:
		original, err := iso8583.ParseF61(x.in.Get(61))
		if err != nil {
			return errFormat.Because(err)
		}
		batch, _ := number(original.Batch)
		trace, _ := number(original.Trace)
		result, err = x.host.Payments.Void(ctx, payment.VoidRequest{
			Origin: origin, Card: presented, Amount: amount, OriginalBatch: batch, OriginalTrace: trace,
			OriginalRRN: x.in.Get(37),
		})
		if err != nil {
			return err
		}
	case mti == "0220" && process == processGiveBack && x.control.Type == typeRefund:
		date := ""
		if x.in.Has(61) {
			original, err := iso8583.ParseF61(x.in.Get(61))
			if err != nil {
				return errFormat.Because(err)
			}
			date = original.Date
		}
		if !x.in.Has(37) {
			return errFormat
		}
		result, err = x.host.Payments.Refund(ctx, payment.RefundRequest{
			Origin: origin, Card: presented, Amount: amount, OriginalRRN: x.in.Get(37), OriginalDate: date,
		})
	default:
		return errUnsupported
	}
	if err != nil {
		return err
	}
	if result.Repeated {
		x.host.Meter.Repeats.Inc()
		if result, err = x.await(ctx, result); err != nil {
			return err
		}
	}
	x.tell(result)
	return nil
}

// awaitMax is how long a repeated request waits for the first to be done.
const awaitMax = 55 * time.Second

// await returns the outcome of a request that is still at work elsewhere; without one in time the
// repetition stays unanswered, as the first is.
func (x *exchange) await(ctx context.Context, r payment.Result) (payment.Result, error) {
	if r.Operation.State != payment.OpPending {
		return r, nil
	}
	ctx, cancel := context.WithTimeout(ctx, awaitMax)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return r, errSilence
		}
		now, err := x.host.Payments.Recorded(ctx, r.Operation.ID)
		if err != nil {
			return r, errors.Join(err, errSilence)
		}
		if now.Operation.State != payment.OpPending {
			return now, nil
		}
	}
}

// tell makes the answer from what the books say, so that a repeated request gets the same.
func (x *exchange) tell(r payment.Result) {
	op, p := r.Operation, r.Payment
	x.out.SetMTI(iso8583.AnswerMTI(x.in.MTI()))
	x.out.CopyFrom(&x.in, 2, 3, 4, 11, 25, 41, 42, 49, 60)
	x.stamp(op.CreatedAt.Time())
	if op.ClearingDate != 0 {
		x.out.Set(15, op.ClearingDate.MonthDay())
	}
	x.out.Set(32, x.host.Acquirer)
	x.out.Set(37, op.RRN)
	if op.AuthCode != "" {
		x.out.Set(38, op.AuthCode)
	}
	x.out.Set(39, codeOfResult(r))
	x.out.Set(44, iso8583.Parties{Issuer: p.Issuer, Acquirer: x.host.Acquirer}.String())
	if len(op.Chip) > 0 {
		x.out.SetBytes(55, op.Chip)
	}
	if p.Organization != "" {
		x.out.Set(63, iso8583.Texts{Organization: p.Organization}.String())
	}
}

// presentation reads the card out of the message: number from field 2, or from track 2.
func (x *exchange) presentation() (card.Presentation, error) {
	c := card.Presentation{
		Expiry: x.in.Get(14), EntryMode: x.in.Get(22), SequenceNumber: x.in.Get(23), Chip: append([]byte(nil), x.in.Bytes(55)...),
	}
	c.ChipStored = emv.Strip(c.Chip)
	security, err := iso8583.ParseF53(x.in.Get(53))
	if x.in.Has(53) && err != nil {
		return c, errFormat.Because(err)
	}
	if x.in.Has(35) {
		c.Track2 = x.in.Get(35)
		if security.Track == '1' {
			if c.Track2, err = x.host.Keys.DecryptTrack(x.session.terminal.Keys.Track, c.Track2); err != nil {
				return c, errFormat.Because(err)
			}
		}
	}
	digits := x.in.Get(2)
	if fromTrack, rest, ok := strings.Cut(c.Track2, "D"); ok {
		if digits == "" {
			digits = fromTrack
		} else if digits != fromTrack {
			return c, errFormat
		}
		if c.Expiry == "" && len(rest) >= 4 {
			c.Expiry = rest[:4]
		}
	}
	if digits != "" {
		if c.PAN, err = card.ParsePAN(digits); err != nil {
			return c, errFormat
		}
	}
	if x.in.Has(52) {
		c.PIN = &card.PINBlock{
			Block: append([]byte(nil), x.in.Bytes(52)...), Key: x.session.terminal.Keys.PIN, WithPAN: security.PIN != '1',
		}
	}
	return c, nil
}

func (x *exchange) reverse(ctx context.Context) error {
	amount, err := money.ParseDE4(x.in.Get(4))
	if err != nil {
		return errFormat.Because(err)
	}
	origin, err := x.origin()
	if err != nil {
		return err
	}
	request := payment.ReverseRequest{Origin: origin, Amount: amount, Reason: x.in.Get(39)}
	if digits := x.in.Get(2); digits != "" {
		if request.Card, err = card.ParsePAN(digits); err != nil {
			return errFormat
		}
	}
	result, err := x.host.Payments.Reverse(ctx, request)
	if err != nil {
		return err
	}
	if result.Repeated {
		x.host.Meter.Repeats.Inc()
	}
	x.tell(result)
	x.out.Set(39, codeApproved)
	return nil
}
