package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// walked may be read from end to end: what it holds does not grow with payments.
var walked = []string{"lane", "card_bin"}

// partial are indexes that hold only what is open; reading one to its end is what they are for.
var partial = []string{"attempt_due", "terminal_batch_open", "payment_lapsing"}

// furnish puts some records into target, so that plans are made over tables that are not empty.
func furnish(t *testing.T, target string) {
	t.Helper()
	shop, err := storetest.NewShop(t.Context(), storetest.Open(t, target, store.Options{}), 4, storetest.Loopback{Answer: payment.Answer{Outcome: payment.Yes}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if _, err := shop.Sale(t.Context(), i%4, 100); err != nil {
			t.Fatal(err)
		}
	}
}

// step of a plan on the embedded engine that goes through a whole table.
var sqliteScan = regexp.MustCompile(`^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?`)

func TestPlans_embedded(t *testing.T) {
	target := t.TempDir()
	furnish(t, target)
	db := database(t, target)
	tables := aliases()
	for _, s := range append(store.Reads(), store.EmbeddedWrites()...) {
		for _, line := range texts(t, db, "EXPLAIN QUERY PLAN "+s.Text, s.Args...) {
			fields := strings.SplitN(line, " ", 4) // id, parent, unused, text
			m := sqliteScan.FindStringSubmatch(fields[3])
			if m != nil && !slices.Contains(walked, tables(s.Text, m[1])) && !slices.Contains(partial, m[2]) {
				t.Errorf("%s goes through a table: %s\n%s", s.Name, fields[3], s.Text)
			}
			if strings.Contains(fields[3], "USE TEMP B-TREE") || strings.Contains(fields[3], "AUTOMATIC") {
				t.Errorf("%s sorts or builds an index on the spot: %s\n%s", s.Name, fields[3], s.Text)
			}
		}
	}
}

// The verifier reads everything, but no more than a few times: a join that goes through a bucket for each
// row of another table would never end on a grown installation.
func TestPlans_verifier(t *testing.T) {
	target := t.TempDir()
	storetest.Tell(t, target)
	reads, err := store.VerifierReads(t.Context(), target)
	if err != nil || len(reads) < 40 {
		t.Fatalf("the verifier asked %d times, %v", len(reads), err)
	}
	db := database(t, target)
	for _, s := range reads {
		for _, line := range texts(t, db, "EXPLAIN QUERY PLAN "+s.Text, s.Args...) {
			if strings.Contains(line, "PRIMARY KEY (bucket=?)") {
				t.Errorf("%s goes through a bucket per row: %s\n%s", s.Name, line, s.Text)
			}
		}
	}
}

// aliases returns how to find the table behind a name in a statement.
func aliases() func(statement, name string) string {
	return func(statement, name string) string {
		if m := regexp.MustCompile(`(?:FROM|JOIN) (\w+) (?:AS )?` + name + `\b`).FindStringSubmatch(statement); m != nil {
			return m[1]
		}
		return name
	}
}

// planNode is a node of a plan of the server engine.
type planNode struct {
	Type     string     `json:"Node Type"`
	Relation string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Cond     string     `json:"Index Cond"`
	Plans    []planNode `json:"Plans"`
}

// scans returns the nodes that go through a whole table.
func (n planNode) scans() (found []string) {
	whole := n.Type == "Seq Scan" || strings.HasPrefix(n.Type, "Index") && n.Cond == "" && !slices.Contains(partial, n.Index)
	if whole && !slices.Contains(walked, n.Relation) {
		found = append(found, n.Type+" on "+n.Relation)
	}
	for _, p := range n.Plans {
		found = append(found, p.scans()...)
	}
	return found
}

var parameter = regexp.MustCompile(`\$(\d+)`)

func TestPlans_server(t *testing.T) {
	dsn := storetest.Server(t)
	furnish(t, dsn)
	ctx := context.Background()
	conn, err := store.LaneConn(ctx, dsn) // scans are switched off: one that remains has no index to take
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(ctx) })
	explain := func(name, text string, args []string) {
		t.Helper()
		if _, err := conn.Exec(ctx, "PREPARE looked_at AS "+text); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		execute := "EXECUTE looked_at"
		if len(args) > 0 {
			execute += " (" + strings.Join(args, ", ") + ")"
		}
		var raw []byte
		if err := conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+execute).Scan(&raw); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		var plans []struct{ Plan planNode }
		if err := json.Unmarshal(raw, &plans); err != nil {
			t.Fatal(err)
		}
		for _, scan := range plans[0].Plan.scans() {
			t.Errorf("%s goes through a table: %s\n%s", name, scan, text)
		}
		if _, err := conn.Exec(ctx, "DEALLOCATE looked_at"); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range store.Reads() {
		var args []string
		for _, a := range s.Args {
			if text, ok := a.(string); ok {
				a = "'" + text + "'"
			}
			args = append(args, fmt.Sprint(a))
		}
		explain(s.Name, store.Dollar(s.Text), args)
	}
	for _, s := range store.LaneStatements() {
		marks := map[string]bool{}
		for _, m := range parameter.FindAllString(s.Text, -1) {
			marks[m] = true
		}
		explain(s.Name, s.Text, slices.Repeat([]string{"'{}'"}, len(marks)))
	}
}
