package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// What tests of this package look at from outside.

// Column is a column as the store takes it to be.
type Column struct{ Name, Kind string }

// TableSpec is a table as the store takes it to be.
type TableSpec struct {
	Name    string
	Columns []Column
}

// Specs lists every table of an installation.
func Specs() (specs []TableSpec) {
	kinds := map[kind]string{integer: "int", small: "small", text: "text", blob: "blob"}
	for _, t := range backupTables() {
		s := TableSpec{Name: string(t.name)}
		for _, c := range t.columns {
			s.Columns = append(s.Columns, Column{c.name, kinds[c.kind]})
		}
		specs = append(specs, s)
	}
	return specs
}

// Statement is a text that the store runs, with arguments of the right kind.
type Statement struct {
	Name string
	Text string // with ? marks
	Args []any
}

// removals lists what is removed by age.
func removals() (out []Statement) {
	for _, r := range retentions {
		out = append(out, Statement{"old rows of " + string(r.table), r.agedSQL(), []any{int64(1), int64(10)}},
			Statement{"removal of old rows of " + string(r.table), r.removeSQL(), []any{int64(1), int64(10), int64(1)}})
	}
	return out
}

// Reads lists what is read outside steps, by requests and by jobs.
func Reads() []Statement {
	return slices.Concat(gets(), removals(), accessReads, applicationReads, deviceReads, productReads, dashboardReads, agentReads, speakerReads, webhookReads, paymentReads(), []Statement{
		{"due attempts", dueAttemptsSQL, []any{"cardnet", int64(1), int64(10)}},
		{"open outcomes", openOutcomesSQL, nil},
		{"open since", openSinceSQL, nil},
		{"operations by RRN", operationsByRRNSQL, []any{int64(1), "r", "m"}},
		{"authorizations", authorizationsSQL, []any{int64(1), "m", "a"}},
		{"latest parameters", latestParametersSQL, []any{"a/", "a0"}},
		{"lapsing authorizations", lapsingSQL, []any{int64(1), 10}},
		{"recent operations", recentOperationsSQL, []any{int64(1), "m", "op_~", int64(10)}},
		{"exchanges of a batch", exchangesOfBatchSQL, []any{int64(1), "a", "b", int64(10)}},
		{"open batches", openBatchesSQL, []any{int64(0), "", int64(10)}},
		{"lanes", lanesSQL, nil},
		{"heads of the outbox", outboxHeadsSQL, []any{int64(64)}},
		{"part of the outbox", outboxSQL, []any{int64(1), int64(1), int64(10)}},
		{"head", headSQL, []any{int64(1)}},
		{"issuer table", binsSQL, nil},
	})
}

func gets() (out []Statement) {
	for _, t := range schema {
		if t.mode != appended {
			out = append(out, Statement{"get " + string(t.name), t.sqlGet(), []any{int64(1), "x"}})
		}
	}
	return out
}

// EmbeddedWrites lists what the embedded engine's lane runs beside the gets.
func EmbeddedWrites() (out []Statement) {
	for _, t := range schema {
		if t.mode == plain {
			args := make([]any, len(t.columns))
			out = append(out, Statement{"update " + string(t.name), t.sqlUpdate(), args})
		}
	}
	return out
}

// LaneStatements lists what a lane of the server engine runs, with the number of parameters each takes.
func LaneStatements() (out []Statement) {
	for _, t := range schema {
		texts := t.postgresTexts()
		for name, text := range map[string]string{
			"get": texts.get, "get shared": texts.getShared, "get free": texts.getFree,
			"insert": texts.insert, "update": texts.update, "add": texts.add,
		} {
			if text != "" {
				out = append(out, Statement{Name: name + " " + string(t.name), Text: text})
			}
		}
	}
	return out
}

// LaneConn connects as a lane of the server engine does, with its settings for plans.
func LaneConn(ctx context.Context, dsn string) (*pgx.Conn, error) {
	w, err := newPostgresWriter(ctx, dsn)
	if err != nil {
		return nil, err
	}
	return w.conn, nil
}

// Dollar writes ? marks as the server engine takes them.
func Dollar(text string) string { return rebindDollar(text) }

// listening notes what an engine is asked.
type listening struct {
	engine
	asked []Statement
}

func (l *listening) query(ctx context.Context, text string, args []any, each func(func(...any) error) error) error {
	l.asked = append(l.asked, Statement{Text: text, Args: args})
	return l.engine.query(ctx, text, args, each)
}

// VerifierReads lists what the verifier asks of the records at target.
func VerifierReads(ctx context.Context, target string) ([]Statement, error) {
	v, err := OpenVerifier(ctx, target, 0)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	l := &listening{engine: v.engine}
	v.engine = l
	_, err = v.Verify(ctx, func(c Check) {
		for i := range l.asked {
			if l.asked[i].Name == "" {
				l.asked[i].Name = c.Invariant + " " + c.Claim
			}
		}
	})
	return l.asked, err
}
