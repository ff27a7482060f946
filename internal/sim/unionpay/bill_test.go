package unionpay_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
)

// bill fetches a bill and returns its lines by kind, those of kind D by their columns.
func bill(t *testing.T, c *client, date string, more object) (head, tail []string, rows []map[string]string) {
	t.Helper()
	a := c.call(t, "bill", object{"settleDate": date}.with(more)).want(t, "00")
	raw, err := base64.StdEncoding.DecodeString(a.text("fileContent"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != a.text("fileDigest") {
		t.Errorf("the digest is %s, want %s", a.text("fileDigest"), got)
	}
	var columns []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		parts := cells(line)
		switch parts[0] {
		case "H":
			head = parts[1:]
		case "C":
			columns = parts[1:]
		case "T":
			tail = parts[1:]
		case "D":
			if len(parts)-1 != len(columns) {
				t.Fatalf("a line has %d cells and the columns are %d: %s", len(parts)-1, len(columns), line)
			}
			row := map[string]string{}
			for i, name := range columns {
				row[name] = parts[i+1]
			}
			rows = append(rows, row)
		default:
			t.Fatalf("a line of no kind: %q", line)
		}
	}
	return head, tail, rows
}

func TestBill(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock})
	c, other := newClient(t, w, unionpay.DemoMerchant), newClient(t, w, unionpay.DemoOther)
	if _, err := w.Give(kit.Coupon{Funder: kit.ByProvider, Amount: 334}); err != nil {
		t.Fatal(err)
	}
	c.call(t, "micropay", payBody("order-0001", 1000, code(t, w, kit.CodeOK))).want(t, "00")
	clock.Advance(time.Second)
	c.call(t, "refund", refundBody("refund-001", "order-0001", 500)).want(t, "00")
	clock.Advance(time.Second)
	c.call(t, "micropay", payBody("order-0002", 200, code(t, w, kit.CodeOK))).want(t, "00")
	clock.Advance(time.Second)
	c.call(t, "cancel", object{"orderNo": "order-0002"}).want(t, "00")
	clock.Advance(time.Second)
	other.paid(t, w, "order-0001", 300, nil)
	clock.Advance(10*time.Hour + 59*time.Minute + 56*time.Second) // 23:00, the next settleDate
	c.paid(t, w, "order-0003", 400, nil)

	c.call(t, "bill", object{"settleDate": "20260305"}).want(t, "98")
	clock.Advance(time.Hour)
	head, tail, rows := bill(t, c, "20260305", nil)
	if strings.Join(head, "|") != "1|48029900|898290054119001|20260305|20260306000000" {
		t.Errorf("the head is %v", head)
	}
	if strings.Join(tail, "|") != "2|1200|2|-700|500|2|498" {
		t.Errorf("the tail is %v", tail)
	}
	for i, want := range []map[string]string{
		{"kind": "PAY", "orderNo": "order-0001", "origOrderNo": "", "way": "CPM", "txnAmt": "1000", "payAmt": "666", "settleAmt": "1000", "networkCoupon": "334",
			"merchantCoupon": "0", "feeAmt": "4", "netAmt": "996", "termId": "29000001", "time": "20260305120000", "merId": c.merchant},
		{"kind": "REFUND", "orderNo": "refund-001", "origOrderNo": "order-0001", "txnAmt": "-500", "payAmt": "-333", "networkCoupon": "-167", "feeAmt": "-2", "netAmt": "-498"},
		{"kind": "PAY", "orderNo": "order-0002", "txnAmt": "200", "feeAmt": "1"},
		{"kind": "CANCEL", "orderNo": "order-0002", "origOrderNo": "order-0002", "txnAmt": "-200", "feeAmt": "-1"},
	} {
		if i >= len(rows) {
			t.Fatalf("the bill has %d lines", len(rows))
		}
		for name, value := range want {
			if rows[i][name] != value {
				t.Errorf("line %d has the %s %q, want %q", i+1, name, rows[i][name], value)
			}
		}
	}
	if q := c.call(t, "queryOrder", object{"orderNo": "order-0003"}); q.text("settleDate") != "20260306" {
		t.Errorf("what is paid at the cut-off is settled on %s", q.text("settleDate"))
	}
	all := *c
	all.spoil = func(m object) { delete(m, "merId") }
	if head, tail, rows := bill(t, &all, "20260305", nil); len(rows) != 5 || head[2] != "" || tail[0] != "3" || rows[4]["merId"] != other.merchant {
		t.Errorf("the bill of the institution is %v %v %v", head, rows, tail)
	}
	if _, tail, rows := bill(t, c, "20260304", nil); len(rows) != 0 || strings.Join(tail, "|") != "0|0|0|0|0|0|0" {
		t.Errorf("the bill of a day without trades is %v %v", rows, tail)
	}
	c.call(t, "bill", object{"settleDate": "yesterday"}).want(t, "10")
	c.call(t, "bill", object{}).want(t, "13")
}

func TestBill_flaws(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, unionpay.Config{Clock: clock, BillsAt: 2 * time.Hour})
	c := newClient(t, w, unionpay.DemoMerchant)
	c.paid(t, w, "order-0001", 1000, nil)
	clock.Advance(13 * time.Hour)
	c.call(t, "bill", object{"settleDate": "20260305"}).want(t, "98")
	clock.Advance(time.Hour)
	for flaw, want := range map[unionpay.Flaw]string{
		unionpay.MissingLine: "", unionpay.DoubledLine: "order-0001 1000 order-0001 1000", unionpay.OtherAmount: "order-0001 1001",
		unionpay.ExtraLine: "order-0001 1000 nobodys-order 1000",
	} {
		if err := w.SetFlaw(flaw, 1, 1); err != nil {
			t.Fatal(err)
		}
		_, _, rows := bill(t, c, "20260305", nil)
		var got []string
		for _, row := range rows {
			got = append(got, row["orderNo"], row["txnAmt"])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: the bill has %v, want %s", flaw, got, want)
		}
		w.ClearFlaws()
	}
}
