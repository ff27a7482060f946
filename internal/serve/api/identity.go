package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/identity"
)

// AreaView is an administrative area, GB/T 2260.
type AreaView struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Whole string `json:"whole" doc:"Name from the province down."`
	Leaf  bool   `json:"leaf" doc:"Nothing lies below it."`
}

// CategoryView is a merchant category, ISO 18245.
type CategoryView struct {
	Code   string `json:"code"`
	Name   string `json:"name" doc:"In Chinese; empty where acquirers in China do not use it."`
	NameEN string `json:"name_en"`
	Group  string `json:"group"`
}

// categoriesMax bounds the answer to a search for categories.
const categoriesMax = 50

// numberChecks are what can be said of a number, by its kind.
var numberChecks = map[string]func(value string, today calendar.Date) identity.Findings{
	"resident": func(v string, today calendar.Date) identity.Findings {
		_, found := identity.Resident("value", strings.ToUpper(v), today)
		return found
	},
	"uscc":      func(v string, _ calendar.Date) identity.Findings { return identity.USCC("value", strings.ToUpper(v)) },
	"account":   func(v string, _ calendar.Date) identity.Findings { return identity.Account("value", v) },
	"card":      func(v string, _ calendar.Date) identity.Findings { return identity.Card("value", v) },
	"bank_code": func(v string, _ calendar.Date) identity.Findings { return identity.BankCode("value", v) },
	"mobile":    func(v string, _ calendar.Date) identity.Findings { return identity.Mobile("value", v) },
	"phone":     func(v string, _ calendar.Date) identity.Findings { return identity.Phone("value", v) },
	"email":     func(v string, _ calendar.Date) identity.Findings { return identity.Email("value", v) },
	"area":      func(v string, _ calendar.Date) identity.Findings { return identity.Area("value", v) },
	"category":  func(v string, _ calendar.Date) identity.Findings { return identity.Category("value", v) },
}

// registerIdentity registers what forms ask while somebody types.
func (a *API) registerIdentity() {
	const tag = "Reference"
	type areasInput struct {
		Parent string `query:"parent" pattern:"^([0-9]{6})?$" doc:"Six digits; empty for the provinces."`
	}
	type areasOutput struct {
		Body struct {
			Data []AreaView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/areas", "list-areas", tag, "Areas right below one"), Rule{},
		func(_ context.Context, in *areasInput) (*areasOutput, error) {
			out := &areasOutput{}
			out.Body.Data = []AreaView{}
			for _, p := range identity.Within(in.Parent) {
				out.Body.Data = append(out.Body.Data, AreaView{p.Code, p.Name, p.String(), len(identity.Within(p.Code)) == 0})
			}
			return out, nil
		})
	type categoriesInput struct {
		Q string `query:"q" maxLength:"60" doc:"Beginning of a code, or part of a name."`
	}
	type categoriesOutput struct {
		Body struct {
			Data []CategoryView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/categories", "list-categories", tag, "Merchant categories that fit a text, those in use in China first"), Rule{},
		func(_ context.Context, in *categoriesInput) (*categoriesOutput, error) {
			out := &categoriesOutput{}
			out.Body.Data = categoriesLike(in.Q)
			return out, nil
		})
	type checkInput struct {
		Body struct {
			Kind  string `json:"kind" enum:"resident,uscc,account,card,bank_code,mobile,phone,email,area,category"`
			Value string `json:"value" maxLength:"254"`
		}
	}
	type checkOutput struct {
		Body struct {
			Findings []FindingOf `json:"findings" nullable:"false"`
		}
	}
	register(a, operation(http.MethodPost, "/identity/check", "check-identity", tag, "What is wrong with a number, by its form; nothing is kept"), Rule{Bare: true},
		func(_ context.Context, in *checkInput) (*checkOutput, error) {
			out := &checkOutput{}
			out.Body.Findings = findingViews(numberChecks[in.Body.Kind](strings.TrimSpace(in.Body.Value), a.today()))
			return out, nil
		})
}

func categoriesLike(text string) []CategoryView {
	text = strings.ToLower(strings.TrimSpace(text))
	used, unused := []CategoryView{}, []CategoryView{}
	for _, l := range identity.Categories() {
		if !strings.HasPrefix(l.Code, text) && !strings.Contains(l.NameZH, text) && !strings.Contains(strings.ToLower(l.Name), text) {
			continue
		}
		v := CategoryView{l.Code, l.NameZH, l.Name, identity.CategoryGroup(l.Group)}
		if l.NameZH == "" {
			unused = append(unused, v)
		} else {
			used = append(used, v)
		}
	}
	used = append(used, unused...)
	return used[:min(len(used), categoriesMax)]
}
