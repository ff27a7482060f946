package kit

// Accounts of a wallet's books beside those of payers and merchants.
const (
	Outside   = "outside"   // where first money comes from and paid-out money goes; it may be overdrawn
	Promotion = "promotion" // what the provider spent on coupons; likewise
	Income    = "income"    // fees
	Transit   = "transit"   // on the way back to payers
)

// MerchantAccount is what a merchant has with the provider.
func MerchantAccount(number string) string { return "merchant:" + number }

// PayerAccount is what a payer has.
func PayerAccount(name string) string { return "payer:" + name }

// Payers of the simulation.
const (
	PayerRich = "rich" // has what the configuration says
	PayerPoor = "poor" // has nothing
)

// Kinds of lines in a wallet's books.
const (
	KindOpening    = "opening"
	KindWithdrawal = "withdrawal"
	KindPayment    = "payment"
	KindFee        = "fee"
	KindRefund     = "refund"
	KindFeeBack    = "fee_back"
	KindReversal   = "reversal"
	KindReturned   = "returned" // of a refund that came to nothing
)

// OpeningLines give an account its first money.
func OpeningLines(account string, amount int64) []Line {
	return []Line{{Outside, -amount, KindOpening}, {account, amount, KindOpening}}
}

// withdrawalLines pay out some of what a merchant has.
func withdrawalLines(merchant string, amount int64) []Line {
	return []Line{{MerchantAccount(merchant), -amount, KindWithdrawal}, {Outside, amount, KindWithdrawal}}
}

// PaymentLines book a payment.
func PaymentLines(merchant, payer string, p Parts) []Line {
	return nonZero(
		Line{PayerAccount(payer), -p.Payer, KindPayment}, Line{Promotion, -p.Provider, KindPayment},
		Line{MerchantAccount(merchant), p.Settlement, KindPayment}, Line{MerchantAccount(merchant), -p.Fee, KindFee}, Line{Income, p.Fee, KindFee},
	)
}

// RefundLines book a refund that was asked for: the merchant has given it, the payer has not got it yet.
func RefundLines(merchant string, p Parts) []Line { return backLines(merchant, Transit, KindRefund, p) }

// ReversalLines book a payment that is taken back at once.
func ReversalLines(merchant, payer string, p Parts) []Line {
	return backLines(merchant, PayerAccount(payer), KindReversal, p)
}

func backLines(merchant, to, kind string, p Parts) []Line {
	return nonZero(
		Line{MerchantAccount(merchant), -p.Settlement, kind}, Line{to, p.Payer, kind}, Line{Promotion, p.Provider, kind},
		Line{MerchantAccount(merchant), p.Fee, KindFeeBack}, Line{Income, -p.Fee, KindFeeBack},
	)
}

// ArrivalLines book that the payer has got a refund.
func ArrivalLines(payer string, p Parts) []Line {
	return nonZero(Line{Transit, -p.Payer, KindRefund}, Line{PayerAccount(payer), p.Payer, KindRefund})
}

// ReturnLines book that a refund came to nothing: the merchant has it again.
func ReturnLines(merchant string, p Parts) []Line {
	return nonZero(
		Line{MerchantAccount(merchant), p.Settlement, KindReturned}, Line{Transit, -p.Payer, KindReturned}, Line{Promotion, -p.Provider, KindReturned},
		Line{MerchantAccount(merchant), -p.Fee, KindFee}, Line{Income, p.Fee, KindFee},
	)
}

// expected is what a wallet's orders and refunds say that accounts have.
type expected map[string]int64

// expected begins with what was brought in and paid out.
func (l *Ledger) expected() expected {
	e := expected{}
	for account, list := range l.history {
		for _, m := range list {
			if m.Kind == KindOpening || m.Kind == KindWithdrawal {
				e[account] += m.Amount
			}
		}
	}
	return e
}

// paid adds a payment.
func (e expected) paid(merchant, payer string, p Parts) {
	e[PayerAccount(payer)] -= p.Payer
	e[Promotion] -= p.Provider
	e[MerchantAccount(merchant)] += p.Settlement - p.Fee
	e[Income] += p.Fee
}

// given adds a refund that has not come to nothing, or a reversal. It has arrived, or is on its way.
func (e expected) given(merchant, payer string, p Parts, arrived bool) {
	e[MerchantAccount(merchant)] -= p.Settlement - p.Fee
	e[Income] -= p.Fee
	e[Promotion] += p.Provider
	to := Transit
	if arrived {
		to = PayerAccount(payer)
	}
	e[to] += p.Payer
}
