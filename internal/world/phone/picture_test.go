package phone_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"testing"

	"github.com/yifen-pay/yifen/internal/world/phone"
)

// drawn is a payment code as the phone draws it.
func drawn(t testing.TB, at, kind string) []byte {
	t.Helper()
	resp, err := http.Get(at + "/phone/codes/621234567890123456/" + kind + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReadCode_badLight reads codes that are gray or half in the shade, in a larger picture. A bar code, which nobody shows
// to a phone but in a drawing, needs even light.
func TestReadCode_badLight(t *testing.T) {
	at, _ := open(t, "")
	for _, kind := range []string{"qr", "bar"} {
		code, err := png.Decode(bytes.NewReader(drawn(t, at, kind)))
		if err != nil {
			t.Fatal(err)
		}
		for name, see := range map[string]func(light uint8, x, y int) uint8{
			"as it is": func(light uint8, _, _ int) uint8 { return light },
			"gray":     func(light uint8, _, _ int) uint8 { return light/3 + 80 },
			"shadow":   func(light uint8, x, _ int) uint8 { return uint8(int(light) * (900 - x) / 900) },
		} {
			if kind == "bar" && name == "shadow" {
				continue
			}
			picture := image.NewGray(image.Rect(0, 0, 600, 500))
			for y := range 500 {
				for x := range 600 {
					light := uint8(0xFF)
					if p := image.Pt(x-120, y-90); p.In(code.Bounds()) {
						light = color.GrayModel.Convert(code.At(p.X, p.Y)).(color.Gray).Y
					}
					picture.SetGray(x, y, color.Gray{Y: see(light, x, y)})
				}
			}
			var b bytes.Buffer
			if err := png.Encode(&b, picture); err != nil {
				t.Fatal(err)
			}
			if text, err := phone.ReadCode(b.Bytes()); err != nil || text != "621234567890123456" {
				t.Errorf("%s, %s: %q, %v", kind, name, text, err)
			}
		}
	}
}

// FuzzReadCode takes whatever somebody sends as a picture.
func FuzzReadCode(f *testing.F) {
	for _, bits := range [][]byte{{0}, {0xFF, 0x0F, 0xAA}, bytes.Repeat([]byte{0xF0, 0x33}, 40)} {
		f.Add(uint8(7), uint8(9), bits)
	}
	f.Fuzz(func(t *testing.T, width, height uint8, bits []byte) {
		picture := image.NewGray(image.Rect(0, 0, int(width)+1, int(height)+1))
		for i := range picture.Pix {
			if len(bits) > 0 {
				picture.Pix[i] = bits[i%len(bits)]
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			t.Fatal(err)
		}
		if text, err := phone.ReadCode(b.Bytes()); err == nil && text == "" {
			t.Error("an empty code is read")
		}
		if _, err := phone.ReadCode(bits); err == nil {
			t.Error("what is no picture is read")
		}
	})
}
