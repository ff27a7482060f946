// Package wechat is WeChat Pay as a merchant's server meets it, imitated: API v3 with real signatures both
// ways, the payers with their phones, notifications with their schedule, bills, and books of its own that
// survive restarts. It serves direct merchants and partners with their sub-merchants, in public-key mode and
// in certificate mode, and it is judged by SDKs that others wrote.
//
// # Orders
//
//	native:   NOTPAY ── pay ──▶ SUCCESS       the payer scans and pays
//	          NOTPAY ── leave ▶ USERPAYING    the payer scans and thinks; refusing leads back, paying on
//	          NOTPAY, USERPAYING ── close ──▶ CLOSED
//	jsapi:    as native; a page in the wallet's browser asks the payer for whom the order was made
//	codepay:  (new) ─── pay ──▶ SUCCESS
//	          (new) ─── leave ▶ USERPAYING    the payer is asked for the password
//	          (new) ─── fail ─▶ PAYERROR      not enough money
//	          USERPAYING ── pay ──▶ SUCCESS
//	          USERPAYING ── refuse, lapse ──▶ PAYERROR
//	          each but REVOKED ── reverse ──▶ REVOKED   what was paid goes back
//	          PAYERROR ── close ──▶ CLOSED
//
// A paid order of which something was given back is told as REFUND; that is no state of its own. Refunds go
// PROCESSING → SUCCESS, or to ABNORMAL or CLOSED by the flaws of these names.
//
// # What follows the original, and what the original leaves open
//
//   - A request is verified over its raw bytes, its age (300 s either way) on the wall clock. All else runs on
//     the clock of package kit.
//   - An answer is signed by the key that the request's Wechatpay-Serial names, else by that of the merchant's
//     [Mode]. The notifications of an order are signed by the key that its request named.
//   - An order number belongs to the merchant that is paid. The same number with the same parameters gets the
//     same answer, with others 403 OUT_TRADE_NO_USED; the same holds for refund numbers (400 INVALID_REQUEST).
//   - An order does not close by its time_expire, but it cannot be paid after it, nor after two hours where
//     it has none.
//   - A code that asks for the password is answered 200 and USERPAYING, or 202 with the error of this name
//     (Config.PasswordAsError), since no source settles it. Closing such an order is answered 202 USER_PAYING.
//   - The error of a code that lapsed (AUTH_CODE_EXPIRED) and of one that is none (AUTH_CODE_INVALID) have the
//     names of API v2 in the spelling of v3.
//   - The fee is rounded half up to the fen and given back with refunds so that the sum over them is right.
//   - A notify_url may be http on a loopback address. To others nothing is sent: a simulator stays at home.
//     Such a notification counts as failed and is retried by the schedule.
//   - The bill of a date holds what was paid, refunded or reversed on it; the state of a refund is the one at
//     the time when bills are made (Config.BillsAt), whenever it is asked for.
//   - Coupons that WeChat Pay funds lessen what the payer pays (payer_total); those that the merchant funds
//     lessen what is settled too. A refund takes its share of each, to the fen.
//   - The error answers are signed as well.
//   - Whoever visits a page is told to its merchant without being asked (scope snsapi_base), by a code that is
//     good once for five minutes. Visitors of the page say who they are by the header Payer, as the wallet's
//     app knows it. A redirection goes to loopback addresses only.
//   - The openid of another payer, app or nobody is 400 PARAM_ERROR.
//
// # Faults
//
// The plan of package kit strikes requests and, one by one, attempts to notify. Of requests, "lost" does not act
// and "drop" acts, and both leave the client waiting; "duplicate" does nothing. Of attempts, "lost" sends nothing,
// "drop" takes no acknowledgment and "duplicate" sends twice. "wrong_amount" says one fen more. [Flaw] lists what
// only this provider does; flaws strike by rate and seed, or once ([Wallet.FlawOnce]). A flaw of a notification is
// decided when the notification comes to be, and strikes its first attempt.
//
// # Invariants
//
// [Wallet.Audit] recomputes them: the lines of every movement sum to zero; balances are what the movements sum
// to; each account is what its orders and refunds say; no order is refunded beyond what was paid; a reversed
// order that was paid has given back exactly that; a coupon is spent once.
//
// The source is the provider's documentation of API v3 (pay.weixin.qq.com/doc/v3) as of 2025 and how its SDKs and
// others behave. Nothing was tried on the original.
//
// Amounts are integer fen, rates parts per million. Keys lie in the folder of the configuration with mode
// 0600 and in no log.
package wechat
