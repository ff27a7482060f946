package tidy

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// foreign is text of others that we do not word: built files, and lists that a tool wrote.
func foreign(name string) bool {
	return strings.HasPrefix(name, "web/dist/") || name == "go.sum" || name == "LICENSE"
}

// word is a text that has no place in the tree. The parts are joined here so that this file does not hold
// the whole.
type word struct {
	pattern *regexp.Regexp
	why     string
}

func words() []word {
	const machine = "it is true on one machine only: write a path from the module's root"
	const registry = "which registry a machine uses is its own affair " +
		"(npm: omit-lockfile-registry-resolved=true in .npmrc)"
	const tool = "the text is about the product, not about how it was written"
	list := []struct{ text, why string }{
		{`/wo` + `rk/`, machine},
		{`/ro` + `ot/`, machine},
		{`/ho` + `me/[a-z]+/`, machine},
		{`proxy\.go` + `lang\.org`, registry},
		{`npm` + `js`, registry},
		{`npm` + `mirror`, registry},
		{`deb\.deb` + `ian\.org`, registry},
		{`\bcla` + `ude`, tool},
		{`\banthr` + `opic`, tool},
		{`\bchat` + `gpt`, tool},
		{`\bcopi` + `lot\b`, tool},
		{`\biss` + `ue #`, "the reader has the text, not the tracker: say the reason itself"},
	}
	var all []word
	for _, item := range list {
		all = append(all, word{regexp.MustCompile(`(?i)` + item.text), item.why})
	}
	for _, mark := range []string{"TO" + "DO", "FIX" + "ME", "X" + "XX"} {
		all = append(all, word{regexp.MustCompile(`\b` + mark + `\b`), "do it, or leave it out"})
	}
	return all
}

func TestText_hasNoWordThatDoesNotBelong(t *testing.T) {
	all := words()
	err := walk(func(name string, text []byte) error {
		if foreign(name) {
			return nil
		}
		for _, w := range all {
			for _, place := range w.pattern.FindAllIndex(text, -1) {
				t.Errorf("%s: remove %q: %s", at(name, text, place[0]), text[place[0]:place[1]], w.why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// at tells where an offset of a text stands.
func at(name string, text []byte, offset int) string {
	return fmt.Sprintf("%s:%d", name, 1+strings.Count(string(text[:offset]), "\n"))
}

// grant allows one card number in one file.
type grant struct{ number, file string }

func readCards(file string) (map[grant]bool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	grants := map[grant]bool{}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) != 3 || strings.TrimSpace(cells[2]) == "" {
			return nil, fmt.Errorf("%s:%d: a row is number | file | source", file, number)
		}
		grants[grant{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1])}] = true
	}
	return grants, nil
}

// candidate finds what may be a card number, whole or in groups, standing alone or before the separator of
// a track 2: 13 to 19 digits (ISO/IEC 7812-1) that begin as the numbers of payment cards do. The groups of
// a match are what stands before, the number, and what stands after.
var candidate = regexp.MustCompile(
	`(^|[^0-9A-Za-z.])((?:2[2-7]|[3-6][0-9])[0-9]{11,17}|(?:2[2-7]|[3-6][0-9])[0-9]{2}(?:[ -][0-9]{4}){2,3}(?:[ -][0-9]{1,4})?)([D=]|[^0-9A-Za-z]|$)`)

// findCards visits the numbers in text that pass the check digit.
func findCards(text []byte, visit func(offset int, number string)) {
	for start := 0; start < len(text); {
		found := candidate.FindSubmatchIndex(text[start:])
		if found == nil {
			return
		}
		number := strings.NewReplacer(" ", "", "-", "").Replace(string(text[start+found[4] : start+found[5]]))
		// A number with nothing behind the issuer's six digits is nobody's: bitmaps and codes look like that.
		held := len(number) >= 13 && len(number) <= 19 && strings.Trim(number[6:], "0") != ""
		if held && luhn(number) {
			visit(start+found[4], number)
		}
		start += found[5] // the character behind a number may be the one before the next
	}
}

// luhn reports whether the last digit is the check digit of those before it (ISO/IEC 7812-1 annex B).
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}

func TestText_hasNoCardNumber(t *testing.T) {
	grants, err := readCards("cards.txt")
	if err != nil {
		t.Fatal(err)
	}
	used := map[grant]bool{}
	err = walk(func(name string, text []byte) error {
		if foreign(name) || name == "internal/tidy/cards.txt" {
			return nil
		}
		findCards(text, func(offset int, number string) {
			for _, g := range []grant{{number, "*"}, {number, name}} {
				if grants[g] {
					used[g] = true
					return
				}
			}
			t.Errorf("%s: a number that could be a card's, ending in %s: use a card of the demo; "+
				"a published vector goes into internal/tidy/cards.txt with its source",
				at(name, text, offset), number[len(number)-4:])
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for g := range grants {
		if g.file != "*" && !used[g] {
			t.Errorf("internal/tidy/cards.txt allows a number ending in %s in %s, where it does not stand: remove the row",
				g.number[len(g.number)-4:], g.file)
		}
	}
}

func TestFindCards(t *testing.T) {
	// Written in parts, so that this file holds no number that the test above would find.
	whole := "622638" + "8000000095"
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"alone", whole, true},
		{"in quotes", `"` + whole + `"`, true},
		{"before the separator of track 2", whole + "D3312", true},
		{"in groups", "6226 " + "3880 0000 " + "0095", true},
		{"behind another number", "4000000000000000," + whole, true},
		{"wrong check digit", "622638" + "8000000096", false},
		{"part of a longer number", "00" + whole, false},
		{"part of a word", "id" + whole, false},
		{"a bitmap", "260000" + "0000000000", false},
		{"a time in microseconds", "1798732800000000", false},
	} {
		found := false
		findCards([]byte(test.text), func(int, string) { found = true })
		if found != test.want {
			t.Errorf("%s: found = %v, want %v", test.name, found, test.want)
		}
	}
}
