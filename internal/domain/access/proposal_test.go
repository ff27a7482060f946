package access_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// seats is what the tests let two people change: how many people a merchant has, which no other package needs to
// lend a row for.
const seats = "merchant.seats"

var errNoSeats = fault.New(fault.NotFound, "no_seats", "there is no such merchant")

// limited registers a change of seats, as the packages above do with changes of their own, and makes a row to change.
func (h *house) limited() access.Roster {
	h.t.Helper()
	m := access.Roster{Merchant: h.ids.NewRoot("mch_"), Members: 100, Owners: 1}
	h.put(m)
	at := func(p access.Proposal) step.Key { return access.Roster{Merchant: p.Subject}.Key() }
	h.RegisterAction(access.Action{
		Kind: seats, Ask: access.MerchantView, Decide: access.RiskManage,
		Keys: func(p access.Proposal) []step.Key { return []step.Key{at(p)} },
		Base: func(v step.View, p access.Proposal) (string, error) {
			m, err := step.Must[access.Roster](v, at(p), errNoSeats)
			return fmt.Sprint("owners ", m.Owners), err
		},
		Apply: func(v step.View, p access.Proposal, _ access.Actor) error {
			var more int64
			if err := p.After(&more); err != nil {
				return err
			}
			m, err := step.Must[access.Roster](v, at(p), errNoSeats)
			if err != nil {
				return err
			}
			m.Members += more
			v.Put(m)
			return nil
		},
	})
	return m
}

func (h *house) put(m access.Roster) {
	h.t.Helper()
	h.must(storetest.Do(h.t, h.store, func(v step.View) error {
		if _, err := v.Get(m.Key()); err != nil {
			return err
		}
		v.Put(m)
		return nil
	}, m.Key()))
}

func (h *house) limit(m access.Roster) int64 {
	h.t.Helper()
	row, _, err := step.Read[access.Roster](h.t.Context(), h.store, m.Key())
	h.must(err)
	return row.Members
}

func (h *house) propose(a access.Actor, m access.Roster) access.Proposal {
	h.t.Helper()
	p, err := h.Propose(h.t.Context(), a, access.Draft{Kind: seats, Subject: m.Merchant, Merchant: m.Merchant, Before: 100, After: 50, Reason: "season"})
	h.must(err)
	return p
}

func TestProposal_takesTwoPeople(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	m := h.limited()
	both := h.staff("both@demo.example", access.Operations, access.Risk, access.Admin)
	risk := h.staff("risk@demo.example", access.Risk)
	finance := h.staff("finance@demo.example", access.Finance)
	p := h.propose(both, m)
	if p.Payload != `{"after":50,"before":100}` || p.Base != "owners 1" || p.ExpiresAt.Sub(p.CreatedAt) != 72*time.Hour {
		t.Errorf("the proposal is %+v", p)
	}
	_, err := h.Approve(ctx, both, p.ID, "")
	h.want("who asked approves, whatever roles he holds", err, access.ErrSamePerson)
	_, err = h.Reject(ctx, both, p.ID, "no")
	h.want("who asked rejects", err, access.ErrSamePerson)
	_, err = h.Approve(ctx, finance, p.ID, "")
	h.want("who may not decide this", err, access.ErrForbidden)
	program := risk
	program.Session = ""
	_, err = h.Approve(ctx, program, p.ID, "")
	h.want("a program approves", err, access.ErrPersonNeeded)
	_, err = h.Withdraw(ctx, risk, p.ID)
	h.want("another person withdraws", err, access.ErrNotAsker)
	stale := risk
	stale.FreshAt = 0
	_, err = h.Approve(ctx, stale, p.ID, "")
	h.want("without a fresh proof", err, access.ErrNotFresh)
	if h.limit(m) != 100 {
		t.Fatal("the change was made before it was approved")
	}
	done, err := h.Approve(ctx, risk, p.ID, "fine")
	h.must(err)
	if h.limit(m) != 150 || done.State != access.ProposalApproved || done.DecidedBy != risk.ID || done.Note != "fine" {
		t.Errorf("after the approval: %d, %+v", h.limit(m), done)
	}
	for what, again := range map[string]func() (access.Proposal, error){
		"approve":  func() (access.Proposal, error) { return h.Approve(ctx, risk, p.ID, "") },
		"reject":   func() (access.Proposal, error) { return h.Reject(ctx, risk, p.ID, "no") },
		"withdraw": func() (access.Proposal, error) { return h.Withdraw(ctx, both, p.ID) },
	} {
		_, err := again()
		h.want(what+" once more", err, access.ErrProposalState)
	}
	if h.limit(m) != 150 {
		t.Errorf("the change was made twice: %d", h.limit(m))
	}
	trail, err := h.store.Trail(ctx, risk.Scope(), access.TrailFilter{Subject: p.ID}, listing.Page{})
	h.must(err)
	if len(trail.Rows) != 2 || trail.Rows[0].Actor != risk.Trail() || trail.Rows[0].Action != "proposal.approved" || trail.Rows[1].Actor != both.Trail() {
		t.Errorf("the trail is %+v", trail.Rows)
	}
}

// Two people who approve at one moment make the change once.
func TestProposal_approvedTwiceAtOnce(t *testing.T) {
	h := newHouse(t)
	m := h.limited()
	p := h.propose(h.staff("asks@demo.example", access.Operations), m)
	deciders := []access.Actor{h.staff("risk1@demo.example", access.Risk), h.staff("risk2@demo.example", access.Risk)}
	results := make([]error, 20)
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() { _, results[i] = h.Approve(t.Context(), deciders[i%2], p.ID, "") })
	}
	wait.Wait()
	approved := 0
	for _, err := range results {
		if err == nil {
			approved++
		} else if !errors.Is(err, access.ErrProposalState) {
			t.Error(err)
		}
	}
	if approved != 1 || h.limit(m) != 150 {
		t.Errorf("%d approvals, the limit is %d", approved, h.limit(m))
	}
}

func TestProposal_isRefused(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	m := h.limited()
	ops := h.staff("ops@demo.example", access.Operations)
	risk := h.staff("risk@demo.example", access.Risk)
	draft := access.Draft{Kind: seats, Subject: m.Merchant, Merchant: m.Merchant, Reason: "season"}
	for name, test := range map[string]struct {
		by     access.Actor
		change func(*access.Draft)
		want   error
	}{
		"an unknown kind":        {ops, func(d *access.Draft) { d.Kind = "x" }, access.ErrProposalKind},
		"no reason":              {ops, func(d *access.Draft) { d.Reason = " " }, access.ErrReason},
		"a merchant's person":    {access.Actor{ID: "usr_x", Realm: access.Merchant, Merchant: "mch_x", Session: "s", Can: ops.Can, FreshAt: ops.FreshAt}, func(*access.Draft) {}, access.ErrScope},
		"nobody":                 {access.Actor{}, func(*access.Draft) {}, access.ErrPersonNeeded},
		"a subject that is none": {ops, func(d *access.Draft) { d.Subject = h.ids.NewRoot("mch_") }, errNoSeats},
	} {
		d := draft
		test.change(&d)
		_, err := h.Propose(ctx, test.by, d)
		h.want(name, err, test.want)
	}

	p := h.propose(ops, m)
	h.must(second(h.Withdraw(ctx, ops, p.ID)))
	_, err := h.Approve(ctx, risk, p.ID, "")
	h.want("withdrawn", err, access.ErrProposalState)

	p = h.propose(ops, m)
	h.want("rejected without a reason", second(h.Reject(ctx, risk, p.ID, "")), access.ErrReason)
	h.must(second(h.Reject(ctx, risk, p.ID, "too much")))

	p = h.propose(ops, m)
	changed := m
	changed.Owners = 2
	h.put(changed)
	_, err = h.Approve(ctx, risk, p.ID, "")
	h.want("what it was based on changed", err, access.ErrBase)

	p = h.propose(ops, changed)
	h.advance(72 * time.Hour)
	risk.FreshAt = calendar.At(h.clock())
	_, err = h.Approve(ctx, risk, p.ID, "")
	h.want("too late", err, access.ErrProposalState)
	if n, err := h.ExpireProposals(ctx); err != nil || n != 2 {
		t.Errorf("%d proposals expired, %v", n, err)
	}
	if n, err := h.ExpireProposals(ctx); err != nil || n != 0 {
		t.Errorf("%d proposals expired again, %v", n, err)
	}
	if p, err = h.Proposal(ctx, risk, p.ID); err != nil || p.State != access.ProposalExpired {
		t.Errorf("it is %s, %v", p.State, err)
	}
	if h.limit(m) != 100 {
		t.Errorf("the limit is %d", h.limit(m))
	}
	for state, want := range map[access.ProposalState]int{"": 4, access.ProposalOpen: 0, access.ProposalExpired: 2, access.ProposalRejected: 1} {
		list, err := h.store.Proposals(ctx, risk.Scope(), access.ProposalFilter{State: state, Merchant: m.Merchant}, listing.Page{})
		if err != nil || len(list.Rows) != want {
			t.Errorf("%d proposals in state %q, want %d: %v", len(list.Rows), state, want, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestStaff_comeByProposals(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	first := access.NewUser{Email: "admin@demo.example", Name: "Admin", Lang: "en", Password: password}
	_, err := h.FirstAdmin(ctx, first)
	h.must(err)
	first.Email = "second@demo.example"
	_, err = h.FirstAdmin(ctx, first)
	h.want("a second first administrator", err, access.ErrFirstAdmin)

	asks, decides := h.staff("a@demo.example", access.Admin), h.staff("b@demo.example", access.Admin)
	order := access.StaffOrder{Email: "New@Demo.Example", Name: "New", Lang: "en", Roles: []access.Role{access.Reviewer}}
	p, err := h.ProposeStaff(ctx, asks, order, "joins the team")
	h.must(err)
	_, err = h.ProposeStaff(ctx, h.staff("ops@demo.example", access.Operations), order, "x")
	h.want("who does not manage staff", err, access.ErrForbidden)
	h.must(second(h.Approve(ctx, decides, p.ID, "")))
	_, err = h.LogIn(ctx, "new@demo.example", "", here)
	h.want("without a password", err, access.ErrCredentials)
	code, err := h.Forgot(ctx, "new@demo.example", "en", here)
	h.must(err)
	h.want("a short password for staff", h.Reset(ctx, code, h.inbox.last().Code, "eleven char"), access.ErrPassword)
	h.must(h.Reset(ctx, code, h.inbox.last().Code, password))
	grant, err := h.LogIn(ctx, "new@demo.example", password, here)
	h.must(err)
	h.enroll(h.actor(grant.Token))
	reviewer := h.actor(grant.Token)
	if !reviewer.May(access.ApplicationReview) || reviewer.May(access.StaffManage) {
		t.Errorf("the new reviewer may %v", reviewer.Can.Words())
	}

	same, err := h.ProposeStaff(ctx, asks, order, "again")
	h.must(err)
	if err := second(h.Approve(ctx, decides, same.ID, "")); err == nil {
		t.Error("one address has two accounts")
	}

	// Other roles count at once, and nobody gives them to himself through another's proposal.
	p, err = h.ProposeStaffChange(ctx, asks, access.StaffRoles, reviewer.ID, []access.Role{access.Auditor}, "moves")
	h.must(err)
	h.must(second(h.Approve(ctx, decides, p.ID, "")))
	_, err = h.Authenticate(ctx, grant.Token, here.IP)
	h.want("the session of before", err, access.ErrSession)
	own, err := h.ProposeStaffChange(ctx, asks, access.StaffRoles, decides.ID, []access.Role{access.Admin, access.Risk}, "more")
	h.must(err)
	_, err = h.Approve(ctx, decides, own.ID, "")
	h.want("about oneself", err, access.ErrSamePerson)

	// A lock works at once; the way back takes two people. Lost factors too.
	_, err = h.LockUser(ctx, asks, asks.ID, "oneself")
	h.want("lock oneself", err, access.ErrForbidden)
	h.must(second(h.LockUser(ctx, asks, reviewer.ID, "left the laptop in a taxi")))
	h.want("lock twice", second(h.LockUser(ctx, asks, reviewer.ID, "again")), access.ErrUserState)
	_, err = h.UnlockUser(ctx, asks, reviewer.ID, "found")
	h.want("unlock staff alone", err, access.ErrForbidden)
	for _, kind := range []string{access.StaffUnlock, access.StaffFactors} {
		p, err = h.ProposeStaffChange(ctx, asks, kind, reviewer.ID, nil, "found")
		h.must(err)
		h.must(second(h.Approve(ctx, decides, p.ID, "")))
	}
	if a := h.login("new@demo.example"); a.Strong || a.Can != 0 {
		t.Errorf("after the factors were taken: %+v", a)
	}
	list, err := h.store.Users(ctx, asks.Scope(), access.UserFilter{State: access.UserActive}, listing.Page{Limit: 2})
	h.must(err)
	if len(list.Rows) != 2 || !list.More {
		t.Errorf("the staff are %+v", list)
	}
	p, err = h.ProposeStaffChange(ctx, asks, access.StaffClose, reviewer.ID, nil, "left")
	h.must(err)
	h.must(second(h.Approve(ctx, decides, p.ID, "")))
	_, err = h.LogIn(ctx, "new@demo.example", password, here)
	h.want("a closed account", err, access.ErrCredentials)
	_, err = h.ProposeStaffChange(ctx, asks, "staff.other", reviewer.ID, nil, "x")
	h.want("an unknown change", err, access.ErrProposalKind)
	_, err = h.ProposeStaffChange(ctx, asks, access.StaffRoles, h.person("p@shop.example").ID, []access.Role{access.Admin}, "x")
	h.want("a merchant's person becomes admin", err, access.ErrUser)
}

func TestName_changes(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.person("taken@shop.example")
	owner := h.owner("owner@shop.example")
	code, err := h.BeginName(ctx, owner, "taken@shop.example", here)
	h.must(err)
	if m := h.inbox.last(); m.Kind != "registered_already" || m.Code != "" {
		t.Errorf("the message is %+v", m)
	}
	h.want("a name of another person", h.ConfirmName(ctx, owner, code, "123456"), access.ErrCode)
	code, err = h.BeginName(ctx, owner, "13800138000", here)
	h.must(err)
	h.want("a code of another person", h.ConfirmName(ctx, h.login("taken@shop.example"), code, h.inbox.last().Code), access.ErrCode)
	h.must(h.ConfirmName(ctx, owner, code, h.inbox.last().Code))
	h.login("+86 138 0013 8000")
	h.advance(time.Minute)
	code, err = h.BeginName(ctx, owner, "new@shop.example", here)
	h.must(err)
	h.must(h.ConfirmName(ctx, owner, code, h.inbox.last().Code))
	_, err = h.LogIn(ctx, "owner@shop.example", password, here)
	h.want("the name of before", err, access.ErrCredentials)
	h.login("new@shop.example")
	u, err := h.ChangeProfile(ctx, owner, "王老板", "zh")
	if err != nil || u.Name != "王老板" || u.Lang != "zh" {
		t.Errorf("the profile is %+v, %v", u, err)
	}
	for _, name := range []string{"", " x", "a\nb", "bad\xff"} {
		_, err := h.ChangeProfile(ctx, owner, name, "zh")
		h.want("the name "+name, err, access.ErrPersonName)
	}
}

// Who stays away for a quarter of a year finds the account locked, whatever the password; two people open it again.
func TestStaff_stayAway(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	away, person := h.staff("away@demo.example", access.Reviewer), h.owner("owner@shop.example")
	state := func(want access.UserState, when string) {
		t.Helper()
		if u, err := h.User(ctx, away.ID); err != nil || u.State != want {
			t.Errorf("%s the account is %s, %v", when, u.State, err)
		}
	}
	h.advance(access.StaffIdle - time.Hour)
	_, err := h.LogIn(ctx, "away@demo.example", password, here)
	h.must(err)
	h.advance(access.StaffIdle + time.Second)
	code, err := h.Forgot(ctx, "away@demo.example", "en", here)
	h.must(err)
	h.want("a new password after 90 days", h.Reset(ctx, code, h.inbox.last().Code, "another password 1"), access.ErrCode)
	_, err = h.LogIn(ctx, "away@demo.example", "not the password", here)
	h.want("a wrong password", err, access.ErrCredentials)
	state(access.UserActive, "after a wrong password")
	_, err = h.LogIn(ctx, "away@demo.example", password, here)
	h.want("after 90 days", err, access.ErrCredentials)
	state(access.UserLocked, "after 90 days")
	if a := h.login("owner@shop.example"); a.ID != person.ID {
		t.Errorf("a merchant's person who was away is %+v", a)
	}

	asks, decides := h.staff("a@demo.example", access.Admin), h.staff("b@demo.example", access.Admin)
	p, err := h.ProposeStaffChange(ctx, asks, access.StaffUnlock, away.ID, nil, "back from leave")
	h.must(err)
	h.must(second(h.Approve(ctx, decides, p.ID, "")))
	_, err = h.LogIn(ctx, "away@demo.example", password, here)
	h.must(err)
}

// What staff ask about a merchant, and why, its people do not read.
func TestProposal_isItsRealmsOwn(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.limited()
	owner, asks := h.owner("owner@shop.example"), h.staff("a@demo.example", access.Operations, access.Risk, access.Admin)
	p := h.propose(asks, access.Roster{Merchant: owner.Merchant})
	_, err := h.Proposal(ctx, owner, p.ID)
	h.want("the merchant's owner opens it", err, access.ErrProposal)
	for who, want := range map[access.Scope]int{owner.Scope(): 0, asks.Scope(): 1} {
		list, err := h.store.Proposals(ctx, who, access.ProposalFilter{Merchant: owner.Merchant}, listing.Page{})
		h.must(err)
		if len(list.Rows) != want {
			t.Errorf("%v lists %d proposals, want %d", who, len(list.Rows), want)
		}
	}
	_, err = h.Withdraw(ctx, asks, p.ID)
	h.must(err)
	for who, want := range map[access.Scope]int{owner.Scope(): 0, asks.Scope(): 2} {
		trail, err := h.store.Trail(ctx, who, access.TrailFilter{Subject: p.ID}, listing.Page{})
		h.must(err)
		if len(trail.Rows) != want {
			t.Errorf("%v reads %d lines of the trail about it, want %d", who, len(trail.Rows), want)
		}
	}
}
