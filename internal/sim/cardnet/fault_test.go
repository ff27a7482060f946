package cardnet_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// set puts one fault in the place of all others, which strikes every message.
func set(t *testing.T, n *cardnet.Network, fault kit.Fault) {
	t.Helper()
	fault.Rate = 1
	n.Faults().Clear()
	if err := n.Faults().Set(fault); err != nil {
		t.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock})
	c := member(t, n)

	set(t, n, kit.Fault{Kind: kit.Drop})
	dropped := c.sale(debitCard, 1_00)
	c.silent(dropped)
	state(t, n, dropped, cardnet.Approved) // only the answer is lost

	set(t, n, kit.Fault{Kind: kit.Lost})
	lost := c.sale(debitCard, 1_00)
	c.silent(lost)
	n.Faults().Clear()
	c.expect("25", c.reversal(lost))

	set(t, n, kit.Fault{Kind: kit.Delay, After: time.Second})
	delayed := c.sale(debitCard, 1_00)
	c.silent(delayed)
	state(t, n, delayed, cardnet.Approved)
	clock.Advance(time.Second)
	if got := c.answer(delayed).Get(39); got != "00" {
		t.Errorf("the delayed answer is %q", got)
	}

	set(t, n, kit.Fault{Kind: kit.Late})
	late, lateRefund := c.sale(debitCard, 1_00), c.refund(delayed, 1)
	c.silent(late)
	c.silent(lateRefund)
	state(t, n, late, cardnet.Pending)
	state(t, n, lateRefund, cardnet.Approved) // an advice is booked at once
	clock.Advance(40 * time.Second)
	if got := c.answer(late).Get(39) + c.answer(lateRefund).Get(39); got != "0000" {
		t.Errorf("the late answers are %q", got)
	}
	state(t, n, late, cardnet.Approved)

	set(t, n, kit.Fault{Kind: kit.Duplicate})
	twice := c.sale(debitCard, 1_00)
	c.expect("00", twice)
	if got := c.answer(twice).Get(39); got != "00" {
		t.Errorf("the second answer is %q", got)
	}

	set(t, n, kit.Fault{Kind: kit.WrongAmount})
	wrong := c.sale(debitCard, 1_99)
	if got := c.expect("00", wrong).Get(4); got != "000000000200" {
		t.Errorf("the answer says amount %s, want one fen too many", got)
	}
	if tx, _ := n.Lookup("0305120000", wrong.Get(11), cardnet.DemoAcquirer, cardnet.DemoForwarder); tx.Amount != 1_99 {
		t.Errorf("booked %d fen, want 199", tx.Amount)
	}

	set(t, n, kit.Fault{Kind: kit.Decline, Code: "96"})
	c.expect("96", c.sale(debitCard, 1_00))
	c.expect("00", c.reversal(wrong)) // an advice is not declined

	set(t, n, kit.Fault{Kind: kit.Close})
	c.send(c.sale(debitCard, 1_00))
	if _, open := <-c.told; open {
		t.Error("the connection stays open")
	}
}

func TestFaults_repeatFromTheirSeed(t *testing.T) {
	outcomes := func(seed uint64) (text string) {
		n := start(t, cardnet.Config{})
		c := member(t, n)
		if err := n.Faults().Set(kit.Fault{Kind: kit.Decline, Rate: 0.3, Seed: seed}); err != nil {
			t.Fatal(err)
		}
		for range 40 {
			text += c.do(c.sale(debitCard, 1_00)).Get(39) + " "
		}
		return text
	}
	first := outcomes(7)
	if again := outcomes(7); again != first {
		t.Errorf("one seed, two runs:\n%s\n%s", first, again)
	}
	if other := outcomes(8); other == first {
		t.Error("another seed meets the same faults")
	}
}
