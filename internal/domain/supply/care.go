package supply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// CareTable is where checks lie.
const CareTable step.Table = "terminal_care"

// CarePrefix begins the ids of checks.
const CarePrefix = "car_"

// CareKind is what a check is about.
type CareKind string

// The kinds.
const (
	OnSite    CareKind = "on_site"   // the yearly visit: right merchant, right place, right use
	Tamper    CareKind = "tamper"    // seals, case, foreign parts in the reader
	Condition CareKind = "condition" // printer, reader, battery, network, screen
)

// CareItems lists what each kind looks at, as words.
var CareItems = map[CareKind][]string{
	OnSite:    {"merchant_at_place", "goods_fit_category", "terminal_present", "serial_matches", "no_foreign_terminal", "receipts_kept"},
	Tamper:    {"seal_whole", "case_whole", "no_overlay", "no_extra_wire", "serial_label_whole", "screen_as_known"},
	Condition: {"printer", "reader", "keys", "screen", "battery", "network", "cable"},
}

// CareKinds lists every kind.
var CareKinds = []CareKind{OnSite, Tamper, Condition}

// CareState says whether a check was made.
type CareState string

// The states: due → done.
const (
	CareDue  CareState = "due"
	CareDone CareState = "done"
)

// Finding is what a check found of one item.
type Finding struct {
	Item string `json:"item"`
	OK   bool   `json:"ok"`
	Note string `json:"note"`
}

// Care is a check of a terminal at its place.
type Care struct {
	ID        string
	Bucket    id.Bucket
	Merchant  string
	Terminal  string
	Kind      CareKind
	State     CareState
	Findings  []Finding
	OK        bool // nothing was wrong
	Note      string
	DueAt     calendar.Instant
	DoneAt    calendar.Instant
	By        string
	CreatedAt calendar.Instant
}

// Key returns the row's key.
func (c Care) Key() step.Key { return step.Key{Table: CareTable, Bucket: c.Bucket, ID: c.ID} }

// Refusals of checks.
var (
	ErrCare      = fault.New(fault.NotFound, "care_not_found", "there is no such check")
	ErrCareKind  = fault.New(fault.Invalid, "care_kind", "there is no such kind of check")
	ErrCareDone  = fault.New(fault.Conflict, "care_done", "this check was made already")
	ErrCareItems = fault.New(fault.Invalid, "care_items", "say of each item of the list, once, whether it is well")
)

// PlanCare says that a terminal is to be checked by a time.
func (s *Service) PlanCare(ctx context.Context, t terminal.Terminal, k CareKind, due calendar.Instant, by string) (Care, error) {
	if !slices.Contains(CareKinds, k) {
		return Care{}, ErrCareKind
	}
	now := calendar.At(s.now())
	c := Care{
		ID: s.ids.New(CarePrefix, t.Bucket), Bucket: t.Bucket, Merchant: t.Merchant, Terminal: t.ID, Kind: k, State: CareDue,
		Findings: []Finding{}, DueAt: due, CreatedAt: now,
	}
	trail := s.ids.New("aud_", t.Bucket)
	return c, s.gate.Do(ctx, step.Step{
		Name: "care.plan", Class: step.Staff, Keys: []step.Key{c.Key()},
		Run: func(v step.View) error {
			v.Put(c)
			v.Put(audit.Record{ID: trail, Bucket: c.Bucket, Merchant: c.Merchant, At: now, Actor: by, Action: "care.planned", Subject: c.ID, Detail: string(k) + " of " + t.ID})
			return nil
		},
	})
}

// FinishCare records what a check found. A check on site that found nothing verifies the terminal anew; one that found
// hardware opened or changed suspends it.
func (s *Service) FinishCare(ctx context.Context, care string, findings []Finding, note, by string) (Care, error) {
	key, err := careKey(care)
	if err != nil {
		return Care{}, err
	}
	now, trail := calendar.At(s.now()), s.ids.New("aud_", key.Bucket)
	var done Care
	err = s.gate.Do(ctx, step.Step{
		Name: "care.finish", Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			c, err := step.Must[Care](v, key, ErrCare)
			switch {
			case err != nil:
				return err
			case c.State != CareDue:
				return ErrCareDone
			case !complete(c.Kind, findings):
				return ErrCareItems
			}
			c.State, c.Findings, c.Note, c.DoneAt, c.By = CareDone, findings, note, now, by
			c.OK = !slices.ContainsFunc(findings, func(f Finding) bool { return !f.OK })
			v.Put(c)
			v.Put(audit.Record{
				ID: trail, Bucket: c.Bucket, Merchant: c.Merchant, At: now, Actor: by, Action: "care.done", Subject: c.ID,
				Detail: fmt.Sprintf("%s of %s, all well: %t", c.Kind, c.Terminal, c.OK),
			})
			done = c
			return nil
		},
	})
	if err != nil {
		return done, err
	}
	return done, s.conclude(ctx, done, by)
}

// conclude does to the terminal what a check leads to.
func (s *Service) conclude(ctx context.Context, c Care, by string) error {
	t, found, err := step.Read[terminal.Terminal](ctx, s.store, terminal.Key(c.Terminal))
	if err != nil || !found {
		return orRefusal(err, terminal.ErrNotFound)
	}
	switch {
	case c.Kind == OnSite && c.OK:
		_, err = s.terminals.Verify(ctx, t, "check "+c.ID, by)
	case c.Kind == Tamper && !c.OK && t.State == terminal.Active:
		_, err = s.terminals.Suspend(ctx, t, terminal.Tampered, "check "+c.ID, by)
	}
	return err
}

func complete(k CareKind, findings []Finding) bool {
	items := CareItems[k]
	if len(findings) != len(items) {
		return false
	}
	for _, item := range items {
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Item == item }) {
			return false
		}
	}
	return true
}

func careKey(care string) (step.Key, error) {
	b, err := id.BucketOf(care)
	if err != nil || !strings.HasPrefix(care, CarePrefix) {
		return step.Key{}, ErrCare
	}
	return step.Key{Table: CareTable, Bucket: b, ID: care}, nil
}

// CareFilter narrows a list of checks; a zero field asks for nothing.
type CareFilter struct {
	Merchant, Terminal string
	State              CareState
}
