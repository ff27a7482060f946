package cardnet

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// presented is a request with all that a card can show.
func presented(t testing.TB, kind payment.Kind) *payment.Request {
	t.Helper()
	pan, err := card.ParsePAN("6216261000000000018")
	if err != nil {
		t.Fatal(err)
	}
	return &payment.Request{
		Attempt: payment.Attempt{Stamp: "0305120000", Number: 7, Tries: 1},
		Operation: payment.Operation{
			Kind: kind, AmountFen: 100, Currency: money.CNY, RRN: "606400000007", AuthCode: "VOICE1", ChipRequest: []byte{0x95, 0},
		},
		Payment: payment.Payment{EntryMode: card.Insert},
		Card: card.Presentation{
			PAN: pan, Expiry: "3312", Track2: "6216261000000000018D3312220", SequenceNumber: "01", EntryMode: "072",
			Chip: []byte{0x82, 2, 0x7C, 0},
		},
		Original:          &payment.Attempt{Stamp: "0304110000", Number: 3},
		OriginalOperation: &payment.Operation{Kind: payment.SaleOp, RRN: "606400000003", AuthCode: "123456"},
		Partial:           true,
		TerminalNumber:    "29000001", MerchantNumber: "898290054110001", MerchantName: "shop", Category: "5411",
	}
}

// TestFill_everyKind holds each row of the table in docs/network-leg.md: type, F3, F25, F22, the type in F90, and
// which of the fields that depend on the act are there.
func TestFill_everyKind(t *testing.T) {
	const asPresented = "14 23 35 55"
	for _, c := range []struct {
		name     string
		kind     payment.Kind
		original payment.Operation
		advice   bool
		want     string // type, F3, F25, F22, type in F90, beside
		repeat   string // type of a second sending
	}{
		{"sale", payment.SaleOp, payment.Operation{}, false, "0200 000000 00 072 - 4 12 " + asPresented + " 60", "0200"},
		{"void", payment.VoidOp, payment.Operation{Kind: payment.SaleOp}, false, "0200 200000 00 072 0200 4 12 " + asPresented + " 38 90", "0200"},
		{"void of an offline sale", payment.VoidOp, payment.Operation{Kind: payment.OfflineOp}, false,
			"0200 200000 00 072 0220 4 12 " + asPresented + " 38 90", "0200"},
		{"inquiry", payment.InquiryOp, payment.Operation{}, false, "0200 310000 00 072 - 12 " + asPresented, "0200"},
		{"pre-authorization", payment.PreauthOp, payment.Operation{}, false, "0100 030000 06 072 - 4 12 " + asPresented + " 60", "0100"},
		{"add-on", payment.AddOnOp, payment.Operation{Kind: payment.PreauthOp}, false,
			"0100 030000 60 072 0100 4 12 " + asPresented + " 38 90", "0100"},
		{"void of an authorization", payment.PreauthVoidOp, payment.Operation{Kind: payment.PreauthOp}, false,
			"0100 200000 06 072 0100 4 12 " + asPresented + " 38 90", "0100"},
		{"completion", payment.CompletionOp, payment.Operation{Kind: payment.PreauthOp}, false,
			"0200 000000 06 072 0100 4 12 " + asPresented + " 38 90", "0200"},
		{"completion advice", payment.CompletionOp, payment.Operation{Kind: payment.PreauthOp}, true,
			"0220 000000 06 050 0100 4 12 38 90", "0221"},
		{"void of a completion", payment.CompletionVoidOp, payment.Operation{Kind: payment.CompletionOp}, false,
			"0200 200000 06 072 0200 4 12 " + asPresented + " 38 90", "0200"},
		{"void of a completion advice", payment.CompletionVoidOp, payment.Operation{Kind: payment.CompletionOp, Advice: true}, false,
			"0200 200000 06 072 0220 4 12 " + asPresented + " 38 90", "0200"},
		{"refund", payment.RefundOp, payment.Operation{Kind: payment.SaleOp}, true, "0220 200000 00 050 0200 4 12 90", "0221"},
		{"offline sale", payment.OfflineOp, payment.Operation{}, true, "0220 000000 00 050 - 4 12 38", "0221"},
		{"adjustment", payment.AdjustmentOp, payment.Operation{Kind: payment.SaleOp}, true, "0220 020000 00 050 0200 4 12 38 90", "0221"},
		{"script result", payment.ScriptOp, payment.Operation{Kind: payment.SaleOp}, true, "0620 000000 00 050 0200 12 55 90", "0621"},
		{"script result of an add-on", payment.ScriptOp, payment.Operation{Kind: payment.AddOnOp}, true, "0620 030000 60 050 0100 12 55 90", "0621"},
		{"reversal of a sale", payment.ReversalOp, payment.Operation{Kind: payment.SaleOp}, true, "0420 000000 00 050 0200 4 39 90", "0421"},
		{"reversal of a pre-authorization", payment.ReversalOp, payment.Operation{Kind: payment.PreauthOp}, true,
			"0420 030000 06 050 0100 4 39 90", "0421"},
		{"reversal of an add-on", payment.ReversalOp, payment.Operation{Kind: payment.AddOnOp}, true, "0420 030000 60 050 0100 4 39 90", "0421"},
		{"reversal of a void of an authorization", payment.ReversalOp, payment.Operation{Kind: payment.PreauthVoidOp}, true,
			"0420 200000 06 050 0100 4 39 90", "0421"},
		{"reversal of a completion", payment.ReversalOp, payment.Operation{Kind: payment.CompletionOp}, true, "0420 000000 06 050 0200 4 39 90", "0421"},
		{"reversal of its void", payment.ReversalOp, payment.Operation{Kind: payment.CompletionVoidOp}, true,
			"0420 200000 06 050 0200 4 39 90", "0421"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Rail{Config: Config{Acquirer: "48982900", Forwarder: "48982900"}}
			q := presented(t, c.kind)
			q.Operation.Advice = c.advice
			q.OriginalOperation = nil
			if c.original.Kind != "" {
				c.original.AuthCode, c.original.RRN = "123456", "606400000003"
				q.OriginalOperation = &c.original
			}
			var m iso8583.Message
			if err := r.fill(&m, q, nil); err != nil {
				t.Fatal(err)
			}
			got := []string{m.MTI(), m.Get(3), m.Get(25), m.Get(22), "-"}
			if m.Has(90) {
				got[4] = m.Get(90)[:4]
			}
			for _, field := range []struct {
				number int
				name   string
			}{{4, "4"}, {12, "12"}, {14, "14"}, {23, "23"}, {35, "35"}, {39, "39"}, {55, "55"}, {60, "60"}, {38, "38"}, {90, "90"}} {
				if m.Has(field.number) {
					got = append(got, field.name)
				}
			}
			want := strings.Fields(c.want)
			slices.Sort(got[5:])
			slices.Sort(want[5:])
			if !slices.Equal(got, want) {
				t.Errorf("fields\n got %v\nwant %v", got, want)
			}
			q.Attempt.Tries = 2
			var again iso8583.Message
			if err := r.fill(&again, q, nil); err != nil {
				t.Fatal(err)
			}
			if again.MTI() != c.repeat {
				t.Errorf("the second sending has type %s, want %s", again.MTI(), c.repeat)
			}
			if c.advice {
				q.Card = card.Presentation{PAN: q.Card.PAN} // all that is left when an advice is repeated
				if err := r.fill(&again, q, nil); err != nil {
					t.Fatal(err)
				}
				for field := range m.Fields() {
					if m.Get(field) != again.Get(field) {
						t.Errorf("F%d of the repeat differs", field)
					}
				}
			}
		})
	}
}

func TestFill_whatHasNoReversal(t *testing.T) {
	r := &Rail{}
	for name, original := range map[string]payment.Operation{
		"inquiry": {Kind: payment.InquiryOp}, "refund": {Kind: payment.RefundOp}, "offline": {Kind: payment.OfflineOp},
		"adjustment": {Kind: payment.AdjustmentOp}, "completion advice": {Kind: payment.CompletionOp, Advice: true},
	} {
		q := presented(t, payment.ReversalOp)
		q.OriginalOperation = &original
		if err := r.fill(&iso8583.Message{}, q, nil); !errors.Is(err, errReversal) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for _, original := range []*payment.Operation{{Kind: payment.ReversalOp}, {Kind: payment.ScriptOp}} {
		q := presented(t, payment.ScriptOp)
		q.OriginalOperation = original
		if err := r.fill(&iso8583.Message{}, q, nil); !errors.Is(err, errKind) {
			t.Errorf("the result of a script in a %s: error %v", original.Kind, err)
		}
	}
}

// TestForms_haveEveryKind keeps the table whole as kinds are added.
func TestForms_haveEveryKind(t *testing.T) {
	for _, kind := range payment.Kinds {
		if _, known := forms[kind]; !known && kind != payment.ReversalOp && kind != payment.ScriptOp {
			t.Errorf("the profile has no message for %s", kind)
		}
	}
}

func TestBalance(t *testing.T) {
	for name, c := range map[string]struct {
		f54  string
		want *money.Amount
	}{
		"none":            {"", nil},
		"available":       {"1002156C000000012345", &money.Amount{Fen: 123_45, Currency: money.CNY}},
		"available later": {"1001156C0000000999991002156C000000012345", &money.Amount{Fen: 123_45, Currency: money.CNY}},
		"ledger only":     {"1001156C000000099999", &money.Amount{Fen: 999_99, Currency: money.CNY}},
		"debit":           {"3002156D000000000001", &money.Amount{Fen: -1, Currency: money.CNY}},
		"short":           {"1002156C00000001234", nil},
		"no sign":         {"1002156X000000012345", nil},
		"no digits":       {"1002156C00000001234x", nil},
		"no currency":     {"1002CNYC000000012345", nil},
		"second is none":  {"1001156C000000099999xxxxxxxxxxxxxxxxxxxx", nil},
	} {
		got := balance(c.f54)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func FuzzBalance(f *testing.F) {
	f.Add("1001156C0000000999991002156C000000012345")
	f.Add("3002156D000000000001")
	f.Fuzz(func(t *testing.T, f54 string) {
		b := balance(f54)
		if b == nil {
			return
		}
		if len(f54)%balanceLen != 0 || b.Fen > money.AmountMax || b.Fen < -money.AmountMax {
			t.Errorf("%q gives %v", f54, *b)
		}
	})
}
