package world_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
	"github.com/yifen-pay/yifen/internal/world"
)

// clerk stands at the terminal's screen and presses keys.
type clerk struct {
	t        *testing.T
	device   *screen.Device
	terminal *pos.Terminal
}

// press presses keys: a word is a key by its name, and one of digits and capitals is typed.
func (c *clerk) press(words ...string) {
	for _, word := range strings.Fields(strings.Join(words, " ")) {
		keys := []string{word}
		if strings.Trim(word, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			keys = strings.Split(word, "")
		}
		for _, key := range keys {
			for job := c.device.Press(key); job != nil; {
				job = c.device.Finish(job(context.Background()))
			}
		}
	}
}

func (c *clerk) shows(text string) bool {
	return strings.Contains(strings.Join(c.device.Display(), "\n"), text)
}

// home prints what is to be printed and goes back to the main menu.
func (c *clerk) home() {
	c.t.Helper()
	for range 8 {
		if c.shows("一分 POS") || c.shows("YIFEN POS") {
			return
		}
		lines := c.device.Display()
		if strings.Contains(lines[len(lines)-1], "Esc") {
			c.press("esc")
		} else {
			c.press("enter")
		}
	}
	c.t.Fatalf("there is no way back to the main menu from\n%s", strings.Join(c.device.Display(), "\n"))
}

// deal presses keys from the main menu that must end in want, and returns the last slip of the journal.
func (c *clerk) deal(want string, words ...string) pos.Slip {
	c.t.Helper()
	c.press(words...)
	if !c.shows(want) {
		c.t.Fatalf("%s does not show %s but\n%s", strings.Join(words, " "), want, strings.Join(c.device.Display(), "\n"))
	}
	c.home()
	journal := c.terminal.Journal()
	if len(journal) == 0 {
		return pos.Slip{}
	}
	return journal[len(journal)-1]
}

// A day at the screen of the terminal, by keys alone, through each item of its menus, against the host.
func TestScreen_aDayByKeys(t *testing.T) {
	for _, lang := range []string{screen.Chinese, screen.English} {
		t.Run(lang, func(t *testing.T) {
			d := startDemo(t, world.DemoOptions{Quick: true})
			const number = "29000001"
			terminal := openTerminalWithoutSignIn(t, d, number, func(c *pos.Config) { c.Operators = true })
			c := &clerk{t: t, device: screen.New(screen.Config{Terminal: terminal, Lang: lang, Demo: true}), terminal: terminal}
			const card, supervisor = "I 123456 enter", "123456 enter"
			c.press("01 enter 0000 enter")
			c.deal("[OK]", "9 1") // sign in
			for range 6 {
				c.deal("", "9 4 esc")
			}

			sale := c.deal("[OK]", "1 2000 enter", card)
			c.deal("[OK]", "1 1000 enter T")
			c.deal("[OK]", "1 1000 enter P")
			c.deal("51", "1 9900 enter down down", card)
			c.deal("[OK]", "5", card)
			c.deal("40", "6 880 enter 134567890123456789 enter")

			hold := func() (pos.Slip, string) {
				s := c.deal("[OK]", "3 1 50000 enter", card)
				return s, s.AuthCode + " enter " + s.Time.Format("0102") + " enter"
			}
			_, about := hold()
			c.deal("[OK]", "3 2", about, "10000 enter", card)
			c.deal("[OK]", "3 3", about, "60000 enter", card)
			_, about = hold()
			completion := c.deal("[OK]", "3 4", about, "45000 enter", card)
			c.deal("[OK]", "3 6", supervisor, completion.Trace, "enter enter")
			c.deal("[OK]", "3 5", about, "40000 enter I")

			c.deal("[OK]", "4", supervisor, sale.RRN, "enter", sale.Time.Format("0102"), "enter 500 enter I")
			c.deal("[OK]", "0 1 700001 enter 1500 enter I")
			adjusted := c.deal("[OK]", "1 3000 enter", card)
			c.deal("[OK]", "0 2", supervisor, adjusted.Trace, "enter 2500 enter")
			c.deal("[OK]", "0 3", adjusted.Trace, "enter 300 enter")
			c.deal("[OK]", "2", supervisor, adjusted.Trace, "enter enter")
			c.deal("[OK]", "0 4") // echo
			c.deal("", "0 5")     // what is pending
			c.deal("[OK]", "0 6") // status upload
			c.deal("29000001", "0 7")
			c.deal("", "8 1")
			c.deal("*0018", "8 3")
			c.deal("[OK]", "9 4 1") // fetch parameters
			for _, item := range []string{"3", "5", "6", "7", "9"} {
				c.deal("", "9", item)
			}
			if lines := len(terminal.Journal()); lines != 16 {
				t.Errorf("the journal has %d lines", lines)
			}
			c.deal("[OK]", "7 enter") // settle
			if n := len(terminal.Journal()); n != 0 {
				t.Errorf("%d lines are left after the close", n)
			}
			proveBooks(t, d)
		})
	}
}

// Payments by code at the screen, by keys alone: sale, void, refund and reprint, what a wallet refuses, and the close.
func TestScreen_codesByKeys(t *testing.T) {
	for _, lang := range []string{screen.Chinese, screen.English} {
		t.Run(lang, func(t *testing.T) {
			var papers []screen.Sheet
			d := startDemo(t, world.DemoOptions{Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond})
			hurry(t, d)
			terminal := openTerminalWithoutSignIn(t, d, "29000001", func(c *pos.Config) { c.Operators = true })
			device := screen.New(screen.Config{Terminal: terminal, Lang: lang, Demo: true, Printer: func(s screen.Sheet) { papers = append(papers, s) }})
			c := &clerk{t: t, device: device, terminal: terminal}
			c.press("01 enter 0000 enter")
			c.deal("[OK]", "9 1") // sign in
			const supervisor = "123456 enter"
			words := map[string]struct{ poor, above, closed, twice string }{
				screen.Chinese: {"余额不足", "金额超过可退余额", "可撤销交易", "这笔交易已撤销"},
				screen.English: {"Insufficient funds", "More than is left", "no sale with this trace", "voided already"},
			}[lang]
			for _, p := range purses(d) {
				code := func(state kit.CodeState) string {
					code, err := p.code(state)
					if err != nil {
						t.Fatal(err)
					}
					return code
				}
				names := map[string][2]string{"wechat": {"微信支付", "WeChat Pay"}, "alipay": {"支付宝", "Alipay"}, "unionpay": {"云闪付", "UnionPay"}}[string(p.name)]
				name := names[0]
				if lang == screen.English {
					name = names[1]
				}
				sale := c.deal(name, "6 880 enter", code(kit.CodeOK), "enter")
				c.deal(words.poor, "6 880 enter", code(kit.CodePoor), "enter")
				voided := c.deal("[OK]", "6 200 enter", code(kit.CodeOK), "enter")
				c.press("2", supervisor, voided.Trace, "enter") // the wallet's name and the amount are asked back
				if !c.shows(name) {
					t.Errorf("%s\n%s", name, strings.Join(device.Display(), "\n"))
				}
				c.deal("[OK]", "enter")
				c.deal(words.twice, "2", supervisor, voided.Trace, "enter enter")
				about := sale.RRN + " enter " + sale.Time.Format("0102") + " enter "
				c.deal("[OK]", "4", supervisor, about, "300 enter C")
				c.deal(words.above, "4", supervisor, about, "600 enter C")
				papers = nil
				c.deal("", "8 1")
				c.deal("", "8 2", sale.Trace, "enter")
				if len(papers) == 0 {
					t.Fatal("nothing was printed again")
				}
				for _, paper := range papers {
					text := strings.Join(paper.Lines(lang), "\n")
					for _, want := range []string{name, paper.Slip.Order, paper.Slip.WalletNumber, "REPRINT"} {
						if want == "" || !strings.Contains(text, want) {
							t.Errorf("the paper lacks %q:\n%s", want, text)
						}
					}
				}
			}
			if n := len(terminal.Journal()); n != 12 {
				t.Errorf("the journal has %d lines", n)
			}
			last := terminal.Journal()[0]
			c.deal("[OK]", "7 enter") // settle
			c.deal(words.closed, "2", supervisor, last.Trace, "enter")
			proveBooks(t, d)
			for _, p := range purses(d) {
				if err := p.audit(); err != nil {
					t.Errorf("%s: %v", p.name, err)
				}
			}
		})
	}
}
