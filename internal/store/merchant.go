package store

import (
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

var merchantTable = &table{
	name: merchant.Table, hold: free,
	columns: cols("bucket small, id text, number text, name text, name_en text, category text, state text, " +
		"single_max_fen int, day_count_max int, day_sum_max_fen int, created_at_us int, kind text, subject text, " +
		"agent text, owner text, area text, grade text, origin text, profile text, license_until int, " +
		"identity_until int, verify_by int, due_on int, reminded_for int, approved_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		m := r.(merchant.Merchant)
		s.Int(int64(m.Bucket))
		s.Text(m.ID)
		s.Text(m.Number)
		s.Text(m.Name)
		s.Text(m.NameEN)
		s.Text(m.Category)
		s.Text(string(m.State))
		s.Int(m.SingleMax)
		s.Int(m.DayCountMax)
		s.Int(m.DaySumMax)
		s.Int(int64(m.CreatedAt))
		s.Text(string(m.Kind))
		s.Text(m.Subject)
		s.Text(m.Agent)
		s.Text(m.Owner)
		s.Text(m.Area)
		s.Text(string(m.Grade))
		s.Text(string(m.Origin))
		s.Text(m.Profile)
		s.Int(int64(m.LicenseUntil))
		s.Int(int64(m.IdentityUntil))
		s.Int(int64(m.VerifyBy))
		s.Int(int64(m.DueOn))
		s.Int(int64(m.RemindedFor))
		s.Int(int64(m.ApprovedAt))
		s.Int(int64(m.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var m merchant.Merchant
		err := scan(&m.Bucket, &m.ID, &m.Number, &m.Name, &m.NameEN, &m.Category, &m.State,
			&m.SingleMax, &m.DayCountMax, &m.DaySumMax, &m.CreatedAt, &m.Kind, &m.Subject, &m.Agent, &m.Owner, &m.Area,
			&m.Grade, &m.Origin, &m.Profile, &m.LicenseUntil, &m.IdentityUntil, &m.VerifyBy, &m.DueOn, &m.RemindedFor,
			&m.ApprovedAt, &m.UpdatedAt)
		return m, err
	},
}

var shopTable = &table{
	name: merchant.StoreTable, hold: free,
	columns: cols("bucket small, id text, merchant text, name text, name_en text, address text, " +
		"area text, phone text, closed int, created_at_us int"),
	encode: func(s sink, r step.Row) {
		p := r.(merchant.Store)
		s.Int(int64(p.Bucket))
		s.Text(p.ID)
		s.Text(p.Merchant)
		s.Text(p.Name)
		s.Text(p.NameEN)
		s.Text(p.Address)
		s.Text(p.Area)
		s.Text(p.Phone)
		sinkBool(s, p.Closed)
		s.Int(int64(p.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p merchant.Store
		var closed int64
		err := scan(&p.Bucket, &p.ID, &p.Merchant, &p.Name, &p.NameEN, &p.Address, &p.Area, &p.Phone, &closed, &p.CreatedAt)
		p.Closed = closed != 0
		return p, err
	},
}

var feeTable = &table{
	name: fee.Table, hold: free,
	columns: cols("bucket small, id text, version int, rules text, holders text"),
	encode: func(s sink, r step.Row) {
		f := r.(fee.Schedule)
		s.Int(int64(f.Bucket))
		s.Text(f.Owner)
		s.Int(f.Version)
		s.Text(fee.Encode(f.Rules))
		s.Text(fee.EncodeHolders(f.Holders))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var f fee.Schedule
		var rules, holders string
		err := scan(&f.Bucket, &f.Owner, &f.Version, &rules, &holders)
		if err == nil {
			f.Rules, err = fee.Decode(rules)
		}
		if err == nil {
			f.Holders, err = fee.DecodeHolders(holders)
		}
		return f, err
	},
}

var binTable = &table{
	name: card.BINTable, hold: free,
	columns: cols("bucket small, id text, length int, kind text, organization text, issuer text, issuer_name text, issuer_name_en text, token int"),
	encode: func(s sink, r step.Row) {
		b := r.(card.BIN)
		s.Int(0)
		s.Text(b.Prefix)
		s.Int(int64(b.Length))
		s.Text(string(b.Kind))
		s.Text(b.Organization)
		s.Text(b.Issuer)
		s.Text(b.IssuerName)
		s.Text(b.IssuerEN)
		sinkBool(s, b.Token)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var b card.BIN
		var bucket int64
		var token int64
		err := scan(&bucket, &b.Prefix, &b.Length, &b.Kind, &b.Organization, &b.Issuer, &b.IssuerName, &b.IssuerEN, &token)
		b.Token = token != 0
		return b, err
	},
}
