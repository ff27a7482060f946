package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/serve/api"
)

// authenticator is a passkey in software: what a browser and a security key do together (WebAuthn Level 2 §6).
type authenticator struct {
	origin string
	key    *ecdsa.PrivateKey
	id     []byte
	handle string
	count  uint32
}

const (
	flagPresent  = 0x01
	flagVerified = 0x04
	flagAttested = 0x40
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// client is the client data of an exchange.
func (a *authenticator) client(kind, challenge string) []byte {
	raw, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		panic(err)
	}
	return raw
}

// data is the authenticator data for the relying party localhost (§6.1).
func (a *authenticator) data(flags byte, attested []byte) []byte {
	party := sha256.Sum256([]byte("localhost"))
	out := append(party[:], flags)
	return append(binary.BigEndian.AppendUint32(out, a.count), attested...)
}

// make answers navigator.credentials.create with an attestation of format none.
func (a *authenticator) make(t *testing.T, options object) object {
	t.Helper()
	public := options["publicKey"].(object)
	a.handle = public["user"].(object)["id"].(string)
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.id = []byte("credential of sixteen")
	point, err := a.key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		t.Fatal(err)
	}
	// COSE_Key in CBOR: kty EC2, alg ES256, crv P-256, x, y (RFC 9053 §7.1).
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
	attested := binary.BigEndian.AppendUint16(make([]byte, 16), uint16(len(a.id)))
	data := a.data(flagPresent|flagVerified|flagAttested, append(append(attested, a.id...), cose...))
	head := []byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58")
	return object{
		"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "name": "测试钥匙", "clientExtensionResults": object{},
		"response": object{
			"clientDataJSON":    b64(a.client("webauthn.create", public["challenge"].(string))),
			"attestationObject": b64(append(append(head, byte(len(data))), data...)), "transports": []string{"usb"},
		},
	}
}

// sign answers navigator.credentials.get.
func (a *authenticator) sign(t *testing.T, options object) object {
	t.Helper()
	a.count++
	data, client := a.data(flagPresent|flagVerified, nil), a.client("webauthn.get", options["publicKey"].(object)["challenge"].(string))
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return object{
		"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": object{},
		"response": object{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": a.handle},
	}
}

func TestAccess_passkey(t *testing.T) {
	d := newDoor(t)
	c, _ := d.owner("owner@shop.example")
	a := &authenticator{origin: strings.Replace(d.web.URL, "127.0.0.1", "localhost", 1)}
	made := a.make(t, into[object](c.call("POST", "/me/passkeys/begin", nil).is(200, "")))
	key := into[api.Passkey](c.call("POST", "/me/passkeys/finish", made).is(200, ""))
	if key.Name != "测试钥匙" {
		t.Errorf("the passkey is %+v", key)
	}
	c.call("POST", "/me/passkeys/finish", made).is(422, "ceremony_over")

	// Alone it logs in; a signature counts once, and only for the exchange it was made in.
	fresh := d.browser()
	shown := a.sign(t, into[object](fresh.call("POST", "/auth/passkey/begin", nil).is(200, "")))
	d.browser().call("POST", "/auth/passkey/finish", shown).is(422, "ceremony_over")
	if got := into[api.LoginState](fresh.call("POST", "/auth/passkey/finish", shown).is(200, "")); got.State != "done" {
		t.Errorf("the log-in is %+v", got)
	}
	fresh.call("GET", "/members", nil).is(200, "")
	fresh.call("POST", "/auth/passkey/finish", shown).is(422, "ceremony_over")
	other := d.browser()
	other.call("POST", "/auth/passkey/begin", nil).is(200, "")
	other.call("POST", "/auth/passkey/finish", shown).is(403, "second_factor_refused")

	// A page of another origin has a signature made and sends it on.
	phished := d.browser()
	a.origin = "https://yifen.evil.example"
	phished.call("POST", "/auth/passkey/finish", a.sign(t, into[object](phished.call("POST", "/auth/passkey/begin", nil).is(200, "")))).is(403, "second_factor_refused")
	a.origin = strings.Replace(d.web.URL, "127.0.0.1", "localhost", 1)

	// Behind a password it is the second factor, and later a fresh proof.
	second := d.browser()
	state := into[api.LoginState](second.call("POST", "/auth/login", object{"login": "owner@shop.example", "password": password}).is(200, ""))
	if state.State != "second_factor" || len(state.Factors) != 1 || state.Factors[0] != "passkey" {
		t.Fatalf("the log-in is %+v", state)
	}
	second.call("POST", "/auth/passkey/finish", a.sign(t, into[object](second.call("POST", "/auth/passkey/begin", nil).is(200, "")))).is(200, "")
	d.advance(10 * time.Minute)
	order := object{"name": "till", "mode": "test", "scopes": []string{"payment.view"}}
	second.call("POST", "/api-keys", order).is(403, "fresh_required")
	second.call("POST", "/auth/passkey/finish", a.sign(t, into[object](second.call("POST", "/auth/passkey/begin", nil).is(200, "")))).is(200, "")
	second.call("POST", "/api-keys", order).is(201, "")

	list := into[api.ListBody[api.Passkey]](second.call("GET", "/me/passkeys", nil).is(200, ""))
	if len(list.Data) != 1 || list.Data[0].LastUsedAt == nil {
		t.Errorf("the passkeys are %+v", list.Data)
	}
	second.call("DELETE", "/me/passkeys/"+key.ID, nil).is(204, "")
	gone := d.browser()
	gone.call("POST", "/auth/passkey/finish", a.sign(t, into[object](gone.call("POST", "/auth/passkey/begin", nil).is(200, "")))).is(403, "second_factor_refused")
	if got := into[api.LoginState](gone.call("POST", "/auth/login", object{"login": "owner@shop.example", "password": password}).is(200, "")); got.State != "done" {
		t.Errorf("without it the log-in is %+v", got)
	}
}
