package alipay_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// account begins the names of the demo merchant's bills.
const account = alipay.DemoMerchant + "0156"

// bill asks for a bill and returns its files.
func bill(t *testing.T, c *client, kind, date string) map[string]string {
	t.Helper()
	a := c.call(t, "alipay.data.dataservice.bill.downloadurl.query", object{"bill_type": kind, "bill_date": date}).want(t, "10000", "")
	return unzip(t, fetch(t, a.text("bill_download_url")))
}

// rows returns the rows of a bill between its rulers, each by its columns.
func rows(t *testing.T, text string) []map[string]string {
	t.Helper()
	var list []map[string]string
	var header []string
	table := false
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		switch {
		case strings.HasPrefix(line, "#---"):
			table = !table
		case table && header == nil:
			header = strings.Split(line, ",")
		case table:
			values := strings.Split(line, ",")
			if len(values) != len(header) {
				t.Fatalf("a row has %d values and the header %d:\n%s", len(values), len(header), line)
			}
			row := map[string]string{}
			for i, name := range header {
				row[name] = strings.TrimSuffix(values[i], "\t")
			}
			list = append(list, row)
		}
	}
	return list
}

func TestTradeBill(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	if _, err := w.Give(alipay.Coupon{Funder: alipay.ByProvider, Amount: 334, Name: "红包, 一个"}); err != nil {
		t.Fatal(err)
	}
	body := orderBody("Q1", "10.00")
	body["subject"], body["store_id"], body["operator_id"], body["terminal_id"] = "茶, 一杯", "S1", "O1", "T1"
	link := c.call(t, "alipay.trade.precreate", body).want(t, "10000", "").text("qr_code")
	if _, err := w.Scan(link, alipay.Pay); err != nil {
		t.Fatal(err)
	}
	c.refund(t, "Q1", "R1", "5.00").want(t, "10000", "")
	clock.Advance(24 * time.Hour)
	c.paid(t, w, "Q2", "1.00")
	files := bill(t, c, "trade", "2026-03-05")
	detail, sum := files[account+"_20260305_业务明细.csv"], files[account+"_20260305_业务明细(汇总).csv"]
	if len(files) != 2 || !strings.HasPrefix(detail, "#支付宝业务明细查询\r\n#账号：["+account+"]\r\n#起始日期：[2026年03月05日 00:00:00]   终止日期：[2026年03月06日 00:00:00]\r\n") {
		t.Fatalf("the bill is %q", files)
	}
	got := rows(t, detail)
	if len(got) != 2 {
		t.Fatalf("the bill has the rows %v", got)
	}
	for i, want := range []map[string]string{
		{"商户订单号": "Q1", "业务类型": "交易", "商品名称": "茶  一杯", "门店编号": "S1", "操作员": "O1", "终端号": "T1", "订单金额（元）": "10.00", "商家实收（元）": "10.00",
			"支付宝红包（元）": "3.34", "券名称": "红包  一个", "退款批次号/请求号": "", "服务费（元）": "-0.06", "完成时间": "2026-03-05 12:00:00"},
		{"商户订单号": "Q1", "业务类型": "退款", "订单金额（元）": "-5.00", "商家实收（元）": "-5.00", "支付宝红包（元）": "-1.67", "退款批次号/请求号": "R1", "服务费（元）": "0.03"},
	} {
		for column, value := range want {
			if got[i][column] != value {
				t.Errorf("row %d has the %s %q, want %q", i+1, column, got[i][column], value)
			}
		}
	}
	if totals := rows(t, sum); len(totals) != 1 || totals[0]["实收净额（元）"] != "4.97" || totals[0]["退款订单总笔数"] != "1" {
		t.Errorf("the sums are %v", totals)
	}
	clock.Advance(30 * 24 * time.Hour)
	if got := rows(t, bill(t, c, "trade", "2026-03")[account+"_202603_业务明细.csv"]); len(got) != 3 {
		t.Errorf("the bill of the month has %d rows, want 3", len(got))
	}
}

func TestAccountBill(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock})
	c := newClient(t, w, alipay.DemoMerchant)
	c.paid(t, w, "Q1", "10.00")
	c.refund(t, "Q1", "R1", "5.00").want(t, "10000", "")
	balance := w.MerchantBalance(c.SellerID)
	clock.Advance(24 * time.Hour)
	detail := bill(t, c, "signcustomer", "2026-03-05")[account+"_20260305_账务明细.csv"]
	got := rows(t, detail)
	if len(got) != 4 || got[0]["收入金额（+元）"] != "10.00" || got[1]["支出金额（-元）"] != "-0.06" || got[0]["商户订单号"] != "Q1" {
		t.Fatalf("the bill has the rows %v", got)
	}
	if last := got[3]["账户余额（元）"]; last != "4.97" || balance != 497 {
		t.Errorf("the account ends with %s, and the books say %d fen", last, balance)
	}
	if !strings.Contains(detail, "#支出合计：2笔，共-5.06元\r\n#收入合计：2笔，共10.03元\r\n") {
		t.Errorf("the bill ends otherwise:\n%s", detail)
	}
}

func TestBill_refused(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	w := start(t, alipay.Config{Clock: clock, BillsAt: 9 * time.Hour})
	c := newClient(t, w, alipay.DemoMerchant)
	c.paid(t, w, "Q1", "1.00")
	ask := func(kind, date string) answer {
		return c.call(t, "alipay.data.dataservice.bill.downloadurl.query", object{"bill_type": kind, "bill_date": date})
	}
	clock.Advance(20 * time.Hour) // to 08:00
	ask("trade", "2026-03-05").want(t, "40004", "isp.bill_not_exist")
	clock.Advance(time.Hour)
	address := ask("trade", "2026-03-05").want(t, "10000", "").text("bill_download_url")
	ask("trade", "2026-03-06").want(t, "40004", "isp.bill_not_exist")
	ask("trade", "2026-03-04").want(t, "40004", "isp.bill_not_exist")
	ask("trade", "2026-03").want(t, "40004", "isp.bill_not_exist")
	ask("trade", "2015-12-31").want(t, "40004", "isv.invalid-arguments")
	ask("trade", "yesterday").want(t, "40004", "isv.invalid-arguments")
	ask("secrets", "2026-03-05").want(t, "40004", "ACQ.INVALID_PARAMETER")
	clock.Advance(29 * time.Second)
	fetch(t, address)
	clock.Advance(time.Second)
	for _, gone := range []string{address, w.URL() + "/bill/download?token=x"} {
		r, err := http.Get(gone)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("an address that is not valid is answered %s", r.Status)
		}
	}
}

func TestTradeBill_flaws(t *testing.T) {
	for flaw, want := range map[alipay.Flaw][]string{
		alipay.MissingLine: nil, alipay.DoubledLine: {"Q1 1.00", "Q1 1.00"},
		alipay.OtherAmount: {"Q1 1.01"}, alipay.ExtraLine: {"Q1 1.00", "nobodys_order 1.00"},
	} {
		clock := kit.NewStandingClock(noon)
		w := start(t, alipay.Config{Clock: clock})
		c := newClient(t, w, alipay.DemoMerchant)
		c.paid(t, w, "Q1", "1.00")
		clock.Advance(24 * time.Hour)
		if err := w.SetFlaw(flaw, 1, 1); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			c.call(t, "alipay.data.dataservice.bill.downloadurl.query", object{"bill_type": "trade", "bill_date": "2026-03-05"}).
				want(t, "40004", "isp.bill_not_exist")
			continue
		}
		var got []string
		for _, row := range rows(t, bill(t, c, "trade", "2026-03-05")[account+"_20260305_业务明细.csv"]) {
			got = append(got, row["商户订单号"]+" "+row["订单金额（元）"])
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: the bill has %v, want %v", flaw, got, want)
		}
	}
}
