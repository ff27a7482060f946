package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/step"
)

// mode says how rows of a table are written.
type mode uint8

const (
	// plain rows are inserted and replaced under (bucket, id).
	plain mode = iota
	// appended rows are inserted once and never read by a step.
	appended
	// tallied rows are four sums under (bucket, id), changed by adding.
	tallied
)

// holding says how a batch holds the rows that it loads, on engines with more than one writer.
type holding uint8

const (
	// exclusive rows are held until the commit.
	exclusive holding = iota
	// shared rows may be loaded by many at once; who changes one waits for them.
	shared
	// free rows are read as last committed: what describes rather than counts, such as a merchant. A step
	// that changes one runs again with the row held.
	free
)

// kind is the type of a column.
type kind uint8

const (
	integer kind = iota
	small        // an integer of 16 bits, for buckets
	text
	blob
)

type column struct {
	name string
	kind kind
}

// table says how rows of one step.Table are kept. The first two columns of a plain or tallied table are
// bucket and id, its primary key.
type table struct {
	name    step.Table
	mode    mode
	hold    holding
	columns []column
	// encode hands the row's values to the sink, in the order of columns.
	encode func(sink, step.Row)
	// decode scans one row, in the order of columns.
	decode func(scan func(dest ...any) error) (step.Row, error)

	order int // of loading and flushing
}

// sink takes the values of a row, one call per column.
type sink interface {
	Int(int64)
	Text(string)
	Blob([]byte)
}

func sinkBool(s sink, b bool) {
	if b {
		s.Int(1)
	} else {
		s.Int(0)
	}
}

// cols reads a list of columns: "bucket small, id text, amount int, hash blob".
func cols(list string) []column {
	kinds := map[string]kind{"int": integer, "small": small, "text": text, "blob": blob}
	var out []column
	for part := range strings.SplitSeq(list, ",") {
		w := strings.Fields(part)
		k, ok := kinds[w[1]]
		if !ok || len(w) != 2 {
			panic(fmt.Sprintf("store: column %q", part))
		}
		out = append(out, column{w[0], k})
	}
	return out
}

func (t *table) columnList(prefix string) string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = prefix + c.name
	}
	return strings.Join(names, ", ")
}

// tallyTable describes a tallied table with four named sums.
func tallyTable(name step.Table, hold holding, sums [4]string) *table {
	list := "bucket small, id text"
	for _, s := range sums {
		list += ", " + s + " int"
	}
	return &table{
		name: name, mode: tallied, hold: hold, columns: cols(list),
		encode: func(s sink, r step.Row) {
			t := r.(step.Tally)
			s.Int(int64(t.At.Bucket))
			s.Text(t.At.ID)
			for _, n := range t.Sums {
				s.Int(n)
			}
		},
		decode: func(scan func(...any) error) (step.Row, error) {
			t := step.Tally{At: step.Key{Table: name}}
			err := scan(&t.At.Bucket, &t.At.ID, &t.Sums[0], &t.Sums[1], &t.Sums[2], &t.Sums[3])
			return t, err
		},
	}
}

// schema lists every table that steps write, in the order in which batches load and flush them.
var schema = register(slices.Concat(coreTables, accessTables, applicationTables, deviceTables, productTables, agentTables, codeTables, speakerTables, webhookTables))

var coreTables = []*table{
	repeatTable,
	dayTable, merchantTable, shopTable, feeTable, binTable, directoryTable, numberTable, railKeyTable,
	groupTable, parameterTable, terminalTable, batchTable, exchangeTable, suspenseTable, conditionTable, keyDeliveryTable, keyCeremonyTable,
	riskTable, paymentTable, operationTable, attemptTable, voiceTable, receiptTable, signatureTable,
	balanceTable, entryTable, postingTable, auditTable, eventTable, rootTable,
}

var tables = map[step.Table]*table{}

func register(list []*table) []*table {
	for i, t := range list {
		t.order = i
		tables[t.name] = t
	}
	return list
}
