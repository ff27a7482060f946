// Package phone is the payer's phone of the demo, with the wallets on it: it scans codes, shows its own, enters
// passwords late and pays. Programs use it as an API, people as a page.
//
//	POST /phone/scan      {"wallet", "content", "act"} → {"state"}: pay, refuse or leave what a code asks for; "amount" in
//	                      fen pays one that says none
//	POST /phone/code      {"wallet", "state"} → {"code"}: show a code that turns out ok, password, poor or expired
//	POST /phone/password  {"code"} → {"state"}: the payer who is asked for it enters the password; "refuse": true gives up
//
// and of the page, GET /phone:
//
//	GET  /phone/state?wallet=&code=  what there is to draw of a wallet, and what became of a code
//	POST /phone/look      {"content"} → {"order"} or {"page"}: what a code holds
//	POST /phone/picture   a picture → {"content"} of the code in it
//	POST /phone/coupon    {"wallet", "funder", "amount", "minimum"} → {"coupon"}
//	POST /phone/network   {"on"}: without it, merchants hear of payments only when they ask
//	GET  /phone/codes/{code}/qr.png, bar.png
//	GET  /phone/open?wallet=&content=  a page of the product for payers, in the wallet's browser
//	     /c/…, /assets/…, /v1/pay/…  the product's, fetched with that browser's name and without cookies
//
// A wallet is wechat, alipay or unionpay; a state of an order is told in the wallet's own word (SUCCESS,
// TRADE_SUCCESS). What cannot be done is answered by {"error", "en", "zh"}: a word for programs, and for people what to do.
//
// Invariants:
//
//   - The phone keeps no books: what it tells lies in those of the wallets.
//   - The browser fetches the product's pages for payers and nothing else. Links into a wallet, and redirections there,
//     are taken as scans.
//   - What changes anything is refused to pages of other origins.
package phone
