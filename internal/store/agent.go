package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/agent"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// agentTables hold agents, what is theirs of fees, and which merchants pass between them.
var agentTables = []*table{agentTable, agentTermsTable, agentMoveTable, agentDayTable}

var agentTable = &table{
	name: agent.Table, hold: free,
	columns: cols("bucket small, id text, state text, name text, credit_code text, area text, registration text, registered_until int, " +
		"upper text, contact text, account text, sealed blob, reason text, version int, created_by text, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		a := r.(agent.Agent)
		s.Int(0)
		s.Text(a.ID)
		s.Text(string(a.State))
		s.Text(a.Name)
		s.Text(a.CreditCode)
		s.Text(a.Area)
		s.Text(a.Registration)
		s.Int(int64(a.RegisteredUntil))
		s.Text(a.Upper)
		s.Text(a.Contact)
		s.Text(a.Account)
		s.Blob(a.Sealed)
		s.Text(a.Reason)
		s.Int(a.Version)
		s.Text(a.CreatedBy)
		s.Int(int64(a.CreatedAt))
		s.Int(int64(a.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var a agent.Agent
		var bucket int64
		err := scan(&bucket, &a.ID, &a.State, &a.Name, &a.CreditCode, &a.Area, &a.Registration, &a.RegisteredUntil, &a.Upper,
			&a.Contact, &a.Account, &a.Sealed, &a.Reason, &a.Version, &a.CreatedBy, &a.CreatedAt, &a.UpdatedAt)
		return a, err
	},
}

var agentTermsTable = &table{
	name: agent.TermsTable, hold: free,
	columns: cols("bucket small, id text, state text, upper text, versions text"),
	encode: func(s sink, r step.Row) {
		t := r.(agent.Terms)
		s.Int(0)
		s.Text(t.Agent)
		s.Text(string(t.State))
		s.Text(t.Upper)
		s.Text(agent.EncodeVersions(t.Versions))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var t agent.Terms
		var bucket int64
		var versions string
		err := scan(&bucket, &t.Agent, &t.State, &t.Upper, &versions)
		if err == nil {
			t.Versions, err = agent.DecodeVersions(versions)
		}
		return t, err
	},
}

var agentMoveTable = &table{
	name: agent.MoveTable,
	columns: cols("bucket small, id text, merchant text, from_date int, agent text, before text, reason text, asked_by text, " +
		"decided_by text, done int, at_us int"),
	encode: func(s sink, r step.Row) {
		m := r.(agent.Move)
		s.Int(int64(m.Bucket))
		s.Text(m.Key().ID)
		s.Text(m.Merchant)
		s.Int(int64(m.From))
		s.Text(m.Agent)
		s.Text(m.Before)
		s.Text(m.Reason)
		s.Text(m.AskedBy)
		s.Text(m.By)
		sinkBool(s, m.Done)
		s.Int(int64(m.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var m agent.Move
		var key string
		var done int64
		err := scan(&m.Bucket, &key, &m.Merchant, &m.From, &m.Agent, &m.Before, &m.Reason, &m.AskedBy, &m.By, &done, &m.At)
		m.Done = done != 0
		return m, err
	},
}

var agentDayTable = tallyTable(agent.DayTable, exclusive, [4]string{"payments", "amount_fen", "fee_fen", "share_fen"})

// Agents returns a page of the agents in a scope: all of them for staff; for an agent's people itself and, asked for by
// their upper agent, those below it.
func (s *Store) Agents(ctx context.Context, scope access.Scope, f agent.Filter, p listing.Page) (listing.Slice[agent.Agent], error) {
	var c conditions
	switch own := scope.Agent(); {
	case scope.All():
		c.eq("state", string(f.State))
		c.eq("upper", f.Upper)
	case own != "":
		c.add("upper = ?", own)
		c.held("state", string(f.State))
	default:
		return listing.Slice[agent.Agent]{}, access.ErrScope
	}
	return pageOf(ctx, s, agentTable, "created_at_us", c, p, func(a agent.Agent) calendar.Instant { return a.CreatedAt })
}

// Both read along an index: of agents by what stands above them, of merchants by their agent.
const (
	belowSQL = "SELECT count(*) FROM agent WHERE upper = ? AND state <> 'ended'"
	heldSQL  = "SELECT count(*) FROM merchant WHERE agent = ? AND agent <> '' AND state <> 'closed'"
)

// Below implements agent.Store.
func (s *Store) Below(ctx context.Context, agentID string) (int64, error) {
	return s.count(ctx, belowSQL, agentID)
}

// Held implements agent.Store.
func (s *Store) Held(ctx context.Context, agentID string) (int64, error) {
	return s.count(ctx, heldSQL, agentID)
}

// dueMovesSQL reads along the partial index of moves that are not carried out.
var dueMovesSQL = "SELECT " + agentMoveTable.columnList("") + " FROM agent_move WHERE done = 0 AND from_date <= ? ORDER BY from_date, id LIMIT ?"

// DueMoves implements agent.Store.
func (s *Store) DueMoves(ctx context.Context, day calendar.Date, limit int) ([]agent.Move, error) {
	return list[agent.Move](ctx, s, agentMoveTable, dueMovesSQL, int64(day), limit)
}

// movesToSQL reads along the index of moves to an agent.
const movesToSQL = "SELECT count(*) FROM agent_move WHERE agent = ? AND done = 0"

// Awaited implements agent.Store.
func (s *Store) Awaited(ctx context.Context, agentID string) (int64, error) {
	return s.count(ctx, movesToSQL, agentID)
}

// movesSQL reads along the primary key, whose id begins with the merchant.
var movesSQL = "SELECT " + agentMoveTable.columnList("") + " FROM agent_move WHERE bucket = ? AND id > ? AND id < ? ORDER BY id DESC LIMIT 200"

// Moves returns the moves of a merchant between agents, the last first.
func (s *Store) Moves(ctx context.Context, merchantID string) ([]agent.Move, error) {
	b, err := id.BucketOf(merchantID)
	if err != nil {
		return nil, access.ErrScope
	}
	return list[agent.Move](ctx, s, agentMoveTable, movesSQL, int64(b), merchantID+"/", merchantID+"0")
}

// agentDaysSQL reads along the index of ids, which begin with the agent and the date.
var agentDaysSQL = "SELECT " + agentDayTable.columnList("") + " FROM agent_day WHERE id >= ? AND id < ? ORDER BY id"

// AgentDays hands the sums of an agent from one business date to another, both included, to each, by date and merchant.
func (s *Store) AgentDays(ctx context.Context, scope access.Scope, agentID string, from, to calendar.Date, each func(agent.Day)) error {
	if !scope.All() && (scope.Agent() == "" || scope.Agent() != agentID) {
		return access.ErrScope
	}
	args := []any{storable(agentID) + "/" + from.String(), storable(agentID) + "/" + to.String() + "0"}
	return s.engine.query(ctx, agentDaysSQL, args, func(scan func(...any) error) error {
		row, err := agentDayTable.decode(scan)
		if err != nil {
			return err
		}
		d, err := readDay(row)
		if err == nil {
			each(d)
		}
		return err
	})
}

func readDay(row step.Row) (agent.Day, error) { return agent.ReadDay(row.(step.Tally)) }

// payableSQL reads the balances of one account in every bucket along the primary key.
var payableSQL = "SELECT CAST(coalesce(sum(credit_fen - debit_fen), 0) AS bigint) FROM balance WHERE bucket IN (" + everyBucket() + ") AND id = ?"

// everyBucket lists the buckets, so that an account is found in each along the primary key.
func everyBucket() string {
	list := make([]string, id.BucketCount)
	for b := range list {
		list[b] = strconv.Itoa(b)
	}
	return strings.Join(list, ", ")
}

// Payable returns what is owed to an agent, in fen; below zero, the agent owes.
func (s *Store) Payable(ctx context.Context, scope access.Scope, agentID string) (fen int64, err error) {
	if !scope.All() && (scope.Agent() == "" || scope.Agent() != agentID) {
		return 0, access.ErrScope
	}
	return s.count(ctx, payableSQL, string(ledger.AgentPayable(storable(agentID))))
}
