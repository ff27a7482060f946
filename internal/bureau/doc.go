// Package bureau is the way out to those who know: a provider that tells whether a name and an identity number belong
// together, what stands in the business register, and whose an account is. [Client] asks it over HTTP.
//
// # The exchange
//
// A question is a POST of JSON to /v1/checks, with a number of ours under which it may be asked again and costs once:
//
//	{"id", "kind": "real_name|register|account", "name", "number", "code", "representative", "account", "phone"}
//
// It carries who asks and a signature in its head:
//
//	Bureau-Client      name that the provider gave us
//	Bureau-Timestamp   seconds since 1970; the provider allows five minutes
//	Bureau-Nonce       32 hexadecimal digits of chance, used once
//	Bureau-Signature   HMAC-SHA-256, hexadecimal, over method, path, timestamp, nonce and the SHA-256 of the body in
//	                   hexadecimal, each but the last followed by a line feed
//
// The answer is JSON, signed in Bureau-Signature over its status, the question's nonce and the SHA-256 of its body in the
// same way:
//
//	200 {"id", "outcome": "match|mismatch|no_record", "differs": ["name", …], "reference"}
//	429 or 503: busy, ask again later; everything else: the question was not answered
//
// Invariants:
//   - an answer counts only when it is signed for this question; without one nothing is known, and the same question may
//     be asked again;
//   - no identity number, account number or name stands in an error;
//   - a provider that is not on this machine is asked over TLS only, and a redirection is not followed.
package bureau
