package world_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/world"
)

// envelope is what comes before the message type: length, TPDU and header.
const envelope = 2 + 5 + 6

// unsentSale returns a chip sale with PIN as a terminal packs it. The host has not seen it.
func unsentSale(t *testing.T, d *world.Demo, number string) []byte {
	t.Helper()
	w := tap(t, d)
	terminal := openTerminal(t, d, number, func(c *pos.Config) { c.Address = w.listener.Addr().String() })
	w.setDeaf(true)
	answers(t, "98")(unanswered(sell(t, terminal, 66_00, "debit")))
	return w.last()
}

// unanswered gives the silence of the host the code that a terminal treats it as.
func unanswered(o pos.Outcome, err error) (pos.Outcome, error) {
	if o.Unknown && o.Code == "" {
		o.Code = "98"
	}
	return o, err
}

// sayAll sends each frame on a socket of its own, a few at a time, and returns the answers' codes: "" for
// no answer, "!" with the reason for one that is not sound.
func sayAll(t *testing.T, d *world.Demo, frames [][]byte) []string {
	t.Helper()
	codes := make([]string, len(frames))
	var working sync.WaitGroup
	for worker := range 8 {
		working.Go(func() {
			for i := worker; i < len(frames); i += 8 {
				codes[i] = codeOf(d, frames[i])
			}
		})
	}
	working.Wait()
	return codes
}

func codeOf(d *world.Demo, frame []byte) string {
	answer, err := say(d, frame)
	switch {
	case err != nil:
		return "!" + err.Error()
	case len(answer) == 0:
		return ""
	case len(answer) < envelope || int(binary.BigEndian.Uint16(answer)) != len(answer)-2:
		return "!not one frame"
	}
	var m iso8583.Message
	if err := iso8583.Terminal.Unpack(answer[envelope:], &m); err != nil {
		return "!" + err.Error()
	}
	return m.Get(39)
}

// refusedAs demands that every code is one of those allowed, and reports how often each came.
func refusedAs(t *testing.T, codes []string, allowed ...string) {
	t.Helper()
	seen := map[string]int{}
	for i, c := range codes {
		seen[c]++
		if !slices.Contains(allowed, c) {
			t.Errorf("frame %d was answered %q", i, c)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%-3q %d times", c, seen[c])
	}
}

// Whatever is cut off a sale or flipped in it, no money moves; the sale itself, unharmed, is approved
// afterwards, so its keys and its trace were good all the time.
func TestHost_refusesEveryHarmedSale(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	sale := unsentSale(t, d, "29000001")
	unmoved := standing(t, d)

	t.Run("cut off", func(t *testing.T) {
		var frames [][]byte
		for n := range len(sale) {
			frames = append(frames, sale[:n])
		}
		refusedAs(t, sayAll(t, d, frames), "")
		unmoved("a frame that was cut off")
	})
	t.Run("cut short with a length that fits", func(t *testing.T) {
		var frames [][]byte
		for n := 2; n < len(sale); n++ {
			frame := slices.Clone(sale[:n])
			binary.BigEndian.PutUint16(frame, uint16(n-2))
			frames = append(frames, frame)
		}
		refusedAs(t, sayAll(t, d, frames), "", "30")
		unmoved("a message that was cut short")
	})
	t.Run("one bit flipped", func(t *testing.T) {
		var frames [][]byte
		for bit := envelope * 8; bit < len(sale)*8; bit++ {
			frame := slices.Clone(sale)
			frame[bit/8] ^= 0x80 >> (bit % 8)
			frames = append(frames, frame)
		}
		refusedAs(t, sayAll(t, d, frames), "", "03", "30", "40", "97", "A0")
		unmoved("a flipped bit")
	})

	if code := codeOf(d, sale); code != "00" {
		t.Errorf("the sale itself was answered %q", code)
	}
	proveBooks(t, d)
}

// The cost of a refusal tells nothing about the MAC: how many of its bytes are right shows neither in the
// answer nor in what the host does to find out.
func TestHost_refusesEveryWrongMACAlike(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	good := k.pack(k.sale("000100", 10_00, "debit"))
	unmoved := standing(t, d)
	var first []byte
	for right := range 8 { // so many leading bytes of the MAC are right
		frame := slices.Clone(good)
		for i := len(frame) - 8 + right; i < len(frame); i++ {
			frame[i] ^= 0x01
		}
		answer := askRaw(t, d, frame)
		_, m := frameOf(t, answer)
		m.Unset(12) // the time of day
		body, err := iso8583.Terminal.Append(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		if m.Get(39) != "A0" || m.Has(64) {
			t.Errorf("%d right bytes: answered %s, MAC %t", right, m.Get(39), m.Has(64))
		}
		if first == nil {
			first = body
		} else if !bytes.Equal(first, body) {
			t.Errorf("%d right bytes are answered differently", right)
		}
	}
	unmoved("a wrong MAC")
	if got := counter(t, d, "yifen_terminal_refused_total"); got < 8 {
		t.Errorf("%v refusals were counted", got)
	}
	proveBooks(t, d)
}

// A length that lies ends the socket, without an answer and without touching others.
func TestHost_refusesLengthsThatLie(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	unmoved := standing(t, d)
	good := k.pack(k.sale("000100", 10_00, "debit"))
	random := rand.New(rand.NewPCG(1, 8583))
	var frames [][]byte
	for _, n := range []int{0, 1, 5, 11, 20, 4097, 0xFFFF} {
		frames = append(frames, append(binary.BigEndian.AppendUint16(nil, uint16(n)), good[2:]...))
	}
	for range 200 {
		garbage := make([]byte, random.IntN(300))
		for i := range garbage {
			garbage[i] = byte(random.Uint32())
		}
		frames = append(frames, garbage)
		framed := binary.BigEndian.AppendUint16(nil, uint16(len(garbage)))
		frames = append(frames, append(framed, garbage...))
	}
	refusedAs(t, sayAll(t, d, frames), "", "30")
	unmoved("a length that lies")
	k.expect("00", k.sale("000101", 10_00, "debit"))
	proveBooks(t, d)
}

// Two bytes that announce 64 KiB end the socket at once: nobody waits for what is too long anyway.
func TestHost_doesNotWaitForAGiant(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	conn, err := net.Dial("tcp", d.App.Host.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte{0xFF, 0xFF}); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(5 * time.Second)) // half the time that a message may take
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Fatal("a giant was answered")
	} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Fatal("the socket of a giant stays open")
	}
	proveBooks(t, d)
}

func TestHost_answersUnderTheSameEnvelope(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	echo := k.message("0820", "00", "301", "000100")
	echo.Unset(11) // an echo has no trace
	frame := k.pack(echo)
	copy(frame[2:7], []byte{0x60, 0x06, 0x01, 0x12, 0x34})        // TPDU
	copy(frame[7:13], []byte{0x61, 0x31, 0x10, 0x31, 0x11, 0x08}) // header
	f, m := frameOf(t, askRaw(t, d, frame))
	if want := [5]byte{0x60, 0x12, 0x34, 0x06, 0x01}; f.TPDU != want {
		t.Errorf("the TPDU came back as %X, want %X", f.TPDU, want)
	}
	// Digit 6 asks the terminal to fetch its parameters.
	if want := [6]byte{0x61, 0x31, 0x11, 0x31, 0x11, 0x08}; f.Header != want {
		t.Errorf("the header came back as %X, want %X", f.Header, want)
	}
	if m.MTI() != "0830" || m.Get(39) != "00" {
		t.Errorf("the echo was answered %s %s", m.MTI(), m.Get(39))
	}

	unmoved := standing(t, d)
	wrong := k.pack(k.sale("000101", 10_00, "debit"))
	wrong[len(wrong)-1] ^= 1
	old := k.sale("000102", 10_00, "debit")
	old.Set(60, iso8583.F60{Type: "22", Batch: "000777", Network: "000"}.String())
	for code, request := range map[string][]byte{"A0": wrong, "77": k.pack(old)} {
		f, m := frameOf(t, askRaw(t, d, request))
		if m.Get(39) != code || f.Requirement() != 3 {
			t.Errorf("answered %s with requirement %d, want %s and 3: sign in again", m.Get(39), f.Requirement(), code)
		}
	}
	unmoved("a sale that must sign in first")
	proveBooks(t, d)
}

func TestHost_refusesWhatItCannotPlace(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	unmoved := standing(t, d)
	sale := func(change func(*iso8583.Message)) *iso8583.Message {
		m := k.sale("000100", 10_00, "debit")
		change(m)
		return m
	}
	without := func(field int) *iso8583.Message { return sale(func(m *iso8583.Message) { m.Unset(field) }) }
	with := func(field int, value string) *iso8583.Message {
		return sale(func(m *iso8583.Message) { m.Set(field, value) })
	}
	for _, test := range []struct {
		what string
		m    *iso8583.Message
		code string // "" for no answer
	}{
		{"no trace", without(11), "30"},
		{"no terminal", without(41), "30"},
		{"no merchant", without(42), "30"},
		{"no control field", without(60), "30"},
		{"no card", without(2), "30"},
		{"no amount", without(4), "30"},
		{"no processing code", without(3), "40"},
		{"trace zero", with(11, "000000"), "30"},
		{"foreign currency", with(49, "840"), "30"},
		{"a track of another card", with(35, "6226388000000095D33122010000000000000"), "30"},
		{"another merchant", with(42, contract["29000003"].merchant), "03"},
		{"an unknown terminal", with(41, "29009999"), "97"},
		{"an unknown processing code", with(3, "310000"), "40"},
		{"a type that does not fit", with(60, iso8583.F60{Type: "25", Batch: k.batch, Network: "000"}.String()), "40"},
		{"a pre-authorization", sale(func(m *iso8583.Message) { m.SetMTI("0100") }), "40"},
		{"an answer", sale(func(m *iso8583.Message) { m.SetMTI("0210") }), ""},
		{"a management code that nobody has", k.message("0800", "00", "999", "000101"), "40"},
		{"a sign-in as another message", k.message("0820", "00", "003", "000102"), "40"},
		{"details of a kind that nobody has", k.message("0320", "00", "299", "000103"), "40"},
	} {
		code := ""
		if answer := askRaw(t, d, k.pack(test.m)); len(answer) > 0 {
			code = answerOf(t, answer).Get(39)
		}
		if code != test.code {
			t.Errorf("%s: answered %q, want %q", test.what, code, test.code)
		}
	}
	unmoved("what the host cannot place")
	k.expect("00", k.sale("000100", 10_00, "debit"))
	proveBooks(t, d)
}

// Message types that strangers make up are counted together: a metric has as many series as we choose.
func TestHost_keepsItsSeriesBounded(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	unmoved := standing(t, d)
	var frames [][]byte
	for kind := range 100 {
		m := k.sale("000100", 10_00, "debit")
		m.SetMTI(fmt.Sprintf("%02d00", kind))
		switch m.MTI() {
		case "0200", "0400", "0500", "0800":
		default:
			frames = append(frames, k.pack(m))
		}
	}
	refusedAs(t, sayAll(t, d, frames), "", "40")
	unmoved("an unknown message type")
	families, err := d.App.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "yifen_terminal_seconds" && len(f.GetMetric()) > 8 {
			t.Errorf("%d series of message types", len(f.GetMetric()))
		}
	}
	proveBooks(t, d)
}

// What a terminal of ours sends as an echo is answered, whether it is signed in or not.
func TestHost_echoesBeforeTheSignIn(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	terminal := openTerminal(t, d, "29000001", nil)
	must(t)(terminal.SignOff(context.Background()))
	unmoved := standing(t, d)
	must(t)(terminal.Echo(context.Background()))
	unmoved("an echo")
	proveBooks(t, d)
}
