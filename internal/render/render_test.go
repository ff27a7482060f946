package render_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/render"
	"github.com/yifen-pay/yifen/internal/sim/printer"
	"github.com/yifen-pay/yifen/internal/wire/escpos"
)

func TestPNG_sizesAndInk(t *testing.T) {
	for _, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
		for _, dots := range []int{384, 576} {
			t.Run(fmt.Sprintf("%s %d", lang, dots), func(t *testing.T) {
				img := picture(t, document(t, slip(), lang, 0), dots)
				if got := img.Bounds().Dx(); got != dots {
					t.Errorf("%d dots wide, want %d", got, dots)
				}
				if colors := len(img.Palette); colors != 2 {
					t.Errorf("%d colors, want 2", colors)
				}
				ink := bytes.Count(img.Pix, []byte{1})
				if share := float64(ink) / float64(len(img.Pix)); share < 0.03 || share > 0.3 {
					t.Errorf("%.1f%% of the paper is black", 100*share)
				}
				for y := range img.Bounds().Dy() { // nothing is cut off at the edges
					if img.Pix[y*img.Stride] == 1 || img.Pix[(y+1)*img.Stride-1] == 1 {
						t.Fatalf("ink on the edge in row %d", y)
					}
				}
			})
		}
	}
}

func TestPNG_codesCanBeScanned(t *testing.T) {
	const content = "https://pay.example/r/pay_0001J2?备注=退货"
	img := picture(t, receipt.Document{Lines: []receipt.Line{
		receipt.Text{Text: "一分"}, receipt.QR{Content: content, Caption: "扫码"},
	}}, 384)
	got, err := qrcode.NewQRCodeReader().Decode(binary(t, img), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.GetText() != content {
		t.Errorf("QR holds %q, want %q", got.GetText(), content)
	}

	img = picture(t, receipt.Document{Lines: []receipt.Line{receipt.Barcode{Content: "PAY-0001J2"}}}, 384)
	got, err = oned.NewCode128Reader().Decode(binary(t, img), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.GetText() != "PAY-0001J2" {
		t.Errorf("barcode holds %q", got.GetText())
	}
}

// A character that the font lacks is shown as 〓, and an amount beside it stays.
func TestPNG_missingCharacters(t *testing.T) {
	draw := func(s string) []byte {
		return picture(t, receipt.Document{Lines: []receipt.Line{receipt.Text{Text: s}}}, 384).Pix
	}
	if !bytes.Equal(draw("𠮷野家 9.00"), draw("〓野家 9.00")) {
		t.Error("a character outside GBK is not drawn as 〓")
	}
	for _, r := range "￥¥€×é喆锟" {
		if bytes.Equal(draw(string(r)), draw("〓")) {
			t.Errorf("%c is not in the font", r)
		}
	}
}

func TestRenderer_images(t *testing.T) {
	black := image.NewGray(image.Rect(0, 0, 800, 100)) // wider than the paper
	transparent := image.NewNRGBA(image.Rect(0, 0, 60, 20))
	transparent.Set(30, 10, color.Black)
	r := render.Renderer{Images: func(ref string) (image.Image, error) {
		switch ref {
		case "logo":
			return black, nil
		case "signature":
			return transparent, nil
		case "broken":
			return nil, errors.New("disk on fire")
		}
		return nil, nil
	}}
	doc := func(l receipt.Line) receipt.Document { return receipt.Document{Lines: []receipt.Line{l}} }
	ink := func(l receipt.Line) int {
		data, err := r.PNG(doc(l), 384)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(decode(t, data).Pix, []byte{1})
	}
	if got := ink(receipt.Image{Ref: "logo"}); got != 368*46 {
		t.Errorf("black logo became %d black dots, want %d", got, 368*46)
	}
	unsigned, signed := ink(receipt.Signature{}), ink(receipt.Signature{Ref: "signature"})
	if signed != unsigned+1 {
		t.Errorf("a signature of one dot added %d", signed-unsigned)
	}
	if got := ink(receipt.Image{Ref: "none", Alt: "一分"}); got == 0 {
		t.Error("alternative text is not shown")
	}
	if _, err := r.PNG(doc(receipt.Image{Ref: "broken"}), 384); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("unreadable image: %v", err)
	}
	if _, err := r.PDF(doc(receipt.Image{Ref: "logo"})); err != nil {
		t.Error(err)
	}
	if _, err := r.ESCPOS(doc(receipt.Image{Ref: "logo"})); err != nil {
		t.Error(err)
	}
}

func TestRender_refuses(t *testing.T) {
	long := receipt.Document{}
	for range 2000 {
		long.Lines = append(long.Lines, receipt.Text{Text: "一"})
	}
	if _, err := render.PNG(long, 384); !errors.Is(err, render.ErrTooLong) {
		t.Errorf("52 m of paper: %v", err)
	}
	if _, err := render.PDF(long); !errors.Is(err, render.ErrTooLong) {
		t.Errorf("52 m of paper: %v", err)
	}
	if _, err := render.PNG(receipt.Document{}, 100000); err == nil {
		t.Error("a picture of 100,000 dots was drawn")
	}
	invalid := receipt.Document{Width: 3}
	for name, draw := range map[string]func(receipt.Document) ([]byte, error){
		"PNG": func(d receipt.Document) ([]byte, error) { return render.PNG(d, 384) },
		"PDF": render.PDF, "ESCPOS": render.ESCPOS, "Raster": render.Raster,
	} {
		if _, err := draw(invalid); !errors.Is(err, receipt.ErrInvalid) {
			t.Errorf("%s of an invalid document: %v", name, err)
		}
	}
}

var (
	mediaBox   = regexp.MustCompile(`/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]`)
	pdfStreams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
)

func TestPDF_pageAndText(t *testing.T) {
	for _, width := range []int{58, 80} {
		s := slip()
		s.Width = width
		d := document(t, s, receipt.Chinese, 0)
		data, err := render.PDF(d)
		if err != nil {
			t.Fatal(err)
		}
		var wide, high float64
		box := mediaBox.FindSubmatch(data)
		if box == nil {
			t.Fatal("no page")
		}
		fmt.Sscan(string(box[1]), &wide)
		fmt.Sscan(string(box[2]), &high)
		if want := float64(width) * 72 / 25.4; wide < want-0.1 || wide > want+0.1 {
			t.Errorf("page is %.2f points wide, want %.2f", wide, want)
		}
		dots := map[int]int{58: 384, 80: 576}[width]
		want := float64(picture(t, d, dots).Bounds().Dy()) / 8 * 72 / 25.4
		if high < want-0.1 || high > want+0.1 {
			t.Errorf("page is %.2f points high, want %.2f as the picture", high, want)
		}
		if len(data) > 64<<10 {
			t.Errorf("%d bytes: the font is not cut down", len(data))
		}
		if n := bytes.Count(data, []byte("/Type /Page\n")); n != 1 {
			t.Errorf("%d pages, want 1", n)
		}
		amount := "\x00R\x00M\x00B\x00 \x001\x00,\x002\x003\x004\x00.\x005\x000"
		if !strings.Contains(inflate(t, data), amount) {
			t.Error("the amount is not there as text")
		}
		again, err := render.PDF(d)
		if err != nil || !bytes.Equal(again, data) {
			t.Error("the same document gave other bytes")
		}
	}
}

// inflate returns the streams of a PDF, decompressed.
func inflate(t *testing.T, pdf []byte) string {
	t.Helper()
	var out strings.Builder
	for _, m := range pdfStreams.FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue // the font is stored otherwise
		}
		if _, err := io.Copy(&out, r); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// Many goroutines draw at once, and none of them changes the embedded font.
func TestRender_concurrently(t *testing.T) {
	before := sha256.Sum256(render.FontTTF())
	d := document(t, slip(), receipt.Chinese, 0)
	want, err := render.PNG(d, 384)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 3 {
				if got, err := render.PNG(d, 384); err != nil || !bytes.Equal(got, want) {
					t.Errorf("another picture, %v", err)
				}
				if _, err := render.PDF(d); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if sha256.Sum256(render.FontTTF()) != before {
		t.Error("drawing changed the font")
	}
}

// printOut sends a job to a simulated printer over a socket and returns the receipts it made.
func printOut(t *testing.T, dots int, job []byte) []printer.Job {
	t.Helper()
	p, err := printer.New(printer.Config{Font: render.FontTTF(), Dots: dots, Now: func() time.Time { return time.Time{} }})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, ln) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var confirm escpos.Encoder
	confirm.StatusRequest(4)
	if _, err := conn.Write(append(job, confirm.Bytes()...)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(conn, answer); err != nil || answer[0] != 0x12 {
		t.Fatalf("printer answers % x, %v", answer, err)
	}
	return p.Jobs()
}

// What the printer printed is what Document.Text says, but for magnified text and codes.
func TestESCPOS_throughThePrinter(t *testing.T) {
	for _, width := range []int{58, 80} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			columns, dots := map[int]int{58: 32, 80: 48}[width], map[int]int{58: 384, 80: 576}[width]
			s := slip()
			s.Width, s.Code = width, "https://pay.example/r/1"
			d := document(t, s, receipt.Chinese, 1)
			job, err := render.ESCPOS(d)
			if err != nil {
				t.Fatal(err)
			}
			jobs := printOut(t, dots, job)
			if len(jobs) != 1 || !jobs[0].Cut {
				t.Fatalf("receipts: %+v", jobs)
			}
			words := func(s string) string { return strings.Join(strings.Fields(s), "") }
			if got, want := words(jobs[0].Text), words(d.Text(columns)); got != want {
				t.Errorf("printed\n%s\nwant\n%s", jobs[0].Text, d.Text(columns))
			}
			for line := range strings.Lines(jobs[0].Text) {
				if w := receipt.ColumnWidth(strings.TrimSuffix(line, "\n")); w > columns {
					t.Errorf("line of %d columns: %q", w, line)
				}
			}
			got, err := qrcode.NewQRCodeReader().Decode(binary(t, decode(t, jobs[0].PNG)), nil)
			if err != nil || got.GetText() != s.Code {
				t.Errorf("printed QR: %v, %v", got, err)
			}
		})
	}
}

// Large amounts that do not fit in double width are printed on one line in double height.
func TestESCPOS_largeAmounts(t *testing.T) {
	for amount, want := range map[string]escpos.Size{
		"RMB 100.00":               {Width: 2, Height: 2},
		"RMB 1,234,567.89":         {Width: 2, Height: 2},
		"RMB -1,234,567.89":        {Width: 1, Height: 2},
		"RMB 1,234,567,890,123.00": {Width: 1, Height: 2},
	} {
		job, err := render.ESCPOS(receipt.Document{Lines: []receipt.Line{
			receipt.Text{Text: amount, Align: receipt.Right, Style: receipt.Style{Size: receipt.Large}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var d escpos.Decoder
		var texts []string
		var size escpos.Event
		for _, e := range d.Feed(job) {
			switch e := e.(type) {
			case escpos.Text:
				texts = append(texts, e.Text)
			case escpos.Size:
				if size == nil {
					size = e
				}
			}
		}
		if size != want || len(texts) != 1 || texts[0] != amount {
			t.Errorf("%s: printed %q at %v, want one line at %v", amount, texts, size, want)
		}
	}
}

func TestESCPOS_charactersOfTheTrade(t *testing.T) {
	job, err := render.ESCPOS(receipt.Document{Lines: []receipt.Line{
		receipt.Text{Text: "¥100 ￥200 €300 2×3 𠮷4\x1b@"}, receipt.Drawer{}, receipt.Cut{},
	}})
	if err != nil {
		t.Fatal(err)
	}
	jobs := printOut(t, 384, job)
	if len(jobs) != 1 || jobs[0].Text != "￥100 ￥200 €300 2×3 〓4@\n" || !jobs[0].Drawer {
		t.Errorf("printed %+v", jobs)
	}
}

func TestRaster_throughThePrinter(t *testing.T) {
	d := document(t, slip(), receipt.Chinese, 0)
	job, err := render.Raster(d)
	if err != nil {
		t.Fatal(err)
	}
	jobs := printOut(t, 384, job)
	if len(jobs) != 1 || !jobs[0].Cut {
		t.Fatalf("receipts: %d", len(jobs))
	}
	want := picture(t, d, 384)
	got := decode(t, jobs[0].PNG)
	const margin = 24
	for y := range want.Bounds().Dy() {
		for x := range 384 {
			if got.ColorIndexAt(x+margin, y+margin) != want.ColorIndexAt(x, y) {
				t.Fatalf("dot %d,%d differs from the picture", x, y)
			}
		}
	}
}

func picture(t testing.TB, d receipt.Document, dots int) *image.Paletted {
	t.Helper()
	data, err := render.PNG(d, dots)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, data)
}

func decode(t testing.TB, data []byte) *image.Paletted {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	paletted, ok := img.(*image.Paletted)
	if !ok {
		t.Fatalf("picture is %T, want one bit deep", img)
	}
	return paletted
}

func binary(t *testing.T, img image.Image) *gozxing.BinaryBitmap {
	t.Helper()
	b, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkPNG(b *testing.B) {
	d := document(b, slip(), receipt.Chinese, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := render.PNG(d, 384); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPDF(b *testing.B) {
	d := document(b, slip(), receipt.Chinese, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := render.PDF(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkESCPOS(b *testing.B) {
	d := document(b, slip(), receipt.Chinese, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := render.ESCPOS(d); err != nil {
			b.Fatal(err)
		}
	}
}
