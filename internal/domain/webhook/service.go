package webhook

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Vault seals secrets.
type Vault interface {
	SealData(data []byte, record string) []byte
	OpenData(sealed []byte, record string) ([]byte, error)
}

// Parcel is what is to be sent.
type Parcel struct {
	URL     string
	ID      string   // webhook-id: the same with every try
	Secrets [][]byte // each of which signs
	Body    []byte   // JSON
}

// Report is what became of a parcel.
type Report struct {
	Status  int // of the answer, 0 where there was none
	Failure Failure
	Detail  string // the failure in words
	Took    time.Duration
}

// gone is the answer of an endpoint that wants nothing more (RFC 9110, 15.5.11).
const gone = 410

// Courier carries parcels. It sends once, follows no redirection, and returns within a bounded time.
type Courier interface {
	Carry(context.Context, Parcel) Report
}

// Records are what the service reads.
type Records interface {
	step.Reader
	// OutboxHeads returns the position of the last event of each lane.
	OutboxHeads(context.Context) (map[int64]int64, error)
	// Outbox returns the events of a lane behind a position, in their order.
	Outbox(ctx context.Context, lane, after int64, limit int) ([]event.Event, error)
	// Event returns an event and whether it is there.
	Event(ctx context.Context, b id.Bucket, event string) (event.Event, bool, error)
	// WebhookCursors returns how far each lane was read.
	WebhookCursors(context.Context) (map[int64]int64, error)
	// WebhooksOf returns the endpoints of a merchant.
	WebhooksOf(ctx context.Context, merchant string) ([]Endpoint, error)
	// WaitingWebhook returns the first endpoint after a given one that has a delivery which waits, "" where there is none, with the time
	// at which its first is due.
	WaitingWebhook(ctx context.Context, after string) (endpoint string, due calendar.Instant, err error)
	// DueDeliveries returns what is due of an endpoint, the longest first.
	DueDeliveries(ctx context.Context, endpoint string, now calendar.Instant, limit int) ([]Delivery, error)
	// DeliveriesMade returns what of an endpoint is in a state and was made between two moments, the oldest first.
	DeliveriesMade(ctx context.Context, b id.Bucket, endpoint string, state DeliveryState, from, until calendar.Instant, limit int) ([]Delivery, error)
}

// Config is what the service is made of.
type Config struct {
	Gate    step.Gate
	Store   Records
	Vault   Vault
	Courier Courier
	IDs     *id.Maker
	Now     func() time.Time
	Chance  io.Reader // secrets are drawn from it
	// Loopback lets addresses on this machine be named, by http too: for demos and tests.
	Loopback bool
	// Abreast is how many deliveries are under way at once. Default 128.
	Abreast int
	// Failed hears what could not be recorded, and Observe what became of each try. They must not block.
	Failed  func(error)
	Observe func(Report)
}

// Abreast is how many deliveries one endpoint has under way at once.
const Abreast = 4

// OldSecretFor is how long a secret signs on after it was rotated.
const OldSecretFor = 24 * time.Hour

// FailingMax is how long an endpoint may take nothing before it is switched off.
const FailingMax = 5 * 24 * time.Hour

// Service keeps endpoints and brings them what happens.
type Service struct {
	Config
	wake chan struct{}

	mu      sync.Mutex
	flying  map[string]int // deliveries under way by endpoint
	total   int
	after   string // the endpoint behind which the next look begins
	testing map[string]bool
	running sync.WaitGroup
}

// NewService returns a service.
func NewService(c Config) *Service {
	if c.Abreast == 0 {
		c.Abreast = 128
	}
	if c.Failed == nil {
		c.Failed = func(error) {}
	}
	if c.Observe == nil {
		c.Observe = func(Report) {}
	}
	return &Service{Config: c, wake: make(chan struct{}, 1), flying: map[string]int{}, testing: map[string]bool{}}
}

// may tells whether somebody may manage the endpoints of a merchant.
func may(who access.Actor, merchantID string) error {
	switch {
	case !who.Scope().Covers(merchantID):
		return ErrNotFound
	case who.Realm != access.Merchant || !who.May(access.KeyManage):
		return access.ErrForbidden
	}
	return nil
}

// marks are the ids of what a change leaves behind.
type marks struct{ trail, event string }

func (s *Service) marks(b id.Bucket) marks { return marks{s.IDs.New("aud_", b), s.IDs.New("evt_", b)} }

// record writes the trail of what was done to an endpoint.
func (m marks) record(v step.View, row Endpoint, did, by, detail string, now calendar.Instant) {
	v.Put(audit.Record{
		ID: m.trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "webhook." + did, Subject: row.ID, Detail: detail,
	})
}

// tell writes the trail and the event of what was done to an endpoint.
func (m marks) tell(v step.View, row Endpoint, did, by, detail string, now calendar.Instant) {
	m.record(v, row, did, by, detail, now)
	v.Put(event.Event{
		ID: m.event, Bucket: row.Bucket, At: now, Merchant: row.Merchant, Kind: "webhook." + did, Subject: row.ID,
		Body: fmt.Sprintf(`{"webhook":%q,"state":%q,"why":%q}`, row.ID, row.State, row.Why),
	})
}

// secret draws a secret and returns it as it is shown and as it is kept.
func (s *Service) secret(endpoint string) (shown string, sealed []byte, err error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.Chance, raw); err != nil {
		return "", nil, fmt.Errorf("draw a secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(raw), s.Vault.SealData(raw, endpoint), nil
}

// secrets opens what signs for an endpoint, the newest first.
func (s *Service) secrets(e Endpoint, now calendar.Instant) ([][]byte, error) {
	sealed := [][]byte{e.Secret}
	if len(e.OldSecret) > 0 && now < e.OldUntil {
		sealed = append(sealed, e.OldSecret)
	}
	var out [][]byte
	for _, text := range sealed {
		open, err := s.Vault.OpenData(text, e.ID)
		if err != nil {
			return nil, fmt.Errorf("open the secret of %s: %w", e.ID, err)
		}
		out = append(out, open)
	}
	return out, nil
}

// Make makes an endpoint of a merchant. Its secret is told once.
func (s *Service) Make(ctx context.Context, who access.Actor, merchantID string, o Order) (made Endpoint, secret string, err error) {
	if err := may(who, merchantID); err != nil {
		return made, "", err
	}
	if err := o.check(s.Loopback); err != nil {
		return made, "", err
	}
	b, err := id.BucketOf(merchantID)
	if err != nil {
		return made, "", merchant.ErrNotFound
	}
	now, mark := calendar.At(s.Now()), s.marks(b)
	made = Endpoint{
		ID: s.IDs.New(Prefix, b), Bucket: b, Merchant: merchantID, URL: o.URL, Events: strings.Join(o.Events, " "), Note: o.Note, State: On,
		CreatedBy: who.Trail(), CreatedAt: now, UpdatedAt: now,
	}
	if secret, made.Secret, err = s.secret(made.ID); err != nil {
		return made, "", err
	}
	count := Count{Merchant: merchantID, Bucket: b}
	err = s.Gate.Do(ctx, step.Step{
		Name: "webhook.make", Class: step.Staff, Keys: []step.Key{merchant.Key(merchantID), count.Key(), made.Key()},
		Run: func(v step.View) error {
			if _, err := step.Must[merchant.Merchant](v, merchant.Key(merchantID), merchant.ErrNotFound); err != nil {
				return err
			}
			n, _, err := step.Get[Count](v, count.Key())
			if err != nil {
				return err
			}
			if n.Endpoints >= endpointsMax {
				return ErrMany
			}
			v.Put(Count{Merchant: merchantID, Bucket: b, Endpoints: n.Endpoints + 1})
			v.Put(made)
			mark.tell(v, made, "made", who.Trail(), made.URL, now)
			return nil
		},
	})
	return made, secret, err
}

// Change gives an endpoint another address, other events or another note.
func (s *Service) Change(ctx context.Context, who access.Actor, endpoint string, o Order) (Endpoint, error) {
	if err := o.check(s.Loopback); err != nil {
		return Endpoint{}, err
	}
	return s.change(ctx, who, endpoint, "changed", func(row *Endpoint, _ calendar.Instant) error {
		if row.URL != o.URL {
			row.FailingSince = 0 // another address begins anew
		}
		row.URL, row.Events, row.Note = o.URL, strings.Join(o.Events, " "), o.Note
		return nil
	})
}

// Rotate gives an endpoint another secret, which is told once. The old one signs too for a day.
func (s *Service) Rotate(ctx context.Context, who access.Actor, endpoint string) (row Endpoint, secret string, err error) {
	secret, sealed, err := s.secret(endpoint)
	if err != nil {
		return row, "", err
	}
	row, err = s.change(ctx, who, endpoint, "rotated", func(row *Endpoint, now calendar.Instant) error {
		row.OldSecret, row.OldUntil, row.Secret = row.Secret, now.Add(OldSecretFor), sealed
		return nil
	})
	return row, secret, err
}

// Switch switches an endpoint on or off. What happens while somebody has it switched off is not kept for it.
func (s *Service) Switch(ctx context.Context, who access.Actor, endpoint string, to State) (Endpoint, error) {
	return s.change(ctx, who, endpoint, string(to), func(row *Endpoint, _ calendar.Instant) error {
		if row.State == to {
			return ErrState
		}
		row.State, row.Why, row.FailingSince = to, "", 0
		if to == Off {
			row.Why = ByHand
		}
		return nil
	})
}

func (s *Service) change(ctx context.Context, who access.Actor, endpoint, did string, change func(*Endpoint, calendar.Instant) error) (changed Endpoint, err error) {
	key, err := keyOf(endpoint)
	if err != nil {
		return changed, err
	}
	now, mark := calendar.At(s.Now()), s.marks(key.Bucket)
	err = s.Gate.Do(ctx, step.Step{
		Name: "webhook." + did, Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			row, err := step.Must[Endpoint](v, key, ErrNotFound)
			if err != nil {
				return err
			}
			if err := may(who, row.Merchant); err != nil {
				return err
			}
			if err := change(&row, now); err != nil {
				return err
			}
			row.UpdatedAt = now
			v.Put(row)
			mark.tell(v, row, did, who.Trail(), row.URL, now)
			changed = row
			return nil
		},
	})
	return changed, err
}

func keyOf(endpoint string) (step.Key, error) {
	b, err := id.BucketOf(endpoint)
	if err != nil || !strings.HasPrefix(endpoint, Prefix) {
		return step.Key{}, ErrNotFound
	}
	return step.Key{Table: Table, Bucket: b, ID: endpoint}, nil
}

// Look returns an endpoint that somebody may manage.
func (s *Service) Look(ctx context.Context, who access.Actor, endpoint string) (Endpoint, error) {
	key, err := keyOf(endpoint)
	if err != nil {
		return Endpoint{}, err
	}
	row, found, err := step.Read[Endpoint](ctx, s.Store, key)
	switch {
	case err != nil:
		return Endpoint{}, err
	case !found:
		return Endpoint{}, ErrNotFound
	}
	return row, may(who, row.Merchant)
}

// TestKind is the kind of the event that a test sends. It is no event of the outbox.
const TestKind = "webhook.test"

// Test sends an event that says nothing to an endpoint, on or off, and returns what became of it. It is not sent again.
func (s *Service) Test(ctx context.Context, who access.Actor, endpoint string) (Report, error) {
	row, err := s.Look(ctx, who, endpoint)
	if err != nil {
		return Report{}, err
	}
	if !s.begin(row.ID) {
		return Report{}, ErrTests
	}
	defer s.end(row.ID)
	now, mark := calendar.At(s.Now()), s.marks(row.Bucket)
	e := event.Event{ID: mark.event, Bucket: row.Bucket, At: now, Merchant: row.Merchant, Kind: TestKind, Subject: row.ID, Body: `{"test":true}`}
	report := s.carry(ctx, row, e, now)
	err = s.Gate.Do(ctx, step.Step{
		Name: "webhook.tested", Class: step.Staff,
		Run: func(v step.View) error {
			mark.record(v, row, "tested", who.Trail(), strings.TrimSpace(fmt.Sprintf("%d %s", report.Status, report.Failure)), now)
			return nil
		},
	})
	return report, err
}

func (s *Service) begin(endpoint string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.testing[endpoint] {
		return false
	}
	s.testing[endpoint] = true
	return true
}

func (s *Service) end(endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.testing, endpoint)
}

// carry signs an event for an endpoint and sends it.
func (s *Service) carry(ctx context.Context, row Endpoint, e event.Event, now calendar.Instant) Report {
	body, err := e.JSON()
	if err != nil {
		return Report{Failure: Broken, Detail: "the event could not be written down"}
	}
	secrets, err := s.secrets(row, now)
	if err != nil {
		s.Failed(err)
		return Report{Failure: Broken, Detail: "the secret could not be opened: rotate it"}
	}
	report := s.Courier.Carry(ctx, Parcel{URL: row.URL, ID: e.ID, Secrets: secrets, Body: body})
	s.Observe(report)
	return report
}

// Replay sends one delivery again, behind what waits to be told about the same subject; one that waits for its next try is sent now.
func (s *Service) Replay(ctx context.Context, who access.Actor, endpoint, delivery string) (Delivery, error) {
	row, err := s.Look(ctx, who, endpoint)
	if err != nil {
		return Delivery{}, err
	}
	b, err := id.BucketOf(delivery)
	if err != nil || !strings.HasPrefix(delivery, DeliveryPrefix) || b != row.Bucket {
		return Delivery{}, ErrDelivery
	}
	again, err := s.again(ctx, who, row, []Delivery{{ID: delivery, Bucket: b}}, delivery)
	if err != nil {
		return Delivery{}, err
	}
	if len(again) == 0 {
		return Delivery{}, ErrWaiting
	}
	return again[0], nil
}

// Range is what is to be sent again to an endpoint: what was given up or waits for its next try, or delivered too, of what was made
// between two moments.
type Range struct {
	From, Until calendar.Instant
	Delivered   bool
}

const (
	replayMax  = 1000 // deliveries of one call
	replayPart = 50   // of one step
)

// ReplayRange sends again what was made between two moments, the oldest first, and returns how many there were; more tells that there
// are others, made at next or later.
func (s *Service) ReplayRange(ctx context.Context, who access.Actor, endpoint string, r Range) (many int, next calendar.Instant, more bool, err error) {
	row, err := s.Look(ctx, who, endpoint)
	if err != nil {
		return 0, 0, false, err
	}
	if r.From >= r.Until {
		return 0, 0, false, ErrRange
	}
	states := []DeliveryState{GivenUp, Waiting}
	if r.Delivered {
		states = append(states, Delivered)
	}
	var found []Delivery
	for _, state := range states {
		part, err := s.Store.DeliveriesMade(ctx, row.Bucket, row.ID, state, r.From, r.Until, replayMax+1)
		if err != nil {
			return 0, 0, false, err
		}
		found = append(found, part...)
	}
	slices.SortFunc(found, func(a, b Delivery) int { return strings.Compare(a.ID, b.ID) })
	if len(found) > replayMax {
		found, next, more = found[:replayMax], found[replayMax].CreatedAt, true
	}
	for part := range slices.Chunk(found, replayPart) {
		again, err := s.again(ctx, who, row, part, r.From.String()+" – "+r.Until.String())
		if err != nil {
			return many, 0, false, err
		}
		many += len(again)
	}
	return many, next, more, nil
}

// again puts deliveries that are done into their lines once more, brings forward those that wait for their next try, and returns both.
func (s *Service) again(ctx context.Context, who access.Actor, row Endpoint, list []Delivery, detail string) (again []Delivery, err error) {
	now, mark := calendar.At(s.Now()), s.marks(row.Bucket)
	keys := []step.Key{row.Key()}
	for _, d := range list {
		keys = append(keys, d.Key())
		if d.Endpoint != "" {
			keys = append(keys, lineOf(d).Key())
		}
	}
	err = s.Gate.Do(ctx, step.Step{
		Name: "webhook.replayed", Class: step.Staff, Keys: keys,
		Run: func(v step.View) error {
			again = nil
			row, err := step.Must[Endpoint](v, row.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			if row.State != On {
				return ErrOff
			}
			for _, d := range list {
				d, found, err := step.Get[Delivery](v, d.Key())
				if err != nil {
					return err
				}
				if !found || d.Endpoint != row.ID {
					return ErrDelivery
				}
				switch {
				case d.State == Waiting && !d.later(now):
					continue
				case d.State == Waiting:
					d.DueAt = now
				default:
					if err := join(v, &d, now); err != nil {
						return err
					}
				}
				v.Put(d)
				again = append(again, d)
			}
			if len(again) > 0 {
				mark.record(v, row, "replayed", who.Trail(), fmt.Sprintf("%d: %s", len(again), detail), now)
			}
			return nil
		},
	})
	s.Wake()
	return again, err
}
