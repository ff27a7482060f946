package wechat_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

// failed returns what a test found wrong: what, field and detail of the first.
func failed(findings []wallet.Finding) (what, field, detail string) {
	for _, f := range findings {
		if !f.OK {
			return f.What, f.Field, f.Detail
		}
	}
	return "", "", ""
}

func TestTest(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simwechat.Config{})
			other := start(t, simwechat.Config{}) // with the same keys
			good := access(t, r.wallet, m)
			if f := r.rail.Test(t.Context(), good, "https://example.com/notify"); !wallet.Passed(f) {
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
				"key of another":    {wrong("merchant_private_key", stranger.MerchantPrivateKey), "https://example.com/n", "signature", "merchant_private_key"},
				"no key":            {wrong("merchant_private_key", "-----BEGIN KEY-----\nAAAA\n-----END KEY-----"), "https://example.com/n", "key", "merchant_private_key"},
				"serial of another": {wrong("merchant_serial", stranger.MerchantSerial), "https://example.com/n", "signature", "merchant_serial"},
				"unknown merchant":  {wrong("mchid", "1999999999"), "https://example.com/n", "signature", "mchid"},
				"unknown app":       {wrong("appid", "wx0000000000000000"), "https://example.com/n", "merchant", "appid"},
				"notify by http":    {good, "http://example.com/n", "notify", ""},
				"notify nowhere":    {good, "", "notify", ""},
				"notify with query": {good, "https://example.com/n?a=b", "notify", ""},
			} {
				what, field, detail := failed(r.rail.Test(t.Context(), c.access, c.notify))
				if what != c.what || field != c.field || detail == "" {
					t.Errorf("%s: %s, %s: %s", name, what, field, detail)
				}
			}
			if m.sub {
				a := access(t, r.wallet, m)
				a.Sub["sub_mchid"] = "1999999998"
				if what, field, _ := failed(r.rail.Test(t.Context(), a, "https://example.com/n")); what != "merchant" || field != "sub_mchid" {
					t.Errorf("unknown sub-merchant: %s, %s", what, field)
				}
			}
			r.flaw(simwechat.ServerError)
			if what, field, detail := failed(r.rail.Test(t.Context(), good, "https://example.com/n")); what != "answer" || field != "" || !strings.Contains(detail, "500") {
				t.Errorf("a broken wallet: %s, %s: %s", what, field, detail)
			}
			if m.certificate {
				a := wrong("api_v3_key", strings.Repeat("x", 32))
				if what, field, _ := failed(r.rail.Test(t.Context(), a, "https://example.com/n")); what != "answer" || field != "api_v3_key" {
					t.Errorf("wrong APIv3 key: %s, %s", what, field)
				}
				return
			}
			a := wrong("platform_public_key_id", "PUB_KEY_ID_01")
			if what, field, _ := failed(r.rail.Test(t.Context(), a, "https://example.com/n")); what != "answer" || field != "platform_public_key_id" {
				t.Errorf("wrong key id: %s, %s", what, field)
			}
			r.flaw(simwechat.ForgedSignature)
			if what, field, _ := failed(r.rail.Test(t.Context(), good, "https://example.com/n")); what != "answer" || field != "platform_public_key" {
				t.Errorf("another platform key: %s, %s", what, field)
			}
		})
	}
}

func TestTest_clockAndReach(t *testing.T) {
	r := newRig(t, modes[0], simwechat.Config{})
	target, err := url.Parse(r.wallet.URL())
	if err != nil {
		t.Fatal(err)
	}
	for by, want := range map[time.Duration]string{
		10 * time.Minute: "behind", -10 * time.Minute: "ahead",
	} {
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.ModifyResponse = func(a *http.Response) error {
			a.Header.Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
			return nil
		}
		server := httptest.NewServer(proxy)
		x := r.open(server.URL, access(t, r.wallet, r.mode), time.Second)
		what, _, detail := failed(x.Test(t.Context(), access(t, r.wallet, r.mode), "https://example.com/n"))
		if what != "clock" || !strings.Contains(detail, want) {
			t.Errorf("%s: %s", what, detail)
		}
		server.Close()
		what, _, detail = failed(x.Test(t.Context(), access(t, r.wallet, r.mode), "https://example.com/n"))
		if what != "reach" || !strings.Contains(detail, "refused") {
			t.Errorf("%s: %s", what, detail)
		}
	}
	r.flaw(simwechat.ClockOff)
	if what, _, detail := failed(r.rail.Test(t.Context(), access(t, r.wallet, r.mode), "https://example.com/n")); what != "answer" || !strings.Contains(detail, "five minutes") {
		t.Errorf("an old answer: %s: %s", what, detail)
	}
}

func TestBill(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simwechat.Config{BillsAt: 9 * time.Hour})
			day := calendar.DateOf(noon)
			bill := func(kind wallet.BillKind) (wallet.Bill, error) { return r.rail.Bill(t.Context(), "account", day, kind) }
			r.paid(number(1))
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrBill) {
				t.Errorf("the bill of today: %v", err)
			}
			r.clock.Advance(13 * time.Hour)
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrBill) {
				t.Errorf("a bill that is being made: %v", err)
			}
			r.clock.Advance(11 * time.Hour)
			b, err := bill(wallet.TradeBill)
			if err != nil || b.Empty || !bytes.Contains(b.Content, []byte(number(1))) || len(b.Digest) != 64 || b.Name == "" {
				t.Errorf("the bill: %q, %v", b.Content, err)
			}
			b, err = bill(wallet.FundBill)
			if err != nil || b.Empty == !m.sub || b.Empty == bytes.Contains(b.Content, []byte("交易")) {
				t.Errorf("the fund bill: %q, %v", b.Content, err)
			}
			day = calendar.DateOf(noon.AddDate(0, 0, -1))
			if b, err := bill(wallet.TradeBill); err != nil || !b.Empty {
				t.Errorf("the bill of a day without trades: %+v, %v", b, err)
			}
			day = calendar.DateOf(noon.AddDate(-1, 0, 0))
			if _, err := bill(wallet.TradeBill); !errors.Is(err, wallet.ErrNoBill) {
				t.Errorf("the bill of a year ago: %v", err)
			}
		})
	}
}
