package ledger_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestAccount_kind(t *testing.T) {
	for _, c := range []struct {
		account ledger.Account
		kind    ledger.Kind
		funds   bool
	}{
		{ledger.RailReceivable("cardnet"), ledger.Asset, false},
		{ledger.BankCustody, ledger.Asset, false},
		{ledger.BankOwn, ledger.Asset, false},
		{"dispute:cardnet", ledger.Asset, false},
		{"suspense:cardnet", ledger.Asset, false},
		{ledger.MerchantReceivable("m"), ledger.Asset, false},
		{ledger.MerchantPending("m"), ledger.Liability, true},
		{ledger.MerchantAvailable("m"), ledger.Liability, true},
		{"merchant:m:delayed", ledger.Liability, true},
		{"merchant:m:frozen", ledger.Liability, true},
		{"merchant:m:reserve", ledger.Liability, true},
		{"payout:in_transit", ledger.Liability, false},
		{"advance:funder", ledger.Liability, false},
		{"agent:a:payable", ledger.Liability, false},
		{"tax:vat", ledger.Liability, false},
		{ledger.FeeAcquiring, ledger.Income, false},
		{"fee:instant", ledger.Income, false},
		{ledger.RailCost("cardnet"), ledger.Expense, false},
		{"loss:fraud", ledger.Expense, false},
	} {
		if c.account.Kind() != c.kind || c.account.CustomerFunds() != c.funds {
			t.Errorf("%s is of kind %d, customer funds %t", c.account, c.account.Kind(), c.account.CustomerFunds())
		}
	}
}

func TestBalance_netGrowsOnTheSideOfItsKind(t *testing.T) {
	for account, want := range map[ledger.Account]int64{
		ledger.BankCustody: 70, ledger.RailCost("r"): 70, ledger.MerchantPending("m"): -70, ledger.FeeAcquiring: -70,
	} {
		if got := (ledger.Balance{Account: account, Debit: 100, Credit: 30, PendingDebit: 5}).Net(); got != want {
			t.Errorf("%s with debit 100 and credit 30 holds %d, want %d", account, got, want)
		}
	}
}

const a, b, c ledger.Account = "bank:own", "fee:acquiring", "cost:rail"

func lines(l ...ledger.Line) []ledger.Line { return l }

func TestNet(t *testing.T) {
	for _, x := range []struct {
		name      string
		have, net []ledger.Line
	}{
		{"nothing", nil, nil},
		{"apart", lines(ledger.Debit(a, money.Yuan(1)), ledger.Credit(b, money.Yuan(1))), lines(ledger.Debit(a, money.Yuan(1)), ledger.Credit(b, money.Yuan(1)))},
		{"merged in order", lines(ledger.Debit(b, money.Yuan(5)), ledger.Debit(a, money.Yuan(1)), ledger.Credit(b, money.Yuan(2))),
			lines(ledger.Debit(b, money.Yuan(3)), ledger.Debit(a, money.Yuan(1)))},
		{"comes to nothing", lines(ledger.Debit(a, money.Yuan(5)), ledger.Debit(b, money.Yuan(0)), ledger.Credit(a, money.Yuan(5))), nil},
	} {
		if got := ledger.Net(x.have...); !slices.Equal(got, x.net) {
			t.Errorf("%s: %v, want %v", x.name, got, x.net)
		}
	}
}

func TestCheck(t *testing.T) {
	yuan, usd := money.Yuan, func(fen int64) money.Amount { return money.Amount{Fen: fen, Currency: 840} }
	many := func(n int) (l []ledger.Line) {
		for i := range n {
			l = append(l, ledger.Debit(ledger.Account("bank:"+string(rune('a'+i))), yuan(1)))
		}
		return append(l, ledger.Credit(a, yuan(int64(n))))
	}
	for _, x := range []struct {
		name  string
		lines []ledger.Line
		want  error
	}{
		{"balanced", lines(ledger.Debit(a, yuan(2)), ledger.Credit(b, yuan(1)), ledger.Credit(c, yuan(1))), nil},
		{"ten lines", many(9), nil},
		{"a fen out", lines(ledger.Debit(a, yuan(2)), ledger.Credit(b, yuan(1))), ledger.ErrUnbalanced},
		{"out by a wrap of 64 bits", lines(ledger.Debit(a, yuan(1<<62)), ledger.Debit(b, yuan(1<<62)),
			ledger.Debit(c, yuan(1<<62)), ledger.Debit("bank:d", yuan(1<<62))), ledger.ErrUnbalanced},
		{"no line", nil, ledger.ErrEntry},
		{"one line", lines(ledger.Debit(a, yuan(0))), ledger.ErrEntry},
		{"eleven lines", many(10), ledger.ErrEntry},
		{"an account twice", lines(ledger.Debit(a, yuan(1)), ledger.Credit(a, yuan(1))), ledger.ErrEntry},
		{"no account", lines(ledger.Debit(a, yuan(1)), ledger.Credit("", yuan(1))), ledger.ErrEntry},
		{"no currency", lines(ledger.Debit(a, money.Amount{Fen: 1}), ledger.Credit(b, money.Amount{Fen: 1})), ledger.ErrEntry},
		{"currencies mixed", lines(ledger.Debit(a, yuan(1)), ledger.Credit(b, usd(1))), ledger.ErrEntry},
	} {
		if err := (ledger.Entry{ID: "e", Lines: x.lines}).Check(); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", x.name, err, x.want)
		}
	}
}

func TestMirror_takesBackExactly(t *testing.T) {
	e := ledger.Entry{Lines: lines(ledger.Debit(a, money.Yuan(3)), ledger.Credit(b, money.Yuan(1)), ledger.Credit(c, money.Yuan(2)))}
	mirror := ledger.Entry{Lines: e.Mirror()}
	if err := mirror.Check(); err != nil {
		t.Error(err)
	}
	if rest := ledger.Net(append(e.Lines, mirror.Lines...)...); len(rest) != 0 {
		t.Errorf("an entry and its mirror leave %v", rest)
	}
}

func TestLink_coversTheEntry(t *testing.T) {
	base := func() ledger.Entry {
		return ledger.Entry{
			ID: "e", Bucket: 1, At: 2, BusinessDate: 3, Kind: "sale", Payment: "p", Operation: "o", Mirrors: "m",
			Lines: lines(ledger.Debit(a, money.Yuan(1)), ledger.Credit(b, money.Yuan(1))),
		}
	}
	hashes := map[string]string{string(ledger.Link(nil, base())): "unchanged"}
	for name, change := range map[string]func(*ledger.Entry){
		"id": func(e *ledger.Entry) { e.ID += "x" }, "bucket": func(e *ledger.Entry) { e.Bucket++ },
		"time": func(e *ledger.Entry) { e.At++ }, "date": func(e *ledger.Entry) { e.BusinessDate++ },
		"kind": func(e *ledger.Entry) { e.Kind += "x" }, "payment": func(e *ledger.Entry) { e.Payment += "x" },
		"operation": func(e *ledger.Entry) { e.Operation += "x" }, "mirrors": func(e *ledger.Entry) { e.Mirrors += "x" },
		"account": func(e *ledger.Entry) { e.Lines[0].Account += "x" }, "amount": func(e *ledger.Entry) { e.Lines[0].Amount.Fen++ },
		"currency": func(e *ledger.Entry) { e.Lines[0].Amount.Currency++ }, "order": func(e *ledger.Entry) { slices.Reverse(e.Lines) },
		"a line less": func(e *ledger.Entry) { e.Lines = e.Lines[:1] },
	} {
		e := base()
		change(&e)
		h := string(ledger.Link(nil, e))
		if other, seen := hashes[h]; seen {
			t.Errorf("an entry with another %s hashes as the one with another %s", name, other)
		}
		hashes[h] = name
	}
	if hashes[string(ledger.Link([]byte("x"), base()))] != "" {
		t.Error("the hash does not depend on the entry before")
	}
}

func TestPost_movesBalances(t *testing.T) {
	s := storetest.Embedded(t)
	balance := func(account ledger.Account) (got ledger.Balance) {
		if err := storetest.Do(t, s, func(v step.View) (err error) {
			got, err = ledger.BalanceOf(v, 7, account)
			return err
		}, ledger.BalanceKey(7, account)); err != nil {
			t.Fatal(err)
		}
		return got
	}
	post := func(id string, l ...ledger.Line) error {
		return storetest.Do(t, s, func(v step.View) error {
			return ledger.Post(v, ledger.Entry{ID: id, Bucket: 7, Kind: "sale", Lines: l})
		})
	}
	if err := post("e1", ledger.Debit(a, money.Yuan(10)), ledger.Credit(b, money.Yuan(12)), ledger.Debit(c, money.Yuan(2)),
		ledger.Debit(a, money.Yuan(1)), ledger.Credit(a, money.Yuan(1))); err != nil {
		t.Fatal(err)
	}
	if err := post("e2", ledger.Credit(a, money.Yuan(4)), ledger.Debit(b, money.Yuan(4))); err != nil {
		t.Fatal(err)
	}
	if err := post("e3", ledger.Debit(a, money.Yuan(1)), ledger.Credit(b, money.Yuan(2))); !errors.Is(err, ledger.ErrUnbalanced) {
		t.Errorf("an entry out of balance: %v", err)
	}
	if err := post("e4", ledger.Debit(a, money.Yuan(1)), ledger.Credit(a, money.Yuan(1))); err != nil {
		t.Errorf("an entry that comes to nothing: %v", err)
	}
	for account, want := range map[ledger.Account]ledger.Balance{
		a: {Account: a, Debit: 10, Credit: 4}, b: {Account: b, Debit: 4, Credit: 12}, c: {Account: c, Debit: 2}, "bank:never": {Account: "bank:never"},
	} {
		if got := balance(account); got != want {
			t.Errorf("%s stands at %+v, want %+v", account, got, want)
		}
	}
}

func TestSortLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l []ledger.Line
		for _, name := range rapid.SliceOf(rapid.SampledFrom([]ledger.Account{a, b, c})).Draw(t, "accounts") {
			l = append(l, ledger.Debit(name, money.Yuan(1)))
		}
		ledger.SortLines(l)
		if !slices.IsSortedFunc(l, func(x, y ledger.Line) int { return slices.Compare([]byte(x.Account), []byte(y.Account)) }) {
			t.Fatalf("not in order: %v", l)
		}
	})
}
