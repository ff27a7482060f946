package cardnet

import (
	"encoding/binary"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// chip is what a request brought from a chip.
type chip struct {
	key    *cardcrypto.Key // nil when the card is unknown
	scheme cardcrypto.Scheme
	atc    [2]byte
	arqc   [8]byte
	ok     bool // the cryptogram is the card's, over this amount
}

// proves reports whether a right cryptogram came with the request.
func (c *chip) proves() bool { return c != nil && c.ok }

// counter returns the transaction counter, tag 9F36.
func (c *chip) counter() uint16 { return binary.BigEndian.Uint16(c.atc[:]) }

// schemeOf returns the scheme that issuer application data (tag 9F10) is of: its length, a key index and the
// cryptogram version, as PBOC and Visa lay it out. It returns 0 for any other.
func schemeOf(iad []byte) cardcrypto.Scheme {
	if len(iad) < 3 {
		return 0
	}
	switch [2]byte{iad[0], iad[2]} {
	case [2]byte{0x07, 0x01}:
		return cardcrypto.PBOC01
	case [2]byte{0x06, 0x0A}:
		return cardcrypto.Visa10
	case [2]byte{0x06, 0x12}:
		return cardcrypto.Visa18
	}
	return 0
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
	c.scheme = schemeOf(t.IssuerData)
	if whole && c.key != nil && c.scheme == r.account.scheme() && packed(t.Amount) == r.amount {
		c.ok = cardcrypto.VerifyCryptogram(c.scheme, c.key, &t, c.arqc[:])
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

// statusApproved is the card status update of an approval (EMV 4.3 Book 3, annex C10: byte 2, bit 8). That
// of a decline is zeros.
var statusApproved = [4]byte{1: 0x80}

// answer returns F55 of the answer with a response code: the issuer's proof over the request's cryptogram
// (tag 91) and its script, if there is one; or nil when the request proved nothing.
func (c *chip) answer(code string, s *script) []byte {
	if !c.proves() || len(code) != 2 {
		return nil
	}
	proof, err := c.proof(code)
	if err != nil {
		return nil
	}
	f55 := emv.Append(nil, emv.IssuerAuthentication, proof)
	if s == nil {
		return f55
	}
	template, err := s.template(c)
	if err != nil {
		return nil
	}
	return append(f55, template...)
}

// proof returns the value of tag 91: by method 1 the cryptogram and the response code, by method 2 the
// cryptogram and the card status update.
func (c *chip) proof(code string) ([]byte, error) {
	if c.scheme != cardcrypto.Visa18 {
		arc := [2]byte([]byte(code))
		arpc, err := cardcrypto.ARPC(c.scheme, c.key, c.atc, c.arqc, arc)
		return append(arpc[:], arc[:]...), err
	}
	var status [4]byte
	if approves(code) {
		status = statusApproved
	}
	arpc, err := cardcrypto.ARPCStatus(c.scheme, c.key, c.atc, c.arqc, status, nil)
	return append(arpc[:], status[:]...), err
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
