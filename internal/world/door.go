package world

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// DoorOptions say how crowded the terminals' door is.
type DoorOptions struct {
	Demo DemoOptions // Dir must be empty or new
	// Idle sockets have spoken once and rest; Busy terminals sell, Rate sales a second together.
	Idle, Busy, Rate int
	// Strangers hold sockets open without a whole message; half of them send a byte every ten seconds.
	Strangers int
	// Crowd opens the strangers' sockets in another process, which has files of its own.
	Crowd    func(ctx context.Context, address string, n int) (leave func(), err error)
	Duration time.Duration // of each measurement
	Progress func(string)
}

// DoorReport is what an echo took through a door without anybody, with terminals at it, and with strangers besides.
type DoorReport struct {
	Alone    DoorFigures `json:"alone"`
	Working  DoorFigures `json:"working"`
	Crowded  DoorFigures `json:"crowded"`
	Sales    int64       `json:"sales"`
	Failed   int64       `json:"failed"`
	Sockets  int         `json:"sockets"` // at the host, crowded
	Added    float64     `json:"p99_added_ms"`
	Ratio    float64     `json:"p99_crowded_to_working"`
	Strained string      `json:"strained,omitempty"` // why the figures say little, when they do
}

// DoorFigures are the echoes of one measurement and the memory of the process, with its terminals.
type DoorFigures struct {
	Echoes int64         `json:"echoes"`
	P50    time.Duration `json:"p50_ns"`
	P99    time.Duration `json:"p99_ns"`
	Max    time.Duration `json:"max_ns"`
	RSS    int64         `json:"rss_bytes"`
}

// RunDoor measures an echo through the terminals' door at three degrees of crowd.
func RunDoor(ctx context.Context, o DoorOptions) (report DoorReport, err error) {
	o.Demo.Terminals, o.Demo.Quick, o.Demo.LoadDaySum = o.Busy, true, money.AmountMax
	o.Demo.Sockets = o.Idle + o.Busy + o.Strangers + 1000
	d, err := StartDemo(ctx, o.Demo)
	if err != nil {
		return report, err
	}
	defer d.Stop()
	if err := within(10*time.Second, "the card network is signed on", d.App.Rail.Ready); err != nil {
		return report, err
	}
	address := d.App.Host.Addr().String()
	echo, err := demoEcho()
	if err != nil {
		return report, err
	}
	o.Progress("an echo alone")
	if report.Alone, err = probe(ctx, address, echo, o.Duration); err != nil {
		return report, err
	}

	o.Progress(fmt.Sprintf("%d terminals at rest, %d at work", o.Idle, o.Busy))
	leave, err := rest(ctx, address, echo, o.Idle)
	if err != nil {
		return report, err
	}
	defer leave()
	pool, err := d.loadTerminals(ctx, o.Busy)
	if err != nil {
		return report, err
	}
	selling := func(figures *DoorFigures) error {
		var load LoadReport
		var working sync.WaitGroup
		working.Go(func() {
			d.offer(ctx, LoadOptions{Rate: o.Rate, Duration: o.Duration + time.Second}, pool, &load)
		})
		var err error
		*figures, err = probe(ctx, address, echo, o.Duration)
		working.Wait()
		report.Sales += load.Sales
		report.Failed += load.Failed
		return err
	}
	if err := selling(&report.Working); err != nil {
		return report, err
	}
	o.Progress(fmt.Sprintf("and %d strangers", o.Strangers))
	gone, err := o.Crowd(ctx, address, o.Strangers)
	if err != nil {
		return report, err
	}
	defer gone()
	if err := selling(&report.Crowded); err != nil {
		return report, err
	}
	report.Sockets = d.App.Host.Sockets()
	report.Added = float64(report.Working.P99-report.Alone.P99) / 1e6
	report.Ratio = float64(report.Crowded.P99) / float64(report.Working.P99)
	if report.Sockets < o.Idle+o.Busy+o.Strangers*9/10 {
		report.Strained = fmt.Sprintf("the host holds %d sockets only", report.Sockets)
	}
	return report, nil
}

// demoEcho is an echo of the first terminal of the demo, as it goes over the wire.
func demoEcho() ([]byte, error) {
	t := demoTerminals(0)[0]
	terminal, err := pos.Open(pos.Config{Terminal: t.number, Merchant: t.merchant, TMK: make([]byte, 16), Address: "127.0.0.1:1"})
	if err != nil {
		return nil, err
	}
	defer terminal.Close()
	var m iso8583.Message
	m.SetMTI("0820")
	m.Set(41, t.number)
	m.Set(42, t.merchant)
	m.Set(60, iso8583.F60{Type: "00", Batch: "000001", Network: "301"}.String())
	frame, err := terminal.Pack(&m)
	return slices.Clone(frame), err
}

// probeEvery is how far the echoes of a probe are apart. They are sent when they are due, answered or not, so that
// a door that falls behind cannot hide it.
const probeEvery = 5 * time.Millisecond

// probe sends echoes on one socket for a while.
func probe(ctx context.Context, address string, echo []byte, during time.Duration) (DoorFigures, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return DoorFigures{}, err
	}
	defer conn.Close()
	answer := make([]byte, 4096)
	ask := func() error {
		if _, err := conn.Write(echo); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, answer[:2]); err != nil {
			return err
		}
		_, err := io.ReadFull(conn, answer[2:2+int(answer[0])<<8+int(answer[1])])
		return err
	}
	var took histogram
	var figures DoorFigures
	started := time.Now()
	for i := 0; ctx.Err() == nil; i++ {
		due := started.Add(time.Duration(i) * probeEvery)
		if due.Sub(started) > during {
			break
		}
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		// From when it could be sent: a timer that wakes late is no matter of the door.
		from := time.Now()
		if late := from.Sub(due); late > 2*probeEvery {
			from = due
		}
		if err := ask(); err != nil {
			return figures, fmt.Errorf("echo: %w", err)
		}
		took.add(time.Since(from))
		figures.Echoes++
	}
	figures.P50, figures.P99, figures.Max = took.quantile(.5), took.quantile(.99), time.Duration(took.max.Load())
	figures.RSS = residentBytes()
	return figures, ctx.Err()
}

// residentBytes is the memory that this process holds, 0 where the system does not say.
func residentBytes() int64 {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// rest opens sockets that speak once each and then are silent.
func rest(ctx context.Context, address string, echo []byte, n int) (leave func(), err error) {
	conns := make([]net.Conn, 0, n)
	leave = func() {
		for _, c := range conns {
			c.Close()
		}
	}
	for range n {
		if ctx.Err() != nil {
			break
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			leave()
			return nil, err
		}
		conns = append(conns, conn)
		if _, err := conn.Write(echo); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, ctx.Err()
}

// dripEvery is how often a stranger sends a byte.
const dripEvery = 10 * time.Second

// Strangers holds n sockets open at address, half of them mute and half sending a byte every ten seconds, and
// opens another for each that is closed. It calls ready once all stand and returns when ctx ends.
func Strangers(ctx context.Context, address string, n int, ready func()) error {
	var (
		holding  sync.WaitGroup
		standing atomic.Int64
		once     sync.Once
		dialing  = make(chan struct{}, 64)
		broken   atomic.Pointer[error]
	)
	for i := range n {
		holding.Go(func() {
			for ctx.Err() == nil {
				dialing <- struct{}{}
				conn, err := net.Dial("tcp", address)
				<-dialing
				if err != nil {
					broken.Store(&err)
					return
				}
				if standing.Add(1) == int64(n) {
					once.Do(ready)
				}
				var first time.Duration = -1
				if i%2 == 0 { // not all at the same moment
					first = dripEvery * time.Duration(i) / time.Duration(n)
				}
				loiter(ctx, conn, first)
				standing.Add(-1)
				conn.Close()
			}
		})
	}
	holding.Wait()
	if err := broken.Load(); err != nil && ctx.Err() == nil {
		return *err
	}
	return nil
}

// loiter holds one socket until it is closed or ctx ends. The first byte goes after a while, and another every ten
// seconds; below zero, none ever does.
func loiter(ctx context.Context, conn net.Conn, first time.Duration) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	wait := first
	for sent := byte(0); ; sent++ {
		if first >= 0 {
			conn.SetReadDeadline(time.Now().Add(wait))
		}
		wait = dripEvery
		var timeout net.Error
		if _, err := conn.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
			return // the host hung up
		}
		if _, err := conn.Write([]byte{sent}); err != nil {
			return
		}
	}
}

// ServeStrangers is Strangers for a process of its own: it writes a line once all sockets stand and goes when its
// input ends.
func ServeStrangers(ctx context.Context, address string, n int, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = bufio.NewReader(in).ReadString('\n')
		cancel()
	}()
	return Strangers(ctx, address, n, func() { fmt.Fprintln(out, "ready") })
}
