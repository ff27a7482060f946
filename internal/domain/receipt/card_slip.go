package receipt

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// cardSlipTemplate names the layout below. A change of what a slip says raises the number, which is
// printed, so that two slips that differ can be told apart by their form.
const cardSlipTemplate = "card_slip/1"

// Transaction is what a slip records.
type Transaction string

// The transactions that print a card slip.
const (
	Sale             Transaction = "sale"
	Void             Transaction = "void"
	Refund           Transaction = "refund"
	PreAuth          Transaction = "preauth"
	AddOn            Transaction = "add_on"
	PreAuthVoid      Transaction = "preauth_void"
	Completion       Transaction = "completion"
	CompletionAdvice Transaction = "completion_advice"
	CompletionVoid   Transaction = "completion_void"
	OfflineSale      Transaction = "offline_sale"
	Adjustment       Transaction = "adjustment"
	Tip              Transaction = "tip"
)

var transactionWords = map[Transaction]label{
	Sale:             {"消费", "SALE"},
	Void:             {"消费撤销", "VOID"},
	Refund:           {"退货", "REFUND"},
	PreAuth:          {"预授权", "AUTH"},
	AddOn:            {"追加预授权", "AUTH ADD-ON"},
	PreAuthVoid:      {"预授权撤销", "AUTH VOID"},
	Completion:       {"预授权完成", "AUTH COMPLETE"},
	CompletionAdvice: {"预授权完成通知", "AUTH SETTLEMENT"},
	CompletionVoid:   {"预授权完成撤销", "COMPLETE VOID"},
	OfflineSale:      {"离线消费", "OFFLINE SALE"},
	Adjustment:       {"结算调整", "ADJUST"},
	Tip:              {"小费", "TIP"},
}

// Name returns the transaction's name as slips print it: both names in Chinese, one in English.
func (t Transaction) Name(lang Lang) string { return transactionWords[t].with("/", lang) }

// returns reports whether the money goes back to the card; the slip then shows a minus sign.
func (t Transaction) returns() bool { return t == Void || t == Refund || t == CompletionVoid }

// refers reports whether the transaction acts on an earlier one, which the slip must name.
func (t Transaction) refers() bool {
	return t == Void || t == Refund || t == PreAuthVoid || t == CompletionVoid
}

// Entry is how the card was read, printed after the card number.
type Entry string

// The entry suffixes (DE 22).
const (
	EntrySwipe  Entry = "S"
	EntryChip   Entry = "I"
	EntryTap    Entry = "C"
	EntryManual Entry = "M"
)

// Consent is how the cardholder confirms the transaction.
type Consent string

// The kinds of consent.
const (
	SignOnPaper  Consent = ""         // a line to sign on
	SignOnScreen Consent = "screen"   // CardSlip.SignatureRef names the signature
	NotRequired  Consent = "waived"   // no PIN, no signature (免密免签); CardSlip.WaiverLimit says below what
	UnsignedCopy Consent = "unsigned" // nothing to sign, as on an advice
)

// Copy is whom a slip is printed for.
type Copy string

// The copies. Only merchant and bank copies are signed.
const (
	MerchantCopy   Copy = "merchant"
	BankCopy       Copy = "bank"
	CardholderCopy Copy = "cardholder"
)

var copyWords = map[Copy]label{
	MerchantCopy:   {"商户存根", "MERCHANT COPY"},
	BankCopy:       {"银行存根", "BANK COPY"},
	CardholderCopy: {"持卡人存根", "CARDHOLDER COPY"},
}

// CardSlip is a card transaction's slip (签购单). Amounts are formatted in yuan with two decimals and
// without a sign or currency, such as "1,234.50". Empty fields that are not required leave no line.
type CardSlip struct {
	MerchantName   string // required
	MerchantNumber string // required, 15 characters (DE 42)
	TerminalNumber string // required, 8 characters (DE 41)
	Operator       string
	Acquirer       string
	Issuer         string

	CardNumber  string // required, masked with '*': at most the first six and the last four digits
	Entry       Entry
	Phone       bool // what was tapped is a phone
	Transaction Transaction
	Batch       string    // required, 6 digits (DE 60.2)
	Voucher     string    // required, 6 digits: the trace number (DE 11)
	AuthCode    string    // DE 38
	Reference   string    // DE 37
	Time        time.Time // required; printed as it is, in its own location
	Amount      string    // required
	Requested   string    // what was asked for, when only a part was approved
	Tip         string
	Total       string // amount and tip together; shown with Tip

	Original *Original // required for voids and refunds
	EMV      *EMV      // chip and contactless only

	IssuerText   string // DE 63.2.1
	NetworkText  string // DE 63.2.2
	AcquirerText string // DE 63.2.3
	Remark       string // the line REFERENCE

	Consent      Consent
	SignatureRef string // the picture of a signature given on a screen
	WaiverLimit  string // yuan, such as "1000": the limit under which no PIN and signature are asked

	Code     string // optional content of a QR at the foot, by which a till finds the payment
	Training bool   // no real transaction
	Width    int    // paper in millimeters, see Document
}

// Original names the transaction that a void or refund acts on.
type Original struct {
	Voucher   string // required for a void
	AuthCode  string
	Reference string
	Date      string // MMDD, as DE 61 has it
}

// EMV is the chip block of a slip. Values are upper-case hexadecimal as the chip gave them, except
// Label.
type EMV struct {
	Label        string // tag 50
	AID          string // 4F
	Cryptogram   string // 9F26
	Offline      bool   // the cryptogram is a TC, the chip having approved offline; otherwise an ARQC
	TVR          string // 95
	TSI          string // 9B
	ATC          string // 9F36
	Unpredicted  string // 9F37, UNPR NUM
	AIP          string // 82
	CVMR         string // 9F34
	IAD          string // 9F10
	Capabilities string // 9F33, TERM CAPA
	CardSequence string // 5F34, CSN
}

var (
	maskedCard = regexp.MustCompile(`^[0-9]{0,6}\*{3,}[0-9]{0,4}$`)
	amountForm = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)\.[0-9]{2}$`)
	sixDigits  = regexp.MustCompile(`^[0-9]{6}$`)
)

// Document builds one copy of the slip. A reprint counts from 1 and is marked with its number; 0 is
// the first print. A slip that lacks a required field, or shows more of the card number than it may,
// is an error that wraps ErrInvalid and names the field but never its content.
func (s CardSlip) Document(to Copy, lang Lang, reprint int) (Document, error) {
	if err := s.check(to, lang, reprint); err != nil {
		return Document{}, fmt.Errorf("%w: card slip: %w", ErrInvalid, err)
	}
	b := builder{lang: lang}
	b.title(label{"POS 签购单", "SALES SLIP"}, copyWords[to])
	b.marks(reprint, s.Training)
	b.rule()
	b.merchant(s.MerchantName, s.MerchantNumber, s.TerminalNumber, s.Operator)
	b.pair(label{"收单行", "ACQUIRER"}, s.Acquirer)
	b.pair(label{"发卡行", "ISSUER"}, s.Issuer)
	b.rule()
	s.transaction(&b)
	s.amounts(&b)
	s.original(&b)
	s.chip(&b)
	s.remarks(&b)
	s.consent(&b, to)
	if s.Code != "" {
		b.add(QR{Content: s.Code, Caption: label{"退货请扫此码", "SCAN TO REFUND"}.with(" ", lang)})
	}
	b.foot(cardSlipTemplate)
	doc := Document{
		Title:    s.Transaction.Name(lang) + " " + s.Voucher,
		Template: cardSlipTemplate,
		Width:    s.Width,
		Lines:    b.lines,
	}
	return doc, doc.Validate()
}

func (s CardSlip) check(to Copy, lang Lang, reprint int) error {
	if err := checkTerminal(s.MerchantName, s.MerchantNumber, s.TerminalNumber, s.Batch, s.Time); err != nil {
		return err
	}
	_, knownCopy := copyWords[to]
	_, knownTransaction := transactionWords[s.Transaction]
	switch {
	case !knownCopy:
		return fmt.Errorf("unknown copy, use one of the constants")
	case lang != Chinese && lang != English:
		return fmt.Errorf("unknown language, use zh or en")
	case reprint < 0:
		return fmt.Errorf("reprint counts from 0")
	case !knownTransaction:
		return fmt.Errorf("unknown transaction, use one of the constants")
	case !maskedCard.MatchString(s.CardNumber):
		return fmt.Errorf("card number is not masked, show at most its first six and last four digits")
	case !strings.Contains("SICM", string(s.Entry)) || len(s.Entry) != 1:
		return fmt.Errorf("unknown entry, use S, I, C or M")
	case !sixDigits.MatchString(s.Voucher):
		return fmt.Errorf("voucher number needs 6 digits")
	case !amountForm.MatchString(s.Amount):
		return fmt.Errorf("amount needs yuan and two decimals without a sign")
	case (s.Tip == "") != (s.Total == ""):
		return fmt.Errorf("tip and total go together")
	case s.Tip != "" && !(amountForm.MatchString(s.Tip) && amountForm.MatchString(s.Total)):
		return fmt.Errorf("tip and total need yuan and two decimals without a sign")
	case s.Transaction.refers() && s.Original == nil:
		return fmt.Errorf("%s needs its original transaction", s.Transaction)
	case s.Consent == SignOnScreen && s.SignatureRef == "":
		return fmt.Errorf("signature on screen needs its reference")
	case s.Consent == NotRequired && s.WaiverLimit == "":
		return fmt.Errorf("waived signature needs the limit in yuan")
	}
	switch s.Consent {
	case SignOnPaper, SignOnScreen, NotRequired, UnsignedCopy:
		return nil
	}
	return fmt.Errorf("unknown consent, use one of the constants")
}

func checkTerminal(name, merchant, terminal, batch string, at time.Time) error {
	switch {
	case name == "":
		return fmt.Errorf("merchant name is missing")
	case len(merchant) != 15:
		return fmt.Errorf("merchant number needs 15 characters")
	case len(terminal) != 8:
		return fmt.Errorf("terminal number needs 8 characters")
	case !sixDigits.MatchString(batch):
		return fmt.Errorf("batch number needs 6 digits")
	case at.IsZero():
		return fmt.Errorf("time is missing")
	}
	return nil
}

func (s CardSlip) transaction(b *builder) {
	number := s.CardNumber + " /" + string(s.Entry)
	if s.Phone {
		number += " " + label{"手机", "PHONE"}.with(" ", b.lang)
	}
	b.strong(label{"卡号", "CARD NO."}, number)
	b.strong(label{"交易类型", "TRANS TYPE"}, s.Transaction.Name(b.lang))
	b.pair(label{"批次号", "BATCH NO."}, s.Batch)
	b.pair(label{"凭证号", "VOUCHER NO."}, s.Voucher)
	b.pair(label{"授权码", "AUTH NO."}, s.AuthCode)
	b.pair(label{"参考号", "REF. NO."}, s.Reference)
	b.pair(label{"日期时间", "DATE/TIME"}, s.Time.Format(timeForm))
}

func (s CardSlip) amounts(b *builder) {
	sign := ""
	if s.Transaction.returns() {
		sign = "-"
	}
	b.small(label{"金额", "AMOUNT"}.in(b.lang))
	b.add(Text{Text: "RMB " + sign + s.Amount, Align: Right, Style: Style{Size: Large, Bold: true}})
	if s.Requested != "" {
		b.pair(label{"请求金额", "REQUESTED"}, "RMB "+s.Requested)
		b.small(label{"部分批准", "PARTIAL APPROVAL"}.with(" ", b.lang))
	}
	if s.Tip != "" {
		b.pair(label{"小费", "TIP"}, "RMB "+sign+s.Tip)
		b.strong(label{"总计", "TOTAL"}, "RMB "+sign+s.Total)
	}
}

func (s CardSlip) original(b *builder) {
	if s.Original == nil {
		return
	}
	b.pair(label{"原凭证号", "ORIG. VOUCHER"}, s.Original.Voucher)
	b.pair(label{"原授权码", "ORIG. AUTH NO."}, s.Original.AuthCode)
	b.pair(label{"原参考号", "ORIG. REF. NO."}, s.Original.Reference)
	b.pair(label{"原交易日期", "ORIG. DATE"}, s.Original.Date)
}

// chip prints the EMV block as one run of tags, which is how terminals save paper. The tags are
// English in every language, because EMV names them so.
func (s CardSlip) chip(b *builder) {
	if s.EMV == nil {
		return
	}
	cryptogram := "ARQC"
	if s.EMV.Offline {
		cryptogram = "TC"
	}
	var tags []string
	for _, t := range [][2]string{
		{"APP LABEL", s.EMV.Label}, {"AID", s.EMV.AID}, {cryptogram, s.EMV.Cryptogram},
		{"TVR", s.EMV.TVR}, {"TSI", s.EMV.TSI}, {"ATC", s.EMV.ATC}, {"UNPR NUM", s.EMV.Unpredicted},
		{"AIP", s.EMV.AIP}, {"CVMR", s.EMV.CVMR}, {"IAD", s.EMV.IAD},
		{"TERM CAPA", s.EMV.Capabilities}, {"CSN", s.EMV.CardSequence},
	} {
		if t[1] != "" {
			tags = append(tags, strings.ReplaceAll(t[0]+":"+t[1], " ", noBreakSpace))
		}
	}
	b.rule()
	b.small(strings.Join(tags, " "))
}

func (s CardSlip) remarks(b *builder) {
	b.rule()
	b.small(label{"备注", "REFERENCE"}.in(b.lang))
	for _, text := range []string{s.Remark, s.IssuerText, s.NetworkText, s.AcquirerText} {
		if text != "" {
			b.small(text)
		}
	}
}

// consent prints what the cardholder agrees to, on the copies that the merchant and the bank keep.
func (s CardSlip) consent(b *builder, to Copy) {
	if s.Consent == NotRequired {
		b.small(label{
			"交易金额未超过" + s.WaiverLimit + "元，免密免签，无需签名",
			"AMOUNT NOT OVER RMB " + s.WaiverLimit + ", NO PIN AND NO SIGNATURE REQUIRED",
		}.with("\n", b.lang))
	}
	if to == CardholderCopy || s.Consent == UnsignedCopy {
		return
	}
	if s.Consent == SignOnPaper || s.Consent == SignOnScreen {
		line := Signature{Label: label{"持卡人签名", "CARDHOLDER SIGNATURE"}.in(b.lang)}
		if s.Consent == SignOnScreen {
			line.Ref, line.Alt = s.SignatureRef, "(SIGNED ON SCREEN)"
			if b.lang == Chinese {
				line.Alt = "(已电子签名)"
			}
		}
		b.add(line)
	}
	b.small(label{
		"本人确认以上交易，同意将其记入本卡账户",
		"I ACKNOWLEDGE SATISFACTORY RECEIPT OF RELATIVE GOODS/SERVICES",
	}.with("\n", b.lang))
}
