package payment

import (
	"context"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// SaleRequest asks for what begins a payment: a sale, a pre-authorization, an inquiry, an offline sale.
type SaleRequest struct {
	Origin Origin
	Card   card.Presentation
	Amount money.Amount // zero for an inquiry
	BIN    card.BIN
	// Partial tells that the terminal takes an approval of part of the amount.
	Partial bool
	// AuthCode is what the issuer said by voice, for an offline sale.
	AuthCode string
}

// VoidRequest asks to take back a sale or a completion of the open batch.
type VoidRequest struct {
	Origin        Origin
	Card          card.Presentation // PAN may be zero when the terminal does not read the card again
	Amount        money.Amount
	OriginalBatch int
	OriginalTrace int
	OriginalRRN   string
	OriginalDate  string // MMDD, empty or zeros when not given
}

// RefundRequest asks to give back part or all of a captured payment of the merchant.
type RefundRequest struct {
	Origin       Origin
	Card         card.Presentation
	Amount       money.Amount
	OriginalRRN  string
	OriginalDate string // MMDD, empty when not given
}

// AuthorizationRequest asks for an act on an authorization of the merchant, found by the card and the
// authorization's code.
type AuthorizationRequest struct {
	Origin   Origin
	Card     card.Presentation
	Amount   money.Amount
	AuthCode string // ISO 8583 DE 38 of the pre-authorization
	Date     string // MMDD of the pre-authorization, empty when not given
}

// AdjustRequest asks for a new total of a sale of the open batch. Tip tells a tip from a correction.
type AdjustRequest struct {
	VoidRequest
	Tip bool
}

// ScriptRequest tells what a chip did with the issuer's script (ISO 8583 DE 55 with DF31).
type ScriptRequest struct {
	Origin        Origin
	OriginalBatch int
	OriginalTrace int
	OriginalRRN   string
	Chip          []byte
}

// Sale takes a card sale. The error is a refusal, with nothing moved, or a fault of kind Unknown, when it
// is not known whether the request was recorded; whatever the rail said is in the result.
func (s *Service) Sale(ctx context.Context, r SaleRequest) (Result, error) {
	return s.start(ctx, SaleOp, r)
}

// Offline records a sale that the issuer authorized by voice, and tells the network.
func (s *Service) Offline(ctx context.Context, r SaleRequest) (Result, error) {
	if r.AuthCode == "" {
		return Result{}, ErrAuthCode
	}
	return s.start(ctx, OfflineOp, r)
}

// Preauthorize has the issuer hold an amount for the merchant.
func (s *Service) Preauthorize(ctx context.Context, r SaleRequest) (Result, error) {
	return s.start(ctx, PreauthOp, r)
}

// Inquire asks for the balance of a card. The answer is in the result and nowhere else: a repeated inquiry
// is refused with [terminal.ErrDuplicate].
func (s *Service) Inquire(ctx context.Context, r SaleRequest) (Result, error) {
	r.Amount = money.Amount{Currency: money.CNY}
	result, err := s.start(ctx, InquiryOp, r)
	if err == nil && result.Repeated && result.Operation.State == OpApproved {
		err = terminal.ErrDuplicate
	}
	return result, err
}

// start begins a payment.
func (s *Service) start(ctx context.Context, kind Kind, r SaleRequest) (Result, error) {
	if kind != InquiryOp {
		if err := checkAmount(r.Amount); err != nil {
			return Result{}, err
		}
	}
	sealed, err := s.Vault.Seal(r.Card.PAN)
	if err != nil {
		return Result{}, err
	}
	o, err := s.open(ctx, r.Origin)
	if err != nil {
		return Result{}, err
	}
	p := Payment{
		ID: s.IDs.New(Prefix, o.terminal.Bucket), Bucket: o.terminal.Bucket, Merchant: o.merchant.ID, Store: o.terminal.Store,
		Terminal: o.terminal.ID, Instrument: Card, Rail: CardNet, State: Pending, Currency: r.Amount.Currency,
		RequestedFen: r.Amount.Fen, EntryMode: card.EntryOf(r.Card.EntryMode), Form: r.Card.Form, Card: sealed,
		CardKind: r.BIN.Kind, Organization: r.BIN.Organization, Issuer: r.BIN.Issuer, IssuerName: r.BIN.IssuerName,
		CreatedAt: o.now, UpdatedAt: o.now,
	}
	op := o.operation(kind, p, r.Amount, r.Card)
	op.Advice, op.AuthCode, op.Partial = kind == OfflineOp, r.AuthCode, r.Partial && kind == SaleOp
	p.Sale = op.ID
	more := append(o.limitKeys(product.Card), fee.MerchantKey(o.merchant.ID), fee.RailKey(CardNet))
	if kind == OfflineOp {
		more = append(more, voiceOf(p, op).Key())
	}
	if o.merchant.Agent != "" {
		more = append(more, agent.TermsKey(o.merchant.Agent))
	}
	result, attempt, err := s.begin(ctx, o, string(kind), p, op, func(a *act, m merchant.Merchant, day calendar.Date) error {
		a.pay.BusinessDate = day
		whole, service, err := a.limits(m)
		if err != nil {
			return err
		}
		if err := risk.Single(whole, service, r.Amount); err != nil {
			return err
		}
		if err := s.Settings.admit(kind, r, m); err != nil {
			return err
		}
		if kind == InquiryOp {
			return nil
		}
		if err := a.price(m, day); err != nil {
			return err
		}
		if kind == OfflineOp {
			if err := a.claimVoice(); err != nil {
				return err
			}
		}
		if !effects[kind].takes {
			return nil // the completion will take it
		}
		return a.reserve(m, day, r.Amount)
	}, more...)
	if err != nil || result.Repeated || result.Operation.State != OpPending {
		return result, err
	}
	return s.send(ctx, result, Request{Attempt: attempt, Card: r.Card, Partial: op.Partial}.from(o))
}

// price copies the rules that will price the payment onto it, and what agents have of the fee.
func (a *act) price(m merchant.Merchant, day calendar.Date) error {
	schedule, err := step.Must[fee.Schedule](a.v, fee.MerchantKey(m.ID), fee.ErrNoRule)
	if err != nil {
		return err
	}
	costs, _, err := step.Get[fee.Schedule](a.v, fee.RailKey(a.pay.Rail))
	if err != nil {
		return err
	}
	if a.pay.Fee, err = schedule.Quote(string(a.pay.CardKind), a.pay.classes()...); err != nil {
		return err
	}
	if a.pay.Cost, err = costs.Quote(string(a.pay.CardKind), string(a.pay.Instrument)); err != nil {
		a.pay.Cost = fee.Snapshot{}
	}
	holder := schedule.HolderOn(day, m.Agent)
	if holder == "" {
		return nil
	}
	a.pay.Split, err = agent.Freeze(a.v, holder, agent.Paid{
		Service: string(a.pay.Instrument), Kind: string(a.pay.CardKind), Classes: a.pay.classes(), Day: day,
	})
	return err
}

// classes are the names under which a schedule may price what was presented, the most exact first: a phone is
// priced as a tap, and a tap as a card, where a schedule has no rule of their own.
func (p Payment) classes() []string {
	switch {
	case p.ByCode():
		return []string{string(p.Instrument)}
	case p.Form == card.Phone:
		return []string{string(card.Phone), string(card.Tap), string(Card)}
	case p.EntryMode == card.Tap:
		return []string{string(card.Tap), string(Card)}
	}
	return []string{string(Card)}
}

// Void takes back a sale of the terminal's open batch.
func (s *Service) Void(ctx context.Context, r VoidRequest) (Result, error) {
	return s.takeBack(ctx, VoidOp, r)
}

// VoidCompletion takes back a completion of the terminal's open batch: the authorization lives again.
func (s *Service) VoidCompletion(ctx context.Context, r VoidRequest) (Result, error) {
	return s.takeBack(ctx, CompletionVoidOp, r)
}

func (s *Service) takeBack(ctx context.Context, kind Kind, r VoidRequest) (Result, error) {
	return s.followInBatch(ctx, r, followUp{
		kind: kind, rrn: r.OriginalRRN, amount: r.Amount, card: r.Card,
		allow: func(p *Payment, original Operation, _ *Operation, clearing calendar.Date) error {
			fits := original.Kind == CompletionOp
			if kind == VoidOp {
				fits = original.Kind == SaleOp || original.Kind == OfflineOp
			}
			switch {
			case !fits || original.State != OpApproved || p.State != Captured || p.DueAt != 0,
				p.RefundedFen+p.RefundingFen > 0:
				return ErrOriginalState
			case p.CapturedFen != r.Amount.Fen:
				return ErrOriginalAmount
			case clearing > p.ClearingDate && p.ClearingDate != 0:
				return ErrUseRefund
			}
			return nil
		},
	})
}

// Adjust gives a sale of the terminal's open batch a new total.
func (s *Service) Adjust(ctx context.Context, r AdjustRequest) (Result, error) {
	reason := ""
	if r.Tip {
		reason = ReasonTip
	}
	return s.followInBatch(ctx, r.VoidRequest, followUp{
		kind: AdjustmentOp, advice: true, rrn: r.OriginalRRN, amount: r.Amount, card: r.Card, reason: reason,
		allow: func(p *Payment, original Operation, op *Operation, clearing calendar.Date) error {
			switch {
			case original.Kind != SaleOp || original.State != OpApproved || p.State != Captured || p.DueAt != 0,
				p.RefundedFen+p.RefundingFen > 0, p.ByCode(): // a payer's code was for this amount
				return ErrOriginalState
			case r.Tip && r.Amount.Fen <= p.Untipped(),
				r.Amount.Fen*100 > p.ApprovedFen*(100+s.Settings.TipPercent):
				return ErrTip
			case clearing > p.ClearingDate && p.ClearingDate != 0:
				return ErrUseRefund
			}
			op.PreviousFen = p.CapturedFen
			return nil
		},
	})
}

// ReasonTip is the reason of an adjustment that adds a tip.
const ReasonTip = "tip"

// followInBatch acts on an operation of the terminal's open batch, found by its trace.
func (s *Service) followInBatch(ctx context.Context, r VoidRequest, f followUp) (Result, error) {
	if err := checkAmount(r.Amount); err != nil {
		return Result{}, err
	}
	o, err := s.open(ctx, r.Origin)
	if err != nil {
		return Result{}, err
	}
	if r.OriginalBatch != o.terminal.BatchNumber {
		return Result{}, ErrUseRefund
	}
	if f.original, err = s.made(ctx, o.terminal, o.terminal.BatchSequence, r.OriginalTrace); err != nil {
		return Result{}, err
	}
	allow := f.allow
	f.allow = func(p *Payment, original Operation, op *Operation, clearing calendar.Date) error {
		if !s.madeOn(original, r.OriginalDate) {
			return ErrOriginalNotFound
		}
		return allow(p, original, op, clearing)
	}
	return s.follow(ctx, o, f)
}

// made returns the operation that a terminal's request under a trace made.
func (s *Service) made(ctx context.Context, t terminal.Terminal, sequence int64, trace int) (operation string, err error) {
	key := terminal.ExchangeKey(t.ID, sequence, trace, terminal.Financial)
	exchange, found, err := step.Read[terminal.Exchange](ctx, s.Store, key)
	if err == nil && (!found || exchange.Operation == "") {
		err = ErrOriginalNotFound
	}
	return exchange.Operation, err
}

// Made returns the operation that a terminal made under a trace in its open batch or the one before, when its
// reference number is rrn.
func (s *Service) Made(ctx context.Context, t terminal.Terminal, batch, trace int, rrn string) (Operation, error) {
	sequence := t.BatchSequence
	if batch != t.BatchNumber {
		sequence--
	}
	made, err := s.made(ctx, t, sequence, trace)
	if err != nil {
		return Operation{}, err
	}
	op, found, err := step.Read[Operation](ctx, s.Store, OperationKey(made))
	if err == nil && (!found || op.RRN != rrn || op.BatchNumber != batch) {
		err = ErrOriginalNotFound
	}
	return op, err
}

// Refund gives back part or all of a captured payment of the same merchant, on any of its terminals.
func (s *Service) Refund(ctx context.Context, r RefundRequest) (Result, error) {
	if err := checkAmount(r.Amount); err != nil {
		return Result{}, err
	}
	o, err := s.open(ctx, r.Origin)
	if err != nil {
		return Result{}, err
	}
	found, err := s.Store.OperationsByRRN(ctx, o.merchant.ID, r.OriginalRRN)
	if err != nil {
		return Result{}, err
	}
	original := ""
	for _, f := range found {
		if effects[f.Kind].takes && s.madeOn(f, r.OriginalDate) {
			original = f.ID
			break
		}
	}
	if original == "" {
		return Result{}, ErrOriginalNotFound
	}
	return s.follow(ctx, o, followUp{
		kind: RefundOp, advice: true, original: original, rrn: r.OriginalRRN, amount: r.Amount, card: r.Card,
		allow: func(p *Payment, original Operation, _ *Operation, _ calendar.Date) error {
			switch {
			case original.State != OpApproved || p.State != Captured:
				return ErrOriginalState
			case r.Amount.Fen > p.Refundable():
				return ErrRefundAmount
			}
			p.RefundingFen += r.Amount.Fen
			return nil
		},
	})
}

// madeOn tells whether an operation was made on a day, given as MMDD; no day fits every operation.
func (s *Service) madeOn(o Operation, day string) bool {
	return day == "" || day == "0000" || calendar.DateOf(o.CreatedAt.Time().In(s.Settings.Zone)).MonthDay() == day
}

// AddOn adds to an authorization.
func (s *Service) AddOn(ctx context.Context, r AuthorizationRequest) (Result, error) {
	return s.onAuthorization(ctx, AddOnOp, false, r, func(p *Payment) error {
		if p.AuthorizedFen+r.Amount.Fen > money.AmountMax {
			return ErrAmount
		}
		return nil
	})
}

// VoidAuthorization gives a whole authorization up.
func (s *Service) VoidAuthorization(ctx context.Context, r AuthorizationRequest) (Result, error) {
	return s.onAuthorization(ctx, PreauthVoidOp, false, r, func(p *Payment) error {
		if r.Amount.Fen != p.AuthorizedFen {
			return ErrOriginalAmount
		}
		return nil
	})
}

// Complete captures an authorization: the network is asked, or, by advice, told.
func (s *Service) Complete(ctx context.Context, r AuthorizationRequest, advice bool) (Result, error) {
	return s.onAuthorization(ctx, CompletionOp, advice, r, func(p *Payment) error {
		if r.Amount.Fen*100 > p.AuthorizedFen*s.Settings.CompletionPercent {
			return ErrCompletionAmount
		}
		return nil
	})
}

// onAuthorization acts on a living authorization of the merchant, from any of its terminals.
func (s *Service) onAuthorization(ctx context.Context, kind Kind, advice bool, r AuthorizationRequest, allow func(*Payment) error) (Result, error) {
	if err := checkAmount(r.Amount); err != nil {
		return Result{}, err
	}
	o, err := s.open(ctx, r.Origin)
	if err != nil {
		return Result{}, err
	}
	original, err := s.authorization(ctx, o.merchant.ID, r)
	if err != nil {
		return Result{}, err
	}
	return s.follow(ctx, o, followUp{
		kind: kind, advice: advice, original: original, amount: r.Amount, card: r.Card,
		allow: func(p *Payment, original Operation, _ *Operation, _ calendar.Date) error {
			if original.State != OpApproved || p.State != Authorized || p.LapsesAt <= o.now {
				return ErrOriginalState
			}
			return allow(p)
		},
	})
}

// authorization finds a pre-authorization by its code and its card.
func (s *Service) authorization(ctx context.Context, merchantID string, r AuthorizationRequest) (operation string, err error) {
	if r.AuthCode == "" {
		return "", ErrAuthCode
	}
	sealed, err := s.Vault.Seal(r.Card.PAN)
	if err != nil {
		return "", err
	}
	found, err := s.Store.Authorizations(ctx, merchantID, r.AuthCode)
	if err != nil {
		return "", err
	}
	for _, f := range found {
		if !s.madeOn(f, r.Date) {
			continue
		}
		p, _, err := step.Read[Payment](ctx, s.Store, Key(f.Payment))
		if err != nil {
			return "", err
		}
		if p.Card.Index == sealed.Index {
			return f.ID, nil
		}
	}
	return "", ErrOriginalNotFound
}

// ScriptResult records what a chip did with the issuer's script and tells the network. The transaction may
// lie in the batch before, when that was closed meanwhile.
func (s *Service) ScriptResult(ctx context.Context, r ScriptRequest) (Result, error) {
	o, err := s.open(ctx, r.Origin)
	if err != nil {
		return Result{}, err
	}
	sequence := o.terminal.BatchSequence
	if r.OriginalBatch != o.terminal.BatchNumber {
		sequence--
	}
	original, err := s.made(ctx, o.terminal, sequence, r.OriginalTrace)
	if err != nil {
		return Result{}, err
	}
	return s.follow(ctx, o, followUp{
		kind: ScriptOp, advice: true, original: original, rrn: r.OriginalRRN, amount: money.Amount{Currency: money.CNY}, chip: r.Chip,
		allow: func(p *Payment, _ Operation, _ *Operation, _ calendar.Date) error {
			if p.ByCode() {
				return ErrOriginalState
			}
			return nil
		},
	})
}

// PreauthCategories are the merchant categories that may pre-authorize unless the setting says otherwise:
// lodging, vehicle rental, travel, dining, hospitals (ISO 18245).
var PreauthCategories = []string{"35", "36", "37", "4112", "4511", "4722", "5812", "5813", "7011", "7012", "7032", "7033", "7512", "7513", "7519", "8062"}

// NoPINFloor is the amount in fen up to which a tapped card may need neither PIN nor signature (UnionPay, since
// 2018-06-01). It is a floor in code: a setting may only be stricter.
const NoPINFloor = 1000_00

// admit holds what is presented against the rules of presentation, and the merchant against those of the
// act. What it refuses is recorded as refused.
func (r *Settings) admit(kind Kind, q SaleRequest, m merchant.Merchant) error {
	if kind == PreauthOp && !r.mayPreauthorize(m.Category) {
		return ErrPreauth
	}
	if kind == OfflineOp || kind == InquiryOp {
		return nil
	}
	entry := card.EntryOf(q.Card.EntryMode)
	switch {
	case q.Card.StripeOfChip():
		return ErrUseChip
	case q.Card.PIN == nil && q.Amount.Fen > r.NoPINFen && (entry == card.Tap || q.BIN.Kind == card.Debit):
		return ErrPINRequired
	}
	return nil
}

func (r *Settings) mayPreauthorize(category string) bool {
	for _, c := range r.PreauthCategories {
		if strings.HasPrefix(category, c) {
			return true
		}
	}
	return false
}
