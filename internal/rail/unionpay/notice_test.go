package unionpay_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simunionpay "github.com/yifen-pay/yifen/internal/sim/unionpay"
)

func TestNotice(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simunionpay.Config{})
			e := railtest.Listen(t)
			q := r.Request(wallet.Show, railtest.Number(1))
			q.Notify = e.URL
			r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
			d := e.Next()
			n, err := r.Rail.Notice(t.Context(), "account", d)
			if err != nil {
				t.Fatal(err)
			}
			if n.ID == "" || n.Order != railtest.Number(1) || n.Back != "" || n.Answer.State != wallet.Paid || n.Answer.RequestedFen != 1000 ||
				n.Answer.SettledFen != 1000 || n.Answer.Number == "" {
				t.Errorf("notified: %+v", n)
			}
			if again, err := r.Rail.Notice(t.Context(), "account", d); err != nil || again != n {
				t.Errorf("the same once more: %+v, %v", again, err)
			}
			back := r.Back(railtest.Number(1), "refund_01")
			back.Notify = e.URL
			r.Want("refund", r.Ask(back), wallet.Returned)
			n, err = r.Rail.Notice(t.Context(), "account", e.Next())
			if err != nil || n.Order != railtest.Number(1) || n.Back != "refund_01" || n.Answer.State != wallet.Returned || n.Answer.At == 0 {
				t.Errorf("notified of a refund: %+v, %v", n, err)
			}
		})
	}
}

// TestNotice_refused holds that what is not the wallet's, or not for this account, is refused.
func TestNotice_refused(t *testing.T) {
	for _, m := range modes {
		for _, flaw := range []simunionpay.Flaw{simunionpay.NoticeForged, simunionpay.NoticeClockOff, simunionpay.NoticeWrongMerchant} {
			t.Run(m.name+"/"+string(flaw), func(t *testing.T) {
				r := newRig(t, m, simunionpay.Config{})
				e := railtest.Listen(t)
				r.Flaw(string(flaw))
				q := r.Request(wallet.Show, railtest.Number(1))
				q.Notify = e.URL
				r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
				d := e.Next()
				if n, err := r.Rail.Notice(t.Context(), "account", d); !errors.Is(err, wallet.ErrNotice) || n != (wallet.Notice{}) {
					t.Errorf("believed: %+v, %v", n, err)
				}
				if _, _, body := r.Rail.Reply(wallet.ErrNotice); string(body) == "success" {
					t.Error("a refusal is answered as taken")
				}
				if len(r.Doubted()) != 1 {
					t.Error("the doubt is not counted")
				}
			})
		}
	}
}

func TestNotice_spoiled(t *testing.T) {
	r := newRig(t, modes[0], simunionpay.Config{})
	e := railtest.Listen(t)
	q := r.Request(wallet.Show, railtest.Number(1))
	q.Notify = e.URL
	r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
	d := e.Next()
	for name, spoil := range map[string]func(map[string]any){
		"nothing":   func(m map[string]any) { clear(m) },
		"amount":    func(m map[string]any) { m["txnAmt"] = "1001" },
		"more":      func(m map[string]any) { m["refundedAmt"] = "1" },
		"less":      func(m map[string]any) { delete(m, "payAmt") },
		"nested":    func(m map[string]any) { m["txnAmt"] = []string{"1000"} },
		"signature": func(m map[string]any) { m["signature"] = "AAAA" },
		"unsigned":  func(m map[string]any) { delete(m, "signature") },
	} {
		var m map[string]any
		if err := json.Unmarshal(d.Body, &m); err != nil {
			t.Fatal(err)
		}
		spoil(m)
		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := r.Rail.Notice(t.Context(), "account", wallet.Delivery{Body: body}); !errors.Is(err, wallet.ErrNotice) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	if _, err := r.Rail.Notice(t.Context(), "nobody", d); !errors.Is(err, wallet.ErrAccount) {
		t.Errorf("an account that is not there: %v", err)
	}
}
