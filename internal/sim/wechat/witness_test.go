package wechat_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-pay/gopay"
	gowechat "github.com/go-pay/gopay/wechat/v3"
	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// told is an order or refund as a witness read it.
type told struct {
	state              string
	total, payer, less int64 // less: what a refund gives back to the payer
}

// witness is a library of others that speaks to the wallet, with its verification switched on.
type witness interface {
	native(no string, total int64, notifyURL string) (link string, err error)
	codepay(no string, total int64, code string) (state string, err error)
	reverse(no string) error
	query(no string) (told, error)
	close(no string) error
	refund(no, refundNo string, refund, total int64, notifyURL string) (told, error)
	queryRefund(refundNo string) (told, error)
	notification(received) (event, no string, total int64, err error)
	bill(path, date, kind string, zipped bool) (string, error)
}

// rewrite sends what is meant for the original's host to the wallet. Signatures do not cover the host.
type rewrite struct{ to *url.URL }

func (t rewrite) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = t.to.Scheme, t.to.Host, t.to.Host
	return http.DefaultTransport.RoundTrip(sent)
}

// official is wechatpay-go.
type official struct {
	wechat.Credentials
	client   *core.Client
	unsigned *core.Client // for bill files
	handler  *notify.Handler
}

// newOfficial returns the library in one of its modes.
func newOfficial(t *testing.T, c wechat.Credentials, mode wechat.Mode) official {
	t.Helper()
	ctx := t.Context()
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: rewrite{base}, Timeout: 10 * time.Second}
	key := privateKey(t, c.MerchantPrivateKey)
	o := official{Credentials: c}
	o.unsigned, err = core.NewClient(ctx, option.WithMerchantCredential(c.MerchantID, c.MerchantSerial, key),
		option.WithoutValidator(), option.WithHTTPClient(browser))
	if err != nil {
		t.Fatal(err)
	}
	platform := publicKey(t, c.PlatformPublicKey)
	cipher := option.WithWechatPayPublicKeyAuthCipher(c.MerchantID, c.MerchantSerial, key, c.PlatformPublicKeyID, platform)
	var verifier auth.Verifier = verifiers.NewSHA256WithRSAPubkeyVerifier(c.PlatformPublicKeyID, *platform)
	if mode == wechat.CertificateMode {
		manager := downloader.NewCertificateDownloaderMgr(ctx)
		t.Cleanup(manager.Stop)
		if err := manager.RegisterDownloaderWithClient(ctx, o.unsigned, c.MerchantID, c.APIv3Key); err != nil {
			t.Fatal(err)
		}
		cipher = option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(c.MerchantID, c.MerchantSerial, key, manager)
		verifier = verifiers.NewSHA256WithRSAVerifier(manager.GetCertificateVisitor(c.MerchantID))
	}
	if o.client, err = core.NewClient(ctx, cipher, option.WithHTTPClient(browser)); err != nil {
		t.Fatal(err)
	}
	if o.handler, err = notify.NewRSANotifyHandler(c.APIv3Key, verifier); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o official) native(no string, total int64, notifyURL string) (string, error) {
	service := native.NativeApiService{Client: o.client}
	answer, _, err := service.Prepay(context.Background(), native.PrepayRequest{
		Appid: &o.AppID, Mchid: &o.MerchantID, Description: core.String("茶"), OutTradeNo: &no, NotifyUrl: &notifyURL,
		TimeExpire: core.Time(noon.Add(time.Hour)), Amount: &native.Amount{Total: &total, Currency: core.String("CNY")},
		SceneInfo: &native.SceneInfo{PayerClientIp: core.String("127.0.0.1"), DeviceId: core.String("T1")},
	})
	if err != nil {
		return "", err
	}
	return *answer.CodeUrl, nil
}

// post calls what the library has no service for.
func (o official) post(path string, body, into any) error {
	result, err := o.client.Post(context.Background(), o.BaseURL+path, body)
	if err != nil {
		return err
	}
	return core.UnMarshalResponse(result.Response, into)
}

func (o official) codepay(no string, total int64, code string) (string, error) {
	var order payments.Transaction
	err := o.post("/v3/pay/transactions/codepay", object{
		"appid": o.AppID, "mchid": o.MerchantID, "description": "茶", "out_trade_no": no,
		"payer": object{"auth_code": code}, "amount": object{"total": total},
		"scene_info": object{"store_info": object{"out_id": "S1"}},
	}, &order)
	if err != nil {
		return "", err
	}
	return *order.TradeState, nil
}

func (o official) reverse(no string) error {
	var answer map[string]string
	err := o.post("/v3/pay/transactions/out-trade-no/"+no+"/reverse", object{"appid": o.AppID, "mchid": o.MerchantID}, &answer)
	if err == nil && answer["out_trade_no"] != no {
		return fmt.Errorf("reversed %s instead of %s", answer["out_trade_no"], no)
	}
	return err
}

func (o official) query(no string) (told, error) {
	service := native.NativeApiService{Client: o.client}
	order, _, err := service.QueryOrderByOutTradeNo(context.Background(),
		native.QueryOrderByOutTradeNoRequest{OutTradeNo: &no, Mchid: &o.MerchantID})
	if err != nil {
		return told{}, err
	}
	t := told{state: *order.TradeState, total: *order.Amount.Total}
	if order.Amount.PayerTotal != nil {
		t.payer = *order.Amount.PayerTotal
		byID, _, err := service.QueryOrderById(context.Background(),
			native.QueryOrderByIdRequest{TransactionId: order.TransactionId, Mchid: &o.MerchantID})
		if err != nil {
			return told{}, err
		}
		if *byID.OutTradeNo != no || *byID.Payer.Openid == "" {
			return told{}, errors.New("the order by its id is another")
		}
	}
	return t, nil
}

func (o official) close(no string) error {
	service := native.NativeApiService{Client: o.client}
	_, err := service.CloseOrder(context.Background(), native.CloseOrderRequest{OutTradeNo: &no, Mchid: &o.MerchantID})
	return err
}

func toldRefund(r *refunddomestic.Refund) told {
	return told{string(*r.Status), *r.Amount.Total, *r.Amount.PayerTotal, *r.Amount.PayerRefund}
}

func (o official) refund(no, refundNo string, refund, total int64, notifyURL string) (told, error) {
	service := refunddomestic.RefundsApiService{Client: o.client}
	answer, _, err := service.Create(context.Background(), refunddomestic.CreateRequest{
		OutTradeNo: &no, OutRefundNo: &refundNo, NotifyUrl: &notifyURL, Reason: core.String("不要了"),
		Amount: &refunddomestic.AmountReq{Refund: &refund, Total: &total, Currency: core.String("CNY")},
	})
	if err != nil {
		return told{}, err
	}
	return toldRefund(answer), nil
}

func (o official) queryRefund(refundNo string) (told, error) {
	service := refunddomestic.RefundsApiService{Client: o.client}
	answer, _, err := service.QueryByOutRefundNo(context.Background(), refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: &refundNo})
	if err != nil {
		return told{}, err
	}
	return toldRefund(answer), nil
}

func (o official) notification(n received) (string, string, int64, error) {
	var content struct {
		OutTradeNo string `json:"out_trade_no"`
		Amount     struct {
			Total int64 `json:"total"`
		} `json:"amount"`
	}
	parsed, err := o.handler.ParseNotifyRequest(context.Background(), n.request(), &content)
	if err != nil {
		return "", "", 0, err
	}
	return parsed.EventType, content.OutTradeNo, content.Amount.Total, nil
}

func (o official) bill(path, date, kind string, zipped bool) (string, error) {
	if zipped {
		kind += "&tar_type=GZIP"
	}
	result, err := o.client.Get(context.Background(), o.BaseURL+path+"?bill_date="+date+"&"+kind)
	if err != nil {
		return "", err
	}
	var place gowechat.TradeBill
	if err := core.UnMarshalResponse(result.Response, &place); err != nil {
		return "", err
	}
	if result, err = o.unsigned.Get(context.Background(), place.DownloadUrl); err != nil {
		return "", err
	}
	defer result.Response.Body.Close()
	text, err := io.ReadAll(result.Response.Body)
	if err != nil {
		return "", err
	}
	return unpack(text, zipped, place.HashType, place.HashValue)
}

// unpack checks a bill file against its hash, which is of the text.
func unpack(text []byte, zipped bool, hashType, hash string) (string, error) {
	if zipped {
		reader, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return "", err
		}
		if text, err = io.ReadAll(reader); err != nil {
			return "", err
		}
	}
	sum := sha1.Sum(text)
	if hashType != "SHA1" || hash != hex.EncodeToString(sum[:]) {
		return "", fmt.Errorf("the hash of the bill is %s %s", hashType, hash)
	}
	return string(text), nil
}

// other is gopay, which verifies only when told to.
type other struct {
	wechat.Credentials
	client *gowechat.ClientV3
}

func newOther(t *testing.T, c wechat.Credentials, mode wechat.Mode) other {
	t.Helper()
	client, err := gowechat.NewClientV3(c.MerchantID, c.MerchantSerial, c.APIv3Key, c.MerchantPrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	client.SetProxyHost(c.BaseURL)
	if mode == wechat.CertificateMode {
		err = client.AutoVerifySign(false)
	} else {
		err = client.AutoVerifySignByPublicKey([]byte(c.PlatformPublicKey), c.PlatformPublicKeyID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return other{c, client}
}

// refusedBy is the error of an answer other than the one asked for.
func refusedBy(code int, refused gowechat.ErrResponse, err error) error {
	if err == nil && code != gowechat.Success {
		return fmt.Errorf("%d %s", code, refused.Code)
	}
	return err
}

func (o other) native(no string, total int64, notifyURL string) (string, error) {
	answer, err := o.client.V3TransactionNative(context.Background(), gopay.BodyMap{
		"appid": o.AppID, "mchid": o.MerchantID, "description": "茶", "out_trade_no": no, "notify_url": notifyURL,
		"amount": gopay.BodyMap{"total": total, "currency": "CNY"},
	})
	if err == nil {
		err = refusedBy(answer.Code, answer.ErrResponse, nil)
	}
	if err != nil {
		return "", err
	}
	return answer.Response.CodeUrl, nil
}

func (o other) codepay(no string, total int64, code string) (string, error) {
	answer, err := o.client.V3TransactionCodePay(context.Background(), gopay.BodyMap{
		"appid": o.AppID, "description": "茶", "out_trade_no": no, "payer": gopay.BodyMap{"auth_code": code},
		"amount": gopay.BodyMap{"total": total}, "scene_info": gopay.BodyMap{"store_info": gopay.BodyMap{"id": "1"}},
	})
	if err == nil {
		err = refusedBy(answer.Code, answer.ErrResponse, nil)
	}
	if err != nil {
		return "", err
	}
	return answer.Response.TradeState, nil
}

func (o other) reverse(no string) error {
	answer, err := o.client.V3TransactionCodePayReverse(context.Background(), no, gopay.BodyMap{"appid": o.AppID, "mchid": o.MerchantID})
	if err != nil {
		return err
	}
	return refusedBy(answer.Code, answer.ErrResponse, nil)
}

func (o other) query(no string) (told, error) {
	answer, err := o.client.V3TransactionQueryOrder(context.Background(), gowechat.OutTradeNo, no)
	if err == nil {
		err = refusedBy(answer.Code, answer.ErrResponse, nil)
	}
	if err != nil {
		return told{}, err
	}
	t := told{state: answer.Response.TradeState, total: int64(answer.Response.Amount.Total), payer: int64(answer.Response.Amount.PayerTotal)}
	if answer.Response.TransactionId != "" {
		byID, err := o.client.V3TransactionQueryOrder(context.Background(), gowechat.TransactionId, answer.Response.TransactionId)
		if err != nil || byID.Code != gowechat.Success || byID.Response.OutTradeNo != no {
			return told{}, fmt.Errorf("the order by its id: %v", err)
		}
	}
	return t, nil
}

func (o other) close(no string) error {
	answer, err := o.client.V3TransactionCloseOrder(context.Background(), no)
	if err != nil {
		return err
	}
	return refusedBy(answer.Code, answer.ErrResponse, nil)
}

func (o other) refund(no, refundNo string, refund, total int64, notifyURL string) (told, error) {
	answer, err := o.client.V3Refund(context.Background(), gopay.BodyMap{
		"out_trade_no": no, "out_refund_no": refundNo, "notify_url": notifyURL,
		"amount": gopay.BodyMap{"refund": refund, "total": total, "currency": "CNY"},
	})
	if err == nil {
		err = refusedBy(answer.Code, answer.ErrResponse, nil)
	}
	if err != nil {
		return told{}, err
	}
	a := answer.Response.Amount
	return told{answer.Response.Status, int64(a.Total), int64(a.PayerTotal), int64(a.PayerRefund)}, nil
}

func (o other) queryRefund(refundNo string) (told, error) {
	answer, err := o.client.V3RefundQuery(context.Background(), refundNo, gopay.BodyMap{})
	if err == nil {
		err = refusedBy(answer.Code, answer.ErrResponse, nil)
	}
	if err != nil {
		return told{}, err
	}
	a := answer.Response.Amount
	return told{answer.Response.Status, int64(a.Total), int64(a.PayerTotal), int64(a.PayerRefund)}, nil
}

func (o other) notification(n received) (string, string, int64, error) {
	parsed, err := gowechat.V3ParseNotify(n.request())
	if err != nil {
		return "", "", 0, err
	}
	if err := parsed.VerifySignByPKMap(o.client.WxPublicKeyMap()); err != nil {
		return "", "", 0, err
	}
	if strings.HasPrefix(parsed.EventType, "REFUND.") {
		refund, err := parsed.DecryptRefundCipherText(o.APIv3Key)
		if err != nil {
			return "", "", 0, err
		}
		return parsed.EventType, refund.OutTradeNo, int64(refund.Amount.Total), nil
	}
	order, err := parsed.DecryptPayCipherText(o.APIv3Key)
	if err != nil {
		return "", "", 0, err
	}
	return parsed.EventType, order.OutTradeNo, int64(order.Amount.Total), nil
}

func (o other) bill(path, date, kind string, zipped bool) (string, error) {
	name, value, _ := strings.Cut(kind, "=")
	ask := gopay.BodyMap{"bill_date": date, name: value}
	if zipped {
		ask["tar_type"] = "GZIP"
	}
	get := o.client.V3BillTradeBill
	if strings.HasSuffix(path, "fundflowbill") {
		get = o.client.V3BillFundFlowBill
	}
	answer, err := get(context.Background(), ask)
	if err == nil {
		err = refusedBy(answer.Code, answer.ErrResponse, nil)
	}
	if err != nil {
		return "", err
	}
	text, err := o.client.V3BillDownLoadBill(context.Background(), answer.Response.DownloadUrl)
	if err != nil {
		return "", err
	}
	return unpack(text, zipped, answer.Response.HashType, answer.Response.HashValue)
}

// judges returns both libraries, wechatpay-go first.
func judges(t *testing.T, c *client, mode wechat.Mode) []witness {
	t.Helper()
	return []witness{newOfficial(t, c.Credentials, mode), newOther(t, c.Credentials, mode)}
}

// TestWitnesses has the libraries of others go through everything that they know, in each of their modes.
func TestWitnesses(t *testing.T) {
	for _, mode := range []wechat.Mode{wechat.PublicKeyMode, wechat.CertificateMode} {
		for name, open := range map[string]func(*testing.T, wechat.Credentials) witness{
			"wechatpay-go": func(t *testing.T, c wechat.Credentials) witness { return newOfficial(t, c, mode) },
			"gopay":        func(t *testing.T, c wechat.Credentials) witness { return newOther(t, c, mode) },
		} {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				clock := kit.NewStandingClock(noon)
				w := start(t, wechat.Config{Clock: clock})
				c, err := w.Credentials(wechat.DemoMerchant)
				if err != nil {
					t.Fatal(err)
				}
				testify(t, w, clock, open(t, c))
			})
		}
	}
}

// testify is what each witness sees.
func testify(t *testing.T, w *wechat.Wallet, clock *kit.Clock, s witness) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	state := func(no, want string, total, payer int64) {
		t.Helper()
		got, err := s.query(no)
		must(err)
		if got != (told{state: want, total: total, payer: payer}) {
			t.Errorf("%s is %+v, want %s of %d, %d paid", no, got, want, total, payer)
		}
	}
	e := listen(t)
	_, err := w.Give(wechat.Coupon{Funder: wechat.ByProvider, Amount: 100})
	must(err)

	link, err := s.native("order-1", 1000, e.url)
	must(err)
	state("order-1", "NOTPAY", 1000, 0)
	_, err = w.Scan(link, wechat.Leave)
	must(err)
	state("order-1", "USERPAYING", 1000, 0)
	_, err = w.Scan(link, wechat.Pay)
	must(err)
	state("order-1", "SUCCESS", 1000, 900)
	event, no, total, err := s.notification(e.next(t))
	must(err)
	if event != "TRANSACTION.SUCCESS" || no != "order-1" || total != 1000 {
		t.Errorf("notified of %s of %s about %d fen", event, no, total)
	}

	_, err = s.native("order-2", 5, e.url)
	must(err)
	must(s.close("order-2"))
	must(s.close("order-2"))
	state("order-2", "CLOSED", 5, 0)

	code, err := w.Code(wechat.CodeOK)
	must(err)
	got, err := s.codepay("order-3", 200, code)
	must(err)
	if got != "SUCCESS" {
		t.Errorf("a code payment is %s", got)
	}
	must(s.reverse("order-3"))
	state("order-3", "REVOKED", 200, 200)

	code, err = w.Code(wechat.CodePassword)
	must(err)
	if got, err = s.codepay("order-4", 300, code); err != nil || got != "USERPAYING" {
		t.Errorf("a code that asks for the password gives %s, %v", got, err)
	}
	_, err = w.Password(code)
	must(err)
	state("order-4", "SUCCESS", 300, 300)

	refund, err := s.refund("order-1", "refund-1", 500, 1000, e.url)
	must(err)
	if refund != (told{"PROCESSING", 1000, 900, 450}) {
		t.Errorf("a refund is %+v", refund)
	}
	clock.Advance(time.Minute)
	eventually(t, "the refund", func() bool {
		r, _ := w.Refund(wechat.DemoMerchant, "refund-1")
		return r.Status == wechat.RefundSuccess
	})
	refund, err = s.queryRefund("refund-1")
	must(err)
	if refund != (told{"SUCCESS", 1000, 900, 450}) {
		t.Errorf("the refund is then %+v", refund)
	}
	state("order-1", "REFUND", 1000, 900)
	event, no, total, err = s.notification(e.next(t))
	must(err)
	if event != "REFUND.SUCCESS" || no != "order-1" || total != 1000 {
		t.Errorf("notified of %s of %s about %d fen", event, no, total)
	}
	clock.Advance(24 * time.Hour)
	for _, zipped := range []bool{false, true} {
		bill, err := s.bill("/v3/bill/tradebill", "2026-03-05", "bill_type=ALL", zipped)
		must(err)
		want := "`5,`15.00,`7.00,`0.50,`0.05000,`15.00,`7.00\r\n"
		if !strings.HasSuffix(bill, want) || strings.Count(bill, "\r\n") != 8 {
			t.Errorf("the bill is\n%s and should end in %s", bill, want)
		}
		flow, err := s.bill("/v3/bill/fundflowbill", "2026-03-05", "account_type=BASIC", zipped)
		must(err)
		if !strings.Contains(flow, "扣除交易手续费") {
			t.Errorf("the fund-flow bill is\n%s", flow)
		}
	}
	if _, err := s.query("order-9"); err == nil {
		t.Error("an order that is not there is found")
	}
	if raw, err := json.Marshal(w.Stats()); w.Stats().Unsigned != 0 {
		t.Errorf("signatures were refused: %s, %v", raw, err)
	}
}
