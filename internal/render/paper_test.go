package render_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/render"
)

func TestWatermark_liesOverThePicture(t *testing.T) {
	plain := image.NewRGBA(image.Rect(0, 0, 640, 400))
	draw.Draw(plain, plain.Bounds(), image.NewUniform(color.RGBA{0xf0, 0xf0, 0xf0, 0xff}), image.Point{}, draw.Src)
	encode := map[string]func(*bytes.Buffer) error{
		"png":  func(b *bytes.Buffer) error { return png.Encode(b, plain) },
		"jpeg": func(b *bytes.Buffer) error { return jpeg.Encode(b, plain, nil) },
	}
	for kind, write := range encode {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		marked, err := render.Watermark(b.Bytes(), "审核员 Reviewer 2026-11-23 13:20")
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := image.Decode(bytes.NewReader(marked))
		if err != nil || got.Bounds() != plain.Bounds() {
			t.Fatalf("%s: %v, %v", kind, got.Bounds(), err)
		}
		for _, part := range []image.Rectangle{image.Rect(0, 0, 320, 200), image.Rect(320, 0, 640, 200), image.Rect(0, 200, 320, 400), image.Rect(320, 200, 640, 400)} {
			touched, all := 0, part.Dx()*part.Dy()
			for y := part.Min.Y; y < part.Max.Y; y++ {
				for x := part.Min.X; x < part.Max.X; x++ {
					if r, _, _, _ := got.At(x, y).RGBA(); r>>8 < 0xe0 {
						touched++
					}
				}
			}
			if touched == 0 || touched > all/3 {
				t.Errorf("%s: the mark covers %d of %d points of %v", kind, touched, all, part)
			}
		}
	}
	if _, err := render.Watermark([]byte("no picture"), "mark"); err == nil {
		t.Error("something that is no picture was marked")
	}
}

func TestAgreement_isAPaper(t *testing.T) {
	terms := merchant.CurrentTerms("一分支付", merchant.Party{Name: "李四", Number: "1****************X", Shop: "李四小吃", Person: true}, []merchant.Clause{{ZH: "银行卡 0.60%", EN: "cards 0.60%"}})
	signed := render.Signing{Operator: "一分支付", Name: "李四", Address: "127.0.0.1", At: calendar.At(time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC))}
	first, err := render.Agreement(terms, signed)
	if err != nil || !bytes.HasPrefix(first, []byte("%PDF-")) || bytes.Contains(first, []byte("/EmbeddedFiles")) {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	again, err := render.Agreement(terms, signed)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same agreement is another paper the second time, %v", err)
	}
}

func TestAgreement_stampHidesNoText(t *testing.T) {
	const radius, middle = 19 * 72 / 25.4, 297.6 // points; of the stamp, and of the page
	for _, operator := range []string{"一分支付", strings.Repeat("一分钱电子支付服务股份有限公司", 5)} {
		terms := merchant.CurrentTerms(operator, merchant.Party{}, nil)
		paper, err := render.Agreement(terms, render.Signing{Operator: operator, Name: strings.Repeat("李四", 50), Address: "::1"})
		if err != nil {
			t.Fatal(err)
		}
		page, stamp, found := strings.Cut(streamWith(t, paper, "0.800 0.094 0.118 RG"), "0.800 0.094 0.118 RG")
		var x, y float64
		_, start, _ := strings.Cut(stamp, " w\n")
		if _, err := fmt.Sscanf(start, "%f %f m", &x, &y); err != nil || !found || y-radius < 40 {
			t.Fatalf("the stamp is at %.1f %.1f, %v", x, y, err)
		}
		texts := 0
		for _, m := range regexp.MustCompile(`BT ([0-9.]+) ([0-9.]+) Td`).FindAllStringSubmatch(page, -1) {
			texts++
			left, errX := strconv.ParseFloat(m[1], 64)
			base, errY := strconv.ParseFloat(m[2], 64)
			if errX != nil || errY != nil || left < middle && base < y+radius {
				t.Errorf("a line at %s %s lies under the stamp, whose top is at %.1f", m[1], m[2], y+radius)
			}
		}
		if texts < 9 {
			t.Errorf("only %d lines are on the page of the stamp", texts)
		}
	}
}

// streamWith returns the content stream of a PDF that holds a text.
func streamWith(t *testing.T, paper []byte, text string) string {
	t.Helper()
	for part := range bytes.SplitSeq(paper, []byte("stream\n")) {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue // no stream, or another kind
		}
		if raw, err := io.ReadAll(r); err == nil && bytes.Contains(raw, []byte(text)) {
			return string(raw)
		}
	}
	t.Fatal("no stream of the paper has it")
	return ""
}
