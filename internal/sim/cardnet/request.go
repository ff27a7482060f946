package cardnet

import (
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// request is a financial message whose form is right.
type request struct {
	kind       Kind
	key        key
	original   *key
	originMTI  string
	pan        string
	cardID     string
	account    *account // nil for an unknown card
	amount     int64
	advice     bool // it tells and does not ask
	partial    bool // a part of the amount will do
	processing string
	condition  string
	expiry     string // YYMM, "" when not presented
	entryMode  string
	service    string // service code of track 2, "" when not presented
	rrn        string
	terminal   string
	merchant   string
	acquirer   string
	forwarder  string
	approval   string
	currency   string
	pin        cardcrypto.PIN
	pinState   pinState
	chip       *chip    // nil without F55
	results    [][]byte // of issuer's scripts, five bytes each
}

// partTaken is F60 of a request that a part of the amount will do for.
const partTaken = "1"

type pinState uint8

const (
	pinAbsent pinState = iota
	pinGiven
	pinUnreadable
)

// toldCompletion reports whether the request is the advice of a completion.
func (r *request) toldCompletion() bool { return r.kind == Completion && r.advice }

// waits reports whether a late issuer decides on the request when it answers, and not before.
func (r *request) waits() bool {
	switch r.kind {
	case Sale, Preauth, AddOn, Completion:
		return !r.advice
	}
	return false
}

// read takes a message apart. It returns the response code when its form is wrong.
func (n *Network) read(m *iso8583.Message, keys *generation) (*request, string) {
	r := &request{
		kind: kindOf(m.MTI(), m.Get(3), m.Get(25)), advice: m.MTI()[2] == '2', partial: m.Get(60) == partTaken,
		processing: m.Get(3), condition: m.Get(25), pan: m.Get(2), expiry: m.Get(14),
		entryMode: m.Get(22), rrn: m.Get(37), terminal: m.Get(41), merchant: m.Get(42), acquirer: m.Get(32),
		forwarder: m.Get(33), approval: m.Get(38), currency: m.Get(49),
	}
	if r.kind == "" {
		return nil, codeNotSupported
	}
	var ok bool
	r.key, ok = newKey(m.Get(7), m.Get(11), r.acquirer, r.forwarder)
	if !ok || !r.kind.has(m, r.advice) || !moment(m.Get(7)) || !r.readOriginal(m) || !r.readPIN(m, keys) {
		return nil, codeFormat
	}
	// The daily file separates by bars and lines.
	if strings.ContainsAny(r.terminal+r.merchant+r.rrn, "|\r\n") {
		return nil, codeFormat
	}
	if r.kind.priced() {
		r.amount, _ = strconv.ParseInt(m.Get(4), 10, 64) // twelve digits, as the codec has seen
	}
	r.account = n.books.accounts[r.pan]
	if r.account != nil {
		r.cardID = r.account.id
	} else {
		r.cardID = cardID(r.pan)
	}
	if !r.readTrack(m.Get(35)) {
		return nil, codeFormat
	}
	switch {
	case r.kind == ScriptResult:
		if r.results = scriptResults(m.Bytes(55)); r.results == nil {
			return nil, codeFormat
		}
	case m.Has(55):
		r.chip = n.readChip(m, r)
	}
	return r, ""
}

func (r *request) readOriginal(m *iso8583.Message) bool {
	if !m.Has(90) {
		return true
	}
	f90 := m.Bytes(90)
	if len(f90) != 4+keyLen {
		return false
	}
	r.originMTI = string(f90[:4])
	r.original = new(key(f90[4:]))
	return true
}

// readPIN deciphers F52, which comes with F26 and F53 or not at all.
func (r *request) readPIN(m *iso8583.Message, keys *generation) bool {
	if !m.Has(52) {
		return true
	}
	if m.Get(26) != "12" || m.Get(53) != "2600000000000000" {
		return false
	}
	r.pinState = pinUnreadable
	block, err := cardcrypto.DecryptPIN(keys.pin, m.Bytes(52))
	if err != nil {
		return true
	}
	if r.pin, err = cardcrypto.DecodePIN(block, r.pan); err == nil {
		r.pinState = pinGiven
	}
	return true
}

// readTrack holds track 2 against the card number and takes the service code from it, and the expiry when F14
// is absent (ISO/IEC 7813: expiry 4, service code 3, discretionary data).
func (r *request) readTrack(track string) bool {
	if track == "" {
		return true
	}
	pan, rest, _ := strings.Cut(track, "D")
	if pan != r.pan || len(rest) < 4 {
		return false
	}
	if r.expiry == "" {
		r.expiry = rest[:4]
	}
	if len(rest) >= 7 {
		r.service = rest[4:7]
	}
	return r.expiry == rest[:4]
}

// tapped reports whether the card was held to the terminal.
func (r *request) tapped() bool {
	switch r.entryMode[:2] {
	case "07", "91", "96", "98":
		return true
	}
	return false
}

// chipRead reports whether the entry mode promises chip data.
func (r *request) chipRead() bool {
	switch r.entryMode[:2] {
	case "05", "07", "98":
		return true
	}
	return false
}

// stripeOfChip reports whether a stripe was read of a card whose service code says that it has a chip (ISO/IEC
// 7813: 2xx and 6xx). A fallback, F22 80, says so and is none.
func (r *request) stripeOfChip() bool {
	stripe := r.entryMode[:2] == "02" || r.entryMode[:2] == "90"
	return stripe && r.service != "" && (r.service[0] == '2' || r.service[0] == '6')
}

// moment reports whether F7 is a month, a day and a time.
func moment(f7 string) bool {
	if len(f7) != 10 || !digits(f7) {
		return false
	}
	return f7[:2] >= "01" && f7[:2] <= "12" && f7[2:4] >= "01" && f7[2:4] <= "31" &&
		f7[4:6] <= "23" && f7[6:8] <= "59" && f7[8:] <= "59"
}
