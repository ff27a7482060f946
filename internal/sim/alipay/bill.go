package alipay

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	billPath   = "/bill/download"
	billLife   = 30 * time.Second // of a bill_download_url
	dayForm    = "2006-01-02"
	monthForm  = "2006-01"
	titleForm  = "2006年01月02日 15:04:05"
	nameForm   = "20060102"
	ruler      = "#-----------------------------------------%s----------------------------------------"
	accountEnd = "0156" // behind the seller's number
)

var firstBill = time.Date(2016, 1, 1, 0, 0, 0, 0, kit.China)

// Columns of the bills. The brackets are full-width.
var (
	tradeColumns = strings.Split("支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"+
		"订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"+
		"卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注", ",")
	tradeSums = strings.Split("门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"+
		"卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）", ",")
	flowColumns = strings.Split("账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,"+
		"交易渠道,业务类型,备注", ",")
	flowSums = strings.Split("业务类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）,总金额（元）", ",")
)

// span is what a bill is of: a day or a month.
type span struct{ from, to time.Time }

func (s span) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// billSpan reads the date of a bill.
func (w *Wallet) billSpan(text string, now time.Time) (span, *refusal) {
	ready := w.config.BillsAt
	from, err := time.ParseInLocation(dayForm, text, kit.China)
	to := from.AddDate(0, 0, 1)
	if err != nil {
		from, err = time.ParseInLocation(monthForm, text, kit.China)
		to = from.AddDate(0, 1, 0)
		ready += 2 * 24 * time.Hour // a month's bill is there on the third
	}
	switch {
	case err != nil || from.Before(firstBill):
		return span{}, badBillDate
	case now.Before(to.Add(ready)):
		return span{}, noBill
	}
	return span{from, to}, nil
}

// billFile is a bill that can be fetched.
type billFile struct {
	name  string
	text  []byte
	until time.Time
}

// billURL makes a bill and tells where it lies.
func (w *Wallet) billURL(c *call) (fields, *refusal) {
	var q struct {
		Type string `json:"bill_type"`
		Date string `json:"bill_date"`
	}
	if refused := c.decode(&q); refused != nil {
		return nil, refused
	}
	s, refused := w.billSpan(q.Date, c.now)
	if refused != nil {
		return nil, refused
	}
	account := c.payee.Number + accountEnd
	name := account + "_" + strings.ReplaceAll(q.Date, "-", "")
	head := []string{
		"#账号：[" + account + "]",
		"#起始日期：[" + s.from.Format(titleForm) + "]   终止日期：[" + s.to.Format(titleForm) + "]",
	}
	tail := "#导出时间：[" + c.now.In(kit.China).Format(titleForm) + "]"
	var files []csvFile
	switch q.Type {
	case "trade":
		lines := w.spoil(w.tradeLines(c.payee.Number, s))
		if len(lines) == 0 {
			return nil, noBill
		}
		files = []csvFile{
			{name + "_业务明细.csv", writeTrades(head, lines, tail)},
			{name + "_业务明细(汇总).csv", writeTradeSums(head, lines, tail)},
		}
	case "signcustomer":
		list := slices.DeleteFunc(slices.Clone(w.books.Ledger.History(kit.MerchantAccount(c.payee.Number))), func(m kit.Movement) bool { return !s.holds(m.At) })
		if len(list) == 0 {
			return nil, noBill
		}
		files = []csvFile{
			{name + "_账务明细.csv", w.writeFlow(head, list, tail)},
			{name + "_账务明细(汇总).csv", writeFlowSums(head, list, tail)},
		}
	default:
		return nil, wrong("bill_type", "仅支持trade、signcustomer")
	}
	packed, err := pack(files)
	if err != nil {
		w.note(err)
		return nil, unknownResult
	}
	maps.DeleteFunc(w.files, func(_ string, old billFile) bool { return !c.now.Before(old.until) })
	token := kit.RandomText(43)
	w.files[token] = billFile{name + ".csv.zip", packed, c.now.Add(billLife)}
	return fields{"bill_download_url": w.URL() + billPath + "?bizType=" + q.Type + "&token=" + token}, nil
}

// downloadBill sends a bill. Neither its request nor its answer is signed.
func (w *Wallet) downloadBill(rw http.ResponseWriter, r *http.Request) {
	effect := w.faults.Next()
	w.host.Meet(r, effect)
	w.host.Part(r, effect)
	w.mu.Lock()
	f, ok := w.files[r.URL.Query().Get("token")]
	now := w.clock.Now()
	w.mu.Unlock()
	if !ok || !now.Before(f.until) {
		http.Error(rw, "the address is not valid any more; ask for another", http.StatusForbidden)
		return
	}
	rw.Header().Set("Content-Type", "application/octet-stream")
	rw.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	rw.Write(f.text) // a client that is gone needs no bill
}

// csvFile is one text of a bill.
type csvFile struct{ name, text string }

// pack zips texts as the original does: names and texts are in GBK, and the names do not say so.
func pack(files []csvFile) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		gbk := encoding.ReplaceUnsupported(simplifiedchinese.GBK.NewEncoder())
		name, err := gbk.String(f.name)
		if err != nil {
			return nil, err
		}
		text, err := gbk.String(f.text)
		if err != nil {
			return nil, err
		}
		out, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := out.Write([]byte(text)); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// billLine is a line of the trade bill before it is written. The amounts of a refund are negative.
type billLine struct {
	name              string // by which flaws know it
	at                time.Time
	trade, order      string
	request           string // of a refund
	subject           string
	begun             time.Time
	store, who, where string
	total, settled    int64
	provider, fee     int64
	merchant          int64
	coupon            string
}

// tradeLines returns what a merchant's trade bill holds: what was paid or given back in its time.
func (w *Wallet) tradeLines(merchant string, s span) []billLine {
	var lines []billLine
	for _, o := range w.books.orders {
		if o.Merchant != merchant || o.Paid.IsZero() {
			continue
		}
		sale := billLine{
			name: o.TradeNo, at: o.Paid, trade: o.TradeNo, order: o.OutTradeNo, subject: o.Subject, begun: o.Begun, store: o.Store,
			who: o.Operator, where: o.Terminal, total: o.Total, settled: o.Settlement, provider: o.off(ByProvider),
			merchant: o.off(ByMerchant), fee: -o.Fee,
		}
		for _, c := range o.Coupons {
			sale.coupon = c.Name
		}
		if s.holds(o.Paid) {
			lines = append(lines, sale)
		}
		for _, r := range o.refunds {
			if r.Status != RefundSuccess || !s.holds(r.Done) {
				continue
			}
			back := sale
			back.name, back.at, back.request = fmt.Sprintf("%s/%d", o.TradeNo, r.Number), r.Done, r.OutRequestNo
			if r.Reversal {
				back.request = o.OutTradeNo
			}
			back.total, back.settled, back.provider, back.merchant, back.fee = -r.Total, -r.Settlement, -r.Provider, -r.Parts.Merchant, r.Fee
			lines = append(lines, back)
		}
	}
	slices.SortStableFunc(lines, func(a, b billLine) int { return a.at.Compare(b.at) })
	return lines
}

// spoil returns the lines of a trade bill as the plan of flaws has them written.
func (w *Wallet) spoil(lines []billLine) []billLine {
	return kit.Spoil(w.flaws, spoiling, lines, func(l billLine) string { return l.name }, func(l *billLine) {
		l.total, l.settled = l.total+1, l.settled+1
	}, func(l *billLine) { l.trade, l.order = strangeTrade, "nobodys_order" })
}

var cellText = strings.NewReplacer(",", " ", "\r", " ", "\n", " ", "\t", " ", `"`, "'")

// cell is a text that the original ends in a tab, so that table programs keep its digits.
func cell(text string) string { return cellText.Replace(text) + "\t" }

func (l billLine) cells() []string {
	kind := "交易"
	if l.request != "" {
		kind = "退款"
	}
	return []string{
		cell(l.trade), cell(l.order), kind, cell(l.subject), stamp(l.begun), stamp(l.at), cell(l.store), cell(""), cell(l.who), cell(l.where),
		cell("*付款人(" + payerLogon + ")"), yuan(l.total), yuan(l.settled), yuan(l.provider), yuan(0), yuan(0), yuan(l.merchant), yuan(0),
		cell(l.coupon), yuan(0), yuan(0), cell(l.request), yuan(l.fee), yuan(0), cell(""),
	}
}

// writeTable writes a bill: a title, what it is about, the table between two rulers, and its ends.
func writeTable(title string, head []string, name string, columns []string, rows [][]string, ends ...string) string {
	var b strings.Builder
	out := func(text string) { b.WriteString(text + "\r\n") }
	out("#" + title)
	for _, text := range head {
		out(text)
	}
	out(fmt.Sprintf(ruler, name+"列表"))
	out(strings.Join(columns, ","))
	for _, row := range rows {
		out(strings.Join(row, ","))
	}
	out(fmt.Sprintf(ruler, name+"列表结束"))
	for _, text := range ends {
		out(text)
	}
	return b.String()
}

// sums are the totals of lines: first of trades, then of refunds.
func sums(lines []billLine) (count [2]int, sum [2]billLine) {
	for _, l := range lines {
		i := 0
		if l.request != "" {
			i = 1
		}
		count[i]++
		sum[i].total += l.total
		sum[i].settled += l.settled
		sum[i].provider += l.provider
		sum[i].merchant += l.merchant
		sum[i].fee += l.fee
	}
	return count, sum
}

func writeTrades(head []string, lines []billLine, tail string) string {
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, l.cells())
	}
	count, sum := sums(lines)
	return writeTable("支付宝业务明细查询", head, "业务明细", tradeColumns, rows,
		fmt.Sprintf("#交易合计：%d笔，商家实收共%s元，商家优惠共%s元", count[0], yuan(sum[0].settled), yuan(sum[0].merchant)),
		fmt.Sprintf("#退款合计：%d笔，商家实收退款共%s元，商家优惠退款共%s元", count[1], yuan(sum[1].settled), yuan(sum[1].merchant)), tail)
}

func writeTradeSums(head []string, lines []billLine, tail string) string {
	count, sum := sums(lines)
	both := func(part func(billLine) int64) string { return yuan(part(sum[0]) + part(sum[1])) }
	row := []string{
		cell("合计"), cell(""), fmt.Sprint(count[0]), fmt.Sprint(count[1]), both(func(l billLine) int64 { return l.total }),
		both(func(l billLine) int64 { return l.settled }), yuan(0), both(func(l billLine) int64 { return l.merchant }), yuan(0),
		both(func(l billLine) int64 { return l.fee }), yuan(0), both(func(l billLine) int64 { return l.settled + l.fee }),
	}
	return writeTable("支付宝业务汇总查询", head, "业务汇总", tradeSums, [][]string{row}, tail)
}

// flowKinds are the kinds of business of movements.
var flowKinds = map[string]string{
	kit.KindOpening: "充值", kit.KindWithdrawal: "提现", kit.KindPayment: "在线支付", kit.KindFee: "收费", kit.KindRefund: "交易退款",
	kit.KindFeeBack: "退费", kit.KindReversal: "交易退款", kit.KindReturned: "退款失败返还",
}

// sides returns what came in and what went out of movements.
func sides(list []kit.Movement) (count [2]int, sum [2]int64) {
	for _, m := range list {
		i := 0
		if m.Amount < 0 {
			i = 1
		}
		count[i]++
		sum[i] += m.Amount
	}
	return count, sum
}

func (w *Wallet) writeFlow(head []string, list []kit.Movement, tail string) string {
	var rows [][]string
	for _, m := range list {
		in, out, subject, other := "", "", "", ""
		if m.Amount > 0 {
			in = yuan(m.Amount)
		} else {
			out = yuan(m.Amount)
		}
		if o := w.books.byID[m.Ref]; o != nil {
			subject, other = o.Subject, payerLogon
		}
		rows = append(rows, []string{
			cell(fmt.Sprintf("%s%012d", m.At.In(kit.China).Format(nameForm), m.Serial)), cell(m.Ref), cell(m.Order), cell(subject), stamp(m.At),
			cell(other), in, out, yuan(m.Balance), cell("支付宝"), cell(flowKinds[m.Kind]), cell(""),
		})
	}
	count, sum := sides(list)
	return writeTable("支付宝账务明细查询", head, "账务明细", flowColumns, rows,
		fmt.Sprintf("#支出合计：%d笔，共%s元", count[1], yuan(sum[1])), fmt.Sprintf("#收入合计：%d笔，共%s元", count[0], yuan(sum[0])), tail)
}

func writeFlowSums(head []string, list []kit.Movement, tail string) string {
	byKind := map[string][]kit.Movement{}
	for _, m := range list {
		byKind[flowKinds[m.Kind]] = append(byKind[flowKinds[m.Kind]], m)
	}
	var rows [][]string
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		count, sum := sides(byKind[kind])
		rows = append(rows, []string{
			cell(kind), fmt.Sprint(count[0]), yuan(sum[0]), fmt.Sprint(count[1]), yuan(sum[1]), yuan(sum[0] + sum[1]),
		})
	}
	return writeTable("支付宝账务汇总查询", head, "账务汇总", flowSums, rows, tail)
}
