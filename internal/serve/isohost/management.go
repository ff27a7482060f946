package isohost

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	manageScript  = "951"
	manageReport  = "362"
	manageSigned  = "800"
	manageSignOff = "002"
	manageEcho    = "301"
	uploadLines   = "201"
	uploadEven    = "207"
	uploadUneven  = "202"
)

// chipUploads are the codes of chip details: approved online, balanced and not; offline or with a failed
// cryptogram of the issuer, balanced and not.
var chipUploads = map[string]bool{"203": true, "205": true, "204": true, "206": true}

func (x *exchange) manage(ctx context.Context) error {
	mti, code := x.in.MTI(), x.control.Network
	if form, ok := x.profile.forms[code]; ok && mti == "0800" {
		return x.signIn(ctx, form)
	}
	if d, ok := downloads[[2]string{mti, code}]; ok {
		return x.download(ctx, d)
	}
	if handle, ok := keyMessages[code]; ok && mti == "0800" {
		return handle(x, ctx)
	}
	if mti != "0820" {
		return errUnsupported
	}
	switch code {
	case manageSignOff:
		if err := x.host.Terminals.SignOff(ctx, x.session.terminal); err != nil {
			return err
		}
		x.host.seen.Delete(x.session.terminal.Number)
		return x.acknowledge()
	case manageReport:
		return x.report(ctx)
	case manageSigned:
		return x.signature(ctx)
	case manageEcho:
		return x.acknowledge()
	}
	return errUnsupported
}

// isEcho tells the one message that comes without a trace.
func (x *exchange) isEcho() bool { return x.in.MTI() == "0820" && x.control.Network == manageEcho }

// acknowledge answers a message that needs no more than yes.
func (x *exchange) acknowledge() error {
	x.refuse(codeApproved)
	return nil
}

func (x *exchange) signIn(ctx context.Context, form int) error {
	t, keys, err := x.host.Terminals.SignIn(ctx, x.session.terminal, x.operator(), form)
	if err != nil {
		return err
	}
	group, err := x.host.Terminals.Group(ctx, t) // a sign-in is when a terminal learns what has changed
	if err != nil {
		return err
	}
	x.keep(t, x.session.merchant, group)
	x.refuse(codeApproved)
	x.control.Batch = sixDigits(t.BatchNumber)
	x.out.Set(60, x.control.String())
	x.out.Set(37, x.in.Get(11)+x.in.Get(11))
	x.out.SetBytes(43, iso8583.Name(x.session.merchant.Name, 40))
	x.out.SetBytes(62, keys)
	return nil
}

func sixDigits(n int) string {
	var b [6]byte
	for i := 5; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b[:])
}

// settle closes the terminal's batch and answers, for each half, whether the totals agree.
func (x *exchange) settle(ctx context.Context) error {
	if x.in.Has(49) && x.in.Get(49) != money.CNY.String() {
		return errFormat
	}
	if x.in.Has(64) { // a batch close carries none; one that is there must be right
		if err := x.verify(); err != nil {
			return errMAC.Because(err)
		}
	}
	claimed, err := iso8583.ParseTotals(x.in.Get(48))
	if err != nil {
		return errFormat.Because(err)
	}
	number, err := number(x.control.Batch)
	if err != nil {
		return errFormat.Because(err)
	}
	day, err := x.host.Day(ctx)
	if err != nil {
		return err
	}
	batch, err := x.host.Terminals.Close(ctx, terminal.Claim{
		Terminal: x.session.terminal, BatchNumber: number,
		Domestic: totalsOf(claimed.Domestic), Foreign: totalsOf(claimed.Foreign),
	}, day)
	if err != nil {
		return err
	}
	x.host.seen.Delete(x.session.terminal.Number)
	x.refuse(codeApproved)
	claimed.Domestic.Result = verdict(batch.Domestic == batch.ClaimedDomestic)
	claimed.Foreign.Result = verdict(batch.Foreign == batch.ClaimedForeign)
	answer, err := claimed.Format()
	if err != nil {
		return err
	}
	x.out.Set(48, answer)
	x.out.CopyFrom(&x.in, 63)
	return nil
}

// Results of a batch close, the last digit of each half of field 48.
const (
	totalsEqual   = '1'
	totalsUnequal = '2'
)

func verdict(equal bool) byte {
	if equal {
		return totalsEqual
	}
	return totalsUnequal
}

func totalsOf(h iso8583.Half) terminal.Totals {
	return terminal.Totals{
		DebitFen: h.Debit.Amount, DebitCount: int64(h.Debit.Count),
		CreditFen: h.Credit.Amount, CreditCount: int64(h.Credit.Count),
	}
}

// upload takes the details of an unequal batch, and its end.
func (x *exchange) upload(ctx context.Context) error {
	batch, err := number(x.control.Batch)
	if err != nil {
		return errFormat.Because(err)
	}
	switch code := x.control.Network; {
	case code == uploadEven || code == uploadUneven:
		err = x.host.Payments.UploadDone(ctx, x.session.terminal, batch)
	case code == uploadLines:
		var details []iso8583.Detail
		if details, err = iso8583.ParseDetails(x.in.Get(48)); err != nil {
			return errFormat.Because(err)
		}
		lines := make([]payment.UploadedLine, len(details))
		for i, d := range details {
			trace, err := number(d.Trace)
			if err != nil {
				return errFormat.Because(err)
			}
			lines[i] = payment.UploadedLine{Trace: trace, Masked: iso8583.MaskPAN(d.PAN), Amount: money.Yuan(d.Amount)}
		}
		err = x.host.Payments.Upload(ctx, x.session.terminal, batch, lines)
	case chipUploads[code]: // a transaction a message
		amount, parseErr := money.ParseDE4(x.in.Get(4))
		trace, traceErr := number(x.in.Get(11))
		if parseErr != nil || traceErr != nil {
			return errFormat
		}
		err = x.host.Payments.Upload(ctx, x.session.terminal, batch, []payment.UploadedLine{
			{Trace: trace, Masked: iso8583.MaskPAN(x.in.Get(2)), Amount: amount},
		})
	default:
		return errUnsupported
	}
	if err != nil {
		return err
	}
	return x.acknowledge()
}
