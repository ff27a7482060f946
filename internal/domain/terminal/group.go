package terminal

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// GroupTable is where groups of terminals lie.
const GroupTable step.Table = "terminal_group"

// DefaultGroup is the group of every terminal that names none.
const DefaultGroup = "default"

// The dialect profiles, see docs/terminal-leg.md.
const (
	ProfileCUP    = "cup"
	ProfileX919   = "cup-x919"
	Profile190    = "cup-190"
	ProfileSingle = "cup-single"
	ProfileSM4    = "cup-sm4"
)

// Profiles lists every dialect profile.
var Profiles = []string{ProfileCUP, ProfileX919, Profile190, ProfileSingle, ProfileSM4}

// Group is terminals that speak one dialect and work with one set of parameters.
type Group struct {
	ID        string
	Name      string
	Profile   string
	Assigned  Versions // what its terminals are to hold
	UpdatedAt calendar.Instant
}

// Key returns the row's key. It is small and the same everywhere: bucket 0.
func (g Group) Key() step.Key { return GroupKey(g.ID) }

// GroupKey names a group; "" is the default one.
func GroupKey(group string) step.Key {
	if group == "" {
		group = DefaultGroup
	}
	return step.Key{Table: GroupTable, ID: group}
}

// Due returns the kind of parameters that a terminal is to fetch next, "" when it has all.
func (g Group) Due(t Terminal) Kind {
	for _, k := range Kinds {
		if want := g.Assigned.Of(k); want != 0 && want != t.Holds.Of(k) {
			return k
		}
	}
	return ""
}

// Refusals of groups.
var (
	ErrGroup   = fault.New(fault.NotFound, "group_not_found", "there is no such group of terminals")
	ErrProfile = fault.New(fault.Invalid, "profile_unknown", "there is no such dialect profile")
	ErrVersion = fault.New(fault.NotFound, "parameters_not_found", "there is no such version of these parameters")
)

// Group returns the group of a terminal as last committed. A terminal whose group is nowhere is in one that
// speaks the terminal's own profile and assigns nothing.
func (s *Service) Group(ctx context.Context, t Terminal) (Group, error) {
	g, found, err := step.Read[Group](ctx, s.store, GroupKey(t.Group))
	if err == nil && !found {
		g = Group{ID: GroupKey(t.Group).ID, Profile: t.Profile}
	}
	return g, err
}

// SaveGroup makes a group, or gives it another name and profile; what it assigns stays.
func (s *Service) SaveGroup(ctx context.Context, g Group, by string) error {
	g.ID = GroupKey(g.ID).ID
	if err := g.named(); err != nil {
		return err
	}
	if !slices.Contains(Profiles, g.Profile) {
		return ErrProfile.With("%q: use one of %v", g.Profile, Profiles)
	}
	return s.changeGroup(ctx, g.ID, by, true, func(row *Group) string {
		row.Name, row.Profile = strings.TrimSpace(g.Name), g.Profile
		return "profile " + g.Profile
	})
}

// Assign says which version of a kind the terminals of a group are to hold; 0 takes the kind away.
func (s *Service) Assign(ctx context.Context, group string, k Kind, version int64, by string) error {
	if version != 0 {
		if _, found, err := step.Read[Set](ctx, s.store, SetKey(k, version)); err != nil || !found {
			return cmpError(err, ErrVersion)
		}
	}
	return s.changeGroup(ctx, group, by, false, func(row *Group) string {
		row.Assigned = row.Assigned.With(k, version)
		return fmt.Sprintf("%s version %d", k, version)
	})
}

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (s *Service) changeGroup(ctx context.Context, group, by string, create bool, change func(*Group) (detail string)) error {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", 0)
	return s.gate.Do(ctx, step.Step{
		Name: "group.change", Class: step.Staff, Keys: []step.Key{GroupKey(group)},
		Run: func(v step.View) error {
			row, found, err := step.Get[Group](v, GroupKey(group))
			if err != nil || !found && !create {
				return cmpError(err, ErrGroup)
			}
			row.ID, row.UpdatedAt = GroupKey(group).ID, now
			detail := change(&row)
			v.Put(row)
			v.Put(audit.Record{ID: trail, At: now, Actor: by, Action: "group.changed", Subject: row.ID, Detail: detail})
			return nil
		},
	})
}

// Publish makes a new version of a kind of parameters and returns it. Nobody gets it before it is assigned.
func (s *Service) Publish(ctx context.Context, k Kind, content any, by string) (Set, error) {
	last, err := s.store.LatestParameters(ctx, k)
	if err != nil {
		return Set{}, err
	}
	return s.publish(ctx, k, last+1, content, by)
}

// publish makes one version of parameters, which must not be there yet.
func (s *Service) publish(ctx context.Context, k Kind, version int64, content any, by string) (Set, error) {
	raw, err := Encode(k, content)
	if err != nil {
		return Set{}, err
	}
	set := Set{Kind: k, Version: version, Content: raw, Author: by, CreatedAt: calendar.At(s.now())}
	trail := s.ids.New("aud_", 0)
	err = s.gate.Do(ctx, step.Step{
		Name: "parameters.publish", Class: step.Staff, Keys: []step.Key{set.Key()},
		Run: func(v step.View) error {
			if taken, err := v.Get(set.Key()); err != nil || taken != nil {
				return cmpError(err, ErrPublished)
			}
			v.Put(set)
			v.Put(audit.Record{
				ID: trail, At: set.CreatedAt, Actor: by, Action: "parameters.published", Subject: set.Key().ID,
				Detail: fmt.Sprintf("%d bytes", len(raw)),
			})
			return nil
		},
	})
	return set, err
}

// ErrPublished is the refusal of a version that someone else published in the same moment.
var ErrPublished = fault.New(fault.Conflict, "version_taken", "another version was published in the same moment: try again")

// Parameters returns the version of a kind that a group assigns.
func (s *Service) Parameters(ctx context.Context, k Kind, version int64) (Set, error) {
	set, found, err := step.Read[Set](ctx, s.store, SetKey(k, version))
	if err == nil && !found {
		err = ErrVersion
	}
	return set, err
}

// Move puts a terminal into a group.
func (s *Service) Move(ctx context.Context, t Terminal, group, by string) error {
	if _, found, err := step.Read[Group](ctx, s.store, GroupKey(group)); err != nil || !found {
		return cmpError(err, ErrGroup)
	}
	_, err := s.change(ctx, t, "terminal.moved", by, func(row *Terminal) (string, error) {
		row.Group = group
		return "group " + GroupKey(group).ID, nil
	})
	return err
}

// Register ties a terminal to its hardware: from then on requests must carry this serial number and prove it. A serial
// number belongs to one terminal at a time.
func (s *Service) Register(ctx context.Context, t Terminal, serial, by string) (Terminal, error) {
	if serial = strings.TrimSpace(serial); serial == "" || len(serial) > serialMax {
		return t, ErrSerial
	}
	return s.changeIn(ctx, t, "terminal.registered", by, func(v step.View, row *Terminal) (string, error) {
		if row.State == Retired || row.Unit != "" || row.Binding != 0 {
			return "", ErrState.With("the terminal was given its hardware from stock, or is retired: replace the hardware instead")
		}
		if err := claimSerial(v, serial, row.ID); err != nil {
			return "", err
		}
		row.Serial = serial
		return "serial number " + serial, nil
	})
}

// serialMax bounds a serial number, as the dialect carries it.
const serialMax = 38

// ErrSerial is the refusal of a serial number that no terminal could send.
var ErrSerial = fault.New(fault.Invalid, "serial_unfit", "a serial number has 1 to 38 characters")

// Downloaded records that a terminal holds a version of a kind now.
func (s *Service) Downloaded(ctx context.Context, t Terminal, k Kind, version int64) (Terminal, error) {
	return s.change(ctx, t, "terminal.downloaded", "terminal:"+t.Number, func(row *Terminal) (string, error) {
		row.Holds = row.Holds.With(k, version)
		return fmt.Sprintf("%s version %d", k, version), nil
	})
}

// change changes a terminal's row and says so in the trail.
func (s *Service) change(ctx context.Context, t Terminal, action, by string, change func(*Terminal) (detail string, err error)) (Terminal, error) {
	return s.changeIn(ctx, t, action, by, func(_ step.View, row *Terminal) (string, error) { return change(row) })
}

// changeIn is change for what touches other rows too.
func (s *Service) changeIn(ctx context.Context, t Terminal, action, by string, change func(step.View, *Terminal) (detail string, err error)) (Terminal, error) {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", t.Bucket)
	var changed Terminal
	err := s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: []step.Key{t.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			detail, err := change(v, &row)
			if err != nil {
				return err
			}
			v.Put(row)
			v.Put(audit.Record{ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: action, Subject: row.ID, Detail: detail})
			changed = row
			return nil
		},
	})
	return changed, err
}
