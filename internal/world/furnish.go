package world

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// DemoTPDU is the transport header of the demo's terminals.
const DemoTPDU = "6000010000"

type demoMerchant struct {
	number, name, nameEN, storeName, storeEN, category, address string
	brought                                                     bool // an agent holds it
}

type demoTerminal struct{ number, merchant, tmk string }

var demoMerchants = []demoMerchant{
	{"898290054110001", "一分便利（海口店）", "Yifen Convenience (Haikou)", "海口龙昆北路店", "Longkun North Road", "5411", "海口市龙华区龙昆北路 1 号", false},
	{"898290058120002", "一分茶餐厅", "Yifen Tea Restaurant", "国贸店", "Guomao", "5812", "海口市龙华区国贸路 2 号", true},
}

// demoTerminals lists the terminals of the contract and as many more for load, which share one key.
func demoTerminals(more int) []demoTerminal {
	list := []demoTerminal{
		{"29000001", demoMerchants[0].number, "0123456789ABCDEFFEDCBA9876543210"},
		{"29000002", demoMerchants[0].number, "89ABCDEF0123456776543210FEDCBA98"},
		{"29000003", demoMerchants[1].number, "FEDCBA98765432100123456789ABCDEF"},
	}
	for i := range more {
		list = append(list, demoTerminal{fmt.Sprintf("39%06d", i+1), loadMerchant(i / loadPerMerchant), list[0].tmk})
	}
	return list
}

// benchTerminals lie on the bench, where a page plays them. They are extra, so that those of the contract stay for
// clients from outside: a terminal in two programs would count its traces twice.
func benchTerminals() []demoTerminal {
	return []demoTerminal{
		{"29000004", demoMerchants[0].number, "2A9E64C70B1D38F5907CB3E65D42A18F"},
		{"29000005", demoMerchants[1].number, "C15D7A3E94F02B68E7A4195C8B36D20F"},
	}
}

// loadMerchants begins the numbers of merchants for load.
const loadMerchants = "8982900599"

func loadMerchant(i int) string { return fmt.Sprintf("%s%05d", loadMerchants, i+1) }

// loadPerMerchant is how many terminals for load one merchant has.
const loadPerMerchant = 8

// demoBINs are the issuers of the simulated cards.
var demoBINs = []card.BIN{
	{Prefix: "621626", Length: 19, Kind: card.Debit, Organization: "CUP", Issuer: "04100000", IssuerName: "一分储蓄银行", IssuerEN: "Yifen Savings"},
	{Prefix: "622638", Length: 16, Kind: card.Credit, Organization: "CUP", Issuer: "03040000", IssuerName: "一分信用卡中心", IssuerEN: "Yifen Credit"},
	{Prefix: "629998", Length: 16, Kind: card.Prepaid, Organization: "CUP", Issuer: "09990000", IssuerName: "一分预付卡", IssuerEN: "Yifen Prepaid"},
	{Prefix: "476173", Length: 16, Kind: card.Credit, Organization: "VIS", Issuer: "04760000", IssuerName: "境外银行", IssuerEN: "Bank Abroad"},
}

// demoFees price the demo's merchants; demoCosts are what the simulated network and issuers keep.
var (
	demoFees = []fee.Rule{
		{Instrument: "card", Kind: "debit", Rate: 5500, Cap: 20_00},
		{Instrument: "card", Kind: "*", Rate: 6000},
	}
	demoCosts = []fee.Rule{
		{Instrument: "card", Kind: "debit", Rate: 3825, Cap: 16_25},
		{Instrument: "card", Kind: "*", Rate: 4825},
	}
)

// demoAgent brings the second merchant, and has what its fees are above demoTerms.
var (
	demoAgent = agent.Form{
		Name: "海南一帆商务服务有限公司", CreditCode: "91460100MA5T8K3W2W", Area: "460106", Registration: "WB-2026-0188", RegisteredUntil: 20281231,
		Private: agent.Private{Contact: "符海", Phone: "13800138460", Account: agent.Account{Name: "海南一帆商务服务有限公司", Number: "2201021009200188888", Bank: "中国工商银行海口分行"}},
	}
	demoTerms = agent.Version{From: 20260101, Terms: []agent.Term{{Service: "card", Prices: []fee.Rule{
		{Instrument: "card", Kind: "debit", Rate: 4500, Cap: 18_00}, {Instrument: "card", Kind: "*", Rate: 5500},
	}}}}
)

// DemoMark is the directory entry that tells a demo's database: `yifen serve` refuses it.
var DemoMark = directory.Entry{Kind: "installation", Name: "demo", Target: "demo"}

// furnish puts the demo's merchants, terminals, prices and issuers into an installation, once.
func furnish(ctx context.Context, a *app.App, o DemoOptions) error {
	more := o.Terminals
	if err := put(ctx, a, DemoMark, fee.Schedule{Owner: "rail:" + payment.CardNet, Version: 1, Rules: demoCosts}); err != nil {
		return err
	}
	for _, b := range demoBINs {
		if err := put(ctx, a, b); err != nil {
			return err
		}
	}
	if err := furnishParameters(ctx, a); err != nil {
		return err
	}
	merchants := demoMerchants // terminals come last: who can sign in finds everything in its place
	for i := range (more + loadPerMerchant - 1) / loadPerMerchant {
		merchants = append(merchants[:len(merchants):len(merchants)], demoMerchant{
			loadMerchant(i), fmt.Sprintf("压测商户%d", i+1), fmt.Sprintf("Load %d", i+1), "压测", "Load", "5411", "-", false,
		})
	}
	held := ""
	if !o.Quick {
		made, err := a.Agents.Furnish(ctx, demoAgent, demoTerms)
		if err != nil {
			return fmt.Errorf("agent: %w", err)
		}
		held = made.ID
	}
	ids := map[string]string{}
	for _, m := range merchants {
		agentID := ""
		if m.brought {
			agentID = held
		}
		made, err := furnishMerchant(ctx, a, m, agentID, o.LoadDaySum)
		if err != nil {
			return err
		}
		ids[m.number] = made
	}
	for _, t := range append(demoTerminals(more), benchTerminals()...) {
		if err := furnishTerminal(ctx, a, t, ids[t.merchant]); err != nil {
			return err
		}
	}
	if !o.Quick {
		if err := furnishOffer(ctx, a); err != nil {
			return err
		}
		if err := furnishPeople(ctx, a, ids[demoMerchants[0].number], held); err != nil {
			return err
		}
	}
	return a.ReloadBINs(ctx)
}

func furnishMerchant(ctx context.Context, a *app.App, d demoMerchant, agentID string, loadDaySum int64) (string, error) {
	merchantID, err := reserve(ctx, a, directory.MerchantNumber, d.number, a.IDs.NewRoot(merchant.Prefix))
	if err != nil {
		return "", err
	}
	m := merchant.Merchant{
		ID: merchantID, Number: d.number, Name: d.name, NameEN: d.nameEN, Category: d.category,
		State: merchant.Active, SingleMax: 50_000_00, DaySumMax: 50_000_000_00, DayCountMax: 1_000_000,
		CreatedAt: calendar.At(a.Now()),
	}
	m.Kind, m.Subject, m.Area, m.Agent = merchant.Enterprise, d.name, "460106", agentID
	m.Bucket = id.MustBucket(m.ID)
	if loadDaySum > 0 && strings.HasPrefix(d.number, loadMerchants) {
		m.DaySumMax = loadDaySum
	}
	shop := merchant.Store{
		ID: merchant.StorePrefix + m.ID[len(merchant.Prefix):], Bucket: m.Bucket, Merchant: m.ID, Name: d.storeName,
		NameEN: d.storeEN, Area: m.Area, Address: d.address, CreatedAt: m.CreatedAt,
	}
	return m.ID, put(ctx, a, m, shop, cardService(m.ID, m.CreatedAt), fee.Schedule{Owner: m.ID, Bucket: m.Bucket, Version: 1, Rules: demoFees})
}

func furnishTerminal(ctx context.Context, a *app.App, d demoTerminal, merchantID string) error {
	b := id.MustBucket(merchantID)
	terminalID, err := reserve(ctx, a, directory.TerminalNumber, d.number, a.IDs.New(terminal.Prefix, b))
	if err != nil {
		return err
	}
	clear, err := hex.DecodeString(d.tmk)
	if err != nil {
		return err
	}
	wrapped, _, err := a.HSM.LoadMaster(clear)
	if err != nil {
		return err
	}
	return put(ctx, a, terminal.Terminal{
		ID: terminalID, Bucket: b, Merchant: merchantID, Store: merchant.StorePrefix + merchantID[len(merchant.Prefix):],
		Number: d.number, Profile: "cup", State: terminal.Active,
		Keys: terminal.Keys{Master: wrapped, Algorithm: "3des"}, CreatedAt: calendar.At(a.Now()),
	})
}

// reserve takes a number for an id in a commit of its own, and returns the id that has it: a demo that was
// killed while it was furnished goes on where it was.
func reserve(ctx context.Context, a *app.App, kind, name, target string) (string, error) {
	e := directory.Entry{Kind: kind, Name: name, Target: target}
	err := a.Store.Do(ctx, step.Step{
		Name: "demo.reserve", Class: step.Staff, Keys: []step.Key{e.Key()},
		Run: func(v step.View) error {
			old, found, err := step.Get[directory.Entry](v, e.Key())
			if err != nil {
				return err
			}
			if found {
				e = old
				return nil
			}
			return directory.Reserve(v, e)
		},
	})
	return e.Target, err
}

// put writes rows that are not there yet.
func put(ctx context.Context, a *app.App, rows ...step.Row) error {
	keys := make([]step.Key, len(rows))
	for i, r := range rows {
		keys[i] = r.Key()
	}
	return a.Store.Do(ctx, step.Step{
		Name: "demo.furnish", Class: step.Staff, Keys: keys,
		Run: func(v step.View) error {
			for i, r := range rows {
				old, err := v.Get(keys[i])
				if err != nil {
					return err
				}
				if old == nil {
					v.Put(r)
				}
			}
			return nil
		},
	})
}
