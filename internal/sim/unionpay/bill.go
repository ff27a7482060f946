package unionpay

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const billVersion = "1"

// BillColumns returns the columns of a bill. A bill is UTF-8 text of lines that end in a line feed, each of cells
// between bars:
//
//	H|version|serProvId|merId, empty of all|settleDate|yyyyMMddHHmmss when it was made
//	C|the names of the columns
//	D|the cells of a line, in the order of their time
//	T|payments|their txnAmt|refunds and cancellations|their txnAmt|settleAmt of all|feeAmt of all|netAmt of all
//
// kind is PAY, REFUND or CANCEL. Amounts are fen; those of refunds and cancellations are negative, the fee that is
// given back with them too. netAmt is settleAmt less feeAmt. orderNo is a refund's own, and a cancellation's that of
// its order.
func BillColumns() []string {
	return []string{
		"kind", "merId", "time", "transIndex", "orderNo", "origOrderNo", "way", "txnAmt", "payAmt", "settleAmt", "networkCoupon",
		"merchantCoupon", "feeAmt", "netAmt", "termId",
	}
}

// billLine is a line of a bill before it is written.
type billLine struct {
	kind, merchant    string
	at                time.Time
	index, no, origin string
	way               Way
	parts             kit.Parts
	terminal          string
}

func (l billLine) cells() []string {
	p := l.parts
	return []string{
		l.kind, l.merchant, stamp(l.at), l.index, l.no, l.origin, string(l.way), fen(p.Total), fen(p.Payer), fen(p.Settlement), fen(p.Provider),
		fen(p.Merchant), fen(p.Fee), fen(p.Settlement - p.Fee), l.terminal,
	}
}

// bill makes the bill of a day.
func (w *Wallet) bill(c *call) (message, *refusal) {
	date := c.message["settleDate"]
	if date == "" {
		return nil, missing("settleDate")
	}
	day, err := time.ParseInLocation(dayForm, date, kit.China)
	switch {
	case err != nil:
		return nil, wrong("settleDate")
	case c.now.Before(day.Add(24*time.Hour + w.config.BillsAt)):
		return nil, noBill
	}
	merchant := ""
	if c.merchant != nil {
		merchant = c.merchant.Number
	}
	text := w.writeBill(c, merchant, date)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write([]byte(text))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		w.note(err)
		return nil, unknownResult
	}
	sum := sha256.Sum256([]byte(text))
	name := c.signer.Code + "_" + date
	if merchant != "" {
		name = merchant + "_" + date
	}
	return message{
		"settleDate": date, "fileName": name + ".txt", "fileContent": base64.StdEncoding.EncodeToString(packed.Bytes()),
		"fileDigest": hex.EncodeToString(sum[:]),
	}, nil
}

func (w *Wallet) writeBill(c *call, merchant, date string) string {
	var b strings.Builder
	row := func(kind string, cells ...string) { b.WriteString(kind + "|" + strings.Join(cells, "|") + "\n") }
	row("H", billVersion, c.signer.Code, merchant, date, stamp(c.now))
	row("C", BillColumns()...)
	var count [2]int
	var sum [2]kit.Parts
	for _, l := range w.spoil(w.billLines(c.signer.Code, merchant, date)) {
		row("D", l.cells()...)
		side := 0
		if l.kind != "PAY" {
			side = 1
		}
		count[side]++
		sum[side] = sum[side].Plus(l.parts)
	}
	all := sum[0].Plus(sum[1])
	row("T", fmt.Sprint(count[0]), fen(sum[0].Total), fmt.Sprint(count[1]), fen(sum[1].Total), fen(all.Settlement), fen(all.Fee), fen(all.Settlement-all.Fee))
	return b.String()
}

// billLines returns what a bill holds: what was paid or given back on its day.
func (w *Wallet) billLines(institution, merchant, date string) []billLine {
	var lines []billLine
	for _, o := range w.books.orders {
		if o.Institution != institution || merchant != "" && o.Merchant != merchant || o.Paid.IsZero() {
			continue
		}
		if o.SettleDate == date {
			lines = append(lines, billLine{"PAY", o.Merchant, o.Paid, o.TransIndex, o.OrderNo, "", o.Way, o.Parts, o.Terminal})
		}
		for _, r := range o.refunds {
			if r.Status != RefundDone || r.SettleDate != date {
				continue
			}
			kind := "REFUND"
			if r.Cancel {
				kind = "CANCEL"
			}
			back := kit.Parts{}.Minus(r.Parts)
			lines = append(lines, billLine{kind, o.Merchant, r.Done, r.TransIndex, r.OrderNo, o.OrderNo, o.Way, back, o.Terminal})
		}
	}
	slices.SortStableFunc(lines, func(a, b billLine) int { return a.at.Compare(b.at) })
	return lines
}

// spoil returns the lines of a bill as the plan of flaws has them written.
func (w *Wallet) spoil(lines []billLine) []billLine {
	return kit.Spoil(w.flaws, spoiling, lines, func(l billLine) string { return l.index }, func(l *billLine) {
		l.parts.Total, l.parts.Payer, l.parts.Settlement = l.parts.Total+1, l.parts.Payer+1, l.parts.Settlement+1
	}, func(l *billLine) { l.index, l.no = strangeIndex, "nobodys-order" })
}
