// Package wallet says what the wallets are to us: WeChat Pay, Alipay and UnionPay QR, which a customer pays with by a
// code. It holds the words that rails, payments and doors share; it decides nothing about money.
//
// # Codes
//
// A code is presented either way. The shop shows one ([Shown]): the wallet made it for one order and the payer scans it.
// Or the payer shows one ([Scanned]): 16 to 24 digits that live about a minute, which the till scans. Whose they are the
// table of prefixes says ([Parse]), which is data. A 19-digit code of UnionPay begins like a card number does: a
// code is only what was read as a code.
//
// # Accounts
//
// An [Account] is how a wallet knows who collects: numbers, keys and certificates. The operator has accounts as a provider
// of services; a merchant has one of its own, or one under the operator's, where the wallet knows it by a number of
// its own and the requests are signed by the provider. What is secret of it is sealed. An account takes payments
// only as tested: every change makes it untested again.
//
//	untested ── test passes ──▶ ready ── change ──▶ untested
//	    │                         │
//	    └── switch off ──▶ off ◀──┘        off ── change ──▶ untested
//
// # Words of a rail
//
// A [Request] asks a wallet one thing about one order ([Ask]); an [Answer] is what it said ([State]). Silence is an answer
// too, and never a "no". The wallet's own word that money moved is [Paid] or [Returned] and nothing else.
//
// Amounts are integer fen. Requested is what the order is for; paid is what the payer gave, after coupons of the wallet
// and of the merchant; settled is what the wallet owes for it, after coupons of the merchant alone.
//
// Sources: the providers' documentation of WeChat Pay API v3, Alipay OpenAPI and UnionPay 条码前置 as of 2025; prefixes as the
// providers' examples and several open-source platforms have them.
package wallet
