package alipay

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	gatewayPath = "/gateway.do"
	bodyMax     = 1 << 20 // bytes
	stampForm   = "2006-01-02 15:04:05"
	errorKey    = "error_response"
)

// params are the parameters of a request, of which each counts once.
type params map[string]string

// readParams reads parameters from the address and a form. Clients put the common ones in either, and some put
// the character set in both: the form's counts.
func readParams(query, form string) (params, error) {
	p := params{}
	for _, text := range []string{query, form} {
		values, err := url.ParseQuery(text)
		if err != nil {
			return nil, err
		}
		for name, list := range values {
			p[name] = list[0]
		}
	}
	return p, nil
}

// signText returns what is signed of parameters: those that are not empty, sorted, as name=value joined by
// ampersands, without those left out.
func (p params) signText(without ...string) []byte {
	var parts []string
	for name, value := range p {
		if value != "" && !slices.Contains(without, name) {
			parts = append(parts, name+"="+value)
		}
	}
	slices.SortFunc(parts, func(a, b string) int {
		nameA, _, _ := strings.Cut(a, "=")
		nameB, _, _ := strings.Cut(b, "=")
		return strings.Compare(nameA, nameB)
	})
	return []byte(strings.Join(parts, "&"))
}

// call is a request whose signature was right.
type call struct {
	params
	biz    []byte  // biz_content
	member *member // that signed it
	payee  *member // that it is about
	cert   bool    // it came in certificate mode
	now    time.Time
}

// decode reads the business's parameters.
func (c *call) decode(into any) *refusal {
	if len(c.biz) == 0 {
		return missing("biz-content", "缺少业务参数")
	}
	err := json.Unmarshal(c.biz, into)
	if field, ok := err.(*json.UnmarshalTypeError); ok {
		return wrong(field.Field, "类型不符")
	}
	if err != nil {
		return illegal("json-format", "业务参数不是合法的JSON")
	}
	return nil
}

// verify checks a request as far as it is the same for all, in the order in which the original does.
func (w *Wallet) verify(p params) (*call, *refusal) {
	for _, need := range []struct{ field, what, text string }{
		{"method", "method", "缺少方法名参数"}, {"app_id", "app-id", "缺少AppID参数"}, {"sign", "signature", "缺少签名参数"},
		{"sign_type", "signature-type", "缺少签名类型参数"}, {"timestamp", "timestamp", "缺少时间戳参数"}, {"version", "version", "缺少版本参数"},
	} {
		if p[need.field] == "" {
			return nil, missing(need.what, need.text)
		}
	}
	sent, err := time.ParseInLocation(stampForm, p["timestamp"], kit.China)
	switch {
	case w.acts[p["method"]] == nil:
		return nil, illegal("method", "不存在的方法名")
	case p["version"] != "1.0":
		return nil, illegal("version", "不支持的版本号")
	case p["format"] != "" && !strings.EqualFold(p["format"], "json"):
		return nil, illegal("format", "无效的数据格式")
	case p["charset"] != "" && !strings.EqualFold(p["charset"], "utf-8"):
		return nil, illegal("charset", "字符集错误，仅支持utf-8")
	case p["sign_type"] != "RSA2":
		return nil, illegal("signature-type", "无效的签名类型，仅支持RSA2")
	case p["encrypt_type"] != "":
		return nil, illegal("encrypt-type", "应用未设置接口内容加密方式")
	case err != nil || time.Since(sent).Abs() > w.config.AgeMax:
		return nil, illegal("timestamp", "非法的时间戳参数")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.apps[p["app_id"]]
	if m == nil {
		return nil, illegal("app-id", "无效的AppID参数")
	}
	c := &call{params: p, biz: []byte(p["biz_content"]), member: m, payee: m, cert: p["app_cert_sn"] != "", now: w.clock.Now()}
	switch {
	case c.cert && m.Mode == PublicKeyMode, !c.cert && m.Mode == CertificateMode:
		return nil, illegal("app-cert-sn", "应用的加签模式与请求不一致")
	case c.cert && p["app_cert_sn"] != m.sn:
		return nil, illegal("app-cert-sn", "应用公钥证书SN不匹配")
	case c.cert && p["alipay_root_cert_sn"] != w.keys.root.sn:
		return nil, illegal("alipay-root-cert-sn", "支付宝根证书SN不匹配")
	case !kit.Signed(m.key, p.signText("sign"), p["sign"]):
		return nil, badSignature
	case m.Suspended:
		return nil, noPermission
	}
	if refused := w.actFor(c, p["app_auth_token"]); refused != nil {
		return nil, refused
	}
	return c, nil
}

// actFor makes a call one about the merchant whose app_auth_token it brings. The caller holds the lock.
func (w *Wallet) actFor(c *call, token string) *refusal {
	if token == "" {
		return nil
	}
	payee := w.tokens[token]
	switch {
	case payee == nil || payee.Partner != c.member.Number:
		return badToken
	case payee.Suspended:
		return noPermission
	}
	c.payee = payee
	return nil
}

// fields is an answer before it is written.
type fields map[string]any

// put sets a field unless it is empty: the original leaves such out.
func (f fields) put(name string, value string) {
	if value != "" {
		f[name] = value
	}
}

// act does what one request asks for.
type act func(c *call) (fields, *refusal)

// gateway answers requests, with all faults in force.
func (w *Wallet) gateway(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, bodyMax))
	if err != nil {
		http.Error(rw, "the body is too long", http.StatusRequestEntityTooLarge)
		return
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" {
		body = nil
	}
	effect, struck := w.faults.Next(), w.flaws.Next(answerFlaws...)
	w.host.Meet(r, effect)
	p, err := readParams(r.URL.RawQuery, string(body))
	var c *call
	refused := illegal("encoding", "请求参数编码错误")
	if err == nil {
		c, refused = w.verify(p)
	}
	result, refused := w.perform(c, refused, effect, struck)
	w.count(c, refused)
	w.host.Part(r, effect)
	status := http.StatusOK
	switch {
	case struck[ServerError] && c != nil:
		http.Error(rw, "Internal Server Error", http.StatusInternalServerError)
		return
	case struck[TooMany] && c != nil:
		status = http.StatusTooManyRequests
	}
	if refused != nil {
		result = refused.body()
	} else {
		alter(result, effect, struck)
		if result["code"] == nil {
			result["code"], result["msg"] = "10000", "Success"
		}
	}
	name := errorKey
	if w.acts[p["method"]] != nil {
		name = strings.ReplaceAll(p["method"], ".", "_") + "_response"
	}
	w.answer(rw, status, name, result, w.signerOf(p, c, struck))
}

// perform has a verified request done, unless a fault stands before it.
func (w *Wallet) perform(c *call, refused *refusal, effect kit.Effect, struck kit.Struck[Flaw]) (fields, *refusal) {
	switch {
	case refused != nil:
		return nil, refused
	case struck[TooMany]:
		return nil, tooOften
	case effect.Decline != "":
		return nil, &refusal{"40004", "Business Failed", effect.Decline, "交易错误"}
	}
	result, refused := w.locked(w.acts[c.params["method"]], c)
	if struck[UnknownOutcome] {
		return nil, unknownResult
	}
	return result, refused
}

// locked lets an act have the books to itself.
func (w *Wallet) locked(do act, c *call) (fields, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return do(c)
}

func (w *Wallet) count(c *call, refused *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c == nil {
		w.stats.Unsigned++
		return
	}
	w.stats.Requests++
	if refused != nil {
		w.stats.Refused++
	}
}

// alter changes what an answer says.
func alter(result fields, effect kit.Effect, struck kit.Struck[Flaw]) {
	replace := func(name string, value any) {
		if _, ok := result[name]; ok {
			result[name] = value
		}
	}
	if text, ok := result["total_amount"].(string); ok && effect.WrongAmount {
		if fen, ok := parseYuan(text); ok {
			result["total_amount"] = yuan(fen + 1)
		}
	}
	if struck[OtherOrder] {
		replace("out_trade_no", "another_order")
		replace("trade_no", strangeTrade)
		replace("out_request_no", "another_refund")
	}
}

// Numbers of nobody's, for answers and notifications that are not meant for whoever gets them.
const (
	strangeSeller = "2088999999999999"
	strangeApp    = "2099999999999999"
	strangeTrade  = "2026010122001999999999999999"
)

// signerOf returns the key that signs the answer to a request, as flaws have it.
func (w *Wallet) signerOf(p params, c *call, struck kit.Struck[Flaw]) signer {
	s := *w.keys.public
	if p["app_cert_sn"] != "" && (c == nil || c.cert) {
		s = *w.keys.certificate
		if struck[ExpiredCertificate] {
			s = *w.keys.expired
		}
	}
	if struck[ForgedSignature] {
		s.key = w.keys.root.key
	}
	return s
}

// answer writes a signed answer: what was asked for, the number of the certificate, the signature over the
// text of the first. Libraries cut the text out, so their order and the lack of spaces matter.
func (w *Wallet) answer(rw http.ResponseWriter, status int, name string, result fields, s signer) {
	text, err := json.Marshal(result)
	if err != nil {
		panic(err) // texts, numbers and lists of them
	}
	signature, err := kit.Sign(s.key, text)
	if err != nil {
		w.log.Error("alipay simulator cannot sign", "error", err)
		http.Error(rw, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	var b strings.Builder
	b.WriteString(`{"` + name + `":`)
	b.Write(text)
	if s.sn != "" {
		b.WriteString(`,"alipay_cert_sn":"` + s.sn + `"`)
	}
	b.WriteString(`,"sign":"` + signature + `"}`)
	rw.Header().Set("Content-Type", "text/html;charset=utf-8") // as the original says of its JSON
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	io.WriteString(rw, b.String()) // a client that is gone needs no answer
}
