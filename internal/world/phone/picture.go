package phone

import (
	"bytes"
	"image"
	_ "image/gif" // pictures that people have
	_ "image/jpeg"
	"io"
	"net/http"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Bounds of a picture that is scanned.
const (
	pictureBytesMax = 12 << 20
	pictureDotsMax  = 40_000_000
)

// errNoPicture and errNoCode are what becomes of a picture without a code.
var (
	errNoPicture = &refusal{http.StatusBadRequest, "picture", "that is no picture that can be read: take PNG, JPEG or GIF of up to 12 MB", "无法读取图片：请用 12 MB 以内的 PNG、JPEG 或 GIF"}
	errNoCode    = &refusal{http.StatusUnprocessableEntity, "no_code", "no code is to be seen in the picture: come closer, or paste its content", "图片里没有找到码：请靠近再拍，或粘贴码的内容"}
)

// picture reads the code in a picture: POST /phone/picture → {"content"}. Browsers do that themselves where they can.
func (p *Phone) picture(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, pictureBytesMax))
	if err != nil {
		answer(w, nil, errNoPicture)
		return
	}
	content, err := readCode(raw)
	answer(w, map[string]string{"content": content}, err)
}

// readCode returns what the QR code or bar code in a picture holds.
func readCode(raw []byte) (string, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil || size.Width*size.Height > pictureDotsMax {
		return "", errNoPicture
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return "", errNoPicture
	}
	light := gozxing.NewLuminanceSourceFromImage(picture)
	harder := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	// Black is what is darker than its surroundings, for photos, or than the picture as a whole, for drawings.
	for _, black := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(light), gozxing.NewGlobalHistgramBinarizer(light)} {
		bitmap, err := gozxing.NewBinaryBitmap(black)
		if err != nil {
			return "", err
		}
		for _, reader := range []gozxing.Reader{qrcode.NewQRCodeReader(), oned.NewCode128Reader()} {
			if found, err := reader.Decode(bitmap, harder); err == nil {
				return found.GetText(), nil
			}
		}
	}
	return "", errNoCode
}
