package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/printer"
)

// The bench is the demo's page of devices: what was just paid with its receipts, the paper of the receipt
// printer, the card network and its faults, and the clock.

func (d *Demo) startBench() error {
	paper, err := printer.New(printer.Config{Font: app.Font(), Now: d.Clock.Now})
	if err != nil {
		return err
	}
	roll, err := net.Listen("tcp", d.Options.Printer)
	if err != nil {
		return fmt.Errorf("receipt printer simulator: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		paper.Serve(ctx, roll)
	}()
	d.stop = append(d.stop, func() {
		cancel()
		<-done
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.showOperations)
	mux.HandleFunc("GET /operations/{operation}/{file}", d.showReceipt)
	mux.Handle("POST /clock", fromHere(http.HandlerFunc(d.moveClock)))
	mux.Handle("/receipts", paper.Handler())
	mux.Handle("/receipts/", paper.Handler())
	parties := d.parties()
	for name, party := range parties {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, party))
	}
	mux.Handle("POST /faults", fromHere(d.setFault(parties)))
	payer := d.payer()
	for _, path := range []string{"/phone", "/phone/", "/phone.css", "/phone.js", "/c/", "/assets/", "/v1/pay/"} {
		mux.Handle(path, payer)
	}
	mux.Handle("GET /inbox", d.outside.inbox.Handler())
	mux.Handle("GET /inbox.json", d.outside.inbox.Handler())
	mux.Handle("GET /terminals", d.outside.register.Handler())
	stand, err := d.newStand()
	if err != nil {
		return err
	}
	terminals := stand.Handler()
	for _, path := range []string{"/pos", "/pos/", "/pos.css", "/pos.js"} {
		mux.Handle(path, terminals)
	}
	listener, err := net.Listen("tcp", d.Options.Bench)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	d.Options.Bench = listener.Addr().String()
	server := &http.Server{Handler: guarded(mux), ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(listener)
	d.stop = append([]func(){func() {
		server.Close()
		stand.Stop() // while there is still a host to finish with
	}}, d.stop...)
	return nil
}

func (d *Demo) showReceipt(w http.ResponseWriter, r *http.Request) {
	lang, to := receipt.Chinese, receipt.CardholderCopy
	if r.URL.Query().Get("lang") == "en" {
		lang = receipt.English
	}
	if r.URL.Query().Get("copy") == "merchant" {
		to = receipt.MerchantCopy
	}
	format := strings.TrimPrefix(r.PathValue("file"), "receipt.")
	content, kind, err := d.App.Receipt(r.Context(), r.PathValue("operation"), format, to, lang)
	var known *fault.Error
	switch {
	case errors.As(err, &known) && known.Kind != fault.Internal:
		http.Error(w, known.Message, http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "the receipt cannot be drawn", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(content)
}

type benchLine struct {
	ID, Time, Kind, Trace, Card, Amount, State, StateName, Result, RRN string
	Receipt                                                            bool
}

// Names of kinds and states on the bench, in both languages.
var (
	kindNames = map[payment.Kind]string{
		payment.SaleOp: "消费 sale", payment.VoidOp: "撤销 void", payment.RefundOp: "退货 refund", payment.ReversalOp: "冲正 reversal",
		payment.PreauthOp: "预授权 pre-authorization", payment.CompletionOp: "预授权完成 completion", payment.OfflineOp: "离线消费 offline sale",
		payment.AddOnOp: "追加预授权 add-on", payment.PreauthVoidOp: "预授权撤销 pre-authorization void", payment.CompletionVoidOp: "完成撤销 completion void",
		payment.AdjustmentOp: "调整 adjustment", payment.InquiryOp: "余额查询 balance inquiry", payment.ScriptOp: "脚本结果 script result",
	}
	stateNames = map[payment.OperationState]string{
		payment.OpPending: "处理中 pending", payment.OpApproved: "成功 approved", payment.OpDeclined: "拒绝 declined",
		payment.OpRefused: "拦截 refused", payment.OpUnknown: "结果未知 unknown", payment.OpReversing: "冲正中 reversing",
		payment.OpReversed: "已冲正 reversed", payment.OpManual: "人工处理 manual",
	}
)

// pageSize is how many operations the bench shows at once.
const pageSize = 30

// showOperations shows the latest operations of the merchants that were here last.
func (d *Demo) showOperations(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	fail := func() {
		http.Error(w, "the operations cannot be read / 无法读取交易", http.StatusInternalServerError)
	}
	merchants, err := d.App.Store.Merchants(ctx, access.Everything(), merchant.Filter{}, listing.Page{Limit: listing.MaxLimit})
	if err != nil {
		fail()
		return
	}
	var ops []payment.Operation
	for _, m := range merchants.Rows {
		some, err := d.App.Store.RecentOperations(ctx, m.ID, "", pageSize)
		if err != nil {
			fail()
			return
		}
		ops = append(ops, some...)
	}
	slices.SortStableFunc(ops, func(a, b payment.Operation) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	var lines []benchLine
	for _, op := range ops[:min(len(ops), pageSize)] {
		p, _, err := step.Read[payment.Payment](ctx, d.App.Store, payment.Key(op.Payment))
		if err != nil {
			fail()
			return
		}
		lines = append(lines, benchLine{
			ID: op.ID, Time: op.CreatedAt.Time().In(d.App.Config.Location()).Format("01-02 15:04:05"), Kind: kindNames[op.Kind],
			Card: p.Card.Masked, Amount: money.Yuan(op.AmountFen).String(), State: string(op.State), StateName: stateNames[op.State], Result: op.Result,
			RRN: op.RRN, Trace: fmt.Sprintf("%06d", op.Trace), Receipt: op.Entry != "" && op.Kind != payment.ReversalOp,
		})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	benchPage.Execute(w, lines)
}

// guarded lets the bench's pages load nothing of others and run nothing; a page may say otherwise of itself.
func guarded(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		pages.ServeHTTP(w, r)
	})
}

var benchPage = template.Must(template.New("bench").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>yifen 工作台 · bench</title><link rel="icon" href="data:,">
<style>
body{font:14px/1.45 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1c2430}
header{background:#0b3d91;color:#fff;padding:16px 24px}header h1{margin:0;font-size:20px}
nav{display:flex;flex-wrap:wrap;gap:4px 18px}nav a{color:#dfe8ff;white-space:nowrap}main{padding:20px 24px;max-width:1180px;margin:auto}
table{width:100%;border-collapse:collapse;background:#fff;border-radius:8px;overflow:hidden}
th,td{padding:8px 9px;text-align:left;border-bottom:1px solid #eceff3;white-space:nowrap}
th{background:#eef1f6;font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums}
.empty{background:#fff;border-radius:8px;padding:32px;text-align:center}code{background:#eef1f6;padding:2px 6px;border-radius:4px}
.approved{color:#12703a}.declined,.refused{color:#a61b1b}.reversed,.reversing,.unknown,.manual{color:#8a5a00}
.scroll{overflow-x:auto}
</style></head><body>
<header><h1>yifen 工作台 · bench</h1><nav><a href="/">交易 Transactions</a><a href="/pos">刷卡终端 Card terminal</a><a href="/phone">手机 Phone</a><a href="/receipts">打印机 Printer</a><a href="/cardnet/">卡组织 Card network</a><a href="/wechat/">微信 WeChat Pay</a><a href="/alipay/">支付宝 Alipay</a><a href="/unionpay/">云闪付 UnionPay</a><a href="/inbox">收件箱 Inbox</a><a href="/bureau/">核验机构 Bureau</a></nav></header>
<main>{{if not .}}<div class="empty"><p>还没有交易。<a href="/pos">在刷卡终端上收一笔</a>，或在另一个窗口里：</p><p>No transactions yet. <a href="/pos">Make one on the card terminal</a>, or from another window:</p>
<p><code>go run ./cmd/yifen terminal sale --amount 100.00 --card debit --pin 123456</code></p></div>
{{else}}<div class="scroll"><table><tr><th>时间<br>Time</th><th>交易<br>Kind</th><th>金额<br>Amount</th><th>状态<br>State</th><th>签购单<br>Receipt</th><th>凭证号<br>Trace</th><th>卡号<br>Card</th><th>参考号<br>RRN</th><th>结果<br>Result</th></tr>
{{range .}}<tr><td>{{.Time}}</td><td>{{.Kind}}</td><td class="n">{{.Amount}}</td><td class="{{.State}}">{{.StateName}}</td>
<td>{{if .Receipt}}<a href="/operations/{{.ID}}/receipt.png">图 PNG</a> <a href="/operations/{{.ID}}/receipt.pdf">PDF</a> <a href="/operations/{{.ID}}/receipt.txt?lang=en">EN</a>{{end}}</td>
<td>{{.Trace}}</td><td>{{.Card}}</td><td>{{.RRN}}</td><td>{{.Result}}</td></tr>{{end}}</table></div>{{end}}
</main></body></html>`))
