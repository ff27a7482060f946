package store

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// last sorts behind every text that names something.
const last = "\U0010ffff"

// conditions collects what a list asks for. Each set of columns that eq finds by has an index that ends with time and
// id, so that a page is read from where it begins; what is only held against the rows that are found is spelled so that
// no engine begins with it.
type conditions struct {
	texts []string
	args  []any
}

func (c *conditions) add(text string, args ...any) {
	c.texts = append(c.texts, text)
	for _, a := range args {
		if s, ok := a.(string); ok {
			a = storable(s)
		}
		c.args = append(c.args, a)
	}
}

// storable returns a text that somebody typed as a database can hold it: a server takes no zero byte and nothing that is
// no UTF-8, and would call the question broken where no row fits it.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// eq asks for a column that equals a value; an empty value asks for nothing.
func (c *conditions) eq(column, value string) {
	if value != "" {
		c.add(column+" = ?", value)
	}
}

// held holds a column against a value, as eq asks for it.
func (c *conditions) held(column, value string) {
	if value != "" {
		c.add(column+" || '' = ?", value)
	}
}

// within adds the bounds of a scope over rows that carry a merchant and lie in its bucket. A scope of nothing, or of an
// agent, whose merchants the rows do not tell, is refused.
func (c *conditions) within(scope access.Scope) error {
	switch m := scope.Merchant(); {
	case scope.All():
		return nil
	case m != "":
		b, err := id.BucketOf(m)
		if err != nil {
			return access.ErrScope
		}
		c.add("bucket = ?", int64(b))
		c.eq("merchant", m)
		return nil
	}
	return access.ErrScope
}

// of adds the bounds of a scope, narrowed to one merchant where that is asked for.
func (c *conditions) of(scope access.Scope, merchant string) (err error) {
	if merchant != "" {
		if scope, err = scope.Within(merchant); err != nil {
			return err
		}
	}
	return c.within(scope)
}

// page returns the end of the statement of a list in the order of time, the newest first, and all its arguments.
func (c conditions) page(time string, p listing.Page) (text string, args []any) {
	at, after := int64(p.After.At), p.After.ID
	if p.After.IsZero() {
		at, after = math.MaxInt64, last
	}
	texts := append(slices.Clone(c.texts), "("+time+", id) < (?, ?)")
	return " WHERE " + strings.Join(texts, " AND ") + " ORDER BY " + time + " DESC, id DESC LIMIT ?",
		append(slices.Clone(c.args), at, storable(after), p.Size()+1)
}

// statement returns the statement of a page of a table, and its arguments.
func (c conditions) statement(t *table, time string, p listing.Page) (text string, args []any) {
	text, args = c.page(time, p)
	return "SELECT " + t.columnList("") + " FROM " + string(t.name) + text, args
}

// pageOf reads a page of a table in the order of time, the newest first.
func pageOf[T step.Row](ctx context.Context, s *Store, t *table, time string, c conditions, p listing.Page, at func(T) calendar.Instant) (listing.Slice[T], error) {
	text, args := c.statement(t, time, p)
	rows, err := list[T](ctx, s, t, text, args...)
	return listing.Cut(rows, p.Size(), func(row T) listing.Cursor { return listing.Cursor{At: at(row), ID: row.Key().ID} }), err
}
