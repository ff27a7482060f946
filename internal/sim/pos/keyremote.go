package pos

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

// FetchInput is what a terminal got in its factory, to fetch its master key by.
type FetchInput struct {
	Key         *rsa.PrivateKey // of the hardware
	Certificate []byte          // of the hardware, DER: the subject's serial number is that of the hardware
	Host        *rsa.PublicKey  // by which the host is known
}

// String returns nothing of the key.
func (FetchInput) String() string { return "key pair and certificate of a terminal" }

// KeyCutPoints returns the moments at which [Config.Cut] is called while a master key is fetched, in their
// order; key is the request and confirm the confirmation.
func KeyCutPoints() []string {
	return []string{
		"key_before_send", "key_after_send", "key_after_answer", "key_after_flash",
		"confirm_before_send", "confirm_after_send", "confirm_after_answer", "confirm_after_flash",
	}
}

// Errors of fetching a master key. None carries key material.
var (
	ErrFetchInput = refuse("获取主密钥需要终端私钥、与之相符的证书和主机公钥（RSA 2048 位以上）",
		"to fetch the master key takes the terminal's RSA key, the certificate of that key and the host's public key, 2048 bits or more each")
	ErrDelivery = refuse("下发的主密钥不可信，未使用：请核对主机公钥和证书，再取一次",
		"the delivered master key is not to be trusted and was not used: compare the host's key and the certificate, and fetch again")
)

// codeNotAllowed is the host's answer to a confirmation of a key that it does not have waiting.
const codeNotAllowed = "58"

// fetched is a master key that was delivered. It is used when the host has taken the proof that it is here: until
// then the host works with the old one.
type fetched struct {
	TMK   []byte            `json:"tmk"`
	Proof keydelivery.Proof `json:"proof"`
}

// FetchTMK fetches the terminal master key from the host (0800, 60.3 = 350 and 351), takes it into use and signs
// in. The old key is good until the host has confirmed the new one. When an earlier fetch was cut off, that one is
// brought to its end, as a sign-in does too: the host may have taken the key already. A terminal that was opened
// fetches none.
func (t *Terminal) FetchTMK(ctx context.Context, in FetchInput) (Outcome, error) {
	switch {
	case t.Training():
		return Outcome{Kind: KeyFetch}, ErrTraining
	case t.Hardware().Tampered && !t.config.Unchecked:
		return Outcome{Kind: KeyFetch}, ErrTampered
	}
	serial, err := in.serial()
	if err != nil {
		return Outcome{Kind: KeyFetch}, err
	}
	if t.mem.Fetched != nil {
		if o, err := t.confirmTMK(ctx); err != nil || o.Code != codeNotAllowed {
			return t.signInAfter(ctx, o, err)
		}
	}
	if o, err := t.askTMK(ctx, in, serial); err != nil || !o.Approved {
		return o, err
	}
	o, err := t.confirmTMK(ctx)
	return t.signInAfter(ctx, o, err)
}

// signInAfter signs in under a key that was just taken into use, and returns the outcome of the fetch where both came
// off.
func (t *Terminal) signInAfter(ctx context.Context, fetch Outcome, err error) (Outcome, error) {
	if err != nil || !fetch.Approved {
		return fetch, err
	}
	if in, err := t.SignIn(ctx); err != nil || !in.Approved {
		return in, err
	}
	return fetch, nil
}

// serial returns the serial number in the certificate, which must be that of the key.
func (in FetchInput) serial() (string, error) {
	if in.Key == nil || in.Host == nil {
		return "", ErrFetchInput
	}
	certificate, err := x509.ParseCertificate(in.Certificate)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFetchInput, err)
	}
	if !in.Key.PublicKey.Equal(certificate.PublicKey) || certificate.Subject.SerialNumber == "" {
		return "", ErrFetchInput
	}
	return certificate.Subject.SerialNumber, nil
}

// askTMK asks for a master key and keeps what comes in the flash.
func (t *Terminal) askTMK(ctx context.Context, in FetchInput, serial string) (Outcome, error) {
	ask := keydelivery.Ask{Certificate: in.Certificate}
	rand.Read(ask.Challenge[:])
	f62, err := ask.Format()
	if err != nil {
		return Outcome{Kind: KeyFetch}, fmt.Errorf("%w: %w", ErrFetchInput, err)
	}
	o, err := t.exchangeKey(ctx, "350", f62, "key_")
	if err != nil || !o.Approved {
		return o, err
	}
	message, err := keydelivery.Parse(t.ans.Bytes(62))
	if err != nil {
		return Outcome{Kind: KeyFetch}, fmt.Errorf("%w: %w", ErrDelivery, err)
	}
	request := keydelivery.Request{Serial: serial, Challenge: ask.Challenge}
	value, err := message.Open(request, in.Key, in.Host, t.checkDelivered)
	if err != nil {
		return Outcome{Kind: KeyFetch}, fmt.Errorf("%w: %w", ErrDelivery, err)
	}
	key, err := t.profile.key(value)
	if err != nil {
		return Outcome{Kind: KeyFetch}, fmt.Errorf("%w: %w", ErrDelivery, err)
	}
	enciphered, err := key.EncryptECB(ask.Challenge[:])
	if err != nil {
		return Outcome{Kind: KeyFetch}, err
	}
	t.mem.Fetched = &fetched{TMK: value, Proof: keydelivery.Prove(enciphered)}
	if err := t.save(); err != nil {
		t.mem.Fetched = nil
		return Outcome{Kind: KeyFetch}, err
	}
	t.config.Cut("key_after_flash")
	return o, nil
}

// checkDelivered computes the check value of a key that must be of the profile's cipher.
func (t *Terminal) checkDelivered(cipher byte, value []byte) ([]byte, error) {
	if (cipher == keydelivery.SM4) != t.profile.sm4 {
		return nil, errors.New("the key is of another cipher than the terminal's profile")
	}
	key, err := t.profile.key(value)
	if err != nil {
		return nil, err
	}
	return key.CheckValue(), nil
}

// confirmTMK proves to the host that the key in the flash is here, and takes it into use. Where the host has another
// by now, or none, the key is dropped and the old one stays.
func (t *Terminal) confirmTMK(ctx context.Context) (Outcome, error) {
	have := t.mem.Fetched
	key, err := t.profile.key(have.TMK)
	if err != nil { // the terminal was set to a profile of another cipher
		t.mem.Fetched = nil
		return Outcome{Kind: KeyFetch}, errors.Join(fmt.Errorf("%w: %w", ErrDelivery, err), t.save())
	}
	o, err := t.exchangeKey(ctx, "351", have.Proof.Format(), "confirm_")
	switch {
	case err != nil:
		return o, err
	case o.Code == codeNotAllowed:
		t.mem.Fetched = nil
		return o, t.save()
	case !o.Approved:
		return o, nil
	}
	if err := t.replaceTMK(key, have.TMK); err != nil {
		return Outcome{Kind: KeyFetch}, err
	}
	t.config.Cut("confirm_after_flash")
	return o, nil
}

// exchangeKey exchanges one message of a fetch. None is undone by a reversal, so none is unknown.
func (t *Terminal) exchangeKey(ctx context.Context, network string, f62 []byte, prefix string) (Outcome, error) {
	m := t.begin("0800", "00", network)
	m.SetBytes(62, f62)
	if err := t.exchange(ctx, m, prefix); err != nil {
		return Outcome{Kind: KeyFetch}, errors.Join(err, t.save())
	}
	o := t.outcome(KeyFetch)
	if err := t.check(m, o.Approved); err != nil {
		return Outcome{Kind: KeyFetch}, errors.Join(err, t.save())
	}
	if o.Unknown {
		o.Unknown, o.Class = false, ClassFinal
	}
	return o, t.save()
}

// masterCheck returns the check value of the master key, "" where there is none.
func (t *Terminal) masterCheck() string {
	if t.tmk == nil {
		return ""
	}
	return strings.ToUpper(hex.EncodeToString(t.tmk.CheckValue()))
}
