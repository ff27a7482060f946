package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Member is a person who works with a merchant, or is invited to.
type Member struct {
	ID        string    `json:"id" zh:"编号" en:"ID" doc:"Of the account; of the invitation where the state is invited."`
	User      string    `json:"user"`
	Name      string    `json:"name" zh:"姓名" en:"Name"`
	Login     string    `json:"login" zh:"登录名" en:"Log-in name" doc:"Masked."`
	Roles     []string  `json:"roles" nullable:"false" zh:"角色" en:"Roles"`
	State     string    `json:"state" enum:"active,invited,accepted,withdrawn,expired,removed" zh:"状态" en:"State"`
	CreatedAt time.Time `json:"created_at" zh:"加入时间" en:"Since"`
}

// MemberOutput answers with a member.
type MemberOutput struct{ Body Member }

// MerchantListInput is for lists of one merchant.
type MerchantListInput struct {
	PageInput
	Merchant string `query:"merchant" maxLength:"64" doc:"For staff: whose. Others see those of the merchant for whom they act."`
}

func (a *API) registerMembers() {
	const tag = "members"
	manage := Rule{Needs: access.MemberManage, Realm: access.Merchant, Fresh: true}
	registerList(a, operation("GET", "/members", "list-members", tag, "People of a merchant"), Rule{Needs: access.MemberView}, a.members)
	register(a, operation("PATCH", "/members/{id}", "change-member", tag, "Give a person other roles"), manage, a.changeMember)
	register(a, withStatus(operation("DELETE", "/members/{id}", "remove-member", tag, "Take a person out of the merchant"), http.StatusNoContent), manage, a.removeMember)
	registerList(a, operation("GET", "/invitations", "list-invitations", tag, "Invitations of a merchant"), Rule{Needs: access.MemberView}, a.invitations)
	register(a, operation("POST", "/invitations", "invite-member", tag, "Invite a person"), manage, a.invite)
	register(a, withStatus(operation("DELETE", "/invitations/{id}", "withdraw-invitation", tag, "Take an invitation back"), http.StatusNoContent), manage, a.withdrawInvitation)
	register(a, operation("POST", "/invitations/{id}/resend", "resend-invitation", tag, "Send an invitation again, with a new link"), manage, a.resendInvitation)
	register(a, operation("POST", "/invitations/{id}/accept", "accept-invitation", tag, "Accept an invitation"), Rule{Realm: access.Merchant}, a.acceptInvitation)
}

func (a *API) members(ctx context.Context, in *MerchantListInput, p listing.Page) (listing.Slice[Member], error) {
	slice, err := a.config.People.Members(ctx, actorOf(ctx).Scope(), in.Merchant, p)
	out := listing.Slice[Member]{Rows: []Member{}, Next: slice.Next, More: slice.More}
	for _, m := range slice.Rows {
		row, err := a.memberOf(ctx, m)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	return out, err
}

func (a *API) memberOf(ctx context.Context, m access.Member) (Member, error) {
	u, err := a.config.Access.User(ctx, m.Account)
	return Member{m.Account, m.Account, u.Name, u.Contact().Masked(), roleWords(m.Roles), string(m.State), m.CreatedAt.Time()}, err
}

// RolesInput gives roles.
type RolesInput struct {
	IDInput
	Body struct {
		Roles []string `json:"roles" minItems:"1" maxItems:"10"`
	}
}

func (a *API) changeMember(ctx context.Context, in *RolesInput) (*MemberOutput, error) {
	m, err := a.config.Access.ChangeMember(ctx, actorOf(ctx), in.ID, rolesOf(in.Body.Roles))
	if err != nil {
		return nil, err
	}
	row, err := a.memberOf(ctx, m)
	return &MemberOutput{row}, err
}

func (a *API) removeMember(ctx context.Context, in *IDInput) (*Empty, error) {
	return nil, a.config.Access.RemoveMember(ctx, actorOf(ctx), in.ID)
}

func (a *API) invitations(ctx context.Context, in *MerchantListInput, p listing.Page) (listing.Slice[Member], error) {
	slice, err := a.config.People.Invitations(ctx, actorOf(ctx).Scope(), in.Merchant, p)
	return through(slice, a.invitationOf), err
}

func (a *API) invitationOf(i access.Invitation) Member {
	state := string(i.State)
	if i.State == access.InvitationOpen {
		if state = "invited"; !i.Open(calendar.At(a.config.Now())) {
			state = "expired"
		}
	}
	return Member{ID: i.ID, User: i.Account, Login: i.Target.Masked(), Roles: roleWords(i.Roles), State: state, CreatedAt: i.CreatedAt.Time()}
}

// InviteInput asks a person to work with the merchant.
type InviteInput struct {
	Body struct {
		Login string   `json:"login" maxLength:"254"`
		Roles []string `json:"roles" minItems:"1" maxItems:"10"`
		Lang  string   `json:"lang,omitempty" enum:"zh,en" default:"zh" doc:"Of the message."`
	}
}

func (a *API) invite(ctx context.Context, in *InviteInput) (*MemberOutput, error) {
	shop, err := a.ownShop(ctx)
	if err != nil {
		return nil, err
	}
	i, err := a.config.Access.Invite(ctx, actorOf(ctx), in.Body.Login, rolesOf(in.Body.Roles), shop.Name, in.Body.Lang)
	return &MemberOutput{a.invitationOf(i)}, err
}

// ownShop returns the merchant for which the caller acts.
func (a *API) ownShop(ctx context.Context) (merchant.Merchant, error) {
	actor := actorOf(ctx)
	if actor.Merchant == "" {
		return merchant.Merchant{}, ErrForbidden
	}
	shop, _, err := step.Read[merchant.Merchant](ctx, a.config.People, merchant.Key(actor.Merchant))
	return shop, err
}

// ResendInput names an invitation and the language of its message.
type ResendInput struct {
	IDInput
	Body struct {
		Lang string `json:"lang,omitempty" enum:"zh,en" default:"zh"`
	}
}

func (a *API) resendInvitation(ctx context.Context, in *ResendInput) (*MemberOutput, error) {
	shop, err := a.ownShop(ctx)
	if err != nil {
		return nil, err
	}
	i, err := a.config.Access.ResendInvitation(ctx, actorOf(ctx), in.ID, shop.Name, in.Body.Lang)
	return &MemberOutput{a.invitationOf(i)}, err
}

func (a *API) withdrawInvitation(ctx context.Context, in *IDInput) (*Empty, error) {
	return nil, a.config.Access.WithdrawInvitation(ctx, actorOf(ctx), in.ID)
}

// AcceptInput carries what the invitation's message holds.
type AcceptInput struct {
	IDInput
	Body struct {
		Token string `json:"token" maxLength:"128"`
	}
}

func (a *API) acceptInvitation(ctx context.Context, in *AcceptInput) (*MemberOutput, error) {
	m, err := a.config.Access.AcceptInvitation(ctx, actorOf(ctx), in.ID, in.Body.Token)
	if err != nil {
		return nil, err
	}
	row, err := a.memberOf(ctx, m)
	return &MemberOutput{row}, err
}
