package world_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	smart "github.com/smartwalle/alipay/v3"
	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"

	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/world"
	"github.com/yifen-pay/yifen/internal/world/phone"
)

// till plays a merchant who takes payments through the wallets.
type till struct {
	t      *testing.T
	d      *world.Demo
	wechat *core.Client
	alipay *smart.Client
	orders int
}

const tillMerchant = "898290054110001"

func newTill(t *testing.T, d *world.Demo) *till {
	t.Helper()
	w, a := d.Wallets.WeChatAccounts[tillMerchant], d.Wallets.AlipayAccounts[tillMerchant]
	gateway, err := smart.New(a.AppID, a.AppPrivateKey, false, smart.WithSandboxGateway(a.GatewayURL))
	if err != nil {
		t.Fatal(err)
	}
	if err := gateway.LoadAliPayPublicKey(a.AlipayPublicKey); err != nil {
		t.Fatal(err)
	}
	return &till{t: t, d: d, alipay: gateway, wechat: officialClient(t, w.BaseURL, w.MerchantID, w.MerchantSerial, w.MerchantPrivateKey,
		w.PlatformPublicKeyID, w.PlatformPublicKey)}
}

// number is the next order number.
func (c *till) number() string {
	c.orders++
	return fmt.Sprintf("TILL%06d", c.orders)
}

// wechatCode makes a code of WeChat Pay's.
func (c *till) wechatCode(fen int64, what string) string {
	c.t.Helper()
	w := c.d.Wallets.WeChatAccounts[tillMerchant]
	made, _, err := (&native.NativeApiService{Client: c.wechat}).Prepay(c.t.Context(), native.PrepayRequest{
		Appid: &w.AppID, Mchid: &w.MerchantID, Description: &what, OutTradeNo: core.String(c.number()),
		NotifyUrl: core.String("https://till.example/paid"), Amount: &native.Amount{Total: &fen, Currency: core.String("CNY")},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return *made.CodeUrl
}

// wechatCharge charges a code of the phone's.
func (c *till) wechatCharge(code string, fen int64) {
	c.t.Helper()
	w := c.d.Wallets.WeChatAccounts[tillMerchant]
	if _, err := c.wechat.Post(c.t.Context(), w.BaseURL+"/v3/pay/transactions/codepay", object{
		"appid": w.AppID, "mchid": w.MerchantID, "description": "拿铁", "out_trade_no": c.number(), "payer": object{"auth_code": code},
		"amount": object{"total": fen}, "scene_info": object{"store_info": object{"out_id": "S1"}},
	}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *till) alipayCode(yuan, what string) string {
	c.t.Helper()
	made, err := c.alipay.TradePreCreate(c.t.Context(), smart.TradePreCreate{Trade: smart.Trade{Subject: what, OutTradeNo: c.number(), TotalAmount: yuan}})
	if err != nil || made.QRCode == "" {
		c.t.Fatalf("%+v: %v", made, err)
	}
	return made.QRCode
}

// unionpayCode makes a code of UnionPay's, without an amount where fen is 0.
func (c *till) unionpayCode(fen int64, form string) string {
	c.t.Helper()
	a := c.d.Wallets.UnionPayAccounts[tillMerchant]
	order := map[string]string{
		"orderNo": c.number(), "orderTime": time.Now().In(kit.China).Format("20060102150405"), "orderInfo": "酸梅汤", "qrForm": form,
	}
	if fen > 0 {
		order["txnAmt"] = fmt.Sprint(fen)
	}
	made := unionpayFile{a.BaseURL, a.Institution, a.Merchant, a.PrivateKey, a.UnionPayPublicKey}.ask(c.t, "apply", order)
	if made["qrCode"] == "" {
		c.t.Fatalf("UnionPay says %v", made)
	}
	return made["qrCode"]
}

// openPhone starts a demo and opens its page of the phone in a window, in a language.
func openPhone(t *testing.T, width, height int, small bool, lang string) (*browser, *till) {
	t.Helper()
	b := openBrowser(t)
	d := startDemo(t, world.DemoOptions{})
	b.view(width, height, small)
	b.still()
	b.open("http://" + d.Options.Bench + "/")
	b.click("nav a[href='/phone']")
	b.until("document.getElementById('balance')?.textContent === '¥1,000,000.00'")
	if lang == "zh" {
		b.click("#lang")
	}
	b.until(fmt.Sprintf("document.documentElement.lang.startsWith(%q)", lang))
	t.Cleanup(func() {
		if !t.Failed() {
			for _, c := range b.complaints() {
				t.Errorf("the page complains: %s", c)
			}
		}
	})
	return b, newTill(t, d)
}

// axe is the judge of pages for everybody, where the web pages' tools are installed; else the tests do without it.
var axe = sync.OnceValue(func() string {
	script, err := os.ReadFile(filepath.Join("..", "..", "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return ""
	}
	return string(script)
})

// everybody fails where axe finds what somebody cannot use.
func everybody(t *testing.T, b *browser, where string) {
	t.Helper()
	noOverflow(t, b)
	if axe() == "" {
		return
	}
	b.call("Runtime.evaluate", object{"expression": axe()}, nil)
	for _, finding := range eval[[]string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then((r) =>
		r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target + " " + n.failureSummary).join("; ")))`) {
		t.Errorf("%s: %s", where, finding)
	}
}

// says is an expression that is true when the open view shows a text.
func says(text string) string {
	return fmt.Sprintf("document.querySelector('[data-view]:not([hidden])').innerText.includes(%q)", text)
}

// asksFor is an expression that is true when the phone asks whether to pay an amount.
func asksFor(amount string) string {
	return fmt.Sprintf("!document.querySelector('[data-view=order]').hidden && document.getElementById('order-amount').textContent === %q", amount)
}

// write puts a text into a field.
func (b *browser) write(selector, text string) {
	b.t.Helper()
	eval[any](b, fmt.Sprintf("document.querySelector(%q).focus()", selector))
	b.call("Input.insertText", object{"text": text}, nil)
}

// TestPhonePage_pays scans, pays, refuses and leaves, shows codes, enters a password late and takes a coupon, with mouse
// and finger, in both languages.
func TestPhonePage_pays(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		small         bool
		lang          string

		paid, left, refused, over, coupon, offline string
	}{
		{"desktop.zh", 1280, 960, false, "zh", "付款成功", "没有付款，码还可以再扫", "已拒绝", "已失效", "优惠", "无网络"},
		{"desktop.en", 1280, 960, false, "en", "Paid", "Nothing was paid; the code", "Refused", "Expired", "Coupon", "no network"},
		{"phone.zh", 390, 844, true, "zh", "付款成功", "没有付款，码还可以再扫", "已拒绝", "已失效", "优惠", "无网络"},
		{"phone.en", 390, 844, true, "en", "Paid", "Nothing was paid; the code", "Refused", "Expired", "Coupon", "no network"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, shop := openPhone(t, c.width, c.height, c.small, c.lang)
			shot := func(name string) {
				b.shot("phone." + c.name + "." + name)
				everybody(t, b, name)
			}
			shot("1_scan")
			for _, narrow := range []int{320, 360, 430} { // a real window: one of a phone grows with what overflows it
				b.view(narrow, c.height, false)
				noOverflow(t, b)
			}
			b.view(c.width, c.height, c.small)

			link := shop.wechatCode(2850, "拿铁与可颂")
			b.write("#content", link)
			b.keys("Enter")
			b.until(asksFor("¥28.50"))
			shot("2_order")
			b.click("[data-act=leave]")
			b.until(fmt.Sprintf("document.getElementById('said').textContent.includes(%q)", c.left))
			b.until("document.querySelectorAll('#nearby button').length === 1")
			shot("3_nearby")
			b.click("#nearby button")
			b.until(asksFor("¥28.50"))
			b.click("[data-act=pay]")
			b.until(says(c.paid))
			shot("4_paid")
			b.click("#result-done")
			b.until("document.querySelector('#balance').textContent === '¥999,971.50'")

			// Alipay's code, while WeChat is open: the phone turns to the wallet that it is of.
			link = shop.alipayCode("12.00", "绿茶")
			b.write("#content", link)
			b.click("#scan-form .go")
			b.until(asksFor("¥12.00"))
			b.until("document.querySelector('#wallets [data-wallet=alipay]').getAttribute('aria-pressed') === 'true'")
			b.click("[data-act=refuse]")
			b.until(fmt.Sprintf("document.getElementById('said').textContent.includes(%q)", c.refused))

			// A coupon lessens the next payment.
			b.click("[data-go=more]")
			b.click("#coupon-form .go")
			b.until("document.querySelectorAll('#coupons li').length === 1")
			shot("5_coupon")
			b.click("[data-go=scan]")
			b.until("document.querySelectorAll('#nearby button').length === 1")
			b.click("#nearby button")
			b.until(asksFor("¥12.00") + " && !document.getElementById('order-coupon').hidden")
			b.click("[data-act=pay]")
			b.until(says(c.coupon))
			b.until(says("¥11.00"))
			shot("6_coupon_used")
			b.click("#result-done")

			// The phone's own code, with the password.
			b.click("#wallets [data-wallet=wechat]")
			b.click("[data-go=code]")
			code := ownCode(b)
			shot("7_code")
			shop.wechatCharge(code, 1000)
			b.until(says(c.paid))
			b.click("#result-done")
			eval[any](b, "(() => { const s = document.getElementById('turns-out'); s.value = 'password'; s.dispatchEvent(new Event('change')); })()")
			code = ownCode(b, code)
			shop.wechatCharge(code, 2000)
			b.until("document.activeElement.id === 'pin'")
			shot("8_password")
			b.keys("123456", "Enter")
			b.until(says(c.paid))
			b.until(says("¥20.00"))
			b.click("#result-done")
			eval[any](b, "(() => { const s = document.getElementById('turns-out'); s.value = 'expired'; s.dispatchEvent(new Event('change')); })()")
			b.until(says(c.over))
			shot("9_expired")

			b.click("[data-go=paid]")
			b.until("document.querySelectorAll('#paid li').length === 3")
			shot("10_list")
			b.click("[data-go=more]")
			b.click("#online")
			b.until(fmt.Sprintf("document.getElementById('wallet-name').textContent.includes(%q)", c.offline))
			shot("11_offline")
			paysUnheard(t, b, shop)
			for name, audit := range map[string]func() error{"wechat": shop.d.Wallets.WeChat.Audit, "alipay": shop.d.Wallets.Alipay.Audit} {
				if err := audit(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// TestPhonePage_saysHowMuch pays a code of UnionPay's that says no amount, with the keyboard.
func TestPhonePage_saysHowMuch(t *testing.T) {
	b, shop := openPhone(t, 390, 844, true, "zh")
	b.write("#content", shop.unionpayCode(0, "EMV"))
	b.keys("Enter")
	b.until("document.activeElement.id === 'price-field'")
	everybody(t, b, "how much")
	b.keys("Escape")
	b.until("document.activeElement.id === 't-scan'")
	b.click("#nearby button")
	b.until("document.activeElement.id === 'price-field'")
	b.keys("0", "Enter")
	b.until("document.getElementById('said').textContent.includes('请填金额')")
	b.keys("Backspace")
	b.write("#price-field", "12.5")
	b.shot("phone.phone.zh.12_how_much")
	b.keys("Enter")
	b.until(says("付款成功"))
	b.until(says("¥12.50"))
	b.until("document.getElementById('said').textContent === ''")
	everybody(t, b, "paid")
	if paid := shop.d.Wallets.UnionPay.MerchantBalance(tillMerchant); paid != 1250-3 { // less the fee
		t.Errorf("the merchant has %d fen", paid)
	}
}

// TestPhonePage_doesNotPay gives up at the password, and has no money.
func TestPhonePage_doesNotPay(t *testing.T) {
	b, shop := openPhone(t, 390, 844, true, "en")
	turnsOut := func(state string) {
		eval[any](b, fmt.Sprintf("(() => { const s = document.getElementById('turns-out'); s.value = %q; s.dispatchEvent(new Event('change')); })()", state))
	}
	b.click("#wallets [data-wallet=alipay]")
	b.click("[data-go=code]")
	first := ownCode(b)
	turnsOut("password")
	code := ownCode(b, first)
	charge := func(code string) *smart.TradePayRsp {
		said, err := shop.alipay.TradePay(t.Context(), smart.TradePay{
			Trade: smart.Trade{Subject: "tea", OutTradeNo: shop.number(), TotalAmount: "3.00"}, Scene: "bar_code", AuthCode: code,
		})
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	if said := charge(code); said.Code != "10003" {
		t.Fatalf("a code that asks for the password is answered %+v", said)
	}
	b.until("!document.getElementById('asks').hidden && document.getElementById('asks-amount').textContent === '¥3.00'")
	b.click("#asks-refuse")
	b.until("document.getElementById('said').textContent.includes('Given up') && document.getElementById('asks').hidden")
	everybody(t, b, "given up")
	second := ownCode(b, first, code)
	turnsOut("poor")
	code = ownCode(b, first, code, second)
	charge(code)
	b.until(says("Payment failed"))
	b.shot("phone.phone.en.13_failed")
	everybody(t, b, "failed")
	if paid := shop.d.Wallets.Alipay.MerchantBalance(shop.d.Wallets.AlipayAccounts[tillMerchant].Seller); paid != 0 {
		t.Errorf("the merchant has %d fen", paid)
	}
}

// ownCode waits for a payment code that is none of those before, with its pictures, and returns it.
func ownCode(b *browser, before ...string) string {
	b.t.Helper()
	b.until(fmt.Sprintf("/^[0-9 ]{18,29}$/.test(document.getElementById('digits').textContent) && !%q.includes(document.getElementById('digits').textContent.replaceAll(' ', ''))",
		strings.Join(before, ",")))
	b.until("!document.getElementById('card').hidden && ['bar', 'qr'].every((id) => document.getElementById(id).complete && document.getElementById(id).naturalWidth > 0)")
	return eval[string](b, "document.getElementById('digits').textContent.replaceAll(' ', '')")
}

// paysUnheard pays without a network: the wallet has the money, and its notification does not come.
func paysUnheard(t *testing.T, b *browser, shop *till) {
	t.Helper()
	link := shop.wechatCode(500, "tea")
	b.click("[data-go=scan]")
	b.write("#content", link)
	b.keys("Enter")
	b.until(asksFor("¥5.00"))
	b.click("[data-act=pay]")
	b.until("!document.querySelector('[data-view=result]').hidden")
	notices := shop.d.Wallets.WeChat.Notices()
	last := notices[len(notices)-1]
	if last.Attempts != 0 || last.Due.Sub(shop.d.Clock.Now()).Hours() < 24 {
		t.Errorf("without a network the merchant is notified: %+v", last)
	}
}

// TestPhonePage_pictures reads the phone's own drawings back, and says where a picture holds no code.
func TestPhonePage_pictures(t *testing.T) {
	b, _ := openPhone(t, 390, 844, true, "en")
	b.click("[data-go=code]")
	code := ownCode(b)
	for _, drawing := range []string{"qr", "bar"} {
		read := eval[string](b, fmt.Sprintf(`fetch("/phone/codes/%s/%s.png").then((r) => r.blob()).then((b) =>
			fetch("/phone/picture", {method: "POST", body: b})).then((r) => r.json()).then((a) => a.content)`, code, drawing))
		if read != code {
			t.Errorf("the drawing %s is read as %q, drawn was %s", drawing, read, code)
		}
	}
	b.click("[data-go=scan]")
	eval[any](b, `(async () => {
		const canvas = document.createElement("canvas");
		canvas.width = canvas.height = 40;
		canvas.getContext("2d").fillRect(5, 5, 9, 9);
		const picture = new File([await new Promise((done) => canvas.toBlob(done))], "none.png", {type: "image/png"});
		const files = new DataTransfer();
		files.items.add(picture);
		const input = document.getElementById("file");
		input.files = files.files;
		input.dispatchEvent(new Event("change"));
	})()`)
	b.until("document.getElementById('said').textContent.includes('no code is to be seen')")
	everybody(t, b, "no code")
}

// film writes what a camera sees that looks at a picture all the time: one frame of YUV4MPEG2, white around it.
func film(t *testing.T, picture image.Image) string {
	t.Helper()
	const width, height = 640, 480
	var frame bytes.Buffer
	fmt.Fprintf(&frame, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\nFRAME\n", width, height)
	size := picture.Bounds().Size()
	for y := range height {
		for x := range width {
			at := image.Pt(x-(width-size.X)/2, y-(height-size.Y)/2)
			light := byte(0xEB)
			if at.In(picture.Bounds()) {
				light = color.GrayModel.Convert(picture.At(at.X, at.Y)).(color.Gray).Y&0xD0 + 0x10
			}
			frame.WriteByte(light)
		}
	}
	frame.Write(bytes.Repeat([]byte{0x80}, width*height/2))
	name := filepath.Join(t.TempDir(), "camera.y4m")
	if err := os.WriteFile(name, frame.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPhonePage_camera points the camera at a payment code, which is no merchant's.
func TestPhonePage_camera(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	const code = "130000000000000017"
	resp, err := http.Get("http://" + d.Options.Bench + "/phone/codes/" + code + "/qr.png")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	picture, err := png.Decode(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture="+film(t, picture))
	b.view(390, 844, true)
	b.open("http://" + d.Options.Bench + "/phone")
	b.until("document.getElementById('balance').textContent.startsWith('¥')")
	b.click("#camera")
	b.until("document.getElementById('said').textContent.includes('no wallet on this phone knows this code')")
	if seen := eval[string](b, "document.getElementById('content').value"); seen != code {
		t.Errorf("the camera sees %q", seen)
	}
	if !eval[bool](b, "document.getElementById('finder').hidden && document.getElementById('video').srcObject === null") {
		t.Error("the camera stays open")
	}
}

// product plays the product's pages for payers, as a wallet's browser meets them.
func product(t *testing.T, link string) (*httptest.Server, func() []http.Header) {
	t.Helper()
	var mu sync.Mutex
	var seen []http.Header
	mux := http.NewServeMux()
	mux.HandleFunc("GET /c/{token}", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.Header.Clone())
		mu.Unlock()
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Type", "text/html; charset=utf-8")
		http.SetCookie(w, &http.Cookie{Name: "yifen", Value: "stranger", Path: "/"})
		fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>pay</title><script src="/c/page.js" defer></script></head>
			<body><p id="agent"></p><p><a id="link" href="%s">Pay</a></p><button id="go" data-to="%[1]s">Go</button></body></html>`, link)
	})
	mux.HandleFunc("GET /c/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `fetch("/v1/pay/agent", {method: "POST"}).then((r) => r.text()).then((t) => { document.getElementById("agent").textContent = t + " " + navigator.userAgent; });
			document.getElementById("go").addEventListener("click", (e) => { location.href = e.target.dataset.to; });`)
	})
	mux.Handle("POST /v1/pay/agent", http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Origin")+" "+r.UserAgent())
	})))
	mux.HandleFunc("GET /c/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, link, http.StatusFound) })
	mux.HandleFunc("GET /c/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.Host+"/c/token", http.StatusFound)
	})
	mux.HandleFunc("GET /portal/", func(http.ResponseWriter, *http.Request) { t.Error("the phone's browser reaches the portal") })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server, func() []http.Header {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

// TestPhonePage_browses opens a page of the product inside each wallet's browser, and takes its links as scans.
func TestPhonePage_browses(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true, WithWallets: true})
	shop := newTill(t, d)
	b, whole := openBrowser(t), t
	b.view(390, 844, true)
	for _, c := range []struct{ name, wallet, agent, path, click, link string }{
		{"a link into WeChat", "wechat", "MicroMessenger/8.0", "/c/token", "#link", shop.wechatCode(777, "tea")},
		{"a script into WeChat", "wechat", "MicroMessenger/8.0", "/c/elsewhere", "#go", shop.wechatCode(777, "tea")},
		{"a redirection into WeChat", "wechat", "MicroMessenger/8.0", "/c/redirect", "", shop.wechatCode(777, "tea")},
		{"a link into Alipay", "alipay", "AlipayClient/10.5", "/c/token", "#link", shop.alipayCode("7.77", "tea")},
		{"a script into Alipay", "alipay", "AlipayClient/10.5", "/c/token", "#go", shop.alipayCode("7.77", "tea")},
		{"a link into UnionPay", "unionpay", "UnionPay/1.0 CloudPay", "/c/token", "#link", shop.unionpayCode(777, "")},
		{"a redirection into Alipay", "alipay", "AlipayClient/10.5", "/c/redirect", "", shop.alipayCode("7.77", "tea")},
	} {
		t.Run(c.name, func(t *testing.T) {
			site, seen := product(t, c.link)
			address := strings.TrimPrefix(site.URL, "http://")
			bench := httptest.NewServer(phone.New(phone.Config{WeChat: d.Wallets.WeChat, Alipay: d.Wallets.Alipay, UnionPay: d.Wallets.UnionPay, Product: address, Now: d.Clock.Now}).Handler())
			t.Cleanup(bench.Close)
			b.t = t
			defer func() { b.t = whole }()
			b.call("Network.setCookie", object{"name": "session", "value": "owner", "url": bench.URL}, nil)
			b.open(bench.URL + "/phone?wallet=" + c.wallet)
			b.until("document.getElementById('balance').textContent.startsWith('¥')")
			b.write("#content", site.URL+c.path)
			b.keys("Enter")
			if c.click != "" {
				inside := "document.getElementById('web').contentDocument"
				b.until(inside + "?.getElementById('agent')?.textContent.includes('" + c.agent + "')")
				if text := eval[string](b, inside+".getElementById('agent').textContent"); !strings.HasPrefix(text, site.URL+" ") {
					t.Errorf("the product hears %q", text)
				}
				if b.shot("phone.web." + c.wallet); len(seen()) == 0 || seen()[0].Get("Cookie") != "" {
					t.Errorf("the product hears %v", seen())
				}
				eval[any](b, inside+".querySelector('"+c.click+"').click()")
			}
			b.until(asksFor("¥7.77"))
			b.click("[data-act=pay]")
			b.until("!document.querySelector('[data-view=result]').hidden")
			b.click("#result-done")
			b.until("!document.querySelector('[data-view=web]').hidden")
			everybody(t, b, "browser")
			if cookies := eval[string](b, "document.cookie"); strings.Contains(cookies, "stranger") {
				t.Errorf("the product sets cookies on the bench: %s", cookies)
			}
			for path, status := range map[string]int{
				"/phone/open?wallet=wechat&content=" + site.URL + "/portal/": 400, "/phone/open?wallet=wechat&content=https://elsewhere.example/c/x": 400,
				"/phone/open?wallet=cash&content=" + site.URL + "/c/token": 400, "/phone/open?wallet=wechat&content=" + site.URL + "/c/../portal/": 400,
				"/c/token": 200,
			} {
				if got, _ := get(t, bench.URL+path); got != status {
					t.Errorf("%s answers %d", path, got)
				}
			}
		})
	}
	for _, complaint := range b.complaints() {
		t.Errorf("the page complains: %s", complaint)
	}
}

// TestPhonePage_paysByAPrintedCode scans the code on a shop's counter with each wallet, says how much on the product's page,
// pays in the wallet and comes back to the page, which knows.
func TestPhonePage_paysByAPrintedCode(t *testing.T) {
	b, shop := openPhone(t, 390, 844, true, "zh")
	entry, _, err := step.Read[directory.Entry](t.Context(), shop.d.App.Store, directory.Key(directory.MerchantNumber, tillMerchant))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shop.d.App.Payments.MakeLink(t.Context(), payment.LinkRequest{Merchant: entry.Target, Name: "收银台 1"}); err != nil {
		t.Fatal(err)
	}
	const inside = "document.getElementById('web').contentDocument"
	// Another wallet opens the page anew.
	b.until("document.querySelectorAll('#nearby button').length === 1")
	b.click("#nearby button")
	b.until(inside + "?.querySelector('button.wechat')")
	b.click("#wallets [data-wallet=alipay]")
	b.until(inside + "?.querySelector('button.alipay')")
	b.click("#web-close")
	press := func(key string) {
		b.until(fmt.Sprintf("%s?.querySelector('[data-key=%q]:not([disabled])')", inside, key))
		eval[any](b, fmt.Sprintf("%s.querySelector('[data-key=%q]').click()", inside, key))
	}
	for _, wallet := range []string{"wechat", "alipay", "unionpay"} {
		b.click("[data-go=scan]")
		b.click("#wallets [data-wallet=" + wallet + "]")
		b.until("document.querySelectorAll('#nearby button').length === 1 && document.querySelector('#nearby button').dataset.content.includes('/c/')")
		b.click("#nearby button")
		for _, key := range []string{"k1", "k2", "k.", "k3", "k4"} {
			press(key)
		}
		b.shot("phone.shop." + wallet + ".1_amount")
		if text := eval[string](b, inside+".documentElement.lang"); text != "zh-CN" {
			t.Errorf("the page speaks %s on a phone that speaks Chinese", text)
		}
		press("pay")
		b.until(asksFor("¥12.34"))
		b.click("[data-act=pay]")
		b.until(says("付款成功"))
		b.click("#result-done")
		b.until(inside + "?.querySelector('.result.good') && !document.querySelector('[data-view=web]').hidden")
		b.shot("phone.shop." + wallet + ".2_paid")
		everybody(t, b, "paid at the shop by "+wallet)
		b.click("#web-close")
	}
	proveBooks(t, shop.d)
}
