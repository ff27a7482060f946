package cardnet

import (
	"slices"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// Kind is what a transaction does.
type Kind string

// Kinds.
const (
	Sale           Kind = "sale"
	Void           Kind = "void" // of a sale or an offline sale
	Refund         Kind = "refund"
	Reversal       Kind = "reversal"
	Preauth        Kind = "preauth"
	AddOn          Kind = "add_on"
	PreauthVoid    Kind = "preauth_void"
	Completion     Kind = "completion"
	CompletionVoid Kind = "completion_void"
	Offline        Kind = "offline"
	Adjustment     Kind = "adjustment"
	Inquiry        Kind = "inquiry"
	ScriptResult   Kind = "script_result"
)

// Types of messages, without the last digit, which counts sendings.
const (
	mtiAuthorize = "0100"
	mtiRequest   = "0200"
	mtiAdvice    = "0220"
)

// acts is what the profile has, by type, F3 and F25. Reversals and script results carry the F3 and F25 of
// what they are about.
var acts = map[string]Kind{
	"0200 000000 00": Sale, "0200 200000 00": Void, "0200 310000 00": Inquiry,
	"0100 030000 06": Preauth, "0100 030000 60": AddOn, "0100 200000 06": PreauthVoid,
	"0200 000000 06": Completion, "0220 000000 06": Completion, "0200 200000 06": CompletionVoid,
	"0220 200000 00": Refund, "0220 000000 00": Offline, "0220 020000 00": Adjustment,
}

// kindOf returns what a message does, or "" for a combination that the profile does not have.
func kindOf(mti, processing, condition string) Kind {
	if mti[2] == '2' {
		mti = mti[:3] + "0" // a repeat does what the first sending does
	}
	switch mti {
	case "0420":
		return Reversal
	case "0620":
		return ScriptResult
	}
	return acts[mti+" "+processing+" "+condition]
}

// condition returns F25 of a kind.
func (k Kind) condition() string {
	switch k {
	case Preauth, PreauthVoid, Completion, CompletionVoid:
		return "06"
	case AddOn:
		return "60"
	}
	return "00"
}

// priced reports whether a message of the kind says an amount.
func (k Kind) priced() bool { return k != Inquiry && k != ScriptResult }

// takes reports whether the kind takes money from a card, to be given back by others.
func (k Kind) takes() bool { return k == Sale || k == Completion || k == Offline }

// opens reports whether the kind asks an issuer for money that nothing was said about before.
func (k Kind) opens() bool { return k == Sale || k == Preauth }

// signs reports whether a chip that is read for the kind has to sign it.
func (k Kind) signs() bool { return k.opens() || k == AddOn || k == Inquiry }

// anywhere reports whether the kind may come from another terminal than its original did.
func (k Kind) anywhere() bool {
	switch k {
	case Refund, AddOn, PreauthVoid, Completion, ScriptResult:
		return true
	}
	return false
}

// back returns the kind that undoes k in the daily file.
func (e *entry) back() Kind {
	switch e.Kind {
	case Void, CompletionVoid:
		return e.original.Kind
	case Completion:
		return CompletionVoid
	}
	return Void
}

// Fields that a message must have, by kind, and those that it must not.
var (
	everywhere = []int{2, 3, 7, 11, 22, 25, 32, 33, 37, 41, 42, 43, 49, 128}
	localTime  = []int{12, 13, 18}
	beside     = map[Kind][]int{
		Void: {38, 90}, AddOn: {38, 90}, PreauthVoid: {38, 90}, Completion: {38, 90}, CompletionVoid: {38, 90},
		Refund: {90}, Offline: {38}, Adjustment: {90}, ScriptResult: {55, 90}, Reversal: {39, 90},
	}
	noReversal = []int{12, 13, 18, 35, 52, 55}
	noAdvice   = []int{35, 52}
)

// has reports whether a message has the fields that its kind calls for and none that it forbids.
func (k Kind) has(m *iso8583.Message, advice bool) bool {
	all := func(fields []int) bool {
		return !slices.ContainsFunc(fields, func(f int) bool { return !m.Has(f) })
	}
	switch {
	case !all(everywhere) || !all(beside[k]) || m.Has(4) != k.priced():
		return false
	case m.Has(90) && !slices.Contains(beside[k], 90): // it is about nothing
		return false
	case k == Reversal:
		return !slices.ContainsFunc(noReversal, m.Has)
	case advice && slices.ContainsFunc(noAdvice, m.Has):
		return false
	}
	return all(localTime)
}
