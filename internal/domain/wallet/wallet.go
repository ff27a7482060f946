package wallet

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Name names a wallet. It is the rail and the service of the same name too.
type Name string

// The wallets.
const (
	WeChat   Name = "wechat"
	Alipay   Name = "alipay"
	UnionPay Name = "unionpay"
)

// Names lists every wallet.
var Names = []Name{WeChat, Alipay, UnionPay}

// Known tells whether there is such a wallet.
func (n Name) Known() bool { return n == WeChat || n == Alipay || n == UnionPay }

// Presented says who showed the code to whom.
type Presented string

// The ways.
const (
	Shown   Presented = "shown"   // by the shop, scanned by the payer (主扫)
	Scanned Presented = "scanned" // by the payer, scanned at the till (被扫)
)

// Refusals.
var (
	ErrName       = fault.New(fault.Invalid, "wallet_unknown", "there is no such wallet: wechat, alipay or unionpay")
	ErrCode       = fault.New(fault.Invalid, "payment_code_invalid", "this is no wallet's payment code: ask the customer to open the code anew and scan it again")
	ErrAccount    = fault.New(fault.NotFound, "wallet_account_not_found", "the merchant has no account with this wallet: enter its numbers and keys first")
	ErrNoProvider = fault.New(fault.Conflict, "wallet_provider_missing", "the operator has no account with this wallet: enter it first")
	ErrChanged    = fault.New(fault.Conflict, "wallet_account_changed", "the account was changed meanwhile: test it again")
	ErrField      = fault.New(fault.Invalid, "wallet_account_invalid", "the configuration cannot be kept as it is")
	ErrNotice     = fault.New(fault.Forbidden, "notification_refused", "the notification is not from the wallet, too old or not for this account")
	// A page of ours in a wallet's own browser.
	ErrVisitor       = fault.New(fault.Conflict, "visitor_unknown", "the wallet does not say any more who you are: open the page again")
	ErrVisitorSilent = fault.New(fault.Unavailable, "visitor_silent", "the wallet does not say who you are just now: try again in a moment, or let the shop scan your code")

	ErrBill   = fault.New(fault.Unavailable, "wallet_bill_unavailable", "the wallet has not given the bill of this date: ask again later")
	ErrNoBill = fault.New(fault.Invalid, "wallet_bill_refused", "the wallet does not give such a bill: look at the date and at what the account may ask for")
)
