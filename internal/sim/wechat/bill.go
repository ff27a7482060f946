package wechat

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1" // the original's hash of bills
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	billLife   = 5 * time.Minute // of a download_url
	billMonths = 3               // that bills can be asked for
	billHost   = "https://api.mch.weixin.qq.com"
	dateForm   = "2006-01-02"
	stampForm  = "2006-01-02 15:04:05"
)

// Columns of the trade bill. Those of refunds stand between the second and third part.
var (
	tradeColumns = strings.Split("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"+
		"付款银行,货币种类,应结订单金额,代金券金额", ",")
	refundTimes   = []string{"退款申请时间", "退款成功时间"}
	refundColumns = strings.Split("微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态", ",")
	goodsColumns  = strings.Split("商品名称,商户数据包,手续费,费率,订单金额", ",")
	askedColumn   = "申请退款金额"
	remarkColumn  = "费率备注"
	flowColumns   = strings.Split("记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"+
		"资金变更提交申请人,备注,业务凭证号", ",")
)

const (
	tradeTail = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
	flowTail  = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
)

// tradeHeader returns the columns of a type of trade bill, nil for an unknown one.
func tradeHeader(kind string) []string {
	switch kind {
	case "", "ALL":
		return slices.Concat(tradeColumns, refundColumns, goodsColumns, []string{askedColumn, remarkColumn})
	case "SUCCESS":
		return slices.Concat(tradeColumns, goodsColumns, []string{remarkColumn})
	case "REFUND":
		return slices.Concat(tradeColumns, refundTimes, refundColumns, goodsColumns,
			[]string{askedColumn, remarkColumn})
	}
	return nil
}

// billLine is a line of the trade bill before it is written.
type billLine struct {
	name       string // by which flaws know it, the same in each run
	at         time.Time
	refund     bool
	cells      map[string]string
	settlement int64
	refunded   int64
	provider   int64 // given back of coupons that the provider funds
	fee        int64
	total      int64
	asked      int64
}

// billDay checks the date of a bill and returns its first moment.
func (w *Wallet) billDay(c *call, text string) (time.Time, *refusal) {
	day, err := time.ParseInLocation(dateForm, text, kit.China)
	if err != nil {
		return day, wrongQuery("/bill_date", "格式为YYYY-MM-DD")
	}
	now := c.now.In(kit.China)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, kit.China)
	switch {
	case !day.Before(today):
		return day, invalid("账单日期不能晚于昨天")
	case day.Before(today.AddDate(0, -billMonths, 0)):
		return day, invalid("仅支持三个月内的账单下载申请")
	case now.Before(day.AddDate(0, 0, 1).Add(w.config.BillsAt)):
		return day, billCreating
	}
	return day, nil
}

// tradeBill makes the trade bill of a date and tells where it lies.
func (w *Wallet) tradeBill(c *call) (any, *refusal) {
	q := c.URL.Query()
	header := tradeHeader(q.Get("bill_type"))
	if header == nil {
		return nil, wrongQuery("/bill_type", "取值为ALL、SUCCESS或REFUND")
	}
	day, refused := w.billDay(c, q.Get("bill_date"))
	if refused != nil {
		return nil, refused
	}
	payee := ""
	if number := q.Get("sub_mchid"); number != "" {
		if _, refused := w.sub(c, number, wrongQuery); refused != nil {
			return nil, refused
		}
		payee = number
	}
	lines := w.tradeLines(c.member.Number, payee, day)
	lines = slices.DeleteFunc(lines, func(l billLine) bool {
		return q.Get("bill_type") == "SUCCESS" && l.refund || q.Get("bill_type") == "REFUND" && !l.refund
	})
	if len(lines) == 0 {
		return nil, noBill
	}
	return w.file(c, writeTradeBill(header, w.spoil(lines)))
}

// tradeLines returns what a merchant's trade bill of a day holds: what was paid, refunded or reversed on it.
func (w *Wallet) tradeLines(merchant, payee string, day time.Time) []billLine {
	end := day.AddDate(0, 0, 1)
	on := func(t time.Time) bool { return !t.Before(day) && t.Before(end) }
	var lines []billLine
	for _, o := range w.books.orders {
		mine := o.Merchant == merchant && o.Partner == ""
		forSub := o.Partner == merchant && (payee == "" || o.Merchant == payee)
		if !mine && !forSub || o.Paid.IsZero() {
			continue
		}
		if on(o.Paid) {
			lines = append(lines, o.billLine())
		}
		for _, r := range o.refunds {
			if on(r.Created) {
				lines = append(lines, r.billLine(o, end.Add(w.config.BillsAt)))
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b billLine) int { return a.at.Compare(b.at) })
	return lines
}

func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// fine writes a fee: the bill shows five decimals.
func fine(fen int64) string { return yuan(fen) + "000" }

func rateText(ppm int64) string { return fmt.Sprintf("%d.%02d%%", ppm/10_000, ppm%10_000/100) }

// cells are what payments and refunds of an order have in common.
func (o *Order) cells() map[string]string {
	cells := map[string]string{
		"公众账号ID": o.App, "商户号": o.Merchant, "特约商户号": "0", "设备号": o.Device, "微信订单号": o.TransactionID,
		"商户订单号": o.OutTradeNo, "用户标识": OpenID(o.Payer, o.App), "交易类型": string(o.Type), "付款银行": payerBank,
		"货币种类": currency, "商品名称": o.Description, "商户数据包": o.Attach, "费率": rateText(o.Rate),
	}
	if o.Partner != "" {
		cells["商户号"], cells["特约商户号"] = o.Partner, o.Merchant
	}
	return cells
}

func (o *Order) billLine() billLine {
	l := billLine{
		name: o.Merchant + " " + o.OutTradeNo, at: o.Paid, cells: o.cells(),
		settlement: o.Settlement, fee: o.Fee, total: o.Total,
	}
	c := l.cells
	c["交易时间"], c["交易状态"], c["代金券金额"] = o.Paid.In(kit.China).Format(stampForm), "SUCCESS", yuan(o.off(ByProvider))
	c["微信退款单号"], c["商户退款单号"] = "0", "0"
	return l
}

// billStatus is the status of a refund in the words of the bill.
var billStatus = map[RefundStatus]string{RefundSuccess: "SUCCESS", RefundClosed: "FAIL", RefundAbnormal: "CHANGE"}

// billLine returns the line of a refund as it was when the bill was made.
func (r *Refund) billLine(o *Order, made time.Time) billLine {
	l := billLine{
		name: o.Merchant + " " + o.OutTradeNo + " " + r.OutRefundNo, at: r.Created, refund: true, cells: o.cells(),
		refunded: r.Settlement, provider: r.Provider, fee: -r.Fee, asked: r.Total,
	}
	c := l.cells
	c["交易时间"], c["交易状态"], c["代金券金额"] = r.Created.In(kit.China).Format(stampForm), "REFUND", yuan(0)
	c["微信退款单号"], c["商户退款单号"] = r.RefundID, r.OutRefundNo
	if r.Reversal {
		c["交易状态"], c["商户退款单号"] = "REVOKED", o.OutTradeNo
	}
	c["退款类型"], c["退款状态"] = "ORIGINAL", "PROCESSING"
	c["退款申请时间"] = r.Created.In(kit.China).Format(stampForm)
	if !r.Done.IsZero() && !r.Done.After(made) {
		c["退款状态"] = billStatus[r.Status]
		if r.Status == RefundSuccess {
			c["退款成功时间"] = r.Done.In(kit.China).Format(stampForm)
		}
	}
	return l
}

// amounts fills in the cells that hold money, which flaws may have changed.
func (l *billLine) amounts() {
	c := l.cells
	c["应结订单金额"], c["退款金额"], c["充值券退款金额"] = yuan(l.settlement), yuan(l.refunded), yuan(l.provider)
	c["手续费"], c["订单金额"], c[askedColumn] = fine(l.fee), yuan(l.total), yuan(l.asked)
}

// spoil returns the lines of a trade bill as the plan of flaws has them written.
func (w *Wallet) spoil(lines []billLine) []billLine {
	return kit.Spoil(w.flaws, spoiling, lines, func(l billLine) string { return l.name }, func(l *billLine) {
		if l.refund {
			l.refunded, l.asked = l.refunded+1, l.asked+1
		} else {
			l.settlement, l.total = l.settlement+1, l.total+1
		}
	}, func(l *billLine) {
		l.cells = maps.Clone(l.cells)
		l.cells["微信订单号"], l.cells["商户订单号"] = "4200"+strings.Repeat("9", 24), "nobodys-order"
	})
}

// writeTradeBill writes a bill: a header, lines, a header of the sums and the sums.
func writeTradeBill(header []string, lines []billLine) []byte {
	var b bytes.Buffer
	b.WriteString(strings.Join(header, ",") + "\r\n")
	var sum billLine
	for _, l := range lines {
		l.amounts()
		values := make([]string, len(header))
		for i, column := range header {
			values[i] = l.cells[column]
		}
		writeRow(&b, values)
		sum.settlement += l.settlement
		sum.refunded += l.refunded
		sum.provider += l.provider
		sum.fee += l.fee
		sum.total += l.total
		sum.asked += l.asked
	}
	b.WriteString(tradeTail + "\r\n")
	writeRow(&b, []string{
		fmt.Sprint(len(lines)), yuan(sum.settlement), yuan(sum.refunded), yuan(sum.provider),
		fine(sum.fee), yuan(sum.total), yuan(sum.asked),
	})
	return b.Bytes()
}

var cellText = strings.NewReplacer(",", "\\ ", "\r", " ", "\n", " ", "`", "'")

// writeRow writes values, each behind a back-quote. A comma would end a value and is written otherwise.
func writeRow(b *bytes.Buffer, values []string) {
	for i, value := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('`')
		b.WriteString(cellText.Replace(value))
	}
	b.WriteString("\r\n")
}

// fundFlowBill makes the bill of a merchant's account. Only its basic account moves here.
func (w *Wallet) fundFlowBill(c *call) (any, *refusal) {
	q := c.URL.Query()
	kind := q.Get("account_type")
	if !slices.Contains([]string{"", "BASIC", "OPERATION", "FEES"}, kind) {
		return nil, wrongQuery("/account_type", "取值为BASIC、OPERATION或FEES")
	}
	day, refused := w.billDay(c, q.Get("bill_date"))
	if refused != nil {
		return nil, refused
	}
	var list []kit.Movement
	for _, m := range w.books.Ledger.History(kit.MerchantAccount(c.member.Number)) {
		if kind != "OPERATION" && kind != "FEES" && !m.At.Before(day) && m.At.Before(day.AddDate(0, 0, 1)) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return nil, noBill
	}
	return w.file(c, writeFlowBill(list))
}

// flowNames are name and kind of business of a movement.
var flowNames = map[string][2]string{
	kit.KindOpening: {"充值", "充值"}, kit.KindWithdrawal: {"提现", "提现"},
	kit.KindPayment: {"交易", "交易"}, kit.KindFee: {"扣除交易手续费", "扣除交易手续费"},
	kit.KindRefund: {"退款", "退款"}, kit.KindFeeBack: {"退还交易手续费", "扣除交易手续费"}, kit.KindReversal: {"撤销", "退款"},
	kit.KindReturned: {"退款关闭", "退款"},
}

func writeFlowBill(list []kit.Movement) []byte {
	var b bytes.Buffer
	b.WriteString(strings.Join(flowColumns, ",") + "\r\n")
	var count [2]int
	var sum [2]int64
	for _, m := range list {
		side, direction, amount := 0, "收入", m.Amount
		if amount < 0 {
			side, direction, amount = 1, "支出", -amount
		}
		count[side]++
		sum[side] += amount
		name := flowNames[m.Kind]
		writeRow(&b, []string{
			m.At.In(kit.China).Format(stampForm), m.Ref, fmt.Sprintf("%s%012d", dayOf(m.At), m.Serial),
			name[0], name[1], direction, yuan(amount), yuan(m.Balance), "system", "", m.Order,
		})
	}
	b.WriteString(flowTail + "\r\n")
	writeRow(&b, []string{fmt.Sprint(len(list)), fmt.Sprint(count[0]), yuan(sum[0]), fmt.Sprint(count[1]), yuan(sum[1])})
	return b.Bytes()
}

// billFile is a bill that can be fetched.
type billFile struct {
	merchant string
	text     []byte
	zipped   bool
	until    time.Time
}

// file keeps a bill for its time and tells where it lies. The hash is of the text, zipped or not.
func (w *Wallet) file(c *call, text []byte) (any, *refusal) {
	f := billFile{merchant: c.member.Number, text: text, until: c.now.Add(billLife)}
	switch c.URL.Query().Get("tar_type") {
	case "":
	case "GZIP":
		f.zipped = true
	default:
		return nil, wrongQuery("/tar_type", "取值为GZIP或不填")
	}
	sum := sha1.Sum(text)
	for token, old := range w.files {
		if !c.now.Before(old.until) {
			delete(w.files, token)
		}
	}
	token := kit.RandomText(43)
	w.files[token] = f
	return map[string]string{
		"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:]),
		"download_url": billHost + "/v3/billdownload/file?token=" + token,
	}, nil
}

// downloadBill sends a bill. Its request is signed, its answer is not.
func (w *Wallet) downloadBill(rw http.ResponseWriter, r *http.Request) {
	effect := w.faults.Next()
	w.host.Meet(r, effect)
	w.host.Part(r, effect)
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, bodyMax))
	if err != nil {
		http.Error(rw, "the body is too long", http.StatusRequestEntityTooLarge)
		return
	}
	c, refused := w.verify(r, body)
	w.count(refused)
	var f billFile
	if refused == nil {
		w.mu.Lock()
		f = w.files[r.URL.Query().Get("token")]
		w.mu.Unlock()
		if f.merchant != c.member.Number || !c.now.Before(f.until) {
			refused = noFile
		}
	}
	if refused != nil {
		w.answer(rw, w.signerOf(r, c), refused.status, refused.body(), nil)
		return
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !f.zipped {
		rw.Write(f.text)
		return
	}
	rw.Header().Set("Content-Type", "application/x-gzip")
	packer := gzip.NewWriter(rw)
	packer.Write(f.text) // a client that is gone needs no bill
	packer.Close()
}
