package wechat_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

// truth is what the wallet's books say of an order.
type truth struct {
	exists  bool
	paid    bool // and not taken back
	ever    bool // paid
	waiting bool // can be paid
}

// truth looks into the books.
func (r *rig) truth(order string) truth {
	o, ok := r.wallet.Order(r.seller, order)
	return truth{
		exists: ok, paid: o.State == simwechat.Success, ever: !o.Paid.IsZero(),
		waiting: o.State == simwechat.NotPay || o.State == simwechat.UserPaying,
	}
}

// refundContradicts says how an answer about a refund contradicts the books.
func (r *rig) refundContradicts(_, number string, a wallet.Answer) string {
	b, ok := r.wallet.Refund(r.seller, number)
	fits := map[wallet.State]bool{
		wallet.Silent: true, wallet.Unsent: !ok, wallet.Failed: !ok || b.Status == simwechat.RefundClosed,
		wallet.Accepted: ok && b.Status == simwechat.RefundProcessing, wallet.Returned: ok && b.Status == simwechat.RefundSuccess,
		wallet.Stuck: ok && b.Status == simwechat.RefundAbnormal,
	}
	if !fits[a.State] {
		return fmt.Sprintf("the books say %v %s", ok, b.Status)
	}
	return ""
}

// contradicts says how an answer about an order contradicts the books, "" where it does not.
func (b truth) contradicts(a wallet.Answer) string {
	switch a.State {
	case wallet.Paid:
		if !b.paid {
			return "the books know of no payment"
		}
	case wallet.Waiting:
		if !b.waiting {
			return "the books say that it is over"
		}
	case wallet.Ended:
		if b.paid || b.waiting || a.Undone != b.ever {
			return "the books say that it stands, or otherwise whether money went back"
		}
	case wallet.Failed:
		if b.paid || b.waiting {
			return "the books say that it stands"
		}
	case wallet.Missing:
		if b.exists {
			return "the books have it"
		}
	}
	return ""
}

// TestChance holds, from a seed, that what the rail says last of an order or a refund never contradicts the wallet's books,
// whatever strikes its answers.
func TestChance(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			chance(t, seed, modes[int(seed)%len(modes)])
		})
	}
}

func chance(t *testing.T, seed uint64, m mode) {
	r := newRig(t, m, simwechat.Config{})
	random := rand.New(rand.NewPCG(seed, 1))
	r.want("first", r.ask(r.request(wallet.Query, number(0))), wallet.Missing)
	for i, flaw := range []simwechat.Flaw{simwechat.ForgedSignature, simwechat.WrongMerchant, simwechat.OtherOrder, simwechat.ServerError, simwechat.TooMany, simwechat.ClockOff, simwechat.PaidAfterClose, simwechat.AbnormalRefund, simwechat.ClosedRefund} {
		if err := r.wallet.SetFlaw(flaw, 0.04, seed+uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i, kind := range []kit.Kind{kit.Close, kit.WrongAmount} {
		if err := r.wallet.Faults().Set(kit.Fault{Kind: kind, Rate: 0.04, Seed: seed + uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	type order struct {
		presented wallet.Presented
		content   string
		code      wallet.Code
		over      bool // by the rail's word
		sent      bool
		refunds   int
	}
	orders := make([]order, 20)
	for i := range orders {
		if orders[i].presented = wallet.Shown; i%2 == 1 {
			orders[i].presented = wallet.Scanned
		}
	}
	for n := range 150 {
		i := random.IntN(len(orders))
		o, no := &orders[i], number(i+1)
		q := r.request([]wallet.Ask{wallet.Show, wallet.Query, wallet.Query, wallet.Refund, wallet.Withdraw}[random.IntN(5)], no)
		q.Presented, q.Began, q.Expires = o.presented, noon, noon.Add(time.Hour)
		switch dice := random.IntN(4); {
		case o.presented == wallet.Scanned && !o.sent:
			o.sent, q.Ask = true, wallet.Charge
			o.code = r.code([]simwechat.CodeState{simwechat.CodeOK, simwechat.CodePassword, simwechat.CodePoor, simwechat.CodeExpired}[random.IntN(4)])
			q.Code = o.code
		case q.Ask == wallet.Show && (o.presented == wallet.Scanned || o.over):
			q.Ask = wallet.Query // what is over is not shown again
		case !o.sent:
			o.sent, q.Ask = true, wallet.Show
		case dice == 0 && o.content != "":
			r.wallet.Scan(o.content, []simwechat.Act{simwechat.Pay, simwechat.Leave, simwechat.Refuse}[random.IntN(3)]) // an order that is over refuses
			continue
		case dice == 0 && !o.code.IsZero():
			r.wallet.Password(o.code.Digits()) // nobody may be waiting
			continue
		case q.Ask == wallet.Withdraw && random.IntN(3) > 0:
			q.Ask = wallet.Query
		}
		if q.Ask == wallet.Refund {
			number := fmt.Sprintf("refund_%s_%d", no[28:], o.refunds)
			q = r.back(no, number)
			q.Back.Fen, q.Presented, q.Again = 100, o.presented, random.IntN(2) == 0
			a := r.ask(q)
			if why := r.refundContradicts(no, number, a); why != "" {
				t.Fatalf("step %d, refund %s: %+v: %s", n, number, a, why)
			}
			if a.State != wallet.Silent {
				o.refunds++
			}
			r.clock.Advance(3 * time.Second)
			continue
		}
		a := r.ask(q)
		if why := r.truth(no).contradicts(a); why != "" {
			t.Fatalf("step %d, %s of %s: %+v: %s", n, q.Ask, no, a, why)
		}
		if a.Content != "" {
			o.content = a.Content
		}
		o.over = o.over || a.State == wallet.Ended || a.State == wallet.Failed
	}
	r.wallet.ClearFlaws()
	r.wallet.Faults().Clear()
	for i, o := range orders {
		no := number(i + 1)
		if b := r.truth(no); o.over && b.paid {
			t.Errorf("%s was over by the rail's word, and is paid", no)
		}
		a := r.ask(r.request(wallet.Query, no))
		if why := r.truth(no).contradicts(a); why != "" || a.State == wallet.Silent || a.State == wallet.Unsent {
			t.Errorf("in the end %s is %+v: %s", no, a, why)
		}
	}
}
