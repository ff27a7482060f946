package storetest

import (
	"reflect"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/number"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/domain/speaker"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/supply"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/domain/webhook"
)

// Rows returns one row of every plain table, with a value of its own in every field, so that a column
// that is left out or mistaken for another shows.
func Rows() []step.Row {
	rules := []fee.Rule{{Instrument: "card", Kind: "debit", Rate: 5500, Floor: 1, Cap: 2000, Keep: true}}
	return append(accessRows(), []step.Row{
		full[payment.Day](), full[merchant.Merchant](), full[merchant.Store](),
		fee.Schedule{Owner: rowID, Bucket: rowBucket, Version: 3, Rules: rules, Holders: []fee.Holder{{From: 0}, {Agent: "agt_a", From: 20261201}}},
		full[agent.Agent](),
		agent.Move{Merchant: rowID, Bucket: rowBucket, From: 20261201, Agent: "a", Before: "b", Reason: "r", AskedBy: "x", By: "y", Done: true, At: 5},
		agent.Terms{Agent: rowID, State: agent.Active, Upper: "u", Versions: []agent.Version{
			{From: 1, Terms: []agent.Term{{Service: "card", Part: 300_000}, {Service: "wechat", Prices: rules}}}, {From: 2, Terms: []agent.Term{{Service: "card", Prices: rules}}},
		}},
		full[card.BIN](), full[directory.Entry](), full[number.Block](), full[payment.RailSession](),
		full[terminal.Terminal](), full[terminal.Batch](), full[terminal.Exchange](), full[terminal.SuspenseLine](),
		splitPayment(), full[payment.Operation](), full[payment.Attempt](), full[receipt.Issued](),
		full[payment.Code](), full[payment.Link](), payment.Reference{Bucket: rowBucket, Merchant: rowID, Name: "n", Digest: []byte{1}, Operation: "o", At: 2},
		wallet.Account{ID: rowID, Bucket: rowBucket, Merchant: "m", Wallet: "wechat", Mode: "sub", Provider: "p", State: "ready", Values: map[string]string{"sub_mchid": "1"}, Secrets: []byte{0, 1}, Version: 3, TestedAt: 4, TestedBy: "t", Findings: []wallet.Finding{{What: "reach", Field: "f", Detail: "d"}}, ChangedBy: "c", CreatedAt: 5, UpdatedAt: 6},
		full[repeat.Request](), full[supply.Model](), full[supply.Unit](), full[supply.Order](), full[supply.ActivationCode](), full[supply.Care](),
		full[ticket.Ticket](), full[ticket.Message](), full[speaker.Speaker](), full[speaker.Count](),
		full[webhook.Endpoint](), full[webhook.Count](), full[webhook.Delivery](), full[webhook.Line](), webhook.Cursor{Lane: 7, Position: 8},
		product.Service{Merchant: rowID, Bucket: rowBucket, Kind: "card", State: "open", Plan: "p", PlanVersion: 2, Rules: rules, Limits: product.Limits{SingleMaxFen: 3, DayCountMax: 4, DaySumMaxFen: 5}, Terms: "t", AgreedBy: "a", AgreedAt: 6, SubMerchant: "s", Reason: "r", DecidedBy: "d", CreatedAt: 7, ChangedAt: 8},
		product.Plan{ID: "plan", Kind: "card", Name: "n", NameEN: "e", Merchants: []string{"micro"}, Rules: rules, Limits: product.Limits{SingleMaxFen: 3, DayCountMax: 4, DaySumMaxFen: 5}, Terms: "t", Offered: true, Version: 9, UpdatedAt: 10},
		full[terminal.Binding](), full[terminal.Presence](),
		full[merchant.Application](), full[merchant.History](), full[merchant.Pending](), full[merchant.Profile](),
		full[merchant.Document](), full[merchant.Chunk](), full[merchant.Ticket](), full[merchant.Check](), full[merchant.Subject](),
		full[merchant.Block](), full[merchant.Visit](), full[merchant.Agreement](),
		audit.Root{Date: 20261122, At: 1, Lanes: 2, Hash: []byte{3}, Heads: "4:5"},
	}...)
}

const (
	rowBucket = 7
	rowID     = "row_07" + "01KAMXYZ0000000000000000AB"
)

// splitPayment is a full payment whose shares read as they are written.
func splitPayment() step.Row {
	p := full[payment.Payment]().(payment.Payment)
	p.Split.Holder = agent.Cut{Agent: "agt_a", Basis: agent.ByPart, Part: 300_000}
	p.Split.Upper = agent.Cut{Agent: "agt_b", Basis: agent.ByPrice, Price: fee.Snapshot{Rate: 3800, Floor: 1, Cap: 2}}
	return p
}

// full returns a T whose fields differ from each other and from zero.
func full[T step.Row]() step.Row {
	var row T
	n := int64(100)
	fill(reflect.ValueOf(&row).Elem(), &n)
	return row
}

func fill(v reflect.Value, n *int64) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		*n++
		switch {
		case name == "Bucket":
			f.SetUint(rowBucket)
		case f.Kind() == reflect.Struct:
			fill(f, n)
		case f.Kind() == reflect.String:
			// What builds a key carries the row's bucket.
			if name == "ID" || name == "Payment" || name == "Terminal" || name == "Operation" || name == "Ticket" {
				f.SetString(rowID)
			} else {
				f.SetString(strings.ToLower(name) + " 值")
			}
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Uint8:
			f.SetBytes([]byte{byte(*n), 0, 0xff})
		case f.Kind() == reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			if one := f.Index(0); one.Kind() == reflect.Struct {
				fill(one, n)
			} else {
				one.SetString(strings.ToLower(name))
			}
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		case f.CanInt():
			f.SetInt(*n)
		case f.CanUint():
			f.SetUint(uint64(*n))
		}
	}
}
