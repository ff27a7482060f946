package unionpay_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simunionpay "github.com/yifen-pay/yifen/internal/sim/unionpay"
)

func TestTest(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simunionpay.Config{Institutions: append(simunionpay.DemoInstitutions(), simunionpay.Institution{Code: "48029901"}),
				Merchants: append(simunionpay.DemoMerchants(), simunionpay.Merchant{Number: "898290054119009", Institution: "48029901", Name: "别家"})})
			good := access(t, r.wallet, m)
			if f := r.Rail.Test(t.Context(), good, railtest.Address); !wallet.Passed(f) {
				t.Fatalf("a good account: %+v", f)
			}
			if r.wallet.Stats().Requests == 0 || r.wallet.MerchantBalance(r.seller) != 0 {
				t.Error("the test asked nothing, or moved money")
			}
			other, err := r.wallet.Credentials("898290054119009")
			if err != nil {
				t.Fatal(err)
			}
			wrong := func(change ...string) wallet.Access {
				a := access(t, r.wallet, m)
				for i := 0; i < len(change); i += 2 {
					if a.Fields[change[i]] = change[i+1]; a.Sub[change[i]] != "" {
						a.Sub[change[i]] = change[i+1]
					}
				}
				return a
			}
			for name, c := range map[string]struct {
				access      wallet.Access
				notify      string
				what, field string
			}{
				"no key":              {wrong("signing_key", "AAAA"), railtest.Address, "key", "signing_key"},
				"no password":         {wrong("signing_key_password", "none"), railtest.Address, "key", "signing_key_password"},
				"no public key":       {wrong("unionpay_public_key", "none"), railtest.Address, "key", "unionpay_public_key"},
				"key of another":      {wrong("signing_key", other.KeyStore, "signing_key_password", other.KeyPassword), railtest.Address, "signature", "signing_key"},
				"unknown institution": {wrong("institution", "48029999"), railtest.Address, "merchant", "institution"},
				"unknown merchant":    {wrong("merchant_number", "898290054119999"), railtest.Address, "merchant", "merchant_number"},
				"merchant of another": {wrong("merchant_number", "898290054119009"), railtest.Address, "merchant", "merchant_number"},
				"terminal":            {wrong("terminal_number", "1"), railtest.Address, "merchant", "terminal_number"},
				"notify by http":      {good, "http://example.com/n", "notify", ""},
				"notify nowhere":      {good, "", "notify", ""},
			} {
				what, field, detail := railtest.Failed(r.Rail.Test(t.Context(), c.access, c.notify))
				if what != c.what || field != c.field || detail == "" {
					t.Errorf("%s: %s, %s: %s", name, what, field, detail)
				}
			}
			for flaw, field := range map[simunionpay.Flaw]string{
				simunionpay.ForgedSignature: "unionpay_public_key", simunionpay.ClockOff: "", simunionpay.WrongMerchant: "",
				simunionpay.OtherOrder: "", simunionpay.ServerError: "",
			} {
				r.Flaw(string(flaw))
				if what, got, _ := railtest.Failed(r.Rail.Test(t.Context(), good, railtest.Address)); what != "answer" || got != field {
					t.Errorf("%s: %s, %s", flaw, what, got)
				}
			}
		})
	}
}

func TestBill(t *testing.T) {
	r := newRig(t, modes[1], simunionpay.Config{BillsAt: 9 * time.Hour})
	provider := access(t, r.wallet, modes[0])
	provider.Account.Mode = wallet.Provider
	above := r.open(provider)
	day := calendar.DateOf(railtest.Noon)
	r.Paid(railtest.Number(1))
	if _, err := r.Rail.Bill(t.Context(), "account", day, wallet.TradeBill); !errors.Is(err, wallet.ErrBill) {
		t.Errorf("the bill of today: %v", err)
	}
	r.Party.Clock.Advance(24 * time.Hour)
	own, err := r.Rail.Bill(t.Context(), "account", day, wallet.TradeBill)
	if err != nil || own.Empty || !bytes.Contains(own.Content, []byte(railtest.Number(1))) || len(own.Digest) != 64 || own.Name == "" {
		t.Errorf("the bill: %q, %v", own.Content, err)
	}
	all, err := above.Bill(t.Context(), "account", day, wallet.TradeBill)
	if err != nil || all.Empty || !bytes.Contains(all.Content, []byte(railtest.Number(1))) || all.Name == own.Name {
		t.Errorf("the provider's bill: %q, %v", all.Content, err)
	}
	none, err := r.Rail.Bill(t.Context(), "account", calendar.DateOf(railtest.Noon.AddDate(0, 0, -1)), wallet.TradeBill)
	if err != nil || !none.Empty {
		t.Errorf("the bill of a day without trades: %+v, %v", none, err)
	}
	if _, err := r.Rail.Bill(t.Context(), "account", day, wallet.FundBill); !errors.Is(err, wallet.ErrNoBill) {
		t.Errorf("the bill of the funds: %v", err)
	}
	r.Flaw(string(simunionpay.ForgedSignature))
	if b, err := r.Rail.Bill(t.Context(), "account", day, wallet.TradeBill); !errors.Is(err, wallet.ErrBill) || b.Content != nil {
		t.Errorf("a forged bill: %q, %v", b.Content, err)
	}
}
