package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// What payers and wallets ask. Nobody logs in here: the address of a code is all that a payer has.

// PayLinkView is what a payer sees of a code.
type PayLinkView struct {
	Shop      string     `json:"shop"`
	ShopEN    string     `json:"shop_en"`
	Place     string     `json:"place" doc:"Where the printed code stands."`
	AmountFen int64      `json:"amount_fen" doc:"0 leaves it to the payer."`
	MaxFen    int64      `json:"max_fen" doc:"The most that may be paid at once."`
	Text      string     `json:"text"`
	State     string     `json:"state" enum:"open,paid,off,expired"`
	ExpiresAt *time.Time `json:"expires_at"`
	Wallets   []string   `json:"wallets" nullable:"false" doc:"With which one may pay."`
	Operator  string     `json:"operator" doc:"Who takes the payment for the shop."`
}

// PayVisitView says where a page in a wallet's own browser goes first.
type PayVisitView struct {
	Address string `json:"address" doc:"The wallet leads back to the code's page with a code that tells it who visits, which goes along with the payment. Empty where the page stays: it pays by what it is given as content."`
}

// PayView is what a payer sees of a payment.
type PayView struct {
	ID        string     `json:"id"`
	State     string     `json:"state" enum:"pending,waiting,captured,declined,refused,closed,voided,refunded"`
	Wallet    string     `json:"wallet"`
	AmountFen int64      `json:"amount_fen"`
	PaidFen   int64      `json:"paid_fen" doc:"After coupons."`
	Content   string     `json:"content" doc:"What leads to paying it; empty while the wallet is asked for it. Of a visit, what WeixinJSBridge is handed, in JSON."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Until when it may be paid; absent where it was refused."`
	Result    string     `json:"result" doc:"Why not, as a word."`
	PaidAt    *time.Time `json:"paid_at"`
}

func payView(r payment.Result) PayView {
	p := r.Payment
	state := string(p.State)
	if p.State == payment.Captured && p.RefundedFen+p.RefundingFen == p.CapturedFen {
		state = "refunded"
	}
	result := ""
	if p.State != payment.Captured {
		result = r.Operation.Result
	}
	return PayView{
		ID: p.ID, State: state, Wallet: string(p.Instrument), AmountFen: p.RequestedFen, PaidFen: r.Code.PaidFen,
		Content: r.Code.Content, ExpiresAt: expiry(p, r.Code), Result: result, PaidAt: when(r.Code.PaidAt),
	}
}

// PayInput names a link.
type PayInput struct {
	Link string `path:"link" maxLength:"64"`
}

func payOperation(method, path, id, summary string) huma.Operation {
	return operation(method, "/pay"+path, id, "Payers", summary)
}

func (a *API) registerPayers() {
	open := Rule{Public: true}
	type linkOutput struct{ Body PayLinkView }
	register(a, payOperation(http.MethodGet, "/links/{link}", "see-link", "What a code is for"), open,
		func(ctx context.Context, in *PayInput) (*linkOutput, error) {
			v, err := a.payLink(ctx, in.Link)
			return &linkOutput{v}, err
		})
	type visitInput struct {
		PayInput
		Wallet string `query:"wallet" required:"true" enum:"wechat,alipay,unionpay" doc:"In whose own browser the page is."`
	}
	type visitOutput struct{ Body PayVisitView }
	register(a, payOperation(http.MethodGet, "/links/{link}/visit", "visit-link", "Where the page goes first in a wallet's own browser"), open,
		func(ctx context.Context, in *visitInput) (*visitOutput, error) {
			l, err := a.config.Codes.LinkOf(ctx, in.Link)
			if err != nil {
				return nil, err
			}
			address, err := a.config.Codes.Visit(ctx, l, wallet.Name(in.Wallet), a.linkURL(l))
			return &visitOutput{PayVisitView{Address: address}}, err
		})
	type beginInput struct {
		PayInput
		Body struct {
			Wallet    string `json:"wallet" enum:"wechat,alipay,unionpay"`
			AmountFen int64  `json:"amount_fen" minimum:"1" maximum:"99999999999"`
			Key       string `json:"key" pattern:"^[0-9A-Za-z]{8,24}$" doc:"Made up by the page for this intent: the same again is the same payment."`
			Visit     string `json:"visit,omitempty" pattern:"^[0-9A-Za-z_-]{1,512}$" doc:"The code with which the wallet led the payer back to the page; see visit."`
		}
	}
	type payOutput struct{ Body PayView }
	pay := payOperation(http.MethodPost, "/links/{link}/payments", "pay-link", "Begin a payment by a code")
	pay.DefaultStatus = http.StatusCreated
	register(a, pay, open, func(ctx context.Context, in *beginInput) (*payOutput, error) {
		if err := a.crowd.enter(requestOf(ctx).client, a.config.Now()); err != nil {
			return nil, err
		}
		r, err := a.config.Codes.PayLink(ctx, payment.LinkPayment{
			Link: in.Link, Wallet: wallet.Name(in.Body.Wallet), Amount: money.Yuan(in.Body.AmountFen), Key: in.Body.Key, Visit: in.Body.Visit,
			IP: clientText(ctx),
		})
		if err != nil {
			return nil, err
		}
		return &payOutput{payView(r)}, nil
	})
	type seeInput struct {
		PayInput
		Payment string `path:"payment" maxLength:"64"`
	}
	register(a, payOperation(http.MethodGet, "/links/{link}/payments/{payment}", "see-payment", "What became of a payment"), open,
		func(ctx context.Context, in *seeInput) (*payOutput, error) {
			p, code, err := a.config.Codes.ByCode(ctx, in.Payment)
			if err == nil && code.Link != in.Link {
				err = payment.ErrNotFound
			}
			if err != nil {
				return nil, err
			}
			op, _, err := step.Read[payment.Operation](ctx, a.config.Payments, payment.OperationKey(p.Sale))
			return &payOutput{payView(payment.Result{Operation: op, Payment: p, Code: code})}, err
		})
}

func (a *API) payLink(ctx context.Context, link string) (PayLinkView, error) {
	l, err := a.config.Codes.LinkOf(ctx, link)
	if err != nil {
		return PayLinkView{}, err
	}
	m, found, err := step.Read[merchant.Merchant](ctx, a.config.Payments, merchant.Key(l.Merchant))
	if err == nil && !found {
		err = payment.ErrLink
	}
	if err != nil {
		return PayLinkView{}, err
	}
	v := PayLinkView{
		Shop: m.Name, ShopEN: m.NameEN, Place: l.Name, AmountFen: l.AmountFen, MaxFen: l.AmountFen, Text: l.Text, State: a.linkState(l),
		ExpiresAt: when(l.ExpiresAt), Wallets: []string{}, Operator: a.config.Operator,
	}
	if l.Static() {
		v.MaxFen = a.config.StaticMaxFen
	}
	for _, w := range wallet.Names {
		account, found, err := a.config.Accounts.Read(ctx, wallet.AccountOf(w, l.Merchant))
		if err != nil {
			return v, err
		}
		if found && account.State == wallet.Ready {
			v.Wallets = append(v.Wallets, string(w))
		}
	}
	return v, nil
}

// Notices takes what wallets tell.
type Notices interface {
	// Receive takes a notification and returns what the wallet is answered.
	Receive(ctx context.Context, w wallet.Name, account string, d wallet.Delivery) (status int, mediaType string, body []byte)
}

// noticeMax is the most bytes of a notification.
const noticeMax = 256 << 10

// notice takes a wallet's notification. It is no operation of the API: each wallet has its own form and its own answer.
func (a *API) notice(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, noticeMax))
	if err != nil {
		http.Error(w, "the notification is too large or broke off", http.StatusBadRequest)
		return
	}
	account := q.PathValue("account")
	if !strings.HasPrefix(account, wallet.AccountPrefix) || len(account) > 64 {
		http.Error(w, "no such account", http.StatusNotFound)
		return
	}
	status, mediaType, answer := a.config.Notices.Receive(q.Context(), wallet.Name(q.PathValue("wallet")), account,
		wallet.Delivery{Header: q.Header, Body: body, At: time.Now()})
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	w.Write(answer)
}
