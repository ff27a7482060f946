package emv

import (
	"encoding/hex"
	"strings"
)

// Receipt is what a receipt prints of a chip transaction. Binary elements are in upper-case
// hexadecimal; an absent element is "".
type Receipt struct {
	Label          string // 50, or 9F12
	AID            string // 84, or 4F, or 9F06
	CryptogramKind string // "ARQC", "TC" or "AAC", from 9F27
	Cryptogram     string // 9F26
	TVR            string // 95
	TSI            string // 9B
	ATC            string // 9F36
	Unpredictable  string // 9F37, UNPR NUM
	AIP            string // 82
	CVMR           string // 9F34
	IAD            string // 9F10
	Capabilities   string // 9F33, TERM CAPA
	CSN            string // 5F34
}

// Receipt returns what a receipt prints of the list.
func (l List) Receipt() Receipt {
	first := func(tags ...Tag) []byte {
		for _, tag := range tags {
			if value := l.Get(tag); len(value) > 0 {
				return value
			}
		}
		return nil
	}
	text := func(tags ...Tag) string { return strings.ToUpper(hex.EncodeToString(first(tags...))) }
	return Receipt{
		Label:          printable(first(ApplicationLabel, PreferredName)),
		AID:            text(DedicatedFile, ApplicationID, TerminalApplicationID),
		CryptogramKind: cryptogramKind(l.Get(CryptogramInformation)),
		Cryptogram:     text(Cryptogram),
		TVR:            text(VerificationResults),
		TSI:            text(StatusInformation),
		ATC:            text(TransactionCounter),
		Unpredictable:  text(UnpredictableNumber),
		AIP:            text(InterchangeProfile),
		CVMR:           text(CVMResults),
		IAD:            text(IssuerApplicationData),
		Capabilities:   text(TerminalCapabilities),
		CSN:            text(PANSequence),
	}
}

// cryptogramKind reads the first two bits of the cryptogram information data (EMV 4.3 Book 3, table 14).
func cryptogramKind(information []byte) string {
	if len(information) != 1 {
		return ""
	}
	switch information[0] >> 6 {
	case 0:
		return "AAC"
	case 1:
		return "TC"
	case 2:
		return "ARQC"
	}
	return ""
}

// printable returns the label without anything that a printer or a page could take for a command.
func printable(label []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E {
			return -1
		}
		return r
	}, string(label)))
}
