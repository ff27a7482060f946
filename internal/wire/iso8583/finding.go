package iso8583

import "strings"

// judge notes what is odd about a message as a whole: fields that are missing, that do not belong, or
// that contradict one another. It judges the terminal dialect; of the network leg only what both share.
func (d *describer) judge() {
	if d.mti == "" {
		return
	}
	d.judgeCard()
	d.judgePIN()
	if d.spec.bitmap == Bitmap128 {
		if d.mti[:2] != "08" && !d.has(128) {
			d.missing(128, "MAC is missing")
		}
		return
	}
	d.judgeParties()
	d.judgeMAC()
	d.judgeF60()
	d.judgeOriginal()
}

func (d *describer) has(field int) bool {
	_, has := d.values[field]
	return has
}

// missing notes a field that should be there, unless the message broke off before it.
func (d *describer) missing(field int, text string) {
	if d.complete() {
		d.note(field, len(d.b), text)
	}
}

// complete reports whether the message was read to its end.
func (d *describer) complete() bool {
	for _, p := range d.pieces {
		if p.row.Part == "rest" {
			return false
		}
	}
	for _, f := range d.found {
		if f.Text == reasonShort {
			return false
		}
	}
	return true
}

// at returns the offset of a field that was read.
func (d *describer) at(field int) int {
	for _, p := range d.pieces {
		if p.row.Field == field {
			return p.row.Offset
		}
	}
	return len(d.b)
}

func (d *describer) odd(field int, text string) { d.note(field, d.at(field), text) }

func (d *describer) answer() bool { return (d.mti[2]-'0')%2 == 1 }

// financial reports whether the type is one that moves money or undoes it, and so carries a MAC.
func (d *describer) financial() bool {
	switch d.mti[:2] {
	case "01", "02", "04", "06":
		return true
	}
	return false
}

func (d *describer) judgeCard() {
	if pan, has := d.values[2]; has && !nonDigit([]byte(pan)) && !(len(pan) >= panMin && luhn(pan)) {
		d.odd(2, "card number fails its length or check digit")
	}
	if expiry, has := d.values[14]; has && len(expiry) == 4 && (expiry[2:] < "01" || expiry[2:] > "12") {
		d.odd(14, "expiry has no such month")
	}
	if track, has := d.values[35]; has && !strings.HasPrefix(d.values[53][min(2, len(d.values[53])):], "1") {
		pan, _, found := strings.Cut(strings.ReplaceAll(track, "=", "D"), "D")
		switch {
		case !found:
			d.odd(35, "track has no separator")
		case nonDigit([]byte(strings.ReplaceAll(strings.ReplaceAll(track, "=", ""), "D", ""))):
			d.fault(35, d.at(35), reasonTrack)
		case d.has(2) && d.values[2] != pan:
			d.odd(35, "track is of another card than field 2")
		}
	}
	if currency, has := d.values[49]; has && d.spec.bitmap == Bitmap64 && currency != "156" {
		d.odd(49, "currency is not 156")
	}
}

func (d *describer) judgePIN() {
	mode := d.values[22]
	if d.has(52) {
		if len(mode) == 3 && mode[2] == '2' {
			d.odd(52, "entry mode says that there is no PIN")
		}
		if !d.has(53) {
			d.missing(53, "PIN block without security control")
		}
	} else if len(mode) == 3 && mode[2] == '1' && !d.answer() && (d.mti[:2] == "01" || d.mti[:2] == "02") {
		d.missing(52, "entry mode says that there is a PIN")
	}
	if length, has := d.values[26]; has {
		if length != "12" {
			d.odd(26, "PIN maximum length is not 12")
		}
		if !d.has(52) && !d.answer() {
			d.odd(26, "PIN maximum length without PIN block")
		}
	}
}

func (d *describer) judgeParties() {
	if !d.has(41) {
		d.missing(41, "terminal number is missing")
	}
	if !d.has(42) {
		d.missing(42, "merchant number is missing")
	}
	if d.answer() && !d.has(39) {
		d.missing(39, "response code is missing")
	}
	if d.answer() && d.financial() && d.values[39] == "00" {
		if !d.has(37) {
			d.missing(37, "reference number is missing")
		}
		if !d.has(32) {
			d.missing(32, "acquirer is missing")
		}
	}
}

func (d *describer) judgeMAC() {
	signature := (d.mti == "0820" || d.mti == "0830") && strings.HasPrefix(d.values[60], "07")
	switch {
	case d.financial() || signature:
		// A declined answer may come without a MAC.
		if !d.has(64) && (!d.answer() || d.values[39] == "00") {
			d.missing(64, "MAC is missing")
		}
	case d.has(64):
		d.odd(64, "MAC in a message that carries none")
	}
}

// networkCodes are the values of 60.3 that public sources show.
const networkCodes = "000 001 002 003 004 201 202 203 204 205 206 207 301 350 351 360 361 362 370 371 372 380 381 382 " +
	"390 391 394 395 396 397 398 399 401 800 951"

func (d *describer) judgeF60() {
	value, has := d.values[60]
	if !has {
		d.missing(60, "type and batch are missing")
		return
	}
	f60, err := ParseF60(value)
	if err != nil {
		return // the field's own row says so
	}
	switch len(value) {
	case 8, 11, 12, 13, 14, 17:
	default:
		d.odd(60, "length ends inside a part")
	}
	if f60.Network != "" && !strings.Contains(networkCodes, f60.Network) {
		d.odd(60, "network management code is unknown")
	}
	if d.mti[:2] == "08" && f60.Network == "" {
		d.odd(60, "network management code is missing")
	}
	if f60.Capability != "" && strings.IndexByte("0256", f60.Capability[0]) < 0 {
		d.odd(60, "terminal capability is unknown")
	}
	if mode := d.values[22]; len(mode) == 3 && mode[:2] == "80" && f60.ICCondition != "2" {
		d.odd(60, "fallback without condition 2")
	}
}

// judgeOriginal looks for the reference to the original in voids, refunds and reversals.
func (d *describer) judgeOriginal() {
	if d.answer() {
		return
	}
	void := strings.HasPrefix(d.values[3], "20")
	if d.mti == "0400" && !d.has(39) {
		d.missing(39, "reason of the reversal is missing")
	}
	if void && d.mti != "0400" && !d.has(61) {
		d.missing(61, "original transaction is missing")
	}
	if strings.HasPrefix(d.values[22], "05") && d.financial() && d.mti[:2] != "04" && !d.has(55) && !void {
		d.missing(55, "chip was read but its data is missing")
	}
}
