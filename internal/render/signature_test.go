package render_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/render"
	"github.com/yifen-pay/yifen/internal/wire/escpos"
	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// signature is what a terminal sent: 384 by 120 pixels.
func signature(t *testing.T) *image.Gray {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "wire", "jbig", "testdata", "signature.jbg"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := jbig.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// signedSlip is a slip that was signed on a screen.
func signedSlip(t *testing.T, width int) receipt.Document {
	t.Helper()
	s := slip()
	s.Consent, s.SignatureRef, s.Width = receipt.SignOnScreen, "signature/000123", width
	return document(t, s, receipt.Chinese, 0)
}

// showing renders with one picture, which may be nil.
func showing(t *testing.T, img image.Image) render.Renderer {
	return render.Renderer{Images: func(ref string) (image.Image, error) {
		if ref != "signature/000123" {
			t.Errorf("asked for %q", ref)
		}
		return img, nil
	}}
}

func TestSignature_onThePicture(t *testing.T) {
	doc := signedSlip(t, 0)
	data, err := showing(t, signature(t)).PNG(doc, 384)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "signed.png")
	if *update {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signed := decode(t, data)
	// Letters are drawn in floating point, which machines round differently: a few dots may differ.
	if n, _ := difference(signed, decode(t, want)); n > 20 {
		t.Errorf("%d dots differ from %s; look at it and run the test with -update", n, path)
	}

	// The picture stands in the blank room, between the label and the line, and covers nothing.
	blank := picture(t, doc, 384)
	dots, area := difference(signed, blank)
	if area.Dx() < 200 || area.Dy() < 50 || area.Dy() > 88 {
		t.Errorf("the signature takes %v", area)
	}
	ink := func(p *image.Paletted) int { return bytes.Count(p.Pix, []byte{1}) }
	if ink(signed) != ink(blank)+dots {
		t.Errorf("the signature has %d dots and adds %d", dots, ink(signed)-ink(blank))
	}
}

// difference counts the dots in which two pictures of one size differ, and tells where they lie.
func difference(a, b *image.Paletted) (dots int, area image.Rectangle) {
	if a.Rect != b.Rect {
		return len(a.Pix), a.Rect
	}
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			if a.ColorIndexAt(x, y) != b.ColorIndexAt(x, y) {
				dots++
				area = area.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return dots, area
}

// Strokes of one pixel stay whole when a picture is four times as wide as the paper.
func TestSignature_keepsThinStrokes(t *testing.T) {
	thin := image.NewNRGBA(image.Rect(0, 0, 1472, 352)) // of clear pixels, which are white
	for x := range 352 {
		thin.Set(x, x, color.Black)
		thin.Set(x+600, 200, color.Black)
	}
	data, err := showing(t, thin).PNG(signedSlip(t, 0), 384)
	if err != nil {
		t.Fatal(err)
	}
	signed, blank := decode(t, data), picture(t, signedSlip(t, 0), 384)
	columns := 0
	for x := range signed.Rect.Dx() {
		for y := range signed.Rect.Dy() {
			if signed.ColorIndexAt(x, y) != blank.ColorIndexAt(x, y) {
				columns++
				break
			}
		}
	}
	if columns != 88+88 {
		t.Errorf("strokes over 176 columns cover %d", columns)
	}
}

func TestSignature_inThePDF(t *testing.T) {
	for _, width := range []int{58, 80} {
		signed, err := showing(t, signature(t)).PDF(signedSlip(t, width))
		if err != nil {
			t.Fatal(err)
		}
		blank, err := render.PDF(signedSlip(t, width))
		if err != nil {
			t.Fatal(err)
		}
		object := []byte("/Width 281\n/Height 88")
		if bytes.Count(signed, object) != 1 || bytes.Contains(blank, object) {
			t.Errorf("%d mm: the signed page has %d pictures of the signature's size", width, bytes.Count(signed, object))
		}
		if !bytes.Equal(mediaBox.Find(signed), mediaBox.Find(blank)) {
			t.Errorf("%d mm: the page is %s signed and %s blank", width, mediaBox.Find(signed), mediaBox.Find(blank))
		}
	}
}

// The printer draws the signature dot by dot, under its label.
func TestSignature_throughThePrinter(t *testing.T) {
	for _, width := range []int{58, 80} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			doc := signedSlip(t, width)
			job, err := showing(t, signature(t)).ESCPOS(doc)
			if err != nil {
				t.Fatal(err)
			}
			var d escpos.Decoder
			var rasters []escpos.Raster
			var before string
			for _, e := range d.Feed(job) {
				switch e := e.(type) {
				case escpos.Text:
					if len(rasters) == 0 {
						before = e.Text
					}
				case escpos.Raster:
					rasters = append(rasters, e)
				}
			}
			if len(rasters) != 1 || rasters[0].Stride != (281+7)/8 || len(rasters[0].Bits) != 88*rasters[0].Stride {
				t.Fatalf("%d pictures printed", len(rasters))
			}
			if before != "持卡人签名 CARDHOLDER SIGNATURE" {
				t.Errorf("the signature stands under %q", before)
			}
			jobs := printOut(t, map[int]int{58: 384, 80: 576}[width], job)
			if len(jobs) != 1 || !jobs[0].Cut {
				t.Errorf("receipts: %d", len(jobs))
			}
		})
	}
}

// Where there is no picture there is room to sign, in every form.
func TestSignature_missing(t *testing.T) {
	signed := signedSlip(t, 0)
	s := slip()
	unsigned := document(t, s, receipt.Chinese, 0)
	for name, draw := range map[string]func(render.Renderer, receipt.Document) ([]byte, error){
		"PNG":    func(r render.Renderer, d receipt.Document) ([]byte, error) { return r.PNG(d, 384) },
		"PDF":    render.Renderer.PDF,
		"ESCPOS": render.Renderer.ESCPOS,
		"Raster": render.Renderer.Raster,
	} {
		want, err := draw(render.Renderer{}, unsigned)
		if err != nil {
			t.Fatal(err)
		}
		for _, img := range []image.Image{nil, image.NewGray(image.Rectangle{})} {
			got, err := draw(showing(t, img), signed)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s without a signature differs from one that is to be signed: %v", name, err)
			}
		}
		failing := render.Renderer{Images: func(string) (image.Image, error) { return nil, errors.New("disk on fire") }}
		if _, err := draw(failing, signed); err == nil {
			t.Errorf("%s was drawn although the lookup failed", name)
		}
	}
}
