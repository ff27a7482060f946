package receipt

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where issued receipts lie.
const Table step.Table = "receipt"

// Issued is a receipt as it was shown, kept under the operation that it proves.
type Issued struct {
	Operation string
	Bucket    id.Bucket
	Merchant  string
	// Slip holds the fields of the slip as JSON. The layout is a template of its own number, held by
	// golden files, so that the same fields give the same paper for ever.
	Slip string
	// Prints counts how often it was shown or printed.
	Prints int64
	At     calendar.Instant
}

// Key returns the row's key.
func (i Issued) Key() step.Key { return IssuedKey(i.Operation) }

// IssuedKey names the receipt of an operation.
func IssuedKey(operation string) step.Key {
	return step.Key{Table: Table, Bucket: id.MustBucket(operation), ID: operation}
}
