package store

import (
	"context"
	"encoding/json"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// codeTables hold what payments by code have beside their amounts, and the accounts with wallets.
var codeTables = []*table{paymentCodeTable, referenceTable, linkTable, accountTable}

var paymentCodeTable = &table{
	name: payment.CodeTable,
	columns: cols("bucket small, id text, merchant text, account text, presented text, source text, link text, reference text, " +
		"note text, device text, ip text, content text, expires_at_us int, number text, paid_fen int, payer text, bank text, " +
		"paid_at_us int, late int, mismatch_fen int, updated_at_us int, visitor text"),
	encode: func(s sink, r step.Row) {
		c := r.(payment.Code)
		s.Int(int64(c.Bucket))
		s.Text(c.Payment)
		s.Text(c.Merchant)
		s.Text(c.Account)
		s.Text(string(c.Presented))
		s.Text(string(c.Source))
		s.Text(c.Link)
		s.Text(c.Reference)
		s.Text(c.Text)
		s.Text(c.Device)
		s.Text(c.IP)
		s.Text(c.Content)
		s.Int(int64(c.ExpiresAt))
		s.Text(c.Number)
		s.Int(c.PaidFen)
		s.Text(c.Payer)
		s.Text(c.Bank)
		s.Int(int64(c.PaidAt))
		sinkBool(s, c.Late)
		s.Int(c.Mismatch)
		s.Int(int64(c.UpdatedAt))
		s.Text(c.Visitor)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c payment.Code
		var late int64
		err := scan(&c.Bucket, &c.Payment, &c.Merchant, &c.Account, &c.Presented, &c.Source, &c.Link, &c.Reference, &c.Text,
			&c.Device, &c.IP, &c.Content, &c.ExpiresAt, &c.Number, &c.PaidFen, &c.Payer, &c.Bank, &c.PaidAt, &late, &c.Mismatch,
			&c.UpdatedAt, &c.Visitor)
		c.Late = late != 0
		return c, err
	},
}

var referenceTable = &table{
	name:    payment.ReferenceTable,
	columns: cols("bucket small, id text, merchant text, name text, digest blob, operation text, at_us int"),
	encode: func(s sink, row step.Row) {
		r := row.(payment.Reference)
		s.Int(int64(r.Bucket))
		s.Text(r.Key().ID)
		s.Text(r.Merchant)
		s.Text(r.Name)
		s.Blob(r.Digest)
		s.Text(r.Operation)
		s.Int(int64(r.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var r payment.Reference
		var key string
		err := scan(&r.Bucket, &key, &r.Merchant, &r.Name, &r.Digest, &r.Operation, &r.At)
		return r, err
	},
}

var accountTable = &table{
	name: wallet.AccountTable, hold: free,
	columns: cols("bucket small, id text, merchant text, wallet text, mode text, provider text, state text, open_values text, " +
		"secrets blob, version int, tested_at_us int, tested_by text, findings text, changed_by text, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		a := r.(wallet.Account)
		s.Int(int64(a.Bucket))
		s.Text(a.ID)
		s.Text(a.Merchant)
		s.Text(string(a.Wallet))
		s.Text(string(a.Mode))
		s.Text(a.Provider)
		s.Text(string(a.State))
		s.Text(inJSON(a.Values))
		s.Blob(a.Secrets)
		s.Int(a.Version)
		s.Int(int64(a.TestedAt))
		s.Text(a.TestedBy)
		s.Text(inJSON(a.Findings))
		s.Text(a.ChangedBy)
		s.Int(int64(a.CreatedAt))
		s.Int(int64(a.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var a wallet.Account
		var values, findings string
		err := scan(&a.Bucket, &a.ID, &a.Merchant, &a.Wallet, &a.Mode, &a.Provider, &a.State, &values, &a.Secrets, &a.Version,
			&a.TestedAt, &a.TestedBy, &findings, &a.ChangedBy, &a.CreatedAt, &a.UpdatedAt)
		if err == nil {
			err = json.Unmarshal([]byte(values), &a.Values)
		}
		if err == nil {
			err = json.Unmarshal([]byte(findings), &a.Findings)
		}
		return a, err
	},
}

var linkTable = &table{
	name: payment.LinkTable,
	columns: cols("bucket small, id text, merchant text, store text, name text, amount_fen int, note text, reference text, source text, " +
		"state text, latest text, paid_by text, expires_at_us int, created_by text, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		l := r.(payment.Link)
		s.Int(int64(l.Bucket))
		s.Text(l.ID)
		s.Text(l.Merchant)
		s.Text(l.Store)
		s.Text(l.Name)
		s.Int(l.AmountFen)
		s.Text(l.Text)
		s.Text(l.Reference)
		s.Text(string(l.Source))
		s.Text(string(l.State))
		s.Text(l.Latest)
		s.Text(l.PaidBy)
		s.Int(int64(l.ExpiresAt))
		s.Text(l.CreatedBy)
		s.Int(int64(l.CreatedAt))
		s.Int(int64(l.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var l payment.Link
		err := scan(&l.Bucket, &l.ID, &l.Merchant, &l.Store, &l.Name, &l.AmountFen, &l.Text, &l.Reference, &l.Source, &l.State,
			&l.Latest, &l.PaidBy, &l.ExpiresAt, &l.CreatedBy, &l.CreatedAt, &l.UpdatedAt)
		return l, err
	},
}

// linkList returns what a page of printed links asks for.
func linkList(scope access.Scope, merchantID string) (conditions, error) {
	var c conditions
	err := c.of(scope, merchantID)
	c.add("amount_fen = 0")
	return c, err
}

// Links returns a page of the printed links in a scope, of one merchant where that is asked for.
func (s *Store) Links(ctx context.Context, scope access.Scope, merchantID string, p listing.Page) (listing.Slice[payment.Link], error) {
	c, err := linkList(scope, merchantID)
	if err != nil {
		return listing.Slice[payment.Link]{}, err
	}
	return pageOf(ctx, s, linkTable, "created_at_us", c, p, func(l payment.Link) calendar.Instant { return l.CreatedAt })
}
