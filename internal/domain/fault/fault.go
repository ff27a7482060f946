// Package fault is the one error type of the house and its closed list of kinds.
//
// An error is returned or logged, never both; the domain returns, the doors log once. Kinds are
// converted at the edges only: to HTTP status in the API, to ISO 8583 field 39 in the terminal host.
//
// The kind that matters most is Unknown: money may have moved. It is never treated as a failure; the
// caller inquires or reverses.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of thing went wrong. The list is closed and append-only.
type Kind uint8

// The kinds.
const (
	// Internal is a defect or a broken part of ours; the text is for the log, not for a stranger.
	Internal Kind = iota
	// Invalid is input that can never succeed as it stands.
	Invalid
	// NotFound is a reference to something that does not exist, or not for this caller.
	NotFound
	// Conflict is an act that the present state does not allow, or a key used twice.
	Conflict
	// Forbidden is a caller that may not do this.
	Forbidden
	// Declined is the answer "no" of an issuer, a wallet or a bank.
	Declined
	// Limited is a limit of ours that the act would pass.
	Limited
	// Unavailable is "not now, nothing happened": try again.
	Unavailable
	// Unknown is "nobody said": money may have moved.
	Unknown
)

var kindNames = [...]string{
	"internal", "invalid", "not_found", "conflict", "forbidden",
	"declined", "limited", "unavailable", "unknown",
}

// String returns the kind as a word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Error is a fault: a kind, a stable word for programs, a sentence for people and the cause.
// Message must be safe to show and to log; it never carries card data, keys or passwords.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Err     error
}

// Error returns the sentence, with the cause behind it.
func (e *Error) Error() string {
	switch {
	case e.Err != nil && e.Message != "":
		return e.Message + ": " + e.Err.Error()
	case e.Err != nil:
		return e.Err.Error()
	case e.Message != "":
		return e.Message
	}
	return e.Code
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches another fault of the same kind and code, so that a refusal declared once with [New]
// is found by errors.Is whatever message or cause an occurrence carries.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Code == e.Code
}

// With returns the refusal with a message of its own.
func (e *Error) With(format string, args ...any) *Error {
	return &Error{Kind: e.Kind, Code: e.Code, Message: fmt.Sprintf(format, args...), Err: e.Err}
}

// Because returns the refusal with a cause.
func (e *Error) Because(err error) *Error {
	return &Error{Kind: e.Kind, Code: e.Code, Message: e.Message, Err: err}
}

// New declares a fault: kind, stable code word, sentence.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// KindOf returns the kind of err; an error of another make is Internal. KindOf(nil) is Internal too:
// ask only about errors.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the stable code word of err, "internal" for an error of another make.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	return "internal"
}
