package store

import (
	"context"
	"math"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// between stands between name and id in the cursor of a list by names: no name has a control character.
const between = "\x1f"

// applicationList returns the statement of a list of applications, and whether it is in the order of names.
func applicationList(who access.Scope, f merchant.ApplicationFilter, p listing.Page) (text string, args []any, byName bool, err error) {
	var c conditions
	filter := c.eq
	switch {
	case who.All() && f.Name != "":
		name, after, _ := strings.Cut(p.After.ID, between)
		if p.After.IsZero() {
			name = f.Name
		}
		c.add("(name, id) > (?, ?) AND name < ?", name, after, f.Name+last)
		c.eq("state", string(f.State))
		f.State, byName, filter = "", true, c.held
	case who.All():
	case who.Merchant() != "":
		b, err := id.BucketOf(who.Merchant())
		if err != nil {
			return "", nil, false, access.ErrScope
		}
		c.add("bucket = ? AND merchant = ?", int64(b), who.Merchant())
		filter = c.held
	case who.Agent() != "":
		c.add("agent = ? AND agent <> ''", who.Agent())
		c.eq("state", string(f.State))
		f.State, filter = "", c.held
	default:
		return "", nil, false, access.ErrScope
	}
	if f.ClaimedBy != "" && who.All() && !byName {
		c.add("claimed_by = ? AND claimed_by <> ''", f.ClaimedBy)
		filter = c.held
	} else {
		filter("claimed_by", f.ClaimedBy)
	}
	filter("state", string(f.State))
	filter("purpose", string(f.Purpose))
	if f.Name != "" && !byName {
		c.add("name || '' >= ? AND name || '' < ?", f.Name, f.Name+last)
	}
	if byName {
		text = "SELECT " + applicationTable.columnList("") + " FROM application WHERE " + strings.Join(c.texts, " AND ") + " ORDER BY name, id LIMIT ?"
		return text, append(c.args, p.Size()+1), true, nil
	}
	text, args = c.statement(applicationTable, "created_at_us", p)
	return text, args, false, nil
}

// Applications lists applications, the newest first; of everybody and by the beginning of the name, in the order of names.
func (s *Store) Applications(ctx context.Context, who access.Scope, f merchant.ApplicationFilter, p listing.Page) (listing.Slice[merchant.Application], error) {
	text, args, byName, err := applicationList(who, f, p)
	if err != nil {
		return listing.Slice[merchant.Application]{}, err
	}
	rows, err := list[merchant.Application](ctx, s, applicationTable, text, args...)
	return listing.Cut(rows, p.Size(), func(a merchant.Application) listing.Cursor {
		if byName {
			return listing.Cursor{ID: a.Name + between + a.ID}
		}
		return listing.Cursor{At: a.CreatedAt, ID: a.ID}
	}), err
}

// merchantList returns the statement of a list of merchants, and whether it is in the order of names.
func merchantList(who access.Scope, f merchant.Filter, p listing.Page) (text string, args []any, byName bool, err error) {
	var c conditions
	filter := c.eq
	switch {
	case who.All() && f.Name != "":
		name, after, _ := strings.Cut(p.After.ID, between)
		if p.After.IsZero() {
			name = f.Name
		}
		c.add("(name, id) > (?, ?) AND name < ?", name, after, f.Name+last)
		c.eq("state", string(f.State))
		f.State, byName, filter = "", true, c.held
	case who.All() && f.Agent != "":
		c.add("agent = ? AND agent <> ''", f.Agent)
		c.eq("state", string(f.State))
		f.State, filter = "", c.held
	case who.All() && f.Number != "":
		c.eq("number", f.Number)
		f.Number, filter = "", c.held
	case who.All() && f.Category != "":
		c.eq("category", f.Category)
		c.eq("state", string(f.State))
		f.Category, f.State, filter = "", "", c.held
	case who.All():
	case who.Merchant() != "":
		b, err := id.BucketOf(who.Merchant())
		if err != nil {
			return "", nil, false, access.ErrScope
		}
		c.add("bucket = ? AND id = ?", int64(b), who.Merchant())
		filter = c.held
	case who.Agent() != "":
		c.add("agent = ? AND agent <> ''", who.Agent())
		c.eq("state", string(f.State))
		f.State, filter = "", c.held
	default:
		return "", nil, false, access.ErrScope
	}
	filter("state", string(f.State))
	filter("category", f.Category)
	filter("number", f.Number)
	if !who.All() || byName {
		c.held("agent", f.Agent)
	}
	if f.Name != "" && !byName {
		c.add("name || '' >= ? AND name || '' < ?", f.Name, f.Name+last)
	}
	text = "SELECT " + merchantTable.columnList("") + " FROM merchant"
	if byName {
		return text + " WHERE " + strings.Join(c.texts, " AND ") + " ORDER BY name, id LIMIT ?", append(c.args, p.Size()+1), true, nil
	}
	text, args = c.statement(merchantTable, "created_at_us", p)
	return text, args, false, nil
}

// Merchants lists merchants, the newest first; of everybody and by the beginning of the name, in the order of names.
func (s *Store) Merchants(ctx context.Context, who access.Scope, f merchant.Filter, p listing.Page) (listing.Slice[merchant.Merchant], error) {
	text, args, byName, err := merchantList(who, f, p)
	if err != nil {
		return listing.Slice[merchant.Merchant]{}, err
	}
	rows, err := list[merchant.Merchant](ctx, s, merchantTable, text, args...)
	return listing.Cut(rows, p.Size(), func(m merchant.Merchant) listing.Cursor {
		if byName {
			return listing.Cursor{ID: m.Name + between + m.ID}
		}
		return listing.Cursor{At: m.CreatedAt, ID: m.ID}
	}), err
}

// expiringList returns the statement of a list of merchants with something that ends.
func expiringList(who access.Scope, until calendar.Date, p listing.Page) (string, []any, error) {
	var c conditions
	switch {
	case who.All():
		c.add("due_on > 0 AND due_on <= ?", int64(until))
	case who.Agent() != "":
		c.add("agent || '' = ? AND due_on > 0 AND due_on <= ?", who.Agent(), int64(until))
	case who.Merchant() != "":
		c.add("bucket = ? AND id = ? AND due_on + 0 > 0 AND due_on + 0 <= ?", bucketOf(who.Merchant()), who.Merchant(), int64(until))
	default:
		return "", nil, access.ErrScope
	}
	c.add("(due_on, id) > (?, ?)", int64(p.After.At), p.After.ID)
	return "SELECT " + merchantTable.columnList("") + " FROM merchant WHERE " + strings.Join(c.texts, " AND ") +
		" ORDER BY due_on, id LIMIT ?", append(c.args, p.Size()+1), nil
}

// ExpiringMerchants implements merchant.Records.
func (s *Store) ExpiringMerchants(ctx context.Context, who access.Scope, until calendar.Date, p listing.Page) (listing.Slice[merchant.Merchant], error) {
	text, args, err := expiringList(who, until, p)
	if err != nil {
		return listing.Slice[merchant.Merchant]{}, err
	}
	rows, err := list[merchant.Merchant](ctx, s, merchantTable, text, args...)
	return listing.Cut(rows, p.Size(), func(m merchant.Merchant) listing.Cursor {
		return listing.Cursor{At: calendar.Instant(m.DueOn), ID: m.ID}
	}), err
}

// What belongs to one application or merchant. A test reads the plans of these statements.
var (
	documentsOfSQL  = "SELECT " + documentTable.columnList("") + " FROM document WHERE bucket = ? AND application = ? ORDER BY id LIMIT 1000"
	historyOfSQL    = "SELECT " + historyTable.columnList("") + " FROM application_history WHERE bucket = ? AND id > ? AND id < ? ORDER BY id LIMIT 1000"
	checksOfSQL     = "SELECT " + checkTable.columnList("") + " FROM bureau_check WHERE bucket = ? AND id > ? AND id < ? ORDER BY id LIMIT 1000"
	dueChecksSQL    = "SELECT " + checkTable.columnList("") + " FROM bureau_check WHERE due_at_us > 0 AND due_at_us <= ? ORDER BY due_at_us LIMIT ?"
	visitsOfSQL     = "SELECT " + visitTable.columnList("") + " FROM merchant_visit WHERE bucket = ? AND application = ? ORDER BY at_us, id LIMIT 1000"
	agreementsOfSQL = "SELECT " + agreementTable.columnList("") + " FROM agreement WHERE bucket = ? AND merchant = ? ORDER BY at_us, id LIMIT 1000"
	blocksSQL       = "SELECT " + blockTable.columnList("") + " FROM block_entry WHERE (at_us, id) < (?, ?) ORDER BY at_us DESC, id DESC LIMIT ?"
)

// bucketOf returns the bucket of an id for a statement; an id that is none lies nowhere.
func bucketOf(record string) int64 {
	b, err := id.BucketOf(record)
	if err != nil {
		return -1
	}
	return int64(b)
}

// DocumentsOf implements merchant.Records.
func (s *Store) DocumentsOf(ctx context.Context, application string) ([]merchant.Document, error) {
	return list[merchant.Document](ctx, s, documentTable, documentsOfSQL, bucketOf(application), application)
}

// HistoryOf returns the history of an application within a scope, from its beginning. An agent sees what it brought.
func (s *Store) HistoryOf(ctx context.Context, who access.Scope, a merchant.Application) ([]merchant.History, error) {
	if brought := who.Agent() != "" && who.Agent() == a.Agent; !brought && !who.Covers(a.Merchant) {
		return nil, access.ErrScope
	}
	return list[merchant.History](ctx, s, historyTable, historyOfSQL, int64(a.Bucket), a.ID+"/", a.ID+"0")
}

// ChecksOf implements merchant.Records.
func (s *Store) ChecksOf(ctx context.Context, application string) ([]merchant.Check, error) {
	return list[merchant.Check](ctx, s, checkTable, checksOfSQL, bucketOf(application), application+"/", application+"0")
}

// DueChecks implements merchant.Records.
func (s *Store) DueChecks(ctx context.Context, now calendar.Instant, limit int) ([]merchant.Check, error) {
	return list[merchant.Check](ctx, s, checkTable, dueChecksSQL, int64(now), limit)
}

// VisitsOf returns the visits of an application within a scope, the oldest first.
func (s *Store) VisitsOf(ctx context.Context, who access.Scope, a merchant.Application) ([]merchant.Visit, error) {
	if !who.Covers(a.Merchant) {
		return nil, access.ErrScope
	}
	return list[merchant.Visit](ctx, s, visitTable, visitsOfSQL, int64(a.Bucket), a.ID)
}

// AgreementsOf returns the agreements of a merchant within a scope, the oldest first.
func (s *Store) AgreementsOf(ctx context.Context, who access.Scope, merchantID string) ([]merchant.Agreement, error) {
	if !who.Covers(merchantID) {
		return nil, access.ErrScope
	}
	return list[merchant.Agreement](ctx, s, agreementTable, agreementsOfSQL, bucketOf(merchantID), merchantID)
}

// Blocks lists the block list, the newest first. It is for staff.
func (s *Store) Blocks(ctx context.Context, who access.Scope, p listing.Page) (listing.Slice[merchant.Block], error) {
	if !who.All() {
		return listing.Slice[merchant.Block]{}, access.ErrScope
	}
	at, after := int64(p.After.At), p.After.ID
	if p.After.IsZero() {
		at, after = math.MaxInt64, last
	}
	rows, err := list[merchant.Block](ctx, s, blockTable, blocksSQL, at, storable(after), p.Size()+1)
	return listing.Cut(rows, p.Size(), func(b merchant.Block) listing.Cursor { return listing.Cursor{At: b.At, ID: b.Key().ID} }), err
}
