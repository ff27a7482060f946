package receipt

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// codeSlipTemplate names the layout below, as cardSlipTemplate does that of a card.
const codeSlipTemplate = "code_slip/1"

// walletWords are how slips call the wallets, by their names.
var walletWords = map[string]label{
	"wechat": {"微信支付", "WeChat Pay"}, "alipay": {"支付宝", "Alipay"}, "unionpay": {"云闪付", "UnionPay"},
}

// CodeSlip is the slip of a payment by a wallet's code. Amounts are as in [CardSlip]; empty fields that are not required
// leave no line.
type CodeSlip struct {
	MerchantName   string // required
	MerchantNumber string // required, 15 characters
	TerminalNumber string // of a payment at a terminal, as are Operator, Batch and Voucher
	Operator       string
	Batch          string
	Voucher        string

	Wallet       string      // required: wechat, alipay or unionpay; another is printed as it is
	Transaction  Transaction // Sale, Void or Refund
	Order        string      // our number of the payment, which is the wallet's order number; required where Reference is empty
	WalletNumber string      // the wallet's own
	Payer        string      // masked
	Reference    string      // DE 37
	Time         time.Time   // required; printed as it is, in its own location
	Amount       string      // required

	Coupon  string // what coupons took off for the payer
	Paid    string // by the payer, after coupons
	Settled string // by the wallet, where the merchant gave a coupon

	Original *Original // required for voids and refunds
	Code     string    // optional content of a QR at the foot
	Training bool      // marks the slip as not real
	Width    int       // paper in millimeters, see Document
}

// Document builds one copy of the slip, as [CardSlip.Document] does. Nobody signs it: the payer agreed in the wallet.
func (s CodeSlip) Document(to Copy, lang Lang, reprint int) (Document, error) {
	if err := s.check(to, lang, reprint); err != nil {
		return Document{}, fmt.Errorf("%w: code slip: %w", ErrInvalid, err)
	}
	b := builder{lang: lang}
	holder := copyWords[to]
	if to == CardholderCopy {
		holder = label{"顾客存根", "CUSTOMER COPY"}
	}
	b.title(label{"扫码签购单", "CODE SLIP"}, holder)
	b.marks(reprint, s.Training)
	b.rule()
	b.merchant(s.MerchantName, s.MerchantNumber, s.TerminalNumber, s.Operator)
	b.rule()
	wallet := walletWords[s.Wallet]
	name := cmp.Or(wallet.zh, s.Wallet)
	if lang == English {
		name = cmp.Or(wallet.en, s.Wallet)
	}
	b.strong(label{"支付方式", "WALLET"}, name)
	b.pair(label{"付款人", "PAYER"}, s.Payer)
	b.strong(label{"交易类型", "TRANS TYPE"}, s.name(lang))
	b.pair(label{"批次号", "BATCH NO."}, s.Batch)
	b.pair(label{"凭证号", "VOUCHER NO."}, s.Voucher)
	b.pair(label{"参考号", "REF. NO."}, s.Reference)
	b.number(label{"商户订单号", "ORDER NO."}, s.Order)
	b.number(label{"钱包单号", "WALLET NO."}, s.WalletNumber)
	b.pair(label{"日期时间", "DATE/TIME"}, s.Time.Format(timeForm))
	s.amounts(&b)
	if s.Original != nil {
		b.pair(label{"原凭证号", "ORIG. VOUCHER"}, s.Original.Voucher)
		b.pair(label{"原参考号", "ORIG. REF. NO."}, s.Original.Reference)
		b.pair(label{"原交易日期", "ORIG. DATE"}, s.Original.Date)
	}
	if s.Code != "" {
		b.add(QR{Content: s.Code, Caption: label{"退货请扫此码", "SCAN TO REFUND"}.with(" ", lang)})
	}
	b.foot(codeSlipTemplate)
	doc := Document{Title: s.name(lang) + " " + cmp.Or(s.Order, s.Reference), Template: codeSlipTemplate, Width: s.Width, Lines: b.lines}
	return doc, doc.Validate()
}

// name is the transaction's, which in Chinese is another word for a refund that no card gets.
func (s CodeSlip) name(lang Lang) string {
	if s.Transaction == Refund {
		return label{"退款", "REFUND"}.with("/", lang)
	}
	return s.Transaction.Name(lang)
}

// number prints a number that is too long to stand beside its label.
func (b *builder) number(l label, value string) {
	if value == "" {
		return
	}
	b.small(l.in(b.lang))
	b.add(Text{Text: value, Align: Right, Style: Style{Size: Small}})
}

func (s CodeSlip) amounts(b *builder) {
	sign := ""
	if s.Transaction.returns() {
		sign = "-"
	}
	b.small(label{"金额", "AMOUNT"}.in(b.lang))
	b.add(Text{Text: "RMB " + sign + s.Amount, Align: Right, Style: Style{Size: Large, Bold: true}})
	for _, line := range []struct {
		label label
		sign  string
		value string
	}{{label{"优惠", "COUPON"}, "-", s.Coupon}, {label{"实付", "PAID"}, "", s.Paid}, {label{"结算", "SETTLED"}, "", s.Settled}} {
		if line.value != "" {
			b.pair(line.label, "RMB "+line.sign+line.value)
		}
	}
}

func (s CodeSlip) check(to Copy, lang Lang, reprint int) error {
	_, knownCopy := copyWords[to]
	switch {
	case s.MerchantName == "":
		return errors.New("merchant name is missing")
	case len(s.MerchantNumber) != 15:
		return errors.New("merchant number needs 15 characters")
	case s.TerminalNumber != "" && (len(s.TerminalNumber) != 8 || !sixDigits.MatchString(s.Batch) || !sixDigits.MatchString(s.Voucher)):
		return errors.New("a terminal needs 8 characters, its batch and voucher numbers 6 digits")
	case !knownCopy:
		return errors.New("unknown copy, use one of the constants")
	case lang != Chinese && lang != English:
		return errors.New("unknown language, use zh or en")
	case reprint < 0:
		return errors.New("reprint counts from 0")
	case s.Wallet == "":
		return errors.New("wallet is missing, use wechat, alipay, unionpay or what it is called")
	case s.Transaction != Sale && !(s.Transaction.refers() && s.Original != nil):
		return errors.New("a code slip is a sale's, or a void's or refund's with its original transaction")
	case s.Order == "" && s.Reference == "":
		return errors.New("order number and reference number are missing")
	case s.Time.IsZero():
		return errors.New("time is missing")
	}
	for _, amount := range []string{s.Coupon, s.Paid, s.Settled} {
		if amount != "" && !amountForm.MatchString(amount) {
			return errors.New("amounts need yuan and two decimals without a sign")
		}
	}
	if !amountForm.MatchString(s.Amount) {
		return errors.New("amount needs yuan and two decimals without a sign")
	}
	return nil
}
