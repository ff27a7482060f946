package merchant

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/identity"
)

//go:embed data/terms.txt
var termsText string

// Clause is one paragraph of terms, in both languages.
type Clause struct{ ZH, EN string }

// Terms are the terms under which a merchant is served, as they are shown to who signs them.
type Terms struct {
	Version  string
	Title    Clause
	Parties  []Clause // who agrees: the operator and the merchant
	Clauses  []Clause
	Schedule []Clause // the fees that go with them
}

// Party is who signs on the merchant's side: the company of a license, the business of a sole trader's license, or the
// person of a micro merchant. The name over the shop's door stands beside it and binds nobody.
type Party struct {
	Name   string // of the license, or of the person
	Number string // credit code, which the law makes public; of a person the identity number, masked
	Shop   string // as it is on slips
	Person bool   // Number is of a person
}

// PartyOf returns the party that a form names. What is not filled in yet is empty.
func PartyOf(f Form) Party {
	if f.Kind == Micro {
		return Party{f.Person.Name, identity.MaskResident(f.Person.Number), f.Business.Name, true}
	}
	return Party{f.Subject.Name, f.Subject.Code, f.Business.Name, false}
}

// clause says who the party is.
func (p Party) clause() Clause {
	c := Clause{"乙方（商户）：" + cmp.Or(p.Name, "（未填写）"), "Party B (merchant): " + cmp.Or(p.Name, "(not filled in)")}
	switch {
	case p.Number == "":
	case p.Person:
		c.ZH += "，居民身份证号 " + p.Number
		c.EN += ", identity number " + p.Number
	default:
		c.ZH += "，统一社会信用代码 " + p.Number
		c.EN += ", unified social credit code " + p.Number
	}
	if p.Shop != "" {
		c.ZH += "（店铺名称：" + p.Shop + "）"
		c.EN += " (trading as " + p.Shop + ")"
	}
	return c
}

// CurrentTerms returns the terms of today between the operator and a merchant, with the fees that the merchant is offered.
func CurrentTerms(operator string, party Party, fees []Clause) Terms {
	t := Terms{
		Parties:  []Clause{{"甲方（收单机构）：" + operator, "Party A (acquirer): " + operator}, party.clause()},
		Schedule: fees,
	}
	paragraphs := strings.Split(strings.TrimSpace(termsText), "\n\n")
	t.Version = paragraphs[0]
	for _, p := range paragraphs[1:] {
		zh, en, _ := strings.Cut(p, "\n")
		if t.Title == (Clause{}) {
			t.Title = Clause{zh, en}
			continue
		}
		t.Clauses = append(t.Clauses, Clause{zh, en})
	}
	return t
}

// Digest returns the SHA-256 of all that is shown, hexadecimal: who signs it signs this text and no other.
func (t Terms) Digest() string {
	h := sha256.New()
	h.Write([]byte(t.Version + "\n"))
	for _, part := range [][]Clause{{t.Title}, t.Parties, t.Clauses, t.Schedule} {
		for _, c := range part {
			h.Write([]byte(c.ZH + "\n" + c.EN + "\n"))
		}
		h.Write([]byte("\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}
