package merchant

import (
	"context"
	"errors"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Resume asks the provider what is due: checks of applications just submitted, and those for which it was busy or down.
// It returns how many got an answer. Any number of nodes may run it.
func (s *Service) Resume(ctx context.Context) (answered int, err error) {
	due, err := s.records.DueChecks(ctx, calendar.At(s.now()), askAtOnceMax)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, check := range due {
		done, err := s.ask(ctx, check)
		if done {
			answered++
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	return answered, errors.Join(failed...)
}

// ask asks one check: it takes it for a while, asks, and writes the answer. No step is held meanwhile.
func (s *Service) ask(ctx context.Context, check Check) (answered bool, err error) {
	now := calendar.At(s.now())
	var mine bool
	err = s.gate.Do(ctx, step.Step{
		Name: "check.take", Class: step.Bulk, Keys: []step.Key{check.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Check](v, check.Key(), ErrCheck)
			if err != nil {
				return err
			}
			if mine = row.DueAt == check.DueAt && row.Tries == check.Tries; !mine {
				return nil
			}
			row.DueAt, row.AskedAt = now.Add(askLease), now
			row.Tries++
			v.Put(row)
			check = row
			return nil
		},
	})
	if err != nil || !mine {
		return false, err
	}
	q, live, err := s.question(ctx, check)
	if err != nil {
		return false, err
	}
	if !live {
		return false, s.settle(ctx, check, func(row *Check, _ calendar.Instant) { row.DueAt = 0 })
	}
	answer, err := s.bureau.Ask(ctx, q)
	if err == nil && answer.Outcome != Match && answer.Outcome != Mismatch {
		err = ErrBureauDown.With("the provider gave an answer that is none")
	}
	if err != nil {
		return false, s.settle(ctx, check, func(row *Check, now calendar.Instant) {
			row.State, row.DueAt = Unavailable, 0
			if row.Tries < askTriesMax {
				row.DueAt = now.Add(pauseAfter(row.Tries))
			}
		})
	}
	return true, s.settle(ctx, check, func(row *Check, now calendar.Instant) {
		row.State, row.DueAt, row.AnsweredAt = answer.Outcome, 0, now
		row.Differs, row.Reference = words(answer.Differs), answer.Reference
	})
}

// words joins words of the provider, each cut to what a word is.
func words(list []string) string {
	var out []string
	for _, w := range list {
		w = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r == '_' {
				return r
			}
			return -1
		}, w)
		if w != "" && len(w) <= 32 && len(out) < 8 {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// question returns what a check asks, and whether the application still says what the check is about.
func (s *Service) question(ctx context.Context, check Check) (Question, bool, error) {
	a, c, err := s.application(ctx, check.Application)
	if err != nil || !a.State.Open() {
		return Question{}, false, err
	}
	full, err := s.whole(ctx, a, c)
	if err != nil {
		return Question{}, false, err
	}
	for _, one := range full.questions(splitSections(a.Sections)) {
		if one.q.Kind != check.Kind || one.part != check.Part {
			continue
		}
		index, err := s.vault.IndexData("bureau", one.q.data())
		if err != nil || index != check.Index {
			return Question{}, false, err
		}
		one.q.ID = check.Key().ID
		return one.q, true, nil
	}
	return Question{}, false, nil
}

// settle writes what came of asking.
func (s *Service) settle(ctx context.Context, check Check, change func(row *Check, now calendar.Instant)) error {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", check.Bucket)
	return s.gate.Do(ctx, step.Step{
		Name: "check.settle", Class: step.Staff, Keys: []step.Key{check.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Check](v, check.Key(), ErrCheck)
			if err != nil || row.Tries != check.Tries { // somebody else asked meanwhile
				return err
			}
			change(&row, now)
			v.Put(row)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, At: now, Actor: "system", Action: "check." + string(row.State), Subject: row.Application,
				Detail: string(row.Kind) + " of " + row.Part,
			})
			return nil
		},
	})
}

// AskAgain has a check of an application under review asked once more, at the next turn of [Service.Resume].
func (s *Service) AskAgain(ctx context.Context, who access.Actor, application, check string) (Check, error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = mayReview(who, a)
	}
	if err != nil {
		return Check{}, err
	}
	now, trail := calendar.At(s.now()), s.ids.New("aud_", a.Bucket)
	var again Check
	err = s.gate.Do(ctx, step.Step{
		Name: "check.again", Class: step.Staff, Keys: []step.Key{a.Key(), checkKey(a.ID, check)},
		Run: func(v step.View) error {
			held, err := step.Must[Application](v, a.Key(), ErrApplication)
			if err == nil {
				err = held.heldBy(who, now)
			}
			if err != nil {
				return err
			}
			row, err := step.Must[Check](v, checkKey(a.ID, check), ErrCheck)
			if err != nil {
				return err
			}
			if row.Application != a.ID {
				return ErrCheck
			}
			row.State, row.Tries, row.DueAt, row.Differs = Waiting, 0, now, ""
			v.Put(row)
			v.Put(audit.Record{ID: trail, Bucket: a.Bucket, At: now, Actor: who.Trail(), Action: "check.again", Subject: a.ID, Detail: string(row.Kind) + " of " + row.Part})
			again = row
			return nil
		},
	})
	return again, err
}

// Checks lists the checks that an application rests on as it stands, in the order of its sections.
func (s *Service) Checks(ctx context.Context, who access.Actor, application string) ([]Check, error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = maySee(who, a)
	}
	if err != nil {
		return nil, err
	}
	var list []Check
	for id := range strings.FieldsSeq(a.Checks) {
		check, found, err := step.Read[Check](ctx, s.records, checkKey(a.ID, id))
		if err != nil {
			return nil, err
		}
		if found {
			list = append(list, check)
		}
	}
	return list, nil
}
