package pos

import (
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// station is what a training puts aside and takes up again: nothing of the real terminal is touched meanwhile.
type station struct {
	mem  *memory
	link link
	keys workingKeys
}

// Training reports whether the terminal plays with itself.
func (t *Terminal) Training() bool { return t.real != nil }

// StartTraining puts a host inside the terminal in place of the real one: nothing is sent, the journal and the
// numbers are its own, and none of it is kept. Its cards are answered as their names say.
func (t *Terminal) StartTraining() error {
	if t.Training() {
		return nil
	}
	if t.mem.Pending != nil || t.mem.Closing != nil {
		return ErrPending
	}
	t.real = &station{mem: t.mem, link: t.link, keys: t.keys}
	t.link.close()
	host, err := newDryHost(t)
	if err != nil {
		t.real = nil
		return err
	}
	m := *t.mem
	m.Journal, m.Last, m.Failed, m.Errands, m.Due = nil, nil, nil, nil, nil
	m.Trace, m.Batch, m.SignedIn, m.Counters = 900000, 900000, true, map[string]uint16{}
	t.mem, t.keys = &m, workingKeys{pin: host.key, mac: host.key}
	t.link.dry = host.answer
	return nil
}

// EndTraining takes the real terminal up again where it was put aside.
func (t *Terminal) EndTraining() {
	if !t.Training() {
		return
	}
	t.real.mem.Operator = t.mem.Operator // whoever has signed on since
	t.mem, t.link, t.keys, t.real = t.real.mem, t.real.link, t.real.keys, nil
	t.link.conn, t.link.dry = nil, nil
}

// dryHost answers what a terminal in training sends. It keeps no books: everything that is not for a card with
// a behavior is approved.
type dryHost struct {
	terminal *Terminal
	key      *cardcrypto.Key // under which everything is sealed; it protects nothing
	number   int64
}

// trainingKey is the key of a training: it is a constant and protects nothing.
var trainingKey = []byte("yifen training!!")

func newDryHost(t *Terminal) (*dryHost, error) {
	value := trainingKey
	if t.profile.scheme == "001" {
		value = value[:8]
	}
	key, err := t.profile.key(value)
	return &dryHost{terminal: t, key: key}, err
}

// answer returns the answer to a frame with its length, nil for none.
func (h *dryHost) answer(frame []byte) []byte {
	t := h.terminal
	f, err := iso8583.ParseFrame(frame[2:])
	if err != nil {
		return nil
	}
	var req, ans iso8583.Message
	if t.spec.Unpack(f.Body, &req) != nil {
		return nil
	}
	h.number++
	ans.SetMTI(iso8583.AnswerMTI(req.MTI()))
	ans.CopyFrom(&req, 2, 3, 4, 11, 25, 41, 42, 49, 60)
	at := t.now()
	ans.Set(12, at.Format("150405"))
	ans.Set(13, at.Format("0102"))
	ans.Set(32, "00000000")
	ans.Set(37, "TRAIN0"+six(int(h.number)))
	code := "00"
	switch {
	case req.MTI() == "0500":
		totals, err := iso8583.ParseTotals(req.Get(48))
		if err != nil {
			return nil
		}
		totals.Domestic.Result, totals.Foreign.Result = '1', '1'
		text, err := totals.Format()
		if err != nil {
			return nil
		}
		ans.Set(48, text)
	case req.MTI() == "0800":
		keys, err := h.keys()
		if err != nil {
			return nil
		}
		ans.SetBytes(62, keys)
	case carriesMAC(req.MTI()) && req.MTI() != "0400":
		if code = h.decide(&req, &ans); code == "" {
			return nil
		}
		ans.Set(38, six(int(h.number)))
		if req.Get(3) == "310000" {
			ans.Set(54, "0102156C000010000000")
		}
	}
	ans.Set(39, code)
	return h.seal(f, &ans)
}

// prepaidFunds is what the prepaid card has, in fen.
const prepaidFunds = 200_00

// decide returns what a card's name promises: its code, "" for no answer. Of a prepaid card it approves a part
// where a part will do.
func (h *dryHost) decide(req, ans *iso8583.Message) string {
	for _, c := range Cards() {
		switch {
		case c.Number != req.Get(2):
		case len(c.Name) == 2:
			return c.Name
		case c.Name == "silent", c.Name == "late":
			return ""
		case c.Name == "prepaid" && number(req.Get(4)) > prepaidFunds:
			if f60, err := iso8583.ParseF60(req.Get(60)); err != nil || f60.Partial != "1" {
				return "51"
			}
			ans.Set(4, fmt.Sprintf("%012d", prepaidFunds))
			return "10"
		}
	}
	return "00"
}

func (h *dryHost) keys() ([]byte, error) {
	if h.terminal.tmk == nil {
		return nil, errNoTMK
	}
	wrapped, err := cardcrypto.Wrap(h.terminal.tmk, h.key)
	if err != nil {
		return nil, err
	}
	keys := cardcrypto.WorkingKeys{PIN: wrapped, MAC: wrapped}
	if h.terminal.profile.scheme == "004" {
		keys.Track = wrapped
	}
	if h.terminal.profile.sm4 {
		return cardcrypto.LayoutSM4.Format(keys)
	}
	return keys.Format()
}

func (h *dryHost) seal(f iso8583.Frame, ans *iso8583.Message) []byte {
	t := h.terminal
	sign := carriesMAC(ans.MTI())
	if sign {
		ans.SetBytes(64, make([]byte, 8))
	}
	body, err := t.spec.Append(nil, ans)
	if err != nil {
		return nil
	}
	if sign {
		covered := iso8583.MACInput(body, t.spec)
		mac, err := cardcrypto.MAC(t.profile.mac, h.key, covered)
		if err != nil {
			return nil
		}
		copy(body[len(covered):], mac[:])
	}
	reply := f.Reply(0)
	reply.Body = slices.Clone(body)
	return iso8583.AppendFrame(nil, reply)
}
