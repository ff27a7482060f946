package receipt_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", name, got)
	}
}

// swipe is a debit card swiped and signed for.
func swipe() receipt.CardSlip {
	return receipt.CardSlip{
		MerchantName: "一分咖啡（南山科技园店）", MerchantNumber: "898290054110001", TerminalNumber: "29000001",
		Operator: "01", Acquirer: "一分支付", Issuer: "招商银行",
		CardNumber: "621626*********0018", Entry: receipt.EntrySwipe, Transaction: receipt.Sale,
		Batch: "000001", Voucher: "000123", AuthCode: "830712", Reference: "012345678901",
		Time:   time.Date(2026, 5, 1, 12, 34, 56, 0, time.UTC),
		Amount: "100.00",
	}
}

func chip() receipt.CardSlip {
	s := swipe()
	s.Entry = receipt.EntryChip
	s.EMV = &receipt.EMV{
		Label: "PBOC DEBIT", AID: "A000000333010101", Cryptogram: "9F2C1A6B00D4E7F3", TVR: "0000008000",
		TSI: "E800", ATC: "01A4", Unpredicted: "12345678", AIP: "7C00", CVMR: "020300",
		IAD: "07010103A0A002010A010000000000", Capabilities: "E0F1C8", CardSequence: "001",
	}
	return s
}

func tap() receipt.CardSlip {
	s := chip()
	s.Entry, s.Consent, s.WaiverLimit = receipt.EntryTap, receipt.NotRequired, "1000"
	return s
}

func void() receipt.CardSlip {
	s := swipe()
	s.Transaction, s.Voucher, s.Reference = receipt.Void, "000124", "012345678902"
	s.Original = &receipt.Original{Voucher: "000123", AuthCode: "830712"}
	return s
}

func refund() receipt.CardSlip {
	s := swipe()
	s.Transaction, s.Voucher, s.Reference, s.AuthCode = receipt.Refund, "000125", "012345678903", ""
	s.Original = &receipt.Original{Reference: "012345678901", Date: "0501"}
	s.Remark, s.IssuerText, s.NetworkText = "订单 A-1024", "发卡行附言", "银联附言"
	return s
}

func TestCardSlip_text(t *testing.T) {
	tip := swipe()
	tip.Tip, tip.Total, tip.Training, tip.Code = "10.00", "110.00", true, "https://pay.example/r/1"
	screen := swipe()
	screen.Consent, screen.SignatureRef = receipt.SignOnScreen, "signature/000123"
	tests := []struct {
		file    string
		slip    receipt.CardSlip
		copy    receipt.Copy
		lang    receipt.Lang
		reprint int
		columns int
	}{
		{"sale_swipe.txt", swipe(), receipt.MerchantCopy, receipt.Chinese, 0, 32},
		{"sale_swipe_80mm.txt", swipe(), receipt.MerchantCopy, receipt.Chinese, 0, 48},
		{"sale_swipe_cardholder.txt", swipe(), receipt.CardholderCopy, receipt.Chinese, 0, 32},
		{"sale_swipe_english.txt", swipe(), receipt.MerchantCopy, receipt.English, 0, 32},
		{"sale_chip.txt", chip(), receipt.MerchantCopy, receipt.Chinese, 0, 32},
		{"sale_chip_english_80mm.txt", chip(), receipt.MerchantCopy, receipt.English, 0, 48},
		{"sale_tap_waived.txt", tap(), receipt.MerchantCopy, receipt.Chinese, 0, 32},
		{"sale_tap_waived_english.txt", tap(), receipt.MerchantCopy, receipt.English, 0, 32},
		{"sale_tip_training.txt", tip, receipt.MerchantCopy, receipt.Chinese, 0, 32},
		{"sale_signed_on_screen.txt", screen, receipt.BankCopy, receipt.Chinese, 0, 32},
		{"sale_signed_on_screen_english.txt", screen, receipt.MerchantCopy, receipt.English, 0, 48},
		{"void.txt", void(), receipt.MerchantCopy, receipt.Chinese, 0, 32},
		{"refund.txt", refund(), receipt.MerchantCopy, receipt.Chinese, 0, 32},
		{"refund_english.txt", refund(), receipt.CardholderCopy, receipt.English, 0, 48},
		{"reprint.txt", swipe(), receipt.MerchantCopy, receipt.Chinese, 2, 32},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			d, err := tt.slip.Document(tt.copy, tt.lang, tt.reprint)
			if err != nil {
				t.Fatal(err)
			}
			text := d.Text(tt.columns)
			for line := range strings.Lines(text) {
				if w := receipt.ColumnWidth(strings.TrimSuffix(line, "\n")); w > tt.columns {
					t.Errorf("line of %d columns: %q", w, line)
				}
			}
			golden(t, tt.file, text)
		})
	}
}

func batch() receipt.BatchSlip {
	return receipt.BatchSlip{
		MerchantName: "一分咖啡（南山科技园店）", MerchantNumber: "898290054110001", TerminalNumber: "29000001",
		Operator: "01", Batch: "000001", Time: time.Date(2026, 5, 1, 22, 0, 3, 0, time.UTC),
		Domestic: receipt.BatchTotals{DebitCount: 128, DebitAmount: "1,234,567.89",
			CreditCount: 2, CreditAmount: "100.00", Result: receipt.BatchEqual},
		Foreign: &receipt.BatchTotals{DebitAmount: "0.00", CreditAmount: "0.00", Result: receipt.BatchUnequal},
		Kinds: []receipt.BatchKind{
			{Transaction: receipt.Sale, Count: 127, Amount: "1,234,467.89"},
			{Transaction: receipt.CompletionAdvice, Count: 1, Amount: "100.00"},
			{Transaction: receipt.Void, Count: 2, Amount: "100.00"},
		},
	}
}

func TestBatchSlip_text(t *testing.T) {
	for file, lang := range map[string]receipt.Lang{"batch.txt": receipt.Chinese, "batch_english.txt": receipt.English} {
		d, err := batch().Document(lang, 0)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, d.Text(32))
	}
}

func TestCardSlip_refuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(s *receipt.CardSlip)
		says   string
	}{
		{"whole card number", func(s *receipt.CardSlip) { s.CardNumber = "6216261000000000018" }, "not masked"},
		{"seven digits before", func(s *receipt.CardSlip) { s.CardNumber = "6216261********0018" }, "not masked"},
		{"five digits after", func(s *receipt.CardSlip) { s.CardNumber = "621626********00018" }, "not masked"},
		{"digits in the middle", func(s *receipt.CardSlip) { s.CardNumber = "621626***1****0018" }, "not masked"},
		{"no card number", func(s *receipt.CardSlip) { s.CardNumber = "" }, "not masked"},
		{"signed amount", func(s *receipt.CardSlip) { s.Amount = "-1.00" }, "amount"},
		{"amount in fen", func(s *receipt.CardSlip) { s.Amount = "100" }, "amount"},
		{"tip without total", func(s *receipt.CardSlip) { s.Tip = "1.00" }, "tip and total"},
		{"short merchant number", func(s *receipt.CardSlip) { s.MerchantNumber = "1" }, "15 characters"},
		{"no voucher", func(s *receipt.CardSlip) { s.Voucher = "" }, "voucher"},
		{"no time", func(s *receipt.CardSlip) { s.Time = time.Time{} }, "time"},
		{"void of nothing", func(s *receipt.CardSlip) { s.Transaction = receipt.Void }, "original"},
		{"unknown transaction", func(s *receipt.CardSlip) { s.Transaction = "gift" }, "transaction"},
		{"unknown entry", func(s *receipt.CardSlip) { s.Entry = "SI" }, "entry"},
		{"waiver without limit", func(s *receipt.CardSlip) { s.Consent = receipt.NotRequired }, "limit"},
		{"signature without picture", func(s *receipt.CardSlip) { s.Consent = receipt.SignOnScreen }, "reference"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := swipe()
			tt.change(&s)
			_, err := s.Document(receipt.MerchantCopy, receipt.Chinese, 0)
			if !errors.Is(err, receipt.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want ErrInvalid about %q", err, tt.says)
			}
			if strings.Contains(err.Error(), "0018") {
				t.Errorf("error shows card digits: %v", err)
			}
		})
	}
}

// every is a document with each kind of line and each field set once.
func every() receipt.Document {
	return receipt.Document{
		Title: "小票 <1> & more", Template: "test/1", Width: 80,
		Lines: []receipt.Line{
			receipt.Text{Text: "合计", Align: receipt.Center, Style: receipt.Style{Size: receipt.Large, Bold: true}},
			receipt.Text{},
			receipt.Columns{Cells: []receipt.Cell{
				{Text: "拿铁", Share: 2, Style: receipt.Style{Size: receipt.Small}},
				{Text: "28.00", Align: receipt.Right, Style: receipt.Style{Bold: true}},
			}},
			receipt.Rule{},
			receipt.QR{Content: "https://pay.example/1", Caption: "扫码"},
			receipt.Barcode{Content: "PAY-0001"},
			receipt.Image{Ref: "logo", Alt: "一分"},
			receipt.Signature{Label: "签名", Ref: "signature/1"},
			receipt.Cut{},
			receipt.Cut{Partial: true},
			receipt.Drawer{Pin: 5},
		},
	}
}

// A stored document is read for ever: this file may gain documents, its lines may not change.
func TestDocument_encodingIsStable(t *testing.T) {
	sale, err := chip().Document(receipt.MerchantCopy, receipt.Chinese, 1)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	signed := receipt.Document{Lines: []receipt.Line{
		receipt.Signature{Label: "签名", Ref: "signature/1", Alt: "(已电子签名)"},
	}}
	for _, d := range []receipt.Document{every(), sale, signed} {
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(data, '\n'))
		var back receipt.Document
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != string(data) {
			t.Errorf("decoded and encoded again: %s, %v", again, err)
		}
	}
	golden(t, "encoding.jsonl", out.String())
}

func TestDocument_decodingIsStrict(t *testing.T) {
	for name, in := range map[string]string{
		"unknown version":       `{"v":2,"title":"","lines":[]}`,
		"no version":            `{"title":"","lines":[]}`,
		"unknown field":         `{"v":1,"title":"","lines":[],"color":"red"}`,
		"unknown kind":          `{"v":1,"title":"","lines":[{"kind":"video"}]}`,
		"unknown line field":    `{"v":1,"title":"","lines":[{"kind":"text","font":"x"}]}`,
		"field of another kind": `{"v":1,"title":"","lines":[{"kind":"rule","text":"lost"}]}`,
		"unknown size":          `{"v":1,"title":"","lines":[{"kind":"text","text":"a","size":"giant"}]}`,
		"unknown alignment":     `{"v":1,"title":"","lines":[{"kind":"text","text":"a","align":"up"}]}`,
		"width no paper has":    `{"v":1,"title":"","width":57,"lines":[]}`,
		"no cells":              `{"v":1,"title":"","lines":[{"kind":"columns"}]}`,
		"empty QR":              `{"v":1,"title":"","lines":[{"kind":"qr"}]}`,
		"barcode in Chinese":    `{"v":1,"title":"","lines":[{"kind":"barcode","content":"中"}]}`,
		"drawer pin":            `{"v":1,"title":"","lines":[{"kind":"drawer","pin":3}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := receipt.Document{Title: "untouched"}
			if err := json.Unmarshal([]byte(in), &d); !errors.Is(err, receipt.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
			if d.Title != "untouched" {
				t.Error("a refused document was partly decoded")
			}
		})
	}
}

func TestText_neverLosesDigits(t *testing.T) {
	amount := "RMB 1,234,567,890.12"
	lines := []receipt.Line{
		receipt.Text{Text: "合计金额" + amount, Align: receipt.Right, Style: receipt.Style{Size: receipt.Large}},
		receipt.Columns{Cells: []receipt.Cell{{Text: "一个很长很长的商品名称不会换掉金额", Share: 1}, {Text: amount, Align: receipt.Right}}},
		receipt.Columns{Cells: []receipt.Cell{
			{Text: "商品", Share: 3}, {Text: "x 1000", Share: 1, Align: receipt.Right}, {Text: amount, Share: 1, Align: receipt.Right}}},
	}
	for columns := 2; columns <= 60; columns++ {
		text := receipt.Document{Lines: lines}.Text(columns)
		kept := strings.Map(func(r rune) rune {
			if r == ' ' || r == '\n' {
				return -1
			}
			return r
		}, text)
		if n := strings.Count(kept, "RMB1,234,567,890.12"); n != len(lines) {
			t.Errorf("%d columns: %d of %d amounts whole\n%s", columns, n, len(lines), text)
		}
		for line := range strings.Lines(text) {
			if w := receipt.ColumnWidth(strings.TrimSuffix(line, "\n")); w > columns {
				t.Errorf("%d columns: line of %d: %q", columns, w, line)
			}
		}
	}
}

func TestText_wraps(t *testing.T) {
	tests := []struct {
		name, in string
		columns  int
		want     string
	}{
		{"at a space", "RECEIPT OF GOODS", 10, "RECEIPT OF\nGOODS\n"},
		{"between characters", "同意将其记入本卡账户", 8, "同意将其\n记入本卡\n账户\n"},
		{"not before a comma", "以上交易，同意", 8, "以上交\n易，同意\n"},
		{"not after a bracket", "一分咖啡（南山）", 10, "一分咖啡\n（南山）\n"},
		{"a long word", "ABCDEFGH", 3, "ABC\nDEF\nGH\n"},
		{"amount after a label", "应付RMB1,234.50", 12, "应付\nRMB1,234.50\n"},
		{"no-break space", "AA B\u00a0C", 5, "AA\nB C\n"},
		{"newline", "甲\n乙", 8, "甲\n乙\n"},
		{"commands", "a\x1bb\rc\u202ed", 8, "abcd\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := receipt.Document{Lines: []receipt.Line{receipt.Text{Text: tt.in}}}.Text(tt.columns)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPrinterStatus(t *testing.T) {
	for _, s := range []receipt.PrinterStatus{receipt.PrinterNoPaper, receipt.PrinterUnknown, receipt.PrinterCoverOpen} {
		if s.Printable() {
			t.Errorf("%s counts as printable", s)
		}
	}
	if !receipt.PrinterOK.Printable() || !receipt.PrinterPaperLow.Printable() {
		t.Error("a printer with paper counts as not printable")
	}
	if got := receipt.PrinterNoPaper.Describe(receipt.Chinese); got != "缺纸" {
		t.Errorf("no paper is %q", got)
	}
	if s := receipt.PrinterStatus("on fire"); s.Known() || s.Printable() ||
		s.Describe(receipt.English) != receipt.PrinterUnknown.Describe(receipt.English) {
		t.Error("an unknown word is taken for a state")
	}
}

func FuzzText(f *testing.F) {
	f.Add("合计 RMB 1,234.50，谢谢", 7)
	f.Fuzz(func(t *testing.T, s string, columns int) {
		if !utf8.ValidString(s) || len(s) > 500 || columns < 2 || columns > 100 {
			t.Skip()
		}
		text := receipt.Document{Lines: []receipt.Line{
			receipt.Text{Text: s},
			receipt.Columns{Cells: []receipt.Cell{{Text: s, Share: 1}, {Text: "9.99", Align: receipt.Right}}},
		}}.Text(columns)
		digits := func(s string) int {
			return len(strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, s))
		}
		if got, want := digits(text), 2*digits(s)+3; got != want {
			t.Errorf("%d digits of %d shown:\n%s", got, want, text)
		}
		for line := range strings.Lines(text) {
			if w := receipt.ColumnWidth(strings.TrimSuffix(line, "\n")); w > columns {
				t.Errorf("%d columns: line of %d: %q", columns, w, line)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	seed, err := json.Marshal(every())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, in []byte) {
		var d receipt.Document
		if json.Unmarshal(in, &d) != nil {
			return
		}
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatalf("decoded but not encodable: %v", err)
		}
		var again receipt.Document
		if err := json.Unmarshal(data, &again); err != nil {
			t.Fatalf("encoded but not decodable: %v", err)
		}
		d.Text(32)
	})
}

func BenchmarkText(b *testing.B) {
	d, err := chip().Document(receipt.MerchantCopy, receipt.Chinese, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d.Text(32)
	}
}

func BenchmarkJSON(b *testing.B) {
	d, err := chip().Document(receipt.MerchantCopy, receipt.Chinese, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := json.Marshal(d); err != nil {
			b.Fatal(err)
		}
	}
}
