package store

import (
	"context"
	"encoding/json"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

var keyCeremonyTable = &table{
	name: terminal.CeremonyTable,
	columns: cols("bucket small, id text, algorithm text, parts int, state text, entries text, check_value text, opened_by text, " +
		"at_us int, until_us int"),
	encode: func(s sink, r step.Row) {
		c := r.(terminal.Ceremony)
		s.Int(int64(c.Bucket))
		s.Text(c.Terminal)
		s.Text(c.Algorithm)
		s.Int(c.Parts)
		s.Text(string(c.State))
		s.Text(inJSON(c.Entries))
		s.Text(c.CheckValue)
		s.Text(c.By)
		s.Int(int64(c.At))
		s.Int(int64(c.Until))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c terminal.Ceremony
		var entries string
		err := scan(&c.Bucket, &c.Terminal, &c.Algorithm, &c.Parts, &c.State, &entries, &c.CheckValue, &c.By, &c.At, &c.Until)
		if err == nil {
			err = json.Unmarshal([]byte(entries), &c.Entries)
		}
		return c, err
	},
}

// overdueCeremoniesSQL reads along the partial index of open ceremonies.
var overdueCeremoniesSQL = "SELECT " + keyCeremonyTable.columnList("") + " FROM key_ceremony WHERE state = 'open' AND until_us <= ? " +
	"ORDER BY until_us LIMIT ?"

// OverdueCeremonies implements terminal.Store.
func (s *Store) OverdueCeremonies(ctx context.Context, now calendar.Instant, limit int) ([]terminal.Ceremony, error) {
	return list[terminal.Ceremony](ctx, s, keyCeremonyTable, overdueCeremoniesSQL, int64(now), limit)
}

// releasesSQL reads along the primary key, whose id begins with the kind; contents stay where they lie.
const releasesSQL = "SELECT kind, version, length(content), author, created_at_us FROM terminal_parameters " +
	"WHERE bucket = 0 AND id > ? AND id < ? ORDER BY id DESC LIMIT 100"

// Releases returns the hundred newest versions of a kind of parameters.
func (s *Store) Releases(ctx context.Context, k terminal.Kind) (found []terminal.Release, err error) {
	err = s.engine.query(ctx, releasesSQL, []any{string(k) + "/", string(k) + "0"}, func(scan func(...any) error) error {
		var r terminal.Release
		err := scan(&r.Kind, &r.Version, &r.Bytes, &r.Author, &r.CreatedAt)
		found = append(found, r)
		return err
	})
	return found, err
}

// censusSQL counts within an index that holds all that it asks for.
const censusSQL = "SELECT state, holds, COUNT(*) FROM terminal WHERE terminal_group = ? GROUP BY state, holds"

// Census counts the terminals of a group by state and by what they hold.
func (s *Store) Census(ctx context.Context, group string) (found []terminal.Census, err error) {
	err = s.engine.query(ctx, censusSQL, []any{terminal.GroupKey(group).ID}, func(scan func(...any) error) error {
		var c terminal.Census
		var holds string
		if err := scan(&c.State, &holds, &c.Count); err != nil {
			return err
		}
		var err error
		c.Holds, err = terminal.ParseVersions(holds)
		found = append(found, c)
		return err
	})
	return found, err
}
