package phone

import (
	"image"
	"image/color"
	"image/png"
	"net/http"
	"regexp"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// codeForm is what a payment code of any wallet looks like.
var codeForm = regexp.MustCompile(`^[0-9]{16,24}$`)

// Sizes of drawings, in dots.
const (
	qrModule  = 8
	barModule = 2
	barHeight = 96
	quiet     = 4  // modules of white around a QR code
	barQuiet  = 10 // modules of white beside a bar code
)

// draw draws a payment code: GET /phone/codes/{code}/qr.png or bar.png.
func (p *Phone) draw(w http.ResponseWriter, r *http.Request) {
	code := r.PathValue("code")
	var picture image.Image
	var err error
	switch kind := r.PathValue("picture"); {
	case !codeForm.MatchString(code):
		err = errUnknownCode
	case kind == "qr.png":
		picture, err = drawQR(code)
	case kind == "bar.png":
		picture, err = drawBar(code)
	default:
		err = errUnknownCode
	}
	if err != nil {
		answer(w, nil, err)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	png.Encode(w, picture) // a client that is gone needs no picture
}

func drawQR(text string) (image.Image, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	return enlarge(code, qrModule, quiet, quiet, qrModule*code.Bounds().Dy()), nil
}

func drawBar(text string) (image.Image, error) {
	code, err := code128.Encode(text)
	if err != nil {
		return nil, err
	}
	return enlarge(code, barModule, barQuiet, quiet, barHeight), nil
}

// enlarge draws a code with so many dots a module, white around it, and a height in dots without that.
func enlarge(code barcode.Barcode, module, beside, above, height int) image.Image {
	across, down := code.Bounds().Dx(), code.Bounds().Dy()
	out := image.NewGray(image.Rect(0, 0, (across+2*beside)*module, height+2*above*module))
	for i := range out.Pix {
		out.Pix[i] = 0xFF
	}
	for y := range height {
		for x := range across * module {
			if c := color.GrayModel.Convert(code.At(x/module, min(y/module, down-1))).(color.Gray); c.Y < 0x80 {
				out.SetGray(x+beside*module, y+above*module, color.Gray{})
			}
		}
	}
	return out
}
