package api

import (
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/product"
)

// instrumentWords and cardWords are what is presented and kinds of card, as papers write them.
var (
	instrumentWords = map[string]merchant.Clause{
		"card": {ZH: "银行卡", EN: "cards"}, "tap": {ZH: "挥卡", EN: "contactless cards"}, "phone": {ZH: "手机闪付", EN: "phone payments"},
		"wechat": {ZH: "微信支付", EN: "WeChat Pay"}, "alipay": {ZH: "支付宝", EN: "Alipay"}, "unionpay": {ZH: "云闪付", EN: "UnionPay QR"},
		"*": {ZH: "全部付款方式", EN: "all payments"},
	}
	cardWords = map[string]merchant.Clause{
		"debit": {ZH: "借记卡", EN: "debit card"}, "credit": {ZH: "贷记卡", EN: "credit card"},
		"prepaid": {ZH: "预付卡", EN: "prepaid card"}, "unknown": {ZH: "未识别卡种", EN: "card of an unknown kind"},
	}
)

// feeClauses says what a plan costs, a clause for each of its rules.
func feeClauses(p product.Plan) []merchant.Clause {
	list := make([]merchant.Clause, 0, len(p.Rules))
	for _, r := range p.Rules {
		of, price := feeSubject(r, p.Rules), feePrice(r)
		list = append(list, merchant.Clause{ZH: p.Name + "：" + of.ZH + " " + price.ZH, EN: p.NameEN + ": " + of.EN + " " + price.EN})
	}
	return list
}

// feeSubject says what a rule among others prices. A word that no paper knows is written as it is: a fee is never left out.
func feeSubject(r fee.Rule, among []fee.Rule) merchant.Clause {
	instrument, ok := instrumentWords[r.Instrument]
	if !ok {
		instrument = merchant.Clause{ZH: r.Instrument, EN: r.Instrument}
	}
	if r.Kind == "*" {
		for _, other := range among {
			if other.Instrument == r.Instrument && other.Kind != "*" {
				return kindOf(r.Instrument, instrument, merchant.Clause{ZH: "其他卡种", EN: "other cards"})
			}
		}
		return instrument
	}
	kind, ok := cardWords[r.Kind]
	if !ok {
		kind = merchant.Clause{ZH: r.Kind, EN: r.Kind}
	}
	return kindOf(r.Instrument, instrument, kind)
}

// kindOf names a kind of card, and how it is presented where that is not the card itself.
func kindOf(word string, instrument, kind merchant.Clause) merchant.Clause {
	if word == "card" {
		return kind
	}
	return merchant.Clause{ZH: instrument.ZH + kind.ZH, EN: instrument.EN + ", " + kind.EN}
}

// feePrice says a rule's rate and its bounds.
func feePrice(r fee.Rule) merchant.Clause {
	whole, part := int64(r.Rate)/10_000, fmt.Sprintf("%04d", int64(r.Rate)%10_000)
	percent := fmt.Sprintf("%d.%s%s", whole, part[:2], strings.TrimRight(part[2:], "0")) // two decimals at least
	c := merchant.Clause{ZH: percent + "%", EN: percent + " %"}
	if r.Floor > 0 {
		c.ZH += fmt.Sprintf("，每笔最低 %s 元", money.Yuan(r.Floor))
		c.EN += fmt.Sprintf(", at least ¥%s a payment", money.Yuan(r.Floor))
	}
	if r.Cap > 0 {
		c.ZH += fmt.Sprintf("，每笔封顶 %s 元", money.Yuan(r.Cap))
		c.EN += fmt.Sprintf(", at most ¥%s a payment", money.Yuan(r.Cap))
	}
	if r.Keep {
		c.ZH += "，退款不退手续费"
		c.EN += ", kept when a payment is refunded"
	}
	return c
}
