package wechat

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const (
	firstStock  = 1_000_000      // before the numbers of the stocks that coupons are of
	totalMax    = 10_000_000_000 // fen of an order
	reverseLife = 7 * 24 * time.Hour
	currency    = "CNY"
	timeForm    = "2006-01-02T15:04:05-07:00"
)

var (
	orderForm  = regexp.MustCompile(`^[0-9A-Za-z_\-|*]{6,32}$`)
	refundForm = regexp.MustCompile(`^[0-9A-Za-z_\-|*@]{1,64}$`)
	codeForm   = regexp.MustCompile(`^1[0-5][0-9]{16}$`)
)

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(kit.China).Format(timeForm)
}

// parties are the numbers by which a request names who it is about.
type parties struct {
	AppID    string `json:"appid"`
	MchID    string `json:"mchid"`
	SpAppID  string `json:"sp_appid"`
	SpMchID  string `json:"sp_mchid"`
	SubAppID string `json:"sub_appid"`
	SubMchID string `json:"sub_mchid"`
}

// amountSent is the amount of an order request.
type amountSent struct {
	Total    *int64 `json:"total"`
	Currency string `json:"currency"`
}

// payerSent is who pays: by the code of a code payment, or as an app knows them, of a page's order.
type payerSent struct {
	AuthCode  string `json:"auth_code"`
	OpenID    string `json:"openid"`
	SpOpenID  string `json:"sp_openid"`
	SubOpenID string `json:"sub_openid"`
}

// storeSent is the shop of a scene: id and name of a native order, id or out_id of a code payment.
type storeSent struct {
	ID    string `json:"id"`
	OutID string `json:"out_id"`
}

// orderRequest is the body of native, jsapi and codepay.
type orderRequest struct {
	parties
	Description string      `json:"description"`
	OutTradeNo  string      `json:"out_trade_no"`
	TimeExpire  string      `json:"time_expire"`
	Attach      string      `json:"attach"`
	NotifyURL   string      `json:"notify_url"`
	GoodsTag    string      `json:"goods_tag"`
	Amount      *amountSent `json:"amount"`
	Payer       *payerSent  `json:"payer"`
	Scene       *struct {
		ClientIP string     `json:"payer_client_ip"`
		DeviceID string     `json:"device_id"`
		DeviceIP string     `json:"device_ip"`
		Store    *storeSent `json:"store_info"`
	} `json:"scene_info"`
}

// digest tells whether two requests ask for the same.
func digest(request any) string {
	text, err := json.Marshal(request)
	if err != nil {
		panic(err) // a request came from JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// where is how a field is refused: wrongField or wrongQuery.
type where func(field, issue string) *refusal

// payee returns the merchant that a request of the signing merchant is about, and refuses what does not
// belong together.
func (w *Wallet) payee(c *call, p parties, partner bool, where where) (*member, *refusal) {
	if !partner {
		switch {
		case p.MchID == "":
			return nil, where("/mchid", "必填")
		case p.MchID != c.member.Number:
			return nil, where("/mchid", "与Authorization中的mchid不一致")
		}
		return c.member, nil
	}
	switch {
	case p.SpMchID == "":
		return nil, where("/sp_mchid", "必填")
	case p.SpMchID != c.member.Number:
		return nil, where("/sp_mchid", "与Authorization中的mchid不一致")
	}
	return w.sub(c, p.SubMchID, where)
}

// sub returns a sub-merchant of the signing partner.
func (w *Wallet) sub(c *call, number string, where where) (*member, *refusal) {
	m := w.merchants[number]
	switch {
	case number == "":
		return nil, where("/sub_mchid", "必填")
	case m == nil:
		return nil, noMerchant
	case m.Partner != c.member.Number || m.Suspended:
		return nil, noAuth
	}
	return m, nil
}

// apps refuses applications that are not bound to their merchants.
func apps(c *call, p parties, partner bool, payee *member) *refusal {
	app, field := p.AppID, "/appid"
	if partner {
		app, field = p.SpAppID, "/sp_appid"
	}
	switch {
	case app == "":
		return wrongField(field, "必填")
	case !slices.Contains(c.member.Apps, app):
		return appMismatch
	case partner && p.SubAppID != "" && !slices.Contains(payee.Apps, p.SubAppID):
		return appMismatch
	}
	return nil
}

// check refuses what is wrong in the fields that all orders have.
func (q *orderRequest) check() *refusal {
	long := func(text string, limit int) bool { return utf8.RuneCountInString(text) > limit }
	switch {
	case q.Description == "" || long(q.Description, 127):
		return wrongField("/description", "必填，最长127个字符")
	case !orderForm.MatchString(q.OutTradeNo):
		return wrongField("/out_trade_no", "6到32个字符，只能是数字、大小写字母_-|*")
	case long(q.Attach, 128):
		return wrongField("/attach", "最长128个字符")
	case long(q.GoodsTag, 32):
		return wrongField("/goods_tag", "最长32个字符")
	case q.Amount == nil:
		return wrongField("/amount", "必填")
	case q.Amount.Total == nil || *q.Amount.Total < 1 || *q.Amount.Total > totalMax:
		return wrongField("/amount/total", "必须是大于0的整数，单位为分")
	case q.Amount.Currency != "" && q.Amount.Currency != currency:
		return wrongField("/amount/currency", "仅支持CNY")
	case q.Scene != nil && (long(q.Scene.DeviceID, 32) || long(q.Scene.ClientIP, 45) || long(q.Scene.DeviceIP, 45)):
		return wrongField("/scene_info", "超出长度")
	}
	return nil
}

// notifyURL refuses an address that no notification can be sent to.
func notifyURL(text string, must bool) *refusal {
	if text == "" && !must {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > 255 || u.Host == "":
		return wrongField("/notify_url", "必须是完整的URL，最长255个字符")
	case u.RawQuery != "" || u.ForceQuery:
		return wrongField("/notify_url", "不能携带参数")
	case u.Scheme != "https" && !(u.Scheme == "http" && kit.Loopback(u.Hostname())):
		return wrongField("/notify_url", "必须以https://开头")
	}
	return nil
}

// newOrder returns an order that a request asks for, or the one that it asked for before.
func (w *Wallet) newOrder(c *call, q *orderRequest, partner bool, kind TradeType) (
	o *Order, old bool, refused *refusal,
) {
	payee, refused := w.payee(c, q.parties, partner, wrongField)
	if refused == nil {
		refused = apps(c, q.parties, partner, payee)
	}
	if refused == nil {
		refused = q.check()
	}
	if refused != nil {
		return nil, false, refused
	}
	mark := digest(struct {
		Kind    TradeType
		Request *orderRequest
	}{kind, q})
	if o := w.books.byKey[key{payee.Number, q.OutTradeNo}]; o != nil {
		switch {
		case o.Digest != mark:
			return nil, false, numberUsed
		case o.State == Closed || o.State == Revoked:
			return nil, false, orderClosed
		}
		return o, true, nil
	}
	number := int64(len(w.books.orders) + 1)
	sum := sha256.Sum256(fmt.Appendf(nil, "order %d %s", number, w.keys.public.serial))
	o = &Order{
		Number: number, Merchant: payee.Number, App: q.AppID, OutTradeNo: q.OutTradeNo, Type: kind, State: NotPay,
		TransactionID: fmt.Sprintf("4200%06d%s%010d", binary.BigEndian.Uint32(sum[:])%1e6, dayOf(c.now), number),
		Description:   q.Description, Attach: q.Attach, NotifyURL: q.NotifyURL, Created: c.now,
		Total: *q.Amount.Total, Rate: payee.rate(), Signer: c.signer, Digest: mark,
	}
	if partner {
		o.Partner, o.App, o.SubApp = c.member.Number, q.SpAppID, q.SubAppID
	}
	if q.Scene != nil {
		o.Device = q.Scene.DeviceID
	}
	return o, false, nil
}

// shown creates an order that a payer scans, or is asked for by a page.
func (w *Wallet) shown(partner bool, kind TradeType) handle {
	return func(c *call) (any, *refusal) {
		var q orderRequest
		if refused := c.decode(&q); refused != nil {
			return nil, refused
		}
		if refused := notifyURL(q.NotifyURL, true); refused != nil {
			return nil, refused
		}
		if q.Scene != nil && q.Scene.ClientIP == "" {
			return nil, wrongField("/scene_info/payer_client_ip", "必填")
		}
		o, old, refused := w.newOrder(c, &q, partner, kind)
		if refused == nil && kind == JSAPI && !old {
			o.For, refused = w.named(&q, partner)
		}
		if refused != nil {
			return nil, refused
		}
		if old && o.State == Success {
			return nil, invalid("该订单已支付")
		}
		if old && q.TimeExpire == "" && !c.now.Before(o.Expires) {
			again := *o
			again.Expires = c.now.Add(linkLife)
			if err := w.books.post(step{Entry: kit.Entry{At: c.now}, Order: &again}); err != nil {
				w.note(err)
				return nil, systemError
			}
		}
		if !old {
			o.Expires = c.now.Add(linkLife)
			if q.TimeExpire != "" {
				until, err := time.Parse(time.RFC3339, q.TimeExpire)
				if wait := until.Sub(c.now); err != nil || wait < time.Minute-time.Second || wait > 15*24*time.Hour {
					return nil, wrongField("/time_expire", "RFC 3339格式，下单后1分钟到15天")
				}
				o.Expires = until.UTC()
			}
			o.Link = w.link(o)
			if err := w.books.post(step{Entry: kit.Entry{At: c.now}, Order: o}); err != nil {
				w.note(err)
				return nil, systemError
			}
		}
		if kind == JSAPI {
			return map[string]string{"prepay_id": strings.TrimPrefix(o.Link, packagePrefix)}, nil
		}
		return map[string]string{"code_url": o.Link}, nil
	}
}

// link returns what leads to paying an order: the code to be scanned, or the package that a page hands to the wallet.
func (w *Wallet) link(o *Order) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "link %d %s", o.Number, w.keys.public.serial))
	if o.Type == JSAPI {
		return packagePrefix + "wx" + o.Created.In(kit.China).Format("20060102150405") + hex.EncodeToString(sum[:10])
	}
	return "weixin://wxpay/bizpayurl?pr=" + kit.Text(sum[:9]) + "zz"
}

// codepay charges the payer whose code was scanned.
func (w *Wallet) codepay(partner bool) handle {
	return func(c *call) (any, *refusal) {
		var q orderRequest
		if refused := c.decode(&q); refused != nil {
			return nil, refused
		}
		switch {
		case q.Payer == nil || q.Payer.AuthCode == "":
			return nil, wrongField("/payer/auth_code", "必填")
		case q.Scene == nil:
			return nil, wrongField("/scene_info", "必填")
		case q.Scene.Store == nil || q.Scene.Store.ID == "" && q.Scene.Store.OutID == "":
			return nil, wrongField("/scene_info/store_info", "必填，id与out_id二选一")
		}
		o, old, refused := w.newOrder(c, &q, partner, CodePay)
		switch {
		case refused != nil:
			return nil, refused
		case old && o.State == UserPaying && w.config.PasswordAsError:
			return nil, userPaying
		case old && o.State == PayError && o.AskedAt.IsZero():
			return nil, noFunds
		case old:
			return o.answer(), nil
		case !codeForm.MatchString(q.Payer.AuthCode):
			return nil, codeInvalid
		}
		used, known := w.books.Pocket.Code(q.Payer.AuthCode)
		switch {
		case !known:
			return nil, codeInvalid
		case used.Order != 0:
			return nil, codeUsed
		case !c.now.Before(used.Until):
			return nil, codeExpired
		}
		used.Order, o.Code = o.Number, used.Text
		return w.charge(c, o, used)
	}
}

// charge takes the money for an order by a payer's code, or asks for the password.
func (w *Wallet) charge(c *call, o *Order, used kit.Code) (any, *refusal) {
	o.Payer = kit.PayerRich
	if used.State == CodePoor {
		o.Payer = kit.PayerPoor
	}
	if used.State == CodePassword || w.config.AskAbove > 0 && o.Total > w.config.AskAbove && used.State == CodeOK {
		o.State, o.AskedAt = UserPaying, c.now
		if err := w.books.post(step{Entry: kit.Entry{At: c.now, Code: &used}, Order: o}); err != nil {
			w.note(err)
			return nil, systemError
		}
		w.awaitLapse(o)
		if w.config.PasswordAsError {
			return nil, userPaying
		}
		return o.answer(), nil
	}
	_, err := w.payNow(*o, o.Payer, c.now, &used)
	if errors.Is(err, ErrFunds) {
		o.State, o.Ended = PayError, c.now
		if err = w.books.post(step{Entry: kit.Entry{At: c.now, Code: &used}, Order: o}); err == nil {
			return nil, noFunds
		}
	}
	if err != nil {
		w.note(err)
		return nil, systemError
	}
	return w.books.orders[o.Number-1].answer(), nil
}

// awaitLapse ends the time that a payer has for the password.
func (w *Wallet) awaitLapse(o *Order) {
	number := o.Number
	w.host.Later(o.AskedAt.Add(w.config.AskTime), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if o := w.books.orders[number-1]; o.State == UserPaying {
			_, err := w.end(*o, lapse)
			w.note(err)
		}
	})
}

// find returns the order that a request names, as far as it is the asker's.
func (w *Wallet) find(c *call, partner bool, p parties, where where) (*Order, *refusal) {
	payee, refused := w.payee(c, p, partner, where)
	if refused != nil {
		return nil, refused
	}
	o := w.books.byKey[key{payee.Number, c.PathValue("no")}]
	if o == nil || partner != (o.Partner != "") || partner && o.Partner != c.member.Number {
		return nil, noOrder
	}
	return o, nil
}

func queried(c *call) parties {
	q := c.URL.Query()
	return parties{MchID: q.Get("mchid"), SpMchID: q.Get("sp_mchid"), SubMchID: q.Get("sub_mchid")}
}

func (w *Wallet) queryByNumber(partner bool) handle {
	return func(c *call) (any, *refusal) {
		o, refused := w.find(c, partner, queried(c), wrongQuery)
		if refused != nil {
			return nil, refused
		}
		return o.answer(), nil
	}
}

func (w *Wallet) queryByID(partner bool) handle {
	return func(c *call) (any, *refusal) {
		payee, refused := w.payee(c, queried(c), partner, wrongQuery)
		if refused != nil {
			return nil, refused
		}
		o := w.books.byID[c.PathValue("id")]
		if o == nil || o.Paid.IsZero() || o.Merchant != payee.Number || partner != (o.Partner != "") {
			return nil, noOrder
		}
		return o.answer(), nil
	}
}

// close withdraws an order that nobody has paid.
func (w *Wallet) close(partner bool) handle {
	return func(c *call) (any, *refusal) {
		var p parties
		if refused := c.decode(&p); refused != nil {
			return nil, refused
		}
		o, refused := w.find(c, partner, p, wrongField)
		if refused != nil {
			return nil, refused
		}
		_, allowed := o.after(closing)
		switch {
		case o.State == Closed:
			return nil, nil
		case allowed && o.Type != CodePay && w.flaws.Next(PaidAfterClose)[PaidAfterClose]:
			if _, err := w.payNow(*o, kit.PayerRich, c.now, nil); err != nil {
				return nil, systemError
			}
			return nil, nil
		case allowed:
			if _, err := w.end(*o, closing); err != nil {
				w.note(err)
				return nil, systemError
			}
			return nil, nil
		case o.State == UserPaying:
			return nil, stillPaying
		case o.State == Revoked:
			return nil, orderClosed
		}
		return nil, invalid("该订单已支付")
	}
}

// reversed is the answer to a reversal.
type reversed struct {
	AppID      string `json:"appid,omitempty"`
	MchID      string `json:"mchid,omitempty"`
	SpAppID    string `json:"sp_appid,omitempty"`
	SpMchID    string `json:"sp_mchid,omitempty"`
	SubAppID   string `json:"sub_appid,omitempty"`
	SubMchID   string `json:"sub_mchid,omitempty"`
	OutTradeNo string `json:"out_trade_no"`
}

// reverse takes an order by a payer's code back, whatever has become of it.
func (w *Wallet) reverse(partner bool) handle {
	return func(c *call) (any, *refusal) {
		var p parties
		if refused := c.decode(&p); refused != nil {
			return nil, refused
		}
		o, refused := w.find(c, partner, p, wrongField)
		if refused == nil {
			refused = apps(c, p, partner, w.merchants[o.Merchant])
		}
		if refused != nil {
			return nil, refused
		}
		if _, allowed := o.after(reverse); !allowed {
			return nil, invalid("仅付款码支付的订单可以撤销")
		}
		switch {
		case o.State == Revoked:
		case o.State == Success:
			refused = w.takeBack(o, c)
		default:
			if _, err := w.end(*o, reverse); err != nil {
				w.note(err)
				refused = systemError
			}
		}
		if refused != nil {
			return nil, refused
		}
		a := reversed{AppID: o.App, MchID: o.Merchant, OutTradeNo: o.OutTradeNo}
		if partner {
			a = reversed{
				SpAppID: o.App, SpMchID: o.Partner, SubAppID: o.SubApp, SubMchID: o.Merchant, OutTradeNo: o.OutTradeNo,
			}
		}
		return a, nil
	}
}

// payerTold is who paid, as the asking app knows them.
type payerTold struct {
	OpenID    string `json:"openid,omitempty"`
	SpOpenID  string `json:"sp_openid,omitempty"`
	SubOpenID string `json:"sub_openid,omitempty"`
}

type amountTold struct {
	Total         int64  `json:"total"`
	PayerTotal    *int64 `json:"payer_total,omitempty"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency,omitempty"`
}

type promotionTold struct {
	CouponID            string `json:"coupon_id"`
	Name                string `json:"name"`
	Scope               string `json:"scope"`
	Type                string `json:"type"` // CASH is settled, NOCASH is not
	Amount              int64  `json:"amount"`
	StockID             string `json:"stock_id"`
	WechatpayContribute int64  `json:"wechatpay_contribute"`
	MerchantContribute  int64  `json:"merchant_contribute"`
	OtherContribute     int64  `json:"other_contribute"`
	Currency            string `json:"currency"`
}

// orderTold is an order as queries, code payments and notifications tell it.
type orderTold struct {
	AppID         string          `json:"appid,omitempty"`
	MchID         string          `json:"mchid,omitempty"`
	SpAppID       string          `json:"sp_appid,omitempty"`
	SpMchID       string          `json:"sp_mchid,omitempty"`
	SubAppID      string          `json:"sub_appid,omitempty"`
	SubMchID      string          `json:"sub_mchid,omitempty"`
	OutTradeNo    string          `json:"out_trade_no"`
	TransactionID string          `json:"transaction_id,omitempty"`
	TradeType     TradeType       `json:"trade_type,omitempty"`
	State         State           `json:"trade_state"`
	StateDesc     string          `json:"trade_state_desc"`
	BankType      string          `json:"bank_type,omitempty"`
	Attach        string          `json:"attach,omitempty"`
	SuccessTime   string          `json:"success_time,omitempty"`
	Payer         *payerTold      `json:"payer,omitempty"`
	Amount        amountTold      `json:"amount"`
	Promotions    []promotionTold `json:"promotion_detail,omitempty"`
}

// answer tells an order.
func (o *Order) answer() orderTold {
	a := orderTold{
		AppID: o.App, MchID: o.Merchant, OutTradeNo: o.OutTradeNo, State: o.Told(),
		Amount: amountTold{Total: o.Total, Currency: currency},
	}
	a.StateDesc = descriptions[a.State]
	if o.Partner != "" {
		a.AppID, a.MchID = "", ""
		a.SpAppID, a.SpMchID, a.SubAppID, a.SubMchID = o.App, o.Partner, o.SubApp, o.Merchant
	}
	if o.Type == CodePay {
		a.TradeType = CodePay // known from the start
	}
	if o.Paid.IsZero() {
		return a
	}
	a.Attach = o.Attach // told of paid orders only
	paid := o.PayerTotal
	a.TransactionID, a.TradeType, a.BankType, a.SuccessTime = o.TransactionID, o.Type, payerBank, timeText(o.Paid)
	a.Amount.PayerTotal, a.Amount.PayerCurrency = &paid, currency
	a.Payer = &payerTold{OpenID: OpenID(o.Payer, o.App)}
	if o.Partner != "" {
		a.Payer = &payerTold{SpOpenID: OpenID(o.Payer, o.App)}
		if o.SubApp != "" {
			a.Payer.SubOpenID = OpenID(o.Payer, o.SubApp)
		}
	}
	for _, c := range o.Coupons {
		p := promotionTold{
			CouponID: c.ID, Name: c.Name, Scope: "GLOBAL", Type: "CASH", Amount: c.Amount, StockID: fmt.Sprintf("%d", firstStock+c.Number),
			WechatpayContribute: c.Amount, Currency: currency,
		}
		if c.Funder == ByMerchant {
			p.Type, p.WechatpayContribute, p.MerchantContribute = "NOCASH", 0, c.Amount
		}
		a.Promotions = append(a.Promotions, p)
	}
	return a
}
