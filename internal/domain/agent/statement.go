package agent

import (
	"slices"
	"strings"
)

// Totals are sums of an agent over some days, in fen. Share and Back are what was earned and what was clawed back.
type Totals struct {
	Merchants           int
	Payments, AmountFen int64
	FeeFen, ShareFen    int64
	Returns, ReturnsFen int64
	BackFen             int64
}

// Line is the totals of one day, one month or one merchant.
type Line struct {
	Key string // "2026-11-23", "2026-11", or a merchant's id
	Totals
}

// Net returns what is left of the shares.
func (t Totals) Net() int64 { return t.ShareFen - t.BackFen }

// By says along what a statement is summed up.
type By string

// The ways.
const (
	ByDay      By = "day"
	ByMonth    By = "month"
	ByMerchant By = "merchant"
)

// Statement sums up days.
type Statement struct {
	by        By
	lines     map[string]*Line
	merchants map[string]map[string]bool
	all       map[string]bool
	total     Totals
}

// NewStatement returns an empty statement.
func NewStatement(by By) *Statement {
	return &Statement{by: by, lines: map[string]*Line{}, merchants: map[string]map[string]bool{}, all: map[string]bool{}}
}

// Add adds a day.
func (s *Statement) Add(d Day) {
	key := d.Date.String()
	switch s.by {
	case ByMonth:
		key = key[:7]
	case ByMerchant:
		key = d.Merchant
	}
	line := s.lines[key]
	if line == nil {
		line = &Line{Key: key}
		s.lines[key], s.merchants[key] = line, map[string]bool{}
	}
	s.merchants[key][d.Merchant], s.all[d.Merchant] = true, true
	line.add(d)
	s.total.add(d)
}

func (t *Totals) add(d Day) {
	if d.Back {
		t.Returns += d.Count
		t.ReturnsFen += d.Amount
		t.BackFen += d.Share
		t.FeeFen -= d.Fee
		return
	}
	t.Payments += d.Count
	t.AmountFen += d.Amount
	t.FeeFen += d.Fee
	t.ShareFen += d.Share
}

// Lines returns the lines in the order of their keys, and the totals of all.
func (s *Statement) Lines() ([]Line, Totals) {
	out := make([]Line, 0, len(s.lines))
	for key, l := range s.lines {
		l.Merchants = len(s.merchants[key])
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Line) int { return strings.Compare(a.Key, b.Key) })
	total := s.total
	total.Merchants = len(s.all)
	return out, total
}
