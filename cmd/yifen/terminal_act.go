package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/png" // signatures are handed in as PNG
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// wrong is an error of the command line, in both languages.
func wrong(zh, en string) error { return &pos.Refusal{Text: pos.Text{ZH: zh, EN: en}} }

// actFunc is one act of the terminal.
type actFunc func(context.Context, *pos.Terminal) (pos.Outcome, error)

func (o *terminalOptions) actCommands() []*cobra.Command {
	simple := func(use, short string, f actFunc) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: o.act(f)}
	}
	return []*cobra.Command{
		simple("sign-in", "Fetch working keys, clock and batch 签到",
			func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.SignIn(ctx) }),
		simple("sign-off", "End the session 签退",
			func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.SignOff(ctx) }),
		simple("echo", "Ask whether the host is there 回响测试",
			func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.Echo(ctx) }),
		o.cardCommand(pos.Sale, "sale", "Take a payment 消费", "  yifen terminal sale --amount 100.00 --card debit\n"+
			"  yifen terminal sale --amount 9.90 --card phone --entry tap\n"+
			"  yifen terminal sale --amount 100.00 --card stripe --pin none --entry swipe"),
		o.takeBackCommand(pos.Void, "void", "Take back a sale of the open batch 消费撤销"),
		o.refundCommand(),
		o.cardCommand(pos.Balance, "balance", "Ask what a card holds 查余额", "  yifen terminal balance --card debit"),
		o.cardCommand(pos.Preauth, "preauth", "Reserve an amount on a card 预授权", "  yifen terminal preauth --amount 500.00 --card credit"),
		o.cardCommand(pos.AddOn, "add-on", "Add to a pre-authorization 追加预授权", "  yifen terminal add-on --amount 50.00 --auth 123456 --date 1107"),
		o.cardCommand(pos.PreauthVoid, "preauth-void", "Give up a pre-authorization 预授权撤销", "  yifen terminal preauth-void --amount 500.00 --auth 123456 --date 1107"),
		o.cardCommand(pos.Completion, "complete", "Capture a pre-authorization 预授权完成", "  yifen terminal complete --amount 450.00 --auth 123456 --date 1107\n"+
			"  yifen terminal complete --advice --amount 450.00 --auth 123456"),
		o.takeBackCommand(pos.CompletionVoid, "completion-void", "Take back a completion of the open batch 预授权完成撤销"),
		o.cardCommand(pos.OfflineSale, "offline-sale", "Tell of a sale that was authorized by voice 离线消费", "  yifen terminal offline-sale --amount 80.00 --auth 654321 --entry manual"),
		o.changeCommand(pos.Adjustment, "adjust", "Give a sale of the open batch a new total 结算调整"),
		o.changeCommand(pos.Tip, "tip", "Add a tip to a sale of the open batch 小费"),
		o.codeCommand(), o.signatureCommand(),
		simple("settle", "Close the batch 结算", func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			if err := o.session(ctx, t); err != nil {
				return pos.Outcome{}, err
			}
			return t.Settle(ctx)
		}),
		simple("reverse", "Send now what is pending 发送待冲正交易", func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			resolved, err := t.Resolve(ctx)
			return pos.Outcome{Kind: pos.Reversal, Approved: err == nil, Resolved: resolved}, err
		}),
		o.reprintCommand(),
	}
}

// cardFlags are the flags of acts that present a card.
type cardFlags struct {
	amount, card, entry, pin string
	auth, date               string
	fallback, advice         bool
}

func (f *cardFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.amount, "amount", "", "amount in yuan, such as 100 or 100.00")
	c.Flags().StringVar(&f.card, "card", "debit", "a demo card by name (yifen terminal cards) or a card number; never a real card")
	c.Flags().StringVar(&f.entry, "entry", "", "how the card is read: swipe, insert, tap or manual (default: insert; a phone is tapped, a stripe swiped)")
}

// read returns what the flags present. An inquiry has no amount.
func (f *cardFlags) read(kind pos.Kind) (in pos.SaleInput, err error) {
	if kind != pos.Balance {
		if in.Amount, err = amountFlag(f.amount); err != nil {
			return in, err
		}
	}
	if in.Card, err = pos.FindCard(f.card); err != nil {
		return in, err
	}
	entry := f.entry
	switch {
	case entry != "":
	case in.Card.Phone:
		entry = string(pos.Tap)
	case in.Card.AID == "":
		entry = string(pos.Swipe)
	default:
		entry = string(pos.Insert)
	}
	in.Entry, err = pos.ParseEntry(entry)
	in.PIN, in.Fallback = entered(f.pin, in.Card), f.fallback
	return in, err
}

func amountFlag(text string) (int64, error) {
	if text == "" {
		return 0, wrong("请给出金额：--amount 100.00", "say how much: --amount 100.00")
	}
	return pos.ParseAmount(text)
}

// entered is the PIN that the cardholder enters. A demo card knows its own.
func entered(flag string, card pos.Card) cardcrypto.PIN {
	if flag == "" {
		flag = os.Getenv(envCardPIN)
	}
	switch flag {
	case "none":
		return ""
	case "":
		return cardcrypto.PIN(card.PIN)
	}
	return cardcrypto.PIN(flag)
}

// cardCommand is an act with a card in hand.
func (o *terminalOptions) cardCommand(kind pos.Kind, use, short, example string) *cobra.Command {
	var f cardFlags
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, Example: example}
	c.RunE = o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
		in, err := f.read(kind)
		if err != nil {
			return pos.Outcome{}, err
		}
		if err := o.session(ctx, t); err != nil {
			return pos.Outcome{}, err
		}
		about := pos.AuthorizationInput{SaleInput: in, AuthCode: strings.ToUpper(f.auth), Date: monthDay(f.date)}
		switch {
		case kind == pos.Sale:
			return t.Sale(ctx, in)
		case kind == pos.Balance:
			return t.Balance(ctx, in)
		case kind == pos.Preauth:
			return t.Preauth(ctx, in)
		case kind == pos.AddOn:
			return t.AddOn(ctx, about)
		case kind == pos.PreauthVoid:
			return t.PreauthVoid(ctx, about)
		case kind == pos.OfflineSale:
			return t.OfflineSale(ctx, pos.OfflineInput{Amount: in.Amount, Card: in.Card, Entry: in.Entry, AuthCode: about.AuthCode})
		case f.advice:
			return t.CompleteAdvice(ctx, about)
		}
		return t.Complete(ctx, about)
	})
	f.add(c)
	switch kind {
	case pos.AddOn, pos.PreauthVoid, pos.Completion:
		c.Flags().StringVar(&f.date, "date", "", "date of the pre-authorization, when it is known: MMDD, MM-DD or YYYY-MM-DD")
		c.Flags().StringVar(&f.auth, "auth", "", "authorization code of the pre-authorization, 6 characters")
	case pos.OfflineSale:
		c.Flags().StringVar(&f.auth, "auth", "", "authorization code as given by voice, 6 characters")
		return c
	}
	if kind == pos.Completion {
		c.Flags().BoolVar(&f.advice, "advice", false, "by advice: the issuer is told, not asked")
	}
	c.Flags().StringVar(&f.pin, "pin", "", "PIN, better in "+envCardPIN+"; none sends none (default: a demo card's own; a tap up to CNY 1,000.00 needs none)")
	c.Flags().BoolVar(&f.fallback, "fallback", false, "the stripe is read because the chip failed")
	return c
}

// supervise gives the supervisor's password for an act that needs it: what the environment has, else the first
// one, which does until it is changed.
func (o *terminalOptions) supervise(t *pos.Terminal, kind pos.Kind) error {
	if !pos.Guarded(kind) {
		return nil
	}
	password := os.Getenv(envSupervisor)
	if password == "" {
		password = pos.FirstPassword(pos.SupervisorNumber)
	}
	if err := t.Supervise(password); err != nil {
		return wrong("需要主管密码：请放在环境变量 "+envSupervisor, "this needs the supervisor's password: put it in "+envSupervisor)
	}
	return nil
}

// takeBackCommand voids something of the open batch.
func (o *terminalOptions) takeBackCommand(kind pos.Kind, use, short string) *cobra.Command {
	var trace string
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs, Example: "  yifen terminal " + use + " --trace 000002",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			if trace == "" {
				return pos.Outcome{}, wrong("请给出原凭证号：--trace", "say which one: --trace with the voucher number of its slip")
			}
			if err := errors.Join(o.supervise(t, kind), o.session(ctx, t)); err != nil {
				return pos.Outcome{}, err
			}
			if kind == pos.CompletionVoid {
				return t.CompletionVoid(ctx, padded(trace))
			}
			return t.Void(ctx, padded(trace))
		}),
	}
	c.Flags().StringVar(&trace, "trace", "", "voucher number of the original")
	return c
}

// changeCommand changes the total of a sale of the open batch.
func (o *terminalOptions) changeCommand(kind pos.Kind, use, short string) *cobra.Command {
	var trace, amount string
	what := "new total in yuan"
	if kind == pos.Tip {
		what = "tip in yuan"
	}
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs, Example: "  yifen terminal " + use + " --trace 000002 --amount 12.00",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			if trace == "" {
				return pos.Outcome{}, wrong("请给出原凭证号：--trace", "say which one: --trace with the voucher number of its slip")
			}
			fen, err := amountFlag(amount)
			if err == nil {
				err = errors.Join(o.supervise(t, kind), o.session(ctx, t))
			}
			switch {
			case err != nil:
				return pos.Outcome{}, err
			case kind == pos.Tip:
				return t.Tip(ctx, padded(trace), fen)
			}
			return t.Adjust(ctx, padded(trace), fen)
		}),
	}
	c.Flags().StringVar(&trace, "trace", "", "voucher number of the sale")
	c.Flags().StringVar(&amount, "amount", "", what)
	return c
}

// padded fills a trace up to its six digits, so that 2 is 000002.
func padded(trace string) string {
	if len(trace) < 6 {
		return strings.Repeat("0", 6-len(trace)) + trace
	}
	return trace
}

func (o *terminalOptions) refundCommand() *cobra.Command {
	var f cardFlags
	var rrn, date string
	var coded bool
	c := &cobra.Command{
		Use: "refund", Short: "Give back a sale, or part of it 退货", Args: cobra.NoArgs,
		Example: "  yifen terminal refund --amount 20.00 --card debit --rrn 202611070001 --date 1107\n" +
			"  yifen terminal refund --amount 9.90 --by-code --rrn 202611070002 --date 1107",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			in, err := f.read(pos.Refund)
			if err != nil {
				return pos.Outcome{}, err
			}
			if rrn == "" || date == "" {
				return pos.Outcome{}, wrong("请给出原交易：签购单上的 --rrn 和 --date（MMDD）", "say which sale: --rrn and --date (MMDD) from its slip")
			}
			if err := errors.Join(o.supervise(t, pos.Refund), o.session(ctx, t)); err != nil {
				return pos.Outcome{}, err
			}
			if coded {
				in.Card, in.Entry = pos.Card{}, pos.Scan
			}
			return t.Refund(ctx, pos.RefundInput{Amount: in.Amount, Card: in.Card, Entry: in.Entry, RRN: rrn, Date: monthDay(date)})
		}),
	}
	f.add(c)
	c.Flags().BoolVar(&coded, "by-code", false, "the sale was paid by a wallet's code, so that there is no card")
	c.MarkFlagsMutuallyExclusive("by-code", "card")
	c.MarkFlagsMutuallyExclusive("by-code", "entry")
	c.Flags().StringVar(&rrn, "rrn", "", "reference number of the sale, 12 characters")
	c.Flags().StringVar(&date, "date", "", "date of the sale: MMDD, MM-DD or YYYY-MM-DD")
	return c
}

// monthDay returns a date as MMDD.
func monthDay(date string) string {
	date = strings.NewReplacer("-", "", "/", "").Replace(date)
	if len(date) == 8 {
		return date[4:]
	}
	return date
}

func (o *terminalOptions) codeCommand() *cobra.Command {
	var amount, code string
	c := &cobra.Command{
		Use: "code", Short: "Take a payment by the code that a wallet shows 扫码", Args: cobra.NoArgs,
		Example: "  yifen terminal code --amount 9.90 --code 134567890123456789   # in the demo, the phone at http://127.0.0.1:8090/phone shows one",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			fen, err := amountFlag(amount)
			if err == nil {
				err = o.session(ctx, t)
			}
			if err != nil {
				return pos.Outcome{}, err
			}
			return t.PayByCode(ctx, fen, code)
		}),
	}
	c.Flags().StringVar(&amount, "amount", "", "amount in yuan, such as 100 or 100.00")
	c.Flags().StringVar(&code, "code", "", "what the code holds, 16 to 24 digits")
	return c
}

func (o *terminalOptions) signatureCommand() *cobra.Command {
	var trace, path string
	c := &cobra.Command{
		Use: "signature", Short: "Upload the customer's signature for a transaction of the open batch 电子签名", Args: cobra.NoArgs,
		Example: "  yifen terminal signature --trace 000002 --image signature.png",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			picture, err := readPicture(path)
			if err == nil {
				err = o.session(ctx, t)
			}
			if err != nil {
				return pos.Outcome{}, err
			}
			return t.Sign(ctx, padded(trace), picture)
		}),
	}
	c.Flags().StringVar(&trace, "trace", "", "voucher number of the transaction")
	c.Flags().StringVar(&path, "image", "", "PNG of the signature, black on white")
	return c
}

func readPicture(path string) (image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, wrong("读不到签名图片", "read the signature: "+err.Error())
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		return nil, wrong("签名图片应为 PNG", "the signature is no PNG picture")
	}
	return picture, nil
}

func (o *terminalOptions) reprintCommand() *cobra.Command {
	var trace string
	c := &cobra.Command{
		Use: "reprint", Short: "Print the last slip again, or one of the open batch 重打印", Args: cobra.NoArgs,
		RunE: o.act(func(_ context.Context, t *pos.Terminal) (pos.Outcome, error) {
			if trace == "" {
				return t.Reprint("")
			}
			return t.Reprint(padded(trace))
		}),
	}
	c.Flags().StringVar(&trace, "trace", "", "voucher number (default: the last slip)")
	return c
}

// local runs something that the terminal does with nobody else and tells an error in the languages asked for.
func (o *terminalOptions) local(f func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		err := o.paper.check()
		if err == nil {
			err = f(c, args)
		}
		var code exitCode
		if err == nil || errors.As(err, &code) {
			return err
		}
		o.complain(c, err)
		return exitUsage
	}
}

// complain tells an error.
func (o *terminalOptions) complain(c *cobra.Command, err error) {
	text := pos.Words(err)
	if o.json {
		// What cannot be written cannot be told either.
		_ = printJSON(c.OutOrStdout(), map[string]string{"error": text.EN, "error_zh": text.ZH})
		return
	}
	if text.ZH == text.EN {
		fmt.Fprintln(c.ErrOrStderr(), "yifen:", text.EN)
		return
	}
	o.paper.sentence(c.ErrOrStderr(), "yifen："+text.ZH, "yifen: "+text.EN)
}

// act runs one act of the terminal and reports how it ended.
func (o *terminalOptions) act(f actFunc) func(*cobra.Command, []string) error {
	return o.local(func(c *cobra.Command, _ []string) error {
		t, err := o.open()
		if err != nil {
			return err
		}
		defer t.Close()
		outcome, err := f(c.Context(), t)
		if err == nil && (outcome.Slip != nil || outcome.BatchSlip != nil) {
			err := t.CanPrint()
			if err == nil {
				err = o.paper.deliver(c.Context(), outcome)
			}
			if err != nil {
				o.paper.sentence(c.ErrOrStderr(), "yifen：交易有效，签购单未输出（可重打印）："+pos.Words(err).ZH,
					"yifen: the transaction stands, its receipt does not (yifen terminal reprint): "+err.Error())
			} else if err := t.Printed(); err != nil {
				return err
			}
		}
		// What the host asked for is fetched now that nothing else is to be done. What fails stays due.
		var done []pos.Outcome
		if err == nil {
			done, _ = t.Idle(c.Context())
		}
		return o.report(c, outcome, done, err)
	})
}

// session signs in when the terminal is not.
func (o *terminalOptions) session(ctx context.Context, t *pos.Terminal) error {
	if t.Status().SignedIn {
		return nil
	}
	outcome, err := t.SignIn(ctx)
	if err != nil {
		return err
	}
	if !outcome.Approved {
		return refusedError{outcome}
	}
	return nil
}

// refusedError is a sign-in that the host refused, which ends what needed it.
type refusedError struct{ outcome pos.Outcome }

func (e refusedError) Error() string { return "the host refused the sign-in: " + e.outcome.Code }

// report says how an act ended and returns the exit code.
func (o *terminalOptions) report(c *cobra.Command, outcome pos.Outcome, done []pos.Outcome, err error) error {
	var refused refusedError
	if errors.As(err, &refused) {
		outcome, err = refused.outcome, nil
	}
	if o.json {
		line := struct {
			pos.Outcome
			Idle    []pos.Outcome `json:"idle,omitempty"` // downloads that the host asked for
			Error   string        `json:"error,omitempty"`
			ErrorZH string        `json:"error_zh,omitempty"`
		}{Outcome: outcome, Idle: done}
		if err != nil {
			line.Error, line.ErrorZH = err.Error(), pos.Words(err).ZH
		}
		if err := printJSON(c.OutOrStdout(), line); err != nil {
			return err
		}
	} else {
		o.paper.tell(c.OutOrStdout(), outcome, err)
		o.paper.tellIdle(c.OutOrStdout(), done)
	}
	switch {
	case errors.Is(err, pos.ErrPending):
		return exitUnknown
	case err != nil:
		if !o.json {
			o.complain(c, err)
		}
		return exitUsage
	case outcome.Unknown:
		return exitUnknown
	case !outcome.Approved, differs(outcome):
		return exitDeclined
	}
	return nil
}

// tellIdle tells of downloads that the host asked for.
func (p *paperOptions) tellIdle(w io.Writer, done []pos.Outcome) {
	for _, o := range done {
		result := pos.Text{ZH: "完成", EN: "done"}
		if !o.Approved {
			result = pos.Text{ZH: "未完成 " + o.Code, EN: "not done " + o.Code}
		}
		p.sentence(w, fmt.Sprintf("  主机要求的%s：%s，%d 项", o.What.Name().ZH, result.ZH, o.Items),
			fmt.Sprintf("  What the host asked for, %s: %s, %d items", o.What.Name().EN, result.EN, o.Items))
	}
}
