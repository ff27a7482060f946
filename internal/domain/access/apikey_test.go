package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

func TestKey_lives(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	order := access.KeyOrder{Name: "till", Mode: access.Test, Scopes: []string{"payment.view", "payment.take"}}
	k, secret, err := h.CreateKey(ctx, owner, order)
	h.must(err)
	if !strings.HasPrefix(secret, "yf_test_") || len(secret) != 60 || strings.Contains(k.Hash, secret[8:]) || !strings.HasSuffix(secret, k.Hint) {
		t.Errorf("the secret has %d characters, the key is %+v", len(secret), k)
	}
	enter := func(what, secret, ip string, target error) access.Actor {
		t.Helper()
		a, err := h.AuthenticateKey(ctx, secret, ip)
		h.want(what, err, target)
		return a
	}
	a := enter("the key", secret, "203.0.113.1", nil)
	if a.Merchant != owner.Merchant || a.Live || a.Session != "" || !a.May(access.PaymentTake) || a.May(access.PaymentRefund) ||
		a.Trail() != "key:"+k.ID || !a.Scope().Covers(owner.Merchant) || a.Scope().All() {
		t.Errorf("the program is %+v", a)
	}
	for _, wrong := range []string{"", "yf_test_", "yf_live_" + secret[8:], secret + "a", secret[:59], strings.ToUpper(secret), k.ID, k.Hash} {
		enter("a key that is none", wrong, "203.0.113.1", access.ErrKeyProof)
	}

	// What programs may not do, whatever their scopes.
	a.Can = access.Granted(access.Merchant, access.Owner)
	_, _, err = h.CreateKey(ctx, a, order)
	h.want("a program makes a key", err, access.ErrPersonNeeded)
	_, err = h.Invite(ctx, a, "x@y.example", []access.Role{access.Cashier}, "Shop", "en")
	h.want("a program invites", err, access.ErrPersonNeeded)

	// Both secrets work for the overlap, then the new one alone.
	_, second, err := h.RotateKey(ctx, owner, k.ID, time.Hour)
	h.must(err)
	enter("the old secret in the overlap", secret, "203.0.113.1", nil)
	enter("the new secret", second, "203.0.113.1", nil)
	h.advance(time.Hour)
	enter("the old secret after it", secret, "203.0.113.1", access.ErrKeyProof)
	enter("the new secret after it", second, "203.0.113.1", nil)
	owner = h.login("owner@shop.example")
	_, _, err = h.RotateKey(ctx, owner, k.ID, 8*24*time.Hour)
	h.want("an overlap of eight days", err, access.ErrKeyExpiry)
	_, third, err := h.RotateKey(ctx, owner, k.ID, 0)
	h.must(err)
	enter("a secret that was replaced at once", second, "203.0.113.1", access.ErrKeyProof)

	order.Allowed = []string{"203.0.113.0/24", "2001:db8::1"}
	_, err = h.ChangeKey(ctx, owner, k.ID, order)
	h.must(err)
	enter("from the network", third, "203.0.113.200", nil)
	enter("from the address", third, "2001:db8::1", nil)
	enter("from the network, mapped", third, "::ffff:203.0.113.200", nil)
	for _, ip := range []string{"203.0.114.1", "2001:db8::2", "", "::1"} {
		enter("from "+ip, third, ip, access.ErrKeyProof)
	}
	_, err = h.RevokeKey(ctx, owner, k.ID)
	h.must(err)
	enter("a key that was revoked", third, "203.0.113.200", access.ErrKeyProof)
	_, _, err = h.RotateKey(ctx, owner, k.ID, time.Hour)
	h.want("rotate a revoked key", err, access.ErrKeyState)
	_, err = h.RevokeKey(ctx, owner, k.ID)
	h.want("revoke it twice", err, access.ErrKeyState)
}

func TestKey_expiresAndIsTouchedRarely(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	order := access.KeyOrder{Name: "live", Mode: access.Live, Scopes: []string{"payment.view"}, ExpiresAt: calendar.At(h.clock().Add(time.Hour))}
	k, secret, err := h.CreateKey(ctx, owner, order)
	h.must(err)
	a, err := h.AuthenticateKey(ctx, secret, here.IP)
	h.must(err)
	if !a.Live {
		t.Error("a live key is not live")
	}
	rows := h.rows.Load()
	for range 10 {
		h.advance(time.Second)
		_, err = h.AuthenticateKey(ctx, secret, here.IP)
		h.must(err)
	}
	if wrote := h.rows.Load() - rows; wrote != 0 {
		t.Errorf("%d rows were written in ten seconds", wrote)
	}
	if k, err = h.APIKey(ctx, owner, k.ID); err != nil || k.LastUsedAt == 0 || k.LastIP != here.IP {
		t.Errorf("the key was used: %+v, %v", k, err)
	}
	h.advance(time.Hour)
	_, err = h.AuthenticateKey(ctx, secret, here.IP)
	h.want("an expired key", err, access.ErrKeyProof)
}

func TestKey_orders(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	good := access.KeyOrder{Name: "till", Mode: access.Test, Scopes: []string{"payment.view"}}
	for name, test := range map[string]struct {
		change func(*access.KeyOrder)
		want   error
	}{
		"no name":                {func(o *access.KeyOrder) { o.Name = "" }, access.ErrPersonName},
		"no mode":                {func(o *access.KeyOrder) { o.Mode = "prod" }, access.ErrKeyMode},
		"no scope":               {func(o *access.KeyOrder) { o.Scopes = nil }, access.ErrKeyScope},
		"an unknown scope":       {func(o *access.KeyOrder) { o.Scopes = []string{"everything"} }, access.ErrKeyScope},
		"a scope not for keys":   {func(o *access.KeyOrder) { o.Scopes = []string{"member.manage"} }, access.ErrKeyScope},
		"no address":             {func(o *access.KeyOrder) { o.Allowed = []string{"here"} }, access.ErrKeyAddress},
		"an address with a zone": {func(o *access.KeyOrder) { o.Allowed = []string{"fe80::1%eth0"} }, access.ErrKeyAddress},
		"too many addresses":     {func(o *access.KeyOrder) { o.Allowed = strings.Fields(strings.Repeat("10.0.0.1 ", 33)) }, access.ErrKeyAddress},
		"an end in the past":     {func(o *access.KeyOrder) { o.ExpiresAt = 1 }, access.ErrKeyExpiry},
	} {
		o := good
		test.change(&o)
		_, _, err := h.CreateKey(ctx, owner, o)
		h.want(name, err, test.want)
	}
	manager := owner
	manager.Can = access.Granted(access.Merchant, access.Manager)
	_, _, err := h.CreateKey(ctx, manager, good)
	h.want("by a manager", err, access.ErrForbidden)
	for _, role := range access.Roles(access.Platform) {
		staff := access.Actor{ID: "usr_s", Realm: access.Platform, Session: "s", Can: access.Granted(access.Platform, role), FreshAt: owner.FreshAt}
		_, _, err := h.CreateKey(ctx, staff, good)
		h.want("by "+string(role), err, access.ErrForbidden)
	}
}

// The demo's key is furnished once, and again, and is the same.
func TestKey_furnished(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	const secret = "yf_test_demo_898290054110001"
	owner := h.owner("owner@shop.example")
	order := access.KeyOrder{Name: "demo", Mode: access.Test, Scopes: access.KeyScopes.Words()}
	first, err := h.FurnishKey(ctx, owner.Merchant, secret, order)
	h.must(err)
	second, err := h.FurnishKey(ctx, owner.Merchant, secret, order)
	h.must(err)
	a, err := h.AuthenticateKey(ctx, secret, here.IP)
	h.must(err)
	if first.ID != second.ID || a.ID != first.ID || a.Can != access.KeyScopes {
		t.Errorf("the demo's keys are %s and %s, who enters %+v", first.ID, second.ID, a)
	}
}
