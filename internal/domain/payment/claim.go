package payment

import (
	"bytes"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// claim is what makes a request recognizable, so that it counts once however often it comes.
type claim interface {
	// keys name the rows that the other methods read.
	keys() []step.Key
	// made returns the operation that this request made before. Another request under the same key is an error.
	made(v step.View) (operation string, found bool, err error)
	// admit holds the request against where it comes from.
	admit(v step.View) error
	// take writes down that the request made an operation.
	take(v step.View, operation string, now calendar.Instant)
}

// claim returns that of a terminal, which counts its requests, or that of a caller with numbers of its own.
func (o opening) claim() claim {
	if o.terminal.ID != "" {
		return terminalClaim{o}
	}
	return referenceClaim{o}
}

// terminalClaim knows a request by terminal, batch and trace.
type terminalClaim struct{ o opening }

func (c terminalClaim) exchange(k terminal.MessageKind) step.Key {
	return terminal.ExchangeKey(c.o.terminal.ID, c.o.terminal.BatchSequence, c.o.origin.Trace, k)
}

func (c terminalClaim) batch() step.Key {
	return terminal.BatchKey(c.o.terminal.ID, c.o.terminal.BatchSequence)
}

func (c terminalClaim) keys() []step.Key {
	return []step.Key{
		terminal.Key(c.o.terminal.ID), c.batch(), c.exchange(terminal.Financial), c.exchange(terminal.Reversal),
	}
}

func (c terminalClaim) made(v step.View) (operation string, found bool, err error) {
	x, found, err := step.Get[terminal.Exchange](v, c.exchange(terminal.Financial))
	if err != nil {
		return "", false, err
	}
	if found {
		if !bytes.Equal(x.Digest, c.o.origin.Digest) {
			return "", false, terminal.ErrDuplicate
		}
		return x.Operation, true, nil
	}
	reversal, err := v.Get(c.exchange(terminal.Reversal))
	if err == nil && reversal != nil { // its reversal came first: it must not happen any more
		err = terminal.ErrDuplicate
	}
	return "", false, err
}

func (c terminalClaim) admit(v step.View) error {
	t, err := step.Must[terminal.Terminal](v, terminal.Key(c.o.terminal.ID), terminal.ErrNotFound)
	if err != nil {
		return err
	}
	b, found, err := step.Get[terminal.Batch](v, c.batch())
	if err != nil {
		return err
	}
	switch {
	case t.KeyVersion != c.o.terminal.KeyVersion || t.BatchSequence != c.o.terminal.BatchSequence:
		return terminal.ErrStale
	case t.State != terminal.Active:
		return terminal.ErrSuspended
	case !t.SignedIn:
		return terminal.ErrSignIn
	case t.BatchNumber != c.o.origin.BatchNumber, !found || b.State != terminal.Open:
		return terminal.ErrBatch
	}
	return nil
}

func (c terminalClaim) take(v step.View, operation string, now calendar.Instant) {
	v.Put(terminal.Exchange{
		Terminal: c.o.terminal.ID, Bucket: c.o.merchant.Bucket, BatchSequence: c.o.terminal.BatchSequence, Trace: c.o.origin.Trace,
		Kind: terminal.Financial, Digest: c.o.origin.Digest, Operation: operation, At: now,
	})
}

// ReferenceTable is where the numbers lie that callers gave their requests.
const ReferenceTable step.Table = "payment_reference"

// ReferenceMax is the most characters of a caller's number.
const ReferenceMax = 64

// Reference is a caller's own number of a request: a merchant's order number, or that of one of its refunds. It is unique
// for the merchant.
type Reference struct {
	Bucket    id.Bucket
	Merchant  string
	Name      string
	Digest    []byte // of the request
	Operation string
	At        calendar.Instant
}

// Key returns the row's key.
func (r Reference) Key() step.Key { return ReferenceKey(r.Merchant, r.Name) }

// ReferenceKey names a reference.
func ReferenceKey(merchant, name string) step.Key {
	return step.Key{Table: ReferenceTable, Bucket: id.MustBucket(merchant), ID: merchant + "/" + name}
}

// referenceClaim knows a request by its caller's own number.
type referenceClaim struct{ o opening }

func (c referenceClaim) key() step.Key {
	return ReferenceKey(c.o.merchant.ID, c.o.origin.Reference)
}

func (c referenceClaim) keys() []step.Key { return []step.Key{c.key()} }

func (c referenceClaim) made(v step.View) (operation string, found bool, err error) {
	r, found, err := step.Get[Reference](v, c.key())
	if err != nil || !found {
		return "", false, err
	}
	if !bytes.Equal(r.Digest, c.o.origin.Digest) {
		return "", false, ErrReferenceUsed
	}
	return r.Operation, true, nil
}

func (c referenceClaim) admit(step.View) error { return nil }

func (c referenceClaim) take(v step.View, operation string, now calendar.Instant) {
	v.Put(Reference{
		Bucket: c.o.merchant.Bucket, Merchant: c.o.merchant.ID, Name: c.o.origin.Reference, Digest: c.o.origin.Digest,
		Operation: operation, At: now,
	})
}
