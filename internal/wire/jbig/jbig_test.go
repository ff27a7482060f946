package jbig_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

// files are image entities written by pbmtojbg and pbmtojbg85 of jbigkit 2.1, each with its picture and
// the options of the tool.
var files = []struct {
	file, picture, tool string
	options             []string
}{
	{"signature", "signature", "pbmtojbg", []string{"-q"}},
	{"signature_fax", "signature", "pbmtojbg", []string{"-f"}},
	{"signature_one_stripe", "signature", "pbmtojbg", []string{"-q", "-s", "120"}},
	{"signature_two_rows", "signature", "pbmtojbg", []string{"-q", "-p", "72", "-s", "17"}},
	{"signature_unpredicted", "signature", "pbmtojbg", []string{"-q", "-p", "0", "-s", "40"}},
	{"signature_two_rows_unpredicted", "signature", "pbmtojbg", []string{"-q", "-p", "64", "-s", "40"}},
	{"signature_independent", "signature", "pbmtojbg", []string{"-q", "-r", "-s", "16"}},
	{"signature_remark", "signature", "pbmtojbg", []string{"-q", "-C", "yifen"}},
	{"signature_late_height", "signature", "pbmtojbg", []string{"-q", "-Y", "4000", "-s", "16"}},
	{"signature_shortened", "signature", "pbmtojbg85", []string{"-Y", "200", "60", "-s", "50"}},
	{"signature_shortened_at_once", "signature", "pbmtojbg85", []string{"-Y", "200", "1", "-s", "40"}},
	{"halftone", "halftone", "pbmtojbg", []string{"-q", "-m", "16", "-s", "25"}},
	{"halftone_moved_late", "halftone", "pbmtojbg", []string{"-q", "-m", "16", "-s", "25", "-c", "-p", "64"}},
	{"halftone_two_rows", "halftone", "pbmtojbg", []string{"-q", "-m", "127", "-s", "100", "-p", "72"}},
	{"halftone_independent", "halftone", "pbmtojbg", []string{"-q", "-m", "16", "-s", "25", "-r"}},
	{"initials", "initials", "pbmtojbg", []string{"-q", "-s", "2"}},
	{"dot", "dot", "pbmtojbg", []string{"-q"}},
}

func TestDecode_filesOfAnotherEncoder(t *testing.T) {
	for _, f := range files {
		t.Run(f.file, func(t *testing.T) {
			img, err := jbig.Decode(read(t, f.file+".jbg"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, img, picture(t, f.picture))
		})
	}
}

// encoders are the ways to write a picture.
func encoders() []jbig.Encoder {
	var all []jbig.Encoder
	for i := range 8 {
		e := jbig.Encoder{TwoRows: i&1 != 0, Unpredicted: i&2 != 0, Independent: i&4 != 0}
		for _, rows := range []int{0, 1, 7, 1000} {
			e.StripeRows = rows
			all = append(all, e)
		}
	}
	return all
}

func TestEncoder_roundTrip(t *testing.T) {
	for _, name := range []string{"signature", "halftone", "initials", "dot"} {
		img := picture(t, name)
		for _, e := range encoders() {
			t.Run(fmt.Sprintf("%s %+v", name, e), func(t *testing.T) {
				data, err := e.Encode(img)
				if err != nil {
					t.Fatal(err)
				}
				got, err := jbig.Decode(data)
				if err != nil {
					t.Fatal(err)
				}
				same(t, got, img)
			})
		}
	}
}

// The adaptive pixel may lie in the rows above too, right of the next pixel, and come back.
func TestEncoder_adaptiveMoves(t *testing.T) {
	img := picture(t, "halftone")
	still, err := jbig.Encode(img)
	if err != nil {
		t.Fatal(err)
	}
	for _, moves := range [][]jbig.Move{
		{{0, 12, 0}},
		{{0, 0, 12}},
		{{0, -5, 1}, {30, 12, 12}, {31, 0, 0}, {99, 127, 255}},
		{{5, 1, 0}, {5, -127, 20}},
	} {
		for _, e := range encoders() {
			e.AdaptiveMoves = moves
			data, err := e.Encode(img)
			if err != nil {
				t.Fatal(err)
			}
			got, err := jbig.Decode(data)
			if err != nil {
				t.Fatalf("%+v: %v", e, err)
			}
			same(t, got, img)
		}
	}
	moved, err := jbig.Encoder{AdaptiveMoves: []jbig.Move{{0, 12, 0}}}.Encode(img)
	if err != nil || len(moved) >= len(still) {
		t.Errorf("%d bytes with the adaptive pixel a period away, %d without, %v", len(moved), len(still), err)
	}
}

// An 0820 carries at most 999 bytes in F62.
func TestEncode_signatureFitsItsField(t *testing.T) {
	data, err := jbig.Encode(picture(t, "signature"))
	if err != nil || len(data) > 999 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// What is darker than half is black, what is transparent is white, and only what lies in the bounds counts.
func TestEncode_takesAnyPicture(t *testing.T) {
	img := image.NewNRGBA(image.Rect(-3, 5, 4, 10))
	img.Set(-2, 6, color.Black)
	img.Set(0, 6, color.NRGBA{A: 0x40})
	img.Set(1, 6, color.Gray{0x60})
	img.Set(2, 6, color.NRGBA{B: 0xff, A: 0xff})
	img.Set(3, 9, color.NRGBA{G: 0xff, A: 0xff})
	data, err := jbig.Encode(img.SubImage(image.Rect(-2, 6, 3, 9)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := jbig.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewGray(image.Rect(0, 0, 5, 3))
	copy(want.Pix, bytes.Repeat([]byte{0xff}, 15))
	for _, x := range []int{0, 3, 4} {
		want.Pix[x] = 0
	}
	same(t, got, want)
}

func TestEncode_refuses(t *testing.T) {
	dot := picture(t, "dot")
	for name, encode := range map[string]func() ([]byte, error){
		"nothing":             func() ([]byte, error) { return jbig.Encode(image.NewGray(image.Rect(0, 0, 5, 0))) },
		"too much":            func() ([]byte, error) { return jbig.Encode(image.Rect(0, 0, 2049, 2048)) },
		"rows below zero":     func() ([]byte, error) { return jbig.Encoder{StripeRows: -1}.Encode(dot) },
		"a move ahead":        func() ([]byte, error) { return moves(jbig.Move{X: -1}).Encode(dot) },
		"a move too far":      func() ([]byte, error) { return moves(jbig.Move{X: 128}).Encode(dot) },
		"a move too far up":   func() ([]byte, error) { return moves(jbig.Move{Y: 256}).Encode(dot) },
		"a move below":        func() ([]byte, error) { return moves(jbig.Move{Y: -1}).Encode(dot) },
		"a move after it all": func() ([]byte, error) { return moves(jbig.Move{Row: 1}).Encode(dot) },
		"moves out of order": func() ([]byte, error) {
			return moves(jbig.Move{Row: 2}, jbig.Move{Row: 1}).Encode(picture(t, "initials"))
		},
	} {
		if data, err := encode(); !errors.Is(err, jbig.ErrPicture) || data != nil {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
}

func moves(m ...jbig.Move) jbig.Encoder { return jbig.Encoder{AdaptiveMoves: m} }

// small is a picture of 8 by 4 pixels in two stripes, with room for changes: data starts at 20.
func small(t *testing.T, e jbig.Encoder) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 8, 4))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 67)
	}
	e.StripeRows = 2
	data, err := e.Encode(img)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDecode_refuses(t *testing.T) {
	good := small(t, jbig.Encoder{})
	with := func(at int, bytes ...byte) []byte { // replaced from at
		out := append([]byte(nil), good...)
		copy(out[at:], bytes)
		return out
	}
	before := func(segment ...byte) []byte { // inserted before the first stripe
		return append(append(append([]byte(nil), good[:20]...), segment...), good[20:]...)
	}
	variable := func(segment ...byte) []byte {
		out := before(segment...)
		out[19] |= 0x20
		return out
	}
	far := func(segment ...byte) []byte {
		out := before(segment...)
		out[16], out[17] = 16, 16
		return out
	}
	for _, test := range []struct {
		name   string
		data   []byte
		offset int
		reason string
	}{
		{"nothing", nil, 0, "header ends early"},
		{"half a header", good[:19], 19, "header ends early"},
		{"a start at a higher layer", with(0, 1, 1), 0, "more than one resolution layer"},
		{"two layers", with(1, 1), 1, "more than one resolution layer"},
		{"two planes", with(2, 2), 2, "more than one plane"},
		{"no plane", with(2, 0), 2, "more than one plane"},
		{"no width", with(4, 0, 0, 0, 0), 4, "picture without pixels"},
		{"no height", with(8, 0, 0, 0, 0), 8, "picture without pixels"},
		{"a wide picture", with(4, 0xff, 0xff, 0xff, 0xff), 4, "picture has more than 4 Mi pixels"},
		{"a large picture", with(4, 0, 0x40, 0, 0, 0, 0, 0, 2), 8, "picture has more than 4 Mi pixels"},
		{"stripes without rows", with(12, 0, 0, 0, 0), 12, "stripes without rows"},
		{"a reserved order", with(18, 0x10), 18, "reserved bits are set"},
		{"a reserved option", with(19, 0x80), 19, "reserved bits are set"},
		{"no room for the table", with(19, 0x06), len(good), "header ends early"},
		{"no stripe", good[:20], 20, "data ends before the last stripe"},
		{"one byte less", good[:len(good)-1], len(good) - 1, "data ends before the last stripe"},
		{"a taller picture", with(8, 0, 0, 0, 5), len(good), "data ends before the last stripe"},
		{"given up", before(0xff, 0x04), 20, "encoder gave up"},
		{"a reserved marker", before(0xff, 0x01), 20, "marker does not belong here"},
		{"a move amid data", before(1, 0xff, 0x06), 21, "marker does not belong here"},
		{"half a segment", append(good[:20:20], 0xff, 0x06, 0, 0, 0, 0, 3), 20, "marker segment ends early"},
		{"half a remark", before(0xff, 0x07, 0, 0, 1, 0), 20, "marker segment ends early"},
		{"an endless remark", before(0xff, 0x07, 0xff, 0xff, 0xff, 0xff), 20, "marker segment ends early"},
		{"a new height unannounced", before(0xff, 0x05, 0, 0, 0, 3), 20, "new height is not announced or larger than the old one"},
		{"a larger height", variable(0xff, 0x05, 0, 0, 0, 5), 20, "new height is not announced or larger than the old one"},
		{"no height any more", variable(0xff, 0x05, 0, 0, 0, 0), 20, "new height is not announced or larger than the old one"},
		{
			"two new heights", variable(0xff, 0x05, 0, 0, 0, 3, 0xff, 0x05, 0, 0, 0, 3), 26,
			"new height is not announced or larger than the old one",
		},
		{"a move further than announced", before(0xff, 0x06, 0, 0, 0, 0, 3, 0), 20, "adaptive pixel moves to where it cannot be"},
		{"a move up further than announced", before(0xff, 0x06, 0, 0, 0, 0, 0, 3), 20, "adaptive pixel moves to where it cannot be"},
		{"a move to what is not known", far(0xff, 0x06, 0, 0, 0, 0, 0xff, 0), 20, "adaptive pixel moves to where it cannot be"},
		{"a move in another stripe", far(0xff, 0x06, 0, 0, 0, 2, 5, 0), 20, "adaptive pixel moves to where it cannot be"},
		{
			"moves out of order", far(0xff, 0x06, 0, 0, 0, 1, 5, 0, 0xff, 0x06, 0, 0, 0, 0, 5, 0), 28,
			"adaptive pixel moves to where it cannot be",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := jbig.Decode(test.data)
			var e *jbig.Error
			if !errors.As(err, &e) || *e != (jbig.Error{Offset: test.offset, Reason: test.reason}) {
				t.Errorf("got %v, want offset %d: %s", err, test.offset, test.reason)
			}
		})
	}
}

// What a reader must pass over, and what may follow.
func TestDecode_passesOver(t *testing.T) {
	good := small(t, jbig.Encoder{})
	want, err := jbig.Decode(good)
	if err != nil {
		t.Fatal(err)
	}
	table := append(append(append([]byte(nil), good[:20]...), make([]byte, 1728)...), good[20:]...)
	table[19] |= 0x06
	lastTable := append([]byte(nil), good...)
	lastTable[19] |= 0x07
	late := append([]byte(nil), good...)
	late[11], late[19] = 9, late[19]|0x20
	late = append(late, 0xff, 0x07, 0, 0, 0, 1, 'x', 0xff, 0x05, 0, 0, 0, 4)
	for name, data := range map[string][]byte{
		"bytes after the last stripe": append(good[:len(good):len(good)], 0xff, 0x05, 0, 0, 0, 1),
		"a table for other layers":    table,
		"the last table again":        lastTable,
		"a late height":               late,
		"a late height and more":      append(late, 0xff, 0x05, 1),
	} {
		got, err := jbig.Decode(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, got, want)
	}
	// A new height may come after the stripe that it shortens, even after the last one.
	short := append([]byte(nil), good...)
	short[19] |= 0x20
	short = append(short, 0xff, 0x05, 0, 0, 0, 3)
	got, err := jbig.Decode(short)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, want.SubImage(image.Rect(0, 0, 8, 3)).(*image.Gray))
}

// A few bytes cannot keep a host busy.
func TestDecode_isBounded(t *testing.T) {
	header := []byte{0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0x02}
	img, err := jbig.Decode(header)
	if err != nil || img.Bounds() != image.Rect(0, 0, 2048, 2048) {
		t.Errorf("the largest picture: %v", err)
	}
	header[9] = 1
	if _, err := jbig.Decode(header); err == nil {
		t.Error("a larger picture was read")
	}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// picture reads testdata/name.pbm, a raw portable bitmap.
func picture(t testing.TB, name string) *image.Gray {
	t.Helper()
	img, err := parsePBM(read(t, name+".pbm"))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func parsePBM(data []byte) (*image.Gray, error) {
	var magic string
	var w, h int
	if _, err := fmt.Sscan(string(data), &magic, &w, &h); err != nil || magic != "P4" {
		return nil, fmt.Errorf("no raw bitmap: %q, %w", magic, err)
	}
	bits := data[len(data)-h*((w+7)/8):]
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if bits[y*((w+7)/8)+x/8]>>(7-x%8)&1 == 0 {
				img.Pix[y*w+x] = 0xff
			}
		}
	}
	return img, nil
}

func formatPBM(img *image.Gray) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	stride := (w + 7) / 8
	bits := make([]byte, stride*h)
	for y := range h {
		for x := range w {
			if img.Pix[y*img.Stride+x] == 0 {
				bits[y*stride+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return append(fmt.Appendf(nil, "P4\n%d %d\n", w, h), bits...)
}

func same(t testing.TB, got, want *image.Gray) {
	t.Helper()
	if got.Rect.Size() != want.Rect.Size() {
		t.Fatalf("picture of %v, want %v", got.Rect.Size(), want.Rect.Size())
	}
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			if got.Pix[y*got.Stride+x] != want.Pix[y*want.Stride+x] {
				t.Fatalf("pixel %d,%d is %d", x, y, got.Pix[y*got.Stride+x])
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := read(b, "signature_one_stripe.jbg")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jbig.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode_largest(b *testing.B) {
	data := []byte{0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0x5a, 0xa5, 0x12, 0xff, 0x02}
	for b.Loop() {
		if _, err := jbig.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	img := picture(b, "signature")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jbig.Encode(img); err != nil {
			b.Fatal(err)
		}
	}
}
