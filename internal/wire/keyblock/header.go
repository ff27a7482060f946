package keyblock

import (
	"errors"
	"fmt"
	"strings"
)

// Version is the way a key block is protected: its first character.
type Version byte

// Versions.
const (
	VersionA Version = 'A' // triple DES, key variants; deprecated
	VersionB Version = 'B' // triple DES, key derivation
	VersionC Version = 'C' // as A, with the header of the later standard; deprecated
	VersionD Version = 'D' // AES, key derivation
)

// String returns the letter of the version.
func (v Version) String() string { return string(rune(v)) }

// blockSize returns the size of the version's cipher blocks in bytes, to a whole number of which the header
// is filled, in characters. It is 0 for a version that there is not.
func (v Version) blockSize() int {
	switch v {
	case VersionA, VersionB, VersionC:
		return 8
	case VersionD:
		return 16
	}
	return 0
}

// macSize returns the length of the authenticator in bytes.
func (v Version) macSize() int {
	if v == VersionB || v == VersionD {
		return v.blockSize()
	}
	return 4
}

// Identifiers of optional blocks that the package or its callers name.
const (
	OptionKeySet      = "KS" // key set identifier, or initial key serial number of a DUKPT key
	OptionKeyValue    = "KV" // version of the set of values that the header's fields are taken from
	OptionKeyCheck    = "KC" // check value of the key inside
	OptionKBPKCheck   = "KP" // check value of the protection key
	OptionCertificate = "CT" // certificate of a public key, or a chain
	OptionTimestamp   = "TS" // when the block was made
	OptionFilling     = "PB" // filling up to whole cipher blocks; the last one
)

// Option is an optional block.
type Option struct {
	ID   string // two letters or digits
	Data string // printable ASCII
}

// Header says what the key in a block is and what it may be used for.
type Header struct {
	Version       Version
	Usage         string // two characters, e.g. "P0"
	Algorithm     byte   // e.g. 'T'
	Mode          byte   // e.g. 'E'
	KeyVersion    string // two characters; "00" when keys of this kind have no versions, "c…" for a component
	Exportability byte   // 'E', 'N' or 'S'
	Context       string // two characters; "00" for storage and exchange. Empty stands for "00"
	Options       []Option
}

const (
	fixedLength = 16   // of the header without its optional blocks, in characters
	lengthMax   = 9999 // of a key block, in characters
	optionsMax  = 99
)

// ErrHeader reports a header that cannot be written.
var ErrHeader = errors.New("keyblock: header cannot be written; check the version, the lengths of its fields and the optional blocks")

// Option returns the data of the optional block with the identifier, and whether there is one.
func (h *Header) Option(id string) (data string, ok bool) {
	for _, o := range h.Options {
		if o.ID == id {
			return o.Data, true
		}
	}
	return "", false
}

// format returns the header of a block whose enciphered key and authenticator take payload characters. The
// optional block of filling is made anew.
func (h *Header) format(payload int) (string, error) {
	size := h.Version.blockSize()
	context := h.Context
	if context == "" {
		context = "00"
	}
	fields := h.Usage + string([]byte{h.Algorithm, h.Mode}) + h.KeyVersion + string([]byte{h.Exportability})
	if size == 0 || len(h.Usage) != 2 || len(h.KeyVersion) != 2 || len(context) != 2 || !alphanumeric(fields+context) {
		return "", ErrHeader
	}
	var blocks strings.Builder
	seen := map[string]bool{OptionFilling: true}
	count := 0
	for _, o := range h.Options {
		if o.ID == OptionFilling {
			continue
		}
		if len(o.ID) != 2 || !alphanumeric(o.ID) || !printable(o.Data) || seen[o.ID] {
			return "", ErrHeader
		}
		seen[o.ID] = true
		count++
		blocks.WriteString(formatOption(o))
	}
	if over := blocks.Len() % size; over > 0 {
		filling := size - over
		if filling < optionLength {
			filling += size
		}
		count++
		blocks.WriteString(formatOption(Option{ID: OptionFilling, Data: strings.Repeat("0", filling-optionLength)}))
	}
	length := fixedLength + blocks.Len() + payload
	if count > optionsMax || length > lengthMax {
		return "", ErrHeader
	}
	return fmt.Sprintf("%c%04d%s%02d%s%s", h.Version, length, fields, count, context, blocks.String()), nil
}

// optionLength is the length of an optional block without data: identifier and length.
const optionLength = 4

// formatOption writes the identifier, the length of the whole in hexadecimal, and the data. A length that
// does not fit two digits is written as 00, the number of its bytes and four digits.
func formatOption(o Option) string {
	if n := optionLength + len(o.Data); n <= 0xFF {
		return fmt.Sprintf("%s%02X%s", o.ID, n, o.Data)
	}
	return fmt.Sprintf("%s0002%04X%s", o.ID, optionLength+6+len(o.Data), o.Data)
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
