// Package alipay is Alipay's OpenAPI as a merchant's server meets it, imitated: the gateway with real signatures
// both ways, the payers with their phones, notifications with their schedule, bills, and books of its own that
// survive restarts. It serves merchants with their own apps and providers of services that act for others by an
// app_auth_token, in public-key mode and in certificate mode, and it is judged by SDKs that others wrote.
//
// # Trades
//
//	trade.precreate: (new) ─────────▶ PRECREATED       to the merchant it does not exist
//	                 PRECREATED ── cancel, lapse ▶ WITHDRAWN
//	                 PRECREATED ── pay ──▶ TRADE_SUCCESS
//	                 PRECREATED ── leave, refuse ▶ WAIT_BUYER_PAY
//	trade.pay:       (new) ─── pay ──▶ TRADE_SUCCESS
//	                 (new) ─── leave ▶ WAIT_BUYER_PAY  the payer is asked for the password
//	                 (new) ─── fail ─▶ TRADE_CLOSED    not enough money
//	both:            WAIT_BUYER_PAY ── pay ──▶ TRADE_SUCCESS
//	                 WAIT_BUYER_PAY ── close, cancel, lapse ▶ TRADE_CLOSED, of trade.pay by refuse too
//	                 TRADE_SUCCESS ── cancel, refund of the last fen ▶ TRADE_CLOSED
//
// A paid trade is told as TRADE_FINISHED once it is a year old, and refunds nothing more. Refunds are done at
// once; by the flaws refund_pending and refund_failed they wait.
//
// # What follows the original, and what the original leaves open
//
//   - The signature is over all parameters of address and form that are not empty but sign itself; where one
//     stands in both, the form's counts. An app with both modes is answered as it asks.
//   - No source says how old a timestamp may be. Libraries write it in the zone of their machine, so that the
//     gateway takes 24 h either way; Config.AgeMax makes it narrower.
//   - Answers have the response first, then alipay_cert_sn, then sign, without spaces. Errors are signed too.
//   - An order number belongs to the merchant that is paid. The same number with the same parameters gets the
//     same answer, with others ACQ.CONTEXT_INCONSISTENT, or ACQ.TRADE_HAS_SUCCESS once it is paid; a closed one
//     ACQ.TRADE_HAS_CLOSE. Refund numbers are unique within their trade (ACQ.DISCORDANT_REPEAT_REQUEST).
//   - A trade closes by its timeout_express or time_expire, by default after two hours; one that waits for the
//     password after Config.AskTime. What is closed unpaid is not notified.
//   - trade.cancel says 10000 of a trade that does not exist too, without an action. A code that nobody has
//     scanned is not good any more after it. A trade of which something was refunded is not canceled.
//   - trade.close of a trade that is not WAIT_BUYER_PAY is ACQ.TRADE_STATUS_ERROR, also when it was closed before.
//   - A trade by a code without money behind it is TRADE_CLOSED.
//   - A query of a refund tells refund_status REFUND_SUCCESS or nothing at all.
//   - Notifications carry no alipay_cert_sn, since libraries differ on whether it is signed. Those of refunds go
//     where that of the payment went.
//   - A notify_url may be http on a loopback address. To others nothing is sent: a simulator stays at home.
//     Such a notification counts as failed and is retried by the schedule.
//   - The fee is rounded half up to the fen and given back with refunds so that the sum over them is right.
//   - Coupons that Alipay funds lessen what the payer pays (buyer_pay_amount); those that the merchant funds
//     lessen what is settled (receipt_amount) too. A refund takes its share of each, to the fen.
//   - The REST form (/v3/alipay/…) does the same by the same numbers. A payment that waits for the password is
//     answered 200 without gmt_payment; refusals have the code that stands below the gateway's (ACQ.…), since no
//     source settles either. Its requests may be ten minutes old.
//   - A bill lies on the wallet's own address for 30 s of the clock of package kit.
//
// # Faults
//
// The plan of package kit strikes requests and, one by one, attempts to notify: "lost" and "drop" leave
// the client waiting, "duplicate" sends a notification twice, "wrong_amount" says one fen more. [Flaw] lists
// what only this provider does; flaws strike by rate and seed, or once ([Wallet.FlawOnce]). Answers of the gateway
// name no merchant, so that only notifications can name a wrong one; a notification's flaw strikes its first attempt.
//
// # Invariants
//
// [Wallet.Audit] recomputes them: the lines of every movement sum to zero; balances are what the movements sum
// to; each account is what its trades and refunds say; no trade is refunded beyond what was paid; a paid trade
// that is closed has given back exactly that; a coupon is spent once.
//
// The source is the provider's documentation of its OpenAPI (opendocs.alipay.com) as of 2025 and how SDKs that
// others wrote behave. Nothing was tried on the original.
//
// Amounts are integer fen, rates parts per million. Keys lie in the folder of the configuration with mode
// 0600 and in no log.
package alipay
