package world_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/world"
)

// desk is a terminal whose messages a test writes itself, under the keys of a sign-in.
type desk struct {
	t        testing.TB
	d        *world.Demo
	terminal *pos.Terminal
	number   string
	batch    string
}

// openDesk signs a terminal of the contract in.
func openDesk(t testing.TB, d *world.Demo, number string) *desk {
	t.Helper()
	k := &desk{t: t, d: d, number: number, terminal: openTerminal(t, d, number, nil)}
	k.batch = k.terminal.Status().Batch
	return k
}

// signIn fetches new keys and the host's batch.
func (k *desk) signIn() {
	k.t.Helper()
	must(k.t)(k.terminal.SignIn(context.Background()))
	k.batch = k.terminal.Status().Batch
}

// message starts a message of this terminal.
func (k *desk) message(mti, kind, network, trace string) *iso8583.Message {
	m := &iso8583.Message{}
	m.SetMTI(mti)
	m.Set(11, trace)
	m.Set(41, k.number)
	m.Set(42, contract[k.number].merchant)
	m.Set(60, iso8583.F60{Type: kind, Batch: k.batch, Network: network}.String())
	return m
}

// sale is a tap of a card without a chip (contactless stripe data): no PIN up to CNY 1,000.00.
func (k *desk) sale(trace string, fen int64, name string) *iso8583.Message {
	c := demoCard(k.t, name)
	m := k.message("0200", "22", "000", trace)
	m.Set(2, c.Number)
	m.Set(3, "000000")
	m.Set(4, fmt.Sprintf("%012d", fen))
	m.Set(14, c.Expiry)
	m.Set(22, "912")
	m.Set(25, "00")
	m.Set(49, "156")
	return m
}

// void takes back the sale under a trace of the open batch.
func (k *desk) void(trace string, fen int64, name, original, rrn string) *iso8583.Message {
	m := k.sale(trace, fen, name)
	m.Set(3, "200000")
	m.Set(37, rrn)
	m.Set(60, iso8583.F60{Type: "23", Batch: k.batch, Network: "000"}.String())
	m.Set(61, iso8583.F61{Batch: k.batch, Trace: original, Date: "0000"}.String())
	return m
}

// refund gives back part of the sale with a reference number.
func (k *desk) refund(trace string, fen int64, name, rrn string) *iso8583.Message {
	m := k.sale(trace, fen, name)
	m.SetMTI("0220")
	m.Set(3, "200000")
	m.Set(37, rrn)
	m.Set(60, iso8583.F60{Type: "25", Batch: k.batch, Network: "000"}.String())
	m.Set(61, iso8583.F61{Batch: "000000", Trace: "000000", Date: "0000"}.String())
	m.Set(63, "000")
	return m
}

// reversal takes back a request that this terminal made.
func (k *desk) reversal(of *iso8583.Message, reason string) *iso8583.Message {
	m := &iso8583.Message{}
	m.SetMTI("0400")
	m.CopyFrom(of, 2, 3, 4, 11, 14, 22, 25, 41, 42, 49, 60, 61)
	m.Set(39, reason)
	return m
}

// totals is a batch close that claims these sums of domestic cards.
func (k *desk) totals(trace string, debit, credit iso8583.Sum) *iso8583.Message {
	k.t.Helper()
	text, err := iso8583.Totals{Domestic: iso8583.Half{Debit: debit, Credit: credit}}.Format()
	if err != nil {
		k.t.Fatal(err)
	}
	m := k.message("0500", "00", "201", trace)
	m.Set(48, text)
	return m
}

// pack returns a message as the terminal sends it, with its MAC and its length.
func (k *desk) pack(m *iso8583.Message) []byte {
	k.t.Helper()
	frame, err := k.terminal.Pack(m)
	if err != nil {
		k.t.Fatal(err)
	}
	return slices.Clone(frame)
}

// ask sends a message on a socket of its own and returns the answer.
func (k *desk) ask(m *iso8583.Message) *iso8583.Message {
	k.t.Helper()
	return answerOf(k.t, askRaw(k.t, k.d, k.pack(m)))
}

// expect asks and demands a code; it returns the answer.
func (k *desk) expect(code string, m *iso8583.Message) *iso8583.Message {
	k.t.Helper()
	answer := k.ask(m)
	if got := answer.Get(39); got != code {
		k.t.Fatalf("%s under trace %s was answered %q, want %s", m.MTI(), m.Get(11), got, code)
	}
	return answer
}

// askRaw sends bytes on a socket of its own, says that nothing more comes, and returns what the host
// answers until it closes: nil when it says nothing.
func askRaw(t testing.TB, d *world.Demo, frame []byte) []byte {
	t.Helper()
	answer, err := say(d, frame)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func say(d *world.Demo, frame []byte) ([]byte, error) {
	return sayTo(d.App.Host.Addr().String(), frame)
}

func sayTo(address string, frame []byte) ([]byte, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(frame); err != nil {
		return nil, err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return nil, err
	}
	return io.ReadAll(conn)
}

// frameOf takes one answer apart.
func frameOf(t testing.TB, answer []byte) (iso8583.Frame, *iso8583.Message) {
	t.Helper()
	if len(answer) < 2 || int(binary.BigEndian.Uint16(answer)) != len(answer)-2 {
		t.Fatalf("the host answered %d bytes, which is no frame", len(answer))
	}
	f, err := iso8583.ParseFrame(answer[2:])
	if err != nil {
		t.Fatal(err)
	}
	m := &iso8583.Message{}
	if err := iso8583.Terminal.Unpack(f.Body, m); err != nil {
		t.Fatal(err)
	}
	return f, m
}

func answerOf(t testing.TB, answer []byte) *iso8583.Message {
	t.Helper()
	_, m := frameOf(t, answer)
	return m
}

// operations returns what the books hold of every merchant of the contract.
func operations(t testing.TB, d *world.Demo) []payment.Operation {
	t.Helper()
	var all []payment.Operation
	for _, number := range []string{"29000001", "29000003"} {
		_, m, err := d.App.Terminals.Find(context.Background(), number)
		if err != nil {
			t.Fatal(err)
		}
		list, err := d.App.Store.RecentOperations(context.Background(), m.ID, "", 10_000)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// standing remembers the books and what the network has seen; the check that it returns demands that
// neither has moved since.
func standing(t testing.TB, d *world.Demo) func(what string) {
	t.Helper()
	picture := func() (string, int64) {
		var b strings.Builder
		for _, op := range operations(t, d) {
			fmt.Fprintln(&b, op.ID, op.Kind, op.State, op.AmountFen, op.Payment)
		}
		return b.String(), d.Network.Stats().Financial
	}
	books, seen := picture()
	return func(what string) {
		t.Helper()
		now, financial := picture()
		if now != books {
			t.Errorf("%s moved the books from\n%sto\n%s", what, books, now)
		}
		if financial != seen {
			t.Errorf("%s reached the card network %d times", what, financial-seen)
		}
	}
}

// recorded returns the operation under a trace of a terminal's open batch and its payment.
func recorded(t testing.TB, d *world.Demo, number, trace string) (payment.Operation, payment.Payment) {
	t.Helper()
	ctx := context.Background()
	term, _, err := d.App.Terminals.Find(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscanf(trace, "%d", &n); err != nil {
		t.Fatal(err)
	}
	key := terminal.ExchangeKey(term.ID, term.BatchSequence, n, terminal.Financial)
	x, found, err := step.Read[terminal.Exchange](ctx, d.App.Store, key)
	if err != nil || !found {
		t.Fatalf("trace %s is not on record: %v", trace, err)
	}
	r, err := d.App.Payments.Recorded(ctx, x.Operation)
	if err != nil {
		t.Fatal(err)
	}
	return r.Operation, r.Payment
}

// edit changes one row, as staff would.
func edit[T step.Row](t testing.TB, d *world.Demo, key step.Key, change func(*T)) {
	t.Helper()
	err := d.App.Store.Do(context.Background(), step.Step{
		Name: "test.edit", Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			row, found, err := step.Get[T](v, key)
			if err != nil || !found {
				return fmt.Errorf("row %s: found %t, %w", key.ID, found, err)
			}
			change(&row)
			v.Put(row)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// misbehave puts a fault into the card network and returns what takes it away.
func misbehave(t testing.TB, d *world.Demo, kind kit.Kind, after time.Duration) func() {
	t.Helper()
	if err := d.Network.Faults().Set(kit.Fault{Kind: kind, Rate: 1, After: after}); err != nil {
		t.Fatal(err)
	}
	return d.Network.Faults().Clear
}

// counter reads a metric off the product's page: the sum over its labels.
func counter(t testing.TB, d *world.Demo, name string) float64 {
	t.Helper()
	families, err := d.App.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
		return sum
	}
	return 0
}

// wiretap stands between a terminal and the host and keeps what the terminal sends. While it is deaf, the
// host hears nothing and the terminal gets no answer.
type wiretap struct {
	listener net.Listener
	mu       sync.Mutex
	deaf     bool
	frames   [][]byte
}

func tap(t testing.TB, d *world.Demo) *wiretap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wiretap{listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			w.relay(conn, d)
		}
	}()
	return w
}

// relay passes one message on and its answer back.
func (w *wiretap) relay(conn net.Conn, d *world.Demo) {
	defer conn.Close()
	head := make([]byte, 2)
	if _, err := io.ReadFull(conn, head); err != nil {
		return
	}
	frame := append(head, make([]byte, binary.BigEndian.Uint16(head))...)
	if _, err := io.ReadFull(conn, frame[2:]); err != nil {
		return
	}
	w.mu.Lock()
	w.frames = append(w.frames, frame)
	deaf := w.deaf
	w.mu.Unlock()
	if deaf {
		return
	}
	if answer, err := say(d, frame); err == nil {
		conn.Write(answer) // a terminal that has gone is no matter of ours
	}
}

func (w *wiretap) setDeaf(deaf bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf = deaf
}

// last returns the frame that was sent last.
func (w *wiretap) last() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.frames[len(w.frames)-1]
}

// Behind the tap the terminal works as without it, and the desk's own messages are taken as a terminal's.
func TestHost_deskAndTapSpeakAsTerminalsDo(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	w := tap(t, d)
	terminal := openTerminal(t, d, "29000002", func(c *pos.Config) { c.Address = w.listener.Addr().String() })
	must(t)(sell(t, terminal, 10_00, "debit"))
	must(t)(terminal.Echo(context.Background()))

	k := openDesk(t, d, "29000001")
	sale := k.expect("00", k.sale("000100", 50_00, "debit"))
	k.expect("00", k.refund("000101", 20_00, "debit", sale.Get(37)))
	other := k.expect("00", k.sale("000102", 30_00, "credit"))
	k.expect("00", k.void("000103", 30_00, "credit", "000102", other.Get(37)))
	if _, p := recorded(t, d, "29000001", "000102"); p.State != payment.Voided {
		t.Errorf("the voided sale is %s", p.State)
	}
	if _, p := recorded(t, d, "29000001", "000100"); p.RefundedFen != 20_00 {
		t.Errorf("refunded are %d fen", p.RefundedFen)
	}
	proveBooks(t, d)
}
