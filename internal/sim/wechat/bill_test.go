package wechat_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// Headers as merchants' programs read them.
const (
	allHeader = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类," +
		"应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率," +
		"订单金额,申请退款金额,费率备注"
	successHeader = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类," +
		"应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注"
	refundHeader = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类," +
		"应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称," +
		"商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
	flowHeader = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
)

// sheet is a bill as a merchant's program reads it.
type sheet struct {
	header string
	rows   []map[string]string
	sums   map[string]string
}

// fetch asks for a bill, fetches and reads it.
func (c *client) fetch(t *testing.T, query string) sheet {
	t.Helper()
	place := c.call(t, "GET", "/v3/bill/"+query, nil).want(t, 200, "").text("download_url")
	u, err := url.Parse(place)
	if err != nil || u.Host != "api.mch.weixin.qq.com" {
		t.Fatalf("the bill lies at %s", place)
	}
	r, err := c.request("GET", u.RequestURI(), "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.do(r)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != 200 || a.header.Get("Wechatpay-Signature") != "" {
		t.Fatalf("the file is answered %d with the signature %q", a.status, a.header.Get("Wechatpay-Signature"))
	}
	return read(t, string(a.body))
}

// read reads a bill by the names of its columns.
func read(t *testing.T, text string) sheet {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	s := sheet{header: lines[0]}
	row := func(header, line string) map[string]string {
		names, values := strings.Split(header, ","), strings.Split(strings.TrimPrefix(line, "`"), ",`")
		if len(names) != len(values) || line[0] != '`' {
			t.Fatalf("line %q has %d values for %d columns", line, len(values), len(names))
		}
		m := map[string]string{}
		for i, name := range names {
			m[name] = values[i]
		}
		return m
	}
	for _, line := range lines[1 : len(lines)-2] {
		s.rows = append(s.rows, row(lines[0], line))
	}
	s.sums = row(lines[len(lines)-2], lines[len(lines)-1])
	return s
}

// cells returns some columns of a row.
func cells(row map[string]string, names string) string {
	var list []string
	for name := range strings.SplitSeq(names, ",") {
		list = append(list, row[name])
	}
	return strings.Join(list, "|")
}

func TestTradeBill(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock, BillsAt: 10 * time.Hour})
	c := newClient(t, w, wechat.DemoMerchant)
	if _, err := w.Give(wechat.Coupon{Funder: wechat.ByMerchant, Amount: 200, Minimum: 2000}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Give(wechat.Coupon{Funder: wechat.ByProvider, Amount: 50}); err != nil {
		t.Fatal(err)
	}
	c.paid(t, w, "order-1", 1000) // 0.50 of it a coupon
	c.paid(t, w, "order-2", 2000) // 2.00 of it the merchant's coupon
	c.call(t, "POST", refundPath, refundBody("order-2", "refund-1", 1000, 2000)).want(t, 200, "")
	clock.Advance(11 * time.Hour) // to 23:00
	c.call(t, "POST", refundPath, refundBody("order-1", "refund-2", 1000, 1000)).want(t, 200, "")
	clock.Advance(10 * time.Hour) // to 09:00
	c.call(t, "GET", "/v3/bill/tradebill?bill_date=2026-03-05", nil).want(t, 400, "STATEMENT_CREATING")
	clock.Advance(time.Hour)

	s := c.fetch(t, "tradebill?bill_date=2026-03-05&bill_type=ALL")
	const columns = "商户订单号,交易状态,应结订单金额,代金券金额,退款金额,充值券退款金额,退款状态,商品名称,手续费,费率,订单金额,申请退款金额"
	want := []string{
		"order-1|SUCCESS|10.00|0.50|0.00|0.00||茶\\  一杯|0.06000|0.60%|10.00|0.00",
		"order-2|SUCCESS|18.00|0.00|0.00|0.00||茶\\  一杯|0.11000|0.60%|20.00|0.00",
		"order-2|REFUND|0.00|0.00|9.00|0.00|SUCCESS|茶\\  一杯|-0.06000|0.60%|0.00|10.00",
		"order-1|REFUND|0.00|0.00|10.00|0.50|SUCCESS|茶\\  一杯|-0.06000|0.60%|0.00|10.00",
	}
	var got []string
	for _, row := range s.rows {
		got = append(got, cells(row, columns))
	}
	if s.header != allHeader || !slices.Equal(got, want) {
		t.Errorf("the bill is\n%s\n%s", s.header, strings.Join(got, "\n"))
	}
	if sums := cells(s.sums, "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"); sums != "4|28.00|19.00|0.50|0.05000|30.00|20.00" {
		t.Errorf("its sums are %s", sums)
	}
	if s := c.fetch(t, "tradebill?bill_date=2026-03-05&bill_type=SUCCESS"); s.header != successHeader || len(s.rows) != 2 {
		t.Errorf("the bill of payments has %d rows under %s", len(s.rows), s.header)
	}
	s = c.fetch(t, "tradebill?bill_date=2026-03-05&bill_type=REFUND")
	if s.header != refundHeader || len(s.rows) != 2 || s.rows[1]["退款申请时间"] != "2026-03-05 23:00:00" {
		t.Errorf("the bill of refunds has %d rows under %s", len(s.rows), s.header)
	}

	s = c.fetch(t, "fundflowbill?bill_date=2026-03-05&account_type=BASIC")
	var balance []string
	for _, row := range s.rows {
		balance = append(balance, cells(row, "业务类型,收支类型,收支金额(元),账户结余(元),业务凭证号"))
	}
	want = []string{
		"交易|收入|10.00|10.00|order-1", "扣除交易手续费|支出|0.06|9.94|order-1",
		"交易|收入|18.00|27.94|order-2", "扣除交易手续费|支出|0.11|27.83|order-2",
		"退款|支出|9.00|18.83|order-2", "扣除交易手续费|收入|0.06|18.89|order-2",
		"退款|支出|10.00|8.89|order-1", "扣除交易手续费|收入|0.06|8.95|order-1",
	}
	if s.header != flowHeader || !slices.Equal(balance, want) {
		t.Errorf("the fund-flow bill is\n%s", strings.Join(balance, "\n"))
	}
	if sums := cells(s.sums, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"); sums != "8|4|28.12|4|19.17" {
		t.Errorf("its sums are %s", sums)
	}
}

// TestTradeBill_state holds that the state of a refund in a bill is that of the time when the bill is made.
func TestTradeBill_state(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock, RefundTime: 30 * time.Hour})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 1000)
	c.call(t, "POST", refundPath, refundBody("order-1", "refund-1", 500, 1000)).want(t, 200, "")
	clock.Advance(48 * time.Hour)
	refunded(t, w, c.MerchantID, "refund-1")
	s := c.fetch(t, "tradebill?bill_date=2026-03-05&bill_type=REFUND")
	if got := cells(s.rows[0], "退款状态,退款成功时间"); got != "PROCESSING|" {
		t.Errorf("the refund is told as %s", got)
	}
}

func TestBill_refused(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	c.paid(t, w, "order-1", 1000)
	clock.Advance(24 * time.Hour)
	if w.Withdraw(c.MerchantID, 995) != kit.ErrBalance || w.Withdraw(c.MerchantID, 0) != kit.ErrBalance {
		t.Error("more is paid out than there is")
	}
	if err := w.Withdraw(c.MerchantID, 994); err != nil || w.MerchantBalance(c.MerchantID) != 0 {
		t.Errorf("paying out leaves %d fen: %v", w.MerchantBalance(c.MerchantID), err)
	}
	c.call(t, "POST", refundPath, refundBody("order-1", "refund-1", 1, 1000)).want(t, 403, "NOT_ENOUGH")
	for _, test := range []struct {
		query  string
		status int
		code   string
	}{
		{"tradebill", 400, "PARAM_ERROR"},
		{"tradebill?bill_date=20260305", 400, "PARAM_ERROR"},
		{"tradebill?bill_date=2026-03-06", 400, "INVALID_REQUEST"}, // today
		{"tradebill?bill_date=2025-12-05", 400, "INVALID_REQUEST"},
		{"tradebill?bill_date=2026-03-04", 400, "NO_STATEMENT_EXIST"},
		{"tradebill?bill_date=2026-03-05&bill_type=REFUND", 400, "NO_STATEMENT_EXIST"},
		{"tradebill?bill_date=2026-03-05&bill_type=SOME", 400, "PARAM_ERROR"},
		{"tradebill?bill_date=2026-03-05&tar_type=ZIP", 400, "PARAM_ERROR"},
		{"tradebill?bill_date=2026-03-05&sub_mchid=" + wechat.DemoSub, 403, "NO_AUTH"},
		{"fundflowbill?bill_date=2026-03-05&account_type=FEES", 400, "NO_STATEMENT_EXIST"},
		{"fundflowbill?bill_date=2026-03-05&account_type=POCKET", 400, "PARAM_ERROR"},
		{"fundflowbill?bill_date=2026-03-06", 400, "INVALID_REQUEST"},
		{"tradebill?bill_date=2026-03-05", 200, ""},
	} {
		if a := c.call(t, "GET", "/v3/bill/"+test.query, nil); a.status != test.status || a.text("code") != test.code {
			t.Errorf("%s: answered %d %s", test.query, a.status, a.body)
		}
	}
	place := c.call(t, "GET", "/v3/bill/tradebill?bill_date=2026-03-05", nil).text("download_url")
	path := strings.TrimPrefix(place, "https://api.mch.weixin.qq.com")
	partner := newClient(t, w, wechat.DemoPartner)
	partner.call(t, "GET", path, nil).want(t, 404, "RESOURCE_NOT_EXISTS")
	clock.Advance(5*time.Minute - time.Second)
	r, err := c.request("GET", path, "")
	if err != nil {
		t.Fatal(err)
	}
	if a, err := c.do(r); err != nil || a.status != 200 {
		t.Errorf("the file is answered %d, %v", a.status, err)
	}
	r.Header.Set("Authorization", "")
	if a, err := c.do(r); err != nil || a.status != 401 {
		t.Errorf("without a signature the file is answered %d, %v", a.status, err)
	}
	clock.Advance(time.Second)
	c.call(t, "GET", path, nil).want(t, 404, "RESOURCE_NOT_EXISTS")
	clock.Advance(24 * time.Hour)
	s := c.fetch(t, "fundflowbill?bill_date=2026-03-06")
	if got := cells(s.rows[0], "业务类型,收支类型,收支金额(元),账户结余(元)"); len(s.rows) != 1 || got != "提现|支出|9.94|0.00" {
		t.Errorf("what was paid out stands as %s", got)
	}
}

func TestTradeBill_flaws(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, wechat.Config{Clock: clock})
	c := newClient(t, w, wechat.DemoMerchant)
	for _, no := range []string{"order-1", "order-2", "order-3", "order-4"} {
		c.paid(t, w, no, 100)
	}
	clock.Advance(24 * time.Hour)
	rows := func() (list []string) {
		for _, row := range c.fetch(t, "tradebill?bill_date=2026-03-05").rows {
			list = append(list, cells(row, "商户订单号,订单金额"))
		}
		return list
	}
	for _, test := range []struct {
		flaw wechat.Flaw
		rate float64
		want int
		last string
	}{
		{wechat.MissingLine, 0.5, -1, ""}, {wechat.DoubledLine, 1, 8, "order-4|1.00"},
		{wechat.OtherAmount, 1, 4, "order-4|1.01"}, {wechat.ExtraLine, 1, 8, "nobodys-order|1.00"},
	} {
		if err := w.SetFlaw(test.flaw, test.rate, 5); err != nil {
			t.Fatal(err)
		}
		first := rows()
		if test.want >= 0 && (len(first) != test.want || first[len(first)-1] != test.last) || len(first) == 4 && test.want < 0 {
			t.Errorf("%s makes %v", test.flaw, first)
		}
		if again := rows(); !slices.Equal(again, first) {
			t.Errorf("%s makes %v and then %v", test.flaw, first, again)
		}
		w.ClearFlaws()
	}
}
