package app_test

import (
	"bytes"
	"image"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/store/storetest"
	"github.com/yifen-pay/yifen/internal/wire/escpos"
)

// shop is an installation without a card network, and a shop in it whose sales are approved on the spot.
type shop struct {
	*app.App
	*storetest.Shop
	log *bytes.Buffer
}

func openShop(t *testing.T) shop {
	t.Helper()
	config, findings := app.Load("", nil, map[string]string{
		"database": t.TempDir(), "iso-address": "127.0.0.1:0", "http-address": "127.0.0.1:0",
		"cardnet-address": "127.0.0.1:1", "cardnet-acquirer": "48982900",
	})
	config = config.With(map[string]string{"kek": testKEK, "cardnet-zmk": testZMK})
	for _, f := range findings {
		if f.Name != "kek" && f.Name != "cardnet-zmk" {
			t.Fatal(f)
		}
	}
	s := shop{log: new(bytes.Buffer)}
	noon := storetest.Day.Midnight(config.Location()).Add(12 * time.Hour)
	var err error
	s.App, err = app.Start(t.Context(), config, app.Options{
		Now:    func() time.Time { return noon },
		Logger: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.App.Stop)
	approved := payment.Answer{Outcome: payment.Yes}
	if s.Shop, err = storetest.NewShop(t.Context(), s.App.Store, 1, storetest.Loopback{Answer: approved}); err != nil {
		t.Fatal(err)
	}
	return s
}

// sell takes a sale.
func (s shop) sell(t *testing.T) payment.Operation {
	t.Helper()
	sale, err := s.Shop.Sale(t.Context(), 0, 100_00)
	if err != nil || sale.Operation.ApprovedFen == 0 {
		t.Fatalf("sale: %+v, %v", sale, err)
	}
	return sale.Operation
}

// paper returns the merchant's copy in a format.
func (s shop) paper(t *testing.T, op payment.Operation, format string) []byte {
	t.Helper()
	content, _, err := s.App.Receipt(t.Context(), op.ID, format, receipt.MerchantCopy, receipt.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// below returns the dots of a slip below the mark that counts its prints, and how many are black.
func below(t *testing.T, data []byte) (dots []byte, black int) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p := img.(*image.Paletted)
	dots = p.Pix[150*p.Stride:]
	return dots, bytes.Count(dots, []byte{1})
}

func TestReceipt_showsTheSignature(t *testing.T) {
	s := openShop(t)
	op := s.sell(t)
	s.paper(t, op, "png") // the first print has no mark and is shorter
	unsigned, inkBefore := below(t, s.paper(t, op, "png"))
	signature, err := os.ReadFile(filepath.Join("..", "wire", "jbig", "testdata", "signature.jbg"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Receipts.Sign(t.Context(), op, signature, "test"); err != nil {
		t.Fatal(err)
	}
	signed, ink := below(t, s.paper(t, op, "png"))
	if len(signed) != len(unsigned) || ink < inkBefore+500 {
		t.Errorf("signed the slip has %d black dots of %d, unsigned %d of %d", ink, len(signed), inkBefore, len(unsigned))
	}
	if pdf := s.paper(t, op, "pdf"); !bytes.Contains(pdf, []byte("/Width 281\n/Height 88")) {
		t.Error("the PDF does not show the signature")
	}
	var d escpos.Decoder
	pictures := 0
	for _, e := range d.Feed(s.paper(t, op, "escpos")) {
		if _, ok := e.(escpos.Raster); ok {
			pictures++
		}
	}
	if pictures != 1 {
		t.Errorf("the printer draws %d pictures", pictures)
	}
	if text := string(s.paper(t, op, "txt")); !strings.Contains(text, "(已电子签名)") {
		t.Errorf("the text does not say that it was signed:\n%s", text)
	}
	if other, blank := below(t, s.paper(t, s.sell(t), "png")); blank >= ink {
		t.Errorf("the next slip has %d black dots of %d", blank, len(other))
	}
}

// What cannot be read leaves the room blank, and somebody is told.
func TestReceipt_damagedSignature(t *testing.T) {
	s := openShop(t)
	op := s.sell(t)
	s.paper(t, op, "png")
	unsigned, _ := below(t, s.paper(t, op, "png"))
	if err := s.Receipts.Sign(t.Context(), op, []byte("no picture"), "test"); err != nil {
		t.Fatal(err)
	}
	signed, _ := below(t, s.paper(t, op, "png"))
	if !bytes.Equal(signed, unsigned) {
		t.Error("a damaged signature changed the slip")
	}
	s.App.Stop() // nobody writes the log any more
	if log := s.log.String(); !strings.Contains(log, "signature cannot be shown") || !strings.Contains(log, op.ID) {
		t.Errorf("the log says %q", log)
	}
}

// A slip may be asked for under what is no operation.
func TestReceipt_ofNothing(t *testing.T) {
	s := openShop(t)
	for _, operation := range []string{"", "logo", "pay_"} {
		if _, _, err := s.App.Receipt(t.Context(), operation, "png", receipt.MerchantCopy, receipt.Chinese); err == nil {
			t.Errorf("%q has a receipt", operation)
		}
	}
}
