package alipay_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-pay/gopay"
	goalipay "github.com/go-pay/gopay/alipay"
	"github.com/go-pay/gopay/pkg/xhttp"
	smart "github.com/smartwalle/alipay/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// told is a trade or refund as a witness read it.
type told struct{ state, total, payer string }

// witness is a library of others that speaks to the wallet, with its verification switched on.
type witness interface {
	precreate(no, amount, notifyURL string) (link string, err error)
	pay(no, amount, code string) (result string, err error)
	query(no string) (told, error)
	close(no string) error
	cancel(no string) (action string, err error)
	refund(no, request, amount string) (fundChange, fee string, err error)
	queryRefund(no, request string) (told, error)
	notification(url.Values) (state, no, total string, err error)
	bill(kind, date string) (string, error)
}

// smartwalle is smartwalle/alipay, which always verifies.
type smartwalle struct{ *smart.Client }

func newSmartwalle(t *testing.T, c alipay.Credentials, mode alipay.Mode, production bool) smartwalle {
	t.Helper()
	options := []smart.OptionFunc{smart.WithSandboxGateway(c.GatewayURL), smart.WithProductionGateway(c.GatewayURL), smart.WithTimeLocation(china)}
	s, err := smart.New(c.AppID, c.AppPrivateKey, production, options...)
	if err != nil {
		t.Fatal(err)
	}
	if mode == alipay.CertificateMode {
		err = errors.Join(s.LoadAppCertPublicKey(c.AppCertificate), s.LoadAlipayCertPublicKey(c.AlipayCertificate), s.LoadAliPayRootCert(c.RootCertificate))
	} else {
		err = s.LoadAliPayPublicKey(c.AlipayPublicKey)
	}
	if err != nil {
		t.Fatal(err)
	}
	return smartwalle{s}
}

// failed returns an answer's refusal as an error.
func failed(err error, answer smart.Error) error {
	if err == nil && answer.IsFailure() {
		return fmt.Errorf("%s %s", answer.Code, answer.SubCode)
	}
	return err
}

func (s smartwalle) precreate(no, amount, notifyURL string) (string, error) {
	p := smart.TradePreCreate{Trade: smart.Trade{OutTradeNo: no, TotalAmount: amount, Subject: "茶", NotifyURL: notifyURL}}
	a, err := s.TradePreCreate(context.Background(), p)
	if err != nil {
		return "", err
	}
	return a.QRCode, failed(nil, a.Error)
}

func (s smartwalle) pay(no, amount, code string) (string, error) {
	p := smart.TradePay{Trade: smart.Trade{OutTradeNo: no, TotalAmount: amount, Subject: "茶"}, Scene: "bar_code", AuthCode: code}
	a, err := s.TradePay(context.Background(), p)
	if err != nil {
		return "", err
	}
	if a.Code == "10003" {
		return "10003", nil
	}
	return string(a.Code), failed(nil, a.Error)
}

func (s smartwalle) query(no string) (told, error) {
	a, err := s.TradeQuery(context.Background(), smart.TradeQuery{OutTradeNo: no})
	if err != nil {
		return told{}, err
	}
	return told{string(a.TradeStatus), a.TotalAmount, a.BuyerPayAmount}, failed(nil, a.Error)
}

func (s smartwalle) close(no string) error {
	a, err := s.TradeClose(context.Background(), smart.TradeClose{OutTradeNo: no})
	if err != nil {
		return err
	}
	return failed(nil, a.Error)
}

func (s smartwalle) cancel(no string) (string, error) {
	a, err := s.TradeCancel(context.Background(), smart.TradeCancel{OutTradeNo: no})
	if err != nil {
		return "", err
	}
	return a.Action, failed(nil, a.Error)
}

func (s smartwalle) refund(no, request, amount string) (string, string, error) {
	a, err := s.TradeRefund(context.Background(), smart.TradeRefund{OutTradeNo: no, OutRequestNo: request, RefundAmount: amount, RefundReason: "不要了"})
	if err != nil {
		return "", "", err
	}
	return a.FundChange, a.RefundFee, failed(nil, a.Error)
}

func (s smartwalle) queryRefund(no, request string) (told, error) {
	a, err := s.TradeFastPayRefundQuery(context.Background(), smart.TradeFastPayRefundQuery{OutTradeNo: no, OutRequestNo: request})
	if err != nil {
		return told{}, err
	}
	return told{a.RefundStatus, a.TotalAmount, a.SendBackFee}, failed(nil, a.Error)
}

func (s smartwalle) notification(values url.Values) (string, string, string, error) {
	n, err := s.DecodeNotification(context.Background(), values)
	if err != nil {
		return "", "", "", err
	}
	return string(n.TradeStatus), n.OutTradeNo, n.TotalAmount, nil
}

func (s smartwalle) bill(kind, date string) (string, error) {
	a, err := s.BillDownloadURLQuery(context.Background(), smart.BillDownloadURLQuery{BillType: kind, BillDate: date})
	if err != nil {
		return "", err
	}
	return a.BillDownloadURL, failed(nil, a.Error)
}

// rewrite sends what is meant for the original's host to the wallet.
type rewrite struct{ to *url.URL }

func (t rewrite) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = t.to.Scheme, t.to.Host, t.to.Host
	return http.DefaultTransport.RoundTrip(sent)
}

// gopayer is gopay's client of the gateway.
type gopayer struct {
	*goalipay.Client
	alipay.Credentials
	mode alipay.Mode
}

func newGopay(t *testing.T, c alipay.Credentials, mode alipay.Mode) gopayer {
	t.Helper()
	base, err := url.Parse(c.GatewayURL)
	if err != nil {
		t.Fatal(err)
	}
	g, err := goalipay.NewClient(c.AppID, c.AppPrivateKey, true)
	if err != nil {
		t.Fatal(err)
	}
	g.SetHttpClient(xhttp.NewClient().SetTransport(rewrite{base}))
	if mode == alipay.CertificateMode {
		if err := g.SetCertSnByContent([]byte(c.AppCertificate), []byte(c.RootCertificate), []byte(c.AlipayCertificate)); err != nil {
			t.Fatal(err)
		}
		g.AutoVerifySign([]byte(c.AlipayCertificate))
	} else {
		g.AutoVerifySign([]byte(c.AlipayPublicKey))
	}
	return gopayer{g, c, mode}
}

func (g gopayer) precreate(no, amount, notifyURL string) (string, error) {
	a, err := g.TradePrecreate(context.Background(),
		gopay.BodyMap{"out_trade_no": no, "total_amount": amount, "subject": "茶", "notify_url": notifyURL})
	if err != nil {
		return "", err
	}
	return a.Response.QrCode, nil
}

func (g gopayer) pay(no, amount, code string) (string, error) {
	a, err := g.TradePay(context.Background(),
		gopay.BodyMap{"out_trade_no": no, "total_amount": amount, "subject": "茶", "scene": "bar_code", "auth_code": code})
	if err != nil {
		return "", err
	}
	return a.Response.Code, nil
}

func (g gopayer) query(no string) (told, error) {
	a, err := g.TradeQuery(context.Background(), gopay.BodyMap{"out_trade_no": no})
	if err != nil {
		return told{}, err
	}
	return told{a.Response.TradeStatus, a.Response.TotalAmount, a.Response.BuyerPayAmount}, nil
}

func (g gopayer) close(no string) error {
	_, err := g.TradeClose(context.Background(), gopay.BodyMap{"out_trade_no": no})
	return err
}

func (g gopayer) cancel(no string) (string, error) {
	a, err := g.TradeCancel(context.Background(), gopay.BodyMap{"out_trade_no": no})
	if err != nil {
		return "", err
	}
	return a.Response.Action, nil
}

func (g gopayer) refund(no, request, amount string) (string, string, error) {
	a, err := g.TradeRefund(context.Background(), gopay.BodyMap{"out_trade_no": no, "out_request_no": request, "refund_amount": amount})
	if err != nil {
		return "", "", err
	}
	return a.Response.FundChange, a.Response.RefundFee, nil
}

func (g gopayer) queryRefund(no, request string) (told, error) {
	a, err := g.TradeFastPayRefundQuery(context.Background(), gopay.BodyMap{"out_trade_no": no, "out_request_no": request})
	if err != nil {
		return told{}, err
	}
	return told{a.Response.RefundStatus, a.Response.TotalAmount, a.Response.SendBackFee}, nil
}

func (g gopayer) notification(values url.Values) (string, string, string, error) {
	bm, err := goalipay.ParseNotifyByURLValues(values)
	if err != nil {
		return "", "", "", err
	}
	state, no, total := bm.GetString("trade_status"), bm.GetString("out_trade_no"), bm.GetString("total_amount")
	var ok bool
	if g.mode == alipay.CertificateMode {
		ok, err = goalipay.VerifySignWithCert([]byte(g.AlipayCertificate), bm)
	} else {
		ok, err = goalipay.VerifySign(bare(g.AlipayPublicKey), bm)
	}
	if err == nil && !ok {
		err = errors.New("the signature does not fit")
	}
	return state, no, total, err
}

// bare returns a key without the frame of PEM, which this function of the library does not take.
func bare(key string) string {
	lines := strings.Split(strings.TrimSpace(key), "\n")
	return strings.Join(lines[1:len(lines)-1], "")
}

func (g gopayer) bill(kind, date string) (string, error) {
	a, err := g.DataBillDownloadUrlQuery(context.Background(), gopay.BodyMap{"bill_type": kind, "bill_date": date})
	if err != nil {
		return "", err
	}
	return a.Response.BillDownloadUrl, nil
}

func TestWitnesses(t *testing.T) {
	for _, mode := range []alipay.Mode{alipay.PublicKeyMode, alipay.CertificateMode} {
		for name, open := range map[string]func(*testing.T, alipay.Credentials) witness{
			"smartwalle": func(t *testing.T, c alipay.Credentials) witness { return newSmartwalle(t, c, mode, false) },
			"gopay":      func(t *testing.T, c alipay.Credentials) witness { return newGopay(t, c, mode) },
		} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				merchants := alipay.DemoMerchants()
				merchants[0].Mode = mode
				clock := kit.NewStandingClock(noon)
				w := start(t, alipay.Config{Merchants: merchants, Clock: clock})
				credentials, err := w.Credentials(alipay.DemoMerchant)
				if err != nil {
					t.Fatal(err)
				}
				testWitness(t, w, clock, open(t, credentials))
			})
		}
	}
}

// testWitness goes through all that a shop does in a day.
func testWitness(t *testing.T, w *alipay.Wallet, clock *kit.Clock, by witness) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	same := func(got, want any) {
		t.Helper()
		if got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	refused := func(err error, word string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Fatalf("got %v, want %s", err, word)
		}
	}
	e := listen(t)
	link, err := by.precreate("Q1", "12.34", e.url)
	must(err)
	_, err = by.query("Q1")
	refused(err, "ACQ.TRADE_NOT_EXIST")
	refused(by.close("Q1"), "ACQ.TRADE_NOT_EXIST")
	_, err = w.Scan(link, alipay.Leave)
	must(err)
	got, err := by.query("Q1")
	must(err)
	same(got.state, "WAIT_BUYER_PAY")
	state, err := w.Scan(link, alipay.Pay)
	must(err)
	same(state, alipay.Success)
	got, err = by.query("Q1")
	must(err)
	same(got, told{"TRADE_SUCCESS", "12.34", "12.34"})
	noticed, no, total, err := by.notification(e.next(t))
	must(err)
	same([3]string{noticed, no, total}, [3]string{"TRADE_SUCCESS", "Q1", "12.34"})

	change, fee, err := by.refund("Q1", "R1", "2.34")
	must(err)
	same([2]string{change, fee}, [2]string{"Y", "2.34"})
	change, fee, err = by.refund("Q1", "R1", "2.34")
	must(err)
	same([2]string{change, fee}, [2]string{"N", "2.34"})
	_, _, err = by.refund("Q1", "R1", "2.35")
	refused(err, "ACQ.DISCORDANT_REPEAT_REQUEST")
	noticed, _, _, err = by.notification(e.next(t))
	must(err)
	same(noticed, "TRADE_SUCCESS")
	change, fee, err = by.refund("Q1", "R2", "10.00")
	must(err)
	same([2]string{change, fee}, [2]string{"Y", "12.34"})
	noticed, _, _, err = by.notification(e.next(t))
	must(err)
	same(noticed, "TRADE_CLOSED")
	got, err = by.queryRefund("Q1", "R2")
	must(err)
	same(got, told{"REFUND_SUCCESS", "12.34", "10.00"})
	got, err = by.queryRefund("Q1", "R9")
	must(err)
	same(got.state, "")

	code, err := w.Code(alipay.CodePassword)
	must(err)
	result, err := by.pay("B1", "1000.01", code)
	must(err)
	same(result, "10003")
	_, err = w.Password(code)
	must(err)
	got, err = by.query("B1")
	must(err)
	same(got.state, "TRADE_SUCCESS")
	action, err := by.cancel("B1")
	must(err)
	same(action, "refund")
	code, err = w.Code(alipay.CodeOK)
	must(err)
	result, err = by.pay("B2", "0.01", code)
	must(err)
	same(result, "10000")
	code, err = w.Code(alipay.CodePassword)
	must(err)
	_, err = by.pay("B3", "1.00", code)
	must(err)
	must(by.close("B3"))
	got, err = by.query("B3")
	must(err)
	same(got.state, "TRADE_CLOSED")

	clock.Advance(24 * time.Hour)
	address, err := by.bill("trade", "2026-03-05")
	must(err)
	files := unzip(t, fetch(t, address))
	detail := files["2088102146225135"+"0156_20260305_业务明细.csv"]
	for _, want := range []string{"#支付宝业务明细查询\r\n", "商家实收（元）", ",交易,", ",退款,", "#交易合计：3笔，商家实收共1012.36元", "#退款合计：3笔，商家实收退款共-1012.35元"} {
		if !strings.Contains(detail, want) {
			t.Errorf("the bill lacks %q:\n%s", want, detail)
		}
	}
	_, err = by.bill("trade", "2026-03-04")
	refused(err, "bill_not_exist")
}

// fetch gets a bill, which needs no signature.
func fetch(t testing.TB, address string) []byte {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("the bill: %s, %v", r.Status, err)
	}
	return text
}

// unzip returns the files of a bill by their names.
func unzip(t testing.TB, packed []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		if !f.NonUTF8 {
			t.Errorf("the name of %q says that it is UTF-8", f.Name)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		name, err := simplifiedchinese.GBK.NewDecoder().String(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := simplifiedchinese.GBK.NewDecoder().Bytes(raw)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

// A library in production mode fetches a certificate that it does not know.
func TestWitness_fetchesTheCertificate(t *testing.T) {
	w := start(t, alipay.Config{})
	credentials, err := w.Credentials(alipay.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	s := newSmartwalle(t, credentials, alipay.CertificateMode, true)
	if err := w.FlawOnce(alipay.ExpiredCertificate); err != nil {
		t.Fatal(err)
	}
	if _, err := s.precreate("Q1", "1.00", ""); err != nil {
		t.Errorf("under a certificate that it has to fetch: %v", err)
	}
	strict := newGopay(t, credentials, alipay.CertificateMode)
	if err := w.FlawOnce(alipay.ExpiredCertificate); err != nil {
		t.Fatal(err)
	}
	if _, err := strict.precreate("Q2", "1.00", ""); err == nil {
		t.Error("a certificate that is not the known one is taken")
	}
}

// Libraries notice what flaws do to signatures.
func TestWitnesses_noticeForgeries(t *testing.T) {
	w := start(t, alipay.Config{})
	credentials, err := w.Credentials(alipay.DemoMerchant)
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t)
	for i, by := range []witness{
		newSmartwalle(t, credentials, alipay.PublicKeyMode, false), newSmartwalle(t, credentials, alipay.CertificateMode, false),
		newGopay(t, credentials, alipay.PublicKeyMode), newGopay(t, credentials, alipay.CertificateMode),
	} {
		no := fmt.Sprintf("Q%d", i)
		if err := w.FlawOnce(alipay.ForgedSignature); err != nil {
			t.Fatal(err)
		}
		if _, err := by.precreate(no, "1.00", e.url); err == nil {
			t.Errorf("%d: a forged answer is taken", i)
		}
		link, err := by.precreate(no, "1.00", e.url)
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if err := w.FlawOnce(alipay.NoticeForged); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Scan(link, alipay.Pay); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := by.notification(e.next(t)); err == nil {
			t.Errorf("%d: a forged notification is taken", i)
		}
	}
}
