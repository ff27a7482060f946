// Package api is the REST door under /v1: for the pages of the console and the portal, and for the programs of
// integrators.
//
// Every operation is registered with a [Rule] that says who may call it; an operation without one does not compile.
// The rules are data, and a test walks all of them with all roles. A caller is a person in a session, known by a
// cookie, or a program with an API key, sent as "Authorization: Bearer yf_…"; what becomes of a record outside of
// the caller's scope is what becomes of one that does not exist.
//
// Conventions: bodies are JSON; amounts are integer fen; times are RFC 3339 in UTC; a list answers {data, has_more,
// next_cursor} and is exported as CSV or XLSX from its address with /export behind; an error is problem+json
// (RFC 9457) with a stable code word and the id of the request; a POST of a known caller carries an Idempotency-Key.
//
// The door refuses requests that another site made a browser send (by Sec-Fetch-Site and Origin), hosts that are not
// ours (DNS rebinding), and bodies beyond their bound. It logs a request once, by its pattern, never by its content.
package api
