package world_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/world"
)

// display is an expression that is true when the terminal's display shows a text.
func display(text string) string {
	return fmt.Sprintf("document.getElementById('said').textContent.includes(%q)", text)
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
	b.open("http://" + d.Options.Bench + "/pos")
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
