package keyblock

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
)

// Error says where a key block cannot be read. It carries nothing of the block but the identifier of an
// optional block.
type Error struct {
	Offset int // in characters
	Reason string
}

// Error returns the place and the reason, e.g. "keyblock: offset 1: length is not four digits".
func (e *Error) Error() string { return fmt.Sprintf("keyblock: offset %d: %s", e.Offset, e.Reason) }

// Block is a key block as it was read. Nothing of it is verified before [Block.Unwrap].
type Block struct {
	Header Header

	text   string
	header string // the part of text that is authenticated as it stands
	cipher []byte
	mac    []byte
}

// Text returns the key block.
func (b *Block) Text() string { return b.text }

// String returns the kind of the block and its length. What is wrapped is no secret by itself, but it has
// no place in a log either.
func (b *Block) String() string {
	return fmt.Sprintf("key block of version %v for usage %s, %d characters", b.Header.Version, b.Header.Usage, len(b.text))
}

// Format writes what String returns, whatever the verb.
func (b *Block) Format(s fmt.State, _ rune) { fmt.Fprint(s, b.String()) }

// Parse reads a key block. It returns an *Error for anything that is not one.
func Parse(text string) (*Block, error) {
	b := &Block{text: text}
	h := &b.Header
	if len(text) < fixedLength {
		return nil, &Error{len(text), fmt.Sprintf("a key block has a header of %d characters at least", fixedLength)}
	}
	h.Version = Version(text[0])
	size := h.Version.blockSize()
	if size == 0 {
		return nil, &Error{0, "version is not A, B, C or D"}
	}
	length, ok := number(text[1:5], 10)
	switch {
	case !ok:
		return nil, &Error{1, "length is not four digits"}
	case length != len(text):
		return nil, &Error{1, fmt.Sprintf("length says %d characters, there are %d", length, len(text))}
	case !alphanumeric(text[5:fixedLength]):
		return nil, &Error{5, "header is not made of letters and digits"}
	}
	h.Usage, h.Algorithm, h.Mode, h.KeyVersion = text[5:7], text[7], text[8], text[9:11]
	h.Exportability, h.Context = text[11], text[14:16]
	count, ok := number(text[12:14], 10)
	if !ok {
		return nil, &Error{12, "number of optional blocks is not two digits"}
	}
	at, err := h.readOptions(text, count)
	if err != nil {
		return nil, err
	}
	if at%size != 0 {
		return nil, &Error{at, fmt.Sprintf("header of %d characters is not filled to a multiple of %d", at, size)}
	}
	b.header = text[:at]
	payload, hexErr := hex.DecodeString(text[at:])
	if hexErr != nil {
		return nil, &Error{at, "key and authenticator are not in hexadecimal"}
	}
	split := len(payload) - h.Version.macSize()
	if split < size || split%size != 0 {
		return nil, &Error{at, "enciphered key is not a whole number of cipher blocks"}
	}
	b.cipher, b.mac = payload[:split:split], payload[split:]
	return b, nil
}

// readOptions reads so many optional blocks and returns the offset behind them.
func (h *Header) readOptions(text string, count int) (int, error) {
	at := fixedLength
	for i := range count {
		if len(text)-at < optionLength {
			return 0, &Error{at, fmt.Sprintf("optional block %d of %d ends early", i+1, count)}
		}
		id := text[at : at+2]
		if !alphanumeric(id) {
			return 0, &Error{at, "identifier of an optional block is not two letters or digits"}
		}
		start, length, ok := optionBounds(text, at)
		switch {
		case !ok:
			return 0, &Error{at + 2, "length of optional block " + id + " is not one"}
		case length < start-at:
			return 0, &Error{at + 2, "length of optional block " + id + " does not count identifier and length"}
		case length > len(text)-at:
			return 0, &Error{at + 2, "optional block " + id + " ends early"}
		case !printable(text[start : at+length]):
			return 0, &Error{start, "optional block " + id + " is not printable ASCII"}
		case slices.ContainsFunc(h.Options, func(o Option) bool { return o.ID == id }):
			return 0, &Error{at, "optional block " + id + " stands twice"}
		case id == OptionFilling && i < count-1:
			return 0, &Error{at, "optional block PB is not the last"}
		}
		h.Options = append(h.Options, Option{ID: id, Data: text[start : at+length]})
		at += length
	}
	return at, nil
}

// optionBounds returns where the data of the optional block at an offset starts, and the length of the
// whole block. A length of 00 is followed by the number of bytes that the length takes, and the length.
func optionBounds(text string, at int) (start, length int, ok bool) {
	start = at + optionLength
	length, ok = number(text[at+2:start], 16)
	if !ok || length > 0 {
		return start, length, ok
	}
	if len(text)-start < 2 {
		return start, 0, false
	}
	digits, ok := number(text[start:start+2], 16)
	digits *= 2
	start += 2
	if !ok || digits == 0 || digits > 8 || len(text)-start < digits {
		return start, 0, false
	}
	length, ok = number(text[start:start+digits], 16)
	return start + digits, length, ok
}

// number reads an unsigned number made of digits only.
func number(s string, base int) (int, bool) {
	if !alphanumeric(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 31)
	return int(n), err == nil
}
