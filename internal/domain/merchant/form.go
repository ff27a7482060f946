package merchant

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/identity"
)

// Section is a part of a form.
type Section string

// The sections.
const (
	SectionSubject  Section = "subject"
	SectionPerson   Section = "person"
	SectionOwners   Section = "owners"
	SectionAccount  Section = "account"
	SectionBusiness Section = "business"
	SectionPlace    Section = "place"
)

// Sections lists every section, in the order of the steps of the form.
var Sections = []Section{SectionSubject, SectionPerson, SectionOwners, SectionAccount, SectionBusiness, SectionPlace}

func joinSections(list []Section) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

func splitSections(words string) (list []Section) {
	for word := range strings.FieldsSeq(words) {
		list = append(list, Section(word))
	}
	return list
}

// Forever is the end of a paper that has none.
const Forever calendar.Date = 99991231

// Form is what an applicant says. Numbers are kept as typed, without the spaces around them.
type Form struct {
	Kind     Kind     `json:"kind"`
	Subject  License  `json:"subject"`
	Person   Person   `json:"person"`
	Owners   []Owner  `json:"owners,omitempty"`
	Account  Account  `json:"account"`
	Business Business `json:"business"`
	Place    Place    `json:"place"`
}

// License is what stands on a business license; a micro merchant has none.
type License struct {
	Name    string        `json:"name"`
	Code    string        `json:"code"` // unified social credit code
	From    calendar.Date `json:"from"`
	Until   calendar.Date `json:"until"` // Forever for one without an end
	Address string        `json:"address"`
	Scope   string        `json:"scope"`
}

// Person is the legal representative, the sole trader or the micro merchant.
type Person struct {
	Name   string        `json:"name"`
	Number string        `json:"number"` // resident identity number
	From   calendar.Date `json:"from"`
	Until  calendar.Date `json:"until"` // Forever for one without an end
	Phone  string        `json:"phone"` // mobile
	Email  string        `json:"email"`
}

// Owner is a beneficial owner: a natural person who holds a quarter of a company or more, or controls it otherwise.
type Owner struct {
	Name   string        `json:"name"`
	Number string        `json:"number"` // resident identity number
	Share  int64         `json:"share"`  // parts per million
	Basis  OwnerBasis    `json:"basis"`
	Until  calendar.Date `json:"until"` // of the identity card
}

// OwnerBasis says why somebody is a beneficial owner.
type OwnerBasis string

// The bases.
const (
	ByShare   OwnerBasis = "share"   // 25 % of shares or votes, or more
	ByControl OwnerBasis = "control" // by other means
	ByOffice  OwnerBasis = "office"  // runs it, as nobody else does either
)

// AccountKind says whose account money goes to.
type AccountKind string

// The kinds of account.
const (
	Corporate AccountKind = "corporate"
	Personal  AccountKind = "personal"
)

// Account is where settlements are paid to.
type Account struct {
	Kind     AccountKind `json:"kind"`
	Holder   string      `json:"holder"`
	Number   string      `json:"number"`
	BankCode string      `json:"bank_code"` // 12 digits, CNAPS
	Bank     string      `json:"bank"`      // name of the branch
	Phone    string      `json:"phone"`     // that the bank knows, of a personal account
}

// Business is what is sold.
type Business struct {
	Name       string `json:"name"` // on slips
	NameEN     string `json:"name_en"`
	Category   string `json:"category"`
	MonthlyFen int64  `json:"monthly_fen"` // expected takings
	TicketFen  int64  `json:"ticket_fen"`  // expected average
	Remote     bool   `json:"remote"`      // sells to people who are not there
}

// Place is where the first store is.
type Place struct {
	Area    string `json:"area"` // GB/T 2260
	Address string `json:"address"`
	Phone   string `json:"phone"`
}

func (f Form) encode() []byte {
	raw, err := json.Marshal(f)
	if err != nil { // texts and numbers only
		panic(err)
	}
	return raw
}

// Over lays sections of a form over another.
func (f Form) Over(base Form, sections []Section) Form {
	for _, s := range sections {
		switch s {
		case SectionSubject:
			base.Subject = f.Subject
		case SectionPerson:
			base.Person = f.Person
		case SectionOwners:
			base.Owners = f.Owners
		case SectionAccount:
			base.Account = f.Account
		case SectionBusiness:
			base.Business = f.Business
		case SectionPlace:
			base.Place = f.Place
		}
	}
	if f.Kind != "" {
		base.Kind = f.Kind
	}
	return base
}

// Trimmed returns the form without control characters and white space around what was typed, letters of numbers as
// capitals, and empty what the application does not carry.
func (f Form) Trimmed(sections []Section) Form {
	f = f.Over(Form{}, sections)
	f.Owners = slices.Clone(f.Owners)
	if !slices.Contains(Kinds, f.Kind) {
		f.Kind = ""
	}
	texts := []*string{
		&f.Subject.Name, &f.Subject.Address, &f.Subject.Scope, &f.Person.Name, &f.Person.Phone, &f.Person.Email, &f.Account.Holder,
		&f.Account.Number, &f.Account.BankCode, &f.Account.Bank, &f.Account.Phone, &f.Business.Name, &f.Business.NameEN,
		&f.Business.Category, &f.Place.Area, &f.Place.Address, &f.Place.Phone,
	}
	numbers := []*string{&f.Subject.Code, &f.Person.Number}
	for i := range f.Owners {
		texts = append(texts, &f.Owners[i].Name)
		numbers = append(numbers, &f.Owners[i].Number)
	}
	for _, t := range texts {
		*t = typed(*t)
	}
	for _, n := range numbers {
		*n = strings.ToUpper(typed(*n))
	}
	return f
}

// typed returns a text without white space around it and without what no keyboard types.
func typed(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.TrimSpace(text)
}

// sameName tells whether two names are one: apart from white space, case, and brackets of either width.
func sameName(a, b string) bool { return plainName(a) == plainName(b) }

func plainName(name string) string {
	var out strings.Builder
	for _, r := range name {
		switch {
		case unicode.IsSpace(r):
			continue
		case r >= '！' && r <= '～': // full width forms of ASCII
			r -= '！' - '!'
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// HolderMatches tells whether the account is of the merchant itself: of the company, or for traders of the license
// or the person.
func (f Form) HolderMatches() bool {
	if f.Kind != Micro && sameName(f.Account.Holder, f.Subject.Name) {
		return true
	}
	return f.Kind != Enterprise && sameName(f.Account.Holder, f.Person.Name)
}

// Bounds of what may be typed, in characters and numbers.
const (
	nameMax    = 100
	addressMax = 200
	scopeMax   = 2000
	ownersMax  = 20
	million    = 1_000_000
	volumeMax  = 100_000_000_000_00 // fen
)

// checker collects findings.
type checker struct {
	found identity.Findings
	today calendar.Date
}

func (c *checker) add(found identity.Findings) { c.found = append(c.found, found...) }

func (c *checker) wrong(field, code, message string) {
	c.found = append(c.found, identity.Finding{Field: field, Code: code, Severity: identity.Error, Message: message})
}

func (c *checker) doubt(field, code, message string) {
	c.found = append(c.found, identity.Finding{Field: field, Code: code, Severity: identity.Warning, Message: message})
}

// text checks that something was typed and how long it is.
func (c *checker) text(field, value string, most int) bool {
	switch n := utf8.RuneCountInString(value); {
	case value == "":
		c.wrong(field, "missing", "fill this in")
	case n > most:
		c.wrong(field, "too_long", "at most "+strconv.Itoa(most)+" characters")
	default:
		return true
	}
	return false
}

// person checks a natural person's number, and the age of one who runs the business.
func (c *checker) person(field, number string, operator bool) {
	p, found := identity.Resident(field, number, c.today)
	c.add(found)
	if operator && !found.Failed() {
		c.add(identity.Operator(field, p, c.today))
	}
}

// soon is how near the end of a paper is worth a warning, in days.
const soon = 30

// until checks when a paper ends.
func (c *checker) until(field string, from, until calendar.Date) {
	switch {
	case until == 0:
		c.wrong(field, "missing", "fill in until when it holds")
	case until < c.today:
		c.wrong(field, "expired", "it has expired: hand in the new one")
	case from > c.today:
		c.wrong(field, "not_yet", "it does not hold yet")
	case until != Forever && until <= after(c.today, soon):
		c.doubt(field, "expires_soon", "it expires within 30 days")
	}
}

// Check returns what is wrong with the form on a day. Fields are named "section.field", owners "owners.0.name".
func (f Form) Check(today calendar.Date) identity.Findings {
	c := &checker{today: today}
	if !slices.Contains(Kinds, f.Kind) {
		c.wrong("kind", "kind_unknown", "choose enterprise, individual or micro")
		return c.found
	}
	f.checkSubject(c)
	c.text("person.name", f.Person.Name, nameMax)
	c.person("person.number", f.Person.Number, true)
	c.until("person.until", f.Person.From, f.Person.Until)
	c.add(identity.Mobile("person.phone", f.Person.Phone))
	if f.Person.Email != "" {
		c.add(identity.Email("person.email", f.Person.Email))
	}
	f.checkOwners(c)
	f.checkAccount(c)
	f.checkBusiness(c)
	return c.found
}

func (f Form) checkSubject(c *checker) {
	if f.Kind == Micro {
		if f.Subject != (License{}) {
			c.wrong("subject.name", "license_needless", "a micro merchant has no license: choose individual if there is one")
		}
		return
	}
	c.text("subject.name", f.Subject.Name, nameMax)
	found := identity.USCC("subject.code", f.Subject.Code)
	c.add(found)
	if !found.Failed() {
		// GB 32100: 91 is a company and 92 an individual business of the register; others register elsewhere.
		switch prefix := f.Subject.Code[:2]; {
		case f.Kind == Enterprise && prefix == "92":
			c.wrong("subject.code", "kind_differs", "the code is of an individual business")
		case f.Kind == Individual && prefix != "92":
			c.wrong("subject.code", "kind_differs", "the code of an individual business begins with 92")
		}
	}
	c.until("subject.until", f.Subject.From, f.Subject.Until)
	c.text("subject.address", f.Subject.Address, addressMax)
	if f.Subject.Scope != "" {
		c.text("subject.scope", f.Subject.Scope, scopeMax)
	}
}

func (f Form) checkOwners(c *checker) {
	if f.Kind != Enterprise {
		if len(f.Owners) > 0 {
			c.wrong("owners", "owners_needless", "only a company has beneficial owners: the trader owns the business")
		}
		return
	}
	if len(f.Owners) == 0 || len(f.Owners) > ownersMax {
		c.wrong("owners", "owners_missing", "name the beneficial owners, at least one and at most 20")
		return
	}
	var shares int64
	numbers := map[string]bool{}
	for i, o := range f.Owners {
		field := "owners." + strconv.Itoa(i)
		c.text(field+".name", o.Name, nameMax)
		c.person(field+".number", o.Number, false)
		c.until(field+".until", 0, o.Until)
		if numbers[o.Number] {
			c.wrong(field+".number", "owner_twice", "this person is named already")
		}
		numbers[o.Number] = true
		switch o.Basis {
		case ByShare:
			if o.Share < million/4 {
				c.wrong(field+".share", "share_small", "an owner by share holds 25 % or more")
			}
		case ByControl, ByOffice:
		default:
			c.wrong(field+".basis", "basis_unknown", "choose share, control or office")
		}
		if o.Share < 0 || o.Share > million {
			c.wrong(field+".share", "share_bounds", "a share lies between 0 and 100 %")
			continue
		}
		shares += o.Share
	}
	if shares > million {
		c.wrong("owners", "shares_sum", "the shares make more than 100 %")
	}
}

func (f Form) checkAccount(c *checker) {
	a := f.Account
	c.text("account.holder", a.Holder, nameMax)
	c.text("account.bank", a.Bank, nameMax)
	c.add(identity.BankCode("account.bank_code", a.BankCode))
	switch {
	case a.Kind == Corporate && f.Kind == Micro:
		c.wrong("account.kind", "account_kind", "a micro merchant is paid on the person's own account")
	case a.Kind == Corporate:
		c.add(identity.Account("account.number", a.Number))
	case a.Kind == Personal:
		c.add(identity.Card("account.number", a.Number))
		c.add(identity.Mobile("account.phone", a.Phone))
	default:
		c.wrong("account.kind", "account_kind", "choose corporate or personal")
	}
	if a.Holder != "" && !f.HolderMatches() {
		if f.Kind == Micro {
			c.wrong("account.holder", "holder_differs", "a micro merchant is paid on the person's own account")
		} else {
			c.doubt("account.holder", "holder_differs", "the account is another's: add their letter of authorization")
		}
	}
}

func (f Form) checkBusiness(c *checker) {
	b := f.Business
	c.text("business.name", b.Name, nameMax)
	if b.NameEN != "" {
		c.text("business.name_en", b.NameEN, nameMax)
	}
	c.add(identity.Category("business.category", b.Category))
	if b.MonthlyFen <= 0 || b.MonthlyFen > volumeMax {
		c.wrong("business.monthly_fen", "volume", "say what is expected in a month, more than zero")
	}
	if b.TicketFen <= 0 || b.TicketFen > b.MonthlyFen {
		c.wrong("business.ticket_fen", "ticket", "say what a sale takes on average, no more than the month")
	}
	if b.Remote && f.Kind == Micro {
		// Personal codes and micro merchants may not collect from people who are not there.
		c.wrong("business.remote", "remote_micro", "a micro merchant sells face to face only")
	}
	c.add(identity.Area("place.area", f.Place.Area))
	c.text("place.address", f.Place.Address, addressMax)
	if f.Place.Phone != "" {
		c.add(identity.Phone("place.phone", f.Place.Phone))
	}
}

// Masked returns the form as it may be shown to who may see the application but no numbers.
func (f Form) Masked() Form {
	f.Person.Number = identity.MaskResident(f.Person.Number)
	f.Person.Phone = identity.MaskPhone(f.Person.Phone)
	f.Account.Number = identity.MaskAccount(f.Account.Number)
	f.Account.Phone = identity.MaskPhone(f.Account.Phone)
	f.Owners = slices.Clone(f.Owners)
	for i := range f.Owners {
		f.Owners[i].Number = identity.MaskResident(f.Owners[i].Number)
	}
	return f
}
