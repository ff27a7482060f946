package alipay_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
)

func TestTest(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simalipay.Config{})
			good := access(t, r.wallet, m)
			if f := r.Rail.Test(t.Context(), good, railtest.Address); !wallet.Passed(f) {
				t.Fatalf("a good account: %+v", f)
			}
			if r.wallet.Stats().Requests == 0 || r.wallet.MerchantBalance(r.seller) != 0 {
				t.Error("the test asked nothing, or moved money")
			}
			wrong := func(name, value string) wallet.Access {
				a := access(t, r.wallet, m)
				a.Fields[name] = value
				return a
			}
			other, err := r.wallet.Credentials(map[bool]string{true: simalipay.DemoMerchant, false: simalipay.DemoPartner}[m.sub])
			if err != nil {
				t.Fatal(err)
			}
			type try struct {
				access      wallet.Access
				notify      string
				what, field string
			}
			tries := map[string]try{
				"no key":         {wrong("app_private_key", "-----BEGIN KEY-----\nAAAA\n-----END KEY-----"), railtest.Address, "key", "app_private_key"},
				"unknown app":    {wrong("app_id", "2099999999999990"), railtest.Address, "merchant", "app_id"},
				"notify by http": {good, "http://example.com/n", "notify", ""},
				"notify nowhere": {good, "", "notify", ""},
			}
			if m.certificate {
				tries["key of another"] = try{wrong("app_private_key", other.AppPrivateKey), railtest.Address, "certificate", "app_certificate"}
				tries["certificate of another"] = try{wrong("app_certificate", other.AppCertificate), railtest.Address, "certificate", "app_certificate"}
				tries["another root"] = try{wrong("alipay_root_certificate", other.AppCertificate), railtest.Address, "certificate", "alipay_root_certificate"}
				tries["another platform"] = try{wrong("alipay_certificate", other.RootCertificate), railtest.Address, "answer", "alipay_certificate"}
			} else {
				tries["key of another"] = try{wrong("app_private_key", other.AppPrivateKey), railtest.Address, "signature", "app_private_key"}
			}
			if m.sub {
				a, b := access(t, r.wallet, m), access(t, r.wallet, m)
				a.Sub["app_auth_token"], b.Sub["seller_id"] = "unknown", "2088999999999999"
				tries["unknown token"] = try{a, railtest.Address, "merchant", "app_auth_token"}
				tries["unknown sub-merchant"] = try{b, railtest.Address, "merchant", "seller_id"}
			} else {
				tries["unknown seller"] = try{wrong("seller_id", "2088999999999999"), railtest.Address, "merchant", "seller_id"}
			}
			for name, c := range tries {
				what, field, detail := railtest.Failed(r.Rail.Test(t.Context(), c.access, c.notify))
				if what != c.what || field != c.field || detail == "" {
					t.Errorf("%s: %s, %s: %s", name, what, field, detail)
				}
			}
			r.Flaw(string(simalipay.ForgedSignature))
			if what, field, _ := railtest.Failed(r.Rail.Test(t.Context(), good, railtest.Address)); what != "answer" || !strings.HasPrefix(field, "alipay_") {
				t.Errorf("another platform key: %s, %s", what, field)
			}
			r.Flaw(string(simalipay.ServerError))
			if what, field, _ := railtest.Failed(r.Rail.Test(t.Context(), good, railtest.Address)); what != "answer" || field != "" {
				t.Errorf("a broken gateway: %s, %s", what, field)
			}
		})
	}
}

func TestBill(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simalipay.Config{BillsAt: 9 * time.Hour})
			day := calendar.DateOf(railtest.Noon)
			bill := func(kind wallet.BillKind) (wallet.Bill, error) { return r.Rail.Bill(t.Context(), "account", day, kind) }
			r.Paid(railtest.Number(1))
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrBill) {
				t.Errorf("the bill of today: %v", err)
			}
			r.Party.Clock.Advance(24 * time.Hour)
			for _, kind := range []wallet.BillKind{wallet.TradeBill, wallet.FundBill} {
				b, err := bill(kind)
				if err != nil || b.Empty || len(b.Digest) != 64 || b.Name == "" {
					t.Fatalf("the %s bill: %+v, %v", kind, b, err)
				}
				if z, err := zip.NewReader(bytes.NewReader(b.Content), int64(len(b.Content))); err != nil || len(z.File) != 2 {
					t.Errorf("the %s bill is no zip of two files: %v", kind, err)
				}
			}
			day = calendar.DateOf(railtest.Noon.AddDate(0, 0, -1))
			if b, err := bill(wallet.TradeBill); err != nil || !b.Empty {
				t.Errorf("the bill of a day without trades: %+v, %v", b, err)
			}
			day = calendar.DateOf(railtest.Noon.AddDate(-20, 0, 0))
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrNoBill) {
				t.Errorf("the bill of twenty years ago: %v", err)
			}
		})
	}
}

// TestTest_provider holds that a provider's own account is tested without a trade, which its app may not be allowed to make.
func TestTest_provider(t *testing.T) {
	merchants := simalipay.DemoMerchants()
	for i := range merchants {
		merchants[i].Suspended = merchants[i].Number == simalipay.DemoPartner // 40006 to all it asks
	}
	for _, config := range []simalipay.Config{{}, {Merchants: merchants}} {
		r := newRig(t, modes[2], config)
		a := access(t, r.wallet, r.mode)
		a.Account.Mode, a.Sub = wallet.Provider, nil
		if f := r.Rail.Test(t.Context(), a, railtest.Address); !wallet.Passed(f) {
			t.Errorf("a good account: %+v", f)
		}
		for o := range r.wallet.Orders() {
			t.Errorf("it made %s", o.OutTradeNo)
		}
		a.Account.Mode = wallet.Direct
		if f := r.Rail.Test(t.Context(), a, railtest.Address); wallet.Passed(f) == (config.Merchants != nil) {
			t.Errorf("as a merchant's own: %+v", f)
		}
	}
}
