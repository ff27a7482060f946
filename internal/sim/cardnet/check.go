package cardnet

import (
	"errors"
	"fmt"
)

// tally is what the entries about one entry make, counted anew.
type tally struct {
	undoing  int   // standing voids, of either kind
	closing  int   // standing completions
	refunded int64 // fen
	added    int64 // fen, by add-ons
	total    int64 // fen, by the last adjustment; 0 without
}

// check recomputes what the books must hold.
func (b *books) check() error {
	funds, holds := map[string]int64{}, map[string]int64{}
	tallies := map[*entry]*tally{}
	of := func(e *entry) *tally {
		if tallies[e] == nil {
			tallies[e] = &tally{}
		}
		return tallies[e]
	}
	for _, e := range b.entries {
		if e.stands() {
			funds[e.Card] += e.effect()
		}
		if e.State != Approved || e.original == nil {
			continue
		}
		switch t := of(e.original); e.Kind {
		case Void, PreauthVoid, CompletionVoid:
			t.undoing++
		case Completion:
			t.closing++
		case Refund:
			t.refunded += e.Amount
		case AddOn:
			t.added += e.Amount
		case Adjustment:
			t.total = e.Amount
		}
	}
	var errs []error
	for _, e := range b.entries {
		t := of(e)
		if e.alive() {
			holds[e.Card] += e.Amount + t.added
		}
		errs = append(errs, e.check(t)...)
	}
	for _, a := range b.accounts {
		if want := a.opening + funds[a.id]; a.funds != want {
			errs = append(errs, fmt.Errorf("cardnet: card %s has %d fen, its transactions make %d", a.Card, a.funds, want))
		}
		if want := holds[a.id]; a.held != want {
			errs = append(errs, fmt.Errorf("cardnet: card %s holds %d fen, its authorizations make %d", a.Card, a.held, want))
		}
	}
	return errors.Join(errs...)
}

// check holds an entry against what the entries about it make.
func (e *entry) check(t *tally) (errs []error) {
	wrong := func(format string, about ...any) {
		errs = append(errs, fmt.Errorf("cardnet: %s %s: "+format, append([]any{e.Kind, e.RRN}, about...)...))
	}
	if !e.Kind.takes() && e.Kind != Preauth {
		return nil
	}
	if e.State == Pending || e.State == Declined || e.State == Unanswered {
		return nil
	}
	total := e.Amount + t.added
	if t.total != 0 {
		total = t.total
	}
	if e.total.amount != 0 && e.total.amount != total {
		wrong("what is about it makes %d fen, it says %d", total, e.total.amount)
	}
	switch {
	case t.refunded != e.refunded:
		wrong("refunds make %d fen, it says %d", t.refunded, e.refunded)
	case t.refunded > total:
		wrong("%d fen refunded of %d", t.refunded, total)
	case t.refunded > 0 && e.State != Approved:
		wrong("it is refunded and %s", e.State)
	}
	if (e.State == Voided) != (t.undoing == 1) || t.undoing > 1 {
		wrong("it is %s and has %d standing voids", e.State, t.undoing)
	}
	if (e.State == Completed) != (t.closing == 1) || t.closing > 1 {
		wrong("it is %s and has %d standing completions", e.State, t.closing)
	}
	return errs
}
