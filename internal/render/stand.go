package render

import (
	"bytes"
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"github.com/yifen-pay/yifen/internal/domain/receipt"
)

// StandSheet is what stands on a shop's printed code.
type StandSheet struct {
	Shop, ShopEN string
	Place        string // "till 1"
	Content      string // of the code
	Operator     string // who takes the payments
}

// The words of a stand. The sums are those of the rules on printed codes.
var standWords = map[receipt.Lang]struct{ scan, wallets, limit, wary string }{
	receipt.Chinese: {
		"扫一扫，向我付款", "微信支付 · 支付宝 · 云闪付",
		"单笔不超过 500 元；金额更大请让店员出示收款码", "付款前请核对商户名称",
	},
	receipt.English: {
		"Scan to pay", "WeChat Pay · Alipay · UnionPay",
		"Up to CNY 500.00 at once; for more, ask for a code with the amount", "Check the name of the shop before you pay",
	},
}

// Stand returns the sheet of a printed code as a PDF of one A6 page, to be put up beside a till.
func Stand(s StandSheet, lang receipt.Lang) ([]byte, error) {
	pdfSlots <- struct{}{}
	defer func() { <-pdfSlots }()
	p := pens.Get().(*pen)
	defer pens.Put(p)
	words, ok := standWords[lang]
	if !ok {
		words = standWords[receipt.Chinese]
	}
	const width, height, side = 105.0, 148.0, 70.0
	f := fpdf.New("P", "mm", "A6", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(pdfDate)
	f.SetModificationDate(pdfDate)
	f.SetTitle(s.Shop, true)
	f.SetMargins(0, 0, 0)
	f.SetAutoPageBreak(false, 0)
	f.AddUTF8FontFromBytes(pdfFont, "", fontTTF)
	f.AddPage()
	const band = 30.0
	f.SetFillColor(22, 93, 255)
	f.Rect(0, 0, width, band, "F")
	f.Rect(0, height-4, width, 4, "F")
	// line writes a text in the middle, smaller where it is too long for the page.
	line := func(y, size float64, red, green, blue int, text string) {
		text = p.shown(text)
		f.SetFont(pdfFont, "", size)
		for size > 6 && f.GetStringWidth(text) > width-10 {
			size -= 0.5
			f.SetFont(pdfFont, "", size)
		}
		f.SetTextColor(red, green, blue)
		f.SetXY(0, y)
		f.CellFormat(width, size*0.42, text, "", 0, "C", false, 0, "")
	}
	line(6.5, 21, 255, 255, 255, words.scan)
	line(19, 10.5, 255, 255, 255, words.wallets)
	name := s.Shop
	if lang == receipt.English && s.ShopEN != "" {
		name = s.ShopEN
	}
	line(34.5, 15, 20, 20, 20, name)
	if err := drawCode(f, s.Content, (width-side)/2, 43, side); err != nil {
		return nil, err
	}
	line(115, 11, 60, 60, 60, s.Place)
	line(123.5, 7.5, 90, 90, 90, words.limit)
	line(128.5, 7.5, 90, 90, 90, words.wary)
	line(136, 7, 130, 130, 130, s.Operator)
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("write a stand: %w", err)
	}
	return out.Bytes(), nil
}

// drawCode draws a QR code as squares, sharp at any size, with the quiet zone of four modules that readers need.
func drawCode(f *fpdf.Fpdf, content string, x, y, side float64) error {
	code, err := qrModules(content)
	if err != nil {
		return err
	}
	const quiet = 4
	n := code.Bounds().Dx()
	module := side / float64(n+2*quiet)
	f.SetFillColor(0, 0, 0)
	for row := range n {
		for at := 0; at < n; {
			if !dark(code, at, row) {
				at++
				continue
			}
			from := at
			for at < n && dark(code, at, row) {
				at++
			}
			f.Rect(x+float64(from+quiet)*module, y+float64(row+quiet)*module, float64(at-from)*module, module, "F")
		}
	}
	return nil
}
