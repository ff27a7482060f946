package store

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// collectedSQL sums the day counters of all merchants along an index of their days; a merchant's id has 32 characters.
var collectedSQL = "SELECT coalesce(sum(used_count), 0), coalesce(sum(used_fen), 0) FROM risk_counter WHERE substr(id, 34) = ?"

// Collected returns how many payments were collected on a business date in a scope, and fen in all; by one payment service where
// that is asked for.
func (s *Store) Collected(ctx context.Context, scope access.Scope, day calendar.Date, service string) (count, fen int64, err error) {
	switch m := scope.Merchant(); {
	case scope.All():
		counter := day.String()
		if service != "" {
			counter += "/" + service
		}
		err = s.engine.query(ctx, collectedSQL, []any{counter}, func(scan func(...any) error) error { return scan(&count, &fen) })
		return count, fen, err
	case m != "":
		key := risk.DayKey(m, day)
		if service != "" {
			key = risk.Day{Merchant: m, Service: service, Date: day}.Keys()[1]
		}
		t, _, err := step.Read[step.Tally](ctx, s, key)
		use := risk.FromTally(t)
		return use.UsedCount, use.UsedSum, err
	}
	return 0, 0, access.ErrScope
}

// dayMax bounds how many operations are counted for one look at a day.
const dayMax = 20_000

// These read a bucket along the primary key back to where a day begins.
const (
	dayOperationsSQL = "SELECT kind, state, approved_fen, created_at_us FROM operation WHERE bucket = ? AND id > ? AND merchant = ? ORDER BY id DESC LIMIT ?"
	dayOfAllSQL      = "SELECT kind, state, approved_fen, created_at_us FROM operation WHERE bucket = ? AND id > ? ORDER BY id DESC LIMIT ?"
	dayOfBucketMax   = dayMax / id.BucketCount // of one bucket
)

// DayOperations returns operations since an instant, in no order, of the merchant of a scope or of all merchants: 20,000 at
// most, the latest of each bucket; whole tells that there are no more.
func (s *Store) DayOperations(ctx context.Context, scope access.Scope, since calendar.Instant) (list []payment.Outline, whole bool, err error) {
	read := func(text string, b id.Bucket, most int, args ...any) (list []payment.Outline, err error) {
		args = append([]any{int64(b), id.Since(payment.OperationPrefix, b, since.Time())}, append(args, most)...)
		err = s.engine.query(ctx, text, args, func(scan func(...any) error) error {
			var o payment.Outline
			err := scan(&o.Kind, &o.State, &o.ApprovedFen, &o.CreatedAt)
			list = append(list, o)
			return err
		})
		return list, err
	}
	if !scope.All() {
		b, err := id.BucketOf(scope.Merchant())
		if err != nil {
			return nil, false, access.ErrScope
		}
		list, err = read(dayOperationsSQL, b, dayMax, scope.Merchant())
		return list, len(list) < dayMax, err
	}
	var busy []id.Bucket // with more than an even share; they have what the others left
	for b := range id.Bucket(id.BucketCount) {
		part, err := read(dayOfAllSQL, b, dayOfBucketMax+1)
		switch {
		case err != nil:
			return nil, false, err
		case len(part) > dayOfBucketMax:
			busy = append(busy, b)
		default:
			list = append(list, part...)
		}
	}
	whole = true
	for i, b := range busy {
		most := (dayMax - len(list)) / (len(busy) - i)
		part, err := read(dayOfAllSQL, b, most+1)
		if err != nil {
			return nil, false, err
		}
		whole = whole && len(part) <= most
		list = append(list, part[:min(len(part), most)]...)
	}
	return list, whole, nil
}

// What waits and what works is counted along indexes.
var (
	applicationsInSQL = "SELECT count(*) FROM application WHERE state = ?"
	proposalsOpenSQL  = "SELECT count(*) FROM proposal WHERE state = 'open'"
	activeSQL         = "SELECT count(*) FROM terminal WHERE state = 'active'"
	activeOfSQL       = "SELECT count(*) FROM terminal WHERE bucket = ? AND merchant = ? AND state = 'active'"
)

// ApplicationsIn counts the applications in a state.
func (s *Store) ApplicationsIn(ctx context.Context, state merchant.ApplicationState) (int64, error) {
	return s.count(ctx, applicationsInSQL, string(state))
}

// OpenProposals counts the proposals that nobody decided.
func (s *Store) OpenProposals(ctx context.Context) (int64, error) {
	return s.count(ctx, proposalsOpenSQL)
}

// ActiveTerminals counts the terminals at work in a scope.
func (s *Store) ActiveTerminals(ctx context.Context, scope access.Scope) (int64, error) {
	if scope.All() {
		return s.count(ctx, activeSQL)
	}
	b, err := id.BucketOf(scope.Merchant())
	if err != nil {
		return 0, access.ErrScope
	}
	return s.count(ctx, activeOfSQL, int64(b), scope.Merchant())
}

func (s *Store) count(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = s.engine.query(ctx, text, args, func(scan func(...any) error) error { return scan(&n) })
	return n, err
}
