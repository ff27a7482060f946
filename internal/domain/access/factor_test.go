package access_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
)

// password of a secret in base 32 at the house's time, off by so many steps; computed here once more, as an
// authenticator does.
func (h *house) totp(secret string, off int64) string {
	h.t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	h.must(err)
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(h.clock().Unix()/30+off)))
	sum := mac.Sum(nil)
	o := sum[19] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[o:])&0x7fffffff)%1_000_000)
}

// enroll gives an account a one-time password and returns its secret and the recovery codes.
func (h *house) enroll(a access.Actor) (secret string, recovery []string) {
	h.t.Helper()
	e, err := h.BeginTOTP(h.t.Context(), a)
	h.must(err)
	recovery, err = h.ConfirmTOTP(h.t.Context(), a, h.totp(e.Secret, 0))
	h.must(err)
	return e.Secret, recovery
}

func TestTOTP_secondFactor(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	e, err := h.BeginTOTP(ctx, owner)
	h.must(err)
	if !strings.HasPrefix(e.URI, "otpauth://totp/yifen:owner@shop.example?") || !strings.Contains(e.URI, "secret="+e.Secret) {
		t.Errorf("the address to scan is %s", e.URI)
	}
	_, err = h.ConfirmTOTP(ctx, owner, "000000")
	h.want("a wrong password at enrollment", err, access.ErrSecondFactor)
	grant, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	if grant.Session.Stage != access.SessionOpen {
		t.Error("an enrollment that is not confirmed counts")
	}
	owner = h.actor(grant.Token)
	recovery, err := h.ConfirmTOTP(ctx, owner, h.totp(e.Secret, 0))
	h.must(err)
	if !h.actor(grant.Token).Strong || len(recovery) != 10 {
		t.Errorf("after enrollment: %+v, %d recovery codes", h.actor(grant.Token), len(recovery))
	}

	h.advance(time.Minute)
	partial, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	if partial.Session.Stage != access.SessionPartial {
		t.Fatalf("the session is %+v", partial.Session)
	}
	_, err = h.Authenticate(ctx, partial.Token, here.IP)
	h.want("a session without its second factor", err, access.ErrFactorNeeded)
	_, err = h.SecondFactor(ctx, partial.Token, access.ByTOTP, "000000", here)
	h.want("a wrong second factor", err, access.ErrSecondFactor)
	code := h.totp(e.Secret, 0)
	full, err := h.SecondFactor(ctx, partial.Token, access.ByTOTP, code, here)
	h.must(err)
	if a := h.actor(full.Token); !a.Strong || a.Merchant != owner.Merchant || full.Token == partial.Token {
		t.Errorf("the actor is %+v", a)
	}
	_, err = h.SecondFactor(ctx, partial.Token, access.ByTOTP, h.totp(e.Secret, 1), here)
	h.want("the partial session again", err, access.ErrSession)

	// What was seen over a shoulder is worth nothing: each password counts once.
	again, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	_, err = h.SecondFactor(ctx, again.Token, access.ByTOTP, code, here)
	h.want("a password that was used", err, access.ErrSecondFactor)
	h.advance(30 * time.Second)
	_, err = h.SecondFactor(ctx, again.Token, access.ByTOTP, h.totp(e.Secret, 0), here)
	h.must(err)

	for i, use := range []error{nil, access.ErrSecondFactor} {
		h.advance(time.Minute)
		partial, err = h.LogIn(ctx, "owner@shop.example", password, here)
		h.must(err)
		_, err = h.SecondFactor(ctx, partial.Token, access.ByRecovery, strings.ToUpper(recovery[3]), here)
		h.want(fmt.Sprint("a recovery code, time ", i+1), err, use)
	}
	h.advance(6 * time.Minute)
	_, err = h.SecondFactor(ctx, partial.Token, access.ByTOTP, h.totp(e.Secret, 0), here)
	h.want("a partial session after five minutes", err, access.ErrSession)
}

// Who knows the password and guesses the second factor is stopped like who guesses the password, and logging in
// again does not make the guesses forgotten.
func TestTOTP_bruteForce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	secret, _ := h.enroll(h.owner("owner@shop.example"))
	guessed := 0
	for range 200 {
		partial, err := h.LogIn(ctx, "owner@shop.example", password, here)
		if err == nil {
			_, err = h.SecondFactor(ctx, partial.Token, access.ByTOTP, "not one", here)
		}
		switch {
		case err == nil:
			t.Fatal("a wrong second factor lets in")
		case strings.Contains(err.Error(), "too many tries"):
			h.advance(5 * time.Second)
		default:
			guessed++
		}
	}
	if guessed > 10 {
		t.Errorf("%d guesses in a quarter of an hour", guessed)
	}
	h.advance(time.Hour)
	partial, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	_, err = h.SecondFactor(ctx, partial.Token, access.ByTOTP, h.totp(secret, 0), here)
	h.must(err)
}

func TestStaff_needASecondFactor(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	_, err := h.FirstAdmin(ctx, access.NewUser{Email: "admin@demo.example", Name: "Admin", Lang: "en", Password: password})
	h.must(err)
	a := h.login("admin@demo.example")
	if a.Strong || a.Can != 0 {
		t.Fatalf("staff without a second factor may %v", a.Can.Words())
	}
	grant, err := h.LogIn(ctx, "admin@demo.example", password, here)
	h.must(err)
	h.enroll(h.actor(grant.Token))
	if a = h.actor(grant.Token); !a.May(access.StaffManage) {
		t.Errorf("staff with a second factor may %v", a.Can.Words())
	}
	h.want("the last factor of staff", h.RemoveTOTP(ctx, a), access.ErrLastFactor)
	_, err = h.EnrollPasskey(ctx, a, []byte("credential"), access.Passkey{Name: "key ring", PublicKey: []byte{1}})
	h.must(err)
	h.must(h.RemoveTOTP(ctx, a))

	demo := h.service(access.Policy{Demo: true})
	_, err = demo.FurnishUser(ctx, access.NewUser{Realm: access.Platform, Email: "ops@demo.example", Name: "Ops", Lang: "en", Password: password,
		Roles: []access.Role{access.Operations}})
	h.must(err)
	grant, err = demo.LogIn(ctx, "ops@demo.example", password, here)
	h.must(err)
	if a, err := demo.Authenticate(ctx, grant.Token, here.IP); err != nil || !a.May(access.TerminalManage) {
		t.Errorf("in the demo staff are %+v, %v", a, err)
	}
}

func TestPasskey(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	other := h.owner("other@shop.example")
	credential := []byte{1, 2, 3}
	p, err := h.EnrollPasskey(ctx, owner, credential, access.Passkey{Name: "电话", PublicKey: []byte{9}, SignCount: 5})
	h.must(err)
	_, err = h.EnrollPasskey(ctx, owner, credential, access.Passkey{Name: "again", PublicKey: []byte{9}})
	h.want("the same passkey again", err, access.ErrPasskeyIs)
	good := access.Assertion{Account: owner.ID, Credential: credential, SignCount: 6, Verified: true}
	for name, change := range map[string]func(*access.Assertion){
		"of another account":         func(x *access.Assertion) { x.Account = other.ID },
		"of no account":              func(x *access.Assertion) { x.Account = "usr_x" },
		"not enrolled":               func(x *access.Assertion) { x.Credential = []byte{4} },
		"with a count of before":     func(x *access.Assertion) { x.SignCount = 5 },
		"that does not know its one": func(x *access.Assertion) { x.Verified = false },
	} {
		x := good
		change(&x)
		_, err := h.LogInByPasskey(ctx, x, here)
		h.want("a passkey "+name, err, access.ErrSecondFactor)
	}
	grant, err := h.LogInByPasskey(ctx, good, here)
	h.must(err)
	if a := h.actor(grant.Token); !a.Strong || a.Merchant != owner.Merchant {
		t.Errorf("the actor is %+v", a)
	}
	_, err = h.LogInByPasskey(ctx, good, here)
	h.want("the same signature again", err, access.ErrSecondFactor)

	// Behind a password it is a second factor, whether or not it knows its person.
	partial, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	good.SignCount, good.Verified = 7, false
	stranger := good
	stranger.Account = other.ID
	_, err = h.SecondFactorByPasskey(ctx, partial.Token, stranger, here)
	h.want("another person's passkey", err, access.ErrSecondFactor)
	grant, err = h.SecondFactorByPasskey(ctx, partial.Token, good, here)
	h.must(err)
	mine := h.actor(grant.Token)
	h.advance(10 * time.Minute)
	good.SignCount = 8
	h.must(h.RefreshByPasskey(ctx, mine, good, here))
	mine = h.actor(grant.Token)
	h.must(h.RemovePasskey(ctx, mine, p.ID))
	h.want("remove it twice", h.RemovePasskey(ctx, mine, p.ID), access.ErrPasskey)
	good.SignCount, good.Verified = 9, true
	_, err = h.LogInByPasskey(ctx, good, here)
	h.want("a passkey that was removed", err, access.ErrSecondFactor)
	if list, err := h.Passkeys(ctx, owner.ID); err != nil || len(list) != 0 {
		t.Errorf("passkeys that are left: %v, %v", list, err)
	}
}

func TestCeremony_isTakenOnce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	name, err := h.BeginCeremony(ctx, "log_in", []byte("challenge"), here)
	h.must(err)
	_, err = h.TakeCeremony(ctx, "enroll", name)
	h.want("for another purpose", err, access.ErrCeremony)
	if data, err := h.TakeCeremony(ctx, "log_in", name); err != nil || string(data) != "challenge" {
		t.Errorf("it holds %q, %v", data, err)
	}
	_, err = h.TakeCeremony(ctx, "log_in", name)
	h.want("again", err, access.ErrCeremony)
	name, err = h.BeginCeremony(ctx, "log_in", nil, here)
	h.must(err)
	h.advance(5 * time.Minute)
	_, err = h.TakeCeremony(ctx, "log_in", name)
	h.want("too late", err, access.ErrCeremony)
}
