package cardcrypto_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// TestMAC_x99 is the worked example of FIPS 113, whose data authentication is that of ANSI X9.9.
func TestMAC_x99(t *testing.T) {
	key := desKey(t, "0123456789ABCDEF")
	mac, err := cardcrypto.MAC(cardcrypto.X99, key, []byte("7654321 Now is the time for "))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "MAC", mac[:], "F1D30F6849312CA4")
}

// TestRetail holds algorithm 3 to the examples in annex B of ISO/IEC 9797-1.
func TestRetail(t *testing.T) {
	key := desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	for _, c := range []struct {
		data    string
		padding cardcrypto.Padding
		want    string
	}{
		{"Now is the time for all ", cardcrypto.PadZero, "A1C72E74EA3FA9B6"},
		{"Now is the time for all ", cardcrypto.Pad80, "E9086230CA3BE796"},
		{"Now is the time for it", cardcrypto.PadZero, "2E2B1428CC78254F"},
		{"Now is the time for it", cardcrypto.Pad80, "5A692CE64F404145"},
	} {
		mac, err := cardcrypto.Retail(key, []byte(c.data), c.padding)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, c.data, mac[:], c.want)
	}
	mac, err := cardcrypto.MAC(cardcrypto.X919, key, []byte("Now is the time for it"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "X9.19", mac[:], "2E2B1428CC78254F")
}

// TestMAC_ecbByHand follows the rule of the method step by step for a double-length key, where both
// steps are triple DES.
func TestMAC_ecbByHand(t *testing.T) {
	key := desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	data := []byte("0123456789abcdefXY")
	fold := make([]byte, 8)
	for i, b := range data {
		fold[i%8] ^= b
	}
	text := []byte(strings.ToUpper(hex.EncodeToString(fold)))
	step, err := key.EncryptECB(text[:8])
	if err != nil {
		t.Fatal(err)
	}
	for i := range step {
		step[i] ^= text[8+i]
	}
	if step, err = key.EncryptECB(step); err != nil {
		t.Fatal(err)
	}
	want := strings.ToUpper(hex.EncodeToString(step))[:8]
	mac, err := cardcrypto.MAC(cardcrypto.ECB, key, data)
	if err != nil || string(mac[:]) != want {
		t.Errorf("MAC = %s, %v; want %s", mac[:], err, want)
	}
}

func TestVerifyMAC(t *testing.T) {
	single, double := desKey(t, "0123456789ABCDEF"), desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	sm4, err := cardcrypto.NewSM4Key(unhex(t, "1234567890ABCDEFABCDEF0987654321"))
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("0200"), 11)
	for _, c := range []struct {
		method cardcrypto.Method
		key    *cardcrypto.Key
		usable bool
	}{
		{cardcrypto.ECB, single, true},
		{cardcrypto.ECB, double, true},
		{cardcrypto.ECB, sm4, true},
		{cardcrypto.X99, single, true},
		{cardcrypto.X99, double, false},
		{cardcrypto.X99, sm4, false},
		{cardcrypto.X919, double, true},
		{cardcrypto.X919, single, false},
		{cardcrypto.X919, sm4, false},
		{cardcrypto.CBC, double, true},
		{cardcrypto.CBC, sm4, true},
		{cardcrypto.CBC, single, false},
		{0, double, false},
	} {
		mac, err := cardcrypto.MAC(c.method, c.key, data)
		if !c.usable {
			if !errors.Is(err, cardcrypto.ErrKeyUse) {
				t.Errorf("%v under a %v: err = %v", c.method, c.key, err)
			}
			if cardcrypto.VerifyMAC(c.method, c.key, data, mac[:]) {
				t.Errorf("%v under a %v verifies", c.method, c.key)
			}
			continue
		}
		if err != nil || !cardcrypto.VerifyMAC(c.method, c.key, data, mac[:]) {
			t.Errorf("%v under a %v does not verify: %v", c.method, c.key, err)
		}
		for bit := range 64 {
			wrong := mac
			wrong[bit/8] ^= 1 << (bit % 8)
			if cardcrypto.VerifyMAC(c.method, c.key, data, wrong[:]) {
				t.Errorf("%v under a %v verifies with bit %d flipped", c.method, c.key, bit)
			}
		}
		for i := range data {
			changed := bytes.Clone(data)
			changed[i] ^= 1
			if cardcrypto.VerifyMAC(c.method, c.key, changed, mac[:]) {
				t.Errorf("%v under a %v verifies with byte %d changed", c.method, c.key, i)
			}
		}
		if cardcrypto.VerifyMAC(c.method, c.key, data, mac[:4]) || cardcrypto.VerifyMAC(c.method, c.key, data, nil) {
			t.Errorf("%v under a %v verifies a short MAC", c.method, c.key)
		}
	}
}

// TestMAC_ecbFoldCancels states the weakness that the method's comment names.
func TestMAC_ecbFoldCancels(t *testing.T) {
	key := desKey(t, "0123456789ABCDEF")
	data := bytes.Repeat([]byte{0x20}, 24)
	twice := bytes.Clone(data)
	twice[0] ^= 0x0F
	twice[8] ^= 0x0F
	one, err := cardcrypto.MAC(cardcrypto.ECB, key, data)
	if err != nil {
		t.Fatal(err)
	}
	if !cardcrypto.VerifyMAC(cardcrypto.ECB, key, twice, one[:]) {
		t.Error("equal changes in two blocks no longer cancel out: the method is not the UnionPay one")
	}
}

func TestKey_showsNothing(t *testing.T) {
	const value = "0123456789ABCDEFFEDCBA9876543210"
	key := desKey(t, value)
	block, err := cardcrypto.EncodePIN("123456", "6216261000000000018")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	for _, secret := range []any{key, *key, cardcrypto.PIN("123456"), block} {
		var shown strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b"} {
			fmt.Fprintf(&shown, verb+" ", secret)
			fmt.Fprintf(&shown, verb+" ", struct{ Secret any }{secret})
		}
		encoded, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(encoded)
		log.Reset()
		logger.Info("shown", "secret", secret)
		shown.Write(log.Bytes())
		text := strings.ToUpper(shown.String())
		for _, leak := range []string{"0123", "123456", "FEDC", "1 35 69", "[6 18", "061253"} {
			if strings.Contains(text, leak) {
				t.Errorf("%T shows %q in %s", secret, leak, text)
			}
		}
	}
}

func TestNewKey_length(t *testing.T) {
	for n := range 34 {
		value := make([]byte, n)
		if _, err := cardcrypto.NewDESKey(value); (err == nil) != (n == 8 || n == 16 || n == 24) {
			t.Errorf("DES key of %d bytes: %v", n, err)
		}
		if _, err := cardcrypto.NewSM4Key(value); (err == nil) != (n == 16) {
			t.Errorf("SM4 key of %d bytes: %v", n, err)
		}
	}
	if _, err := cardcrypto.NewKey(0, make([]byte, 16)); err == nil {
		t.Error("a key without algorithm was made")
	}
}

func TestKey_isACopy(t *testing.T) {
	value := unhex(t, "0123456789ABCDEFFEDCBA9876543210")
	key, err := cardcrypto.NewDESKey(value)
	if err != nil {
		t.Fatal(err)
	}
	value[0] = 0
	key.Reveal()[1] = 0
	if !key.Equal(desKey(t, "0123456789ABCDEFFEDCBA9876543210")) {
		t.Error("the key changed with the bytes it was made from or gave out")
	}
	if key.Equal(desKey(t, "0123456789ABCDEF")) {
		t.Error("a key equals its half")
	}
}

func TestUnwrap_refuses(t *testing.T) {
	kek := desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	wrapped, err := cardcrypto.Wrap(kek, desKey(t, "89ABCDEF0123456776543210FEDCBA98"))
	if err != nil {
		t.Fatal(err)
	}
	wrong := wrapped
	wrong.CheckValue = []byte{0, 1, 2, 3}
	if _, err := cardcrypto.Unwrap(kek, wrong); !errors.Is(err, cardcrypto.ErrCheckValue) {
		t.Errorf("wrong check value: %v", err)
	}
	wrong.CheckValue = make([]byte, 9)
	if _, err := cardcrypto.Unwrap(kek, wrong); !errors.Is(err, cardcrypto.ErrCheckValue) {
		t.Errorf("long check value: %v", err)
	}
	other := desKey(t, "0123456789ABCDEFFEDCBA9876543211")
	if _, err := cardcrypto.Unwrap(other, wrapped); err != nil {
		t.Errorf("keys that differ in a parity bit only: %v", err)
	}
	other = desKey(t, "0123456789ABCDEFFEDCBA9876543213")
	if _, err := cardcrypto.Unwrap(other, wrapped); !errors.Is(err, cardcrypto.ErrCheckValue) {
		t.Errorf("other wrapping key: %v", err)
	}
	if _, err := cardcrypto.Unwrap(kek, cardcrypto.Wrapped{Cryptogram: make([]byte, 7)}); err == nil {
		t.Error("a key of seven bytes was unwrapped")
	}
}

func TestWorkingKeys_layouts(t *testing.T) {
	for _, c := range []struct {
		length, pin, mac, track int
	}{{24, 8, 8, 0}, {40, 16, 16, 0}, {60, 16, 16, 16}} {
		f62 := make([]byte, c.length)
		for i := range f62 {
			f62[i] = byte(i + 1)
		}
		keys, err := cardcrypto.ParseWorkingKeys(f62)
		if err != nil {
			t.Fatal(err)
		}
		if len(keys.PIN.Cryptogram) != c.pin || len(keys.MAC.Cryptogram) != c.mac || len(keys.Track.Cryptogram) != c.track {
			t.Errorf("%d bytes: %v", c.length, keys)
		}
		back, err := keys.Format()
		if err != nil || !bytes.Equal(back, f62) {
			t.Errorf("%d bytes come back as %x, %v", c.length, back, err)
		}
	}
	for n := range 101 {
		if _, err := cardcrypto.ParseWorkingKeys(make([]byte, n)); (err == nil) != (n == 24 || n == 40 || n == 60) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	short := cardcrypto.Wrapped{Cryptogram: make([]byte, 8), CheckValue: make([]byte, 4)}
	for name, keys := range map[string]cardcrypto.WorkingKeys{
		"nothing":            {},
		"short track":        {PIN: short, MAC: short, Track: short},
		"check value of SM4": {PIN: short, MAC: cardcrypto.Wrapped{Cryptogram: make([]byte, 8), CheckValue: make([]byte, 8)}},
	} {
		if _, err := keys.Format(); !errors.Is(err, cardcrypto.ErrWorkingKeys) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func drawPAN(rt *rapid.T) string { return rapid.StringMatching(`[0-9]{8,19}`).Draw(rt, "PAN") }

func drawKey(rt *rapid.T, name string) *cardcrypto.Key {
	n := rapid.SampledFrom([]int{8, 16, 17}).Draw(rt, name+" length")
	algorithm := cardcrypto.DES
	if n == 17 {
		algorithm, n = cardcrypto.SM4, 16
	}
	key, err := cardcrypto.NewKey(algorithm, rapid.SliceOfN(rapid.Byte(), n, n).Draw(rt, name))
	if err != nil {
		rt.Fatal(err)
	}
	return key
}

func TestPIN_translate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pin := cardcrypto.PIN(rapid.StringMatching(`[0-9]{4,12}`).Draw(rt, "PIN"))
		pan := drawPAN(rt)
		to := rapid.SampledFrom([]string{pan, ""}).Draw(rt, "bound to")
		first, second := drawKey(rt, "first"), drawKey(rt, "second")
		block, err := cardcrypto.EncodePIN(pin, pan)
		if err != nil {
			rt.Fatal(err)
		}
		moved, err := cardcrypto.TranslatePIN(first, pan, cardcrypto.EncryptPIN(first, block), second, to)
		if err != nil {
			rt.Fatal(err)
		}
		if block, err = cardcrypto.DecryptPIN(second, moved); err != nil {
			rt.Fatal(err)
		}
		back, err := cardcrypto.DecodePIN(block, to)
		if err != nil || !back.Equal(pin) {
			rt.Fatalf("the PIN did not survive: %v", err)
		}
	})
}

func TestPIN_refuses(t *testing.T) {
	for _, pin := range []cardcrypto.PIN{"", "123", "1234567890123", "12a4"} {
		if _, err := cardcrypto.EncodePIN(pin, ""); !errors.Is(err, cardcrypto.ErrPIN) {
			t.Errorf("PIN of %d characters: %v", len(pin), err)
		}
	}
	for _, pan := range []string{"1234567", "12345678901234567890", "12345678x"} {
		if _, err := cardcrypto.EncodePIN("1234", pan); !errors.Is(err, cardcrypto.ErrPAN) {
			t.Errorf("PAN of %d characters: %v", len(pan), err)
		}
	}
	for _, block := range []string{"0312345FFFFFFFFF", "0D12345678901234", "0412345FFFFFFFFE", "041A345FFFFFFFFF", "1412345FFFFFFFFF"} {
		if _, err := cardcrypto.DecodePIN(cardcrypto.PINBlock(unhex(t, block)), ""); !errors.Is(err, cardcrypto.ErrPINBlock) {
			t.Errorf("block %s: %v", block, err)
		}
	}
	sm4, err := cardcrypto.NewSM4Key(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cardcrypto.DecryptPIN(sm4, make([]byte, 16)); !errors.Is(err, cardcrypto.ErrPINBlock) {
		t.Errorf("SM4 block whose filling is not zero: %v", err)
	}
	if _, err := cardcrypto.DecryptPIN(sm4, make([]byte, 8)); !errors.Is(err, cardcrypto.ErrDataLength) {
		t.Errorf("SM4 block of 8 bytes: %v", err)
	}
}

// TestTrack_byHand enciphers a track of 37 digits: 19 bytes, of which bytes 10 to 17 change.
func TestTrack_byHand(t *testing.T) {
	key := desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	const track = "6216261000000000018D33122010000012345"
	block, err := key.EncryptECB(unhex(t, track[20:36]))
	if err != nil {
		t.Fatal(err)
	}
	got, err := cardcrypto.EncryptTrack(key, track)
	if want := track[:20] + strings.ToUpper(hex.EncodeToString(block)) + track[36:]; err != nil || got != want {
		t.Errorf("enciphered %v to %v, want the block in digits 20 to 35", len(got), err)
	}
}

func TestTrack_roundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key, err := cardcrypto.NewDESKey(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "key"))
		if err != nil {
			rt.Fatal(err)
		}
		track := rapid.StringMatching(`[0-9D]{0,104}`).Draw(rt, "track")
		enciphered, err := cardcrypto.EncryptTrack(key, track)
		if err != nil {
			rt.Fatal(err)
		}
		if len(enciphered) != len(track) || (enciphered == track) != (len(track) <= 16) {
			rt.Fatalf("a track of %d digits became one of %d, changed: %t", len(track), len(enciphered), enciphered != track)
		}
		back, err := cardcrypto.DecryptTrack(key, enciphered)
		if err != nil || back != track {
			rt.Fatalf("the track did not survive: %v", err)
		}
	})
	key := desKey(t, "0123456789ABCDEF")
	for _, track := range []string{"6216261000000000018=33122010000012345", "62=33", "6216261000000000018d33122010000012345"} {
		if _, err := cardcrypto.EncryptTrack(key, track); !errors.Is(err, cardcrypto.ErrTrack) {
			t.Errorf("a track of %d characters with another separator: %v", len(track), err)
		}
	}
}

func TestCryptogram_refuses(t *testing.T) {
	single, double := desKey(t, "0123456789ABCDEF"), desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	if _, err := cardcrypto.DeriveCardKey(single, "6216261000000000018", "00"); !errors.Is(err, cardcrypto.ErrKeyUse) {
		t.Errorf("single-length master key: %v", err)
	}
	if _, err := cardcrypto.DeriveCardKey(double, "6216261000000000018", "1"); !errors.Is(err, cardcrypto.ErrSequence) {
		t.Errorf("sequence of one digit: %v", err)
	}
	if _, err := cardcrypto.DeriveCardKey(double, "x", "00"); !errors.Is(err, cardcrypto.ErrPAN) {
		t.Errorf("PAN of a letter: %v", err)
	}
	if _, err := cardcrypto.Cryptogram(cardcrypto.PBOC01, double, &cardcrypto.Transaction{}); !errors.Is(err, cardcrypto.ErrCryptogramData) {
		t.Errorf("no issuer data: %v", err)
	}
	data := &cardcrypto.Transaction{IssuerData: make([]byte, 7)}
	if _, err := cardcrypto.Cryptogram(0, double, data); !errors.Is(err, cardcrypto.ErrKeyUse) {
		t.Errorf("no scheme: %v", err)
	}
}

func FuzzWorkingKeys(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1}, 24))
	f.Add(append(bytes.Repeat([]byte{1}, 28), make([]byte, 12)...))
	f.Add(bytes.Repeat([]byte{1}, 60))
	f.Fuzz(func(t *testing.T, f62 []byte) {
		keys, err := cardcrypto.ParseWorkingKeys(f62)
		if err != nil {
			return
		}
		back, err := keys.Format()
		if err != nil || !bytes.Equal(back, f62) {
			t.Fatalf("%x comes back as %x, %v", f62, back, err)
		}
	})
}

func FuzzDecodePIN(f *testing.F) {
	f.Add(unhex(f, "061253DFFEDCBA98"), "123456789012345678")
	f.Fuzz(func(t *testing.T, raw []byte, pan string) {
		if len(raw) != 8 {
			return
		}
		block := cardcrypto.PINBlock(raw)
		pin, err := cardcrypto.DecodePIN(block, pan)
		if err != nil {
			return
		}
		back, err := cardcrypto.EncodePIN(pin, pan)
		if err != nil || back != block {
			t.Fatalf("a block that decodes does not encode to itself: %v", err)
		}
	})
}

func BenchmarkMAC(b *testing.B) {
	data := bytes.Repeat([]byte{0x20, 0x5A}, 120)
	single, double := desKey(b, "0123456789ABCDEF"), desKey(b, "0123456789ABCDEFFEDCBA9876543210")
	for _, c := range []struct {
		name   string
		method cardcrypto.Method
		key    *cardcrypto.Key
	}{
		{"ECB single", cardcrypto.ECB, single}, {"ECB double", cardcrypto.ECB, double},
		{"X9.9", cardcrypto.X99, single}, {"X9.19", cardcrypto.X919, double},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := cardcrypto.MAC(c.method, c.key, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTranslatePIN(b *testing.B) {
	from, to := desKey(b, "0123456789ABCDEFFEDCBA9876543210"), desKey(b, "89ABCDEF0123456776543210FEDCBA98")
	const pan = "6216261000000000018"
	block, err := cardcrypto.EncodePIN("123456", pan)
	if err != nil {
		b.Fatal(err)
	}
	enciphered := cardcrypto.EncryptPIN(from, block)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cardcrypto.TranslatePIN(from, pan, enciphered, to, pan); err != nil {
			b.Fatal(err)
		}
	}
}
