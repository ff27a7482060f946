package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

// client signs and verifies for one signing account.
type client struct {
	base     string
	signed   *core.Client // verifies 2xx
	bare     *core.Client // verifies nothing: bill files, and certificates, which are sealed
	answers  *validators.WechatPayResponseValidator
	notices  *validators.WechatPayNotifyValidator
	verifier *verifier
	key      string // APIv3
}

// open makes a client of an account's fields.
func (r *Rail) open(fields map[string]string) (*client, error) {
	key, err := outbound.PrivateKey(fields["merchant_private_key"])
	if err != nil {
		return nil, wallet.ErrField.With("merchant_private_key %s", err)
	}
	signer := option.WithMerchantCredential(fields["mchid"], fields["merchant_serial"], key)
	c := &client{base: r.desk.Host.String(), key: fields["api_v3_key"]}
	// The context of these constructors is used by none of the options that are given.
	client := option.WithHTTPClient(r.desk.Client)
	if c.bare, err = core.NewClient(context.Background(), signer, client, option.WithoutValidator()); err != nil {
		return nil, err
	}
	if c.verifier, err = newVerifier(fields, c.base, c.bare); err != nil {
		return nil, err
	}
	c.signed, err = core.NewClient(context.Background(), signer, client, option.WithVerifier(c.verifier))
	c.answers, c.notices = validators.NewWechatPayResponseValidator(c.verifier), validators.NewWechatPayNotifyValidator(c.verifier)
	return c, err
}

// reply is an answer whose signature was right.
type reply struct {
	status int
	body   []byte
	// Code and Message are those of a refusal, and of a 202.
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refused tells whether it says something else than was asked for.
func (a reply) refused() bool { return a.Code != "" || a.status >= http.StatusMultipleChoices }

// call sends a request, a body of nil as GET, and returns what can be believed. Otherwise the error is
// [outbound.ErrUnsent], an [outbound.Doubt], or that of a connection that broke.
func (c *client) call(ctx context.Context, method, path string, body any) (reply, error) {
	if err := c.verifier.prepare(ctx); err != nil {
		return reply{}, errors.Join(outbound.ErrUnsent, err) // nothing of what was asked has left
	}
	var result *core.APIResult
	var err error
	if method == http.MethodGet {
		result, err = c.signed.Get(ctx, c.base+path)
	} else {
		result, err = c.signed.Post(ctx, c.base+path, body)
	}
	if result == nil || result.Response == nil {
		return reply{}, err
	}
	var said *core.APIError
	if errors.As(err, &said) {
		if c.answers.Validate(ctx, result.Response) != nil {
			return reply{status: result.Response.StatusCode}, outbound.Unsigned
		}
	} else if err != nil {
		return reply{status: result.Response.StatusCode}, outbound.Unsigned
	}
	a := reply{status: result.Response.StatusCode}
	if a.body, err = io.ReadAll(result.Response.Body); err != nil {
		return a, err
	}
	if a.status == http.StatusNoContent {
		return a, nil
	}
	if json.Unmarshal(a.body, &a) != nil {
		return a, outbound.Garbled
	}
	a.Code, a.Message = outbound.Word(a.Code), outbound.Message(a.Message)
	return a, nil
}

// parties are the numbers by which a message names who it is about.
type parties struct {
	AppID    string `json:"appid,omitempty"`
	MchID    string `json:"mchid,omitempty"`
	SpAppID  string `json:"sp_appid,omitempty"`
	SpMchID  string `json:"sp_mchid,omitempty"`
	SubAppID string `json:"sub_appid,omitempty"`
	SubMchID string `json:"sub_mchid,omitempty"`
}

// identify returns who an account is to the wallet.
func identify(a wallet.Access) parties {
	if a.Sub == nil {
		return parties{AppID: a.Fields["appid"], MchID: a.Fields["mchid"]}
	}
	return parties{
		SpAppID: a.Fields["appid"], SpMchID: a.Fields["mchid"], SubAppID: a.Sub["sub_appid"], SubMchID: a.Sub["sub_mchid"],
	}
}

// partner tells that it acts for a sub-merchant.
func (p parties) partner() bool { return p.SubMchID != "" }

// merchants is who it is without the apps, which some messages do not name.
func (p parties) merchants() parties {
	return parties{MchID: p.MchID, SpMchID: p.SpMchID, SubMchID: p.SubMchID}
}

// are tells whether a message is about who was meant. A sub-merchant's app may be named where we know none.
func (p parties) are(meant parties) bool {
	if meant.SubAppID == "" || p.SubAppID == "" {
		p.SubAppID, meant.SubAppID = "", ""
	}
	return p == meant
}

// transactions is where orders lie.
func (p parties) transactions() string {
	if p.partner() {
		return "/v3/pay/partner/transactions/"
	}
	return "/v3/pay/transactions/"
}

// query names the merchants in an address.
func (p parties) query() string {
	if p.partner() {
		return "?sp_mchid=" + p.SpMchID + "&sub_mchid=" + p.SubMchID
	}
	return "?mchid=" + p.MchID
}
