package tidy

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// ofItsOwn are the calls by which a package has a clock of its own, by import path. Chance needs no list:
// the plan of imports refuses its packages to the domain.
var ofItsOwn = map[string][]string{
	"time":    {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local"},
	"context": {"WithTimeout", "WithTimeoutCause", "WithDeadline", "WithDeadlineCause"},
}

// quiet is what the domain may use of log/slog: what a type needs to print itself masked, and no logger.
var quiet = []string{
	"Value", "LogValuer", "Attr", "StringValue", "IntValue", "Int64Value", "Uint64Value", "BoolValue",
	"GroupValue", "String", "Int", "Int64", "Uint64", "Bool", "Group",
}

func TestDomain_hasNoClockAndNoLog(t *testing.T) {
	for _, f := range house(t) {
		if f.test || !strings.HasPrefix(f.folder, "domain/") {
			continue
		}
		for importPath, names := range ofItsOwn {
			f.calls(importPath, func(at, name string) {
				if slices.Contains(names, name) {
					t.Errorf("%s: the domain has no clock of its own, it is handed the time: remove %s.%s",
						at, importPath, name)
				}
			})
		}
		f.calls("log/slog", func(at, name string) {
			if !slices.Contains(quiet, name) {
				t.Errorf("%s: the domain does not log, the edge does: remove slog.%s", at, name)
			}
		})
	}
}

func TestTests_doNotSleep(t *testing.T) {
	const advice = "a sleep is too short on a busy machine and too long on any other: " +
		"hand in the clock, wait for an event, or poll with a ticker and a deadline"
	for _, f := range house(t) {
		if !f.test {
			continue
		}
		f.calls("time", func(at, name string) {
			if name == "Sleep" {
				t.Errorf("%s: remove time.Sleep: %s", at, advice)
			}
		})
		ast.Inspect(f.tree, func(node ast.Node) bool {
			statement, ok := node.(*ast.ExprStmt)
			if !ok {
				return true
			}
			receive, ok := statement.X.(*ast.UnaryExpr)
			if !ok || receive.Op != token.ARROW {
				return true
			}
			if call, ok := receive.X.(*ast.CallExpr); ok && isSelector(call.Fun, "time", "After") {
				t.Errorf("%s: remove the wait for time.After: %s", f.at(statement), advice)
			}
			return true
		})
	}
}

func isSelector(expression ast.Expr, pkg, name string) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	identifier, ok := selector.X.(*ast.Ident)
	return ok && identifier.Name == pkg
}
