// Package access holds who may do what: accounts, what proves them, the sessions and keys in which they act, their
// roles, and the rule that some changes take two people.
//
// # Accounts
//
// A [User] is a person's account, in one [Realm] for life. It begins a bucket of its own. Its log-in names (telephone
// number, e-mail address) lie in the directory, unique over all accounts.
//
//	         prove              lock
//	pending ───────▶ active ◀──────────▶ locked: by staff, until staff open it
//	   │ close         │ close  unlock     │ close
//	   └───────────────┴─────▶ closed ◀────┘
//
// Too many failures lock for a time, by a [Throttle] that counts a name that nobody has like an account. A code proves
// a name for whoever asked for it, not for whoever types it.
//
// A password is kept as an argon2id hash (RFC 9106) that a bounded number of workers compute, so that log-ins never
// take the processors from payments. A second factor is a passkey (WebAuthn) or a one-time password (RFC 6238, each
// step used once). Accounts of the platform need one.
//
// # Sessions and keys
//
// A [Session] is known by 256 random bits that only its cookie holds; the records hold their hash. It ends after 15
// minutes of silence and after 12 hours in any case, when the password changes, and when its person ends it. Acts on
// money and on access want a fresh proof, not older than five minutes. An [APIKey] belongs to a merchant, works within
// scopes, from allowed addresses, until it is replaced; two keys overlap while one is rotated.
//
// # Scope
//
// An [Actor] carries its [Permissions] and its [Scope]. Lists and reads take a Scope, which nothing but an Actor makes:
// the store adds it to every query, and a record outside of it does not exist for the caller.
//
// # Two people
//
// A [Proposal] is a change that one person asks for and another decides:
//
//	           approve (another person, who may)
//	open ──┬──────────────────────────────────────▶ approved: the change is made in the same step
//	       ├── reject ──▶ rejected
//	       ├── withdraw (who asked) ──▶ withdrawn
//	       └── time is up ──▶ expired
//
// Invariants:
//   - who approved is never who asked, whatever roles the person holds;
//   - the change and the approval commit together; a proposal is carried out once or not at all;
//   - a change is refused when what it was based on changed since;
//   - every log-in, failure, grant, proposal and decision is in the trail.
//
// Sources: NIST SP 800-63B (sessions, throttling), RFC 9106, RFC 6238, WebAuthn Level 2, OWASP ASVS 5.0.
package access
