package screen

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// batch is the list of the transactions of the open batch.
type batch struct{ at int }

func batchPage(*Device) page { return &batch{} }

func (b *batch) title(*Device) pos.Text { return tr("交易明细", "TRANSACTIONS") }

func (b *batch) soft(*Device) (pos.Text, pos.Text) { return back, tr("查看", "show") }

// batchRows is how many transactions a page of the list shows.
const batchRows = bodyLines - 1

func (b *batch) body(d *Device) []string {
	slips := d.t.Journal()
	if len(slips) == 0 {
		return []string{"", d.say(tr("本批没有交易", "there are no transactions in this batch"))}
	}
	b.at = max(0, min(b.at, len(slips)-1))
	first := b.at / batchRows * batchRows
	var lines []string
	for i := first; i < min(len(slips), first+batchRows); i++ {
		s := slips[i]
		mark := "  "
		if i == b.at {
			mark = "> "
		}
		by := "*" + tail(s.Card)
		if s.Entry == pos.Scan {
			by = d.say(tr("扫码", "code"))
		}
		lines = append(lines, ends(mark+s.Trace+" "+d.say(s.Kind.Name()), pos.FormatAmount(s.Amount)+" "+by, displayColumns))
	}
	for range batchRows - len(lines) {
		lines = append(lines, "")
	}
	pages := (len(slips) + batchRows - 1) / batchRows
	return append(lines, right(fmt.Sprintf("^v < >  %d/%d", first/batchRows+1, pages), displayColumns))
}

// tail is the last four digits of a masked number.
func tail(card string) string { return card[max(0, len(card)-4):] }

func (b *batch) press(d *Device, key string) Job {
	switch key {
	case "up":
		b.at--
	case "down":
		b.at++
	case "left", "pgup":
		b.at -= batchRows
	case "right", "pgdown":
		b.at += batchRows
	case "esc":
		d.pop()
	case "enter":
		if slips := d.t.Journal(); b.at < len(slips) {
			d.push(detail(slips[b.at]))
		}
	}
	b.at = max(0, b.at)
	return nil
}

// detail shows the slip of a transaction, from which it is printed again or taken back.
func detail(slip pos.Slip) page {
	s := &scroll{
		name: slip.Kind.Name(),
		text: func(d *Device) []string { return slip.Lines(pos.CardholderCopy, d.lang) },
		items: []item{{"1", tr("重打印", "print again"), func(d *Device) Job {
			d.pop()
			return reprint(d, slip.Trace)
		}}},
	}
	var kind pos.Kind
	switch slip.Kind {
	case pos.Sale:
		kind = pos.Void
	case pos.Completion, pos.CompletionAdvice:
		kind = pos.CompletionVoid
	default:
		return s
	}
	s.items = append(s.items, item{"2", tr("撤销", "void"), func(d *Device) Job {
		w := &deal{kind: kind, trace: slip.Trace, steps: []step{supervisorStep, confirmStep}}
		return w.from(d, 0)
	}})
	return s
}
