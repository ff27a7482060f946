package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Me is who acts in this session, and what they may do.
type Me struct {
	User struct {
		ID    string   `json:"id"`
		Name  string   `json:"name"`
		Login string   `json:"login"`
		Lang  string   `json:"lang" enum:"zh,en"`
		Realm string   `json:"realm" enum:"platform,merchant,agent"`
		Roles []string `json:"roles" nullable:"false" doc:"With the merchant for whom the session acts, or of the platform."`
	} `json:"user"`
	Permissions []string      `json:"permissions" nullable:"false"`
	Merchant    string        `json:"merchant,omitempty" doc:"For whom the session acts."`
	Agent       string        `json:"agent,omitempty" doc:"Whose person it is, of the people of agents."`
	Merchants   []MyMerchant  `json:"merchants" nullable:"false"`
	Factors     SecondFactors `json:"factors"`
	FreshUntil  time.Time     `json:"fresh_until" doc:"Until then no other proof of identity is asked for."`
	Enroll      bool          `json:"enroll" doc:"A second factor must be enrolled before anything else."`
}

// MyMerchant is a merchant with whom the person works.
type MyMerchant struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Number string   `json:"number"`
	Roles  []string `json:"roles" nullable:"false"`
}

// SecondFactors says what is enrolled.
type SecondFactors struct {
	TOTP         bool  `json:"totp"`
	Passkeys     int64 `json:"passkeys"`
	RecoveryLeft int   `json:"recovery_left"`
}

// MeOutput answers with [Me].
type MeOutput struct{ Body Me }

const merchantsMax = 200 // of one person

func (a *API) registerMe() {
	const tag = "me"
	weak := Rule{Weak: true}
	register(a, operation("GET", "/me", "get-me", tag, "Who acts, and what they may do"), weak, a.me)
	register(a, operation("PATCH", "/me", "change-me", tag, "Change name and language"), weak, a.changeMe)
	register(a, operation("POST", "/me/merchant", "switch-merchant", tag, "Act for another merchant"), Rule{Realm: access.Merchant}, a.switchMerchant)
	register(a, operation("GET", "/me/sessions", "list-my-sessions", tag, "Devices that are logged in"), weak, a.mySessions)
	register(a, withStatus(operation("DELETE", "/me/sessions/{id}", "end-my-session", tag, "Log a device out"), http.StatusNoContent), weak, a.endMySession)
	register(a, withStatus(operation("DELETE", "/me/sessions", "end-my-other-sessions", tag, "Log all other devices out"), http.StatusNoContent), weak, a.endMyOtherSessions)
	registerList(a, operation("GET", "/me/logins", "list-my-logins", tag, "The history of log-ins"), weak, a.myLogins)
	enroll := Rule{Weak: true, Fresh: true, Secret: true}
	register(a, operation("POST", "/me/totp/begin", "begin-totp", tag, "Begin to enroll a one-time password"), enroll, a.beginTOTP)
	register(a, operation("POST", "/me/totp/confirm", "confirm-totp", tag, "Enroll the one-time password"), enroll, a.confirmTOTP)
	register(a, withStatus(operation("DELETE", "/me/totp", "remove-totp", tag, "Remove the one-time password"), http.StatusNoContent), Rule{Fresh: true}, a.removeTOTP)
	register(a, operation("POST", "/me/recovery-codes", "renew-recovery-codes", tag, "New recovery codes in place of the old"), Rule{Fresh: true, Secret: true}, a.renewRecovery)
	register(a, withStatus(operation("POST", "/me/login-name/begin", "begin-login-name", tag, "Ask for a code for another log-in name"), http.StatusNoContent), Rule{Fresh: true, Bare: true}, a.beginName)
	register(a, a.holding(operation("POST", "/me/login-name/confirm", "confirm-login-name", tag, "Take the other log-in name"), heldCode), Rule{Bare: true}, a.confirmName)
}

// me tells who acts.
func (a *API) me(ctx context.Context, _ *struct{}) (*MeOutput, error) {
	actor := actorOf(ctx)
	u, err := a.config.Access.User(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	return a.describeMe(ctx, actor, u)
}

func (a *API) describeMe(ctx context.Context, actor access.Actor, u access.User) (*MeOutput, error) {
	var m Me
	m.User.ID, m.User.Name, m.User.Login, m.User.Lang, m.User.Realm = u.ID, u.Name, string(u.Contact()), u.Lang, string(u.Realm)
	m.User.Roles = roleWords(u.Roles)
	m.Permissions, m.Merchant, m.Agent, m.Merchants = actor.Can.Words(), actor.Merchant, actor.Agent, []MyMerchant{}
	m.Factors = SecondFactors{TOTP: len(u.TOTP) > 0, Passkeys: u.Passkeys, RecoveryLeft: len(u.Recovery)}
	m.FreshUntil = actor.FreshAt.Add(access.FreshFor).Time()
	m.Enroll = actor.Realm == access.Platform && !actor.Strong
	if u.Realm != access.Merchant {
		return &MeOutput{m}, nil
	}
	list, err := a.config.People.Memberships(ctx, u.ID, merchantsMax)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		row, _, err := step.Read[merchant.Merchant](ctx, a.config.People, merchant.Key(one.Merchant))
		if err != nil {
			return nil, err
		}
		m.Merchants = append(m.Merchants, MyMerchant{one.Merchant, row.Name, row.Number, roleWords(one.Roles)})
		if one.Merchant == actor.Merchant {
			m.User.Roles = roleWords(one.Roles)
		}
	}
	return &MeOutput{m}, nil
}

func roleWords(list []access.Role) []string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = string(r)
	}
	return words
}

func rolesOf(words []string) []access.Role {
	list := make([]access.Role, len(words))
	for i, w := range words {
		list[i] = access.Role(w)
	}
	return list
}

// ChangeMeInput changes what the person is called.
type ChangeMeInput struct {
	Body struct {
		Name string `json:"name,omitempty" maxLength:"60"`
		Lang string `json:"lang,omitempty" enum:"zh,en"`
	}
}

func (a *API) changeMe(ctx context.Context, in *ChangeMeInput) (*MeOutput, error) {
	actor := actorOf(ctx)
	u, err := a.config.Access.User(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Name != "" {
		u.Name = in.Body.Name
	}
	if in.Body.Lang != "" {
		u.Lang = in.Body.Lang
	}
	if u, err = a.config.Access.ChangeProfile(ctx, actor, u.Name, u.Lang); err != nil {
		return nil, err
	}
	return a.describeMe(ctx, actor, u)
}

// SwitchMerchantInput names a merchant of the person's.
type SwitchMerchantInput struct {
	Body struct {
		Merchant string `json:"merchant" maxLength:"64"`
	}
}

func (a *API) switchMerchant(ctx context.Context, in *SwitchMerchantInput) (*MeOutput, error) {
	if err := a.config.Access.SwitchMerchant(ctx, actorOf(ctx), in.Body.Merchant); err != nil {
		return nil, err
	}
	r := requestOf(ctx)
	var err error
	if r.actor, err = a.config.Access.Authenticate(ctx, r.token, r.client.String()); err != nil {
		return nil, err
	}
	return a.me(ctx, nil)
}

// Session is a device that is logged in.
type Session struct {
	ID         string    `json:"id"`
	Device     string    `json:"device"`
	IP         string    `json:"ip"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	Current    bool      `json:"current"`
}

// PlainListInput is for lists that are always short.
type PlainListInput struct{ PageInput }

func (a *API) mySessions(ctx context.Context, _ *PlainListInput) (*ListOutput[Session], error) {
	actor := actorOf(ctx)
	rows, err := a.config.Access.Sessions(ctx, actor.ID)
	out := &ListOutput[Session]{ListBody[Session]{Data: []Session{}}}
	for _, s := range rows {
		out.Body.Data = append(out.Body.Data, Session{s.ID, s.Device, s.IP, s.CreatedAt.Time(), s.SeenAt.Time(), s.ID == actor.Session})
	}
	return out, err
}

func (a *API) endMySession(ctx context.Context, in *IDInput) (*Empty, error) {
	return nil, a.config.Access.EndSession(ctx, actorOf(ctx), in.ID)
}

func (a *API) endMyOtherSessions(ctx context.Context, _ *struct{}) (*Empty, error) {
	return nil, a.config.Access.EndOtherSessions(ctx, actorOf(ctx))
}

// Login is a line of the history of log-ins.
type Login struct {
	ID        string    `json:"id" zh:"编号" en:"ID"`
	CreatedAt time.Time `json:"created_at" zh:"时间" en:"Time"`
	Login     string    `json:"login,omitempty" zh:"登录名" en:"Log-in name"`
	Outcome   string    `json:"outcome" zh:"结果" en:"Outcome"`
	Factor    string    `json:"factor,omitempty" zh:"方式" en:"Method"`
	Device    string    `json:"device" zh:"设备" en:"Device"`
	IP        string    `json:"ip" zh:"IP 地址" en:"IP address"`
}

func (a *API) myLogins(ctx context.Context, _ *PlainListInput, p listing.Page) (listing.Slice[Login], error) {
	actor := actorOf(ctx)
	slice, err := a.config.People.Logins(ctx, actor.Scope(), actor.ID, p)
	return through(slice, loginOf), err
}

func loginOf(r access.Record) Login {
	return Login{r.ID, r.At.Time(), r.Name, string(r.Result), r.Method, r.Device, r.IP}
}

// TOTPSecret is what an authenticator needs. It is shown once.
type TOTPSecret struct {
	Secret string `json:"secret" doc:"In base 32, to type."`
	URI    string `json:"uri" doc:"An otpauth address, to scan."`
}

// TOTPOutput answers with a secret.
type TOTPOutput struct{ Body TOTPSecret }

func (a *API) beginTOTP(ctx context.Context, _ *struct{}) (*TOTPOutput, error) {
	e, err := a.config.Access.BeginTOTP(ctx, actorOf(ctx))
	return &TOTPOutput{TOTPSecret{e.Secret, e.URI}}, err
}

// ConfirmTOTPInput shows that the authenticator has the secret.
type ConfirmTOTPInput struct {
	Body struct {
		Code string `json:"code" maxLength:"16"`
	}
}

// RecoveryCodes let in once each who lost the authenticator. They are shown once.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" nullable:"false"`
}

// RecoveryOutput answers with recovery codes.
type RecoveryOutput struct{ Body RecoveryCodes }

func (a *API) confirmTOTP(ctx context.Context, in *ConfirmTOTPInput) (*RecoveryOutput, error) {
	codes, err := a.config.Access.ConfirmTOTP(ctx, actorOf(ctx), in.Body.Code)
	return &RecoveryOutput{RecoveryCodes{codes}}, err
}

func (a *API) removeTOTP(ctx context.Context, _ *struct{}) (*Empty, error) {
	return nil, a.config.Access.RemoveTOTP(ctx, actorOf(ctx))
}

func (a *API) renewRecovery(ctx context.Context, _ *struct{}) (*RecoveryOutput, error) {
	codes, err := a.config.Access.NewRecovery(ctx, actorOf(ctx))
	return &RecoveryOutput{RecoveryCodes{codes}}, err
}

// NameInput is another log-in name.
type NameInput struct {
	Body struct {
		Login string `json:"login" maxLength:"254"`
	}
}

func (a *API) beginName(ctx context.Context, in *NameInput) (*CookiesOutput, error) {
	code, err := a.config.Access.BeginName(ctx, actorOf(ctx), in.Body.Login, place(ctx))
	return &CookiesOutput{[]http.Cookie{a.hold(heldCode, code, codeLife)}}, err
}

func (a *API) confirmName(ctx context.Context, in *VerifyInput) (*MeOutput, error) {
	if err := a.config.Access.ConfirmName(ctx, actorOf(ctx), held(ctx, heldCode), in.Body.Code); err != nil {
		return nil, err
	}
	return a.me(ctx, nil)
}
