package wechat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	scheme     = "WECHATPAY2-SHA256-RSA2048"
	ageMax     = 300 * time.Second // of a request's signature
	bodyMax    = 1 << 20           // bytes
	serverName = "Wallet simulator"
)

// authorization is what stands in the header of this name.
type authorization struct {
	merchant, nonce, timestamp, serial, signature string
}

var errAuthorization = errors.New("wechat: Authorization must be " + scheme +
	` mchid="",nonce_str="",timestamp="",serial_no="",signature=""`)

// parseAuthorization reads the header. The order of its attributes differs between clients.
func parseAuthorization(text string) (a authorization, err error) {
	rest, ok := strings.CutPrefix(text, scheme)
	if !ok || !strings.HasPrefix(rest, " ") {
		return a, errAuthorization
	}
	fields := map[string]*string{
		"mchid": &a.merchant, "nonce_str": &a.nonce, "timestamp": &a.timestamp,
		"serial_no": &a.serial, "signature": &a.signature,
	}
	for part := range strings.SplitSeq(strings.TrimSpace(rest), ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		field := fields[name]
		if !ok || field == nil || *field != "" || len(value) < 3 || value[0] != '"' || value[len(value)-1] != '"' {
			return authorization{}, errAuthorization
		}
		*field = value[1 : len(value)-1]
	}
	for _, field := range fields {
		if *field == "" {
			return authorization{}, errAuthorization
		}
	}
	return a, nil
}

// call is a request whose signature was right.
type call struct {
	*http.Request
	body   []byte
	member *member // that signed it
	signer string  // serial number of the key that the client verifies with, "" for the default
	now    time.Time
}

// verify checks a request as far as it is the same for all.
func (w *Wallet) verify(r *http.Request, body []byte) (*call, *refusal) {
	if r.Header.Get("Accept") == "" || r.Header.Get("User-Agent") == "" {
		return nil, &refusal{http.StatusBadRequest, "PARAM_ERROR", "Http头缺少Accept或User-Agent", nil}
	}
	a, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return nil, unsigned("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
	}
	seconds, err := strconv.ParseInt(a.timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > ageMax {
		return nil, unsigned("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
	}
	w.mu.Lock()
	m := w.merchants[a.merchant]
	w.mu.Unlock()
	if m == nil || m.key == nil {
		return nil, unsigned("商户号不存在或无权调用，请检查Authorization中的mchid")
	}
	if !strings.EqualFold(m.made.Serial, a.serial) {
		return nil, unsigned("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
	}
	path := strings.TrimSuffix(r.RequestURI, "?") // a client may ask with an empty query, and signs none
	text := r.Method + "\n" + path + "\n" + a.timestamp + "\n" + a.nonce + "\n" + string(body) + "\n"
	if !kit.Signed(m.key, []byte(text), a.signature) {
		refused := unsigned("错误的签名，验签失败")
		refused.detail = mismatch(r, text, len(body))
		return nil, refused
	}
	if m.Suspended {
		return nil, noAuth
	}
	return &call{Request: r, body: body, member: m, signer: r.Header.Get("Wechatpay-Serial"), now: w.clock.Now()}, nil
}

// mismatch is the detail of a signature that does not fit: what was verified, up to the body.
func mismatch(r *http.Request, text string, body int) any {
	return map[string]any{
		"field": "signature", "location": "authorization", "detail": map[string]string{"issue": "sign not match"},
		"sign_information": map[string]any{
			"method": r.Method, "url": r.RequestURI, "sign_message_length": len(text),
			"truncated_sign_message": text[:len(text)-body-1] + "\n",
		},
	}
}

// handle does what one request asks for. It returns the body of the answer, nil for 204.
type handle func(c *call) (any, *refusal)

// serve answers requests by a handle, with all faults in force.
func (w *Wallet) serve(act handle) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, bodyMax))
		if err != nil {
			http.Error(rw, "the body is too long", http.StatusRequestEntityTooLarge)
			return
		}
		effect, struck := w.faults.Next(), w.flaws.Next(answerFlaws...)
		w.host.Meet(r, effect)
		c, refused := w.verify(r, body)
		var result any
		switch {
		case refused != nil:
		case struck[TooMany]:
			refused = tooOften
		case effect.Decline != "":
			refused = declined(effect.Decline)
		default:
			result, refused = w.locked(act, c)
			if struck[ServerError] {
				refused = systemError
			}
		}
		w.count(refused)
		w.host.Part(r, effect)
		status, text := encode(result, refused)
		if refused == nil {
			text = alter(text, effect, struck[WrongMerchant], struck[OtherOrder])
		}
		w.answer(rw, w.signerOf(r, c), status, text, struck)
	}
}

// locked lets a handle have the books to itself.
func (w *Wallet) locked(act handle, c *call) (any, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return act(c)
}

func (w *Wallet) count(refused *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if refused != nil && refused.status == http.StatusUnauthorized {
		w.stats.Unsigned++
		return
	}
	w.stats.Requests++
	if refused != nil {
		w.stats.Refused++
	}
}

// declined is the refusal that a fault asks for by its code.
func declined(code string) *refusal {
	for _, r := range []*refusal{tooOften, systemError, noAuth, noFunds, noBalance, numberUsed, orderClosed, noOrder} {
		if r.code == code {
			return r
		}
	}
	return &refusal{http.StatusForbidden, code, "交易错误", nil}
}

func encode(result any, refused *refusal) (int, []byte) {
	if refused != nil {
		return refused.status, refused.body()
	}
	if result == nil {
		return http.StatusNoContent, nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return systemError.status, systemError.body()
	}
	return http.StatusOK, text
}

// signerOf returns the key that signs the answer to a request.
func (w *Wallet) signerOf(r *http.Request, c *call) *signer {
	var m *member
	if c != nil {
		m = c.member
	}
	return w.keys.find(r.Header.Get("Wechatpay-Serial"), m)
}

// find returns the key of this serial number, or the one that the merchant's mode asks for.
func (k *keys) find(serial string, m *member) *signer {
	for _, s := range []*signer{k.public, k.certificate} {
		if s.serial == serial {
			return s
		}
	}
	if m != nil && m.Mode == CertificateMode {
		return k.certificate
	}
	return k.public
}

// answer signs and sends.
func (w *Wallet) answer(rw http.ResponseWriter, s *signer, status int, text []byte, struck kit.Struck[Flaw]) {
	s, stamp := w.spoiled(s, struck[ForgedSignature], struck[ExpiredCertificate], struck[ClockOff])
	h := rw.Header()
	if err := signed(h, s, stamp, text); err != nil {
		w.log.Error("wechat simulator cannot sign", "error", err)
		http.Error(rw, "cannot sign", http.StatusInternalServerError)
		return
	}
	h.Set("Server", serverName)
	h.Set("Request-ID", kit.RandomText(32))
	h.Set("Cache-Control", "no-cache, must-revalidate")
	if status != http.StatusNoContent {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	rw.WriteHeader(status)
	if status != http.StatusNoContent {
		rw.Write(text)
	}
}

// spoiled returns the key and time that a message is signed with, as flaws have it.
func (w *Wallet) spoiled(s *signer, forged, expired, off bool) (*signer, time.Time) {
	stamp := time.Now()
	if off {
		stamp = stamp.Add(-10 * time.Minute)
	}
	if expired {
		s = w.keys.expired
	}
	if forged {
		wrong := w.keys.certificate.key
		if s.key == wrong {
			wrong = w.keys.public.key
		}
		s = &signer{serial: s.serial, key: wrong}
	}
	return s, stamp
}

// signed puts the signature over a body into headers.
func signed(h http.Header, s *signer, at time.Time, body []byte) error {
	stamp, nonce := strconv.FormatInt(at.Unix(), 10), kit.RandomText(32)
	signature, err := kit.Sign(s.key, []byte(stamp+"\n"+nonce+"\n"+string(body)+"\n"))
	if err != nil {
		return err
	}
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Signature", signature)
	h.Set("Wechatpay-Signature-Type", scheme)
	h.Set("Wechatpay-Serial", s.serial)
	return nil
}

// alter changes what an answer or a notification says.
func alter(text []byte, effect kit.Effect, merchant, order bool) []byte {
	amount := effect.WrongAmount
	if len(text) == 0 || !amount && !merchant && !order {
		return text
	}
	var m map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if decoder.Decode(&m) != nil {
		return text
	}
	if parts, ok := m["amount"].(map[string]any); ok && amount {
		for _, name := range []string{"total", "refund"} {
			if said, ok := parts[name].(json.Number); ok {
				fen, _ := said.Int64() // the wallet wrote it
				parts[name] = fen + 1
			}
		}
	}
	replace := func(values map[string]string) {
		for name, value := range values {
			if _, ok := m[name]; ok {
				m[name] = value
			}
		}
	}
	if merchant {
		replace(map[string]string{
			"mchid": "1999999999", "appid": "wx9999999999999999", "sp_mchid": "1999999999",
			"sp_appid": "wx9999999999999999", "sub_mchid": "1999999998",
		})
	}
	if order {
		replace(map[string]string{
			"out_trade_no": "another-order", "transaction_id": fmt.Sprintf("4200%024d", 9),
			"out_refund_no": "another-refund", "refund_id": fmt.Sprintf("5030%025d", 9),
		})
	}
	altered, err := json.Marshal(m)
	if err != nil {
		return text
	}
	return altered
}
