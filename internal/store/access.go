package store

import (
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// accessTables hold who may do what.
var accessTables = []*table{
	userTable, codeTable, passkeyTable, ceremonyTable, throttleTable, sessionTable, loginTable, memberTable, rosterTable,
	invitationTable, apiKeyTable, proposalTable,
}

var userTable = &table{
	name: access.UserTable, hold: free,
	columns: cols("bucket small, id text, realm text, state text, name text, phone text, email text, lang text, hash text, roles text, " +
		"agent text, totp blob, totp_next blob, totp_step int, recovery text, passkeys int, epoch int, password_changed_at_us int, " +
		"last_login_at_us int, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		u := r.(access.User)
		s.Int(int64(u.Bucket))
		s.Text(u.ID)
		s.Text(string(u.Realm))
		s.Text(string(u.State))
		s.Text(u.Name)
		s.Text(string(u.Phone))
		s.Text(string(u.Email))
		s.Text(u.Lang)
		s.Text(u.Hash)
		s.Text(access.JoinRoles(u.Roles))
		s.Text(u.Agent)
		s.Blob(u.TOTP)
		s.Blob(u.TOTPNext)
		s.Int(u.TOTPStep)
		s.Text(strings.Join(u.Recovery, " "))
		s.Int(u.Passkeys)
		s.Int(u.Epoch)
		s.Int(int64(u.PasswordChangedAt))
		s.Int(int64(u.LastLoginAt))
		s.Int(int64(u.CreatedAt))
		s.Int(int64(u.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var u access.User
		var roles, recovery string
		err := scan(&u.Bucket, &u.ID, &u.Realm, &u.State, &u.Name, &u.Phone, &u.Email, &u.Lang, &u.Hash, &roles, &u.Agent, &u.TOTP, &u.TOTPNext,
			&u.TOTPStep, &recovery, &u.Passkeys, &u.Epoch, &u.PasswordChangedAt, &u.LastLoginAt, &u.CreatedAt, &u.UpdatedAt)
		u.Roles, u.Recovery = access.SplitRoles(roles), strings.Fields(recovery)
		return u, err
	},
}

var codeTable = &table{
	name: access.CodeTable,
	columns: cols("bucket small, id text, purpose text, target text, account text, salt blob, hash blob, tries int, expires_at_us int, " +
		"used_at_us int, created_at_us int"),
	encode: func(s sink, r step.Row) {
		c := r.(access.Code)
		s.Int(int64(c.Bucket))
		s.Text(c.ID)
		s.Text(string(c.Purpose))
		s.Text(string(c.Target))
		s.Text(c.Account)
		s.Blob(c.Salt)
		s.Blob(c.Hash)
		s.Int(c.Tries)
		s.Int(int64(c.ExpiresAt))
		s.Int(int64(c.UsedAt))
		s.Int(int64(c.CreatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c access.Code
		err := scan(&c.Bucket, &c.ID, &c.Purpose, &c.Target, &c.Account, &c.Salt, &c.Hash, &c.Tries, &c.ExpiresAt, &c.UsedAt, &c.CreatedAt)
		return c, err
	},
}

var passkeyTable = &table{
	name: access.PasskeyTable,
	columns: cols("bucket small, id text, credential text, account text, name text, public_key blob, aaguid blob, transports text, sign_count int, " +
		"synced int, backed_up int, created_at_us int, last_used_at_us int, removed_at_us int"),
	encode: func(s sink, r step.Row) {
		p := r.(access.Passkey)
		s.Int(int64(p.Bucket))
		s.Text(p.Key().ID)
		s.Text(p.ID)
		s.Text(p.Account)
		s.Text(p.Name)
		s.Blob(p.PublicKey)
		s.Blob(p.AAGUID)
		s.Text(p.Transports)
		s.Int(p.SignCount)
		sinkBool(s, p.Synced)
		sinkBool(s, p.BackedUp)
		s.Int(int64(p.CreatedAt))
		s.Int(int64(p.LastUsedAt))
		s.Int(int64(p.RemovedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p access.Passkey
		var key string
		var synced, backedUp int64
		err := scan(&p.Bucket, &key, &p.ID, &p.Account, &p.Name, &p.PublicKey, &p.AAGUID, &p.Transports, &p.SignCount, &synced, &backedUp,
			&p.CreatedAt, &p.LastUsedAt, &p.RemovedAt)
		p.Synced, p.BackedUp = synced != 0, backedUp != 0
		return p, err
	},
}

var ceremonyTable = &table{
	name:    access.CeremonyTable,
	columns: cols("bucket small, id text, kind text, data blob, expires_at_us int, used_at_us int"),
	encode: func(s sink, r step.Row) {
		c := r.(access.Ceremony)
		s.Int(int64(c.Bucket))
		s.Text(c.ID)
		s.Text(c.Kind)
		s.Blob(c.Data)
		s.Int(int64(c.ExpiresAt))
		s.Int(int64(c.UsedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var c access.Ceremony
		err := scan(&c.Bucket, &c.ID, &c.Kind, &c.Data, &c.ExpiresAt, &c.UsedAt)
		return c, err
	},
}

var throttleTable = &table{
	name:    access.ThrottleTable,
	columns: cols("bucket small, id text, tries int, since_us int, last_at_us int, until_us int"),
	encode: func(s sink, r step.Row) {
		t := r.(access.Throttle)
		s.Int(int64(t.Bucket))
		s.Text(t.ID)
		s.Int(t.Count)
		s.Int(int64(t.Since))
		s.Int(int64(t.LastAt))
		s.Int(int64(t.Until))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var t access.Throttle
		err := scan(&t.Bucket, &t.ID, &t.Count, &t.Since, &t.LastAt, &t.Until)
		return t, err
	},
}

var sessionTable = &table{
	name: access.SessionTable,
	columns: cols("bucket small, id text, account text, stage text, epoch int, merchant text, strong int, method text, fresh_at_us int, " +
		"device text, ip text, created_at_us int, seen_at_us int, expires_at_us int, ended_at_us int, ended_by text"),
	encode: func(s sink, r step.Row) {
		n := r.(access.Session)
		s.Int(int64(n.Bucket))
		s.Text(n.ID)
		s.Text(n.Account)
		s.Text(string(n.Stage))
		s.Int(n.Epoch)
		s.Text(n.Merchant)
		sinkBool(s, n.Strong)
		s.Text(n.Method)
		s.Int(int64(n.FreshAt))
		s.Text(n.Device)
		s.Text(n.IP)
		s.Int(int64(n.CreatedAt))
		s.Int(int64(n.SeenAt))
		s.Int(int64(n.ExpiresAt))
		s.Int(int64(n.EndedAt))
		s.Text(n.EndedBy)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var n access.Session
		var strong int64
		err := scan(&n.Bucket, &n.ID, &n.Account, &n.Stage, &n.Epoch, &n.Merchant, &strong, &n.Method, &n.FreshAt, &n.Device, &n.IP,
			&n.CreatedAt, &n.SeenAt, &n.ExpiresAt, &n.EndedAt, &n.EndedBy)
		n.Strong = strong != 0
		return n, err
	},
}

var loginTable = &table{
	name: access.RecordTable, mode: appended,
	columns: cols("bucket small, id text, account text, name text, realm text, method text, result text, device text, ip text, at_us int"),
	encode: func(s sink, r step.Row) {
		l := r.(access.Record)
		s.Int(int64(l.Bucket))
		s.Text(l.ID)
		s.Text(l.Account)
		s.Text(l.Name)
		s.Text(string(l.Realm))
		s.Text(l.Method)
		s.Text(string(l.Result))
		s.Text(l.Device)
		s.Text(l.IP)
		s.Int(int64(l.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var l access.Record
		err := scan(&l.Bucket, &l.ID, &l.Account, &l.Name, &l.Realm, &l.Method, &l.Result, &l.Device, &l.IP, &l.At)
		return l, err
	},
}

var memberTable = &table{
	name: access.MemberTable,
	columns: cols("bucket small, id text, merchant text, account text, roles text, state text, added_by text, created_at_us int, " +
		"updated_at_us int"),
	encode: func(s sink, r step.Row) {
		m := r.(access.Member)
		s.Int(int64(m.Key().Bucket))
		s.Text(m.Key().ID)
		s.Text(m.Merchant)
		s.Text(m.Account)
		s.Text(access.JoinRoles(m.Roles))
		s.Text(string(m.State))
		s.Text(m.AddedBy)
		s.Int(int64(m.CreatedAt))
		s.Int(int64(m.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var m access.Member
		var bucket int64
		var key, roles string
		err := scan(&bucket, &key, &m.Merchant, &m.Account, &roles, &m.State, &m.AddedBy, &m.CreatedAt, &m.UpdatedAt)
		m.Roles = access.SplitRoles(roles)
		return m, err
	},
}

var rosterTable = &table{
	name:    access.RosterTable,
	columns: cols("bucket small, id text, owners int, members int"),
	encode: func(s sink, r step.Row) {
		n := r.(access.Roster)
		s.Int(int64(n.Key().Bucket))
		s.Text(n.Merchant)
		s.Int(n.Owners)
		s.Int(n.Members)
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var n access.Roster
		var bucket int64
		err := scan(&bucket, &n.Merchant, &n.Owners, &n.Members)
		return n, err
	},
}

var invitationTable = &table{
	name: access.InvitationTable,
	columns: cols("bucket small, id text, merchant text, target text, roles text, state text, hash blob, invited_by text, account text, " +
		"expires_at_us int, created_at_us int, updated_at_us int"),
	encode: func(s sink, r step.Row) {
		i := r.(access.Invitation)
		s.Int(int64(i.Bucket))
		s.Text(i.ID)
		s.Text(i.Merchant)
		s.Text(string(i.Target))
		s.Text(access.JoinRoles(i.Roles))
		s.Text(string(i.State))
		s.Blob(i.Hash)
		s.Text(i.By)
		s.Text(i.Account)
		s.Int(int64(i.ExpiresAt))
		s.Int(int64(i.CreatedAt))
		s.Int(int64(i.UpdatedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var i access.Invitation
		var roles string
		err := scan(&i.Bucket, &i.ID, &i.Merchant, &i.Target, &roles, &i.State, &i.Hash, &i.By, &i.Account, &i.ExpiresAt, &i.CreatedAt, &i.UpdatedAt)
		i.Roles = access.SplitRoles(roles)
		return i, err
	},
}

var apiKeyTable = &table{
	name: access.KeyTable, hold: free,
	columns: cols("bucket small, id text, merchant text, name text, mode text, hint text, hash text, old_hash text, old_until_us int, scopes text, " +
		"allowed text, state text, expires_at_us int, last_used_at_us int, last_ip text, created_by text, created_at_us int, rotated_at_us int, " +
		"revoked_at_us int"),
	encode: func(s sink, r step.Row) {
		k := r.(access.APIKey)
		s.Int(int64(k.Bucket))
		s.Text(k.ID)
		s.Text(k.Merchant)
		s.Text(k.Name)
		s.Text(string(k.Mode))
		s.Text(k.Hint)
		s.Text(k.Hash)
		s.Text(k.OldHash)
		s.Int(int64(k.OldUntil))
		s.Text(strings.Join(k.Scopes.Words(), " "))
		s.Text(k.Allowed)
		s.Text(string(k.State))
		s.Int(int64(k.ExpiresAt))
		s.Int(int64(k.LastUsedAt))
		s.Text(k.LastIP)
		s.Text(k.CreatedBy)
		s.Int(int64(k.CreatedAt))
		s.Int(int64(k.RotatedAt))
		s.Int(int64(k.RevokedAt))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var k access.APIKey
		var scopes string
		err := scan(&k.Bucket, &k.ID, &k.Merchant, &k.Name, &k.Mode, &k.Hint, &k.Hash, &k.OldHash, &k.OldUntil, &scopes, &k.Allowed, &k.State,
			&k.ExpiresAt, &k.LastUsedAt, &k.LastIP, &k.CreatedBy, &k.CreatedAt, &k.RotatedAt, &k.RevokedAt)
		for word := range strings.FieldsSeq(scopes) {
			if p, ok := access.ParsePermission(word); ok {
				k.Scopes = k.Scopes.Allow(p)
			}
		}
		return k, err
	},
}

var proposalTable = &table{
	name: access.ProposalTable,
	columns: cols("bucket small, id text, kind text, subject text, merchant text, payload text, base text, reason text, state text, asked_by text, " +
		"asked_name text, decided_by text, decider text, note text, expires_at_us int, decided_at_us int, created_at_us int, realm text"),
	encode: func(s sink, r step.Row) {
		p := r.(access.Proposal)
		s.Int(int64(p.Bucket))
		s.Text(p.ID)
		s.Text(p.Kind)
		s.Text(p.Subject)
		s.Text(p.Merchant)
		s.Text(p.Payload)
		s.Text(p.Base)
		s.Text(p.Reason)
		s.Text(string(p.State))
		s.Text(p.AskedBy)
		s.Text(p.AskedName)
		s.Text(p.DecidedBy)
		s.Text(p.Decider)
		s.Text(p.Note)
		s.Int(int64(p.ExpiresAt))
		s.Int(int64(p.DecidedAt))
		s.Int(int64(p.CreatedAt))
		s.Text(string(p.Realm))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var p access.Proposal
		err := scan(&p.Bucket, &p.ID, &p.Kind, &p.Subject, &p.Merchant, &p.Payload, &p.Base, &p.Reason, &p.State, &p.AskedBy, &p.AskedName,
			&p.DecidedBy, &p.Decider, &p.Note, &p.ExpiresAt, &p.DecidedAt, &p.CreatedAt, &p.Realm)
		return p, err
	},
}
