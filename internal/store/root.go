package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

var binsSQL = "SELECT " + binTable.columnList("") + " FROM card_bin ORDER BY id"

// BINs returns the issuer table.
func (s *Store) BINs(ctx context.Context) ([]card.BIN, error) {
	return list[card.BIN](ctx, s, binTable, binsSQL)
}

// headsSQL reads the newest batch of each lane.
const headsSQL = "SELECT b.lane, b.sequence, b.audit_position, b.audit_head, b.entry_position, b.entry_head FROM lane l " +
	"JOIN batch b ON b.lane = l.id AND b.sequence = (SELECT max(x.sequence) FROM batch x WHERE x.lane = l.id) ORDER BY b.lane"

func (s *Store) heads(ctx context.Context) ([]audit.Head, error) {
	var heads []audit.Head
	err := s.engine.query(ctx, headsSQL, nil, func(scan func(...any) error) error {
		var h audit.Head
		err := scan(&h.Lane, &h.Sequence, &h.AuditPosition, &h.AuditHash, &h.EntryPosition, &h.EntryHash)
		heads = append(heads, h)
		return err
	})
	return heads, err
}

// WriteRoot writes the root over all chains at the end of a business date, once.
func (s *Store) WriteRoot(ctx context.Context, day calendar.Date, at calendar.Instant) error {
	heads, err := s.heads(ctx)
	if err != nil {
		return fmt.Errorf("read the heads of the chains: %w", err)
	}
	names := make([]string, len(heads))
	for i, h := range heads {
		names[i] = fmt.Sprintf("%d:%d", h.Lane, h.Sequence)
	}
	root := audit.Root{
		Date: day, At: at, Lanes: int64(len(heads)), Hash: audit.RootHash(heads), Heads: strings.Join(names, " "),
	}
	return s.Do(ctx, step.Step{
		Name: "chain.root", Class: step.Staff, Keys: []step.Key{root.Key()},
		Run: func(v step.View) error {
			old, err := v.Get(root.Key())
			if err != nil || old != nil {
				return err
			}
			v.Put(root)
			return nil
		},
	})
}
