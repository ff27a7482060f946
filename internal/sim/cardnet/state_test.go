package cardnet_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// everything writes down all that a network knows of transactions and cards.
func everything(n *cardnet.Network) string {
	var b strings.Builder
	for tx := range n.Transactions() {
		fmt.Fprintf(&b, "%+v\n", tx)
	}
	for _, card := range cardnet.DemoCards() {
		funds, _ := n.Balance(card.PAN)
		fmt.Fprintf(&b, "%s %d\n", card, funds)
	}
	b.WriteString(n.ClearingDate())
	return b.String()
}

func dailyFile(t *testing.T, n *cardnet.Network) string {
	t.Helper()
	text, err := n.File(n.ClearingDate())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tear appends half a record to a journal.
func tear(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(`{"entry":{"key":"00`); err != nil {
		t.Fatal(err)
	}
}

// under returns a sale with its PIN block under the keys that a client has now.
func under(c *client, sale *iso8583.Message) *iso8583.Message {
	m := &iso8583.Message{}
	m.SetMTI(sale.MTI())
	for field := range sale.Fields() {
		m.CopyFrom(sale, field)
	}
	c.enterPIN(m, "123456")
	return m
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dailyFiles returns the texts of the daily files in a folder.
func dailyFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "cardnet-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// TestBooks_ofBefore opens books that were written when the network knew sales, voids, refunds and reversals
// only. What was pending then is booked when its time comes.
func TestBooks_ofBefore(t *testing.T) {
	dir := t.TempDir()
	old, err := os.ReadFile("testdata/sales.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cardnet.jsonl"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Dir: dir, Clock: clock, ManualCutOver: true})
	balance(t, n, debitCard, 99_989_00)
	balance(t, n, creditCard, 49_974_00)
	balance(t, n, lateCard, 100_000_00)
	clock.Advance(time.Minute)
	balance(t, n, lateCard, 99_982_00)
	if got := short(dailyFile(t, n)); got != "sale 1800 6 1; sale 1900 9 1; refund -100 0 0; T 3 3600 15 2" {
		t.Errorf("daily file %s", got)
	}
	c := member(t, n)
	c.trace = 1000
	c.expect("00", c.sale(debitCard, 1_00))
}
