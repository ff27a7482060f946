package store

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// condition is a part of what a list asks for: a comparison with one mark, and its value.
type condition struct {
	text  string // "state = ?"
	value any
}

// equal appends "column = value" where the value is asked for at all.
func equal[T comparable](list []condition, column string, value T) []condition {
	var none T
	if value == none {
		return list
	}
	return append(list, condition{column + " = ?", value})
}

// pageText is the statement that reads a page, newest first, along an index that begins with the conditions' columns and ends with
// time and id.
func pageText(t *table, at string, conditions []condition) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT %s FROM %s WHERE ", t.columnList(""), t.name)
	for _, c := range conditions {
		b.WriteString(c.text + " AND ")
	}
	fmt.Fprintf(&b, "(%s, id) < (?, ?) ORDER BY %s DESC, id DESC LIMIT ?", at, at)
	return b.String()
}

// within returns the conditions of a scope over rows that carry a merchant. A scope of nothing, or of an agent, whose
// merchants the rows do not tell, sees nothing.
func within(scope access.Scope) ([]condition, error) {
	switch m := scope.Merchant(); {
	case scope.All():
		return nil, nil
	case m != "":
		b, err := id.BucketOf(m)
		if err != nil {
			return nil, access.ErrScope
		}
		return []condition{{"bucket = ?", int64(b)}, {"merchant = ?", m}}, nil
	}
	return nil, access.ErrScope
}

// page reads a page of rows, newest first by the column at.
func page[T step.Row](ctx context.Context, s *Store, t *table, at string, conditions []condition, p listing.Page, place func(T) listing.Cursor) (listing.Slice[T], error) {
	args := make([]any, 0, len(conditions)+3)
	for _, c := range conditions {
		args = append(args, c.value)
	}
	after := p.After
	if after.IsZero() {
		after.At = calendar.Instant(math.MaxInt64)
	}
	size := p.Size()
	rows, err := list[T](ctx, s, t, pageText(t, at, conditions), append(args, int64(after.At), after.ID, size+1)...)
	if err != nil {
		return listing.Slice[T]{}, err
	}
	return listing.Cut(rows, size, place), nil
}
