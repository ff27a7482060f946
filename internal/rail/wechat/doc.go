// Package wechat is the way out to WeChat Pay: API v3 for direct merchants and for partners with their sub-merchants, signed
// and verified by the provider's own library.
//
//	Show      native                      Query     the order by our number
//	Charge    codepay                     Refund    refunds, and the query of them
//	Withdraw  close (shown), reverse (scanned), then a query
//
// # What is believed
//
//   - An answer counts when its signature verifies, it is not five minutes old, and it names our order, merchant and app.
//     Anything else is [wallet.Silent] and counted.
//   - The library verifies nothing but 2xx. The original signs every answer to a request whose own signature was right, so that
//     errors are verified here as well: an unsigned "no" is silence, since whoever can cut a line can also answer on it. What
//     is lost is time, never money: the order is asked about.
//   - The library takes any 2xx for success. A 202 carries an error of its own: the payer types a password.
//   - A 429 or 5xx is silence, signed or not; so is a refusal that no table knows.
//   - A 204 to a close names no order, and a payer can be quicker: what became of the order a query says, not the close.
//     A reverse is queried after too, since its answer does not tell whether money went back.
//   - An order number that stands for something already is asked about, in place of a refusal that is not about this request.
//
// # Keys
//
// In public-key mode the key of the account verifies. In certificate mode the platform's certificates are downloaded under
// the APIv3 key, kept, and fetched anew every twelve hours; a serial number that is not known fetches once. The same serves
// the change-over, where an account with a public key still meets certificates. An expired certificate verifies nothing.
//
// Ages of signatures are on the wall clock. Amounts are fen. No code, secret or payer's number leaves the package.
//
// Source: the provider's documentation of API v3 as of 2025, and how wechatpay-go v0.2.21 behaves.
package wechat
