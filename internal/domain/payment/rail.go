package payment

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/money"
)

// Rail is a way to money: a card network, a wallet, a bank.
type Rail interface {
	// Send carries one attempt to the rail and waits for its answer, no longer than the rail's own limit.
	// It never returns an error: silence is an outcome. When the answer comes after Send returned
	// [Silent], the rail hands it to [Service.Late].
	Send(ctx context.Context, r Request) Answer
}

// Request is what a rail needs for one attempt.
type Request struct {
	Attempt   Attempt
	Operation Operation
	Payment   Payment
	// Card is what was presented; a reversal or a repeated advice has the number only.
	Card card.Presentation
	// Original is the attempt that this one voids, refunds or reverses.
	Original *Attempt
	// OriginalOperation is that attempt's operation.
	OriginalOperation *Operation
	// Partial tells that the terminal takes an approval of part of the amount.
	Partial bool
	// TerminalNumber and MerchantNumber are the public numbers, ISO 8583 DE 41 and DE 42.
	TerminalNumber string
	MerchantNumber string
	MerchantName   string
	Category       string
}

// Outcome is what came of an attempt.
type Outcome uint8

// The outcomes.
const (
	// Silent: it was sent, or may have been, and nobody answered.
	Silent Outcome = iota
	// Said yes.
	Yes
	// Said no; Decline tells why.
	No
	// NotSent: it certainly never left.
	NotSent
)

// Answer is what a rail said.
type Answer struct {
	Outcome     Outcome
	Decline     DeclineReason
	RailCode    string
	AuthCode    string
	RRN         string
	ApprovedFen int64 // zero means as requested
	// Balance is what the card has, ISO 8583 DE 54; nil when the issuer does not say. It is stored nowhere.
	Balance      *money.Amount
	ClearingDate calendar.Date
	Chip         []byte
}

// event returns what the answer does to the attempt.
func (a Answer) event() Event {
	switch a.Outcome {
	case Yes:
		return Approve
	case No, NotSent:
		return Decline
	}
	return Silence
}

// result returns the answer as a word for the record.
func (a Answer) result() string {
	switch a.Outcome {
	case Yes:
		return "approved"
	case No:
		return string(a.Decline)
	case NotSent:
		return string(Unsent)
	}
	return "unknown"
}
