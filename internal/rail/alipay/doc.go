// Package alipay is the way out to Alipay's OpenAPI gateway, for merchants with apps of their own and for providers that act
// by an app_auth_token, in public-key mode and in certificate mode, signed and verified by smartwalle/alipay.
//
//	Show      trade.precreate             Query     trade.query
//	Charge    trade.pay                   Refund    trade.refund, trade.fastpay.refund.query
//	Withdraw  trade.cancel within 24 hours; later trade.close of what nobody paid, then a query
//
// # What is believed
//
//   - An answer counts when it came with HTTP 200, its signature verifies and it names our order. Answers name no merchant;
//     the keys do. Anything else is [wallet.Silent] and counted.
//   - The library takes an answer without a signature for an error and hands it over unverified, whatever it says. That is
//     silence here. It never looks at the HTTP status either.
//   - In its production mode the library downloads a platform certificate that it does not know without holding it to a root, so
//     that whoever answers could sign. The rail uses the other mode, in which what is not loaded verifies nothing. It fetches such
//     a certificate itself, at most once a minute, and loads it if it is in its term and one of the account's roots issued it; the
//     answer that named it is silence.
//   - The answer's signature does not cover its method, so that a payment counts only with what trade.pay tells of it.
//   - 10003 waits; 20000 and isp.* are silence; 40004 is read by its sub_code, and one that no table knows is silence.
//   - A trade that is shown does not exist until somebody scans it: [wallet.Missing] is then no surprise.
//   - A cancellation of what does not exist says yes too: of a code that was shown, it is over; of one that was scanned it
//     is Missing, since the payment may still arrive.
//   - A query of a refund tells of success or nothing, so that what was asked before is sent again under its number.
//
// Amounts travel as yuan and are fen here. No code, secret or payer's number leaves the package.
//
// Source: the provider's documentation of its OpenAPI as of 2025, and how smartwalle/alipay v3.2.29 behaves.
package alipay
