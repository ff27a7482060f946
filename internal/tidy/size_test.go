package tidy

import (
	"go/ast"
	"testing"
)

const (
	fileLinesMax     = 900 // a file that is longer holds more than one noun
	functionLinesMax = 120 // a function that is longer cannot be read at once
)

// giants are functions that were longer than the limit when it came. Each may stand at the length given
// here and may only shrink; the list takes no new names lightly.
var giants = map[string]int{}

func TestFiles_stayShort(t *testing.T) {
	for _, f := range house(t) {
		if !f.test && !f.generated() && f.lines > fileLinesMax {
			t.Errorf("%s has %d lines, the limit is %d: split it by noun or verb", f.path, f.lines, fileLinesMax)
		}
	}
}

func TestFunctions_stayShort(t *testing.T) {
	stand := map[string]bool{}
	for _, f := range house(t) {
		if f.test || f.generated() {
			continue
		}
		for _, declaration := range f.tree.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil {
				continue
			}
			lines := f.set.Position(function.End()).Line - f.set.Position(function.Pos()).Line + 1
			if lines <= functionLinesMax {
				continue
			}
			name := f.folder + "." + function.Name.Name
			limit, known := giants[name]
			stand[name] = true
			switch {
			case !known:
				t.Errorf("%s: %s has %d lines, the limit is %d: give its parts names of their own",
					f.at(function), name, lines, functionLinesMax)
			case lines > limit:
				t.Errorf("%s: %s grew from %d to %d lines: it may only shrink", f.at(function), name, limit, lines)
			case lines < limit:
				t.Errorf("%s: %s shrank to %d lines: write that down in giants", f.at(function), name, lines)
			}
		}
	}
	for name := range giants {
		if !stand[name] {
			t.Errorf("%s is no giant any more: take it off the list", name)
		}
	}
}
