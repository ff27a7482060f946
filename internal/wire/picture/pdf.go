package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"regexp"
)

// Bounds of what is unpacked to look into a PDF.
const (
	streamMax  = 16 << 20 // bytes of one stream, unpacked
	streamsMax = 64 << 20 // of all
	tailMax    = 2048     // bytes at the end within which the end mark stands
)

// forbidden are the names by which a PDF does more than show pages (ISO 32000-1, 7.11.4, 12.6, 12.7). The shortest counts
// before a value that a script can have, a string or a reference: its three characters alone stand in any few
// megabytes of a photograph.
var forbidden = regexp.MustCompile(
	`/(?:JavaScript|Launch|EmbeddedFiles?|Encrypt|SubmitForm|ImportData|RichMedia|XFA|GoToE|Movie|Sound|Rendition)[^A-Za-z0-9]` +
		`|/JS[\x00\t\n\f\r ]*(?:[(<%]|[0-9]+[\x00\t\n\f\r ]+[0-9]+[\x00\t\n\f\r ]+R)`)

// escaped is a character of a name written as its code, which readers take for the character.
var escaped = regexp.MustCompile(`#[0-9A-Fa-f]{2}`)

// checkPDF refuses a PDF that is not whole or does more than show.
func checkPDF(content []byte) error {
	if len(content) < 8 || content[5] != '1' && content[5] != '2' || content[6] != '.' {
		return ErrType
	}
	tail := content[max(0, len(content)-tailMax):]
	if !bytes.Contains(tail, []byte("%%EOF")) || !bytes.Contains(tail, []byte("startxref")) {
		return ErrDamaged
	}
	if active(content) {
		return ErrUnsafe
	}
	room := int64(streamsMax)
	for rest := content; ; {
		at := bytes.Index(rest, []byte("stream"))
		if at < 0 {
			return nil
		}
		rest = bytes.TrimLeft(rest[at+len("stream"):], "\r\n")
		unpacked, err := unpack(rest, min(room, streamMax))
		if err != nil {
			return err
		}
		if room -= int64(len(unpacked)); room <= 0 {
			return ErrSize
		}
		if active(unpacked) {
			return ErrUnsafe
		}
	}
}

// unpack returns what a stream holds when it is packed as objects are, nothing when it is not.
func unpack(stream []byte, most int64) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil, nil // a picture, or a stream that is not packed and was looked at already
	}
	out, _ := io.ReadAll(io.LimitReader(r, most+1)) // what is damaged behind shows nothing either
	if int64(len(out)) > most {
		return nil, ErrSize
	}
	return out, nil
}

// active tells whether a text of a PDF says something that is forbidden.
func active(text []byte) bool {
	if bytes.IndexByte(text, '#') >= 0 {
		text = escaped.ReplaceAllFunc(text, func(code []byte) []byte {
			var out [1]byte
			if _, err := hex.Decode(out[:], code[1:]); err != nil {
				return code
			}
			return out[:]
		})
	}
	return forbidden.Match(text)
}
