package payment_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
)

// The tables as they must be: a row per state, a column per event in the order of payment.Events, and in
// the cell the state that follows, or a dot when the event is refused.

const paymentTable = `
              approve  decline  refuse  silence authorize complete void   restore  reopen     lapse   await   close  reverse  acknowledge handover
  pending     captured declined refused unknown authorized .        .      .        .          .       waiting closed .        .           .
  waiting     captured declined .       .       .          .        .      .        .          .       .       closed .        .           .
  authorized  .        .        .       .       .          captured voided captured .          expired .       .      reversed .           .
  captured    .        .        .       .       .          .        voided .        authorized .       .       .      reversed .           .
  declined    captured .        .       .       .          .        .      .        .          .       .       .      .        .           .
  refused     .        .        .       .       .          .        .      .        .          .       .       .      .        .           .
  unknown     .        declined .       .       .          .        .      .        .          .       .       .      reversed .           .
  closed      captured .        .       .       .          .        .      .        .          .       .       .      .        .           .
  expired     .        .        .       .       .          .        .      .        .          .       .       .      .        .           .
  voided      .        .        .       .       .          .        .      captured authorized .       .       .      .        .           .
  reversed    .        .        .       .       .          .        .      .        .          .       .       .      .        .           .
`

const operationTable = `
              approve  decline  refuse  silence authorize complete void restore reopen lapse await close reverse   acknowledge handover
  pending     approved declined refused unknown .         .        .    .       .      .     .     .     reversing .           manual
  approved    .        .        .       .       .         .        .    .       .      .     .     .     reversing .           .
  declined    approved .        .       .       .         .        .    .       .      .     .     .     .         .           .
  refused     .        .        .       .       .         .        .    .       .      .     .     .     .         .           .
  unknown     approved declined .       unknown .         .        .    .       .      .     .     .     reversing .           manual
  reversing   approved declined .       .       .         .        .    .       .      .     .     .     .         reversed    manual
  reversed    approved .        .       .       .         .        .    .       .      .     .     .     .         .           .
  manual      approved declined .       .       .         .        .    .       .      .     .     .     .         reversed    .
`

const attemptTable = `
              approve  decline  refuse silence authorize complete void restore reopen lapse await close reverse acknowledge  handover
  pending     approved declined .      unknown .         .        .    .       .      .     .     .     .       acknowledged manual
  approved    .        .        .      .       .         .        .    .       .      .     .     .     .       .            .
  declined    approved .        .      .       .         .        .    .       .      .     .     .     .       .            .
  unknown     approved declined .      unknown .         .        .    .       .      .     .     .     .       acknowledged manual
  acknowledged .        .        .      .       .         .        .    .       .      .     .     .     .       .            .
  manual      approved declined .      .       .         .        .    .       .      .     .     .     .       acknowledged .
`

// What is over: no event leads out of it. A payment that was refused or reversed never moves again, nor does a card's that was
// declined: only a code's may turn out paid. Voided, captured and authorized lead to each other.
var final = map[string][]string{
	"payment":   {"refused", "reversed", "expired"},
	"operation": {"refused"},
	"attempt":   {"approved", "acknowledged"},
}

func TestTables(t *testing.T) {
	holdTable(t, "payment", payment.PaymentTable, payment.States, paymentTable)
	holdTable(t, "operation", payment.OperationTable, payment.OperationStates, operationTable)
	holdTable(t, "attempt", payment.AttemptTable, payment.AttemptStates, attemptTable)
}

// holdTable holds every pair of state and event against the table in text, and the shape of the whole:
// what is final has no way out, what is not has one, and every state is reached from pending.
func holdTable[S ~string](t *testing.T, name string, table payment.Table[S], states []S, text string) {
	rows := strings.Split(strings.Trim(text, "\n"), "\n")
	var events []string
	for _, e := range payment.Events {
		events = append(events, string(e))
	}
	if got := strings.Fields(rows[0]); !slices.Equal(got, events) {
		t.Fatalf("%s: the columns are %v, the events %v", name, got, events)
	}
	if len(rows)-1 != len(states) {
		t.Fatalf("%s: %d rows for %d states", name, len(rows)-1, len(states))
	}
	reached := map[string]bool{"pending": true}
	for i, row := range rows[1:] {
		cells := strings.Fields(row)
		if len(cells) != len(events)+1 || cells[0] != string(states[i]) {
			t.Fatalf("%s: row %q does not belong to %s", name, row, states[i])
		}
		ways := 0
		for j, want := range cells[1:] {
			next, ok := table.Next(states[i], payment.Events[j])
			if ok != (want != ".") || ok && string(next) != want {
				t.Errorf("%s: %s while %s leads to %q, want %s", name, events[j], cells[0], next, want)
			}
			if ok && string(next) != cells[0] {
				reached[string(next)] = true
				ways++
			}
		}
		if over := slices.Contains(final[name], cells[0]); over != (ways == 0) {
			t.Errorf("%s: %s has %d ways out", name, cells[0], ways)
		}
		if _, ok := table.Next(states[i], "no such event"); ok {
			t.Errorf("%s: %s takes an event that does not exist", name, cells[0])
		}
	}
	for _, s := range states {
		if !reached[string(s)] {
			t.Errorf("%s: %s is not reached", name, s)
		}
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "// # States of a"+article(name)+"\n")
	section, _, _ = strings.Cut(section, "// # ")
	for line := range strings.SplitSeq(inWords(table, states), "\n") {
		if !strings.Contains(section, "//\t"+line+"\n") {
			t.Errorf("doc.go does not say of %s: %s", name, line)
		}
	}
	if told := strings.Count(section, "→"); told != strings.Count(inWords(table, states), "→") {
		t.Errorf("doc.go tells of %d ways of %s", told, name)
	}
	if _, ok := table.Next("no such state", payment.Approve); ok {
		t.Errorf("%s: a state that does not exist leads on", name)
	}
}

func article(name string) string {
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "n " + name
	}
	return " " + name
}

// inWords writes a table as doc.go does: a line per state that something leads out of.
func inWords[S ~string](table payment.Table[S], states []S) string {
	var lines []string
	for _, s := range states {
		var ways []string
		for _, e := range payment.Events {
			if next, ok := table.Next(s, e); ok {
				ways = append(ways, string(e)+" → "+string(next))
			}
		}
		if len(ways) > 0 {
			lines = append(lines, string(s)+": "+strings.Join(ways, ", "))
		}
	}
	return strings.Join(lines, "\n")
}
