package cardnet_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
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
