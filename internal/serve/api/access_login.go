package api

import (
	"context"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

// LoginState is how far a log-in came.
type LoginState struct {
	State   string   `json:"state" enum:"done,second_factor,enroll" doc:"done: the session is open. second_factor: it opens with a second factor. enroll: a second factor must be enrolled first."`
	Factors []string `json:"factors,omitempty" enum:"totp,passkey,recovery" doc:"Which second factors the account has."`
}

// LoginOutput answers with the session's cookie.
type LoginOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      LoginState
}

// CookiesOutput answers with cookies and nothing else.
type CookiesOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

const codeLife = 10 * time.Minute // of the cookie that names a verification code

// entered tells how far a log-in came, and sets the session's cookie.
func (a *API) entered(grant access.Grant, more ...http.Cookie) *LoginOutput {
	out := &LoginOutput{Body: LoginState{State: "done"}}
	switch u := grant.User; {
	case grant.Session.Stage == access.SessionPartial:
		out.Body.State = "second_factor"
		if len(u.TOTP) > 0 {
			out.Body.Factors = append(out.Body.Factors, "totp")
		}
		if u.Passkeys > 0 {
			out.Body.Factors = append(out.Body.Factors, "passkey")
		}
		if len(u.Recovery) > 0 {
			out.Body.Factors = append(out.Body.Factors, "recovery")
		}
	case !grant.Session.Strong:
		out.Body.State = "enroll"
	}
	life := grant.Session.ExpiresAt.Sub(calendar.At(a.config.Now()))
	out.SetCookie = append(more, a.cookie(grant.Token, life))
	return out
}

func (a *API) registerLogin() {
	const tag = "log-in"
	register(a, withStatus(operation("POST", "/auth/register", "register", tag, "Open an account"), http.StatusNoContent), Rule{Public: true}, a.register)
	register(a, a.holding(operation("POST", "/auth/verify", "verify-registration", tag, "Prove the name of an account that was opened"), heldCode), Rule{Public: true}, a.verify)
	register(a, operation("POST", "/auth/login", "log-in", tag, "Log in"), Rule{Public: true}, a.logIn)
	register(a, operation("POST", "/auth/second-factor", "give-second-factor", tag, "Give the second factor"), Rule{Public: true}, a.secondFactor)
	register(a, withStatus(operation("POST", "/auth/logout", "log-out", tag, "Log out"), http.StatusNoContent), Rule{Public: true}, a.logOut)
	register(a, withStatus(operation("POST", "/auth/password/forgot", "forget-password", tag, "Ask for a code to set a password"), http.StatusNoContent), Rule{Public: true}, a.forgot)
	register(a, withStatus(a.holding(operation("POST", "/auth/password/reset", "reset-password", tag, "Set a password by a code"), heldCode), http.StatusNoContent), Rule{Public: true}, a.reset)
	register(a, withStatus(operation("POST", "/auth/password/change", "change-password", tag, "Change the password"), http.StatusNoContent), Rule{Bare: true}, a.changePassword)
	register(a, withStatus(operation("POST", "/auth/fresh", "prove-identity", tag, "Prove once more who you are"), http.StatusNoContent), Rule{Weak: true, Bare: true}, a.refresh)
}

// RegisterInput asks for an account.
type RegisterInput struct {
	Body struct {
		Login    string `json:"login" maxLength:"254" doc:"Telephone number or e-mail address."`
		Name     string `json:"name" maxLength:"60"`
		Password string `json:"password" maxLength:"512"`
		Lang     string `json:"lang,omitempty" enum:"zh,en" default:"zh"`
		Realm    string `json:"realm,omitempty" enum:"merchant" default:"merchant" doc:"Other accounts are not opened by their people."`
	}
}

// register opens an account. Whether the name has one already is told to the name's owner only.
func (a *API) register(ctx context.Context, in *RegisterInput) (*CookiesOutput, error) {
	code, err := a.config.Access.Register(ctx, access.Registration{
		Login: in.Body.Login, Name: in.Body.Name, Password: in.Body.Password, Lang: in.Body.Lang,
	}, place(ctx))
	return &CookiesOutput{[]http.Cookie{a.hold(heldCode, code, codeLife)}}, err
}

// VerifyInput carries a code that was sent.
type VerifyInput struct {
	Body struct {
		Login string `json:"login,omitempty" maxLength:"254" doc:"For whom the code was asked; the cookie of the request that asked for it decides."`
		Code  string `json:"code" maxLength:"16"`
	}
}

func (a *API) verify(ctx context.Context, in *VerifyInput) (*LoginOutput, error) {
	grant, err := a.config.Access.Verify(ctx, held(ctx, heldCode), in.Body.Code, place(ctx))
	if err != nil {
		return nil, err
	}
	return a.entered(grant, a.hold(heldCode, "", 0)), nil
}

// LoginInput is a name and a password.
type LoginInput struct {
	Body struct {
		Login    string `json:"login" maxLength:"254"`
		Password string `json:"password" maxLength:"512"`
	}
}

func (a *API) logIn(ctx context.Context, in *LoginInput) (*LoginOutput, error) {
	grant, err := a.config.Access.LogIn(ctx, in.Body.Login, in.Body.Password, place(ctx))
	if err != nil {
		return nil, err
	}
	return a.entered(grant), nil
}

// FactorInput is a second factor that is typed.
type FactorInput struct {
	Body struct {
		Kind string `json:"kind" enum:"totp,recovery"`
		Code string `json:"code" maxLength:"32"`
	}
}

func (a *API) secondFactor(ctx context.Context, in *FactorInput) (*LoginOutput, error) {
	grant, err := a.config.Access.SecondFactor(ctx, requestOf(ctx).token, access.FactorMethod(in.Body.Kind), in.Body.Code, place(ctx))
	if err != nil {
		return nil, err
	}
	return a.entered(grant), nil
}

func (a *API) logOut(ctx context.Context, _ *struct{}) (*CookiesOutput, error) {
	err := a.config.Access.LogOut(ctx, requestOf(ctx).token)
	return &CookiesOutput{[]http.Cookie{a.cookie("", 0)}}, err
}

// ForgotInput names an account.
type ForgotInput struct {
	Body struct {
		Login string `json:"login" maxLength:"254"`
		Lang  string `json:"lang,omitempty" enum:"zh,en" default:"zh"`
	}
}

func (a *API) forgot(ctx context.Context, in *ForgotInput) (*CookiesOutput, error) {
	code, err := a.config.Access.Forgot(ctx, in.Body.Login, in.Body.Lang, place(ctx))
	return &CookiesOutput{[]http.Cookie{a.hold(heldCode, code, codeLife)}}, err
}

// ResetInput sets a password by a code.
type ResetInput struct {
	Body struct {
		Login    string `json:"login,omitempty" maxLength:"254" doc:"For whom the code was asked; the cookie of the request that asked for it decides."`
		Code     string `json:"code" maxLength:"16"`
		Password string `json:"password" maxLength:"512"`
	}
}

func (a *API) reset(ctx context.Context, in *ResetInput) (*CookiesOutput, error) {
	err := a.config.Access.Reset(ctx, held(ctx, heldCode), in.Body.Code, in.Body.Password)
	return &CookiesOutput{[]http.Cookie{a.hold(heldCode, "", 0)}}, err
}

// ChangePasswordInput sets another password.
type ChangePasswordInput struct {
	Body struct {
		Old string `json:"old" maxLength:"512"`
		New string `json:"new" maxLength:"512"`
	}
}

func (a *API) changePassword(ctx context.Context, in *ChangePasswordInput) (*Empty, error) {
	return nil, a.config.Access.ChangePassword(ctx, actorOf(ctx), in.Body.Old, in.Body.New, place(ctx))
}

// FreshInput is one proof of identity.
type FreshInput struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"512"`
		TOTP     string `json:"totp,omitempty" maxLength:"16"`
		Recovery string `json:"recovery,omitempty" maxLength:"32"`
	}
}

func (a *API) refresh(ctx context.Context, in *FreshInput) (*Empty, error) {
	method, code := access.FactorMethod(""), ""
	switch {
	case in.Body.TOTP != "":
		method, code = access.ByTOTP, in.Body.TOTP
	case in.Body.Recovery != "":
		method, code = access.ByRecovery, in.Body.Recovery
	}
	return nil, a.config.Access.Refresh(ctx, actorOf(ctx), in.Body.Password, method, code, place(ctx))
}
