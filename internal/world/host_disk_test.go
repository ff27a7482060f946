package world_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/world"
)

// diskEnv has a server of a test obey [diskFull] and [diskFree].
const diskEnv = "YIFEN_TEST_DISK"

// The signals by which a server's disk becomes full and free again. A limit on the size of files refuses
// every write as a full disk does, needs no mount and no privilege, and strikes one process only.
const (
	diskFull = syscall.SIGUSR1
	diskFree = syscall.SIGUSR2
)

func init() {
	if os.Getenv(serverEnv) == "" || os.Getenv(diskEnv) == "" {
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, diskFull, diskFree)
	var free syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &free); err != nil {
		panic(err)
	}
	go func() {
		for s := range signals {
			limit := free
			if s == diskFull {
				limit.Cur = 0
			}
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
				panic(err)
			}
		}
	}()
}

// startDiskServer runs a server whose disk the test fills.
func startDiskServer(t *testing.T, o world.DemoOptions) *exec.Cmd {
	t.Helper()
	c := serverCommand(o, "")
	c.Env = append(c.Env, diskEnv+"=1")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	return c
}

// diskDesk is a terminal at a server in a process of its own, whose disk the test fills.
type diskDesk struct {
	*desk
	address string
	server  *exec.Cmd
}

func (k *diskDesk) code(m *iso8583.Message) string {
	k.t.Helper()
	answer, err := sayTo(k.address, k.pack(m))
	if err != nil {
		k.t.Fatal(err)
	}
	return answerOf(k.t, answer).Get(39)
}

func (k *diskDesk) signal(s os.Signal) {
	k.t.Helper()
	if err := k.server.Process.Signal(s); err != nil {
		k.t.Fatal(err)
	}
}

// Without room on disk the server says so, takes nothing to the network and forgets nothing; with room it
// goes on by itself, and what was at the network when the disk filled up is reversed.
func TestHost_failsClosedOnAFullDisk(t *testing.T) {
	t.Parallel() // it waits for the store to give a commit up
	ctx := context.Background()
	network, err := cardnet.New(cardnet.Config{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	go network.Serve(serving)
	t.Cleanup(func() {
		stop()
		network.Close()
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	o := world.DemoOptions{
		Dir: t.TempDir(), Network: network.Addr().String(), External: true, Quick: true, ISO: address,
		HTTP: "127.0.0.1:0", Bench: "127.0.0.1:0", Printer: "127.0.0.1:0",
		Timeout: 2 * time.Second, RecoverAfter: 3 * time.Second, RecoverEvery: 100 * time.Millisecond,
	}
	server := startDiskServer(t, o)
	tmk, err := hex.DecodeString(contract["29000001"].tmk)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := pos.Open(pos.Config{
		Terminal: "29000001", Merchant: contract["29000001"].merchant, TMK: tmk, Address: address, AnswerTimeout: 20 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	eventually(t, time.Minute, "the server is furnished", func() bool {
		o, err := terminal.SignIn(ctx)
		return err == nil && o.Approved
	})
	k := &diskDesk{
		desk: &desk{t: t, terminal: terminal, number: "29000001", batch: terminal.Status().Batch}, address: address, server: server,
	}
	tries := 0
	sells := func() bool { // each try under a trace of its own
		tries++
		return k.code(k.sale(fmt.Sprintf("%06d", 200+tries), 10_00, "credit")) == "00"
	}
	eventually(t, time.Minute, "the network is signed on", sells)
	if code := k.code(k.sale("000101", 20_00, "credit")); code != "00" {
		t.Fatalf("the second sale was answered %s", code)
	}

	// One sale is at the network when the disk fills up: its outcome cannot be recorded.
	if err := network.Faults().Set(kit.Fault{Kind: kit.Delay, Rate: 1, After: 500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	asked := network.Stats().Financial
	caught := make(chan string, 1)
	frame := k.pack(k.sale("000102", 30_00, "credit"))
	go func() {
		answer, err := sayTo(address, frame)
		if err != nil {
			t.Error(err)
			caught <- ""
			return
		}
		caught <- answerOf(t, answer).Get(39)
	}()
	eventually(t, time.Minute, "the sale is at the network", func() bool { return network.Stats().Financial > asked })
	k.signal(diskFull)
	if code := <-caught; code != "98" {
		t.Errorf("a sale whose outcome cannot be recorded was answered %q, want 98: nobody knows", code)
	}
	network.Faults().Clear()

	asked = network.Stats().Financial
	for _, m := range []*iso8583.Message{
		k.sale("000103", 40_00, "credit"), k.sale("000104", 50_00, "credit"), k.totals("000105", sum(30_00, 2), sum(0, 0)),
		k.reversal(k.sale("000101", 20_00, "credit"), "98"), k.message("0800", "00", "003", "000106"),
	} {
		if code := k.code(m); code != "96" {
			t.Errorf("%s on a full disk was answered %s, want 96", m.MTI(), code)
		}
	}
	if code := k.code(k.message("0820", "00", "301", "000107")); code != "00" {
		t.Errorf("an echo needs no disk and was answered %s", code)
	}
	if got := network.Stats().Financial; got != asked {
		t.Errorf("%d requests reached the network from a full disk", got-asked)
	}

	k.signal(diskFree)
	eventually(t, time.Minute, "the server goes on", sells)
	if code := k.code(k.sale("000103", 40_00, "credit")); code != "00" { // its first try left no trace
		t.Errorf("the sale that was refused on a full disk was answered %s", code)
	}
	v, err := store.OpenVerifier(ctx, o.Dir, calendar.At(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	eventually(t, time.Minute, "every outcome is known", func() bool {
		n, err := v.OpenOutcomes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n == 0
	})

	// After a kill the books are what the terminal was told.
	k.server.Process.Kill()
	k.server.Wait()
	startDiskServer(t, o)
	const told = 10_00 + 20_00 + 10_00 + 40_00
	takings, err := v.Takings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if takings != told {
		t.Errorf("the books hold %d fen, the terminal was told %d", takings, told)
	}
	for _, f := range findings(t, o.Dir) {
		t.Error(f)
	}
	if err := network.Check(); err != nil {
		t.Error(err)
	}
}
