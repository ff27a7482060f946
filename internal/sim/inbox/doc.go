// Package inbox plays the mailbox and the telephone of everybody: a mail server and a provider of text messages whose
// messages can be read on a page.
//
// The mail server speaks SMTP (RFC 5321) as far as a sender needs it and takes mail for any address. The provider takes
// POST /sms {to, text} signed as package signature says; it refuses a wrong signature, a time that is
// off by more than five minutes, and a nonce that it has seen. What was taken is kept in a file across restarts.
//
// Invariants:
//   - what was answered with success is in the books;
//   - a repeated nonce is refused, so that a message counts once.
package inbox
