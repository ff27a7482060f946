package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// unusual repeats the predicate of the indexes over what is neither pending nor captured, as [payment.State.Usual] tells.
const unusual = "state NOT IN ('pending', 'captured')"

// paymentList returns the statement of a page of ids in one bucket, the newest first: ids rise with time, so the list needs
// no other order. What narrows most leads, and has an index; the rest is held against the rows found.
func paymentList(b id.Bucket, f payment.Filter, p listing.Page) (text string, args []any) {
	c := conditions{}
	c.add("bucket = ?", int64(b))
	name, table := "id", "payment"
	if f.Hand {
		name, table = "payment", "operation"
	}
	from, before := id.Since(payment.Prefix, b, f.From.Time()), payment.Prefix+b.String()+last
	if f.Until != 0 {
		before = min(before, id.Since(payment.Prefix, b, f.Until.Time()))
	}
	if !p.After.IsZero() {
		before = min(before, payment.Prefix+b.String()+id.Moment(p.After.ID))
	}
	c.add(name+" >= ?", from)
	c.add(name+" < ?", before)
	switch {
	case f.Hand: // there are few, whosever they are
		c.add("state = 'manual'")
		c.held("merchant", f.Merchant)
		if f.Terminal != "" {
			c.add("EXISTS (SELECT 1 FROM payment p WHERE p.bucket = operation.bucket AND p.id = operation.payment AND p.terminal || '' = ?)", f.Terminal)
		}
	case f.State != "" && !f.State.Usual():
		c.eq("merchant", f.Merchant)
		c.eq("state", string(f.State))
		c.add(unusual)
		c.held("terminal", f.Terminal)
	case f.Terminal != "":
		c.eq("terminal", f.Terminal)
		c.held("merchant", f.Merchant)
	default:
		c.eq("merchant", f.Merchant)
	}
	switch {
	case f.Hand:
	case f.State.Usual():
		c.held("state", string(f.State))
	case f.State == "":
		c.add("state || '' <> ?", string(payment.ClosedOff))
	}
	text = "SELECT " + name + " FROM " + table + " WHERE " + strings.Join(c.texts, " AND ")
	if f.Hand {
		text += " GROUP BY " + name // more than one act on a payment may wait
	}
	return text + " ORDER BY " + name + " DESC LIMIT ?", append(c.args, p.Size()+1)
}

// bucketsOf tells where payments of a scope and filter lie: in the bucket of what they are narrowed to, or anywhere. It
// narrows the filter to the scope.
func bucketsOf(scope access.Scope, f *payment.Filter) ([]id.Bucket, error) {
	if f.Merchant == "" {
		f.Merchant = scope.Merchant()
	}
	if !scope.All() && (f.Merchant == "" || !scope.Covers(f.Merchant)) {
		return nil, access.ErrScope
	}
	if at := cmp.Or(f.Merchant, f.Terminal); at != "" {
		b, err := id.BucketOf(at)
		if err != nil {
			return nil, nil // it names nothing that could have payments
		}
		return []id.Bucket{b}, nil
	}
	all := make([]id.Bucket, id.BucketCount)
	for b := range all {
		all[b] = id.Bucket(b)
	}
	return all, nil
}

// PaymentsOf returns a page of the payments in a scope. Without a merchant, each bucket gives its newest, and the newest of
// all make the page.
func (s *Store) PaymentsOf(ctx context.Context, scope access.Scope, f payment.Filter, p listing.Page) (listing.Slice[payment.Payment], error) {
	none := listing.Slice[payment.Payment]{Rows: []payment.Payment{}}
	buckets, err := bucketsOf(scope, &f)
	if err != nil {
		return none, err
	}
	var ids []string
	for _, b := range buckets {
		text, args := paymentList(b, f, p)
		if err := s.engine.query(ctx, text, args, func(scan func(...any) error) error {
			var one string
			err := scan(&one)
			ids = append(ids, one)
			return err
		}); err != nil {
			return none, err
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(id.Moment(b), id.Moment(a)) })
	rows := make([]payment.Payment, 0, p.Size()+1)
	for _, one := range ids[:min(len(ids), p.Size()+1)] {
		row, _, err := step.Read[payment.Payment](ctx, s, payment.Key(one))
		if err != nil {
			return none, err
		}
		rows = append(rows, row)
	}
	return listing.Cut(rows, p.Size(), func(row payment.Payment) listing.Cursor {
		return listing.Cursor{At: row.CreatedAt, ID: row.ID}
	}), nil
}

// wearSQL counts along the index of a terminal's payments, which carries how the card was read.
var wearSQL = "SELECT coalesce(sum(CASE entry_mode WHEN 'swipe' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE entry_mode WHEN 'insert' THEN 1 ELSE 0 END), 0), " +
	"coalesce(sum(CASE entry_mode WHEN 'tap' THEN 1 ELSE 0 END), 0) FROM payment WHERE bucket = ? AND terminal = ? AND id >= ?"

// Wear counts how cards were read by a terminal since an instant. A card that is read again for a void or a refund is not
// counted: it is a small part.
func (s *Store) Wear(ctx context.Context, t terminal.Terminal, since calendar.Instant) (w terminal.Wear, err error) {
	err = s.engine.query(ctx, wearSQL, []any{int64(t.Bucket), t.ID, id.Since(payment.Prefix, t.Bucket, since.Time())},
		func(scan func(...any) error) error { return scan(&w.Swipes, &w.Inserts, &w.Taps) })
	return w, err
}

// furtherSQL reads along the partial index of operations that are not the first of their payment.
var furtherSQL = "SELECT " + operationTable.columnList("") + " FROM operation WHERE bucket = ? AND payment = ? " +
	"AND kind NOT IN ('sale', 'preauth', 'offline_sale', 'inquiry') ORDER BY id LIMIT 1000"

// OperationsOf returns the operations of a payment, the oldest first.
func (s *Store) OperationsOf(ctx context.Context, p payment.Payment) ([]payment.Operation, error) {
	first, found, err := step.Read[payment.Operation](ctx, s, payment.OperationKey(p.Sale))
	if err != nil || !found {
		return nil, err
	}
	further, err := list[payment.Operation](ctx, s, operationTable, furtherSQL, int64(p.Bucket), p.ID)
	return append([]payment.Operation{first}, further...), err
}

// paymentsByRRNSQL reads along the index of retrieval reference numbers; a number comes again after years.
var paymentsByRRNSQL = "SELECT payment FROM operation WHERE rrn = ? LIMIT 1000"

// PaymentsByRRN returns the payments in a scope with an operation of a retrieval reference number (ISO 8583 DE 37), the
// newest first.
func (s *Store) PaymentsByRRN(ctx context.Context, scope access.Scope, rrn string) (found []payment.Payment, err error) {
	var ids []string
	if err := s.engine.query(ctx, paymentsByRRNSQL, []any{storable(rrn)}, func(scan func(...any) error) error {
		var one string
		err := scan(&one)
		ids = append(ids, one)
		return err
	}); err != nil {
		return nil, err
	}
	slices.Sort(ids)
	for _, one := range slices.Compact(ids) { // a void or refund may carry the number of its sale
		row, _, err := step.Read[payment.Payment](ctx, s, payment.Key(one))
		if err != nil {
			return nil, err
		}
		if scope.Covers(row.Merchant) {
			found = append(found, row)
		}
	}
	slices.SortFunc(found, func(a, b payment.Payment) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	return found, nil
}
