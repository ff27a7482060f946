package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/store"
)

// RefuseDemoKeys refuses to serve with the demo's public keys.
func RefuseDemoKeys(c app.Config) error {
	if strings.EqualFold(c.Get("cardnet-zmk"), cardnet.DemoZMK) {
		return errors.New("cardnet-zmk is the demo's, which everybody knows: use the key that the card network gave you")
	}
	return nil
}

// RefuseDemoData refuses to serve a database that a demo furnished: its terminals have public keys.
func RefuseDemoData(ctx context.Context, a *app.App) error {
	_, found, err := step.Read[directory.Entry](ctx, a.Store, DemoMark.Key())
	if err != nil {
		return err
	}
	if found {
		return errors.New("this database was furnished by the demo, whose keys everybody knows: serve from a fresh one")
	}
	return nil
}

// RunNetwork runs the card network simulator alone until ctx ends.
func RunNetwork(ctx context.Context, address, dir string, listening func(address string)) error {
	if err := loopback(address); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	network, err := cardnet.New(cardnet.Config{Addr: address, Dir: dir})
	if err != nil {
		return err
	}
	defer network.Close()
	listening(network.Addr().String())
	if err := network.Serve(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// CrashAt returns a point hook that kills the process, as a power cut would, when it passes the named
// point, or, for "first>second", when it passes the second after the first.
func CrashAt(point string) func(string) {
	if point == "" {
		return nil
	}
	first, second, after := strings.Cut(point, ">")
	var armed atomic.Bool
	if !after {
		second = first
		armed.Store(true)
	}
	return func(at string) {
		if after && at == first {
			armed.Store(true)
			return
		}
		if at == second && armed.Load() {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}

// Greeting says what runs where, and what to do next.
func (d *Demo) Greeting() string {
	o, web := d.Options, d.App.HTTP.Addr().String()
	var b strings.Builder
	fmt.Fprintf(&b, "\nyifen 一分不差 demo\n\n")
	lines := [][3]string{
		{"merchant portal", "商户平台", "http://" + web + "/portal/"},
		{"operator's console", "运营后台", "http://" + web + "/console/"},
		{"REST API", "接口", "http://" + web + "/v1  (description: /openapi.json; health and metrics: /healthz /metrics)"},
		{"everybody's inbox", "模拟收件箱", "http://" + o.Bench + "/inbox  (codes by mail and text message arrive here 验证码到这里)"},
		{"terminals (ISO 8583)", "终端接入", d.App.Host.Addr().String() + "  TPDU " + DemoTPDU},
		{"page of devices", "工作台", "http://" + o.Bench},
		{"card terminal", "刷卡终端", "http://" + o.Bench + "/pos"},
		{"payer's phone", "付款人的手机", "http://" + o.Bench + "/phone"},
		{"receipt printer", "小票打印机", o.Printer + "  (paper: http://" + o.Bench + "/receipts)"},
		{"card network simulator", "卡组织模拟器", o.Network + "  (http://" + o.Bench + "/cardnet/)"},
		{"data and credentials", "数据与凭证", o.Dir},
	}
	if d.Wallets != nil {
		lines = slices.Insert(lines, len(lines)-1, [3]string{
			"wallet simulators", "钱包模拟器", "WeChat Pay 微信 " + d.Wallets.WeChat.URL() + "   Alipay 支付宝 " + d.Wallets.Alipay.URL() +
				"   UnionPay 云闪付 " + d.Wallets.UnionPay.URL(),
		})
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "  %-24s %s\t%s\n", line[0], line[1], line[2])
	}
	fmt.Fprintf(&b, "\n  merchant 商户 %s   terminals 终端 29000001, 29000002   debit card 借记卡 %s PIN 123456\n", demoMerchants[0].number, "6216261000000000018")
	fmt.Fprintf(&b, "  log-ins 账号 owner@ manager@ cashier@ agent@ (portal 商户), admin@ reviewer@ ops@ finance@ risk@ auditor@ (console 后台) demo.yifen\n"+
		"  password 密码 %s   API key 接口密钥 %s\n", DemoPassword, DemoKey)
	dir := ""
	if o.Dir != "./yifen-demo" {
		dir = " --dir " + o.Dir
	}
	fmt.Fprintf(&b, `
Next, in another window 下一步，在另一个窗口：

  go run ./cmd/yifen terminal sale --amount 100.00 --card debit --entry insert --pin 123456 --png receipt.png%[1]s
  go run ./cmd/yifen verify%[1]s

The first sells for CNY 100.00 and prints the receipt; the second proves the books. Then: void, refund, settle, cards
(yifen terminal --help). Ctrl-C stops the demo.
第一条收款 100.00 元并打印签购单，第二条核对账目。还可以：撤销 void、退货 refund、结批 settle、演示卡 cards。Ctrl-C 停止。
`, dir)
	return b.String()
}

// Check is one invariant, recomputed; SuspenseLine is an uploaded line that waits for a person.
type (
	Check        = store.Check
	SuspenseLine = terminal.SuspenseLine
)
