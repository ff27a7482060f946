// Package audit is the trail: who did what to which record, chained so that no record can be changed,
// removed or slipped in unseen.
//
// Records are appended by steps. At the commit the store numbers them in commit order along the writing
// lane's chain and gives each the hash of the one before it and of its own content ([Link]); the head of
// the chain is stored with the batch. A lane incarnation is registered when it starts; once a day a root
// over the heads of all lanes is stored and may be published. Verification replays the chains.
//
// A record never carries card data, keys or passwords.
package audit

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/chain"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where records lie.
const Table step.Table = "audit"

// Record is one line of the trail. Lane, Position and Hash are set by the store at the commit.
type Record struct {
	ID      string
	Bucket  id.Bucket
	At      calendar.Instant
	Actor   string // "terminal:29000001", "system", "staff:…"
	Action  string // "sale.approved"
	Subject string // the id of what was acted on
	Detail  string // short text for people

	// Merchant is whose people may read the record; empty for those that only staff read.
	Merchant string

	Lane     int64
	Position int64
	Hash     []byte
}

// Key returns the record's key.
func (r Record) Key() step.Key { return step.Key{Table: Table, Bucket: r.Bucket, ID: r.ID} }

// Link returns the hash that follows prev when r is appended to the chain.
func Link(prev []byte, r Record) []byte {
	h := chain.After(prev)
	h.Text(r.ID, r.Actor, r.Action, r.Subject, r.Detail)
	h.Number(int64(r.Bucket), int64(r.At))
	if r.Merchant != "" { // records from before there was one keep their hash
		h.Text(r.Merchant)
	}
	return h.Sum()
}
