package world_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/world"
)

func paperSlip() pos.Slip {
	return pos.Slip{
		Kind: pos.Sale, MerchantName: "一分茶叶店", Merchant: "898290054110001", Terminal: "29000001", Operator: "01",
		Acquirer: "48982900", Issuer: "04100000", Card: "621626*********0018", Entry: pos.Tap, Batch: "000001",
		Trace: "000002", AuthCode: "480346", RRN: "632700000001", Amount: 9_90, Waived: true,
		Time: time.Date(2026, 11, 7, 12, 34, 56, 0, time.FixedZone("CST", 8*60*60)),
		Chip: &emv.Receipt{Label: "UnionPay Debit", AID: "A000000333010101", CryptogramKind: "ARQC", Cryptogram: "5D016C91005E7CC2"},
	}
}

// codeSlip is that of a sale by code with coupons of the wallet and of the merchant.
func codeSlip() pos.Slip {
	s := paperSlip()
	s.Entry, s.Card, s.Issuer, s.AuthCode, s.Waived, s.Chip = pos.Scan, "134567********6789", "", "", false, nil
	s.Wallet, s.WalletNumber, s.Order, s.Paid, s.Settled = "微信支付", "WX-0000001", "pay_0AZ19BY28CX37DW46EV5FT0GS1HR", 8_90, 9_40
	return s
}

func TestPaper(t *testing.T) {
	void := paperSlip()
	void.Kind, void.Waived, void.Chip = pos.Void, false, nil
	void.Original = &pos.Original{Trace: "000001", AuthCode: "123456", RRN: "632700000009", Date: "1106"}
	refund := void
	refund.Kind, refund.Original = pos.Refund, &pos.Original{RRN: "632700000009", Date: "1106"}
	tip := paperSlip()
	tip.Kind, tip.Amount, tip.Tip, tip.Phone = pos.Tip, 11_00, 1_00, true
	part := paperSlip()
	part.Requested, part.Training = 30_00, true
	code := codeSlip()
	back := codeSlip()
	back.Kind, back.Paid, back.Settled, back.Wallet = pos.Refund, 0, 0, "支付宝"
	back.Original = &pos.Original{RRN: "632700000009", Date: "1106"}
	other := codeSlip() // of a host that says nothing of the wallet
	other.Wallet, other.WalletNumber, other.Order, other.Paid, other.Settled = "", "", "", 0, 0
	nameless := paperSlip()
	nameless.MerchantName = ""
	for _, test := range []struct {
		name     string
		slip     pos.Slip
		to, lang string
		reprint  int
		want     []string
	}{
		{"sale", paperSlip(), "cardholder", "zh", 0, []string{"一分茶叶店", "621626*********0018 /C", "RMB 9.90", "免密免签", "ARQC:5D016C91005E7CC2", "632700000001", "2026/11/07 12:34:56"}},
		{"sale in English", paperSlip(), "merchant", "en", 2, []string{"MERCHANT COPY", "REPRINT 2", "NO SIGNATURE"}},
		{"void", void, "merchant", "en", 0, []string{"VOID", "RMB -9.90", "ORIG. VOUCHER", "000001"}},
		{"refund", refund, "cardholder", "zh", 0, []string{"退货", "632700000009", "1106"}},
		{"tip by phone", tip, "cardholder", "zh", 0, []string{"小费", "RMB 10.00", "RMB 1.00", "RMB 11.00", "手机"}},
		{"a part, in training", part, "merchant", "en", 0, []string{"REQUESTED", "RMB 30.00", "PARTIAL APPROVAL", "TRAINING"}},
		{"sale by code", code, "cardholder", "zh", 0, []string{"顾客存根", "微信支付", "WX-0000001", "pay_0AZ19BY28CX37DW46EV5FT0GS1HR", "RMB -1.00", "RMB 8.90", "RMB 9.40"}},
		{"sale by code in English", code, "merchant", "en", 2, []string{"MERCHANT COPY", "REPRINT 2", "WeChat Pay", "COUPON", "PAID", "SETTLED"}},
		{"refund by code", back, "cardholder", "zh", 0, []string{"退款", "支付宝", "RMB -9.90", "632700000009", "1106"}},
		{"refund by code in English", back, "merchant", "en", 0, []string{"REFUND", "Alipay", "ORIG. REF. NO."}},
		{"a wallet nobody named", other, "merchant", "en", 0, []string{"NOT TOLD", "632700000001"}},
		{"no name", nameless, "cardholder", "en", 0, []string{"NAME NOT LOADED"}},
	} {
		doc, err := world.Paper(test.slip, test.to, test.lang, test.reprint)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		text := doc.Text(32)
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the slip lacks %q:\n%s", test.name, want, text)
			}
		}
		if test.slip.Entry == pos.Scan && (strings.Contains(text, "CARD") || strings.Contains(text, "卡")) {
			t.Errorf("%s: the slip speaks of a card:\n%s", test.name, text)
		}
	}
	for _, bad := range [][2]string{{"cashier", "zh"}, {"merchant", "fr"}} {
		if _, err := world.Paper(paperSlip(), bad[0], bad[1], 0); err == nil {
			t.Errorf("copy %s in %s was accepted", bad[0], bad[1])
		}
	}
}

func TestBatchPaper(t *testing.T) {
	slip := pos.BatchSlip{
		MerchantName: "一分茶叶店", Merchant: "898290054110001", Terminal: "29000001", Operator: "01", Batch: "000007",
		Time: paperSlip().Time, Kinds: []pos.KindTotal{{Kind: pos.Sale, Count: 3, Amount: 300_00}, {Kind: pos.Void, Count: 1, Amount: 100_00}},
		Totals: pos.Totals{
			Domestic: pos.Half{Debit: pos.Sum{Amount: 300_00, Count: 3}, Credit: pos.Sum{Amount: 100_00, Count: 1}, Result: pos.Unequal},
			Foreign:  &pos.Half{Result: pos.Equal},
		},
	}
	doc, err := world.BatchPaper(slip, "en", 1)
	if err != nil {
		t.Fatal(err)
	}
	text := doc.Text(32)
	for _, want := range []string{"000007", "300.00", "100.00", "UNEQUAL", "FOREIGN", "VOID", "REPRINT 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("the batch slip lacks %q:\n%s", want, text)
		}
	}
	slip.Totals.Foreign = nil
	if doc, err = world.BatchPaper(slip, "zh", 0); err != nil {
		t.Fatal(err)
	}
	if text := doc.Text(32); strings.Contains(text, "境外") || !strings.Contains(text, "对账不平") {
		t.Errorf("batch slip for domestic cards only:\n%s", text)
	}
}

func TestSavePaper(t *testing.T) {
	doc, err := world.Paper(paperSlip(), "cardholder", "zh", 0)
	if err != nil {
		t.Fatal(err)
	}
	for format, magic := range map[string]string{"png": "\x89PNG", "pdf": "%PDF", "escpos": "\x1b@", "txt": " "} {
		path := filepath.Join(t.TempDir(), "slip."+format)
		if err := world.SavePaper(doc, format, path); err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(content, []byte(magic)) {
			t.Errorf("%s: %d bytes, %v", format, len(content), err)
		}
	}
	if err := world.SavePaper(doc, "doc", filepath.Join(t.TempDir(), "slip.doc")); err == nil {
		t.Error("an unknown format was accepted")
	}
}

func TestPrintPaper(t *testing.T) {
	doc, err := world.Paper(paperSlip(), "cardholder", "zh", 0)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	printed := make(chan []byte, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(conn); err == nil {
			printed <- b.Bytes()
		}
	}()
	if err := world.PrintPaper(t.Context(), doc, listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if got := <-printed; !bytes.Contains(got, []byte("632700000001")) {
		t.Errorf("the printer got %d bytes without the reference number", len(got))
	}
	listener.Close()
	if err := world.PrintPaper(t.Context(), doc, listener.Addr().String()); err == nil {
		t.Error("a printer that is not there printed")
	}
}
