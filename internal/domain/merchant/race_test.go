package merchant_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// crowd runs an act by many at once and returns how many succeeded; every refusal must be the one named.
func crowd(t *testing.T, n int, refusal error, act func(i int) error) (done int) {
	t.Helper()
	var group sync.WaitGroup
	results := make([]error, n)
	for i := range n {
		group.Go(func() { results[i] = act(i) })
	}
	group.Wait()
	for _, err := range results {
		switch {
		case err == nil:
			done++
		case !errors.Is(err, refusal):
			t.Errorf("%v, want %v", err, refusal)
		}
	}
	return done
}

func races(t *testing.T, target string) {
	d := newDeskAt(t, target)
	const many = 8
	f := form(merchant.Micro)
	waiting := make([]merchant.Application, many)
	for i := range many {
		a, who := d.start(merchant.Micro)
		a, _, err := d.service.Save(t.Context(), who, a.ID, a.Version, f, "")
		if err != nil {
			t.Fatal(err)
		}
		d.papers(who, a, f)
		d.sign(who, a, terms)
		waiting[i] = a
	}
	if n := crowd(t, many, merchant.ErrMicroLimit, func(i int) error {
		_, _, err := d.service.Submit(t.Context(), owner(waiting[i].Merchant), waiting[i].ID, waiting[i].Version, terms)
		return err
	}); n != merchant.MicroMax {
		t.Errorf("one person submitted %d micro merchants at once, want %d", n, merchant.MicroMax)
	}
	if _, err := d.service.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := d.records.Applications(t.Context(), d.reviewer.Scope(), merchant.ApplicationFilter{State: merchant.Submitted}, listing.Page{})
	if err != nil || len(list.Rows) != merchant.MicroMax {
		t.Fatal(list, err)
	}
	a := list.Rows[0]
	if n := crowd(t, many, merchant.ErrClaim, func(i int) error {
		who := d.reviewer
		who.ID += string(rune('a' + i))
		_, err := d.service.Claim(t.Context(), who, a.ID)
		return err
	}); n != 1 {
		t.Errorf("%d reviewers hold one application", n)
	}
	a, _, err = step.Read[merchant.Application](t.Context(), d.records, a.Key())
	if err != nil {
		t.Fatal(err)
	}
	who := d.reviewer
	who.ID = a.ClaimedBy
	if n := crowd(t, many, merchant.ErrChanged, func(int) error {
		_, err := d.service.Approve(t.Context(), who, a.ID, a.Version)
		return err
	}); n != 1 {
		t.Errorf("one application was approved %d times", n)
	}
	storetest.WantClean(t, d.target)
}

func TestRaces(t *testing.T) { races(t, t.TempDir()) }

func TestRaces_onTheServer(t *testing.T) { races(t, storetest.Server(t)) }

// Whatever people do in whatever order, the records hold together, and only what the tables name happens.
func TestRandomActs(t *testing.T) {
	d := newDesk(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	var ids []string
	done := map[merchant.Verb]int{}
	for n := range 400 {
		d.at = d.at.Add(time.Duration(random.IntN(300)) * time.Second)
		if len(ids) < 6 || random.IntN(25) == 0 {
			kind := merchant.Kinds[random.IntN(2)] // a person has few micro merchants
			a, who := d.start(kind)
			d.papers(who, a, form(kind))
			if _, _, err := d.service.Save(t.Context(), who, a.ID, a.Version, form(kind), ""); err != nil {
				t.Fatal(err)
			}
			d.sign(who, a, terms)
			ids = append(ids, a.ID)
		}
		before, _, err := step.Read[merchant.Application](t.Context(), d.records, merchant.ApplicationKey(ids[random.IntN(len(ids))]))
		if err != nil {
			t.Fatal(err)
		}
		who, reviewer := owner(before.Merchant), []access.Actor{d.reviewer, d.reviewer, d.second}[random.IntN(3)]
		id, version := before.ID, before.Version-int64(random.IntN(8)/7)
		verb := []merchant.Verb{
			merchant.Save, merchant.Save, merchant.Submit, merchant.Submit, merchant.Submit, merchant.Claim, merchant.Claim, merchant.Claim,
			merchant.Release, merchant.Return, merchant.Approve, merchant.Approve, merchant.Reject, merchant.Withdraw,
		}[random.IntN(14)]
		if verb == merchant.Withdraw && random.IntN(6) > 0 {
			continue
		}
		if before.ClaimedBy == d.second.ID && random.IntN(4) > 0 {
			reviewer = d.second
		}
		d.fails = nil
		if random.IntN(3) == 0 {
			d.fails = merchant.ErrBureauBusy
		}
		if _, err := d.service.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		switch verb {
		case merchant.Save:
			_, _, err = d.service.Save(t.Context(), who, id, version, form(before.Kind), "")
		case merchant.Submit:
			_, _, err = d.service.Submit(t.Context(), who, id, version, terms)
		case merchant.Claim:
			_, err = d.service.Claim(t.Context(), reviewer, id)
		case merchant.Release:
			_, err = d.service.Release(t.Context(), reviewer, id)
		case merchant.Return:
			_, err = d.service.Return(t.Context(), reviewer, id, version, []merchant.Remark{{Field: "place.area", Text: "look again"}}, "")
		case merchant.Approve:
			_, err = d.service.Approve(t.Context(), reviewer, id, version)
		case merchant.Reject:
			_, err = d.service.Reject(t.Context(), reviewer, id, version, "no")
		case merchant.Withdraw:
			_, err = d.service.Withdraw(t.Context(), who, id, "no more")
		}
		after, _, readErr := step.Read[merchant.Application](t.Context(), d.records, before.Key())
		if readErr != nil {
			t.Fatal(readErr)
		}
		next, allowed := merchant.ApplicationTransitions.Next(before.State, verb)
		switch {
		case err == nil && (allowed != nil || after.State != next || after.Version <= before.Version):
			t.Fatalf("seed %d, act %d: %s of %s leads to %s", seed, n, verb, before.State, after.State)
		case err != nil && (after.Version != before.Version || fault.KindOf(err) == fault.Internal):
			t.Fatalf("seed %d, act %d: %s of %s was refused with %v and changed something", seed, n, verb, before.State, err)
		}
		if err == nil {
			done[verb]++
		}
	}
	if done[merchant.Save] == 0 || done[merchant.Submit] == 0 || done[merchant.Claim] == 0 {
		t.Errorf("seed %d: only %v happened", seed, done)
	}
	storetest.WantClean(t, d.target)
}
