package alipay

import (
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// verdict is what a refusal means: it has failed for good.
type verdict struct {
	reason payment.DeclineReason
	ask    bool // the number may stand for something already: what it stands for decides
	// other is what an order is of which the wallet then knows nothing; Failed where it is "". A refusal that shows that the
	// number stands for something is no failure of it.
	other wallet.State
}

// verdicts are the refusals of the business (40004) by which a trade or a refund has failed. What is not here is silence.
var verdicts = map[string]verdict{
	"PAYMENT_AUTH_CODE_INVALID":            {reason: payment.CodeInvalid},
	"SOUNDWAVE_PARSER_FAIL":                {reason: payment.CodeInvalid},
	"BUYER_BALANCE_NOT_ENOUGH":             {reason: payment.InsufficientFunds},
	"BUYER_BANKCARD_BALANCE_NOT_ENOUGH":    {reason: payment.InsufficientFunds},
	"NO_PAYMENT_INSTRUMENTS_AVAILABLE":     {reason: payment.InsufficientFunds},
	"SELLER_BALANCE_NOT_ENOUGH":            {reason: payment.InsufficientFunds, ask: true},
	"BUYER_ENABLE_STATUS_FORBID":           {reason: payment.AccountClosed},
	"BUYER_NOT_EXIST":                      {reason: payment.AccountClosed},
	"BUYER_ERROR":                          {reason: payment.AccountClosed},
	"ERROR_BALANCE_PAYMENT_DISABLE":        {reason: payment.WalletLimit},
	"ERROR_BUYER_CERTIFY_LEVEL_LIMIT":      {reason: payment.WalletLimit},
	"BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR": {reason: payment.WalletLimit},
	"BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR": {
		reason: payment.WalletLimit,
	},
	"BEYOND_PAY_RESTRICTION":         {reason: payment.WalletLimit},
	"MOBILE_PAYMENT_SWITCH_OFF":      {reason: payment.WalletLimit},
	"USER_FACE_PAYMENT_SWITCH_OFF":   {reason: payment.WalletLimit},
	"BEYOND_PER_RECEIPT_RESTRICTION": {reason: payment.AmountLimit},
	"TOTAL_FEE_EXCEED":               {reason: payment.AmountLimit},
	"PAYMENT_REQUEST_HAS_RISK":       {reason: payment.Fraud},
	"BUYER_SELLER_EQUAL":             {reason: payment.InvalidTransaction},
	"EXIST_FORBIDDEN_WORD":           {reason: payment.FormatError},
	"INVALID_PARAMETER":              {reason: payment.FormatError},
	"ACCESS_FORBIDDEN":               {reason: payment.BadMerchant},
	"PARTNER_ERROR":                  {reason: payment.BadMerchant},
	"SELLER_BEEN_BLOCKED":            {reason: payment.BadMerchant},
	"SELLER_NOT_EXIST":               {reason: payment.BadMerchant},
	"APPLY_PC_MERCHANT_CODE_ERROR":   {reason: payment.BadMerchant},
	"TRADE_NOT_EXIST":                {reason: payment.OriginalNotFound},
	"TRADE_HAS_SUCCESS":              {reason: payment.DuplicateRequest, ask: true, other: wallet.Silent},
	"TRADE_HAS_CLOSE":                {reason: payment.InvalidTransaction, ask: true, other: wallet.Ended},
	"TRADE_HAS_FINISHED":             {reason: payment.InvalidTransaction, ask: true, other: wallet.Silent},
	"CONTEXT_INCONSISTENT":           {reason: payment.DuplicateRequest, ask: true, other: wallet.Silent},
	"PAYMENT_FAIL":                   {reason: payment.NotHonored, ask: true},
	"TRADE_STATUS_ERROR":             {reason: payment.InvalidTransaction, ask: true},
	"TRADE_NOT_ALLOW_REFUND":         {reason: payment.InvalidTransaction, ask: true},
	"REFUND_AMT_NOT_EQUAL_TOTAL":     {reason: payment.OriginalAmount, ask: true},
	"REASON_TRADE_REFUND_FEE_ERR":    {reason: payment.OriginalAmount, ask: true},
	"DISCORDANT_REPEAT_REQUEST":      {reason: payment.DuplicateRequest, ask: true},
	"REASON_TRADE_BEEN_FREEZEN":      {reason: payment.RestrictedCard, ask: true},
	"ONLINE_TRADE_VOUCHER_NOT_ALLOW": {reason: payment.InvalidTransaction},
}

// silent tells that a refusal says nothing about what happened: the provider's own troubles.
func (s *said) silent() bool {
	return s.Code == "20000" || strings.HasPrefix(s.SubCode, "isp.") || strings.HasSuffix(s.SubCode, "SYSTEM_ERROR") ||
		s.Code == "40005" // called too often: an earlier request may have acted
}

// verdict says what a refusal means, if anything.
func (s *said) verdict() (verdict, bool) {
	if s.silent() {
		return verdict{}, false
	}
	switch s.Code {
	case "20001", "40003", "40006": // no permission, or a token that is none
		return verdict{reason: payment.BadMerchant}, true
	case "40001", "40002": // the request could not be read
		if strings.Contains(s.SubCode, "signature") || strings.Contains(s.SubCode, "app") || strings.Contains(s.SubCode, "cert") {
			return verdict{reason: payment.BadMerchant}, true
		}
		return verdict{reason: payment.FormatError}, true
	case "40004":
		v, ok := verdicts[strings.TrimPrefix(s.SubCode, "ACQ.")]
		return v, ok
	}
	return verdict{}, false
}
