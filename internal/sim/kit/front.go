package kit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"sync"
)

// Desk is what a wallet does behind its [Front], in its own way. S is the state that an order then has. Its functions
// are called with the lock held.
type Desk[F, S ~string] struct {
	Name   string // of the wallet's package, for errors
	Host   *Host
	Clock  *Clock
	Faults *Faults
	Flaws  *Flaws[F]
	Lock   sync.Locker // of the books
	Books  *Books

	Post   func(Entry) error            // into the books and their journal
	Code   func(number int64) string    // writes a payment code
	Coupon int64                        // before the first number of a coupon
	Names  map[Funder]string            // of coupons that come without one
	Asked  func(order int64) bool       // whether the payer of an order is asked for the password
	Pay    func(order int64) (S, error) // has that payer enter it
	Refuse func(order int64) (S, error) // has that payer give up
	Payout func(serial int) string      // the number of a withdrawal, whose first movement has this serial
}

// Front is the side of a wallet that is the same for all of them, for whoever runs it. Wallets embed it.
type Front[F, S ~string] struct{ desk Desk[F, S] }

// NewFront returns the front of a wallet.
func NewFront[F, S ~string](d Desk[F, S]) *Front[F, S] { return &Front[F, S]{d} }

// Address returns the address that the wallet listens on.
func (f *Front[F, S]) Address() net.Addr { return f.desk.Host.Addr() }

// URL returns the base of all its addresses, without a slash at the end.
func (f *Front[F, S]) URL() string { return f.desk.Host.URL() }

// Serve answers until ctx ends or Close is called, and returns nil then.
func (f *Front[F, S]) Serve(ctx context.Context) error {
	if err := f.desk.Host.Serve(ctx); err != nil {
		return fmt.Errorf("%s: %w", f.desk.Name, err)
	}
	return nil
}

// Faults returns the plan of faults.
func (f *Front[F, S]) Faults() *Faults { return f.desk.Faults }

// SetFlaw puts a flaw into the plan in place of what the plan says of it. A rate of zero takes it away.
func (f *Front[F, S]) SetFlaw(flaw F, rate float64, seed uint64) error {
	if err := f.desk.Flaws.Set(flaw, rate, seed); err != nil {
		return fmt.Errorf("%s: %w", f.desk.Name, err)
	}
	return nil
}

// FlawOnce has a flaw strike the next message or refund that it can strike.
func (f *Front[F, S]) FlawOnce(flaw F) error {
	if err := f.desk.Flaws.Once(flaw); err != nil {
		return fmt.Errorf("%s: %w", f.desk.Name, err)
	}
	return nil
}

// ClearFlaws takes all flaws away.
func (f *Front[F, S]) ClearFlaws() { f.desk.Flaws.Clear() }

// PlannedFlaws returns the plan of flaws in the order in which the wallet lists them.
func (f *Front[F, S]) PlannedFlaws() []PlannedFlaw[F] { return f.desk.Flaws.List() }

// Notices returns how all notifications stand, in the order in which they came to be.
func (f *Front[F, S]) Notices() []Delivery {
	f.desk.Lock.Lock()
	defer f.desk.Lock.Unlock()
	return f.desk.Books.Outbox.list()
}

// MerchantBalance returns what a merchant has with the provider, in fen.
func (f *Front[F, S]) MerchantBalance(number string) int64 {
	f.desk.Lock.Lock()
	defer f.desk.Lock.Unlock()
	return f.desk.Books.Ledger.Balance(MerchantAccount(number))
}

// PayerBalance returns what the payer has, in fen.
func (f *Front[F, S]) PayerBalance() int64 {
	f.desk.Lock.Lock()
	defer f.desk.Lock.Unlock()
	return f.desk.Books.Ledger.Balance(PayerAccount(PayerRich))
}

// Code puts a payment code on the payer's phone, good for a minute and for one order.
func (f *Front[F, S]) Code(state CodeState) (string, error) {
	f.desk.Lock.Lock()
	defer f.desk.Lock.Unlock()
	now := f.desk.Clock.Now()
	c, err := f.desk.Books.newCode(state, now, f.desk.Code)
	if err != nil {
		return "", err
	}
	return c.Text, f.desk.Post(Entry{At: now, Code: &c})
}

// Password has the payer whose code is waiting enter the password, and returns the state of the order.
func (f *Front[F, S]) Password(code string) (S, error) { return f.answer(code, f.desk.Pay) }

// RefusePassword has the payer whose code is waiting give up.
func (f *Front[F, S]) RefusePassword(code string) (S, error) { return f.answer(code, f.desk.Refuse) }

// answer has the payer who is asked for a code do something.
func (f *Front[F, S]) answer(code string, act func(int64) (S, error)) (S, error) {
	f.desk.Lock.Lock()
	defer f.desk.Lock.Unlock()
	c, _ := f.desk.Books.Pocket.Code(code)
	if c.Order == 0 || !f.desk.Asked(c.Order) {
		return "", ErrNotWaiting
	}
	return act(c.Order)
}

// Give puts a coupon on the payer's phone and returns its number.
func (f *Front[F, S]) Give(c Coupon) (string, error) {
	f.desk.Lock.Lock()
	defer f.desk.Lock.Unlock()
	given, err := f.desk.Books.newCoupon(c, f.desk.Coupon, f.desk.Names)
	if err != nil {
		return "", err
	}
	return given.ID, f.desk.Post(Entry{At: f.desk.Clock.Now(), Coupon: &given})
}

// ErrBalance reports more than a merchant has.
var ErrBalance = errors.New("the merchant has not so much to be paid out")

// Withdraw pays out some of what a merchant has, or returns [ErrBalance]. Its bank account is another party's affair.
func (f *Front[F, S]) Withdraw(merchant string, amount int64) error {
	f.desk.Lock.Lock()
	defer f.desk.Lock.Unlock()
	ledger := f.desk.Books.Ledger
	if amount <= 0 || ledger.Balance(MerchantAccount(merchant)) < amount {
		return ErrBalance
	}
	return f.desk.Post(Entry{At: f.desk.Clock.Now(), Ref: f.desk.Payout(ledger.serial + 1), Lines: withdrawalLines(merchant, amount)})
}

// sliceLen is how many items [Each] copies under one lock.
const sliceLen = 256

// Each yields a copy of each item of a list that only grows, a slice at a time, so that whoever needs the lock is not
// held up by a long list.
func Each[T, U any](lock sync.Locker, list func() []T, copied func(T) U) iter.Seq[U] {
	next := func(from int) (slice []U) {
		lock.Lock()
		defer lock.Unlock()
		items := list()
		for _, item := range items[from:min(from+sliceLen, len(items))] {
			slice = append(slice, copied(item))
		}
		return slice
	}
	return func(yield func(U) bool) {
		for from := 0; ; from += sliceLen {
			slice := next(from)
			for _, item := range slice {
				if !yield(item) {
					return
				}
			}
			if len(slice) < sliceLen {
				return
			}
		}
	}
}
