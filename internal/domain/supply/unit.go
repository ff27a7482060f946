package supply

import (
	"context"
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// UnitTable is where units lie.
const UnitTable step.Table = "terminal_unit"

// UnitPrefix begins the ids of units. A unit begins a bucket of its own, since it outlives its merchants.
const UnitPrefix = "unt_"

// UnitSerial is the kind of directory entry that leads from a serial number to its unit.
const UnitSerial = "unit"

// UnitState says where a unit is.
type UnitState string

// The states. The diagram is in doc.go.
const (
	InStock  UnitState = "stock"
	Assigned UnitState = "assigned"
	Shipped  UnitState = "shipped"
	Received UnitState = "received"
	InUse    UnitState = "active"
	Returned UnitState = "returned"
	UnitLost UnitState = "lost"
	Scrapped UnitState = "scrapped"
)

// UnitStates lists every state.
var UnitStates = []UnitState{InStock, Assigned, Shipped, Received, InUse, Returned, UnitLost, Scrapped}

// UnitAct is what happens to a unit.
type UnitAct string

// The acts.
const (
	Assign   UnitAct = "assign"
	Release  UnitAct = "release" // the order was cancelled, or another unit is sent
	Ship     UnitAct = "ship"
	Receive  UnitAct = "receive"
	Start    UnitAct = "activate"
	TakeBack UnitAct = "take_back"
	Pass     UnitAct = "pass" // it was inspected and is as new
	Fail     UnitAct = "fail" // it was inspected and is not
	LoseUnit UnitAct = "lose"
)

// UnitActs lists every act.
var UnitActs = []UnitAct{Assign, Release, Ship, Receive, Start, TakeBack, Pass, Fail, LoseUnit}

var unitNext = map[UnitState]map[UnitAct]UnitState{
	InStock:  {Assign: Assigned, Fail: Scrapped, LoseUnit: UnitLost},
	Assigned: {Release: InStock, Ship: Shipped, Start: InUse, LoseUnit: UnitLost},
	Shipped:  {Receive: Received, Start: InUse, TakeBack: Returned, LoseUnit: UnitLost},
	Received: {Start: InUse, TakeBack: Returned, LoseUnit: UnitLost},
	InUse:    {TakeBack: Returned, LoseUnit: UnitLost},
	Returned: {Pass: InStock, Fail: Scrapped},
	UnitLost: {TakeBack: Returned},
	Scrapped: {},
}

// After returns the state after an act, or [ErrUnitState].
func (s UnitState) After(a UnitAct) (UnitState, error) {
	to, ok := unitNext[s][a]
	if !ok {
		return s, ErrUnitState.With("a unit that is %s cannot be: %s", s, strings.ReplaceAll(string(a), "_", " "))
	}
	return to, nil
}

// Unit is one piece of hardware.
type Unit struct {
	ID        string
	Bucket    id.Bucket
	Serial    string // of the maker, upper case
	Model     string
	State     UnitState
	Merchant  string // who has it, or will
	Terminal  string // that it is, or will be
	Order     string
	Depot     string // where it lies in stock
	Note      string
	CreatedAt calendar.Instant
	ChangedAt calendar.Instant
}

// Key returns the row's key.
func (u Unit) Key() step.Key { return UnitKey(u.ID) }

// UnitKey names a unit.
func UnitKey(unit string) step.Key {
	return step.Key{Table: UnitTable, Bucket: id.MustBucket(unit), ID: unit}
}

// Refusals of units.
var (
	ErrUnit      = fault.New(fault.NotFound, "unit_not_found", "there is no such unit")
	ErrUnitState = fault.New(fault.Conflict, "unit_state", "the unit's state does not allow this")
	ErrSerial    = fault.New(fault.Invalid, "serial_invalid", "a serial number is 4 to 38 characters of A-Z, 0-9 and -")
	ErrSerialHas = fault.New(fault.Conflict, "serial_taken", "a unit with this serial number is known already")
)

// ParseSerial returns a serial number as it is kept.
func ParseSerial(s string) (string, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) < 4 || len(s) > 38 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return "", ErrSerial
	}
	return s, nil
}

// TakeIn puts a new unit into stock.
func (s *Service) TakeIn(ctx context.Context, serial, model, depot, by string) (Unit, error) {
	serial, err := ParseSerial(serial)
	if err != nil {
		return Unit{}, err
	}
	now := calendar.At(s.now())
	u := Unit{ID: s.ids.NewRoot(UnitPrefix), Serial: serial, Model: model, State: InStock, Depot: depot, CreatedAt: now, ChangedAt: now}
	u.Bucket = id.MustBucket(u.ID)
	entry := directory.Entry{Kind: UnitSerial, Name: serial, Target: u.ID}
	trail := s.ids.New("aud_", u.Bucket)
	err = s.gate.Do(ctx, step.Step{
		Name: "unit.take_in", Class: step.Staff, Keys: []step.Key{ModelKey(model), entry.Key()},
		Run: func(v step.View) error {
			if _, err := step.Must[Model](v, ModelKey(model), ErrNoModel); err != nil {
				return err
			}
			if err := directory.Reserve(v, entry); err != nil {
				return refusedAs(err, directory.ErrTaken, ErrSerialHas.With("a unit with the serial number %s is known already", serial))
			}
			v.Put(u)
			v.Put(audit.Record{
				ID: trail, Bucket: u.Bucket, At: now, Actor: by, Action: "unit.taken_in", Subject: u.ID,
				Detail: fmt.Sprintf("%s, serial number %s", model, serial),
			})
			return nil
		},
	})
	return u, err
}

// Move takes a unit through an act that touches nothing else: inspect it, take it back, lose it.
func (s *Service) Move(ctx context.Context, unit string, a UnitAct, note, by string) (Unit, error) {
	if a == Assign || a == Start {
		return Unit{}, ErrUnitState.With("a unit is assigned by an order and activated with its code")
	}
	return s.changeUnit(ctx, unit, a, note, by, func(u *Unit) {
		if a == Pass || a == Release {
			u.Merchant, u.Terminal, u.Order = "", "", ""
		}
	})
}

// changeUnit takes a unit through an act and says so in the trail.
func (s *Service) changeUnit(ctx context.Context, unit string, a UnitAct, note, by string, change func(*Unit)) (Unit, error) {
	key, err := unitKey(unit)
	if err != nil {
		return Unit{}, err
	}
	now, trail := calendar.At(s.now()), s.ids.New("aud_", key.Bucket)
	var changed Unit
	err = s.gate.Do(ctx, step.Step{
		Name: "unit." + string(a), Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			u, err := step.Must[Unit](v, key, ErrUnit)
			if err != nil {
				return err
			}
			if err := u.act(a, now, change); err != nil {
				return err
			}
			u.Note = note
			v.Put(u)
			v.Put(audit.Record{ID: trail, Bucket: u.Bucket, At: now, Actor: by, Action: "unit." + string(a), Subject: u.ID, Detail: note})
			changed = u
			return nil
		},
	})
	return changed, err
}

func (u *Unit) act(a UnitAct, now calendar.Instant, change func(*Unit)) (err error) {
	if u.State, err = u.State.After(a); err != nil {
		return err
	}
	u.ChangedAt = now
	change(u)
	return nil
}

func unitKey(unit string) (step.Key, error) {
	b, err := id.BucketOf(unit)
	if err != nil || !strings.HasPrefix(unit, UnitPrefix) {
		return step.Key{}, ErrUnit
	}
	return step.Key{Table: UnitTable, Bucket: b, ID: unit}, nil
}

// UnitFilter narrows a list of units; a zero field asks for nothing. Serial is the beginning of a serial number.
type UnitFilter struct {
	State         UnitState
	Model, Serial string
}
