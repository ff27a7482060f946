package cardnet

import (
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// financial answers a financial message in c.in. err is what the codec said of it.
func (c *conn) financial(body []byte, err error) {
	n := c.net
	n.stats.financial.Add(1)
	effect := fate{Effect: n.faults.Next(), struck: n.flaws.next()}
	if effect.Lost {
		return
	}
	c.answerTo(&c.in)
	if err != nil {
		n.stats.formatErrors.Add(1)
		c.reply(codeFormat, c.keys.Load())
		return
	}
	m := n.members[c.in.Get(33)]
	if m == nil || !slices.Contains(m.Acquirers, c.in.Get(32)) {
		c.reply(codeUnknownMember, c.keys.Load())
		return
	}
	var keys *generation
	if data := iso8583.MACInput(body, iso8583.Network); data != nil {
		keys = n.authenticate(c, m, data, c.in.Bytes(128))
	}
	if keys == nil {
		n.stats.macErrors.Add(1)
		c.reply(codeMAC, c.keys.Load())
		return
	}
	if r, code := n.read(&c.in, keys); code != "" {
		n.stats.formatErrors.Add(1)
		c.reply(code, keys)
	} else {
		c.decide(r, keys, effect)
	}
	n.countUse(c, keys)
}

// countUse changes the keys of a connection once they have served long enough.
func (n *Network) countUse(c *conn, keys *generation) {
	most := int64(n.config.KeyEveryMessages)
	if most > 0 && keys.used.Add(1) == most && c.keys.Load() == keys {
		c.changeKeys(keys.member)
	}
}

// decide has the books decide on a request and answers it.
func (c *conn) decide(r *request, keys *generation, effect fate) {
	n := c.net
	n.countChip(r.chip)
	v := verdict{now: n.clock.Now(), decline: effect.Decline, lateFor: effect.Late}
	if r.account != nil && r.account.Late {
		v.lateFor = n.config.LateAfter
	}
	outcome, entry := n.post(r, v)
	if entry != nil && r.account != nil && r.account.Late && (r.kind == Inquiry || r.kind == Offline) {
		effect.Late = max(effect.Late, v.lateFor)
	}
	switch outcome.state {
	case Unanswered:
		n.stats.unanswered.Add(1)
		return
	case Pending:
		if entry == nil { // a repeat: the first one is answered when it is due
			return
		}
		n.stats.late.Add(1)
		later := &iso8583.Message{}
		later.SetMTI(c.out.MTI())
		later.CopyFrom(&c.out, echoed...)
		n.clock.AfterFunc(v.lateFor, func() {
			if outcome, ok := n.settle(entry); ok {
				outcome.fill(later, r)
				effect.Late = 0
				c.deliver(later, keys, effect)
			}
		})
		return
	}
	outcome.fill(&c.out, r)
	c.deliver(&c.out, keys, effect)
}

// fate is what strikes one message.
type fate struct {
	kit.Effect
	struck
}

// outcome is what an answer says.
type outcome struct {
	state    State
	code     string
	approval string
	date     string
	amount   int64   // fen, of a partial approval
	balances string  // F54
	script   *script // a copy
}

// outcome returns what the answer to an entry says. The caller holds the network's lock.
func (b *books) outcome(e *entry) outcome {
	o := outcome{state: e.State, code: e.Code, approval: e.Approval, date: e.Date}
	if e.Code == codePartial {
		o.amount = e.Amount
	}
	a := b.byID[e.Card]
	if a == nil || !approves(e.Code) || e.Kind == ScriptResult {
		return o
	}
	if e.Kind == Inquiry {
		o.balances = a.balances()
	}
	if s := a.script(e.Script); s != nil {
		o.script = new(*s)
	}
	return o
}

// balances returns F54: what is booked (amount type 01) and what can be spent (02).
func (a *account) balances() string {
	account := "10"
	if a.Product == Credit {
		account = "30"
	}
	text := ""
	for _, amount := range []struct {
		kind string
		fen  int64
	}{{"01", a.funds}, {"02", a.available()}} {
		sign := "C"
		if amount.fen < 0 {
			sign = "D"
		}
		text += fmt.Sprintf("%s%s%s%s%012d", account, amount.kind, yuan, sign, max(amount.fen, -amount.fen))
	}
	return text
}

// fill writes an outcome into an answer.
func (o outcome) fill(m *iso8583.Message, r *request) {
	m.Set(15, o.date[4:])
	if o.approval != "" {
		m.Set(38, o.approval)
	}
	m.Set(39, o.code)
	if o.amount != 0 {
		m.Set(4, fmt.Sprintf("%012d", o.amount))
	}
	if o.balances != "" {
		m.Set(54, o.balances)
	}
	if f55 := r.chip.answer(o.code, o.script); f55 != nil {
		m.SetBytes(55, f55)
	}
}

// post finds or makes the entry of a request. A pending entry is returned to whom it was made for.
func (n *Network) post(r *request, v verdict) (outcome, *entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v.closing = n.paused
	if known := n.books.byKey[r.key]; known != nil {
		n.stats.duplicates.Add(1)
		if !known.sameAs(r) {
			return outcome{state: Declined, code: codeDuplicate, date: n.books.date}, nil
		}
		o := n.books.outcome(known)
		if known.Code == "" && o.state == Reversed {
			o.state = Unanswered // it was reversed before any answer, and has none to repeat
		}
		return o, nil
	}
	entry, err := n.books.post(r, v)
	n.noteJournal(err)
	n.stats.count(entry)
	return n.books.outcome(entry), entry
}

// settle books a pending entry that is due and returns what its answer says: of one that a reversal has
// overtaken, that it was approved. It returns false when the network is closed.
func (n *Network) settle(e *entry) (outcome, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return outcome{}, false
	}
	if e.State == Reversed && e.Code == "" {
		return outcome{state: Approved, code: codeApproved, approval: e.authorization(), date: n.books.date}, true
	}
	n.noteJournal(n.books.settle(e))
	n.stats.count(e)
	return n.books.outcome(e), true
}

// deliver sends an answer as its faults let it through: of the goroutine that reads into the buffer, of
// others at once. It keeps nothing of m.
func (c *conn) deliver(m *iso8583.Message, keys *generation, effect fate) {
	n := c.net
	switch {
	case effect.Close:
		n.stats.cut.Add(1)
		c.socket.Close()
		return
	case effect.Drop:
		n.stats.unanswered.Add(1)
		return
	}
	if effect.WrongAmount && m.Has(4) {
		m.Set(4, nextAmount(m.Get(4)))
	}
	effect.alter(m)
	times := 1
	if effect.Duplicate {
		times = 2
	}
	wait := max(effect.Delay, effect.Late)
	if m == &c.out && wait == 0 {
		c.frame = effect.forge(n.pack(c.frame[:0], m, keys))
		for range times {
			c.write(c.frame)
		}
		return
	}
	frame := effect.forge(n.pack(nil, m, keys))
	send := func() {
		for range times {
			c.send(frame)
		}
	}
	if wait == 0 {
		send()
		return
	}
	n.clock.AfterFunc(wait, send)
}

// nextAmount returns F4 one fen higher, or lower where it cannot be.
func nextAmount(f4 string) string {
	digits := []byte(f4)
	for i, c := range slices.Backward(digits) {
		if c < '9' {
			digits[i]++
			return string(digits)
		}
		digits[i] = '0'
	}
	return "999999999998"
}

func (n *Network) countChip(c *chip) {
	switch {
	case c == nil:
	case c.ok:
		n.stats.chipsRight.Add(1)
	default:
		n.stats.chipsWrong.Add(1)
	}
}
