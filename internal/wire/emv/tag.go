package emv

import (
	"fmt"
	"slices"
)

// Tag identifies a data element: its one to three bytes as a number, e.g. 0x9F26.
type Tag uint32

// Tags of field 55 that the code of this module names.
const (
	ApplicationID         Tag = 0x4F
	ApplicationLabel      Tag = 0x50
	Track1                Tag = 0x56
	Track2                Tag = 0x57
	PAN                   Tag = 0x5A
	CardholderName        Tag = 0x5F20
	Expiry                Tag = 0x5F24
	TransactionCurrency   Tag = 0x5F2A
	PANSequence           Tag = 0x5F34
	IssuerScript1         Tag = 0x71
	IssuerScript2         Tag = 0x72
	InterchangeProfile    Tag = 0x82
	DedicatedFile         Tag = 0x84
	ResponseCode          Tag = 0x8A
	IssuerAuthentication  Tag = 0x91
	VerificationResults   Tag = 0x95
	TransactionDate       Tag = 0x9A
	StatusInformation     Tag = 0x9B
	TransactionType       Tag = 0x9C
	AmountAuthorized      Tag = 0x9F02
	AmountOther           Tag = 0x9F03
	TerminalApplicationID Tag = 0x9F06
	ApplicationVersion    Tag = 0x9F09
	IssuerApplicationData Tag = 0x9F10
	PreferredName         Tag = 0x9F12
	ScriptIdentifier      Tag = 0x9F18
	TerminalCountry       Tag = 0x9F1A
	DeviceSerial          Tag = 0x9F1E
	Track1Discretionary   Tag = 0x9F1F
	Track2Discretionary   Tag = 0x9F20
	KeyIndex              Tag = 0x9F22
	Cryptogram            Tag = 0x9F26
	CryptogramInformation Tag = 0x9F27
	TerminalCapabilities  Tag = 0x9F33
	CVMResults            Tag = 0x9F34
	TerminalType          Tag = 0x9F35
	TransactionCounter    Tag = 0x9F36
	UnpredictableNumber   Tag = 0x9F37
	SequenceCounter       Tag = 0x9F41
	CardProduct           Tag = 0x9F63
	ContactlessTrack2     Tag = 0x9F6B
	CashAuthorizationCode Tag = 0x9F74
	KeyExpiry             Tag = 0xDF05
	ScriptResults         Tag = 0xDF31

	// Contactless parameters of a terminal (own profile): amounts are n12, switches one byte.
	ContactlessLimit     Tag = 0xFF8054 // above it a tap is refused
	ContactlessPINLimit  Tag = 0xFF8058 // up to it a tap asks for no PIN
	ContactlessNoSign    Tag = 0xFF8059 // 1: no signature up to the limit below
	ContactlessSignLimit Tag = 0xFF805A
	ContactlessWaiver    Tag = 0xFF805D // 1: no PIN, no signature is switched on

	signatureExpiry Tag = 0xFF05
)

// names holds the English name of each known tag, after EMV 4.3 Book 3 annex A and, from FF00 on, the
// signature upload and the contactless parameters of UnionPay terminals.
var names = map[Tag]string{
	ApplicationID:         "application identifier (card)",
	ApplicationLabel:      "application label",
	Track1:                "track 1 equivalent data",
	Track2:                "track 2 equivalent data",
	PAN:                   "application PAN",
	CardholderName:        "cardholder name",
	Expiry:                "application expiration date",
	TransactionCurrency:   "transaction currency code",
	PANSequence:           "PAN sequence number",
	0x61:                  "application template",
	0x63:                  "transparent template",
	IssuerScript1:         "issuer script template 1",
	IssuerScript2:         "issuer script template 2",
	InterchangeProfile:    "application interchange profile",
	DedicatedFile:         "dedicated file name",
	0x85:                  "payload format indicator",
	0x86:                  "issuer script command",
	ResponseCode:          "authorization response code",
	IssuerAuthentication:  "issuer authentication data",
	VerificationResults:   "terminal verification results",
	TransactionDate:       "transaction date",
	StatusInformation:     "transaction status information",
	TransactionType:       "transaction type",
	AmountAuthorized:      "amount, authorized",
	AmountOther:           "amount, other",
	TerminalApplicationID: "application identifier (terminal)",
	ApplicationVersion:    "application version number",
	IssuerApplicationData: "issuer application data",
	PreferredName:         "application preferred name",
	ScriptIdentifier:      "issuer script identifier",
	TerminalCountry:       "terminal country code",
	DeviceSerial:          "interface device serial number",
	Track1Discretionary:   "track 1 discretionary data",
	Track2Discretionary:   "track 2 discretionary data",
	KeyIndex:              "certification authority public key index",
	Cryptogram:            "application cryptogram",
	CryptogramInformation: "cryptogram information data",
	TerminalCapabilities:  "terminal capabilities",
	CVMResults:            "cardholder verification results",
	TerminalType:          "terminal type",
	TransactionCounter:    "application transaction counter",
	UnpredictableNumber:   "unpredictable number",
	SequenceCounter:       "transaction sequence counter",
	CardProduct:           "card product identification",
	ContactlessTrack2:     "track 2 data (contactless)",
	CashAuthorizationCode: "electronic cash issuer authorization code",
	KeyExpiry:             "public key expiration date",
	ScriptResults:         "issuer script results",

	0xFF00:          "merchant name",
	0xFF01:          "transaction type",
	0xFF02:          "operator",
	0xFF03:          "acquirer",
	0xFF04:          "issuer",
	signatureExpiry: "expiry",
	0xFF06:          "date and time",
	0xFF07:          "authorization code",
	0xFF09:          "card organization",
	0xFF0A:          "currency",
	0xFF0B:          "telephone",
	0xFF22:          "application identifier",
	0xFF23:          "application cryptogram",
	0xFF26:          "unpredictable number",
	0xFF27:          "application interchange profile",
	0xFF28:          "terminal verification results",
	0xFF29:          "transaction status information",
	0xFF2A:          "application transaction counter",
	0xFF2B:          "issuer application data",
	0xFF30:          "application label",
	0xFF31:          "application name",
	0xFF40:          "remarks",
	0xFF49:          "approved amount",
	0xFF4A:          "balance",
	0xFF60:          "original voucher",
	0xFF61:          "original batch",
	0xFF62:          "original reference number",
	0xFF63:          "original date",
	0xFF64:          "original authorization code",
	0xFF70:          "copies",

	ContactlessLimit:     "contactless transaction limit",
	ContactlessPINLimit:  "contactless limit without PIN",
	ContactlessNoSign:    "contactless without signature",
	ContactlessSignLimit: "contactless limit without signature",
	ContactlessWaiver:    "contactless waiver of PIN and signature",
}

// String returns the tag in hexadecimal, e.g. "9F26".
func (t Tag) String() string {
	if t < 0x10 {
		return fmt.Sprintf("%02X", uint32(t))
	}
	return fmt.Sprintf("%X", uint32(t))
}

// Name returns the English name of the tag, or "" when the dictionary does not have it.
func (t Tag) Name() string { return names[t] }

// Secret reports whether the element holds card number, track data or expiry, which are not stored.
func (t Tag) Secret() bool {
	switch t {
	case Track1, Track2, PAN, Expiry, Track1Discretionary, Track2Discretionary, ContactlessTrack2, signatureExpiry:
		return true
	}
	return false
}

// Constructed reports whether the value is itself a list of elements. The tags of a signature upload
// (FFxx) carry the mark of one and hold text.
func (t Tag) Constructed() bool {
	first := t
	for first > 0xFF {
		first >>= 8
	}
	return first&0x20 != 0 && first != 0xFF
}

// valid reports whether the bytes of t are those of one tag, so that they can be read back.
func (t Tag) valid() bool {
	var b [3]byte
	if t == 0 || t > 0xFFFFFF {
		return false
	}
	raw := appendTag(b[:0], t)
	got, size, reason := readTag(raw)
	return reason == "" && got == t && size == len(raw)
}

// request holds the elements of an online request in the order of a published capture.
var request = [...]Tag{
	Cryptogram, CryptogramInformation, IssuerApplicationData, UnpredictableNumber, TransactionCounter,
	VerificationResults, TransactionDate, TransactionType, AmountAuthorized, TransactionCurrency,
	InterchangeProfile, TerminalCountry, AmountOther, TerminalCapabilities, CVMResults, TerminalType,
	DeviceSerial, DedicatedFile, ApplicationVersion, SequenceCounter,
}

// required is how many elements of request no online request may lack.
const required = 14

// Request returns the elements of an online request in the order in which terminals send them.
func Request() []Tag { return slices.Clone(request[:]) }

// Missing returns which of the elements that every online request needs a list lacks.
func Missing(list List) []Tag {
	var missing []Tag
	for _, tag := range request[:required] {
		if !list.Has(tag) {
			missing = append(missing, tag)
		}
	}
	return missing
}

// Known returns the tags of the dictionary in ascending order.
func Known() []Tag {
	tags := make([]Tag, 0, len(names))
	for tag := range names {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}
