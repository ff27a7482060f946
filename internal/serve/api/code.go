package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// Codes is what the door does with payments by code.
type Codes interface {
	Show(context.Context, payment.CodeRequest) (payment.Result, error)
	Charge(context.Context, payment.CodeRequest) (payment.Result, error)
	RefundCode(context.Context, payment.CodeRefundRequest) (payment.Result, error)
	CancelCode(ctx context.Context, origin payment.Origin, payment string) (payment.Result, error)
	ByCode(ctx context.Context, payment string) (payment.Payment, payment.Code, error)
	Referenced(ctx context.Context, merchant, reference string) (payment.Result, error)
	MakeLink(context.Context, payment.LinkRequest) (payment.Link, error)
	SwitchLink(ctx context.Context, link string, on bool, by string) (payment.Link, error)
	LinkOf(ctx context.Context, link string) (payment.Link, error)
	Visit(ctx context.Context, l payment.Link, name wallet.Name, back string) (string, error)
	PayLink(context.Context, payment.LinkPayment) (payment.Result, error)
}

// Links is what the door reads of printed codes.
type Links interface {
	Links(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[payment.Link], error)
}

// CodeView is what a payment by code has beside its amounts.
type CodeView struct {
	Presented string     `json:"presented" enum:"shown,scanned" doc:"shown: the payer scans ours; scanned: we scan the payer's."`
	Source    string     `json:"source" enum:"terminal,portal,api,stand"`
	Reference string     `json:"reference" doc:"The caller's own number."`
	Link      string     `json:"link" doc:"The printed or shown code of ours that the payer came by."`
	Text      string     `json:"text"`
	Content   string     `json:"content" doc:"What the code holds that the payer scans. Empty where the wallet has not answered yet: ask again."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Until when it may be paid; absent where it was refused, so that nothing may be paid."`
	Number    string     `json:"number" doc:"The wallet's own number."`
	PaidFen   int64      `json:"paid_fen" doc:"What the payer gave, after coupons."`
	CouponFen int64      `json:"coupon_fen" doc:"Coupons that the merchant gave: the wallet settles that much less."`
	Payer     string     `json:"payer" doc:"Masked."`
	Bank      string     `json:"bank"`
	PaidAt    *time.Time `json:"paid_at" doc:"By the wallet's clock."`
	Late      bool       `json:"late" doc:"It was paid after it had been ended here."`
}

func codeView(p payment.Payment, c payment.Code) *CodeView {
	return &CodeView{
		Presented: string(c.Presented), Source: string(c.Source), Reference: c.Reference, Link: c.Link, Text: c.Text, Content: c.Content,
		ExpiresAt: expiry(p, c), Number: c.Number, PaidFen: c.PaidFen, CouponFen: p.CouponFen, Payer: c.Payer, Bank: c.Bank,
		PaidAt: when(c.PaidAt), Late: c.Late,
	}
}

// expiry is until when a payment by code may be paid: never, where it was refused.
func expiry(p payment.Payment, c payment.Code) *time.Time {
	if p.State == payment.Refused {
		return nil
	}
	return when(c.ExpiresAt)
}

// CodePayment is a payment by code.
type CodePayment struct {
	PaymentView
	Code   CodeView `json:"code"`
	Result string   `json:"result" doc:"approved, or the word that says why not; empty while it is waited for."`
}

func codePayment(who access.Actor, r payment.Result) CodePayment {
	return CodePayment{PaymentView: paymentView(who, r.Payment), Code: *codeView(r.Payment, r.Code), Result: r.Operation.Result}
}

// CodePaymentOutput is one payment by code.
type CodePaymentOutput struct{ Body CodePayment }

// ActOutput is what was done to a payment by code.
type ActOutput struct {
	Body struct {
		Operation OperationView `json:"operation"`
		Payment   PaymentView   `json:"payment"`
	}
}

func actOutput(who access.Actor, r payment.Result) *ActOutput {
	out := &ActOutput{}
	out.Body.Operation, out.Body.Payment = operationView(r.Operation), paymentView(who, r.Payment)
	return out
}

const referenceDoc = "Your own number for it, unique for the merchant: letters, digits, dots, dashes, underscores. One is made up where it is empty."

func (a *API) registerCodes() {
	const tag = "Codes"
	take := Rule{Needs: access.PaymentTake, Realm: access.Merchant, Key: true}
	type takeInput struct {
		Body struct {
			AmountFen int64  `json:"amount_fen" minimum:"1" maximum:"99999999999"`
			Wallet    string `json:"wallet,omitempty" enum:"wechat,alipay,unionpay" doc:"Whose code to show. Left out where the payer shows one."`
			Code      string `json:"code,omitempty" maxLength:"40" doc:"What the payer shows. It tells its wallet itself."`
			Store     string `json:"store,omitempty" maxLength:"64"`
			Text      string `json:"text,omitempty" maxLength:"60" doc:"What the payer reads beside the shop's name."`
			Device    string `json:"device,omitempty" maxLength:"32" doc:"The till."`
			Reference string `json:"reference,omitempty" maxLength:"64" doc:"Your own number for it, unique for the merchant. One is made up where it is empty."`
			LifeS     int64  `json:"life_s,omitempty" minimum:"0" maximum:"7200" doc:"Seconds for which a shown code may be paid; 0 is the installation's."`
		}
	}
	op := operation(http.MethodPost, "/codes", "take-code", tag, "Take a payment by code")
	op.Description = "A 201 says that the payment was recorded, not that it is paid: captured is paid; pending and waiting may still be; declined, refused and closed are over without money, and result says why. With a wallet, its code is made for the payer to scan, and content stays empty while the wallet is silent: show the payment again; with a code, what the payer showed is charged. A payment that waits is followed by its events or by showing it again. " + referenceDoc
	op.DefaultStatus = http.StatusCreated
	register(a, op, take, func(ctx context.Context, in *takeInput) (*CodePaymentOutput, error) {
		origin, err := a.originOf(ctx, in.Body.Reference, in.Body)
		if err != nil {
			return nil, err
		}
		origin.Store = in.Body.Store
		r := payment.CodeRequest{
			Origin: origin, Amount: money.Yuan(in.Body.AmountFen), Wallet: wallet.Name(in.Body.Wallet), Source: sourceOf(ctx),
			Text: in.Body.Text, Device: in.Body.Device, IP: clientText(ctx), Life: time.Duration(in.Body.LifeS) * time.Second,
		}
		var result payment.Result
		if in.Body.Code != "" {
			if r.Code, err = wallet.Parse(in.Body.Code); err == nil {
				result, err = a.config.Codes.Charge(ctx, r)
			}
		} else {
			result, err = a.config.Codes.Show(ctx, r)
		}
		if err != nil {
			return nil, err
		}
		return &CodePaymentOutput{codePayment(actorOf(ctx), result)}, nil
	})
	type referenceInput struct {
		Reference string `path:"reference" maxLength:"64"`
	}
	register(a, operation(http.MethodGet, "/references/{reference}", "get-reference", tag, "Show what was made under your own number"),
		Rule{Needs: access.PaymentView, Realm: access.Merchant, Key: true}, func(ctx context.Context, in *referenceInput) (*ActOutput, error) {
			r, err := a.config.Codes.Referenced(ctx, actorOf(ctx).Merchant, in.Reference)
			if err != nil {
				return nil, err
			}
			return actOutput(actorOf(ctx), r), nil
		})
	type refundInput struct {
		IDInput
		Body struct {
			AmountFen int64  `json:"amount_fen" minimum:"1" maximum:"99999999999"`
			Reason    string `json:"reason,omitempty" maxLength:"60" doc:"What the payer reads."`
			Reference string `json:"reference,omitempty" maxLength:"64" doc:"Your own number for the refund. One is made up where it is empty."`
		}
	}
	refund := operation(http.MethodPost, "/payments/{id}/refund", "refund-payment", tag, "Give back part or all of a payment by code")
	refund.Description = "The wallet may take its time: an operation that is unknown is repeated until the wallet answers."
	register(a, refund, Rule{Needs: access.PaymentRefund, Realm: access.Merchant, Key: true}, func(ctx context.Context, in *refundInput) (*ActOutput, error) {
		origin, err := a.originOf(ctx, in.Body.Reference, in)
		if err != nil {
			return nil, err
		}
		r, err := a.config.Codes.RefundCode(ctx, payment.CodeRefundRequest{
			Origin: origin, Payment: in.ID, Amount: money.Yuan(in.Body.AmountFen), Reason: in.Body.Reason,
		})
		if err != nil {
			return nil, err
		}
		return actOutput(actorOf(ctx), r), nil
	})
	cancel := operation(http.MethodPost, "/payments/{id}/cancel", "cancel-payment", tag, "Take a payment by code back")
	cancel.Description = "What is not paid yet is ended at the wallet; what is paid is given back whole, by the wallet's cancellation where it has one for it, else by a refund. What is paid takes the permission `payment.refund`."
	register(a, cancel, take, func(ctx context.Context, in *IDInput) (*ActOutput, error) {
		p, err := a.payment(ctx, in.ID)
		if err == nil && p.State == payment.Captured && !actorOf(ctx).May(access.PaymentRefund) {
			err = lacks(access.PaymentRefund)
		}
		if err != nil {
			return nil, err
		}
		origin, err := a.originOf(ctx, "", in.ID)
		if err != nil {
			return nil, err
		}
		r, err := a.config.Codes.CancelCode(ctx, origin, p.ID)
		if err != nil {
			return nil, err
		}
		return actOutput(actorOf(ctx), r), nil
	})
	a.registerLinks()
}

// originOf is where a request of a merchant's person or program comes from. What it asks for tells it from another under the
// same reference; one is made up where the caller gives none.
func (a *API) originOf(ctx context.Context, reference string, asks any) (payment.Origin, error) {
	who := actorOf(ctx)
	m, found, err := step.Read[merchant.Merchant](ctx, a.config.Payments, merchant.Key(who.Merchant))
	if err == nil && !found {
		err = merchant.ErrNotFound
	}
	if reference == "" {
		reference = "yf-" + rand.Text()
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%+v", asks))
	return payment.Origin{Merchant: m, Reference: reference, Digest: digest[:], By: who.Trail(), Cashier: who.Name}, err
}

// sourceOf tells a person at the portal from a program.
func sourceOf(ctx context.Context) payment.Source {
	if actorOf(ctx).Session == "" {
		return payment.FromAPI
	}
	return payment.FromPortal
}

// clientText is the client's address.
func clientText(ctx context.Context) string {
	if c := requestOf(ctx).client; c.IsValid() {
		return c.String()
	}
	return ""
}
