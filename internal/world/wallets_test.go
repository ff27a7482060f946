package world_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	smart "github.com/smartwalle/alipay/v3"
	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/world"
)

// strangerFile is what a program from outside reads of a demo: credentials.json alone, in types of its own.
type strangerFile struct {
	WeChat struct {
		BaseURL             string `json:"base_url"`
		MchID               string `json:"mchid"`
		AppID               string `json:"appid"`
		MerchantSerial      string `json:"merchant_serial"`
		MerchantPrivateKey  string `json:"merchant_private_key_pem"`
		APIv3Key            string `json:"api_v3_key"`
		PlatformPublicKeyID string `json:"platform_public_key_id"`
		PlatformPublicKey   string `json:"platform_public_key_pem"`
		PlatformSerial      string `json:"platform_serial"`
	} `json:"wechat"`
	Alipay struct {
		GatewayURL      string `json:"gateway_url"`
		AppID           string `json:"app_id"`
		AppPrivateKey   string `json:"app_private_key_pem"`
		AlipayPublicKey string `json:"alipay_public_key_pem"`
		SellerID        string `json:"seller_id"`
	} `json:"alipay"`
	UnionPay unionpayFile `json:"unionpay"`
	API      struct {
		BaseURL string `json:"base_url"`
		Key     string `json:"key"`
	} `json:"api"`
}

// unionpayFile is what the file says of UnionPay.
type unionpayFile struct {
	BaseURL           string `json:"base_url"`
	Institution       string `json:"ser_prov_id"`
	Merchant          string `json:"mer_id"`
	PrivateKey        string `json:"private_key_pem"`
	UnionPayPublicKey string `json:"unionpay_public_key_pem"`
}

// ask posts a signed request to UnionPay and verifies its answer.
func (u unionpayFile) ask(t *testing.T, act string, more map[string]string) map[string]string {
	t.Helper()
	m := map[string]string{"serProvId": u.Institution, "merId": u.Merchant, "reqTime": time.Now().In(kit.China).Format("20060102150405")}
	maps.Copy(m, more)
	key, err := kit.ParseKey(u.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	if m["signature"], err = kit.Sign(key, digest(m)); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(u.BaseURL+"/gateway/api/pay/"+act, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var told map[string]string
	if err := json.NewDecoder(resp.Body).Decode(&told); err != nil {
		t.Fatal(err)
	}
	public, err := kit.ParsePublicKey(u.UnionPayPublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if !kit.Signed(public, digest(told), told["signature"]) {
		t.Errorf("UnionPay did not sign %v", told)
	}
	return told
}

// digest is what UnionPay's messages are signed over.
func digest(m map[string]string) []byte {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if name != "signature" {
			parts = append(parts, name+"="+m[name])
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	return []byte(hex.EncodeToString(sum[:]))
}

func readStrangerFile(t *testing.T, d *world.Demo) (f strangerFile, raw map[string]json.RawMessage) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.Options.Dir, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, into := range []any{&f, &raw} {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return f, raw
}

// onBench posts to the bench and reads its answer.
func onBench(t testing.TB, d *world.Demo, path string, body any, header ...string) (status int, answer map[string]any) {
	t.Helper()
	text, ready := body.(string)
	if !ready {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(raw)
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+d.Options.Bench+path, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var any json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&any); err != nil {
		t.Fatalf("%s %s answers %d and no JSON: %v", path, text, resp.StatusCode, err)
	}
	if bytes.HasPrefix(any, []byte("{")) {
		if err := json.Unmarshal(any, &answer); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode, answer
}

// does posts to the bench and wants it done.
func does(t testing.TB, d *world.Demo, path string, body any) map[string]any {
	t.Helper()
	status, answer := onBench(t, d, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s %v answers %d: %v", path, body, status, answer)
	}
	return answer
}

// redirected sends what is meant for the original's host to the simulator.
type redirected struct{ to *url.URL }

func (t redirected) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = t.to.Scheme, t.to.Host, t.to.Host
	return http.DefaultTransport.RoundTrip(sent)
}

// officialClient is wechatpay-go in public-key mode, which verifies every answer.
func officialClient(t *testing.T, base, mchid, serial, private, platformID, platform string) *core.Client {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	key, err := kit.ParseKey(private)
	if err != nil {
		t.Fatal(err)
	}
	var public *rsa.PublicKey
	if public, err = kit.ParsePublicKey(platform); err != nil {
		t.Fatal(err)
	}
	client, err := core.NewClient(t.Context(), option.WithWechatPayPublicKeyAuthCipher(mchid, serial, key, platformID, public),
		option.WithHTTPClient(&http.Client{Transport: redirected{to}, Timeout: 10 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestWallets_servesAStranger pays, asks and refunds with the libraries of others, knowing nothing but the file.
func TestWallets_servesAStranger(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	f, raw := readStrangerFile(t, d)
	for party, fields := range map[string]int{"wechat": 10, "alipay": 5, "unionpay": 7, "api": 2} {
		var there map[string]string
		if err := json.Unmarshal(raw[party], &there); err != nil || len(there) != fields {
			t.Errorf("%s has the fields %v: %v", party, there, err)
		}
		for name, value := range there {
			if value == "" {
				t.Errorf("%s.%s is empty", party, name)
			}
		}
	}
	for _, m := range []string{"898290054110001", "898290058120002"} {
		if a := d.Wallets.WeChatAccounts[m]; a.MerchantID == "" || a.MerchantID == f.WeChat.MchID || a.SubMerchant == f.WeChat.MchID {
			t.Errorf("merchant %s has the WeChat number %q", m, a.MerchantID)
		}
		if a := d.Wallets.AlipayAccounts[m]; a.Seller == "" || a.Seller == f.Alipay.SellerID || a.AppID == f.Alipay.AppID {
			t.Errorf("merchant %s has the Alipay number %q", m, a.Seller)
		}
		if a := d.Wallets.UnionPayAccounts[m]; a.Merchant != m || a.Institution == f.UnionPay.Institution {
			t.Errorf("merchant %s has the UnionPay number %q", m, a.Merchant)
		}
	}

	w := f.WeChat
	client := officialClient(t, w.BaseURL, w.MchID, w.MerchantSerial, w.MerchantPrivateKey, w.PlatformPublicKeyID, w.PlatformPublicKey)
	orders := native.NativeApiService{Client: client}
	made, _, err := orders.Prepay(t.Context(), native.PrepayRequest{
		Appid: &w.AppID, Mchid: &w.MchID, Description: core.String("tea"), OutTradeNo: core.String("STRANGER0001"),
		NotifyUrl: core.String("https://stranger.example/paid"), Amount: &native.Amount{Total: core.Int64(1234), Currency: core.String("CNY")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := does(t, d, "/phone/scan", object{"wallet": "wechat", "content": *made.CodeUrl, "act": "leave"}); a["state"] != "USERPAYING" {
		t.Errorf("left unpaid it is %v", a)
	}
	if a := does(t, d, "/phone/scan", object{"wallet": "wechat", "content": *made.CodeUrl, "act": "pay"}); a["state"] != "SUCCESS" {
		t.Errorf("paid it is %v", a)
	}
	told, _, err := orders.QueryOrderByOutTradeNo(t.Context(), native.QueryOrderByOutTradeNoRequest{Mchid: &w.MchID, OutTradeNo: core.String("STRANGER0001")})
	if err != nil || *told.TradeState != "SUCCESS" || *told.Amount.Total != 1234 {
		t.Fatalf("a query says %v: %v", told, err)
	}
	back, _, err := (&refunddomestic.RefundsApiService{Client: client}).Create(t.Context(), refunddomestic.CreateRequest{
		OutTradeNo: core.String("STRANGER0001"), OutRefundNo: core.String("STRANGER0001R"),
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(234), Total: core.Int64(1234), Currency: core.String("CNY")},
	})
	if err != nil || *back.Amount.Refund != 234 {
		t.Fatalf("a refund says %v: %v", back, err)
	}
	payByCode(t, d, client, w.AppID, w.MchID, w.BaseURL)

	a := f.Alipay
	gateway, err := smart.New(a.AppID, a.AppPrivateKey, false, smart.WithSandboxGateway(a.GatewayURL))
	if err != nil {
		t.Fatal(err)
	}
	if err := gateway.LoadAliPayPublicKey(a.AlipayPublicKey); err != nil {
		t.Fatal(err)
	}
	strangerAlipay(t, d, gateway, a.SellerID)
	strangerUnionPay(t, d, f.UnionPay)
	for name, audit := range map[string]func() error{"wechat": d.Wallets.WeChat.Audit, "alipay": d.Wallets.Alipay.Audit, "unionpay": d.Wallets.UnionPay.Audit} {
		if err := audit(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// payByCode has the merchant scan a code of the phone's that asks for the password, which comes late.
func payByCode(t *testing.T, d *world.Demo, client *core.Client, app, mchid, base string) {
	t.Helper()
	code := does(t, d, "/phone/code", object{"wallet": "wechat", "state": "password"})["code"].(string)
	charge := func(no, code string) string {
		result, err := client.Post(t.Context(), base+"/v3/pay/transactions/codepay", object{
			"appid": app, "mchid": mchid, "description": "tea", "out_trade_no": no, "payer": object{"auth_code": code},
			"amount": object{"total": 1000}, "scene_info": object{"store_info": object{"out_id": "S1"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var told struct {
			State string `json:"trade_state"`
		}
		if err := core.UnMarshalResponse(result.Response, &told); err != nil {
			t.Fatal(err)
		}
		return told.State
	}
	if state := charge("STRANGER0002", code); state != "USERPAYING" {
		t.Errorf("a code that asks for the password is %s", state)
	}
	if a := does(t, d, "/phone/password", object{"code": code}); a["state"] != "SUCCESS" {
		t.Errorf("after the password it is %v", a)
	}
	if status, a := onBench(t, d, "/phone/password", object{"code": code}); status != http.StatusConflict || a["error"] != "not_waiting" {
		t.Errorf("the password again answers %d %v", status, a)
	}
	code = does(t, d, "/phone/code", object{"wallet": "wechat", "state": "ok"})["code"].(string)
	if state := charge("STRANGER0003", code); state != "SUCCESS" {
		t.Errorf("a code is %s", state)
	}
}

// strangerAlipay is the same at Alipay, whose library always verifies.
func strangerAlipay(t *testing.T, d *world.Demo, gateway *smart.Client, seller string) {
	t.Helper()
	ctx := t.Context()
	made, err := gateway.TradePreCreate(ctx, smart.TradePreCreate{Trade: smart.Trade{Subject: "tea", OutTradeNo: "STRANGER1", TotalAmount: "12.34"}})
	if err != nil || made.QRCode == "" {
		t.Fatalf("%+v: %v", made, err)
	}
	if a := does(t, d, "/phone/scan", object{"wallet": "alipay", "content": made.QRCode, "act": "leave"}); a["state"] != "WAIT_BUYER_PAY" {
		t.Errorf("left unpaid it is %v", a)
	}
	if a := does(t, d, "/phone/scan", object{"wallet": "alipay", "content": made.QRCode, "act": "pay"}); a["state"] != "TRADE_SUCCESS" {
		t.Errorf("paid it is %v", a)
	}
	told, err := gateway.TradeQuery(ctx, smart.TradeQuery{OutTradeNo: "STRANGER1"})
	if err != nil || told.TradeStatus != "TRADE_SUCCESS" || told.TotalAmount != "12.34" {
		t.Fatalf("a query says %+v: %v", told, err)
	}
	back, err := gateway.TradeRefund(ctx, smart.TradeRefund{OutTradeNo: "STRANGER1", OutRequestNo: "STRANGER1R", RefundAmount: "2.34"})
	if err != nil || back.FundChange != "Y" {
		t.Fatalf("a refund says %+v: %v", back, err)
	}
	code := does(t, d, "/phone/code", object{"wallet": "alipay", "state": "ok"})["code"].(string)
	paid, err := gateway.TradePay(ctx, smart.TradePay{
		Trade: smart.Trade{Subject: "tea", OutTradeNo: "STRANGER2", TotalAmount: "10.00"}, Scene: "bar_code", AuthCode: code,
	})
	if err != nil || paid.Code != "10000" || paid.TradeNo == "" {
		t.Fatalf("a code is answered %+v: %v", paid, err)
	}
	if o, found := d.Wallets.Alipay.Order(seller, "STRANGER2"); !found || o.Total != 1000 {
		t.Errorf("the wallet knows %+v", o)
	}
}

// strangerUnionPay is the same at UnionPay, for which there is no library.
func strangerUnionPay(t *testing.T, d *world.Demo, u unionpayFile) {
	t.Helper()
	order := func(no string, more ...string) map[string]string {
		m := map[string]string{"orderNo": no, "orderTime": time.Now().In(kit.China).Format("20060102150405"), "orderInfo": "tea"}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	made := u.ask(t, "apply", order("STRANGER1", "txnAmt", "1234"))
	for _, c := range [][2]string{{"leave", "PAYING"}, {"pay", "PAID"}} {
		if a := does(t, d, "/phone/scan", object{"wallet": "unionpay", "content": made["qrCode"], "act": c[0]}); a["state"] != c[1] {
			t.Errorf("after %s it is %v", c[0], a)
		}
	}
	if told := u.ask(t, "queryOrder", order("STRANGER1")); told["origRespCode"] != "00" || told["txnAmt"] != "1234" {
		t.Errorf("a query says %v", told)
	}
	if back := u.ask(t, "refund", order("STRANGER1R", "origOrderNo", "STRANGER1", "txnAmt", "234")); back["respCode"] != "00" {
		t.Errorf("a refund says %v", back)
	}
	code := does(t, d, "/phone/code", object{"wallet": "unionpay", "state": "ok"})["code"].(string)
	if paid := u.ask(t, "micropay", order("STRANGER2", "txnAmt", "1000", "authCode", code, "termId", "29000001", "termInfo", `{"deviceType":"04"}`)); paid["respCode"] != "00" {
		t.Errorf("a code is answered %v", paid)
	}
	open := u.ask(t, "apply", order("STRANGER3"))["qrCode"]
	status, a := onBench(t, d, "/phone/scan", object{"wallet": "unionpay", "content": open, "act": "pay"})
	if status != http.StatusBadRequest || a["error"] != "amount" {
		t.Errorf("a code without an amount answers %d %v", status, a)
	}
	if a := does(t, d, "/phone/scan", object{"wallet": "unionpay", "content": open, "act": "pay", "amount": 555}); a["state"] != "PAID" {
		t.Errorf("paid it is %v", a)
	}
}

// TestWallets_areThoseOfTheDemosMerchants pays the first by an account of its own and the second through a partner,
// and finds the books again after a restart.
func TestWallets_areThoseOfTheDemosMerchants(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true, WithWallets: true})
	own, sub := d.Wallets.WeChatAccounts["898290054110001"], d.Wallets.WeChatAccounts["898290058120002"]
	connect := func(a world.WeChatAccount) *core.Client {
		return officialClient(t, a.BaseURL, a.MerchantID, a.MerchantSerial, a.MerchantPrivateKey, a.PlatformPublicKeyID, a.PlatformPublicKey)
	}
	link := func(client *core.Client, path string, order object) string {
		result, err := client.Post(t.Context(), own.BaseURL+path, order)
		if err != nil {
			t.Fatal(err)
		}
		var told struct {
			Link string `json:"code_url"`
		}
		if err := core.UnMarshalResponse(result.Response, &told); err != nil {
			t.Fatal(err)
		}
		return told.Link
	}
	const notify = "https://demo.example/paid"
	direct := link(connect(own), "/v3/pay/transactions/native", object{
		"appid": own.AppID, "mchid": own.MerchantID, "description": "tea", "out_trade_no": "OWN00001", "notify_url": notify, "amount": object{"total": 10000},
	})
	partner := link(connect(sub), "/v3/pay/partner/transactions/native", object{
		"sp_appid": sub.AppID, "sp_mchid": sub.MerchantID, "sub_mchid": sub.SubMerchant, "sub_appid": sub.SubApp, "description": "tea",
		"out_trade_no": "SUB00001", "notify_url": notify, "amount": object{"total": 20000},
	})
	for _, content := range []string{direct, partner} {
		if state, err := d.Wallets.WeChat.Scan(content, "pay"); err != nil || state != "SUCCESS" {
			t.Fatalf("%s is %s: %v", content, state, err)
		}
	}
	alipays(t, d)

	d.Stop()
	d = startDemo(t, world.DemoOptions{Dir: d.Options.Dir, Quick: true, WithWallets: true})
	for merchant, fen := range map[string]int64{own.MerchantID: 10000, sub.SubMerchant: 20000} {
		kept := fen - fen*world.WalletRate/1e6
		if has := d.Wallets.WeChat.MerchantBalance(merchant); has != kept {
			t.Errorf("merchant %s has %d fen after a restart, paid were %d", merchant, has, fen)
		}
	}
	if again := d.Wallets.WeChatAccounts["898290054110001"]; again.MerchantPrivateKey != own.MerchantPrivateKey {
		t.Error("a restart makes other keys")
	}
	if err := d.Wallets.WeChat.Audit(); err != nil {
		t.Error(err)
	}
}

// alipays pays both merchants through Alipay.
func alipays(t *testing.T, d *world.Demo) {
	t.Helper()
	for merchant, a := range d.Wallets.AlipayAccounts {
		gateway, err := smart.New(a.AppID, a.AppPrivateKey, false, smart.WithSandboxGateway(a.GatewayURL))
		if err != nil {
			t.Fatal(err)
		}
		if err := gateway.LoadAliPayPublicKey(a.AlipayPublicKey); err != nil {
			t.Fatal(err)
		}
		no := "ALI" + merchant
		made, err := gateway.TradePreCreate(t.Context(), smart.TradePreCreate{Trade: smart.Trade{
			Subject: "tea", OutTradeNo: no, TotalAmount: "100.00", AppAuthToken: a.AuthToken,
		}})
		if err != nil {
			t.Fatal(err)
		}
		if state, err := d.Wallets.Alipay.Scan(made.QRCode, "pay"); err != nil || state != "TRADE_SUCCESS" {
			t.Fatalf("%s is %s: %v", merchant, state, err)
		}
		if o, found := d.Wallets.Alipay.Order(a.Seller, no); !found || o.Total != 10000 || o.Settlement-o.Fee != 10000-10000*world.WalletRate/1e6 {
			t.Errorf("the wallet knows %+v", o)
		}
	}
}

// TestBench_refuses says what to do where the bench cannot do what it is asked for, and does nothing for other sites.
func TestBench_refuses(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	for _, c := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/phone/scan", `{`, 400, "send JSON"},
		{"/phone/scan", `{"wallet":"cash","content":"x","act":"pay"}`, 400, "wechat, alipay or unionpay"},
		{"/phone/scan", `{"wallet":"wechat","content":"x","act":"steal"}`, 400, "pay, refuse or leave"},
		{"/phone/scan", `{"wallet":"wechat","content":"weixin://wxpay/bizpayurl?pr=none","act":"pay"}`, 404, "create one first"},
		{"/phone/code", `{"wallet":"alipay","state":"rich"}`, 400, "ok, password, poor or expired"},
		{"/phone/code", `{"state":"ok"}`, 400, "wechat, alipay or unionpay"},
		{"/phone/password", `{"code":"130000000000000000"}`, 409, "have it scanned first"},
		{"/faults", `{"party":"wechat"}`, 400, "one of alipay, bureau, cardnet"},
		{"/faults", `{"party":"moon","kind":"delay","rate":1}`, 404, "name one of"},
		{"/faults", `{"party":"wechat","kind":"explode","rate":1}`, 400, "kind"},
		{"/faults", `{"party":"alipay","kind":"delay","rate":7}`, 400, "rate"},
		{"/clock", `{"advance":"-1h"}`, 400, "forward"},
		{"/clock", `tomorrow`, 400, `{"advance": "24h"}`},
	} {
		status, answer := onBench(t, d, c.path, c.body)
		said := fmt.Sprint(answer["error"], answer["en"])
		if status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%s %s answers %d %v", c.path, c.body, status, answer)
		}
		if status, _ := onBench(t, d, c.path, c.body, "Origin", "http://elsewhere.example"); status != http.StatusForbidden {
			t.Errorf("%s answers a page of another site %d", c.path, status)
		}
	}
	for _, party := range []string{"wechat", "alipay", "unionpay", "cardnet"} {
		status, _ := onBench(t, d, "/faults", object{"party": party, "kind": "delay", "rate": 0.5, "seed": 7})
		if status != http.StatusOK {
			t.Errorf("a fault of %s answers %d", party, status)
		}
		if status, body := get(t, "http://"+d.Options.Bench+"/"+party+"/faults"); status != http.StatusOK || !strings.Contains(body, `"delay"`) {
			t.Errorf("the plan of %s answers %d: %s", party, status, body)
		}
		if status, _ := get(t, "http://"+d.Options.Bench+"/"+party+"/"); status != http.StatusOK {
			t.Errorf("the page of %s answers %d", party, status)
		}
	}
	before := d.Clock.Now()
	if a := does(t, d, "/clock", object{"advance": "24h"}); d.Clock.Now().Sub(before) < 24*time.Hour || a["now"] == "" {
		t.Errorf("the clock answers %v", a)
	}
}

// TestPhone_seesPrintedCodes has the codes that stand in a shop lie beside the phone, whatever the wallet.
func TestPhone_seesPrintedCodes(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	shop, _, err := step.Read[directory.Entry](t.Context(), d.App.Store, directory.Key(directory.MerchantNumber, tillMerchant))
	if err != nil {
		t.Fatal(err)
	}
	printed, err := d.App.Payments.MakeLink(t.Context(), payment.LinkRequest{Merchant: shop.Target, Name: "收银台 1"})
	if err != nil {
		t.Fatal(err)
	}
	path := "/c/" + printed.ID
	url := "http://" + d.App.HTTP.Addr().String() + path
	for _, wallet := range []string{"wechat", "unionpay"} {
		_, body := get(t, "http://"+d.Options.Bench+"/phone/state?wallet="+wallet)
		var state struct {
			Signs []struct{ Content, Name, Place string }
		}
		if err := json.Unmarshal([]byte(body), &state); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(state.Signs, func(s struct{ Content, Name, Place string }) bool {
			return s.Content == url && s.Name == "一分便利（海口店）" && s.Place == "收银台 1"
		}) {
			t.Errorf("beside %s lie %+v, made was %s", wallet, state.Signs, url)
		}
	}
	if a := does(t, d, "/phone/look", object{"content": url}); a["page"] != path {
		t.Errorf("the phone sees %v in %s", a, url)
	}
}
