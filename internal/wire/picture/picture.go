package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// Bounds of what is taken in.
const (
	Max       = 10 << 20   // bytes
	PixelsMax = 40_000_000 // of a picture
	SideMax   = 20_000     // pixels
	SideMin   = 16         // pixels
)

// scansMax bounds the passes over a JPEG: each costs a walk over all pixels however few bytes it has, and encoders
// write about ten.
const scansMax = 100

// quality is that of JPEG pictures as they are written anew: print stays readable.
const quality = 88

// What is wrong with a file.
var (
	ErrType    = errors.New("the file is no JPEG, PNG or PDF")
	ErrSize    = fmt.Errorf("the file is empty or larger than %d MiB", Max>>20)
	ErrPixels  = errors.New("the picture has too many pixels, or too few to show anything")
	ErrDamaged = errors.New("the file is damaged or not whole")
	ErrUnsafe  = errors.New("the file holds more than a picture or a page: an archive, a script or a program")
)

// Media types.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	PDF  = "application/pdf"
)

// File is what was taken in.
type File struct {
	Type          string // media type
	Content       []byte
	Width, Height int // pixels, 0 for a PDF
}

// Type returns the media type that the content begins as, "" for none that is taken.
func Type(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return PDF
	}
	return ""
}

// Clean takes a file in. The errors are those of this package.
func Clean(content []byte) (File, error) {
	if len(content) == 0 || len(content) > Max {
		return File{}, ErrSize
	}
	kind := Type(content)
	switch {
	case kind == "":
		return File{}, ErrType
	case archived(content):
		return File{}, ErrUnsafe
	case kind == PDF:
		return File{Type: PDF, Content: content}, checkPDF(content)
	}
	return redraw(kind, content)
}

// redraw decodes a picture, turns it upright and writes it anew.
func redraw(kind string, content []byte) (File, error) {
	decodeConfig, decode := jpeg.DecodeConfig, jpeg.Decode
	if kind == PNG {
		decodeConfig, decode = png.DecodeConfig, png.Decode
	}
	config, err := decodeConfig(bytes.NewReader(content))
	if err != nil {
		return File{}, ErrDamaged
	}
	w, h := config.Width, config.Height
	if w < SideMin || h < SideMin || w > SideMax || h > SideMax || int64(w)*int64(h) > PixelsMax {
		return File{}, ErrPixels
	}
	if kind == JPEG && bytes.Count(content, []byte{0xff, markerSOS}) > scansMax {
		return File{}, ErrDamaged
	}
	picture, err := decode(bytes.NewReader(content))
	if err != nil {
		return File{}, ErrDamaged
	}
	if kind == JPEG {
		picture = upright(picture, orientation(content))
	}
	var out bytes.Buffer
	if kind == PNG {
		err = png.Encode(&out, picture)
	} else {
		err = jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return File{}, ErrDamaged
	}
	if kind == PNG && out.Len() > Max { // a photograph as PNG of other makers packs better than ours
		out.Reset()
		if err := jpeg.Encode(&out, opaque(picture), &jpeg.Options{Quality: quality}); err != nil {
			return File{}, ErrDamaged
		}
		kind = JPEG
	}
	if out.Len() > Max {
		return File{}, ErrSize
	}
	b := picture.Bounds()
	return File{Type: kind, Content: out.Bytes(), Width: b.Dx(), Height: b.Dy()}, nil
}

// opaque lays a picture over white.
func opaque(p image.Image) image.Image {
	out := image.NewRGBA(p.Bounds())
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), p, p.Bounds().Min, draw.Over)
	return out
}

// archiveEnd is the signature of the record that ends a ZIP archive, and archiveTail how long that record is before
// its comment.
const (
	archiveEnd  = "PK\x05\x06"
	archiveTail = 22
)

// archived tells whether the content can be opened as a ZIP archive: readers look for the end record from behind,
// within the length that its comment may have.
func archived(content []byte) bool {
	tail := content[max(0, len(content)-archiveTail-1<<16):]
	for at := bytes.LastIndex(tail, []byte(archiveEnd)); at >= 0; at = bytes.LastIndex(tail[:at], []byte(archiveEnd)) {
		record := tail[at:]
		if len(record) < archiveTail {
			continue
		}
		comment := int(binary.LittleEndian.Uint16(record[20:]))
		directory := int64(binary.LittleEndian.Uint32(record[12:]))
		start := int64(binary.LittleEndian.Uint32(record[16:]))
		if archiveTail+comment <= len(record) && directory <= int64(len(content)) && start <= int64(len(content)) {
			return true
		}
	}
	return false
}
