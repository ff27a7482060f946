package render_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

// slip is a chip sale with every block that a slip can have.
func slip() receipt.CardSlip {
	return receipt.CardSlip{
		MerchantName: "一分咖啡（南山科技园店）", MerchantNumber: "898290054110001", TerminalNumber: "29000001",
		Operator: "01", Acquirer: "一分支付", Issuer: "招商银行",
		CardNumber: "621626*********0018", Entry: receipt.EntryChip, Transaction: receipt.Sale,
		Batch: "000001", Voucher: "000123", AuthCode: "830712", Reference: "012345678901",
		Time:   time.Date(2026, 5, 1, 12, 34, 56, 0, time.UTC),
		Amount: "1,234.50",
		EMV: &receipt.EMV{
			Label: "PBOC DEBIT", AID: "A000000333010101", Cryptogram: "9F2C1A6B00D4E7F3", TVR: "0000008000",
			TSI: "E800", ATC: "01A4", Unpredicted: "12345678", AIP: "7C00", CVMR: "020300",
			IAD: "07010103A0A002010A010000000000", Capabilities: "E0F1C8", CardSequence: "001",
		},
	}
}

func document(t testing.TB, s receipt.CardSlip, lang receipt.Lang, reprint int) receipt.Document {
	t.Helper()
	d, err := s.Document(receipt.MerchantCopy, lang, reprint)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
