package world

import (
	"context"
	"errors"
	"fmt"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
)

// demoPlans are the payment services on offer. Rates are those that the trade quotes; they are settings, not law.
var demoPlans = []product.Plan{
	{
		ID: "card-standard", Kind: product.Card, Name: "银行卡收单（标准）", NameEN: "Cards, standard", Rules: demoFees,
		Limits: product.Limits{SingleMaxFen: 50_000_00, DayCountMax: 1_000_000, DaySumMaxFen: 50_000_000_00}, Terms: "2026-11",
		Merchants: []string{"enterprise", "individual"},
	},
	{
		ID: "card-micro", Kind: product.Card, Name: "银行卡收单（小微）", NameEN: "Cards, micro merchants", Rules: demoFees,
		Limits: product.Limits{SingleMaxFen: 1_000_00, DayCountMax: 200, DaySumMaxFen: 1_000_00}, Terms: "2026-11", Merchants: []string{"micro"},
	},
	{
		ID: "wechat-standard", Kind: product.WeChat, Name: "微信支付", NameEN: "WeChat Pay",
		Rules:  []fee.Rule{{Instrument: "wechat", Kind: "*", Rate: 3800}},
		Limits: product.Limits{SingleMaxFen: 50_000_00, DaySumMaxFen: 500_000_00}, Terms: "2026-11",
	},
	{
		ID: "alipay-standard", Kind: product.Alipay, Name: "支付宝", NameEN: "Alipay",
		Rules:  []fee.Rule{{Instrument: "alipay", Kind: "*", Rate: 3800}},
		Limits: product.Limits{SingleMaxFen: 50_000_00, DaySumMaxFen: 500_000_00}, Terms: "2026-11",
	},
	{
		ID: "unionpay-standard", Kind: product.UnionPay, Name: "云闪付二维码", NameEN: "UnionPay QR",
		Rules: []fee.Rule{
			{Instrument: "unionpay", Kind: "debit", Rate: 3800, Cap: 18_00}, {Instrument: "unionpay", Kind: "*", Rate: 5500},
		},
		Limits: product.Limits{SingleMaxFen: 50_000_00, DaySumMaxFen: 500_000_00}, Terms: "2026-11",
	},
}

// demoModels are the terminals on offer. Their makers and certificates are the demo's own.
var demoModels = []supply.Model{
	{
		ID: "yf-c80", Name: "台式终端 C80", NameEN: "Countertop C80", Form: supply.Countertop, System: "rtos",
		Abilities: []string{supply.Swipe, supply.Insert, supply.Tap, supply.Scanner, supply.Printer}, Networks: []string{supply.Ethernet, supply.WiFi},
		PriceFen: 399_00, DepositFen: 0, MonthlyFen: 0,
	},
	{
		ID: "yf-h30", Name: "手持智能终端 H30", NameEN: "Handheld H30", Form: supply.Handheld, System: "android",
		Abilities: []string{supply.Swipe, supply.Insert, supply.Tap, supply.Scanner, supply.Display, supply.Printer},
		Networks:  []string{supply.WiFi, supply.Cellular}, PriceFen: 699_00, DepositFen: 0, MonthlyFen: 5_00,
	},
	{
		ID: "yf-m10", Name: "迷你终端 M10", NameEN: "Mini M10", Form: supply.Mobile, System: "rtos",
		Abilities: []string{supply.Insert, supply.Tap}, Networks: []string{supply.Phone}, PriceFen: 0, DepositFen: 99_00, MonthlyFen: 0,
	},
	{
		ID: "yf-soft", Name: "软终端（手机收款）", NameEN: "Software terminal", Form: supply.Software, System: "android",
		Abilities: []string{supply.Insert, supply.Tap, supply.Swipe, supply.Scanner, supply.Display}, Networks: []string{supply.WiFi, supply.Cellular},
	},
	{
		ID: "yf-s20", Name: "收款音箱 S20", NameEN: "QR speaker S20", Form: supply.Speaker, System: "rtos",
		Abilities: []string{supply.Display, supply.Voice}, Networks: []string{supply.WiFi, supply.Cellular},
		PriceFen: 49_00, DepositFen: 0, MonthlyFen: 2_00,
	},
}

// demoStock is how many units of each model lie in stock: YF-C80-0001 and so on.
const demoStock = 5

// demoSerial is the serial number of a unit in the demo's stock, counted from 1.
func demoSerial(model string, n int) string { return fmt.Sprintf("%s-%04d", model, n) }

// furnishOffer puts plans, models and stock into an installation, once.
func furnishOffer(ctx context.Context, a *app.App) error {
	for _, p := range demoPlans {
		if _, found, err := step.Read[product.Plan](ctx, a.Store, p.Key()); err != nil || found {
			if err != nil {
				return err
			}
			continue
		}
		p.Offered = true
		if _, err := a.Products.SavePlan(ctx, p, "system"); err != nil {
			return err
		}
	}
	for _, m := range demoModels {
		if _, found, err := step.Read[supply.Model](ctx, a.Store, m.Key()); err != nil || found {
			if err != nil {
				return err
			}
			continue
		}
		m.Maker, m.Offered = "一分终端 Yifen Devices", true
		if m.Can(supply.Insert) {
			m.Certificate = "DEMO-PTS-" + m.ID
		}
		if err := a.Supply.SaveModel(ctx, m, "system"); err != nil {
			return err
		}
		for n := range demoStock {
			if _, err := a.Supply.TakeIn(ctx, demoSerial(m.ID, n+1), m.ID, "海口仓 Haikou", "system"); err != nil && !errors.Is(err, supply.ErrSerialHas) {
				return err
			}
		}
	}
	return nil
}

// cardService is the service of the demo's merchants as if they had asked for it.
func cardService(merchantID string, at calendar.Instant) product.Service {
	p := demoPlans[0]
	return product.Service{
		Merchant: merchantID, Bucket: id.MustBucket(merchantID), Kind: product.Card, State: product.Open, Plan: p.ID, PlanVersion: 1,
		Rules: p.Rules, Limits: p.Limits, Terms: p.Terms, AgreedBy: "system", AgreedAt: at, DecidedBy: "system", CreatedAt: at, ChangedAt: at,
	}
}
