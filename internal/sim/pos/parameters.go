package pos

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// Parameters are what a host tells a terminal about how to work. The zero value is a terminal that has
// downloaded nothing: everything is allowed, and the defaults of this package hold.
type Parameters struct {
	LoadedAt map[Download]time.Time `json:"loaded_at,omitempty"`

	Application  string   `json:"application,omitempty"` // item 11
	Timeout      int      `json:"timeout,omitempty"`     // seconds, item 12
	DialTries    int      `json:"dial_tries,omitempty"`  // item 13
	Phones       []string `json:"phones,omitempty"`      // items 14 to 16
	AdminPhone   string   `json:"admin_phone,omitempty"` // item 17
	Tips         bool     `json:"tips,omitempty"`        // item 18
	TipPercent   int      `json:"tip_percent,omitempty"` // item 19
	Manual       bool     `json:"manual,omitempty"`      // item 20
	AutoSignOff  bool     `json:"auto_sign_off,omitempty"`
	MerchantName string   `json:"merchant_name,omitempty"`
	Tries        int      `json:"tries,omitempty"`       // of a reversal, item 23
	UploadMode   int      `json:"upload_mode,omitempty"` // item 24: 1 sends chip transactions of an equal batch too
	KeyIndex     int      `json:"key_index,omitempty"`
	Switches     uint64   `json:"switches,omitempty"` // item 26, bit 1 is the highest

	Waiver    bool  `json:"waiver,omitempty"`     // FF805D
	NoPIN     int64 `json:"no_pin,omitempty"`     // fen, FF8058
	NoSign    bool  `json:"no_sign,omitempty"`    // FF8059
	SignLimit int64 `json:"sign_limit,omitempty"` // fen, FF805A
	TapLimit  int64 `json:"tap_limit,omitempty"`  // fen, FF8054

	Keys      []CAKey  `json:"keys,omitempty"`
	AIDs      []AID    `json:"aids,omitempty"`
	Blacklist []string `json:"blacklist,omitempty"` // numbers and beginnings of numbers
	BINs      []BIN    `json:"bins,omitempty"`
	Notice    *Notice  `json:"notice,omitempty"`
}

// CAKey is a public key of a card scheme.
type CAKey struct {
	RID    string `json:"rid"`    // tag 9F06, hexadecimal
	Index  string `json:"index"`  // tag 9F22
	Expiry string `json:"expiry"` // YYYYMMDD, tag DF05
	TLV    []byte `json:"tlv"`
}

// AID is a card application that the terminal accepts.
type AID struct {
	ID  string `json:"id"` // hexadecimal
	TLV []byte `json:"tlv"`
}

// BIN is a row of the card table.
type BIN struct {
	Prefix       string `json:"prefix"`
	Length       int    `json:"length"` // of the whole number
	Kind         string `json:"kind"`   // D debit, C credit, P prepaid
	Organization string `json:"organization"`
}

// Notice says that there is a newer program for the terminal.
type Notice struct {
	Version string `json:"version"`
	Address string `json:"address"`
}

// Switches of item 26 that more than one transaction looks at.
const (
	switchCodes     = 13
	switchPartial   = 14
	switchSignature = 15
)

// tipPercentDefault is by how much a tip or an adjustment may raise a sale that says nothing else.
const tipPercentDefault = 15

func (p *Parameters) loaded(what Download) bool { return !p.LoadedAt[what].IsZero() }

// allows reports whether a transaction switch is on.
func (p *Parameters) allows(bit int) bool {
	return !p.loaded(TerminalParameters) || p.Switches&(1<<(64-bit)) != 0
}

// partial needs an explicit yes: a cashier who has never seen it would take it for the whole.
func (p *Parameters) partial() bool { return p.loaded(TerminalParameters) && p.allows(switchPartial) }

func (p *Parameters) manual() bool { return !p.loaded(TerminalParameters) || p.Manual }

func (p *Parameters) tips() bool { return !p.loaded(TerminalParameters) || p.Tips }

// ceiling is the highest total that a tip or an adjustment may make of an approved amount.
func (p *Parameters) ceiling(approved int64) int64 {
	percent := int64(tipPercentDefault)
	if p.loaded(TerminalParameters) {
		percent = int64(p.TipPercent)
	}
	return approved + approved*percent/100
}

// waiver is the amount in fen up to which a tap needs no PIN, never above [WaiverLimit].
func (p *Parameters) waiver() int64 {
	switch {
	case !p.loaded(Contactless):
		return WaiverLimit
	case !p.Waiver:
		return 0
	}
	return min(p.NoPIN, WaiverLimit)
}

// listed reports whether a card is on the blacklist.
func (p *Parameters) listed(number string) bool {
	return slices.ContainsFunc(p.Blacklist, func(entry string) bool { return strings.HasPrefix(number, entry) })
}

// bin returns the longest row of the card table that fits a number.
func (p *Parameters) bin(number string) (BIN, bool) {
	var best BIN
	for _, b := range p.BINs {
		if len(number) == b.Length && strings.HasPrefix(number, b.Prefix) && len(b.Prefix) > len(best.Prefix) {
			best = b
		}
	}
	return best, best.Prefix != ""
}

// credit reports whether the table knows a number for a credit card.
func (p *Parameters) credit(number string) bool {
	b, known := p.bin(number)
	return known && b.Kind == "C"
}

// tries is how often something pending is sent in a row.
func (t *Terminal) tries() int {
	if n := t.mem.Params.Tries; n > 0 {
		return n
	}
	return pendingTries
}

// applyParameters brings the way to the host in line with the parameters. What the configuration says wins.
func (t *Terminal) applyParameters() {
	p := &t.mem.Params
	t.link.answer = t.config.AnswerTimeout
	if t.link.answer == 0 {
		t.link.answer = timeoutDefault
		if p.Timeout > 0 {
			t.link.answer = time.Duration(p.Timeout) * time.Second
		}
	}
	t.link.tries = max(1, p.DialTries)
	if p.MerchantName != "" {
		t.mem.MerchantName = p.MerchantName
	}
}

// Parameters returns what the host has told the terminal.
func (t *Terminal) Parameters() Parameters { return t.mem.Params }

// itemWidths are the items of F62 in a download of terminal parameters.
var itemWidths = map[string]int{
	"11": 2, "12": 2, "13": 1, "14": 14, "15": 14, "16": 14, "17": 14, "18": 1, "19": 2, "20": 1, "21": 1, "22": 40,
	"23": 1, "24": 1, "25": 1, "26": 16,
}

// parseItems reads terminal parameters into p and returns how many there were.
func (p *Parameters) parseItems(f62 string) (int, error) {
	n := 0
	for p.Phones = nil; f62 != ""; n++ {
		if len(f62) < 2 {
			return 0, fmt.Errorf("%w: parameters end inside an item", ErrUnsound)
		}
		tag := f62[:2]
		width, known := itemWidths[tag]
		if !known || len(f62) < 2+width {
			return 0, fmt.Errorf("%w: parameter %q is unknown or too short", ErrUnsound, tag)
		}
		if err := p.setItem(tag, f62[2:2+width]); err != nil {
			return 0, err
		}
		f62 = f62[2+width:]
	}
	return n, nil
}

func (p *Parameters) setItem(tag, value string) error {
	text := strings.TrimSpace(value)
	var err error
	count := func(to *int) { *to, err = strconv.Atoi(text) }
	switch tag {
	case "11":
		p.Application = text
	case "12":
		count(&p.Timeout)
	case "13":
		count(&p.DialTries)
	case "14", "15", "16":
		if text != "" {
			p.Phones = append(p.Phones, text)
		}
	case "17":
		p.AdminPhone = text
	case "18":
		p.Tips = text == "1"
	case "19":
		count(&p.TipPercent)
	case "20":
		p.Manual = text == "1"
	case "21":
		p.AutoSignOff = text == "1"
	case "22":
		p.MerchantName = decodeText(value)
	case "23":
		count(&p.Tries)
	case "24":
		count(&p.UploadMode)
	case "25":
		count(&p.KeyIndex)
	case "26":
		p.Switches, err = strconv.ParseUint(text, 16, 64)
	}
	if err != nil {
		return fmt.Errorf("%w: parameter %s is no number", ErrUnsound, tag)
	}
	return nil
}

// parseContactless reads the contactless parameters.
func (p *Parameters) parseContactless(tlv []byte) (int, error) {
	list, err := emv.Parse(tlv)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	on := func(tag emv.Tag) bool { v := list.Get(tag); return len(v) > 0 && v[len(v)-1]&0x0F == 1 }
	sum := func(tag emv.Tag) int64 {
		n, _ := strconv.ParseInt(hex.EncodeToString(list.Get(tag)), 10, 64) // an absent limit is none
		return n
	}
	p.Waiver, p.NoPIN = on(emv.ContactlessWaiver), sum(emv.ContactlessPINLimit)
	p.NoSign, p.SignLimit = on(emv.ContactlessNoSign), sum(emv.ContactlessSignLimit)
	p.TapLimit = sum(emv.ContactlessLimit)
	return len(list), nil
}

// parseNumbers reads entries that begin with two digits of length.
func parseNumbers(text string, rest int, entry func(digits, rest string)) error {
	for text != "" {
		if len(text) < 2 || !digits(text[:2]) {
			return fmt.Errorf("%w: a list ends inside an entry", ErrUnsound)
		}
		n := int(number(text[:2]))
		if len(text) < 2+n+rest || !digits(text[2:2+n]) {
			return fmt.Errorf("%w: an entry of a list is too short", ErrUnsound)
		}
		entry(text[2:2+n], text[2+n:2+n+rest])
		text = text[2+n+rest:]
	}
	return nil
}
