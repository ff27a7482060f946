package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
)

// The tables as they must be: a row per state, a column per verb, and in the cell the state that follows, or a dot.

const userTable = `
           prove   lock   unlock close  approve reject withdraw expire
  pending  active  .      .      closed .       .      .        .
  active   .       locked .      closed .       .      .        .
  locked   .       .      active closed .       .      .        .
  closed   .       .      .      .      .       .      .        .
`

const proposalTable = `
             prove lock unlock close approve  reject   withdraw  expire
  open       .     .    .      .     approved rejected withdrawn expired
  approved   .     .    .      .     .        .        .         .
  rejected   .     .    .      .     .        .        .         .
  withdrawn  .     .    .      .     .        .        .         .
  expired    .     .    .      .     .        .        .         .
`

func TestTables(t *testing.T) {
	holdTable(t, "account", access.UserTransitions, access.UserStates, userTable)
	holdTable(t, "proposal", access.ProposalTransitions, access.ProposalStates, proposalTable)
}

func holdTable[S ~string](t *testing.T, name string, table access.Table[S], states []S, text string) {
	t.Helper()
	rows := strings.Split(strings.Trim(text, "\n"), "\n")
	var verbs []string
	for _, v := range access.Verbs {
		verbs = append(verbs, string(v))
	}
	if got := strings.Fields(rows[0]); !slices.Equal(got, verbs) || len(rows)-1 != len(states) {
		t.Fatalf("%s: columns %v for verbs %v, %d rows for %d states", name, got, verbs, len(rows)-1, len(states))
	}
	for i, row := range rows[1:] {
		cells := strings.Fields(row)
		if cells[0] != string(states[i]) {
			t.Fatalf("%s: row %q for state %q", name, cells[0], states[i])
		}
		for j, v := range access.Verbs {
			next, ok := table.Next(states[i], v)
			if want := cells[j+1]; ok != (want != ".") || ok && string(next) != want {
				t.Errorf("%s: %s %s leads to %q, %t; want %q", name, v, states[i], next, ok, want)
			}
		}
	}
}
