package hsmtest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// Suite is one implementation under test.
type Suite struct {
	// Open returns a module of the installation with this name. Two modules of one name have the same
	// secrets, as a program has after a restart.
	Open func(t *testing.T, installation string) *hsm.Module
	// SM4 tells whether the safe can do SM4; else the module must refuse SM4 keys.
	SM4 bool
	// Reveals tells whether the safe lets keys out, which key blocks need; else it must refuse.
	Reveals bool
}

const (
	demoCard = "6216261000000000018"
	demoPIN  = cardcrypto.PIN("123456")
)

// Keys of the other sides, and none of any installation.
var (
	doubleTMK = mustHex("CA5D92598DCA48CE8A4C76361A9269E9")
	tripleTMK = mustHex("0123456789ABCDEFFEDCBA987654321089ABCDEF01234567")
	sm4TMK    = mustHex("1234567890ABCDEFABCDEF0987654321")
	zmk       = mustHex("89ABCDEF0123456776543210FEDCBA98")
	netPIN    = mustHex("0123456789ABCDEFFEDCBA9876543210")
	netMAC    = mustHex("FEDCBA98765432100123456789ABCDEF")
)

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// Run runs all tests.
func (s Suite) Run(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"working keys": s.workingKeys, "SM4": s.sm4, "MAC": s.mac, "PIN": s.pin, "track": s.track, "serial": s.serial,
		"network": s.network, "card": s.card, "data": s.data, "use": s.use, "damage": s.damage,
		"components": s.components, "delivery": s.delivery, "key block": s.keyBlock, "key file": s.keyFile, "many at once": s.many,
	} {
		t.Run(name, test)
	}
}

// side is a terminal that signed in: our keys, and the clear ones as it has them.
type side struct {
	keys             terminal.Keys
	pin, mac, tracks *cardcrypto.Key
}

func key(t testing.TB, algorithm cardcrypto.Algorithm, value []byte) *cardcrypto.Key {
	t.Helper()
	k, err := cardcrypto.NewKey(algorithm, value)
	must(t, err)
	return k
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func number(t testing.TB) card.PAN {
	t.Helper()
	p, err := card.ParsePAN(demoCard)
	must(t, err)
	return p
}

// signIn loads a master key and reads the working keys as its terminal does.
func signIn(t testing.TB, m *hsm.Module, c hsm.Cipher, tmk []byte, form int, layout cardcrypto.Layout) side {
	t.Helper()
	master, kcv, err := m.Load(hsm.UseMaster, c, tmk)
	must(t, err)
	clear := key(t, layout.Algorithm(), tmk)
	if !bytes.Equal(kcv, clear.CheckValue()) {
		t.Fatalf("check value of the master key %X, want %X", kcv, clear.CheckValue())
	}
	keys, f62, err := m.WorkingKeys(master, form)
	must(t, err)
	if keys.Algorithm != c.String() || !bytes.Equal(keys.Master, master) {
		t.Errorf("keys of algorithm %q", keys.Algorithm)
	}
	w, err := layout.Parse(f62)
	must(t, err)
	unwrap := func(w cardcrypto.Wrapped) *cardcrypto.Key {
		if len(w.Cryptogram) == 0 {
			return nil
		}
		k, err := cardcrypto.Unwrap(clear, w)
		must(t, err)
		return k
	}
	return side{keys, unwrap(w.PIN), unwrap(w.MAC), unwrap(w.Track)}
}

func (s Suite) workingKeys(t *testing.T) {
	m := s.Open(t, "a")
	for _, test := range []struct {
		form            int
		layout          cardcrypto.Layout
		pin, mac, track int
	}{
		{hsm.FormSingle, cardcrypto.LayoutSingle, 8, 8, 0}, {hsm.FormDouble, cardcrypto.LayoutDouble, 16, 8, 0},
		{hsm.FormTrack, cardcrypto.LayoutTrack, 16, 8, 16}, {hsm.FormDoubleX919, cardcrypto.LayoutDouble, 16, 16, 0},
		{hsm.FormX919, cardcrypto.LayoutTrack, 16, 16, 16},
	} {
		for _, tmk := range [][]byte{doubleTMK, tripleTMK} {
			got := signIn(t, m, hsm.TDES, tmk, test.form, test.layout)
			if got.pin.Len() != test.pin || got.mac.Len() != test.mac {
				t.Errorf("form %d: PIK of %d and MAK of %d bytes", test.form, got.pin.Len(), got.mac.Len())
			}
			if (got.tracks != nil) != (test.track > 0) || (len(got.keys.Track) > 0) != (test.track > 0) {
				t.Errorf("form %d: there is a track key: %v", test.form, got.tracks != nil)
			}
			kcv, err := m.CheckValue(got.keys.PIN)
			if err != nil || !bytes.Equal(kcv, got.pin.CheckValue()) {
				t.Errorf("form %d: check value of the PIK %X, %v", test.form, kcv, err)
			}
		}
	}
	master, _, err := m.LoadMaster(doubleTMK)
	must(t, err)
	for form, want := range map[int]error{hsm.FormSM4: hsm.ErrFormCipher, 61: hsm.ErrForm, 0: hsm.ErrForm} {
		if _, _, err := m.WorkingKeys(master, form); !errors.Is(err, want) {
			t.Errorf("form %d: %v", form, err)
		}
	}
}

func (s Suite) sm4(t *testing.T) {
	m := s.Open(t, "a")
	if !s.SM4 {
		if _, _, err := m.Load(hsm.UseMaster, hsm.SM4, sm4TMK); !errors.Is(err, hsm.ErrMechanism) {
			t.Errorf("an SM4 key in a safe without SM4: %v", err)
		}
		return
	}
	got := signIn(t, m, hsm.SM4, sm4TMK, hsm.FormSM4, cardcrypto.LayoutSM4)
	if _, _, err := m.WorkingKeys(got.keys.Master, hsm.FormTrack); !errors.Is(err, hsm.ErrFormCipher) {
		t.Errorf("triple DES keys under an SM4 master key: %v", err)
	}
	agree(t, m, got, cardcrypto.ECB, cardcrypto.CBC)
	translate(t, m, got)
	decipher(t, m, got)
	if _, err := m.MAC(got.keys.MAC, cardcrypto.X919, []byte("x")); !errors.Is(err, hsm.ErrMethod) {
		t.Errorf("X9.19 under an SM4 key: %v", err)
	}
	if kcv, err := m.CheckValue(got.keys.MAC); err != nil || !bytes.Equal(kcv, got.mac.CheckValue()) {
		t.Errorf("check value %X, %v", kcv, err)
	}
}

func (s Suite) mac(t *testing.T) {
	m := s.Open(t, "a")
	single := signIn(t, m, hsm.TDES, doubleTMK, hsm.FormDouble, cardcrypto.LayoutDouble)
	agree(t, m, single, cardcrypto.ECB, cardcrypto.X99)
	double := signIn(t, m, hsm.TDES, doubleTMK, hsm.FormX919, cardcrypto.LayoutTrack)
	agree(t, m, double, cardcrypto.ECB, cardcrypto.X919, cardcrypto.CBC)
	for _, unfit := range []struct {
		key    []byte
		method cardcrypto.Method
	}{{single.keys.MAC, cardcrypto.X919}, {single.keys.MAC, cardcrypto.CBC}, {double.keys.MAC, cardcrypto.X99}, {double.keys.MAC, 99}} {
		if _, err := m.MAC(unfit.key, unfit.method, []byte("x")); !errors.Is(err, hsm.ErrMethod) {
			t.Errorf("%v under a key that does not suit it: %v", unfit.method, err)
		}
		if err := m.VerifyMAC(unfit.key, unfit.method, []byte("x"), make([]byte, 8)); !errors.Is(err, hsm.ErrMAC) {
			t.Errorf("%v verifies under a key that does not suit it: %v", unfit.method, err)
		}
	}
}

// agree holds our MACs to the terminal's, at lengths around one, two and many blocks.
func agree(t *testing.T, m *hsm.Module, s side, methods ...cardcrypto.Method) {
	t.Helper()
	for _, method := range methods {
		for _, n := range []int{0, 1, 7, 8, 9, 15, 16, 17, 32, 33, 240} {
			data := bytes.Repeat([]byte{0x5A, 3}, 120)[:n]
			want, err := cardcrypto.MAC(method, s.mac, data)
			must(t, err)
			if got, err := m.MAC(s.keys.MAC, method, data); err != nil || got != want {
				t.Errorf("%v of %d bytes: %X, want %X (%v)", method, n, got, want, err)
			}
			if err := m.VerifyMAC(s.keys.MAC, method, data, want[:]); err != nil {
				t.Errorf("%v of %d bytes: %v", method, n, err)
			}
			want[7] ^= 1
			for _, wrong := range [][]byte{want[:], want[:7], nil} {
				if err := m.VerifyMAC(s.keys.MAC, method, data, wrong); !errors.Is(err, hsm.ErrMAC) {
					t.Errorf("%v, a wrong MAC of %d bytes: %v", method, len(wrong), err)
				}
			}
		}
	}
}

// networkKeys loads a member key and takes in a key change under it.
func networkKeys(t testing.TB, m *hsm.Module) (pin, mac []byte) {
	t.Helper()
	member, _, err := m.LoadMaster(zmk)
	must(t, err)
	pin, mac, err = m.ImportNetworkKeys(member, keyChange(t))
	must(t, err)
	return pin, mac
}

// keyChange returns F48 of a key change.
func keyChange(t testing.TB) string {
	t.Helper()
	text := ""
	for name, value := range map[string][]byte{"PK": netPIN, "MK": netMAC} {
		w, err := cardcrypto.Wrap(key(t, cardcrypto.DES, zmk), key(t, cardcrypto.DES, value))
		must(t, err)
		part := name + strings.ToUpper(hex.EncodeToString(append(w.Cryptogram, w.CheckValue...)))
		if name == "PK" {
			text = part + text
		} else {
			text += part
		}
	}
	return text
}

func (s Suite) pin(t *testing.T) {
	m := s.Open(t, "a")
	translate(t, m, signIn(t, m, hsm.TDES, doubleTMK, hsm.FormDouble, cardcrypto.LayoutDouble))
	translate(t, m, signIn(t, m, hsm.TDES, doubleTMK, hsm.FormSingle, cardcrypto.LayoutSingle))
}

// translate takes a PIN from the terminal to the network.
func translate(t *testing.T, m *hsm.Module, s side) {
	t.Helper()
	to, _ := networkKeys(t, m)
	network, pan := key(t, cardcrypto.DES, netPIN), number(t)
	for _, bound := range []string{demoCard, ""} {
		block, err := cardcrypto.EncodePIN(demoPIN, bound)
		must(t, err)
		in := card.PINBlock{Block: cardcrypto.EncryptPIN(s.pin, block), Key: s.keys.PIN, WithPAN: bound != ""}
		out, err := m.TranslatePIN(in, pan, to)
		must(t, err)
		arrived, err := cardcrypto.DecryptPIN(network, out)
		must(t, err)
		if pin, err := cardcrypto.DecodePIN(arrived, demoCard); err != nil || !pin.Equal(demoPIN) {
			t.Errorf("with card number %v: the network reads another PIN (%v)", bound != "", err)
		}
		if _, err := m.TranslatePIN(in, card.PAN{}, to); !errors.Is(err, hsm.ErrPINBlock) {
			t.Errorf("without a card: %v", err)
		}
		if _, err := m.TranslatePIN(in, pan, s.keys.PIN); !errors.Is(err, hsm.ErrKey) {
			t.Errorf("a PIN is enciphered for a terminal: %v", err)
		}
	}
	size := len(cardcrypto.EncryptPIN(s.pin, cardcrypto.PINBlock{}))
	format1 := make([]byte, size)
	copy(format1, mustHex("14123456789ABCDE"))
	garbled, err := s.pin.EncryptECB(format1)
	must(t, err)
	for _, bad := range [][]byte{garbled, garbled[:size-1], make([]byte, 2*size), nil} {
		in := card.PINBlock{Block: bad, Key: s.keys.PIN, WithPAN: true}
		if _, err := m.TranslatePIN(in, pan, to); !errors.Is(err, hsm.ErrPINBlock) {
			t.Errorf("a block of %d bytes: %v", len(bad), err)
		}
	}
}

func (s Suite) track(t *testing.T) {
	m := s.Open(t, "a")
	decipher(t, m, signIn(t, m, hsm.TDES, doubleTMK, hsm.FormTrack, cardcrypto.LayoutTrack))
}

// decipher holds tracks of all variants and of every length to what the terminal enciphered.
func decipher(t *testing.T, m *hsm.Module, s side) {
	t.Helper()
	const long = demoCard + "D33122010000000000"
	for _, v := range []cardcrypto.TrackVariant{cardcrypto.TrackInPlace, cardcrypto.TrackFilled, cardcrypto.TrackCounted} {
		for n := 1; n <= len(long); n++ {
			sent, err := v.Encrypt(s.tracks, long[:n])
			must(t, err)
			if got, err := m.DecryptTrackVariant(s.keys.Track, v, sent); err != nil || got != long[:n] {
				t.Errorf("%v: a track of %d digits came out otherwise (%v)", v, n, err)
			}
		}
		if _, err := m.DecryptTrackVariant(s.keys.Track, v, "no track"); !errors.Is(err, hsm.ErrTrack) {
			t.Errorf("%v: no track: %v", v, err)
		}
	}
	for _, bad := range []struct {
		variant cardcrypto.TrackVariant
		track   string
	}{{cardcrypto.TrackFilled, strings.Repeat("1", 30)}, {cardcrypto.TrackCounted, ""}, {cardcrypto.TrackCounted, strings.Repeat("2", 30)}} {
		if got, err := m.DecryptTrackVariant(s.keys.Track, bad.variant, bad.track); !errors.Is(err, hsm.ErrTrack) {
			t.Errorf("%v: %d digits that nobody enciphered came out as %d (%v)", bad.variant, len(bad.track), len(got), err)
		}
	}
	if _, err := m.DecryptTrackVariant(s.keys.Track, 99, strings.Repeat("1", 32)); !errors.Is(err, hsm.ErrMethod) {
		t.Errorf("an unknown variant: %v", err)
	}
}

func (s Suite) serial(t *testing.T) {
	m := s.Open(t, "a")
	for form, methods := range map[int][]cardcrypto.Method{
		hsm.FormTrack: {cardcrypto.ECB, cardcrypto.X99}, hsm.FormX919: {cardcrypto.ECB, cardcrypto.X919},
	} {
		at := signIn(t, m, hsm.TDES, doubleTMK, form, cardcrypto.LayoutTrack)
		for _, method := range methods {
			want, err := cardcrypto.SerialCipher(method, at.mac, "000012345678", "000018")
			must(t, err)
			if got, err := m.SerialCipher(at.keys.MAC, method, "000012345678", "000018"); err != nil || got != want {
				t.Errorf("%v: %q, want %q (%v)", method, got, want, err)
			}
			if err := m.VerifySerialCipher(at.keys.MAC, method, "000012345678", "000018", want); err != nil {
				t.Errorf("%v: %v", method, err)
			}
			for _, wrong := range [][3]string{{"000012345679", "000018", want}, {"000012345678", "000019", want}, {"000012345678", "000018", ""}, {"", "000018", want}} {
				if err := m.VerifySerialCipher(at.keys.MAC, method, wrong[0], wrong[1], wrong[2]); !errors.Is(err, hsm.ErrSerial) {
					t.Errorf("%v of %q: %v", method, wrong[:2], err)
				}
			}
		}
	}
}

func (s Suite) network(t *testing.T) {
	m := s.Open(t, "a")
	_, mac := networkKeys(t, m)
	data := []byte("0200 and the fields up to 127")
	want, err := cardcrypto.MAC(cardcrypto.X919, key(t, cardcrypto.DES, netMAC), data)
	must(t, err)
	if got, err := m.NetworkMAC(mac, data); err != nil || got != want {
		t.Errorf("MAC %X, want %X (%v)", got, want, err)
	}
	if err := m.VerifyNetworkMAC(mac, data, want[:]); err != nil {
		t.Error(err)
	}
	if err := m.VerifyNetworkMAC(mac, data[1:], want[:]); !errors.Is(err, hsm.ErrMAC) {
		t.Errorf("a MAC of other data: %v", err)
	}
	member, _, err := m.LoadMaster(zmk)
	must(t, err)
	f48 := keyChange(t)
	for name, bad := range map[string]string{
		"check value": f48[:41] + "0" + f48[42:], "order": f48[42:] + f48[:42], "short": f48[1:], "empty": "",
		"no digits": "PK" + strings.Repeat("Z", 40) + f48[42:],
	} {
		if bad == f48 {
			bad = f48[:41] + "1" + f48[42:]
		}
		if _, _, err := m.ImportNetworkKeys(member, bad); !errors.Is(err, hsm.ErrKeyChange) {
			t.Errorf("a key change with another %s: %v", name, err)
		}
	}
}

func (s Suite) card(t *testing.T) {
	m, pan := s.Open(t, "a"), number(t)
	first, err := m.Seal(pan)
	must(t, err)
	second, err := s.Open(t, "a").Seal(pan)
	must(t, err)
	if first.Index != second.Index || len(first.Index) != 32 || bytes.Equal(first.Cipher, second.Cipher) {
		t.Errorf("index %q and %q, or one cipher for both", first.Index, second.Index)
	}
	if bytes.Contains(first.Cipher, []byte(demoCard)) {
		t.Error("the number shows in its cipher")
	}
	if got, err := m.Open(second); err != nil || got != pan {
		t.Errorf("another number came out (%v)", err)
	}
	other := s.Open(t, "b")
	if foreign, err := other.Seal(pan); err != nil || foreign.Index == first.Index {
		t.Errorf("two installations have one index (%v)", err)
	}
	if _, err := other.Open(first); !errors.Is(err, hsm.ErrSealed) {
		t.Errorf("in another installation: %v", err)
	}
	for i := range first.Cipher {
		bad := first
		bad.Cipher = bytes.Clone(first.Cipher)
		bad.Cipher[i] ^= 1
		if _, err := m.Open(bad); !errors.Is(err, hsm.ErrSealed) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	moved := first
	moved.Index = strings.Repeat("0", 32)
	for _, bad := range []card.Sealed{moved, {}, {Cipher: []byte{1}, Index: first.Index}} {
		if _, err := m.Open(bad); !errors.Is(err, hsm.ErrSealed) {
			t.Errorf("a sealed number that is none: %v", err)
		}
	}
	if _, err := m.Seal(card.PAN{}); !errors.Is(err, hsm.ErrNoCard) {
		t.Errorf("no card: %v", err)
	}
}

func (s Suite) data(t *testing.T) {
	m := s.Open(t, "a")
	sealed := m.SealData([]byte("a signature"), "op_1")
	if bytes.Contains(sealed, []byte("signature")) {
		t.Error("the data is in the open")
	}
	if got, err := s.Open(t, "a").OpenData(sealed, "op_1"); err != nil || string(got) != "a signature" {
		t.Errorf("opened as %q, %v", got, err)
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for _, bad := range []func() ([]byte, error){
		func() ([]byte, error) { return m.OpenData(sealed, "op_2") },
		func() ([]byte, error) { return m.OpenData(nil, "op_1") },
		func() ([]byte, error) { return m.OpenData(damaged, "op_1") },
		func() ([]byte, error) { return s.Open(t, "b").OpenData(sealed, "op_1") },
	} {
		if _, err := bad(); !errors.Is(err, hsm.ErrSealed) {
			t.Errorf("opened what is another's: %v", err)
		}
	}
	index := func(m *hsm.Module, space, text string) string {
		sum, err := m.IndexData(space, text)
		if err != nil || len(sum) != 32 {
			t.Fatalf("index %q, %v", sum, err)
		}
		return sum
	}
	first := index(m, "phone", "1")
	if first != index(s.Open(t, "a"), "phone", "1") {
		t.Error("a text is not found again")
	}
	for _, other := range []string{index(m, "phone", "2"), index(m, "account", "1"), index(s.Open(t, "b"), "phone", "1")} {
		if other == first {
			t.Error("two texts, spaces or safes have one index")
		}
	}
}

// uses returns one key of every kind, and a way to use each.
func uses(t *testing.T, m *hsm.Module) (keys map[string][]byte, try map[string]func([]byte) error) {
	at := signIn(t, m, hsm.TDES, doubleTMK, hsm.FormTrack, cardcrypto.LayoutTrack)
	pin, mac := networkKeys(t, m)
	pan := number(t)
	block := card.PINBlock{Block: make([]byte, 8), WithPAN: true}
	keys = map[string][]byte{
		"master": at.keys.Master, "PIN": at.keys.PIN, "MAC": at.keys.MAC, "track": at.keys.Track,
		"network PIN": pin, "network MAC": mac,
	}
	try = map[string]func([]byte) error{
		"master": func(k []byte) error { _, _, err := m.WorkingKeys(k, hsm.FormSingle); return err },
		"PIN": func(k []byte) error {
			_, err := m.TranslatePIN(card.PINBlock{Block: block.Block, WithPAN: true, Key: k}, pan, pin)
			return err
		},
		"MAC":   func(k []byte) error { _, err := m.MAC(k, cardcrypto.ECB, []byte("x")); return err },
		"track": func(k []byte) error { _, err := m.DecryptTrack(k, "12"); return err },
		"network PIN": func(k []byte) error {
			_, err := m.TranslatePIN(card.PINBlock{Block: block.Block, WithPAN: true, Key: at.keys.PIN}, pan, k)
			return err
		},
		"network MAC": func(k []byte) error { _, err := m.NetworkMAC(k, []byte("x")); return err },
	}
	return keys, try
}

// use holds every kind of key to its one use, whatever its label says.
func (s Suite) use(t *testing.T) {
	m := s.Open(t, "a")
	keys, try := uses(t, m)
	for use, do := range try {
		for kind, k := range keys {
			if err := do(k); errors.Is(err, hsm.ErrKey) != (use != kind) {
				t.Errorf("a %s key used as %s key: %v", kind, use, err)
			}
			relabeled := bytes.Clone(k)
			copy(relabeled, keys[use][:4])
			if err := do(relabeled); use != kind && !errors.Is(err, hsm.ErrKey) {
				t.Errorf("a %s key labeled as %s key: %v", kind, use, err)
			}
		}
	}
}

func (s Suite) damage(t *testing.T) {
	m := s.Open(t, "a")
	keys, try := uses(t, m)
	for use, do := range try {
		for i := range keys[use] {
			bad := bytes.Clone(keys[use])
			bad[i] ^= 0x80
			if err := do(bad); !errors.Is(err, hsm.ErrKey) {
				t.Fatalf("%s key, byte %d changed: %v", use, i, err)
			}
		}
		for _, n := range []int{0, 1, 2, 3, 4, 5, len(keys[use]) - 1} {
			if err := do(keys[use][:n]); !errors.Is(err, hsm.ErrKey) {
				t.Errorf("%d bytes of a %s key: %v", n, use, err)
			}
		}
	}
	if _, err := s.Open(t, "b").MAC(keys["MAC"], cardcrypto.ECB, []byte("x")); !errors.Is(err, hsm.ErrKey) {
		t.Errorf("in another installation: %v", err)
	}
	if _, err := s.Open(t, "a").MAC(keys["MAC"], cardcrypto.ECB, []byte("x")); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// many signs terminals in and works with their keys from many sides.
func (s Suite) many(t *testing.T) {
	m := s.Open(t, "a")
	master, _, err := m.LoadMaster(doubleTMK)
	must(t, err)
	const terminals = 20
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range terminals {
				set, f62, err := m.WorkingKeys(master, hsm.FormDouble)
				if err != nil || len(f62) != 40 {
					t.Error(err)
					return
				}
				mac, err := m.MAC(set.MAC, cardcrypto.ECB, []byte("message"))
				if err != nil {
					t.Error(err)
				}
				if err := m.VerifyMAC(set.MAC, cardcrypto.ECB, []byte("message"), mac[:]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
