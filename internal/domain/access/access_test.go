package access_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// house is a service over real records, with a clock in the test's hand.
type house struct {
	*access.Service
	t     *testing.T
	store *store.Store
	ids   *id.Maker
	inbox *inbox
	glass *glassHasher
	rows  atomic.Int64 // written so far

	mu  sync.Mutex
	now time.Time
}

const password = "correct horse 42"

var here = access.Place{IP: "203.0.113.7", Device: "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0"}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, inbox: &inbox{}, glass: &glassHasher{}, now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	h.store = storetest.Open(t, t.TempDir(), store.Options{Observe: func(b store.Batch) { h.rows.Add(int64(b.Rows)) }})
	h.ids = id.NewMaker(h.clock, rand.Reader)
	h.Service = h.service(access.Policy{})
	return h
}

func (h *house) service(p access.Policy) *access.Service {
	h.t.Helper()
	s, err := access.NewService(h.t.Context(), access.Config{
		Gate: h.store, Store: h.store, Hasher: h.glass, Vault: glassVault{}, Messenger: h.inbox, IDs: h.ids, Now: h.clock,
		Chance: rand.Reader, Policy: p,
	})
	h.must(err)
	return s
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// want demands an error and reports what was tried.
func (h *house) want(what string, err, target error) {
	h.t.Helper()
	if !errors.Is(err, target) || target == nil && err != nil {
		h.t.Errorf("%s: %v, want %v", what, err, target)
	}
}

// person makes an account of the merchants' side.
func (h *house) person(email string) access.User {
	h.t.Helper()
	u, err := h.FurnishUser(h.t.Context(), access.NewUser{Realm: access.Merchant, Email: email, Name: "Person", Lang: "en", Password: password})
	h.must(err)
	return u
}

// staff makes an account of the platform with these roles, logs it in and enrolls a second factor.
func (h *house) staff(email string, roles ...access.Role) access.Actor {
	h.t.Helper()
	_, err := h.FurnishUser(h.t.Context(), access.NewUser{
		Realm: access.Platform, Email: email, Name: "Staff " + email, Lang: "en", Password: password, Roles: roles,
	})
	h.must(err)
	grant, err := h.LogIn(h.t.Context(), email, password, here)
	h.must(err)
	a := h.actor(grant.Token)
	h.enroll(a)
	return h.actor(grant.Token)
}

// actor returns who holds a token.
func (h *house) actor(token string) access.Actor {
	h.t.Helper()
	a, err := h.Authenticate(h.t.Context(), token, here.IP)
	h.must(err)
	return a
}

// login logs an account without a second factor in.
func (h *house) login(name string) access.Actor {
	h.t.Helper()
	grant, err := h.LogIn(h.t.Context(), name, password, here)
	h.must(err)
	return h.actor(grant.Token)
}

// owner makes a merchant with its owner, who is logged in.
func (h *house) owner(email string) access.Actor {
	h.t.Helper()
	u, m := h.person(email), h.ids.NewRoot("mch_")
	h.join(m, u.ID, access.Owner)
	return h.login(email)
}

func (h *house) join(merchant, account string, roles ...access.Role) {
	h.t.Helper()
	m := access.Member{Merchant: merchant, Account: account, Roles: roles, State: access.MemberActive, CreatedAt: calendar.At(h.clock())}
	h.must(storetest.Do(h.t, h.store, func(v step.View) error { return access.Enroll(v, m) }, access.EnrollKeys(merchant, account)...))
}

// inbox is a messenger that keeps what it is handed.
type inbox struct {
	mu       sync.Mutex
	messages []access.Message
}

// Send implements access.Messenger.
func (i *inbox) Send(_ context.Context, m access.Message) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.messages = append(i.messages, m)
	return nil
}

func (i *inbox) last() access.Message {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.messages) == 0 {
		return access.Message{}
	}
	return i.messages[len(i.messages)-1]
}

// glassHasher shows what it hashes and counts its work; the real one lies in a room of its own.
type glassHasher struct {
	worked atomic.Int64
	old    atomic.Bool
}

// Hash implements access.Hasher.
func (g *glassHasher) Hash(_ context.Context, password string) (string, error) {
	g.worked.Add(1)
	return "glass:" + password, nil
}

// Verify implements access.Hasher.
func (g *glassHasher) Verify(_ context.Context, hash, password string) (ok, outdated bool, err error) {
	g.worked.Add(1)
	return hash == "glass:"+password, g.old.Load(), nil
}

// glassVault shows what it seals.
type glassVault struct{}

// SealData implements access.Vault.
func (glassVault) SealData(data []byte, record string) []byte {
	return append([]byte(record+"\x00"), data...)
}

// OpenData implements access.Vault.
func (glassVault) OpenData(sealed []byte, record string) ([]byte, error) {
	data, ok := bytes.CutPrefix(sealed, []byte(record+"\x00"))
	if !ok {
		return nil, errors.New("sealed for another record")
	}
	return data, nil
}
