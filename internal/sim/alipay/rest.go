package alipay

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	restPath   = "/v3/"
	restScheme = "ALIPAY-SHA256withRSA "
	restAgeMax = 10 * time.Minute // of a request, either way; its time is in no zone
)

var errAuthorization = errors.New("alipay: Authorization must be " + restScheme + "app_id=,nonce=,timestamp=,sign=")

// authorization is what stands in the header of this name.
type authorization struct {
	signed                               string // all of it but the signature
	app, certificate, nonce, stamp, sign string
}

// parseAuthorization reads the header. The signature stands at its end.
func parseAuthorization(text string) (a authorization, err error) {
	rest, ok := strings.CutPrefix(text, restScheme)
	at := strings.LastIndex(rest, ",sign=")
	if !ok || at < 0 {
		return a, errAuthorization
	}
	a.signed, a.sign = rest[:at], rest[at+len(",sign="):]
	fields := map[string]*string{"app_id": &a.app, "app_cert_sn": &a.certificate, "nonce": &a.nonce, "timestamp": &a.stamp}
	for part := range strings.SplitSeq(a.signed, ",") {
		name, value, _ := strings.Cut(part, "=")
		if field := fields[name]; field != nil {
			*field = value
		}
	}
	if a.app == "" || a.nonce == "" || a.stamp == "" || a.sign == "" {
		return authorization{}, errAuthorization
	}
	return a, nil
}

// verifyREST checks a request in the REST form as verify checks one of the gateway.
func (w *Wallet) verifyREST(r *http.Request, body []byte) (*call, *refusal) {
	a, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return nil, missing("signature", "Authorization缺失或格式错误")
	}
	method := "alipay." + strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, restPath+"alipay/"), "/", ".")
	if w.acts[method] == nil {
		return nil, illegal("method", "不存在的方法名")
	}
	millis, err := strconv.ParseInt(a.stamp, 10, 64)
	if err != nil || time.Since(time.UnixMilli(millis)).Abs() > restAgeMax {
		return nil, illegal("timestamp", "非法的时间戳参数")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.apps[a.app]
	if m == nil {
		return nil, illegal("app-id", "无效的AppID参数")
	}
	c := &call{params: params{"method": method}, biz: body, member: m, payee: m, cert: a.certificate != "", now: w.clock.Now()}
	token := r.Header.Get("alipay-app-auth-token")
	text := a.signed + "\n" + r.Method + "\n" + r.RequestURI + "\n" + string(body) + "\n"
	if token != "" {
		text += token + "\n"
	}
	switch {
	case c.cert && (m.Mode == PublicKeyMode || a.certificate != m.sn), !c.cert && m.Mode == CertificateMode:
		return nil, illegal("app-cert-sn", "应用公钥证书SN不匹配")
	case !kit.Signed(m.key, []byte(text), a.sign):
		return nil, badSignature
	case m.Suspended:
		return nil, noPermission
	}
	if refused := w.actFor(c, token); refused != nil {
		return nil, refused
	}
	if r.Method == http.MethodGet {
		c.biz = queryAsJSON(r)
	}
	return c, nil
}

// queryAsJSON returns the parameters of an address as the body that a POST would have.
func queryAsJSON(r *http.Request) []byte {
	body := map[string]string{}
	for name, list := range r.URL.Query() {
		body[name] = list[0]
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // texts only
	}
	return text
}

// rest answers requests in the REST form, with all faults in force.
func (w *Wallet) rest(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, bodyMax))
	if err != nil {
		http.Error(rw, "the body is too long", http.StatusRequestEntityTooLarge)
		return
	}
	effect, struck := w.faults.Next(), w.flaws.Next(answerFlaws...)
	w.host.Meet(r, effect)
	c, refused := w.verifyREST(r, body)
	result, refused := w.perform(c, refused, effect, struck)
	w.count(c, refused)
	w.host.Part(r, effect)
	status := http.StatusOK
	if struck[ServerError] && c != nil {
		refused = unknownResult
	}
	if refused != nil {
		status = refused.status()
		result = fields{"code": refused.subCode, "message": refused.subMsg}
	} else {
		alter(result, effect, struck)
		delete(result, "code") // which the status tells here
		delete(result, "msg")
	}
	text, err := json.Marshal(result)
	if err != nil {
		panic(err) // texts, numbers and lists of them
	}
	p := params{}
	if c != nil && c.cert {
		p["app_cert_sn"] = c.member.sn
	}
	s, stamp, nonce := w.signerOf(p, c, struck), strconv.FormatInt(time.Now().UnixMilli(), 10), kit.RandomText(32)
	signature, err := kit.Sign(s.key, []byte(stamp+"\n"+nonce+"\n"+string(text)+"\n"))
	if err != nil {
		w.log.Error("alipay simulator cannot sign", "error", err)
		http.Error(rw, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	h.Set("Content-Type", "application/json;charset=utf-8")
	h.Set("Alipay-Timestamp", stamp)
	h.Set("Alipay-Nonce", nonce)
	h.Set("Alipay-Signature", signature)
	if s.sn != "" {
		h.Set("Alipay-Sn", s.sn)
	}
	rw.WriteHeader(status)
	rw.Write(text) // a client that is gone needs no answer
}

// status returns the status of HTTP that the REST form gives a refusal.
func (r *refusal) status() int {
	switch {
	case r == badSignature || r.code == "20001":
		return http.StatusUnauthorized
	case r.code == "40006":
		return http.StatusForbidden
	case r.code == "40005":
		return http.StatusTooManyRequests
	case r.code == "20000":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
