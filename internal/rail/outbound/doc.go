// Package outbound is what the ways out to wallets share: an HTTP transport that bounds what it sends and reads, and what is
// told of a wallet.
//
//   - At most so many requests fly at once; one above waits a second and has then not been sent.
//   - [ErrUnsent] means that no byte left: no connection was made. Once there was one, a failure is silence.
//   - An answer is read whole, up to a bound, before it is handed over: libraries of others read without one.
//   - Redirections are not followed: what is signed is meant for one address.
//
// It knows no wallet and decides nothing about money.
package outbound
