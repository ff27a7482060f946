package tidy

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
	"testing"
)

// emptyNames tell a reader nothing about what a package is for.
var emptyNames = map[string]bool{
	"util": true, "utils": true, "common": true, "base": true, "misc": true, "models": true, "model": true,
	"helper": true, "helpers": true, "types": true, "dto": true, "manager": true, "impl": true, "shared": true,
}

// aliases are the imports that may be renamed: a package whose path hides its name, or one that shares its
// name with a package of ours or of the standard library and is met beside it.
var aliases = map[string]string{
	"mochi":        "github.com/mochi-mqtt/server/v2",
	"paho":         "github.com/eclipse/paho.mqtt.golang",
	"moov":         "github.com/moov-io/iso8583",
	"tea":          "charm.land/bubbletea/v2",
	"sqlite3":      "modernc.org/sqlite/lib",
	"mathrand":     "math/rand/v2",
	"pgxstdlib":    "github.com/jackc/pgx/v5/stdlib",
	"simcardnet":   module + "/internal/sim/cardnet",
	"gowechat":     "github.com/go-pay/gopay/wechat/v3",
	"goalipay":     "github.com/go-pay/gopay/alipay",
	"goalipayv3":   "github.com/go-pay/gopay/alipay/v3",
	"smart":        "github.com/smartwalle/alipay/v3",
	"simwechat":    module + "/internal/sim/wechat",
	"simalipay":    module + "/internal/sim/alipay",
	"simunionpay":  module + "/internal/sim/unionpay",
	"simbank":      module + "/internal/sim/bank",
	"simbureau":    module + "/internal/sim/bureau",
	"simregistry":  module + "/internal/sim/registry",
	"railcardnet":  module + "/internal/rail/cardnet",
	"railwechat":   module + "/internal/rail/wechat",
	"railalipay":   module + "/internal/rail/alipay",
	"railunionpay": module + "/internal/rail/unionpay",
	"railbank":     module + "/internal/rail/bank",
}

func TestPackages_areNamedByANoun(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range house(t) {
		name := strings.TrimSuffix(f.tree.Name.Name, "_test")
		if seen[f.folder+name] {
			continue
		}
		seen[f.folder+name] = true
		if emptyNames[name] || emptyNames[path.Base(f.folder)] {
			t.Errorf("%s: package %s says nothing of what it holds: name it by the noun it is about", f.path, name)
		}
		if strings.ContainsAny(name, "_ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Errorf("%s: package %s: write a package's name as one lower-case word", f.path, name)
		}
		if base := path.Base(f.folder); name != "main" && name != base {
			t.Errorf("%s: package %s lies in the folder %s: give both one name", f.path, name, base)
		}
	}
}

func TestFiles_areLowerSnake(t *testing.T) {
	lowerSnake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*\.go$`)
	for _, f := range house(t) {
		if !lowerSnake.MatchString(path.Base(f.path)) {
			t.Errorf("%s: write file names in lower_snake, after the noun or verb", f.path)
		}
	}
}

func TestPackages_sayWhatTheyAre(t *testing.T) {
	said := map[string]bool{}
	for _, f := range house(t) {
		name := f.tree.Name.Name
		if f.test {
			continue
		}
		if _, known := said[f.folder]; !known {
			said[f.folder] = false
		}
		if f.tree.Doc == nil {
			continue
		}
		if said[f.folder] {
			t.Errorf("%s: the package has a second package comment: keep one, in doc.go", f.path)
		}
		said[f.folder] = true
		opening := "Package " + name + " "
		if name == "main" {
			opening = strings.ToUpper(path.Base(f.folder)[:1]) + path.Base(f.folder)[1:] + " "
		}
		if text := f.tree.Doc.Text(); !strings.HasPrefix(text, opening) && !strings.HasPrefix(text, "Command ") {
			t.Errorf("%s: open the package comment with %q and what it is", f.path, opening)
		}
	}
	for folder, ok := range said {
		if !ok {
			t.Errorf("%s: the package has no comment: add a doc.go that says what it is and what it holds to", folder)
		}
	}
}

func TestImports_keepTheirNames(t *testing.T) {
	for _, f := range house(t) {
		for _, spec := range f.tree.Imports {
			if spec.Name == nil || spec.Name.Name == "_" {
				continue
			}
			imported := strings.Trim(spec.Path.Value, `"`)
			if aliases[spec.Name.Name] != imported {
				t.Errorf("%s: %s is imported as %s: a package that needs another name has the wrong one; "+
					"rename it, or add the alias to internal/tidy/naming_test.go", f.at(spec), imported, spec.Name.Name)
			}
		}
	}
}

// TestFiles_haveNoBanner keeps the first words of a file for what it is about; the terms stand in LICENSE.
func TestFiles_haveNoBanner(t *testing.T) {
	banner := regexp.MustCompile(`(?i)SPDX-` + `License|copyright \(?c?\)?|licensed under`)
	for _, f := range house(t) {
		if f.generated() {
			continue
		}
		for _, group := range f.tree.Comments {
			if group.Pos() < f.tree.Package && banner.MatchString(commentText(group)) {
				t.Errorf("%s: remove the license banner: the terms stand in LICENSE", f.at(group))
			}
		}
	}
}

// commentText returns a comment with its marks, since Text leaves out directives.
func commentText(group *ast.CommentGroup) string {
	var text strings.Builder
	for _, comment := range group.List {
		text.WriteString(comment.Text)
		text.WriteByte('\n')
	}
	return text.String()
}
