package app

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/render"
	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

// paperColumns is the width of a receipt as text: 58 mm paper.
const paperColumns = 32

// Receipt returns a copy of an operation's receipt in a format: "png", "pdf", "txt" or "escpos".
func (a *App) Receipt(ctx context.Context, operation, format string, to receipt.Copy, lang receipt.Lang) (content []byte, kind string, err error) {
	if _, err := id.BucketOf(operation); err != nil {
		return nil, "", payment.ErrNotFound
	}
	doc, err := a.Receipts.Show(ctx, operation, to, lang)
	if err != nil {
		return nil, "", err
	}
	return draw(render.Renderer{Images: a.signatures(ctx)}, doc, format)
}

// signatures returns how the signature under an operation is looked up. One that cannot be read is
// reported and left out: the rest of the paper is still right.
func (a *App) signatures(ctx context.Context) func(operation string) (image.Image, error) {
	return func(operation string) (image.Image, error) {
		if _, err := id.BucketOf(operation); err != nil {
			return nil, nil // a picture of another kind
		}
		data, err := a.Receipts.SignatureOf(ctx, operation)
		if errors.Is(err, receipt.ErrNoSignature) {
			return nil, nil
		}
		if err == nil {
			var img image.Image
			if img, err = jbig.Decode(data); err == nil {
				return img, nil
			}
		}
		a.options.Logger.Error("signature cannot be shown", "operation", operation, "error", err)
		return nil, nil
	}
}

// Draw renders a receipt document without its pictures.
func Draw(doc receipt.Document, format string) (content []byte, kind string, err error) {
	return draw(render.Renderer{}, doc, format)
}

func draw(r render.Renderer, doc receipt.Document, format string) (content []byte, kind string, err error) {
	switch format {
	case "png":
		content, err = r.PNG(doc, paperDots)
		return content, "image/png", err
	case "pdf":
		content, err = r.PDF(doc)
		return content, "application/pdf", err
	case "escpos":
		content, err = r.ESCPOS(doc)
		return content, "application/octet-stream", err
	case "txt":
		return []byte(doc.Text(paperColumns)), "text/plain; charset=utf-8", nil
	}
	return nil, "", fault.New(fault.Invalid, "format_unknown", fmt.Sprintf("no receipt as %q: ask for png, pdf, txt or escpos", format))
}

// paperDots is the width of 58 mm paper at 203 dpi.
const paperDots = 384

// Font returns the typeface of receipts, for whoever draws paper of their own.
func Font() []byte { return render.FontTTF() }
