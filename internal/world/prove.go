package world

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/store"
)

// A crash proof kills the server with SIGKILL at a named point of a request, starts it again, lets the
// terminal and the network go on, and demands that nothing was lost, doubled or left unknown: at yifen, at
// the terminal and at the card network, whose books are kept by another process.

// CrashPoints lists the points of a sale, void, refund and reversal at which the server is killed.
func CrashPoints() []string {
	var points []string
	for _, act := range []string{"sale", "void", "refund"} {
		for _, at := range []string{
			"before_begin", "after_begin", "before_send", "after_send", "after_answer", "before_outcome", "after_outcome",
		} {
			points = append(points, act+"."+at)
		}
	}
	points = append(points, "reversal.before_begin", "reversal.after_begin")
	for _, at := range []string{"before_send", "after_send", "after_answer", "before_outcome", "after_outcome"} {
		points = append(points, "reversal."+at)
	}
	return append(points, "sale.before_commit", "sale.after_commit", "void.before_commit", "refund.before_commit")
}

// CrashProof is one kill and what is asked afterwards.
type CrashProof struct {
	Point    string
	Dir      string // empty
	Database string // a PostgreSQL address; the embedded database in Dir when empty
	// Server returns the command that runs a demo with these options and dies at a point; "" never.
	Server func(o DemoOptions, crashAt string) *exec.Cmd
}

// CrashResult is what a proof measured.
type CrashResult struct {
	Point   string
	Restart time.Duration // from the kill to the first answered sale after the restart
	Known   time.Duration // from the restart to every outcome known
}

// The proof shortens every wait, so that the network gives up, and lost requests are found, in a second.
const (
	proofTimeout = 400 * time.Millisecond
	proofRecover = 700 * time.Millisecond
	proofPatient = 60 * time.Second
)

// Run does the proof.
func (p CrashProof) Run(ctx context.Context) (result CrashResult, err error) {
	result.Point = p.Point
	r := &crashRun{CrashProof: p}
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return result, err
	}
	if err := r.start(r.crashAt()); err != nil {
		return result, err
	}
	if err := r.act(ctx); err != nil {
		return result, err
	}
	select {
	case <-r.died:
	case <-time.After(proofPatient):
		return result, fmt.Errorf("the server never passed %s", p.Point)
	}
	if !r.killed() {
		return result, fmt.Errorf("the server ended by itself before it passed %s", p.Point)
	}
	killed := time.Now()
	if err := r.start(""); err != nil {
		return result, err
	}
	restarted := time.Now()
	if err := r.goOn(ctx); err != nil {
		return result, err
	}
	result.Restart = time.Since(killed)
	if err := r.settled(ctx); err != nil {
		return result, err
	}
	result.Known = time.Since(restarted)
	return result, r.compare(ctx)
}

type crashRun struct {
	CrashProof
	options  DemoOptions
	network  *cardnet.Network
	stopNet  context.CancelFunc
	terminal *pos.Terminal
	flash    pos.Config
	server   *exec.Cmd
	died     chan struct{}
}

func (r *crashRun) prepare(context.Context) error {
	books := filepath.Join(r.Dir, networkDir)
	if err := os.MkdirAll(books, 0o700); err != nil {
		return err
	}
	network, err := cardnet.New(cardnet.Config{Addr: "127.0.0.1:0", Dir: books, LateAfter: 2 * proofTimeout})
	if err != nil {
		return err
	}
	r.network = network
	ctx, cancel := context.WithCancel(context.Background())
	r.stopNet = cancel
	go network.Serve(ctx)
	r.options = DemoOptions{
		Dir: r.Dir, Database: r.Database, Network: network.Addr().String(), External: true, Quick: true,
		HTTP: "127.0.0.1:0", Timeout: proofTimeout, RecoverAfter: proofRecover, RecoverEvery: 100 * time.Millisecond,
	}
	if r.options.ISO, err = freeAddress(); err != nil {
		return err
	}
	tmk, err := hex.DecodeString(demoTerminals(0)[0].tmk)
	if err != nil {
		return err
	}
	r.flash = pos.Config{
		Terminal: demoTerminals(0)[0].number, Merchant: demoMerchants[0].number, TMK: tmk, Address: r.options.ISO,
		Flash: filepath.Join(r.Dir, "flash"), AnswerTimeout: 3 * time.Second, ConnectTimeout: time.Second,
	}
	r.terminal, err = pos.Open(r.flash)
	return err
}

// freeAddress returns a loopback address that nobody listens on at the moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// crashAt translates the point of the proof into the hook's: the commits of an act are the store's points
// within its begin step.
func (r *crashRun) crashAt() string {
	act, at, _ := strings.Cut(r.Point, ".")
	switch at {
	case "before_commit", "after_commit":
		return act + ".before_begin>store." + at
	}
	return r.Point
}

func (r *crashRun) start(crashAt string) error {
	r.server = r.Server(r.options, crashAt)
	r.server.Stderr = os.Stderr
	if err := r.server.Start(); err != nil {
		return err
	}
	died := make(chan struct{})
	r.died = died
	server := r.server
	go func() {
		server.Wait()
		close(died)
	}()
	return within(proofPatient, "the server answers", func() bool {
		c, err := net.Dial("tcp", r.options.ISO)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// killed tells whether the server ended by SIGKILL.
func (r *crashRun) killed() bool {
	status, ok := r.server.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// act brings the server to the point of the proof. Whatever the terminal is told is part of the proof:
// only what must have come off before the kill is an error here.
func (r *crashRun) act(ctx context.Context) error {
	if err := r.signIn(ctx); err != nil {
		return err
	}
	act, _, _ := strings.Cut(r.Point, ".")
	switch act {
	case "sale":
		r.sell(ctx, "debit")
	case "void":
		sale, err := r.sold(ctx)
		if err != nil {
			return err
		}
		r.terminal.Void(ctx, sale.Trace)
	case "refund":
		sale, err := r.sold(ctx)
		if err != nil {
			return err
		}
		card, _ := pos.FindCard("debit")
		r.terminal.Refund(ctx, pos.RefundInput{
			Amount: 4_00, Card: card, Entry: pos.Insert, RRN: sale.RRN, Date: sale.Slip.Time.Format("0102"),
		})
	case "reversal": // the terminal loses power after the approval and reverses when it is back
		r.losePower(ctx)
		r.terminal.Resolve(ctx)
	}
	return nil
}

// signIn signs the terminal in as soon as the server is on terms with the network.
func (r *crashRun) signIn(ctx context.Context) error {
	return within(proofPatient, "the terminal is signed in", func() bool {
		o, err := r.terminal.SignIn(ctx)
		return err == nil && o.Approved
	})
}

func (r *crashRun) sell(ctx context.Context, name string) (pos.Outcome, error) {
	card, err := pos.FindCard(name)
	if err != nil {
		return pos.Outcome{}, err
	}
	return r.terminal.Sale(ctx, pos.SaleInput{Amount: 10_00, Card: card, Entry: pos.Insert, PIN: "123456"})
}

// sold takes a sale that must come off, trying again while the network is not signed on yet.
func (r *crashRun) sold(ctx context.Context) (sale pos.Outcome, err error) {
	werr := within(proofPatient, "a sale comes off", func() bool {
		sale, err = r.sell(ctx, "debit")
		return err == nil && sale.Approved
	})
	return sale, errors.Join(werr)
}

// errPower is what a terminal that loses power panics with.
var errPower = errors.New("power lost")

// losePower makes a sale during which the terminal loses power between the approval and its record.
func (r *crashRun) losePower(ctx context.Context) {
	r.sold(ctx)
	r.terminal.Close()
	cut := r.flash
	cut.Cut = func(point string) {
		if point == "after_answer" {
			panic(errPower)
		}
	}
	if terminal, err := pos.Open(cut); err == nil {
		r.terminal = terminal
		func() {
			defer func() { recover() }()
			r.sell(ctx, "debit")
		}()
		r.terminal.Close()
	}
	if terminal, err := pos.Open(r.flash); err == nil {
		r.terminal = terminal
	}
}

// goOn lets the terminal bring what is pending to an end and take another sale.
func (r *crashRun) goOn(ctx context.Context) error {
	if err := within(proofPatient, "nothing is pending at the terminal", func() bool {
		_, err := r.terminal.Resolve(ctx)
		return err == nil
	}); err != nil {
		return err
	}
	if err := r.signIn(ctx); err != nil {
		return err
	}
	_, err := r.sold(ctx)
	return err
}

// settled waits until the server knows every outcome.
func (r *crashRun) settled(ctx context.Context) error {
	v, err := store.OpenVerifier(ctx, r.records(), calendar.At(time.Now()))
	if err != nil {
		return err
	}
	defer v.Close()
	return within(proofPatient, "every outcome is known", func() bool {
		n, err := v.OpenOutcomes(ctx)
		return err == nil && n == 0
	})
}

func (r *crashRun) records() string {
	if r.Database != "" {
		return r.Database
	}
	return r.Dir
}

// compare proves the books, and holds them against the network's and the terminal's.
func (r *crashRun) compare(ctx context.Context) error {
	var wrong []string
	if _, err := proveRecords(ctx, r.records(), func(c Check) {
		for _, row := range c.Rows {
			wrong = append(wrong, c.Invariant+": "+row)
		}
	}); err != nil {
		return err
	}
	if err := r.network.Check(); err != nil {
		wrong = append(wrong, err.Error())
	}
	ours, err := takings(ctx, r.records())
	if err != nil {
		return err
	}
	if theirs := networkTakings(r.network); ours != theirs {
		wrong = append(wrong, fmt.Sprintf("yifen holds %d fen of captured payments, the network %d", ours, theirs))
	}
	settled, err := r.terminal.Settle(ctx)
	switch {
	case err != nil:
		wrong = append(wrong, "batch close: "+err.Error())
	case settled.BatchSlip == nil || settled.BatchSlip.Totals.Domestic.Result != '1':
		wrong = append(wrong, fmt.Sprintf("the terminal's batch differs from the books: %s %+v", settled.Code, settled.BatchSlip))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("killed at %s: %s", r.Point, strings.Join(wrong, "; "))
	}
	return nil
}

func (r *crashRun) close() {
	if r.server != nil && r.server.Process != nil {
		r.server.Process.Kill()
		<-r.died
	}
	if r.terminal != nil {
		r.terminal.Close()
	}
	if r.network != nil {
		r.stopNet()
		r.network.Close()
	}
}

// within polls until something is so.
func within(limit time.Duration, what string, so func() bool) error {
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %s: %s", limit, what)
		}
		<-tick.C
	}
	return nil
}

func proveRecords(ctx context.Context, target string, report func(Check)) (bool, error) {
	v, err := store.OpenVerifier(ctx, target, calendar.At(time.Now()))
	if err != nil {
		return false, err
	}
	defer v.Close()
	return v.Verify(ctx, report)
}

// takings returns what the records hold of captured payments, less refunds.
func takings(ctx context.Context, target string) (int64, error) {
	v, err := store.OpenVerifier(ctx, target, calendar.At(time.Now()))
	if err != nil {
		return 0, err
	}
	defer v.Close()
	return v.Takings(ctx)
}

// networkTakings returns what the network holds of standing sales, less refunds.
func networkTakings(n *cardnet.Network) (fen int64) {
	for t := range n.Transactions() {
		fen += t.Taken()
	}
	return fen
}
