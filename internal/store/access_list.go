package store

import (
	"context"
	"math"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// filters collects what a list is narrowed by: columns that equal something. Each set of columns that is used has
// an index that ends with time and id, so that a page is read from where it begins.
type filters struct {
	where []string
	args  []any
}

// is adds a column that must equal a value; an empty text is no filter.
func (f *filters) is(column, value string) {
	if value != "" {
		f.where, f.args = append(f.where, column+" = ?"), append(f.args, value)
	}
}

// scope adds what the scope demands: the merchant's rows and no others. A scope of neither everything nor one
// merchant is refused.
func (f *filters) scope(s access.Scope) error {
	switch {
	case s.All():
		return nil
	case s.Merchant() == "":
		return access.ErrScope
	}
	f.is("merchant", s.Merchant())
	return nil
}

// statement returns the text of a page of a table, newest first, and its arguments.
func (f filters) statement(t *table, time string, p listing.Page) (text string, args []any) {
	at, last := int64(math.MaxInt64), "~"
	if !p.After.IsZero() {
		at, last = int64(p.After.At), p.After.ID
	}
	where := append(f.where[:len(f.where):len(f.where)], "("+time+", id) < (?, ?)")
	return "SELECT " + t.columnList("") + " FROM " + string(t.name) + " WHERE " + strings.Join(where, " AND ") +
		" ORDER BY " + time + " DESC, id DESC LIMIT ?", append(f.args[:len(f.args):len(f.args)], at, last, p.Size()+1)
}

// pageOf reads a page of a table.
func pageOf[T step.Row](ctx context.Context, s *Store, t *table, time string, f filters, p listing.Page, at func(T) calendar.Instant) (listing.Slice[T], error) {
	text, args := f.statement(t, time, p)
	rows, err := list[T](ctx, s, t, text, args...)
	return listing.Cut(rows, p.Size(), func(row T) listing.Cursor { return listing.Cursor{At: at(row), ID: row.Key().ID} }), err
}

func userFilters(s access.Scope, w access.UserFilter) (f filters, err error) {
	if !s.All() {
		return f, access.ErrScope // who has an account with whom is told to nobody else
	}
	f.is("realm", string(w.Realm))
	f.is("state", string(w.State))
	return f, nil
}

// Users lists accounts of a realm, for staff.
func (s *Store) Users(ctx context.Context, scope access.Scope, w access.UserFilter, p listing.Page) (listing.Slice[access.User], error) {
	if w.Realm == "" {
		w.Realm = access.Platform
	}
	f, err := userFilters(scope, w)
	if err != nil {
		return listing.Slice[access.User]{}, err
	}
	return pageOf(ctx, s, userTable, "created_at_us", f, p, func(u access.User) calendar.Instant { return u.CreatedAt })
}

// ofMerchant narrows a list to one merchant, which the scope must cover.
func ofMerchant(s access.Scope, merchant string) (f filters, err error) {
	if merchant == "" {
		merchant = s.Merchant()
	}
	if _, err = s.Within(merchant); err != nil {
		return f, err
	}
	b, err := id.BucketOf(merchant)
	if err != nil {
		return f, access.ErrScope
	}
	f.where, f.args = []string{"bucket = ?", "merchant = ?"}, []any{int64(b), merchant}
	return f, nil
}

// Members lists the people of a merchant; an empty merchant is that of the scope.
func (s *Store) Members(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[access.Member], error) {
	f, err := ofMerchant(scope, merchant)
	if err != nil {
		return listing.Slice[access.Member]{}, err
	}
	f.is("state", string(access.MemberActive))
	return pageOf(ctx, s, memberTable, "created_at_us", f, p, func(m access.Member) calendar.Instant { return m.CreatedAt })
}

// Invitations lists the invitations of a merchant; an empty merchant is that of the scope.
func (s *Store) Invitations(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[access.Invitation], error) {
	f, err := ofMerchant(scope, merchant)
	if err != nil {
		return listing.Slice[access.Invitation]{}, err
	}
	return pageOf(ctx, s, invitationTable, "created_at_us", f, p, func(i access.Invitation) calendar.Instant { return i.CreatedAt })
}

// APIKeys lists the API keys of a merchant; an empty merchant is that of the scope.
func (s *Store) APIKeys(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[access.APIKey], error) {
	f, err := ofMerchant(scope, merchant)
	if err != nil {
		return listing.Slice[access.APIKey]{}, err
	}
	return pageOf(ctx, s, apiKeyTable, "created_at_us", f, p, func(k access.APIKey) calendar.Instant { return k.CreatedAt })
}

func loginFilters(s access.Scope, account string) (f filters, err error) {
	if account == "" && !s.All() {
		return f, access.ErrScope
	}
	f.is("account", account)
	return f, nil
}

// Logins lists the history of log-ins: of one account, or of all for staff. Whose history it is the caller has
// decided: an account is the person's own, whatever the scope.
func (s *Store) Logins(ctx context.Context, scope access.Scope, account string, p listing.Page) (listing.Slice[access.Record], error) {
	f, err := loginFilters(scope, account)
	if err != nil {
		return listing.Slice[access.Record]{}, err
	}
	return pageOf(ctx, s, loginTable, "at_us", f, p, func(r access.Record) calendar.Instant { return r.At })
}

func proposalFilters(s access.Scope, w access.ProposalFilter) (f filters, err error) {
	if w.Merchant != "" {
		if s, err = s.Within(w.Merchant); err != nil {
			return f, err
		}
	}
	if err = f.scope(s); err != nil {
		return f, err
	}
	f.is("kind", w.Kind)
	f.is("state", string(w.State))
	return f, nil
}

// Proposals lists proposals within a scope.
func (s *Store) Proposals(ctx context.Context, scope access.Scope, w access.ProposalFilter, p listing.Page) (listing.Slice[access.Proposal], error) {
	f, err := proposalFilters(scope, w)
	if err != nil {
		return listing.Slice[access.Proposal]{}, err
	}
	return pageOf(ctx, s, proposalTable, "created_at_us", f, p, func(r access.Proposal) calendar.Instant { return r.CreatedAt })
}

func trailFilters(s access.Scope, w access.TrailFilter) (f filters, err error) {
	if w.Merchant != "" {
		if s, err = s.Within(w.Merchant); err != nil {
			return f, err
		}
	}
	if err = f.scope(s); err != nil {
		return f, err
	}
	if !s.All() {
		f.where = append(f.where, "merchant <> ''") // the words of the partial index
	}
	f.is("subject", w.Subject)
	f.is("actor", w.Actor)
	noun, verb, _ := strings.Cut(w.Action, ".")
	f.is("noun", noun)
	if verb != "" {
		f.is("action", w.Action)
	}
	if w.From != 0 {
		f.where, f.args = append(f.where, "at_us >= ?"), append(f.args, int64(w.From))
	}
	return f, nil
}

// Trail lists records of the audit trail within a scope. A merchant's people see the records that concern the
// merchant.
func (s *Store) Trail(ctx context.Context, scope access.Scope, w access.TrailFilter, p listing.Page) (listing.Slice[audit.Record], error) {
	f, err := trailFilters(scope, w)
	if err != nil {
		return listing.Slice[audit.Record]{}, err
	}
	if w.Until != 0 && (p.After.IsZero() || p.After.At >= w.Until) {
		p.After = listing.Cursor{At: w.Until} // before every id of that moment
	}
	return pageOf(ctx, s, auditTable, "at_us", f, p, func(r audit.Record) calendar.Instant { return r.At })
}

// passkeysSQL reads along the primary key, whose id begins with the account.
var passkeysSQL = "SELECT " + passkeyTable.columnList("") + " FROM passkey WHERE bucket = ? AND id > ? AND id < ? ORDER BY id"

// Passkeys implements access.Store.
func (s *Store) Passkeys(ctx context.Context, account string) ([]access.Passkey, error) {
	return list[access.Passkey](ctx, s, passkeyTable, passkeysSQL, int64(access.UserKey(account).Bucket), account+"/", account+"0")
}

var membershipsSQL = "SELECT " + memberTable.columnList("") + " FROM member WHERE account = ? AND state = 'active' " +
	"ORDER BY created_at_us, id LIMIT ?"

// Memberships implements access.Store.
func (s *Store) Memberships(ctx context.Context, account string, limit int) ([]access.Member, error) {
	return list[access.Member](ctx, s, memberTable, membershipsSQL, account, limit)
}

var sessionsSQL = "SELECT " + sessionTable.columnList("") + " FROM login_session WHERE account = ? AND created_at_us > ? " +
	"ORDER BY created_at_us DESC, id DESC LIMIT ?"

// Sessions implements access.Store.
func (s *Store) Sessions(ctx context.Context, account string, since calendar.Instant, limit int) ([]access.Session, error) {
	return list[access.Session](ctx, s, sessionTable, sessionsSQL, account, int64(since), limit)
}

// overdueProposalsSQL reads what is open in the order in which its time ends.
var overdueProposalsSQL = "SELECT " + proposalTable.columnList("") + " FROM proposal WHERE state = 'open' AND expires_at_us <= ? " +
	"ORDER BY expires_at_us LIMIT ?"

// OverdueProposals implements access.Store.
func (s *Store) OverdueProposals(ctx context.Context, before calendar.Instant, limit int) ([]access.Proposal, error) {
	return list[access.Proposal](ctx, s, proposalTable, overdueProposalsSQL, int64(before), limit)
}
