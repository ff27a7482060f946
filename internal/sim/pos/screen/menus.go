package screen

import (
	"context"
	"errors"
	"fmt"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// signOnPage is where an operator says who he is.
func signOnPage(d *Device) page {
	e := &entry{name: tr("操作员签到", "OPERATOR SIGN-ON"), prompt: tr("请输入操作员号", "operator number"), min: 2, max: 2, first: true}
	e.lines = func(d *Device) []string {
		if d.config.Demo {
			return firstPasswords(d)
		}
		return nil
	}
	e.extra = []item{{"q", tr("关机", "off"), func(d *Device) Job { d.quit = true; return nil }}}
	e.done = func(d *Device, number string) Job {
		e.value = number
		p := &entry{name: tr("操作员签到", "OPERATOR SIGN-ON"), prompt: tr("操作员 "+number+" 密码", "password of operator "+number), min: 4, max: 8, secret: true}
		p.done = func(d *Device, password string) Job {
			if err := d.t.SignOn(number, password); err != nil {
				return p.refused(err)
			}
			e.value, d.guest = "", false
			return signedOn(d)
		}
		d.push(p)
		return nil
	}
	return e
}

// firstPasswords are what the demo shows at its first start, until they are changed.
func firstPasswords(d *Device) []string {
	var lines []string
	for _, o := range d.t.Operators() {
		if o.First {
			lines = append(lines, fmt.Sprintf("%s %s  %s %s", d.say(o.Role), o.Number, d.say(tr("初始密码", "password")), pos.FirstPassword(o.Number)))
		}
	}
	return lines[:min(len(lines), 4)]
}

// signedOn goes to the main menu, over a sign-in where the terminal needs one.
func signedOn(d *Device) Job {
	d.home()
	d.refresh()
	if s := d.status; s.Unprinted {
		d.news = tr("上一张签购单未打印：8-1 重打印", "the last slip was not printed: 8-1")
	}
	if d.status.SignedIn {
		return nil
	}
	return signIn(d)
}

func mainMenu(*Device) page {
	return &menu{
		name: tr("一分 POS", "YIFEN POS"),
		items: []item{
			{"1", tr("消费", "sale"), start(pos.Sale)},
			{"2", tr("撤销", "void"), start(pos.Void)},
			{"3", tr("预授权类", "authorization"), open(authorizationMenu)},
			{"4", tr("退货", "refund"), start(pos.Refund)},
			{"5", tr("查余额", "balance"), start(pos.Balance)},
			{"6", tr("扫码", "payment code"), startCode},
			{"7", tr("结算", "settlement"), confirmSettle},
			{"8", tr("打印", "print"), open(printMenu)},
			{"9", tr("管理", "management"), open(manageMenu)},
			{"0", tr("其他", "other"), open(otherMenu)},
			{"Q", tr("关机", "switch off"), func(d *Device) Job { d.quit = true; return nil }},
		},
		leave:  func(d *Device) Job { d.lock(); return nil },
		leaves: tr("换操作员", "operator"),
	}
}

// open pushes a page.
func open(p func(*Device) page) func(*Device) Job {
	return func(d *Device) Job {
		d.push(p(d))
		return nil
	}
}

func authorizationMenu(*Device) page {
	return &menu{name: tr("预授权类", "AUTHORIZATION"), items: []item{
		{"1", tr("预授权", "authorization"), start(pos.Preauth)},
		{"2", tr("追加预授权", "add-on"), start(pos.AddOn)},
		{"3", tr("预授权撤销", "authorization void"), start(pos.PreauthVoid)},
		{"4", tr("预授权完成", "completion"), start(pos.Completion)},
		{"5", tr("完成通知", "completion advice"), start(pos.CompletionAdvice)},
		{"6", tr("完成撤销", "completion void"), start(pos.CompletionVoid)},
	}}
}

func printMenu(*Device) page {
	return &menu{name: tr("打印", "PRINT"), items: []item{
		{"1", tr("重打印上一张", "last slip again"), func(d *Device) Job { return reprint(d, "") }},
		{"2", tr("按凭证号重打印", "by voucher number"), func(d *Device) Job {
			e := &entry{name: tr("重打印", "REPRINT"), prompt: tr("凭证号", "voucher number"), min: 1, max: 6}
			e.done = func(d *Device, value string) Job {
				d.pop()
				return reprint(d, fmt.Sprintf("%06s", value))
			}
			d.push(e)
			return nil
		}},
		{"3", tr("交易明细", "transactions"), open(batchPage)},
		{"4", tr("批次汇总", "batch totals"), open(totalsPage)},
	}}
}

func otherMenu(*Device) page {
	return &menu{name: tr("其他", "OTHER"), items: []item{
		{"1", tr("离线消费", "offline sale"), start(pos.OfflineSale)},
		{"2", tr("结算调整", "adjustment"), start(pos.Adjustment)},
		{"3", tr("小费", "tip"), start(pos.Tip)},
		{"4", tr("回响测试", "echo test"), echo},
		{"5", tr("处理待发交易", "send pending"), resolve},
		{"6", tr("状态上送", "status upload"), load(pos.TerminalState)},
		{"7", tr("终端状态", "terminal status"), open(statusPage)},
	}}
}

func reprint(d *Device, trace string) Job {
	o, err := d.t.Reprint(trace)
	home := func(d *Device) Job { d.home(); return nil }
	switch {
	case err != nil:
		d.push(errorPage(tr("重打印", "REPRINT"), err))
		return nil
	case o.BatchSlip != nil:
		return printBatch(d, *o.BatchSlip, home)
	}
	return printSlip(d, *o.Slip, home)
}

// plainJob is a call of the terminal whose outcome is only told.
func plainJob(name pos.Text, call func(context.Context, *pos.Terminal) (pos.Outcome, error)) func(*Device) Job {
	return func(d *Device) Job {
		return d.work(name, func(ctx context.Context) Finish {
			o, err := call(ctx, d.t)
			return func(d *Device) Job {
				d.push(outcomePage(name, o, err))
				return nil
			}
		})
	}
}

// outcomePage tells how something without paper came out.
func outcomePage(name pos.Text, o pos.Outcome, err error) page {
	if err != nil {
		return errorPage(name, err)
	}
	return &notice{name: name, text: func(d *Device) []string {
		lines := resolvedLines(d, o.Resolved)
		if o.Approved {
			lines = append(lines, d.say(tr("[OK] 成功", "[OK] DONE")))
			if o.Items > 0 {
				lines = append(lines, fmt.Sprintf(d.say(tr("共 %d 项", "%d items")), o.Items))
			}
			return lines
		}
		lines = append(lines, d.say(tr("[X] 未成功", "[X] NOT DONE")), o.Code+" "+d.say(tr(o.TextZH, o.TextEN)))
		return append(lines, d.say(tr(o.AdviceZH, o.AdviceEN)))
	}}
}

func signIn(d *Device) Job {
	return plainJob(pos.SignIn.Name(), func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.SignIn(ctx) })(d)
}

func echo(d *Device) Job {
	return plainJob(pos.Echo.Name(), func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.Echo(ctx) })(d)
}

func signOff(d *Device) Job {
	return plainJob(pos.SignOff.Name(), func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.SignOff(ctx) })(d)
}

func load(what pos.Download) func(*Device) Job {
	return plainJob(what.Name(), func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.Download(ctx, what) })
}

// confirmSettle shows what the batch comes to before it is closed.
func confirmSettle(d *Device) Job {
	d.push(&notice{
		name: tr("结算", "SETTLEMENT"),
		text: func(d *Device) []string {
			return append(totalLines(d), "", d.say(tr("确认结算？", "Close the batch?")))
		},
		enter: settle,
		leave: func(d *Device) Job { d.pop(); return nil },
	})
	return nil
}

func settle(d *Device) Job {
	return d.work(pos.Settle.Name(), func(ctx context.Context) Finish {
		o, err := d.t.Settle(ctx)
		if errors.Is(err, pos.ErrSignedOff) {
			if in, inErr := d.t.SignIn(ctx); inErr == nil && in.Approved {
				o, err = d.t.Settle(ctx)
			}
		}
		return func(d *Device) Job {
			d.home()
			if err != nil || o.BatchSlip == nil {
				d.push(settleStopped(o, err))
				return nil
			}
			d.push(&notice{
				name: tr("结算", "SETTLEMENT"), label: tr("打印", "print"),
				text: func(d *Device) []string {
					verdict := o.BatchSlip.Totals.Verdict()
					lines := append(resolvedLines(d, o.Resolved), d.say(tr("[OK] 结算完成", "[OK] CLOSED")), d.say(verdict.Name()))
					if verdict != pos.Equal {
						lines = append(lines, d.say(tr(o.AdviceZH, o.AdviceEN)))
					}
					return lines
				},
				enter: func(d *Device) Job {
					return printBatch(d, *o.BatchSlip, func(d *Device) Job { d.home(); return nil })
				},
			})
			return nil
		}
	})
}

// settleStopped is a batch close that is not through, or was refused.
func settleStopped(o pos.Outcome, err error) page {
	if err != nil {
		return errorPage(pos.Settle.Name(), err)
	}
	p := outcomePage(pos.Settle.Name(), o, nil).(*notice)
	if o.Unknown {
		p.items = []item{{"1", tr("继续结批", "go on with the batch close"), settle}}
	}
	return p
}

func totalLines(d *Device) []string {
	s := d.t.Status()
	line := func(name pos.Text, total pos.Sum) string {
		return ends(d.say(name)+fmt.Sprintf(" %d ", total.Count)+d.say(tr("笔", "x")), "RMB "+pos.FormatAmount(total.Amount), displayColumns)
	}
	return []string{
		ends(d.say(tr("批次号", "batch")), s.Batch, displayColumns),
		line(tr("借记", "debit"), s.Debit), line(tr("贷记", "credit"), s.Credit),
		ends(d.say(tr("净额", "net")), "RMB "+pos.FormatAmount(s.Debit.Amount-s.Credit.Amount), displayColumns),
	}
}

func totalsPage(*Device) page {
	return &scroll{name: tr("批次汇总", "BATCH TOTALS"), text: func(d *Device) []string {
		lines := append(totalLines(d), rule)
		counts := map[pos.Kind]pos.Sum{}
		var order []pos.Kind
		for _, s := range d.t.Journal() {
			if _, seen := counts[s.Kind]; !seen {
				order = append(order, s.Kind)
			}
			sum := counts[s.Kind]
			sum.Count, sum.Amount = sum.Count+1, sum.Amount+s.Amount
			counts[s.Kind] = sum
		}
		for _, kind := range order {
			lines = append(lines, ends(fmt.Sprintf("%s %d", d.say(kind.Name()), counts[kind].Count), pos.FormatAmount(counts[kind].Amount), displayColumns))
		}
		return lines
	}}
}

// rule is a rule as wide as the display.
const rule = "----------------------------------------"
