package screen

import (
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// cards is the moment when a card is presented: the cards of the demo lie beside the terminal, one is taken and
// swiped, inserted or tapped.
type cards struct {
	deal  *deal
	next  int
	at    int // the card in the hand
	fault pos.Text
}

func cardStep(_ *Device, w *deal, next int) page {
	w.cards = &cards{deal: w, next: next}
	return w.cards
}

// plain are the cards to choose from; the phone has a key of its own.
func plain() []pos.Card {
	var list []pos.Card
	for _, c := range pos.Cards() {
		if !c.Phone {
			list = append(list, c)
		}
	}
	return list
}

func (c *cards) title(*Device) pos.Text { return c.deal.name() }

func (c *cards) soft(*Device) (pos.Text, pos.Text) { return back, nothing }

// cardWindow is how many cards the display shows.
const cardWindow = bodyLines - 4

func (c *cards) body(d *Device) []string {
	lines := []string{
		right("RMB "+pos.FormatAmount(c.deal.amount), displayColumns),
		d.say(tr("请 S刷 I插 T挥卡 P手机 N手输卡号", "S swipe I insert T tap P phone N type")),
	}
	if c.deal.kind == pos.Balance {
		lines[0] = ""
	}
	if c.fault != nothing {
		lines = append(lines, d.alert(c.fault)...)
	} else {
		hand := tr("手里的卡：", "The card in the hand:")
		if c.deal.kind == pos.Refund {
			hand = tr("手里的卡（扫码付的按 C）：", "The card in the hand (paid by code: C):")
		}
		lines = append(lines, d.say(hand))
	}
	lines = lines[:min(len(lines), bodyLines-cardWindow)]
	list := plain()
	top := max(0, min(c.at-cardWindow/2, len(list)-cardWindow))
	for i := top; i < top+cardWindow; i++ {
		mark := "  "
		if i == c.at {
			mark = "> "
		}
		card := list[i]
		line := fmt.Sprintf("%s%-8s*%s ", mark, card.Name, card.Number[len(card.Number)-4:])
		lines = append(lines, line+brief(d.say(card.Behavior), displayColumns-pos.Columns(line)))
	}
	return lines
}

// brief is a text, or the part of it before its first comma where it is too long.
func brief(text string, columns int) string {
	if pos.Columns(text) <= columns {
		return text
	}
	return text[:strings.IndexAny(text+",", ",，:：")]
}

func (c *cards) press(d *Device, key string) Job {
	list := plain()
	switch strings.ToLower(key) {
	case "up":
		c.at = max(0, c.at-1)
	case "down":
		c.at = min(len(list)-1, c.at+1)
	case "pgup":
		c.at = max(0, c.at-cardWindow)
	case "pgdown":
		c.at = min(len(list)-1, c.at+cardWindow)
	case "s":
		return c.present(d, list[c.at], pos.Swipe)
	case "i":
		return c.present(d, list[c.at], pos.Insert)
	case "t":
		return c.present(d, list[c.at], pos.Tap)
	case "p":
		for _, card := range pos.Cards() {
			if card.Phone {
				return c.present(d, card, pos.Tap)
			}
		}
	case "n":
		d.push(c.typed())
	case "c":
		switch c.deal.kind {
		case pos.Sale: // the same amount, by code
			d.pop()
			return newCodeDeal(c.deal.amount).from(d, 1)
		case pos.Refund: // of a payment by code, which has no card
			c.deal.card, c.deal.entry = pos.Card{}, pos.Scan
			return c.deal.from(d, c.next)
		}
	case "esc":
		d.pop()
	}
	return nil
}

// present holds a card against the rules that need no PIN, so that the customer is not asked for one in vain.
func (c *cards) present(d *Device, card pos.Card, entry pos.Entry) Job {
	c.fault = nothing
	in := pos.SaleInput{Amount: c.deal.amount, Card: card, Entry: entry}
	if err := d.t.Admit(c.deal.kind, in); err != nil {
		c.fault = pos.Words(err)
		return nil
	}
	c.deal.card, c.deal.entry = card, entry
	return c.deal.from(d, c.next)
}

func (c *cards) typed() page {
	e := &entry{name: c.deal.name(), prompt: tr("请输入卡号", "Card number"), min: 13, max: 19,
		help: tr("演示终端：请勿输入真实卡号", "a demo terminal: never a real card")}
	e.done = func(d *Device, value string) Job {
		card, err := pos.FindCard(value)
		if err != nil {
			e.value = value
			return e.refused(err)
		}
		if err := d.t.Admit(c.deal.kind, pos.SaleInput{Amount: c.deal.amount, Card: card, Entry: pos.Manual}); err != nil {
			e.value = value
			return e.refused(err)
		}
		c.deal.card, c.deal.entry = card, pos.Manual
		return c.deal.from(d, c.next)
	}
	return e
}
