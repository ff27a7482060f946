package tidy

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the path that our imports begin with.
const module = "github.com/yifen-pay/yifen"

// root is the module's folder as the tests see it.
var root = filepath.Join("..", "..")

// goFile is one Go file of the module.
type goFile struct {
	path   string // from the module's root, with slashes
	folder string // as plan.txt writes it: from internal/ down, or cmd/…, web/…
	test   bool   // name ends in _test.go
	tree   *ast.File
	set    *token.FileSet
	lines  int
}

// at tells a reader where a node stands.
func (f *goFile) at(node ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.set.Position(node.Pos()).Line)
}

// generated tells files that a program wrote.
func (f *goFile) generated() bool { return ast.IsGenerated(f.tree) }

// calls reports the selectors pkg.Name in the file, where pkg is the package imported from importPath.
func (f *goFile) calls(importPath string, visit func(at, name string)) {
	local := ""
	for _, spec := range f.tree.Imports {
		if strings.Trim(spec.Path.Value, `"`) == importPath {
			local = path.Base(importPath)
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(f.tree, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if name, ok := selector.X.(*ast.Ident); ok && name.Name == local {
				visit(f.at(selector), selector.Sel.Name)
			}
		}
		return true
	})
}

var goFiles = sync.OnceValues(func() ([]*goFile, error) {
	var files []*goFile
	err := walk(func(name string, text []byte) error {
		if path.Ext(name) != ".go" || strings.Contains(name, "/testdata/") {
			return nil
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, &goFile{
			path:   name,
			folder: strings.TrimPrefix(path.Dir(name), "internal/"),
			test:   strings.HasSuffix(name, "_test.go"),
			tree:   tree,
			set:    set,
			lines:  bytes.Count(text, []byte("\n")),
		})
		return nil
	})
	return files, err
})

// house returns the Go files of the module.
func house(t *testing.T) []*goFile {
	t.Helper()
	files, err := goFiles()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// walk visits the text files of the tree that git does not ignore, by their path from the root.
func walk(visit func(name string, text []byte) error) error {
	ignored, err := ignoredBy(filepath.Join(root, ".gitignore"))
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // something was removed while we looked
			}
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			if name == ".git" || ignored(name) {
				return fs.SkipDir
			}
			return nil
		}
		if ignored(name) || !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			return nil // binary, by git's own measure
		}
		return visit(name, text)
	})
}

// ignoredBy reads the forms of ignore pattern that our .gitignore uses: "/name" at the root, "name" or
// "*.ext" anywhere, each with a slash behind it or not.
func ignoredBy(file string) (func(name string) bool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var patterns []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(strings.TrimSpace(line), "/"); line != "" && line[0] != '#' {
			patterns = append(patterns, line)
		}
	}
	return func(name string) bool {
		for _, pattern := range patterns {
			against := path.Base(name)
			if anchored, ok := strings.CutPrefix(pattern, "/"); ok {
				pattern, against = anchored, name
			}
			if ok, err := path.Match(pattern, against); ok && err == nil {
				return true
			}
		}
		return false
	}, nil
}
