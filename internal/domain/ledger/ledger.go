package ledger

import (
	"sort"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where the books lie.
const (
	EntryTable   step.Table = "entry"
	PostingTable step.Table = "posting"
	BalanceTable step.Table = "balance"
)

// Account names an account: "merchant:mch_…:pending", "rail:cardnet:receivable".
type Account string

// Kind says on which side an account grows.
type Kind uint8

// The kinds of account.
const (
	Asset Kind = iota
	Liability
	Income
	Expense
)

// RailReceivable is what a network or wallet owes us.
func RailReceivable(rail string) Account { return Account("rail:" + rail + ":receivable") }

// MerchantPending is what was captured for a merchant and is not due yet.
func MerchantPending(merchant string) Account { return Account("merchant:" + merchant + ":pending") }

// MerchantAvailable is what is due to a merchant.
func MerchantAvailable(merchant string) Account {
	return Account("merchant:" + merchant + ":available")
}

// MerchantReceivable is what a merchant owes us: refunds beyond its balance.
func MerchantReceivable(merchant string) Account {
	return Account("merchant:" + merchant + ":receivable")
}

// RailCost is what a rail keeps of what it owes us.
func RailCost(rail string) Account { return Account("cost:" + rail) }

// AgentPayable is what we owe an agent: its shares of fees. What refunds take back may leave it negative.
func AgentPayable(agent string) Account { return Account("agent:" + agent + ":payable") }

// Platform accounts.
const (
	FeeAcquiring Account = "fee:acquiring"
	CostAgent    Account = "cost:agent" // the shares of fees that agents have
	BankCustody  Account = "bank:custody"
	BankOwn      Account = "bank:own"
)

// Kind returns the account's kind, by its name.
func (a Account) Kind() Kind {
	s := string(a)
	switch {
	case strings.HasPrefix(s, "fee:"):
		return Income
	case strings.HasPrefix(s, "cost:"), strings.HasPrefix(s, "loss:"):
		return Expense
	case strings.HasPrefix(s, "rail:"), strings.HasPrefix(s, "bank:"),
		strings.HasPrefix(s, "dispute:"), strings.HasPrefix(s, "suspense:"),
		strings.HasPrefix(s, "merchant:") && strings.HasSuffix(s, ":receivable"):
		return Asset
	}
	return Liability
}

// CustomerFunds tells whether the account holds money that belongs to a merchant, and so may never go
// negative.
func (a Account) CustomerFunds() bool {
	return strings.HasPrefix(string(a), "merchant:") && a.Kind() == Liability
}

// Line is one posting of an entry: positive debits the account, negative credits it.
type Line struct {
	Account Account
	Amount  money.Amount
}

// Debit returns a line that debits.
func Debit(a Account, m money.Amount) Line { return Line{a, m} }

// Credit returns a line that credits.
func Credit(a Account, m money.Amount) Line { return Line{a, m.Neg()} }

// Entry is one balanced change of the books. Lane, Position and Hash are set by the store at the commit.
type Entry struct {
	ID           string
	Bucket       id.Bucket
	At           calendar.Instant
	BusinessDate calendar.Date
	Kind         string // "sale", "void", "refund", "reversal", …
	Payment      string
	Operation    string
	Mirrors      string // the entry that this one takes back, if any
	Lines        []Line

	Lane     int64
	Position int64
	Hash     []byte
}

// Key returns the entry's key.
func (e Entry) Key() step.Key { return step.Key{Table: EntryTable, Bucket: e.Bucket, ID: e.ID} }

// Posting is one line as it is stored.
type Posting struct {
	Bucket   id.Bucket
	Entry    string
	Number   int
	Account  Account
	Fen      int64
	Currency money.Currency
}

// Key returns the posting's key.
func (p Posting) Key() step.Key {
	return step.Key{Table: PostingTable, Bucket: p.Bucket, ID: p.Entry + "/" + string(rune('0'+p.Number))}
}

// linesMax bounds the lines of one entry; it keeps a posting's number one character long.
const linesMax = 10

// Refusals.
var (
	ErrUnbalanced = fault.New(fault.Internal, "entry_unbalanced", "the lines of a journal entry do not sum to zero")
	ErrEntry      = fault.New(fault.Internal, "entry_malformed", "a journal entry is malformed")
)

// Check refuses an entry that is not balanced, names an account twice or mixes currencies.
func (e Entry) Check() error {
	if len(e.Lines) < 2 || len(e.Lines) > linesMax {
		return ErrEntry.With("journal entry %s has %d lines", e.ID, len(e.Lines))
	}
	var sum int64
	for i, l := range e.Lines {
		if l.Account == "" || l.Amount.Currency != e.Lines[0].Amount.Currency || l.Amount.Currency == 0 {
			return ErrEntry.With("journal entry %s: line %d lacks an account or mixes currencies", e.ID, i+1)
		}
		for _, o := range e.Lines[:i] {
			if o.Account == l.Account {
				return ErrEntry.With("journal entry %s names %s twice", e.ID, l.Account)
			}
		}
		next := sum + l.Amount.Fen
		if l.Amount.Fen != 0 && (next > sum) != (l.Amount.Fen > 0) {
			return ErrUnbalanced.With("journal entry %s moves more than 64 bits hold", e.ID)
		}
		sum = next
	}
	if sum != 0 {
		return ErrUnbalanced.With("journal entry %s is out of balance by %d fen", e.ID, sum)
	}
	return nil
}

// Net merges lines on the same account and drops those that come to nothing, keeping the order.
func Net(lines ...Line) []Line {
	out := make([]Line, 0, len(lines))
next:
	for _, l := range lines {
		for i := range out {
			if out[i].Account == l.Account {
				out[i].Amount = out[i].Amount.Add(l.Amount)
				continue next
			}
		}
		out = append(out, l)
	}
	kept := out[:0]
	for _, l := range out {
		if !l.Amount.IsZero() {
			kept = append(kept, l)
		}
	}
	return kept
}

// Mirror returns the lines that take e back.
func (e Entry) Mirror() []Line {
	out := make([]Line, len(e.Lines))
	for i, l := range e.Lines {
		out[i] = Line{l.Account, l.Amount.Neg()}
	}
	return out
}

// Post writes a balanced entry, its postings and the change of every balance it touches.
func Post(v step.View, e Entry) error {
	e.Lines = Net(e.Lines...)
	if len(e.Lines) == 0 {
		return nil
	}
	if err := e.Check(); err != nil {
		return err
	}
	v.Put(e)
	for i, l := range e.Lines {
		v.Put(Posting{
			Bucket: e.Bucket, Entry: e.ID, Number: i, Account: l.Account,
			Fen: l.Amount.Fen, Currency: l.Amount.Currency,
		})
		t := step.Tally{At: BalanceKey(e.Bucket, l.Account)}
		if l.Amount.Fen > 0 {
			t.Sums[postedDebit] = l.Amount.Fen
		} else {
			t.Sums[postedCredit] = -l.Amount.Fen
		}
		v.Add(t)
	}
	return nil
}

// The sums of a balance tally.
const (
	postedDebit = iota
	postedCredit
	pendingDebit
	pendingCredit
)

// BalanceKey names the balance of an account in a bucket.
func BalanceKey(b id.Bucket, a Account) step.Key {
	return step.Key{Table: BalanceTable, Bucket: b, ID: string(a)}
}

// Balance is what an account holds in a bucket.
type Balance struct {
	Account                     Account
	Debit, Credit               int64 // posted, fen
	PendingDebit, PendingCredit int64
}

// BalanceOf reads the balance of an account, which the step must have named with BalanceKey.
func BalanceOf(v step.View, b id.Bucket, a Account) (Balance, error) {
	t, _, err := step.Get[step.Tally](v, BalanceKey(b, a))
	if err != nil {
		return Balance{}, err
	}
	return FromTally(a, t), nil
}

// FromTally reads a balance out of its tally.
func FromTally(a Account, t step.Tally) Balance {
	return Balance{a, t.Sums[postedDebit], t.Sums[postedCredit], t.Sums[pendingDebit], t.Sums[pendingCredit]}
}

// Net returns what the account holds on the side on which its kind grows, in fen.
func (b Balance) Net() int64 {
	if k := b.Account.Kind(); k == Asset || k == Expense {
		return b.Debit - b.Credit
	}
	return b.Credit - b.Debit
}

// SortLines orders lines by account, for people and for comparisons.
func SortLines(lines []Line) {
	sort.Slice(lines, func(i, j int) bool { return lines[i].Account < lines[j].Account })
}
