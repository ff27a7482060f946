package merchant

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// actions name what happened to a merchant, for the trail and the outbox.
var actions = map[Verb]string{
	Suspend: "merchant.suspended", Reinstate: "merchant.reinstated", Leave: "merchant.leaving", Stay: "merchant.staying", Exit: "merchant.closed",
}

// Control suspends or reinstates a merchant, takes its wish to leave (which its owner may have too) or takes that back,
// and closes one that wishes to leave once nothing of it is open.
func (s *Service) Control(ctx context.Context, who access.Actor, merchant string, verb Verb, reason string) (Merchant, error) {
	reason, err := reasoned(reason)
	if err != nil {
		return Merchant{}, err
	}
	err = may(who, access.MerchantControl, merchant)
	if (verb == Leave || verb == Stay) && who.Realm == access.Merchant {
		err = may(who, access.ApplicationEdit, merchant)
	}
	if err != nil {
		return Merchant{}, err
	}
	action, ok := actions[verb]
	if !ok {
		return Merchant{}, ErrState.With("one does not %s a merchant by itself", verb)
	}
	if verb == Exit {
		open, err := s.unsettled(ctx, merchant)
		if err != nil {
			return Merchant{}, err
		}
		if len(open) > 0 {
			words := make([]string, len(open))
			for i, o := range open {
				words[i] = o.String()
			}
			return Merchant{}, ErrBusy.With("still open: %s", strings.Join(words, ", "))
		}
	}
	return s.changeMerchant(ctx, merchant, action, who.Trail(), reason, []step.Key{pendingKeyOr(merchant)},
		func(v step.View, m *Merchant, _ calendar.Instant) error {
			next, err := MerchantTransitions.Next(m.State, verb)
			if err != nil {
				return err
			}
			if verb == Exit {
				open, _, err := step.Get[Pending](v, pendingKey(m.ID))
				if err != nil {
					return err
				}
				if open.Application != "" {
					return ErrOpen
				}
			}
			m.State = next
			m.due()
			return nil
		})
}

// Unsettled tells what of a merchant is still open, to those who may close it and to its own people.
func (s *Service) Unsettled(ctx context.Context, who access.Actor, merchant string) ([]Unsettled, error) {
	if err := may(who, access.MerchantView, merchant); err != nil {
		return nil, err
	}
	return s.unsettled(ctx, merchant)
}

// pendingKeyOr is pendingKey for an id that may be no merchant's: the step then finds nobody.
func pendingKeyOr(merchant string) step.Key {
	b, err := id.BucketOf(merchant)
	if err != nil {
		b = 0
	}
	return step.Key{Table: OpenTable, Bucket: b, ID: merchant}
}

// changeMerchant runs a change of a merchant's row as one step.
func (s *Service) changeMerchant(
	ctx context.Context, merchant, action, by, detail string, more []step.Key,
	run func(v step.View, m *Merchant, now calendar.Instant) error,
) (Merchant, error) {
	if _, err := id.BucketOf(merchant); err != nil {
		return Merchant{}, ErrNotFound
	}
	now, k := calendar.At(s.now()), s.marks(id.MustBucket(merchant))
	var changed Merchant
	err := s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: append([]step.Key{Key(merchant)}, more...),
		Run: func(v step.View) error {
			m, err := step.Must[Merchant](v, Key(merchant), ErrNotFound)
			if err != nil {
				return err
			}
			if err := run(v, &m, now); err != nil {
				return err
			}
			m.UpdatedAt = now
			v.Put(m)
			k.tellMerchant(v, m, action, by, detail, now)
			changed = m
			return nil
		},
	})
	return changed, err
}

func (k marks) tellMerchant(v step.View, m Merchant, action, by, detail string, now calendar.Instant) {
	v.Put(audit.Record{ID: k.trail, Bucket: m.Bucket, At: now, Actor: by, Action: action, Subject: m.ID, Merchant: m.ID, Detail: detail})
	v.Put(event.Event{
		ID: k.event, Bucket: m.Bucket, At: now, Merchant: m.ID, Kind: action, Subject: m.ID,
		Body: fmt.Sprintf(`{"id":%q,"number":%q,"state":%q,"due_on":%q}`, m.ID, m.Number, m.State, m.DueOn),
	})
}

// remindBefore is how many days before its end a paper, or the next look at a merchant, is told of.
const remindBefore = 30

// Remind tells of what ends within 30 days, once for each day of ending, and returns how many merchants it told of.
func (s *Service) Remind(ctx context.Context, everyone access.Scope) (told int, err error) {
	now := calendar.At(s.now())
	until := after(dayOf(now), remindBefore)
	page := listing.Page{Limit: listing.MaxLimit}
	for {
		list, err := s.records.ExpiringMerchants(ctx, everyone, until, page)
		if err != nil {
			return told, err
		}
		for _, m := range list.Rows {
			if m.RemindedFor == m.DueOn {
				continue
			}
			_, err := s.changeMerchant(ctx, m.ID, "merchant.expiring", "system", "on "+m.DueOn.String(), nil,
				func(_ step.View, row *Merchant, _ calendar.Instant) error {
					row.RemindedFor = row.DueOn
					return nil
				})
			if err != nil {
				return told, err
			}
			told++
		}
		if !list.More {
			return told, nil
		}
		page.After = list.Next
	}
}

// noteMax bounds the characters of a visit's note.
const noteMax = 2000

// Report keeps what somebody saw at the shop or heard on the telephone. The documents are pictures that were added
// before.
func (s *Service) Report(ctx context.Context, who access.Actor, application string, kind VisitKind, result VisitResult, noteText string, documents []string) (Visit, error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = mayReview(who, a)
	}
	if err != nil {
		return Visit{}, err
	}
	if kind != SiteVisit && kind != CallBack || result != Passed && result != Failed && result != NobodyIn || utf8.RuneCountInString(noteText) > noteMax {
		return Visit{}, ErrVisit
	}
	for _, document := range documents {
		if d, _, err := s.document(ctx, document); err != nil || d.Application != a.ID {
			return Visit{}, cmpError(err, ErrDocument)
		}
	}
	now, trail := calendar.At(s.now()), s.ids.New("aud_", a.Bucket)
	w := Visit{
		ID: s.ids.New(VisitPrefix, a.Bucket), Bucket: a.Bucket, Merchant: a.Merchant, Application: a.ID, Kind: kind, Result: result,
		Documents: strings.Join(documents, " "), By: who.Trail(), At: now,
	}
	w.Note = s.vault.SealData([]byte(noteText), w.record())
	return w, s.gate.Do(ctx, step.Step{
		Name: "merchant.visited", Class: step.Staff, Keys: []step.Key{w.Key()},
		Run: func(v step.View) error {
			v.Put(w)
			v.Put(audit.Record{ID: trail, Bucket: w.Bucket, At: now, Actor: w.By, Action: "merchant.visited", Subject: a.ID, Detail: string(kind) + " " + string(result)})
			return nil
		},
	})
}

// Note opens the note of a visit.
func (s *Service) Note(who access.Actor, w Visit) (string, error) {
	if err := may(who, access.ApplicationReview, w.Merchant); err != nil {
		return "", err
	}
	raw, err := s.vault.OpenData(w.Note, w.record())
	return string(raw), err
}

// Ban puts a number on the block list, or changes what stands there, but not for a shorter time: that takes two people, as
// [Service.ProposeLift] does. Until is zero for ever. The number itself is not kept.
func (s *Service) Ban(ctx context.Context, who access.Actor, b Block, number string) (Block, error) {
	if who.Realm != access.Platform || !who.May(access.RiskManage) {
		return Block{}, access.ErrForbidden
	}
	reason, err := reasoned(b.Reason)
	if err != nil {
		return Block{}, err
	}
	if _, ok := RiskTypes[b.RiskType]; !ok {
		return Block{}, ErrRiskType
	}
	now := calendar.At(s.now())
	number, mask, err := subjectNumber(b.Kind, number, dayOf(now))
	if err != nil {
		return Block{}, err
	}
	if b.Index, err = s.vault.IndexData(string(b.Kind), number); err != nil {
		return Block{}, err
	}
	if b.Until != 0 && b.Until <= now {
		return Block{}, ErrShorter.With("name a moment that is still to come")
	}
	b.Source = typed(b.Source)
	b.Reason, b.Masked, b.Lifted, b.By, b.At = reason, mask, false, who.Trail(), now
	return b, s.putBlock(ctx, b)
}

func (s *Service) putBlock(ctx context.Context, b Block) error {
	const action = "block.added"
	key := b.Key()
	trail, now := s.ids.New("aud_", key.Bucket), calendar.At(s.now())
	return s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			before, _, err := step.Get[Block](v, key)
			if err != nil {
				return err
			}
			if before.Holds(now) && b.Until != 0 && (before.Until == 0 || b.Until < before.Until) {
				return ErrShorter
			}
			v.Put(b)
			v.Put(audit.Record{ID: trail, Bucket: key.Bucket, At: now, Actor: b.By, Action: action, Subject: key.ID, Detail: b.String()})
			return nil
		},
	})
}
