package identity

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed data/category.txt
var categoryText string

// Line is one merchant category.
type Line struct {
	Code   string // four digits
	Group  string // word of the group
	Name   string // in English
	NameZH string // in Chinese, empty where acquirers in China do not use it
}

type categories struct {
	groups map[string]string
	lines  []Line // by code
}

var loadCategories = sync.OnceValue(func() categories {
	c := categories{groups: map[string]string{}}
	for text := range strings.Lines(categoryText) {
		if text[0] == '#' {
			continue
		}
		cells := strings.Split(strings.TrimRight(text, "\n"), "\t")
		switch {
		case len(cells) == 2:
			c.groups[cells[0]] = cells[1]
		case len(cells) == 3 || len(cells) == 4:
			c.lines = append(c.lines, Line{cells[0], cells[1], cells[2], strings.Join(cells[3:], "")})
		default:
			panic(fmt.Sprintf("identity: line %q of the categories", text))
		}
	}
	return c
})

// Categories lists every merchant category in the order of codes.
func Categories() []Line { return slices.Clone(loadCategories().lines) }

// CategoryGroup returns the name of a group of categories.
func CategoryGroup(group string) string { return loadCategories().groups[group] }

// LookupCategory returns the category with a code.
func LookupCategory(code string) (Line, bool) {
	lines := loadCategories().lines
	at, found := slices.BinarySearchFunc(lines, code, func(l Line, code string) int { return strings.Compare(l.Code, code) })
	if !found {
		return Line{}, false
	}
	return lines[at], true
}

// Category checks a merchant category code. One that acquirers in China do not use is a warning.
func Category(field, code string) Findings {
	switch l, ok := LookupCategory(code); {
	case len(code) != 4 || !digits(code):
		return wrong(field, "category_form", "a merchant category code has 4 digits")
	case !ok:
		return wrong(field, "category_unknown", "there is no such merchant category")
	case l.NameZH == "":
		return doubtful(field, "category_unusual", "acquirers in China do not use this merchant category")
	}
	return nil
}
