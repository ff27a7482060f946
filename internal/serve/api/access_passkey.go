package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// ErrNoPasskeys is the refusal of passkeys where nobody knows under which name browsers know us.
var ErrNoPasskeys = fault.New(fault.Unavailable, "passkeys_off", "passkeys need the address under which browsers know us: use another second factor")

// passkeyDoor exchanges messages with passkeys.
type passkeyDoor struct {
	*API
	web *webauthn.WebAuthn // nil where passkeys are off
}

// The kinds of exchange.
const (
	toLogIn  = "log_in"
	toFactor = "second_factor"
	toFresh  = "fresh"
	toEnroll = "enroll"
)

const ceremonyLife = 5 * time.Minute

func (a *API) registerPasskeys() {
	d := &passkeyDoor{API: a, web: relyingParty(a.config.Origins)}
	const tag = "passkeys"
	register(a, operation("POST", "/auth/passkey/begin", "begin-passkey", tag, "Begin to log in, to give the second factor or to prove identity with a passkey"), Rule{Public: true}, d.begin)
	register(a, a.holding(operation("POST", "/auth/passkey/finish", "finish-passkey", tag, "Finish what was begun with a passkey"), heldCeremony), Rule{Public: true}, d.finish)
	register(a, operation("GET", "/me/passkeys", "list-my-passkeys", tag, "Passkeys that are enrolled"), Rule{Weak: true}, d.list)
	enroll := Rule{Weak: true, Fresh: true, Secret: true}
	register(a, operation("POST", "/me/passkeys/begin", "begin-passkey-enrollment", tag, "Begin to enroll a passkey"), enroll, d.beginEnrollment)
	register(a, a.holding(operation("POST", "/me/passkeys/finish", "finish-passkey-enrollment", tag, "Enroll the passkey"), heldCeremony), enroll, d.finishEnrollment)
	register(a, withStatus(operation("DELETE", "/me/passkeys/{id}", "remove-passkey", tag, "Remove a passkey"), http.StatusNoContent), Rule{Fresh: true}, d.remove)
}

// relyingParty is who we are for browsers: the host of the first origin.
func relyingParty(origins []string) *webauthn.WebAuthn {
	if len(origins) == 0 {
		return nil
	}
	first, err := url.Parse(origins[0])
	if err != nil {
		return nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: first.Hostname(), RPDisplayName: "yifen", RPOrigins: origins, AttestationPreference: protocol.PreferNoAttestation,
	})
	if err != nil {
		return nil
	}
	return w
}

// passkeyUser is an account as the exchange knows it.
type passkeyUser struct {
	access.User
	keys []access.Passkey
}

// WebAuthnID implements webauthn.User. An account's id is 32 characters, within the 64 bytes of a user handle.
func (u passkeyUser) WebAuthnID() []byte { return []byte(u.ID) }

// WebAuthnName implements webauthn.User.
func (u passkeyUser) WebAuthnName() string { return string(u.Contact()) }

// WebAuthnDisplayName implements webauthn.User.
func (u passkeyUser) WebAuthnDisplayName() string { return u.Name }

// WebAuthnCredentials implements webauthn.User.
func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential {
	var list []webauthn.Credential
	for _, k := range u.keys {
		var id protocol.URLEncodedBase64
		if id.UnmarshalJSON([]byte(`"`+k.ID+`"`)) != nil {
			continue
		}
		c := webauthn.Credential{
			ID: id, PublicKey: k.PublicKey, Flags: webauthn.CredentialFlags{BackupEligible: k.Synced, BackupState: k.BackedUp},
			Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID, SignCount: uint32(k.SignCount)},
		}
		for word := range strings.FieldsSeq(k.Transports) {
			c.Transport = append(c.Transport, protocol.AuthenticatorTransport(word))
		}
		list = append(list, c)
	}
	return list
}

func (d *passkeyDoor) user(ctx context.Context, account string) (passkeyUser, error) {
	u, err := d.config.Access.User(ctx, account)
	if err != nil {
		return passkeyUser{}, err
	}
	keys, err := d.config.Access.Passkeys(ctx, account)
	return passkeyUser{u, keys}, err
}

// CeremonyOutput is what the browser hands to the authenticator (WebAuthn Level 2).
type CeremonyOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      map[string]any
}

// CeremonyInput is what the authenticator answered.
type CeremonyInput struct{ Body map[string]any }

// remember keeps the exchange's state and answers with the options.
func (d *passkeyDoor) remember(ctx context.Context, kind string, options any, state *webauthn.SessionData) (*CeremonyOutput, error) {
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	name, err := d.config.Access.BeginCeremony(ctx, kind, raw, place(ctx))
	if err != nil {
		return nil, err
	}
	out := &CeremonyOutput{SetCookie: []http.Cookie{d.hold(heldCeremony, kind+"."+name, ceremonyLife)}}
	if raw, err = json.Marshal(options); err == nil {
		err = json.Unmarshal(raw, &out.Body)
	}
	return out, err
}

// recall returns the state of the exchange that the cookie names, once.
func (d *passkeyDoor) recall(ctx context.Context, kinds ...string) (kind string, state webauthn.SessionData, err error) {
	kind, name, _ := strings.Cut(held(ctx, heldCeremony), ".")
	for _, k := range kinds {
		if k == kind {
			raw, err := d.config.Access.TakeCeremony(ctx, kind, name)
			if err != nil {
				return kind, state, err
			}
			return kind, state, json.Unmarshal(raw, &state)
		}
	}
	return kind, state, access.ErrCeremony
}

// begin begins an exchange for what the session lacks: all of it, its second factor, or a fresh proof.
func (d *passkeyDoor) begin(ctx context.Context, _ *struct{}) (*CeremonyOutput, error) {
	if d.web == nil {
		return nil, ErrNoPasskeys
	}
	r := requestOf(ctx)
	account, kind := r.actor.ID, toFresh
	if !r.known || r.actor.Session == "" {
		var err error
		if account, err = d.config.Access.PartialAccount(ctx, r.token); err != nil {
			return nil, err
		}
		kind = toFactor
	}
	if account == "" {
		options, state, err := d.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, err
		}
		return d.remember(ctx, toLogIn, options, state)
	}
	u, err := d.user(ctx, account)
	if err != nil {
		return nil, err
	}
	if len(u.keys) == 0 {
		return nil, access.ErrPasskey
	}
	options, state, err := d.web.BeginLogin(u, webauthn.WithUserVerification(protocol.VerificationPreferred))
	if err != nil {
		return nil, err
	}
	return d.remember(ctx, kind, options, state)
}

// finish takes the signature of a passkey.
func (d *passkeyDoor) finish(ctx context.Context, in *CeremonyInput) (*LoginOutput, error) {
	if d.web == nil {
		return nil, ErrNoPasskeys
	}
	kind, state, err := d.recall(ctx, toLogIn, toFactor, toFresh)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(in.Body)
	if err != nil {
		return nil, err
	}
	response, err := protocol.ParseCredentialRequestResponseBytes(raw)
	if err != nil {
		return nil, access.ErrSecondFactor.Because(err)
	}
	var signer passkeyUser
	find := func(_, handle []byte) (webauthn.User, error) {
		signer, err = d.user(ctx, string(handle))
		return signer, err
	}
	var credential *webauthn.Credential
	if kind == toLogIn {
		credential, err = d.web.ValidateDiscoverableLogin(find, state, response)
	} else if _, err = find(nil, state.UserID); err == nil {
		credential, err = d.web.ValidateLogin(signer, state, response)
	}
	if err != nil {
		return nil, access.ErrSecondFactor.Because(err)
	}
	x := access.Assertion{
		Account: signer.ID, Credential: credential.ID, SignCount: int64(response.Response.AuthenticatorData.Counter),
		BackedUp: credential.Flags.BackupState, Verified: response.Response.AuthenticatorData.Flags.UserVerified(),
	}
	over := d.hold(heldCeremony, "", 0)
	switch r := requestOf(ctx); kind {
	case toFresh:
		if !r.known || r.actor.Session == "" {
			return nil, ErrUnauthenticated
		}
		err = d.config.Access.RefreshByPasskey(ctx, r.actor, x, place(ctx))
		return &LoginOutput{SetCookie: []http.Cookie{over}, Body: LoginState{State: "done"}}, err
	case toFactor:
		grant, err := d.config.Access.SecondFactorByPasskey(ctx, r.token, x, place(ctx))
		if err != nil {
			return nil, err
		}
		return d.entered(grant, over), nil
	}
	grant, err := d.config.Access.LogInByPasskey(ctx, x, place(ctx))
	if err != nil {
		return nil, err
	}
	return d.entered(grant, over), nil
}

// beginEnrollment begins to make a passkey that needs no name to log in with.
func (d *passkeyDoor) beginEnrollment(ctx context.Context, _ *struct{}) (*CeremonyOutput, error) {
	if d.web == nil {
		return nil, ErrNoPasskeys
	}
	u, err := d.user(ctx, actorOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	var known []protocol.CredentialDescriptor
	for _, c := range u.WebAuthnCredentials() {
		known = append(known, c.Descriptor())
	}
	options, state, err := d.web.BeginRegistration(u, webauthn.WithExclusions(known), webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
		ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
	}))
	if err != nil {
		return nil, err
	}
	return d.remember(ctx, toEnroll, options, state)
}

// Passkey is a passkey that is enrolled.
type Passkey struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Synced     bool       `json:"synced" doc:"It may be copied to other devices of its owner."`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

// PasskeyOutput answers with a passkey.
type PasskeyOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      Passkey
}

func passkeyOf(p access.Passkey) Passkey {
	return Passkey{p.ID, p.Name, p.Synced, p.CreatedAt.Time(), when(p.LastUsedAt)}
}

// finishEnrollment takes the passkey that was made; "name" beside its parts is what its owner calls it.
func (d *passkeyDoor) finishEnrollment(ctx context.Context, in *CeremonyInput) (*PasskeyOutput, error) {
	if d.web == nil {
		return nil, ErrNoPasskeys
	}
	_, state, err := d.recall(ctx, toEnroll)
	if err != nil {
		return nil, err
	}
	u, err := d.user(ctx, actorOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	name, _ := in.Body["name"].(string)
	delete(in.Body, "name")
	raw, err := json.Marshal(in.Body)
	if err != nil {
		return nil, err
	}
	response, err := protocol.ParseCredentialCreationResponseBytes(raw)
	if err != nil {
		return nil, access.ErrCeremony.Because(err)
	}
	credential, err := d.web.CreateCredential(u, state, response)
	if err != nil {
		return nil, access.ErrCeremony.Because(err)
	}
	var transports []string
	for _, t := range credential.Transport {
		transports = append(transports, string(t))
	}
	p, err := d.config.Access.EnrollPasskey(ctx, actorOf(ctx), credential.ID, access.Passkey{
		Name: name, PublicKey: credential.PublicKey, AAGUID: credential.Authenticator.AAGUID, Transports: strings.Join(transports, " "),
		SignCount: int64(credential.Authenticator.SignCount), Synced: credential.Flags.BackupEligible, BackedUp: credential.Flags.BackupState,
	})
	if err != nil {
		return nil, err
	}
	return &PasskeyOutput{SetCookie: []http.Cookie{d.hold(heldCeremony, "", 0)}, Body: passkeyOf(p)}, nil
}

func (d *passkeyDoor) list(ctx context.Context, _ *PlainListInput) (*ListOutput[Passkey], error) {
	keys, err := d.config.Access.Passkeys(ctx, actorOf(ctx).ID)
	out := &ListOutput[Passkey]{ListBody[Passkey]{Data: []Passkey{}}}
	for _, k := range keys {
		out.Body.Data = append(out.Body.Data, passkeyOf(k))
	}
	return out, err
}

// PasskeyInput names a passkey by its credential, which its maker chose.
type PasskeyInput struct {
	ID string `path:"id" maxLength:"1400"`
}

func (d *passkeyDoor) remove(ctx context.Context, in *PasskeyInput) (*Empty, error) {
	return nil, d.config.Access.RemovePasskey(ctx, actorOf(ctx), in.ID)
}
