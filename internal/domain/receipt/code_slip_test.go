package receipt_test

import (
	"errors"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

// scanned is a sale by code at a terminal, with a coupon of the merchant's.
func scanned() receipt.CodeSlip {
	return receipt.CodeSlip{
		MerchantName: "一分咖啡（南山科技园店）", MerchantNumber: "898290054110001", TerminalNumber: "29000001", Operator: "01",
		Batch: "000001", Voucher: "000123", Wallet: "wechat", Transaction: receipt.Sale, Order: "pay_0AZ19BY28CX37DW46EV5FT0GS1HR",
		WalletNumber: "WX-2026-05-01-0000001", Payer: "张*", Reference: "012345678901",
		Time: time.Date(2026, 5, 1, 12, 34, 56, 0, time.UTC), Amount: "100.00", Coupon: "10.00", Paid: "90.00", Settled: "92.00",
	}
}

// portal is a refund that came from no terminal.
func portal() receipt.CodeSlip {
	s := scanned()
	s.TerminalNumber, s.Operator, s.Batch, s.Voucher, s.Wallet, s.Transaction = "", "", "", "", "alipay", receipt.Refund
	s.Coupon, s.Paid, s.Settled = "", "", ""
	s.Original = &receipt.Original{Reference: "012345678901", Date: "0501"}
	return s
}

func TestCodeSlip_text(t *testing.T) {
	void := portal()
	void.Transaction, void.Wallet = receipt.Void, "unionpay"
	for file, s := range map[string]receipt.CodeSlip{"code_sale": scanned(), "code_refund": portal(), "code_void": void} {
		for end, lang := range map[string]receipt.Lang{".txt": receipt.Chinese, "_english.txt": receipt.English} {
			d, err := s.Document(receipt.CardholderCopy, lang, 0)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, file+end, d.Text(32))
		}
	}
}

func TestCodeSlip_refuses(t *testing.T) {
	for name, spoil := range map[string]func(*receipt.CodeSlip){
		"no merchant":         func(s *receipt.CodeSlip) { s.MerchantName = "" },
		"half a terminal":     func(s *receipt.CodeSlip) { s.Batch = "" },
		"no wallet":           func(s *receipt.CodeSlip) { s.Wallet = "" },
		"no number":           func(s *receipt.CodeSlip) { s.Order, s.Reference = "", "" },
		"a malformed amount":  func(s *receipt.CodeSlip) { s.Amount = "100" },
		"a malformed coupon":  func(s *receipt.CodeSlip) { s.Coupon = "-1.00" },
		"a refund of nothing": func(s *receipt.CodeSlip) { s.Transaction = receipt.Refund },
		"a pre-authorization": func(s *receipt.CodeSlip) { s.Transaction = receipt.PreAuth },
	} {
		s := scanned()
		spoil(&s)
		if _, err := s.Document(receipt.MerchantCopy, receipt.Chinese, 0); !errors.Is(err, receipt.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
