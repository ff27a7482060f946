package kit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"sync"
)

// Front is the side of a wallet that is the same for all of them, for whoever runs it. Wallets embed it.
type Front[F ~string] struct {
	name   string // of the wallet's package, for errors
	host   *Host
	faults *Faults
	flaws  *Flaws[F]
	lock   sync.Locker // of the books
	books  *Books
}

// NewFront returns the front of a wallet that stands at a host.
func NewFront[F ~string](name string, host *Host, faults *Faults, flaws *Flaws[F], lock sync.Locker, books *Books) *Front[F] {
	return &Front[F]{name, host, faults, flaws, lock, books}
}

// Address returns the address that the wallet listens on.
func (f *Front[F]) Address() net.Addr { return f.host.Addr() }

// URL returns the base of all its addresses, without a slash at the end.
func (f *Front[F]) URL() string { return f.host.URL() }

// Serve answers until ctx ends or Close is called, and returns nil then.
func (f *Front[F]) Serve(ctx context.Context) error {
	if err := f.host.Serve(ctx); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// Faults returns the plan of faults.
func (f *Front[F]) Faults() *Faults { return f.faults }

// SetFlaw puts a flaw into the plan in place of what the plan says of it. A rate of zero takes it away.
func (f *Front[F]) SetFlaw(flaw F, rate float64, seed uint64) error {
	if err := f.flaws.Set(flaw, rate, seed); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// FlawOnce has a flaw strike the next message or refund that it can strike.
func (f *Front[F]) FlawOnce(flaw F) error {
	if err := f.flaws.Once(flaw); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}

// ClearFlaws takes all flaws away.
func (f *Front[F]) ClearFlaws() { f.flaws.Clear() }

// PlannedFlaws returns the plan of flaws in the order in which the wallet lists them.
func (f *Front[F]) PlannedFlaws() []PlannedFlaw[F] { return f.flaws.List() }

// Notices returns how all notifications stand, in the order in which they came to be.
func (f *Front[F]) Notices() []Delivery {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.books.Outbox.list()
}

// MerchantBalance returns what a merchant has with the provider, in fen.
func (f *Front[F]) MerchantBalance(number string) int64 {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.books.Ledger.Balance(MerchantAccount(number))
}

// PayerBalance returns what the payer has, in fen.
func (f *Front[F]) PayerBalance() int64 {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.books.Ledger.Balance(PayerAccount(PayerRich))
}

// ErrBalance reports more than a merchant has.
var ErrBalance = errors.New("the merchant has not so much to be paid out")

// CheckWithdrawal returns [ErrBalance] for more than a merchant has. The lock of the books is held.
func (b *Books) CheckWithdrawal(merchant string, amount int64) error {
	if amount <= 0 || b.Ledger.Balance(MerchantAccount(merchant)) < amount {
		return ErrBalance
	}
	return nil
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
