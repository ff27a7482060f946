package unionpay

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/qr"
)

const (
	orderType    = "unionpay"
	currency     = "156"
	totalMax     = 10_000_000_000 // fen of an order
	infoMax      = 128            // characters of orderInfo
	backURLMax   = 256
	deviceMax    = 512 // characters of termInfo
	validTimeMin = 60  // seconds
	validTimeMax = 15 * 24 * 60 * 60
	dayForm      = "20060102"

	formURL = "URL"
	formEMV = "EMV"
)

// Fields of an EMV code that hold what is UnionPay's: an account of three parts, and the same digits as the URL.
const (
	accountField   = "15"
	referenceField = "26"
	networkID      = "A000000333010102" // of UnionPay's application, in 26.00
	citySilent     = "China"
	categorySilent = "5311"
)

var (
	orderForm    = regexp.MustCompile(`^[0-9A-Za-z_-]{8,40}$`)
	amountForm   = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
	codeForm     = regexp.MustCompile(`^62[0-9]{17}$`)
	terminalForm = regexp.MustCompile(`^[0-9A-Za-z]{8}$`)
	deviceTypes  = []string{"01", "02", "03", "04", "06", "08", "09", "10", "11", "12", "13"}
)

// parseFen reads an amount.
func parseFen(text string) (int64, bool) {
	if !amountForm.MatchString(text) {
		return 0, false
	}
	amount, err := strconv.ParseInt(text, 10, 64)
	return amount, err == nil && amount <= totalMax
}

// amount reads the amount that a request must have.
func (c *call) amount() (int64, *refusal) {
	amount, ok := parseFen(c.message["txnAmt"])
	switch {
	case c.message["txnAmt"] == "":
		return 0, missing("txnAmt")
	case !ok:
		return 0, badAmount
	}
	return amount, nil
}

// checkOrder refuses what is wrong in the members that apply and micropay have in common.
func (c *call) checkOrder() *refusal {
	m := c.message
	for _, need := range []string{"orderNo", "orderTime"} {
		if m[need] == "" {
			return missing(need)
		}
	}
	if _, err := time.Parse(stampForm, m["orderTime"]); err != nil {
		return wrong("orderTime")
	}
	switch {
	case !orderForm.MatchString(m["orderNo"]):
		return wrong("orderNo")
	case m["currencyCode"] != "" && m["currencyCode"] != currency:
		return wrong("currencyCode")
	case m["orderType"] != "" && m["orderType"] != orderType:
		return wrong("orderType")
	case m["termId"] != "" && !terminalForm.MatchString(m["termId"]):
		return wrong("termId")
	case m["termInfo"] != "" && !deviceRight(m["termInfo"]):
		return wrong("termInfo")
	}
	return c.checkWords()
}

// checkWords refuses what is wrong in the members that orders and refunds have in common.
func (c *call) checkWords() *refusal {
	if utf8.RuneCountInString(c.message["orderInfo"]) > infoMax {
		return wrong("orderInfo")
	}
	text := c.message["backUrl"]
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || len(text) > backURLMax || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && kit.Loopback(u.Hostname())) {
		return wrong("backUrl")
	}
	return nil
}

// deviceRight reports whether termInfo is of its form.
func deviceRight(text string) bool {
	var device struct {
		Type     string `json:"deviceType"`
		Serial   string `json:"serialNum"`
		IP       string `json:"ip"`
		Location string `json:"location"`
	}
	return utf8.RuneCountInString(text) <= deviceMax && json.Unmarshal([]byte(text), &device) == nil && slices.Contains(deviceTypes, device.Type)
}

// newOrder returns the order that a request asks for, or the one that it asked for before.
func (w *Wallet) newOrder(c *call, way Way) (o *Order, old bool, refused *refusal) {
	if refused := c.checkOrder(); refused != nil {
		return nil, false, refused
	}
	m, mark := c.message, c.mark(c.act)
	at := key{c.merchant.Number, m["orderNo"]}
	if o := w.books.byKey[at]; o != nil {
		if o.Mark != mark {
			return nil, false, inconsistent
		}
		return o, true, nil
	}
	if w.books.refundKey[at] != nil {
		return nil, false, inconsistent
	}
	o = &Order{
		Number: int64(len(w.books.orders) + 1), Institution: c.signer.Code, Merchant: c.merchant.Number, OrderNo: m["orderNo"], Way: way, State: Unpaid,
		Info: m["orderInfo"], Terminal: m["termId"], Device: m["termInfo"], BackURL: m["backUrl"], Created: c.now, Rate: c.merchant.rate(), Mark: mark,
	}
	o.TransIndex = w.index("order", o.Number, c.now)
	return o, false, nil
}

// index returns a transIndex: the date, six digits that nobody guesses, and a number.
func (w *Wallet) index(name string, number int64, now time.Time) string {
	kind := map[string]int{"order": 0, "refund": 1}[name]
	return fmt.Sprintf("%s%06d%d%09d", now.In(kit.China).Format(dayForm), binary.BigEndian.Uint32(w.keys.secret(name, number))%1e6, kind, number)
}

// apply makes a code that a payer scans.
func (w *Wallet) apply(c *call) (message, *refusal) {
	o, old, refused := w.newOrder(c, MerchantPresented)
	switch {
	case refused != nil:
		return nil, refused
	case old && o.Paying():
		return o.tellContent(""), nil
	case old:
		return o.tellContent(codeTwice), nil
	}
	life, refused := c.validTime()
	if refused != nil {
		return nil, refused
	}
	if o.Open = c.message["txnAmt"] == ""; !o.Open {
		if o.Total, refused = c.amount(); refused != nil {
			return nil, refused
		}
	}
	o.Expires = c.now.Add(life)
	digits := new(big.Int).SetBytes(w.keys.secret("link", o.Number)).String()
	o.Reference = fmt.Sprintf("%s%08d", digits[len(digits)-24:], o.Number%1e8)
	var err error
	switch c.message["qrForm"] {
	case "", formURL:
		o.Content, err = qr.DomesticURL{Institution: o.Institution, Order: o.Reference}.Text()
	case formEMV:
		o.Content, err = o.emvCode(c.merchant)
	default:
		return nil, wrong("qrForm")
	}
	if err == nil {
		err = w.books.post(step{Entry: kit.Entry{At: c.now}, Order: o})
	}
	if err != nil {
		w.note(err)
		return nil, unknownResult
	}
	w.awaitLapse(o)
	return o.tellContent(""), nil
}

// validTime returns how long a merchant's code is good.
func (c *call) validTime() (time.Duration, *refusal) {
	text := c.message["qrValidTime"]
	if text == "" {
		return linkLife, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < validTimeMin || seconds > validTimeMax {
		return 0, wrong("qrValidTime")
	}
	return time.Duration(seconds) * time.Second, nil
}

// tellContent is the answer to apply.
func (o *Order) tellContent(code string) message {
	m := message{"orderNo": o.OrderNo, "qrCode": o.Content}
	m.put("respCode", code)
	if o.Total > 0 {
		m["txnAmt"] = fen(o.Total)
	}
	return m
}

// emvCode writes the code of an order as EMVCo has it.
func (o *Order) emvCode(m *Merchant) (string, error) {
	city, category := m.City, m.Category
	if city == "" {
		city = citySilent
	}
	if category == "" {
		category = categorySilent
	}
	fields := qr.Fields{
		{ID: qr.FormatIndicator, Value: "01"}, {ID: qr.InitiationMethod, Value: "12"},
		{ID: accountField, Value: o.Institution + o.Institution + o.Merchant},
		{ID: referenceField, Fields: qr.Fields{{ID: "00", Value: networkID}, {ID: "01", Value: o.Reference}}},
		{ID: qr.CategoryCode, Value: category}, {ID: qr.Currency, Value: currency},
	}
	if !o.Open {
		fields = append(fields, qr.Field{ID: qr.Amount, Value: yuan(o.Total)})
	}
	fields = append(fields, qr.Field{ID: qr.Country, Value: "CN"}, qr.Field{ID: qr.MerchantName, Value: m.Name}, qr.Field{ID: qr.MerchantCity, Value: city})
	if o.Terminal != "" {
		fields = append(fields, qr.Field{ID: qr.AdditionalData, Fields: qr.Fields{{ID: "07", Value: o.Terminal}}})
	}
	return qr.Merchant{Fields: fields}.Text(qr.Characters)
}

// reference returns the 32 digits in the code of a merchant, in either form, "" where there are none.
func reference(content string) string {
	if strings.HasPrefix(content, "https://") {
		u, err := qr.ParseDomesticURL(content)
		if err != nil {
			return ""
		}
		return u.Order
	}
	m, err := qr.ParseMerchant(content, qr.Characters)
	if err != nil {
		return ""
	}
	digits, _ := m.Template(referenceField).Get("01")
	return digits
}

// yuan writes an amount with a point.
func yuan(amount int64) string { return fmt.Sprintf("%d.%02d", amount/100, amount%100) }

// micropay charges the payer whose code was scanned.
func (w *Wallet) micropay(c *call) (message, *refusal) {
	for _, need := range []string{"authCode", "termId", "termInfo"} {
		if c.message[need] == "" {
			return nil, missing(need)
		}
	}
	o, old, refused := w.newOrder(c, PayerPresented)
	switch {
	case refused != nil:
		return nil, refused
	case old:
		m := o.tell()
		m["respCode"] = codeTwice
		return m, nil
	}
	if o.Total, refused = c.amount(); refused != nil {
		return nil, refused
	}
	shown, known := w.books.Pocket.Code(c.message["authCode"])
	if !codeForm.MatchString(c.message["authCode"]) || !known || shown.Order != 0 || !c.now.Before(shown.Until) {
		return nil, codeInvalid
	}
	shown.Order, o.Code = o.Number, shown.Text
	o.Expires = c.now.Add(w.config.AskTime)
	return w.charge(c, o, shown)
}

// charge takes the money for an order by a payer's code, or asks for the password.
func (w *Wallet) charge(c *call, o *Order, used kit.Code) (message, *refusal) {
	o.Payer = kit.PayerRich
	if used.State == kit.CodePoor {
		o.Payer = kit.PayerPoor
	}
	if used.State == kit.CodePassword || w.config.AskAbove > 0 && o.Total > w.config.AskAbove && used.State == kit.CodeOK {
		o.State, _ = o.after(leave)
		if err := w.books.post(step{Entry: kit.Entry{At: c.now, Code: &used}, Order: o}); err != nil {
			w.note(err)
			return nil, unknownResult
		}
		w.awaitLapse(o)
		m := o.tell()
		m["respCode"] = codeWaiting
		return m, nil
	}
	_, err := w.payNow(*o, o.Payer, c.now, &used)
	if errors.Is(err, kit.ErrFunds) {
		o.State, _ = o.after(fail)
		o.Ended = c.now
		if err = w.books.post(step{Entry: kit.Entry{At: c.now, Code: &used}, Order: o}); err == nil {
			return nil, noFunds
		}
	}
	if err != nil {
		w.note(err)
		return nil, unknownResult
	}
	return w.books.orders[o.Number-1].tell(), nil
}

// awaitLapse ends an order that is unpaid when its time is over.
func (w *Wallet) awaitLapse(o *Order) {
	number := o.Number
	w.host.Later(o.Expires, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		o := w.books.orders[number-1]
		if _, waits := o.after(lapse); waits {
			_, err := w.end(*o, lapse)
			w.note(err)
		}
	})
}

// find returns the order of the merchant's that a request names by one of its members.
func (w *Wallet) find(c *call, name string) (*Order, *refusal) {
	if c.message[name] == "" {
		return nil, missing(name)
	}
	o := w.books.byKey[key{c.merchant.Number, c.message[name]}]
	if o == nil {
		return nil, noOrder
	}
	return o, nil
}

func (w *Wallet) query(c *call) (message, *refusal) {
	o, refused := w.find(c, "orderNo")
	if refused != nil {
		return nil, refused
	}
	m := o.tell()
	m["origRespCode"] = stateCodes[o.Told()]
	return m, nil
}

// close withdraws an order of apply that nobody has paid.
func (w *Wallet) close(c *call) (message, *refusal) {
	o, refused := w.find(c, "orderNo")
	if refused != nil {
		return nil, refused
	}
	if _, allowed := o.after(closing); !allowed {
		return nil, wrongState
	}
	act := func() (State, error) { return w.end(*o, closing) }
	if _, payable := o.after(pay); payable && !o.Open && w.flaws.Next(PaidAfterClose)[PaidAfterClose] {
		act = func() (State, error) { return w.payNow(*o, kit.PayerRich, c.now, nil) }
	}
	if _, err := act(); err != nil {
		w.note(err)
		return nil, unknownResult
	}
	return nil, nil
}

// cancel takes an order of micropay back, whatever has become of it.
func (w *Wallet) cancel(c *call) (message, *refusal) {
	o, refused := w.find(c, "orderNo")
	if refused != nil {
		return nil, refused
	}
	if _, allowed := o.after(cancel); !allowed {
		return nil, wrongState
	}
	if o.State == Paid {
		refused = w.takeBack(o, c)
	} else if o.State != Revoked {
		if _, err := w.end(*o, cancel); err != nil {
			w.note(err)
			refused = unknownResult
		}
	}
	if refused != nil {
		return nil, refused
	}
	return message{"txnAmt": fen(o.Total), "transIndex": o.TransIndex}, nil
}
