package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// Payments is what the door reads of payments.
type Payments interface {
	step.Reader
	PaymentsOf(context.Context, access.Scope, payment.Filter, listing.Page) (listing.Slice[payment.Payment], error)
	OperationsOf(context.Context, payment.Payment) ([]payment.Operation, error)
	Wear(context.Context, terminal.Terminal, calendar.Instant) (terminal.Wear, error)
	PaymentsByRRN(ctx context.Context, scope access.Scope, rrn string) ([]payment.Payment, error)
}

// Receipt returns a copy of the receipt of an operation in a format, and its media type.
type Receipt func(ctx context.Context, operation, format string, to receipt.Copy, lang receipt.Lang) (content []byte, kind string, err error)

// PaymentView is a payment as it is listed. Amounts are of its currency.
type PaymentView struct {
	ID           string     `json:"id" zh:"支付单号" en:"Payment"`
	CreatedAt    time.Time  `json:"created_at" zh:"时间" en:"Time"`
	BusinessDate string     `json:"business_date" zh:"营业日" en:"Business date"`
	Merchant     string     `json:"merchant" zh:"商户" en:"Merchant"`
	Store        string     `json:"store" zh:"门店" en:"Store"`
	Terminal     string     `json:"terminal" zh:"终端" en:"Terminal"`
	Instrument   string     `json:"instrument" enum:"card,wechat,alipay,unionpay" zh:"支付方式" en:"Paid by"`
	Entry        string     `json:"entry" doc:"How the card was read: swipe, insert, tap, manual or other; or who presented the code: shown by the shop, scanned from the payer." zh:"读卡方式" en:"Entry"`
	Card         string     `json:"card" doc:"Masked." zh:"卡号" en:"Card"`
	CardKind     string     `json:"card_kind" doc:"debit, credit, prepaid; empty where nobody said." zh:"卡种" en:"Kind of card"`
	Organization string     `json:"organization" zh:"卡组织" en:"Network"`
	Issuer       string     `json:"issuer" zh:"发卡行" en:"Issuer"`
	State        string     `json:"state" enum:"pending,waiting,authorized,captured,declined,refused,unknown,closed,expired,voided,reversed" zh:"状态" en:"State"`
	Currency     string     `json:"currency" zh:"币种" en:"Currency"`
	RequestedFen int64      `json:"requested_fen" zh:"请求金额" en:"Requested"`
	HeldFen      int64      `json:"held_fen" doc:"Held by the issuer for an authorization, additions included." zh:"预授权金额" en:"Held"`
	CapturedFen  int64      `json:"captured_fen" doc:"Collected, tip included, before refunds; 0 once it was voided or reversed." zh:"收款金额" en:"Collected"`
	TipFen       int64      `json:"tip_fen" doc:"Of what was collected." zh:"小费" en:"Tip"`
	RefundedFen  int64      `json:"refunded_fen" doc:"Given back." zh:"退款金额" en:"Refunded"`
	RefundingFen int64      `json:"refunding_fen" doc:"Set aside for refunds that the wallet works on, or that a person must settle."`
	Refund       string     `json:"refund" enum:"none,part,whole" doc:"How much of what was collected was given back; the state stays captured."`
	FeeFen       *int64     `json:"fee_fen" doc:"What the merchant pays for it, less what refunds gave back; 0 once it was voided or reversed; null for who may not see settlements." zh:"手续费" en:"Fee"`
	DueAt        *time.Time `json:"due_at" doc:"When the money became the merchant's to have."`
}

// OperationView is one act on a payment.
type OperationView struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind" enum:"sale,void,preauth,add_on,preauth_void,completion,completion_void,refund,offline_sale,adjustment,reversal,inquiry,script_result"`
	State       string    `json:"state" enum:"pending,approved,declined,refused,unknown,reversing,reversed,manual"`
	AmountFen   int64     `json:"amount_fen" doc:"Asked for."`
	ApprovedFen int64     `json:"approved_fen"`
	RRN         string    `json:"rrn" doc:"Retrieval reference number, ISO 8583 DE 37."`
	AuthCode    string    `json:"auth_code" doc:"ISO 8583 DE 38."`
	Terminal    string    `json:"terminal"`
	Batch       int       `json:"batch"`
	Trace       int       `json:"trace" doc:"ISO 8583 DE 11."`
	Cashier     string    `json:"cashier"`
	Result      string    `json:"result" doc:"approved, or the word of a decline or refusal."`
	RailCode    string    `json:"rail_code" doc:"As the rail answered, ISO 8583 DE 39 on the card network."`
	Reason      string    `json:"reason" doc:"Of a reversal: silence, amount, or terminal and the code that it gave."`
	Receipt     bool      `json:"receipt" doc:"There is one."`
	At          time.Time `json:"at"`
}

// PaymentDetail is a payment with what was done to it.
type PaymentDetail struct {
	PaymentView
	TerminalNumber string          `json:"terminal_number" doc:"ISO 8583 DE 41."`
	Operations     []OperationView `json:"operations" nullable:"false" doc:"The oldest first."`
	Code           *CodeView       `json:"code,omitempty" doc:"Of a payment by code."`
	Result         string          `json:"result" doc:"Of the first act: approved, or the word that says why not; empty while it is waited for."`
}

// PaymentsInput narrows the list of payments.
type PaymentsInput struct {
	PageInput
	Merchant  string    `query:"merchant" maxLength:"64"`
	Terminal  string    `query:"terminal" maxLength:"64" doc:"Id, or the number on the receipt."`
	State     string    `query:"state" enum:"waiting,authorized,captured,declined,refused,unknown,closed,expired,voided,reversed,manual" doc:"manual is no state of a payment: an act on it, such as a refund that the wallet cannot do, was left to a person."`
	From      time.Time `query:"from"`
	To        time.Time `query:"to" doc:"Left out itself."`
	Reference string    `query:"reference" maxLength:"64" doc:"Id of a payment, or the reference number on a receipt (ISO 8583 DE 37). Nothing else narrows then."`
}

func (a *API) registerPayments() {
	const tag = "Payments"
	see := Rule{Needs: access.PaymentView, Key: true}
	list := operation(http.MethodGet, "/payments", "list-payments", tag, "List payments")
	list.Description = "Without a state, what ended closed is left out: balance inquiries and codes that nobody paid collect nothing."
	registerList(a, list, see, a.listPayments)
	type paymentOutput struct{ Body PaymentDetail }
	register(a, operation(http.MethodGet, "/payments/{id}", "get-payment", tag, "Show a payment with what was done to it"), see,
		func(ctx context.Context, in *IDInput) (*paymentOutput, error) {
			p, err := a.payment(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			d, err := a.paymentDetail(ctx, p)
			return &paymentOutput{d}, err
		})
	type receiptInput struct {
		IDInput
		Operation string `path:"operation" maxLength:"64"`
		Format    string `query:"format" enum:"png,pdf" default:"png"`
		Copy      string `query:"copy" enum:"merchant,cardholder" default:"merchant"`
		Lang      string `query:"lang" enum:"zh,en" default:"zh"`
	}
	register(a, operation(http.MethodGet, "/payments/{id}/receipts/{operation}", "get-receipt", tag, "Print the receipt of an operation again; the paper says that it is a copy"), see,
		func(ctx context.Context, in *receiptInput) (*DocumentContent, error) {
			p, err := a.payment(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			o, err := covered(ctx, a.config.Payments, in.Operation, payment.OperationPrefix, payment.OperationKey,
				func(o payment.Operation) string { return o.Merchant }, payment.ErrNotFound)
			if err == nil && o.Payment != p.ID {
				err = payment.ErrNotFound
			}
			if err != nil {
				return nil, err
			}
			content, kind, err := a.config.Receipt(ctx, o.ID, in.Format, receipt.Copy(in.Copy), receipt.Lang(in.Lang))
			return &DocumentContent{
				ContentType: kind, Disposition: fmt.Sprintf("inline; filename=%q", o.ID+"."+in.Format), Policy: "default-src 'none'; sandbox",
				Site: "same-origin", Body: content,
			}, err
		})
}

// payment returns a payment in the caller's scope.
func (a *API) payment(ctx context.Context, paymentID string) (payment.Payment, error) {
	return covered(ctx, a.config.Payments, paymentID, payment.Prefix, payment.Key, func(p payment.Payment) string { return p.Merchant }, payment.ErrNotFound)
}

func (a *API) listPayments(ctx context.Context, in *PaymentsInput, page listing.Page) (listing.Slice[PaymentView], error) {
	who := actorOf(ctx)
	view := func(p payment.Payment) PaymentView { return paymentView(who, p) }
	if in.Reference != "" {
		found, err := a.findPayments(ctx, strings.TrimSpace(in.Reference))
		return through(listing.Slice[payment.Payment]{Rows: found}, view), err
	}
	f := payment.Filter{Merchant: in.Merchant, Terminal: in.Terminal, State: payment.State(in.State)}
	if in.State == string(payment.OpManual) {
		f.State, f.Hand = "", true
	}
	if f.Terminal != "" && !named(f.Terminal, terminal.Prefix) {
		t, err := a.config.TerminalDesk.Lookup(ctx, f.Terminal, "")
		if err != nil || !who.Scope().Covers(t.Merchant) {
			return listing.Slice[PaymentView]{Rows: []PaymentView{}}, ignore(err, terminal.ErrNotFound)
		}
		f.Terminal = t.ID
	}
	if !in.From.IsZero() {
		f.From = calendar.At(in.From)
	}
	if !in.To.IsZero() {
		f.Until = calendar.At(in.To)
	}
	found, err := a.config.Payments.PaymentsOf(ctx, who.Scope(), f, page)
	return through(found, view), err
}

// findPayments returns the payments in the caller's scope that a reference names: one by its id, or those of a retrieval
// reference number.
func (a *API) findPayments(ctx context.Context, reference string) ([]payment.Payment, error) {
	if !named(reference, payment.Prefix) {
		return a.config.Payments.PaymentsByRRN(ctx, actorOf(ctx).Scope(), reference)
	}
	p, err := a.payment(ctx, reference)
	if err != nil {
		return nil, ignore(err, payment.ErrNotFound)
	}
	return []payment.Payment{p}, nil
}

func paymentView(who access.Actor, p payment.Payment) PaymentView {
	v := PaymentView{
		ID: p.ID, CreatedAt: p.CreatedAt.Time(), BusinessDate: dateText(p.BusinessDate), Merchant: p.Merchant, Store: p.Store, Terminal: p.Terminal,
		Instrument: string(p.Instrument), Entry: string(p.EntryMode), Card: p.Card.Masked, CardKind: string(p.CardKind),
		Organization: p.Organization, Issuer: p.IssuerName, State: string(p.State), Currency: p.Currency.Code(), RequestedFen: p.RequestedFen,
		HeldFen: p.AuthorizedFen, CapturedFen: p.CapturedFen, TipFen: p.TipFen, RefundedFen: p.RefundedFen, RefundingFen: p.RefundingFen,
		Refund: refundWord(p), DueAt: when(p.DueAt),
	}
	fee := p.FeeFen - p.FeeBack
	if p.State == payment.Voided || p.State == payment.Reversed {
		v.CapturedFen, v.TipFen, fee = 0, 0, 0 // it was taken back: the books hold nothing of it
	}
	if who.May(access.SettlementView) {
		v.FeeFen = &fee
	}
	return v
}

// refundWord tells how much of a payment was given back by refunds.
func refundWord(p payment.Payment) string {
	switch {
	case p.State != payment.Captured || p.RefundedFen == 0:
		return "none"
	case p.RefundedFen < p.CapturedFen:
		return "part"
	}
	return "whole"
}

func (a *API) paymentDetail(ctx context.Context, p payment.Payment) (PaymentDetail, error) {
	d := PaymentDetail{PaymentView: paymentView(actorOf(ctx), p), Operations: []OperationView{}}
	if p.Terminal != "" {
		t, _, err := step.Read[terminal.Terminal](ctx, a.config.Terminals, terminal.Key(p.Terminal))
		if err != nil {
			return d, err
		}
		d.TerminalNumber = t.Number
	}
	list, err := a.config.Payments.OperationsOf(ctx, p)
	for _, o := range list {
		d.Operations = append(d.Operations, operationView(o))
	}
	if len(list) > 0 {
		d.Result = list[0].Result
	}
	if err == nil && p.ByCode() {
		var code payment.Code
		if code, _, err = step.Read[payment.Code](ctx, a.config.Payments, payment.CodeKey(p.ID)); err == nil {
			d.Code = codeView(p, code)
		}
	}
	return d, err
}

func operationView(o payment.Operation) OperationView {
	return OperationView{
		ID: o.ID, Kind: string(o.Kind), State: string(o.State), AmountFen: o.AmountFen, ApprovedFen: o.ApprovedFen, RRN: o.RRN,
		AuthCode: o.AuthCode, Terminal: o.Terminal, Batch: o.BatchNumber, Trace: o.Trace, Cashier: o.Cashier, Result: o.Result,
		RailCode: o.RailCode, Reason: o.Reason, Receipt: receipt.Has(o), At: o.CreatedAt.Time(),
	}
}
