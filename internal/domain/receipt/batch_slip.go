package receipt

import (
	"fmt"
	"strconv"
	"time"
)

const batchSlipTemplate = "batch_slip/1"

// BatchResult is what the host answered to a terminal's totals (DE 48 of 0510).
type BatchResult string

// The results. BatchUnknown is a slip printed before the host answered.
const (
	BatchUnknown BatchResult = ""
	BatchEqual   BatchResult = "equal"
	BatchUnequal BatchResult = "unequal"
	BatchError   BatchResult = "error"
)

var batchResultWords = map[BatchResult]label{
	BatchUnknown: {"未对账", "NOT CHECKED"},
	BatchEqual:   {"对账平", "EQUAL"},
	BatchUnequal: {"对账不平", "UNEQUAL"},
	BatchError:   {"对账出错", "ERROR"},
}

// BatchTotals are one half of a settlement. Debit is sales and completions; credit is their voids
// and refunds. Amounts are formatted as in CardSlip.
type BatchTotals struct {
	DebitCount   int
	DebitAmount  string
	CreditCount  int
	CreditAmount string
	Result       BatchResult
}

// BatchKind is one line of the breakdown by transaction.
type BatchKind struct {
	Transaction Transaction
	Count       int
	Amount      string
}

// BatchSlip is the slip of a batch close (结算单).
type BatchSlip struct {
	MerchantName   string
	MerchantNumber string // 15 characters
	TerminalNumber string // 8 characters
	Operator       string
	Batch          string // 6 digits
	Time           time.Time
	Domestic       BatchTotals
	Foreign        *BatchTotals // nil where the terminal reports domestic cards only
	Kinds          []BatchKind  // optional breakdown
	Training       bool
	Width          int
}

// Document builds the slip; reprint is as in [CardSlip.Document].
func (s BatchSlip) Document(lang Lang, reprint int) (Document, error) {
	if err := s.check(lang, reprint); err != nil {
		return Document{}, fmt.Errorf("%w: batch slip: %w", ErrInvalid, err)
	}
	b := builder{lang: lang}
	b.title(label{"结算单", "SETTLEMENT"}, label{"批次总计", "BATCH TOTALS"})
	b.marks(reprint, s.Training)
	b.rule()
	b.merchant(s.MerchantName, s.MerchantNumber, s.TerminalNumber, s.Operator)
	b.pair(label{"批次号", "BATCH NO."}, s.Batch)
	b.pair(label{"日期时间", "DATE/TIME"}, s.Time.Format(timeForm))
	b.totals(label{"内卡", "DOMESTIC"}, s.Domestic)
	if s.Foreign != nil {
		b.totals(label{"外卡", "FOREIGN"}, *s.Foreign)
	}
	if len(s.Kinds) > 0 {
		b.rule()
		b.tableHead()
		for _, k := range s.Kinds {
			name := transactionWords[k.Transaction].zh // both names do not fit a table's column
			if lang == English {
				name = transactionWords[k.Transaction].en
			}
			b.tableRow(name, k.Count, k.Amount)
		}
	}
	b.rule()
	b.foot(batchSlipTemplate)
	doc := Document{
		Title:    label{"结算单", "SETTLEMENT"}.in(lang) + " " + s.Batch,
		Template: batchSlipTemplate,
		Width:    s.Width,
		Lines:    b.lines,
	}
	return doc, doc.Validate()
}

func (b *builder) totals(name label, t BatchTotals) {
	b.rule()
	b.add(Columns{Cells: []Cell{
		{Text: name.in(b.lang), Share: 1, Style: Style{Bold: true}},
		{Text: batchResultWords[t.Result].with("/", b.lang), Align: Right, Style: Style{Bold: true}},
	}})
	b.tableHead()
	b.tableRow(label{"借记", "DEBIT"}.with("/", b.lang), t.DebitCount, t.DebitAmount)
	b.tableRow(label{"贷记", "CREDIT"}.with("/", b.lang), t.CreditCount, t.CreditAmount)
}

// The shares of a table's columns: what, how many, how much.
const shareName, shareCount, shareAmount = 11, 7, 12

func (b *builder) tableHead() {
	small := Style{Size: Small}
	b.add(Columns{Cells: []Cell{
		{Text: label{"类型", "TYPE"}.with("/", b.lang), Share: shareName, Style: small},
		{Text: label{"笔数", "SUM"}.with("/", b.lang), Share: shareCount, Align: Right, Style: small},
		{Text: label{"金额", "AMOUNT"}.with("/", b.lang), Share: shareAmount, Align: Right, Style: small},
	}})
}

func (b *builder) tableRow(name string, count int, amount string) {
	b.add(Columns{Cells: []Cell{
		{Text: name, Share: shareName},
		{Text: strconv.Itoa(count), Share: shareCount, Align: Right},
		{Text: amount, Share: shareAmount, Align: Right},
	}})
}

func (s BatchSlip) check(lang Lang, reprint int) error {
	if err := checkTerminal(s.MerchantName, s.MerchantNumber, s.TerminalNumber, s.Batch, s.Time); err != nil {
		return err
	}
	switch {
	case lang != Chinese && lang != English:
		return fmt.Errorf("unknown language, use zh or en")
	case reprint < 0:
		return fmt.Errorf("reprint counts from 0")
	}
	if err := s.Domestic.check(); err != nil {
		return fmt.Errorf("domestic totals: %w", err)
	}
	if s.Foreign != nil {
		if err := s.Foreign.check(); err != nil {
			return fmt.Errorf("foreign totals: %w", err)
		}
	}
	for i, k := range s.Kinds {
		if _, ok := transactionWords[k.Transaction]; !ok {
			return fmt.Errorf("breakdown %d: unknown transaction, use one of the constants", i+1)
		}
		if k.Count < 0 || !amountForm.MatchString(k.Amount) {
			return fmt.Errorf("breakdown %d: count or amount is malformed", i+1)
		}
	}
	return nil
}

func (t BatchTotals) check() error {
	if _, ok := batchResultWords[t.Result]; !ok {
		return fmt.Errorf("unknown result, use one of the constants")
	}
	if t.DebitCount < 0 || t.CreditCount < 0 {
		return fmt.Errorf("a count is negative")
	}
	if !amountForm.MatchString(t.DebitAmount) || !amountForm.MatchString(t.CreditAmount) {
		return fmt.Errorf("amounts need yuan and two decimals without a sign")
	}
	return nil
}
