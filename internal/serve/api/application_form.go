package api

import (
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// ApplicationForm is what an applicant says. Days are written 2026-01-31, or empty where they are not known yet;
// the end of a paper that has none is 9999-12-31.
type ApplicationForm struct {
	Kind     string       `json:"kind,omitempty" enum:",enterprise,individual,micro"`
	Subject  LicenseForm  `json:"subject" required:"false" doc:"What stands on the business license; a micro merchant has none."`
	Person   PersonForm   `json:"person" required:"false" doc:"Legal representative, sole trader or micro merchant."`
	Owners   []OwnerForm  `json:"owners" required:"false" nullable:"false" maxItems:"50" doc:"Beneficial owners of a company."`
	Account  AccountForm  `json:"account" required:"false" doc:"Where settlements are paid to."`
	Business BusinessForm `json:"business" required:"false"`
	Place    PlaceForm    `json:"place" required:"false" doc:"Where the first store is."`
}

// LicenseForm is a business license.
type LicenseForm struct {
	Name    string `json:"name" maxLength:"300" required:"false"`
	Code    string `json:"code" maxLength:"40" required:"false" doc:"Unified social credit code, GB 32100."`
	From    string `json:"from" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" required:"false"`
	Until   string `json:"until" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" required:"false"`
	Address string `json:"address" maxLength:"600" required:"false"`
	Scope   string `json:"scope" maxLength:"6000" required:"false"`
}

// PersonForm is a natural person.
type PersonForm struct {
	Name   string `json:"name" maxLength:"300" required:"false"`
	Number string `json:"number" maxLength:"40" required:"false" doc:"Resident identity number, GB 11643."`
	From   string `json:"from" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" required:"false"`
	Until  string `json:"until" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" required:"false"`
	Phone  string `json:"phone" maxLength:"40" required:"false"`
	Email  string `json:"email" maxLength:"254" required:"false"`
}

// OwnerForm is a beneficial owner.
type OwnerForm struct {
	Name     string `json:"name" maxLength:"300" required:"false"`
	Number   string `json:"number" maxLength:"40" required:"false"`
	SharePPM int64  `json:"share_ppm" minimum:"0" maximum:"1000000" required:"false" doc:"Millionths: 250000 is 25 %."`
	Basis    string `json:"basis" enum:",share,control,office" required:"false" doc:"Why somebody is an owner."`
	Until    string `json:"until" pattern:"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$" required:"false" doc:"Of the identity card."`
}

// AccountForm is an account at a bank.
type AccountForm struct {
	Kind     string `json:"kind" enum:",corporate,personal" required:"false"`
	Holder   string `json:"holder" maxLength:"300" required:"false"`
	Number   string `json:"number" maxLength:"64" required:"false"`
	BankCode string `json:"bank_code" maxLength:"20" required:"false" doc:"12 digits, CNAPS."`
	Bank     string `json:"bank" maxLength:"300" required:"false" doc:"Name of the branch."`
	Phone    string `json:"phone" maxLength:"40" required:"false" doc:"That the bank knows, of a personal account."`
}

// BusinessForm is what is sold.
type BusinessForm struct {
	Name       string `json:"name" maxLength:"300" required:"false" doc:"On slips."`
	NameEN     string `json:"name_en" maxLength:"300" required:"false"`
	Category   string `json:"category" maxLength:"8" required:"false" doc:"Merchant category code, ISO 18245."`
	MonthlyFen int64  `json:"monthly_fen" minimum:"0" required:"false" doc:"Expected takings of a month."`
	TicketFen  int64  `json:"ticket_fen" minimum:"0" required:"false" doc:"Expected average of a sale."`
	Remote     bool   `json:"remote" required:"false" doc:"Sells to people who are not there."`
}

// PlaceForm is where a store is.
type PlaceForm struct {
	Area    string `json:"area" maxLength:"6" required:"false" doc:"GB/T 2260."`
	Address string `json:"address" maxLength:"600" required:"false"`
	Phone   string `json:"phone" maxLength:"40" required:"false"`
}

// formView returns a form as callers see it.
func formView(f merchant.Form) ApplicationForm {
	v := ApplicationForm{
		Kind: string(f.Kind),
		Subject: LicenseForm{
			f.Subject.Name, f.Subject.Code, f.Subject.From.String(), f.Subject.Until.String(), f.Subject.Address, f.Subject.Scope,
		},
		Person: PersonForm{
			f.Person.Name, f.Person.Number, f.Person.From.String(), f.Person.Until.String(), f.Person.Phone, f.Person.Email,
		},
		Owners: make([]OwnerForm, 0, len(f.Owners)),
		Account: AccountForm{
			string(f.Account.Kind), f.Account.Holder, f.Account.Number, f.Account.BankCode, f.Account.Bank, f.Account.Phone,
		},
		Business: BusinessForm{
			f.Business.Name, f.Business.NameEN, f.Business.Category, f.Business.MonthlyFen, f.Business.TicketFen, f.Business.Remote,
		},
		Place: PlaceForm{f.Place.Area, f.Place.Address, f.Place.Phone},
	}
	for _, o := range f.Owners {
		v.Owners = append(v.Owners, OwnerForm{o.Name, o.Number, o.Share, string(o.Basis), o.Until.String()})
	}
	return v
}

// form reads a form. What is no day of the calendar is refused by its field.
func (v ApplicationForm) form() (merchant.Form, error) {
	var found identity.Findings
	day := func(field, text string) calendar.Date {
		if text == "" {
			return 0
		}
		d, err := calendar.ParseDate(text)
		if err != nil {
			found = append(found, identity.Finding{Field: field, Code: "date_unknown", Severity: identity.Error, Message: "there is no such day"})
		}
		return d
	}
	f := merchant.Form{
		Kind: merchant.Kind(v.Kind),
		Subject: merchant.License{
			Name: v.Subject.Name, Code: v.Subject.Code, From: day("subject.from", v.Subject.From), Until: day("subject.until", v.Subject.Until),
			Address: v.Subject.Address, Scope: v.Subject.Scope,
		},
		Person: merchant.Person{
			Name: v.Person.Name, Number: v.Person.Number, From: day("person.from", v.Person.From), Until: day("person.until", v.Person.Until),
			Phone: v.Person.Phone, Email: v.Person.Email,
		},
		Account: merchant.Account{
			Kind: merchant.AccountKind(v.Account.Kind), Holder: v.Account.Holder, Number: v.Account.Number, BankCode: v.Account.BankCode,
			Bank: v.Account.Bank, Phone: v.Account.Phone,
		},
		Business: merchant.Business{
			Name: v.Business.Name, NameEN: v.Business.NameEN, Category: v.Business.Category, MonthlyFen: v.Business.MonthlyFen,
			TicketFen: v.Business.TicketFen, Remote: v.Business.Remote,
		},
		Place: merchant.Place{Area: v.Place.Area, Address: v.Place.Address, Phone: v.Place.Phone},
	}
	for i, o := range v.Owners {
		f.Owners = append(f.Owners, merchant.Owner{
			Name: o.Name, Number: o.Number, Share: o.SharePPM, Basis: merchant.OwnerBasis(o.Basis), Until: day(ownerField(i, "until"), o.Until),
		})
	}
	if len(found) > 0 {
		return f, refusedFor(merchant.ErrIncomplete, found)
	}
	return f, nil
}

func ownerField(i int, name string) string {
	return "owners." + strconv.Itoa(i) + "." + name
}

// FindingOf is what is wrong, or doubtful, with one field.
type FindingOf struct {
	Field    string `json:"field" doc:"As in the form: person.number, owners.0.name; document.license for a document."`
	Code     string `json:"code" doc:"A stable word."`
	Severity string `json:"severity" enum:"error,warning"`
	Message  string `json:"message" doc:"In English."`
	Want     string `json:"want" doc:"What would be right, where that is known."`
}

func findingViews(found identity.Findings) []FindingOf {
	out := make([]FindingOf, 0, len(found))
	for _, f := range found {
		out = append(out, FindingOf{apiField(f.Field), f.Code, string(f.Severity), f.Message, f.Want})
	}
	return out
}

// apiField names a field as the form of callers does.
func apiField(field string) string {
	if strings.HasPrefix(field, "owners.") && strings.HasSuffix(field, ".share") {
		return field + "_ppm"
	}
	return field
}

// refusedFor is a refusal that names the fields which it is for.
func refusedFor(err error, found identity.Findings) error {
	p := *problemOf(err)
	for _, f := range found {
		if f.Severity != identity.Error {
			continue
		}
		at := "body.form." + apiField(f.Field)
		if kind, ok := strings.CutPrefix(f.Field, "document."); ok {
			at = "documents." + kind
		}
		p.Errors = append(p.Errors, FieldProblem{Location: at, Message: f.Message, Code: f.Code})
	}
	return &p
}
