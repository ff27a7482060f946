// Package merchant holds who collects money: the merchant and its stores, as far as taking a payment
// needs them.
//
// A merchant begins a bucket: its id carries it, and all its rows lie there for life.
package merchant

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where merchants and stores lie.
const (
	Table      step.Table = "merchant"
	StoreTable step.Table = "store"
)

// Prefix and StorePrefix begin the ids.
const (
	Prefix      = "mch_"
	StorePrefix = "str_"
)

// State says whether a merchant may collect.
type State string

// The states: active ⇄ suspended, either → closed.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Closed    State = "closed"
)

// Merchant is one merchant.
type Merchant struct {
	ID       string
	Bucket   id.Bucket
	Number   string // 15 characters, ISO 8583 DE 42
	Name     string
	NameEN   string
	Category string // merchant category code, ISO 18245
	State    State

	// Limits of ours; zero means none. The day is the business date.
	SingleMax   int64 // fen
	DayCountMax int64
	DaySumMax   int64 // fen

	CreatedAt calendar.Instant
}

// Key returns the row's key.
func (m Merchant) Key() step.Key { return Key(m.ID) }

// Key names the merchant with this id.
func Key(merchant string) step.Key {
	return step.Key{Table: Table, Bucket: id.MustBucket(merchant), ID: merchant}
}

// Store is a place where a merchant sells.
type Store struct {
	ID       string
	Bucket   id.Bucket
	Merchant string
	Name     string
	NameEN   string
	Address  string
}

// Key returns the row's key.
func (s Store) Key() step.Key { return step.Key{Table: StoreTable, Bucket: s.Bucket, ID: s.ID} }

// Refusals.
var (
	ErrNotFound  = fault.New(fault.NotFound, "merchant_not_found", "there is no such merchant")
	ErrSuspended = fault.New(fault.Forbidden, "merchant_suspended", "the merchant may not collect at present")
)
