package hsm_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

const (
	demoCard = "6216261000000000018"
	demoPIN  = "123456"
	// publishedTMK and publishedPIK are those of a worked example (code456.com, article 3026509).
	publishedTMK = "CA5D92598DCA48CE8A4C76361A9269E9"
	publishedPIK = "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func desKey(t testing.TB, value []byte) *cardcrypto.Key {
	t.Helper()
	k, err := cardcrypto.NewDESKey(value)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func pan(t testing.TB, digits string) card.PAN {
	t.Helper()
	p, err := card.ParsePAN(digits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bench is a module with a terminal's and a network's keys, and what the two hold of them in the clear.
type bench struct {
	module   *hsm.Module
	terminal terminal.Keys
	pik, mak *cardcrypto.Key
	tdk      *cardcrypto.Key
	zmk      []byte
	pinKey   []byte
	macKey   []byte
	netPIN   *cardcrypto.Key
	netMAC   *cardcrypto.Key
}

func newModule(t testing.TB, fill byte) *hsm.Module {
	t.Helper()
	m, err := hsm.New(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// changeOf returns F48 of a key change with these two keys.
func changeOf(t testing.TB, zmk, pin, mac *cardcrypto.Key) string {
	t.Helper()
	part := func(name string, key *cardcrypto.Key) string {
		w, err := cardcrypto.Wrap(zmk, key)
		if err != nil {
			t.Fatal(err)
		}
		return name + strings.ToUpper(hex.EncodeToString(append(bytes.Clone(w.Cryptogram), w.CheckValue...)))
	}
	return part("PK", pin) + part("MK", mac)
}

func newBench(t testing.TB, form int) *bench {
	t.Helper()
	b := &bench{module: newModule(t, 7)}
	tmk := unhex(t, publishedTMK)
	master, kcv, err := b.module.LoadMaster(tmk)
	if err != nil {
		t.Fatal(err)
	}
	if want := desKey(t, tmk).CheckValue(); !bytes.Equal(kcv, want) {
		t.Fatalf("check value of the master key %X, want %X", kcv, want)
	}
	var f62 []byte
	if b.terminal, f62, err = b.module.WorkingKeys(master, form); err != nil {
		t.Fatal(err)
	}
	if len(f62) != form {
		t.Fatalf("F62 has %d bytes, want %d", len(f62), form)
	}
	working, err := cardcrypto.ParseWorkingKeys(f62)
	if err != nil {
		t.Fatal(err)
	}
	unwrap := func(w cardcrypto.Wrapped) *cardcrypto.Key {
		k, err := cardcrypto.Unwrap(desKey(t, tmk), w)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	b.pik, b.mak = unwrap(working.PIN), unwrap(working.MAC)
	if len(working.Track.Cryptogram) > 0 {
		b.tdk = unwrap(working.Track)
	}
	zmk := unhex(t, "89ABCDEF0123456776543210FEDCBA98")
	if b.zmk, _, err = b.module.LoadMaster(zmk); err != nil {
		t.Fatal(err)
	}
	b.netPIN = desKey(t, unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
	b.netMAC = desKey(t, unhex(t, "FEDCBA98765432100123456789ABCDEF"))
	b.pinKey, b.macKey, err = b.module.ImportNetworkKeys(b.zmk, changeOf(t, desKey(t, zmk), b.netPIN, b.netMAC))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWorkingKeys_forms(t *testing.T) {
	for _, c := range []struct{ form, pin, mac, track int }{
		{hsm.FormSingle, 8, 8, 0}, {hsm.FormDouble, 16, 8, 0}, {hsm.FormTrack, 16, 8, 16},
	} {
		t.Run(fmt.Sprint(c.form), func(t *testing.T) {
			b := newBench(t, c.form)
			if b.pik.Len() != c.pin || b.mak.Len() != c.mac {
				t.Errorf("PIK of %d and MAK of %d bytes, want %d and %d", b.pik.Len(), b.mak.Len(), c.pin, c.mac)
			}
			if (len(b.terminal.Track) > 0) != (c.track > 0) {
				t.Errorf("there is a track key: %v", len(b.terminal.Track) > 0)
			}
			for _, k := range b.pik.Reveal() {
				if n := strings.Count(fmt.Sprintf("%b", k), "1"); n%2 == 0 {
					t.Fatal("a byte of the PIN key has even parity")
				}
			}
		})
	}
	b := newBench(t, hsm.FormDouble)
	if _, _, err := b.module.WorkingKeys(b.terminal.Master, 52); !errors.Is(err, hsm.ErrForm) {
		t.Errorf("an unknown form: %v", err)
	}
	again, _, err := b.module.WorkingKeys(b.terminal.Master, hsm.FormDouble)
	if err != nil || bytes.Equal(again.MAC, b.terminal.MAC) {
		t.Errorf("the second sign-in got the keys of the first, or failed: %v", err)
	}
}

func TestLoadMaster_lengths(t *testing.T) {
	m := newModule(t, 1)
	double := unhex(t, publishedTMK)
	repeated := append(bytes.Clone(double), double[:8]...)
	_, kcv, err := m.LoadMaster(double)
	if err != nil {
		t.Fatal(err)
	}
	if _, long, err := m.LoadMaster(repeated); err != nil || !bytes.Equal(long, kcv) {
		t.Errorf("24 bytes that repeat the first part: check value %X, want %X (%v)", long, kcv, err)
	}
	triple := append(bytes.Clone(double), 1, 2, 3, 4, 5, 6, 7, 8)
	if _, kcv, err := m.LoadMaster(triple); err != nil || !bytes.Equal(kcv, desKey(t, triple).CheckValue()) {
		t.Errorf("triple length: check value %X, %v", kcv, err)
	}
	for _, bad := range [][]byte{nil, double[:8], repeated[:17], append(triple, triple[:8]...)} {
		if _, _, err := m.LoadMaster(bad); !errors.Is(err, hsm.ErrKeyValue) {
			t.Errorf("a key of %d bytes: %v", len(bad), err)
		}
	}
}

// TestImportNetworkKeys_published takes the PIN key of a worked example as a network's.
func TestImportNetworkKeys_published(t *testing.T) {
	m := newModule(t, 1)
	zmk, _, err := m.LoadMaster(unhex(t, publishedTMK))
	if err != nil {
		t.Fatal(err)
	}
	f48 := "PK" + publishedPIK + "MK" + publishedPIK
	pin, mac, err := m.ImportNetworkKeys(zmk, f48)
	if err != nil {
		t.Fatal(err)
	}
	want, err := cardcrypto.MAC(cardcrypto.X919, desKey(t, unhex(t, "807A23AD32B36D457AE91FDF927570EA")), []byte("0200"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.NetworkMAC(mac, []byte("0200")); err != nil || got != want {
		t.Errorf("MAC %X, want %X (%v)", got, want, err)
	}
	if _, err := m.NetworkMAC(pin, []byte("0200")); !errors.Is(err, hsm.ErrKey) {
		t.Errorf("the PIN key computes a MAC: %v", err)
	}
	for name, bad := range map[string]string{
		"check value of the PIN key": "PK" + publishedPIK[:39] + "9" + "MK" + publishedPIK,
		"check value of the MAC key": "PK" + publishedPIK + "MK" + publishedPIK[:39] + "9",
		"key":                        "PK7" + publishedPIK[1:] + "MK" + publishedPIK,
		"order":                      "MK" + publishedPIK + "PK" + publishedPIK,
		"no digits":                  "PK" + strings.Repeat("Z", 40) + "MK" + publishedPIK,
		"short":                      f48[:len(f48)-1],
		"empty":                      "",
	} {
		if _, _, err := m.ImportNetworkKeys(zmk, bad); !errors.Is(err, hsm.ErrKeyChange) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMAC_agreesWithTheTerminal(t *testing.T) {
	b := newBench(t, hsm.FormDouble)
	data := []byte("0200 and the fields up to 63")
	mac, err := b.module.MAC(b.terminal.MAC, cardcrypto.ECB, data)
	if err != nil {
		t.Fatal(err)
	}
	if !cardcrypto.VerifyMAC(cardcrypto.ECB, b.mak, data, mac[:]) {
		t.Error("the terminal does not accept our MAC")
	}
	if err := b.module.VerifyMAC(b.terminal.MAC, cardcrypto.ECB, data, mac[:]); err != nil {
		t.Errorf("our own MAC: %v", err)
	}
	mac[0] ^= 1
	for name, wrong := range map[string][]byte{"changed": mac[:], "short": mac[:7], "none": nil} {
		if err := b.module.VerifyMAC(b.terminal.MAC, cardcrypto.ECB, data, wrong); !errors.Is(err, hsm.ErrMAC) {
			t.Errorf("a %s MAC: %v", name, err)
		}
	}
	if _, err := b.module.MAC(b.terminal.MAC, cardcrypto.X919, data); !errors.Is(err, hsm.ErrMethod) {
		t.Errorf("X9.19 under a single-length key: %v", err)
	}
}

func TestNetworkMAC_agreesWithTheNetwork(t *testing.T) {
	b := newBench(t, hsm.FormDouble)
	data := []byte("0200 and the fields up to 127")
	mac, err := b.module.NetworkMAC(b.macKey, data)
	if err != nil {
		t.Fatal(err)
	}
	if !cardcrypto.VerifyMAC(cardcrypto.X919, b.netMAC, data, mac[:]) {
		t.Error("the network does not accept our MAC")
	}
	if err := b.module.VerifyNetworkMAC(b.macKey, data, mac[:]); err != nil {
		t.Errorf("our own MAC: %v", err)
	}
	if err := b.module.VerifyNetworkMAC(b.macKey, data[1:], mac[:]); !errors.Is(err, hsm.ErrMAC) {
		t.Errorf("a MAC of other data: %v", err)
	}
}

func TestTranslatePIN(t *testing.T) {
	b := newBench(t, hsm.FormDouble)
	number := pan(t, demoCard)
	for _, withPAN := range []bool{true, false} {
		bound := ""
		if withPAN {
			bound = demoCard
		}
		block, err := cardcrypto.EncodePIN(demoPIN, bound)
		if err != nil {
			t.Fatal(err)
		}
		in := card.PINBlock{Block: cardcrypto.EncryptPIN(b.pik, block), Key: b.terminal.PIN, WithPAN: withPAN}
		out, err := b.module.TranslatePIN(in, number, b.pinKey)
		if err != nil {
			t.Fatal(err)
		}
		at, err := cardcrypto.DecryptPIN(b.netPIN, out)
		if err != nil {
			t.Fatal(err)
		}
		if pin, err := cardcrypto.DecodePIN(at, demoCard); err != nil || !pin.Equal(demoPIN) {
			t.Errorf("with card number %v: the network reads another PIN (%v)", withPAN, err)
		}
		if _, err := b.module.TranslatePIN(in, number, b.terminal.PIN); !errors.Is(err, hsm.ErrKey) {
			t.Errorf("a PIN is enciphered for a terminal: %v", err)
		}
		if _, err := b.module.TranslatePIN(in, card.PAN{}, b.pinKey); !errors.Is(err, hsm.ErrPINBlock) {
			t.Errorf("without a card: %v", err)
		}
	}
	format1 := [8]byte{0x14, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE}
	for name, block := range map[string][]byte{
		"of another format": cardcrypto.EncryptPIN(b.pik, format1), "short": {1, 2, 3}, "empty": nil,
	} {
		in := card.PINBlock{Block: block, Key: b.terminal.PIN, WithPAN: true}
		if _, err := b.module.TranslatePIN(in, number, b.pinKey); !errors.Is(err, hsm.ErrPINBlock) {
			t.Errorf("a block %s: %v", name, err)
		}
	}
}

func TestDecryptTrack(t *testing.T) {
	b := newBench(t, hsm.FormTrack)
	const track = demoCard + "D33122010000000000"
	sent, err := cardcrypto.EncryptTrack(b.tdk, track)
	if err != nil || sent == track {
		t.Fatal("the track was not enciphered", err)
	}
	if got, err := b.module.DecryptTrack(b.terminal.Track, sent); err != nil || got != track {
		t.Errorf("another track came out (%v)", err)
	}
	if _, err := b.module.DecryptTrack(b.terminal.Track, "not a track"); !errors.Is(err, hsm.ErrTrack) {
		t.Errorf("no track: %v", err)
	}
}

func TestSeal(t *testing.T) {
	m := newModule(t, 1)
	p := pan(t, demoCard)
	first, err := m.Seal(p)
	if err != nil {
		t.Fatal(err)
	}
	second, err := m.Seal(p)
	if err != nil {
		t.Fatal(err)
	}
	if first.Index != second.Index || len(first.Index) != 32 || first.Masked != "621626*********0018" {
		t.Errorf("index %q and %q, mask %q", first.Index, second.Index, first.Masked)
	}
	if bytes.Equal(first.Cipher, second.Cipher) || bytes.Contains(first.Cipher, []byte(demoCard)) {
		t.Error("the number shows in its cipher")
	}
	if got, err := m.Open(second); err != nil || got != p {
		t.Errorf("another number came out (%v)", err)
	}
	if other, err := m.Seal(pan(t, "6226388000000095")); err != nil || other.Index == first.Index {
		t.Errorf("two cards have one index (%v)", err)
	}
	if foreign, err := newModule(t, 2).Seal(p); err != nil || foreign.Index == first.Index {
		t.Errorf("two installations have one index (%v)", err)
	}
	if _, err := m.Seal(card.PAN{}); !errors.Is(err, hsm.ErrNoCard) {
		t.Errorf("no card: %v", err)
	}
	if _, err := newModule(t, 2).Open(first); !errors.Is(err, hsm.ErrSealed) {
		t.Errorf("under another key: %v", err)
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
	if _, err := m.Open(moved); !errors.Is(err, hsm.ErrSealed) {
		t.Errorf("under another index: %v", err)
	}
	if _, err := m.Open(card.Sealed{}); !errors.Is(err, hsm.ErrSealed) {
		t.Errorf("nothing: %v", err)
	}
}

// TestUse holds every kind of key to its one use.
func TestUse(t *testing.T) {
	b := newBench(t, hsm.FormTrack)
	in := card.PINBlock{Block: make([]byte, 8), WithPAN: true}
	uses := map[string]func(key []byte) error{
		"master": func(k []byte) error { _, _, err := b.module.WorkingKeys(k, hsm.FormDouble); return err },
		"pin": func(k []byte) error {
			p := in
			p.Key = k
			_, err := b.module.TranslatePIN(p, pan(t, demoCard), b.pinKey)
			return err
		},
		"mac":   func(k []byte) error { _, err := b.module.MAC(k, cardcrypto.ECB, []byte("x")); return err },
		"track": func(k []byte) error { _, err := b.module.DecryptTrack(k, "12"); return err },
		"network pin": func(k []byte) error {
			p := in
			p.Key = b.terminal.PIN
			_, err := b.module.TranslatePIN(p, pan(t, demoCard), k)
			return err
		},
		"network mac": func(k []byte) error { _, err := b.module.NetworkMAC(k, []byte("x")); return err },
	}
	keys := map[string][]byte{
		"master": b.terminal.Master, "pin": b.terminal.PIN, "mac": b.terminal.MAC, "track": b.terminal.Track,
		"network pin": b.pinKey, "network mac": b.macKey,
	}
	for use, try := range uses {
		for kind, key := range keys {
			if err := try(key); errors.Is(err, hsm.ErrKey) != (use != kind) {
				t.Errorf("a %s key used as %s key: %v", kind, use, err)
			}
		}
		for kind, key := range keys {
			if kind == use {
				continue
			}
			relabeled := bytes.Clone(key)
			relabeled[1] = keys[use][1]
			if err := try(relabeled); !errors.Is(err, hsm.ErrKey) {
				t.Errorf("a %s key labeled as %s key: %v", kind, use, err)
			}
		}
		for i := range keys[use] {
			bad := bytes.Clone(keys[use])
			bad[i] ^= 0x80
			if err := try(bad); !errors.Is(err, hsm.ErrKey) {
				t.Fatalf("%s key, byte %d changed: %v", use, i, err)
			}
		}
		if err := try(nil); !errors.Is(err, hsm.ErrKey) {
			t.Errorf("no %s key: %v", use, err)
		}
	}
	other := newModule(t, 9)
	if _, err := other.MAC(b.terminal.MAC, cardcrypto.ECB, []byte("x")); !errors.Is(err, hsm.ErrKey) {
		t.Errorf("under another key-encryption key: %v", err)
	}
	same := newModule(t, 7)
	if _, err := same.MAC(b.terminal.MAC, cardcrypto.ECB, []byte("x")); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestParseKEK(t *testing.T) {
	text := strings.Repeat("0F", 32)
	if kek, err := hsm.ParseKEK(" " + text + "\n"); err != nil || !bytes.Equal(kek, bytes.Repeat([]byte{15}, 32)) {
		t.Errorf("64 digits: %v", err)
	}
	for _, bad := range []string{"", text[2:], text + "00", strings.Repeat("0G", 32)} {
		if _, err := hsm.ParseKEK(bad); !errors.Is(err, hsm.ErrKEK) {
			t.Errorf("%d digits: %v", len(bad), err)
		}
	}
	if _, err := hsm.New(make([]byte, 16)); !errors.Is(err, hsm.ErrKEK) {
		t.Errorf("16 bytes: %v", err)
	}
}

// TestSecrets_stayInside prints whatever can be printed, errors included, and looks for secrets.
func TestSecrets_stayInside(t *testing.T) {
	b := newBench(t, hsm.FormTrack)
	number := pan(t, demoCard)
	block, err := cardcrypto.EncodePIN(demoPIN, demoCard)
	if err != nil {
		t.Fatal(err)
	}
	kek := strings.Repeat("A5", 31) + "zz"
	var out bytes.Buffer
	say := func(err error) { fmt.Fprintf(&out, "%v %+v %#v\n", err, err, err) }
	_, err = hsm.ParseKEK(kek)
	say(err)
	_, _, err = b.module.LoadMaster([]byte("0123456789ABCDEF0"))
	say(err)
	_, _, err = b.module.ImportNetworkKeys(b.zmk, "PK"+publishedPIK+"MK"+publishedPIK)
	say(err)
	_, err = b.module.TranslatePIN(card.PINBlock{Block: block[:], Key: b.terminal.PIN, WithPAN: true}, number, b.pinKey)
	say(err)
	_, err = b.module.DecryptTrack(b.terminal.Track, demoCard+"=3312")
	say(err)
	say(b.module.VerifyMAC(b.terminal.MAC, cardcrypto.ECB, []byte(demoCard), []byte("00000000")))
	_, err = b.module.Open(card.Sealed{Cipher: []byte{1, 2, 3}})
	say(err)
	part := hsm.Component{Value: []byte("0123456789ABCDEF"), CheckValue: []byte{1, 2, 3}}
	_, _, err = b.module.CombineMaster(hsm.TDES, []hsm.Component{part, part})
	say(err)
	fmt.Fprintf(&out, "%v %+v %#v\n", part, part, part)
	_, _, err = b.module.ImportKey(b.zmk, "D0112"+publishedPIK, hsm.UseMaster)
	say(err)
	_, err = b.module.ReadKeyFile(b.zmk, strings.NewReader("1 3des "+publishedPIK[:32]+" 000000"))
	say(err)
	_, err = b.module.LoadHostKey([]byte("0123456789ABCDEF0"))
	say(err)
	_, err = b.module.SerialCipher(b.terminal.MAC, cardcrypto.ECB, demoCard, "")
	say(err)
	fmt.Fprintf(&out, "%v %+v %#v %s %x\n", b.module, b.module, b.module, b.module, b.module)
	slog.New(slog.NewTextHandler(&out, nil)).Info("module", "module", b.module)
	text, err := json.Marshal(b.module)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	shown := strings.ToUpper(out.String())
	for name, secret := range map[string]string{
		"card number": demoCard, "PIN": demoPIN, "key-encryption key": kek[:16], "master key": "0123456789ABCDEF",
		"key change": publishedPIK[:16], "derived key": "07070707", "PIN key": hex.EncodeToString(b.pik.Reveal()),
		"PIN block": hex.EncodeToString(block[:]),
	} {
		if strings.Contains(shown, strings.ToUpper(secret)) {
			t.Errorf("the %s shows", name)
		}
	}
	if !strings.Contains(out.String(), "software security module") {
		t.Error("nothing was printed")
	}
}

// TestModule_servesManyAtOnce signs terminals in and works with their keys from many sides.
func TestModule_servesManyAtOnce(t *testing.T) {
	m := newModule(t, 1)
	master, _, err := m.LoadMaster(unhex(t, publishedTMK))
	if err != nil {
		t.Fatal(err)
	}
	const terminals = 200
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			keys := make([][]byte, terminals)
			macs := make([][8]byte, terminals)
			for i := range keys {
				set, _, err := m.WorkingKeys(master, hsm.FormDouble)
				if err != nil {
					t.Error(err)
					return
				}
				keys[i] = set.MAC
				if macs[i], err = m.MAC(set.MAC, cardcrypto.ECB, []byte("message")); err != nil {
					t.Error(err)
					return
				}
			}
			for i := range keys {
				if err := m.VerifyMAC(keys[i], cardcrypto.ECB, []byte("message"), macs[i][:]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestSealData_belongsToItsRecord(t *testing.T) {
	m := newModule(t, 1)
	sealed := m.SealData([]byte("a signature"), "op_1")
	if bytes.Contains(sealed, []byte("signature")) {
		t.Error("the data is in the open")
	}
	if got, err := m.OpenData(sealed, "op_1"); err != nil || string(got) != "a signature" {
		t.Errorf("opened as %q, %v", got, err)
	}
	for name, try := range map[string]struct {
		sealed []byte
		record string
	}{
		"another record": {sealed, "op_2"}, "nothing": {nil, "op_1"}, "damaged": {append(sealed[:len(sealed)-1:len(sealed)-1], sealed[len(sealed)-1]^1), "op_1"},
	} {
		if _, err := m.OpenData(try.sealed, try.record); !errors.Is(err, hsm.ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzReadKeyFile reads files of every shape: what is refused is refused whole, and says so.
func FuzzReadKeyFile(f *testing.F) {
	m := newModule(f, 1)
	ecb, _, err := m.LoadMaster(unhex(f, publishedTMK))
	if err != nil {
		f.Fatal(err)
	}
	blocks, _, err := m.Load(hsm.UseBlockProtection, hsm.TDES, unhex(f, publishedKBPK))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("29000001 3des " + publishedPIK[:32] + " 8D0A74B8\n")
	f.Add("# keys\n29000001 " + publishedBlock)
	f.Fuzz(func(t *testing.T, text string) {
		for _, transport := range [][]byte{ecb, blocks} {
			keys, err := m.ReadKeyFile(transport, strings.NewReader(text))
			if err != nil && (keys != nil || !errors.Is(err, hsm.ErrKeyFile)) {
				t.Errorf("%d keys, %v", len(keys), err)
			}
			for _, key := range keys {
				if kcv, err := m.CheckValue(key.Master); err != nil || !bytes.Equal(kcv, key.CheckValue) {
					t.Errorf("check value %X, want %X (%v)", kcv, key.CheckValue, err)
				}
			}
		}
	})
}
