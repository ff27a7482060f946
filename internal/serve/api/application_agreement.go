package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/render"
)

var errTermsChanged = fault.New(fault.Conflict, "terms_changed", "the terms are others by now: read them again before signing")

// ClauseView is a paragraph in both languages.
type ClauseView struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// TermsView is what a merchant's person signs.
type TermsView struct {
	Version  string         `json:"version"`
	Digest   string         `json:"digest" doc:"SHA-256 of all that is shown. Send it back to sign."`
	Title    ClauseView     `json:"title"`
	Parties  []ClauseView   `json:"parties" nullable:"false"`
	Clauses  []ClauseView   `json:"clauses" nullable:"false"`
	Schedule []ClauseView   `json:"schedule" nullable:"false" doc:"Fees."`
	Signed   *AgreementView `json:"signed" doc:"What was signed already, null before."`
}

// AgreementView is terms that were signed.
type AgreementView struct {
	ID       string    `json:"id"`
	Version  string    `json:"version"`
	Digest   string    `json:"digest"`
	Name     string    `json:"name" doc:"As typed by who signed."`
	Address  string    `json:"address" doc:"Network address."`
	Document string    `json:"document" doc:"The signed paper."`
	At       time.Time `json:"at"`
}

func agreementView(g merchant.Agreement, name string) AgreementView {
	return AgreementView{g.ID, g.Terms, g.Digest, name, g.Address, g.Document, g.At.Time()}
}

// SignInput signs the terms.
type SignInput struct {
	IDInput
	Body struct {
		Version string `json:"version" maxLength:"64"`
		Digest  string `json:"digest" pattern:"^[0-9a-f]{64}$" doc:"Of the terms as they were shown."`
		Name    string `json:"name" minLength:"1" maxLength:"100" doc:"Typed by who signs."`
	}
}

func (a *API) registerAgreements() {
	const tag, at = "Applications", "/applications/{id}/agreement"
	type termsOutput struct{ Body TermsView }
	type signedOutput struct{ Body AgreementView }
	register(a, operation(http.MethodGet, at, "get-agreement", tag, "The terms that go with an application"), Rule{Needs: access.MerchantView},
		func(ctx context.Context, in *IDInput) (*termsOutput, error) {
			_, t, err := a.terms(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			v := TermsView{t.Version, t.Digest(), ClauseView(t.Title), clauseViews(t.Parties), clauseViews(t.Clauses), clauseViews(t.Schedule), nil}
			v.Signed, err = a.signed(ctx, in.ID)
			return &termsOutput{v}, err
		})
	register(a, withStatus(operation(http.MethodPost, at, "sign-agreement", tag, "Sign the terms"), http.StatusCreated),
		Rule{Needs: access.ApplicationEdit, Realm: access.Merchant}, func(ctx context.Context, in *SignInput) (*signedOutput, error) {
			g, err := a.sign(ctx, in)
			if err != nil {
				return nil, ofApplication(err)
			}
			return &signedOutput{agreementView(g, in.Body.Name)}, nil
		})
}

func clauseViews(list []merchant.Clause) []ClauseView {
	out := make([]ClauseView, 0, len(list))
	for _, c := range list {
		out = append(out, ClauseView(c))
	}
	return out
}

// terms returns the terms of today for an application in the caller's scope.
func (a *API) terms(ctx context.Context, application string) (merchant.Application, merchant.Terms, error) {
	p, err := a.application(ctx, application)
	if err != nil {
		return p, merchant.Terms{}, err
	}
	plans, err := a.config.Products.Plans(ctx)
	if err != nil {
		return p, merchant.Terms{}, err
	}
	party, err := a.config.Merchants.Party(ctx, actorOf(ctx), p.ID)
	if err != nil {
		return p, merchant.Terms{}, ofApplication(err)
	}
	var fees []merchant.Clause
	for _, plan := range plans {
		if plan.Offered && plan.For(p.Kind) {
			fees = append(fees, feeClauses(plan)...)
		}
	}
	return p, merchant.CurrentTerms(a.config.Operator, party, fees), nil
}

// signed returns what was signed last for an application, nil when nothing was.
func (a *API) signed(ctx context.Context, application string) (*AgreementView, error) {
	g, name, err := a.config.Merchants.Signed(ctx, actorOf(ctx), application)
	if err != nil || g.ID == "" {
		return nil, ofApplication(err)
	}
	v := agreementView(g, name)
	return &v, nil
}

// sign draws the paper and keeps it with the signature.
func (a *API) sign(ctx context.Context, in *SignInput) (merchant.Agreement, error) {
	p, t, err := a.terms(ctx, in.ID)
	if err != nil {
		return merchant.Agreement{}, err
	}
	if in.Body.Version != t.Version || in.Body.Digest != t.Digest() {
		return merchant.Agreement{}, errTermsChanged
	}
	client := requestOf(ctx).client.String()
	paper, err := render.Agreement(t, render.Signing{
		Operator: a.config.Operator, Name: in.Body.Name, Address: client, At: calendar.At(a.config.Now()),
	})
	if err != nil {
		return merchant.Agreement{}, err
	}
	return a.config.Merchants.Sign(ctx, actorOf(ctx), p.ID, merchant.Signature{
		Terms: t.Version, Digest: t.Digest(), Name: in.Body.Name, Address: client,
	}, paper)
}
