package cardnet

import "github.com/yifen-pay/yifen/internal/domain/payment"

// form is how the profile writes one kind of operation: a row of the table in docs/network-leg.md.
type form struct {
	mti        string // of the first sending
	processing string // F3
	condition  string // F25

	about     bool // F90 names another transaction
	card      bool // what is presented of the card travels with it: F14 F23 F35 F52 F55
	code      bool // F38 of what it is about
	amount    bool // F4
	part      bool // F60, where the terminal takes part of the amount
	reversing bool // a reversal of it exists
}

// Types of messages.
const (
	mtiAuthorize = "0100"
	mtiRequest   = "0200"
	mtiTell      = "0220"
	mtiScript    = "0620"
	mtiReverse   = "0420"
)

// forms is every kind of operation that has a message of its own. Those of [payment.ReversalOp] and
// [payment.ScriptOp] depend on what they are about; see [formOf].
var forms = map[payment.Kind]form{
	payment.SaleOp: {
		mti: mtiRequest, processing: "000000", condition: "00",
		card: true, amount: true, part: true, reversing: true,
	},
	payment.VoidOp: {
		mti: mtiRequest, processing: "200000", condition: "00",
		about: true, card: true, code: true, amount: true, reversing: true,
	},
	payment.InquiryOp: {mti: mtiRequest, processing: "310000", condition: "00", card: true},
	payment.PreauthOp: {
		mti: mtiAuthorize, processing: "030000", condition: "06",
		card: true, amount: true, part: true, reversing: true,
	},
	payment.AddOnOp: {
		mti: mtiAuthorize, processing: "030000", condition: "60",
		about: true, card: true, code: true, amount: true, reversing: true,
	},
	payment.PreauthVoidOp: {
		mti: mtiAuthorize, processing: "200000", condition: "06",
		about: true, card: true, code: true, amount: true, reversing: true,
	},
	payment.CompletionOp: {
		mti: mtiRequest, processing: "000000", condition: "06",
		about: true, card: true, code: true, amount: true, reversing: true,
	},
	payment.CompletionVoidOp: {
		mti: mtiRequest, processing: "200000", condition: "06",
		about: true, card: true, code: true, amount: true, reversing: true,
	},
	payment.RefundOp: {
		mti: mtiTell, processing: "200000", condition: "00", about: true, amount: true,
	},
	payment.OfflineOp: {mti: mtiTell, processing: "000000", condition: "00", amount: true},
	payment.AdjustmentOp: {
		mti: mtiTell, processing: "020000", condition: "00", about: true, code: true, amount: true,
	},
}

// ownForm returns the form of an operation that says by itself what it is.
func ownForm(op *payment.Operation) (form, bool) {
	f, known := forms[op.Kind]
	if op.Kind == payment.CompletionOp && op.Advice {
		f.mti, f.card, f.reversing = mtiTell, false, false
	}
	return f, known
}

// again returns the type of a repeat: an advice (xx20) has one of its own, a request is never repeated.
func (f form) again() string {
	if f.mti[2] == '2' {
		return f.mti[:3] + "1"
	}
	return f.mti
}

// formOf returns the form of a request. A reversal and a script result are written as what they are about.
func formOf(q *payment.Request) (form, error) {
	switch q.Operation.Kind {
	case payment.ReversalOp, payment.ScriptOp:
	default:
		f, known := ownForm(&q.Operation)
		if !known {
			return form{}, errKind
		}
		return f, nil
	}
	if q.OriginalOperation == nil {
		return form{}, errOriginal
	}
	original, known := ownForm(q.OriginalOperation)
	if !known {
		return form{}, errKind
	}
	f := form{processing: original.processing, condition: original.condition, about: true}
	if q.Operation.Kind == payment.ScriptOp {
		f.mti = mtiScript
		return f, nil
	}
	if !original.reversing {
		return form{}, errReversal
	}
	f.mti, f.amount = mtiReverse, true
	return f, nil
}
