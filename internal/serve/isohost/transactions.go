package isohost

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// request is a financial message as its handler gets it.
type request struct {
	origin payment.Origin
	card   card.Presentation
	amount money.Amount // zero where the message has none
}

// act is one kind of transaction: told apart by message type, processing code (field 3) and transaction
// type (60.1).
type act struct {
	mti, process, kind string
}

// doer carries a transaction out.
type doer struct {
	// presents tells that the card must be named; unpriced that there is no amount.
	presents, unpriced bool
	do                 func(*exchange, context.Context, request) (payment.Result, error)
}

// acts says who carries out which transaction. The processing code of a sale is the profile's affair.
var acts = map[act]doer{
	{"0200", "310000", "01"}:    {presents: true, unpriced: true, do: (*exchange).inquire},
	{"0200", processSale, "22"}: {presents: true, do: (*exchange).sale},
	{"0200", "200000", "23"}:    {do: (*exchange).void},
	{"0220", "200000", "25"}:    {do: (*exchange).refund},
	{"0100", "030000", "10"}:    {presents: true, do: (*exchange).preauthorize},
	{"0100", "200000", "11"}:    {presents: true, do: (*exchange).voidAuthorization},
	{"0200", processSale, "20"}: {presents: true, do: (*exchange).complete},
	{"0220", processSale, "24"}: {presents: true, do: (*exchange).complete},
	{"0200", "200000", "21"}:    {do: (*exchange).voidCompletion},
	{"0220", processSale, "30"}: {presents: true, do: (*exchange).offlineSale},
	{"0220", processSale, "32"}: {do: (*exchange).adjust},
	{"0220", processSale, "34"}: {do: (*exchange).adjust},
}

const (
	processSale = "000000"
	// processSaleOther is the processing code of a sale in the dialect of some acquirers.
	processSaleOther = "190000"
	// conditionAddOn is field 25 of a pre-authorization that adds to another.
	conditionAddOn = "60"
	// typeTip is 60.1 of an adjustment that adds a tip.
	typeTip = "34"
)

func (x *exchange) financial(ctx context.Context) error {
	if x.in.Has(49) && x.in.Get(49) != money.CNY.String() {
		return errFormat
	}
	process := x.in.Get(3)
	if process == processSaleOther {
		process = processSale
	}
	d, ok := acts[act{x.in.MTI(), process, x.control.Type}]
	if !ok {
		return errUnsupported
	}
	if code, ok := x.item(tagPaymentCode); ok {
		return x.payByCode(ctx, code)
	}
	var q request
	var err error
	if !d.unpriced {
		if q.amount, err = money.ParseDE4(x.in.Get(4)); err != nil {
			return errFormat.Because(err)
		}
	}
	if q.origin, err = x.origin(); err != nil {
		return err
	}
	if q.card, err = x.presentation(); err != nil {
		return err
	}
	if d.presents {
		if q.card.PAN.IsZero() {
			return errFormat
		}
		if err := x.checkDevice(q.card.PAN.Reveal()); err != nil {
			return err
		}
	}
	if err := x.checkForm(q.card); err != nil {
		return err
	}
	result, err := x.patiently(ctx, func() (payment.Result, error) { return d.do(x, ctx, q) })
	if err != nil {
		return err
	}
	if result.Payment.ByCode() { // a void or a refund of what was paid by code
		return x.answerByCode(ctx, result)
	}
	return x.answerFor(ctx, result)
}

// conditions are what field 25 may be, by transaction type (60.1), where it is not 00.
var conditions = map[string][]string{
	"10": {"06", conditionAddOn}, "11": {"06"}, "20": {"06"}, "21": {"06"}, "24": {"06"},
}

// entryModes are the first two digits of field 22 that a card is presented by.
var entryModes = map[string]bool{
	"00": true, "01": true, "02": true, "04": true, "05": true, "07": true, "80": true, "90": true, "91": true, "92": true,
	"95": true, "96": true, "98": true,
}

// checkForm holds fields 22 and 25 against the transaction and against each other.
func (x *exchange) checkForm(c card.Presentation) error {
	allowed, ok := conditions[x.control.Type]
	if !ok {
		allowed = []string{"00"}
	}
	switch {
	case !slices.Contains(allowed, x.in.Get(25)):
		return errUnsupported
	case len(c.EntryMode) == 3 && c.EntryMode[:2] == codeMode:
		if !followsCode[x.control.Type] || !c.PAN.IsZero() {
			return errFormat
		}
	case len(c.EntryMode) != 3 || !entryModes[c.EntryMode[:2]] || c.EntryMode[2] > '2',
		c.EntryMode[:2] == "01" && c.Track2 != "": // a number that was keyed in has no track
		return errFormat
	}
	return nil
}

// underWayMax is how long a request waits for another act on its payment, such as a reversal that is on its way to
// the network.
const underWayMax = 10 * time.Second

// patiently carries a request out, again for a while where another act on the payment is under way: a terminal
// sends its reversal and the next try right after each other.
func (x *exchange) patiently(ctx context.Context, do func() (payment.Result, error)) (payment.Result, error) {
	result, err := do()
	if !errors.Is(err, payment.ErrUnderWay) {
		return result, err
	}
	ctx, cancel := context.WithTimeout(ctx, underWayMax)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for errors.Is(err, payment.ErrUnderWay) {
		select {
		case <-tick.C:
			result, err = do()
		case <-ctx.Done():
			return result, err
		}
	}
	return result, err
}

// answerFor makes the answer to a request; a repeated one waits until the first is done.
func (x *exchange) answerFor(ctx context.Context, result payment.Result) error {
	if result.Repeated {
		x.host.Meter.Repeats.Inc()
		var err error
		if result, err = x.await(ctx, result); err != nil {
			return err
		}
	}
	x.tell(result)
	return nil
}

func (x *exchange) beginning(q request) payment.SaleRequest {
	bin := x.host.BIN(q.card.PAN)
	if bin.Token {
		q.card.Form = card.Phone
	}
	return payment.SaleRequest{
		Origin: q.origin, Card: q.card, Amount: q.amount, BIN: bin, Partial: x.control.Partial == "1", AuthCode: x.authCode(),
	}
}

// authCode reads field 38; what is no code counts as none.
func (x *exchange) authCode() string {
	code := strings.Trim(x.in.Get(38), " \x00")
	if strings.ContainsFunc(code, func(r rune) bool { return r < '!' || r > '~' }) {
		return ""
	}
	return code
}

func (x *exchange) inquire(ctx context.Context, q request) (payment.Result, error) {
	return x.host.Payments.Inquire(ctx, x.beginning(q))
}

func (x *exchange) sale(ctx context.Context, q request) (payment.Result, error) {
	return x.host.Payments.Sale(ctx, x.beginning(q))
}

func (x *exchange) offlineSale(ctx context.Context, q request) (payment.Result, error) {
	return x.host.Payments.Offline(ctx, x.beginning(q))
}

func (x *exchange) preauthorize(ctx context.Context, q request) (payment.Result, error) {
	if x.in.Get(25) != conditionAddOn {
		return x.host.Payments.Preauthorize(ctx, x.beginning(q))
	}
	r, err := x.onAuthorization(q)
	if err != nil {
		return payment.Result{}, err
	}
	return x.host.Payments.AddOn(ctx, r)
}

func (x *exchange) voidAuthorization(ctx context.Context, q request) (payment.Result, error) {
	r, err := x.onAuthorization(q)
	if err != nil {
		return payment.Result{}, err
	}
	return x.host.Payments.VoidAuthorization(ctx, r)
}

func (x *exchange) complete(ctx context.Context, q request) (payment.Result, error) {
	r, err := x.onAuthorization(q)
	if err != nil {
		return payment.Result{}, err
	}
	return x.host.Payments.Complete(ctx, r, x.in.MTI() == "0220")
}

// onAuthorization reads which authorization a message is about: field 38, and its date in field 61.
func (x *exchange) onAuthorization(q request) (payment.AuthorizationRequest, error) {
	original, err := x.original(false)
	return payment.AuthorizationRequest{
		Origin: q.origin, Card: q.card, Amount: q.amount, AuthCode: x.authCode(), Date: original.Date,
	}, err
}

func (x *exchange) void(ctx context.Context, q request) (payment.Result, error) {
	r, err := x.inBatch(q)
	if err != nil {
		return payment.Result{}, err
	}
	return x.host.Payments.Void(ctx, r)
}

func (x *exchange) voidCompletion(ctx context.Context, q request) (payment.Result, error) {
	r, err := x.inBatch(q)
	if err != nil {
		return payment.Result{}, err
	}
	return x.host.Payments.VoidCompletion(ctx, r)
}

func (x *exchange) adjust(ctx context.Context, q request) (payment.Result, error) {
	r, err := x.inBatch(q)
	if err != nil {
		return payment.Result{}, err
	}
	return x.host.Payments.Adjust(ctx, payment.AdjustRequest{VoidRequest: r, Tip: x.control.Type == typeTip})
}

// inBatch reads which transaction of the batch a message is about: fields 61 and 37.
func (x *exchange) inBatch(q request) (payment.VoidRequest, error) {
	original, err := x.original(true)
	if err != nil {
		return payment.VoidRequest{}, err
	}
	batch, _ := number(original.Batch)
	trace, _ := number(original.Trace)
	return payment.VoidRequest{
		Origin: q.origin, Card: q.card, Amount: q.amount, OriginalBatch: batch, OriginalTrace: trace, OriginalRRN: x.in.Get(37),
		OriginalDate: original.Date,
	}, nil
}

func (x *exchange) refund(ctx context.Context, q request) (payment.Result, error) {
	original, err := x.original(false)
	switch {
	case err != nil:
		return payment.Result{}, err
	case !x.in.Has(37):
		return payment.Result{}, errFormat
	}
	return x.host.Payments.Refund(ctx, payment.RefundRequest{
		Origin: q.origin, Card: q.card, Amount: q.amount, OriginalRRN: x.in.Get(37), OriginalDate: original.Date,
	})
}

// original reads field 61.
func (x *exchange) original(must bool) (iso8583.F61, error) {
	if !x.in.Has(61) && !must {
		return iso8583.F61{}, nil
	}
	original, err := iso8583.ParseF61(x.in.Get(61))
	if err != nil {
		err = errFormat.Because(err)
	}
	return original, err
}

// script takes what a chip did with the issuer's script (0620, 60.3 = 951).
func (x *exchange) script(ctx context.Context) error {
	original, err := x.original(true)
	if err != nil {
		return err
	}
	if x.control.Network != manageScript || !x.in.Has(55) {
		return errFormat
	}
	origin, err := x.origin()
	if err != nil {
		return err
	}
	batch, _ := number(original.Batch)
	trace, _ := number(original.Trace)
	result, err := x.host.Payments.ScriptResult(ctx, payment.ScriptRequest{
		Origin: origin, OriginalBatch: batch, OriginalTrace: trace, OriginalRRN: x.in.Get(37), Chip: emv.Strip(x.in.Bytes(55)),
	})
	if err != nil {
		return err
	}
	return x.answerFor(ctx, result)
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
	if op.ApprovedFen != 0 && op.ApprovedFen < op.AmountFen {
		x.out.Set(4, fmt.Sprintf("%012d", op.ApprovedFen))
	}
	if r.Balance != nil {
		x.out.Set(54, balanceField(*r.Balance))
	}
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
	if p.ByCode() {
		x.tellOfCode(r)
	}
}

// balanceField writes field 54: account type 10, amount type 02 (available), currency, sign, twelve digits.
func balanceField(a money.Amount) string {
	sign, fen := "C", a.Fen
	if fen < 0 {
		sign, fen = "D", -fen
	}
	return fmt.Sprintf("1002%s%s%012d", a.Currency, sign, fen)
}

// presentation reads the card out of the message: number from field 2, or from track 2.
func (x *exchange) presentation() (card.Presentation, error) {
	c := card.Presentation{
		Expiry: x.in.Get(14), EntryMode: x.in.Get(22), SequenceNumber: x.in.Get(23), Chip: append([]byte(nil), x.in.Bytes(55)...),
	}
	c.ChipStored = emv.Strip(c.Chip)
	c.ReadsChip = (x.control.Capability == "5" || x.control.Capability == "6") && x.control.ICCondition != "2"
	if err := x.checkChip(&c); err != nil {
		return c, err
	}
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
