package alipay

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	totalMax   = 10_000_000_000 // fen of a trade
	cancelLife = 24 * time.Hour
	timeoutMax = 15 * 24 * time.Hour
	linkPrefix = "https://qr.alipay.com/bax"
)

var (
	orderForm   = regexp.MustCompile(`^[0-9A-Za-z_]{1,64}$`)
	requestForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
	codeForm    = regexp.MustCompile(`^(2[5-9]|30)[0-9]{14,22}$`)
	amountForm  = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,2})?$`)
	timeoutForm = regexp.MustCompile(`^([1-9][0-9]{0,4})([mhd])$`)
)

// methods returns what the gateway serves, by method.
func (w *Wallet) methods() map[string]act {
	return map[string]act{
		"alipay.trade.precreate":                         w.precreate,
		"alipay.trade.pay":                               w.pay,
		"alipay.trade.query":                             w.query,
		"alipay.trade.cancel":                            w.cancel,
		"alipay.trade.close":                             w.close,
		"alipay.trade.refund":                            w.refund,
		"alipay.trade.fastpay.refund.query":              w.queryRefund,
		"alipay.data.dataservice.bill.downloadurl.query": w.billURL,
		"alipay.open.app.alipaycert.download":            w.downloadCertificate,
	}
}

// price is an amount in yuan, which clients send as a text or as a number.
type price string

// UnmarshalJSON implements [json.Unmarshaler].
func (p *price) UnmarshalJSON(text []byte) error {
	*p = price(strings.Trim(string(text), `"`))
	return nil
}

// parseYuan reads an amount in yuan with two decimals at most and returns it in fen.
func parseYuan(text string) (int64, bool) {
	if !amountForm.MatchString(text) {
		return 0, false
	}
	whole, part, _ := strings.Cut(text, ".")
	fen, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return fen, err == nil && fen >= 1 && fen <= totalMax
}

// yuan writes an amount of fen.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(kit.China).Format(stampForm)
}

// orderRequest is what precreate and pay ask for.
type orderRequest struct {
	OutTradeNo     string `json:"out_trade_no"`
	TotalAmount    price  `json:"total_amount"`
	Subject        string `json:"subject"`
	Body           string `json:"body"`
	SellerID       string `json:"seller_id"`
	TimeoutExpress string `json:"timeout_express"`
	TimeExpire     string `json:"time_expire"`
	StoreID        string `json:"store_id"`
	OperatorID     string `json:"operator_id"`
	TerminalID     string `json:"terminal_id"`
	Passback       string `json:"passback_params"`
	NotifyURL      string `json:"notify_url"` // in the gateway's form it is a common parameter
	Scene          string `json:"scene"`
	AuthCode       string `json:"auth_code"`
	fen            int64
}

// digest tells whether two requests ask for the same.
func digest(request ...any) string {
	text, err := json.Marshal(request)
	if err != nil {
		panic(err) // a request came from JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// check refuses what is wrong in the fields that all trades have.
func (q *orderRequest) check(c *call) *refusal {
	long := func(text string, limit int) bool { return utf8.RuneCountInString(text) > limit }
	if q.NotifyURL == "" {
		q.NotifyURL = c.params["notify_url"]
	}
	var ok bool
	q.fen, ok = parseYuan(string(q.TotalAmount))
	switch {
	case !orderForm.MatchString(q.OutTradeNo):
		return wrong("out_trade_no", "必填，64个字符以内，仅支持字母、数字、下划线")
	case !ok:
		return wrong("total_amount", "必填，单位为元，精确到小数点后两位，取值范围[0.01,100000000]")
	case q.Subject == "" || long(q.Subject, 256) || strings.ContainsAny(q.Subject, "/=&"):
		return wrong("subject", "必填，最长256个字符，不可使用特殊字符，如 /，=，&")
	case long(q.Body, 128) || long(q.Passback, 512):
		return wrong("body", "超出长度")
	case long(q.StoreID, 32) || long(q.OperatorID, 28) || long(q.TerminalID, 32):
		return wrong("store_id", "超出长度")
	case q.SellerID != "" && q.SellerID != c.payee.Number:
		return sellerMismatch
	}
	return checkNotifyURL(q.NotifyURL)
}

// checkNotifyURL refuses an address that no notification can be sent to.
func checkNotifyURL(text string) *refusal {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > 256 || u.Host == "":
		return wrong("notify_url", "必须是完整的URL，最长256个字符")
	case u.Scheme != "https" && !(u.Scheme == "http" && kit.Loopback(u.Hostname())):
		return wrong("notify_url", "必须以https://开头")
	}
	return nil
}

// until returns when the trade that a request asks for closes by itself.
func (q *orderRequest) until(now time.Time, life time.Duration) (time.Time, *refusal) {
	until := now.Add(life)
	switch {
	case q.TimeExpire != "":
		form := stampForm
		if len(q.TimeExpire) == len("2006-01-02 15:04") {
			form = "2006-01-02 15:04"
		}
		t, err := time.ParseInLocation(form, q.TimeExpire, kit.China)
		if err != nil {
			return until, wrong("time_expire", "格式为yyyy-MM-dd HH:mm:ss")
		}
		until = t.UTC()
	case q.TimeoutExpress == "1c":
		y, m, d := now.In(kit.China).Date()
		return time.Date(y, m, d+1, 0, 0, 0, 0, kit.China).UTC(), nil
	case q.TimeoutExpress != "":
		parts := timeoutForm.FindStringSubmatch(q.TimeoutExpress)
		if parts == nil {
			return until, wrong("timeout_express", "取值范围：1m～15d")
		}
		n, _ := strconv.Atoi(parts[1]) // the form has let digits through only
		until = now.Add(time.Duration(n) * map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[parts[2]])
	}
	if until.Sub(now) > timeoutMax || !until.After(now) {
		return until, wrong("timeout_express", "取值范围：1m～15d")
	}
	return until, nil
}

// newOrder returns a trade that a request asks for, or the one that it asked for before.
func (w *Wallet) newOrder(c *call, q *orderRequest, kind TradeType) (o *Order, old bool, refused *refusal) {
	if refused := q.check(c); refused != nil {
		return nil, false, refused
	}
	until, refused := q.until(c.now, linkLife)
	if refused != nil {
		return nil, false, refused
	}
	mark := digest(kind, q)
	if o := w.books.byKey[key{c.payee.Number, q.OutTradeNo}]; o != nil {
		switch {
		case o.Digest != mark && o.State == Success:
			return nil, false, tradeSuccess
		case o.Digest != mark:
			return nil, false, inconsistent
		case o.State == Closed || o.State == Withdrawn:
			return nil, false, tradeClosed
		}
		return o, true, nil
	}
	number := int64(len(w.books.orders) + 1)
	o = &Order{
		Number: number, Merchant: c.payee.Number, App: c.member.App, OutTradeNo: q.OutTradeNo, Type: kind, State: Precreated,
		TradeNo: fmt.Sprintf("%s22001%05d%010d", c.now.In(kit.China).Format("20060102"), binary.BigEndian.Uint32(w.keys.secret("trade", number))%1e5, number),
		Subject: q.Subject, Body: q.Body, Passback: q.Passback, Store: q.StoreID, Operator: q.OperatorID, Terminal: q.TerminalID,
		NotifyURL: q.NotifyURL, Created: c.now, Expires: until, Total: q.fen, Rate: c.payee.rate(), Certificate: c.cert, Digest: mark,
	}
	if c.payee != c.member {
		o.Partner = c.member.Number
	}
	return o, false, nil
}

// precreate makes a code that a payer scans; the trade comes to exist when one does.
func (w *Wallet) precreate(c *call) (fields, *refusal) {
	var q orderRequest
	if refused := c.decode(&q); refused != nil {
		return nil, refused
	}
	o, old, refused := w.newOrder(c, &q, QRCode)
	switch {
	case refused != nil:
		return nil, refused
	case old && o.State == Success:
		return nil, tradeSuccess
	case !old:
		const base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
		code := w.keys.secret("link", o.Number)[:14]
		for i, b := range code {
			code[i] = base36[int(b)%len(base36)]
		}
		o.Link = linkPrefix + string(code)
		if err := w.books.post(step{Entry: kit.Entry{At: c.now}, Order: o}); err != nil {
			w.note(err)
			return nil, unknownResult
		}
		w.awaitLapse(o)
	}
	return fields{"out_trade_no": o.OutTradeNo, "qr_code": o.Link}, nil
}

// pay charges the payer whose code was scanned.
func (w *Wallet) pay(c *call) (fields, *refusal) {
	var q orderRequest
	if refused := c.decode(&q); refused != nil {
		return nil, refused
	}
	if q.Scene != "" && q.Scene != "bar_code" {
		return nil, wrong("scene", "仅支持bar_code")
	}
	o, old, refused := w.newOrder(c, &q, BarCode)
	switch {
	case refused != nil:
		return nil, refused
	case old:
		return w.tellPaid(o, c.now), nil
	case !codeForm.MatchString(q.AuthCode):
		return nil, codeInvalid
	}
	used, known := w.books.Pocket.Code(q.AuthCode)
	if !known || used.Order != 0 || !c.now.Before(used.Until) {
		return nil, codeInvalid
	}
	used.Order, o.Code = o.Number, used.Text
	return w.charge(c, o, used)
}

// charge takes the money for a trade by a payer's code, or asks for the password.
func (w *Wallet) charge(c *call, o *Order, used kit.Code) (fields, *refusal) {
	o.Payer = kit.PayerRich
	if used.State == CodePoor {
		o.Payer = kit.PayerPoor
	}
	if used.State == CodePassword || w.config.AskAbove > 0 && o.Total > w.config.AskAbove && used.State == CodeOK {
		o.State, o.Begun = WaitBuyer, c.now
		if ask := c.now.Add(w.config.AskTime); ask.Before(o.Expires) {
			o.Expires = ask
		}
		if err := w.books.post(step{Entry: kit.Entry{At: c.now, Code: &used}, Order: o}); err != nil {
			w.note(err)
			return nil, unknownResult
		}
		w.awaitLapse(o)
		return w.tellPaid(o, c.now), nil
	}
	_, err := w.payNow(*o, o.Payer, c.now, &used)
	if errors.Is(err, ErrFunds) {
		o.State, o.Begun, o.Ended = Closed, c.now, c.now
		if err = w.books.post(step{Entry: kit.Entry{At: c.now, Code: &used}, Order: o}); err == nil {
			return nil, noFunds
		}
	}
	if err != nil {
		w.note(err)
		return nil, unknownResult
	}
	return w.tellPaid(w.books.orders[o.Number-1], c.now), nil
}

// awaitLapse closes a trade when its time is over.
func (w *Wallet) awaitLapse(o *Order) {
	number := o.Number
	w.host.Later(o.Expires, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if o := w.books.orders[number-1]; o.State != Success {
			if _, allowed := o.after(lapse); allowed {
				_, err := w.end(*o, lapse)
				w.note(err)
			}
		}
	})
}

// reference is how a request names a trade.
type reference struct {
	OutTradeNo string `json:"out_trade_no"`
	TradeNo    string `json:"trade_no"`
}

// find returns the trade that a request names, as far as it is the asker's, nil where there is none.
func (w *Wallet) find(c *call, r reference) (*Order, *refusal) {
	if r.OutTradeNo == "" && r.TradeNo == "" {
		return nil, wrong("out_trade_no", "trade_no与out_trade_no不能同时为空")
	}
	o := w.books.byKey[key{c.payee.Number, r.OutTradeNo}]
	if r.TradeNo != "" {
		o = w.books.byID[r.TradeNo]
	}
	if o == nil || o.Merchant != c.payee.Number {
		return nil, nil
	}
	return o, nil
}

// existing is find for requests that have nothing to say of a trade that does not exist.
func (w *Wallet) existing(c *call, into any, r *reference) (*Order, *refusal) {
	if refused := c.decode(into); refused != nil {
		return nil, refused
	}
	o, refused := w.find(c, *r)
	if refused == nil && (o == nil || !o.exists()) {
		refused = noTrade
	}
	return o, refused
}

func (w *Wallet) query(c *call) (fields, *refusal) {
	var q reference
	o, refused := w.existing(c, &q, &q)
	if refused != nil {
		return nil, refused
	}
	f := o.tell()
	f["trade_status"] = string(o.told(c.now))
	f.put("send_pay_date", stamp(o.Paid))
	f.put("subject", o.Subject)
	f.put("body", o.Body)
	f.put("passback_params", o.Passback)
	return f, nil
}

// tellPaid is the answer to trade.pay: what was paid, or that the payer is asked.
func (w *Wallet) tellPaid(o *Order, now time.Time) fields {
	f := o.tell()
	if o.State == WaitBuyer {
		f["code"], f["msg"] = "10003", " order success pay inprocess" // the original's text begins with a space
		return f
	}
	f.put("gmt_payment", stamp(o.Paid))
	return f
}

// tell is what pay and query have in common.
func (o *Order) tell() fields {
	f := fields{
		"trade_no": o.TradeNo, "out_trade_no": o.OutTradeNo, "total_amount": yuan(o.Total),
		"buyer_logon_id": payerLogon, "buyer_user_id": payerID(o.Payer),
		"receipt_amount": yuan(o.Settlement), "buyer_pay_amount": yuan(o.PayerTotal), "invoice_amount": yuan(o.PayerTotal), "point_amount": "0.00",
	}
	f.put("store_id", o.Store)
	f.put("terminal_id", o.Terminal)
	if o.Paid.IsZero() {
		return f
	}
	f["fund_bill_list"] = o.funds()
	if off := o.off(ByMerchant); off > 0 {
		f["mdiscount_amount"] = yuan(off)
	}
	if off := o.off(ByProvider); off > 0 {
		f["discount_amount"] = yuan(off)
	}
	if vouchers := o.vouchers(); vouchers != nil {
		f["voucher_detail_list"] = vouchers
	}
	f["charge_amount"] = yuan(o.Fee)
	return f
}

// fund is a way in which a trade was paid.
type fund struct {
	Channel string `json:"fund_channel"`
	Amount  string `json:"amount"`
}

// funds lists what a trade was paid with.
func (o *Order) funds() []fund {
	list := []fund{}
	for _, f := range []struct {
		channel string
		fen     int64
	}{{"ALIPAYACCOUNT", o.PayerTotal}, {"COUPON", o.off(ByProvider)}, {"MDISCOUNT", o.off(ByMerchant)}} {
		if f.fen > 0 {
			list = append(list, fund{f.channel, yuan(f.fen)})
		}
	}
	return list
}

// voucher is a coupon as answers tell it.
type voucher struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Amount   string `json:"amount"`
	Merchant string `json:"merchant_contribute"`
	Other    string `json:"other_contribute"`
}

func (o *Order) vouchers() []voucher {
	var list []voucher
	for _, c := range o.Coupons {
		v := voucher{c.ID, c.Name, "ALIPAY_CASH_VOUCHER", yuan(c.Amount), "0.00", yuan(c.Amount)}
		if c.Funder == ByMerchant {
			v.Type, v.Merchant, v.Other = "ALIPAY_FIX_VOUCHER", v.Other, v.Merchant
		}
		list = append(list, v)
	}
	return list
}

// close withdraws a trade that nobody has paid.
func (w *Wallet) close(c *call) (fields, *refusal) {
	var q reference
	o, refused := w.existing(c, &q, &q)
	if refused != nil {
		return nil, refused
	}
	if _, allowed := o.after(closing); !allowed {
		return nil, wrongState
	}
	act := func() (State, error) { return w.end(*o, closing) }
	if w.flaws.Next(PaidAfterClose)[PaidAfterClose] {
		act = func() (State, error) { return w.payNow(*o, o.Payer, c.now, nil) }
	}
	if _, err := act(); err != nil {
		w.note(err)
		return nil, unknownResult
	}
	return fields{"trade_no": o.TradeNo, "out_trade_no": o.OutTradeNo}, nil
}

// cancel takes a trade back, whatever has become of it. Of one that does not exist it says yes too, and a code
// that nobody has scanned is not good any more.
func (w *Wallet) cancel(c *call) (fields, *refusal) {
	var q reference
	if refused := c.decode(&q); refused != nil {
		return nil, refused
	}
	o, refused := w.find(c, q)
	if refused != nil {
		return nil, refused
	}
	f := fields{"retry_flag": "N"}
	f.put("out_trade_no", q.OutTradeNo)
	f.put("trade_no", q.TradeNo)
	if w.flaws.Next(RetryCancel)[RetryCancel] {
		f["retry_flag"] = "Y"
		return f, nil
	}
	if o == nil {
		return f, nil
	}
	action := "close"
	switch {
	case o.State == Closed || o.State == Withdrawn:
	case c.now.Sub(o.Created) > cancelLife:
		return nil, cancelTooLate
	case o.State == Success:
		refused = w.takeBack(o, c)
	default:
		if _, err := w.end(*o, cancel); err != nil {
			w.note(err)
			refused = unknownResult
		}
	}
	if refused != nil {
		return nil, refused
	}
	if !o.exists() {
		return f, nil
	}
	if !o.Paid.IsZero() {
		action = "refund"
	}
	f["trade_no"], f["out_trade_no"], f["action"] = o.TradeNo, o.OutTradeNo, action
	return f, nil
}

// downloadCertificate hands out a certificate of the gateway's, for clients that meet one they do not know.
func (w *Wallet) downloadCertificate(c *call) (fields, *refusal) {
	var q struct {
		SN string `json:"alipay_cert_sn"`
	}
	if refused := c.decode(&q); refused != nil {
		return nil, refused
	}
	for _, s := range []*signer{w.keys.certificate, w.keys.expired} {
		if s.sn == q.SN {
			return fields{"alipay_cert_content": base64.StdEncoding.EncodeToString(s.cert)}, nil
		}
	}
	return nil, illegal("alipay-cert-sn", "支付宝公钥证书SN不存在")
}
