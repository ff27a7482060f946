package audit

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/chain"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// RootTable is where the daily roots lie.
const RootTable step.Table = "chain_root"

// Head is how far a lane's chains had come.
type Head struct {
	Lane          int64
	Sequence      int64 // of the batch that carries the heads
	AuditPosition int64
	AuditHash     []byte
	EntryPosition int64
	EntryHash     []byte
}

// Root ties the heads of all lanes together at the end of a business date. Published, it fixes everything
// written until then.
type Root struct {
	Date calendar.Date
	At   calendar.Instant
	// Lanes and Hash: how many lanes there were, and the hash over their heads in the order of lanes.
	Lanes int64
	Hash  []byte
	// Heads lists "lane:sequence" of each head, in the order of lanes, so that the hash can be recomputed.
	Heads string
}

// Key returns the row's key.
func (r Root) Key() step.Key { return step.Key{Table: RootTable, ID: r.Date.String()} }

// RootHash returns the hash over heads.
func RootHash(heads []Head) []byte {
	h := chain.After(nil)
	for _, x := range heads {
		h.Number(x.Lane, x.Sequence, x.AuditPosition, x.EntryPosition)
		h.Text(string(x.AuditHash), string(x.EntryHash))
	}
	return h.Sum()
}
