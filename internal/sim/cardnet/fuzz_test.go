package cardnet

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// FuzzRequest has the network read and decide whatever the codec lets through, as if its MAC were right: it must
// not panic, and its books must hold.
func FuzzRequest(f *testing.F) {
	results := emv.Append(nil, emv.ScriptResults, []byte{0x20, 0, 0, 0, 1})
	chip := emv.List{
		{Tag: emv.Cryptogram, Value: make([]byte, 8)}, {Tag: emv.TransactionCounter, Value: []byte{0, 1}},
		{Tag: emv.IssuerApplicationData, Value: []byte{7, 1, 1, 3, 0xA0, 0xB0, 0, 1}},
	}.Append(nil)
	for _, act := range []struct {
		mti, processing, condition string
		chip                       []byte
	}{
		{"0200", "000000", "00", chip}, {"0200", "310000", "00", nil}, {"0100", "030000", "06", chip},
		{"0100", "030000", "60", nil}, {"0200", "000000", "06", nil}, {"0220", "000000", "06", nil},
		{"0220", "020000", "00", nil}, {"0620", "000000", "00", results}, {"0420", "000000", "00", nil},
	} {
		var m iso8583.Message
		m.SetMTI(act.mti)
		for field, value := range map[int]string{
			2: "6216261000000000018", 3: act.processing, 4: "000000000100", 7: "0305120000", 11: "000001", 12: "120000",
			13: "0305", 18: "5411", 22: "051", 25: act.condition, 32: DemoAcquirer, 33: DemoForwarder, 37: "060512000001",
			38: "123456", 39: "98", 41: "29000001", 42: "898290054110001",
			43: "SHOP                                    ", 49: "156", 128: "12345678",
			90: "0200" + "000001" + "0305120000" + "00048982900" + "00048982900",
		} {
			m.Set(field, value)
		}
		if act.chip != nil {
			m.SetBytes(55, act.chip)
		}
		body, err := iso8583.Network.Append(nil, &m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	key, err := cardcrypto.NewDESKey(make([]byte, 16))
	if err != nil {
		f.Fatal(err)
	}
	noon := time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)
	n, err := New(Config{Clock: kit.NewStandingClock(noon), ManualCutOver: true, StrictStripe: true, StrictCounter: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := n.Close(); err != nil {
			f.Error(err)
		}
	})
	keys := &generation{pin: key, mac: key}
	f.Fuzz(func(t *testing.T, body []byte) {
		var m, answer iso8583.Message
		if iso8583.Network.Unpack(body, &m) != nil || !financial(m.MTI()) {
			return
		}
		r, code := n.read(&m, keys)
		if code != "" {
			return
		}
		before := len(n.books.entries)
		o, _ := n.post(r, verdict{now: noon})
		again, _ := n.post(r, verdict{now: noon})
		if o.state != again.state || o.code != again.code || len(n.books.entries) > before+1 {
			t.Errorf("a repeat is answered %s %s after %s %s", again.state, again.code, o.state, o.code)
		}
		if o.state != Unanswered {
			o.fill(&answer, r)
		}
		if err := n.Check(); err != nil {
			t.Error(err)
		}
	})
}
