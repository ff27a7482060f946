// Package ticket holds what merchants ask the operator, and the answers.
//
// A [Ticket] is about something: a payment, a terminal, a settlement, or the account itself. Both sides see its state
// and its messages.
//
//	        answer             reply
//	open ───────────▶ answered ───────▶ open
//	  │                  │
//	  │ resolve          │ resolve
//	  └────────┬─────────┘
//	           ▼      reply within 14 days
//	        resolved ──────────────────────▶ open
//	           │ 14 days later
//	           ▼
//	        closed
//
// Each category has a time by which staff answer first, counted in business hours or working days ([Promises]). A complaint has a deadline of its own that no setting may
// stretch, and is counted apart (Regulation on the Supervision of Non-bank Payment Institutions, article 35: complaints are handled
// in time).
//
// Invariants:
//   - a message is never changed; who wrote it and when stands beside it;
//   - what a ticket is about belongs to its merchant;
//   - a due time that was missed stays marked as missed.
package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where tickets and their messages lie.
const (
	Table        step.Table = "ticket"
	MessageTable step.Table = "ticket_message"
)

// Prefix begins the ids of tickets.
const Prefix = "tkt_"

// State says whose turn it is.
type State string

// The states.
const (
	Open     State = "open"     // the operator's turn
	Answered State = "answered" // the merchant's turn
	Resolved State = "resolved"
	Closed   State = "closed"
)

// States lists every state.
var States = []State{Open, Answered, Resolved, Closed}

// Act is what happens to a ticket.
type Act string

// The acts.
const (
	Answer  Act = "answer"
	Reply   Act = "reply"
	Resolve Act = "resolve"
	Close   Act = "close"
)

// Acts lists every act.
var Acts = []Act{Answer, Reply, Resolve, Close}

var next = map[State]map[Act]State{
	Open:     {Answer: Answered, Reply: Open, Resolve: Resolved},
	Answered: {Answer: Answered, Reply: Open, Resolve: Resolved},
	Resolved: {Reply: Open, Answer: Resolved, Close: Closed},
	Closed:   {},
}

// After returns the state after an act, or [ErrState].
func (s State) After(a Act) (State, error) {
	to, ok := next[s][a]
	if !ok {
		return s, ErrState.With("a ticket that is %s takes no %s: open another", s, a)
	}
	return to, nil
}

// Category is what a ticket is about.
type Category string

// The categories.
const (
	Payment    Category = "payment"
	Refund     Category = "refund"
	Settlement Category = "settlement"
	Terminal   Category = "terminal"
	Account    Category = "account"
	Complaint  Category = "complaint"
	Other      Category = "other"
)

// Promise is by when staff answer first: within business hours, or by the end of a working day.
type Promise struct {
	Hours time.Duration // of business, 0 where days count
	Days  int           // working days after the day of the question
}

// Promises tells it of each category. Holidays and weekends do not count, as [calendar.Date.Working] knows them.
var Promises = map[Category]Promise{
	Payment: {Hours: 4 * time.Hour}, Refund: {Hours: 8 * time.Hour}, Settlement: {Days: 1}, Terminal: {Hours: 8 * time.Hour},
	Account: {Days: 1}, Complaint: {Days: 2}, Other: {Days: 2},
}

// Due returns the moment by which a question of now is answered.
func (p Promise) Due(now calendar.Instant) calendar.Instant {
	if p.Days > 0 {
		return calendar.AfterDays(now, p.Days)
	}
	return calendar.AfterHours(now, p.Hours)
}

// Categories lists every category.
var Categories = []Category{Payment, Refund, Settlement, Terminal, Account, Complaint, Other}

// reopenFor is for how long a resolved ticket may be taken up again.
const reopenFor = 14 * 24 * time.Hour

const (
	titleMax    = 100  // characters
	textMax     = 4000 // characters
	picturesMax = 6
)

// Ticket is one question.
type Ticket struct {
	ID       string
	Bucket   id.Bucket
	Merchant string
	Category Category
	Subject  string // id of what it is about; "" for the account itself
	Title    string
	State    State
	Assignee string // of staff, "" while nobody has taken it
	Messages int64
	DueAt    calendar.Instant // of the first answer
	Late     bool             // the first answer came after DueAt, or has not come by it
	Answered calendar.Instant // first
	OpenedBy string
	// Rating is 1 to 5, given by the merchant when it is resolved; 0 is none.
	Rating    int64
	CreatedAt calendar.Instant
	ChangedAt calendar.Instant
}

// Key returns the row's key.
func (t Ticket) Key() step.Key { return step.Key{Table: Table, Bucket: t.Bucket, ID: t.ID} }

// Message is one text of a ticket.
type Message struct {
	Ticket   string
	Bucket   id.Bucket
	Number   int64 // from 1
	By       string
	Name     string // of who wrote it
	Staff    bool
	Text     string
	Pictures []string // ids of documents
	At       calendar.Instant
}

// Key returns the row's key.
func (m Message) Key() step.Key { return MessageKey(m.Ticket, m.Number) }

// MessageKey names a message of a ticket.
func MessageKey(ticket string, n int64) step.Key {
	return step.Key{Table: MessageTable, Bucket: id.MustBucket(ticket), ID: fmt.Sprintf("%s/%06d", ticket, n)}
}

// Refusals.
var (
	ErrNotFound = fault.New(fault.NotFound, "ticket_not_found", "there is no such ticket")
	ErrState    = fault.New(fault.Conflict, "ticket_state", "the ticket's state does not allow this")
	ErrCategory = fault.New(fault.Invalid, "ticket_category", "there is no such category")
	ErrText     = fault.New(fault.Invalid, "ticket_text", "a ticket has a title of up to 100 and a text of up to 4000 characters, and up to 6 pictures")
	ErrLate     = fault.New(fault.Conflict, "ticket_over", "this ticket was resolved more than 14 days ago: open another")
	ErrRating   = fault.New(fault.Invalid, "ticket_rating", "a rating is 1 to 5")
)

// Writer is who writes.
type Writer struct {
	Trail string // as the audit trail writes it
	Name  string
	Staff bool
}

// Question opens a ticket.
type Question struct {
	Merchant    string
	Category    Category
	Subject     string
	Title, Text string
	Pictures    []string
}

// Service keeps tickets.
type Service struct {
	gate step.Gate
	ids  *id.Maker
	now  func() time.Time
}

// NewService returns a service.
func NewService(gate step.Gate, ids *id.Maker, now func() time.Time) *Service {
	return &Service{gate, ids, now}
}

// Ask opens a ticket. The caller has made sure that what it is about is the merchant's.
func (s *Service) Ask(ctx context.Context, q Question, by Writer) (Ticket, error) {
	q.Title, q.Text = strings.TrimSpace(q.Title), strings.TrimSpace(q.Text)
	switch {
	case !slices.Contains(Categories, q.Category):
		return Ticket{}, ErrCategory
	case q.Title == "" || utf8.RuneCountInString(q.Title) > titleMax || q.Text == "" || !fits(q.Text, q.Pictures):
		return Ticket{}, ErrText
	}
	b := id.MustBucket(q.Merchant)
	now := calendar.At(s.now())
	t := Ticket{
		ID: s.ids.New(Prefix, b), Bucket: b, Merchant: q.Merchant, Category: q.Category, Subject: q.Subject, Title: q.Title, State: Open,
		Messages: 1, DueAt: Promises[q.Category].Due(now), OpenedBy: by.Trail, CreatedAt: now, ChangedAt: now,
	}
	trail, told := s.ids.New("aud_", b), s.ids.New("evt_", b)
	err := s.gate.Do(ctx, step.Step{
		Name: "ticket.ask", Class: step.Staff, Keys: []step.Key{t.Key()},
		Run: func(v step.View) error {
			v.Put(t)
			v.Put(t.message(1, q.Text, q.Pictures, by, now))
			v.Put(audit.Record{ID: trail, Bucket: b, Merchant: t.Merchant, At: now, Actor: by.Trail, Action: "ticket.opened", Subject: t.ID, Detail: string(t.Category)})
			v.Put(t.event(told, now))
			return nil
		},
	})
	return t, err
}

// fits takes a text, pictures, or both.
func fits(text string, pictures []string) bool {
	return (text != "" || len(pictures) > 0) && utf8.RuneCountInString(text) <= textMax && len(pictures) <= picturesMax
}

func (t Ticket) message(n int64, text string, pictures []string, by Writer, at calendar.Instant) Message {
	if pictures == nil {
		pictures = []string{}
	}
	return Message{
		Ticket: t.ID, Bucket: t.Bucket, Number: n, By: by.Trail, Name: by.Name, Staff: by.Staff, Text: text, Pictures: pictures, At: at,
	}
}

func (t Ticket) event(id string, at calendar.Instant) event.Event {
	return event.Event{
		ID: id, Bucket: t.Bucket, At: at, Merchant: t.Merchant, Kind: "ticket." + string(t.State), Subject: t.ID,
		Body: fmt.Sprintf(`{"ticket":%q,"state":%q}`, t.ID, t.State),
	}
}

// Write adds a message: an answer of staff, or a reply of the merchant.
func (s *Service) Write(ctx context.Context, ticket, text string, pictures []string, by Writer) (Ticket, error) {
	text = strings.TrimSpace(text)
	if !fits(text, pictures) {
		return Ticket{}, ErrText
	}
	a := Reply
	if by.Staff {
		a = Answer
	}
	return s.change(ctx, ticket, a, by, func(v step.View, t *Ticket, now calendar.Instant) error {
		t.Messages++
		v.Put(t.message(t.Messages, text, pictures, by, now))
		if by.Staff && t.Answered == 0 {
			t.Answered, t.Late = now, t.Late || now > t.DueAt
		}
		if by.Staff && t.Assignee == "" {
			t.Assignee = by.Trail
		}
		return nil
	})
}

// Resolve says that a ticket is settled; rating is of the merchant, 0 from staff.
func (s *Service) Resolve(ctx context.Context, ticket string, rating int64, by Writer) (Ticket, error) {
	if rating < 0 || rating > 5 || by.Staff && rating != 0 {
		return Ticket{}, ErrRating
	}
	return s.change(ctx, ticket, Resolve, by, func(_ step.View, t *Ticket, _ calendar.Instant) error {
		t.Rating = rating
		return nil
	})
}

// Take says who of the staff looks after a ticket.
func (s *Service) Take(ctx context.Context, ticket string, by Writer) (Ticket, error) {
	return s.alter(ctx, ticket, "ticket.take", by, func(_ step.View, t *Ticket, _ calendar.Instant) error {
		t.Assignee = by.Trail
		return nil
	})
}

// Expire closes tickets that were resolved long ago and marks those whose first answer is late. list are candidates.
func (s *Service) Expire(ctx context.Context, list []Ticket) (changed int, err error) {
	system := Writer{Trail: "system", Name: "yifen", Staff: true}
	for _, t := range list {
		now := calendar.At(s.now())
		switch {
		case t.State == Resolved && now.Sub(t.ChangedAt) > reopenFor:
			_, err = s.change(ctx, t.ID, Close, system, func(step.View, *Ticket, calendar.Instant) error { return nil })
		case t.State == Open && t.Answered == 0 && !t.Late && now > t.DueAt:
			_, err = s.alter(ctx, t.ID, "ticket.late", system, func(_ step.View, t *Ticket, _ calendar.Instant) error {
				t.Late = true
				return nil
			})
		default:
			continue
		}
		if err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}

// change takes a ticket through an act.
func (s *Service) change(ctx context.Context, ticket string, a Act, by Writer, change func(step.View, *Ticket, calendar.Instant) error) (Ticket, error) {
	return s.alter(ctx, ticket, "ticket."+string(a), by, func(v step.View, t *Ticket, now calendar.Instant) (err error) {
		if a == Reply && t.State == Resolved && now.Sub(t.ChangedAt) > reopenFor {
			return ErrLate
		}
		if t.State, err = t.State.After(a); err != nil {
			return err
		}
		t.ChangedAt = now
		return change(v, t, now)
	})
}

// alter changes a ticket, says so in the trail and tells it.
func (s *Service) alter(ctx context.Context, ticket, action string, by Writer, change func(step.View, *Ticket, calendar.Instant) error) (Ticket, error) {
	b, err := id.BucketOf(ticket)
	if err != nil || !strings.HasPrefix(ticket, Prefix) {
		return Ticket{}, ErrNotFound
	}
	key := step.Key{Table: Table, Bucket: b, ID: ticket}
	now, trail, told := calendar.At(s.now()), s.ids.New("aud_", b), s.ids.New("evt_", b)
	var changed Ticket
	err = s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			t, err := step.Must[Ticket](v, key, ErrNotFound)
			if err != nil {
				return err
			}
			if err := change(v, &t, now); err != nil {
				return err
			}
			v.Put(t)
			v.Put(audit.Record{ID: trail, Bucket: b, Merchant: t.Merchant, At: now, Actor: by.Trail, Action: action, Subject: t.ID})
			v.Put(t.event(told, now))
			changed = t
			return nil
		},
	})
	return changed, err
}

// Filter narrows a list of tickets; a zero field asks for nothing.
type Filter struct {
	Merchant string
	State    State
	Category Category
}
