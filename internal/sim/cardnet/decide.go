package cardnet

import "time"

// verdict is what the world around a request says about it.
type verdict struct {
	now     time.Time
	closing bool          // between 201 and 202
	decline string        // F39 of a fault
	lateFor time.Duration // how long the answer to a sale takes; 0 when it is not late
}

// decide returns the entry that a request makes. It changes nothing.
func (b *books) decide(r *request, v verdict) *entry {
	e := &entry{
		Key: r.key, Kind: r.kind, State: Declined, Card: r.cardID, Masked: r.masked(), Amount: r.amount,
		Processing: r.processing, RRN: r.rrn, Terminal: r.terminal, Merchant: r.merchant, Acquirer: r.acquirer,
		Forwarder: r.forwarder, Date: b.date, Original: r.original, At: v.now.UnixMilli(),
	}
	if r.original != nil {
		e.original = b.byKey[*r.original]
	}
	switch {
	case r.currency != yuan:
		e.Code = codeCurrency
	case r.amount <= 0:
		e.Code = codeAmount
	case r.kind == Reversal:
		e.Code = b.decideReversal(r, e.original)
	case b.refused[r.key]:
		e.Code = codeNotAllowed
	case r.account == nil:
		e.Code = codeNoCard
	case r.kind == Refund:
		e.Code = b.decideRefund(r, e.original)
	case v.closing:
		e.Code = codeCutOver
	case r.account.Silent:
		e.State = Unanswered
		return e
	case r.account.Decline != "":
		e.Code = r.account.Decline
	default:
		e.Code = b.decideCard(r, v, e)
		if e.Code == codeApproved && v.decline != "" {
			e.Code = v.decline
		}
		if e.Code == codeApproved && r.kind == Void {
			e.Code = b.decideVoid(r, e.original)
		}
		if e.Code == codeApproved && r.kind == Sale {
			e.Code = r.account.covers(r.amount)
		}
	}
	if e.Code != codeApproved {
		return e
	}
	if r.kind == Sale && v.lateFor > 0 {
		e.Code, e.State = "", Pending
		e.Due = v.now.Add(v.lateFor).UnixMilli()
		return e
	}
	e.State = Approved
	if r.kind == Sale {
		e.Approval = r.key.authorization()
	}
	b.settleFees(e, r.account)
	return e
}

// decideCard is what an issuer holds against the card and its holder. It notes in e what came of the PIN.
func (b *books) decideCard(r *request, v verdict, e *entry) string {
	day := dayOf(v.now)
	needed := r.kind == Sale && r.account.Product == Debit && !(r.tapped() && r.amount <= noPINMax)
	switch {
	case r.expiry != "" && r.expiry != r.account.Expiry || day[2:6] > r.account.Expiry:
		return codeExpired
	case r.pinState == pinAbsent && needed:
		return codeWrongPIN
	case r.pinState == pinAbsent:
	case r.account.locked(day):
		return codePINTries
	case r.pinState == pinUnreadable:
		return codePINBlock
	case !r.pin.Equal(r.account.PIN):
		e.PIN = pinWrong
		return codeWrongPIN
	default:
		e.PIN = pinRight
	}
	if b.strict && r.kind == Sale && r.chipRead() && (r.chip == nil || !r.chip.ok) {
		return codeAuthenticity
	}
	return codeApproved
}

func (b *books) decideVoid(r *request, o *entry) string {
	if code := r.against(o); code != codeApproved {
		return code
	}
	switch {
	case o.Kind != Sale || o.State != Approved || o.refunded > 0 || o.Approval != r.approval:
		return codeNotAllowed
	case o.Amount != r.amount:
		return codeOtherAmount
	}
	return codeApproved
}

func (b *books) decideRefund(r *request, o *entry) string {
	if code := r.against(o); code != codeApproved {
		return code
	}
	switch {
	case o.Kind != Sale || o.State != Approved:
		return codeNotAllowed
	case r.amount > o.Amount-o.refunded:
		return codeOtherAmount
	}
	return codeApproved
}

func (b *books) decideReversal(r *request, o *entry) string {
	switch {
	case r.originMTI != "0200":
		return codeNotSupported
	case o == nil:
		return codeNoOriginal
	case o.Kind == Reversal || o.Kind == Refund:
		return codeNotSupported
	}
	if code := r.against(o); code != codeApproved {
		return code
	}
	switch {
	case o.Processing != r.processing || o.RRN != r.rrn || o.State == Voided || o.refunded > 0:
		return codeNotAllowed
	case o.Amount != r.amount:
		return codeOtherAmount
	}
	return codeApproved
}

// against holds a request against the original that it names.
func (r *request) against(o *entry) string {
	switch {
	case o == nil:
		return codeNoOriginal
	case r.originMTI != "0200" || o.Card != r.cardID || o.Merchant != r.merchant:
		return codeNotAllowed
	case r.kind != Refund && o.Terminal != r.terminal:
		return codeNotAllowed
	}
	return codeApproved
}
