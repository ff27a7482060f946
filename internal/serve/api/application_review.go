package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// CheckView is a question to the provider and its answer.
type CheckView struct {
	ID         string     `json:"id" doc:"Within its application."`
	Kind       string     `json:"kind" enum:"real_name,register,account"`
	Part       string     `json:"part" doc:"Whose data: person, subject, account, owners.0."`
	State      string     `json:"state" enum:"pending,match,mismatch,unavailable"`
	Differs    []string   `json:"differs" nullable:"false" doc:"Words of what differed."`
	Reference  string     `json:"reference" doc:"Of the provider."`
	Tries      int64      `json:"tries"`
	AskedAt    *time.Time `json:"asked_at"`
	AnsweredAt *time.Time `json:"answered_at"`
	DueAt      *time.Time `json:"due_at" doc:"When it is asked next, null when only a person asks again."`
}

func checkView(c merchant.Check) CheckView {
	return CheckView{
		checkName(c), string(c.Kind), c.Part, string(c.State), strings.Fields(c.Differs), c.Reference, c.Tries,
		when(c.AskedAt), when(c.AnsweredAt), when(c.DueAt),
	}
}

// checkName names a check within its application, fit for an address: its key without the application, with colons.
func checkName(c merchant.Check) string {
	_, name, _ := strings.Cut(c.Key().ID, "/")
	return strings.ReplaceAll(name, "/", ":")
}

// VisitView is what somebody saw at the shop or heard on the telephone.
type VisitView struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"site_visit,call_back"`
	Result    string    `json:"result" enum:"passed,failed,nobody"`
	Note      string    `json:"note"`
	Documents []string  `json:"documents" nullable:"false"`
	By        string    `json:"by"`
	ByName    string    `json:"by_name"`
	At        time.Time `json:"at"`
}

// RelationView is a merchant that shares a subject with an application.
type RelationView struct {
	Merchant string   `json:"merchant"`
	Number   string   `json:"number"`
	Name     string   `json:"name"`
	State    string   `json:"state"`
	Kinds    []string `json:"kinds" nullable:"false" doc:"What they share: uscc, resident, account, phone."`
}

// registerReview registers what reviewers do.
func (a *API) registerReview() {
	const tag, at = "Applications", "/applications/{id}/"
	review := Rule{Needs: access.ApplicationReview, Realm: access.Platform}
	for _, act := range []struct {
		word, summary string
		do            func(context.Context, access.Actor, string) (merchant.Application, error)
	}{
		{"claim", "Take an application to review", a.config.Merchants.Claim},
		{"release", "Give an application back to the others", a.config.Merchants.Release},
	} {
		register(a, operation(http.MethodPost, at+act.word, act.word+"-application", tag, act.summary), review,
			func(ctx context.Context, in *IDInput) (*ApplicationOutput, error) {
				p, err := act.do(ctx, actorOf(ctx), in.ID)
				return a.answerApplication(ctx, p, err)
			})
	}
	register(a, operation(http.MethodPost, at+"return", "return-application", tag, "Ask for corrections"), review, a.returnApplication)
	register(a, operation(http.MethodPost, at+"approve", "approve-application", tag, "Approve what one person may"), review, a.approveApplication)
	propose := review
	propose.Fresh = true
	register(a, withStatus(operation(http.MethodPost, at+"propose-approval", "propose-approval", tag, "Ask a second person to approve"), http.StatusAccepted), propose, a.proposeApproval)
	register(a, operation(http.MethodPost, at+"reject", "reject-application", tag, "Reject an application"), review, a.rejectApplication)
	register(a, operation(http.MethodGet, at+"related", "get-related", tag, "Merchants and entries of the block list that share a subject"), review, a.related)
	type checksOutput struct {
		Body struct {
			Data []CheckView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, at+"checks", "get-checks", tag, "Checks that an application rests on"),
		Rule{Needs: access.MerchantView, Realm: access.Platform}, func(ctx context.Context, in *IDInput) (*checksOutput, error) {
			list, err := a.checks(ctx, in.ID)
			out := &checksOutput{}
			out.Body.Data = list
			return out, err
		})
	type checkInput struct {
		IDInput
		Check string `path:"check" maxLength:"160"`
	}
	type checkOutput struct{ Body CheckView }
	register(a, operation(http.MethodPost, at+"checks/{check}/ask", "ask-check", tag, "Have a check asked once more"), review,
		func(ctx context.Context, in *checkInput) (*checkOutput, error) {
			c, err := a.config.Merchants.AskAgain(ctx, actorOf(ctx), in.ID, in.ID+"/"+strings.ReplaceAll(in.Check, ":", "/"))
			if err != nil {
				return nil, ofApplication(err)
			}
			return &checkOutput{checkView(c)}, nil
		})
	a.registerVisits()
}

func (a *API) checks(ctx context.Context, application string) ([]CheckView, error) {
	list, err := a.config.Merchants.Checks(ctx, actorOf(ctx), application)
	out := make([]CheckView, 0, len(list))
	for _, c := range list {
		out = append(out, checkView(c))
	}
	return out, ofApplication(err)
}

// ReturnInput asks for corrections.
type ReturnInput struct {
	IDInput
	Body struct {
		Version int64        `json:"version" minimum:"1"`
		Remarks []RemarkView `json:"remarks" nullable:"false" minItems:"1" maxItems:"60"`
		Reason  string       `json:"reason,omitempty" maxLength:"500"`
	}
}

func (a *API) returnApplication(ctx context.Context, in *ReturnInput) (*ApplicationOutput, error) {
	remarks := make([]merchant.Remark, len(in.Body.Remarks))
	for i, r := range in.Body.Remarks {
		remarks[i] = merchant.Remark{Field: r.Field, Text: r.Text}
	}
	p, err := a.config.Merchants.Return(ctx, actorOf(ctx), in.ID, in.Body.Version, remarks, in.Body.Reason)
	return a.answerApplication(ctx, p, err)
}

func (a *API) approveApplication(ctx context.Context, in *VersionInput) (*MerchantOutput, error) {
	m, err := a.config.Merchants.Approve(ctx, actorOf(ctx), in.ID, in.Body.Version)
	if err != nil {
		return nil, ofApplication(err)
	}
	return &MerchantOutput{merchantView(actorOf(ctx), m)}, nil
}

// ProposeApprovalInput asks a second person to approve.
type ProposeApprovalInput struct {
	IDInput
	Body struct {
		Version  int64  `json:"version" minimum:"1"`
		Override string `json:"override,omitempty" maxLength:"500" doc:"Why it may be approved although a check did not match; empty where all match."`
		Reason   string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (a *API) proposeApproval(ctx context.Context, in *ProposeApprovalInput) (*ProposalOutput, error) {
	draft, err := a.config.Merchants.ProposeApproval(ctx, actorOf(ctx), in.ID, in.Body.Version, in.Body.Override, in.Body.Reason)
	if err != nil {
		return nil, ofApplication(err)
	}
	p, err := a.config.Access.Propose(ctx, actorOf(ctx), draft)
	return a.answerProposal(ctx, p, err)
}

// RejectInput ends an application.
type RejectInput struct {
	IDInput
	Body struct {
		Version int64  `json:"version,omitempty" minimum:"1"`
		Reason  string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (a *API) rejectApplication(ctx context.Context, in *RejectInput) (*ApplicationOutput, error) {
	p, err := a.config.Merchants.Reject(ctx, actorOf(ctx), in.ID, in.Body.Version, in.Body.Reason)
	return a.answerApplication(ctx, p, err)
}

// RelatedOutput is what shares a subject with an application.
type RelatedOutput struct {
	Body struct {
		Merchants []RelationView `json:"merchants" nullable:"false"`
		Blocks    []BlockView    `json:"blocks" nullable:"false"`
	}
}

func (a *API) related(ctx context.Context, in *IDInput) (*RelatedOutput, error) {
	merchants, blocks, err := a.config.Merchants.Related(ctx, actorOf(ctx), in.ID)
	if err != nil {
		return nil, ofApplication(err)
	}
	out := &RelatedOutput{}
	out.Body.Merchants, out.Body.Blocks = []RelationView{}, []BlockView{}
	for _, r := range merchants {
		v := RelationView{Merchant: r.Merchant.ID, Number: r.Merchant.Number, Name: r.Merchant.Name, State: string(r.Merchant.State), Kinds: []string{}}
		for _, k := range r.Kinds {
			v.Kinds = append(v.Kinds, string(k))
		}
		out.Body.Merchants = append(out.Body.Merchants, v)
	}
	for _, b := range blocks {
		out.Body.Blocks = append(out.Body.Blocks, blockView(b))
	}
	return out, nil
}

// VisitInput reports a visit or a call.
type VisitInput struct {
	IDInput
	Body struct {
		Kind      string   `json:"kind" enum:"site_visit,call_back"`
		Result    string   `json:"result" enum:"passed,failed,nobody"`
		Note      string   `json:"note,omitempty" maxLength:"2000"`
		Documents []string `json:"documents,omitempty" nullable:"false" maxItems:"10" doc:"Pictures that were added before."`
	}
}

func (a *API) registerVisits() {
	const tag, at = "Applications", "/applications/{id}/visits"
	review := Rule{Needs: access.ApplicationReview, Realm: access.Platform}
	report := review
	report.Secret = true // notes lie sealed
	type visitsOutput struct {
		Body struct {
			Data []VisitView `json:"data" nullable:"false"`
		}
	}
	type visitOutput struct{ Body VisitView }
	register(a, operation(http.MethodGet, at, "get-visits", tag, "Visits and calls for an application"), review,
		func(ctx context.Context, in *IDInput) (*visitsOutput, error) {
			p, err := a.application(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			rows, err := a.config.MerchantLists.VisitsOf(ctx, actorOf(ctx).Scope(), p)
			out := &visitsOutput{}
			out.Body.Data = make([]VisitView, 0, len(rows))
			for _, w := range rows {
				if err == nil {
					var v VisitView
					v, err = a.visitView(ctx, w)
					out.Body.Data = append(out.Body.Data, v)
				}
			}
			return out, err
		})
	register(a, withStatus(operation(http.MethodPost, at, "report-visit", tag, "Report a visit or a call"), http.StatusCreated), report,
		func(ctx context.Context, in *VisitInput) (*visitOutput, error) {
			b := in.Body
			w, err := a.config.Merchants.Report(ctx, actorOf(ctx), in.ID, merchant.VisitKind(b.Kind), merchant.VisitResult(b.Result), b.Note, b.Documents)
			if err != nil {
				return nil, ofApplication(err)
			}
			v, err := a.visitView(ctx, w)
			return &visitOutput{v}, err
		})
}

func (a *API) visitView(ctx context.Context, w merchant.Visit) (VisitView, error) {
	note, err := a.config.Merchants.Note(actorOf(ctx), w)
	if err != nil {
		return VisitView{}, err
	}
	name, err := a.nameOf(ctx, w.By)
	return VisitView{w.ID, string(w.Kind), string(w.Result), note, strings.Fields(w.Documents), w.By, name, w.At.Time()}, err
}

// application returns the row of an application in the caller's scope.
func (a *API) application(ctx context.Context, application string) (merchant.Application, error) {
	return covered(ctx, a.config.MerchantLists, application, merchant.ApplicationPrefix, merchant.ApplicationKey,
		func(p merchant.Application) string { return p.Merchant }, merchant.ErrApplication)
}
