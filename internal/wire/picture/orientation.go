package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
)

// The orientations of Exif, tag 0x0112: which way the rows and columns of the stored picture lie.
const (
	asStored        = 1
	orientationTag  = 0x0112
	orientationMax  = 8
	ifdEntry        = 12 // bytes
	ifdEntriesMax   = 512
	markerSOS       = 0xda
	markerAPP1      = 0xe1
	turnedSidewards = 5 // from this one on, width and height change places
)

// orientation reads the orientation from the Exif part of a JPEG; whatever cannot be read is as stored.
func orientation(content []byte) int {
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, length := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		if marker == markerSOS || length < 2 || at+2+length > len(content) {
			break
		}
		body := content[at+4 : at+2+length]
		if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && marker == markerAPP1 {
			return exifOrientation(exif)
		}
		at += 2 + length
	}
	return asStored
}

// exifOrientation reads the orientation from a TIFF structure.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return asStored
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return asStored
	}
	entries := min(int64(order.Uint16(tiff[at:])), ifdEntriesMax)
	for i := range entries {
		entry := at + 2 + i*ifdEntry
		if entry+ifdEntry > int64(len(tiff)) {
			break
		}
		if order.Uint16(tiff[entry:]) == orientationTag {
			if o := int(order.Uint16(tiff[entry+8:])); o >= asStored && o <= orientationMax {
				return o
			}
		}
	}
	return asStored
}

// upright returns the picture as its orientation means it.
func upright(p image.Image, orientation int) image.Image {
	if orientation == asStored {
		return p
	}
	b := p.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= turnedSidewards {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := stored(orientation, x, y, w, h)
			out.SetRGBA(x, y, rgba(p, b.Min.X+sx, b.Min.Y+sy))
		}
	}
	return out
}

// stored returns where the pixel of an upright picture of w by h lies in the stored one.
func stored(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6: // lies on its left side
		return y, w - 1 - x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return h - 1 - y, x
	}
	return x, y
}

// rgba reads a pixel without the detour over an interface that color models take, for the form that cameras write.
func rgba(p image.Image, x, y int) color.RGBA {
	if c, ok := p.(*image.YCbCr); ok {
		yi, ci := c.YOffset(x, y), c.COffset(x, y)
		r, g, b := color.YCbCrToRGB(c.Y[yi], c.Cb[ci], c.Cr[ci])
		return color.RGBA{r, g, b, 0xff}
	}
	r, g, b, a := p.At(x, y).RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
}
