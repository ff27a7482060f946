// Package event is the outbox: what happened, told to the outside after the commit that made it true.
//
// An event is written in the same step as the change it tells of, so that neither can exist without the
// other. Couriers read the outbox lane by lane in the order of
// positions, deliver at least once under the event's id, and note how far they came. A body never carries card data beyond the mask.
package event

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where events lie.
const Table step.Table = "event"

// Event is one thing that happened. Kind reads "noun.state": "payment.captured".
type Event struct {
	ID       string
	Bucket   id.Bucket
	At       calendar.Instant
	Merchant string
	Kind     string
	Subject  string
	Body     string // JSON

	// Lane and Position order events without gaps; the store sets them at the commit.
	Lane     int64
	Position int64
}

// Key returns the event's key.
func (e Event) Key() step.Key { return step.Key{Table: Table, Bucket: e.Bucket, ID: e.ID} }
