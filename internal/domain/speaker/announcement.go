package speaker

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// Fresh is for how long a payment is worth saying. A speaker that was away for longer stays silent about what it missed.
const Fresh = 2 * time.Minute

// Announcement is one payment that is said aloud.
type Announcement struct {
	Event    string // id of the event that told of it
	Merchant string
	Store    string // where it was paid, "" where nobody knows
	Wallet   wallet.Name
	Payment  string
	Fen      int64
	At       calendar.Instant
}

// For tells whether a speaker is to say it.
func (a Announcement) For(s Speaker) bool {
	return s.State == On && s.Merchant == a.Merchant && (s.Store == "" || a.Store == "" || s.Store == a.Store)
}

// Lapsed tells whether it is too old to be said.
func (a Announcement) Lapsed(now calendar.Instant) bool { return now.Sub(a.At) > Fresh }

// Version is that of the message that speakers get.
const Version = 1

// message is an announcement as speakers get it.
type message struct {
	V         int    `json:"v"`
	ID        string `json:"id"`
	Text      string `json:"text"`
	AmountFen int64  `json:"amount_fen"`
	Wallet    string `json:"wallet"`
	Payment   string `json:"payment"`
	At        string `json:"at"`
}

// Message returns the announcement as a speaker that speaks lang gets it, JSON.
func (a Announcement) Message(lang Lang) []byte {
	raw, err := json.Marshal(message{
		V: Version, ID: a.Event, Text: Words(lang, a.Wallet, a.Fen), AmountFen: a.Fen, Wallet: string(a.Wallet), Payment: a.Payment,
		At: a.At.Time().UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		panic(err) // numbers and texts only
	}
	return raw
}

// names are the wallets as people hear them.
var names = map[Lang]map[wallet.Name]string{
	Chinese: {wallet.WeChat: "微信", wallet.Alipay: "支付宝", wallet.UnionPay: "云闪付"},
	English: {wallet.WeChat: "WeChat Pay", wallet.Alipay: "Alipay", wallet.UnionPay: "UnionPay"},
}

// Words returns what is said of a payment of an amount in fen: 微信收款 12.34 元, "WeChat Pay, 12.34 yuan received". The amount always
// has its two decimals and no separators, which voices of both languages read as a number.
func Words(lang Lang, by wallet.Name, fen int64) string {
	yuan := fmt.Sprintf("%d.%02d", fen/100, fen%100)
	name := names[lang][by]
	if lang == English {
		if name == "" {
			return yuan + " yuan received"
		}
		return name + ", " + yuan + " yuan received"
	}
	return name + "收款 " + yuan + " 元"
}
