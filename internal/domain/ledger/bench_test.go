package ledger_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// counter is a view that only counts, so that the benchmark measures the ledger and not a store.
type counter struct{ rows, adds int }

func (*counter) Get(step.Key) (step.Row, error) { return nil, step.ErrNeed }
func (c *counter) Put(step.Row)                 { c.rows++ }
func (c *counter) Add(step.Tally)               { c.adds++ }

func BenchmarkPost(b *testing.B) {
	const merchant = "mch_0701M82J6WFDF4SC3BET343G2012"
	gross, fee, cost := money.Yuan(100_00), money.Yuan(55), money.Yuan(38)
	rail, pending := ledger.RailReceivable("cardnet"), ledger.MerchantPending(merchant)
	var v counter
	b.ReportAllocs()
	for b.Loop() {
		err := ledger.Post(&v, ledger.Entry{ID: "ent_0701M82J74FM18KFHAS9CGKBXQ3S", Bucket: 7, Kind: "sale", Lines: []ledger.Line{
			ledger.Debit(rail, gross), ledger.Credit(pending, gross),
			ledger.Debit(pending, fee), ledger.Credit(ledger.FeeAcquiring, fee),
			ledger.Debit(ledger.RailCost("cardnet"), cost), ledger.Credit(rail, cost),
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
	if v.adds == 0 || v.rows != v.adds+v.adds/4 {
		b.Fatalf("%d rows and %d balances written, want an entry and four postings each time", v.rows, v.adds)
	}
}
