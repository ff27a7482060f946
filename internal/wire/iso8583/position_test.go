package iso8583_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

func TestParseF60(t *testing.T) {
	for value, want := range map[string]iso8583.F60{
		"00000000003":       {Type: "00", Batch: "000000", Network: "003"},
		"22000001":          {Type: "22", Batch: "000001"},
		"2200000100060":     {Type: "22", Batch: "000001", Network: "000", Capability: "6", ICCondition: "0"},
		"22000001000621":    {Type: "22", Batch: "000001", Network: "000", Capability: "6", ICCondition: "2", Partial: "1"},
		"22000001000601123": {Type: "22", Batch: "000001", Network: "000", Capability: "6", ICCondition: "0", Partial: "1", AccountType: "123"},
	} {
		got, err := iso8583.ParseF60(value)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", value, got, err, want)
		}
	}
	for n := range 20 {
		value := strings.Repeat("0", n)
		got, err := iso8583.ParseF60(value)
		if (err == nil) != (n >= 8 && n <= 17) {
			t.Errorf("%d digits: %v", n, err)
		}
		if err == nil && got.String() != value {
			t.Errorf("%d digits come back as %q", n, got)
		}
	}
	if _, err := iso8583.ParseF60("2200000x"); err == nil {
		t.Error("a letter was read")
	}
	gap := iso8583.F60{Type: "00", Batch: "000001", Capability: "6"}
	if gap.String() != "000000010006" {
		t.Errorf("a gap is written as %q", gap)
	}
}

func TestParseF61(t *testing.T) {
	for value, want := range map[string]iso8583.F61{
		"000001000002":                  {Batch: "000001", Trace: "000002"},
		"0000010000020801":              {Batch: "000001", Trace: "000002", Date: "0801"},
		"000001000002080101":            {Batch: "000001", Trace: "000002", Date: "0801", AuthWay: "01"},
		"00000100000208010112345678901": {Batch: "000001", Trace: "000002", Date: "0801", AuthWay: "01", AuthOrganization: "12345678901"},
	} {
		got, err := iso8583.ParseF61(value)
		if err != nil || got != want || got.String() != value {
			t.Errorf("%s: %+v, %v", value, got, err)
		}
	}
	if refund := (iso8583.F61{Date: "0801"}).String(); refund != "0000000000000801" {
		t.Errorf("a refund refers to %q", refund)
	}
	for _, value := range []string{"", "00000100000", "0000010000020", "000001000002080", "00000100000x", strings.Repeat("0", 30)} {
		if _, err := iso8583.ParseF61(value); err == nil {
			t.Errorf("%d characters were read", len(value))
		}
	}
}

func TestF53(t *testing.T) {
	got, err := iso8583.ParseF53("2610000000000000")
	if err != nil || got != (iso8583.F53{PIN: '2', Key: '6', Track: '1'}) || got.String() != "2610000000000000" {
		t.Errorf("%v, %v", got, err)
	}
	if none := (iso8583.F53{}).String(); none != "0000000000000000" {
		t.Errorf("nothing is written as %s", none)
	}
	for _, value := range []string{"26", "26x0000000000000"} {
		if _, err := iso8583.ParseF53(value); err == nil {
			t.Errorf("%q was read", value)
		}
	}
}

func TestF90(t *testing.T) {
	original := iso8583.F90{MTI: "0200", Trace: "000001", Transmitted: "0801123456", Acquirer: "48021000", Forwarder: "48021001"}
	const value = "020000000108011234560004802100000048021001"
	if original.String() != value {
		t.Errorf("written as %s", original)
	}
	got, err := iso8583.ParseF90(value)
	if err != nil || got.Acquirer != "00048021000" || got.Transmitted != "0801123456" || got.String() != value {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{value[1:], "x" + value[1:]} {
		if _, err := iso8583.ParseF90(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestAnswerMTI(t *testing.T) {
	for request, answer := range map[string]string{
		"0200": "0210", "0320": "0330", "0421": "0430", "0820": "0830", "0210": "", "02": "", "02x0": "", "": "",
	} {
		if got := iso8583.AnswerMTI(request); got != answer {
			t.Errorf("answer to %q is %q, want %q", request, got, answer)
		}
	}
}

func TestTotals(t *testing.T) {
	const domestic, foreign = "000000123456012000000000100001" + "0", "000000000000000999999999999999" + "3"
	totals, err := iso8583.ParseTotals(domestic + foreign)
	want := iso8583.Totals{
		Domestic: iso8583.Half{Debit: iso8583.Sum{Amount: 123456, Count: 12}, Credit: iso8583.Sum{Amount: 100, Count: 1}, Result: '0'},
		Foreign:  iso8583.Half{Credit: iso8583.Sum{Amount: 999999999999, Count: 999}, Result: '3'},
	}
	if err != nil || totals != want {
		t.Errorf("%+v, %v", totals, err)
	}
	if back, err := totals.Format(); err != nil || back != domestic+foreign {
		t.Errorf("written as %s, %v", back, err)
	}
	single, err := iso8583.ParseTotals(domestic)
	if err != nil || !single.Single || single.Domestic != want.Domestic {
		t.Errorf("%+v, %v", single, err)
	}
	if back, err := single.Format(); err != nil || back != domestic {
		t.Errorf("written as %s, %v", back, err)
	}
	if zero, err := (iso8583.Totals{}).Format(); err != nil || zero != strings.Repeat("0", 62) {
		t.Errorf("nothing is written as %s, %v", zero, err)
	}
	for name, totals := range map[string]iso8583.Totals{
		"amount":   {Domestic: iso8583.Half{Debit: iso8583.Sum{Amount: 1e12}}},
		"negative": {Domestic: iso8583.Half{Credit: iso8583.Sum{Amount: -1}}},
		"count":    {Foreign: iso8583.Half{Debit: iso8583.Sum{Count: 1000}}},
	} {
		if out, err := totals.Format(); err == nil {
			t.Errorf("%s: written as %s", name, out)
		}
	}
	for _, value := range []string{"", domestic[1:], domestic + "0", "x" + domestic[1:]} {
		if _, err := iso8583.ParseTotals(value); err == nil {
			t.Errorf("%q was read", value)
		}
	}
}

func TestDetails(t *testing.T) {
	lines := []iso8583.Detail{
		{CardClass: "00", Trace: "000123", PAN: canary, Amount: 12345},
		{CardClass: "01", Trace: "000124", PAN: "6226388000000095", Amount: 999999999999},
	}
	const value = "02" + "00000123" + "0" + canary + "000000012345" + "01000124" + "00006226388000000095" + "999999999999"
	written, err := iso8583.FormatDetails(lines)
	if err != nil || written != value {
		t.Errorf("written as %s, %v", written, err)
	}
	read, err := iso8583.ParseDetails(value)
	if err != nil || !slices.Equal(read, lines) {
		t.Errorf("read as %v, %v", read, err)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", lines, lines, lines, lines[0]); strings.Contains(shown, canary) ||
		!strings.Contains(shown, "00 000123 621626*********0018") {
		t.Errorf("printed as %s", shown)
	}
	if none, err := iso8583.ParseDetails("00"); err != nil || len(none) != 0 {
		t.Errorf("no lines: %v, %v", none, err)
	}
	for _, bad := range []string{"", "01", "09" + strings.Repeat("0", 360), value + "0", "x" + value[1:]} {
		if _, err := iso8583.ParseDetails(bad); err == nil {
			t.Errorf("%d digits were read", len(bad))
		}
	}
	for name, bad := range map[string][]iso8583.Detail{
		"nine lines": make([]iso8583.Detail, 9),
		"class":      {{CardClass: "0", Trace: "000001"}},
		"trace":      {{CardClass: "00", Trace: "1"}},
		"letters":    {{CardClass: "0x", Trace: "000001"}},
		"long PAN":   {{CardClass: "00", Trace: "000001", PAN: strings.Repeat("1", 21)}},
		"amount":     {{CardClass: "00", Trace: "000001", Amount: -1}},
	} {
		if _, err := iso8583.FormatDetails(bad); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestUpload(t *testing.T) {
	for value, want := range map[string]iso8583.Upload{
		"610000000000012345156":        {Usage: "61", CardClass: "00", Response: "00", Amount: 12345, Currency: "156"},
		"710000000000012345156" + "21": {Usage: "71", CardClass: "00", Response: "00", Amount: 12345, Currency: "156", ACType: '2', ARPCResult: '1'},
	} {
		got, err := iso8583.ParseUpload(value)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", value, got, err)
		}
		if back, err := got.Format(); err != nil || back != value {
			t.Errorf("%s comes back as %s, %v", value, back, err)
		}
	}
	for _, bad := range []string{"", "710000000000012345156", "61000000000001234515621", "6100000000000x2345156"} {
		if _, err := iso8583.ParseUpload(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	for name, bad := range map[string]iso8583.Upload{
		"usage":  {Usage: "62", CardClass: "00", Response: "00", Currency: "156"},
		"amount": {Usage: "61", CardClass: "00", Response: "00", Currency: "156", Amount: 1e12},
	} {
		if _, err := bad.Format(); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestSequenceNo(t *testing.T) {
	const value = "Sequence No12306022003600"
	got, err := iso8583.ParseSequenceNo(value)
	if err != nil || got != (iso8583.SequenceNo{License: "3060", Serial: "22003600"}) || got.String() != value {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "Sequence No", "Sequence No13306022003600", "Sequence Nox2306022003600", "sequence no12306022003600"} {
		if _, err := iso8583.ParseSequenceNo(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestAnswerTexts(t *testing.T) {
	parties := iso8583.Parties{Issuer: "01020000", Acquirer: "48021000"}
	if parties.String() != "01020000   48021000   " || iso8583.ParseParties(parties.String()) != parties {
		t.Errorf("parties are written as %q", parties)
	}
	if got := iso8583.ParseParties("0102"); got != (iso8583.Parties{Issuer: "0102"}) {
		t.Errorf("half of the parties: %+v", got)
	}
	texts := iso8583.Texts{Organization: "CUP", Issuer: "\xd2\xbb\xb7\xd6", Network: "", Acquirer: "ok"}
	if len(texts.String()) != 63 || iso8583.ParseTexts(texts.String()) != texts {
		t.Errorf("texts are written as %q", texts)
	}
	long := iso8583.Texts{Organization: "CUP", Issuer: "a" + strings.Repeat("\xd2\xbb", 10), Acquirer: strings.Repeat("x", 30)}
	back := iso8583.ParseTexts(long.String())
	if back.Issuer != "a"+strings.Repeat("\xd2\xbb", 9) || len(back.Acquirer) != 20 {
		t.Errorf("a long text is cut to %q", back.Issuer)
	}
	if got := iso8583.ParseTexts("01 "); got != (iso8583.Texts{Organization: "01"}) {
		t.Errorf("the operator of a request: %+v", got)
	}
}

func TestBalances(t *testing.T) {
	const value = "1002156C000010000000" + "1001156D000000000001"
	list, err := iso8583.ParseBalances(value)
	want := []iso8583.Balance{
		{AccountType: "10", AmountType: "02", Currency: "156", Amount: 10000000},
		{AccountType: "10", AmountType: "01", Currency: "156", Amount: -1},
	}
	if err != nil || !slices.Equal(list, want) {
		t.Fatalf("%+v, %v", list, err)
	}
	written := ""
	for _, b := range list {
		one, err := b.Format()
		if err != nil {
			t.Fatal(err)
		}
		written += one
	}
	if written != value {
		t.Errorf("written as %s", written)
	}
	for _, bad := range []string{"", value[1:], "1002156X000010000000", "1002156C00001000000x"} {
		if _, err := iso8583.ParseBalances(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	for name, bad := range map[string]iso8583.Balance{
		"types":  {Currency: "156"},
		"amount": {AccountType: "10", AmountType: "02", Currency: "156", Amount: 1e12},
	} {
		if _, err := bad.Format(); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestTags(t *testing.T) {
	list := []iso8583.Tag{{ID: "A3", Value: "134567890123456789"}, {ID: "A2", Value: ""}}
	const value = "A3018134567890123456789A2000"
	written, err := iso8583.FormatTags(list)
	if err != nil || written != value {
		t.Errorf("written as %s, %v", written, err)
	}
	read, err := iso8583.ParseTags(value)
	if err != nil || !slices.Equal(read, list) {
		t.Errorf("read as %v, %v", read, err)
	}
	for _, bad := range []string{"A", "A300", "A3x00", "A3002x"} {
		if _, err := iso8583.ParseTags(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	for name, bad := range map[string][]iso8583.Tag{
		"tag": {{ID: "A"}}, "value": {{ID: "A3", Value: strings.Repeat("x", 1000)}},
	} {
		if _, err := iso8583.FormatTags(bad); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// TestDevice reads both widths of inner lengths that captures show.
func TestDevice(t *testing.T) {
	want := iso8583.Device{Type: "04", Serial: "00000304N3NL00000001", Random: "000018", Cipher: "1A2B3C4D", Version: "01000001"}
	for _, width := range []int{2, 3} {
		value, err := want.Format(width)
		if err != nil {
			t.Fatal(err)
		}
		got, err := iso8583.ParseDevice(value)
		if err != nil || got != want {
			t.Errorf("width %d: %+v, %v", width, got, err)
		}
	}
	for _, bad := range []string{"", "01", "0602xx", "0103xxx", "010299x"} {
		if _, err := iso8583.ParseDevice(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestMaskPAN(t *testing.T) {
	for pan, want := range map[string]string{
		canary: "621626*********0018", "6226388000000095": "622638******0095", "6226388000001": "622638***0001",
		"622638800000": "********0000", "62263880": "********", "": "",
	} {
		if got := iso8583.MaskPAN(pan); got != want {
			t.Errorf("%d digits are masked as %s, want %s", len(pan), got, want)
		}
	}
}

// TestPositions_roundTrip writes and reads whatever fits.
func TestPositions_roundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sum := rapid.Custom(func(rt *rapid.T) iso8583.Sum {
			return iso8583.Sum{
				Amount: rapid.Int64Range(0, 999999999999).Draw(rt, "amount"), Count: rapid.IntRange(0, 999).Draw(rt, "count"),
			}
		})
		half := func(name string) iso8583.Half {
			return iso8583.Half{
				Debit: sum.Draw(rt, name+" debit"), Credit: sum.Draw(rt, name+" credit"),
				Result: rapid.ByteRange('0', '3').Draw(rt, name+" result"),
			}
		}
		totals := iso8583.Totals{Domestic: half("domestic"), Foreign: half("foreign")}
		value, err := totals.Format()
		if err != nil {
			rt.Fatal(err)
		}
		if back, err := iso8583.ParseTotals(value); err != nil || back != totals {
			rt.Fatalf("%+v comes back as %+v, %v", totals, back, err)
		}
	})
}

func TestError(t *testing.T) {
	for want, err := range map[string]*iso8583.Error{
		"iso8583: field 22 at offset 31: reason":    {Field: 22, Offset: 31, Reason: "reason"},
		"iso8583: message type at offset 0: reason": {Field: 0, Reason: "reason"},
		"iso8583: bitmap at offset 2: reason":       {Field: 1, Offset: 2, Reason: "reason"},
		"iso8583: message at offset 9: reason":      {Field: -1, Offset: 9, Reason: "reason"},
	} {
		if err.Error() != want {
			t.Errorf("error reads %q, want %q", err, want)
		}
	}
}

// FuzzPositions feeds every reader of a positional field; what is read is written back as it was.
func FuzzPositions(f *testing.F) {
	for _, value := range []string{
		"00000000003", "000001000002080101", "2610000000000000", "Sequence No12306022003600", "A3002xx",
		"0102xx0202yy", "1002156C000010000000", "610000000000012345156", strings.Repeat("0", 62), "01" + strings.Repeat("0", 40),
		"020000000108011234560004802100000048021001",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		same := func(what, back string, err error) {
			if err != nil || back != value {
				t.Errorf("%s: %q comes back as %q, %v", what, value, back, err)
			}
		}
		if v, err := iso8583.ParseF60(value); err == nil {
			same("F60", v.String(), nil)
		}
		if v, err := iso8583.ParseF61(value); err == nil {
			same("F61", v.String(), nil)
		}
		if v, err := iso8583.ParseF90(value); err == nil {
			same("F90", v.String(), nil)
		}
		if v, err := iso8583.ParseSequenceNo(value); err == nil {
			same("sequence number", v.String(), nil)
		}
		if v, err := iso8583.ParseTotals(value); err == nil {
			back, err := v.Format()
			same("totals", back, err)
		}
		if v, err := iso8583.ParseDetails(value); err == nil {
			back, err := iso8583.FormatDetails(v)
			same("details", back, err)
		}
		if v, err := iso8583.ParseUpload(value); err == nil {
			back, err := v.Format()
			same("upload", back, err)
		}
		if v, err := iso8583.ParseTags(value); err == nil {
			back, err := iso8583.FormatTags(v)
			same("tags", back, err)
		}
		if v, err := iso8583.ParseDevice(value); err == nil {
			if _, err := v.Format(3); err != nil {
				t.Errorf("device %q: %v", value, err)
			}
		}
		if list, err := iso8583.ParseBalances(value); err == nil && len(list) == 0 {
			t.Errorf("no balance in %q", value)
		}
		if v, err := iso8583.ParseF53(value); err == nil && len(v.String()) != len(value) {
			t.Errorf("F53 %q comes back as %q", value, v)
		}
		if n := len(iso8583.ParseTexts(value).String()); n != 63 {
			t.Errorf("texts of %q take %d bytes", value, n)
		}
		if n := len(iso8583.ParseParties(value).String()); n != 22 {
			t.Errorf("parties of %q take %d bytes", value, n)
		}
	})
}
