package alipay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	smart "github.com/smartwalle/alipay/v3"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

var china = time.FixedZone("CST", 8*60*60)

const stampForm = "2006-01-02 15:04:05"

// client signs and verifies for one app.
type client struct {
	*smart.Client
	platform *platform // nil in public-key mode
}

// open makes a client of an account's fields.
func (r *Rail) open(fields map[string]string) (*client, error) {
	if _, err := outbound.PrivateKey(fields["app_private_key"]); err != nil {
		return nil, wallet.ErrField.With("app_private_key %s", err)
	}
	s, err := smart.New(fields["app_id"], fields["app_private_key"], false,
		smart.WithSandboxGateway(r.desk.Host.String()+gatewayPath), smart.WithHTTPClient(r.desk.Client), smart.WithTimeLocation(china))
	if err != nil {
		return nil, wallet.ErrField.With("app_private_key cannot be used")
	}
	c := &client{Client: s}
	if fields["alipay_certificate"] == "" {
		if _, err := outbound.PublicKey(fields["alipay_public_key"]); err != nil {
			return nil, wallet.ErrField.With("alipay_public_key %s", err)
		}
		if s.LoadAliPayPublicKey(fields["alipay_public_key"]) != nil {
			return nil, wallet.ErrField.With("alipay_public_key cannot be used")
		}
		return c, nil
	}
	certificate, err := outbound.Certificate(fields["alipay_certificate"])
	if err != nil {
		return nil, wallet.ErrField.With("alipay_certificate %s", err)
	}
	if c.platform, err = newPlatform(certificate, fields["alipay_root_certificate"]); err != nil {
		return nil, err
	}
	for name, load := range map[string]func(string) error{
		"app_certificate": s.LoadAppCertPublicKey, "alipay_certificate": s.LoadAlipayCertPublicKey,
		"alipay_root_certificate": s.LoadAliPayRootCert,
	} {
		if load(fields[name]) != nil {
			return nil, wallet.ErrField.With("%s cannot be used", name)
		}
	}
	return c, nil
}

type object = map[string]any

// said is what every answer has.
type said struct {
	Code    string `json:"code"`
	Msg     string `json:"msg"`
	SubCode string `json:"sub_code"`
	SubMsg  string `json:"sub_msg"`
}

func (s *said) heading() *said { return s }

const (
	codeDone    = "10000"
	codeWaiting = "10003"
)

// word is the most exact code that an answer gives.
func (s *said) word() string {
	if s.SubCode != "" {
		return outbound.Word(s.SubCode)
	}
	return outbound.Word(s.Code)
}

func (s *said) message() string {
	if s.SubMsg != "" {
		return outbound.Message(s.SubMsg)
	}
	return outbound.Message(s.Msg)
}

// told is an answer with its heading.
type heading interface{ heading() *said }

// ask sends one request of a signing app and reads the answer into what can be believed. Otherwise the error is
// [outbound.ErrUnsent], an [outbound.Doubt], or that of a connection that broke.
func (c *client) ask(ctx context.Context, access wallet.Access, method, notify string, business object, into heading) error {
	p := smart.NewPayload(method)
	for name, value := range business {
		if value != "" {
			p.AddBizField(name, value)
		}
	}
	p.AddParam("notify_url", notify).AddParam("app_auth_token", access.Sub["app_auth_token"])
	ctx, seen := outbound.Watch(ctx)
	err := c.Request(ctx, p, into)
	var form *json.SyntaxError
	var field *json.UnmarshalTypeError
	var unsigned *smart.Error
	switch {
	case seen.Status == 0:
		return err
	case seen.Status == http.StatusTooManyRequests || seen.Status >= http.StatusInternalServerError:
		return errors.New("the gateway is not able to answer")
	case seen.Status != http.StatusOK:
		return outbound.Garbled
	case errors.As(err, &unsigned):
		return outbound.Unsigned
	case errors.Is(err, smart.ErrAliPublicKeyNotFound):
		c.learn(ctx, certificateOf(seen.Body)) // for the next answer
		return outbound.Unsigned
	case errors.As(err, &form), errors.As(err, &field), errors.Is(err, smart.ErrBadResponse):
		return outbound.Garbled
	case err != nil:
		return outbound.Unsigned
	case into.heading().Code == "":
		return outbound.Garbled
	}
	return nil
}

// call sends one request of the exchange.
func (x *exchange) call(ctx context.Context, method, notify string, business object, into heading) error {
	err := x.client.ask(ctx, x.access, method, notify, business, into)
	x.left = x.left || outbound.Left(err)
	return err
}

// seller is who is paid.
func seller(a wallet.Access) string {
	if a.Sub != nil {
		return a.Sub["seller_id"]
	}
	return a.Fields["seller_id"]
}

// subject leaves out what the wallet does not take.
func subject(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("/=&", r) {
			return ' '
		}
		return r
	}, text)
}
