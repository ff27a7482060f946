package pos_test

import (
	"context"
	"errors"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// presented are the ways in which the debit card comes to the terminal.
var presented = []struct {
	name  string
	card  string
	entry pos.Entry
	mode  string // first two digits of F22 where all of the card travels
}{
	{"swipe", "stripe", pos.Swipe, "02"},
	{"insert", "debit", pos.Insert, "05"},
	{"tap", "debit", pos.Tap, "07"},
	{"phone", "phone", pos.Tap, "07"},
	{"manual", "debit", pos.Manual, "01"},
}

// TestActs does everything that a terminal can do with a card in each way of reading it, and holds the request
// to the table of the terminal leg.
func TestActs(t *testing.T) {
	type about struct {
		sale, held string // trace of a sale, code of an authorization
		rrn        string
	}
	for _, test := range []struct {
		kind  pos.Kind
		wire  string // MTI, F3, F25, 60.1
		bare  bool   // only the number of the card travels
		needs []int
		lacks []int
		do    func(context.Context, *pos.Terminal, pos.SaleInput, about) (pos.Outcome, error)
	}{
		{pos.Balance, "0200 310000 00 01", false, nil, []int{4}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, _ about) (pos.Outcome, error) {
			return p.Balance(ctx, in)
		}},
		{pos.Sale, "0200 000000 00 22", false, []int{4}, []int{37, 61}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, _ about) (pos.Outcome, error) {
			return p.Sale(ctx, in)
		}},
		{pos.Void, "0200 200000 00 23", true, []int{37, 38, 61}, []int{35, 52, 55}, func(ctx context.Context, p *pos.Terminal, _ pos.SaleInput, a about) (pos.Outcome, error) {
			return p.Void(ctx, a.sale)
		}},
		{pos.Refund, "0220 200000 00 25", true, []int{37, 61, 63}, []int{35, 52}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			return p.Refund(ctx, pos.RefundInput{Amount: in.Amount, Card: in.Card, Entry: in.Entry, RRN: a.rrn, Date: "1107"})
		}},
		{pos.Preauth, "0100 030000 06 10", false, []int{4}, []int{38, 61}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, _ about) (pos.Outcome, error) {
			return p.Preauth(ctx, in)
		}},
		{pos.AddOn, "0100 030000 60 10", false, []int{38, 61}, nil, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			return p.AddOn(ctx, pos.AuthorizationInput{SaleInput: in, AuthCode: a.held, Date: "1107"})
		}},
		{pos.PreauthVoid, "0100 200000 06 11", false, []int{38, 61}, nil, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			return p.PreauthVoid(ctx, pos.AuthorizationInput{SaleInput: in, AuthCode: a.held})
		}},
		{pos.Completion, "0200 000000 06 20", false, []int{38, 61}, nil, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			return p.Complete(ctx, pos.AuthorizationInput{SaleInput: in, AuthCode: a.held, Date: "1107"})
		}},
		{pos.CompletionAdvice, "0220 000000 06 24", true, []int{38, 61}, []int{35, 52, 55}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			return p.CompleteAdvice(ctx, pos.AuthorizationInput{SaleInput: in, AuthCode: a.held, Date: "1107"})
		}},
		{pos.CompletionVoid, "0200 200000 06 21", true, []int{37, 38, 61}, []int{35, 52, 55}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			o, err := p.Complete(ctx, pos.AuthorizationInput{SaleInput: in, AuthCode: a.held, Date: "1107"})
			if err != nil {
				return o, err
			}
			return p.CompletionVoid(ctx, o.Trace)
		}},
		{pos.OfflineSale, "0220 000000 00 30", true, []int{14, 38}, []int{35, 52, 55}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, _ about) (pos.Outcome, error) {
			return p.OfflineSale(ctx, pos.OfflineInput{Amount: in.Amount, Card: in.Card, Entry: in.Entry, AuthCode: "123456"})
		}},
		{pos.Adjustment, "0220 000000 00 32", true, []int{37, 38, 61}, []int{35, 52, 55}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			return p.Adjust(ctx, a.sale, in.Amount)
		}},
		{pos.Tip, "0220 000000 00 34", true, []int{37, 38, 61}, []int{35, 52, 55}, func(ctx context.Context, p *pos.Terminal, in pos.SaleInput, a about) (pos.Outcome, error) {
			return p.Tip(ctx, a.sale, in.Amount/10)
		}},
	} {
		for _, how := range presented {
			t.Run(string(test.kind)+"/"+how.name, func(t *testing.T) {
				terminal, h := signedIn(t, nil)
				card := demo(t, how.card)
				in := pos.SaleInput{Amount: 1200_00, Card: card, Entry: how.entry, PIN: "123456"}
				sale := must(t)(terminal.Sale(t.Context(), in))
				held := must(t)(terminal.Preauth(t.Context(), in))
				o := must(t)(test.do(t.Context(), terminal, in, about{sale.Trace, held.AuthCode, sale.RRN}))
				m := h.last(test.wire[:4])
				if got := strings.Join([]string{m.MTI(), m.Get(3), m.Get(25), m.Get(60)[:2]}, " "); got != test.wire {
					t.Errorf("sent %s, want %s", got, test.wire)
				}
				for _, field := range append([]int{2, 11, 22, 25, 41, 42, 49, 60, 64}, test.needs...) {
					if !m.Has(field) {
						t.Errorf("field %d is missing", field)
					}
				}
				for _, field := range test.lacks {
					if m.Has(field) {
						t.Errorf("field %d is there", field)
					}
				}
				if !test.bare {
					whole(t, m, how.mode, card)
				}
				if o.Kind != test.kind || (o.Slip == nil) != (test.kind == pos.Balance) {
					t.Errorf("outcome %+v", o)
				}
				if o.Slip != nil && o.Slip.Phone != card.Phone && test.kind != pos.Balance {
					t.Errorf("the slip says phone %v", o.Slip.Phone)
				}
			})
		}
	}
}

// whole holds a request to what a card that is read in this way sends.
func whole(t *testing.T, m *iso8583.Message, mode string, card pos.Card) {
	t.Helper()
	if got := m.Get(22)[:2]; got != mode {
		t.Errorf("entry mode %s, want %s", got, mode)
	}
	if m.Has(35) != (mode != "01") || !m.Has(52) || m.Has(55) != (mode == "05" || mode == "07") {
		t.Errorf("track %v, PIN %v, chip %v", m.Has(35), m.Has(52), m.Has(55))
	}
	if mode != "07" {
		return
	}
	list, err := emv.Parse(m.Bytes(55))
	if err != nil {
		t.Fatal(err)
	}
	product := list.Get(emv.CardProduct)
	if len(product) != 16 || (string(product[8:]) != string(make([]byte, 8))) != card.Phone {
		t.Errorf("card product %x of a phone: %v", product, card.Phone)
	}
}

func TestBalance(t *testing.T) {
	terminal, h := signedIn(t, nil)
	o := must(t)(terminal.Balance(t.Context(), chipSale(t, 0)))
	if o.Balance == nil || *o.Balance != 100_000_00 || o.Slip != nil {
		t.Errorf("outcome %+v", o)
	}
	if len(terminal.Journal()) != 0 {
		t.Error("a balance is in the journal")
	}
	h.behave(func(h *host) { h.twist = func(*iso8583.Message, *iso8583.Message) bool { return false } })
	if _, err := terminal.Balance(t.Context(), chipSale(t, 0)); err == nil || terminal.Status().Pending != nil {
		t.Errorf("nobody answered: %v, pending %v", err, terminal.Status().Pending)
	}
}

func TestPreauth_days(t *testing.T) {
	terminal, h := signedIn(t, nil)
	held := must(t)(terminal.Preauth(t.Context(), chipSale(t, 100_00)))
	if got := terminal.Status(); got.Debit.Count != 0 {
		t.Errorf("a pre-authorization counts: %+v", got.Debit)
	}
	about := func(amount int64, code string) pos.AuthorizationInput {
		return pos.AuthorizationInput{SaleInput: chipSale(t, amount), AuthCode: code}
	}
	if o, err := terminal.Complete(t.Context(), about(115_01, held.AuthCode)); err != nil || o.Code != "61" {
		t.Errorf("more than the host allows: %+v, %v", o, err)
	}
	done := must(t)(terminal.Complete(t.Context(), about(115_00, held.AuthCode)))
	if o, err := terminal.Complete(t.Context(), about(1_00, held.AuthCode)); err != nil || o.Code != "25" {
		t.Errorf("a second completion: %+v, %v", o, err)
	}
	must(t)(terminal.CompletionVoid(t.Context(), done.Trace))
	if _, err := terminal.CompletionVoid(t.Context(), done.Trace); !errors.Is(err, pos.ErrVoided) {
		t.Errorf("a second void: %v", err)
	}
	if _, err := terminal.Void(t.Context(), done.Trace); !errors.Is(err, pos.ErrCompletion) {
		t.Errorf("the void of a sale on a completion: %v", err)
	}
	must(t)(terminal.PreauthVoid(t.Context(), about(100_00, held.AuthCode)))
	for _, bad := range []pos.AuthorizationInput{about(1_00, "12345"), {SaleInput: chipSale(t, 1_00), AuthCode: "123456", Date: "11-07"}} {
		h.came()
		if _, err := terminal.Complete(t.Context(), bad); err == nil || len(h.came()) != 0 {
			t.Errorf("%q of %q was sent", bad.AuthCode, bad.Date)
		}
	}
}

func TestSale_partial(t *testing.T) {
	terminal, h := signedIn(t, func(c *pos.Config) { c.Partial = true })
	h.behave(func(h *host) { h.partial = 700_00 })
	o := must(t)(terminal.Sale(t.Context(), chipSale(t, 1000_00)))
	if o.Code != "10" || o.Amount != 700_00 || o.Requested != 1000_00 || o.Rest != 300_00 {
		t.Errorf("outcome %+v", o)
	}
	if o.Slip.Amount != 700_00 || o.Slip.Requested != 1000_00 {
		t.Errorf("slip %+v", o.Slip)
	}
	h.behave(func(h *host) {
		h.twist = func(req, _ *iso8583.Message) bool { return req.MTI() != "0200" }
	})
	if o, err := terminal.Sale(t.Context(), chipSale(t, 1000_00)); err != nil || !o.Unknown {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	h.behave(func(h *host) { h.twist = nil })
	if _, err := terminal.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := h.last("0400").Get(4); got != "000000100000" {
		t.Errorf("the reversal names %s, want what was asked for", got)
	}
	plain, h := signedIn(t, nil)
	h.behave(func(h *host) { h.partial = 700_00 })
	if o := must(t)(plain.Sale(t.Context(), chipSale(t, 1000_00))); o.Code != "00" || o.Rest != 0 {
		t.Errorf("a terminal that takes no parts: %+v", o)
	}
}

func TestTip(t *testing.T) {
	terminal, _ := signedIn(t, nil)
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 100_00)))
	if _, err := terminal.Tip(t.Context(), sale.Trace, 15_01); !errors.Is(err, pos.ErrTip) {
		t.Errorf("too much: %v", err)
	}
	o := must(t)(terminal.Tip(t.Context(), sale.Trace, 15_00))
	if o.Slip.Amount != 115_00 || o.Slip.Tip != 15_00 {
		t.Errorf("slip %+v", o.Slip)
	}
	must(t)(terminal.Tip(t.Context(), sale.Trace, 10_00))
	if _, err := terminal.Adjust(t.Context(), sale.Trace, 115_01); !errors.Is(err, pos.ErrAdjust) {
		t.Errorf("too much: %v", err)
	}
	if got := terminal.Status().Debit; got != (pos.Sum{Amount: 110_00, Count: 1}) {
		t.Errorf("the batch counts %+v", got)
	}
	void := must(t)(terminal.Void(t.Context(), sale.Trace))
	if void.Amount != 110_00 {
		t.Errorf("the void takes back %d", void.Amount)
	}
	if _, err := terminal.Tip(t.Context(), sale.Trace, 1_00); !errors.Is(err, pos.ErrVoided) {
		t.Errorf("a tip on a voided sale: %v", err)
	}
	settled := must(t)(terminal.Settle(t.Context()))
	if settled.BatchSlip.Totals.Domestic.Result != pos.Equal {
		t.Errorf("totals %+v", settled.BatchSlip.Totals)
	}
}

func TestOfflineSale_noHost(t *testing.T) {
	terminal, h := signedIn(t, nil)
	address := h.address()
	h.listener.Close()
	voice := pos.OfflineInput{Amount: 15_00, Card: demo(t, "debit"), Entry: pos.Manual, AuthCode: "654321"}
	o, err := terminal.OfflineSale(t.Context(), voice)
	if err != nil || !o.Unknown || terminal.Status().Pending == nil {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	if s := terminal.Status(); s.Address != address || s.Pending.Kind != pos.OfflineSale {
		t.Errorf("status %+v", s)
	}
}

func TestPayByCode(t *testing.T) {
	const code = "6221000000000000018"
	terminal, h := signedIn(t, func(c *pos.Config) { c.Serial = "00001234567890" })
	o := must(t)(terminal.PayByCode(t.Context(), 20_00, code))
	m := h.last("0200")
	if m.Has(2) || m.Has(35) || m.Get(22) != "032" {
		t.Errorf("sent %v", m)
	}
	tags, err := iso8583.ParseTags(m.Get(59))
	if err != nil || len(tags) != 2 || tags[0].ID != "A3" || tags[0].Value != code {
		t.Fatalf("F59 %v, %v", tags, err)
	}
	device, err := iso8583.ParseDevice(tags[1].Value)
	if err != nil || device.Serial != "00001234567890" || device.Random != code[len(code)-6:] {
		t.Errorf("device %+v, %v", device, err)
	}
	if !cardcrypto.VerifySerialCipher(cardcrypto.ECB, h.mac, device.Serial, device.Random, device.Cipher) {
		t.Error("the serial cipher does not hold")
	}
	if strings.Contains(o.Slip.Card, code[6:15]) || o.Slip.Entry != pos.Scan {
		t.Errorf("slip %+v", o.Slip)
	}
	must(t)(terminal.Void(t.Context(), o.Trace))
	if m := h.last("0200"); m.Has(2) || m.Get(60)[:2] != "23" {
		t.Errorf("the void sent %v", m)
	}
	for _, bad := range []string{"", "123", "622100000000000001X"} {
		if _, err := terminal.PayByCode(t.Context(), 20_00, bad); !errors.Is(err, pos.ErrCode) {
			t.Errorf("code of %d characters: %v", len(bad), err)
		}
	}
}

func TestSale_chipRules(t *testing.T) {
	terminal, h := signedIn(t, nil)
	swipe := chipSale(t, 10_00)
	swipe.Entry = pos.Swipe
	if _, err := terminal.Sale(t.Context(), swipe); !errors.Is(err, pos.ErrUseChip) {
		t.Errorf("the stripe of a chip card: %v", err)
	}
	broken := pos.SaleInput{Amount: 10_00, Card: demo(t, "broken"), Entry: pos.Insert, PIN: "123456"}
	if _, err := terminal.Sale(t.Context(), broken); !errors.Is(err, pos.ErrChip) {
		t.Errorf("a broken chip: %v", err)
	}
	broken.Entry = pos.Swipe
	must(t)(terminal.Sale(t.Context(), broken))
	if m := h.last("0200"); m.Get(22) != "801" || m.Get(60)[12] != '2' {
		t.Errorf("fallback with F22 %s, F60 %s", m.Get(22), m.Get(60))
	}
	if _, err := terminal.Sale(t.Context(), broken); !errors.Is(err, pos.ErrUseChip) {
		t.Errorf("a second fallback without a fault: %v", err)
	}
	phone := pos.SaleInput{Amount: 10_00, Card: demo(t, "phone"), Entry: pos.Insert}
	if _, err := terminal.Sale(t.Context(), phone); err == nil {
		t.Error("a phone was inserted")
	}
	bare, h := signedIn(t, func(c *pos.Config) { c.Unchecked = true })
	must(t)(bare.Sale(t.Context(), swipe))
	if m := h.last("0200"); m.Get(22) != "021" {
		t.Errorf("unchecked F22 %s", m.Get(22))
	}
}

func TestAsksPIN(t *testing.T) {
	terminal, _ := signedIn(t, nil)
	for _, test := range []struct {
		kind   pos.Kind
		card   string
		entry  pos.Entry
		amount int64
		want   pos.PINRule
	}{
		{pos.Sale, "debit", pos.Tap, 1000_00, pos.Never},
		{pos.Sale, "phone", pos.Tap, 1000_00, pos.Never},
		{pos.Sale, "debit", pos.Tap, 1000_01, pos.Always},
		{pos.Sale, "credit", pos.Tap, 1000_01, pos.Always},
		{pos.Sale, "debit", pos.Insert, 1, pos.Always},
		{pos.Sale, "credit", pos.Insert, 5000_00, pos.Optional},
		{pos.Preauth, "debit", pos.Tap, 1_00, pos.Always},
		{pos.Balance, "credit", pos.Insert, 0, pos.Always},
		{pos.CompletionAdvice, "debit", pos.Insert, 1_00, pos.Never},
		{pos.Sale, "debit", pos.Manual, 1_00, pos.Always},
		{pos.Sale, "credit", pos.Manual, 1_00, pos.Optional},
	} {
		if got := terminal.AsksPIN(test.kind, demo(t, test.card), test.entry, test.amount); got != test.want {
			t.Errorf("%s %s %s %d: %d, want %d", test.kind, test.card, test.entry, test.amount, got, test.want)
		}
	}
}

// TestScriptResult has the issuer send a script: what the chip did goes before the next request, and never
// stands in its way.
func TestScriptResult(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.script = true })
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 10_00)))
	if got := terminal.Status().Errands; got != 1 {
		t.Fatalf("%d errands", got)
	}
	h.behave(func(h *host) {
		h.script = false
		h.twist = func(req, _ *iso8583.Message) bool { return req.MTI() != "0620" }
	})
	h.came()
	must(t)(terminal.Sale(t.Context(), chipSale(t, 10_00)))
	if came := h.came(); len(came) != 2 || came[0][:4] != "0620" || came[1][:4] != "0200" {
		t.Errorf("the host got %v", came)
	}
	h.behave(func(h *host) { h.twist = nil })
	must(t)(terminal.Settle(t.Context()))
	came := h.came()
	if len(came) != 2 || came[0][:4] != "0620" || came[1][:4] != "0500" {
		t.Errorf("the host got %v", came)
	}
	m := h.last("0620")
	f61, err := iso8583.ParseF61(m.Get(61))
	if err != nil || f61.Trace != sale.Trace || m.Get(37) != sale.RRN || m.Get(60)[8:] != "951" || m.Get(11) == sale.Trace {
		t.Errorf("F61 %+v, F37 %s, F60 %s, %v", f61, m.Get(37), m.Get(60), err)
	}
	list, err := emv.Parse(m.Bytes(55))
	if err != nil || !slices.Equal(list.Get(emv.ScriptResults), []byte{0x20, 1, 2, 3, 4}) || list.Has(emv.AmountAuthorized) {
		t.Errorf("chip data %v, %v", list, err)
	}
	if got := terminal.Status().Errands; got != 0 {
		t.Errorf("%d errands", got)
	}
}

func TestSign(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	without, _ := signedIn(t, nil)
	sale := must(t)(without.Sale(t.Context(), chipSale(t, 10_00)))
	if _, err := without.Sign(t.Context(), sale.Trace, picture); !errors.Is(err, pos.ErrNoEncoder) {
		t.Errorf("without an encoder: %v", err)
	}
	terminal, h := signedIn(t, func(c *pos.Config) { c.Encode = flat })
	sale = must(t)(terminal.Sale(t.Context(), chipSale(t, 10_00)))
	if _, err := terminal.Sign(t.Context(), "000099", picture); !errors.Is(err, pos.ErrNoPaper) {
		t.Errorf("a signature for nothing: %v", err)
	}
	must(t)(terminal.Sign(t.Context(), sale.Trace, picture))
	h.behave(func(h *host) {
		if string(h.signatures[sale.Trace]) != "flat" {
			t.Errorf("signatures %v", h.signatures)
		}
	})
	if m := h.last("0820"); m.Get(37) != sale.RRN || m.Get(60)[:2] != "07" || m.Get(60)[8:] != "800" {
		t.Errorf("sent %v", m)
	}
	if !terminal.Journal()[0].Signed {
		t.Error("the slip does not say that it is signed")
	}
	// One that is not answered waits for the close of the batch, and 94 will do.
	second := must(t)(terminal.Sale(t.Context(), chipSale(t, 20_00)))
	h.behave(func(h *host) { h.twist = func(req, _ *iso8583.Message) bool { return req.MTI() != "0820" } })
	o, err := terminal.Sign(t.Context(), second.Trace, picture)
	if err != nil || !o.Unknown {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	h.behave(func(h *host) { h.twist = nil })
	h.came()
	must(t)(terminal.Settle(t.Context()))
	if came := h.came(); len(came) != 2 || came[0][:4] != "0820" || came[1][:4] != "0500" {
		t.Errorf("the host got %v", came)
	}
}

// TestTotals_foreign counts a foreign card and its void in the foreign half, whoever names its organization.
func TestTotals_foreign(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) {
		h.twist = func(req, ans *iso8583.Message) bool {
			switch {
			case req.Get(60)[:2] == "23":
				ans.Unset(63)
			case req.MTI() == "0200":
				ans.Set(63, iso8583.Texts{Organization: "VIS"}.String())
			}
			return true
		}
	})
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 10_00)))
	must(t)(terminal.Sale(t.Context(), chipSale(t, 5_00)))
	must(t)(terminal.Void(t.Context(), sale.Trace))
	h.behave(func(h *host) { h.twist = nil })
	totals := must(t)(terminal.Settle(t.Context())).BatchSlip.Totals
	want := pos.Half{Debit: pos.Sum{Amount: 15_00, Count: 2}, Credit: pos.Sum{Amount: 10_00, Count: 1}, Result: pos.Equal}
	if *totals.Foreign != want || totals.Domestic.Debit.Count != 0 {
		t.Errorf("totals %+v, foreign %+v", totals.Domestic, totals.Foreign)
	}
	if totals.Verdict() != pos.Unequal { // the host of this test counts domestic cards only
		t.Errorf("the verdict is %s", totals.Verdict())
	}
}

// TestSettle_chips sends chips of an unequal batch one by one, and refused approvals after them.
func TestSettle_chips(t *testing.T) {
	terminal, h := signedIn(t, nil)
	chip := must(t)(terminal.Sale(t.Context(), chipSale(t, 10_00)))
	must(t)(terminal.Sale(t.Context(), stripeSale(t, 20_00)))
	must(t)(terminal.Preauth(t.Context(), chipSale(t, 30_00))) // is no part of the batch's totals
	h.behave(func(h *host) {
		h.twist = func(req, ans *iso8583.Message) bool {
			if req.MTI() == "0200" {
				ans.SetBytes(55, emv.Append(nil, emv.IssuerAuthentication, []byte("\x01\x02\x03\x04\x05\x06\x07\x0800")))
			}
			return true
		}
	})
	refused, err := terminal.Sale(t.Context(), chipSale(t, 40_00))
	if err != nil || !refused.Unknown {
		t.Fatalf("outcome %+v, %v", refused, err)
	}
	h.behave(func(h *host) { h.twist, h.unequal = nil, true })
	h.came()
	o := must(t)(terminal.Settle(t.Context()))
	if o.BatchSlip.Uploaded != 3 {
		t.Errorf("uploaded %d", o.BatchSlip.Uploaded)
	}
	h.behave(func(h *host) {
		var codes []string
		for _, m := range h.requests {
			if m.MTI() != "0320" {
				continue
			}
			codes = append(codes, m.Get(60)[8:])
			switch m.Get(60)[8:] {
			case "205":
				u, err := iso8583.ParseUpload(m.Get(62))
				if err != nil || u.Usage != "61" || u.Amount != 10_00 || m.Get(11) != chip.Trace || m.Get(22) != "051" || !m.Has(23) || !m.Has(55) {
					t.Errorf("chip upload %+v, %v", u, err)
				}
			case "206":
				u, err := iso8583.ParseUpload(m.Get(62))
				if err != nil || u.Usage != "71" || u.Amount != 40_00 || u.ARPCResult != '1' || m.Get(11) != refused.Trace {
					t.Errorf("refused upload %+v, %v", u, err)
				}
			}
		}
		if want := []string{"201", "205", "206", "202"}; !slices.Equal(codes, want) {
			t.Errorf("uploads %v, want %v", codes, want)
		}
	})
}
