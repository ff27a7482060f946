package world

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// LoadOptions say how hard to sell.
type LoadOptions struct {
	Demo      DemoOptions // Dir must be empty or new
	Rate      int         // sales a second, offered whether or not the server keeps up
	Duration  time.Duration
	Terminals int
	Progress  func(string)
}

// LoadReport is what came of it.
type LoadReport struct {
	Engine      string        `json:"engine"`
	Offered     int           `json:"offered_per_second"`
	Achieved    float64       `json:"achieved_per_second"`
	Sales       int64         `json:"sales"`
	Failed      int64         `json:"failed"`
	P50         time.Duration `json:"p50_ns"`
	P90         time.Duration `json:"p90_ns"`
	P99         time.Duration `json:"p99_ns"`
	P999        time.Duration `json:"p999_ns"`
	Max         time.Duration `json:"max_ns"`
	SyncP50     time.Duration `json:"disk_sync_p50_ns"` // a 4 KiB write and fsync beside the database
	SyncP99     time.Duration `json:"disk_sync_p99_ns"`
	StepRate    float64       `json:"bare_steps_per_second"` // the same sales without sockets, network and codec
	StepOne     float64       `json:"one_caller_steps_per_second"`
	Ratio       float64       `json:"ratio"` // steps of the sales over sockets to the bare step rate
	CommitsSale float64       `json:"steps_per_sale"`
	Clean       bool          `json:"clean"` // every invariant holds afterwards
}

// histogram counts durations in buckets of about 3 %.
type histogram struct {
	counts [64 * 32]atomic.Int64
	max    atomic.Int64
}

func (h *histogram) add(d time.Duration) {
	n := uint64(max(d, 1))
	h.counts[bucketOf(n)].Add(1)
	for {
		m := h.max.Load()
		if int64(n) <= m || h.max.CompareAndSwap(m, int64(n)) {
			return
		}
	}
}

func bucketOf(n uint64) int {
	exp := bits.Len64(n)
	if exp <= 5 {
		return int(n)
	}
	return exp*32 + int(n>>(exp-6)&31)
}

// quantile returns the upper edge of the bucket in which the share q lies.
func (h *histogram) quantile(q float64) time.Duration {
	var total int64
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	want := int64(q * float64(total))
	var seen int64
	for i := range h.counts {
		if seen += h.counts[i].Load(); seen > want {
			if i < 32*6 {
				return time.Duration(i)
			}
			exp := i / 32
			return min(time.Duration((uint64(i%32)+33)<<(exp-6)), time.Duration(h.max.Load()))
		}
	}
	return time.Duration(h.max.Load())
}

// RunLoad starts a demo, sells to it over real sockets at a fixed rate, and proves the books afterwards.
// The generator is open-loop: a sale's time counts from the moment it was due, so that a server that falls
// behind cannot hide it.
func RunLoad(ctx context.Context, o LoadOptions) (report LoadReport, err error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	o.Demo.Terminals = o.Terminals
	o.Demo.Quick = true
	o.Demo.LoadDaySum = money.AmountMax
	d, err := StartDemo(ctx, o.Demo)
	if err != nil {
		return report, err
	}
	defer d.Stop()
	report.Engine, report.Offered = d.App.Store.Engine(), o.Rate
	if err := within(10*time.Second, "the card network is signed on", d.App.Rail.Ready); err != nil {
		return report, err
	}
	o.Progress(fmt.Sprintf("signing in %d terminals", o.Terminals))
	pool, err := d.loadTerminals(ctx, o.Terminals)
	if err != nil {
		return report, err
	}
	report.SyncP50, report.SyncP99 = syncLatency(d.Options.Dir)
	stepsBefore := d.App.Store.Steps()
	o.Progress(fmt.Sprintf("selling %d a second for %s", o.Rate, o.Duration))
	d.offer(ctx, o, pool, &report)
	steps := d.App.Store.Steps() - stepsBefore
	if report.Sales > 0 {
		report.CommitsSale = float64(steps) / float64(report.Sales)
	}
	o.Progress("measuring the bare step rate")
	if report.StepOne, err = d.bareSteps(ctx, 1); err != nil {
		return report, err
	}
	if report.StepRate, err = d.bareSteps(ctx, 64); err != nil {
		return report, err
	}
	report.Ratio = 2 * report.Achieved / report.StepRate
	o.Progress("proving the books")
	if err := within(60*time.Second, "every outcome is known", func() bool {
		n, err := d.App.Store.OpenOutcomes(ctx)
		return err == nil && n == 0
	}); err != nil {
		return report, err
	}
	report.Clean, err = d.proven(ctx, o.Progress)
	return report, err
}

// proven tells whether every invariant holds, and reports what does not.
func (d *Demo) proven(ctx context.Context, report func(string)) (clean bool, err error) {
	clean = true
	_, err = proveRecords(ctx, d.Records(), func(c Check) {
		for _, row := range c.Rows {
			clean = false
			report(c.Invariant + ": " + row)
		}
	})
	return clean, err
}

// loadTerminals opens and signs in the terminals for load, each with a socket of its own that it keeps.
func (d *Demo) loadTerminals(ctx context.Context, n int) (chan *pos.Terminal, error) {
	pool := make(chan *pos.Terminal, n)
	tmk, err := hex.DecodeString(demoTerminals(0)[0].tmk)
	if err != nil {
		return nil, err
	}
	for _, t := range demoTerminals(n)[3:] {
		terminal, err := pos.Open(pos.Config{
			Terminal: t.number, Merchant: t.merchant, TMK: tmk, Address: d.App.Host.Addr().String(), KeepAlive: true,
			NoJournal: true, AnswerTimeout: 30 * time.Second,
		})
		if err != nil {
			return nil, err
		}
		if o, err := terminal.SignIn(ctx); err != nil || !o.Approved {
			return nil, errors.Join(err, fmt.Errorf("terminal %s: sign-in answered %s", t.number, o.Code))
		}
		pool <- terminal
	}
	return pool, nil
}

// offer sells at the rate until the time is over, and waits for what is under way.
func (d *Demo) offer(ctx context.Context, o LoadOptions, pool chan *pos.Terminal, report *LoadReport) {
	var (
		latency histogram
		sales   atomic.Int64
		failed  atomic.Int64
		working sync.WaitGroup
	)
	debit, err := pos.FindCard("credit")
	if err != nil {
		return
	}
	started := time.Now()
	total := int(float64(o.Rate) * o.Duration.Seconds())
	for i := 0; i < total && ctx.Err() == nil; i++ {
		due := started.Add(time.Duration(float64(i) / float64(o.Rate) * float64(time.Second)))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		terminal := <-pool
		working.Go(func() {
			outcome, err := terminal.Sale(ctx, pos.SaleInput{Amount: int64(1 + i%50), Card: debit, Entry: pos.Insert, PIN: "123456"})
			if err != nil || !outcome.Approved {
				failed.Add(1)
			} else {
				sales.Add(1)
				latency.add(time.Since(due))
			}
			pool <- terminal
		})
	}
	working.Wait()
	took := time.Since(started)
	report.Sales, report.Failed = sales.Load(), failed.Load()
	report.Achieved = float64(report.Sales) / took.Seconds()
	report.P50, report.P90 = latency.quantile(.5), latency.quantile(.9)
	report.P99, report.P999 = latency.quantile(.99), latency.quantile(.999)
	report.Max = time.Duration(latency.max.Load())
}

// instant is a rail that says yes on the spot: it measures what the store costs.
type instant struct{}

// Send implements payment.Rail.
func (instant) Send(context.Context, payment.Request) payment.Answer {
	return payment.Answer{Outcome: payment.Yes, RailCode: "00", AuthCode: "000000"}
}

// bareTime is how long the bare step rate is measured.
const bareTime = 3 * time.Second

// bareSteps measures the steps of whole sales, without sockets, codec and network, from a number of
// callers on the terminals for load.
func (d *Demo) bareSteps(ctx context.Context, callers int) (float64, error) {
	service := payment.NewService(payment.Config{
		Gate: d.App.Store, Store: d.App.Store, Vault: d.App.HSM, Rails: map[string]payment.Rail{payment.CardNet: instant{}},
		IDs: d.App.IDs, Now: d.Clock.Now,
	})
	type seat struct {
		terminal terminal.Terminal
		merchant merchant.Merchant
	}
	var seats []seat
	for _, t := range demoTerminals(d.Options.Terminals)[3:] {
		entry, found, err := step.Read[directory.Entry](ctx, d.App.Store, directory.Key(directory.TerminalNumber, t.number))
		if err != nil || !found {
			return 0, errors.Join(err, terminal.ErrNotFound)
		}
		row, _, err := step.Read[terminal.Terminal](ctx, d.App.Store, terminal.Key(entry.Target))
		if err != nil {
			return 0, err
		}
		m, _, err := step.Read[merchant.Merchant](ctx, d.App.Store, merchant.Key(row.Merchant))
		if err != nil {
			return 0, err
		}
		seats = append(seats, seat{row, m})
	}
	pan, err := card.ParsePAN("6226388000000095")
	if err != nil {
		return 0, err
	}
	before, started := d.App.Store.Steps(), time.Now()
	ctx, cancel := context.WithTimeout(ctx, bareTime)
	defer cancel()
	var working sync.WaitGroup
	var broken atomic.Pointer[error]
	for c := range callers {
		working.Go(func() {
			s := seats[c%len(seats)]
			for trace := 900_000 - callers*100_000/64 + c; ctx.Err() == nil; trace -= callers {
				_, err := service.Sale(context.WithoutCancel(ctx), payment.SaleRequest{
					Origin: payment.Origin{
						Terminal: s.terminal, Merchant: s.merchant, BatchNumber: s.terminal.BatchNumber, Trace: trace,
						Digest: fmt.Appendf(nil, "bare %d", trace),
					},
					Card: card.Presentation{PAN: pan, EntryMode: "051"}, Amount: money.Yuan(1), BIN: card.BIN{Kind: card.Credit, Organization: "CUP"},
				})
				if err != nil {
					broken.Store(&err)
					return
				}
			}
		})
	}
	working.Wait()
	if err := broken.Load(); err != nil {
		return 0, *err
	}
	return float64(d.App.Store.Steps()-before) / time.Since(started).Seconds(), nil
}

// syncLatency measures what a small durable write costs beside the database.
func syncLatency(dir string) (p50, p99 time.Duration) {
	f, err := os.CreateTemp(dir, "sync")
	if err != nil {
		return 0, 0
	}
	defer os.Remove(filepath.Clean(f.Name()))
	defer f.Close()
	var h histogram
	page := make([]byte, 4096)
	for range 300 {
		started := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, 0
		}
		if err := f.Sync(); err != nil {
			return 0, 0
		}
		h.add(time.Since(started))
	}
	return h.quantile(.5), h.quantile(.99)
}
