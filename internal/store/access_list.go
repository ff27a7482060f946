package store

import (
	"context"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

// merchant adds the bounds of a scope over rows that carry a merchant and may lie elsewhere.
func (c *conditions) merchant(s access.Scope) error {
	switch {
	case s.All():
		return nil
	case s.Merchant() == "":
		return access.ErrScope
	}
	c.eq("merchant", s.Merchant())
	return nil
}

func userFilters(s access.Scope, w access.UserFilter) (f conditions, err error) {
	if !s.All() {
		return f, access.ErrScope // who has an account with whom is told to nobody else
	}
	f.eq("realm", string(w.Realm))
	f.eq("state", string(w.State))
	f.eq("agent", w.Agent) // few people have to do with agents: those of the realm are passed through
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
func ofMerchant(s access.Scope, merchant string) (f conditions, err error) {
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
	f.add("bucket = ?", int64(b))
	f.eq("merchant", merchant)
	return f, nil
}

// Members lists the people of a merchant; an empty merchant is that of the scope.
func (s *Store) Members(ctx context.Context, scope access.Scope, merchant string, p listing.Page) (listing.Slice[access.Member], error) {
	f, err := ofMerchant(scope, merchant)
	if err != nil {
		return listing.Slice[access.Member]{}, err
	}
	f.eq("state", string(access.MemberActive))
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

func loginFilters(s access.Scope, account string) (f conditions, err error) {
	if account == "" && !s.All() {
		return f, access.ErrScope
	}
	f.eq("account", account)
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

// proposalFilters keeps what staff ask about a merchant from the merchant's people.
func proposalFilters(s access.Scope, w access.ProposalFilter) (f conditions, err error) {
	all := s.All()
	if w.Merchant != "" {
		if s, err = s.Within(w.Merchant); err != nil {
			return f, err
		}
	}
	if err = f.merchant(s); err != nil {
		return f, err
	}
	f.eq("kind", w.Kind)
	f.eq("state", string(w.State))
	if !all {
		f.held("realm", string(access.Merchant))
	}
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

func trailFilters(s access.Scope, w access.TrailFilter) (f conditions, err error) {
	if w.Merchant != "" {
		if s, err = s.Within(w.Merchant); err != nil {
			return f, err
		}
	}
	if err = f.merchant(s); err != nil {
		return f, err
	}
	if !s.All() {
		f.add("merchant <> ''") // the words of the partial index
	}
	f.eq("subject", w.Subject)
	f.eq("actor", w.Actor)
	noun, verb, _ := strings.Cut(w.Action, ".")
	f.eq("noun", noun)
	if verb != "" {
		f.eq("action", w.Action)
	}
	if w.From != 0 {
		f.add("at_us >= ?", int64(w.From))
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
