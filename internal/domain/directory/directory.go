// Package directory finds what is known outside by a number or a name of its own: terminal numbers,
// merchant numbers, log-ins, API keys. An entry is unique over all merchants, lies in the bucket of its
// own key, is reserved in a commit of its own and never points elsewhere afterwards, so that what was
// looked up once may be remembered.
package directory

import (
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where entries lie.
const Table step.Table = "directory"

// The kinds of entry.
const (
	TerminalNumber = "terminal"
	MerchantNumber = "merchant"
)

// Entry says to which id a key of a kind leads.
type Entry struct {
	Kind   string
	Name   string
	Target string
}

// Key returns the row's key.
func (e Entry) Key() step.Key { return Key(e.Kind, e.Name) }

// Key names an entry.
func Key(kind, name string) step.Key {
	k := kind + "/" + name
	return step.Key{Table: Table, Bucket: id.Of(k), ID: k}
}

// ErrTaken is the refusal of a key that leads elsewhere already.
var ErrTaken = fault.New(fault.Conflict, "name_taken", "this number or name is in use already")

// Reserve writes an entry, or accepts that it is there with the same target. The step must have named Key.
func Reserve(v step.View, e Entry) error {
	old, found, err := step.Get[Entry](v, e.Key())
	switch {
	case err != nil:
		return err
	case found && old.Target == e.Target:
		return nil
	case found:
		return ErrTaken.With("%s %s is in use already", e.Kind, e.Name)
	}
	v.Put(e)
	return nil
}
