package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
)

// newestLanesSQL goes through the lanes, of which there is one per start of a node.
const newestLanesSQL = "SELECT id FROM lane ORDER BY id DESC"

// chainPartSQL reads a part of a lane's chain of the trail.
var chainPartSQL = "SELECT " + auditTable.columnList("") + " FROM audit WHERE lane = ? AND position >= ? AND position <= ? ORDER BY position"

// VerifyTrail recomputes the chains of the audit trail from their ends backwards, as far as limit records go, for
// staff who look at the trail. It sees what was edited, taken out or put in there since; the whole is verified by the
// command.
func (s *Store) VerifyTrail(ctx context.Context, scope access.Scope, limit int64) (v access.TrailVerdict, err error) {
	if !scope.All() {
		return v, access.ErrScope
	}
	var lanes []int64
	err = s.engine.query(ctx, newestLanesSQL, nil, func(scan func(...any) error) error {
		var lane int64
		err := scan(&lane)
		lanes = append(lanes, lane)
		return err
	})
	v.Whole = true
	for _, lane := range lanes {
		if err != nil || v.Fault != "" {
			return v, err
		}
		if v.Records >= limit {
			v.Whole = false
			return v, nil
		}
		err = s.verifyChain(ctx, lane, limit-v.Records, &v)
	}
	return v, err
}

// verifyChain follows the end of one lane's chain.
func (s *Store) verifyChain(ctx context.Context, lane, limit int64, v *access.TrailVerdict) error {
	var head audit.Head
	err := s.engine.query(ctx, headSQL, []any{lane}, func(scan func(...any) error) error {
		return scan(&head.Lane, &head.Sequence, &head.AuditPosition, &head.AuditHash, &head.EntryPosition, &head.EntryHash)
	})
	if err != nil || head.AuditPosition == 0 {
		return err
	}
	v.Chains++
	first := max(1, head.AuditPosition-limit+1)
	// The record before the first one carries the hash that the first one follows.
	position, last := max(1, first-1)-1, []byte(nil)
	if first > 1 {
		v.Whole = false
	}
	err = s.engine.query(ctx, chainPartSQL, []any{lane, position + 1, head.AuditPosition}, func(scan func(...any) error) error {
		row, err := auditTable.decode(scan)
		if err != nil {
			return err
		}
		r := row.(audit.Record)
		anchor := first > 1 && position == first-2
		switch position++; {
		case v.Fault != "":
		case r.Position != position:
			v.Fault = fmt.Sprintf("lane %d: the record at position %d is missing", lane, position)
		case !anchor && !bytes.Equal(audit.Link(last, r), r.Hash):
			v.Fault = fmt.Sprintf("audit record %s at position %d of lane %d does not carry the hash of its content", r.ID, position, lane)
		}
		if !anchor {
			v.Records++
		}
		last = r.Hash
		return nil
	})
	if err == nil && v.Fault == "" && (position != head.AuditPosition || !bytes.Equal(last, head.AuditHash)) {
		v.Fault = fmt.Sprintf("lane %d: the end of the chain is not the one that its last batch carries", lane)
	}
	return err
}
