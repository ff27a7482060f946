package wechat_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

func TestTest(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simwechat.Config{})
			other := start(t, simwechat.Config{}) // with the same keys
			good := access(t, r.wallet, m)
			if f := r.Rail.Test(t.Context(), good, railtest.Address); !wallet.Passed(f) {
				t.Fatalf("a good account: %+v", f)
			}
			if r.wallet.Stats().Requests == 0 || r.wallet.MerchantBalance(r.seller) != 0 {
				t.Error("the test asked nothing, or moved money")
			}
			wrong := func(name, value string) wallet.Access {
				a := access(t, other, m)
				a.Fields[name] = value
				return a
			}
			stranger, err := other.Credentials(map[bool]string{true: simwechat.DemoMerchant, false: simwechat.DemoPartner}[m.sub])
			if err != nil {
				t.Fatal(err)
			}
			for name, c := range map[string]struct {
				access      wallet.Access
				notify      string
				what, field string
			}{
				"key of another":    {wrong("merchant_private_key", stranger.MerchantPrivateKey), railtest.Address, "signature", "merchant_private_key"},
				"no key":            {wrong("merchant_private_key", "-----BEGIN KEY-----\nAAAA\n-----END KEY-----"), railtest.Address, "key", "merchant_private_key"},
				"serial of another": {wrong("merchant_serial", stranger.MerchantSerial), railtest.Address, "signature", "merchant_serial"},
				"unknown merchant":  {wrong("mchid", "1999999999"), railtest.Address, "signature", "mchid"},
				"unknown app":       {wrong("appid", "wx0000000000000000"), railtest.Address, "merchant", "appid"},
				"notify by http":    {good, "http://example.com/n", "notify", ""},
				"notify nowhere":    {good, "", "notify", ""},
				"notify with query": {good, "https://example.com/n?a=b", "notify", ""},
			} {
				what, field, detail := railtest.Failed(r.Rail.Test(t.Context(), c.access, c.notify))
				if what != c.what || field != c.field || detail == "" {
					t.Errorf("%s: %s, %s: %s", name, what, field, detail)
				}
			}
			if m.sub {
				a := access(t, r.wallet, m)
				a.Sub["sub_mchid"] = "1999999998"
				if what, field, _ := railtest.Failed(r.Rail.Test(t.Context(), a, railtest.Address)); what != "merchant" || field != "sub_mchid" {
					t.Errorf("unknown sub-merchant: %s, %s", what, field)
				}
			}
			r.Flaw(string(simwechat.ServerError))
			if what, field, detail := railtest.Failed(r.Rail.Test(t.Context(), good, railtest.Address)); what != "answer" || field != "" || !strings.Contains(detail, "500") {
				t.Errorf("a broken wallet: %s, %s: %s", what, field, detail)
			}
			if m.certificate {
				a := wrong("api_v3_key", strings.Repeat("x", 32))
				if what, field, _ := railtest.Failed(r.Rail.Test(t.Context(), a, railtest.Address)); what != "answer" || field != "api_v3_key" {
					t.Errorf("wrong APIv3 key: %s, %s", what, field)
				}
				return
			}
			a := wrong("platform_public_key_id", "PUB_KEY_ID_01")
			if what, field, _ := railtest.Failed(r.Rail.Test(t.Context(), a, railtest.Address)); what != "answer" || field != "platform_public_key_id" {
				t.Errorf("wrong key id: %s, %s", what, field)
			}
			r.Flaw(string(simwechat.ForgedSignature))
			if what, field, _ := railtest.Failed(r.Rail.Test(t.Context(), good, railtest.Address)); what != "answer" || field != "platform_public_key" {
				t.Errorf("another platform key: %s, %s", what, field)
			}
		})
	}
}

func TestBill(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simwechat.Config{BillsAt: 9 * time.Hour})
			day := calendar.DateOf(railtest.Noon)
			bill := func(kind wallet.BillKind) (wallet.Bill, error) { return r.Rail.Bill(t.Context(), "account", day, kind) }
			r.Paid(railtest.Number(1))
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrBill) {
				t.Errorf("the bill of today: %v", err)
			}
			r.Party.Clock.Advance(13 * time.Hour)
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrBill) {
				t.Errorf("a bill that is being made: %v", err)
			}
			r.Party.Clock.Advance(11 * time.Hour)
			b, err := bill(wallet.TradeBill)
			if err != nil || b.Empty || !bytes.Contains(b.Content, []byte(railtest.Number(1))) || len(b.Digest) != 64 || b.Name == "" {
				t.Errorf("the bill: %q, %v", b.Content, err)
			}
			b, err = bill(wallet.FundBill)
			if err != nil || b.Empty == !m.sub || b.Empty == bytes.Contains(b.Content, []byte("交易")) {
				t.Errorf("the fund bill: %q, %v", b.Content, err)
			}
			day = calendar.DateOf(railtest.Noon.AddDate(0, 0, -1))
			if b, err := bill(wallet.TradeBill); err != nil || !b.Empty {
				t.Errorf("the bill of a day without trades: %+v, %v", b, err)
			}
			day = calendar.DateOf(railtest.Noon.AddDate(-1, 0, 0))
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrNoBill) {
				t.Errorf("the bill of a year ago: %v", err)
			}
		})
	}
}

// TestTest_provider holds that a provider's own account is tested without an order, which it may not place.
func TestTest_provider(t *testing.T) {
	r := newRig(t, modes[2], simwechat.Config{})
	a := access(t, r.wallet, r.mode)
	a.Account.Mode, a.Sub = wallet.Provider, nil
	if f := r.Rail.Test(t.Context(), a, railtest.Address); !wallet.Passed(f) {
		t.Errorf("a good account: %+v", f)
	}
	for o := range r.wallet.Orders() {
		t.Errorf("it placed %s", o.OutTradeNo)
	}
	a.Fields["merchant_serial"] = "5F00000000"
	if what, field, _ := railtest.Failed(r.Rail.Test(t.Context(), a, railtest.Address)); what != "signature" || field != "merchant_serial" {
		t.Errorf("another serial number: %s, %s", what, field)
	}
}
