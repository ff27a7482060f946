package world_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// startServed starts the product as an operator would, with settings of its own, on records that a demo
// furnished.
func startServed(t testing.TB, settings map[string]string) *world.Demo {
	t.Helper()
	ctx := context.Background()
	network, err := cardnet.New(cardnet.Config{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- network.Serve(serving) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		network.Close()
	})
	dir := t.TempDir()
	startDemo(t, world.DemoOptions{Dir: dir, Quick: true, External: true, Network: network.Addr().String()}).Stop()

	values := map[string]string{
		"database": dir, "kek-file": filepath.Join(dir, "kek"), "http-address": "127.0.0.1:0", "iso-address": "127.0.0.1:0",
		"cardnet-address": network.Addr().String(), "cardnet-acquirer": cardnet.DemoAcquirer,
		"cardnet-forwarder": cardnet.DemoForwarder, "log-level": "error", "log-format": "text",
	}
	for name, value := range settings {
		values[name] = value
	}
	config, findings := app.Load("", []string{"YIFEN_CARDNET_ZMK=" + cardnet.DemoZMK}, values)
	for _, f := range findings {
		t.Fatal(f)
	}
	a, err := app.Start(ctx, config, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	d := &world.Demo{App: a, Network: network, Clock: kit.NewClock(), Options: world.DemoOptions{Dir: dir}}
	eventually(t, time.Minute, "the card network is signed on", a.Rail.Ready)
	return d
}

// dial opens a socket to the host that the test closes.
func dial(t testing.TB, d *world.Demo) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", d.App.Host.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// readFrame reads one answer with its length.
func readFrame(r io.Reader) ([]byte, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	frame := append(head, make([]byte, binary.BigEndian.Uint16(head))...)
	_, err := io.ReadFull(r, frame[2:])
	return frame, err
}

// hungUp tells whether the host closed a socket, waiting for it no longer than within.
func hungUp(conn net.Conn, within time.Duration) bool {
	conn.SetReadDeadline(time.Now().Add(within))
	_, err := conn.Read(make([]byte, 1))
	var timeout net.Error
	return err != nil && !(errors.As(err, &timeout) && timeout.Timeout())
}

// One socket carries more messages than are worked on at a time; each is answered, in whatever order.
func TestHost_answersAllThatIsInFlightOnOneSocket(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	const sales, echoes = 60, 60
	var all bytes.Buffer
	want := map[string]string{}
	for i := range sales {
		trace := fmt.Sprintf("%06d", 100+i)
		all.Write(k.pack(k.sale(trace, 1_00, "credit")))
		want[trace] = "0210"
	}
	for i := range echoes {
		trace := fmt.Sprintf("%06d", 500+i)
		all.Write(k.pack(k.message("0820", "00", "301", trace)))
		want[trace] = "0830"
	}
	conn := dial(t, d)
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(all.Bytes())
		sent <- err
	}()
	reader := bufio.NewReader(conn)
	for range sales + echoes {
		frame, err := readFrame(reader)
		if err != nil {
			t.Fatal(err)
		}
		m := answerOf(t, frame)
		if m.Get(39) != "00" || m.MTI() != want[m.Get(11)] {
			t.Errorf("trace %s was answered %s %s, want %s 00", m.Get(11), m.MTI(), m.Get(39), want[m.Get(11)])
		}
		delete(want, m.Get(11))
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if len(want) != 0 {
		t.Errorf("%d messages have no answer", len(want))
	}
	if got := len(operations(t, d)); got != sales {
		t.Errorf("%d sales are on record", got)
	}
	proveBooks(t, d)
}

// certificate writes a certificate for 127.0.0.1 and its key, and returns their files and who trusts them.
func certificate(t testing.TB) (cert, key string, trust *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	trust = x509.NewCertPool()
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		text := pem.EncodeToMemory(block)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		trust.AppendCertsFromPEM(text)
	}
	return cert, key, trust
}

func TestHost_speaksTLSAndNothingElseThere(t *testing.T) {
	cert, key, trust := certificate(t)
	d := startServed(t, map[string]string{"iso-tls-cert": cert, "iso-tls-key": key, "iso-read-timeout": "1s"})
	for _, keep := range []bool{false, true} {
		terminal := openTerminal(t, d, "29000001", func(c *pos.Config) {
			c.TLS, c.KeepAlive = &tls.Config{RootCAs: trust}, keep
		})
		must(t)(sell(t, terminal, 10_00, "debit"))
		must(t)(terminal.Settle(context.Background()))
	}
	unmoved := standing(t, d)

	// A plain message is no handshake; it gets no answer of ours.
	k := &desk{t: t, d: d, number: "29000001", batch: "000001"}
	echo := k.message("0820", "00", "301", "000100")
	plain, err := pos.Open(pos.Config{
		Terminal: k.number, Merchant: contract[k.number].merchant, TMK: make([]byte, 16), Address: d.App.Host.Addr().String(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if answer, err := plain.Exchange(context.Background(), echo); err == nil {
		t.Errorf("a plain echo was answered %s", answer.Get(39))
	}
	// Nor is a socket that never shakes hands kept.
	if !hungUp(dial(t, d), 5*time.Second) {
		t.Error("a socket without a handshake stays open beyond the read time-out")
	}
	if _, err := tls.Dial("tcp", d.App.Host.Addr().String(), &tls.Config{RootCAs: trust, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
	unmoved("a plain socket")
	proveBooks(t, d)
}

// Who holds sockets open does not fill the door; who waits for an answer keeps its place.
func TestHost_keepsRoomForThoseWhoSpeak(t *testing.T) {
	const room = 3
	d := startServed(t, map[string]string{"iso-connections": fmt.Sprint(room)})
	k := openDesk(t, d, "29000001")
	unmoved := standing(t, d)
	connections := func() float64 { return counter(t, d, "yifen_terminal_connections") }
	eventually(t, time.Minute, "the sign-in has gone", func() bool { return connections() == 0 })
	var silent []net.Conn
	for i := range room + 5 {
		silent = append(silent, dial(t, d))
		eventually(t, time.Minute, "the socket is in", func() bool { return connections() == float64(min(i+1, room)) })
	}
	for _, conn := range silent[:len(silent)-room] {
		if !hungUp(conn, 5*time.Second) {
			t.Error("a silent socket was kept although the door is full")
		}
	}
	k.expect("00", k.message("0820", "00", "301", "000100"))
	unmoved("a crowd")

	// Sockets whose request is at the network all stay; the next one is turned away.
	heal := misbehave(t, d, kit.Delay, time.Second)
	asked := d.Network.Stats().Financial
	codes := make(chan string, room)
	for i := range room {
		frame := k.pack(k.sale(fmt.Sprintf("%06d", 200+i), 10_00, "credit"))
		go func() { codes <- codeOf(d, frame) }()
	}
	eventually(t, time.Minute, "all are at the network", func() bool { return d.Network.Stats().Financial == asked+room })
	if !hungUp(dial(t, d), 500*time.Millisecond) {
		t.Error("one more was let in")
	}
	for range room {
		if code := <-codes; code != "00" {
			t.Errorf("a request under way was answered %q", code)
		}
	}
	heal()
	k.expect("00", k.message("0820", "00", "301", "000300"))
	proveBooks(t, d)
}

// p99 asks n times on a kept socket and returns the slowest but one in a hundred.
func p99(t testing.TB, conn net.Conn, frame []byte, n int) time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		started := time.Now()
		conn.SetDeadline(started.Add(10 * time.Second))
		if _, err := conn.Write(frame); err != nil {
			t.Fatal(err)
		}
		if _, err := readFrame(conn); err != nil {
			t.Fatal(err)
		}
		took[i] = time.Since(started)
	}
	slices.Sort(took)
	return took[n*99/100]
}

// Sockets that send a byte now and then, or none, cost the others nothing and are dropped in time.
func TestHost_isNotHeldUpByTheSlow(t *testing.T) {
	const slow, mute = 200, 100
	d := startServed(t, map[string]string{"iso-read-timeout": "1s", "iso-idle-timeout": "2s"})
	k := openDesk(t, d, "29000001")
	unmoved := standing(t, d)
	echo := k.pack(k.message("0820", "00", "301", "000100"))
	sale := k.pack(k.sale("000100", 10_00, "debit"))
	healthy := dial(t, d)
	calm := p99(t, healthy, echo, 500)

	var conns []net.Conn
	for range slow + mute {
		conns = append(conns, dial(t, d))
	}
	stop := make(chan struct{})
	var dripping sync.WaitGroup
	dripping.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for sent := 0; sent < len(sale)-1; sent++ {
			for _, conn := range conns[:slow] {
				conn.Write(sale[sent : sent+1]) // once it is dropped this fails, as it should
			}
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
	crowded := p99(t, healthy, echo, 500)
	t.Logf("p99 of an echo: %s alone, %s beside %d slow sockets", calm, crowded, len(conns))
	if allowed := 10*calm + 50*time.Millisecond; crowded > allowed {
		t.Errorf("p99 went from %s to %s", calm, crowded)
	}
	var open atomic.Int64
	var waiting sync.WaitGroup
	for _, conn := range conns {
		waiting.Go(func() {
			if !hungUp(conn, 10*time.Second) {
				open.Add(1)
			}
		})
	}
	waiting.Wait()
	close(stop)
	dripping.Wait()
	if open.Load() > 0 {
		t.Errorf("%d of %d slow sockets are still open", open.Load(), len(conns))
	}
	unmoved("a slow socket")
	k.expect("00", k.sale("000101", 10_00, "debit"))
	proveBooks(t, d)
}

// A request that is at the network when the host stops is answered, and its outcome is on record; idle
// sockets hold nothing up.
func TestHost_answersWhatIsInFlightWhenItStops(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	idle := dial(t, d)
	frame := k.pack(k.sale("000100", 10_00, "debit"))
	late := k.pack(k.sale("000101", 20_00, "debit"))
	kept := dial(t, d)
	kept.SetDeadline(time.Now().Add(30 * time.Second))
	misbehave(t, d, kit.Delay, 500*time.Millisecond)
	asked := d.Network.Stats().Financial
	if _, err := kept.Write(frame); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "the sale is at the network", func() bool { return d.Network.Stats().Financial > asked })
	stopped := make(chan time.Duration, 1)
	go func() {
		started := time.Now()
		d.App.Stop()
		stopped <- time.Since(started)
	}()
	if !hungUp(idle, 10*time.Second) {
		t.Error("an idle socket stays open")
	}
	kept.Write(late) // too late: whether it can still be written is no matter
	answer, err := readFrame(kept)
	if err != nil {
		t.Fatal(err)
	}
	if m := answerOf(t, answer); m.Get(39) != "00" || m.Get(11) != "000100" {
		t.Errorf("trace %s was answered %s", m.Get(11), m.Get(39))
	}
	if took := <-stopped; took > 15*time.Second {
		t.Errorf("the stop took %s", took)
	}
	if conn, err := net.Dial("tcp", d.App.Host.Addr().String()); err == nil {
		conn.Close()
		t.Error("the door is still open")
	}
	if got := d.Network.Stats().Approved; got != 1 {
		t.Errorf("the network approved %d sales", got)
	}
	for _, f := range findings(t, d.Records()) {
		t.Error(f)
	}
	if err := d.Network.Check(); err != nil {
		t.Error(err)
	}
}
