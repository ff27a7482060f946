// Package unionpay is the way out to UnionPay's QR codes through the bar-code front end (条码前置), for institutions and the
// merchants under them. There is no library for it: messages are JSON objects of texts, signed with the key of a PKCS #12 file.
//
//	Show      apply                       Query     queryOrder
//	Charge    micropay                    Refund    refund, refundQuery
//	Withdraw  closeOrder (shown), cancel (scanned), then a query
//
// The signature is SHA256withRSA (PKCS #1 v1.5), in base64, over the SHA-256 in lower-case hexadecimal of all other members as
// name=value, sorted and joined by ampersands, empty values included.
//
// # What is believed
//
//   - An answer counts when it came with HTTP 200, its signature verifies, it was made within five minutes of the wall clock, and
//     it names our institution, merchant and order. Refusals are held to the same. Anything else is [wallet.Silent] and counted.
//   - The signature does not cover the act, so that a payment counts only with what is told of a paid order.
//   - 02 waits; 12 and 36 ask what the number stands for; 37, 99 and what no table knows are silence.
//   - A closeOrder does not tell that the payer was quicker, nor a cancel whether money went back: a query does.
//
// Amounts are fen. No code, secret or payer's number leaves the package.
//
// Source: the messages as an open-source platform speaks them; what that leaves open follows the simulator's account of it.
package unionpay
