package cardnet_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/rail/cardnet"
	simcardnet "github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	debitCard  = "6216261000000000018"
	poorCard   = "6216261000000000513"
	silentCard = "6216261000000000687"
	lateCard   = "6216261000000000992"
	expiry     = "3312"

	patience = 30 * time.Second       // of a test that waits for something that must come
	soon     = 100 * time.Millisecond // of a rail whose answer does not come
)

// noon is when the tests' clocks begin: noon in China.
var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

// vault is a security module whose wraps hide nothing: the rail must not care.
type vault struct {
	spoil atomic.Bool // the next MAC is wrong
}

func desKey(value []byte) *cardcrypto.Key {
	k, err := cardcrypto.NewDESKey(value)
	if err != nil {
		panic(err)
	}
	return k
}

var errPINBlock = fault.New(fault.Invalid, "pin_block_malformed", "the PIN block is none")

func (*vault) TranslatePIN(b card.PINBlock, pan card.PAN, to []byte) ([]byte, error) {
	out, err := cardcrypto.TranslatePIN(desKey(b.Key), pan.Reveal(), b.Block, desKey(to), pan.Reveal())
	if err != nil {
		return nil, errPINBlock
	}
	return out, nil
}

func (v *vault) NetworkMAC(key, data []byte) ([8]byte, error) {
	mac, err := cardcrypto.MAC(cardcrypto.X919, desKey(key), data)
	if v.spoil.CompareAndSwap(true, false) {
		mac[0] ^= 1
	}
	return mac, err
}

func (*vault) VerifyNetworkMAC(key, data, mac []byte) error {
	if !cardcrypto.VerifyMAC(cardcrypto.X919, desKey(key), data, mac) {
		return errors.New("the MAC is wrong")
	}
	return nil
}

func (*vault) ImportNetworkKeys(zmk []byte, f48 string) (pinKey, macKey []byte, err error) {
	raw := make([][]byte, 2)
	for i, name := range []string{"PK", "MK"} {
		text, ok := strings.CutPrefix(f48[i*42:(i+1)*42], name)
		if raw[i], err = hex.DecodeString(text); err != nil || !ok {
			return nil, nil, errors.New("no key change")
		}
		key, err := cardcrypto.Unwrap(desKey(zmk), cardcrypto.Wrapped{Cryptogram: raw[i][:16], CheckValue: raw[i][16:]})
		if err != nil {
			return nil, nil, err
		}
		raw[i] = key.Reveal()
	}
	return raw[0], raw[1], nil
}

// sessions keeps the session in memory.
type sessions struct {
	saved chan payment.RailSession

	mu       sync.Mutex
	last     payment.RailSession
	err      error // of Save
	failures int   // of Load, to come
}

func (s *sessions) Load(context.Context) (payment.RailSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures > 0 {
		s.failures--
		return payment.RailSession{}, errors.New("the store is not there yet")
	}
	return s.last, nil
}

func (s *sessions) Save(_ context.Context, next payment.RailSession) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.last = next
	s.saved <- next
	return nil
}

// rig is a rail and a simulated network with a relay between them.
type rig struct {
	t        testing.TB
	clock    *kit.Clock
	network  *simcardnet.Network
	relay    *relay
	rail     *cardnet.Rail
	vault    *vault
	sessions *sessions

	connected chan struct{}
	lost      chan struct{}
	dropped   chan cardnet.DropReason
	sent      chan payment.Kind
	late      chan lateAnswer

	stop  context.CancelFunc
	ended chan error
	trace atomic.Int64
}

type lateAnswer struct {
	attempt string
	answer  payment.Answer
}

// syncBuffer is a log that may be written from many sides.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// options of a rig.
type options struct {
	network simcardnet.Config
	rail    func(*cardnet.Config)
	idle    bool // do not run the rail
}

func newRig(t testing.TB, o options) *rig {
	t.Helper()
	r := &rig{
		t: t, clock: kit.NewStandingClock(noon), vault: &vault{}, ended: make(chan error, 1),
		connected: make(chan struct{}, 1024), lost: make(chan struct{}, 1024), dropped: make(chan cardnet.DropReason, 1024),
		sent: make(chan payment.Kind, 1<<16), late: make(chan lateAnswer, 1024),
		sessions: &sessions{saved: make(chan payment.RailSession, 1024)},
	}
	o.network.Clock = r.clock
	o.network.ManualCutOver = true
	var err error
	if r.network, err = simcardnet.New(o.network); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- r.network.Serve(context.Background()) }()
	r.relay = newRelay(t, r.network.Addr().String())
	zmk, err := hex.DecodeString(simcardnet.DemoZMK)
	if err != nil {
		t.Fatal(err)
	}
	var log syncBuffer
	config := cardnet.Config{
		Address: r.relay.address(), Acquirer: simcardnet.DemoAcquirer, Forwarder: simcardnet.DemoForwarder,
		MasterKey: zmk, Timeout: patience, Keys: r.vault, Sessions: r.sessions, Now: r.clock.Now,
		Late:   func(_ context.Context, attempt string, a payment.Answer) { r.late <- lateAnswer{attempt, a} },
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Observe: cardnet.Observe{
			Connected: func() { r.connected <- struct{}{} },
			Lost:      func() { r.lost <- struct{}{} },
			Dropped:   func(why cardnet.DropReason) { r.dropped <- why },
			Sent:      func(k payment.Kind) { r.sent <- k },
		},
	}
	if o.rail != nil {
		o.rail(&config)
	}
	if r.rail, err = cardnet.New(config); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	if o.idle {
		r.ended <- nil
	} else {
		go func() { r.ended <- r.rail.Run(ctx) }()
		for range max(1, config.Connections) {
			await(t, r.connected)
		}
	}
	t.Cleanup(func() {
		stop()
		if err := await(t, r.ended); err != nil {
			t.Errorf("the rail ended: %v", err)
		}
		r.relay.close()
		if err := r.network.Check(); err != nil {
			t.Error(err)
		}
		if err := r.network.Close(); err != nil {
			t.Error(err)
		}
		if err := await(t, served); err != nil {
			t.Error(err)
		}
		for _, number := range []string{debitCard, poorCard, silentCard, lateCard, creditCard, prepaidCard} {
			if strings.Contains(log.String(), number) {
				t.Error("a card number is in the log")
			}
		}
	})
	return r
}

// await returns what comes, and fails the test when nothing does.
func await[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		t.Fatal("what was waited for did not come")
		panic("unreachable")
	}
}

// sale returns the request of a sale.
func (r *rig) sale(number string, fen int64) payment.Request {
	r.t.Helper()
	pan, err := card.ParsePAN(number)
	if err != nil {
		r.t.Fatal(err)
	}
	n := int(r.trace.Add(1))
	return payment.Request{
		Attempt: payment.Attempt{
			ID: fmt.Sprintf("att_%06d", n), Stamp: r.clock.Now().In(time.FixedZone("CST", 8*3600)).Format("0102150405"),
			Number: n, Tries: 1,
		},
		Operation: payment.Operation{
			Kind: payment.SaleOp, AmountFen: fen, Currency: money.CNY, RRN: fmt.Sprintf("6064%08d", n),
		},
		Payment: payment.Payment{EntryMode: card.Swipe},
		Card: card.Presentation{
			PAN: pan, Expiry: expiry, Track2: number + "D" + expiry + "2010000000000", EntryMode: "021",
			PIN: r.pin("123456", number),
		},
		TerminalNumber: "29000001", MerchantNumber: "898290054110001", MerchantName: "一分便利店", Category: "5411",
	}
}

// pin returns a PIN block as a terminal makes it.
func (r *rig) pin(pin cardcrypto.PIN, number string) *card.PINBlock {
	r.t.Helper()
	key := bytes.Repeat([]byte{0x13, 0x57}, 8)
	block, err := cardcrypto.EncodePIN(pin, number)
	if err != nil {
		r.t.Fatal(err)
	}
	return &card.PINBlock{Block: cardcrypto.EncryptPIN(desKey(key), block), Key: key, WithPAN: true}
}

// about returns a request that follows on another.
func (r *rig) about(original payment.Request, kind payment.Kind, auth string) payment.Request {
	r.t.Helper()
	next := r.sale(original.Card.PAN.Reveal(), original.Operation.AmountFen)
	next.Operation.Kind = kind
	next.Card = card.Presentation{PAN: original.Card.PAN}
	attempt, operation := original.Attempt, original.Operation
	operation.AuthCode = auth
	next.Original, next.OriginalOperation = &attempt, &operation
	return next
}

// reversal returns the reversal of a request.
func (r *rig) reversal(original payment.Request) payment.Request {
	next := r.about(original, payment.ReversalOp, "")
	next.Operation.Reason = "silence"
	return next
}

// send sends a request and holds its outcome.
func (r *rig) send(q payment.Request, want payment.Outcome) payment.Answer {
	r.t.Helper()
	a := r.rail.Send(context.Background(), q)
	if a.Outcome != want {
		r.t.Fatalf("%s: outcome %d with code %q, want %d", q.Operation.Kind, a.Outcome, a.RailCode, want)
	}
	return a
}

// known returns what the network knows of a request.
func (r *rig) known(q payment.Request) (simcardnet.Transaction, bool) {
	return r.network.Lookup(q.Attempt.Stamp, fmt.Sprintf("%06d", q.Attempt.Number),
		simcardnet.DemoAcquirer, simcardnet.DemoForwarder)
}

// relay carries frames between the rail and the network, and does to them what a test asks.
type relay struct {
	t        testing.TB
	target   string
	listener net.Listener
	group    sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	back  func(body []byte) bool // looks at and changes what the network sends; false swallows it
}

func newRelay(t testing.TB, target string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, target: target, listener: listener}
	r.group.Go(r.accept)
	return r
}

func (r *relay) address() string { return r.listener.Addr().String() }

func (r *relay) accept() {
	for {
		member, err := r.listener.Accept()
		if err != nil {
			return
		}
		network, err := net.Dial("tcp", r.target)
		if err != nil {
			member.Close()
			continue
		}
		r.mu.Lock()
		r.conns = append(r.conns, member, network)
		r.mu.Unlock()
		r.group.Go(func() { r.pump(network, member, false) })
		r.group.Go(func() { r.pump(member, network, true) })
	}
}

func (r *relay) pump(dst, src net.Conn, back bool) {
	defer dst.Close()
	in := bufio.NewReader(src)
	for {
		var header [iso8583.NetworkHeader]byte
		if _, err := io.ReadFull(in, header[:]); err != nil {
			return
		}
		n, err := iso8583.NetworkLength(header)
		if err != nil {
			r.t.Error(err)
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		r.mu.Lock()
		look := r.back
		r.mu.Unlock()
		if back && look != nil && !look(body) {
			continue
		}
		if _, err := dst.Write(iso8583.AppendNetworkFrame(nil, body)); err != nil {
			return
		}
	}
}

// onBack sets what happens to the network's messages.
func (r *relay) onBack(look func(body []byte) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.back = look
}

// cut closes all connections.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		c.Close()
	}
	r.conns = nil
}

func (r *relay) close() {
	r.listener.Close()
	r.cut()
	r.group.Wait()
}
