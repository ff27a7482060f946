package picture_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/picture"
)

// sample is a picture that is red at its upper left, green at its upper right and blue below.
func sample(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{0, 0, 0xff, 0xff}
			switch {
			case y < h/2 && x < w/2:
				c = color.RGBA{0xff, 0, 0, 0xff}
			case y < h/2:
				c = color.RGBA{0, 0xff, 0, 0xff}
			}
			p.SetRGBA(x, y, c)
		}
	}
	return p
}

func asJPEG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exif puts an Exif part with an orientation and a place into a JPEG, in either byte order.
func exif(content []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	tiff := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II*\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, entry := range [][2]uint16{{0x010f, 7}, {0x0112, orientation}} {
		tiff = order.AppendUint16(tiff, entry[0])
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, entry[1])
		tiff = order.AppendUint16(tiff, 0)
	}
	body := append([]byte("Exif\x00\x00"), append(tiff, "GPS 22.5431 N 114.0579 E"...)...)
	part := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(append(append(bytes.Clone(content[:2]), part...), body...), content[2:]...)
}

const page = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"

// packed is a PDF with a packed stream.
func packed(text string) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write([]byte(text))
	w.Close()
	return []byte("%PDF-1.5\n1 0 obj\n<< /Filter /FlateDecode >>\nstream\r\n" + out.String() + "\nendstream\nendobj\nstartxref\n9\n%%EOF")
}

func archive(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if _, err := w.Create("evil.exe"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// large is the head of a PNG that claims w by h pixels.
func large(t testing.TB, w, h uint32) []byte {
	content := asPNG(t, sample(16, 16))
	binary.BigEndian.PutUint32(content[16:], w)
	binary.BigEndian.PutUint32(content[20:], h)
	return content // its checksum is wrong, which comes after the bounds only when those are looked at first
}

func TestClean(t *testing.T) {
	jpg, png := asJPEG(t, sample(64, 32)), asPNG(t, sample(64, 32))
	for _, c := range []struct {
		name    string
		content []byte
		want    string
		err     error
	}{
		{"a photograph", jpg, picture.JPEG, nil},
		{"a drawing", png, picture.PNG, nil},
		{"a page", []byte(page), picture.PDF, nil},
		{"a page with packed text", packed("BT (hello) Tj ET"), picture.PDF, nil},
		{"a photograph with a film behind it", append(bytes.Clone(jpg), "ftypmp42 a film"...), picture.JPEG, nil},
		{"nothing", nil, "", picture.ErrSize},
		{"too much", make([]byte, picture.Max+1), "", picture.ErrSize},
		{"a drawing by numbers", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), "", picture.ErrType},
		{"a program", []byte("MZ\x90\x00"), "", picture.ErrType},
		{"an archive", archive(t), "", picture.ErrType},
		{"a page of the web", []byte("<html>"), "", picture.ErrType},
		{"a photograph with an archive behind it", append(bytes.Clone(jpg), archive(t)...), "", picture.ErrUnsafe},
		{"a drawing with an archive behind it", append(bytes.Clone(png), archive(t)...), "", picture.ErrUnsafe},
		{"a page with an archive behind it", append([]byte(page), archive(t)...), "", picture.ErrUnsafe},
		{"half a photograph", jpg[:len(jpg)/2], "", picture.ErrDamaged},
		{"half a drawing", png[:len(png)/2], "", picture.ErrDamaged},
		{"the head of a photograph", jpg[:20], "", picture.ErrDamaged},
		{"a photograph of endless passes", append(bytes.Clone(jpg[:len(jpg)-2]), bytes.Repeat([]byte("\xff\xda\x00\x02"), 200)...), "", picture.ErrDamaged},
		{"a dot", asPNG(t, sample(1, 1)), "", picture.ErrPixels},
		{"half a page", []byte(page[:40]), "", picture.ErrDamaged},
		{"a page that runs", []byte(page[:40] + "/OpenAction << /JS (app.alert(1)) >>" + page[40:]), "", picture.ErrUnsafe},
		{"a page that runs behind a mask", []byte(page[:40] + "/J#61vaScript 1 0 R " + page[40:]), "", picture.ErrUnsafe},
		{"a page that runs in a packed object", packed("<< /S /Launch /F (cmd.exe) >>"), "", picture.ErrUnsafe},
		{"a page with a lock", []byte(page[:40] + "/Encrypt 5 0 R" + page[40:]), "", picture.ErrUnsafe},
		{"a page that unpacks without end", packed(string(make([]byte, 20<<20))), "", picture.ErrSize},
	} {
		f, err := picture.Clean(c.content)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
			continue
		}
		if err == nil && (f.Type != c.want || picture.Type(f.Content) != c.want || c.want != picture.PDF && (f.Width != 64 || f.Height != 32)) {
			t.Errorf("%s: %s of %d by %d", c.name, f.Type, f.Width, f.Height)
		}
	}
}

func TestClean_boundsPixelsBeforeDecoding(t *testing.T) {
	for _, c := range [][2]uint32{{30_000, 30_000}, {20_001, 100}, {7_000, 7_000}} {
		content := fixed(large(t, c[0], c[1]))
		if _, err := picture.Clean(content); !errors.Is(err, picture.ErrPixels) {
			t.Errorf("%d by %d pixels: %v", c[0], c[1], err)
		}
	}
}

// fixed sets the checksum of a PNG's head.
func fixed(content []byte) []byte {
	sum := ^uint32(0)
	for _, b := range content[12:29] {
		sum ^= uint32(b)
		for range 8 {
			sum = sum>>1 ^ 0xedb88320*(sum&1)
		}
	}
	binary.BigEndian.PutUint32(content[29:], ^sum)
	return content
}

// Each orientation is what becomes of the same upright picture when the camera was held that way.
func TestClean_turnsUpright(t *testing.T) {
	for orientation := uint16(1); orientation <= 8; orientation++ {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			f, err := picture.Clean(exif(asJPEG(t, held(sample(64, 32), orientation)), order, orientation))
			if err != nil || f.Width != 64 || f.Height != 32 {
				t.Fatalf("orientation %d: %d by %d, %v", orientation, f.Width, f.Height, err)
			}
			p, err := jpeg.Decode(bytes.NewReader(f.Content))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join([]string{hue(p, 8, 4), hue(p, 56, 4), hue(p, 8, 28), hue(p, 56, 28)}, " ")
			if got != "red green blue blue" {
				t.Errorf("orientation %d: %s", orientation, got)
			}
			if bytes.Contains(f.Content, []byte("GPS")) || bytes.Contains(f.Content, []byte("Exif")) {
				t.Errorf("orientation %d: the place is still there", orientation)
			}
		}
	}
}

// held returns how a camera that was held by an orientation stores a picture: the table of Exif 2.32, 4.6.4, by where
// row 0 and column 0 of what is stored lie in the scene.
func held(p *image.RGBA, orientation uint16) image.Image {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	place := map[uint16]func(row, column int) (x, y int){
		1: func(r, c int) (int, int) { return c, r },                 // top, left
		2: func(r, c int) (int, int) { return w - 1 - c, r },         // top, right
		3: func(r, c int) (int, int) { return w - 1 - c, h - 1 - r }, // bottom, right
		4: func(r, c int) (int, int) { return c, h - 1 - r },         // bottom, left
		5: func(r, c int) (int, int) { return r, c },                 // left, top
		6: func(r, c int) (int, int) { return w - 1 - r, c },         // right, top
		7: func(r, c int) (int, int) { return w - 1 - r, h - 1 - c }, // right, bottom
		8: func(r, c int) (int, int) { return r, h - 1 - c },         // left, bottom
	}[orientation]
	rows, columns := h, w
	if orientation >= 5 {
		rows, columns = w, h
	}
	out := image.NewRGBA(image.Rect(0, 0, columns, rows))
	for r := range rows {
		for c := range columns {
			x, y := place(r, c)
			out.SetRGBA(c, r, p.RGBAAt(x, y))
		}
	}
	return out
}

func hue(p image.Image, x, y int) string {
	r, g, b, _ := p.At(x, y).RGBA()
	switch m := max(r, g, b); m {
	case r:
		return "red"
	case g:
		return "green"
	}
	return "blue"
}

func FuzzClean(f *testing.F) {
	f.Add(asJPEG(f, sample(32, 16)))
	f.Add(asPNG(f, sample(32, 16)))
	f.Add(exif(asJPEG(f, sample(16, 16)), binary.LittleEndian, 6))
	f.Add([]byte(page))
	f.Add(packed("/JS"))
	f.Add(archive(f))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := picture.Clean(content)
		if err == nil && (picture.Type(got.Content) != got.Type || len(got.Content) > picture.Max) {
			t.Errorf("%s comes out as %q", got.Type, picture.Type(got.Content))
		}
	})
}

func BenchmarkClean_photograph(b *testing.B) {
	content := exif(asJPEG(b, sample(4000, 3000)), binary.LittleEndian, 6)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := picture.Clean(content); err != nil {
			b.Fatal(err)
		}
	}
}
