package cardnet_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	debitCard  = "6216261000000000018"
	creditCard = "6226388000000095"
	silentCard = "6216261000000000687"
	lateCard   = "6216261000000000992"
	terminal   = "29000001"
	merchant   = "898290054110001"
)

// noon is when the tests' standing clocks begin: noon in China.
var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

// start runs a network for the length of a test, on a standing clock unless the config has another.
func start(t testing.TB, config cardnet.Config) *cardnet.Network {
	t.Helper()
	if config.Clock == nil {
		config.Clock = kit.NewStandingClock(noon)
	}
	n, err := cardnet.New(config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- n.Serve(t.Context()) }()
	t.Cleanup(func() {
		if err := n.Check(); err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return n
}

// client is a member, written from docs/network-leg.md.
type client struct {
	t      testing.TB
	socket net.Conn
	zmk    *cardcrypto.Key
	told   chan *iso8583.Message // 0820 of the network, already answered 00

	mu      sync.Mutex
	pin     *cardcrypto.Key
	mac     *cardcrypto.Key
	trace   int
	waiting map[string]chan *iso8583.Message // by F7, F11, F32, F33
	refuse  bool                             // answer key changes 05
	// forgeries takes note of answers with a wrong MAC; nil where there must be none.
	forgeries chan struct{}
}

func dial(t testing.TB, n *cardnet.Network) *client {
	t.Helper()
	socket, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	zmkBytes, err := hex.DecodeString(cardnet.DemoZMK)
	if err != nil {
		t.Fatal(err)
	}
	zmk, err := cardcrypto.NewDESKey(zmkBytes)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, socket: socket, zmk: zmk, told: make(chan *iso8583.Message, 64),
		waiting: map[string]chan *iso8583.Message{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.read()
	}()
	t.Cleanup(func() {
		socket.Close()
		<-done
	})
	return c
}

// read hands answers to whom they are for, and answers the network's own messages.
func (c *client) read() {
	defer close(c.told)
	in := bufio.NewReader(c.socket)
	for {
		var header [4]byte
		if _, err := io.ReadFull(in, header[:]); err != nil {
			return
		}
		length, err := iso8583.NetworkLength(header)
		if err != nil {
			c.t.Error(err)
			return
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		m := &iso8583.Message{}
		if err := iso8583.Network.Unpack(body, m); err != nil {
			c.t.Error(err)
			return
		}
		if m.MTI() == "0820" {
			c.obey(m)
			c.told <- m
			continue
		}
		if m.Has(128) {
			c.mu.Lock()
			mac, forgeries := c.mac, c.forgeries
			c.mu.Unlock()
			if !cardcrypto.VerifyMAC(cardcrypto.X919, mac, iso8583.MACInput(body, iso8583.Network), m.Bytes(128)) {
				if forgeries == nil {
					c.t.Errorf("answer %s has a wrong MAC", m)
				} else {
					forgeries <- struct{}{}
				}
			}
		}
		c.channel(m) <- m
	}
}

// obey takes over keys and answers a message of the network.
func (c *client) obey(m *iso8583.Message) {
	code := "00"
	if m.Get(70) == "101" {
		c.mu.Lock()
		if c.refuse {
			code = "05"
		} else {
			c.pin, c.mac = c.keys(m.Get(48))
		}
		c.mu.Unlock()
	}
	answer := &iso8583.Message{}
	answer.SetMTI("0830")
	answer.CopyFrom(m, 7, 11, 33)
	answer.Set(39, code)
	c.send(answer)
}

func (c *client) keys(f48 string) (pin, mac *cardcrypto.Key) {
	if len(f48) != 84 || f48[:2] != "PK" || f48[42:44] != "MK" {
		c.t.Errorf("F48 of a key change has the wrong form")
		return nil, nil
	}
	unwrap := func(part string) *cardcrypto.Key {
		value, err := hex.DecodeString(part[:32])
		check, err2 := hex.DecodeString(part[32:])
		if err != nil || err2 != nil {
			c.t.Error("key is not in hexadecimal")
			return nil
		}
		key, err := cardcrypto.Unwrap(c.zmk, cardcrypto.Wrapped{Cryptogram: value, CheckValue: check})
		if err != nil {
			c.t.Error(err)
		}
		return key
	}
	return unwrap(f48[2:42]), unwrap(f48[44:])
}

func keyOf(m *iso8583.Message) string {
	return m.Get(7) + "|" + m.Get(11) + "|" + m.Get(32) + "|" + m.Get(33)
}

func (c *client) channel(m *iso8583.Message) chan *iso8583.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := keyOf(m)
	if c.waiting[k] == nil {
		c.waiting[k] = make(chan *iso8583.Message, 64)
	}
	return c.waiting[k]
}

// frame packs a message and signs it when it is financial.
func (c *client) frame(m *iso8583.Message) []byte {
	financial := !strings.HasPrefix(m.MTI(), "08")
	if financial {
		m.SetBytes(128, make([]byte, 8))
	}
	body, err := iso8583.Network.Append(nil, m)
	if err != nil {
		c.t.Error(err)
		return nil
	}
	if financial {
		c.mu.Lock()
		key := c.mac
		c.mu.Unlock()
		mac, err := cardcrypto.MAC(cardcrypto.X919, key, body[:len(body)-8])
		if err != nil {
			c.t.Error(err)
		}
		copy(body[len(body)-8:], mac[:])
	}
	return iso8583.AppendNetworkFrame(nil, body)
}

func (c *client) send(m *iso8583.Message) {
	c.socket.Write(c.frame(m)) // a connection that is gone shows where an answer is missing
}

// answer waits for the next answer to a message.
func (c *client) answer(m *iso8583.Message) *iso8583.Message {
	c.t.Helper()
	patience, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	select {
	case a := <-c.channel(m):
		return a
	case <-patience.Done():
		c.t.Fatalf("no answer to %s", m)
		return nil
	}
}

// do sends a message and returns its answer.
func (c *client) do(m *iso8583.Message) *iso8583.Message {
	c.t.Helper()
	c.send(m)
	return c.answer(m)
}

// expect sends a message, holds F39 of its answer against want and returns the answer.
func (c *client) expect(want string, m *iso8583.Message) *iso8583.Message {
	c.t.Helper()
	a := c.do(m)
	if got := a.Get(39); got != want {
		c.t.Errorf("%s is answered %q, want %q", m, got, want)
	}
	return a
}

// silent sends a message and checks that it is not answered before an echo that follows it.
func (c *client) silent(m *iso8583.Message) {
	c.t.Helper()
	c.send(m)
	c.expect("00", c.management("301"))
	c.quiet(m)
}

// quiet checks that no answer to m waits.
func (c *client) quiet(m *iso8583.Message) {
	c.t.Helper()
	select {
	case a := <-c.channel(m):
		c.t.Errorf("%s is answered %q, want no answer", m, a.Get(39))
	default:
	}
}

// hear waits for a message of the network with a code in F70.
func (c *client) hear(code string) *iso8583.Message {
	c.t.Helper()
	patience, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	select {
	case m, ok := <-c.told:
		if !ok {
			c.t.Fatal("connection ended")
		}
		if got := m.Get(70); got != code {
			c.t.Fatalf("network says %s, want %s", got, code)
		}
		return m
	case <-patience.Done():
		c.t.Fatalf("network does not say %s", code)
		return nil
	}
}

func (c *client) signOn() *iso8583.Message {
	c.t.Helper()
	a := c.expect("00", c.management("001"))
	c.hear("101")
	return a
}

// member returns a client that is signed on.
func member(t testing.TB, n *cardnet.Network) *client {
	t.Helper()
	c := dial(t, n)
	c.signOn()
	return c
}

func (c *client) next() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trace++
	return fmt.Sprintf("%06d", c.trace)
}

func (c *client) management(code string) *iso8583.Message {
	m := &iso8583.Message{}
	m.SetMTI("0820")
	m.Set(7, "0305120000")
	m.Set(11, c.next())
	m.Set(33, cardnet.DemoForwarder)
	m.Set(70, code)
	return m
}

// message begins a financial message.
func (c *client) message(mti, processing, pan string, fen int64) *iso8583.Message {
	m := &iso8583.Message{}
	m.SetMTI(mti)
	trace := c.next()
	for field, value := range map[int]string{
		2: pan, 3: processing, 4: fmt.Sprintf("%012d", fen), 7: "0305120000", 11: trace, 12: "120000", 13: "0305",
		18: "5411", 22: "022", 25: "00", 32: cardnet.DemoAcquirer, 33: cardnet.DemoForwarder, 37: "060512" + trace,
		41: terminal, 42: merchant, 43: fmt.Sprintf("%-40s", "YIFEN SHOP SHANGHAI"), 49: "156",
	} {
		m.Set(field, value)
	}
	return m
}

// sale is a sale by swipe with the PIN of the demo cards.
func (c *client) sale(pan string, fen int64) *iso8583.Message {
	m := c.message("0200", "000000", pan, fen)
	m.Set(14, "3312")
	m.Set(35, pan+"D33122010000000000")
	c.enterPIN(m, "123456")
	return m
}

func (c *client) enterPIN(m *iso8583.Message, pin cardcrypto.PIN) {
	block, err := cardcrypto.EncodePIN(pin, m.Get(2))
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	key := c.pin
	c.mu.Unlock()
	m.Set(22, "021")
	m.Set(26, "12")
	m.SetBytes(52, cardcrypto.EncryptPIN(key, block))
	m.Set(53, "2600000000000000")
}

func f90(o *iso8583.Message) string {
	return fmt.Sprintf("%s%s%s%011s%011s", o.MTI(), o.Get(11), o.Get(7), o.Get(32), o.Get(33))
}

func (c *client) void(sale, answer *iso8583.Message) *iso8583.Message {
	m := c.message("0200", "200000", sale.Get(2), 0)
	m.Set(4, sale.Get(4))
	m.Set(38, answer.Get(38))
	m.Set(90, f90(sale))
	return m
}

func (c *client) refund(sale *iso8583.Message, fen int64) *iso8583.Message {
	m := c.message("0220", "200000", sale.Get(2), fen)
	m.Set(90, f90(sale))
	return m
}

func (c *client) reversal(o *iso8583.Message) *iso8583.Message {
	m := c.message("0420", o.Get(3), o.Get(2), 0)
	m.Set(4, o.Get(4))
	m.Set(25, o.Get(25))
	m.Set(37, o.Get(37))
	m.Set(39, "98")
	m.Set(90, f90(o))
	for _, field := range []int{12, 13, 18} {
		m.Unset(field)
	}
	return m
}

func repeat(m *iso8583.Message) *iso8583.Message {
	again := &iso8583.Message{}
	mti := m.MTI()
	if mti[2] == '2' {
		mti = mti[:3] + "1"
	}
	again.SetMTI(mti)
	for field := range m.Fields() {
		again.CopyFrom(m, field)
	}
	return again
}

func balance(t testing.TB, n *cardnet.Network, pan string, want int64) {
	t.Helper()
	if got, ok := n.Balance(pan); !ok || got != want {
		t.Errorf("card has %d fen, want %d", got, want)
	}
}

func state(t testing.TB, n *cardnet.Network, m *iso8583.Message, want cardnet.State) {
	t.Helper()
	got, ok := n.Lookup(m.Get(7), m.Get(11), m.Get(32), m.Get(33))
	if !ok || got.State != want {
		t.Errorf("%s is %q, want %q", m, got.State, want)
	}
}

// presented is a request for which the card is swiped and its PIN entered.
func (c *client) presented(mti, processing, condition, pan string, fen int64) *iso8583.Message {
	m := c.message(mti, processing, pan, fen)
	m.Set(14, "3312")
	m.Set(25, condition)
	m.Set(35, pan+"D33122010000000000")
	c.enterPIN(m, "123456")
	return m
}

func (c *client) preauth(pan string, fen int64) *iso8583.Message {
	return c.presented("0100", "030000", "06", pan, fen)
}

func (c *client) inquiry(pan string) *iso8583.Message {
	m := c.presented("0200", "310000", "00", pan, 0)
	m.Unset(4)
	return m
}

// about is a message that refers to another and to the authorization code of its answer.
func (c *client) about(mti, processing, condition string, o, answer *iso8583.Message, fen int64) *iso8583.Message {
	m := c.message(mti, processing, o.Get(2), fen)
	m.Set(25, condition)
	if answer.Get(38) != "" {
		m.Set(38, answer.Get(38))
	}
	m.Set(90, f90(o))
	return m
}

func (c *client) addOn(auth, answer *iso8583.Message, fen int64) *iso8583.Message {
	return c.about("0100", "030000", "60", auth, answer, fen)
}

func (c *client) preauthVoid(auth, answer *iso8583.Message, fen int64) *iso8583.Message {
	return c.about("0100", "200000", "06", auth, answer, fen)
}

func (c *client) completion(auth, answer *iso8583.Message, fen int64) *iso8583.Message {
	return c.about("0200", "000000", "06", auth, answer, fen)
}

func (c *client) completionAdvice(auth, answer *iso8583.Message, fen int64) *iso8583.Message {
	return c.about("0220", "000000", "06", auth, answer, fen)
}

func (c *client) completionVoid(completion, answer *iso8583.Message, fen int64) *iso8583.Message {
	return c.about("0200", "200000", "06", completion, answer, fen)
}

func (c *client) adjustment(sale, answer *iso8583.Message, fen int64) *iso8583.Message {
	return c.about("0220", "020000", "00", sale, answer, fen)
}

func (c *client) offline(pan string, fen int64) *iso8583.Message {
	m := c.message("0220", "000000", pan, fen)
	m.Set(14, "3312")
	m.Set(38, "VOICE1")
	return m
}

// transaction returns what the network knows of a message.
func transaction(t testing.TB, n *cardnet.Network, m *iso8583.Message) cardnet.Transaction {
	t.Helper()
	got, ok := n.Lookup(m.Get(7), m.Get(11), m.Get(32), m.Get(33))
	if !ok {
		t.Fatalf("the network does not know %s", m)
	}
	return got
}
