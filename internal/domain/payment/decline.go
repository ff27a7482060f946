package payment

// DeclineReason is why an issuer or the network said no, as a word. The list is closed and append-only; rails
// convert their codes to it, doors convert it to theirs, one table each.
type DeclineReason string

// The declines.
const (
	CallIssuer         DeclineReason = "call_issuer"
	BadMerchant        DeclineReason = "bad_merchant"
	CaptureCard        DeclineReason = "capture_card"
	NotHonored         DeclineReason = "not_honored"
	InvalidTransaction DeclineReason = "invalid_transaction"
	BadAmount          DeclineReason = "bad_amount"
	BadCard            DeclineReason = "bad_card"
	NoIssuer           DeclineReason = "no_issuer"
	OriginalNotFound   DeclineReason = "original_not_found"
	FormatError        DeclineReason = "format_error"
	Fraud              DeclineReason = "fraud"
	LostCard           DeclineReason = "lost_card"
	StolenCard         DeclineReason = "stolen_card"
	InsufficientFunds  DeclineReason = "insufficient_funds"
	ExpiredCard        DeclineReason = "expired_card"
	WrongPIN           DeclineReason = "wrong_pin"
	NotForCard         DeclineReason = "not_allowed_for_card"
	NotForTerminal     DeclineReason = "not_allowed_on_terminal"
	AmountLimit        DeclineReason = "amount_limit"
	RestrictedCard     DeclineReason = "restricted_card"
	OriginalAmount     DeclineReason = "original_amount"
	CountLimit         DeclineReason = "count_limit"
	IssuerTimeout      DeclineReason = "issuer_timeout"
	PINTries           DeclineReason = "pin_tries_exceeded"
	DayEnd             DeclineReason = "day_end"
	IssuerDown         DeclineReason = "issuer_down"
	NetworkFault       DeclineReason = "network_fault"
	DuplicateRequest   DeclineReason = "duplicate_request"
	SystemFault        DeclineReason = "system_fault"
	// Withdrawn: the wallet ended the order unpaid.
	Withdrawn DeclineReason = "withdrawn"
	// Unsent: the request never left, so nothing can have moved.
	Unsent DeclineReason = "unsent"
	// What wallets say beside that. CodeExpired, CodeUsed and CodeInvalid are about the code that the payer showed: a new one
	// serves. WalletLimit is the payer's, set by the wallet; AccountClosed is the payer's account.
	CodeExpired   DeclineReason = "code_expired"
	CodeUsed      DeclineReason = "code_used"
	CodeInvalid   DeclineReason = "code_invalid"
	PayerRefused  DeclineReason = "payer_refused"
	AccountClosed DeclineReason = "account_closed"
	WalletLimit   DeclineReason = "wallet_limit"
	// Other stands for a code that no table knows; the rail's own code is kept beside it.
	Other DeclineReason = "other"
)

// Declines lists every decline.
var Declines = []DeclineReason{
	CallIssuer, BadMerchant, CaptureCard, NotHonored, InvalidTransaction, BadAmount, BadCard, NoIssuer,
	OriginalNotFound, FormatError, Fraud, LostCard, StolenCard, InsufficientFunds, ExpiredCard, WrongPIN,
	NotForCard, NotForTerminal, AmountLimit, RestrictedCard, OriginalAmount, CountLimit, IssuerTimeout,
	PINTries, DayEnd, IssuerDown, NetworkFault, DuplicateRequest, SystemFault, Unsent, Other,
	CodeExpired, CodeUsed, CodeInvalid, PayerRefused, AccountClosed, WalletLimit, Withdrawn,
}
