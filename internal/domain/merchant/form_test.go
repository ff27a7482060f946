package merchant_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

func TestForm_Check(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   merchant.Kind
		change func(*merchant.Form)
		want   string // "severity field code" of what is found beside nothing
	}{
		{"nothing", merchant.Enterprise, func(*merchant.Form) {}, ""},
		{"nothing", merchant.Micro, func(*merchant.Form) {}, ""},
		{"an individual business", merchant.Individual, func(*merchant.Form) {}, "warning subject.code organization_check"},
		{"no kind", "", func(*merchant.Form) {}, "error kind kind_unknown"},
		{"a company with a trader's code", merchant.Enterprise, func(f *merchant.Form) { f.Subject.Code = form(merchant.Individual).Subject.Code },
			"warning subject.code organization_check, error subject.code kind_differs"},
		{"a trader with a company's code", merchant.Individual, func(f *merchant.Form) { f.Subject.Code = "914403001922038216" }, "error subject.code kind_differs"},
		{"an expired license", merchant.Enterprise, func(f *merchant.Form) { f.Subject.Until = today - 1 }, "error subject.until expired"},
		{"a license of tomorrow", merchant.Enterprise, func(f *merchant.Form) { f.Subject.From = today + 1 }, "error subject.until not_yet"},
		{"an identity card for 30 days", merchant.Micro, func(f *merchant.Form) { f.Person.Until = 20261222 }, "warning person.until expires_soon"},
		{"no end of the identity card", merchant.Micro, func(f *merchant.Form) { f.Person.Until = 0 }, "error person.until missing"},
		{"a mistyped number", merchant.Micro, func(f *merchant.Form) { f.Person.Number = "110105194912310021" }, "error person.number resident_check"},
		{"a boss of 15", merchant.Micro, func(f *merchant.Form) { f.Person.Number = checked("44030520110202301") }, "error person.number age_minor"},
		{"a micro merchant with a license", merchant.Micro, func(f *merchant.Form) { f.Subject.Name = "x" }, "error subject.name license_needless"},
		{"a micro merchant at a distance", merchant.Micro, func(f *merchant.Form) { f.Business.Remote = true }, "error business.remote remote_micro"},
		{"a micro merchant paid elsewhere", merchant.Micro, func(f *merchant.Form) { f.Account.Holder = "李四" }, "error account.holder holder_differs"},
		{"a company paid elsewhere", merchant.Enterprise, func(f *merchant.Form) { f.Account.Holder = "张三" }, "warning account.holder holder_differs"},
		{"a company's name in other brackets", merchant.Enterprise, func(f *merchant.Form) {
			f.Subject.Name, f.Account.Holder = "一分（深圳）有限公司", "一分(深圳) 有限公司"
		}, ""},
		{"no owners", merchant.Enterprise, func(f *merchant.Form) { f.Owners = nil }, "error owners owners_missing"},
		{"owners of a trader", merchant.Micro, func(f *merchant.Form) { f.Owners = form(merchant.Enterprise).Owners }, "error owners owners_needless"},
		{"an owner of a little", merchant.Enterprise, func(f *merchant.Form) { f.Owners[0].Share = 249_999 }, "error owners.0.share share_small"},
		{"an owner twice", merchant.Enterprise, func(f *merchant.Form) { f.Owners = append(f.Owners, f.Owners[0]) },
			"error owners.1.number owner_twice, error owners shares_sum"},
		{"a card for a company's account", merchant.Micro, func(f *merchant.Form) { f.Account.Number = "6216261000000000019" }, "warning account.number card_check"},
		{"a category that is none", merchant.Micro, func(f *merchant.Form) { f.Business.Category = "5410" }, "error business.category category_unknown"},
		{"no volume", merchant.Micro, func(f *merchant.Form) { f.Business.MonthlyFen, f.Business.TicketFen = 0, 0 },
			"error business.monthly_fen volume, error business.ticket_fen ticket"},
		{"a city instead of a district", merchant.Micro, func(f *merchant.Form) { f.Place.Area = "440300" }, "error place.area area_coarse"},
		{"a name without end", merchant.Micro, func(f *merchant.Form) { f.Business.Name = strings.Repeat("一", 101) }, "error business.name too_long"},
	} {
		f := form(c.kind)
		c.change(&f)
		var got []string
		for _, found := range f.Check(today) {
			got = append(got, fmt.Sprintf("%s %s %s", found.Severity, found.Field, found.Code))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s %s: %q, want %q", c.kind, c.name, got, c.want)
		}
	}
}

func TestForm_Required(t *testing.T) {
	for kind, want := range map[merchant.Kind]string{
		merchant.Enterprise: "[license identity_front identity_back account_proof shop_front counter]",
		merchant.Micro:      "[identity_front identity_back account_proof shop_front counter]",
	} {
		if got := fmt.Sprint(form(kind).Required(merchant.Sections)); got != want {
			t.Errorf("%s needs %s, want %s", kind, got, want)
		}
	}
	f := form(merchant.Enterprise)
	f.Account.Holder = "张三"
	if got := f.Required([]merchant.Section{merchant.SectionAccount}); !slices.Equal(got, []merchant.DocumentKind{merchant.AccountProof, merchant.Letter}) {
		t.Errorf("another's account needs %v", got)
	}
}

func TestPartyOf_isWhoTheLawKnows(t *testing.T) {
	person := form(merchant.Micro).Person
	for kind, want := range map[merchant.Kind]merchant.Party{
		merchant.Enterprise: {Name: "深圳市一分商贸有限公司", Number: "914403001922038216", Shop: "一分便利店"},
		merchant.Individual: {Name: "深圳市一分商贸有限公司", Number: form(merchant.Individual).Subject.Code, Shop: "一分便利店"},
		merchant.Micro:      {Name: "张三", Number: identity.MaskResident(person.Number), Shop: "一分便利店", Person: true},
	} {
		if got := merchant.PartyOf(form(kind)); got != want {
			t.Errorf("%s: %+v, want %+v", kind, got, want)
		}
	}
	terms := merchant.CurrentTerms("一分支付", merchant.PartyOf(form(merchant.Enterprise)), nil)
	if got := terms.Parties[1].ZH; got != "乙方（商户）：深圳市一分商贸有限公司，统一社会信用代码 914403001922038216（店铺名称：一分便利店）" {
		t.Errorf("party B is %s", got)
	}
}

func TestForm_Trimmed(t *testing.T) {
	f := form(merchant.Enterprise)
	f.Business.Name, f.Person.Number, f.Kind = " 一分\x00店\n", " 11010519491231002x", "bank"
	got := f.Trimmed([]merchant.Section{merchant.SectionBusiness, merchant.SectionPerson})
	if got.Business.Name != "一分 店" || got.Person.Number != "11010519491231002X" || got.Kind != "" || got.Account != (merchant.Account{}) || got.Owners != nil {
		t.Errorf("%+v", got)
	}
}

func TestAssess(t *testing.T) {
	signs := merchant.Signs{Today: today}
	for _, c := range []struct {
		name   string
		change func(*merchant.Form, *merchant.Signs)
		grade  merchant.Grade
		words  string
	}{
		{"a shop", func(*merchant.Form, *merchant.Signs) {}, merchant.Low, ""},
		{"from elsewhere", func(f *merchant.Form, _ *merchant.Signs) { f.Place.Area = "310101" }, merchant.Low, "person_from_elsewhere"},
		{"a jeweler", func(f *merchant.Form, _ *merchant.Signs) { f.Business.Category = "5944" }, merchant.Medium, "costly_category"},
		{"a pawnbroker", func(f *merchant.Form, _ *merchant.Signs) { f.Business.Category = "5933" }, merchant.High, "risky_category"},
		{"blocked", func(_ *merchant.Form, s *merchant.Signs) { s.Blocked = true }, merchant.High, "blocked_subject"},
		{"known", func(_ *merchant.Form, s *merchant.Signs) { s.Shared = 1 }, merchant.Low, "shared_subject"},
		{"known to many", func(_ *merchant.Form, s *merchant.Signs) { s.Shared = 4 }, merchant.Medium, "shared_subject shared_by_many"},
		{"a new company that sells a lot at a distance", func(f *merchant.Form, _ *merchant.Signs) {
			f.Business.Remote, f.Business.MonthlyFen, f.Subject.From = true, 6_000_000_00, 20261001
		}, merchant.High, "remote_sales large_volume new_license"},
	} {
		f, s := form(merchant.Enterprise), signs
		c.change(&f, &s)
		grade, reasons := merchant.Assess(f, s)
		var words []string
		for _, r := range reasons {
			words = append(words, r.Word)
		}
		if grade != c.grade || strings.Join(words, " ") != c.words {
			t.Errorf("%s: %s for %q, want %s for %q", c.name, grade, words, c.grade, c.words)
		}
	}
}

// line writes a form as a line of a file to import.
func line(f merchant.Form) string {
	day := func(d int32) string {
		switch d {
		case 0:
			return ""
		case int32(merchant.Forever):
			return "长期"
		}
		return fmt.Sprint(d)
	}
	return strings.Join([]string{
		string(f.Kind), f.Business.Name, f.Business.NameEN, f.Business.Category, f.Subject.Name, f.Subject.Code, day(int32(f.Subject.From)),
		day(int32(f.Subject.Until)), f.Subject.Address, f.Person.Name, f.Person.Number, day(int32(f.Person.From)), day(int32(f.Person.Until)),
		f.Person.Phone, f.Person.Email, string(f.Account.Kind), f.Account.Holder, f.Account.Number, f.Account.BankCode, f.Account.Bank,
		f.Account.Phone, f.Place.Area, f.Place.Address, f.Place.Phone, fmt.Sprint(f.Business.MonthlyFen / 100), fmt.Sprint(f.Business.TicketFen / 100),
	}, ",")
}

func TestPreview(t *testing.T) {
	head := strings.Join(merchant.ImportColumns, ",")
	bad := form(merchant.Micro)
	bad.Person.Number = "110105194912310021"
	file := "\ufeff" + head + "\r\n" + line(form(merchant.Enterprise)) + "\r\n" + line(bad) + "\r\n" + line(form(merchant.Micro)) + "\r\n"
	rows, err := merchant.Preview(strings.NewReader(file), today)
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if rows[0].Line != 2 || rows[0].Findings != nil || rows[0].Form.Business.MonthlyFen != 200_000_00 || rows[0].Form.Subject.Until != merchant.Forever || len(rows[0].Form.Owners) != 1 {
		t.Errorf("%+v", rows[0])
	}
	if !rows[1].Findings.Failed() || !rows[1].Findings.Has("resident_check") {
		t.Errorf("%+v", rows[1].Findings)
	}
	if rows[2].Findings.Failed() || !rows[2].Findings.Has("repeated") {
		t.Errorf("%+v", rows[2].Findings)
	}
	for _, text := range []string{"", "kind,name\nmicro,x\n", head + "\nmicro,x\n", "\xff\xfe", head + "\n\"" + line(bad)} {
		if _, err := merchant.Preview(strings.NewReader(text), today); !errors.Is(err, merchant.ErrImport) {
			t.Errorf("%q: %v", text, err)
		}
	}
	semicolons := strings.ReplaceAll(head+"\n"+line(form(merchant.Micro)), ",", ";")
	if rows, err := merchant.Preview(strings.NewReader(semicolons), today); err != nil || len(rows) != 1 || rows[0].Findings != nil {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestImport(t *testing.T) {
	d := newDesk(t)
	for i := range 3 {
		a, found, err := d.service.Import(t.Context(), d.ops, form(merchant.Micro), "agt_a")
		if i < merchant.MicroMax {
			if err != nil || found.Failed() || a.State != merchant.Submitted || a.Origin != merchant.Imported || a.Agent != "agt_a" {
				t.Errorf("%+v, %v, %v", a, found, err)
			}
			continue
		}
		d.want("one too many", err, merchant.ErrMicroLimit)
		left, _, err := d.service.Import(t.Context(), d.reviewer, form(merchant.Micro), "")
		d.want("an import by a reviewer", err, access.ErrForbidden)
		if left.ID != "" {
			t.Errorf("%+v", left)
		}
	}
	f := form(merchant.Enterprise)
	f.Place.Area = ""
	_, found, err := d.service.Import(t.Context(), d.ops, f, "")
	if d.want("a mistake", err, merchant.ErrIncomplete); !found.Failed() {
		t.Error(found)
	}
}

// Who was taken over, or brought, has signed nothing: an owner does before anything more is opened.
func TestBound(t *testing.T) {
	d := newDesk(t)
	a, _, err := d.service.Import(t.Context(), d.ops, form(merchant.Enterprise), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.service.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, err = d.service.Claim(t.Context(), d.reviewer, a.ID); err != nil {
		t.Fatal(err)
	}
	m, err := d.service.Approve(t.Context(), d.reviewer, a.ID, a.Version)
	if err != nil {
		t.Fatal(err)
	}
	who := owner(m.ID)
	d.want("before anybody signed", d.service.Bound(t.Context(), who), merchant.ErrUnsigned)
	d.sign(who, a, terms)
	if err := d.service.Bound(t.Context(), who); err != nil {
		t.Errorf("after the owner signed: %v", err)
	}
}

func FuzzPreview(f *testing.F) {
	head := strings.Join(merchant.ImportColumns, ",")
	f.Add(head + "\n" + line(form(merchant.Micro)))
	f.Add(head + "\n" + line(form(merchant.Enterprise)))
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := merchant.Preview(strings.NewReader(text), today)
		if err != nil && !errors.Is(err, merchant.ErrImport) {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Line < 2 {
				t.Errorf("%+v", r)
			}
		}
	})
}
