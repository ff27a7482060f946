package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

// Staff is an account of the platform.
type Staff struct {
	ID          string     `json:"id" zh:"编号" en:"ID"`
	Name        string     `json:"name" zh:"姓名" en:"Name"`
	Login       string     `json:"login" zh:"登录名" en:"Log-in name"`
	Roles       []string   `json:"roles" nullable:"false" zh:"角色" en:"Roles"`
	State       string     `json:"state" enum:"pending,active,locked,closed" zh:"状态" en:"State"`
	Factor      bool       `json:"factor" doc:"A second factor is enrolled."`
	CreatedAt   time.Time  `json:"created_at" zh:"创建时间" en:"Created"`
	LastLoginAt *time.Time `json:"last_login_at,omitempty"`
}

// StaffOutput answers with an account of the platform.
type StaffOutput struct{ Body Staff }

// StaffListInput narrows the list of staff.
type StaffListInput struct {
	PageInput
	State string `query:"state" enum:"pending,active,locked,closed" required:"false"`
}

func (a *API) registerStaff() {
	const tag = "staff"
	manage := Rule{Needs: access.StaffManage, Realm: access.Platform, Fresh: true}
	registerList(a, operation("GET", "/staff", "list-staff", tag, "Accounts of the platform"), Rule{Needs: access.StaffManage, Realm: access.Platform}, a.staff)
	register(a, withStatus(operation("POST", "/staff", "propose-staff", tag, "Ask for an account of the platform"), http.StatusAccepted), manage, a.proposeStaff)
	register(a, withStatus(operation("POST", "/staff/{id}/changes", "propose-staff-change", tag, "Ask for a change of an account of the platform"), http.StatusAccepted), manage, a.proposeStaffChange)
	register(a, operation("POST", "/staff/{id}/lock", "lock-account", tag, "Lock an account at once, of staff or of anybody"), manage, a.lock)
	register(a, operation("POST", "/staff/{id}/unlock", "unlock-account", tag, "Open a locked account of a merchant's person"), manage, a.unlock)
}

func staffOf(u access.User) Staff {
	return Staff{u.ID, u.Name, string(u.Contact()), roleWords(u.Roles), string(u.State), u.HasFactor(), u.CreatedAt.Time(), when(u.LastLoginAt)}
}

func (a *API) staff(ctx context.Context, in *StaffListInput, p listing.Page) (listing.Slice[Staff], error) {
	slice, err := a.config.People.Users(ctx, actorOf(ctx).Scope(), access.UserFilter{Realm: access.Platform, State: access.UserState(in.State)}, p)
	return through(slice, staffOf), err
}

// ProposeStaffInput asks for an account.
type ProposeStaffInput struct {
	Body struct {
		Login  string   `json:"login" maxLength:"254" doc:"E-mail address."`
		Name   string   `json:"name" maxLength:"60"`
		Roles  []string `json:"roles" minItems:"1" maxItems:"10"`
		Lang   string   `json:"lang,omitempty" enum:"zh,en" default:"zh"`
		Reason string   `json:"reason" maxLength:"500"`
	}
}

func (a *API) proposeStaff(ctx context.Context, in *ProposeStaffInput) (*ProposalOutput, error) {
	p, err := a.config.Access.ProposeStaff(ctx, actorOf(ctx), access.StaffOrder{
		Email: access.Name(in.Body.Login), Name: in.Body.Name, Lang: in.Body.Lang, Roles: rolesOf(in.Body.Roles),
	}, in.Body.Reason)
	return a.answerProposal(ctx, p, err)
}

// StaffChangeInput asks for a change.
type StaffChangeInput struct {
	IDInput
	Body struct {
		Kind   string   `json:"kind" enum:"staff.roles,staff.unlock,staff.close,staff.factors"`
		Roles  []string `json:"roles,omitempty" maxItems:"10"`
		Reason string   `json:"reason" maxLength:"500"`
	}
}

func (a *API) proposeStaffChange(ctx context.Context, in *StaffChangeInput) (*ProposalOutput, error) {
	p, err := a.config.Access.ProposeStaffChange(ctx, actorOf(ctx), in.Body.Kind, in.ID, rolesOf(in.Body.Roles), in.Body.Reason)
	return a.answerProposal(ctx, p, err)
}

// ReasonInput says why.
type ReasonInput struct {
	IDInput
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}

func (a *API) lock(ctx context.Context, in *ReasonInput) (*StaffOutput, error) {
	u, err := a.config.Access.LockUser(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return &StaffOutput{staffOf(u)}, err
}

func (a *API) unlock(ctx context.Context, in *ReasonInput) (*StaffOutput, error) {
	u, err := a.config.Access.UnlockUser(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return &StaffOutput{staffOf(u)}, err
}

// Proposal is a change that one person asks for and another decides.
type Proposal struct {
	ID             string          `json:"id" zh:"编号" en:"ID"`
	Kind           string          `json:"kind" zh:"类型" en:"Kind"`
	Subject        string          `json:"subject" zh:"对象" en:"Subject"`
	Merchant       string          `json:"merchant,omitempty" zh:"商户" en:"Merchant"`
	State          string          `json:"state" enum:"open,approved,rejected,withdrawn,expired" zh:"状态" en:"State"`
	Reason         string          `json:"reason,omitempty" zh:"理由" en:"Reason"`
	Before         json.RawMessage `json:"before,omitempty"`
	After          json.RawMessage `json:"after,omitempty"`
	AskedBy        string          `json:"asked_by"`
	AskedByName    string          `json:"asked_by_name,omitempty" zh:"申请人" en:"Asked by"`
	DecidedBy      string          `json:"decided_by,omitempty"`
	DecidedByName  string          `json:"decided_by_name,omitempty" zh:"审批人" en:"Decided by"`
	DecisionReason string          `json:"decision_reason,omitempty" zh:"审批意见" en:"Note"`
	CreatedAt      time.Time       `json:"created_at" zh:"申请时间" en:"Asked at"`
	ExpiresAt      time.Time       `json:"expires_at"`
	DecidedAt      *time.Time      `json:"decided_at,omitempty"`
	Mine           bool            `json:"mine" doc:"You asked for it: another person decides."`
}

// ProposalOutput answers with a proposal.
type ProposalOutput struct{ Body Proposal }

// ProposalListInput narrows the list of proposals.
type ProposalListInput struct {
	PageInput
	State    string `query:"state" enum:"open,approved,rejected,withdrawn,expired" required:"false"`
	Kind     string `query:"kind" maxLength:"64"`
	Merchant string `query:"merchant" maxLength:"64"`
}

func (a *API) registerProposals() {
	const tag = "proposals"
	decide := Rule{Needs: access.ApprovalDecide, Fresh: true}
	registerList(a, operation("GET", "/proposals", "list-proposals", tag, "Changes that take two people"), Rule{Needs: access.ApprovalDecide}, a.proposals)
	register(a, operation("GET", "/proposals/{id}", "get-proposal", tag, "A change that takes two people"), Rule{}, a.proposal)
	register(a, operation("POST", "/proposals/{id}/approve", "approve-proposal", tag, "Approve what another person asked for"), decide, a.approve)
	register(a, operation("POST", "/proposals/{id}/reject", "reject-proposal", tag, "Reject what another person asked for"), decide, a.reject)
	register(a, operation("POST", "/proposals/{id}/withdraw", "withdraw-proposal", tag, "Take back what you asked for"), Rule{}, a.withdraw)
}

func (a *API) proposalOf(actor access.Actor, p access.Proposal) Proposal {
	before, after, err := a.config.Access.Change(p)
	if err != nil {
		a.config.Logger.Error("a proposal cannot be shown", "proposal", p.ID, "error", err)
	}
	return Proposal{
		ID: p.ID, Kind: p.Kind, Subject: p.Subject, Merchant: p.Merchant, State: string(p.StateAt(calendar.At(a.config.Now()))), Reason: p.Reason,
		Before: before, After: after, AskedBy: p.AskedBy, AskedByName: p.AskedName, DecidedBy: p.DecidedBy, DecidedByName: p.Decider,
		DecisionReason: p.Note, CreatedAt: p.CreatedAt.Time(), ExpiresAt: p.ExpiresAt.Time(), DecidedAt: when(p.DecidedAt), Mine: p.AskedBy == actor.ID,
	}
}

func (a *API) answerProposal(ctx context.Context, p access.Proposal, err error) (*ProposalOutput, error) {
	if err != nil {
		return nil, err
	}
	return &ProposalOutput{a.proposalOf(actorOf(ctx), p)}, nil
}

func (a *API) proposals(ctx context.Context, in *ProposalListInput, p listing.Page) (listing.Slice[Proposal], error) {
	actor := actorOf(ctx)
	slice, err := a.config.People.Proposals(ctx, actor.Scope(), access.ProposalFilter{
		State: access.ProposalState(in.State), Kind: in.Kind, Merchant: in.Merchant,
	}, p)
	return through(slice, func(p access.Proposal) Proposal { return a.proposalOf(actor, p) }), err
}

func (a *API) proposal(ctx context.Context, in *IDInput) (*ProposalOutput, error) {
	p, err := a.config.Access.Proposal(ctx, actorOf(ctx), in.ID)
	return a.answerProposal(ctx, p, err)
}

func (a *API) approve(ctx context.Context, in *ReasonInput) (*ProposalOutput, error) {
	p, err := a.config.Access.Approve(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return a.answerProposal(ctx, p, err)
}

func (a *API) reject(ctx context.Context, in *ReasonInput) (*ProposalOutput, error) {
	p, err := a.config.Access.Reject(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return a.answerProposal(ctx, p, err)
}

func (a *API) withdraw(ctx context.Context, in *ReasonInput) (*ProposalOutput, error) {
	p, err := a.config.Access.Withdraw(ctx, actorOf(ctx), in.ID)
	return a.answerProposal(ctx, p, err)
}

// AuditRecord is a line of the trail.
type AuditRecord struct {
	ID        string    `json:"id" zh:"编号" en:"ID"`
	At        time.Time `json:"at" zh:"时间" en:"Time"`
	Actor     string    `json:"actor" zh:"操作者" en:"Actor"`
	ActorName string    `json:"actor_name,omitempty" zh:"姓名" en:"Name"`
	Action    string    `json:"action" zh:"操作" en:"Action"`
	Subject   string    `json:"subject" zh:"对象" en:"Subject"`
	Merchant  string    `json:"merchant,omitempty" zh:"商户" en:"Merchant"`
	Detail    string    `json:"detail,omitempty" zh:"详情" en:"Detail"`
}

// AuditListInput narrows the trail.
type AuditListInput struct {
	PageInput
	Actor    string    `query:"actor" maxLength:"128" doc:"As records write it: platform:usr_…, key:key_…, terminal:29000001."`
	Action   string    `query:"action" maxLength:"64" doc:"A whole action, login.failed, or its first word, login."`
	Subject  string    `query:"subject" maxLength:"128"`
	Merchant string    `query:"merchant" maxLength:"64"`
	From     time.Time `query:"from"`
	To       time.Time `query:"to" doc:"Left out itself."`
}

// AuditVerdict is what a look at the chains of the trail found.
type AuditVerdict struct {
	OK      bool   `json:"ok"`
	Records int64  `json:"records" doc:"That were looked at, from the newest backwards."`
	Chains  int64  `json:"chains"`
	Whole   bool   `json:"whole" doc:"Every record was looked at. Where there are too many, yifen verify looks at all."`
	Fault   string `json:"fault,omitempty"`
}

// AuditVerdictOutput answers with a verdict.
type AuditVerdictOutput struct{ Body AuditVerdict }

// verifyMax is how many records a page has verified, about a second's work.
const verifyMax = 200_000

func (a *API) registerTrail() {
	const tag = "audit trail"
	registerList(a, operation("GET", "/audit", "list-audit", tag, "Who did what"), Rule{Needs: access.AuditView}, a.trail)
	register(a, operation("POST", "/audit/verify", "verify-audit", tag, "Recompute the chains of the trail"), Rule{Needs: access.AuditView, Realm: access.Platform}, a.verifyTrail)
	registerList(a, operation("GET", "/audit/logins", "list-logins", tag, "Everybody's history of log-ins"), Rule{Needs: access.AuditView, Realm: access.Platform}, a.logins)
}

func (a *API) trail(ctx context.Context, in *AuditListInput, p listing.Page) (listing.Slice[AuditRecord], error) {
	f := access.TrailFilter{Actor: in.Actor, Action: in.Action, Subject: in.Subject, Merchant: in.Merchant}
	if !in.From.IsZero() {
		f.From = calendar.At(in.From)
	}
	if !in.To.IsZero() {
		f.Until = calendar.At(in.To)
	}
	slice, err := a.config.People.Trail(ctx, actorOf(ctx).Scope(), f, p)
	if err != nil {
		return listing.Slice[AuditRecord]{}, err
	}
	names := map[string]string{}
	for _, r := range slice.Rows {
		if _, known := names[r.Actor]; known {
			continue
		}
		if names[r.Actor], err = a.nameOf(ctx, r.Actor); err != nil {
			return listing.Slice[AuditRecord]{}, err
		}
	}
	return through(slice, func(r audit.Record) AuditRecord {
		return AuditRecord{r.ID, r.At.Time(), r.Actor, names[r.Actor], r.Action, r.Subject, r.Merchant, r.Detail}
	}), nil
}

// nameOf returns what a person is called whom the trail names, "" for a machine.
func (a *API) nameOf(ctx context.Context, actor string) (string, error) {
	_, account, _ := strings.Cut(actor, ":")
	return a.nameOfAccount(ctx, account)
}

// nameOfAccount returns what the person of an account is called, "" where it is no person's.
func (a *API) nameOfAccount(ctx context.Context, account string) (string, error) {
	if !strings.HasPrefix(account, access.UserPrefix) {
		return "", nil
	}
	u, err := a.config.Access.User(ctx, account)
	if errors.Is(err, access.ErrUser) {
		return "", nil
	}
	return u.Name, err
}

func (a *API) verifyTrail(ctx context.Context, _ *struct{}) (*AuditVerdictOutput, error) {
	v, err := a.config.People.VerifyTrail(ctx, actorOf(ctx).Scope(), verifyMax)
	return &AuditVerdictOutput{AuditVerdict{v.Fault == "", v.Records, v.Chains, v.Whole, v.Fault}}, err
}

// LoginListInput narrows the history of log-ins.
type LoginListInput struct {
	PageInput
	Account string `query:"account" maxLength:"64"`
}

func (a *API) logins(ctx context.Context, in *LoginListInput, p listing.Page) (listing.Slice[Login], error) {
	slice, err := a.config.People.Logins(ctx, actorOf(ctx).Scope(), in.Account, p)
	return through(slice, loginOf), err
}
