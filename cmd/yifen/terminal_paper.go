package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// paperOptions say in which language and on what a terminal's words and slips appear.
type paperOptions struct {
	lang, copies              string
	png, pdf, escpos, printer string

	text []string // the slips as text, once delivered
}

func (p *paperOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&p.lang, "lang", "both", "language: zh, en or both; in both, a slip is printed twice")
	f.StringVar(&p.copies, "copy", "cardholder", "copies of a slip: cardholder, merchant or both")
	f.StringVar(&p.png, "png", "", "write the slip as a picture to this file")
	f.StringVar(&p.pdf, "pdf", "", "write the slip as PDF to this file")
	f.StringVar(&p.escpos, "escpos", "", "write the slip as printer commands to this file")
	f.StringVar(&p.printer, "printer", "", "print the slip on the receipt printer at host:port")
}

func (p *paperOptions) check() error {
	switch {
	case p.lang != "zh" && p.lang != "en" && p.lang != "both":
		return wrong("未知的语言 "+p.lang+"：请用 zh、en 或 both", "unknown language "+p.lang+", use zh, en or both")
	case p.copies != "cardholder" && p.copies != "merchant" && p.copies != "both":
		return wrong("未知的联次 "+p.copies+"：请用 cardholder、merchant 或 both", "unknown copy "+p.copies+", use cardholder, merchant or both")
	}
	return nil
}

// words returns a text in the languages asked for.
func (p *paperOptions) words(t pos.Text) string {
	switch p.lang {
	case "zh":
		return t.ZH
	case "en":
		return t.EN
	}
	return t.ZH + " " + t.EN
}

// deliver makes the slips of an outcome and sends them where the options say.
func (p *paperOptions) deliver(ctx context.Context, o pos.Outcome) error {
	var failed error
	for i, lang := range p.languages() {
		suffix := "" // tells the files of several languages apart
		if i > 0 {
			suffix = "-" + lang
		}
		if o.BatchSlip != nil {
			p.text = append(p.text, strings.Join(o.BatchSlip.Lines(lang), "\n")+"\n")
			failed = errors.Join(failed, p.draw(ctx, suffix, func() (world.Document, error) {
				return world.BatchPaper(*o.BatchSlip, lang, o.BatchSlip.Reprints)
			}))
			continue
		}
		copies := []string{p.copies}
		if p.copies == "both" {
			copies = []string{"merchant", "cardholder"}
		}
		for _, to := range copies {
			copySuffix := suffix
			if len(copies) > 1 {
				copySuffix = "-" + to + suffix
			}
			p.text = append(p.text, strings.Join(o.Slip.Lines(pos.Copy(to), lang), "\n")+"\n")
			failed = errors.Join(failed, p.draw(ctx, copySuffix, func() (world.Document, error) {
				return world.Paper(*o.Slip, to, lang, o.Slip.Reprints)
			}))
		}
	}
	return failed
}

// languages are those of the slips: one, or Chinese and then English.
func (p *paperOptions) languages() []string {
	if p.lang == "both" {
		return []string{"zh", "en"}
	}
	return []string{p.lang}
}

// draw writes one document to files and printer, where any is asked for; the suffix tells the files of several
// copies apart.
func (p *paperOptions) draw(ctx context.Context, suffix string, paper func() (world.Document, error)) error {
	if p.png == "" && p.pdf == "" && p.escpos == "" && p.printer == "" {
		return nil
	}
	doc, err := paper()
	if err != nil {
		return err
	}
	for _, file := range []struct{ format, path string }{{"png", p.png}, {"pdf", p.pdf}, {"escpos", p.escpos}} {
		if file.path == "" {
			continue
		}
		extension := filepath.Ext(file.path)
		path := strings.TrimSuffix(file.path, extension) + suffix + extension
		if err := world.SavePaper(doc, file.format, path); err != nil {
			return err
		}
	}
	if p.printer == "" {
		return nil
	}
	return world.PrintPaper(ctx, doc, p.printer)
}

var kindWords = map[pos.Kind]pos.Text{
	pos.Sale: {ZH: "消费", EN: "sale"}, pos.Void: {ZH: "消费撤销", EN: "void"}, pos.Refund: {ZH: "退货", EN: "refund"},
	pos.SignIn: {ZH: "签到", EN: "sign-in"}, pos.SignOff: {ZH: "签退", EN: "sign-off"}, pos.Echo: {ZH: "回响测试", EN: "echo"},
	pos.Settle: {ZH: "结算", EN: "batch close"}, pos.Reversal: {ZH: "冲正", EN: "reversal"},
	pos.Balance: {ZH: "查余额", EN: "balance inquiry"}, pos.Preauth: {ZH: "预授权", EN: "pre-authorization"},
	pos.AddOn: {ZH: "追加预授权", EN: "add-on"}, pos.PreauthVoid: {ZH: "预授权撤销", EN: "void of the pre-authorization"},
	pos.Completion: {ZH: "预授权完成", EN: "completion"}, pos.CompletionAdvice: {ZH: "预授权完成通知", EN: "completion advice"},
	pos.CompletionVoid: {ZH: "预授权完成撤销", EN: "void of the completion"}, pos.OfflineSale: {ZH: "离线消费", EN: "offline sale"},
	pos.Adjustment: {ZH: "结算调整", EN: "adjustment"}, pos.Tip: {ZH: "小费", EN: "tip"}, pos.Signature: {ZH: "电子签名", EN: "signature"},
	pos.Load: {ZH: "下载", EN: "download"}, pos.StatusUpload: {ZH: "状态上送", EN: "status upload"},
	pos.ScriptResult: {ZH: "脚本结果", EN: "script result"}, pos.KeyFetch: {ZH: "获取主密钥", EN: "key fetch"},
}

// tell prints for a person what happened, what it means and what to do, and then the slips.
func (p *paperOptions) tell(w io.Writer, o pos.Outcome, err error) {
	if o.Resolved != nil {
		p.tellResolved(w, *o.Resolved)
	}
	if err != nil {
		if errors.Is(err, pos.ErrPending) {
			p.sentence(w, "✗ 待冲正交易未完成，本次交易未发送："+pos.Words(err).ZH, "✗ Not sent, because "+err.Error())
		}
		return
	}
	if o.Kind == pos.Reversal {
		if o.Resolved == nil {
			p.sentence(w, "没有待冲正的交易。", "Nothing is pending.")
		}
		return
	}
	name := kindWords[o.Kind]
	sum := ""
	if o.Amount > 0 {
		sum = " CNY " + pos.FormatAmount(o.Amount)
	}
	switch {
	case o.TextZH == "": // a reprint says nothing but its slip
	case differs(o):
		p.sentence(w, "⚠ "+o.TextZH, "⚠ The batch is "+o.TextEN)
		p.sentence(w, "  → "+o.AdviceZH, "  → "+o.AdviceEN)
	case o.Approved:
		p.sentence(w, "✓ "+name.ZH+"成功"+sum, "✓ "+capital(name.EN)+" approved"+sum)
	case o.Unknown:
		p.sentence(w, "? "+name.ZH+"结果未知"+sum, "? "+capital(name.EN)+": outcome unknown"+sum)
	default:
		p.sentence(w, "✗ "+name.ZH+"未成功"+sum, "✗ "+capital(name.EN)+" declined"+sum)
	}
	if o.Balance != nil {
		p.sentence(w, "  可用余额 CNY "+pos.FormatAmount(*o.Balance), "  Available balance CNY "+pos.FormatAmount(*o.Balance))
	}
	if o.Rest > 0 {
		p.sentence(w, "  申请 "+pos.FormatAmount(o.Requested)+"，收余款 "+pos.FormatAmount(o.Rest),
			"  Asked for "+pos.FormatAmount(o.Requested)+", collect the rest "+pos.FormatAmount(o.Rest))
	}
	if !o.Approved {
		p.sentence(w, "  "+strings.TrimSpace(o.Code+" "+o.TextZH), "  "+strings.TrimSpace(o.Code+" "+o.TextEN))
		p.sentence(w, "  → "+o.AdviceZH, "  → "+o.AdviceEN)
	} else if o.Code != "00" {
		p.sentence(w, "  "+o.Code+" "+o.TextZH+"："+o.AdviceZH, "  "+o.Code+" "+o.TextEN+": "+o.AdviceEN)
	}
	if o.Capture {
		p.sentence(w, "  发卡行要求留卡。", "  The issuer asks to keep the card.")
	}
	if o.Fault != "" {
		fmt.Fprintln(w, "  ("+o.Fault+")")
	}
	if o.SignedInAgain {
		p.sentence(w, "  终端已重新签到，请重新交易。", "  The terminal has signed in again: do the transaction again.")
	}
	p.facts(w, o)
	if ask := requirements[o.Requirement]; ask.EN != "" {
		p.sentence(w, "  主机要求："+ask.ZH, "  The host asks the terminal to "+ask.EN)
	}
	for _, slip := range p.text {
		fmt.Fprint(w, "\n", slip)
	}
}

// facts prints the numbers by which an act is found again.
func (p *paperOptions) facts(w io.Writer, o pos.Outcome) {
	var facts []string
	for _, fact := range []struct {
		name  pos.Text
		value string
	}{
		{pos.Text{ZH: "凭证号", EN: "trace"}, o.Trace}, {pos.Text{ZH: "批次", EN: "batch"}, o.Batch},
		{pos.Text{ZH: "参考号", EN: "RRN"}, strings.TrimSpace(o.RRN)}, {pos.Text{ZH: "授权码", EN: "auth"}, o.AuthCode},
	} {
		if fact.value != "" {
			facts = append(facts, p.words(fact.name)+" "+fact.value)
		}
	}
	if len(facts) > 0 {
		fmt.Fprintln(w, "  "+strings.Join(facts, " · "))
	}
}

// requirements are the sixth digit of the header: what the host wants the terminal to do next.
var requirements = map[int]pos.Text{
	1: {ZH: "下载终端参数", EN: "download its parameters"}, 2: {ZH: "上送状态", EN: "upload its status"},
	3: {ZH: "重新签到", EN: "sign in again"}, 4: {ZH: "下载公钥", EN: "download public keys"},
	5: {ZH: "下载 IC 卡参数", EN: "download chip parameters"}, 6: {ZH: "读取更新通知", EN: "read the update notice"},
	7: {ZH: "下载黑名单", EN: "download the card blacklist"}, 8: {ZH: "下载卡 BIN 表", EN: "download the card table"},
	9: {ZH: "下载非接参数", EN: "download contactless parameters"},
}

func (p *paperOptions) tellResolved(w io.Writer, r pos.Resolved) {
	sum := pos.FormatAmount(r.Amount)
	name := kindWords[r.Kind]
	switch {
	case r.Advice && r.Done && r.Slip != nil:
		p.sentence(w, "↺ 上一笔"+name.ZH+" "+r.Trace+" CNY "+sum+" 重发成功，已记账。",
			"↺ The pending "+name.EN+" "+r.Trace+" of CNY "+sum+" was sent again and approved.")
	case r.Advice && r.Done:
		code := pos.Explain(r.Code)
		p.sentence(w, "↺ 上一笔"+name.ZH+" "+r.Trace+" CNY "+sum+" 未成功："+r.Code+" "+code.Meaning.ZH,
			"↺ The pending "+name.EN+" "+r.Trace+" of CNY "+sum+" was declined: "+r.Code+" "+code.Meaning.EN)
	case r.Done:
		p.sentence(w, "↺ 上一笔"+name.ZH+" "+r.Trace+" CNY "+sum+" 已冲正（应答 "+r.Code+"）。",
			"↺ The unfinished "+name.EN+" "+r.Trace+" of CNY "+sum+" was reversed (answer "+r.Code+").")
	default:
		p.sentence(w, fmt.Sprintf("↺ 上一笔%s %s CNY %s 仍待处理，已发送 %d 次。", name.ZH, r.Trace, sum, r.Tries),
			fmt.Sprintf("↺ The unfinished %s %s of CNY %s is still pending after %d tries.", name.EN, r.Trace, sum, r.Tries))
	}
}

// differs tells whether a batch was closed although the host counted otherwise.
func differs(o pos.Outcome) bool {
	return o.Kind == pos.Settle && o.BatchSlip != nil && o.BatchSlip.Totals.Verdict() != pos.Equal
}

// sentence prints a line in each language asked for.
func (p *paperOptions) sentence(w io.Writer, zh, en string) {
	if p.lang != "en" {
		fmt.Fprintln(w, zh)
	}
	if p.lang != "zh" {
		fmt.Fprintln(w, en)
	}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// terminalStatus is what `yifen terminal status` shows.
type terminalStatus struct {
	pos.Status
	Host         bool   `json:"host_answers"`
	Code         string `json:"host_code,omitempty"` // F39 of its answer
	Milliseconds int64  `json:"host_ms"`
	Fault        string `json:"host_fault,omitempty"`
}

func (s terminalStatus) print(w io.Writer, lang string) error {
	p := paperOptions{lang: lang}
	yes := func(b bool, no, yes pos.Text) string {
		if b {
			return p.words(yes)
		}
		return p.words(no)
	}
	line := func(zh, en, value string) {
		label := p.words(pos.Text{ZH: zh, EN: en})
		fmt.Fprintln(w, label+strings.Repeat(" ", max(1, 30-pos.Columns(label)))+value)
	}
	line("终端", "terminal", s.Terminal+" @ "+s.Merchant+" "+s.MerchantName)
	line("主机", "host", s.Address+"  "+yes(s.Host, pos.Text{ZH: "无应答", EN: "no answer"}, pos.Text{ZH: "应答", EN: "answers"})+
		fmt.Sprintf(" (%d ms)", s.Milliseconds))
	if s.Host && s.Code != "00" {
		code := pos.Explain(s.Code)
		p.sentence(w, "  "+s.Code+" "+code.Meaning.ZH+" → "+code.Advice.ZH, "  "+s.Code+" "+code.Meaning.EN+" → "+code.Advice.EN)
	}
	if s.Fault != "" {
		fmt.Fprintln(w, "  ("+s.Fault+")")
	}
	line("签到", "signed in", yes(s.SignedIn, pos.Text{ZH: "否", EN: "no"}, pos.Text{ZH: "是", EN: "yes"}))
	line("操作员", "operator", s.Operator)
	line("终端时间", "clock", s.Clock.Format("2006-01-02 15:04:05"))
	line("主密钥校验值", "TMK check value", s.CheckValue)
	line("批次 / 流水", "batch / last trace", s.Batch+" / "+s.Trace)
	line("本批笔数", "lines in the batch", fmt.Sprint(s.Lines))
	line("借记", "debit", fmt.Sprintf("%d  CNY %s", s.Debit.Count, pos.FormatAmount(s.Debit.Amount)))
	line("贷记", "credit", fmt.Sprintf("%d  CNY %s", s.Credit.Count, pos.FormatAmount(s.Credit.Amount)))
	if r := s.Pending; r != nil {
		line("待处理", "pending", fmt.Sprintf("%s %s CNY %s (%d)", p.words(kindWords[r.Kind]), r.Trace, pos.FormatAmount(r.Amount), r.Tries))
	}
	for _, due := range s.Due {
		line("主机要求", "the host asks for", p.words(due.Name()))
	}
	if s.Errands > 0 {
		line("待发脚本/签名", "scripts and signatures to send", fmt.Sprint(s.Errands))
	}
	if s.Settling {
		p.sentence(w, "结批未完成，请再次结批。", "A batch close is under way: settle again.")
	}
	if s.Unprinted {
		p.sentence(w, "最后一张签购单未打印，请重打印。", "The last slip was not printed: reprint it.")
	}
	return nil
}
