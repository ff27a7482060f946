package payment

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Refusals.
var (
	ErrAmount             = fault.New(fault.Invalid, "amount_invalid", "the amount must be more than zero and fit twelve digits of fen")
	ErrNotFound           = fault.New(fault.NotFound, "payment_not_found", "there is no such payment")
	ErrOriginalNotFound   = fault.New(fault.NotFound, "original_not_found", "the original transaction was not found")
	ErrOriginalState      = fault.New(fault.Conflict, "original_state", "the original transaction does not allow this any more")
	ErrOriginalAmount     = fault.New(fault.Conflict, "original_amount", "the amount is not that of the original transaction")
	ErrRefundAmount       = fault.New(fault.Conflict, "refund_above_rest", "the refund is above what is left of the payment")
	ErrOtherCard          = fault.New(fault.Conflict, "other_card", "this is not the card of the original transaction")
	ErrUnderWay           = fault.New(fault.Conflict, "act_under_way", "another act on this payment is under way: try again in a moment")
	ErrCompletionAmount   = fault.New(fault.Conflict, "completion_above_hold", "the completion is above what the authorization allows")
	ErrTip                = fault.New(fault.Conflict, "adjustment_amount", "the new total is not above what was approved, or too far above it")
	ErrAuthCode           = fault.New(fault.Invalid, "auth_code_missing", "the authorization code is missing: it is on the slip of the authorization")
	ErrAuthorizationTaken = fault.New(fault.Conflict, "authorization_taken", "this authorization code was used for a sale with this card already")
	ErrPreauth            = fault.New(fault.Forbidden, "preauth_not_allowed", "merchants of this category may not pre-authorize")
	ErrUseChip            = fault.New(fault.Forbidden, "use_chip", "the card has a chip and the terminal reads chips: insert or tap it")
	ErrPINRequired        = fault.New(fault.Forbidden, "pin_required", "this amount needs the card's PIN")
	ErrUseRefund          = fault.New(fault.Conflict, "use_refund", "the original is in a closed batch or cleared: refund it instead of voiding it")
	ErrNotRecorded        = fault.New(fault.Unknown, "outcome_not_recorded", "the outcome could not be recorded: it is not known")
	ErrNotReversible      = fault.New(fault.Conflict, "not_reversible", "a transaction of this kind cannot be reversed")
	ErrTransition         = fault.New(fault.Internal, "transition", "the state does not allow this event")
	ErrDay                = fault.New(fault.Unavailable, "day_not_open", "no business date is open yet")
	ErrUnanswered         = fault.New(fault.Unavailable, "still_running", "the request is still being worked on")
)
