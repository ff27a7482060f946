package store

import (
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// applicationTables hold applications of merchants and what belongs to them.
var applicationTables = []*table{
	applicationTable, historyTable, pendingTable, profileTable, documentTable, chunkTable, ticketTable, checkTable,
	subjectTable, blockTable, visitTable, agreementTable,
}

var applicationTable = &table{
	name: merchant.ApplicationTable,
	columns: cols("bucket small, id text, merchant text, purpose text, state text, origin text, agent text, name text, " +
		"kind text, sections text, version int, step text, content blob, base text, grade text, reasons text, " +
		"checks text, claimed_by text, claimed_until_us int, submitted_by text, submitted_at_us int, " +
		"decided_by text, second_by text, decided_at_us int, override text, reason text, entries int, " +
		"created_by text, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Application)
		s.Int(int64(row.Bucket))
		s.Text(row.ID)
		s.Text(row.Merchant)
		s.Text(string(row.Purpose))
		s.Text(string(row.State))
		s.Text(string(row.Origin))
		s.Text(row.Agent)
		s.Text(row.Name)
		s.Text(string(row.Kind))
		s.Text(row.Sections)
		s.Int(row.Version)
		s.Text(row.Step)
		s.Blob(row.Content)
		s.Text(row.Base)
		s.Text(string(row.Grade))
		s.Text(row.Reasons)
		s.Text(row.Checks)
		s.Text(row.ClaimedBy)
		s.Int(int64(row.ClaimedUntil))
		s.Text(row.SubmittedBy)
		s.Int(int64(row.SubmittedAt))
		s.Text(row.DecidedBy)
		s.Text(row.SecondBy)
		s.Int(int64(row.DecidedAt))
		s.Text(row.Override)
		s.Text(row.Reason)
		s.Int(row.Entries)
		s.Text(row.CreatedBy)
		s.Int(int64(row.CreatedAt))
		s.Int(int64(row.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Application
		err := scan(&row.Bucket, &row.ID, &row.Merchant, &row.Purpose, &row.State, &row.Origin, &row.Agent,
			&row.Name, &row.Kind, &row.Sections, &row.Version, &row.Step, &row.Content, &row.Base,
			&row.Grade, &row.Reasons, &row.Checks, &row.ClaimedBy, &row.ClaimedUntil, &row.SubmittedBy,
			&row.SubmittedAt, &row.DecidedBy, &row.SecondBy, &row.DecidedAt, &row.Override, &row.Reason,
			&row.Entries, &row.CreatedBy, &row.CreatedAt, &row.UpdatedAt)
		return row, err
	},
}

var historyTable = &table{
	name: merchant.HistoryTable,
	columns: cols("bucket small, id text, application text, number int, verb text, from_state text, to_state text, " +
		"actor text, reason text, version int, at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.History)
		key := row.Key()
		s.Int(int64(row.Bucket))
		s.Text(key.ID)
		s.Text(row.Application)
		s.Int(row.Number)
		s.Text(string(row.Verb))
		s.Text(string(row.From))
		s.Text(string(row.To))
		s.Text(row.By)
		s.Text(row.Reason)
		s.Int(row.Version)
		s.Int(int64(row.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.History
		var key string
		err := scan(&row.Bucket, &key, &row.Application, &row.Number, &row.Verb, &row.From, &row.To, &row.By,
			&row.Reason, &row.Version, &row.At)
		return row, err
	},
}

var pendingTable = &table{
	name:    merchant.OpenTable,
	columns: cols("bucket small, id text, application text"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Pending)
		s.Int(int64(row.Bucket))
		s.Text(row.Merchant)
		s.Text(row.Application)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Pending
		err := scan(&row.Bucket, &row.Merchant, &row.Application)
		return row, err
	},
}

var profileTable = &table{
	name:    merchant.ProfileTable,
	columns: cols("bucket small, id text, merchant text, version int, content blob, created_at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Profile)
		s.Int(int64(row.Bucket))
		s.Text(row.Application)
		s.Text(row.Merchant)
		s.Int(row.Version)
		s.Blob(row.Content)
		s.Int(int64(row.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Profile
		err := scan(&row.Bucket, &row.Application, &row.Merchant, &row.Version, &row.Content, &row.CreatedAt)
		return row, err
	},
}

var documentTable = &table{
	name: merchant.DocumentTable,
	columns: cols("bucket small, id text, merchant text, application text, kind text, media_type text, size int, " +
		"width int, height int, chunks int, digest text, actor text, removed int, created_at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Document)
		s.Int(int64(row.Bucket))
		s.Text(row.ID)
		s.Text(row.Merchant)
		s.Text(row.Application)
		s.Text(string(row.Kind))
		s.Text(row.Type)
		s.Int(row.Size)
		s.Int(row.Width)
		s.Int(row.Height)
		s.Int(row.Chunks)
		s.Text(row.Digest)
		s.Text(row.By)
		sinkBool(s, row.Removed)
		s.Int(int64(row.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Document
		var removed int64
		err := scan(&row.Bucket, &row.ID, &row.Merchant, &row.Application, &row.Kind, &row.Type, &row.Size,
			&row.Width, &row.Height, &row.Chunks, &row.Digest, &row.By, &removed, &row.CreatedAt)
		row.Removed = removed != 0
		return row, err
	},
}

var chunkTable = &table{
	name:    merchant.ChunkTable,
	columns: cols("bucket small, id text, document text, number int, content blob"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Chunk)
		key := row.Key()
		s.Int(int64(row.Bucket))
		s.Text(key.ID)
		s.Text(row.Document)
		s.Int(row.Number)
		s.Blob(row.Content)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Chunk
		var key string
		err := scan(&row.Bucket, &key, &row.Document, &row.Number, &row.Content)
		return row, err
	},
}

var ticketTable = &table{
	name: merchant.TicketTable,
	columns: cols("bucket small, id text, merchant text, application text, kind text, actor text, until_us int, " +
		"document text"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Ticket)
		s.Int(int64(row.Bucket))
		s.Text(row.Hash)
		s.Text(row.Merchant)
		s.Text(row.Application)
		s.Text(string(row.Kind))
		s.Text(row.By)
		s.Int(int64(row.Until))
		s.Text(row.Document)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Ticket
		err := scan(&row.Bucket, &row.Hash, &row.Merchant, &row.Application, &row.Kind, &row.By, &row.Until,
			&row.Document)
		return row, err
	},
}

var checkTable = &table{
	name: merchant.CheckTable,
	columns: cols("bucket small, id text, application text, merchant text, kind text, part text, data_index text, " +
		"state text, differs text, reference text, tries int, asked_at_us int, answered_at_us int, " +
		"due_at_us int, created_at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Check)
		key := row.Key()
		s.Int(int64(row.Bucket))
		s.Text(key.ID)
		s.Text(row.Application)
		s.Text(row.Merchant)
		s.Text(string(row.Kind))
		s.Text(row.Part)
		s.Text(row.Index)
		s.Text(string(row.State))
		s.Text(row.Differs)
		s.Text(row.Reference)
		s.Int(row.Tries)
		s.Int(int64(row.AskedAt))
		s.Int(int64(row.AnsweredAt))
		s.Int(int64(row.DueAt))
		s.Int(int64(row.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Check
		var key string
		err := scan(&row.Bucket, &key, &row.Application, &row.Merchant, &row.Kind, &row.Part, &row.Index,
			&row.State, &row.Differs, &row.Reference, &row.Tries, &row.AskedAt, &row.AnsweredAt, &row.DueAt,
			&row.CreatedAt)
		return row, err
	},
}

var subjectTable = &table{
	name:    merchant.SubjectTable,
	columns: cols("bucket small, id text, kind text, data_index text, uses text"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Subject)
		key := row.Key()
		s.Int(int64(key.Bucket))
		s.Text(key.ID)
		s.Text(string(row.Kind))
		s.Text(row.Index)
		s.Text(row.Uses)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Subject
		var bucket int64
		var key string
		err := scan(&bucket, &key, &row.Kind, &row.Index, &row.Uses)
		return row, err
	},
}

var blockTable = &table{
	name: merchant.BlockTable,
	columns: cols("bucket small, id text, kind text, data_index text, risk_type text, source text, reason text, " +
		"masked text, until_us int, lifted int, actor text, at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Block)
		key := row.Key()
		s.Int(int64(key.Bucket))
		s.Text(key.ID)
		s.Text(string(row.Kind))
		s.Text(row.Index)
		s.Text(row.RiskType)
		s.Text(row.Source)
		s.Text(row.Reason)
		s.Text(row.Masked)
		s.Int(int64(row.Until))
		sinkBool(s, row.Lifted)
		s.Text(row.By)
		s.Int(int64(row.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Block
		var bucket int64
		var key string
		var lifted int64
		err := scan(&bucket, &key, &row.Kind, &row.Index, &row.RiskType, &row.Source, &row.Reason, &row.Masked,
			&row.Until, &lifted, &row.By, &row.At)
		row.Lifted = lifted != 0
		return row, err
	},
}

var visitTable = &table{
	name: merchant.VisitTable,
	columns: cols("bucket small, id text, merchant text, application text, kind text, result text, note blob, " +
		"documents text, actor text, at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Visit)
		s.Int(int64(row.Bucket))
		s.Text(row.ID)
		s.Text(row.Merchant)
		s.Text(row.Application)
		s.Text(string(row.Kind))
		s.Text(string(row.Result))
		s.Blob(row.Note)
		s.Text(row.Documents)
		s.Text(row.By)
		s.Int(int64(row.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Visit
		err := scan(&row.Bucket, &row.ID, &row.Merchant, &row.Application, &row.Kind, &row.Result, &row.Note,
			&row.Documents, &row.By, &row.At)
		return row, err
	},
}

var agreementTable = &table{
	name: merchant.AgreementTable,
	columns: cols("bucket small, id text, merchant text, application text, terms text, digest text, name blob, " +
		"actor text, address text, document text, at_us int"),
	encode: func(s sink, r step.Row) {
		row := r.(merchant.Agreement)
		s.Int(int64(row.Bucket))
		s.Text(row.ID)
		s.Text(row.Merchant)
		s.Text(row.Application)
		s.Text(row.Terms)
		s.Text(row.Digest)
		s.Blob(row.Name)
		s.Text(row.By)
		s.Text(row.Address)
		s.Text(row.Document)
		s.Int(int64(row.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var row merchant.Agreement
		err := scan(&row.Bucket, &row.ID, &row.Merchant, &row.Application, &row.Terms, &row.Digest, &row.Name,
			&row.By, &row.Address, &row.Document, &row.At)
		return row, err
	},
}
