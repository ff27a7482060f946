package merchant_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// vault seals as the security module does, under a key of the test's.
type vault struct {
	aead cipher.AEAD
	key  []byte
}

func newVault(t testing.TB) vault {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return vault{aead, key}
}

func (v vault) SealData(data []byte, record string) []byte {
	return v.aead.Seal(nil, nil, data, []byte(record))
}

func (v vault) OpenData(sealed []byte, record string) ([]byte, error) {
	return v.aead.Open(nil, nil, sealed, []byte(record))
}

func (v vault) IndexData(space, text string) (string, error) {
	h := hmac.New(sha256.New, v.key)
	fmt.Fprintf(h, "%s\x00%s", space, text)
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// desk is a service over fresh records, with people around it.
type desk struct {
	t       testing.TB
	target  string
	records *store.Store
	service *merchant.Service
	at      time.Time

	says  map[merchant.CheckKind]merchant.Answer // of the provider
	fails error                                  // instead, when set
	mu    sync.Mutex
	asked []merchant.Question
	open  []merchant.Unsettled // what of merchants is not settled

	ops, reviewer, second, risk access.Actor
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	return newDeskAt(t, t.TempDir())
}

// newDeskAt is a desk over the records at target.
func newDeskAt(t testing.TB, target string) *desk {
	t.Helper()
	d := &desk{t: t, target: target, at: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), says: map[merchant.CheckKind]merchant.Answer{}}
	d.records = storetest.Open(t, d.target, store.Options{})
	now := func() time.Time { return d.at }
	d.service = merchant.NewService(merchant.Config{
		Gate: d.records, Records: d.records, Vault: newVault(t), Bureau: d, IDs: id.NewMaker(now, rand.Reader), Now: now,
		Clean: func(content []byte) (merchant.Cleaned, error) {
			if len(content) == 0 {
				return merchant.Cleaned{}, errDamaged
			}
			return merchant.Cleaned{Type: "image/png", Content: content, Width: 1, Height: 1}, nil
		},
		Unsettled: func(context.Context, string) ([]merchant.Unsettled, error) { return d.open, nil },
	})
	if err := storetest.Do(t, d.records, func(v step.View) error {
		v.Put(access.User{ID: ownerID, Bucket: id.MustBucket(ownerID), Realm: access.Merchant, State: access.UserActive})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	staff := func(name string, role access.Role) access.Actor {
		return access.Actor{ID: "usr_" + name, Realm: access.Platform, Session: "s", Can: access.Granted(access.Platform, role)}
	}
	d.ops, d.reviewer, d.second = staff("ops", access.Operations), staff("rev", access.Reviewer), staff("second", access.Reviewer)
	d.risk = staff("risk", access.Risk)
	return d
}

var errDamaged = errors.New("damaged")

// Ask implements merchant.Bureau.
func (d *desk) Ask(_ context.Context, q merchant.Question) (merchant.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, q)
	if d.fails != nil {
		return merchant.Answer{}, d.fails
	}
	if a, ok := d.says[q.Kind]; ok {
		return a, nil
	}
	return merchant.Answer{Outcome: merchant.Match, Reference: "R1"}, nil
}

// ownerID is the account of a merchant's person.
const ownerID = "usr_11" + "01KAMXYZ0000000000000000AA"

// owner is an account of a merchant's person; "" is before it has a merchant.
func owner(of string) access.Actor {
	return access.Actor{ID: ownerID, Realm: access.Merchant, Merchant: of, Session: "s", Can: access.Granted(access.Merchant, access.Owner)}
}

// form is an application without mistakes. Its numbers are made up; their check characters are right.
func form(kind merchant.Kind) merchant.Form {
	f := merchant.Form{
		Kind:    kind,
		Subject: merchant.License{Name: "深圳市一分商贸有限公司", Code: "914403001922038216", From: 20200101, Until: merchant.Forever, Address: "深圳市南山区科苑路1号"},
		Person:  merchant.Person{Name: "张三", Number: checked("44030519880202301"), From: 20200101, Until: 20400101, Phone: "13800138000", Email: "zhang@example.com"},
		Account: merchant.Account{
			Kind: merchant.Corporate, Holder: "深圳市一分商贸有限公司", Number: "44201500052051234567", BankCode: "308584000013", Bank: "招商银行深圳南山支行",
		},
		Business: merchant.Business{Name: "一分便利店", NameEN: "Yifen Mart", Category: "5411", MonthlyFen: 200_000_00, TicketFen: 50_00},
		Place:    merchant.Place{Area: "440305", Address: "科苑路1号", Phone: "0755-86013388"},
	}
	switch kind {
	case merchant.Enterprise:
		f.Owners = []merchant.Owner{{Name: "张三", Number: f.Person.Number, Share: 600_000, Basis: merchant.ByShare, Until: 20400101}}
	case merchant.Individual:
		f.Subject.Code = social("9244030019220382")
	case merchant.Micro:
		f.Subject = merchant.License{}
		f.Account = merchant.Account{Kind: merchant.Personal, Holder: "张三", Number: "6216261000000000018", BankCode: "308584000013", Bank: "招商银行", Phone: "13800138000"}
		f.Business.MonthlyFen = 50_000_00
	}
	return f
}

// checked appends the check character of an identity number (ISO 7064 MOD 11-2).
func checked(number string) string {
	p := 0
	for _, r := range number {
		p = (p + int(r-'0')) * 2 % 11
	}
	return number + string("0123456789X"[(12-p)%11])
}

// social appends what makes 16 characters a social credit code: any organization check, which is a warning, and the
// check character.
func social(head string) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	head += "0"
	sum, weight := 0, 1
	for _, r := range head {
		for value, c := range alphabet {
			if c == r {
				sum += value * weight
			}
		}
		weight = weight * 3 % 31
	}
	return head + string(alphabet[(31-sum%31)%31])
}

// start begins an application and returns it with its owner.
func (d *desk) start(kind merchant.Kind) (merchant.Application, access.Actor) {
	d.t.Helper()
	a, err := d.service.Start(d.t.Context(), owner(""), kind, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return a, owner(a.Merchant)
}

// papers adds every document that the form needs.
func (d *desk) papers(who access.Actor, a merchant.Application, f merchant.Form) {
	d.t.Helper()
	for _, k := range f.Required(merchant.Sections) {
		if _, err := d.service.Add(d.t.Context(), who, a.ID, k, []byte("picture of "+k)); err != nil {
			d.t.Fatal(err)
		}
	}
}

// terms is the digest of what the desk's merchants sign.
var terms = strings.Repeat("ab", 32)

// sign signs the terms.
func (d *desk) sign(who access.Actor, a merchant.Application, digest string) {
	d.t.Helper()
	signed := merchant.Signature{Terms: "2026-01", Digest: digest, Name: "张三", Address: "127.0.0.1"}
	if _, err := d.service.Sign(d.t.Context(), who, a.ID, signed, []byte("%PDF")); err != nil {
		d.t.Fatal(err)
	}
}

// submitted is an application that was handed in.
func (d *desk) submitted(f merchant.Form) (merchant.Application, access.Actor) {
	d.t.Helper()
	a, who := d.start(f.Kind)
	a, found, err := d.service.Save(d.t.Context(), who, a.ID, a.Version, f, "place")
	if err != nil || found.Failed() {
		d.t.Fatal(err, found)
	}
	d.papers(who, a, f)
	d.sign(who, a, terms)
	if a, found, err = d.service.Submit(d.t.Context(), who, a.ID, a.Version, terms); err != nil {
		d.t.Fatal(err, found)
	}
	return a, who
}

// claimed is an application under review whose checks were answered.
func (d *desk) claimed(f merchant.Form) (merchant.Application, access.Actor) {
	d.t.Helper()
	a, who := d.submitted(f)
	if _, err := d.service.Resume(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	a, err := d.service.Claim(d.t.Context(), d.reviewer, a.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return a, who
}

// opened is a merchant that was approved.
func (d *desk) opened(f merchant.Form) (merchant.Merchant, access.Actor) {
	d.t.Helper()
	a, who := d.claimed(f)
	m, err := d.service.Approve(d.t.Context(), d.reviewer, a.ID, a.Version)
	if err != nil {
		d.t.Fatal(err)
	}
	return m, who
}

// want fails the test unless err is the refusal.
func (d *desk) want(what string, err, refusal error) {
	d.t.Helper()
	if !errors.Is(err, refusal) {
		d.t.Errorf("%s: %v, want %v", what, err, refusal)
	}
}

const today calendar.Date = 20261122
