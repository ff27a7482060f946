package isohost

import (
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/payment"
)

// Codes of ISO 8583 DE 39 that the host itself gives.
const (
	codeApproved     = "00"
	codeMerchant     = "03"
	codeNotFound     = "25"
	codeFormat       = "30"
	codeUnsupported  = "40"
	codeNotAllowed   = "58"
	codeBatch        = "77"
	codeDayEnd       = "90"
	codeDuplicate    = "94"
	codeSystem       = "96"
	codeUnregistered = "97"
	codeUnanswered   = "98"
	codePIN          = "99"
	codeMAC          = "A0"
)

// declineCodes is the one table from why an issuer said no to field 39.
var declineCodes = map[payment.DeclineReason]string{
	payment.CallIssuer:         "01",
	payment.BadMerchant:        codeMerchant,
	payment.CaptureCard:        "04",
	payment.NotHonored:         "05",
	payment.InvalidTransaction: "12",
	payment.BadAmount:          "13",
	payment.BadCard:            "14",
	payment.NoIssuer:           "15",
	payment.OriginalNotFound:   codeNotFound,
	payment.FormatError:        codeFormat,
	payment.Fraud:              "34",
	payment.LostCard:           "41",
	payment.StolenCard:         "43",
	payment.InsufficientFunds:  "51",
	payment.ExpiredCard:        "54",
	payment.WrongPIN:           "55",
	payment.NotForCard:         "57",
	payment.NotForTerminal:     codeNotAllowed,
	payment.AmountLimit:        "61",
	payment.RestrictedCard:     "62",
	payment.OriginalAmount:     "64",
	payment.CountLimit:         "65",
	payment.IssuerTimeout:      "68",
	payment.PINTries:           "75",
	payment.DayEnd:             codeDayEnd,
	payment.IssuerDown:         "91",
	payment.NetworkFault:       "92",
	payment.DuplicateRequest:   codeDuplicate,
	payment.SystemFault:        codeSystem,
	payment.Unsent:             "91",
	payment.CodeExpired:        "54",
	payment.CodeUsed:           "14",
	payment.CodeInvalid:        "14",
	payment.PayerRefused:       "05",
	payment.AccountClosed:      "62",
	payment.WalletLimit:        "61",
	payment.Withdrawn:          "05",
	payment.Other:              "05",
}

// refusalCodes is the one table from our own refusals, by their word, to field 39.
var refusalCodes = map[string]string{
	"terminal_not_found":      codeUnregistered,
	"merchant_not_found":      codeMerchant,
	"merchant_suspended":      codeMerchant,
	"terminal_suspended":      codeNotAllowed,
	"sign_in_required":        codeMAC,
	"terminal_changed":        codeMAC,
	"batch_mismatch":          codeBatch,
	"trace_reused":            codeDuplicate,
	"amount_invalid":          "13",
	"payment_not_found":       codeNotFound,
	"original_not_found":      codeNotFound,
	"original_state":          "12",
	"original_amount":         "64",
	"refund_above_rest":       "64",
	"other_card":              "14",
	"act_under_way":           "68", // try again: what it waits for is a matter of moments
	"signed_already":          codeDuplicate,
	"authorization_taken":     codeDuplicate,
	"no_receipt":              "12",
	"completion_above_hold":   "64",
	"adjustment_amount":       "13",
	"auth_code_missing":       codeFormat,
	"preauth_not_allowed":     codeNotAllowed,
	"use_chip":                "45",
	"pin_required":            "55",
	"use_refund":              "12",
	"not_reversible":          "12",
	"payment_code_invalid":    "14",
	"wallet_not_connected":    codeUnsupported, // no later try helps: the house has no such wallet
	"wallet_not_configured":   "57",
	"service_not_open":        "57",
	"limit_single":            "61",
	"limit_day_sum":           "61",
	"limit_day_count":         "65",
	"no_fee_rule":             "57",
	"day_not_open":            codeDayEnd,
	"busy":                    codeSystem,
	"store_unavailable":       codeSystem,
	"store_full":              codeSystem,
	"pin_block_malformed":     codePIN,
	"mac_wrong":               codeMAC,
	"message_malformed":       codeFormat,
	"function_unsupported":    codeUnsupported,
	"merchant_mismatch":       codeMerchant,
	"device_mismatch":         codeUnregistered,
	"terminal_unregistered":   codeUnregistered,
	"certificate_of_another":  codeUnregistered,
	"certificate_unreadable":  codeFormat,
	"certificate_key_unfit":   codeNotAllowed,
	"certificate_usage_unfit": codeNotAllowed,
	"certificate_expired":     codeNotAllowed,
	"certificate_untrusted":   codeNotAllowed,
	"key_proof_wrong":         codeNotAllowed,
	"key_delivery_gone":       codeNotAllowed,
	"key_delivery_off":        codeUnsupported,
	"key_delivery_too_soon":   codeSystem,
}

// codeOf returns field 39 for an error; what no table names is a fault of the system.
func codeOf(err error) string {
	if fault.KindOf(err) == fault.Unknown {
		return codeUnanswered // money may have moved: the terminal reverses
	}
	if code, ok := refusalCodes[fault.CodeOf(err)]; ok {
		return code
	}
	return codeSystem
}

// codeOfResult returns field 39 for what became of a request.
func codeOfResult(r payment.Result) string {
	switch r.Operation.State {
	case payment.OpApproved:
		if r.Payment.ByCode() {
			if r.Code.Late || r.Operation.Kind == payment.SaleOp && r.Operation.Reversal != "" {
				return codeUnanswered // paid after it had been ended, and given back
			}
			return codeApproved
		}
		if r.Operation.RailCode != "" && r.Operation.RailCode != codeApproved {
			return r.Operation.RailCode // approved with a remark: 10, 11, A2 …
		}
		return codeApproved
	case payment.OpDeclined:
		if code, ok := declineCodes[payment.DeclineReason(r.Operation.Result)]; ok {
			return code
		}
		return declineCodes[payment.Other]
	case payment.OpRefused:
		if code, ok := refusalCodes[r.Operation.Result]; ok {
			return code
		}
	}
	return codeUnanswered
}

// The host's own refusals.
var (
	errMAC         = fault.New(fault.Forbidden, "mac_wrong", "the message authentication code is wrong: sign in again")
	errFormat      = fault.New(fault.Invalid, "message_malformed", "a field is missing or malformed")
	errUnsupported = fault.New(fault.Invalid, "function_unsupported", "this function is not supported")
	errDevice      = fault.New(fault.Forbidden, "device_mismatch", "the request does not come from the hardware that this terminal number is registered with")
	errMerchant    = fault.New(fault.Forbidden, "merchant_mismatch", "the terminal belongs to another merchant")
)
