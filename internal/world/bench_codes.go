package world

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// CodesOptions say how hard to take payments by code.
type CodesOptions struct {
	Demo     DemoOptions   // Dir must be empty or new
	Rate     int           // codes a second, offered whether or not the server keeps up
	Cards    int           // card sales a second beside them
	Waiting  int           // codes that nobody pays
	Duration time.Duration // of each measurement
	Progress func(string)
}

// CodesReport is what came of it. Own times are without the wallet's: its answer is taken off.
type CodesReport struct {
	Engine  string       `json:"engine"`
	Created CodesFigures `json:"created"` // own time of making a code
	Noticed CodesFigures `json:"noticed"` // time of a notification, from its arrival to our answer
	Paid    int64        `json:"paid"`
	Failed  int64        `json:"failed"`
	// Card sales, and codes of a wallet that works, while all wallets work and while one never answers.
	CardsBefore CodesFigures `json:"cards_before"`
	CardsBeside CodesFigures `json:"cards_beside"`
	CodesBefore CodesFigures `json:"codes_before"`
	CodesBeside CodesFigures `json:"codes_beside"`
	// Waiting codes: what they hold of memory, in this process and with the simulated wallet's books, and how often the wallet was
	// asked about them a second, on average and in the fullest second.
	WaitingHeap  int64   `json:"waiting_heap_bytes"`
	AskedAverage float64 `json:"asked_per_second"`
	AskedMost    int64   `json:"asked_in_the_fullest_second"`
	Clean        bool    `json:"clean"`
}

// CodesFigures is one distribution.
type CodesFigures struct {
	Count int64         `json:"count"`
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

func (h *histogram) figures() CodesFigures {
	f := CodesFigures{P50: h.quantile(.5), P99: h.quantile(.99), Max: time.Duration(h.max.Load())}
	for i := range h.counts {
		f.Count += h.counts[i].Load()
	}
	return f
}

// stopwatch stands before a wallet and notes how long it took to answer about each order.
type stopwatch struct {
	payment.Wallet
	took  *sync.Map // by order
	asked *atomic.Int64
}

// Ask implements payment.Wallet.
func (s stopwatch) Ask(ctx context.Context, r wallet.Request) wallet.Answer {
	began := time.Now()
	a := s.Wallet.Ask(ctx, r)
	s.took.Store(r.Order, time.Since(began))
	s.asked.Add(1)
	return a
}

// codesBench is one run.
type codesBench struct {
	*Demo
	o        CodesOptions
	merchant merchant.Merchant
	took     sync.Map
	asked    atomic.Int64
	n        atomic.Int64
	paid     atomic.Int64
	failed   atomic.Int64
}

// RunCodes measures payments by code against the simulated wallets: what making a code and taking a notification costs us, whether a
// wallet that never answers slows anything else, and what codes cost that nobody pays.
func RunCodes(ctx context.Context, o CodesOptions) (report CodesReport, err error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	b := &codesBench{o: o}
	var noticed histogram
	o.Demo.Quick, o.Demo.WithWallets, o.Demo.Terminals, o.Demo.LoadDaySum = true, true, 32, money.AmountMax
	o.Demo.Wallet = func(w payment.Wallet) payment.Wallet { return stopwatch{w, &b.took, &b.asked} }
	o.Demo.Noticed = func(took time.Duration) { noticed.add(took) }
	if b.Demo, err = StartDemo(ctx, o.Demo); err != nil {
		return report, err
	}
	defer b.Stop()
	report.Engine = b.App.Store.Engine()
	entry, found, err := step.Read[directory.Entry](ctx, b.App.Store, directory.Key(directory.MerchantNumber, demoMerchants[0].number))
	if err != nil || !found {
		return report, fmt.Errorf("the demo's merchant: %t, %w", found, err)
	}
	if b.merchant, _, err = step.Read[merchant.Merchant](ctx, b.App.Store, merchant.Key(entry.Target)); err != nil {
		return report, err
	}
	if err := within(10*time.Second, "the card network is signed on", b.App.Rail.Ready); err != nil {
		return report, err
	}
	pool, err := b.loadTerminals(ctx, o.Demo.Terminals)
	if err != nil {
		return report, err
	}
	o.Progress(fmt.Sprintf("making %d codes a second for %s, each is scanned and paid", o.Rate, o.Duration))
	var created histogram
	b.offer(ctx, o.Rate, func(due time.Time) { b.take(ctx, wallet.Names[b.n.Load()%3], "pay", &created) })
	if err := within(30*time.Second, "every payment is told of", func() bool { return int64(noticed.figures().Count) >= b.paid.Load() }); err != nil {
		return report, err
	}
	report.Created, report.Noticed, report.Paid, report.Failed = created.figures(), noticed.figures(), b.paid.Load(), b.failed.Load()

	const few = 20 // codes a second beside the cards
	for i, to := range []struct{ cards, codes *CodesFigures }{{&report.CardsBefore, &report.CodesBefore}, {&report.CardsBeside, &report.CodesBeside}} {
		what := "while all wallets answer"
		if i == 1 {
			what = "while WeChat Pay never answers"
			if err := b.Wallets.WeChat.Faults().Set(kit.Fault{Kind: kit.Drop, Rate: 1}); err != nil {
				return report, err
			}
		}
		o.Progress(fmt.Sprintf("selling %d a second by card and %d by code for %s, %s", o.Cards, 2*few, o.Duration, what))
		var cards, codes histogram
		var working sync.WaitGroup
		working.Go(func() {
			b.offer(ctx, few, func(time.Time) { b.take(ctx, wallet.WeChat, "", nil) })
		})
		working.Go(func() {
			b.offer(ctx, few, func(time.Time) { b.take(ctx, wallet.Alipay, "pay", &codes) })
		})
		b.offer(ctx, o.Cards, func(due time.Time) { b.sell(ctx, pool, due, &cards) })
		working.Wait()
		*to.cards, *to.codes = cards.figures(), codes.figures()
	}
	b.Wallets.WeChat.Faults().Clear()
	if err := b.wait(ctx, &report); err != nil {
		return report, err
	}
	report.Clean, err = b.proven(ctx, o.Progress)
	return report, err
}

// offer does something at a rate until the time is over, and waits for what is under way.
func (b *codesBench) offer(ctx context.Context, rate int, do func(due time.Time)) {
	var working sync.WaitGroup
	started := time.Now()
	for i := 0; i < int(float64(rate)*b.o.Duration.Seconds()) && ctx.Err() == nil; i++ {
		due := started.Add(time.Duration(float64(i) / float64(rate) * float64(time.Second)))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		working.Go(func() { do(due) })
	}
	working.Wait()
}

// take makes a code, and has the payer do something with it. Own time goes to own.
func (b *codesBench) take(ctx context.Context, w wallet.Name, act kit.Act, own *histogram) {
	reference := fmt.Sprintf("bench-%d", b.n.Add(1))
	digest := sha256.Sum256([]byte(reference))
	began := time.Now()
	r, err := b.App.Payments.Show(ctx, payment.CodeRequest{
		Origin: payment.Origin{Merchant: b.merchant, Reference: reference, Digest: digest[:], By: "bench"}, Amount: money.Yuan(1), Wallet: w,
		Source: payment.FromAPI, Device: "bench", IP: "127.0.0.1",
	})
	took := time.Since(began)
	if provider, ok := b.took.LoadAndDelete(r.Payment.ID); ok && own != nil {
		own.add(took - provider.(time.Duration))
	}
	if act == "" {
		return
	}
	if err == nil && r.Code.Content == "" {
		err = errors.New("no code was made")
	}
	if err == nil {
		switch w {
		case wallet.WeChat:
			_, err = b.Wallets.WeChat.Scan(r.Code.Content, act)
		case wallet.Alipay:
			_, err = b.Wallets.Alipay.Scan(r.Code.Content, act)
		case wallet.UnionPay:
			_, err = b.Wallets.UnionPay.Scan(r.Code.Content, act)
		}
	}
	if err != nil {
		b.failed.Add(1)
		return
	}
	b.paid.Add(1)
}

// sell sells by card on a terminal of the pool.
func (b *codesBench) sell(ctx context.Context, pool chan *pos.Terminal, due time.Time, took *histogram) {
	credit, err := pos.FindCard("credit")
	if err != nil {
		return
	}
	terminal := <-pool
	defer func() { pool <- terminal }()
	outcome, err := terminal.Sale(ctx, pos.SaleInput{Amount: 1, Card: credit, Entry: pos.Insert, PIN: "123456"})
	if err != nil || !outcome.Approved {
		b.failed.Add(1)
		return
	}
	took.add(time.Since(due))
}

// wait makes codes that nobody pays, and looks at what they cost.
func (b *codesBench) wait(ctx context.Context, report *CodesReport) error {
	if b.o.Waiting == 0 {
		return nil
	}
	b.o.Progress(fmt.Sprintf("making %d codes that nobody pays", b.o.Waiting))
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	var working sync.WaitGroup
	for range 16 {
		working.Go(func() {
			for range b.o.Waiting / 16 {
				b.take(ctx, wallet.UnionPay, "", nil)
			}
		})
	}
	working.Wait()
	report.WaitingHeap = heap() - before
	b.o.Progress("watching how often the wallet is asked about them for a minute")
	last, first, began := b.asked.Load(), b.asked.Load(), time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for time.Since(began) < time.Minute {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		now := b.asked.Load()
		report.AskedMost, last = max(report.AskedMost, now-last), now
	}
	report.AskedAverage = float64(last-first) / time.Since(began).Seconds()
	return nil
}
