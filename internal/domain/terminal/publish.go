package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Release is what lists tell of a version of parameters: all but its content.
type Release struct {
	Kind      Kind
	Version   int64
	Bytes     int64
	Author    string
	CreatedAt calendar.Instant
}

// Census counts the terminals of a group that are in use or may be, by what they hold.
type Census struct {
	State State
	Holds Versions
	Count int64
}

// Coverage says how many terminals of a group are to hold its parameters of a kind, and how many do.
type Coverage struct {
	Kind     Kind
	Version  int64 // that the group assigns; 0 for none
	Fetched  int64
	Expected int64
}

// Cover sums a census up for each kind. Retired and lost terminals fetch nothing and do not count.
func (g Group) Cover(census []Census) (list []Coverage, terminals int64) {
	for _, c := range census {
		if c.counts() {
			terminals += c.Count
		}
	}
	for _, k := range Kinds {
		cover := Coverage{Kind: k, Version: g.Assigned.Of(k)}
		if cover.Version != 0 {
			cover.Expected = terminals
		}
		for _, c := range census {
			if c.counts() && cover.Version != 0 && c.Holds.Of(k) == cover.Version {
				cover.Fetched += c.Count
			}
		}
		list = append(list, cover)
	}
	return list, terminals
}

func (c Census) counts() bool { return c.State != Retired && c.State != Lost }

// Pending lists the kinds that a terminal has yet to fetch.
func (g Group) Pending(t Terminal) (kinds []Kind) {
	for _, k := range Kinds {
		if want := g.Assigned.Of(k); want != 0 && want != t.Holds.Of(k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// ErrBase is the refusal of parameters that were edited from a version which is not the newest any more.
var ErrBase = fault.New(fault.Conflict, "parameters_changed", "another version was published meanwhile: look at it, and edit from there")

// PublishOver makes a version of parameters of what somebody edited from another: base is the newest version as they saw
// it, 0 where there was none. Cards on the black list, which nobody is shown, are carried over from it.
func (s *Service) PublishOver(ctx context.Context, k Kind, base int64, content []byte, by string) (Set, error) {
	if !slices.Contains(Kinds, k) {
		return Set{}, ErrVersion.With("there are no parameters %q", k)
	}
	last, err := s.store.LatestParameters(ctx, k)
	if err != nil {
		return Set{}, err
	}
	if last != base {
		return Set{}, ErrBase
	}
	parsed, err := parse(k, content)
	if err != nil {
		return Set{}, err
	}
	if list, ok := parsed.([]Blocked); ok && base != 0 {
		old, err := s.Parameters(ctx, k, base)
		if err != nil {
			return Set{}, err
		}
		known, err := Decode[[]Blocked](old)
		if err != nil {
			return Set{}, err
		}
		parsed = append(list, slices.DeleteFunc(known, func(b Blocked) bool { return b.Card == nil })...)
	}
	set, err := s.publish(ctx, k, base+1, parsed, by)
	if errors.Is(err, ErrPublished) { // between the look and the step
		err = ErrBase
	}
	return set, err
}

// parse reads the content of a kind as somebody wrote it, and refuses what does not belong to it.
func parse(k Kind, content []byte) (any, error) {
	switch k {
	case Settings:
		return strictly[Behavior](content)
	case CAKeys:
		return strictly[[]CAKey](content)
	case Applications:
		return strictly[[]Application](content)
	case Contactless:
		return strictly[TapRules](content)
	case Blacklist:
		list, err := strictly[[]Blocked](content)
		if err == nil && slices.ContainsFunc(list, func(b Blocked) bool { return b.Card != nil }) {
			err = ErrParameters.With("whole cards are put on the black list by the cards service")
		}
		return list, err
	case BINs:
		return strictly[[]BINRow](content)
	}
	return strictly[Update](content)
}

func strictly[T any](content []byte) (v T, err error) {
	in := json.NewDecoder(bytes.NewReader(content))
	in.DisallowUnknownFields()
	if err := in.Decode(&v); err != nil {
		return v, ErrParameters.With("they cannot be read: a field is missing, unknown or of another type")
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return v, ErrParameters.With("something follows behind their end")
	}
	return v, nil
}

// Shown returns the content of a set for people: without the cards of a black list, whose number it tells.
func (s Set) Shown() (content []byte, cards int, err error) {
	if s.Kind != Blacklist {
		return s.Content, 0, nil
	}
	list, err := Decode[[]Blocked](s)
	if err != nil {
		return nil, 0, err
	}
	prefixes := slices.DeleteFunc(slices.Clone(list), func(b Blocked) bool { return b.Card != nil })
	content, err = json.Marshal(prefixes)
	return content, len(list) - len(prefixes), err
}

// groupIDMax bounds the id of a group, groupNameMax the characters of its name.
const (
	groupIDMax   = 32
	groupNameMax = 60
)

// named refuses a group that no list could show.
func (g Group) named() error {
	if g.ID == "" || len(g.ID) > groupIDMax || strings.Trim(g.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ErrGroupName.With("its id has up to %d small letters, digits and hyphens", groupIDMax)
	}
	if n := len([]rune(strings.TrimSpace(g.Name))); n == 0 || n > groupNameMax {
		return ErrGroupName.With("its name has up to %d characters", groupNameMax)
	}
	return nil
}

// ErrGroupName is the refusal of a group's id or name.
var ErrGroupName = fault.New(fault.Invalid, "group_name", "the group has no fit id or name")

// MoveAll puts terminals into a group by their numbers, and says of each that could not be moved why. What is broken on our
// side ends it.
func (s *Service) MoveAll(ctx context.Context, numbers []string, group, by string) (refused map[string]error, err error) {
	if _, found, err := step.Read[Group](ctx, s.store, GroupKey(group)); err != nil || !found {
		return nil, cmpError(err, ErrGroup)
	}
	refused = map[string]error{}
	for _, number := range numbers {
		t, err := s.Lookup(ctx, number, "")
		if err == nil && t.State == Retired {
			err = ErrState.With("the terminal is retired")
		}
		if err == nil {
			err = s.Move(ctx, t, group, by)
		}
		if fault.KindOf(err) == fault.Internal && err != nil {
			return refused, err
		}
		if err != nil {
			refused[number] = err
		}
	}
	return refused, nil
}
