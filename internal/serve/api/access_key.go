package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
)

// APIKey lets a merchant's program in.
type APIKey struct {
	ID         string     `json:"id" zh:"编号" en:"ID"`
	Name       string     `json:"name" zh:"名称" en:"Name"`
	Mode       string     `json:"mode" enum:"test,live" zh:"环境" en:"Mode"`
	Prefix     string     `json:"prefix" doc:"How the key begins and ends." zh:"密钥" en:"Key"`
	Scopes     []string   `json:"scopes" nullable:"false" zh:"权限" en:"Scopes"`
	Addresses  []string   `json:"addresses" nullable:"false" doc:"From which addresses and networks it works; none for any." zh:"允许的地址" en:"Addresses"`
	State      string     `json:"state" enum:"active,revoked,expired" zh:"状态" en:"State"`
	CreatedAt  time.Time  `json:"created_at" zh:"创建时间" en:"Created"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"Within a minute."`
	LastIP     string     `json:"last_ip,omitempty"`
	OldUntil   *time.Time `json:"old_until,omitempty" doc:"Until then the secret before the last rotation works too."`
}

// APIKeySecret is a key with its secret, which is shown once.
type APIKeySecret struct {
	Key    APIKey `json:"key"`
	Secret string `json:"secret"`
}

// APIKeyOutput answers with a key.
type APIKeyOutput struct{ Body APIKey }

// APIKeySecretOutput answers with a key and its secret.
type APIKeySecretOutput struct{ Body APIKeySecret }

func (a *API) registerKeys() {
	const tag = "API keys"
	look := Rule{Needs: access.KeyManage, Realm: access.Merchant}
	manage := Rule{Needs: access.KeyManage, Realm: access.Merchant, Fresh: true}
	secret := manage
	secret.Secret = true
	registerList(a, operation("GET", "/api-keys", "list-api-keys", tag, "API keys of the merchant"), look, a.keys)
	register(a, withStatus(operation("POST", "/api-keys", "create-api-key", tag, "Make an API key"), http.StatusCreated), secret, a.createKey)
	register(a, operation("PATCH", "/api-keys/{id}", "change-api-key", tag, "Change name, scopes and addresses of an API key"), manage, a.changeKey)
	register(a, operation("POST", "/api-keys/{id}/rotate", "rotate-api-key", tag, "Give an API key a new secret"), secret, a.rotateKey)
	register(a, withStatus(operation("DELETE", "/api-keys/{id}", "revoke-api-key", tag, "End an API key for good"), http.StatusNoContent), manage, a.revokeKey)
}

func (a *API) keys(ctx context.Context, _ *PlainListInput, p listing.Page) (listing.Slice[APIKey], error) {
	slice, err := a.config.People.APIKeys(ctx, actorOf(ctx).Scope(), "", p)
	return through(slice, a.keyOf), err
}

func (a *API) keyOf(k access.APIKey) APIKey {
	state, now := string(k.State), calendar.At(a.config.Now())
	if k.State == access.KeyActive && k.ExpiresAt != 0 && now >= k.ExpiresAt {
		state = "expired"
	}
	old := k.OldUntil
	if now >= old {
		old = 0
	}
	addresses := strings.Fields(k.Allowed)
	if addresses == nil {
		addresses = []string{}
	}
	return APIKey{
		ID: k.ID, Name: k.Name, Mode: string(k.Mode), Prefix: k.Mode.Prefix() + "…" + k.Hint, Scopes: k.Scopes.Words(), Addresses: addresses,
		State: state, CreatedAt: k.CreatedAt.Time(), ExpiresAt: when(k.ExpiresAt), LastUsedAt: when(k.LastUsedAt), LastIP: k.LastIP,
		OldUntil: when(old),
	}
}

// KeyBody orders an API key.
type KeyBody struct {
	Name      string     `json:"name" maxLength:"60"`
	Scopes    []string   `json:"scopes" minItems:"1" maxItems:"64" doc:"Words of permissions."`
	Addresses []string   `json:"addresses,omitempty" maxItems:"32"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

func (b KeyBody) order() access.KeyOrder {
	o := access.KeyOrder{Name: b.Name, Scopes: b.Scopes, Allowed: b.Addresses}
	if b.ExpiresAt != nil {
		o.ExpiresAt = calendar.At(*b.ExpiresAt)
	}
	return o
}

// CreateKeyInput orders a new API key.
type CreateKeyInput struct {
	Body struct {
		KeyBody
		Mode string `json:"mode" enum:"test,live"`
	}
}

func (a *API) createKey(ctx context.Context, in *CreateKeyInput) (*APIKeySecretOutput, error) {
	o := in.Body.order()
	o.Mode = access.Mode(in.Body.Mode)
	k, secret, err := a.config.Access.CreateKey(ctx, actorOf(ctx), o)
	return &APIKeySecretOutput{APIKeySecret{a.keyOf(k), secret}}, err
}

// ChangeKeyInput says what an API key is to be from now on.
type ChangeKeyInput struct {
	IDInput
	Body KeyBody
}

func (a *API) changeKey(ctx context.Context, in *ChangeKeyInput) (*APIKeyOutput, error) {
	k, err := a.config.Access.ChangeKey(ctx, actorOf(ctx), in.ID, in.Body.order())
	return &APIKeyOutput{a.keyOf(k)}, err
}

// RotateKeyInput says how long the old secret works beside the new one.
type RotateKeyInput struct {
	IDInput
	Body struct {
		OverlapHours int `json:"overlap_hours" minimum:"0" maximum:"168"`
	}
}

func (a *API) rotateKey(ctx context.Context, in *RotateKeyInput) (*APIKeySecretOutput, error) {
	k, secret, err := a.config.Access.RotateKey(ctx, actorOf(ctx), in.ID, time.Duration(in.Body.OverlapHours)*time.Hour)
	return &APIKeySecretOutput{APIKeySecret{a.keyOf(k), secret}}, err
}

func (a *API) revokeKey(ctx context.Context, in *IDInput) (*Empty, error) {
	_, err := a.config.Access.RevokeKey(ctx, actorOf(ctx), in.ID)
	return nil, err
}
