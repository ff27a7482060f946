package wechat

import (
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

const notHonored = string(payment.NotHonored)

// verdict is what a refusal of an order or a refund means.
type verdict struct {
	state  wallet.State // Waiting, or Failed
	reason payment.DeclineReason
	ask    bool // the number may stand for something already: what it stands for decides
	used   bool // the message tells of a code that was used before
	// other is what an order is of which the wallet then knows nothing; Failed where it is "". A refusal that shows that the
	// number stands for something is no failure of it.
	other wallet.State
}

// verdicts are the refusals by which an order has failed for good, or waits. What is not here is silence.
var verdicts = map[string]verdict{
	"USERPAYING":            {state: wallet.Waiting},
	"USER_PAYING":           {state: wallet.Waiting},
	"NOT_ENOUGH":            {state: wallet.Failed, reason: payment.InsufficientFunds},
	"NOTENOUGH":             {state: wallet.Failed, reason: payment.InsufficientFunds},
	"AUTH_CODE_EXPIRED":     {state: wallet.Failed, reason: payment.CodeExpired},
	"AUTHCODEEXPIRE":        {state: wallet.Failed, reason: payment.CodeExpired},
	"AUTH_CODE_INVALID":     {state: wallet.Failed, reason: payment.CodeInvalid, used: true},
	"AUTH_CODE_ERROR":       {state: wallet.Failed, reason: payment.CodeInvalid, used: true},
	"ACCOUNT_ERROR":         {state: wallet.Failed, reason: payment.AccountClosed},
	"USER_ACCOUNT_ABNORMAL": {state: wallet.Failed, reason: payment.AccountClosed},
	"RULE_LIMIT":            {state: wallet.Failed, reason: payment.WalletLimit, ask: true},
	"NO_AUTH":               {state: wallet.Failed, reason: payment.BadMerchant},
	"MCH_NOT_EXISTS":        {state: wallet.Failed, reason: payment.BadMerchant},
	"APPID_MCHID_NOT_MATCH": {state: wallet.Failed, reason: payment.BadMerchant},
	"OPENID_MISMATCH":       {state: wallet.Failed, reason: payment.BadMerchant},
	"PARAM_ERROR":           {state: wallet.Failed, reason: payment.FormatError},
	"TRADE_ERROR":           {state: wallet.Failed, reason: payment.NotHonored, ask: true},
	"INVALID_REQUEST":       {state: wallet.Failed, reason: payment.InvalidTransaction, ask: true},
	"OUT_TRADE_NO_USED":     {state: wallet.Failed, reason: payment.DuplicateRequest, ask: true, other: wallet.Silent},
	"ORDER_CLOSED":          {state: wallet.Failed, reason: payment.InvalidTransaction, ask: true, other: wallet.Ended},
	"ORDERPAID":             {state: wallet.Failed, reason: payment.DuplicateRequest, ask: true, other: wallet.Silent},
	"RESOURCE_NOT_EXISTS":   {state: wallet.Failed, reason: payment.OriginalNotFound, ask: true},
	"ORDER_NOT_EXIST":       {state: wallet.Failed, reason: payment.OriginalNotFound, ask: true},
}

// why returns the reason as payments know it.
func (v verdict) why(message string) string {
	if v.used && strings.Contains(message, "仅限使用一次") {
		return string(payment.CodeUsed)
	}
	return string(v.reason)
}
