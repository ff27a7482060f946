package kit

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Line is one side of a movement of money.
type Line struct {
	Account string `json:"a"`
	Amount  int64  `json:"f"` // fen, negative where it leaves
	Kind    string `json:"k"` // of business, as the party names it
}

// Movement is a line in the history of its account.
type Movement struct {
	Line
	At      time.Time
	Ref     string // the party's number of what moved it
	Order   string // the merchant's
	Serial  int    // among all movements, from 1
	Balance int64  // of the account after it, in fen
}

// Ledger is the accounts of a party's books. Whoever calls it holds the lock of the books.
type Ledger struct {
	balances map[string]int64
	history  map[string][]Movement
	serial   int
}

// NewLedger returns a ledger without accounts, which come to be by being moved.
func NewLedger() *Ledger {
	return &Ledger{balances: map[string]int64{}, history: map[string][]Movement{}}
}

// balanced reports lines that do not sum to zero.
func balanced(lines []Line) error {
	var sum int64
	for _, l := range lines {
		sum += l.Amount
	}
	if sum != 0 {
		return errors.New("the lines of a movement do not sum to zero")
	}
	return nil
}

// nonZero leaves out the lines that move nothing.
func nonZero(lines ...Line) []Line {
	return slices.DeleteFunc(lines, func(l Line) bool { return l.Amount == 0 })
}

// move books lines that are balanced.
func (l *Ledger) move(at time.Time, ref, order string, lines []Line) {
	for _, line := range lines {
		l.balances[line.Account] += line.Amount
		l.serial++
		l.history[line.Account] = append(l.history[line.Account], Movement{
			Line: line, At: at, Ref: ref, Order: order, Serial: l.serial, Balance: l.balances[line.Account],
		})
	}
}

// Balance returns what an account has, in fen.
func (l *Ledger) Balance(account string) int64 { return l.balances[account] }

// History returns the movements of an account, the oldest first. They are not to be changed.
func (l *Ledger) History(account string) []Movement { return l.history[account] }

// audit compares each balance with its movements and with what is expected. No account is overdrawn but [Outside]
// and [Promotion].
func (l *Ledger) audit(want expected) error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	var all int64
	for account, balance := range l.balances {
		var sum int64
		for _, m := range l.history[account] {
			if sum += m.Amount; m.Balance != sum {
				wrong("%s has %d fen after movement %d and should have %d", account, m.Balance, m.Serial, sum)
			}
		}
		all += balance
		if sum != balance {
			wrong("%s has %d fen and its movements sum to %d", account, balance, sum)
		}
		if account == Outside {
			continue
		}
		if balance != want[account] {
			wrong("%s has %d fen and its orders and refunds say %d", account, balance, want[account])
		}
		if balance < 0 && account != Promotion {
			wrong("%s is overdrawn by %d fen", account, -balance)
		}
	}
	if all != 0 {
		wrong("all accounts sum to %d fen and not to nothing", all)
	}
	return errors.Join(errs...)
}
