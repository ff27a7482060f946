package access_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

func TestParseName(t *testing.T) {
	for text, want := range map[string]access.Name{
		"13800138000": "13800138000", "+86 138-0013-8000": "13800138000", " Owner@Demo.Yifen ": "owner@demo.yifen",
		"+14155550123": "+14155550123", "o'neil+tag@mail.example": "o'neil+tag@mail.example",
		"": "", "12800138000": "", "1380013800": "", "owner@": "", "@demo.yifen": "", "a@b": "", "a@b@c.de": "", "a b@c.de": "",
		"+0123456789": "", "owner@demo..yifen": "", ".owner@demo.yifen": "", strings.Repeat("a", 65) + "@b.cd": "", "138001380００": "",
	} {
		got, err := access.ParseName(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is read as %q, %v; want %q", text, got, err, want)
		}
	}
	for name, want := range map[access.Name]string{"13800138000": "138****8000", "owner@demo.yifen": "o***@demo.yifen", "": "****"} {
		if got := name.Masked(); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

func TestRegister_aPersonComesIn(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	code, err := h.Register(ctx, access.Registration{Login: "New@Shop.Example", Name: "海口 小王", Password: password, Lang: "zh"}, here)
	h.must(err)
	m := h.inbox.last()
	if m.To != "new@shop.example" || m.Kind != "register_code" || len(m.Code) != 6 {
		t.Fatalf("the message is %+v", m)
	}
	_, err = h.LogIn(ctx, "new@shop.example", password, here)
	h.want("log in before the name is proved", err, access.ErrCredentials)
	wrong := "000000"
	if m.Code == wrong {
		wrong = "000001"
	}
	_, err = h.Verify(ctx, code, wrong, here)
	h.want("a wrong code", err, access.ErrCode)
	grant, err := h.Verify(ctx, code, m.Code, here)
	h.must(err)
	a := h.actor(grant.Token)
	if a.Name != "海口 小王" || a.Realm != access.Merchant || a.Can != 0 || a.Merchant != "" || a.Strong == false {
		t.Errorf("the actor is %+v", a)
	}
	_, err = h.Verify(ctx, code, m.Code, here)
	h.want("a code that was used", err, access.ErrCode)
	h.must(h.LogOut(ctx, grant.Token))
	_, err = h.Authenticate(ctx, grant.Token, here.IP)
	h.want("a token after logging out", err, access.ErrSession)
	h.must(h.LogOut(ctx, "nobody's"))
}

// A code belongs to whoever asked for it: who registers a stranger's address does not get the account when the
// stranger types the code that he got for his own registration.
func TestRegister_codesOfOthersAreWorthNothing(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	mine, err := h.Register(ctx, access.Registration{Login: "victim@shop.example", Name: "Victim", Password: password, Lang: "en"}, here)
	h.must(err)
	own := h.inbox.last().Code
	_, err = h.Register(ctx, access.Registration{Login: "victim@shop.example", Name: "Thief", Password: "thief's password", Lang: "en"}, here)
	h.want("another code within the minute", err, access.ErrCodePause)
	h.advance(time.Minute)
	thief, err := h.Register(ctx, access.Registration{Login: "victim@shop.example", Name: "Thief", Password: "thief's password", Lang: "en"}, here)
	h.must(err)
	second := h.inbox.last().Code
	if own != second {
		_, err = h.Verify(ctx, thief, own, here)
		h.want("the first code for the second registration", err, access.ErrCode)
	}
	grant, err := h.Verify(ctx, mine, own, here)
	h.must(err)
	if grant.User.Name != "Victim" {
		t.Errorf("the account is %q's", grant.User.Name)
	}
	_, err = h.Verify(ctx, thief, second, here)
	if err == nil {
		t.Error("one name leads to two accounts")
	}
	_, err = h.LogIn(ctx, "victim@shop.example", "thief's password", here)
	h.want("the thief's password", err, access.ErrCredentials)
}

func TestCode_isBounded(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	u := h.person("owner@shop.example")
	code, err := h.Forgot(ctx, "owner@shop.example", "en", here)
	h.must(err)
	good := h.inbox.last().Code
	for range 5 {
		bad := "111111"
		if good == bad {
			bad = "222222"
		}
		h.want("a wrong code", h.Reset(ctx, code, bad, "another password 1"), access.ErrCode)
	}
	h.want("the right one after five tries", h.Reset(ctx, code, good, "another password 1"), access.ErrCode)

	h.advance(2 * time.Minute)
	code, err = h.Forgot(ctx, "owner@shop.example", "en", here)
	h.must(err)
	h.advance(10 * time.Minute)
	h.want("a code that is too old", h.Reset(ctx, code, h.inbox.last().Code, "another password 1"), access.ErrCode)

	for range 8 {
		h.advance(time.Minute)
		_, err = h.Forgot(ctx, "owner@shop.example", "en", here)
		h.must(err)
	}
	h.advance(time.Minute)
	_, err = h.Forgot(ctx, "owner@shop.example", "en", here)
	h.want("the eleventh code of a day", err, access.ErrCodePause)

	// Codes to ever other names end too, by the address that asks.
	refused := 0
	for i := range 40 {
		if _, err := h.Forgot(ctx, "n"+strings.Repeat("x", i)+"@shop.example", "en", here); err != nil {
			refused++
		}
	}
	if refused < 10 {
		t.Errorf("%d of 40 codes from one address were refused", refused)
	}
	if u, err := h.User(ctx, u.ID); err != nil || u.Epoch != 0 {
		t.Errorf("wrong codes changed the account: %+v, %v", u, err)
	}
}

// Whether a name is known shows neither in the answer nor in the work: the same refusals, as many hashes, as many
// rows.
func TestEnumeration(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.person("known@shop.example")
	locked := h.person("locked@shop.example")
	admin := h.staff("admin@demo.example", access.Admin)
	_, err := h.LockUser(ctx, admin, locked.ID, "stolen telephone")
	h.must(err)
	for name, try := range map[string]func(login string) error{
		"log in": func(login string) error {
			_, err := h.LogIn(ctx, login, "some wrong password", here)
			return err
		},
		"forgot": func(login string) error {
			_, err := h.Forgot(ctx, login, "en", here)
			return err
		},
		"register": func(login string) error {
			_, err := h.Register(ctx, access.Registration{Login: login, Name: "Somebody", Password: password, Lang: "en"}, here)
			return err
		},
		"reset with a made-up code": func(login string) error {
			code, err := h.Forgot(ctx, login, "en", here)
			h.must(err)
			return h.Reset(ctx, code, "1234567", "another password 1")
		},
	} {
		h.advance(2 * time.Minute)
		type trace struct {
			err          string
			hashes, rows int64
			messages     int
		}
		look := func(login string) (tr trace) {
			hashes, rows, messages := h.glass.worked.Load(), h.rows.Load(), len(h.inbox.messages)
			if err := try(login); err != nil {
				tr.err = err.Error()
			}
			tr.hashes, tr.rows, tr.messages = h.glass.worked.Load()-hashes, h.rows.Load()-rows, len(h.inbox.messages)-messages
			return tr
		}
		known := look("known@shop.example")
		for _, other := range []string{"unknown@shop.example", "locked@shop.example"} {
			if got := look(other); got != known {
				t.Errorf("%s: %s gives %+v, a known name %+v", name, other, got, known)
			}
		}
	}
	// The right password of a locked account tells nothing either.
	h.advance(time.Hour)
	_, err = h.LogIn(ctx, "locked@shop.example", password, here)
	h.want("the right password of a locked account", err, access.ErrCredentials)
}

// Guessing is slowed down, then stopped for half an hour after each try, for a name that nobody has like for one that
// somebody has; who is locked out gets in again by the code that only he gets.
func TestLogIn_bruteForce(t *testing.T) {
	for _, name := range []string{"owner@shop.example", "nobody@shop.example"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			ctx := t.Context()
			h.person("owner@shop.example")
			guessed := 0
			for range 100 { // as fast as the throttle lets
				switch _, err := h.LogIn(ctx, name, "a wrong guess", here); {
				case err == nil:
					t.Fatal("a wrong password lets in")
				case strings.Contains(err.Error(), "too many tries"):
					h.advance(10 * time.Second)
				default:
					guessed++
				}
			}
			if guessed > 10 {
				t.Errorf("%d guesses in a quarter of an hour", guessed)
			}
			_, err := h.LogIn(ctx, name, password, here)
			h.want("the right password while locked", err, access.ErrThrottled)
			if name == "nobody@shop.example" {
				return
			}
			code, err := h.Forgot(ctx, name, "en", here)
			h.must(err)
			h.must(h.Reset(ctx, code, h.inbox.last().Code, "another password 1"))
			_, err = h.LogIn(ctx, name, "another password 1", here)
			h.must(err)
		})
	}
}

func TestLogIn_locksForHalfAnHour(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.person("owner@shop.example")
	for range 10 {
		h.advance(3 * time.Minute)
		_, err := h.LogIn(ctx, "owner@shop.example", "a wrong guess", here)
		h.want("a guess", err, access.ErrCredentials)
	}
	h.advance(29 * time.Minute)
	_, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.want("after 29 minutes", err, access.ErrThrottled)
	h.advance(2 * time.Minute)
	h.login("owner@shop.example")
}

// Guesses that arrive at one moment count one by one: what the step finds decides, not what was looked at before.
func TestLogIn_parallelGuesses(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.person("owner@shop.example")
	var wait sync.WaitGroup
	results := make([]error, 40)
	for i := range results {
		wait.Go(func() { _, results[i] = h.LogIn(ctx, "owner@shop.example", "a wrong guess", here) })
	}
	wait.Wait()
	judged := 0
	for _, err := range results {
		if strings.Contains(err.Error(), "wrong") {
			judged++
		}
	}
	if judged > 3 {
		t.Errorf("%d guesses were judged in one moment, the pause begins after 3", judged)
	}
}

func TestLogIn_oneAddressManyNames(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.person("owner@shop.example")
	for i := range 50 {
		_, err := h.LogIn(ctx, "n"+strings.Repeat("x", i)+"@shop.example", "one password", here)
		h.want("a name from a list", err, access.ErrCredentials)
	}
	_, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.want("from the same address", err, access.ErrThrottled)
	elsewhere := access.Place{IP: "198.51.100.9"}
	if _, err := h.LogIn(ctx, "owner@shop.example", password, elsewhere); err != nil {
		t.Errorf("from another address: %v", err)
	}
}

func TestLogIn_keepsHashesUpToDate(t *testing.T) {
	h := newHouse(t)
	u := h.person("owner@shop.example")
	h.glass.old.Store(true)
	before := h.glass.worked.Load()
	h.login("owner@shop.example")
	if did := h.glass.worked.Load() - before; did != 2 {
		t.Errorf("%d hashes for a log-in whose hash is outdated", did)
	}
	if now, err := h.User(t.Context(), u.ID); err != nil || now.Hash != u.Hash {
		t.Errorf("the hash became %q, %v", now.Hash, err)
	}
}

func TestSession_ends(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.person("owner@shop.example")
	grant, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	for _, token := range []string{"", "x", grant.Token + "A", "A" + grant.Token[1:], grant.Session.ID, strings.Repeat("A", 1<<16)} {
		if token == grant.Token {
			continue
		}
		_, err := h.Authenticate(ctx, token, here.IP)
		h.want("a token that is none", err, access.ErrSession)
	}

	// It lives while it is used, and no longer than twelve hours.
	for range 71 {
		h.advance(10 * time.Minute)
		h.actor(grant.Token)
	}
	h.advance(10 * time.Minute)
	_, err = h.Authenticate(ctx, grant.Token, here.IP)
	h.want("after twelve hours", err, access.ErrSession)

	grant, err = h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	h.advance(15 * time.Minute)
	_, err = h.Authenticate(ctx, grant.Token, here.IP)
	h.want("after a quarter of an hour of silence", err, access.ErrSession)

	// It is written at most once a minute.
	grant, err = h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	rows := h.rows.Load()
	for range 20 {
		h.advance(2 * time.Second)
		h.actor(grant.Token)
	}
	if wrote := h.rows.Load() - rows; wrote != 0 {
		t.Errorf("%d rows were written in forty seconds", wrote)
	}
}

// A stolen token is worth nothing after its owner changes the password, ends it, or loses the account.
func TestSession_stolen(t *testing.T) {
	ctx := t.Context()
	for what, cure := range map[string]func(h *house, mine access.Actor, stolen access.Grant) error{
		"the password is changed": func(h *house, mine access.Actor, _ access.Grant) error {
			return h.ChangePassword(ctx, mine, password, "another password 1", here)
		},
		"the session is ended": func(h *house, mine access.Actor, stolen access.Grant) error {
			return h.EndSession(ctx, mine, stolen.Session.ID)
		},
		"all others are ended": func(h *house, mine access.Actor, _ access.Grant) error { return h.EndOtherSessions(ctx, mine) },
		"the password is reset": func(h *house, _ access.Actor, _ access.Grant) error {
			code, err := h.Forgot(ctx, "owner@shop.example", "en", here)
			h.must(err)
			return h.Reset(ctx, code, h.inbox.last().Code, "another password 1")
		},
		"the account is locked": func(h *house, mine access.Actor, _ access.Grant) error {
			_, err := h.LockUser(ctx, h.staff("admin@demo.example", access.Admin), mine.ID, "stolen")
			return err
		},
		"a second factor is enrolled": func(h *house, mine access.Actor, _ access.Grant) error {
			h.enroll(mine)
			return nil
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			h.person("owner@shop.example")
			stolen, err := h.LogIn(ctx, "owner@shop.example", password, here)
			h.must(err)
			own, err := h.LogIn(ctx, "owner@shop.example", password, here)
			h.must(err)
			mine := h.actor(own.Token)
			h.actor(stolen.Token)
			h.must(cure(h, mine, stolen))
			_, err = h.Authenticate(ctx, stolen.Token, here.IP)
			h.want("the stolen token", err, access.ErrSession)
			_, err = h.Authenticate(ctx, own.Token, here.IP)
			if ends := what == "the password is reset" || what == "the account is locked"; ends != (err != nil) {
				t.Errorf("the owner's own session: %v", err)
			}
			list, err := h.Sessions(ctx, mine.ID)
			h.must(err)
			if slices.ContainsFunc(list, func(n access.Session) bool { return n.ID == stolen.Session.ID }) {
				t.Error("the stolen session is still listed")
			}
		})
	}
}

func TestSession_ofAnotherPerson(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.person("owner@shop.example")
	h.person("other@shop.example")
	grant, err := h.LogIn(ctx, "owner@shop.example", password, here)
	h.must(err)
	other := h.login("other@shop.example")
	h.want("end a stranger's session", h.EndSession(ctx, other, grant.Session.ID), access.ErrSessionGone)
	h.want("end no session", h.EndSession(ctx, other, "nothing"), access.ErrSessionGone)
	h.actor(grant.Token)
}

func TestFresh_isNeededAndProved(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	owner := h.owner("owner@shop.example")
	h.advance(6 * time.Minute)
	_, err := h.BeginTOTP(ctx, owner)
	h.want("with an old proof", err, access.ErrNotFresh)
	h.want("a wrong password", h.Refresh(ctx, owner, "wrong", "", "", here), access.ErrCredentials)
	h.must(h.Refresh(ctx, owner, password, "", "", here))
	owner.FreshAt = 0
	_, err = h.BeginTOTP(ctx, owner)
	h.want("the actor of before", err, access.ErrNotFresh)
}

func TestLogins_areKept(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	u := h.person("owner@shop.example")
	_, err := h.LogIn(ctx, "owner@shop.example", "wrong", here)
	h.want("a wrong password", err, access.ErrCredentials)
	h.advance(time.Second)
	h.login("owner@shop.example")
	h.advance(time.Second)
	_, err = h.LogIn(ctx, "nobody@shop.example", "wrong", here)
	h.want("nobody", err, access.ErrCredentials)
	auditor := h.staff("auditor@demo.example", access.Auditor)
	mine, err := h.store.Logins(ctx, access.Scope{}, u.ID, listing.Page{})
	h.must(err)
	if len(mine.Rows) != 2 || mine.Rows[0].Result != access.LoggedIn || mine.Rows[1].Result != access.WrongPassword ||
		mine.Rows[0].Device != "Chrome, Windows" || mine.Rows[0].IP != here.IP || mine.Rows[0].Name != "o***@shop.example" {
		t.Errorf("the history is %+v", mine.Rows)
	}
	_, err = h.store.Logins(ctx, access.Scope{}, "", listing.Page{})
	h.want("everybody's history for somebody", err, access.ErrScope)
	all, err := h.store.Logins(ctx, auditor.Scope(), "", listing.Page{Limit: 3})
	h.must(err)
	if len(all.Rows) != 3 || !all.More || all.Rows[1].Result != access.UnknownName {
		t.Errorf("everybody's history is %+v", all)
	}
	trail, err := h.store.Trail(ctx, auditor.Scope(), access.TrailFilter{Action: "login.failed"}, listing.Page{})
	h.must(err)
	if len(trail.Rows) != 2 {
		t.Errorf("the trail has %+v", trail.Rows)
	}
}

func TestDeviceOf(t *testing.T) {
	for agent, want := range map[string]string{
		here.Device: "Chrome, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Mobile MicroMessenger/8.0": "WeChat, iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/18.0 Safari/605.1":                             "Safari, macOS",
		"curl/8.9": "curl", "": "program", "<script>": "program",
	} {
		if got := access.DeviceOf(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

func TestPassword_unfit(t *testing.T) {
	h := newHouse(t)
	for _, word := range []string{
		"short", "passw0rd!", "Password1234", "12345678", "aaaaaaaaaaaa", "WOAINI1314", "somebody", "boss123456",
		"boss@shop.example", strings.Repeat("长", 129), "bad\xffbytes!",
	} {
		_, err := h.Register(t.Context(), access.Registration{Login: "boss@shop.example", Name: "Somebody", Password: word, Lang: "en"}, here)
		h.want(word, err, access.ErrPassword)
	}
	_, err := h.FurnishUser(t.Context(), access.NewUser{Realm: access.Platform, Email: "a@b.cd", Name: "A", Lang: "en",
		Password: "eleven char", Roles: []access.Role{access.Admin}})
	h.want("eleven characters for staff", err, access.ErrPassword)
	if _, err := h.Register(t.Context(), access.Registration{Login: "boss@shop.example", Name: "Somebody", Password: "好长的密码一二三", Lang: "zh"}, here); err != nil {
		t.Errorf("eight characters of Chinese: %v", err)
	}
}
