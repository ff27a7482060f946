// Package phone is the payer's phone of the demo, with the wallets on it: it scans codes, shows its own, enters
// passwords late and pays. Programs use it as an API, people as a page.
//
//	POST /phone/scan      {"wallet", "content", "act"} → {"state"}: pay, refuse or leave what a code asks for
//	POST /phone/code      {"wallet", "state"} → {"code"}: show a code that turns out ok, password, poor or expired
//	POST /phone/password  {"code"} → {"state"}: the payer who is asked for it enters the password; "refuse": true gives up
//
// A wallet is wechat, alipay or unionpay; a state of an order is told in the wallet's own word (SUCCESS,
// TRADE_SUCCESS). What cannot be done is answered by {"error", "en", "zh"}: a word for programs, and for people what to do.
//
// Invariants:
//
//   - The phone keeps no books: what it tells lies in those of the wallets.
//   - What changes anything is refused to pages of other origins.
package phone
