package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// MerchantLists is what the door reads of merchants and their applications.
type MerchantLists interface {
	step.Reader
	Merchants(context.Context, access.Scope, merchant.Filter, listing.Page) (listing.Slice[merchant.Merchant], error)
	ExpiringMerchants(context.Context, access.Scope, calendar.Date, listing.Page) (listing.Slice[merchant.Merchant], error)
	Applications(context.Context, access.Scope, merchant.ApplicationFilter, listing.Page) (listing.Slice[merchant.Application], error)
	HistoryOf(context.Context, access.Scope, merchant.Application) ([]merchant.History, error)
	VisitsOf(context.Context, access.Scope, merchant.Application) ([]merchant.Visit, error)
	Blocks(context.Context, access.Scope, listing.Page) (listing.Slice[merchant.Block], error)
}

// ApplicationView is an application in a list. What the reviewers think of it is empty for its applicant: who is
// looked at closely is not told so.
type ApplicationView struct {
	ID           string     `json:"id" zh:"申请编号" en:"Application"`
	Merchant     string     `json:"merchant" zh:"商户" en:"Merchant"`
	Name         string     `json:"name" zh:"名称" en:"Name"`
	Kind         string     `json:"kind" enum:",enterprise,individual,micro" zh:"类型" en:"Kind"`
	Purpose      string     `json:"purpose" enum:"onboarding,change,reverification" zh:"用途" en:"Purpose"`
	State        string     `json:"state" enum:"draft,submitted,claimed,returned,approved,rejected,withdrawn" zh:"状态" en:"State"`
	Origin       string     `json:"origin" enum:"application,import" zh:"来源" en:"Origin"`
	Agent        string     `json:"agent" zh:"代理商" en:"Agent"`
	Sections     []string   `json:"sections" nullable:"false" doc:"What it carries: subject, person, owners, account, business, place."`
	Version      int64      `json:"version" doc:"Send it back with what you do: it says which state you saw."`
	Step         string     `json:"step" doc:"Of the form, where its applicant left."`
	Grade        string     `json:"grade" enum:",low,medium,high" zh:"风险等级" en:"Risk"`
	ClaimedBy    string     `json:"claimed_by"`
	ClaimedUntil *time.Time `json:"claimed_until"`
	Mine         bool       `json:"mine" doc:"You have claimed it, and your time is not over."`
	Reason       string     `json:"reason" doc:"Of the last return, rejection or withdrawal." zh:"原因" en:"Reason"`
	SubmittedAt  *time.Time `json:"submitted_at" zh:"提交时间" en:"Submitted"`
	DecidedAt    *time.Time `json:"decided_at" zh:"审结时间" en:"Decided"`
	CreatedAt    time.Time  `json:"created_at" zh:"创建时间" en:"Created"`
	UpdatedAt    time.Time  `json:"updated_at"`
}

// ApplicationDetail is an application with all that is known of it.
type ApplicationDetail struct {
	ApplicationView
	Form      ApplicationForm   `json:"form" doc:"What it says, of the sections that it carries."`
	Known     *ApplicationForm  `json:"known" doc:"What was known before; null for a new merchant."`
	Masked    bool              `json:"masked" doc:"Numbers are masked. A number that is sent back as it is shown stays what it is."`
	Remarks   []RemarkView      `json:"remarks" nullable:"false" doc:"What the reviewer asks to be corrected."`
	Findings  []FindingOf       `json:"findings" nullable:"false"`
	Missing   []string          `json:"missing" nullable:"false" doc:"Kinds of documents that are needed and not there."`
	Documents []DocumentView    `json:"documents" nullable:"false"`
	History   []ApplicationMove `json:"history" nullable:"false"`
	Checks    []CheckView       `json:"checks" nullable:"false" doc:"For reviewers."`
	Reasons   []string          `json:"reasons" nullable:"false" doc:"Of the grade, for reviewers."`
	Override  string            `json:"override" doc:"Why it was approved although a check did not match, for reviewers."`
	Signed    *AgreementView    `json:"signed" doc:"The agreement, once it is signed."`
}

// RemarkView is what a reviewer asks to be corrected.
type RemarkView struct {
	Field string `json:"field" minLength:"1" maxLength:"60" doc:"As findings name it, or document. and a kind."`
	Text  string `json:"text" minLength:"1" maxLength:"500"`
}

// ApplicationMove is one step in the history of an application.
type ApplicationMove struct {
	Verb   string    `json:"verb"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	By     string    `json:"by" doc:"Who: for an applicant, that it was the operator's staff and no more."`
	ByName string    `json:"by_name"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// ApplicationOutput is one application without what it says.
type ApplicationOutput struct{ Body ApplicationView }

// ApplicationDetailOutput is one application.
type ApplicationDetailOutput struct{ Body ApplicationDetail }

// DraftView is what became of a draft that was saved.
type DraftView struct {
	ApplicationView
	Findings []FindingOf `json:"findings" nullable:"false" doc:"Mistakes stop nothing but the submission."`
}

// DraftOutput answers to a draft.
type DraftOutput struct{ Body DraftView }

// VersionInput names an application and the version that the caller saw.
type VersionInput struct {
	IDInput
	Body struct {
		Version int64 `json:"version" minimum:"1"`
	}
}

// registerApplications registers what is done with applications.
func (a *API) registerApplications() {
	const tag = "Applications"
	registerList(a, operation(http.MethodGet, "/applications", "list-applications", tag, "List applications"),
		Rule{Needs: access.MerchantView}, a.listApplications)
	register(a, withStatus(operation(http.MethodPost, "/applications", "start-application", tag, "Apply for a new merchant"), http.StatusCreated), Rule{}, a.startApplication)
	register(a, withStatus(operation(http.MethodPost, "/applications/changes", "start-change", tag, "Apply for a change of what is known of a merchant"), http.StatusCreated), Rule{}, a.startChange)
	register(a, operation(http.MethodGet, "/applications/{id}", "get-application", tag, "Show an application"), Rule{Needs: access.MerchantView}, a.showApplication)
	register(a, operation(http.MethodPut, "/applications/{id}", "save-application", tag, "Keep what was typed"), Rule{}, a.saveApplication)
	register(a, operation(http.MethodPost, "/applications/{id}/submit", "submit-application", tag, "Hand an application in"), Rule{}, a.submitApplication)
	register(a, operation(http.MethodPost, "/applications/{id}/withdraw", "withdraw-application", tag, "Take an application back"), Rule{},
		func(ctx context.Context, in *ReasonInput) (*ApplicationOutput, error) {
			row, err := a.config.Merchants.Withdraw(ctx, actorOf(ctx), in.ID, in.Body.Reason)
			return a.answerApplication(ctx, row, err)
		})
	a.registerReview()
	a.registerDocuments()
	a.registerAgreements()
}

// ofApplication tells what lies outside of the caller's scope as what does not exist.
func ofApplication(err error) error {
	if errors.Is(err, access.ErrScope) {
		return merchant.ErrApplication
	}
	return err
}

// applicationView returns an application as an actor sees it in a list.
func (a *API) applicationView(who access.Actor, p merchant.Application) ApplicationView {
	v := ApplicationView{
		ID: p.ID, Merchant: p.Merchant, Name: p.Name, Kind: string(p.Kind), Purpose: string(p.Purpose), State: string(p.State), Origin: string(p.Origin),
		Agent: p.Agent, Sections: strings.Fields(p.Sections), Version: p.Version, Step: p.Step, Reason: p.Reason, SubmittedAt: when(p.SubmittedAt),
		DecidedAt: when(p.DecidedAt), CreatedAt: p.CreatedAt.Time(), UpdatedAt: p.UpdatedAt.Time(),
	}
	if who.Realm == access.Platform {
		v.Grade, v.ClaimedBy, v.ClaimedUntil = string(p.Grade), p.ClaimedBy, when(p.ClaimedUntil)
		v.Mine = p.State == merchant.Claimed && p.ClaimedBy == who.ID && calendar.At(a.config.Now()) < p.ClaimedUntil
	}
	return v
}

func (a *API) answerApplication(ctx context.Context, p merchant.Application, err error) (*ApplicationOutput, error) {
	if err != nil {
		return nil, ofApplication(err)
	}
	return &ApplicationOutput{a.applicationView(actorOf(ctx), p)}, nil
}

// ApplicationsInput asks for applications.
type ApplicationsInput struct {
	PageInput
	State    string `query:"state" enum:"draft,submitted,claimed,returned,approved,rejected,withdrawn"`
	Purpose  string `query:"purpose" enum:"onboarding,change,reverification"`
	Merchant string `query:"merchant" maxLength:"64"`
	Claimed  string `query:"claimed" enum:"me,any" doc:"Under review, by you or by anybody."`
	Name     string `query:"name" maxLength:"100" doc:"Beginning of the shop's name; the list is in the order of names then."`
}

func (a *API) listApplications(ctx context.Context, in *ApplicationsInput, p listing.Page) (listing.Slice[ApplicationView], error) {
	who := actorOf(ctx)
	scope, nothing := who.Scope(), listing.Slice[ApplicationView]{Rows: []ApplicationView{}}
	if in.Merchant != "" {
		var err error
		if scope, err = scope.Within(in.Merchant); err != nil {
			return nothing, err
		}
	}
	f := merchant.ApplicationFilter{State: merchant.ApplicationState(in.State), Purpose: merchant.Purpose(in.Purpose), Name: in.Name}
	if in.Claimed != "" {
		if f.State != "" && f.State != merchant.Claimed {
			return nothing, nil
		}
		f.State = merchant.Claimed
	}
	if in.Claimed == "me" {
		f.ClaimedBy = who.ID
	}
	found, err := a.config.MerchantLists.Applications(ctx, scope, f, p)
	return through(found, func(p merchant.Application) ApplicationView { return a.applicationView(who, p) }), err
}

// StartInput asks for a new merchant.
type StartInput struct {
	Body struct {
		Kind  string `json:"kind" enum:"enterprise,individual,micro"`
		Agent string `json:"agent,omitempty" maxLength:"64" doc:"Who brought the merchant, said by staff."`
	}
}

// startApplication begins the application of a person without a merchant, who acts for the new one from then on, or
// of a merchant that staff type in.
func (a *API) startApplication(ctx context.Context, in *StartInput) (*ApplicationOutput, error) {
	who := actorOf(ctx)
	if who.Realm == access.Agent {
		in.Body.Agent = who.Agent
	}
	if in.Body.Agent != "" && who.Realm != access.Merchant {
		if err := a.config.Agents.Brings(ctx, in.Body.Agent); err != nil {
			return nil, err
		}
	}
	p, err := a.config.Merchants.Start(ctx, who, merchant.Kind(in.Body.Kind), in.Body.Agent)
	if err == nil && who.Realm == access.Merchant {
		err = a.config.Access.SwitchMerchant(ctx, who, p.Merchant)
	}
	return a.answerApplication(ctx, p, err)
}

// ChangeInput asks for a change.
type ChangeInput struct {
	Body struct {
		Merchant string   `json:"merchant,omitempty" maxLength:"64" doc:"Said by staff."`
		Sections []string `json:"sections" nullable:"false" maxItems:"6" enum:"subject,person,owners,account,business,place" doc:"None has all of it looked at again."`
	}
}

func (a *API) startChange(ctx context.Context, in *ChangeInput) (*ApplicationOutput, error) {
	who := actorOf(ctx)
	id := in.Body.Merchant
	if id == "" {
		id = who.Merchant
	}
	sections := make([]merchant.Section, len(in.Body.Sections))
	for i, s := range in.Body.Sections {
		sections[i] = merchant.Section(s)
	}
	p, err := a.config.Merchants.StartChange(ctx, who, id, sections)
	return a.answerApplication(ctx, p, ofMerchant(err))
}

// SaveInput is a draft.
type SaveInput struct {
	IDInput
	Body struct {
		Version int64           `json:"version" minimum:"1"`
		Form    ApplicationForm `json:"form"`
		Step    string          `json:"step,omitempty" maxLength:"40" doc:"Of the form, to come back to."`
	}
}

func (a *API) saveApplication(ctx context.Context, in *SaveInput) (*DraftOutput, error) {
	who := actorOf(ctx)
	f, err := in.Body.Form.form()
	if err != nil {
		return nil, err
	}
	if f, err = a.config.Merchants.Unmasked(ctx, who, in.ID, f); err != nil {
		return nil, ofApplication(err)
	}
	p, found, err := a.config.Merchants.Save(ctx, who, in.ID, in.Body.Version, f, in.Body.Step)
	return a.answerDraft(ctx, p, found, err)
}

func (a *API) submitApplication(ctx context.Context, in *VersionInput) (*DraftOutput, error) {
	who, terms := actorOf(ctx), ""
	if who.Realm == access.Merchant { // staff and agents hand in without the merchant's signature
		_, t, err := a.terms(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		terms = t.Digest()
	}
	p, found, err := a.config.Merchants.Submit(ctx, who, in.ID, in.Body.Version, terms)
	return a.answerDraft(ctx, p, found, err)
}

func (a *API) answerDraft(ctx context.Context, p merchant.Application, found identity.Findings, err error) (*DraftOutput, error) {
	switch {
	case errors.Is(err, merchant.ErrIncomplete):
		return nil, refusedFor(err, found)
	case err != nil:
		return nil, ofApplication(err)
	}
	return &DraftOutput{DraftView{a.applicationView(actorOf(ctx), p), findingViews(found)}}, nil
}

// showApplication shows an application to whom it is open, and to its applicant without what the reviewers know.
func (a *API) showApplication(ctx context.Context, in *IDInput) (*ApplicationDetailOutput, error) {
	who, staff := actorOf(ctx), actorOf(ctx).Realm == access.Platform
	seen, err := a.config.Merchants.Show(ctx, who, in.ID)
	if err != nil {
		return nil, ofApplication(err)
	}
	p := seen.Application
	d := ApplicationDetail{
		ApplicationView: a.applicationView(who, p), Form: formView(seen.Form), Masked: seen.Masked, Remarks: []RemarkView{},
		Findings: findingViews(seen.Findings), Missing: []string{}, Documents: []DocumentView{}, History: []ApplicationMove{},
		Checks: []CheckView{}, Reasons: []string{},
	}
	if p.Base != "" {
		known := formView(seen.Known)
		d.Known = &known
	}
	for _, r := range seen.Remarks {
		d.Remarks = append(d.Remarks, RemarkView{r.Field, r.Text})
	}
	for _, k := range seen.Missing {
		d.Missing = append(d.Missing, string(k))
	}
	documents, err := a.config.Merchants.Documents(ctx, who, p.ID)
	if err != nil {
		return nil, err
	}
	for _, one := range documents {
		d.Documents = append(d.Documents, documentView(one))
	}
	if d.History, err = a.history(ctx, p, staff); err != nil {
		return nil, err
	}
	if staff {
		d.Reasons, d.Override = strings.Fields(p.Reasons), p.Override
		if d.Checks, err = a.checks(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	d.Signed, err = a.signed(ctx, p.ID)
	return &ApplicationDetailOutput{d}, err
}

// history returns what happened to an application. Which of the staff it was is for staff.
func (a *API) history(ctx context.Context, p merchant.Application, staff bool) ([]ApplicationMove, error) {
	rows, err := a.config.MerchantLists.HistoryOf(ctx, actorOf(ctx).Scope(), p)
	if err != nil {
		return nil, err
	}
	moves := make([]ApplicationMove, 0, len(rows))
	for _, h := range rows {
		m := ApplicationMove{Verb: string(h.Verb), From: string(h.From), To: string(h.To), By: h.By, Reason: h.Reason, At: h.At.Time()}
		switch realm, _, _ := strings.Cut(h.By, ":"); {
		case staff || realm == string(access.Merchant):
			if m.ByName, err = a.nameOf(ctx, h.By); err != nil {
				return nil, err
			}
		default:
			m.By = realm
			if h.Verb == merchant.Approve { // its reason is why although a check did not match
				m.Reason = ""
			}
		}
		moves = append(moves, m)
	}
	return moves, nil
}
