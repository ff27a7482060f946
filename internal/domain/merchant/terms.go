package merchant

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
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

// CurrentTerms returns the terms of today between the operator and a merchant, with the fees that the merchant is offered.
func CurrentTerms(operator, merchant string, fees []Clause) Terms {
	t := Terms{
		Parties:  []Clause{{"甲方（收单机构）：" + operator, "Party A (acquirer): " + operator}, {"乙方（商户）：" + merchant, "Party B (merchant): " + merchant}},
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
