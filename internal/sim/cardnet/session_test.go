package cardnet_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

func TestKeys_oldOnesForAMinute(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock})
	c := member(t, n)
	oldMAC, oldPIN := c.mac, c.pin
	n.ChangeKeys()
	c.hear("101")
	newMAC, newPIN := c.mac, c.pin
	if newMAC.Equal(oldMAC) || newPIN.Equal(oldPIN) || newMAC.Equal(newPIN) {
		t.Fatal("a key change brings the same keys")
	}
	under := func(mac, pin *cardcrypto.Key) *iso8583.Message {
		c.mu.Lock()
		c.mac, c.pin = mac, pin
		c.mu.Unlock()
		return c.sale(debitCard, 100)
	}
	c.expect("00", under(newMAC, newPIN))
	c.expect("00", under(oldMAC, oldPIN)) // the answer is under the keys of its request
	clock.Advance(59 * time.Second)
	c.expect("00", under(oldMAC, oldPIN))
	clock.Advance(time.Second)
	sale := under(oldMAC, oldPIN)
	frame := c.frame(sale)
	under(newMAC, newPIN)
	c.socket.Write(frame)
	if got := c.answer(sale).Get(39); got != "A0" {
		t.Errorf("the old key is answered %q after a minute, want A0", got)
	}
}

func TestKeys_changeByCountAndTime(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, KeyEveryMessages: 3, KeyEvery: time.Hour})
	c := member(t, n)
	for range 3 {
		c.expect("00", c.sale(debitCard, 100))
	}
	c.hear("101")
	clock.Advance(time.Hour)
	c.hear("101")
	c.expect("00", c.sale(debitCard, 100))
	if got := n.Stats().KeyChanges; got != 3 {
		t.Errorf("%d key changes, want 3", got)
	}
}

func TestKeys_refusedByTheMember(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	c.refuse = true
	n.ChangeKeys()
	c.hear("101")
	c.expect("00", c.management("301")) // comes after the member's answer
	if got := n.Stats().KeysRefused; got != 1 {
		t.Errorf("%d key changes refused, want 1", got)
	}
	c.expect("00", c.sale(debitCard, 100)) // under the keys before
}

func TestKeys_ofSeveralNodes(t *testing.T) {
	n := start(t, cardnet.Config{})
	a, b := member(t, n), member(t, n)
	a.expect("00", a.sale(debitCard, 100))
	b.trace = 1000
	sale := b.sale(debitCard, 100)
	b.expect("00", sale)
	a.expect("00", a.reversal(sale)) // any connection of the member will do

	a.mu.Lock()
	a.mac, a.pin = b.mac, b.pin // a member may share its newest keys
	a.mu.Unlock()
	a.expect("00", a.sale(debitCard, 100))
}

func TestEcho_ofTheNetwork(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, EchoEvery: time.Minute})
	c := member(t, n)
	clock.Advance(time.Minute)
	c.hear("301")
	clock.Advance(time.Minute)
	c.hear("301")
}

// chipSale is a sale by chip: the card computes its cryptogram over what the terminal says.
func chipSale(c *client, pan string, fen int64) *iso8583.Message {
	master, err := cardcrypto.NewDESKey(unhex(c.t, cardnet.DemoIssuerMasterKey))
	if err != nil {
		c.t.Fatal(err)
	}
	card, err := cardcrypto.DeriveCardKey(master, pan, cardnet.DemoSequence)
	if err != nil {
		c.t.Fatal(err)
	}
	m := c.sale(pan, fen)
	amount := unhex(c.t, m.Get(4))
	tx := cardcrypto.Transaction{
		Amount: [6]byte(amount), Country: [2]byte{1, 0x56}, Currency: [2]byte{1, 0x56}, Date: [3]byte{0x26, 3, 5},
		Unpredictable: [4]byte{1, 2, 3, 4}, AIP: [2]byte{0x7C, 0}, ATC: [2]byte{0, 7},
		IssuerData: unhex(c.t, "07010103A00000010A0100000000009D0B0F5F"),
	}
	arqc, err := cardcrypto.Cryptogram(cardcrypto.PBOC01, card, &tx)
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

func TestChip(t *testing.T) {
	n := start(t, cardnet.Config{StrictChip: true})
	c := member(t, n)
	sale := chipSale(c, debitCard, 100)
	list, err := emv.Parse(c.expect("00", sale).Bytes(55))
	if err != nil {
		t.Fatal(err)
	}
	proof := list.Get(emv.IssuerAuthentication)
	if len(proof) != 10 || string(proof[8:]) != "00" {
		t.Fatalf("tag 91 has %d bytes", len(proof))
	}
	master, _ := cardcrypto.NewDESKey(unhex(t, cardnet.DemoIssuerMasterKey))
	card, _ := cardcrypto.DeriveCardKey(master, debitCard, cardnet.DemoSequence)
	request, _ := emv.Parse(sale.Bytes(55))
	want, err := cardcrypto.ARPC(cardcrypto.PBOC01, card, [2]byte{0, 7}, [8]byte(request.Get(emv.Cryptogram)), [2]byte{'0', '0'})
	if err != nil || [8]byte(proof) != want {
		t.Error("tag 91 does not prove the issuer to the card")
	}
	if again := c.expect("00", repeat(sale)); again.Get(55) != string(emv.Append(nil, emv.IssuerAuthentication, proof)) {
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
	if got := n.Stats().ChipsRefuted; got != 1 {
		t.Errorf("%d wrong cryptograms counted, want 1", got)
	}
}
