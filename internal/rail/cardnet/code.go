package cardnet

import "github.com/yifen-pay/yifen/internal/domain/payment"

// Codes of F39 that the rail gives or treats in a way of their own.
const (
	codeApproved = "00"
	codePartial  = "10"
	codeFault    = "96"
	codeNobody   = "98" // the issuer did not answer the network: nobody said
	codePIN      = "99" // the PIN block is none
	codeMAC      = "A0"
)

// approvals are the codes that mean yes.
var approvals = map[string]bool{
	codeApproved: true, codePartial: true, "11": true, "A2": true, "A4": true, "A5": true, "A6": true,
}

// declines says what a code that is no approval means. Original not found and invalid transaction end a
// reversal as done, so no other codes than 25 and 12 may lead to them.
var declines = map[string]payment.DeclineReason{
	"01":       payment.CallIssuer,
	"03":       payment.BadMerchant,
	"04":       payment.CaptureCard,
	"05":       payment.NotHonored,
	"12":       payment.InvalidTransaction,
	"13":       payment.BadAmount,
	"14":       payment.BadCard,
	"15":       payment.NoIssuer,
	"21":       payment.RestrictedCard, // not initialized
	"22":       payment.NotHonored,     // a fault in the related transaction
	"25":       payment.OriginalNotFound,
	"30":       payment.FormatError,
	"34":       payment.Fraud,
	"38":       payment.PINTries,
	"40":       payment.NotForTerminal, // function unsupported
	"41":       payment.LostCard,
	"43":       payment.StolenCard,
	"45":       payment.NotForCard, // fallback to the stripe
	"51":       payment.InsufficientFunds,
	"54":       payment.ExpiredCard,
	"55":       payment.WrongPIN,
	"57":       payment.NotForCard,
	"58":       payment.NotForTerminal,
	"59":       payment.NotHonored, // CVN
	"61":       payment.AmountLimit,
	"62":       payment.RestrictedCard,
	"64":       payment.OriginalAmount,
	"65":       payment.CountLimit,
	"66":       payment.Fraud, // the issuer's security department
	"67":       payment.CaptureCard,
	"68":       payment.IssuerTimeout,
	"75":       payment.PINTries,
	"90":       payment.DayEnd,
	"91":       payment.IssuerDown,
	"92":       payment.NetworkFault,
	"94":       payment.DuplicateRequest,
	codeFault:  payment.SystemFault,
	"97":       payment.NotForTerminal, // not registered
	codeNobody: payment.IssuerTimeout,
	codePIN:    payment.WrongPIN,
	codeMAC:    payment.SystemFault,
	"A1":       payment.FormatError, // currency
	"A3":       payment.BadCard,     // account
	"A7":       payment.SystemFault, // security processing
}

// outcome returns what a code says.
func outcome(code string) (payment.Outcome, payment.DeclineReason) {
	if approvals[code] {
		return payment.Yes, ""
	}
	why, known := declines[code]
	switch {
	case code == codeNobody:
		return payment.Silent, why
	case !known:
		why = payment.Other
	}
	return payment.No, why
}

// reason returns F39 of a reversal.
func reason(why string) string {
	const terminal = "terminal:" // followed by the code that the terminal gave
	switch {
	case len(why) == len(terminal)+2 && why[:len(terminal)] == terminal:
		return why[len(terminal):]
	case why == "silence", why == "late":
		return "98" // no answer in time
	case why == "crash":
		return "96" // a fault of ours after it was sent
	}
	return "06"
}
