package app

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/render"
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
	return Draw(doc, format)
}

// Draw renders a receipt document.
func Draw(doc receipt.Document, format string) (content []byte, kind string, err error) {
	switch format {
	case "png":
		content, err = render.PNG(doc, paperDots)
		return content, "image/png", err
	case "pdf":
		content, err = render.PDF(doc)
		return content, "application/pdf", err
	case "escpos":
		content, err = render.ESCPOS(doc)
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
