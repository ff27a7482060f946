package terminal

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where terminals, their batches and their requests lie.
const (
	Table         step.Table = "terminal"
	BatchTable    step.Table = "terminal_batch"
	ExchangeTable step.Table = "exchange"
	SuspenseTable step.Table = "suspense_line"
)

// Prefix begins the ids of terminals.
const Prefix = "trm_"

// Keys are a terminal's keys, each wrapped by the hsm; none is ever seen in the clear out here.
type Keys struct {
	Master    []byte // TMK
	PIN       []byte // PIK
	MAC       []byte // MAK
	Track     []byte // TDK; empty when tracks travel in the clear
	Algorithm string // "3des" or "sm4"
}

// Terminal is one terminal.
type Terminal struct {
	ID       string
	Bucket   id.Bucket
	Merchant string
	Store    string
	Number   string // 8 characters, ISO 8583 DE 41
	Profile  string // dialect profile of a terminal whose group has none, "cup" by default
	Group    string // of terminals that are configured alike; "" is the default one
	Serial   string // of the hardware; "" where it is not registered
	State    State

	Keys       Keys
	KeyVersion int64 // rises with every set of working keys; 0 before the first sign-in
	SignedIn   bool
	SignedInAt calendar.Instant
	Operator   string

	BatchSequence int64 // of the open batch; 0 before the first sign-in
	BatchNumber   int   // 1 to 999999

	// Holds is which parameters the terminal has downloaded.
	Holds Versions

	// Unit is the hardware, of package supply; "" where its like is not kept in stock.
	Unit string
	// Binding is the version of the binding under which the terminal works; 0 before its activation.
	Binding int64
	// Reason says why the terminal is suspended.
	Reason Reason

	CreatedAt calendar.Instant
}

// Key returns the row's key.
func (t Terminal) Key() step.Key { return Key(t.ID) }

// Key names the terminal with this id.
func Key(terminal string) step.Key {
	return step.Key{Table: Table, Bucket: id.MustBucket(terminal), ID: terminal}
}

// Ref says where a terminal lies: what a number resolves to.
type Ref struct {
	ID       string
	Merchant string
}

// numberMax is the largest batch number and trace.
const numberMax = 999_999

// NextNumber returns the batch or trace number after n: 1 follows 999999.
func NextNumber(n int) int {
	if n >= numberMax {
		return 1
	}
	return n + 1
}

// BatchState says whether a batch still collects.
type BatchState string

// The states of a batch.
const (
	Open     BatchState = "open"
	BatchEnd BatchState = "closed"
)

// Totals are the sums of a batch as ISO 8583 DE 48 of a batch close counts them: debit is sales and
// completions, credit is voids and refunds.
type Totals struct {
	DebitFen, DebitCount   int64
	CreditFen, CreditCount int64
}

// Batch is what a terminal collects between two closes.
type Batch struct {
	Terminal string
	Bucket   id.Bucket
	Merchant string
	Sequence int64
	Number   int
	State    BatchState
	OpenedAt calendar.Instant
	ClosedAt calendar.Instant
	ClosedBy string // "terminal" or "cut-off"
	// BusinessDate is the date on which the batch was closed.
	BusinessDate calendar.Date

	Domestic Totals
	Foreign  Totals

	// ClaimedDomestic and ClaimedForeign are what the terminal said at the close.
	ClaimedDomestic Totals
	ClaimedForeign  Totals
	Claimed         bool
	Balanced        bool
	// Uploaded counts the detail lines received after an unequal close.
	Uploaded int64
	// UploadDone tells that the terminal sent the end of its upload.
	UploadDone bool
}

// Key returns the row's key.
func (b Batch) Key() step.Key { return BatchKey(b.Terminal, b.Sequence) }

// BatchKey names a batch of a terminal.
func BatchKey(terminal string, sequence int64) step.Key {
	return step.Key{
		Table: BatchTable, Bucket: id.MustBucket(terminal),
		ID: fmt.Sprintf("%s/%012d", terminal, sequence),
	}
}

// MessageKind tells the requests that may share a trace: a reversal carries the trace of its original.
type MessageKind string

// The message kinds.
const (
	Financial MessageKind = "F" // 01xx, 02xx
	Reversal  MessageKind = "R" // 04xx
	Upload    MessageKind = "U" // 032x
)

// Exchange is one request of a terminal.
type Exchange struct {
	Terminal      string
	Bucket        id.Bucket
	BatchSequence int64
	Trace         int
	Kind          MessageKind
	Digest        []byte // of the request's bytes
	Operation     string
	At            calendar.Instant
}

// Key returns the row's key.
func (e Exchange) Key() step.Key { return ExchangeKey(e.Terminal, e.BatchSequence, e.Trace, e.Kind) }

// ExchangeKey names a request.
func ExchangeKey(terminal string, batch int64, trace int, kind MessageKind) step.Key {
	return step.Key{
		Table: ExchangeTable, Bucket: id.MustBucket(terminal),
		ID: fmt.Sprintf("%s/%012d/%06d/%s", terminal, batch, trace, kind),
	}
}

// SuspenseLine is a line of a terminal's batch upload that the books do not know. It waits for a person.
type SuspenseLine struct {
	ID       string
	Bucket   id.Bucket
	Merchant string
	Terminal string
	Batch    int64
	Trace    int
	Fen      int64
	Masked   string // card number, first six and last four digits
	Finding  string
	At       calendar.Instant
}

// Key returns the row's key.
func (s SuspenseLine) Key() step.Key {
	return step.Key{Table: SuspenseTable, Bucket: s.Bucket, ID: s.ID}
}

// Refusals.
var (
	ErrNotFound  = fault.New(fault.NotFound, "terminal_not_found", "there is no such terminal")
	ErrSuspended = fault.New(fault.Forbidden, "terminal_suspended", "the terminal may not work at present")
	ErrSignIn    = fault.New(fault.Forbidden, "sign_in_required", "the terminal must sign in first")
	ErrBatch     = fault.New(fault.Conflict, "batch_mismatch", "the batch number is not that of the open batch: sign in again")
	ErrDuplicate = fault.New(fault.Conflict, "trace_reused", "another request was made under this trace in this batch")
	ErrStale     = fault.New(fault.Conflict, "terminal_changed", "the terminal's keys or batch changed while the request was on its way")
)

// Filter narrows a list of terminals; a zero field asks for nothing.
type Filter struct {
	Merchant, Store, Group string
	State                  State
}
