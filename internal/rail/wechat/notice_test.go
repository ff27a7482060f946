package wechat_test

import (
	"errors"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/railtest"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

func TestNotice(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, simwechat.Config{})
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
			back := r.Back(railtest.Number(1), "ref_1")
			back.Notify = e.URL
			r.Want("refund", r.Ask(back), wallet.Accepted)
			r.Party.Clock.Advance(time.Minute)
			n, err = r.Rail.Notice(t.Context(), "account", e.Next())
			if err != nil || n.Order != railtest.Number(1) || n.Back != "ref_1" || n.Answer.State != wallet.Returned || n.Answer.BackFen != 500 {
				t.Errorf("notified of a refund: %+v, %v", n, err)
			}
		})
	}
}

// TestNotice_refused holds that what is not the wallet's, or not for this account, is refused, and that the truth comes then.
func TestNotice_refused(t *testing.T) {
	for _, m := range modes {
		for _, flaw := range []simwechat.Flaw{
			simwechat.NoticeForged, simwechat.NoticeClockOff, simwechat.NoticeWrongMerchant, simwechat.NoticeProbe,
		} {
			t.Run(m.name+"/"+string(flaw), func(t *testing.T) {
				r := newRig(t, m, simwechat.Config{})
				e := railtest.Listen(t)
				r.Flaw(string(flaw))
				q := r.Request(wallet.Show, railtest.Number(1))
				q.Notify = e.URL
				r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
				d := e.Next()
				if n, err := r.Rail.Notice(t.Context(), "account", d); !errors.Is(err, wallet.ErrNotice) || n != (wallet.Notice{}) {
					t.Errorf("believed: %+v, %v", n, err)
				}
				if status, _, _ := r.Rail.Reply(wallet.ErrNotice); status < 400 {
					t.Errorf("a refusal is answered %d", status)
				}
				if len(r.Doubted()) != 1 {
					t.Error("the doubt is not counted")
				}
			})
		}
	}
}

func TestNotice_spoiled(t *testing.T) {
	r := newRig(t, modes[0], simwechat.Config{})
	e := railtest.Listen(t)
	q := r.Request(wallet.Show, railtest.Number(1))
	q.Notify = e.URL
	r.Scan(r.Want("show", r.Ask(q), wallet.Waiting).Content, kit.Pay)
	d := e.Next()
	for name, spoil := range map[string]func(*wallet.Delivery){
		"nothing":   func(d *wallet.Delivery) { *d = wallet.Delivery{} },
		"no body":   func(d *wallet.Delivery) { d.Body = nil },
		"body":      func(d *wallet.Delivery) { d.Body = append([]byte(" "), d.Body...) },
		"signature": func(d *wallet.Delivery) { d.Header["Wechatpay-Signature"] = []string{"AAAA"} },
		"serial":    func(d *wallet.Delivery) { d.Header["Wechatpay-Serial"] = []string{"5F00"} },
		"timestamp": func(d *wallet.Delivery) { d.Header["Wechatpay-Timestamp"] = []string{"1"} },
		"type":      func(d *wallet.Delivery) { d.Header["Wechatpay-Signature-Type"] = []string{"NONE"} },
	} {
		bad := wallet.Delivery{Header: map[string][]string{}, Body: d.Body, At: d.At}
		for k, v := range d.Header {
			bad.Header[k] = v
		}
		spoil(&bad)
		if n, err := r.Rail.Notice(t.Context(), "account", bad); !errors.Is(err, wallet.ErrNotice) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	if _, err := r.Rail.Notice(t.Context(), "nobody", d); !errors.Is(err, wallet.ErrAccount) {
		t.Errorf("an account that is not there: %v", err)
	}
}
