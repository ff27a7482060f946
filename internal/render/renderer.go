package render

import (
	"fmt"
	"image"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

// Renderer draws documents. The zero value shows the alternative text of images and leaves
// captured signatures blank. It is safe for concurrent use if Images is.
type Renderer struct {
	// Images returns the picture that a document refers to, nil if there is none.
	Images func(ref string) (image.Image, error)
}

// PNG draws doc without images; see [Renderer.PNG].
func PNG(doc receipt.Document, dots int) ([]byte, error) { return Renderer{}.PNG(doc, dots) }

// PDF draws doc without images; see [Renderer.PDF].
func PDF(doc receipt.Document) ([]byte, error) { return Renderer{}.PDF(doc) }

// ESCPOS returns printer commands for doc without images; see [Renderer.ESCPOS].
func ESCPOS(doc receipt.Document) ([]byte, error) { return Renderer{}.ESCPOS(doc) }

// Raster returns printer commands for doc without images; see [Renderer.Raster].
func Raster(doc receipt.Document) ([]byte, error) { return Renderer{}.Raster(doc) }

// paper is what a width of paper holds.
type paper struct {
	millimeters int
	dots        int // printable
	columns     int
}

// paperOf returns the paper that doc is meant for, 58 mm if it does not say.
func paperOf(doc receipt.Document) paper {
	if doc.Width == 80 {
		return paper{80, 576, 48}
	}
	return paper{58, 384, 32}
}

// page lays doc out for the given width in dots.
func (r Renderer) page(doc receipt.Document, dots int) (page, error) {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	pg, err := lay(doc, dots, p, r.Images)
	if err != nil {
		return page{}, fmt.Errorf("draw receipt: %w", err)
	}
	return pg, nil
}
