package world_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
	"github.com/yifen-pay/yifen/internal/world"
)

// startServer runs a server in a process of its own and waits until it answers.
func startServer(t *testing.T, o world.DemoOptions) *exec.Cmd {
	t.Helper()
	c := serverCommand(o, "")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	eventually(t, time.Minute, "the server answers", func() bool {
		conn, err := net.Dial("tcp", o.ISO)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return c
}

// Two nodes share one PostgreSQL and the terminals of one merchant; one of them is killed and comes back.
// The merchant's day limit is met exactly, and the books stay whole.
func TestNodes_shareAMerchantAndItsLimit(t *testing.T) {
	const (
		terminals = 8 // one merchant's
		price     = 100_00
		fits      = 150 // sales that fit into the day
	)
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
	o := world.DemoOptions{
		Dir: t.TempDir(), Database: storetest.Server(t), Network: network.Addr().String(), External: true, Quick: true,
		HTTP: "127.0.0.1:0", Bench: "127.0.0.1:0", Printer: "127.0.0.1:0", Terminals: terminals, LoadDaySum: fits * price,
		Timeout: 2 * time.Second, RecoverAfter: 3 * time.Second, RecoverEvery: 200 * time.Millisecond,
	}
	addresses := make([]string, 2)
	for i := range addresses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses[i] = l.Addr().String()
		l.Close()
	}
	node := func(i int) *exec.Cmd {
		here := o
		here.ISO = addresses[i]
		return startServer(t, here)
	}
	node(0)
	second := node(1)

	var approved, refused atomic.Int64
	var half sync.WaitGroup
	half.Add(terminals)
	var working sync.WaitGroup
	for i := range terminals {
		working.Go(func() {
			passedHalf := sync.OnceFunc(half.Done)
			defer passedHalf()
			terminal, err := loadTerminal(i, addresses[i%2])
			if err != nil {
				t.Error(err)
				return
			}
			defer terminal.Close()
			deadline := time.Now().Add(60 * time.Second)
			sold := 0
			for time.Now().Before(deadline) {
				outcome, err := terminal.Sale(ctx, pos.SaleInput{Amount: price, Card: demoCard(t, "credit"), Entry: pos.Swipe, Fallback: true, PIN: "123456"})
				switch {
				case err != nil: // the node is away, or the terminal is not signed in
					terminal.SignIn(ctx)
				case outcome.Approved:
					approved.Add(1)
					if sold++; sold >= fits/terminals/3 {
						passedHalf()
					}
				case outcome.Code == "61":
					refused.Add(1)
					return
				}
			}
			t.Errorf("terminal %d never met the limit", i)
		})
	}
	half.Wait()
	second.Process.Kill()
	second.Wait()
	node(1)
	working.Wait()

	v, err := store.OpenVerifier(ctx, o.Database, calendar.At(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	eventually(t, 60*time.Second, "every outcome is known", func() bool {
		n, err := v.OpenOutcomes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n == 0
	})
	for _, f := range findings(t, o.Database) {
		t.Error(f)
	}
	if err := network.Check(); err != nil {
		t.Error(err)
	}
	takings, err := v.Takings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if takings > fits*price {
		t.Errorf("the day took %d fen, the limit is %d", takings, fits*price)
	}
	if takings < approved.Load()*price {
		t.Errorf("terminals hold %d approvals, the books %d fen", approved.Load(), takings)
	}
	if refused.Load() == 0 {
		t.Error("the limit was never met: the test proves nothing")
	}
	t.Logf("%d sales at %d terminals on two nodes, one of them killed: %d fen of %d", approved.Load(), terminals, takings, fits*price)
}

// loadTerminal opens terminal i of those furnished for load, signed in.
func loadTerminal(i int, address string) (*pos.Terminal, error) {
	tmk, err := hex.DecodeString(contract["29000001"].tmk)
	if err != nil {
		return nil, err
	}
	terminal, err := pos.Open(pos.Config{
		Terminal: fmt.Sprintf("39%06d", i+1), Merchant: fmt.Sprintf("8982900599%05d", i/8+1), TMK: tmk, Address: address,
		AnswerTimeout: 5 * time.Second, ConnectTimeout: time.Second,
	})
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); { // the demo is still being furnished
		if o, err := terminal.SignIn(context.Background()); err == nil && o.Approved {
			return terminal, nil
		}
	}
	return nil, fmt.Errorf("terminal %d cannot sign in", i)
}
