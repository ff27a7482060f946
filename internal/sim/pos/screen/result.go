package screen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// ended shows how a transaction came out.
func (w *deal) ended(d *Device, o pos.Outcome, err error) Job {
	kept := d.pages
	d.home()
	switch {
	case err != nil:
		d.push(w.failed(kept, o, err))
	case o.Approved && o.Slip == nil:
		d.push(w.told(o))
	case o.Approved:
		d.push(w.approved(o))
	case o.Unknown:
		d.push(unknownPage(w.name(), o))
	default:
		d.push(w.declined(kept, o))
	}
	if n, is := d.top().(*notice); is && w.owed && n.enter == nil {
		n.enter = func(d *Device) Job {
			d.home()
			d.push(restPage(w.amount))
			return nil
		}
	}
	return nil
}

// amountLine is an amount at the right edge.
func amountLine(fen int64) string { return right("RMB "+pos.FormatAmount(fen), displayColumns) }

// resolvedLines tell what was pending and went first.
func resolvedLines(d *Device, r *pos.Resolved) []string {
	if r == nil {
		return nil
	}
	name := d.say(r.Kind.Name()) + " " + r.Trace + " " + pos.FormatAmount(r.Amount)
	switch {
	case r.Done && r.Advice:
		return []string{d.say(tr("上笔已补送：", "sent again: ")) + name}
	case r.Done:
		return []string{d.say(tr("上笔已冲正：", "reversed: ")) + name}
	}
	return []string{d.say(tr("上笔仍待处理：", "still pending: ")) + name}
}

// failed is a transaction that the terminal did not send.
func (w *deal) failed(kept []page, o pos.Outcome, err error) page {
	n := &notice{name: w.name(), text: func(d *Device) []string {
		lines := append(resolvedLines(d, o.Resolved), d.say(tr("[X] 未交易", "[X] NOT DONE")), "")
		return append(lines, d.say(pos.Words(err)))
	}}
	if len(kept) > 1 && !errors.Is(err, pos.ErrPending) && !errors.Is(err, pos.ErrSettling) {
		n.leave = func(d *Device) Job { // back to what was entered, to mend it
			d.pages = kept
			return nil
		}
	}
	switch {
	case errors.Is(err, pos.ErrSettling):
		n.items = []item{{"1", tr("继续结批", "go on with the batch close"), settle}}
	case errors.Is(err, pos.ErrPending):
		n.items = []item{{"1", tr("立即处理待发交易", "send what is pending now"), resolve}}
	case errors.Is(err, pos.ErrSignedOff):
		n.items = []item{{"1", tr("签到", "sign in"), signIn}}
	case errors.Is(err, pos.ErrNotSent):
		n.items = []item{{"1", tr("重试", "try again"), w.again(kept)}, {"2", tr("体检", "doctor"), doctor}}
	case errors.Is(err, pos.ErrBatchFull):
		n.items = []item{{"1", tr("结算", "close the batch"), settle}}
	}
	return n
}

// again sends the same once more, which asks for nothing but the PIN.
func (w *deal) again(kept []page) func(*Device) Job {
	return func(d *Device) Job {
		switch {
		case pos.Guarded(w.kind): // the supervisor's word was for once
			d.home()
			return w.from(d, 0)
		case w.cards == nil:
			return w.send(d)
		}
		d.pages = w.upToCard(kept)
		return w.from(d, w.cards.next)
	}
}

// upToCard are the pages up to the one where the card was presented.
func (w *deal) upToCard(kept []page) []page {
	for i, p := range kept {
		if p == page(w.cards) {
			return slices.Clone(kept[:i+1])
		}
	}
	return slices.Clone(kept[:1])
}

// told is an answer without paper: a balance.
func (w *deal) told(o pos.Outcome) page {
	return &notice{name: w.name(), text: func(d *Device) []string {
		lines := []string{d.say(tr("[OK] 查询成功", "[OK]")), ""}
		if o.Balance != nil {
			lines = append(lines, d.say(tr("可用余额", "available balance")), amountLine(*o.Balance))
		}
		return append(lines, "", d.say(tr("余额不打印，请顾客看屏幕", "show the display to the customer; it is not printed")))
	}}
}

// approved leads to the paper.
func (w *deal) approved(o pos.Outcome) page {
	return &notice{
		name:  w.name(),
		label: tr("打印", "print"),
		text: func(d *Device) []string {
			lines := append(resolvedLines(d, o.Resolved), d.say(tr("[OK] 交易成功", "[OK] APPROVED")), amountLine(o.Amount))
			if o.Code != "00" {
				lines = append(lines, o.Code+" "+d.say(tr(o.TextZH, o.TextEN)))
			}
			if o.Rest > 0 {
				lines = append(lines,
					ends(d.say(tr("申请", "asked for")), "RMB "+pos.FormatAmount(o.Requested), displayColumns),
					ends(d.say(tr("收余款", "collect the rest")), "RMB "+pos.FormatAmount(o.Rest), displayColumns))
			}
			lines = append(lines, ends(d.say(tr("凭证号", "voucher")), o.Trace, displayColumns))
			if o.AuthCode != "" {
				lines = append(lines, ends(d.say(tr("授权码", "authorization")), o.AuthCode, displayColumns))
			}
			if name := d.say(o.Slip.WalletName()); name != "" {
				lines = append(lines, ends(d.say(tr("钱包", "wallet")), name, displayColumns))
			}
			if o.Slip.Paid > 0 {
				lines = append(lines, ends(d.say(tr("顾客实付", "the payer paid")), "RMB "+pos.FormatAmount(o.Slip.Paid), displayColumns))
			}
			if o.Slip.Waived {
				lines = append(lines, d.say(tr("免密免签", "no PIN, no signature")))
			}
			return lines
		},
		enter: func(d *Device) Job {
			return printSlip(d, *o.Slip, func(d *Device) Job {
				d.home()
				if rest := o.Rest + w.rest; rest > 0 {
					d.push(restPage(rest))
				}
				return nil
			})
		},
	}
}

// restPage collects what was not approved another way.
func restPage(rest int64) page {
	return &notice{
		name: tr("收余款", "COLLECT THE REST"),
		stay: true,
		text: func(d *Device) []string {
			return []string{d.say(tr("余款未付，请另收", "this is still to be paid")), amountLine(rest)}
		},
		items: []item{
			{"1", tr("换一张卡", "another card"), func(d *Device) Job {
				w := newDeal(pos.Sale, rest)
				w.owed = true
				return w.from(d, 1)
			}},
			{"2", tr("扫码", "a payment code"), func(d *Device) Job {
				w := newCodeDeal(rest)
				w.owed = true
				return w.from(d, 1)
			}},
			{"3", tr("现金，已收", "cash, taken"), func(d *Device) Job { d.home(); return nil }},
		},
	}
}

// byCode asks for the same amount by a payment code.
func (w *deal) byCode(d *Device) Job {
	other := newCodeDeal(w.amount)
	other.owed = w.owed
	d.home()
	return other.from(d, 1)
}

// unknownPage warns of an outcome that nobody knows.
func unknownPage(name pos.Text, o pos.Outcome) page {
	return &notice{
		name: name,
		text: func(d *Device) []string {
			lines := append(resolvedLines(d, o.Resolved), ends(d.say(tr("[?] 结果未知", "[?] OUTCOME UNKNOWN")), "RMB "+pos.FormatAmount(o.Amount), displayColumns))
			return append(lines, strings.TrimSpace(o.Code+" "+d.say(tr(o.TextZH, o.TextEN))), "", d.say(tr(o.AdviceZH, o.AdviceEN)))
		},
		items: []item{{"1", tr("立即处理", "settle that now"), resolve}},
	}
}

// declined offers what may help.
func (w *deal) declined(kept []page, o pos.Outcome) page {
	n := &notice{name: w.name(), label: tr("结束", "end"), text: func(d *Device) []string {
		lines := append(resolvedLines(d, o.Resolved), d.say(tr("[X] 未成功", "[X] DECLINED")), o.Code+" "+d.say(tr(o.TextZH, o.TextEN)))
		if o.Capture {
			lines = append(lines, d.say(tr("发卡行要求留卡", "the issuer asks to keep the card")))
		}
		return append(lines, d.say(tr(o.AdviceZH, o.AdviceEN)))
	}}
	var ways []item
	other := func(label pos.Text, do func(*Device) Job) {
		ways = append(ways, item{fmt.Sprint(len(ways) + 1), label, do})
	}
	if o.Code == "55" && w.cards != nil {
		other(tr("重输密码", "enter the PIN again"), w.again(kept))
	}
	if o.SignedInAgain {
		other(tr("重做", "do it again"), w.again(kept))
	}
	if w.cards != nil && !o.Capture {
		other(tr("换一张卡", "another card"), func(d *Device) Job {
			d.pages = w.upToCard(kept)
			return nil
		})
	}
	if w.kind == pos.Sale && !o.Capture {
		if !w.coded {
			other(tr("扫码", "a payment code"), w.byCode)
		}
		if o.Code == "51" && !w.coded { // a split of what a limit forbids (61) is no way out
			other(tr("此卡付一部分", "a part of it on this card"), w.part)
		}
	}
	n.items = ways
	return n
}

// part takes what the customer has on this card and collects the rest another way.
func (w *deal) part(d *Device) Job {
	whole, card, entry := w.amount, w.card, w.entry
	d.home()
	s := &sum{name: w.name(), prompt: tr("此卡付多少", "How much on this card")}
	s.lines = func(d *Device) []string {
		return []string{ends(d.say(tr("应收", "due")), "RMB "+pos.FormatAmount(whole), displayColumns)}
	}
	s.done = func(d *Device, fen int64) Job {
		if fen >= whole {
			s.fault = tr("应小于应收金额", "less than what is due")
			return nil
		}
		p := &deal{kind: pos.Sale, card: card, entry: entry, amount: fen, rest: whole - fen, steps: []step{pinStep}}
		return p.from(d, 0)
	}
	d.push(s)
	return nil
}

// resolve sends what is pending.
func resolve(d *Device) Job {
	return d.work(tr("处理待发交易", "PENDING"), func(ctx context.Context) Finish {
		r, err := d.t.Resolve(ctx)
		return func(d *Device) Job {
			d.home()
			d.push(&notice{name: tr("处理待发交易", "PENDING"), text: func(d *Device) []string {
				lines := resolvedLines(d, r)
				switch {
				case err != nil:
					lines = append(lines, "", d.say(pos.Words(err)))
				case r == nil:
					lines = append(lines, d.say(tr("没有待处理的交易", "nothing is pending")))
				}
				return lines
			}})
			return nil
		}
	})
}
