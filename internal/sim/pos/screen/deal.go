package screen

import (
	"context"
	"errors"
	"fmt"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// deal is a transaction that a cashier puts together step by step. Going back keeps what was entered.
type deal struct {
	kind   pos.Kind
	steps  []step
	amount int64 // fen; of a tip the tip, of an adjustment the new total
	card   pos.Card
	entry  pos.Entry
	pin    cardcrypto.PIN
	trace  string
	auth   string
	date   string
	rrn    string
	coded  bool   // paid by a payment code, no card
	code   string // of a wallet
	rest   int64  // fen to be collected another way after this
	owed   bool   // this is what was left of another; it must not be forgotten
	cards  *cards // the page where a card was presented, for another try
}

// step returns the page of a step, nil when this transaction has no need of it. After it, the deal goes on from
// the given step.
type step func(d *Device, w *deal, next int) page

// steps returns what a cashier is asked for in a transaction of a kind.
func steps(kind pos.Kind) []step {
	switch kind {
	case pos.Balance:
		return []step{cardStep, pinStep}
	case pos.AddOn, pos.PreauthVoid, pos.Completion, pos.CompletionAdvice:
		return []step{authStep, dateStep, amountStep, cardStep, pinStep}
	case pos.Void, pos.CompletionVoid:
		return []step{supervisorStep, traceStep, confirmStep}
	case pos.Refund:
		return []step{supervisorStep, rrnStep, refundDateStep, amountStep, cardStep}
	case pos.OfflineSale:
		return []step{authStep, amountStep, cardStep}
	case pos.Adjustment:
		return []step{supervisorStep, traceStep, amountStep}
	case pos.Tip:
		return []step{traceStep, amountStep}
	}
	return []step{amountStep, cardStep, pinStep}
}

// start begins a transaction of a kind.
func start(kind pos.Kind) func(*Device) Job {
	return func(d *Device) Job {
		return newDeal(kind, 0).from(d, 0)
	}
}

// newDeal is a transaction whose amount may be known already.
func newDeal(kind pos.Kind, amount int64) *deal {
	return &deal{kind: kind, steps: steps(kind), amount: amount}
}

// startCode begins a payment by code.
func startCode(d *Device) Job {
	return newCodeDeal(0).from(d, 0)
}

// newCodeDeal is a payment by code whose amount may be known already.
func newCodeDeal(amount int64) *deal {
	return &deal{kind: pos.Sale, coded: true, steps: []step{amountStep, codeStep}, amount: amount}
}

// from goes on with a step, or sends the transaction when there is none left.
func (w *deal) from(d *Device, i int) Job {
	for ; i < len(w.steps); i++ {
		if p := w.steps[i](d, w, i+1); p != nil {
			d.push(p)
			return nil
		}
	}
	return w.send(d)
}

func (w *deal) name() pos.Text {
	if w.coded {
		return tr("扫码收款", "PAY BY CODE")
	}
	return w.kind.Name()
}

func amountStep(_ *Device, w *deal, next int) page {
	prompt := tr("请输入金额", "Enter the amount")
	switch w.kind {
	case pos.Tip:
		prompt = tr("请输入小费", "Enter the tip")
	case pos.Adjustment:
		prompt = tr("请输入调整后的总额", "Enter the new total")
	case pos.PreauthVoid:
		prompt = tr("请输入预授权总额", "Enter the whole authorized amount")
	}
	s := &sum{name: w.name(), prompt: prompt, value: w.amount}
	if w.trace != "" {
		s.lines = w.summary
	}
	s.done = func(d *Device, fen int64) Job {
		w.amount = fen
		return w.from(d, next)
	}
	return s
}

func supervisorStep(d *Device, w *deal, next int) page {
	e := &entry{name: w.name(), prompt: tr("请输入主管密码", "Supervisor's password"), min: 4, max: 8, secret: true}
	e.done = func(d *Device, value string) Job {
		if err := d.t.Supervise(value); err != nil {
			return e.refused(err)
		}
		return w.from(d, next)
	}
	return e
}

func traceStep(d *Device, w *deal, next int) page {
	e := &entry{name: w.name(), prompt: tr("请输入原凭证号", "Voucher number of the original"), min: 1, max: 6, value: w.trace}
	e.done = func(d *Device, value string) Job {
		w.trace = fmt.Sprintf("%06s", value)
		if _, found := w.original(d); !found {
			e.value = value
			return e.refused(pos.ErrNoLine)
		}
		return w.from(d, next)
	}
	return e
}

// original is the slip that the deal is about.
func (w *deal) original(d *Device) (pos.Slip, bool) {
	for _, s := range d.t.Journal() {
		if s.Trace == w.trace {
			return s, true
		}
	}
	return pos.Slip{}, false
}

// summary are the lines that show what a void, a tip or an adjustment is about.
func (w *deal) summary(d *Device) []string {
	s, _ := w.original(d)
	paid := s.Card
	if s.Entry == pos.Scan {
		paid = d.say(s.WalletName())
	}
	return []string{
		ends(d.say(tr("原交易 ", "original "))+d.say(s.Kind.Name())+" "+s.Trace, s.Time.Format("01-02 15:04"), displayColumns),
		ends(paid, "RMB "+pos.FormatAmount(s.Amount), displayColumns),
	}
}

func confirmStep(_ *Device, w *deal, next int) page {
	return &notice{
		name: w.name(),
		text: func(d *Device) []string {
			return append(w.summary(d), "", d.say(tr("确认"+w.kind.Name().ZH+"？", "Go on with this "+w.kind.Name().EN+"?")))
		},
		enter: func(d *Device) Job { return w.from(d, next) },
		leave: func(d *Device) Job { d.pop(); return nil },
	}
}

func authStep(_ *Device, w *deal, next int) page {
	prompt := tr("请输入原授权码（6位）", "Authorization code, 6 characters")
	e := &entry{name: w.name(), prompt: prompt, min: 6, max: 6, form: alphanumeric, value: w.auth}
	e.done = func(d *Device, value string) Job {
		w.auth, e.value = value, value
		return w.from(d, next)
	}
	return e
}

func dateStep(d *Device, w *deal, next int) page {
	e := refundDateStep(d, w, next).(*entry)
	e.min, e.help = 0, tr("不知道可直接确认", "leave it empty when it is not known")
	return e
}

func refundDateStep(_ *Device, w *deal, next int) page {
	e := &entry{name: w.name(), prompt: tr("请输入原交易日期 MMDD", "Date of the original, MMDD"), min: 4, max: 4, value: w.date}
	e.done = func(d *Device, value string) Job {
		e.value = value
		if n := len(value); n != 0 && n != 4 || n == 4 && (value[:2] < "01" || value[:2] > "12" || value[2:] < "01" || value[2:] > "31") {
			e.fault = tr("日期不存在", "there is no such date")
			return nil
		}
		w.date = value
		return w.from(d, next)
	}
	return e
}

func rrnStep(_ *Device, w *deal, next int) page {
	e := &entry{name: w.name(), prompt: tr("请输入原参考号（12位）", "Reference number, 12 characters"), min: 12, max: 12, form: alphanumeric, value: w.rrn}
	e.done = func(d *Device, value string) Job {
		w.rrn, e.value = value, value
		return w.from(d, next)
	}
	return e
}

func codeStep(_ *Device, w *deal, next int) page {
	e := &entry{
		name: w.name(), prompt: tr("请扫顾客付款码", "Scan the customer's code"), min: 16, max: 24,
		lines: func(d *Device) []string { return []string{right("RMB "+pos.FormatAmount(w.amount), displayColumns)} },
		help:  tr("扫描枪扫入，或输入数字后确认", "with the scanner, or type it and confirm"),
	}
	e.done = func(d *Device, value string) Job {
		w.code = value
		return w.from(d, next)
	}
	return e
}

func pinStep(d *Device, w *deal, next int) page {
	rule := d.t.AsksPIN(w.kind, w.card, w.entry, w.amount)
	if w.pin = ""; rule == pos.Never {
		return nil
	}
	e := &entry{
		name: w.name(), prompt: tr("请顾客输入密码", "Customer: enter the PIN"), min: 4, max: 12, secret: true,
		lines: func(d *Device) []string {
			card := w.card.Name + " *" + w.card.Number[len(w.card.Number)-4:]
			if w.kind == pos.Balance {
				return []string{card}
			}
			return []string{ends(card, "RMB "+pos.FormatAmount(w.amount), displayColumns)}
		},
	}
	if rule == pos.Optional {
		e.min, e.help = 0, tr("无密码请直接确认", "no PIN: just confirm")
	}
	e.done = func(d *Device, value string) Job {
		if len(value) > 0 && len(value) < 4 {
			e.fault = tr("密码至少 4 位", "a PIN has at least 4 digits")
			return nil
		}
		w.pin = cardcrypto.PIN(value)
		return w.from(d, next)
	}
	return e
}

// send is the job of the transaction.
func (w *deal) send(d *Device) Job {
	job := d.work(w.name(), func(ctx context.Context) Finish {
		o, err := w.do(ctx, d.t)
		if errors.Is(err, pos.ErrSignedOff) { // the day is new, or the host has asked for it
			if in, inErr := d.t.SignIn(ctx); inErr == nil && in.Approved {
				o, err = w.do(ctx, d.t)
			}
		}
		w.pin = ""
		return func(d *Device) Job { return w.ended(d, o, err) }
	})
	if w.coded {
		d.top().(*waiting).hint = tr("请顾客看手机，可能要输密码", "the payer may have to enter a password")
	}
	return job
}

// do calls the terminal.
func (w *deal) do(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
	in := pos.SaleInput{Amount: w.amount, Card: w.card, Entry: w.entry, PIN: w.pin}
	about := pos.AuthorizationInput{SaleInput: in, AuthCode: w.auth, Date: w.date}
	switch w.kind {
	case pos.Sale:
		if w.coded {
			return t.PayByCode(ctx, w.amount, w.code)
		}
		return t.Sale(ctx, in)
	case pos.Balance:
		return t.Balance(ctx, in)
	case pos.Preauth:
		return t.Preauth(ctx, in)
	case pos.AddOn:
		return t.AddOn(ctx, about)
	case pos.PreauthVoid:
		return t.PreauthVoid(ctx, about)
	case pos.Completion:
		return t.Complete(ctx, about)
	case pos.CompletionAdvice:
		return t.CompleteAdvice(ctx, about)
	case pos.Void:
		return t.Void(ctx, w.trace)
	case pos.CompletionVoid:
		return t.CompletionVoid(ctx, w.trace)
	case pos.Refund:
		return t.Refund(ctx, pos.RefundInput{Amount: w.amount, Card: w.card, Entry: w.entry, RRN: w.rrn, Date: w.date})
	case pos.OfflineSale:
		return t.OfflineSale(ctx, pos.OfflineInput{Amount: w.amount, Card: w.card, Entry: w.entry, AuthCode: w.auth})
	case pos.Adjustment:
		return t.Adjust(ctx, w.trace, w.amount)
	default:
		return t.Tip(ctx, w.trace, w.amount)
	}
}
