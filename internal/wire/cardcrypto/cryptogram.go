package cardcrypto

import (
	"crypto/subtle"
	"errors"
)

// Scheme is the way a chip computes its application cryptogram.
type Scheme uint8

// Schemes, by issuer's specification and cryptogram version number.
const (
	PBOC01 Scheme = iota + 1 // PBOC version 01: session key from the ATC, padding 80
	Visa10                   // Visa version 10: the card's key itself, padding with zeros
	Visa18                   // Visa version 18: EMV common session key, the whole 9F10, padding 80
)

// Errors of cryptograms.
var (
	ErrCryptogramData = errors.New("cardcrypto: issuer application data is too short for the scheme")
	ErrSequence       = errors.New("cardcrypto: card sequence number is not two digits")
)

// DeriveCardKey derives a card's key from the issuer's master key by EMV option A (EMV 4.3 Book 2, annex
// A1.4.1): the last sixteen digits of PAN and sequence number enciphered, and their complement. Parity
// is not adjusted, since no cipher reads it. An absent sequence number is "00". The master key has double or
// triple length, the card's key double length.
func DeriveCardKey(master *Key, pan, sequence string) (*Key, error) {
	if master.second == nil {
		return nil, ErrKeyUse
	}
	if len(sequence) != 2 || !digits(sequence) {
		return nil, ErrSequence
	}
	if len(pan) < 8 || len(pan) > 19 || !digits(pan) {
		return nil, ErrPAN
	}
	text := pan + sequence
	text = text[max(0, len(text)-16):]
	data := make([]byte, 16)
	at := 16 - len(text)
	for i := range len(text) {
		setNibble(data, at+i, text[i]-'0')
	}
	for i := range 8 {
		data[8+i] = ^data[i]
	}
	return deriveKey(master, data)
}

// deriveKey returns the key whose two halves are the two blocks of data enciphered under key.
func deriveKey(key *Key, data []byte) (*Key, error) {
	value, err := key.EncryptECB(data)
	if err != nil {
		return nil, err
	}
	return NewDESKey(value)
}

// SessionKey derives the key of one transaction from the card's key and the transaction counter (tag
// 9F36). Under [Visa10] it is the card's key.
func SessionKey(scheme Scheme, card *Key, atc [2]byte) (*Key, error) {
	if card.second == nil {
		return nil, ErrKeyUse
	}
	var data [16]byte
	switch scheme {
	case PBOC01:
		data[6], data[7] = atc[0], atc[1]
		data[14], data[15] = ^atc[0], ^atc[1]
	case Visa10:
		return card, nil
	case Visa18:
		data[0], data[1], data[2] = atc[0], atc[1], 0xF0
		data[8], data[9], data[10] = atc[0], atc[1], 0x0F
	default:
		return nil, ErrKeyUse
	}
	return deriveKey(card, data[:])
}

// Transaction is what a cryptogram is computed over, in the packed form of the tags.
type Transaction struct {
	Amount        [6]byte // 9F02
	Other         [6]byte // 9F03
	Country       [2]byte // 9F1A
	TVR           [5]byte // 95
	Currency      [2]byte // 5F2A
	Date          [3]byte // 9A, YYMMDD
	Type          byte    // 9C
	Unpredictable [4]byte // 9F37
	AIP           [2]byte // 82
	ATC           [2]byte // 9F36
	IssuerData    []byte  // 9F10: length, key index, version, four bytes of card verification results, …
}

// input returns the bytes that the cryptogram covers: the tags in a fixed order and of 9F10 the card
// verification results, or all of it under [Visa18].
func (t *Transaction) input(scheme Scheme) ([]byte, error) {
	if len(t.IssuerData) < 7 {
		return nil, ErrCryptogramData
	}
	issuer := t.IssuerData[3:7]
	if scheme == Visa18 {
		issuer = t.IssuerData
	}
	b := make([]byte, 0, 33+len(issuer))
	b = append(b, t.Amount[:]...)
	b = append(b, t.Other[:]...)
	b = append(b, t.Country[:]...)
	b = append(b, t.TVR[:]...)
	b = append(b, t.Currency[:]...)
	b = append(b, t.Date[:]...)
	b = append(b, t.Type)
	b = append(b, t.Unpredictable[:]...)
	b = append(b, t.AIP[:]...)
	b = append(b, t.ATC[:]...)
	return append(b, issuer...), nil
}

// Cryptogram computes the application cryptogram (tag 9F26: ARQC, TC or AAC) of a transaction under the
// card's key.
func Cryptogram(scheme Scheme, card *Key, t *Transaction) ([8]byte, error) {
	data, err := t.input(scheme)
	if err != nil {
		return [8]byte{}, err
	}
	session, err := SessionKey(scheme, card, t.ATC)
	if err != nil {
		return [8]byte{}, err
	}
	padding := Pad80
	if scheme == Visa10 {
		padding = PadZero
	}
	return Retail(session, data, padding)
}

// VerifyCryptogram reports in constant time whether a cryptogram is the one of a transaction. What
// cannot be computed verifies nothing.
func VerifyCryptogram(scheme Scheme, card *Key, t *Transaction, cryptogram []byte) bool {
	want, err := Cryptogram(scheme, card, t)
	return err == nil && subtle.ConstantTimeCompare(want[:], cryptogram) == 1
}

// ARPC computes the issuer's answer to an ARQC by method 1 (EMV 4.3 Book 2, section 8.2.1), which
// [PBOC01] and [Visa10] use. Code is the authorization response code, two characters.
func ARPC(scheme Scheme, card *Key, atc [2]byte, arqc [8]byte, code [2]byte) ([8]byte, error) {
	session, err := SessionKey(scheme, card, atc)
	if err != nil {
		return [8]byte{}, err
	}
	arqc[0] ^= code[0]
	arqc[1] ^= code[1]
	session.block.Encrypt(arqc[:], arqc[:])
	return arqc, nil
}

// ARPCStatus computes the issuer's answer to an ARQC by method 2 (EMV 4.3 Book 2, section 8.2.2), which
// [Visa18] uses: a MAC of four bytes over the ARQC, the card status update and proprietary data, if
// any.
func ARPCStatus(scheme Scheme, card *Key, atc [2]byte, arqc [8]byte, status [4]byte, proprietary []byte) ([4]byte, error) {
	session, err := SessionKey(scheme, card, atc)
	if err != nil {
		return [4]byte{}, err
	}
	data := append(append(arqc[:], status[:]...), proprietary...)
	mac, err := Retail(session, data, Pad80)
	if err != nil {
		return [4]byte{}, err
	}
	return [4]byte(mac[:4]), nil
}
