// Package listing is what every list has in common: how one asks for a page of it, and where the next begins.
//
// Lists are read outside steps, newest first: by time, then by id, both descending, so that a page is
// found by an index whatever came before it (keyset paging). A [Cursor] is the place of the last row that
// was seen; it is opaque to whoever carries it, and a row that arrives meanwhile moves no page.
package listing

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// The sizes of a page.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Cursor is the place of a row in a list. The zero value is the beginning.
type Cursor struct {
	At calendar.Instant
	ID string
}

// IsZero tells the beginning of a list.
func (c Cursor) IsZero() bool { return c == Cursor{} }

// String returns the cursor as it travels, "" for the beginning.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(int64(c.At), 36) + "." + c.ID))
}

// ErrCursor is the refusal of a cursor that no list gave.
var ErrCursor = fault.New(fault.Invalid, "cursor_invalid", "the cursor was not given by this list: begin without one")

// ParseCursor reads what String wrote.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Cursor{}, ErrCursor
	}
	at, id, found := strings.Cut(string(raw), ".")
	us, err := strconv.ParseInt(at, 36, 64)
	if err != nil || !found || id == "" || us < 0 {
		return Cursor{}, ErrCursor
	}
	return Cursor{calendar.Instant(us), id}, nil
}

// Page asks for a part of a list: up to Limit rows behind After.
type Page struct {
	Limit int
	After Cursor
	// Whole tells that every row will be asked for: a list that is made of all of them in any case may give them at once.
	Whole bool
}

// Size returns the limit within its bounds; zero is the default.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return DefaultLimit
	case p.Limit > MaxLimit:
		return MaxLimit
	}
	return p.Limit
}

// Slice is one page as it was found.
type Slice[T any] struct {
	Rows []T // never nil
	Next Cursor
	More bool
}

// Cut makes a slice of up to size rows from a reading of size+1: the row too many tells that there is more. at returns a row's place.
func Cut[T any](rows []T, size int, at func(T) Cursor) Slice[T] {
	s := Slice[T]{Rows: rows}
	if rows == nil {
		s.Rows = []T{}
	}
	if len(rows) > size {
		s.Rows, s.More = rows[:size], true
		s.Next = at(rows[size-1])
	}
	return s
}
