package cardnet

import "time"

// settleFees sets the fees of an entry that moves money, from its product or from what it is about.
func (b *books) settleFees(e *entry, a *account) {
	o := e.original
	switch {
	case e.Kind.takes():
		e.Interchange, e.Network = b.feesOf(e.Amount, a)
	case e.Kind == Adjustment:
		interchange, network := b.feesOf(e.Amount, a)
		e.Interchange, e.Network = interchange-o.total.interchange, network-o.total.network
	case e.Kind == Void || e.Kind == CompletionVoid:
		e.Interchange, e.Network = -o.total.interchange, -o.total.network
	case e.Kind == Refund:
		back := func(fee int64) int64 {
			return share(fee, o.refunded, o.total.amount) - share(fee, o.refunded+e.Amount, o.total.amount)
		}
		e.Interchange, e.Network = back(o.total.interchange), back(o.total.network)
	}
}

// feesOf returns the fees on an amount that a card pays.
func (b *books) feesOf(amount int64, a *account) (interchange, network int64) {
	fees := b.fees[a.Product]
	return fees.Interchange.of(amount), fees.Network.of(amount)
}

// share returns the part of a fee that falls to part of an amount, rounded half up.
func share(fee, part, whole int64) int64 { return (2*fee*part + whole) / (2 * whole) }

// apply enters e, whose outcome is decided, and moves what it moves. It is the one way in, whether e was
// decided just now or is read again.
func (b *books) apply(e *entry) {
	e.number = len(b.entries)
	e.touched = e.Date
	b.entries = append(b.entries, e)
	b.byKey[e.Key] = e
	if e.Original != nil {
		e.original = b.byKey[*e.Original]
	}
	a := b.byID[e.Card]
	if a != nil {
		a.countPIN(e.PIN, dayOf(time.UnixMilli(e.At)))
		a.counter = max(a.counter, e.Counter)
	}
	switch {
	case e.Kind == Reversal:
		b.applyReversal(e, a)
	case e.State == Approved:
		b.take(e, a)
	case e.State == Pending && e.original != nil:
		e.original.pending = e
	}
}

// take lets an approved entry take effect: on the card, on what it is about and on the daily file.
func (b *books) take(e *entry, a *account) {
	o := e.original
	e.total = standing{e.Amount, e.Interchange, e.Network}
	e.filed = e.total
	switch e.Kind {
	case Void:
		o.State = Voided
	case Refund:
		o.refunded += e.Amount
	case Preauth:
		a.hold(e.Amount)
	case AddOn:
		o.total.amount += e.Amount
		if o.alive() {
			a.hold(e.Amount)
		}
	case PreauthVoid:
		b.release(o, a)
		o.State = Voided
	case Completion:
		b.release(o, a)
		o.State = Completed
	case CompletionVoid:
		o.State = Voided
		b.revive(o.original, a, e.Date)
	case Adjustment:
		difference := standing{e.Amount - e.Before, e.Interchange, e.Network}
		o.adjusted = true
		o.total = o.total.plus(difference)
		if !e.clears() {
			o.filed = o.filed.plus(difference)
		}
		e.filed = difference
	case ScriptResult:
		a.scriptDone(e)
	}
	a.pay(e.effect())
	if e.clears() {
		b.cleared[e.Date] = append(b.cleared[e.Date], e)
	}
	if e.NoPIN {
		a.countTap(e.Amount, dayOf(time.UnixMilli(e.At)))
	}
	if e.Kind != ScriptResult {
		a.scriptGoes(e.Script, ScriptSent)
	}
	e.root().touched = e.Date
}

func (b *books) applyReversal(e *entry, a *account) {
	o := e.original
	switch {
	case e.Code == codeNoOriginal:
		b.refused[*e.Original] = true
	case e.State != Approved || o == nil:
		return
	case o.State == Pending || o.State == Unanswered:
		o.State = Reversed
	case o.State == Approved || o.State == Lapsed:
		b.reverse(e, a)
	}
}

// reverse takes back an entry that took effect.
func (b *books) reverse(e *entry, a *account) {
	o := e.original
	switch o.Kind {
	case Void:
		o.original.State = Approved
	case Preauth:
		b.release(o, a)
	case AddOn:
		o.original.total.amount -= o.Amount
		if o.original.alive() {
			a.hold(-o.Amount)
		}
	case PreauthVoid, Completion:
		b.revive(o.original, a, e.Date)
	case CompletionVoid:
		o.original.State = Approved
		b.release(o.original.original, a)
		o.original.original.State = Completed
	}
	o.State = Reversed
	o.undone = e.Date
	a.pay(-o.effect())
	if o.NoPIN {
		a.countTap(-o.Amount, dayOf(time.UnixMilli(o.At)))
	}
	a.scriptGoes(o.Script, ScriptWaiting)
	if o.clears() && o.Date != e.Date {
		e.Interchange, e.Network = -o.Interchange, -o.Network
		b.cleared[e.Date] = append(b.cleared[e.Date], e)
	}
	e.root().touched = e.Date
}

// release lets go what an authorization that lives holds.
func (b *books) release(o *entry, a *account) {
	if o.alive() {
		a.hold(-o.total.amount)
	}
}

// revive lets an authorization live again, unless its time is over.
func (b *books) revive(o *entry, a *account, date string) {
	if b.lapsed(o, date) {
		o.State = Lapsed
		return
	}
	o.State = Approved
	a.hold(o.total.amount)
}

// lapsed reports whether the time of an authorization is over on a clearing date.
func (b *books) lapsed(o *entry, date string) bool {
	return dateAfter(o.Date, b.policy.authorizationDays) < date
}

// book ends the wait of a pending entry.
func (b *books) book(e *entry, with *booking) {
	e.Code, e.Approval, e.Date = with.Code, with.Approval, with.Date
	e.Interchange, e.Network = with.Interchange, with.Network
	if with.Amount != 0 {
		e.Asked, e.Amount = e.Amount, with.Amount
	}
	e.touched = e.Date
	e.State = Declined
	if approves(e.Code) {
		e.State = Approved
		b.take(e, b.byID[e.Card])
	}
}

// settle ends the wait of a pending entry by what the card has now, unless a reversal did before.
func (b *books) settle(e *entry) error {
	if e.State != Pending {
		return nil
	}
	a := b.byID[e.Card]
	with := &booking{Key: e.Key, Date: b.date}
	if a == nil { // a card that is no longer configured
		with.Code = codeNoCard
	} else {
		granted := *e
		if with.Code = b.grant(&granted, a); approves(with.Code) {
			b.settleFees(&granted, a)
			with.Approval = e.authorization()
			with.Interchange, with.Network = granted.Interchange, granted.Network
			if granted.Asked != 0 {
				with.Amount = granted.Amount
			}
		}
	}
	err := b.journal.Append(record{Booking: with})
	b.book(e, with)
	return err
}
