package cardnet_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

func TestSignOn(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := dial(t, n)
	if got := c.signOn().Get(15); got != "0305" {
		t.Errorf("clearing date of the sign-on is %q, want 0305", got)
	}
	c.expect("00", c.management("301"))
	c.expect("00", c.management("002"))
	c.expect("A0", c.message("0200", "000000", debitCard, 100))
	stranger := c.management("001")
	stranger.Set(33, "99999999")
	c.expect("58", stranger)
}

func TestSale_everyDemoCard(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	for _, card := range cardnet.DemoCards() {
		sale := c.sale(card.PAN, 12_34)
		switch {
		case card.Silent:
			c.silent(sale)
			state(t, n, sale, cardnet.Unanswered)
			balance(t, n, card.PAN, card.Funds)
		case card.Late:
			c.silent(sale)
			state(t, n, sale, cardnet.Pending)
			balance(t, n, card.PAN, card.Funds)
		case card.Decline != "":
			a := c.expect(card.Decline, sale)
			if a.Has(38) {
				t.Errorf("card %s: a decline has an authorization code", card)
			}
			balance(t, n, card.PAN, card.Funds)
		default:
			a := c.expect("00", sale)
			if len(a.Get(38)) != 6 || a.Get(15) != "0305" {
				t.Errorf("card %s: F38 %q, F15 %q", card, a.Get(38), a.Get(15))
			}
			for _, field := range []int{2, 3, 4, 7, 11, 32, 33, 37, 41, 42, 49} {
				if a.Get(field) != sale.Get(field) {
					t.Errorf("card %s: field %d is not echoed", card, field)
				}
			}
			balance(t, n, card.PAN, card.Funds-12_34)
		}
	}
}

func TestSale_refused(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	for _, test := range []struct {
		name string
		pan  string
		fen  int64
		edit func(*iso8583.Message)
		want string
	}{
		{"unknown card", "6216261000000000019", 100, nil, "14"},
		{"beyond the balance", debitCard, 100_000_01, nil, "51"},
		{"beyond the limit", creditCard, 50_000_01, nil, "61"},
		{"no amount", debitCard, 0, nil, "13"},
		{"foreign currency", debitCard, 100, func(m *iso8583.Message) { m.Set(49, "840") }, "A1"},
		{"other expiry", debitCard, 100, func(m *iso8583.Message) { m.Set(14, "3011"); m.Unset(35) }, "54"},
		{"expiry not that of the track", debitCard, 100, func(m *iso8583.Message) { m.Set(14, "3011") }, "30"},
		{"track of another card", debitCard, 100, func(m *iso8583.Message) { m.Set(35, creditCard+"D3312201") }, "30"},
		{"no PIN on a swiped debit card", debitCard, 100, noPIN, "55"},
		{"no PIN on a tap", debitCard, 1_000_00, func(m *iso8583.Message) { noPIN(m); m.Set(22, "072") }, "00"},
		{"no PIN on a dear tap", debitCard, 1_000_01, func(m *iso8583.Message) { noPIN(m); m.Set(22, "072") }, "55"},
		{"no PIN on a credit card", creditCard, 100, noPIN, "00"},
		{"PIN under another key", debitCard, 100, func(m *iso8583.Message) { m.SetBytes(52, make([]byte, 8)) }, "99"},
		{"PIN without its control field", debitCard, 100, func(m *iso8583.Message) { m.Unset(53) }, "30"},
		{"no merchant name", debitCard, 100, func(m *iso8583.Message) { m.Unset(43) }, "30"},
		{"no local time", debitCard, 100, func(m *iso8583.Message) { m.Unset(12) }, "30"},
		{"month 13", debitCard, 100, func(m *iso8583.Message) { m.Set(7, "1305120000") }, "30"},
		{"unknown act", debitCard, 100, func(m *iso8583.Message) { m.Set(3, "990000") }, "40"},
		{"unknown acquirer", debitCard, 100, func(m *iso8583.Message) { m.Set(32, "1") }, "58"},
	} {
		m := c.sale(test.pan, test.fen)
		if test.edit != nil {
			test.edit(m)
		}
		if got := c.do(m).Get(39); got != test.want {
			t.Errorf("%s: answered %q, want %q", test.name, got, test.want)
		}
	}
}

func noPIN(m *iso8583.Message) {
	m.Set(22, "022")
	for _, field := range []int{26, 52, 53} {
		m.Unset(field)
	}
}

func TestSale_wrongMAC(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(debitCard, 100)
	frame := c.frame(sale)
	frame[len(frame)-1] ^= 1
	c.socket.Write(frame)
	if got := c.answer(sale).Get(39); got != "A0" {
		t.Errorf("wrong MAC is answered %q, want A0", got)
	}
	balance(t, n, debitCard, 100_000_00)
	if got := n.Stats().MACErrors; got != 1 {
		t.Errorf("counted %d wrong MACs, want 1", got)
	}
	c.expect("00", sale) // the forged one has left nothing behind
}

func TestSale_malformed(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(debitCard, 100)
	frame := c.frame(sale)
	bad := append([]byte(nil), frame[4:]...)
	bad = append(bad, 'x')
	c.socket.Write(iso8583.AppendNetworkFrame(nil, bad))
	if got := c.answer(sale).Get(39); got != "30" {
		t.Errorf("a byte too many is answered %q, want 30", got)
	}
	c.socket.Write([]byte("what"))
	if _, open := <-c.told; open {
		t.Error("a connection that sends no length stays open")
	}
}

func TestPIN_triesOfADay(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, ManualCutOver: true})
	c := member(t, n)
	wrong := func() *iso8583.Message {
		m := c.sale(debitCard, 100)
		c.enterPIN(m, "111111")
		return m
	}
	c.expect("55", wrong())
	c.expect("55", wrong())
	c.expect("00", c.sale(debitCard, 100)) // takes the tries back
	for range 3 {
		c.expect("55", wrong())
	}
	c.expect("75", wrong())
	c.expect("75", c.sale(debitCard, 100))
	clock.Advance(24 * time.Hour)
	c.expect("00", c.sale(debitCard, 100))
	for range 3 {
		c.expect("55", wrong())
	}
	if !n.ResetPIN(debitCard) {
		t.Error("the network does not know its card")
	}
	c.expect("00", c.sale(debitCard, 100))
}

func TestSale_twice(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(debitCard, 100)
	first := c.expect("00", sale)
	second := c.expect("00", repeat(sale))
	if first.Get(38) != second.Get(38) || first.Get(15) != second.Get(15) {
		t.Error("the repeat is answered otherwise than the first")
	}
	balance(t, n, debitCard, 99_999_00)
	other := repeat(sale)
	other.Set(4, "000000000200")
	c.expect("94", other)
	balance(t, n, debitCard, 99_999_00)

	declined := c.sale(debitCard, 200_000_00)
	c.expect("51", declined)
	c.expect("51", repeat(declined))
}

func TestVoid(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(debitCard, 50_00)
	answer := c.expect("00", sale)

	less := c.void(sale, answer)
	less.Set(4, "000000000100")
	c.expect("64", less)
	other := c.void(sale, answer)
	other.Set(38, "NOSUCH")
	c.expect("12", other)
	elsewhere := c.void(sale, answer)
	elsewhere.Set(41, "29000002")
	c.expect("12", elsewhere)
	card := c.void(sale, answer)
	card.Set(2, creditCard)
	c.expect("12", card)
	unknown := c.void(c.sale(debitCard, 50_00), answer)
	c.expect("25", unknown)

	void := c.void(sale, answer)
	if c.expect("00", void).Has(38) {
		t.Error("the answer to a void has an authorization code")
	}
	state(t, n, sale, cardnet.Voided)
	balance(t, n, debitCard, 100_000_00)
	c.expect("12", c.void(sale, answer))
	c.expect("12", c.refund(sale, 100))
	c.expect("12", c.reversal(sale))

	c.expect("00", c.reversal(void))
	state(t, n, void, cardnet.Reversed)
	state(t, n, sale, cardnet.Approved)
	balance(t, n, debitCard, 99_950_00)
	c.expect("00", c.void(sale, answer))
	balance(t, n, debitCard, 100_000_00)
}

func TestRefund(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(creditCard, 50_00)
	answer := c.expect("00", sale)
	part := c.refund(sale, 20_00)
	c.expect("00", part)
	c.expect("00", repeat(part))
	balance(t, n, creditCard, 49_970_00)
	c.expect("64", c.refund(sale, 30_01))
	c.expect("12", c.void(sale, answer))
	c.expect("12", c.reversal(sale))
	c.expect("40", c.reversal(part))
	c.expect("00", c.refund(sale, 30_00))
	c.expect("64", c.refund(sale, 1))
	balance(t, n, creditCard, 50_000_00)
	c.expect("25", c.refund(c.sale(creditCard, 100), 100))
}

func TestReversal(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(debitCard, 50_00)
	c.expect("00", sale)
	less := c.reversal(sale)
	less.Set(4, "000000000100")
	c.expect("64", less)
	withTrack := c.reversal(sale)
	withTrack.Set(35, debitCard+"D3312201")
	c.expect("30", withTrack)

	reversal := c.reversal(sale)
	c.expect("00", reversal)
	state(t, n, sale, cardnet.Reversed)
	balance(t, n, debitCard, 100_000_00)
	c.expect("00", repeat(reversal))
	c.expect("00", c.reversal(sale))
	balance(t, n, debitCard, 100_000_00)
	c.expect("00", repeat(sale)) // answered as it was, moving nothing
	balance(t, n, debitCard, 100_000_00)

	declined := c.sale(debitCard, 200_000_00)
	c.expect("51", declined)
	c.expect("00", c.reversal(declined))
	balance(t, n, debitCard, 100_000_00)
}

func TestReversal_beforeItsOriginal(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(debitCard, 50_00)
	reversal := c.reversal(sale)
	c.expect("25", reversal)
	c.expect("25", repeat(reversal))
	c.expect("12", sale)
	c.expect("00", c.reversal(sale))
	balance(t, n, debitCard, 100_000_00)
}

func TestSilentCard_isReversed(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.sale(silentCard, 100)
	c.silent(sale)
	c.silent(repeat(sale))
	c.expect("00", c.reversal(sale))
	state(t, n, sale, cardnet.Reversed)
	balance(t, n, silentCard, 100_000_00)
}

func TestLateCard(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock})
	c := member(t, n)
	sale, overtaken := c.sale(lateCard, 100), c.sale(lateCard, 200)
	c.silent(sale)
	c.silent(overtaken)
	clock.Advance(39 * time.Second)
	c.silent(repeat(sale))
	c.expect("00", c.reversal(overtaken))
	state(t, n, overtaken, cardnet.Reversed)
	clock.Advance(time.Second)

	late := c.answer(sale)
	if late.Get(39) != "00" || len(late.Get(38)) != 6 {
		t.Errorf("the late answer is %q with F38 %q", late.Get(39), late.Get(38))
	}
	if got := c.answer(overtaken).Get(39); got != "00" {
		t.Errorf("the late answer to what was reversed is %q, want 00", got)
	}
	state(t, n, sale, cardnet.Approved)
	state(t, n, overtaken, cardnet.Reversed)
	balance(t, n, lateCard, 99_999_00)
	c.expect("00", c.reversal(sale))
	balance(t, n, lateCard, 100_000_00)
}
