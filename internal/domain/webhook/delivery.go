package webhook

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// DeliveryTable is where deliveries lie.
const DeliveryTable step.Table = "webhook_delivery"

// DeliveryPrefix begins the ids of deliveries.
const DeliveryPrefix = "whd_"

// DeliveryState says how far a delivery came.
type DeliveryState string

// The states. The diagram is in doc.go.
const (
	Waiting   DeliveryState = "waiting"
	Delivered DeliveryState = "delivered"
	GivenUp   DeliveryState = "given_up"
)

// Failure says in a word why a delivery failed.
type Failure string

// The failures.
const (
	None        Failure = ""
	Answered    Failure = "status"     // the answer was no success
	Redirected  Failure = "redirect"   // the answer was a redirection, which is not followed
	TimedOut    Failure = "timeout"    // no answer within the time
	Unresolved  Failure = "dns"        // the name leads to no address
	Unreachable Failure = "connection" // no connection, or it broke
	Untrusted   Failure = "tls"        // the certificate is not believed
	Forbidden   Failure = "forbidden"  // the address is none of the open Internet
	SwitchedOff Failure = "off"        // the endpoint was off
	Broken      Failure = "internal"   // we could not make the request
)

// Never is the time of what is not due, or not done.
const Never calendar.Instant = math.MaxInt64

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID        string
	Bucket    id.Bucket
	Merchant  string
	Endpoint  string
	Event     string
	Kind      string // of the event
	Subject   string
	State     DeliveryState
	Tries     int64            // that were begun since it was last put into the line
	DueAt     calendar.Instant // of the next try; [Never] while it stands behind another, and when it is done
	Claim     string           // of who sends it now; "" while it waits for its next try
	Status    int64            // of the last answer, 0 where there was none
	Failure   Failure          // of the last try
	Detail    string           // the failure in words
	TriedAt   calendar.Instant // zero for never
	DoneAt    calendar.Instant // [Never] while it waits
	CreatedAt calendar.Instant
}

// Key returns the row's key.
func (d Delivery) Key() step.Key { return step.Key{Table: DeliveryTable, Bucket: d.Bucket, ID: d.ID} }

// later tells whether a delivery waits for its next try: nobody sends it now, and it stands first in its line.
func (d Delivery) later(now calendar.Instant) bool {
	return d.DueAt > now && d.DueAt != Never && (d.Claim == "" || now >= d.TriedAt.Add(claimedFor))
}

// done ends a delivery.
func (d *Delivery) done(s DeliveryState, now calendar.Instant) {
	d.State, d.DueAt, d.DoneAt = s, Never, now
}

// LineTable is where lines lie.
const LineTable step.Table = "webhook_line"

// Line is what waits to be told to one endpoint about one subject, in order: the first is sent, the others stand behind it.
type Line struct {
	Endpoint string
	Subject  string
	Bucket   id.Bucket
	Queue    []string         // ids of deliveries
	EmptyAt  calendar.Instant // [Never] while somebody stands in it
}

// Key returns the row's key.
func (l Line) Key() step.Key {
	return step.Key{Table: LineTable, Bucket: l.Bucket, ID: l.Endpoint + "/" + l.Subject}
}

// lineOf names the line in which a delivery stands.
func lineOf(d Delivery) Line {
	return Line{Endpoint: d.Endpoint, Subject: d.Subject, Bucket: d.Bucket}
}

// join puts a delivery at the end of its line. The first is due at once.
func join(v step.View, d *Delivery, now calendar.Instant) error {
	line, found, err := step.Get[Line](v, lineOf(*d).Key())
	if err != nil {
		return err
	}
	if !found {
		line = lineOf(*d)
	}
	d.State, d.Tries, d.DueAt, d.DoneAt = Waiting, 0, Never, Never
	if len(line.Queue) == 0 {
		d.DueAt = now
	}
	line.Queue, line.EmptyAt = append(slices.Clone(line.Queue), d.ID), Never
	v.Put(line)
	return nil
}

// leave takes a delivery out of its line. Who stood behind it is due at once.
func leave(v step.View, d Delivery, now calendar.Instant) error {
	line, found, err := step.Get[Line](v, lineOf(d).Key())
	if err != nil || !found {
		return err
	}
	at := slices.Index(line.Queue, d.ID)
	if at < 0 {
		return nil
	}
	line.Queue = slices.Delete(slices.Clone(line.Queue), at, at+1)
	if at == 0 && len(line.Queue) > 0 {
		next, err := step.Must[Delivery](v, step.Key{Table: DeliveryTable, Bucket: d.Bucket, ID: line.Queue[0]}, ErrDelivery)
		if err != nil {
			return err
		}
		next.DueAt = now
		v.Put(next)
	}
	if len(line.Queue) == 0 {
		line.EmptyAt = now
	}
	v.Put(line)
	return nil
}

// CursorTable is where it lies how far the outbox was read.
const CursorTable step.Table = "webhook_cursor"

// Cursor is how far a lane of the outbox was read.
type Cursor struct {
	Lane     int64
	Position int64
}

// Key returns the row's key.
func (c Cursor) Key() step.Key {
	return step.Key{Table: CursorTable, ID: strconv.FormatInt(c.Lane, 10)}
}

// DeliveryFilter narrows a list of the deliveries of an endpoint. Empty fields ask for nothing.
type DeliveryFilter struct {
	Merchant string
	Endpoint string
	State    DeliveryState
	Kind     string
	From     calendar.Instant
	Until    calendar.Instant // the first moment that is too late
}

// waits are the times between a try that failed and the next, before chance adds up to a fifth. After the last try, 52 hours after the
// first or later, a delivery is given up.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// Waits returns the schedule of tries.
func Waits() []time.Duration { return slices.Clone(waits) }

// wait returns how long to wait after a number of tries that failed, and false when there were enough. Chance is spread by the id, so
// that what failed together does not come again together.
func (d Delivery) wait() (time.Duration, bool) {
	if d.Tries < 1 || int(d.Tries) > len(waits) {
		return 0, false
	}
	base := waits[d.Tries-1]
	return base + base*time.Duration(id.Of(d.ID+strconv.FormatInt(d.Tries, 10)))/(5*id.BucketCount), true
}
