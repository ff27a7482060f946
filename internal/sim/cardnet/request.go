package cardnet

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
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
	processing string
	expiry     string // YYMM, "" when not presented
	entryMode  string
	rrn        string
	terminal   string
	merchant   string
	acquirer   string
	forwarder  string
	approval   string
	currency   string
	pin        cardcrypto.PIN
	pinState   pinState
	chip       *chip // nil without F55
}

type pinState uint8

const (
	pinAbsent pinState = iota
	pinGiven
	pinUnreadable
)

// Fields that a message must have, by kind, and those that it must not.
var (
	everywhere = []int{2, 3, 4, 7, 11, 22, 25, 32, 33, 37, 41, 42, 43, 49, 128}
	onRequests = []int{12, 13, 18}
	onVoids    = []int{38, 90}
	onRefunds  = []int{90}
	onReversal = []int{39, 90}
	noReversal = []int{12, 13, 18, 35, 52, 55}
)

// kindOf returns what a message does, or "" for a combination that the profile does not have.
func kindOf(mti, processing string) Kind {
	switch mti + " " + processing {
	case "0200 000000":
		return Sale
	case "0200 200000":
		return Void
	case "0220 200000", "0221 200000":
		return Refund
	case "0420 000000", "0420 200000", "0421 000000", "0421 200000":
		return Reversal
	}
	return ""
}

// has reports whether a message has the fields that its kind calls for and none that it forbids.
func (k Kind) has(m *iso8583.Message) bool {
	all := func(fields []int) bool {
		return !slices.ContainsFunc(fields, func(f int) bool { return !m.Has(f) })
	}
	if !all(everywhere) {
		return false
	}
	switch k {
	case Sale:
		return all(onRequests)
	case Void:
		return all(onRequests) && all(onVoids)
	case Refund:
		return all(onRequests) && all(onRefunds)
	default:
		return all(onReversal) && !slices.ContainsFunc(noReversal, m.Has)
	}
}

// read takes a message apart. It returns the response code when its form is wrong.
func (n *Network) read(m *iso8583.Message, keys *generation) (*request, string) {
	r := &request{
		kind: kindOf(m.MTI(), m.Get(3)), processing: m.Get(3), pan: m.Get(2), expiry: m.Get(14),
		entryMode: m.Get(22), rrn: m.Get(37), terminal: m.Get(41), merchant: m.Get(42), acquirer: m.Get(32),
		forwarder: m.Get(33), approval: m.Get(38), currency: m.Get(49),
	}
	if r.kind == "" {
		return nil, codeNotSupported
	}
	var ok bool
	r.key, ok = newKey(m.Get(7), m.Get(11), r.acquirer, r.forwarder)
	if !ok || !r.kind.has(m) || !moment(m.Get(7)) || !r.readOriginal(m) || !r.readPIN(m, keys) {
		return nil, codeFormat
	}
	// The daily file separates by bars and lines.
	if strings.ContainsAny(r.terminal+r.merchant+r.rrn, "|\r\n") {
		return nil, codeFormat
	}
	r.amount, _ = strconv.ParseInt(m.Get(4), 10, 64) // twelve digits, as the codec has seen
	r.account = n.books.accounts[r.pan]
	if r.account != nil {
		r.cardID = r.account.id
	} else {
		r.cardID = cardID(r.pan)
	}
	if !r.readTrack(m.Get(35)) {
		return nil, codeFormat
	}
	if m.Has(55) {
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

// readTrack holds track 2 against the card number and takes the expiry from it when F14 is absent.
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

// moment reports whether F7 is a month, a day and a time.
func moment(f7 string) bool {
	if len(f7) != 10 || !digits(f7) {
		return false
	}
	return f7[:2] >= "01" && f7[:2] <= "12" && f7[2:4] >= "01" && f7[2:4] <= "31" &&
		f7[4:6] <= "23" && f7[6:8] <= "59" && f7[8:] <= "59"
}

// chip is what a request brought from a chip.
type chip struct {
	key  *cardcrypto.Key // nil when the card is unknown
	atc  [2]byte
	arqc [8]byte
	ok   bool // the cryptogram is the card's, over this amount
}

// readChip reads F55 and verifies its cryptogram, and returns nil when it has none.
func (n *Network) readChip(m *iso8583.Message, r *request) *chip {
	list, err := emv.Parse(m.Bytes(55))
	c := &chip{}
	if err != nil || !list.Copy(c.arqc[:], emv.Cryptogram) || !list.Copy(c.atc[:], emv.TransactionCounter) {
		return nil
	}
	t := cardcrypto.Transaction{ATC: c.atc, IssuerData: list.Get(emv.IssuerApplicationData)}
	var kind [1]byte
	whole := list.Copy(t.Amount[:], emv.AmountAuthorized) && list.Copy(t.Other[:], emv.AmountOther) &&
		list.Copy(t.Country[:], emv.TerminalCountry) && list.Copy(t.TVR[:], emv.VerificationResults) &&
		list.Copy(t.Currency[:], emv.TransactionCurrency) && list.Copy(t.Date[:], emv.TransactionDate) &&
		list.Copy(kind[:], emv.TransactionType) && list.Copy(t.Unpredictable[:], emv.UnpredictableNumber) &&
		list.Copy(t.AIP[:], emv.InterchangeProfile)
	t.Type = kind[0]
	c.key = n.cardKey(r, m.Get(23))
	if whole && c.key != nil && packed(t.Amount) == r.amount {
		c.ok = cardcrypto.VerifyCryptogram(cardcrypto.PBOC01, c.key, &t, c.arqc[:])
	}
	return c
}

// cardKey returns the chip's key of a known card under the sequence number in F23.
func (n *Network) cardKey(r *request, f23 string) *cardcrypto.Key {
	if r.account == nil {
		return nil
	}
	if f23 == "" || f23[len(f23)-2:] == DemoSequence {
		return r.account.key
	}
	derived, err := cardcrypto.DeriveCardKey(n.issuerKey, r.pan, f23[len(f23)-2:])
	if err != nil {
		return nil
	}
	return derived
}

// answer returns F55 of the answer with a response code: the issuer's proof over the request's cryptogram
// (tag 91), or nil when that one proved nothing.
func (c *chip) answer(code string) []byte {
	if c == nil || !c.ok {
		return nil
	}
	arc := [2]byte([]byte(code))
	arpc, err := cardcrypto.ARPC(cardcrypto.PBOC01, c.key, c.atc, c.arqc, arc)
	if err != nil {
		return nil
	}
	return emv.Append(nil, emv.IssuerAuthentication, append(arpc[:], arc[:]...))
}

// packed returns the number that twelve packed digits hold, or -1 when they are none.
func packed(b [6]byte) int64 {
	var n int64
	for _, c := range b {
		if c>>4 > 9 || c&15 > 9 {
			return -1
		}
		n = n*100 + int64(c>>4)*10 + int64(c&15)
	}
	return n
}
