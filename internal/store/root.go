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

var binsSQL = "SELECT " + binTable.columnList("") + " FROM card_bin ORDER BY bucket, id"

// BINs returns the issuer table.
func (s *Store) BINs(ctx context.Context) ([]card.BIN, error) {
	return list[card.BIN](ctx, s, binTable, binsSQL)
}

// lanesSQL and headSQL find the newest batch of each lane: lanes are gone through, their batches are not.
const (
	lanesSQL = "SELECT id FROM lane ORDER BY id"
	headSQL  = "SELECT lane, sequence, audit_position, audit_head, entry_position, entry_head FROM batch WHERE lane = ? " +
		"ORDER BY sequence DESC LIMIT 1"
)

func (s *Store) heads(ctx context.Context) ([]audit.Head, error) {
	var lanes []int64
	err := s.engine.query(ctx, lanesSQL, nil, func(scan func(...any) error) error {
		var lane int64
		err := scan(&lane)
		lanes = append(lanes, lane)
		return err
	})
	if err != nil {
		return nil, err
	}
	var heads []audit.Head
	for _, lane := range lanes {
		err := s.engine.query(ctx, headSQL, []any{lane}, func(scan func(...any) error) error {
			var h audit.Head
			err := scan(&h.Lane, &h.Sequence, &h.AuditPosition, &h.AuditHash, &h.EntryPosition, &h.EntryHash)
			heads = append(heads, h)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return heads, nil
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
