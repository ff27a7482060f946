package tidy

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// plan is plan.txt.
type plan struct {
	std    map[string][]string // patterns of the standard library by the name of the set
	floors map[string]int      // number of the floor by the name of the domain package
	rows   map[string]*row     // by pattern of folders
	test   row                 // what tests import in addition
}

// row is what one folder may import.
type row struct {
	std     string   // a set of the standard library, "any" or "sql"
	ours    []string // patterns
	below   bool     // the lower floors of the domain too
	outside []string // module paths
}

func readPlan(file string) (*plan, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	p := &plan{std: map[string][]string{}, floors: map[string]int{}, rows: map[string]*row{}}
	floor, number := 0, 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "|")
		words := make([][]string, len(cells))
		for i, cell := range cells {
			words[i] = strings.Fields(cell)
		}
		first := words[0]
		switch {
		case len(first) == 2 && first[0] == "std" && len(cells) == 2:
			p.std[first[1]] = append(p.std[first[1]], words[1]...)
		case len(first) > 1 && first[0] == "floor" && len(cells) == 1:
			for _, name := range first[1:] {
				p.floors[name] = floor
			}
			floor++
		case len(first) == 1 && first[0] == "test" && len(cells) == 3:
			p.test.add(words[1], words[2])
		case len(first) == 1 && len(cells) == 4 && len(words[1]) == 1:
			r := p.rows[first[0]]
			if r == nil {
				r = &row{std: words[1][0]}
				p.rows[first[0]] = r
			}
			if r.std != words[1][0] {
				return nil, fmt.Errorf("%s:%d: the rows of %s name two standard libraries", file, number, first[0])
			}
			r.add(words[2], words[3])
		default:
			return nil, fmt.Errorf("%s:%d: cannot read this line, see the head of the file for its form", file, number)
		}
	}
	for folder, r := range p.rows {
		if _, known := p.std[r.std]; !known && r.std != "any" && r.std != "sql" {
			return nil, fmt.Errorf("%s: the row of %s names the standard library %q, which has no row", file, folder, r.std)
		}
	}
	return p, nil
}

func (r *row) add(ours, outside []string) {
	for _, pattern := range ours {
		if pattern == "below" {
			r.below = true
			continue
		}
		// a/{b,c} is a/b and a/c.
		head, list, braces := strings.Cut(pattern, "{")
		if !braces {
			r.ours = append(r.ours, pattern)
			continue
		}
		for name := range strings.SplitSeq(strings.TrimSuffix(list, "}"), ",") {
			r.ours = append(r.ours, head+name)
		}
	}
	r.outside = append(r.outside, outside...)
}

// matches reports whether name fits a pattern: the same, or "x/..." for x and all below it.
func matches(pattern, name string) bool {
	if base, tree := strings.CutSuffix(pattern, "/..."); tree {
		return name == base || strings.HasPrefix(name, base+"/")
	}
	return pattern == name
}

func anyMatches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, name) })
}

// rule returns the most exact row that fits the folder, nil when none does.
func (p *plan) rule(folder string) *row {
	if r := p.rows[folder]; r != nil {
		return r
	}
	for base := folder; base != "."; base = path.Dir(base) {
		if r := p.rows[base+"/..."]; r != nil {
			return r
		}
	}
	return nil
}

// refuse says why a file of the folder may not import the package, "" when it may.
func (p *plan) refuse(folder, imported string, test bool) string {
	r := p.rule(folder)
	if r == nil {
		return "the folder has no row: give it one, or put the file where the plan has a place for it"
	}
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		ours = strings.TrimPrefix(ours, "internal/")
		if ours == folder && test || strings.HasPrefix(ours, folder+"/") || anyMatches(r.ours, ours) ||
			r.below && p.below(folder, ours) || test && anyMatches(p.test.ours, ours) {
			return ""
		}
		return "its row does not name this package: declare an interface where it is called and plug it in app, " +
			"or move what both need to a lower floor"
	}
	if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
		modules := r.outside
		if test {
			modules = slices.Concat(modules, p.test.outside)
		}
		for _, m := range modules {
			if imported == m || strings.HasPrefix(imported, m+"/") {
				return ""
			}
		}
		return "its row does not name this module"
	}
	set := r.std
	if test && set != "sql" {
		set = "any"
	}
	switch {
	case set == "sql",
		set == "any" && !matches("database/sql/...", imported),
		anyMatches(p.std[set], imported):
		return ""
	case matches("database/sql/...", imported):
		return "only store speaks SQL"
	}
	return fmt.Sprintf("it is not in the %s standard library of its row: hand in time, chance and what is read", set)
}

// below reports whether imported is a domain package on a lower floor than the folder's. A package
// without a floor has nothing below it and is below nothing.
func (p *plan) below(folder, imported string) bool {
	mine, placed := p.floors[domainName(folder)]
	theirs, found := p.floors[domainName(imported)]
	return placed && found && theirs < mine
}

// domainName returns the name in "domain/name/…", "" for other folders.
func domainName(folder string) string {
	name, _ := strings.CutPrefix(folder, "domain/")
	if name == folder {
		return ""
	}
	name, _, _ = strings.Cut(name, "/")
	return name
}

func TestImports_followThePlan(t *testing.T) {
	p, err := readPlan("plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range house(t) {
		for _, spec := range f.tree.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if why := p.refuse(f.folder, imported, f.test); why != "" {
				t.Errorf("%s: %s may not import %s (internal/tidy/plan.txt): %s", f.at(spec), f.folder, imported, why)
			}
		}
	}
}

func TestDomain_everyPackageHasAFloor(t *testing.T) {
	p, err := readPlan("plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, f := range house(t) {
		if name := domainName(f.folder); name != "" {
			if _, placed := p.floors[name]; !placed {
				missing[name] = true
			}
		}
	}
	for name := range missing {
		t.Errorf("domain/%s stands on no floor: add it to a floor line of internal/tidy/plan.txt", name)
	}
}

// TestPlan_saysWhatTheDesignSays holds the plan itself to the promises that matter most.
func TestPlan_saysWhatTheDesignSays(t *testing.T) {
	p, err := readPlan("plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	const ours = module + "/internal/"
	for _, test := range []struct {
		folder, imported string
		inTest, allowed  bool
	}{
		{"domain/payment", ours + "domain/ledger", false, true},
		{"domain/payment", ours + "domain/settlement", false, false},
		{"domain/order", ours + "domain/settlement", false, false},
		{"domain/step", ours + "domain/id", false, true},
		{"domain/fault", ours + "domain/id", false, false},
		{"domain/payment", ours + "store", false, false},
		{"domain/payment", ours + "store", true, true},
		{"domain/payment", ours + "store/pgtest", true, true},
		{"domain/payment", "os", false, false},
		{"domain/payment", "os", true, true},
		{"domain/payment", "math/rand/v2", false, false},
		{"domain/payment", "crypto/rand", false, false},
		{"domain/payment", "net/http", false, false},
		{"domain/payment", "log", false, false},
		{"domain/risk", "github.com/google/cel-go/cel", false, true},
		{"domain/fee", "github.com/google/cel-go/cel", false, false},
		{"wire/emv", ours + "wire/iso8583", false, false},
		{"wire/emv", ours + "domain/money", false, false},
		{"wire/emv", "net", false, false},
		{"wire/iso8583", "github.com/moov-io/iso8583", true, true},
		{"wire/iso8583", "github.com/moov-io/iso8583", false, false},
		{"store", "database/sql", false, true},
		{"store/storetest", "github.com/jackc/pgx/v5/pgxpool", false, true},
		{"app", "database/sql", false, false},
		{"world", "github.com/jackc/pgx/v5", true, false},
		{"rail/wechat", ours + "rail/alipay", false, false},
		{"rail/wechat", ours + "store", false, false},
		{"serve/api", ours + "hsm", false, false},
		{"serve/api", ours + "rail/bank", false, false},
		{"serve/api/page", ours + "render", false, true},
		{"sim/wechat", ours + "domain/money", false, false},
		{"sim/wechat", ours + "sim/kit", false, true},
		{"sim/wechat", ours + "sim/alipay", false, false},
		{"sim/kit", ours + "wire/emv", false, false},
		{"app", ours + "sim/pos", false, false},
		{"app", ours + "store/pgtest", false, false},
		{"app", module + "/web", false, true},
		{"world", ours + "sim/bank", false, true},
		{"world", ours + "store/pgtest", false, true},
		{"world", ours + "serve/api", false, false},
		{"cmd/yifen", ours + "sim/pos", false, true},
		{"cmd/yifen", ours + "sim/bank", false, false},
		{"cmd/yifen", ours + "store", false, false},
		{"web", ours + "domain/money", false, false},
		{"helper", "fmt", false, false},
	} {
		if why := p.refuse(test.folder, test.imported, test.inTest); (why == "") != test.allowed {
			t.Errorf("%s importing %s (in a test: %v): allowed = %v (%s), want %v",
				test.folder, test.imported, test.inTest, why == "", why, test.allowed)
		}
	}
}
