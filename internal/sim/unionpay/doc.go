// Package unionpay is UnionPay's QR codes as an acquirer's program meets them through the bar-code front end
// (条码前置), imitated: the interface with real signatures both ways, payers with their phones, notifications with a
// schedule, bills, and books of its own that survive restarts. It serves institutions, which sign, and the
// merchants under them, which are paid.
//
// # Messages
//
// A request is a POST of a JSON object to /gateway/api/pay/<act>; its members are texts or whole numbers. Its
// signature is the member of that name: SHA256withRSA (PKCS#1 v1.5) in base64 over the SHA-256, in lower-case
// hexadecimal, of all other members as name=value, sorted by name and joined by ampersands. Empty values count,
// members that are null do not. The institution signs with its key, which it holds as PKCS#12. Answers and
// notifications are objects of texts, signed by the network's key in the same way, refusals included.
//
// Every request has serProvId, merId and reqTime, every answer has serProvId, merId, orderNo, respCode, respMsg
// and respTime. What else there is, by act (m: must be there):
//
//	micropay     the merchant scans the payer's code
//	  asks       orderNo m, orderTime m, txnAmt m, authCode m, termId m, termInfo m, currencyCode, orderType,
//	             orderInfo, backUrl
//	  answers    the order: see below, of 00, 02 and 12
//	apply        the payer scans the merchant's code, which serves one payment
//	  asks       orderNo m, orderTime m, txnAmt (without it the payer says how much), qrForm, qrValidTime,
//	             currencyCode, orderType, orderInfo, termId, termInfo, backUrl
//	  answers    qrCode, txnAmt
//	queryOrder   asks orderNo m, answers the order
//	closeOrder   withdraws an unpaid order of apply; asks orderNo m
//	cancel       takes back an order of micropay, whatever became of it; asks orderNo m; answers txnAmt,
//	             transIndex
//	refund       gives back some of a paid order or all of it
//	  asks       orderNo m (of the refund), origOrderNo m, txnAmt m, origTxnAmt, orderInfo, backUrl
//	  answers    the refund: see below
//	refundQuery  asks orderNo m (of the refund), origOrderNo; answers the refund
//	bill         asks settleDate m; without merId it is of all merchants of the institution
//	  answers    settleDate, fileName, fileContent, fileDigest
//
//	the order          orderNo, orderType, origRespCode (queryOrder), txnAmt, transIndex, refundedAmt, and once it
//	                   is paid payTime, settleDate, payAmt, settleAmt, feeAmt, couponInfo
//	the refund         orderNo, origOrderNo, txnAmt, origTxnAmt, origRespCode (refundQuery), transIndex, payAmt,
//	                   settleAmt, feeAmt, and once it is done payTime, settleDate
//	a notification     POST to backUrl: notifyId, notifyTime, txnType (01 payment, 04 refund), serProvId, merId,
//	                   origRespCode, and the order or the refund. It is acknowledged by HTTP 200 and the seven
//	                   bytes "success".
//
//	serProvId          institution, 8 digits
//	merId              merchant, 15 digits
//	reqTime, respTime, notifyTime, orderTime, payTime
//	                   yyyyMMddHHmmss in China. The first three are of the wall clock.
//	orderNo            8 to 40 of 0-9 A-Z a-z _ -, unique among a merchant's orders and refunds
//	txnAmt, origTxnAmt, payAmt, settleAmt, feeAmt, refundedAmt
//	                   fen, digits only: asked for, of the order that a refund is of, paid by the payer, owed to the
//	                   merchant before the fee, the fee, given back
//	currencyCode       156, which it is where it is not there
//	orderType          unionpay, likewise
//	authCode           62 and 17 digits
//	termId             8 letters or digits
//	termInfo           JSON object in a text: deviceType m (01-04, 06, 08-13), serialNum, ip, location
//	qrForm             URL, which it is where it is not there: https://qr.95516.com/<serProvId>/<32 digits>; or EMV:
//	                   an EMVCo merchant-presented code with the institution twice and merId in field 15, the same 32
//	                   digits in field 26.01
//	qrValidTime        seconds, 60 to 1296000; 7200 where it is not there
//	backUrl            https, or http on a loopback address; nobody is notified without it
//	transIndex         the network's number, 24 digits
//	couponInfo         JSON list in a text: {"id", "desc", "type": DD01 of the network, CP01 of the merchant, "spnsrId":
//	                   00010000 or merId, "offstAmt"}
//
//	respCode           00 done; 01 the refund came to nothing; 02 the payer is asked, or the refund waits; 10 form;
//	                   11 signature; 12 order number already used by just this order: query it; 13 something
//	                   missing; 31 institution or merchant unknown or suspended; 32 the merchant is another
//	                   institution's; 33 amount out of bounds; 34 no such order; 35 not in this state; 36 other
//	                   parameters than before; 37 too many requests (HTTP 429); 39 too late, or reqTime off; 61
//	                   payment code invalid; 64 the payer has not enough; 65 the merchant has not enough to give
//	                   back; 98 no bill yet; 99 unknown
//	origRespCode       of an order: 00 paid, 01 paid and refunds were begun, 02 unpaid, 03 closed, 04 taken back,
//	                   05 the payer is asked, 06 failed; of a refund: 00 done, 01 failed, 02 it waits
//
// # Orders
//
//	apply:     (new) ──────────▶ UNPAID
//	           UNPAID, PAYING ── pay ▶ PAID       ── leave ▶ PAYING     ── refuse ▶ UNPAID
//	           UNPAID, PAYING ── closeOrder, lapse ▶ CLOSED             CLOSED ── closeOrder ▶ CLOSED
//	micropay:  (new) ── pay ───▶ PAID
//	           (new) ── leave ─▶ PAYING                                 the payer is asked for the password
//	           (new) ── fail ──▶ FAILED                                 not enough money
//	           PAYING ── pay ──▶ PAID             ── refuse, lapse ▶ FAILED
//	           PAYING, PAID, FAILED, REVOKED ── cancel ▶ REVOKED
//
// # What the sources settle, and what they leave open
//
// The paths of micropay, queryOrder, closeOrder, refund and refundQuery, the signature, the codes 00, 02, 12 and 99,
// origRespCode, and the names serProvId, merId, orderNo, orderTime, orderType, orderInfo, txnAmt, currencyCode,
// authCode, termId, termInfo, backUrl, transIndex, origOrderNo and origTxnAmt are as an open-source platform speaks
// them. All else is this simulator's:
//
//   - apply, cancel and bill and their paths; the names of all other members; further codes, which follow
//     UnionPay's table for its gateway where that has a fitting one.
//   - reqTime may be five minutes off either way ([Config.AgeMax]), in every request.
//   - The same order again is 12; apply of the same unpaid order gives the same code once more, so that a lost answer
//     costs nothing. The same refund again is answered as it then stands. Other parameters under a used number are
//     36. What counts as parameters is all but reqTime, orderTime, termInfo and signature.
//   - An order by a code that is not good (61) does not come to exist; one without money behind it does, and failed.
//   - closeOrder is for orders of apply, cancel for those of micropay; the other way they are 35. A paid order is
//     canceled within 24 hours, and not once something was refunded. Both may be repeated.
//   - An order of apply lapses by qrValidTime; a payer has five minutes for the password ([Config.AskTime]).
//     What is closed, refused or failed is not notified.
//   - A refund is done at once; by the flaws refund_pending and refund_failed it waits. It is possible for 330 days.
//   - A notification that is not acknowledged comes again after 1, 2, 4, 8, 16 and 30 minutes, 1, 2, 4 and 8 hours:
//     eleven attempts in 16 hours.
//   - settleDate is the day in China on which money moved, the next one from the cut-off at 23:00 on
//     ([Config.CutOff]).
//   - A bill is there from midnight after its settleDate ([Config.BillsAt]), a day without trades included.
//     fileContent is its text in gzip and base64, fileDigest the SHA-256 of the text in hexadecimal. See [BillColumns].
//   - The network keeps a fee on what it settles, 0.38 % unless the merchant has another rate, rounded half up to the
//     fen, and gives it back with refunds so that the sum over them is right. Coupons of the network lessen payAmt, those
//     of the merchant settleAmt too.
//   - The network's key has no certificate, so that none expires.
//
// # Faults
//
// The plan of package kit strikes requests and, one by one, attempts to notify: "lost" and "drop" leave the client
// waiting, "duplicate" sends a notification twice, "wrong_amount" says one fen more, "decline" answers its code.
// [Flaw] lists what only this party does; flaws strike by rate and seed, or once ([Wallet.FlawOnce]).
//
// # Invariants
//
// [Wallet.Audit] recomputes them: the lines of every movement sum to zero; balances are what the movements sum to;
// each account is what its orders and refunds say; no order gives back more than was paid; a canceled one that was
// paid has given back exactly that; a coupon is spent once.
//
// Amounts are integer fen, rates parts per million. Keys lie in the folder of the configuration with mode 0600 and in
// no log. Nothing was tried on the original.
package unionpay
