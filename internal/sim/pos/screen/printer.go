package screen

import (
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// Sheet is one paper: a copy of a slip, or the slip of a batch close.
type Sheet struct {
	Slip  *pos.Slip // nil of a batch close
	Copy  pos.Copy  // of a slip
	Batch *pos.BatchSlip
}

// Lines returns what the paper says in a language, in lines of [pos.PaperColumns] columns.
func (s Sheet) Lines(lang string) []string {
	if s.Batch != nil {
		return s.Batch.Lines(lang)
	}
	return s.Slip.Lines(s.Copy, lang)
}

// strip is a paper that hangs out of the printer.
type strip struct{ scroll }

// printSlip prints the merchant's copy and then the cardholder's.
func printSlip(d *Device, slip pos.Slip, then func(*Device) Job) Job {
	return printAll(d, []Sheet{{Slip: &slip, Copy: pos.MerchantCopy}, {Slip: &slip, Copy: pos.CardholderCopy}}, then)
}

// printBatch prints the slip of a batch close.
func printBatch(d *Device, slip pos.BatchSlip, then func(*Device) Job) Job {
	return printAll(d, []Sheet{{Batch: &slip}}, then)
}

// printAll prints papers one after the other; each is torn off before the next comes. A printer that cannot
// print holds them until it can, or until they are given up for a reprint.
func printAll(d *Device, papers []Sheet, then func(*Device) Job) Job {
	if len(papers) == 0 {
		if err := d.t.Printed(); err != nil {
			d.push(errorPage(tr("打印", "PRINTER"), err))
			return nil
		}
		return then(d)
	}
	if d.t.CanPrint() != nil {
		d.push(printerPage(d, d.t.Hardware().Printer, papers, then))
		return nil
	}
	sheet := papers[0]
	if d.config.Printer != nil {
		d.config.Printer(sheet)
	}
	d.push(&strip{scroll{
		name:  tr("签购单", "RECEIPT"),
		label: tr("撕纸", "tear off"),
		text:  func(d *Device) []string { return onPaper(sheet.Lines(d.lang)) },
		enter: func(d *Device) Job {
			d.pop()
			return printAll(d, papers[1:], then)
		},
	}})
	return nil
}

// onPaper puts lines on a strip in the middle of the display, with the torn edge below.
func onPaper(lines []string) []string {
	out := make([]string, 0, len(lines)+1)
	for _, line := range lines {
		out = append(out, "  | "+fit(line, pos.PaperColumns)+" |")
	}
	return append(out, "  '-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-v-'")
}

// printerPage is a printer that cannot print.
func printerPage(d *Device, word string, papers []Sheet, then func(*Device) Job) page {
	papers = slices.Clone(papers)
	items := []item{{"1", tr("已处理，继续打印", "done, print now"), func(d *Device) Job {
		d.pop()
		return printAll(d, papers, then)
	}}}
	return &notice{
		name:  tr("打印机", "PRINTER"),
		label: tr("以后再打", "print later"),
		text: func(d *Device) []string {
			what := map[string]pos.Text{
				"paper_out":  tr("打印机缺纸，请装纸", "out of paper: put in a new roll"),
				"cover_open": tr("打印机盖打开，请合上", "the cover is open: close it"),
			}[word]
			lines := append([]string{d.say(tr("[OK] 交易已成功", "[OK] the transaction stands")), ""}, d.alert(what)...)
			return append(lines, "", d.say(tr("以后可在 8 打印 中重打印", "later: menu 8, print the last slip again")))
		},
		items: demoFix(d, items),
		enter: func(d *Device) Job { return then(d) },
	}
}

// demoFix adds what mends a played printer.
func demoFix(d *Device, items []item) []item {
	if !d.config.Demo {
		return items
	}
	return append(items, item{"2", tr("装纸、合盖（演示）", "new roll, cover closed (demo)"), func(d *Device) Job {
		h := d.t.Hardware()
		h.Printer = ""
		if err := d.t.SetHardware(h); err != nil {
			d.push(errorPage(tr("打印机", "PRINTER"), err))
		}
		return nil
	}})
}

// errorPage says that something was not done.
func errorPage(name pos.Text, err error) page {
	return &notice{name: name, text: func(d *Device) []string {
		return []string{d.say(tr("[X] 未完成", "[X] NOT DONE")), "", d.say(pos.Words(err))}
	}}
}
