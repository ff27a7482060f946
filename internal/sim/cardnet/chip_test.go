package cardnet_test

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// issuerData is tag 9F10 as the chips of each scheme fill it.
var issuerData = map[cardcrypto.Scheme]string{
	cardcrypto.PBOC01: "07010103A00000010A0100000000009D0B0F5F",
	cardcrypto.Visa10: "06010A03A06010",
	cardcrypto.Visa18: "06011203A0B800",
}

func cardKey(t testing.TB, pan string) *cardcrypto.Key {
	t.Helper()
	master, err := cardcrypto.NewDESKey(unhex(t, cardnet.DemoIssuerMasterKey))
	if err != nil {
		t.Fatal(err)
	}
	card, err := cardcrypto.DeriveCardKey(master, pan, cardnet.DemoSequence)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// insert has the chip of a card sign a message: it computes its cryptogram over what the terminal says.
func (c *client) insert(m *iso8583.Message, scheme cardcrypto.Scheme, counter uint16) *iso8583.Message {
	c.t.Helper()
	amount := make([]byte, 6)
	if m.Has(4) {
		amount = unhex(c.t, m.Get(4))
	}
	tx := cardcrypto.Transaction{
		Amount: [6]byte(amount), Country: [2]byte{1, 0x56}, Currency: [2]byte{1, 0x56}, Date: [3]byte{0x26, 3, 5},
		Unpredictable: [4]byte{1, 2, 3, 4}, AIP: [2]byte{0x7C, 0}, IssuerData: unhex(c.t, issuerData[scheme]),
	}
	binary.BigEndian.PutUint16(tx.ATC[:], counter)
	arqc, err := cardcrypto.Cryptogram(scheme, cardKey(c.t, m.Get(2)), &tx)
	if err != nil {
		c.t.Fatal(err)
	}
	var f55 []byte
	for _, e := range []emv.Element{
		{Tag: emv.Cryptogram, Value: arqc[:]}, {Tag: emv.CryptogramInformation, Value: []byte{0x80}},
		{Tag: emv.IssuerApplicationData, Value: tx.IssuerData}, {Tag: emv.UnpredictableNumber, Value: tx.Unpredictable[:]},
		{Tag: emv.TransactionCounter, Value: tx.ATC[:]}, {Tag: emv.VerificationResults, Value: tx.TVR[:]},
		{Tag: emv.TransactionDate, Value: tx.Date[:]}, {Tag: emv.TransactionType, Value: []byte{tx.Type}},
		{Tag: emv.AmountAuthorized, Value: amount}, {Tag: emv.TransactionCurrency, Value: tx.Currency[:]},
		{Tag: emv.InterchangeProfile, Value: tx.AIP[:]}, {Tag: emv.TerminalCountry, Value: tx.Country[:]},
		{Tag: emv.AmountOther, Value: tx.Other[:]},
	} {
		f55 = emv.Append(f55, e.Tag, e.Value)
	}
	m.Set(22, "051")
	m.Set(23, "001")
	m.SetBytes(55, f55)
	return m
}

// chipSale is a sale by chip of a UnionPay card.
func chipSale(c *client, pan string, fen int64) *iso8583.Message {
	return c.insert(c.sale(pan, fen), cardcrypto.PBOC01, 7)
}

func parse(t testing.TB, f55 []byte) emv.List {
	t.Helper()
	list, err := emv.Parse(f55)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// proof returns what tag 91 must be in the answer to a message with a code.
func proof(t testing.TB, m *iso8583.Message, scheme cardcrypto.Scheme, code, status string) string {
	t.Helper()
	list := parse(t, m.Bytes(55))
	atc, arqc := [2]byte(list.Get(emv.TransactionCounter)), [8]byte(list.Get(emv.Cryptogram))
	key := cardKey(t, m.Get(2))
	if scheme == cardcrypto.Visa18 {
		csu := [4]byte(unhex(t, status))
		arpc, err := cardcrypto.ARPCStatus(scheme, key, atc, arqc, csu, nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(arpc[:]) + string(csu[:])
	}
	arpc, err := cardcrypto.ARPC(scheme, key, atc, arqc, [2]byte([]byte(code)))
	if err != nil {
		t.Fatal(err)
	}
	return string(arpc[:]) + code
}

func TestChip(t *testing.T) {
	n := start(t, cardnet.Config{StrictChip: true})
	c := member(t, n)
	sale := chipSale(c, debitCard, 100)
	answer := c.expect("00", sale)
	if got := string(parse(t, answer.Bytes(55)).Get(emv.IssuerAuthentication)); got != proof(t, sale, cardcrypto.PBOC01, "00", "") {
		t.Error("tag 91 does not prove the issuer to the card")
	}
	if again := c.expect("00", repeat(sale)); again.Get(55) != answer.Get(55) {
		t.Error("the repeat brings another proof")
	}

	wrong := chipSale(c, debitCard, 100)
	wrong.Set(4, "000000000200") // not what the chip was told
	if c.expect("05", wrong).Has(55) {
		t.Error("a wrong cryptogram is answered by a proof")
	}
	without := c.sale(debitCard, 100)
	without.Set(22, "051")
	c.expect("05", without)
	if s := n.Stats(); s.ChipsVerified != 2 || s.ChipsRefuted != 1 {
		t.Errorf("%d cryptograms right, %d wrong, want 2 and 1", s.ChipsVerified, s.ChipsRefuted)
	}
}

func TestChip_isOnlyCountedUnlessStrict(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	wrong := chipSale(c, debitCard, 100)
	wrong.Set(4, "000000000200")
	c.expect("00", wrong)
	c.expect("00", chipSale(c, debitCard, 100))
	c.expect("00", chipSale(c, debitCard, 100))
	if s := n.Stats(); s.ChipsRefuted != 1 || s.ChipsReplayed != 1 {
		t.Errorf("%d wrong cryptograms and %d replays counted, want 1 and 1", s.ChipsRefuted, s.ChipsReplayed)
	}
}

// TestChip_everyAct verifies each scheme in each act that a chip signs, and holds the issuer's proof.
func TestChip_everyAct(t *testing.T) {
	n := start(t, cardnet.Config{StrictChip: true, StrictCounter: true})
	c := member(t, n)
	for pan, scheme := range map[string]cardcrypto.Scheme{
		creditCard: cardcrypto.PBOC01, foreignCard: cardcrypto.Visa10, foreignCard2: cardcrypto.Visa18,
	} {
		counter := uint16(0)
		insert := func(m *iso8583.Message) *iso8583.Message {
			counter++
			return c.insert(m, scheme, counter)
		}
		hold := func(m *iso8583.Message, code, status string) *iso8583.Message {
			t.Helper()
			a := c.expect(code, m)
			if got := string(parse(t, a.Bytes(55)).Get(emv.IssuerAuthentication)); got != proof(t, m, scheme, code, status) {
				t.Errorf("scheme %d: tag 91 of %s is %x", scheme, m.MTI(), got)
			}
			return a
		}
		hold(insert(c.sale(pan, 100)), "00", "00800000")
		hold(insert(c.inquiry(pan)), "00", "00800000")
		hold(insert(c.sale(pan, 90_000_00)), "61", "00000000")
		auth := insert(c.preauth(pan, 100_00))
		a := hold(auth, "00", "00800000")
		hold(insert(c.addOn(auth, a, 10_00)), "00", "00800000")
		hold(insert(c.completion(auth, a, 110_00)), "00", "00800000")
		for other := range issuerData {
			if other != scheme {
				c.expect("05", c.insert(c.sale(pan, 100), other, counter+1))
			}
		}
		c.expect("05", c.insert(c.sale(pan, 100), scheme, counter)) // a counter that was there
		c.expect("05", c.insert(c.sale(pan, 100), scheme, counter-2))
		spoiled := insert(c.completion(auth, a, 100))
		spoiled.Set(4, "000000000200")
		c.expect("05", spoiled)
	}
	if s := n.Stats(); s.ChipsReplayed != 6 || s.ChipsVerified != 3*6+6 || s.ChipsRefuted != 3*3 {
		t.Errorf("%+v", s)
	}
}

func TestChip_counterOutlivesARestart(t *testing.T) {
	config := cardnet.Config{
		Dir: t.TempDir(), Clock: kit.NewStandingClock(noon), StrictCounter: true, ManualCutOver: true, KeepDays: 1,
	}
	n := start(t, config)
	c := member(t, n)
	c.expect("00", chipSale(c, debitCard, 100))
	days(t, n, 3) // the sale is forgotten, and the journal written anew
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = start(t, config)
	c = member(t, n)
	c.expect("05", chipSale(c, debitCard, 100))
	c.expect("00", c.insert(c.sale(debitCard, 100), cardcrypto.PBOC01, 8))
}

func TestStripe_ofACardWithAChip(t *testing.T) {
	strict := member(t, start(t, cardnet.Config{StrictStripe: true}))
	lenient := member(t, start(t, cardnet.Config{}))
	for _, test := range []struct{ mode, service, want string }{
		{"021", "201", "45"}, {"901", "620", "45"}, {"801", "201", "00"}, {"021", "101", "00"}, {"051", "201", "00"}, {"011", "201", "00"},
	} {
		for c, want := range map[*client]string{strict: test.want, lenient: "00"} {
			m := c.sale(debitCard, 100)
			m.Set(22, test.mode)
			m.Set(35, debitCard+"D3312"+test.service+"0000000")
			if got := c.do(m).Get(39); got != want {
				t.Errorf("F22 %s with service code %s is answered %q, want %q", test.mode, test.service, got, want)
			}
		}
	}
}

func TestTap_withoutPIN(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, ManualCutOver: true})
	c := member(t, n)
	tap := func(pan string, fen int64) *iso8583.Message {
		m := c.sale(pan, fen)
		noPIN(m)
		m.Set(22, "072")
		return m
	}
	for _, pan := range []string{debitCard, creditCard} {
		c.expect("55", tap(pan, 1_000_01))
		first := tap(pan, 1_000_00)
		c.expect("00", first)
		c.expect("00", tap(pan, 1_000_00))
		c.expect("00", tap(pan, 999_99))
		c.expect("55", tap(pan, 2)) // one fen more than a day's
		c.expect("00", tap(pan, 1))
		c.expect("00", c.sale(pan, 5_00)) // with PIN
		c.expect("00", c.reversal(first))
		c.expect("00", tap(pan, 1_000_00))
	}
	clock.Advance(24 * time.Hour)
	c.expect("00", tap(debitCard, 1_000_00))
}

func TestTap_limitsAreSettings(t *testing.T) {
	c := member(t, start(t, cardnet.Config{NoPINLimit: 300_00, NoPINDaily: 400_00}))
	tap := func(fen int64) *iso8583.Message {
		m := c.preauth(creditCard, fen)
		noPIN(m)
		m.Set(22, "072")
		return m
	}
	c.expect("55", tap(300_01))
	c.expect("00", tap(300_00))
	c.expect("55", tap(100_01))
}

// scriptResult is what a terminal tells of a script.
func (c *client) scriptResult(sale *iso8583.Message, result string) *iso8583.Message {
	m := c.message("0620", sale.Get(3), sale.Get(2), 0)
	m.Unset(4)
	m.Set(25, sale.Get(25))
	m.Set(90, f90(sale))
	m.SetBytes(55, emv.Append(nil, emv.ScriptResults, unhex(c.t, result)))
	return m
}

func TestScript(t *testing.T) {
	config := cardnet.Config{Dir: t.TempDir(), Clock: kit.NewStandingClock(noon), ManualCutOver: true}
	n := start(t, config)
	c := member(t, n)
	unblock := cardnet.Script{Template: emv.IssuerScript2, Header: [4]byte{0x84, 0x24}}
	limit := cardnet.Script{Template: emv.IssuerScript1, Header: [4]byte{0x04, 0xDA, 0x9F, 0x58}, Data: []byte{9}}
	for _, s := range []cardnet.Script{unblock, limit} {
		if _, err := n.Script(debitCard, s); err != nil {
			t.Fatal(err)
		}
	}
	states := func() string {
		var list []string
		for _, s := range n.Scripts(debitCard) {
			list = append(list, s.Name+" "+string(s.State)+" "+s.Result)
		}
		return strings.Join(list, ", ")
	}

	declined := c.insert(c.sale(debitCard, 200_000_00), cardcrypto.PBOC01, 7)
	if list := parse(t, c.expect("51", declined).Bytes(55)); len(list) != 1 {
		t.Errorf("a decline brings %v", list)
	}
	sale := c.insert(c.sale(debitCard, 100), cardcrypto.PBOC01, 8)
	answer := c.expect("00", sale)
	list := parse(t, answer.Bytes(55))
	inner := parse(t, list.Get(emv.IssuerScript2))
	command := inner.Get(0x86)
	if len(list) != 2 || hex.EncodeToString(inner.Get(emv.ScriptIdentifier)) != "00000001" || len(command) != 9 ||
		hex.EncodeToString(command[:5]) != "8424000004" {
		t.Fatalf("F55 %v, script %v", list, inner)
	}
	request := parse(t, sale.Bytes(55))
	session, err := cardcrypto.SessionKey(cardcrypto.PBOC01, cardKey(t, debitCard), [2]byte{0, 8})
	if err != nil {
		t.Fatal(err)
	}
	signed := append(append(command[:5:5], 0, 8), request.Get(emv.Cryptogram)...)
	mac, err := cardcrypto.Retail(session, signed, cardcrypto.Pad80)
	if err != nil || string(mac[:4]) != string(command[5:]) {
		t.Error("the MAC of the command is not the card's")
	}
	if again := c.expect("00", repeat(sale)); again.Get(55) != answer.Get(55) {
		t.Error("the repeat brings another script")
	}
	if got := states(); got != "00000001 sent , 00000002 waiting " {
		t.Errorf("scripts %s", got)
	}

	c.expect("25", c.scriptResult(sale, "2000000009")) // no such script
	c.expect("25", c.scriptResult(c.sale(debitCard, 100), "2000000001"))
	c.expect("30", c.scriptResult(sale, "20000000"))
	result := c.scriptResult(sale, "2000000001")
	if got := c.expect("00", result).MTI(); got != "0630" {
		t.Errorf("answer %s", got)
	}
	c.expect("00", repeat(result))
	c.expect("40", with(c.reversal(result), 4, "000000000001"))
	balance(t, n, debitCard, 99_999_00)

	// The second goes with an answer that is reversed, so it goes once more.
	lost := c.insert(c.preauth(debitCard, 100), cardcrypto.PBOC01, 9)
	second := parse(t, parse(t, c.expect("00", lost).Bytes(55)).Get(emv.IssuerScript1))
	if got := hex.EncodeToString(second.Get(0x86)[:6]); got != "04da9f580509" {
		t.Errorf("the command begins %s", got)
	}
	c.expect("00", c.reversal(lost))
	if got := states(); got != "00000001 done 2000000001, 00000002 waiting " {
		t.Errorf("scripts %s", got)
	}
	inquiry := c.insert(c.inquiry(debitCard), cardcrypto.PBOC01, 10)
	c.expect("00", inquiry)
	c.expect("00", c.scriptResult(inquiry, "1000000000"))
	want := "00000001 done 2000000001, 00000002 failed 1000000000"
	if got := states(); got != want {
		t.Errorf("scripts %s", got)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = start(t, config)
	if got := states(); got != want {
		t.Errorf("after a restart: scripts %s", got)
	}

	for name, bad := range map[string]struct {
		pan string
		s   cardnet.Script
	}{
		"unknown card": {"6216261000000000019", unblock}, "no template": {debitCard, cardnet.Script{}},
		"long data": {debitCard, cardnet.Script{Template: emv.IssuerScript1, Data: make([]byte, 33)}},
	} {
		if _, err := n.Script(bad.pan, bad.s); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
