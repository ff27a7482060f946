package cardnet_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
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
