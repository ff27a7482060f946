package pos

import (
	"cmp"
	"fmt"
	"strings"
)

// Copy is whom a slip is printed for.
type Copy string

// The copies.
const (
	MerchantCopy   Copy = "merchant"
	CardholderCopy Copy = "cardholder"
)

// PaperColumns is the width of the paper in half-width columns: 58 mm.
const PaperColumns = 32

// kindNames are what slips and screens call the kinds.
var kindNames = map[Kind]Text{
	Sale: {"消费", "SALE"}, Void: {"消费撤销", "VOID"}, Refund: {"退货", "REFUND"}, Preauth: {"预授权", "AUTH"},
	AddOn: {"追加预授权", "AUTH ADD-ON"}, PreauthVoid: {"预授权撤销", "AUTH VOID"}, Completion: {"预授权完成", "AUTH COMPLETE"},
	CompletionAdvice: {"预授权完成通知", "AUTH SETTLEMENT"}, CompletionVoid: {"预授权完成撤销", "COMPLETE VOID"},
	OfflineSale: {"离线消费", "OFFLINE SALE"}, Adjustment: {"结算调整", "ADJUST"}, Tip: {"小费", "TIP"},
	Balance: {"查余额", "BALANCE"}, SignIn: {"签到", "SIGN-IN"}, SignOff: {"签退", "SIGN-OFF"}, Echo: {"回响测试", "ECHO"},
	Settle: {"结算", "SETTLEMENT"}, Reversal: {"冲正", "REVERSAL"}, ScriptResult: {"脚本结果上送", "SCRIPT RESULT"},
	Signature: {"电子签名上送", "SIGNATURE"}, StatusUpload: {"状态上送", "STATUS UPLOAD"}, Load: {"下载", "DOWNLOAD"},
	KeyFetch: {"获取主密钥", "KEY FETCH"},
}

// Name returns what slips and screens call the kind, in capitals in English.
func (k Kind) Name() Text { return kindNames[k] }

// sheet is a slip being written, in one language.
type sheet struct {
	zh    bool
	lines []string
}

func (s *sheet) say(zh, en string) string {
	if s.zh {
		return zh
	}
	return en
}

func (s *sheet) add(line string) { s.lines = append(s.lines, line) }

func (s *sheet) rule() { s.add(strings.Repeat("-", PaperColumns)) }

func (s *sheet) center(line string) {
	s.add(strings.Repeat(" ", max(0, PaperColumns-Columns(line))/2) + line)
}

// pair writes a label and its value at the two ends of a line, or of two when they do not fit one. No value, no
// line.
func (s *sheet) pair(zh, en, value string) {
	label := s.say(zh, en)
	switch gap := PaperColumns - Columns(label) - Columns(value); {
	case value == "":
	case gap > 0:
		s.add(label + strings.Repeat(" ", gap) + value)
	default:
		s.add(label)
		for _, line := range Wrap(value, PaperColumns-2) {
			s.add("  " + line)
		}
	}
}

// note writes a text over as many lines as it takes.
func (s *sheet) note(text string) { s.lines = append(s.lines, Wrap(text, PaperColumns)...) }

// Columns is the width of text on paper and screen, where a Chinese character takes two columns.
func Columns(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}

// runeColumns knows the wide characters of this terminal: CJK ideographs, punctuation and full-width forms.
func runeColumns(r rune) int {
	switch {
	case r >= 0x2E80 && r <= 0xA4CF, r >= 0xF900 && r <= 0xFAFF, r >= 0xFE30 && r <= 0xFE4F, r >= 0xFF00 && r <= 0xFF60,
		r >= 0xFFE0 && r <= 0xFFE6:
		return 2
	}
	return 1
}

// Wrap breaks text into lines of at most so many columns, at spaces where there are any.
func Wrap(text string, columns int) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		line, width, space := []rune(nil), 0, -1
		for _, r := range paragraph {
			if width+runeColumns(r) > columns {
				rest := []rune(nil)
				switch n := len(line); {
				case r != ' ' && space > 0:
					line, rest = line[:space], append(rest, line[space+1:]...)
				case strings.ContainsRune("。，、；：！？）”", r) && n > 1: // which begin no line
					line, rest = line[:n-1], append(rest, line[n-1])
				}
				lines = append(lines, string(line))
				line, width, space = rest, Columns(string(rest)), -1
				if r == ' ' {
					continue
				}
			}
			if r == ' ' {
				space = len(line)
			}
			line, width = append(line, r), width+runeColumns(r)
		}
		lines = append(lines, string(line))
	}
	return lines
}

// head writes what every slip begins with.
func (s *sheet) head(title, to string, training bool, reprints int) {
	s.center(title)
	if to != "" {
		s.center(to)
	}
	if training {
		s.center(s.say("*** 训练 TRAINING ***", "*** TRAINING ***"))
		s.center(s.say("不是真实交易", "NOT A REAL TRANSACTION"))
	}
	if reprints > 0 {
		s.center(fmt.Sprintf(s.say("*** 重打印/REPRINT %d ***", "*** REPRINT %d ***"), reprints))
	}
	s.rule()
}

func (s *sheet) merchant(name, merchant, terminal, operator string) {
	if name == "" {
		name = s.say("(商户名称未下载)", "(NAME NOT LOADED)")
	}
	s.pair("商户名称", "MERCHANT", name)
	s.pair("商户编号", "MERCHANT NO.", merchant)
	s.pair("终端编号", "TERMINAL NO.", terminal)
	s.pair("操作员号", "OPERATOR", operator)
}

// entryMarks are how a slip says how the card was read.
var entryMarks = map[Entry]string{Swipe: "/S", Insert: "/I", Tap: "/C", Manual: "/M"}

// Lines returns one copy of the slip as lines of [PaperColumns] columns, in Chinese ("zh") or English ("en").
func (s Slip) Lines(to Copy, lang string) []string {
	p := &sheet{zh: lang != "en"}
	title, copies := Text{"POS 签购单", "SALES SLIP"}, Text{"持卡人存根", "CARDHOLDER COPY"}
	if s.Entry == Scan {
		title, copies = Text{"扫码签购单", "CODE SLIP"}, Text{"顾客存根", "CUSTOMER COPY"}
	}
	if to == MerchantCopy {
		copies = Text{"商户存根", "MERCHANT COPY"}
	}
	p.head(p.say(title.ZH, title.EN), p.say(copies.ZH, copies.EN), s.Training, s.Reprints)
	p.merchant(s.MerchantName, s.Merchant, s.Terminal, s.Operator)
	if s.Entry == Scan {
		p.rule()
		p.pair("支付方式", "WALLET", p.say(s.WalletName().ZH, s.WalletName().EN))
	} else {
		p.pair("收单行", "ACQUIRER", s.Acquirer)
		p.pair("发卡行", "ISSUER", s.Issuer)
		p.rule()
		card := s.Card + " " + entryMarks[s.Entry]
		if s.Phone {
			card += p.say(" 手机", " PHONE")
		}
		p.pair("卡号", "CARD NO.", card)
	}
	name := s.Kind.Name()
	if s.Kind == Refund && s.Entry == Scan {
		name.ZH = "退款" // no card gets it
	}
	p.pair("交易类型", "TRANS TYPE", p.say(name.ZH+"/"+name.EN, name.EN))
	p.pair("批次号", "BATCH NO.", s.Batch)
	p.pair("凭证号", "VOUCHER NO.", s.Trace)
	p.pair("授权码", "AUTH NO.", s.AuthCode)
	p.pair("参考号", "REF. NO.", s.RRN)
	p.number("商户订单号", "ORDER NO.", s.Order)
	p.number("钱包单号", "WALLET NO.", s.WalletNumber)
	p.pair("日期时间", "DATE/TIME", s.Time.Format("2006/01/02 15:04:05"))
	s.amounts(p)
	s.original(p)
	s.chip(p)
	p.rule()
	for _, text := range []string{s.IssuerText, s.NetworkText, s.AcquirerText} {
		if text != "" {
			p.note(text)
		}
	}
	s.consent(p, to)
	return p.lines
}

// number writes a number that is too long to stand beside its label at the right edge of a line of its own.
func (s *sheet) number(zh, en, value string) {
	if value == "" {
		return
	}
	s.add(s.say(zh, en))
	for _, line := range Wrap(value, PaperColumns) {
		s.add(strings.Repeat(" ", PaperColumns-Columns(line)) + line)
	}
}

func (s Slip) amounts(p *sheet) {
	sign := ""
	if forms[s.Kind].column == credit || s.Kind == PreauthVoid {
		sign = "-"
	}
	if s.Requested > 0 {
		p.pair("申请金额", "REQUESTED", "RMB "+FormatAmount(s.Requested))
		p.pair("批准金额", "APPROVED", "RMB "+FormatAmount(s.Amount))
		p.pair("余款另付", "TO BE COLLECTED", "RMB "+FormatAmount(s.Requested-s.Amount))
		return
	}
	if s.Tip > 0 {
		p.pair("金额", "AMOUNT", "RMB "+FormatAmount(s.Amount-s.Tip))
		p.pair("小费", "TIP", "RMB "+FormatAmount(s.Tip))
		p.pair("总计", "TOTAL", "RMB "+FormatAmount(s.Amount))
		return
	}
	p.pair("金额", "AMOUNT", "RMB "+sign+FormatAmount(s.Amount))
	if s.Paid > 0 {
		p.pair("优惠", "COUPON", "RMB -"+FormatAmount(s.Amount-s.Paid))
		p.pair("实付", "PAID", "RMB "+FormatAmount(s.Paid))
	}
	if s.Settled > 0 {
		p.pair("结算", "SETTLED", "RMB "+FormatAmount(s.Settled))
	}
}

func (s Slip) original(p *sheet) {
	if s.Original == nil {
		return
	}
	p.pair("原凭证号", "ORIG. VOUCHER", s.Original.Trace)
	p.pair("原授权码", "ORIG. AUTH NO.", s.Original.AuthCode)
	p.pair("原参考号", "ORIG. REF.", s.Original.RRN)
	p.pair("原交易日期", "ORIG. DATE", s.Original.Date)
}

// chip prints the chip's block as one run of tags, as terminals do to save paper.
func (s Slip) chip(p *sheet) {
	if s.Chip == nil {
		return
	}
	p.rule()
	var tags []string
	for _, t := range [][2]string{
		{"APP LABEL", s.Chip.Label}, {"AID", s.Chip.AID}, {s.Chip.CryptogramKind, s.Chip.Cryptogram}, {"TVR", s.Chip.TVR},
		{"TSI", s.Chip.TSI}, {"ATC", s.Chip.ATC}, {"UNPR NUM", s.Chip.Unpredictable}, {"AIP", s.Chip.AIP},
		{"CVMR", s.Chip.CVMR}, {"IAD", s.Chip.IAD}, {"TERM CAPA", s.Chip.Capabilities}, {"CSN", s.Chip.CSN},
	} {
		if t[1] != "" {
			tags = append(tags, t[0]+":"+t[1])
		}
	}
	p.note(strings.Join(tags, " "))
}

// consent prints what the cardholder agrees to, on the copy that the merchant keeps.
func (s Slip) consent(p *sheet, to Copy) {
	if s.Waived {
		limit := fmt.Sprint(cmp.Or(s.WaiverLimit, WaiverLimit) / 100)
		p.note(p.say("交易金额未超过"+limit+"元，免密免签", "AMOUNT NOT OVER RMB "+limit+": NO PIN OR SIGNATURE REQUIRED"))
	}
	if to != MerchantCopy || s.Entry == Scan || forms[s.Kind].advice && s.Kind != Refund {
		return // of a payment by code the payer agreed in the wallet
	}
	switch {
	case s.Signed:
		p.note(p.say("持卡人已电子签名", "SIGNED ON SCREEN"))
	case !s.Waived:
		p.add(p.say("持卡人签名", "CARDHOLDER SIGNATURE"))
		p.add("")
		p.add(strings.Repeat("_", PaperColumns))
	}
	p.note(p.say("本人确认以上交易，同意将其记入本卡账户", "I ACKNOWLEDGE SATISFACTORY RECEIPT OF RELATIVE GOODS/SERVICES"))
}

var verdictNames = map[Verdict]Text{
	NotJudged: {"-", "-"}, Equal: {"对账平", "EQUAL"}, Unequal: {"对账不平", "UNEQUAL"}, Failed: {"对账出错", "ERROR"},
}

// Name returns what slips and screens call the verdict.
func (v Verdict) Name() Text { return verdictNames[v] }

// Lines returns the slip of a batch close as lines of [PaperColumns] columns, in Chinese ("zh") or English ("en").
func (s BatchSlip) Lines(lang string) []string {
	p := &sheet{zh: lang != "en"}
	p.head(p.say("结算总计单", "SETTLEMENT"), "", s.Training, s.Reprints)
	p.merchant(s.MerchantName, s.Merchant, s.Terminal, s.Operator)
	p.pair("批次号", "BATCH NO.", s.Batch)
	p.pair("日期时间", "DATE/TIME", s.Time.Format("2006/01/02 15:04:05"))
	p.rule()
	for _, k := range s.Kinds {
		name := k.Kind.Name()
		p.pair(name.ZH, name.EN, fmt.Sprintf("%d  %s", k.Count, FormatAmount(k.Amount)))
	}
	if len(s.Kinds) > 0 {
		p.rule()
	}
	s.half(p, p.say("内卡", "DOMESTIC"), s.Totals.Domestic)
	if f := s.Totals.Foreign; f != nil && f.Debit.Count+f.Credit.Count > 0 {
		s.half(p, p.say("外卡", "FOREIGN"), *s.Totals.Foreign)
	}
	if s.Uploaded > 0 {
		p.pair("已上送明细", "DETAILS SENT", fmt.Sprint(s.Uploaded))
	}
	return p.lines
}

func (s BatchSlip) half(p *sheet, name string, h Half) {
	p.add(name + " " + p.say(h.Result.Name().ZH, h.Result.Name().EN))
	p.pair("  借记", "  DEBIT", fmt.Sprintf("%d  %s", h.Debit.Count, FormatAmount(h.Debit.Amount)))
	p.pair("  贷记", "  CREDIT", fmt.Sprintf("%d  %s", h.Credit.Count, FormatAmount(h.Credit.Amount)))
}
