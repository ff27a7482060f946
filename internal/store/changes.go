package store

import (
	"slices"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// chainState is how far a lane has come: the number of its last batch and the heads of its chains.
type chainState struct {
	lane     int64
	sequence int64

	auditHead, entryHead                        []byte
	auditPosition, entryPosition, eventPosition int64
}

// changes is what a batch writes.
type changes struct {
	tables []tableChanges
	rows   int
	events []event.Event
	// next is the lane's state once the batch is committed; its lane and sequence are the batch's number.
	next chainState
}

// tableChanges is what a batch writes to one table, each list in the order of keys.
type tableChanges struct {
	table   *table
	inserts []step.Row
	updates []step.Row
	// adds are tallies: those in deltas are added to whatever is stored.
	deltas []step.Row
}

// collect turns the cells of a batch into lists, chains what is chained, and numbers the batch.
func (l *lane) collect(b *batchView) *changes {
	c := &changes{next: l.chain}
	c.next.sequence++
	byTable := make([]tableChanges, len(schema))
	keys := make([]step.Key, 0, len(b.cells))
	for k, cell := range b.cells {
		if cell.dirty {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compareKeys)
	for _, k := range keys {
		cell := b.cells[k]
		tc := &byTable[cell.table.order]
		switch {
		case cell.table.mode == tallied:
			delta := step.Tally{At: k, Sums: cell.add}
			if cell.known && !cell.stored {
				// Something was decided on its absence: if another writer makes it meanwhile, decide again.
				tc.inserts = append(tc.inserts, delta)
			} else {
				tc.deltas = append(tc.deltas, delta)
			}
		case cell.stored:
			tc.updates = append(tc.updates, cell.row)
		default:
			tc.inserts = append(tc.inserts, cell.row)
		}
		c.rows++
	}
	n := &c.next
	for _, r := range b.appends {
		switch row := r.(type) {
		case audit.Record:
			n.auditPosition++
			n.auditHead = audit.Link(n.auditHead, row)
			row.Lane, row.Position, row.Hash = n.lane, n.auditPosition, n.auditHead
			r = row
		case ledger.Entry:
			n.entryPosition++
			n.entryHead = ledger.Link(n.entryHead, row)
			row.Lane, row.Position, row.Hash = n.lane, n.entryPosition, n.entryHead
			r = row
		case event.Event:
			n.eventPosition++
			row.Lane, row.Position = n.lane, n.eventPosition
			c.events = append(c.events, row)
			r = row
		}
		tc := &byTable[tables[r.Key().Table].order]
		tc.inserts = append(tc.inserts, r)
		c.rows++
	}
	for i := range byTable {
		if tc := byTable[i]; len(tc.inserts)+len(tc.updates)+len(tc.deltas) > 0 {
			tc.table = schema[i]
			c.tables = append(c.tables, tc)
		}
	}
	return c
}

// inserted returns the keys of the rows that the batch took to be new.
func (c *changes) inserted() (keys []step.Key) {
	for _, tc := range c.tables {
		if tc.table.mode == appended {
			continue
		}
		for _, r := range tc.inserts {
			keys = append(keys, r.Key())
		}
	}
	return keys
}
