package payment

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// Wallet is a wallet as a rail.
type Wallet interface {
	// Ask carries one request to the wallet and waits for its answer, no longer than the rail's own limit. It never returns
	// an error: silence is an answer.
	Ask(ctx context.Context, r wallet.Request) wallet.Answer
}

// Greeter is a wallet in whose own browser pages are told who visits, and ask for the payment there (WeChat Pay's JSAPI).
type Greeter interface {
	// Visit returns where the page goes first, to come back to an address with a code that tells who visits; "" where
	// the account does without.
	Visit(ctx context.Context, account, back string) (string, error)
	// Visitor returns who visits. It fails with [wallet.ErrVisitor] or [wallet.ErrVisitorSilent].
	Visitor(ctx context.Context, account, code string) (string, error)
}

// CodeRequest asks for a payment by code.
type CodeRequest struct {
	Origin Origin
	Amount money.Amount
	// Wallet is whose code is to be shown; Code is what the payer shows. One of them is given.
	Wallet wallet.Name
	Code   wallet.Code
	Source Source
	Link   string // through which a payer came
	// Reference is the caller's own number of the link; without one it is the origin's.
	Reference string
	// Visitor is who came, of a payment on a page in the wallet's own browser; "" has a code made for anybody.
	Visitor string
	Text    string // what the payer reads beside the shop's name; "" for nothing
	Device  string
	IP      string
	// Life is how long a shown code may be paid; zero is the setting's.
	Life time.Duration
}

// CodeRefundRequest asks to give back part or all of a payment by code.
type CodeRefundRequest struct {
	Origin  Origin // Reference is the refund's own number
	Payment string
	Amount  money.Amount
	Reason  string // what the payer reads
}

var referenceForm = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

// Show makes a code for the payer to scan. The result's payment waits, with the code's content on its [Code]; where the
// wallet did not answer it is pending and asked again. The error is a refusal, with nothing ordered, or a fault of kind Unknown.
func (s *Service) Show(ctx context.Context, r CodeRequest) (Result, error) {
	if r.Life == 0 {
		r.Life = s.Settings.CodeLife
	}
	if r.Life < CodeLifeMin || r.Life > CodeLifeMax {
		return Result{}, ErrExpires
	}
	return s.startCode(ctx, r, r.Wallet, wallet.Shown)
}

// Charge takes a payment by the code that the payer shows. Where the payer must enter a password first, the result's
// payment waits; what becomes of it, the worker finds out.
func (s *Service) Charge(ctx context.Context, r CodeRequest) (Result, error) {
	if r.Code.IsZero() {
		return Result{}, wallet.ErrCode
	}
	if r.Wallet != "" && r.Wallet != r.Code.Wallet() {
		return Result{}, ErrOtherWallet
	}
	return s.startCode(ctx, r, r.Code.Wallet(), wallet.Scanned)
}

func (s *Service) startCode(ctx context.Context, r CodeRequest, name wallet.Name, presented wallet.Presented) (Result, error) {
	if err := checkAmount(r.Amount); err != nil {
		return Result{}, err
	}
	if name == "" {
		return Result{}, ErrNoMeans
	}
	if s.Wallets[name] == nil {
		return Result{}, ErrNoWallet.With("no wallet %q is connected", name)
	}
	if r.Origin.Terminal.ID == "" && !referenceForm.MatchString(r.Origin.Reference) {
		return Result{}, ErrReference
	}
	o, err := s.open(ctx, r.Origin)
	if err != nil {
		return Result{}, err
	}
	store := o.terminal.Store
	if store == "" {
		store = r.Origin.Store
	}
	p := Payment{
		ID: s.IDs.New(Prefix, o.merchant.Bucket), Bucket: o.merchant.Bucket, Merchant: o.merchant.ID, Store: store,
		Terminal: o.terminal.ID, Instrument: Instrument(name), Rail: string(name), State: Pending, Currency: r.Amount.Currency,
		RequestedFen: r.Amount.Fen, EntryMode: card.Entry(presented), CardKind: card.Unknown, CreatedAt: o.now, UpdatedAt: o.now,
	}
	op := o.operation(SaleOp, p, r.Amount, card.Presentation{})
	op.NoPIN = false
	p.Sale = op.ID
	code := Code{
		Payment: p.ID, Bucket: p.Bucket, Merchant: p.Merchant, Account: wallet.AccountOf(name, p.Merchant), Presented: presented,
		Source: r.Source, Link: r.Link, Reference: r.Reference, Text: r.Text, Device: r.Device, IP: r.IP, Visitor: r.Visitor,
		ExpiresAt: o.now.Add(r.Life), UpdatedAt: o.now,
	}
	if r.Link == "" {
		code.Reference = r.Origin.Reference
	}
	if presented == wallet.Scanned {
		code.ExpiresAt = o.now.Add(chargeEnds)
	}
	more := append(o.limitKeys(p.Service()),
		fee.MerchantKey(o.merchant.ID), fee.RailKey(p.Rail), wallet.AccountKey(code.Account))
	if code.Link != "" {
		more = append(more, LinkKey(code.Link))
	}
	if r.Origin.Store != "" {
		more = append(more, shopKey(p))
	}
	result, attempt, err := s.begin(ctx, o, string(SaleOp), p, op, func(a *act, m merchant.Merchant, day calendar.Date) error {
		a.pay.BusinessDate = day
		a.v.Put(code) // a payment that is refused has it too: what was asked for is on record
		if err := a.admitCode(m, code); err != nil {
			return err
		}
		if r.Origin.Store != "" {
			if err := a.admitShop(); err != nil {
				return err
			}
		}
		if err := a.price(m, day); err != nil {
			return err
		}
		if err := a.reserve(m, day, r.Amount); err != nil {
			return err
		}
		return a.admitLink(code)
	}, more...)
	if err != nil || result.Repeated {
		return result, err
	}
	if result.Operation.State != OpPending {
		result.Code = code
		return result, nil
	}
	return s.askFirst(ctx, result, attempt, code, r.Code)
}

// admitCode holds a payment by code against the merchant's service and account with the wallet.
func (a *act) admitCode(m merchant.Merchant, code Code) error {
	opened, found, err := step.Get[product.Service](a.v, product.Key(m.ID, a.pay.Service()))
	switch {
	case err != nil:
		return err
	case !found || opened.State != product.Open:
		return ErrNoService
	}
	account, found, err := step.Get[wallet.Account](a.v, wallet.AccountKey(code.Account))
	if err == nil && (!found || account.State != wallet.Ready) {
		err = ErrNoAccount
	}
	return err
}

// shopKey names the store at which a payment is taken.
func shopKey(p Payment) step.Key { return merchant.Store{ID: p.Store, Bucket: p.Bucket}.Key() }

// admitShop holds a payment against the store that its caller named: it must be one of the merchant's, and open.
func (a *act) admitShop() error {
	shop, err := step.Must[merchant.Store](a.v, shopKey(a.pay), merchant.ErrStore)
	switch {
	case err != nil:
		return err
	case shop.Merchant != a.pay.Merchant:
		return merchant.ErrStore
	case shop.Closed:
		return merchant.ErrStoreGone
	}
	return nil
}

// askFirst carries a recorded order to its wallet and writes what was said: the second of the two commits.
func (s *Service) askFirst(ctx context.Context, r Result, attempt Attempt, code Code, shown wallet.Code) (Result, error) {
	ctx = context.WithoutCancel(ctx)
	request := s.request(attempt, r.Operation, r.Payment, code, Operation{})
	request.Code = shown
	if err := s.describe(ctx, &request, r.Payment, code); err != nil {
		return r, ErrNotRecorded.Because(err)
	}
	request.Ask = wallet.Show
	if code.Presented == wallet.Scanned {
		request.Ask = wallet.Charge
	}
	return s.ask(ctx, attempt, r.Operation, request, true)
}

// sendCode carries a recorded void or refund of a payment by code to its wallet.
func (s *Service) sendCode(ctx context.Context, r Result, attempt Attempt) (Result, error) {
	result, err := s.carryCode(context.WithoutCancel(ctx), attempt, r.Operation, r.Payment, false)
	if err != nil {
		err = ErrNotRecorded.Because(err)
	}
	return result, err
}

// carryCode asks a wallet what an attempt is for, and writes what it said.
func (s *Service) carryCode(ctx context.Context, att Attempt, op Operation, p Payment, again bool) (Result, error) {
	code, found, err := step.Read[Code](ctx, s.Store, CodeKey(p.ID))
	if err == nil && !found {
		err = ErrNotByCode
	}
	if err != nil {
		return Result{}, err
	}
	var original Operation
	if op.Original != "" {
		if original, _, err = step.Read[Operation](ctx, s.Store, OperationKey(op.Original)); err != nil {
			return Result{}, err
		}
	}
	request := s.request(att, op, p, code, original)
	request.Again = again
	if err := s.describe(ctx, &request, p, code); err != nil {
		return Result{}, err
	}
	return s.ask(ctx, att, op, request, false)
}

// request says what the wallet is asked for an operation as it stands.
func (s *Service) request(att Attempt, op Operation, p Payment, code Code, original Operation) wallet.Request {
	r := wallet.Request{
		Account: code.Account, Order: p.ID, Number: code.Number, Presented: code.Presented, Amount: p.amount(p.RequestedFen),
		Began: p.CreatedAt.Time(), Expires: code.ExpiresAt.Time(), Payer: code.Visitor,
	}
	back := false
	switch op.Kind {
	case SaleOp:
		r.Ask = wallet.Query
		if code.Presented == wallet.Shown && code.Content == "" && op.State == OpPending {
			r.Ask = wallet.Show // nobody has seen the code: the same order again gives the same code
		}
	case ReversalOp:
		r.Ask = wallet.Withdraw
		back = original.ApprovedFen != 0 && !code.withdraws(p, s.now(), s.Settings.Zone)
	case VoidOp:
		r.Ask = wallet.Withdraw
		back = !code.withdraws(p, s.now(), s.Settings.Zone)
	case RefundOp:
		back = true
	}
	if back {
		r.Ask, r.Back, r.BackNumber, r.Reason = wallet.Refund, p.amount(op.AmountFen), op.ID, op.Reason
	}
	if s.Settings.NotifyURL != "" {
		r.Notify = s.Settings.NotifyURL + "/" + p.Rail + "/" + code.Account
	}
	r.Again = att.Tries > 1
	return r
}

// textMax is how many characters a payer reads of an order.
const textMax = 42

// describe adds what the payer reads, and where the payment was taken.
func (s *Service) describe(ctx context.Context, r *wallet.Request, p Payment, code Code) error {
	m, _, err := step.Read[merchant.Merchant](ctx, s.Store, merchant.Key(p.Merchant))
	if err != nil {
		return err
	}
	text := []rune(m.Name)
	if code.Text != "" {
		text = append(append(text, ' '), []rune(code.Text)...)
	}
	r.Text = string(text[:min(len(text), textMax)])
	r.Scene = wallet.Scene{Store: p.Store, StoreName: m.Name, Device: code.Device, IP: code.IP}
	return nil
}

// ask sends a request and writes the outcome. The caller's patience does not bound it.
func (s *Service) ask(ctx context.Context, att Attempt, op Operation, r wallet.Request, first bool) (Result, error) {
	name := string(op.Kind)
	s.Point(name + ".before_send")
	answer := s.Wallets[wallet.Name(att.Rail)].Ask(ctx, r)
	s.Point(name + ".after_answer")
	result, err := s.concludeCode(ctx, att, op, answer, first, true)
	if err != nil {
		err = ErrNotRecorded.Because(err)
	}
	return result, err
}

// concludeCode writes what a wallet said about an attempt. op is the operation as it was when the wallet was asked; first and
// sure are those of [codeAct.heard].
func (s *Service) concludeCode(ctx context.Context, att Attempt, op Operation, answer wallet.Answer, first, sure bool) (Result, error) {
	ids, more, now := newIDs(s.IDs, op.Bucket), newIDs(s.IDs, op.Bucket), s.now()
	keys := []step.Key{att.Key(), op.Key(), Key(op.Payment), CodeKey(op.Payment), DayKey}
	if op.Terminal != "" {
		keys = append(keys, terminal.BatchKey(op.Terminal, op.BatchSequence))
	}
	if op.Original != "" {
		keys = append(keys, OperationKey(op.Original))
	}
	var result Result
	certain := sure
	name := string(op.Kind)
	s.Point(name + ".before_outcome")
	err := s.Gate.Do(ctx, step.Step{
		Name: "code." + name + ".outcome", Class: step.Outcome, Keys: keys,
		Run: func(v step.View) error {
			a, err := load(v, att.ID, now, ids)
			if err != nil {
				return err
			}
			a.rules = &s.Settings
			c := &codeAct{act: a, more: more}
			if c.code, err = step.Must[Code](v, CodeKey(op.Payment), ErrNotByCode); err != nil {
				return err
			}
			day, err := step.Must[Day](v, DayKey, ErrDay)
			if err != nil {
				return err
			}
			c.day = day.Date
			switch op.Kind {
			case SaleOp:
				certain = sure && op.State == a.op.State // else it was ended while the wallet was asked
				err = c.heard(answer, first, certain)
			case ReversalOp:
				err = c.undone(answer, now.Sub(a.op.CreatedAt) > s.Settings.GiveUpAfter)
			default:
				err = c.followed(answer)
			}
			result = Result{Operation: a.op, Payment: a.pay, Code: c.code}
			return err
		},
	})
	if err != nil {
		return Result{}, err
	}
	s.waiters.wake(op.ID, op.Original)
	s.Point(name + ".after_outcome")
	if result.Operation.State == OpReversing || result.Payment.RefundingFen > 0 || !certain {
		s.wakeCodes(wallet.Name(att.Rail))
	}
	return result, nil
}

// Noticed takes what a verified notification of a wallet says. It refuses what does not fit our records; the wallet will
// tell again, and is asked.
func (s *Service) Noticed(ctx context.Context, account string, n wallet.Notice) error {
	p, code, err := s.ByCode(ctx, n.Order)
	switch {
	case err != nil:
		return err
	case code.Account != account:
		return wallet.ErrNotice.With("the order belongs to another account")
	case n.Answer.RequestedFen != 0 && n.Answer.RequestedFen != p.RequestedFen:
		return wallet.ErrNotice.With("the order is for another amount")
	}
	operation := p.Sale
	if n.Back != "" {
		operation = n.Back
		if _, err := id.BucketOf(operation); err != nil {
			return wallet.ErrNotice.With("the refund is not one of the payment's")
		}
	}
	op, found, err := step.Read[Operation](ctx, s.Store, OperationKey(operation))
	if err == nil && (!found || op.Payment != p.ID) {
		err = wallet.ErrNotice.With("the refund is not one of the payment's")
	}
	if err != nil {
		return err
	}
	if op.Kind != SaleOp && op.Kind != RefundOp && op.Kind != VoidOp {
		return nil // a reversal's own answer says more
	}
	att, err := s.firstAttempt(ctx, op.ID)
	if err != nil {
		return err
	}
	_, err = s.concludeCode(ctx, att, op, n.Answer, false, false)
	return err
}

// ByCode returns a payment by code with what it has beside its amounts.
func (s *Service) ByCode(ctx context.Context, payment string) (Payment, Code, error) {
	if _, err := id.BucketOf(payment); err != nil {
		return Payment{}, Code{}, ErrNotFound
	}
	p, found, err := step.Read[Payment](ctx, s.Store, Key(payment))
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return p, Code{}, err
	}
	code, found, err := step.Read[Code](ctx, s.Store, CodeKey(payment))
	if err == nil && !found {
		err = ErrNotByCode
	}
	return p, code, err
}

// Referenced returns the payment or refund that a caller made under its own number; of a code for all wallets, what was paid by it.
func (s *Service) Referenced(ctx context.Context, merchantID, reference string) (Result, error) {
	ref, found, err := step.Read[Reference](ctx, s.Store, ReferenceKey(merchantID, reference))
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return Result{}, err
	}
	if strings.HasPrefix(ref.Operation, LinkPrefix) {
		return s.paymentOf(ctx, ref.Operation)
	}
	return s.recorded(ctx, ref.Operation)
}

// RefundCode gives back part or all of a payment by code.
func (s *Service) RefundCode(ctx context.Context, r CodeRefundRequest) (Result, error) {
	if err := checkAmount(r.Amount); err != nil {
		return Result{}, err
	}
	if r.Origin.Terminal.ID == "" && !referenceForm.MatchString(r.Origin.Reference) {
		return Result{}, ErrReference
	}
	p, _, err := s.ByCode(ctx, r.Payment)
	if err == nil && p.Merchant != r.Origin.Merchant.ID {
		err = ErrNotFound
	}
	if err != nil {
		return Result{}, err
	}
	o, err := s.open(ctx, r.Origin)
	if err != nil {
		return Result{}, err
	}
	return s.follow(ctx, o, followUp{
		kind: RefundOp, advice: true, original: p.Sale, amount: r.Amount, reason: r.Reason,
		allow: func(p *Payment, original Operation, _ *Operation, _ calendar.Date) error {
			switch {
			case p.State == Voided:
				return ErrTakenBack
			case p.State == Pending || p.State == Waiting:
				return ErrUnpaid
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

// CancelCode takes a payment by code back: an unpaid order is ended at the wallet, a paid one is voided whole where
// nothing of it was refunded. The origin's reference is the act's own number.
func (s *Service) CancelCode(ctx context.Context, origin Origin, payment string) (Result, error) {
	p, _, err := s.ByCode(ctx, payment)
	if err == nil && p.Merchant != origin.Merchant.ID {
		err = ErrNotFound
	}
	if err != nil {
		return Result{}, err
	}
	if p.State == Captured {
		return s.voidCode(ctx, origin, p)
	}
	return s.withdrawCode(ctx, p, origin.By, ReasonStaff)
}

// withdrawCode has an order that nobody paid ended at the wallet; one that was paid meanwhile is [ErrPaid].
func (s *Service) withdrawCode(ctx context.Context, p Payment, by, reason string) (Result, error) {
	ids, now := newIDs(s.IDs, p.Bucket), s.now()
	var result Result
	err := s.Gate.Do(ctx, step.Step{
		Name: "code.withdraw", Class: step.Reversal,
		Keys: []step.Key{Key(p.ID), OperationKey(p.Sale), CodeKey(p.ID), AttemptKey(FirstAttempt(p.Sale))},
		Run: func(v step.View) error {
			a, err := load(v, FirstAttempt(p.Sale), now, ids)
			if err != nil {
				return err
			}
			a.rules, a.by = &s.Settings, by
			c := &codeAct{act: a}
			if c.code, err = step.Must[Code](v, CodeKey(p.ID), ErrNotByCode); err != nil {
				return err
			}
			switch a.op.State {
			case OpPending:
				if err := c.withdraw(reason); err != nil {
					return err
				}
				a.tell(a.op, "reversing")
			case OpApproved:
				if a.pay.State == Voided {
					return ErrTakenBack
				}
				return ErrPaid // between our look and now
			}
			result = Result{Operation: a.op, Payment: a.pay, Code: c.code}
			return nil
		},
	})
	if err != nil {
		return Result{}, err
	}
	s.waiters.wake(p.Sale)
	s.wakeCodes(wallet.Name(p.Rail))
	return result, nil
}

func (s *Service) voidCode(ctx context.Context, origin Origin, p Payment) (Result, error) {
	if origin.Terminal.ID == "" && !referenceForm.MatchString(origin.Reference) {
		return Result{}, ErrReference
	}
	o, err := s.open(ctx, origin)
	if err != nil {
		return Result{}, err
	}
	return s.follow(ctx, o, followUp{
		kind: VoidOp, advice: true, original: p.Sale, amount: p.amount(p.CapturedFen),
		allow: func(p *Payment, original Operation, _ *Operation, _ calendar.Date) error {
			switch {
			case original.State != OpApproved || p.State != Captured || p.DueAt != 0:
				return ErrOriginalState
			case p.RefundedFen+p.RefundingFen > 0:
				return ErrUseRefund.With("part of it was refunded: refund the rest instead")
			}
			return nil
		},
	})
}

// ResumeCodes works on what is due with one wallet: it asks about orders, ends those that nobody paid, repeats refunds, and
// returns how many it worked on. Any number of nodes may run it: each look is claimed.
func (s *Service) ResumeCodes(ctx context.Context, name wallet.Name) (int, error) {
	if s.Wallets[name] == nil {
		return 0, nil
	}
	return s.work(ctx, string(name), s.resumeCode)
}

func (s *Service) resumeCode(ctx context.Context, seen Attempt) error {
	now := s.now()
	var a *act
	err := s.Gate.Do(ctx, step.Step{
		Name: "code.claim", Class: step.Outcome,
		Keys: []step.Key{seen.Key(), OperationKey(seen.Operation), Key(seen.Payment)},
		Run: func(v step.View) error {
			var err error
			if a, err = load(v, seen.ID, now, nil); err != nil {
				return err
			}
			if a.att.Claim != seen.Claim || a.att.DueAt == 0 || a.att.DueAt > now {
				return errClaimed
			}
			a.att.Claim++
			a.att.Tries++
			a.att.DueAt = now.Add(s.Settings.RecoverAfter)
			v.Put(a.att)
			return nil
		},
	})
	if err != nil {
		return err
	}
	_, err = s.carryCode(ctx, a.att, a.op, a.pay, a.att.Tries > 1)
	return err
}

// wakeCodes has the worker on a wallet's codes look for what is due now.
func (s *Service) wakeCodes(name wallet.Name) {
	select {
	case s.wakes[name] <- struct{}{}:
	default:
	}
}

// WokenCodes is signaled when something became due with a wallet.
func (s *Service) WokenCodes(name wallet.Name) <-chan struct{} { return s.wakes[name] }
