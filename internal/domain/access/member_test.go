package access_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

// invite asks a new person to a merchant and lets the person accept.
func (h *house) invite(by access.Actor, email string, roles ...access.Role) access.Actor {
	h.t.Helper()
	h.person(email)
	i, err := h.Invite(h.t.Context(), by, email, roles, "Shop", "en")
	h.must(err)
	token := h.inbox.last().Code
	grant, err := h.LogIn(h.t.Context(), email, password, here)
	h.must(err)
	_, err = h.AcceptInvitation(h.t.Context(), h.actor(grant.Token), i.ID, token)
	h.must(err)
	h.advance(time.Minute)
	return h.actor(grant.Token)
}

func TestInvitation(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	h.person("cashier@shop.example")
	i, err := h.Invite(ctx, owner, "cashier@shop.example", []access.Role{access.Cashier}, "Shop", "en")
	h.must(err)
	m := h.inbox.last()
	if m.Kind != "invitation" || m.Args["merchant"] != "Shop" || m.Args["invitation"] != i.ID {
		t.Errorf("the message is %+v", m)
	}
	cashier := h.login("cashier@shop.example")
	_, err = h.AcceptInvitation(ctx, cashier, i.ID, m.Code+"x")
	h.want("a wrong token", err, access.ErrInvitation)
	_, err = h.AcceptInvitation(ctx, cashier, "inv_none", m.Code)
	h.want("no invitation", err, access.ErrInvitation)
	_, err = h.AcceptInvitation(ctx, h.staff("ops@demo.example", access.Operations), i.ID, m.Code)
	h.want("staff", err, access.ErrForbidden)
	got, err := h.AcceptInvitation(ctx, cashier, i.ID, m.Code)
	h.must(err)
	if got.Merchant != owner.Merchant || !slices.Equal(got.Roles, []access.Role{access.Cashier}) {
		t.Errorf("the member is %+v", got)
	}
	if a := h.login("cashier@shop.example"); a.Merchant != owner.Merchant || !a.May(access.PaymentTake) || a.May(access.MemberManage) {
		t.Errorf("the cashier is %+v", a)
	}
	_, err = h.AcceptInvitation(ctx, h.login("cashier@shop.example"), i.ID, m.Code)
	h.want("twice", err, access.ErrInvitation)

	h.advance(time.Hour)
	owner = h.login("owner@shop.example")
	late, err := h.Invite(ctx, owner, "late@shop.example", []access.Role{access.Cashier}, "Shop", "en")
	h.must(err)
	token := h.inbox.last().Code
	h.advance(7 * 24 * time.Hour)
	h.person("late@shop.example")
	_, err = h.AcceptInvitation(ctx, h.login("late@shop.example"), late.ID, token)
	h.want("after a week", err, access.ErrInvitation)
	owner = h.login("owner@shop.example")
	_, err = h.ResendInvitation(ctx, owner, late.ID, "Shop", "en")
	h.must(err)
	_, err = h.AcceptInvitation(ctx, h.login("late@shop.example"), late.ID, token)
	h.want("the link before", err, access.ErrInvitation)
	h.advance(time.Minute)
	fresh, err := h.ResendInvitation(ctx, owner, late.ID, "Shop", "en")
	h.must(err)
	if m := h.inbox.last(); m.To != late.Target || m.Code == token || fresh.ExpiresAt <= late.ExpiresAt {
		t.Errorf("the message is %+v, the invitation %+v", m, fresh)
	}
	_, err = h.ResendInvitation(ctx, owner, i.ID, "Shop", "en")
	h.want("an accepted one again", err, access.ErrInvitation)
	_, err = h.ResendInvitation(ctx, owner, late.ID, "Shop", "en")
	h.want("twice within a minute", err, access.ErrCodePause)
	h.must(h.WithdrawInvitation(ctx, owner, late.ID))
	h.want("withdraw twice", h.WithdrawInvitation(ctx, owner, late.ID), access.ErrInvitation)
	list, err := h.store.Invitations(ctx, owner.Scope(), "", listing.Page{})
	h.must(err)
	if len(list.Rows) != 2 || list.Rows[0].State != access.InvitationWithdrawn || list.Rows[1].State != access.InvitationAccepted {
		t.Errorf("the invitations are %+v", list.Rows)
	}
}

func TestMember_roles(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	manager := h.invite(owner, "manager@shop.example", access.Manager)
	cashier := h.invite(owner, "cashier@shop.example", access.Cashier)
	owner = h.login("owner@shop.example")

	_, err := h.ChangeMember(ctx, cashier, cashier.ID, []access.Role{access.Owner})
	h.want("a cashier becomes owner", err, access.ErrForbidden)
	_, err = h.ChangeMember(ctx, manager, manager.ID, []access.Role{access.Owner})
	h.want("a manager becomes owner", err, access.ErrOwnerOnly)
	_, err = h.ChangeMember(ctx, manager, owner.ID, []access.Role{access.Cashier})
	h.want("a manager unmakes the owner", err, access.ErrOwnerOnly)
	h.want("a manager removes the owner", h.RemoveMember(ctx, manager, owner.ID), access.ErrOwnerOnly)
	_, err = h.Invite(ctx, manager, "new@shop.example", []access.Role{access.Owner}, "Shop", "en")
	h.want("a manager invites an owner", err, access.ErrOwnerOnly)
	partner, err := h.Invite(ctx, h.login("owner@shop.example"), "partner@shop.example", []access.Role{access.Owner}, "Shop", "en")
	h.must(err)
	h.advance(time.Minute)
	_, err = h.ResendInvitation(ctx, h.login("manager@shop.example"), partner.ID, "Shop", "en")
	h.want("a manager invites an owner again", err, access.ErrOwnerOnly)
	_, err = h.ChangeMember(ctx, owner, cashier.ID, []access.Role{access.Admin})
	h.want("a role of the platform", err, access.ErrRole)
	_, err = h.ChangeMember(ctx, owner, cashier.ID, nil)
	h.want("no role", err, access.ErrRole)
	h.want("the last owner leaves", h.RemoveMember(ctx, owner, owner.ID), access.ErrLastOwner)
	_, err = h.ChangeMember(ctx, owner, owner.ID, []access.Role{access.Manager})
	h.want("the last owner becomes manager", err, access.ErrLastOwner)

	m, err := h.ChangeMember(ctx, owner, manager.ID, []access.Role{access.Manager, access.Owner, access.Owner})
	h.must(err)
	if access.JoinRoles(m.Roles) != "owner manager" {
		t.Errorf("the roles are %v", m.Roles)
	}
	h.must(h.RemoveMember(ctx, owner, owner.ID))
	if a := h.login("owner@shop.example"); a.Merchant != "" || a.Can != 0 {
		t.Errorf("who left is still %+v", a)
	}
	_, err = h.ChangeMember(ctx, owner, cashier.ID, []access.Role{access.Manager})
	h.want("a request of who left, under way", err, access.ErrForbidden)
	h.want("remove a person twice", h.RemoveMember(ctx, h.login("manager@shop.example"), owner.ID), access.ErrMember)
}

// What belongs to another merchant is not there: neither to look at nor to change.
func TestMerchants_areApart(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	mine := h.owner("owner@shop.example")
	cashier := h.invite(mine, "cashier@shop.example", access.Cashier)
	mine = h.login("owner@shop.example")
	invitation, err := h.Invite(ctx, mine, "new@shop.example", []access.Role{access.Cashier}, "Shop", "en")
	h.must(err)
	key, _, err := h.CreateKey(ctx, mine, access.KeyOrder{Name: "till", Mode: access.Test, Scopes: []string{"payment.view"}})
	h.must(err)
	thief := h.owner("thief@else.example")

	_, err = h.ChangeMember(ctx, thief, cashier.ID, []access.Role{access.Owner})
	h.want("change", err, access.ErrMember)
	h.want("remove", h.RemoveMember(ctx, thief, cashier.ID), access.ErrMember)
	_, err = h.Member(ctx, thief, mine.Merchant, cashier.ID)
	h.want("look", err, access.ErrScope)
	h.want("withdraw", h.WithdrawInvitation(ctx, thief, invitation.ID), access.ErrInvitation)
	_, err = h.ResendInvitation(ctx, thief, invitation.ID, "Shop", "en")
	h.want("send again", err, access.ErrInvitation)
	h.want("switch", h.SwitchMerchant(ctx, thief, mine.Merchant), access.ErrScope)
	_, err = h.APIKey(ctx, thief, key.ID)
	h.want("look at a key", err, access.ErrKey)
	_, _, err = h.RotateKey(ctx, thief, key.ID, 0)
	h.want("rotate a key", err, access.ErrKey)
	_, err = h.RevokeKey(ctx, thief, key.ID)
	h.want("revoke a key", err, access.ErrKey)
	for what, list := range map[string]func(access.Scope) (int, error){
		"members": func(s access.Scope) (int, error) {
			l, err := h.store.Members(ctx, s, mine.Merchant, listing.Page{})
			return len(l.Rows), err
		},
		"invitations": func(s access.Scope) (int, error) {
			l, err := h.store.Invitations(ctx, s, mine.Merchant, listing.Page{})
			return len(l.Rows), err
		},
		"keys": func(s access.Scope) (int, error) {
			l, err := h.store.APIKeys(ctx, s, mine.Merchant, listing.Page{})
			return len(l.Rows), err
		},
		"trail": func(s access.Scope) (int, error) {
			l, err := h.store.Trail(ctx, s, access.TrailFilter{Merchant: mine.Merchant}, listing.Page{})
			return len(l.Rows), err
		},
		"proposals": func(s access.Scope) (int, error) {
			l, err := h.store.Proposals(ctx, s, access.ProposalFilter{Merchant: mine.Merchant}, listing.Page{})
			return len(l.Rows), err
		},
	} {
		for who, scope := range map[string]access.Scope{"a stranger": thief.Scope(), "nobody": {}} {
			if n, err := list(scope); !errors.Is(err, access.ErrScope) || n != 0 {
				t.Errorf("%s of another merchant for %s: %d, %v", what, who, n, err)
			}
		}
		if n, err := list(mine.Scope()); err != nil || n == 0 && what != "proposals" {
			t.Errorf("%s of the own merchant: %d, %v", what, n, err)
		}
	}
	_, err = h.store.Users(ctx, mine.Scope(), access.UserFilter{}, listing.Page{})
	h.want("accounts", err, access.ErrScope)
	trail, err := h.store.Trail(ctx, thief.Scope(), access.TrailFilter{}, listing.Page{})
	h.must(err)
	if len(trail.Rows) != 0 {
		t.Errorf("a stranger's trail has %+v", trail.Rows)
	}
}

func TestSwitchMerchant(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	first := h.owner("owner@shop.example")
	h.advance(time.Second)
	second := h.ids.NewRoot("mch_")
	h.join(second, first.ID, access.Finance)
	grant, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	if a := h.actor(grant.Token); a.Merchant != first.Merchant || !a.May(access.KeyManage) {
		t.Errorf("at first the actor is %+v", a)
	}
	h.must(h.SwitchMerchant(ctx, h.actor(grant.Token), second))
	if a := h.actor(grant.Token); a.Merchant != second || a.May(access.KeyManage) || !a.May(access.SettlementView) {
		t.Errorf("then the actor is %+v", a)
	}
	h.want("an API key switches", h.SwitchMerchant(ctx, access.Actor{ID: "key_x", Merchant: second}, first.Merchant), access.ErrPersonNeeded)
}
