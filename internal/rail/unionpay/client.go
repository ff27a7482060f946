package unionpay

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const actsPath = "/gateway/api/pay/"

// client signs and verifies for one institution.
type client struct {
	http        *http.Client
	base        string
	key         *rsa.PrivateKey
	certificate *x509.Certificate // of the key
	network     *rsa.PublicKey
}

// open makes a client of an account's fields.
func (r *Rail) open(fields map[string]string) (*client, error) {
	packed, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(fields["signing_key"]), ""))
	if err != nil {
		return nil, wallet.ErrField.With("signing_key is not base64")
	}
	key, certificate, _, err := pkcs12.DecodeChain(packed, fields["signing_key_password"])
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, wallet.ErrField.With("signing_key_password does not open the PKCS #12 file")
	case err != nil:
		return nil, wallet.ErrField.With("signing_key is no PKCS #12 file with one key")
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, wallet.ErrField.With("signing_key is not an RSA key")
	}
	network, err := outbound.PublicKey(fields["unionpay_public_key"])
	if err != nil {
		return nil, wallet.ErrField.With("unionpay_public_key %s", err)
	}
	return &client{http: r.desk.Client, base: r.desk.Host.String() + actsPath, key: private, certificate: certificate, network: network}, nil
}

// party is who an account is to the network.
type party struct{ institution, merchant, terminal string }

func identify(a wallet.Access) party {
	p := party{a.Fields["institution"], a.Fields["merchant_number"], a.Fields["terminal_number"]}
	if a.Sub != nil {
		p.merchant, p.terminal = a.Sub["merchant_number"], a.Sub["terminal_number"]
	}
	return p
}

// ask sends one request for a party and returns an answer that can be believed. Otherwise the error is
// [outbound.ErrUnsent], an [outbound.Doubt], or that of a connection that broke.
func (c *client) ask(ctx context.Context, who party, act string, m message) (message, error) {
	m["serProvId"], m["reqTime"] = who.institution, time.Now().In(china).Format(stampForm)
	m.put("merId", who.merchant)
	if err := m.sign(c.key); err != nil {
		return nil, errors.Join(outbound.ErrUnsent, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+act, bytes.NewReader(m.text()))
	if err != nil {
		return nil, errors.Join(outbound.ErrUnsent, err)
	}
	request.Header.Set("Content-Type", "application/json;charset=utf-8")
	request.Header.Set("Accept", "application/json")
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= http.StatusInternalServerError:
		return nil, errors.New("the gateway is not able to answer")
	case answer.StatusCode != http.StatusOK:
		return nil, outbound.Garbled
	}
	said, ok := readMessage(text)
	switch {
	case !ok:
		return nil, outbound.Garbled
	case !said.signed(c.network, "respTime"):
		return said, outbound.Unsigned
	case said["serProvId"] != who.institution || said["merId"] != who.merchant:
		return nil, outbound.Stranger
	case said["orderNo"] != m["orderNo"]:
		return nil, outbound.Another
	case said["respCode"] == "":
		return nil, outbound.Garbled
	}
	return said, nil
}

// call sends one request of the exchange.
func (x *exchange) call(ctx context.Context, act string, m message) (message, error) {
	said, err := x.client.ask(ctx, x.who, act, m)
	x.left = x.left || outbound.Left(err)
	return said, err
}

// answered is an answer with the code and message of what the network said.
func answered(state wallet.State, said message) wallet.Answer {
	return wallet.Answer{State: state, Code: outbound.Word(said["respCode"]), Message: outbound.Message(said["respMsg"])}
}
