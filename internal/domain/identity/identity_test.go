package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/identity"
)

const today calendar.Date = 20261122

func resident(field, number string) identity.Findings {
	_, found := identity.Resident(field, number, today)
	return found
}

// Codes of companies are public; the identity number is the example of GB 11643-1999, bank codes those of head offices.
var cases = []struct {
	check func(field, value string) identity.Findings
	value string
	want  string // "severity code want", a line per finding
}{
	{identity.USCC, "9144030071526726XG", ""},
	{identity.USCC, "914403001922038216", ""},
	{identity.USCC, "91330100799655058B", ""},
	{identity.USCC, "914403001922038217", "error uscc_check 6"},
	{identity.USCC, "9144030071526726X6", "error uscc_check G"},
	{identity.USCC, "91440300192203821", "error uscc_length "},
	{identity.USCC, "", "error uscc_length "},
	{identity.USCC, "91440300192203821I", "error uscc_character "},
	{identity.USCC, "9144030O1922038216", "error uscc_character "},
	{identity.Organization, "71526726X", ""},
	{identity.Organization, "715267261", "warning organization_check X"},
	{identity.Organization, "7152", "error organization_length "},
	{identity.Organization, "7152-7261", "error organization_character "},

	{resident, "11010519491231002X", ""},
	{resident, "110105194912310021", "error resident_check X"},
	{resident, "11010519491231002x", "error resident_character "},
	{resident, "1101051949123100", "error resident_length "},
	{resident, "11010519491331002" + check("11010519491331002"), "error resident_birth "},
	{resident, "11010520270101002" + check("11010520270101002"), "error resident_birth "},
	{resident, "11010518490101002" + check("11010518490101002"), "error resident_birth "},
	{resident, "99010519491231002" + check("99010519491231002"), "error resident_area "},
	{resident, "11010319491231002" + check("11010319491231002"), "warning resident_area_retired "},

	{identity.Card, "6216261000000000018", ""},
	{identity.Card, "6216261000000000019", "warning card_check "},
	{identity.Card, "6216261", "error card_length "},
	{identity.Card, "6216 2610 0000 0000", "error card_character "},
	{identity.Account, "44201-5000-5205-1234", ""},
	{identity.Account, "1234567", "error account_length "},
	{identity.Account, "1234567a", "error account_character "},

	{identity.BankCode, "102100099996", ""},
	{identity.BankCode, "103100000026", ""},
	{identity.BankCode, "104100000004", ""},
	{identity.BankCode, "105100000017", ""},
	{identity.BankCode, "301290000007", ""},
	{identity.BankCode, "308584000013", ""},
	{identity.BankCode, "403100000004", ""},
	{identity.BankCode, "308584000014", "error bank_code_check 3"},
	{identity.BankCode, "30858400001", "error bank_code_length "},
	{identity.BankCode, "30858400001X", "error bank_code_character "},

	{identity.Phone, "13800138000", ""},
	{identity.Phone, "0755-86013388", ""},
	{identity.Phone, "010-12345678", ""},
	{identity.Phone, "400-670-0700", ""},
	{identity.Phone, "12800138000", "error phone_form "},
	{identity.Phone, "1", "error phone_form "},
	{identity.Phone, "0", "error phone_form "},
	{identity.Phone, "", "error phone_character "},
	{identity.Phone, "-", "error phone_character "},
	{identity.Phone, "+8613800138000", "error phone_character "},
	{identity.Mobile, "13800138000", ""},
	{identity.Mobile, "0755-86013388", "error mobile_form "},
	{identity.Email, "owner@demo.yifen", ""},
	{identity.Email, "a.b+c@mail.example.com", ""},
	{identity.Email, "owner", "error email_form "},
	{identity.Email, "owner@demo", "error email_form "},
	{identity.Email, "owner@-demo.cn", "error email_form "},
	{identity.Email, "owner@demo..cn", "error email_form "},
	{identity.Email, "a@b@demo.cn", "error email_form "},

	{identity.Category, "5411", ""},
	{identity.Category, "541", "error category_form "},
	{identity.Category, "5410", "error category_unknown "},
	{identity.Category, "3000", "warning category_unusual "},
	{identity.Area, "440305", ""},
	{identity.Area, "429004", ""}, // ruled by its province
	{identity.Area, "441900", ""}, // a city without counties
	{identity.Area, "440300", "error area_coarse "},
	{identity.Area, "440000", "error area_coarse "},
	{identity.Area, "440399", "warning area_unknown "},
	{identity.Area, "990101", "error area_unknown "},
	{identity.Area, "4403", "error area_form "},
}

// check is ISO 7064 MOD 11-2 by its recursive definition, apart from the code under test.
func check(number string) string {
	p := 0
	for _, r := range number {
		p = (p + int(r-'0')) * 2 % 11
	}
	return string("0123456789X"[(12-p)%11])
}

func TestChecks(t *testing.T) {
	for _, c := range cases {
		var lines []string
		for _, f := range c.check("where", c.value) {
			lines = append(lines, fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Want))
			if f.Field != "where" || f.Message == "" || len(c.value) > 4 && strings.Contains(f.Message, c.value) {
				t.Errorf("%q: finding %+v", c.value, f)
			}
		}
		if got := strings.Join(lines, "\n"); got != c.want {
			t.Errorf("%q: found %q, want %q", c.value, got, c.want)
		}
	}
}

func TestResident_says(t *testing.T) {
	p, found := identity.Resident("n", "11010519491231002X", today)
	if found != nil || p != (identity.Person{Area: "110105", Born: 19491231, Female: true}) {
		t.Errorf("%+v, %v", p, found)
	}
	for on, want := range map[calendar.Date]int{19491231: 0, 19501230: 0, 19501231: 1, 20261122: 76} {
		if got := p.Age(on); got != want {
			t.Errorf("on %s the age is %d, want %d", on, got, want)
		}
	}
	for born, want := range map[calendar.Date]string{20101123: "age_minor", 20101122: "age_young", 20081123: "age_young", 20081122: ""} {
		found := identity.Operator("n", identity.Person{Born: born}, today)
		if want == "" && found != nil || want != "" && !found.Has(want) {
			t.Errorf("born on %s: %v, want %q", born, found, want)
		}
	}
}

func TestMasks(t *testing.T) {
	for got, want := range map[string]string{
		identity.MaskResident("11010519491231002X"): "1****************X",
		identity.MaskResident("1"):                  "*",
		identity.MaskAccount("44201500052051234"):   "*************1234",
		identity.MaskAccount("1234"):                "****",
		identity.MaskPhone("13800138000"):           "*******8000",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestArea_tree(t *testing.T) {
	if n := len(identity.Provinces()); n != 34 {
		t.Errorf("%d provinces, want 34", n)
	}
	all := 0
	for _, p := range identity.Provinces() {
		for _, c := range identity.Within(p.Code) {
			counties := identity.Within(c.Code)
			if all += len(counties); len(counties) == 0 {
				all++
			}
			for _, county := range counties {
				if county.Province != p.Name || len(identity.Within(county.Code)) != 0 {
					t.Errorf("%+v below %s", county, p.Name)
				}
			}
		}
	}
	if all < 2800 || all > 3000 {
		t.Errorf("%d areas at the bottom of the tree", all)
	}
	for code, want := range map[string]string{"440305": "广东省深圳市南山区", "110101": "北京市东城区", "429004": "湖北省仙桃市", "441900": "广东省东莞市", "440000": "广东省"} {
		if p, ok := identity.LookupArea(code); !ok || p.String() != want {
			t.Errorf("%s is %q, want %q", code, p, want)
		}
	}
	if identity.Within("999999") != nil || identity.Within("44") != nil {
		t.Error("something lies in a place that is not there")
	}
}

func TestCategories(t *testing.T) {
	lines := identity.Categories()
	chinese := 0
	for i, l := range lines {
		if i > 0 && lines[i-1].Code >= l.Code || len(l.Code) != 4 || l.Name == "" || identity.CategoryGroup(l.Group) == "" {
			t.Errorf("line %+v", l)
		}
		if l.NameZH != "" {
			chinese++
		}
	}
	if len(lines) < 1000 || chinese < 200 {
		t.Errorf("%d categories, %d with a Chinese name", len(lines), chinese)
	}
	if l, ok := identity.LookupCategory("5812"); !ok || l.NameZH != "餐馆" {
		t.Errorf("%+v", l)
	}
}

func TestFindings(t *testing.T) {
	f := identity.Findings{{Field: "a", Code: "x", Severity: identity.Warning, Message: "one"}}
	if f.Failed() || !f.Has("x") || f.Has("y") {
		t.Errorf("%v", f)
	}
	f = append(f, identity.Finding{Field: "b", Code: "y", Severity: identity.Error, Message: "two"})
	if !f.Failed() || f.String() != "a: one; b: two" {
		t.Errorf("%v", f)
	}
}

// Every valid number is taken, and with one character changed it is not.
func TestChecks_findEveryMistypedCharacter(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for name, kind := range map[string]struct {
		check func(field, value string) identity.Findings
		draw  func(*rapid.T) string // all but the check character
		signs string
	}{
		"resident": {resident, func(t *rapid.T) string {
			return fmt.Sprintf("440305%d%02d%02d%03d", rapid.IntRange(1930, 2009).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"),
				rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(0, 999).Draw(t, "order"))
		}, "0123456789X"},
		"uscc": {identity.USCC, func(t *rapid.T) string {
			return "91440300" + rapid.StringMatching("["+alphabet+"]{9}").Draw(t, "organization")
		}, alphabet},
		"bank": {identity.BankCode, func(t *rapid.T) string { return rapid.StringMatching("[0-9]{11}").Draw(t, "branch") }, "0123456789"},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				head := kind.draw(t)
				var number string
				for _, c := range kind.signs {
					if !kind.check("n", head+string(c)).Failed() {
						if number != "" {
							t.Fatalf("two check characters fit %q", head)
						}
						number = head + string(c)
					}
				}
				if number == "" {
					t.Fatalf("no check character fits %q", head)
				}
				at := rapid.IntRange(0, len(number)-1).Draw(t, "at")
				other := rapid.SampledFrom([]byte(kind.signs)).Draw(t, "other")
				if other == number[at] {
					return
				}
				if typo := number[:at] + string(other) + number[at+1:]; !kind.check("n", typo).Failed() {
					t.Fatalf("%q is taken for %q", typo, number)
				}
			})
		})
	}
}

func FuzzChecks(f *testing.F) {
	for _, c := range cases {
		f.Add(c.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, check := range []func(field, value string) identity.Findings{
			identity.USCC, identity.Organization, resident, identity.Card, identity.Account, identity.BankCode,
			identity.Phone, identity.Mobile, identity.Email, identity.Category, identity.Area,
		} {
			for _, found := range check("f", value) {
				if found.Code == "" || found.Message == "" || len(value) > 8 && strings.Contains(found.Message, value) {
					t.Errorf("%q: %+v", value, found)
				}
			}
		}
		identity.Within(value)
		for mask, most := range map[string]int{identity.MaskResident(value): 2, identity.MaskAccount(value): 4} {
			if shown := len(mask) - strings.Count(mask, "*"); len(mask) != len(value) || shown > most {
				t.Errorf("%q: %d characters are shown, %d may be", value, shown, most)
			}
		}
	})
}
