package pos

import (
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/wire/qr"
)

// Items of field 59 about a payment by code (docs/terminal-leg.md, "Payment codes").
const (
	tagPaymentCode  = "A3"
	tagWalletNumber = "A4"
	tagOrder        = "A5"
	tagPaid         = "A6"
	tagSettled      = "A7"
)

// readOrder takes over what field 59 of an answer says of the wallet's order. What is no amount is none.
func (s *Slip) readOrder(f59 string) {
	items, err := iso8583.ParseTags(f59)
	if err != nil {
		return
	}
	for _, item := range items {
		switch {
		case item.ID == tagWalletNumber:
			s.WalletNumber = item.Value
		case item.ID == tagOrder:
			s.Order = item.Value
		case len(item.Value) != 12 || !digits(item.Value):
		case item.ID == tagPaid:
			s.Paid = number(item.Value)
		case item.ID == tagSettled:
			s.Settled = number(item.Value)
		}
	}
}

// walletNames are what wallets are called, by the routes of their codes.
var walletNames = map[string]Text{
	"wechat": {"微信支付", "WeChat Pay"}, "alipay": {"支付宝", "Alipay"}, "unionpay": {"云闪付", "UnionPay"},
}

// walletOf returns whose code it is by its beginning and length, for a host that does not name the wallet; "" when
// it is nobody's.
func walletOf(code string) string {
	route, _ := qr.DefaultRoutes().Find(code)
	return walletNames[route.Wallet].ZH
}

// WalletName returns what a slip's wallet is called: its name as the host told it, and in English where it is a known one.
func (s Slip) WalletName() Text {
	for _, name := range walletNames {
		if name.ZH == s.Wallet {
			return name
		}
	}
	return Text{s.Wallet, s.Wallet}
}

// codesOfWallets are what response codes mean where a payment code was shown instead of a card.
var codesOfWallets = map[string]struct{ Meaning, Advice Text }{
	"05": {Text{"钱包拒绝付款", "The wallet refused"}, Text{"付款人未同意或钱包不允许：请顾客看手机，或换一种支付方式。", "The payer did not agree, or the wallet does not allow it: ask the customer to look at the phone, or take another way to pay."}},
	"12": {Text{"原交易不能这样做", "Not possible for this payment"}, Text{"已撤销、已退款或不是这种交易：请核对原凭证，或做退货。", "It was voided or refunded already, or cannot be changed: check the original, or refund it."}},
	"14": {Text{"付款码无效", "Invalid payment code"}, adviceRefresh},
	"40": {Text{"未接入这种钱包", "This wallet is not connected"}, Text{"请顾客换一种钱包或刷卡；需要开通请联系收单机构。", "Ask the customer for another wallet or a card; to have it connected, call the acquirer."}},
	"51": {Text{"余额不足", "Insufficient funds"}, Text{"请顾客在手机上换一种付款方式后重扫，或换一种支付方式。", "Ask the customer to choose another way to pay on the phone and scan again, or take another way to pay."}},
	"54": {Text{"付款码已过期", "Payment code expired"}, adviceRefresh},
	"57": {Text{"商户未开通这种钱包", "Wallet not open for this shop"}, Text{"请顾客换一种钱包或刷卡；需要开通请在商户平台申请。", "Ask the customer for another wallet or a card; the shop can apply for this one in its portal."}},
	"61": {Text{"超出金额限制", "Over the amount limit"}, Text{"请换一种支付方式；不要把一笔消费拆成几笔。", "Take another way to pay; never split one purchase into several."}},
	"62": {Text{"付款账户受限", "The payer's account is restricted"}, Text{"请顾客换一种支付方式。", "Ask the customer for another way to pay."}},
	"64": {Text{"金额超过可退余额", "More than is left to refund"}, Text{"请核对原交易金额和已退金额。", "Check the amount of the original and what was refunded of it."}},
	"91": {Text{"钱包无应答", "The wallet cannot be reached"}, adviceLater},
	"98": {Text{"付款结果未知", "Nobody knows yet whether it was paid"}, Text{"终端会先撤回这笔订单。撤回成功前请勿交货，也不要重复收款。", "The terminal takes the order back first. Do not hand over the goods or charge again before that is through."}},
}

var adviceRefresh = Text{"请顾客刷新付款码后重扫。", "Ask the customer to refresh the code and scan again."}

// ExplainWallet is [Explain] for a payment by code.
func ExplainWallet(code string) Code {
	c := Explain(code)
	if words, ok := codesOfWallets[code]; ok {
		c.Meaning, c.Advice = words.Meaning, words.Advice
	}
	return c
}

// byCode tells whether a request is about a payment by code.
func byCode(m *iso8583.Message) bool { return strings.HasPrefix(m.Get(22), Scan.mode()) }
