package render_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
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
	terms := merchant.CurrentTerms("一分支付", "李四小吃", []merchant.Clause{{ZH: "银行卡 0.60%", EN: "cards 0.60%"}})
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
