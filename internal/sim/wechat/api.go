package wechat

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// api mounts what merchants call.
func (w *Wallet) api(mux *http.ServeMux) {
	for pattern, act := range map[string]handle{
		"POST /v3/pay/transactions/native":                            w.shown(false, Native),
		"POST /v3/pay/transactions/jsapi":                             w.shown(false, JSAPI),
		"POST /v3/pay/transactions/codepay":                           w.codepay(false),
		"GET /v3/pay/transactions/id/{id}":                            w.queryByID(false),
		"GET /v3/pay/transactions/out-trade-no/{no}":                  w.queryByNumber(false),
		"POST /v3/pay/transactions/out-trade-no/{no}/close":           w.close(false),
		"POST /v3/pay/transactions/out-trade-no/{no}/reverse":         w.reverse(false),
		"POST /v3/pay/partner/transactions/native":                    w.shown(true, Native),
		"POST /v3/pay/partner/transactions/jsapi":                     w.shown(true, JSAPI),
		"POST /v3/pay/partner/transactions/codepay":                   w.codepay(true),
		"GET /v3/pay/partner/transactions/id/{id}":                    w.queryByID(true),
		"GET /v3/pay/partner/transactions/out-trade-no/{no}":          w.queryByNumber(true),
		"POST /v3/pay/partner/transactions/out-trade-no/{no}/close":   w.close(true),
		"POST /v3/pay/partner/transactions/out-trade-no/{no}/reverse": w.reverse(true),
		"POST /v3/refund/domestic/refunds":                            w.refund,
		"GET /v3/refund/domestic/refunds/{no}":                        w.queryRefund,
		"GET /v3/certificates":                                        w.certificates,
		"GET /v3/bill/tradebill":                                      w.tradeBill,
		"GET /v3/bill/fundflowbill":                                   w.fundFlowBill,
		"POST /v3/security/echo":                                      w.echo,
		"/v3/":                                                        nowhere,
	} {
		mux.Handle(pattern, w.serve(act))
	}
	mux.HandleFunc("GET /v3/billdownload/file", w.downloadBill)
	mux.HandleFunc("GET /connect/oauth2/authorize", w.authorize)
	mux.HandleFunc("GET /sns/oauth2/access_token", w.accessToken)
}

func nowhere(*call) (any, *refusal) { return nil, noPath }

// decode reads the body of a request.
func (c *call) decode(into any) *refusal {
	err := json.Unmarshal(c.body, into)
	if wrong, ok := err.(*json.UnmarshalTypeError); ok {
		return wrongField("/"+strings.ReplaceAll(wrong.Field, ".", "/"), "类型不符")
	}
	if err != nil {
		return wrongField("", "请求体不是合法的JSON")
	}
	return nil
}

// echo answers what it was sent, for clients that try out their signatures.
func (w *Wallet) echo(c *call) (any, *refusal) {
	var sent any
	if refused := c.decode(&sent); refused != nil {
		return nil, refused
	}
	return sent, nil
}

// certificates lists the platform's certificates under the merchant's APIv3 key.
func (w *Wallet) certificates(c *call) (any, *refusal) {
	if c.member.Mode == PublicKeyMode {
		return nil, noCertificate
	}
	list := []*signer{w.keys.certificate}
	if slices.ContainsFunc(w.flaws.List(), func(f kit.PlannedFlaw[Flaw]) bool { return f.Flaw == ExpiredCertificate }) {
		list = append(list, w.keys.expired)
	}
	type item struct {
		Serial      string `json:"serial_no"`
		From        string `json:"effective_time"`
		Until       string `json:"expire_time"`
		Certificate sealed `json:"encrypt_certificate"`
	}
	var answer struct {
		Data []item `json:"data"`
	}
	for _, s := range list {
		box, err := seal(c.member.made.APIKey, string(s.cert), "certificate")
		if err != nil {
			return nil, systemError
		}
		answer.Data = append(answer.Data, item{s.serial, timeText(s.from), timeText(s.until), box})
	}
	return answer, nil
}
