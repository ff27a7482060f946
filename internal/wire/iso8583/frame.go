package iso8583

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Frame is one frame of the terminal leg without its length.
type Frame struct {
	TPDU   [5]byte // 60, destination (2), source (2)
	ANI    []byte  // 14 bytes that name the calling line, where the acquirer's network puts them; else nil
	Header [6]byte // twelve digits: application, version, status, requirement, sub-version
	Body   []byte  // message type, bitmap and fields
}

const (
	frameHead    = 5 + 6          // TPDU and header
	aniLen       = 14             // between the two
	frameBodyMax = 0xFFFF - 5 - 6 // what two bytes of length leave for the body
)

// ParseFrame splits a frame, given without its two length bytes. Body and ANI share the memory of b.
func ParseFrame(b []byte) (Frame, error) {
	if len(b) < frameHead {
		return Frame{}, &Error{Field: -1, Offset: len(b), Reason: reasonFrameShort}
	}
	f := Frame{TPDU: [5]byte(b[:5])}
	rest := b[5:]
	if !beginsHeader(rest) && len(rest) >= aniLen+6 && beginsHeader(rest[aniLen:]) {
		f.ANI, rest = rest[:aniLen:aniLen], rest[aniLen:]
	}
	f.Header, f.Body = [6]byte(rest[:6]), rest[6:]
	return f, nil
}

// beginsHeader tells whether b begins with an application type: 60 to 63.
func beginsHeader(b []byte) bool { return b[0] >= 0x60 && b[0] <= 0x63 }

// AppendFrame appends f with its two length bytes. It panics on a body over 65524 bytes, which no spec
// of this package can produce.
func AppendFrame(dst []byte, f Frame) []byte {
	if len(f.Body)+len(f.ANI) > frameBodyMax {
		panic(fmt.Sprintf("iso8583: body of %d bytes does not fit a frame", len(f.Body)))
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(frameHead+len(f.ANI)+len(f.Body)))
	dst = append(dst, f.TPDU[:]...)
	dst = append(dst, f.ANI...)
	dst = append(dst, f.Header[:]...)
	return append(dst, f.Body...)
}

// Format writes TPDU, header and the length of the body, whatever the verb.
func (f Frame) Format(s fmt.State, _ rune) {
	fmt.Fprint(s, hex.EncodeToString(f.TPDU[:])+" "+hex.EncodeToString(f.Header[:])+
		" and "+strconv.Itoa(len(f.Body))+" bytes")
}

// Reply returns the frame of an answer, still without a body: destination and source of the TPDU are
// swapped and the header is echoed with its sixth digit, the processing requirement, overwritten by
// requirement (0 to 9).
func (f Frame) Reply(requirement byte) Frame {
	r := Frame{TPDU: f.TPDU, ANI: f.ANI, Header: f.Header}
	copy(r.TPDU[1:3], f.TPDU[3:5])
	copy(r.TPDU[3:5], f.TPDU[1:3])
	r.Header[2] = r.Header[2]&0xF0 | requirement&0x0F
	return r
}

// Requirement returns the sixth digit of the header: what the host asks the terminal to do next.
func (f Frame) Requirement() byte { return f.Header[2] & 0x0F }

// NetworkHeader is the size of the length header of the network leg: four ASCII digits.
const NetworkHeader = 4

// AppendNetworkFrame appends a body of the network leg after its four-digit length. It panics on a
// body over 9999 bytes, which no spec of this package can produce.
func AppendNetworkFrame(dst, body []byte) []byte {
	n := len(body)
	if n > 9999 {
		panic(fmt.Sprintf("iso8583: body of %d bytes does not fit a network frame", n))
	}
	dst = append(dst, '0'+byte(n/1000), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
	return append(dst, body...)
}

// NetworkLength reads the length header of the network leg and returns the length of the body that
// follows it.
func NetworkLength(header [NetworkHeader]byte) (int, error) {
	n := 0
	for i, c := range header {
		if c < '0' || c > '9' {
			return 0, &Error{Field: -1, Offset: i, Reason: reasonNetLength}
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

// MACInput returns the bytes of a packed message that its MAC covers: the message type up to the
// field before the MAC, so body without its last eight bytes. It returns nil when the bitmap does not
// announce the MAC (F64, or F128 on a 128-bit bitmap) or body is too short to hold it. To sign a
// message, set the MAC to eight zero bytes, pack, and overwrite the last eight bytes of the body.
func MACInput(body []byte, spec *Spec) []byte {
	head := spec.mtiLen() + int(spec.bitmap)
	if len(body) < head+macSize || body[head-1]&1 == 0 {
		return nil
	}
	return body[: len(body)-macSize : len(body)-macSize]
}

// macSize is the length of F64 and F128.
const macSize = 8
