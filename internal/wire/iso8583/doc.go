// Package iso8583 packs and unpacks ISO 8583 messages from a table: the UnionPay terminal dialect that
// POS terminals speak to an acquirer, and the network leg from the acquirer to a card network.
//
// A [Spec] is data: per field its format, kind of length, limits and side of padding, and per message
// the size of the bitmap and the packing of digits. [Terminal], [TerminalSM4] and [Network] are
// specs; [Spec.With] derives another profile from one of them. A [Message] keeps the values of one
// message in one piece of memory and is meant to be reused.
//
// # Values
//
// N fields are ASCII digits. Z fields are ASCII digits with 'D' as the separator. AN and ANS fields are
// the bytes of the wire, so Chinese text stays GBK. B fields are raw bytes.
//
// # Invariants
//
//   - One message has one packed form: what [Spec.Unpack] accepts, [Spec.Append] packs back to the same
//     bytes. A pad nibble that is not zero, a length beyond its limit, a byte too many, a field that the
//     table does not know, a bit 1 where it does not belong are therefore refused, not repaired.
//   - Unpack does not panic and does not allocate more than about twice the length of its input.
//   - An [Error] names a field and an offset and never what the field holds.
//
// # Frame of the terminal leg
//
//	LEN(2, big-endian, excludes itself) | TPDU(5) | HEADER(6 bytes = 12 digits) | MTI | BITMAP | fields
//
// The package does no I/O and knows no keys: who checks a MAC asks [MACInput] for the bytes.
//
// Sources: ISO 8583:1987 for the structure; the terminal dialect as public terminal applications and
// captures show it. Where a dialect differs, derive a Spec rather than branch in code.
package iso8583
