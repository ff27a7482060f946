package render

import (
	"fmt"
	"image"

	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// qrModules returns the QR code of content, one pixel a module, without a quiet zone. It restores
// 15 percent, enough for a crease in the paper.
func qrModules(content string) (image.Image, error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("receipt QR: %w", err)
	}
	return code, nil
}

// bars returns the CODE128 bars of content, one pixel the narrowest bar.
func bars(content string) (image.Image, error) {
	code, err := code128.Encode(content)
	if err != nil {
		return nil, fmt.Errorf("receipt barcode: %w", err)
	}
	return code, nil
}

func dark(img image.Image, x, y int) bool {
	b := img.Bounds()
	r, _, _, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
	return r < 0x8000
}
