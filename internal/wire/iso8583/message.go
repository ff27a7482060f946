package iso8583

import (
	"fmt"
	"iter"
	"log/slog"
	"math/bits"
	"slices"
	"strings"
)

// Message is one message: its type and the values of its fields. The zero value is ready. A Message is
// made to be reused and not to be shared between goroutines.
//
// Printing a Message shows its type and the numbers of its fields, never a value.
type Message struct {
	mti     [4]byte
	mtiLen  uint8 // 4, or 0 when unset or set to something that is no type
	present [2]uint64
	spans   [129]span // valid where the present bit is set
	arena   []byte
}

// span is where a value lies in the arena.
type span struct{ from, to uint32 }

// Reset empties m and keeps its memory. Slices that Bytes returned are no longer valid.
func (m *Message) Reset() {
	m.mtiLen = 0
	m.present = [2]uint64{}
	m.arena = m.arena[:0]
}

// SetMTI sets the message type, four digits. Anything else is refused when the message is packed.
func (m *Message) SetMTI(mti string) {
	m.mtiLen = 0
	if len(mti) == len(m.mti) {
		m.mtiLen = uint8(copy(m.mti[:], mti))
	}
}

// MTI returns the message type, or "" when none is set.
func (m *Message) MTI() string { return string(m.mti[:m.mtiLen]) }

// Set sets a field, 2 to 128, from text: digits for N, digits with 'D' or '=' for Z, text otherwise.
// Whether the value fits the field shows when the message is packed. Set panics on another number.
func (m *Message) Set(field int, value string) {
	unify(field, append(m.place(field, len(value)), value...))
}

// SetBytes is [Message.Set] for a value in bytes; it copies them.
func (m *Message) SetBytes(field int, value []byte) {
	unify(field, append(m.place(field, len(value)), value...))
}

// unify turns the separator of the two tracks into the one that values use.
func unify(field int, value []byte) {
	if field == 35 || field == 36 {
		unifySeparator(value)
	}
}

func unifySeparator(value []byte) {
	for i, c := range value {
		if c == '=' {
			value[i] = 'D'
		}
	}
}

// place reserves n bytes for a field's value, marks the field present and returns the empty slice
// over the reserved bytes. A value that is set anew takes its old place when it fits.
func (m *Message) place(field, n int) []byte {
	checkNumber(field)
	half, bit := bitOf(field)
	at := m.spans[field]
	if m.present[half]&bit == 0 || int(at.to-at.from) < n {
		at.from = uint32(len(m.arena))
		m.arena = slices.Grow(m.arena, n)[:len(m.arena)+n]
	}
	at.to = at.from + uint32(n)
	m.spans[field] = at
	m.present[half] |= bit
	return m.arena[at.from:at.from:at.to]
}

// Unset removes a field.
func (m *Message) Unset(field int) {
	checkNumber(field)
	half, bit := bitOf(field)
	m.present[half] &^= bit
}

// Has reports whether a field is present.
func (m *Message) Has(field int) bool {
	if field < 2 || field > 128 {
		return false
	}
	half, bit := bitOf(field)
	return m.present[half]&bit != 0
}

// Get returns the value of a field as a string, or "" when it is absent.
func (m *Message) Get(field int) string { return string(m.Bytes(field)) }

// Bytes returns the value of a field, or nil when it is absent. The bytes belong to m: they are valid
// until Reset, Unpack or a new value for the field, and must not be changed.
func (m *Message) Bytes(field int) []byte {
	if !m.Has(field) {
		return nil
	}
	at := m.spans[field]
	return m.arena[at.from:at.to:at.to]
}

// Fields yields the numbers of the present fields in ascending order.
func (m *Message) Fields() iter.Seq[int] {
	return func(yield func(int) bool) {
		for half, rest := range m.present {
			for rest != 0 {
				zeros := bits.LeadingZeros64(rest)
				rest &^= 1 << 63 >> zeros
				if !yield(half*64 + zeros + 1) {
					return
				}
			}
		}
	}
}

// CopyFrom sets the listed fields of m to the values they have in other; those that other lacks stay
// as they are. It is how an answer takes over fields of its request.
func (m *Message) CopyFrom(other *Message, fields ...int) {
	for _, field := range fields {
		if other.Has(field) {
			m.SetBytes(field, other.Bytes(field))
		}
	}
}

// String returns the type and the numbers of the fields, e.g. "0200 [2 3 4 11]".
func (m Message) String() string {
	var b strings.Builder
	b.WriteString(m.MTI())
	b.WriteString(" [")
	separator := ""
	for field := range m.Fields() {
		fmt.Fprintf(&b, "%s%d", separator, field)
		separator = " "
	}
	b.WriteString("]")
	return b.String()
}

// Format writes what String returns, whatever the verb.
func (m Message) Format(s fmt.State, _ rune) { fmt.Fprint(s, m.String()) }

// LogValue returns what String returns.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (m Message) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

func checkNumber(field int) {
	if field < 2 || field > 128 {
		panic(fmt.Sprintf("iso8583: field %d does not exist", field))
	}
}
