package identity

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed data/area.txt
var areaText string

// Place is one administrative area of GB/T 2260 with those above it. What is not known is empty.
type Place struct {
	Code     string // six digits, zeros behind a province or a city
	Name     string
	City     string // name of the city above, or of itself
	Province string // name of the province above, or of itself
}

// String returns the names from the province down.
func (p Place) String() string {
	parts := slices.Compact(slices.DeleteFunc([]string{p.Province, p.City, p.Name}, func(s string) bool { return s == "" }))
	return strings.Join(parts, "")
}

// areas maps the significant digits of a code to its name, and keeps the codes in order.
type areas struct {
	names map[string]string
	codes []string
}

var loadAreas = sync.OnceValue(func() areas {
	a := areas{names: map[string]string{}}
	for line := range strings.Lines(areaText) {
		if line[0] == '#' {
			continue
		}
		code, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || !digits(code) || len(code)%2 != 0 || len(code) > 6 {
			panic(fmt.Sprintf("identity: line %q of the areas", line))
		}
		a.names[code] = name
		a.codes = append(a.codes, code)
	}
	return a
})

// significant returns a code without the pairs of zeros behind.
func significant(code string) string {
	if strings.HasSuffix(code, "0000") {
		return code[:2]
	}
	return strings.TrimSuffix(code, "00")
}

// areaOf looks six digits up, whatever of them is known.
func areaOf(code string) Place {
	a := loadAreas()
	short := significant(code)
	p := Place{Code: code, Name: a.names[short], Province: a.names[code[:2]]}
	if len(short) > 2 {
		p.City = a.names[code[:4]]
	}
	return p
}

// LookupArea returns the area with a code of six digits.
func LookupArea(code string) (Place, bool) {
	if len(code) != 6 || !digits(code) {
		return Place{}, false
	}
	p := areaOf(code)
	return p, p.Name != ""
}

// Provinces lists the provinces and what is on one level with them.
func Provinces() []Place { return Within("") }

// Within lists the areas right below one, in the order of codes: cities of a province, counties of a city. What
// a province rules without a city between stands among its cities. "" lists the provinces.
func Within(code string) []Place {
	above := ""
	if code != "" {
		if _, ok := LookupArea(code); !ok {
			return nil
		}
		above = significant(code)
	}
	a := loadAreas()
	var found []Place
	at, _ := slices.BinarySearch(a.codes, above)
	for _, c := range a.codes[at:] {
		if !strings.HasPrefix(c, above) {
			break
		}
		_, city := a.names[c[:min(4, len(c))]]
		direct := len(c) == len(above)+2 || len(above) == 2 && len(c) == 6 && !city
		if direct {
			found = append(found, areaOf((c + "0000")[:6]))
		}
	}
	return found
}

// Area checks the code of the county, or of the city without counties, in which something lies.
func Area(field, code string) Findings {
	switch p, ok := LookupArea(code); {
	case len(code) != 6 || !digits(code):
		return wrong(field, "area_form", "an area code has 6 digits")
	case !ok && p.Province == "":
		return wrong(field, "area_unknown", "there is no such province")
	case !ok:
		return doubtful(field, "area_unknown", "there is no such area today: it may have been merged since")
	case len(Within(code)) > 0:
		return wrong(field, "area_coarse", "name the county or district, not only what it belongs to")
	}
	return nil
}
