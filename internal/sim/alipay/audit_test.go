package alipay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// TestAudit_finds spoils books that are right, each time by one number, and holds that the audit says so or that
// they are not opened at all.
func TestAudit_finds(t *testing.T) {
	dir := folder(t)
	w := start(t, alipay.Config{Dir: dir})
	c := newClient(t, w, alipay.DemoMerchant)
	if _, err := w.Give(alipay.Coupon{Funder: alipay.ByProvider, Amount: 100}); err != nil {
		t.Fatal(err)
	}
	c.paid(t, w, "Q1", "10.00")
	c.refund(t, "Q1", "R1", "4.00").want(t, "10000", "")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alipay.jsonl")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"nothing":               {"", ""},
		"what the payer paid":   {`"payer_total":900`, `"payer_total":901`},
		"what is settled":       {`"settlement":1000`, `"settlement":999`},
		"the fee":               {`"fee":6,`, `"fee":7,`},
		"a line":                {`"f":-900`, `"f":-901`},
		"a line's account":      {`{"a":"merchant:2088102146225135","f":1000`, `{"a":"merchant:2088102146220100","f":1000`},
		"the refund's parts":    {`"payer":360`, `"payer":361`},
		"who spent the coupon":  {`"spent":1`, `"spent":2`},
		"a state":               {`"state":"TRADE_SUCCESS"`, `"state":"TRADE_CLOSED"`},
		"a refund of no trade":  {`"order":1,"status":"REFUND_PROCESSING"`, `"order":9,"status":"REFUND_PROCESSING"`},
		"a trade out of turn":   {`"order":{"n":1,`, `"order":{"n":3,`},
		"a refund that is more": {`"total":400`, `"total":4000`},
	} {
		bad := strings.ReplaceAll(string(good), change[0], change[1])
		if change[0] == "" {
			bad = string(good)
		} else if bad == string(good) {
			t.Fatalf("%s: the books have no %s", name, change[0])
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := alipay.New(alipay.Config{Dir: dir, Clock: kit.NewStandingClock(noon)})
		if err == nil {
			err = w.Audit()
			if wrong := w.Close(); wrong != nil {
				t.Error(wrong)
			}
		}
		if (err != nil) != (change[0] != "") {
			t.Errorf("%s is changed, and the audit says %v", name, err)
		}
	}
}
