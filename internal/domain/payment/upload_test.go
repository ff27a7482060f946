package payment_test

import (
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestUpload_holdsEachLineAgainstTheBooks(t *testing.T) {
	s := storetest.Embedded(t)
	shop, err := storetest.NewShop(t.Context(), s, 1, storetest.Loopback{Answer: payment.Answer{Outcome: payment.Yes}})
	if err != nil {
		t.Fatal(err)
	}
	var lines []payment.UploadedLine
	for range 10 {
		r, err := shop.Sale(t.Context(), 0, 10_00)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, payment.UploadedLine{Trace: r.Operation.Trace, Masked: r.Payment.Card.Masked, Amount: money.Yuan(10_00)})
	}
	lines[3].Amount = money.Yuan(10_01)
	lines[5].Masked = "622222******0000"
	lines = append(lines, payment.UploadedLine{Trace: 999, Amount: money.Yuan(1)})

	before := shop.Terminals[0]
	if _, err := shop.Terminal.Close(t.Context(), terminal.Claim{Terminal: before, BatchNumber: before.BatchNumber}, storetest.Day); err != nil {
		t.Fatal(err)
	}
	now, _, err := step.Read[terminal.Terminal](t.Context(), s, before.Key())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // once more changes nothing
		if err := shop.Service.Upload(t.Context(), now, before.BatchNumber, lines); err != nil {
			t.Fatal(err)
		}
	}
	if err := shop.Service.UploadDone(t.Context(), now, before.BatchNumber); err != nil {
		t.Fatal(err)
	}
	b, _, err := step.Read[terminal.Batch](t.Context(), s, terminal.BatchKey(before.ID, before.BatchSequence))
	if err != nil || b.Uploaded != int64(len(lines)) || !b.UploadDone {
		t.Errorf("%d lines of %d are counted, done: %t, %v", b.Uploaded, len(lines), b.UploadDone, err)
	}
	for trace, finding := range map[int]string{
		lines[0].Trace: "", lines[3].Trace: "the books say 10.00", lines[5].Trace: "the books say card 621626*********0018", 999: "unknown to the books",
	} {
		key := step.Key{Table: terminal.SuspenseTable, Bucket: before.Bucket, ID: strings.TrimSuffix(terminal.ExchangeKey(before.ID, before.BatchSequence, trace, "").ID, "/")}
		l, found, err := step.Read[terminal.SuspenseLine](t.Context(), s, key)
		if err != nil || found != (finding != "") || l.Finding != finding {
			t.Errorf("trace %d: %q, %v; want %q", trace, l.Finding, err, finding)
		}
	}
}
