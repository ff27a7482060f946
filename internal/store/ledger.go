package store

import (
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/ledger"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/risk"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

var (
	balanceTable = tallyTable(ledger.BalanceTable, exclusive,
		[4]string{"debit_fen", "credit_fen", "pending_debit_fen", "pending_credit_fen"})
	riskTable = tallyTable(risk.CounterTable, exclusive,
		[4]string{"reserved_count", "reserved_fen", "used_count", "used_fen"})
)

var entryTable = &table{
	name: ledger.EntryTable, mode: appended,
	columns: cols("bucket small, id text, at_us int, business_date int, kind text, payment text, operation text, " +
		"mirrors text, lane int, position int, hash blob"),
	encode: func(s sink, r step.Row) {
		e := r.(ledger.Entry)
		s.Int(int64(e.Bucket))
		s.Text(e.ID)
		s.Int(int64(e.At))
		s.Int(int64(e.BusinessDate))
		s.Text(e.Kind)
		s.Text(e.Payment)
		s.Text(e.Operation)
		s.Text(e.Mirrors)
		s.Int(e.Lane)
		s.Int(e.Position)
		s.Blob(e.Hash)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var e ledger.Entry
		err := scan(&e.Bucket, &e.ID, &e.At, &e.BusinessDate, &e.Kind, &e.Payment, &e.Operation, &e.Mirrors,
			&e.Lane, &e.Position, &e.Hash)
		return e, err
	},
}

var postingTable = &table{
	name: ledger.PostingTable, mode: appended,
	columns: cols("bucket small, entry text, number int, account text, amount_fen int, currency int"),
	encode: func(s sink, r step.Row) {
		p := r.(ledger.Posting)
		s.Int(int64(p.Bucket))
		s.Text(p.Entry)
		s.Int(int64(p.Number))
		s.Text(string(p.Account))
		s.Int(p.Fen)
		s.Int(int64(p.Currency))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p ledger.Posting
		err := scan(&p.Bucket, &p.Entry, &p.Number, &p.Account, &p.Fen, &p.Currency)
		return p, err
	},
}

var auditTable = &table{
	name: audit.Table, mode: appended,
	columns: cols("bucket small, id text, at_us int, actor text, action text, subject text, detail text, " +
		"lane int, position int, hash blob, merchant text, noun text"),
	encode: func(s sink, r step.Row) {
		a := r.(audit.Record)
		s.Int(int64(a.Bucket))
		s.Text(a.ID)
		s.Int(int64(a.At))
		s.Text(a.Actor)
		s.Text(a.Action)
		s.Text(a.Subject)
		s.Text(a.Detail)
		s.Int(a.Lane)
		s.Int(a.Position)
		s.Blob(a.Hash)
		s.Text(a.Merchant)
		noun, _, _ := strings.Cut(a.Action, ".")
		s.Text(noun)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var a audit.Record
		var noun string
		err := scan(&a.Bucket, &a.ID, &a.At, &a.Actor, &a.Action, &a.Subject, &a.Detail, &a.Lane, &a.Position, &a.Hash, &a.Merchant, &noun)
		return a, err
	},
}

var eventTable = &table{
	name: event.Table, mode: appended,
	columns: cols("bucket small, id text, at_us int, merchant text, kind text, subject text, body text, " +
		"lane int, position int"),
	encode: func(s sink, r step.Row) {
		e := r.(event.Event)
		s.Int(int64(e.Bucket))
		s.Text(e.ID)
		s.Int(int64(e.At))
		s.Text(e.Merchant)
		s.Text(e.Kind)
		s.Text(e.Subject)
		s.Text(e.Body)
		s.Int(e.Lane)
		s.Int(e.Position)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var e event.Event
		err := scan(&e.Bucket, &e.ID, &e.At, &e.Merchant, &e.Kind, &e.Subject, &e.Body, &e.Lane, &e.Position)
		return e, err
	},
}

var rootTable = &table{
	name:    audit.RootTable,
	columns: cols("bucket small, id text, business_date int, at_us int, lanes int, hash blob, heads text"),
	encode: func(s sink, r step.Row) {
		root := r.(audit.Root)
		s.Int(0)
		s.Text(root.Key().ID)
		s.Int(int64(root.Date))
		s.Int(int64(root.At))
		s.Int(root.Lanes)
		s.Blob(root.Hash)
		s.Text(root.Heads)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var root audit.Root
		var bucket int64
		var key string
		err := scan(&bucket, &key, &root.Date, &root.At, &root.Lanes, &root.Hash, &root.Heads)
		return root, err
	},
}

var directoryTable = &table{
	name:    directory.Table,
	columns: cols("bucket small, id text, kind text, name text, target text"),
	encode: func(s sink, r step.Row) {
		e := r.(directory.Entry)
		k := e.Key()
		s.Int(int64(k.Bucket))
		s.Text(k.ID)
		s.Text(e.Kind)
		s.Text(e.Name)
		s.Text(e.Target)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var e directory.Entry
		var bucket int64
		var key string
		err := scan(&bucket, &key, &e.Kind, &e.Name, &e.Target)
		return e, err
	},
}

var railKeyTable = &table{
	name: payment.RailSessions, hold: free,
	columns: cols("bucket small, id text, pin_key blob, mac_key blob, version int, clearing_date int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		k := r.(payment.RailSession)
		s.Int(0)
		s.Text(k.Rail)
		s.Blob(k.PINKey)
		s.Blob(k.MACKey)
		s.Int(k.Version)
		s.Int(int64(k.ClearingDate))
		s.Int(int64(k.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var k payment.RailSession
		var bucket int64
		err := scan(&bucket, &k.Rail, &k.PINKey, &k.MACKey, &k.Version, &k.ClearingDate, &k.UpdatedAt)
		return k, err
	},
}

var receiptTable = &table{
	name:    receipt.Table,
	columns: cols("bucket small, id text, merchant text, slip text, prints int, at_us int"),
	encode: func(s sink, r step.Row) {
		i := r.(receipt.Issued)
		s.Int(int64(i.Bucket))
		s.Text(i.Operation)
		s.Text(i.Merchant)
		s.Text(i.Slip)
		s.Int(i.Prints)
		s.Int(int64(i.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var i receipt.Issued
		err := scan(&i.Bucket, &i.Operation, &i.Merchant, &i.Slip, &i.Prints, &i.At)
		return i, err
	},
}

var signatureTable = &table{
	name:    receipt.SignatureTable,
	columns: cols("bucket small, id text, merchant text, image blob, at_us int"),
	encode: func(s sink, r step.Row) {
		g := r.(receipt.Signed)
		s.Int(int64(g.Bucket))
		s.Text(g.Operation)
		s.Text(g.Merchant)
		s.Blob(g.Image)
		s.Int(int64(g.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var g receipt.Signed
		err := scan(&g.Bucket, &g.Operation, &g.Merchant, &g.Image, &g.At)
		return g, err
	},
}
