package screen

import (
	"slices"

	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// Errors of a card that the device does not take.
var (
	ErrNoCardAsked = &pos.Refusal{Text: tr("现在不需要卡：请先选交易、输入金额，屏幕提示后再出示卡",
		"no card is asked for now: choose a transaction and enter the amount, then present it")}
	ErrNobody = &pos.Refusal{Text: tr("请先签到：输入操作员号和密码", "sign on first: enter the operator number and the password")}
	ErrBusy   = &pos.Refusal{Text: tr("终端正在通讯，请稍候", "the terminal is talking to the host: wait a moment")}
	ErrOff    = &pos.Refusal{Text: tr("终端已关机：请先开机", "the terminal is switched off: switch it on first")}
)

// Present holds a card of the caller's against the reader. It does what choosing that card among those beside the
// terminal and pressing the key of the entry does, and returns a job to run, or nil. What speaks against the card
// itself is on the display; an error says that no card is asked for.
func (d *Device) Present(card pos.Card, entry pos.Entry) (Job, error) {
	c, asks := d.top().(*cards)
	switch {
	case d.quit:
		return nil, ErrOff
	case d.busy:
		return nil, ErrBusy
	case d.guest:
		return nil, ErrNobody
	case !asks:
		return nil, ErrNoCardAsked
	}
	d.calm, d.news = 0, nothing
	if i := slices.IndexFunc(plain(), func(p pos.Card) bool { return p.Name == card.Name }); i >= 0 {
		c.at = i
	}
	job := c.present(d, card, entry)
	d.refresh()
	return job, nil
}

// AsksCard reports whether a card may be presented now.
func (d *Device) AsksCard() bool {
	_, asks := d.top().(*cards)
	return asks && !d.quit
}

// PaperOut reports whether a paper hangs out of the printer. The key "enter" tears it off.
func (d *Device) PaperOut() bool {
	_, out := d.top().(*strip)
	return out
}

// Present is [Device.Present].
func (s *Session) Present(card pos.Card, entry pos.Entry) (err error) {
	s.do(func(d *Device) (job Job) {
		job, err = d.Present(card, entry)
		return job
	})
	return err
}
