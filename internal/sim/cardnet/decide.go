package cardnet

import "time"

// policy is what the issuers allow; see Config.
type policy struct {
	strictChip, strictCounter, strictStripe bool

	completionPercent, authorizationDays int
	noPINLimit, noPINDaily               int64 // fen
}

func policyOf(c Config) policy {
	return policy{
		strictChip: c.StrictChip, strictCounter: c.StrictCounter, strictStripe: c.StrictStripe,
		completionPercent: c.CompletionPercent, authorizationDays: c.AuthorizationDays,
		noPINLimit: c.NoPINLimit, noPINDaily: c.NoPINDaily,
	}
}

// verdict is what the world around a request says about it.
type verdict struct {
	now     time.Time
	closing bool          // between 201 and 202
	decline string        // F39 of a fault
	lateFor time.Duration // how long the answer takes; 0 when it is not late
}

// decide returns the entry that a request makes. It changes nothing.
func (b *books) decide(r *request, v verdict) *entry {
	e := &entry{
		Key: r.key, Kind: r.kind, State: Declined, Card: r.cardID, Masked: r.masked(), Amount: r.amount,
		Partial: r.partial, Advice: r.toldCompletion(),
		Processing: r.processing, RRN: r.rrn, Terminal: r.terminal, Merchant: r.merchant, Acquirer: r.acquirer,
		Forwarder: r.forwarder, Date: b.date, Original: r.original, At: v.now.UnixMilli(),
	}
	if r.original != nil {
		e.original = b.byKey[*r.original]
	}
	switch {
	case r.currency != yuan:
		e.Code = codeCurrency
	case r.kind.priced() && r.amount <= 0:
		e.Code = codeAmount
	case r.kind == Reversal:
		e.Code = b.decideReversal(r, e.original)
	case b.refused[r.key]:
		e.Code = codeNotAllowed
	case r.account == nil:
		e.Code = codeNoCard
	case r.advice && r.original != nil: // the issuer is told about what it agreed to
		e.Code = b.judge(r, e)
	case v.closing && !r.advice:
		e.Code = codeCutOver
	case r.account.Silent:
		e.State = Unanswered
		return e
	case r.account.Decline != "":
		e.Code = r.account.Decline
	default:
		e.Code = b.decideCard(r, v, e)
		if e.Code == codeApproved && v.decline != "" && !r.advice {
			e.Code = v.decline
		}
		if e.Code == codeApproved {
			e.Code = b.judge(r, e)
		}
	}
	if !approves(e.Code) {
		return e
	}
	if r.chip.proves() && r.kind.signs() {
		e.Script = r.account.nextScript()
	}
	if r.waits() && v.lateFor > 0 {
		e.wait(v)
		return e
	}
	e.State = Approved
	if r.kind == Offline {
		e.Approval = r.approval
	}
	e.Approval = e.authorization()
	b.settleFees(e, r.account)
	return e
}

// wait leaves the decision to the time when it is due.
func (e *entry) wait(v verdict) {
	e.Amount, e.Asked = e.asked(), 0
	e.Code, e.State = "", Pending
	e.Due = v.now.Add(v.lateFor).UnixMilli()
}

// decideCard is what an issuer holds against the card and its holder. It notes in e what came of the PIN and
// of the chip.
func (b *books) decideCard(r *request, v verdict, e *entry) string {
	day := dayOf(v.now)
	a := r.account
	if r.chip.proves() {
		e.Counter, e.replayed = r.chip.counter(), r.chip.counter() <= a.counter
	}
	switch {
	case r.expiry != "" && r.expiry != a.Expiry || day[2:6] > a.Expiry:
		return codeExpired
	case b.policy.strictStripe && r.stripeOfChip():
		return codeFallback
	case r.pinState == pinAbsent && !b.without(r, day):
		return codeWrongPIN
	case r.pinState == pinAbsent:
		e.NoPIN = r.tapped() && r.kind.opens()
	case a.locked(day):
		return codePINTries
	case r.pinState == pinUnreadable:
		return codePINBlock
	case !r.pin.Equal(a.PIN):
		e.PIN = pinWrong
		return codeWrongPIN
	default:
		e.PIN = pinRight
	}
	promised := r.kind.signs() && r.chipRead()
	switch {
	case b.policy.strictChip && (r.chip != nil || promised) && !r.chip.proves():
		return codeAuthenticity
	case b.policy.strictCounter && e.replayed:
		return codeAuthenticity
	}
	return codeApproved
}

// without reports whether a request may go without PIN: a tap up to the limits of the transaction and of the
// day, whatever the card; otherwise what a debit card is asked for needs one.
func (b *books) without(r *request, day string) bool {
	a := r.account
	switch {
	case r.kind.opens() && r.tapped():
		return r.amount <= b.policy.noPINLimit && a.tappedOn(day)+r.amount <= b.policy.noPINDaily
	case r.kind.opens() || r.kind == Inquiry:
		return a.Product != Debit
	}
	return true
}

// judge holds a request against what it is about, and against what the card has.
func (b *books) judge(r *request, e *entry) string {
	o := e.original
	if r.original != nil {
		if code := r.against(o); code != codeApproved {
			return code
		}
	}
	switch r.kind {
	case Void, AddOn, PreauthVoid, Completion, CompletionVoid:
		if o.Approval != r.approval {
			return codeNotAllowed
		}
	case ScriptResult:
		return r.scriptOf(e)
	}
	return b.grant(e, r.account)
}

// grant decides on what fits its original by what the books say now. Where only a part of the amount is
// covered and a part will do, it cuts the amount of e.
func (b *books) grant(e *entry, a *account) string {
	o := e.original
	switch e.Kind {
	case Sale, Preauth:
		code := a.covers(e.Amount)
		if code != codeApproved && e.Partial && a.Product == Prepaid && a.available() > 0 {
			e.Asked, e.Amount = e.Amount, a.available()
			return codePartial
		}
		return code
	case Offline:
		return a.covers(e.Amount)
	case AddOn, PreauthVoid, Completion:
		return b.grantOnAuthorization(e, a)
	case CompletionVoid:
		return whole(e, o, o.Kind == Completion)
	case Void:
		return whole(e, o, o.Kind == Sale || o.Kind == Offline)
	case Refund:
		switch {
		case !o.Kind.takes() || o.State != Approved:
			return codeNotAllowed
		case e.Amount > o.total.amount-o.refunded:
			return codeOtherAmount
		}
	case Adjustment:
		if o.Kind != Sale && o.Kind != Offline || o.State != Approved || o.refunded > 0 {
			return codeNotAllowed
		}
		e.Before = o.total.amount
		return a.covers(e.Amount - e.Before)
	}
	return codeApproved
}

// grantOnAuthorization decides on what adds to an authorization or ends it.
func (b *books) grantOnAuthorization(e *entry, a *account) string {
	o := e.original
	held := o.total.amount
	switch {
	case !o.alive() || o.busy(e):
		return codeNotAllowed
	case e.Kind == AddOn:
		return a.covers(e.Amount)
	case e.Kind == PreauthVoid && e.Amount != held:
		return codeOtherAmount
	case e.Kind == Completion && e.Amount*100 > held*int64(b.policy.completionPercent):
		return codeOtherAmount
	case e.Kind == Completion:
		return a.covers(e.Amount - held)
	}
	return codeApproved
}

// whole decides on a void: of the right kind of transaction, in the right state, of all of it.
func whole(e, o *entry, kind bool) string {
	switch {
	case !kind || o.State != Approved || o.refunded > 0:
		return codeNotAllowed
	case e.Amount != o.total.amount:
		return codeOtherAmount
	}
	return codeApproved
}

func (b *books) decideReversal(r *request, o *entry) string {
	switch {
	case r.originMTI != mtiRequest && r.originMTI != mtiAuthorize:
		return codeNotSupported
	case o == nil:
		return codeNoOriginal
	case o.Kind == Reversal || o.Kind == Inquiry || o.mti() == mtiAdvice || o.Kind == ScriptResult:
		return codeNotSupported
	}
	if code := r.against(o); code != codeApproved {
		return code
	}
	switch {
	case o.Processing != r.processing || o.Kind.condition() != r.condition || o.RRN != r.rrn || o.settledOtherwise():
		return codeNotAllowed
	case o.asked() != r.amount:
		return codeOtherAmount
	}
	return codeApproved
}

// settledOtherwise reports whether something came after e that must be taken back before e can be.
func (e *entry) settledOtherwise() bool {
	switch e.State {
	case Voided, Completed:
		return true
	case Approved, Lapsed:
	default:
		return false // there is nothing to take back
	}
	switch e.Kind {
	case Preauth:
		return e.total.amount != e.Amount || e.busy(nil)
	case AddOn:
		auth := e.original
		return auth.State != Approved && auth.State != Lapsed || auth.busy(e)
	case CompletionVoid:
		auth := e.original.original
		return auth.State != Approved && auth.State != Lapsed || auth.busy(nil)
	}
	return e.refunded > 0 || e.adjusted
}

// against holds a request against the original that it names.
func (r *request) against(o *entry) string {
	switch {
	case o == nil:
		return codeNoOriginal
	case r.originMTI != o.mti() || o.Card != r.cardID || o.Merchant != r.merchant:
		return codeNotAllowed
	case !r.kind.anywhere() && o.Terminal != r.terminal:
		return codeNotAllowed
	}
	return codeApproved
}
