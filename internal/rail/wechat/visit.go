package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

// A page in WeChat's own browser cannot lead to an order by a code: it is told who visits it (OAuth 2.0 of official
// accounts, 公众号网页授权), makes an order for that payer (JSAPI) and hands the wallet what the merchant signed.

// The original's hosts for pages and for their servers. Another wallet has both where its interface is.
const (
	originalPages   = "https://open.weixin.qq.com"
	originalServers = "https://api.weixin.qq.com"
	originalDomain  = ".weixin.qq.com"
	visitState      = "yifen" // what comes back with a visitor; whoever is told of is told to the page alone
)

// Numbers by which it is refused to tell of a visitor.
const (
	codeInvalid   = 40029
	codeUsed      = 40163
	codeExpired   = 42003
	appUnknown    = 40013
	secretInvalid = 40125
	addressUnsaid = 40164 // our address is not on the account's list
)

var openIDForm = regexp.MustCompile(`^[0-9A-Za-z_-]{16,128}$`)

// host returns one of the original's hosts, or that of another wallet.
func (r *Rail) host(original string) string {
	if strings.HasSuffix(r.desk.Host.Hostname(), originalDomain) {
		return original
	}
	return r.desk.Host.String()
}

// Visit returns where a page in the wallet's browser goes first, to come back to an address with a code that tells who
// visits; "" where the account has no official account's secret.
func (r *Rail) Visit(ctx context.Context, account, back string) (string, error) {
	a, err := r.desk.Access(ctx, account)
	if err != nil || a.Fields["app_secret"] == "" {
		return "", err
	}
	return r.host(originalPages) + "/connect/oauth2/authorize?appid=" + url.QueryEscape(a.Fields["appid"]) + "&redirect_uri=" +
		url.QueryEscape(back) + "&response_type=code&scope=snsapi_base&state=" + visitState + "#wechat_redirect", nil
}

// Visitor returns who visits, as the account's app knows them. A code that is not good any more is [wallet.ErrVisitor];
// where the wallet does not tell otherwise, it is [wallet.ErrVisitorSilent].
func (r *Rail) Visitor(ctx context.Context, account, code string) (string, error) {
	a, err := r.desk.Access(ctx, account)
	if err != nil {
		return "", err
	}
	number, id, err := r.visitor(ctx, a.Fields, code)
	switch {
	case err != nil:
		r.desk.Logger.Warn("the wallet does not tell who visits", "account", account, "error", err)
		return "", wallet.ErrVisitorSilent
	case number == codeInvalid || number == codeUsed || number == codeExpired:
		return "", wallet.ErrVisitor
	case number != 0:
		r.desk.Logger.Error("the wallet refuses to tell who visits: test the account", "account", account, "code", number)
		return "", wallet.ErrVisitorSilent
	}
	return id, nil
}

// visitor asks who visits. The number is the wallet's own of a refusal.
func (r *Rail) visitor(ctx context.Context, fields map[string]string, code string) (number int, id string, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.host(originalServers)+"/sns/oauth2/access_token?"+url.Values{
		"appid": {fields["appid"]}, "secret": {fields["app_secret"]}, "code": {code}, "grant_type": {"authorization_code"},
	}.Encode(), nil)
	if err != nil {
		return 0, "", errors.New("the address of the wallet is not well formed")
	}
	answer, err := r.desk.Client.Do(q)
	if err != nil {
		var located *url.Error // it would show the secret
		if errors.As(err, &located) {
			err = located.Err
		}
		return 0, "", err
	}
	defer answer.Body.Close()
	var said struct {
		Number int    `json:"errcode"`
		OpenID string `json:"openid"`
	}
	switch err := json.NewDecoder(answer.Body).Decode(&said); {
	case answer.StatusCode != http.StatusOK || err != nil:
		return 0, "", fmt.Errorf("answered %d, which is no answer", answer.StatusCode)
	case said.Number == 0 && !openIDForm.MatchString(said.OpenID):
		return 0, "", errors.New("the answer names nobody")
	}
	return said.Number, said.OpenID, nil
}

// request is what a page hands to the wallet: getBrandWCPayRequest of its browser's WeixinJSBridge.
type request struct {
	AppID     string `json:"appId"`
	TimeStamp string `json:"timeStamp"`
	NonceStr  string `json:"nonceStr"`
	Package   string `json:"package"`
	SignType  string `json:"signType"`
	PaySign   string `json:"paySign"`
}

// page signs what the page hands to the wallet for an order, as content.
func (x *exchange) page(ctx context.Context, prepay string) (string, error) {
	app := x.who.AppID
	if x.who.partner() {
		app = x.who.SpAppID
	}
	nonce, err := utils.GenerateNonce()
	if err != nil {
		return "", err
	}
	q := request{
		AppID: app, TimeStamp: strconv.FormatInt(time.Now().Unix(), 10), NonceStr: nonce, Package: "prepay_id=" + prepay, SignType: "RSA",
	}
	signed, err := x.signed.Sign(ctx, q.AppID+"\n"+q.TimeStamp+"\n"+q.NonceStr+"\n"+q.Package+"\n")
	if err != nil {
		return "", err
	}
	q.PaySign = signed.Signature
	text, err := json.Marshal(q)
	return string(text), err
}

// testPage tries out the secret of the official account, by a visit that nobody made.
func (r *Rail) testPage(ctx context.Context, f *outbound.Findings, fields map[string]string) {
	number, _, err := r.visitor(ctx, fields, "test")
	switch {
	case err != nil:
		f.Bad("page", "", "page_silent", "who visits a page is not told: %s", err)
	case number == secretInvalid:
		f.Bad("page", "app_secret", "page_secret", "refused with %d: it is not the secret of this app", number)
	case number == appUnknown:
		f.Bad("page", "appid", "page_app", "refused with %d: this is no official account", number)
	case number == addressUnsaid:
		f.Bad("page", "", "page_address", "refused with %d: add our address to the official account's list of addresses", number)
	case number != codeInvalid:
		f.Bad("page", "", "page_refused", "refused with %d", number)
	default:
		f.Good("page", "the secret of the official account is taken")
	}
}
