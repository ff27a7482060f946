package world_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
	"github.com/yifen-pay/yifen/internal/world"
)

// hardware is the serial number of the terminal that fetches keys.
const hardware = "YF-2026-000042"

// maker is who makes terminals and signs their certificates, a stranger who does the same, and the host's key.
// RSA keys take time, so they are made once.
type maker struct {
	authority, stranger, host, terminal *rsa.PrivateKey
	root, strangerRoot                  *x509.Certificate
}

var newMaker = sync.OnceValues(func() (*maker, error) {
	m := &maker{}
	for _, k := range []**rsa.PrivateKey{&m.authority, &m.stranger, &m.host, &m.terminal} {
		var err error
		if *k, err = rsa.GenerateKey(rand.Reader, keydelivery.BitsMin); err != nil {
			return nil, err
		}
	}
	var err error
	if m.root, err = m.authorize(m.authority); err != nil {
		return nil, err
	}
	m.strangerRoot, err = m.authorize(m.stranger)
	return m, err
})

func theMaker(t testing.TB) *maker {
	t.Helper()
	m, err := newMaker()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *maker) authorize(key *rsa.PrivateKey) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "terminal authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// input is what a terminal with this serial number leaves the factory with; its certificate is good for so long
// from now on.
func (m *maker) input(t testing.TB, serial string, goodFor time.Duration) pos.FetchInput {
	t.Helper()
	return m.signed(t, serial, goodFor, m.root, m.authority)
}

func (m *maker) signed(t testing.TB, serial string, goodFor time.Duration, parent *x509.Certificate, by *rsa.PrivateKey) pos.FetchInput {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "terminal", SerialNumber: serial},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(goodFor), KeyUsage: x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &m.terminal.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	return pos.FetchInput{Key: m.terminal, Certificate: der, Host: &m.host.PublicKey}
}

// settings are those of an installation that trusts the maker.
func (m *maker) settings(t testing.TB) map[string]string {
	t.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(m.host)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{"terminal-ca-file": filepath.Join(dir, "ca.pem"), "host-key-file": filepath.Join(dir, "host.key")}
	for name, block := range map[string]*pem.Block{
		"terminal-ca-file": {Type: "CERTIFICATE", Bytes: m.root.Raw}, "host-key-file": {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(files[name], pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// deliveringDemo starts a demo that delivers master keys to one terminal of the contract, which is registered with
// its hardware.
func deliveringDemo(t testing.TB, number string, o world.DemoOptions) (*maker, *world.Demo) {
	t.Helper()
	m := theMaker(t)
	o.Quick, o.Settings = true, m.settings(t)
	d := startDemo(t, o)
	register(t, d, number)
	return m, d
}

func register(t testing.TB, d *world.Demo, number string) {
	t.Helper()
	term, _, err := d.App.Terminals.Find(t.Context(), number)
	if err == nil {
		_, err = d.App.Terminals.Register(t.Context(), term, hardware, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// known makes a terminal say what hardware it is, which a registered one must.
func known(c *pos.Config) { c.Serial = hardware }

// pause lets the time between two deliveries pass.
func pause(d *world.Demo) { d.Clock.Advance(10 * time.Second) }

// A terminal fetches its master key, in each cipher and on both engines; it sells before and after, and who has
// the old key only is out.
func TestKeys_arriveFromAfar(t *testing.T) {
	everyEngine(t, func(t *testing.T, database string) {
		for _, profile := range []string{terminal.ProfileCUP, terminal.ProfileSM4} {
			t.Run(profile, func(t *testing.T) {
				const number = "29000003"
				m, d := deliveringDemo(t, number, world.DemoOptions{Database: database})
				inGroup(t, d, number, profile)
				as := func(c *pos.Config) { known(c); c.Profile = profile }
				k := openTerminal(t, d, number, as)
				old := openTerminal(t, d, number, as) // with the very same key
				must(t)(k.SignIn(t.Context()))
				must(t)(sell(t, k, 1_00, "debit"))
				for range 2 {
					before := row(t, d, number)
					must(t)(k.FetchTMK(t.Context(), m.input(t, hardware, time.Hour)))
					after := row(t, d, number)
					theirs, ours := k.Status().CheckValue, masterCheck(t, d, after)
					if theirs != ours || ours == masterCheck(t, d, before) {
						t.Errorf("the host has the key %s, the terminal %s", ours, theirs)
					}
					if after.KeyVersion != before.KeyVersion+2 || !after.SignedIn || after.Keys.Algorithm != before.Keys.Algorithm {
						t.Errorf("key version %d after %d, signed in %t, %s", after.KeyVersion, before.KeyVersion, after.SignedIn, after.Keys.Algorithm)
					}
					must(t)(sell(t, k, 2_00, "credit"))
					pause(d)
				}
				answers(t, "A0")(sell(t, old, 3_00, "debit")) // under its working keys
				if o, err := old.SignIn(t.Context()); err == nil {
					t.Errorf("the old key opens working keys: %+v", o)
				}
				must(t)(k.SignIn(t.Context())) // the old one's sign-in made working keys
				must(t)(sell(t, k, 1_00, "debit"))
				must(t)(k.Settle(t.Context()))
				proveBooks(t, d)
			})
		}
	})
}

// masterCheck returns the check value of the master key that the host has of a terminal.
func masterCheck(t testing.TB, d *world.Demo, term terminal.Terminal) string {
	t.Helper()
	kcv, err := d.App.HSM.CheckValue(term.Keys.Master)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%X", kcv)
}

// Whoever is not the registered hardware with a certificate that is good now gets no key, and changes nothing.
func TestKeys_areRefused(t *testing.T) {
	const number = "29000003"
	m, d := deliveringDemo(t, number, world.DemoOptions{})
	k := openTerminal(t, d, number, known)
	before := row(t, d, number)
	for name, test := range map[string]struct {
		input pos.FetchInput
		code  string
	}{
		"another serial number": {m.input(t, "YF-2026-000043", time.Hour), "97"},
		"expired":               {m.input(t, hardware, -time.Hour), "58"},
		"another authority":     {m.signed(t, hardware, time.Hour, m.strangerRoot, m.stranger), "58"},
	} {
		t.Run(name, func(t *testing.T) {
			refused := counter(t, d, "yifen_terminal_refused_total")
			answers(t, test.code)(k.FetchTMK(t.Context(), test.input))
			if counter(t, d, "yifen_terminal_refused_total") != refused+1 {
				t.Error("nobody counted it")
			}
		})
	}
	unregistered := openTerminal(t, d, "29000001", nil)
	answers(t, "97")(unregistered.FetchTMK(t.Context(), m.input(t, hardware, time.Hour)))
	desk := &desk{t: t, d: d, terminal: k, number: number, batch: k.Status().Batch}
	for name, f62 := range map[string][]byte{
		"nothing": nil, "a mark": []byte("YFKR"), "no certificate": append([]byte("YFKR0123456789abcdef"), 0, 3, 1, 2, 3),
		"a confirmation": keydelivery.Proof{}.Format(),
	} {
		message := desk.message("0800", "00", "350", "000900")
		if f62 != nil {
			message.SetBytes(62, f62)
		}
		if answer := desk.ask(message); answer.Get(39) != "30" || answer.Has(62) {
			t.Errorf("%s was answered %s", name, answer.Get(39))
		}
	}
	if after := row(t, d, number); mustSame(t, d, before, after) {
		must(t)(sell(t, k, 1_00, "debit"))
	}
	answers(t, "00")(k.FetchTMK(t.Context(), m.input(t, hardware, time.Hour))) // the refused did not cost it its turn
	answers(t, "96")(k.FetchTMK(t.Context(), m.input(t, hardware, time.Hour)))
	must(t)(sell(t, k, 1_00, "debit"))
	suspended := row(t, d, number)
	edit(t, d, suspended.Key(), func(row *terminal.Terminal) { row.State = terminal.Suspended })
	pause(d)
	answers(t, "58")(k.FetchTMK(t.Context(), m.input(t, hardware, time.Hour)))
	proveBooks(t, d)
}

// mustSame holds that a terminal has the master key and session that it had.
func mustSame(t testing.TB, d *world.Demo, before, after terminal.Terminal) bool {
	t.Helper()
	same := masterCheck(t, d, before) == masterCheck(t, d, after) && before.KeyVersion == after.KeyVersion && before.SignedIn == after.SignedIn
	if !same {
		t.Errorf("the terminal changed from key version %d to %d", before.KeyVersion, after.KeyVersion)
	}
	return same
}

// An installation that trusts no authority delivers no keys, whoever asks.
func TestKeys_areNotDeliveredUnlessSet(t *testing.T) {
	const number = "29000003"
	d := startDemo(t, world.DemoOptions{Quick: true})
	register(t, d, number)
	k := openTerminal(t, d, number, known)
	answers(t, "40")(k.FetchTMK(t.Context(), theMaker(t).input(t, hardware, time.Hour)))
	must(t)(sell(t, k, 1_00, "debit"))
	proveBooks(t, d)
}

// ordering is a test that speaks the messages of a delivery itself.
type ordering struct {
	*desk
	m   *maker
	ask keydelivery.Ask
}

func newOrdering(t testing.TB, m *maker, d *world.Demo, k *pos.Terminal, number string) *ordering {
	o := &ordering{desk: &desk{t: t, d: d, terminal: k, number: number, batch: k.Status().Batch}, m: m}
	o.ask.Certificate = m.input(t, hardware, time.Hour).Certificate
	rand.Read(o.ask.Challenge[:])
	return o
}

// request is the message that asks for a key.
func (o *ordering) request() *iso8583.Message {
	o.t.Helper()
	f62, err := o.ask.Format()
	if err != nil {
		o.t.Fatal(err)
	}
	m := o.message("0800", "00", "350", "000901")
	m.SetBytes(62, f62)
	return m
}

// open returns the proof of the key in an answer, as the terminal computes it.
func (o *ordering) open(answer *iso8583.Message) keydelivery.Proof {
	o.t.Helper()
	message, err := keydelivery.Parse(answer.Bytes(62))
	if err != nil {
		o.t.Fatal(err)
	}
	var key *cardcrypto.Key
	_, err = message.Open(keydelivery.Request{Serial: hardware, Challenge: o.ask.Challenge}, o.m.terminal, &o.m.host.PublicKey,
		func(_ byte, value []byte) (check []byte, err error) {
			if key, err = cardcrypto.NewDESKey(value); err != nil {
				return nil, err
			}
			return key.CheckValue(), nil
		})
	if err != nil {
		o.t.Fatal(err)
	}
	enciphered, err := key.EncryptECB(o.ask.Challenge[:])
	if err != nil {
		o.t.Fatal(err)
	}
	return keydelivery.Prove(enciphered)
}

func (o *ordering) confirmation(p keydelivery.Proof) *iso8583.Message {
	m := o.message("0800", "00", "351", "000902")
	m.SetBytes(62, p.Format())
	return m
}

// A confirmation that does not fit changes nothing, and takes nothing from the one that does.
func TestKeys_areConfirmedByWhoHoldsThem(t *testing.T) {
	const number = "29000003"
	m, d := deliveringDemo(t, number, world.DemoOptions{})
	k := openTerminal(t, d, number, known)
	o := newOrdering(t, m, d, k, number)
	o.expect("58", o.confirmation(keydelivery.Proof{})) // nothing was asked for

	proof := o.open(o.expect("00", o.request()))
	before, refused := row(t, d, number), counter(t, d, "yifen_terminal_refused_total")
	for i := range proof {
		bad := proof
		bad[i] ^= 1
		o.expect("58", o.confirmation(bad))
	}
	if n := counter(t, d, "yifen_terminal_refused_total") - refused; n != float64(len(proof)) {
		t.Errorf("%v of %d were counted", n, len(proof))
	}
	mustSame(t, d, before, row(t, d, number))
	must(t)(sell(t, k, 1_00, "debit")) // with the old key
	o.expect("00", o.confirmation(proof))
	taken := row(t, d, number)
	if taken.SignedIn || taken.KeyVersion != before.KeyVersion+1 {
		t.Errorf("signed in %t, key version %d after %d", taken.SignedIn, taken.KeyVersion, before.KeyVersion)
	}
	o.expect("00", o.confirmation(proof)) // whose answer was lost
	mustSame(t, d, taken, row(t, d, number))
	answers(t, "A0")(k.Void(t.Context(), k.Journal()[0].Trace)) // under working keys that are void now

	// One that is held back is worth nothing when another was asked for, a key was loaded by hand, or time has passed.
	for name, then := range map[string]func(){
		"another was asked for": func() {
			pause(d)
			o.expect("00", newOrdering(t, m, d, k, number).request())
		},
		"a key was loaded": func() {
			if _, err := d.App.LoadTerminalKey(t.Context(), number, "3des", []byte("0123456789abcdef"), nil, "test"); err != nil {
				t.Fatal(err)
			}
		},
		"time has passed": func() { d.Clock.Advance(10*time.Minute + time.Second) },
	} {
		pause(d)
		held := newOrdering(t, m, d, k, number)
		late := held.open(held.expect("00", held.request()))
		then()
		was := row(t, d, number)
		if held.expect("58", held.confirmation(late)); !mustSame(t, d, was, row(t, d, number)) {
			t.Error(name)
		}
	}
	o.expect("58", o.confirmation(proof)) // of the key before the one that was loaded
	proveBooks(t, d)
}

// Of many who ask at once, one is served.
func TestKeys_areDeliveredOneAtATime(t *testing.T) {
	const number = "29000003"
	m, d := deliveringDemo(t, number, world.DemoOptions{})
	k := openTerminal(t, d, number, known)
	o := newOrdering(t, m, d, k, number)
	frame, codes := o.pack(o.request()), make([]string, 20)
	var asking sync.WaitGroup
	for i := range codes {
		asking.Go(func() { codes[i] = codeOf(d, frame) })
	}
	asking.Wait()
	if count(codes, "00") != 1 || count(codes, "96") != len(codes)-1 {
		t.Errorf("answered %v", codes)
	}
	proveBooks(t, d)
}

// What was recorded on the wire is worth nothing: a request that comes again gives a key that nobody can open, a
// confirmation changes nothing, and a terminal takes no delivery but the one it asked for.
func TestKeys_areNotTakenFromARecording(t *testing.T) {
	const number = "29000003"
	m, d := deliveringDemo(t, number, world.DemoOptions{})
	w := tap(t, d)
	k := openTerminal(t, d, number, func(c *pos.Config) { known(c); c.Address = w.listener.Addr().String() })
	must(t)(k.FetchTMK(t.Context(), m.input(t, hardware, time.Hour)))
	w.mu.Lock()
	frames := w.frames
	w.mu.Unlock()
	if len(frames) != 4 { // sign-in, request, confirmation, sign-in
		t.Fatalf("%d messages went by", len(frames))
	}
	before := row(t, d, number)
	pause(d)
	recorded := answerOf(t, askRaw(t, d, frames[1]))
	if recorded.Get(39) != "00" {
		t.Fatalf("the request was answered %s", recorded.Get(39))
	}
	if code := codeOf(d, frames[2]); code != "58" {
		t.Errorf("the confirmation was answered %s", code)
	}
	mustSame(t, d, before, row(t, d, number))
	must(t)(sell(t, k, 1_00, "debit"))

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go replay(l, recorded.Bytes(62))
	deceived := openTerminalWithoutSignIn(t, d, number, func(c *pos.Config) { known(c); c.Address = l.Addr().String() })
	if o, err := deceived.FetchTMK(t.Context(), m.input(t, hardware, time.Hour)); !errors.Is(err, pos.ErrDelivery) {
		t.Errorf("%+v, %v", o, err)
	}
	if got, want := deceived.Status().CheckValue, checkOf(t, contract[number].tmk); got != want {
		t.Errorf("the terminal has the key %s, want %s", got, want)
	}
	proveBooks(t, d)
}

// replay answers whatever comes with 00 and the same field 62.
func replay(l net.Listener, f62 []byte) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		head := make([]byte, 2)
		if _, err := io.ReadFull(conn, head); err == nil {
			raw := make([]byte, binary.BigEndian.Uint16(head))
			if _, err := io.ReadFull(conn, raw); err == nil {
				conn.Write(approval(raw, f62))
			}
		}
		conn.Close()
	}
}

// approval is an answer of 00 to a frame; nil where that cannot be read.
func approval(raw, f62 []byte) []byte {
	frame, err := iso8583.ParseFrame(raw)
	if err != nil {
		return nil
	}
	var in, out iso8583.Message
	if iso8583.Terminal.Unpack(frame.Body, &in) != nil {
		return nil
	}
	out.SetMTI(iso8583.AnswerMTI(in.MTI()))
	out.CopyFrom(&in, 11, 41, 42, 60)
	out.Set(39, "00")
	out.SetBytes(62, f62)
	reply := frame.Reply(0)
	if reply.Body, err = iso8583.Terminal.Append(nil, &out); err != nil {
		return nil
	}
	return iso8583.AppendFrame(nil, reply)
}

func checkOf(t testing.TB, tmk string) string {
	t.Helper()
	value, err := hex.DecodeString(tmk)
	if err != nil {
		t.Fatal(err)
	}
	key, err := cardcrypto.NewDESKey(value)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%X", key.CheckValue())
}

// Wherever in a fetch the power goes, the next fetch ends with one key at both ends.
func TestKeys_surviveAPowerCut(t *testing.T) {
	const number = "29000003"
	m, d := deliveringDemo(t, number, world.DemoOptions{})
	in := m.input(t, hardware, time.Hour)
	flash := filepath.Join(t.TempDir(), "flash")
	openTerminal(t, d, number, func(c *pos.Config) { known(c); c.Flash = flash }).Close()
	for _, point := range pos.KeyCutPoints() {
		t.Run(point, func(t *testing.T) {
			again := func(cut func(string)) *pos.Terminal {
				return openTerminalWithoutSignIn(t, d, number, func(c *pos.Config) { known(c); c.Flash, c.TMK, c.Cut = flash, nil, cut })
			}
			pause(d)
			sent, answered := 0.0, counter(t, d, "yifen_terminal_answers_total")
			k := again(func(at string) {
				if strings.HasSuffix(at, "before_send") && at != point {
					sent++
				}
				if at == point {
					panic(errPower)
				}
			})
			if !withoutPower(func() { must(t)(k.FetchTMK(t.Context(), in)) }) {
				t.Fatal("the terminal never passed this point")
			}
			k.Close()
			eventually(t, time.Minute, "the host has dealt with what was sent", func() bool {
				return counter(t, d, "yifen_terminal_answers_total") == answered+sent
			})
			k = again(nil)
			pause(d)
			must(t)(k.FetchTMK(t.Context(), in))
			if got, want := k.Status().CheckValue, masterCheck(t, d, row(t, d, number)); got != want {
				t.Errorf("the terminal has the key %s, the host %s", got, want)
			}
			must(t)(sell(t, k, 1_00, "debit"))
			k.Close()
		})
	}
	k := openTerminalWithoutSignIn(t, d, number, func(c *pos.Config) { known(c); c.Flash, c.TMK = flash, nil })
	must(t)(k.Settle(t.Context()))
	proveBooks(t, d)
}

// A terminal that has no key yet gets its first one.
func TestKeys_firstOne(t *testing.T) {
	const number = "29000003"
	m, d := deliveringDemo(t, number, world.DemoOptions{})
	k := openTerminalWithoutSignIn(t, d, number, func(c *pos.Config) { known(c); c.TMK, c.Keyless = nil, true })
	must(t)(k.FetchTMK(t.Context(), m.input(t, hardware, time.Hour)))
	must(t)(sell(t, k, 1_00, "debit"))
	proveBooks(t, d)
}

// Settings that cannot work are found before anything starts.
func TestKeys_settingsAreChecked(t *testing.T) {
	good := theMaker(t).settings(t)
	for name, spoil := range map[string]func(map[string]string){
		"no host key":         func(s map[string]string) { delete(s, "host-key-file") },
		"no authority":        func(s map[string]string) { delete(s, "terminal-ca-file") },
		"no file":             func(s map[string]string) { s["terminal-ca-file"] += ".none" },
		"a key as authority":  func(s map[string]string) { s["terminal-ca-file"] = s["host-key-file"] },
		"an authority as key": func(s map[string]string) { s["host-key-file"] = s["terminal-ca-file"] },
	} {
		settings := maps.Clone(good)
		spoil(settings)
		_, err := world.StartDemo(t.Context(), world.DemoOptions{
			Dir: t.TempDir(), HTTP: "127.0.0.1:0", ISO: "127.0.0.1:0", Bench: "127.0.0.1:0", Printer: "127.0.0.1:0", Network: "127.0.0.1:0",
			Quick: true, Settings: settings,
		})
		if err == nil {
			t.Errorf("%s: the demo starts", name)
		}
	}
}
