package payment

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/number"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// Store is what the service reads outside steps.
type Store interface {
	step.Reader
	// DueAttempts returns attempts of a rail whose DueAt has come, the oldest first.
	DueAttempts(ctx context.Context, rail string, now calendar.Instant, limit int) ([]Attempt, error)
	// OperationsByRRN returns a merchant's operations under a reference number, the newest first.
	OperationsByRRN(ctx context.Context, merchantID, rrn string) ([]Operation, error)
	// Authorizations returns a merchant's pre-authorizations under an authorization code, the newest first.
	Authorizations(ctx context.Context, merchantID, authCode string) ([]Operation, error)
	// Lapsing returns authorized payments whose LapsesAt has come, the oldest first.
	Lapsing(ctx context.Context, now calendar.Instant, limit int) ([]Payment, error)
}

// Vault seals card numbers for storage and opens them again for the rail.
type Vault interface {
	Seal(card.PAN) (card.Sealed, error)
	Open(card.Sealed) (card.PAN, error)
}

// Settings are the service's times. Zero values take the defaults.
type Settings struct {
	// RecoverAfter is when a request without an outcome is taken for lost, counted from its writing. It
	// must be above the rail's own limit. Default 30 s.
	RecoverAfter time.Duration
	// GiveUpAfter is when an unacknowledged reversal is handed to a person. Default 48 h.
	GiveUpAfter time.Duration
	// AuthorizedFor is how long an authorization lives that nobody completes. Default 30 days.
	AuthorizedFor time.Duration
	// CompletionPercent is how much of the authorized amount a completion may take. Default 115.
	CompletionPercent int64
	// PreauthCategories are the merchant categories (ISO 18245) that may pre-authorize, each a code or the
	// beginning of codes. Default [PreauthCategories].
	PreauthCategories []string
	// TipPercent is how far an adjustment may raise what was approved. Default 15.
	TipPercent int64
	// NoPINFen is the amount up to which a tapped card needs neither PIN nor signature. [NoPINFloor] is the
	// default and the most.
	NoPINFen int64
	// KeepLate lets a shop keep what was paid after its code had been ended; else it is given back.
	KeepLate bool
	// CodeLife is how long a shown code may be paid. Default [CodeLife].
	CodeLife time.Duration
	// StaticMaxFen is the most that a printed code takes at once. [StaticMaxFen] is the default and the most.
	StaticMaxFen int64
	// NotifyURL is where wallets tell of payments; the wallet's name and the account follow it. "" asks for no notifications.
	NotifyURL string
	// OneByOne has the worker take what is due one after the other, so that a run repeats from its seed.
	OneByOne bool
	// Zone is that of the calendar. Default Asia/Shanghai.
	Zone *time.Location
}

// Config is what a service is made of.
type Config struct {
	Gate     step.Gate
	Store    Store
	Vault    Vault
	Rails    map[string]Rail
	Wallets  map[wallet.Name]Wallet
	Greeters map[wallet.Name]Greeter // those that tell who visits a page
	IDs      *id.Maker
	Now      func() time.Time
	Settings Settings
	// Point, when set, is called at named points of a request, for crash tests.
	Point func(name string)
}

// Service takes payments.
type Service struct {
	Config
	numbers *number.Series
	wake    chan struct{}
	wakes   map[wallet.Name]chan struct{} // of the workers on codes
	waiters waiters
	day     atomic.Int32 // the business date as last seen, to name the right keys at once
}

// NewService returns a service.
func NewService(c Config) *Service {
	if c.Settings.RecoverAfter == 0 {
		c.Settings.RecoverAfter = 30 * time.Second
	}
	if c.Settings.GiveUpAfter == 0 {
		c.Settings.GiveUpAfter = 48 * time.Hour
	}
	if c.Settings.AuthorizedFor == 0 {
		c.Settings.AuthorizedFor = 30 * 24 * time.Hour
	}
	if c.Settings.CompletionPercent == 0 {
		c.Settings.CompletionPercent = 115
	}
	if c.Settings.PreauthCategories == nil {
		c.Settings.PreauthCategories = PreauthCategories
	}
	if c.Settings.TipPercent == 0 {
		c.Settings.TipPercent = 15
	}
	if c.Settings.NoPINFen == 0 || c.Settings.NoPINFen > NoPINFloor {
		c.Settings.NoPINFen = NoPINFloor
	}
	if c.Settings.CodeLife == 0 {
		c.Settings.CodeLife = CodeLife
	}
	if c.Settings.Zone == nil {
		c.Settings.Zone = calendar.Shanghai
	}
	if c.Point == nil {
		c.Point = func(string) {}
	}
	s := &Service{
		Config: c, numbers: number.NewSeries(c.Gate, "card"), wake: make(chan struct{}, 1), wakes: map[wallet.Name]chan struct{}{},
	}
	for _, w := range wallet.Names {
		s.wakes[w] = make(chan struct{}, 1)
	}
	return s
}

// Origin is where a request came from, with what makes it recognizable when it comes again. Terminal and
// Merchant are as the door saw them; the step holds them against the rows and answers
// [terminal.ErrStale] when the door's view is out of date.
type Origin struct {
	Merchant merchant.Merchant
	Digest   []byte // of the request's bytes
	Cashier  string

	// Of a terminal's request.
	Terminal    terminal.Terminal
	BatchNumber int // as the frame carries it
	Trace       int

	// Of a request without a terminal: the caller's own number for it, unique for the merchant; who asks, for the trail;
	// and the store.
	Reference string
	By        string
	Store     string
}

// Result is what became of a request.
type Result struct {
	Operation Operation
	Payment   Payment
	// Code is what a payment by code has beside its amounts.
	Code Code
	// Balance is what the issuer said of the card's account; it is in no record.
	Balance *money.Amount
	// Repeated tells that the request was seen before and the answer is the recorded one.
	Repeated bool
}

// ReverseRequest is a terminal's reversal: it never got the answer to its own request.
type ReverseRequest struct {
	Origin Origin // BatchNumber and Trace are the original's
	Amount money.Amount
	Card   card.PAN // zero when the message does not name it
	Reason string   // ISO 8583 DE 39 of the reversal
}

func (s *Service) now() calendar.Instant { return calendar.At(s.Now()) }

// followUp is an act on a payment that exists.
type followUp struct {
	kind     Kind
	advice   bool
	original string // operation
	rrn      string
	amount   money.Amount
	card     card.Presentation
	reason   string
	chip     []byte // of a script's result
	// allow refuses, or claims what the act needs on the payment beyond its lock and limit. clearing is the
	// rail's present date.
	allow func(p *Payment, original Operation, op *Operation, clearing calendar.Date) error
}

func (s *Service) follow(ctx context.Context, o opening, f followUp) (Result, error) {
	original, found, err := step.Read[Operation](ctx, s.Store, OperationKey(f.original))
	if err == nil && !found {
		err = ErrOriginalNotFound
	}
	if err != nil {
		return Result{}, err
	}
	p, _, err := step.Read[Payment](ctx, s.Store, Key(original.Payment))
	if err != nil {
		return Result{}, err
	}
	sealed, err := s.seal(f.card.PAN)
	if err != nil {
		return Result{}, err
	}
	op := o.operation(f.kind, p, f.amount, f.card)
	op.Original, op.Advice, op.Reason = original.ID, f.advice || p.ByCode(), f.reason
	if f.chip != nil {
		op.ChipRequest = f.chip
	}
	effect := effects[f.kind]
	more := []step.Key{OperationKey(original.ID), Key(original.Payment), RailSessionKey(p.Rail)}
	if effect.takes {
		more = append(more, o.limitKeys(p.Service())...)
	}
	result, attempt, err := s.begin(ctx, o, string(f.kind), p, op, func(a *act, m merchant.Merchant, day calendar.Date) error {
		sale, err := step.Must[Operation](a.v, OperationKey(f.original), ErrOriginalNotFound)
		if err != nil {
			return err
		}
		if a.pay, err = step.Must[Payment](a.v, Key(sale.Payment), ErrNotFound); err != nil {
			return err
		}
		switch {
		case f.rrn != "" && sale.RRN != f.rrn:
			return ErrOriginalNotFound
		case sealed.Index != "" && sealed.Index != a.pay.Card.Index:
			return ErrOtherCard
		case a.pay.Open != "":
			return ErrUnderWay
		}
		session, _, err := step.Get[RailSession](a.v, RailSessionKey(a.pay.Rail))
		if err != nil {
			return err
		}
		a.pay.UpdatedAt = a.now
		if err := f.allow(&a.pay, sale, &a.op, session.ClearingDate); err != nil {
			return err
		}
		if effect.locks {
			a.pay.Open = a.op.ID
		}
		if effect.takes {
			return a.reserve(m, day, f.amount)
		}
		return nil
	}, more...)
	if err != nil || result.Repeated || result.Operation.State != OpPending {
		return result, err
	}
	if p.ByCode() {
		return s.sendCode(ctx, result, attempt)
	}
	first, err := s.firstAttempt(ctx, original.ID)
	if err != nil { // the act is on record: the worker finishes it
		return Result{}, ErrNotRecorded.Because(err)
	}
	if f.card.PAN.IsZero() { // the terminal did not read the card again
		if f.card.PAN, err = s.Vault.Open(p.Card); err != nil {
			return Result{}, ErrNotRecorded.Because(err)
		}
	}
	request := Request{Attempt: attempt, Card: f.card, Original: &first, OriginalOperation: &original}
	return s.send(ctx, result, request.from(o))
}

// firstAttempt reads the attempt with which an operation began.
func (s *Service) firstAttempt(ctx context.Context, operation string) (Attempt, error) {
	att, found, err := step.Read[Attempt](ctx, s.Store, AttemptKey(FirstAttempt(operation)))
	if err == nil && !found {
		err = ErrOriginalNotFound
	}
	return att, err
}

func (s *Service) seal(p card.PAN) (card.Sealed, error) {
	if p.IsZero() {
		return card.Sealed{}, nil
	}
	return s.Vault.Seal(p)
}

func checkAmount(a money.Amount) error {
	if a.Fen <= 0 || a.Fen > money.AmountMax {
		return ErrAmount
	}
	return nil
}

// opening is what a request begins with.
type opening struct {
	origin   Origin
	terminal terminal.Terminal
	merchant merchant.Merchant
	now      calendar.Instant
	day      calendar.Date // the business date as last seen; the step uses the row
	number   int64
	opID     string
}

// open takes a number and an id for the operation. It reads nothing: the rows decide in the step.
func (s *Service) open(ctx context.Context, origin Origin) (opening, error) {
	number, err := s.numbers.Next(ctx)
	return opening{
		origin: origin, terminal: origin.Terminal, merchant: origin.Merchant, now: s.now(),
		day: calendar.Date(s.day.Load()), number: number, opID: s.IDs.New(OperationPrefix, origin.Merchant.Bucket),
	}, err
}

// limitKeys name what a limit of the merchant's day is held against.
func (o opening) limitKeys(service product.Kind) []step.Key {
	day := risk.Day{Merchant: o.merchant.ID, Service: string(service), Date: o.day}
	return append(day.Keys(), product.Key(o.merchant.ID, service))
}

// reserve takes an amount out of the merchant's day, and the service's, or refuses.
func (a *act) reserve(m merchant.Merchant, day calendar.Date, amount money.Amount) error {
	whole, service, err := a.limits(m)
	if err != nil {
		return err
	}
	return risk.Reserve(a.v, risk.Day{Merchant: m.ID, Service: string(a.pay.Service()), Date: day}, whole, service, amount)
}

// limits returns those of the merchant and of the payment's service.
func (a *act) limits(m merchant.Merchant) (whole, service risk.Limits, err error) {
	opened, _, err := step.Get[product.Service](a.v, product.Key(m.ID, a.pay.Service()))
	l := opened.Limits
	return risk.Of(m), risk.Limits{Single: l.SingleMaxFen, DayCount: l.DayCountMax, DaySum: l.DaySumMaxFen}, err
}

func (o opening) operation(k Kind, p Payment, a money.Amount, c card.Presentation) Operation {
	return Operation{
		ID: o.opID, Bucket: o.merchant.Bucket, Payment: p.ID, Merchant: o.merchant.ID, Kind: k,
		State: OpPending, AmountFen: a.Fen, Currency: a.Currency, Terminal: o.terminal.ID,
		BatchSequence: o.terminal.BatchSequence, BatchNumber: o.terminal.BatchNumber, Trace: o.origin.Trace,
		Cashier: o.origin.Cashier, ChipRequest: c.ChipStored, NoPIN: c.PIN == nil, CreatedAt: o.now, UpdatedAt: o.now,
	}
}

// errRepeated ends the begin step of a request that was recorded before.
var errRepeated = errors.New("request was recorded before")

// begin writes the attempt before it is sent: the first of the two commits. allow holds the act against
// the rows and claims what it needs; what it refuses is recorded as refused, so that the same request
// gets the same answer again.
func (s *Service) begin(ctx context.Context, o opening, name string, p Payment, op Operation,
	allow func(*act, merchant.Merchant, calendar.Date) error, more ...step.Key,
) (Result, Attempt, error) {
	ids := newIDs(s.IDs, p.Bucket)
	attempt := Attempt{
		ID: FirstAttempt(op.ID), Bucket: p.Bucket, Operation: op.ID, Payment: p.ID, Rail: p.Rail, Kind: op.Kind,
		State: AtPending, Stamp: o.now.Time().In(s.Settings.Zone).Format("0102150405"), Number: traceOf(o.number),
		Tries: 1, DueAt: o.now.Add(s.Settings.RecoverAfter), CreatedAt: o.now, UpdatedAt: o.now,
	}
	claim := o.claim()
	keys := append(append([]step.Key{merchant.Key(o.merchant.ID), DayKey}, claim.keys()...), more...)

	var result Result
	var repeated string
	run := func(v step.View) error {
		made, found, err := claim.made(v)
		if err != nil {
			return err
		}
		if found {
			repeated = made
			return errRepeated
		}
		m, day, err := s.admit(v, o, claim)
		if err != nil {
			return err
		}
		a := &act{v: v, now: o.now, ids: ids, by: o.origin.By, pay: p, op: op, att: attempt}
		a.op.BusinessDate = day
		a.op.RRN = rrnOf(day, o.number)
		err = allow(a, m, day)
		switch {
		case err == nil:
			a.v.Put(a.att)
		case errors.Is(err, step.ErrNeed):
			return err
		case effects[op.Kind].begins && refusable(err):
			if err := a.refuse(err); err != nil {
				return err
			}
		default:
			return err
		}
		claim.take(v, op.ID, o.now)
		v.Put(a.pay)
		v.Put(a.op)
		result = Result{Operation: a.op, Payment: a.pay}
		return nil
	}
	s.Point(name + ".before_begin")
	err := s.Gate.Do(ctx, step.Step{Name: name + ".begin", Class: step.Sale, Keys: keys, Run: run})
	if errors.Is(err, errRepeated) {
		result, err = s.recorded(ctx, repeated)
		return result, attempt, err
	}
	if err != nil {
		return Result{}, attempt, err
	}
	s.day.Store(int32(result.Operation.BusinessDate))
	s.Point(name + ".after_begin")
	return result, attempt, nil
}

// admit holds a request against the rows of where it comes from, of its merchant and of the day.
func (s *Service) admit(v step.View, o opening, c claim) (m merchant.Merchant, day calendar.Date, err error) {
	m, err = step.Must[merchant.Merchant](v, merchant.Key(o.merchant.ID), merchant.ErrNotFound)
	if err != nil {
		return m, 0, err
	}
	d, err := step.Must[Day](v, DayKey, ErrDay)
	if err != nil {
		return m, 0, err
	}
	if err := c.admit(v); err != nil {
		return m, 0, err
	}
	if m.State != merchant.Active {
		err = merchant.ErrSuspended
	}
	return m, d.Date, err
}

// refusable tells whether a refusal belongs on record as a refused payment.
func refusable(err error) bool {
	switch fault.KindOf(err) {
	case fault.Limited, fault.Forbidden:
		return true
	}
	return false
}

// refuse records a payment that we ourselves refuse to begin; nothing was claimed and nothing is sent.
func (a *act) refuse(why error) error {
	if err := goOperation(&a.op, Refuse, a.now); err != nil {
		return err
	}
	if err := a.paymentGoes(Refuse); err != nil {
		return err
	}
	a.op.Result = fault.CodeOf(why)
	a.pay.BusinessDate = a.op.BusinessDate
	a.tell(a.op, "refused")
	return nil
}

// recorded returns what the books say of an operation.
func (s *Service) recorded(ctx context.Context, operation string) (Result, error) {
	op, found, err := step.Read[Operation](ctx, s.Store, OperationKey(operation))
	if err == nil && !found {
		err = ErrOriginalNotFound
	}
	if err != nil {
		return Result{}, err
	}
	p, _, err := step.Read[Payment](ctx, s.Store, Key(op.Payment))
	result := Result{Operation: op, Payment: p, Repeated: true}
	if err == nil && p.ByCode() {
		result.Code, _, err = step.Read[Code](ctx, s.Store, CodeKey(p.ID))
	}
	return result, err
}

// Recorded returns an operation and its payment as they stand.
func (s *Service) Recorded(ctx context.Context, operation string) (Result, error) {
	return s.recorded(ctx, operation)
}

// send carries a recorded attempt to its rail and writes the outcome: the second of the two commits. The
// caller's patience does not bound it: once sent, the outcome is awaited and written.
func (s *Service) send(ctx context.Context, r Result, request Request) (Result, error) {
	ctx = context.WithoutCancel(ctx)
	request.Operation, request.Payment = r.Operation, r.Payment
	name := string(r.Operation.Kind)
	s.Point(name + ".before_send")
	answer := s.Rails[request.Attempt.Rail].Send(ctx, request)
	s.Point(name + ".after_answer")
	result, err := s.conclude(ctx, request.Attempt, r.Operation, answer)
	if err != nil {
		// The rail has spoken and it is not on record: whatever the error is, to the caller this is unknown.
		err = ErrNotRecorded.Because(err)
	}
	return result, err
}

func (r Request) from(o opening) Request {
	r.TerminalNumber, r.MerchantNumber = o.terminal.Number, o.merchant.Number
	r.MerchantName, r.Category = o.merchant.Name, o.merchant.Category
	return r
}
