package speaker_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		by     wallet.Name
		fen    int64
		zh, en string
	}{
		{wallet.WeChat, 1234, "微信收款 12.34 元", "WeChat Pay, 12.34 yuan received"},
		{wallet.WeChat, 1, "微信收款 0.01 元", "WeChat Pay, 0.01 yuan received"},
		{wallet.Alipay, 1000, "支付宝收款 10.00 元", "Alipay, 10.00 yuan received"},
		{wallet.UnionPay, 1_000_000, "云闪付收款 10000.00 元", "UnionPay, 10000.00 yuan received"},
		{"other", 500, "收款 5.00 元", "5.00 yuan received"},
	} {
		if got := speaker.Words(speaker.Chinese, c.by, c.fen); got != c.zh {
			t.Errorf("%s %d is said as %q, expected %q", c.by, c.fen, got, c.zh)
		}
		if got := speaker.Words(speaker.English, c.by, c.fen); got != c.en {
			t.Errorf("%s %d is said as %q, expected %q", c.by, c.fen, got, c.en)
		}
	}
}

func TestAnnouncement_message(t *testing.T) {
	a := speaker.Announcement{Event: "evt_1", Merchant: "m", Wallet: wallet.WeChat, Payment: "pay_1", Fen: 1234, At: 1_000_000}
	const want = `{"v":1,"id":"evt_1","text":"微信收款 12.34 元","amount_fen":1234,"wallet":"wechat","payment":"pay_1","at":"1970-01-01T00:00:01Z"}`
	if got := string(a.Message(speaker.Chinese)); got != want {
		t.Errorf("the message is %s\nexpected %s", got, want)
	}
	if a.Lapsed(a.At.Add(speaker.Fresh)) || !a.Lapsed(a.At.Add(speaker.Fresh+time.Microsecond)) {
		t.Error("an announcement is fresh for two minutes and no longer")
	}
}

func TestAnnouncement_for(t *testing.T) {
	for _, c := range []struct {
		what        string
		paid, hears string
		merchant    string
		state       speaker.State
		want        bool
	}{
		{"the same store", "s1", "s1", "m", speaker.On, true},
		{"another store", "s1", "s2", "m", speaker.On, false},
		{"a speaker of all stores", "s1", "", "m", speaker.On, true},
		{"a payment of no store", "", "s1", "m", speaker.On, true},
		{"another merchant", "s1", "s1", "other", speaker.On, false},
		{"switched off", "s1", "s1", "m", speaker.Off, false},
	} {
		a := speaker.Announcement{Merchant: "m", Store: c.paid}
		if got := a.For(speaker.Speaker{Merchant: c.merchant, Store: c.hears, State: c.state}); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
