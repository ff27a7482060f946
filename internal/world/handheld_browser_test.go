package world_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// display is an expression that is true when the terminal's display shows a text.
func display(text string) string {
	return fmt.Sprintf("document.getElementById('said')?.textContent.includes(%q)", text)
}

// clickKeys presses keys of the keypad with the mouse.
func clickKeys(b *browser, keys ...string) {
	for _, key := range keys {
		b.click(fmt.Sprintf(".keys [data-key=%q]", key))
	}
}

// openPOS starts a demo and opens its page of the card terminal in a window, in a language.
func openPOS(t *testing.T, width, height int, phone bool, lang string) (*browser, *world.Demo) {
	t.Helper()
	b := openBrowser(t)
	d := startDemo(t, world.DemoOptions{})
	b.view(width, height, phone)
	b.open("http://" + d.Options.Bench + "/")
	b.shot("bench")
	b.click("nav a[href='/pos']")
	b.until(display("operator number")) // the browser's language
	if lang == "zh" {
		b.click("#lang")
		b.until(display("请输入操作员号"))
	}
	t.Cleanup(func() {
		if !t.Failed() {
			for _, c := range b.complaints() {
				t.Errorf("the page complains: %s", c)
			}
		}
	})
	return b, d
}

// noOverflow fails where the page is wider than its window.
func noOverflow(t *testing.T, b *browser) {
	t.Helper()
	if wide := eval[int](b, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
		t.Errorf("the page is %d pixels wider than its window", wide)
	}
}

// TestHandheldPage_sells signs on, drags a card, enters the PIN and tears off the paper, with mouse and finger, in
// both languages.
func TestHandheldPage_sells(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		phone         bool
		lang          string

		done, menu, asks, pin, approved, slip string
	}{
		{"desktop.zh", 1280, 900, false, "zh", "[OK] 成功", "1 消费", "请 S刷", "请顾客输入密码", "[OK] 交易成功", "POS 签购单"},
		{"desktop.en", 1280, 900, false, "en", "[OK] DONE", "1 sale", "S swipe", "Customer: enter the PIN", "[OK] APPROVED", "SALES SLIP"},
		{"phone.zh", 390, 844, true, "zh", "[OK] 成功", "1 消费", "请 S刷", "请顾客输入密码", "[OK] 交易成功", "POS 签购单"},
		{"phone.en", 360, 740, true, "en", "[OK] DONE", "1 sale", "S swipe", "Customer: enter the PIN", "[OK] APPROVED", "SALES SLIP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, d := openPOS(t, c.width, c.height, c.phone, c.lang)
			if c.name != "desktop.en" { // once with all animations
				b.still()
			}
			noOverflow(t, b)
			clickKeys(b, "0", "1", "enter")
			b.keys("0000", "Enter")
			b.until(display(c.done))
			b.shot(c.name + ".1_signed_on")
			b.keys("Enter")
			b.until(display(c.menu))
			b.click(".touch[data-key='1']") // the menu on the display
			clickKeys(b, "2", "00", "00", "enter")
			b.until(display(c.asks))
			b.until("document.querySelector('#device.asks')")
			b.shot(c.name + ".2_asks")
			if c.phone {
				b.swipeTo("[data-card=debit]", ".slot.insert")
			} else {
				b.dragTo("[data-card=debit]", ".slot.insert")
			}
			b.until(display(c.pin))
			b.keys("123456")
			clickKeys(b, "enter")
			b.until(display(c.approved))
			b.shot(c.name + ".3_approved")
			clickKeys(b, "enter")
			b.until("document.querySelector('#feed .sheet pre')?.textContent.includes('" + c.slip + "')")
			b.until("document.getAnimations().every(a => a.playState === 'finished' || a.animationName === 'asks')")
			b.shot(c.name + ".4_paper")
			noOverflow(t, b)
			b.click("#feed")
			b.until("document.querySelectorAll('#papers li').length === 1")
			b.until("document.querySelector('#feed .sheet:not(.torn)')")
			b.click(".tear")
			b.until("document.querySelectorAll('#papers li').length === 2 && !document.querySelector('#feed .sheet')")
			b.until(display(c.menu))
			b.until("document.querySelectorAll('#papers a').length === 2")
			b.until("document.getAnimations().length === 0")
			b.shot(c.name + ".5_torn")
			if text := eval[string](b, "document.querySelector('#papers li pre').textContent"); !strings.Contains(text, "RMB 200.00") {
				t.Errorf("the paper says:\n%s", text)
			}
			noOverflow(t, b)
			proveBooks(t, d)
		})
	}
}

// voucherOn finds the trace on a slip.
var voucherOn = regexp.MustCompile(`(?:凭证号|VOUCHER NO\.) +([0-9]{6})`)

// TestHandheldPage_code takes a code that was copied from the payer's phone, pasted and typed, gives it back and prints again.
func TestHandheldPage_code(t *testing.T) {
	for _, c := range []struct {
		name          string
		width, height int
		phone         bool
		lang          string

		done, menu, asks, approved, slip, wallet, sure string
	}{
		{"code.desktop.zh", 1280, 900, false, "zh", "[OK] 成功", "1 消费", "请扫顾客付款码", "[OK] 交易成功", "扫码签购单", "支付宝", "确认消费撤销"},
		{"code.phone.en", 360, 740, true, "en", "[OK] DONE", "1 sale", "Scan the customer", "[OK] APPROVED", "CODE SLIP", "Alipay", "Go on with this VOID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, d := openPOS(t, c.width, c.height, c.phone, c.lang)
			b.still()
			b.keys("01", "Enter", "0000", "Enter")
			b.until(display(c.done))
			b.keys("Enter")
			b.until(display(c.menu))
			b.keys("6", "880", "Enter")
			b.until(display(c.asks))
			b.shot(c.name + ".1_asks")
			code := does(t, d, "/phone/code", object{"wallet": "alipay", "state": "ok"})["code"].(string)
			eval[any](b, fmt.Sprintf(`{
				const held = new DataTransfer();
				held.setData("text", %q);
				document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
			}`, code[:4]+" "+code[4:]))
			b.until(display(code))
			b.shot(c.name + ".2_pasted")
			b.keys("Enter")
			b.until(display(c.approved))
			b.until(display(c.wallet))
			b.shot(c.name + ".3_approved")
			b.keys("Enter")
			b.until("document.querySelector('#feed .sheet pre')?.textContent.includes('" + c.slip + "')")
			b.keys("Enter", "Enter")
			b.until(display(c.menu))
			b.until("document.querySelectorAll('#papers a').length === 2")
			b.until("document.getAnimations().length === 0")
			b.shot(c.name + ".4_paper")
			noOverflow(t, b)
			slip := eval[string](b, "document.querySelector('#papers li pre').textContent")
			if !strings.Contains(slip, c.wallet) || !strings.Contains(slip, "pay_") || strings.Contains(slip, "CARD") {
				t.Errorf("the paper says:\n%s", slip)
			}
			voucher := voucherOn.FindStringSubmatch(slip)
			if voucher == nil {
				t.Fatalf("the paper names no voucher:\n%s", slip)
			}
			b.keys("2", "123456", "Enter", voucher[1], "Enter")
			b.until(display(c.sure))
			b.until(display(c.wallet))
			b.shot(c.name + ".5_sure")
			b.keys("Enter")
			b.until(display(c.approved))
			b.shot(c.name + ".6_voided")
			b.keys("Enter", "Enter", "Enter", "8", "1")
			b.until("document.querySelector('#feed .sheet pre')?.textContent.includes('REPRINT')")
			b.shot(c.name + ".7_reprint")
			proveBooks(t, d)
			if err := d.Wallets.Alipay.Audit(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestHandheldPage_keyboard sells without mouse or finger: a card is picked with Enter and presented with a button.
func TestHandheldPage_keyboard(t *testing.T) {
	b, d := openPOS(t, 1280, 900, false, "en")
	b.still()
	b.keys("01", "Enter", "0000", "Enter")
	b.until(display("[OK] DONE"))
	b.keys("Enter", "1", "995", "Backspace", "0", "Enter")
	b.until(display("S swipe"))
	eval[any](b, "document.querySelector('[data-card=credit]').focus()")
	b.keys("Enter")
	b.until("document.querySelector('[data-card=credit][aria-pressed=true]')")
	b.until("document.activeElement.dataset.give === 'swipe'")
	b.shot("keyboard.hand")
	b.keys("Escape") // puts it back
	b.until("document.activeElement.dataset.card === 'credit' && document.getElementById('hand').hidden")
	b.keys("Enter")
	b.until("document.activeElement.dataset.give === 'swipe'")
	b.keys("Tab", "Enter")
	b.until(display("no PIN: just confirm"))
	b.keys("123456", "Enter")
	b.until(display("[OK] APPROVED"))
	b.until(display("RMB 9.90"))
	for n := range 2 {
		b.keys("Enter")
		b.until("document.querySelector('#feed .sheet')")
		b.until(fmt.Sprintf("document.querySelectorAll('#papers li').length === %d", n))
		if moving := eval[int](b, "document.getAnimations().length"); moving > 0 {
			t.Errorf("%d animations where none are wanted", moving)
		}
	}
	b.keys("Enter")
	b.until("document.querySelectorAll('#papers li').length === 2 && !document.querySelector('#feed .sheet')")
	proveBooks(t, d)
}

// TestHandheldPage_states sees the page where there is nothing to sell: no card asked for, another language, another
// terminal, the terminal off, taken by another program, and the demo gone and back.
func TestHandheldPage_states(t *testing.T) {
	b, d := openPOS(t, 1280, 900, false, "en")
	b.click("[data-card=debit]")
	b.until("!document.getElementById('hand').hidden")
	b.click(".slot.tap")
	b.until("document.getElementById('note').textContent.includes('sign on first')")
	b.until("document.getElementById('hand').hidden")
	b.click(".slot.tap")
	b.until("document.getElementById('note').textContent.includes('Click a card first')")

	b.keys("F2") // the terminal's own key switches the page too
	b.until(display("请输入操作员号"))
	b.until("document.documentElement.lang === 'zh-CN' && document.getElementById('tray-name').textContent === '卡片和手机'")
	b.click("#lang")
	b.until(display("operator number"))
	b.until("document.documentElement.lang === 'en' && document.title.includes('Card terminal')")

	b.keys("F1")
	b.until("!document.getElementById('letters').hidden")
	noOverflow(t, b)
	b.shot("states.letters")
	b.click("#letters [data-key=Q]")
	b.until("!document.getElementById('off').hidden")
	b.shot("states.off")
	other, err := pos.Open(credentialsOf(t, d, "29000004"))
	if err != nil {
		t.Fatal(err)
	}
	b.click("#off button")
	b.until("document.getElementById('note').textContent.includes('in the hands of yifen terminal')")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	b.click("#off button")
	b.until(display("operator number"))
	b.keys("0")
	b.until(display("[0_"))

	choose := func(number string) {
		eval[any](b, fmt.Sprintf("(() => { const w = document.getElementById('which'); w.value = %q; w.dispatchEvent(new Event('change')); })()", number))
	}
	if other, err = pos.Open(credentialsOf(t, d, "29000005")); err != nil {
		t.Fatal(err)
	}
	choose("29000005")
	b.until("document.getElementById('trouble').textContent.includes('in the hands of yifen terminal')")
	b.shot("states.taken")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	b.until("document.getElementById('trouble').hidden")
	b.until(display("operator number"))
	choose("29000004")
	b.until(display("[0_")) // as it was left

	d.Stop()
	b.until("document.getElementById('trouble').textContent.includes('Run yifen demo again')")
	b.until("document.getElementById('device').inert")
	b.shot("states.gone")
	startDemo(t, d.Options)
	b.until("document.getElementById('trouble').hidden")
	b.until(display("operator number"))
}
