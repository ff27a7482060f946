package iso8583

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// MaskPAN returns the first six and the last four digits of a PAN with stars between them. Of fewer
// than thirteen digits it shows at most the last four, and of fewer than nine none.
func MaskPAN(pan string) string {
	first, last := shown(len(pan))
	return pan[:first] + strings.Repeat("*", len(pan)-first-last) + pan[len(pan)-last:]
}

// shown returns how many digits of a PAN of n digits may show at its start and at its end.
func shown(n int) (first, last int) {
	switch {
	case n < 9:
		return 0, 0
	case n < 13:
		return 0, 4
	}
	return 6, 4
}

// Bounds of a card number's length, ISO/IEC 7812-1 and what networks issue.
const (
	panMin = 13
	panMax = 19
)

// luhn reports whether a card number's check digit is right (ISO/IEC 7812-1, annex B).
func luhn(pan string) bool {
	sum := 0
	for i := range len(pan) {
		digit := int(pan[len(pan)-1-i] - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}

// plausible reports whether digits could be a card number: its length, the first digit of issuers that
// exist, and the check digit.
func plausible(pan string) bool {
	return len(pan) >= panMin && len(pan) <= panMax && strings.IndexByte("34569", pan[0]) >= 0 && luhn(pan)
}

// hide marks nibbles so that they show as stars.
func (d *describer) hide(from, to int) {
	for i := from; i < to; i++ {
		d.hidden[i] = true
	}
}

// maskPAN hides the middle of a card number of n digits; step is the nibbles that a digit takes: 1
// packed, 2 in text.
func (d *describer) maskPAN(from, n, step int) {
	first, last := shown(n)
	d.hide(from+first*step, from+(n-last)*step)
}

// digitRun returns how many digits follow one another from a nibble on.
func digitRun(d *describer, from, to int) int {
	n := 0
	for from+n < to && d.nibble(from+n) <= 9 {
		n++
	}
	return n
}

// maskTrack hides all of a track but what may show of its card number, and its separator.
func (d *describer) maskTrack(from, to, step int) {
	end := from
	for end < to && !d.separator(end, step) {
		end += step
	}
	if end >= to { // no separator: nobody knows where the card number ends
		d.hide(from, to)
		return
	}
	d.maskPAN(from, (end-from)/step, step)
	d.hide(end+step, to)
}

func (d *describer) separator(at, step int) bool {
	if step == 1 {
		return d.nibble(at) == 0xD
	}
	return d.b[at/2] == '=' || d.b[at/2] == 'D'
}

// protect marks everything that must not show, once the whole frame has been read.
func (d *describer) protect() {
	for i := range d.pieces {
		if p := &d.pieces[i]; p.row.Part == "" && p.row.Field >= 2 {
			d.protectField(p)
		}
	}
	for _, pan := range d.cardNumbers() {
		d.protectCopies(pan)
	}
	switch {
	case !d.broken:
	case d.trusted():
		// The card of this message is known and masked; another could only show within one value.
		for _, p := range d.pieces {
			if p.to > 2*d.faultAt {
				d.protectSuspects(p.from/2, (p.to+1)/2, true)
			}
		}
	default:
		d.protectSuspects(0, len(d.b), true)
	}
}

// protectField hides what a field of this number holds by definition.
func (d *describer) protectField(p *piece) {
	step := 2
	if p.form == formNibble {
		step = 1
	}
	n := (p.to - p.from) / step
	switch p.row.Field {
	case 2:
		d.maskPAN(p.from, n, step)
	case 35:
		d.maskTrack(p.from, p.to, step)
	case 14, 36, 45, 52, 96:
		d.hide(p.from, p.to)
	case 102, 103:
		d.maskPAN(p.from, n, step)
	case 48:
		d.protectF48(p, n, step)
	case 62:
		if d.carriesKeys() {
			d.hide(p.from, p.to)
		} else if _, err := ParseSequenceNo(d.values[62]); err != nil {
			d.protectSuspects(p.from/2, p.to/2, false)
		}
	case 59:
		d.protectF59(p)
	case 43, 44, 54, 57, 58, 63, 121, 122, 123:
		d.protectSuspects(p.from/2, p.to/2, false)
	}
}

// protectF48 hides the keys of a network's key change, the card numbers of batch details, and, in
// text, whatever looks like a card number. Batch totals and counts show.
func (d *describer) protectF48(p *piece, n, step int) {
	value := d.values[48]
	switch {
	case strings.HasPrefix(d.mti, "08"):
		d.hide(p.from, p.to)
	case step == 2:
		d.protectSuspects(p.from/2, p.to/2, false)
	case n == 4:
	case strings.HasPrefix(d.mti, "05") && (n == halfDigits || n == 2*halfDigits):
	default:
		if _, err := ParseDetails(value); err != nil {
			d.hide(p.from, p.to)
			return
		}
		for at := p.from + 2; at < p.to; at += detailDigits {
			pan := d.clear(at+8, at+28, formNibble)
			zeros := len(pan) - len(strings.TrimLeft(pan, "0"))
			d.maskPAN(at+8+zeros, 20-zeros, 1)
		}
	}
}

// protectF59 masks payment codes (tag A3), which pay for whoever shows them, like card numbers.
func (d *describer) protectF59(p *piece) {
	list, err := ParseTags(d.values[59])
	if err != nil {
		d.hide(p.from, p.to)
		return
	}
	at := p.from/2 + 5
	for _, tag := range list {
		if tag.ID == "A3" {
			d.maskPAN(2*at, len(tag.Value), 2)
		}
		at += len(tag.Value) + 5
	}
	d.protectSuspects(p.from/2, p.to/2, false)
}

// carriesKeys reports whether F62 may hold keys: in answers to network management but for those whose
// code says that it is parameters, public keys or a card list.
func (d *describer) carriesKeys() bool {
	if d.mti != "0810" && d.mti != "0830" {
		return false
	}
	f60, err := ParseF60(d.values[60])
	return err != nil || !strings.HasPrefix(f60.Network, "3")
}

// cardNumbers returns the card numbers that stand where they belong.
func (d *describer) cardNumbers() []string {
	var list []string
	take := func(track string) {
		end := 0
		for end < len(track) && track[end] >= '0' && track[end] <= '9' {
			end++
		}
		if end >= panMin && end <= panMax {
			list = append(list, track[:end])
		}
	}
	take(d.values[2])
	take(d.values[35])
	for _, p := range d.pieces {
		if p.row.Field == 55 && (p.row.Part == "57" || p.row.Part == "5A") {
			take(d.clear(p.from, p.to, formNibble))
		}
	}
	return list
}

// protectCopies masks a card number wherever else it lies, packed or in text.
func (d *describer) protectCopies(pan string) {
	packed := strings.ToUpper(hex.EncodeToString(d.b))
	for at := 0; ; at++ {
		i := strings.Index(packed[at:], pan)
		if i < 0 {
			break
		}
		at += i
		d.maskPAN(at, len(pan), 1)
	}
	for at := 0; ; at++ {
		i := bytes.Index(d.b[at:], []byte(pan))
		if i < 0 {
			return
		}
		at += i
		d.maskPAN(2*at, len(pan), 2)
	}
}

// trusted reports whether the fields before the first fault lie where the bitmap says: a card number
// that checks, in its own place, proves it.
func (d *describer) trusted() bool {
	track, _, _ := strings.Cut(d.values[35], "D")
	for _, pan := range [...]string{d.values[2], track} {
		if !nonDigit([]byte(pan)) && plausible(pan) {
			return true
		}
	}
	return false
}

// protectSuspects masks whatever between two offsets could be a card number in text and, where the
// structure is lost, packed. It hides too much rather than too little.
func (d *describer) protectSuspects(from, to int, packed bool) {
	d.protectRuns(2*from, 2*to, 2, func(at int) byte {
		if c := d.b[at/2]; c >= '0' && c <= '9' {
			return c
		}
		return 0
	})
	if packed {
		digit := func(at int) byte {
			if n := d.nibble(at); n <= 9 && !d.inText(at/2) {
				return '0' + n
			}
			return 0
		}
		d.protectRuns(2*from, 2*to, 1, digit)
	}
}

// inText reports whether a byte is one of four or more digits of text in a row. Read as packed digits,
// text would look like card numbers that begin with 3 all over.
func (d *describer) inText(at int) bool {
	const least = 4
	n := 0
	for i := max(0, at-least+1); i < min(len(d.b), at+least) && n < least; i++ {
		if d.b[i] >= '0' && d.b[i] <= '9' {
			n++
		} else {
			n = 0
		}
	}
	return n == least
}

// protectRuns masks every plausible card number in the runs of digits between two nibbles.
func (d *describer) protectRuns(from, to, step int, digit func(at int) byte) {
	var run []byte
	flush := func(end int) {
		start := end - len(run)*step
		for i := range run {
			for n := min(panMax, len(run)-i); n >= panMin; n-- {
				if plausible(string(run[i : i+n])) {
					d.maskPAN(start+i*step, n, step)
				}
			}
		}
		run = run[:0]
	}
	for at := from; at < to; at += step {
		if c := digit(at); c != 0 {
			run = append(run, c)
			continue
		}
		flush(at)
	}
	flush(to)
}
