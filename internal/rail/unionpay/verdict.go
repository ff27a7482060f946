package unionpay

import (
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

const notHonored = string(payment.NotHonored)

// verdict is what a refusal means: it has failed for good.
type verdict struct {
	reason payment.DeclineReason
	ask    bool // the number may stand for something already: what it stands for decides
	// other is what an order is of which the wallet then knows nothing; Failed where it is "". A refusal that shows that the
	// number stands for something is no failure of it.
	other wallet.State
}

// verdicts are the codes by which an order or a refund has failed. What is not here is silence.
var verdicts = map[string]verdict{
	"10": {reason: payment.FormatError},
	"11": {reason: payment.BadMerchant}, // our signature
	"12": {reason: payment.DuplicateRequest, ask: true, other: wallet.Silent},
	"13": {reason: payment.FormatError},
	"31": {reason: payment.BadMerchant},
	"32": {reason: payment.BadMerchant},
	"33": {reason: payment.BadAmount},
	"34": {reason: payment.OriginalNotFound},
	"35": {reason: payment.InvalidTransaction, ask: true},
	"36": {reason: payment.DuplicateRequest, ask: true, other: wallet.Silent},
	"39": {reason: payment.InvalidTransaction, ask: true}, // too late, or our clock is off
	"61": {reason: payment.CodeInvalid},
	"64": {reason: payment.InsufficientFunds},
	"65": {reason: payment.InsufficientFunds, ask: true}, // of the merchant
}
