package world_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/world"
)

// codeDesk is a shop's counter: a terminal, and payers with their phones.
type codeDesk struct {
	*testing.T
	d *world.Demo
	k *pos.Terminal

	cards   int64 // fen taken by card
	coupons int64 // fen that the shop's own coupons took off, which no wallet owes
}

// openCodeDesk starts a demo with wallets and signs a terminal on.
func openCodeDesk(t *testing.T, change func(*pos.Config)) *codeDesk {
	d := startDemo(t, world.DemoOptions{Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond})
	return &codeDesk{T: t, d: d, k: openTerminal(t, d, "29000002", change)}
}

// code has a payer open a code.
func (c *codeDesk) code(p *purse, state kit.CodeState) string {
	c.Helper()
	code, err := p.code(state)
	if err != nil {
		c.Fatal(err)
	}
	return code
}

// pay takes a payment by a code that is good.
func (c *codeDesk) pay(p *purse, fen int64) pos.Outcome {
	c.Helper()
	return must(c)(c.k.PayByCode(c.Context(), fen, c.code(p, kit.CodeOK)))
}

// close settles the batch, which must balance, with nothing in suspense; then our books and the wallets' must agree.
func (c *codeDesk) close() {
	c.Helper()
	if o := must(c)(c.k.Settle(c.Context())); o.BatchSlip.Totals.Domestic.Result != pos.Equal {
		c.Errorf("the batch does not balance: %+v", o.BatchSlip.Totals)
	}
	c.proves()
}

// proves holds the records' invariants, and what is owed by each wallet.
func (c *codeDesk) proves() {
	c.Helper()
	if err := app.Suspense(c.Context(), c.d.Records(), func(l terminal.SuspenseLine) {
		c.Errorf("trace %06d of %d fen is in suspense: %s", l.Trace, l.Fen, l.Finding)
	}); err != nil {
		c.Fatal(err)
	}
	proveBooks(c.T, c.d)
	owed := int64(0)
	for _, p := range purses(c.d) {
		if err := p.audit(); err != nil {
			c.Errorf("%s: %v", p.name, err)
		}
		for _, fen := range p.owed() {
			owed += fen
		}
	}
	if ours := takings(c.T, c.d) - c.cards - c.coupons; ours != owed {
		c.Errorf("the books hold %d fen, the wallets owe %d", ours, owed)
	}
}

// prints has the host print the receipts of traces in every form and language.
func (c *codeDesk) prints(traces ...string) {
	c.Helper()
	for _, trace := range traces {
		op, _ := recorded(c, c.d, "29000002", trace)
		for _, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
			for _, format := range []string{"txt", "png", "pdf", "escpos"} {
				paper, _, err := c.d.App.Receipt(c.Context(), op.ID, format, receipt.MerchantCopy, lang)
				if err != nil {
					c.Fatal(err)
				}
				if format == "txt" && (!strings.Contains(string(paper), op.RRN) || !strings.Contains(string(paper), trace)) {
					c.Errorf("the receipt of %s %s:\n%s", op.Kind, trace, paper)
				}
			}
		}
	}
}

// reprints has the terminal print slips of its batch again, which must say what its own paper said.
func (c *codeDesk) reprints(traces ...string) {
	c.Helper()
	for i, trace := range append(traces, "") { // "" is the last one
		o, err := c.k.Reprint(trace)
		if err != nil {
			c.Fatal(err)
		}
		for _, lang := range []string{"zh", "en"} {
			for _, to := range []string{"merchant", "cardholder"} {
				doc, err := world.Paper(*o.Slip, to, lang, o.Slip.Reprints)
				if err != nil {
					c.Fatal(err)
				}
				text := doc.Text(32)
				for _, want := range []string{o.Slip.Order, o.Slip.WalletNumber, o.Slip.RRN, "REPRINT " + strconv.Itoa(1+i/len(traces))} {
					if want == "" || !strings.Contains(text, want) {
						c.Errorf("the slip of %s lacks %q:\n%s", o.Slip.Kind, want, text)
					}
				}
			}
		}
	}
}

// settles waits until the payment of a trace is in a state.
func (c *codeDesk) settles(trace string, want payment.State) {
	c.Helper()
	eventually(c, 20*time.Second, "the payment is "+string(want), func() bool {
		_, p := recorded(c, c.d, "29000002", trace)
		return p.State == want
	})
}

// A terminal takes codes of every wallet, voids them, refunds them in part, and closes a batch that balances.
func TestTerminalCodes_saleVoidRefundClose(t *testing.T) {
	c := openCodeDesk(t, nil)
	hurry(t, c.d)
	names := map[string]string{"wechat": "微信支付", "alipay": "支付宝", "unionpay": "云闪付"}
	c.cards = must(t)(sell(t, c.k, 33_00, "debit")).Amount
	for _, p := range purses(c.d) {
		sale := c.pay(p, 12_34)
		if s := sale.Slip; s.Wallet != names[string(p.name)] || s.WalletNumber == "" || len(s.RRN) != 12 {
			t.Errorf("slip %+v", s)
		}
		op, pay := recorded(t, c.d, "29000002", sale.Trace)
		if sale.Slip.Order != pay.ID {
			t.Errorf("slip %+v of %s", sale.Slip, pay.ID)
		}
		if pay.State != payment.Captured || op.Terminal == "" || pay.Card.Masked != "" {
			t.Errorf("%s: %+v", p.name, pay)
		}
		voided := c.pay(p, 5_00)
		void := must(t)(c.k.Void(t.Context(), voided.Trace))
		if void.Slip.Wallet != names[string(p.name)] {
			t.Errorf("slip %+v", void.Slip)
		}
		c.settles(void.Trace, payment.Voided)
		refund := must(t)(c.k.Refund(t.Context(), pos.RefundInput{
			Amount: 2_34, Entry: pos.Scan, RRN: sale.RRN, Date: sale.Slip.Time.Format("0102"),
		}))
		if _, pay := recorded(t, c.d, "29000002", refund.Trace); pay.RefundedFen != 2_34 {
			t.Errorf("%s: %+v", p.name, pay)
		}
		c.prints(sale.Trace, void.Trace, refund.Trace)
		c.reprints(sale.Trace, void.Trace, refund.Trace)
		answers(t, "64")(c.k.Refund(t.Context(), pos.RefundInput{
			Amount: 10_01, Entry: pos.Scan, RRN: sale.RRN, Date: sale.Slip.Time.Format("0102"),
		}))
		answers(t, "12")(c.k.Adjust(t.Context(), sale.Trace, 13_00))
	}
	c.close()
}

// What coupons took off stands on the slip: for the payer, and for a shop that gave one.
func TestTerminalCodes_coupons(t *testing.T) {
	c := openCodeDesk(t, nil)
	for _, p := range purses(c.d) {
		for _, coupon := range []kit.Coupon{{Name: "wallet's", Funder: kit.ByProvider, Amount: 1_00}, {Name: "shop's", Funder: kit.ByMerchant, Amount: 2_00}} {
			if err := p.give(coupon); err != nil {
				t.Fatal(err)
			}
			s := c.pay(p, 20_00).Slip
			_, pay := recorded(t, c.d, "29000002", s.Trace)
			settled := int64(0)
			if coupon.Funder == kit.ByMerchant {
				settled = 18_00
				c.coupons += coupon.Amount
			}
			if s.Amount != 20_00 || s.Paid != 20_00-coupon.Amount || s.Settled != settled || settled != 0 && settled != 20_00-pay.CouponFen {
				t.Errorf("%s: %s coupon: %+v, not settled %d", p.name, coupon.Name, s, pay.CouponFen)
			}
		}
	}
	c.close()
}

// A wallet says no by a word that the terminal shows, and what is no wallet's code is refused.
func TestTerminalCodes_declined(t *testing.T) {
	c := openCodeDesk(t, nil)
	for _, p := range purses(c.d) {
		answers(t, "51")(c.k.PayByCode(t.Context(), 1_00, c.code(p, kit.CodePoor)))
		o, err := c.k.PayByCode(t.Context(), 1_00, c.code(p, kit.CodeExpired))
		if err != nil || o.Code != "54" && o.Code != "14" {
			t.Errorf("%s: an expired code is answered %s, %v", p.name, o.Code, err)
		}
	}
	answers(t, "14")(c.k.PayByCode(t.Context(), 1_00, "991234567890123456"))
	answers(t, "14")(c.k.PayByCode(t.Context(), 1_00, "6200000000000001"))
	if c.k.Status().Pending != nil {
		t.Error("a no is pending")
	}
	c.close()
}

// A payer who enters a password is waited for.
func TestTerminalCodes_passwordEnteredLate(t *testing.T) {
	c := openCodeDesk(t, nil)
	for _, p := range purses(c.d) {
		code := c.code(p, kit.CodePassword)
		entered := make(chan error, 1)
		go func() {
			entered <- func() error {
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				for {
					if err := p.enter(code); err == nil {
						return nil
					}
					select { // the wallet has not heard of the payment yet
					case <-tick.C:
					case <-t.Context().Done():
						return t.Context().Err()
					}
				}
			}()
		}()
		must(t)(c.k.PayByCode(t.Context(), 8_88, code))
		if err := <-entered; err != nil {
			t.Fatal(err)
		}
	}
	c.close()
}

// A payer who enters nothing is given up: the terminal reverses, and nothing is kept; a password that comes after all pays nothing.
func TestTerminalCodes_passwordNeverEntered(t *testing.T) {
	c := openCodeDesk(t, func(k *pos.Config) { k.AnswerTimeout = 3 * time.Second })
	for _, p := range purses(c.d) {
		code := c.code(p, kit.CodePassword)
		o, err := c.k.PayByCode(t.Context(), 8_88, code)
		if err != nil || !o.Unknown || c.k.Status().Pending == nil {
			t.Fatalf("%+v, %v", o, err)
		}
		r, err := c.k.Resolve(t.Context())
		if err != nil || !r.Done || r.Code != "00" {
			t.Fatalf("%+v, %v", r, err)
		}
		c.settles(o.Trace, payment.ClosedOff)
		if err := p.enter(code); err == nil {
			t.Errorf("%s: the payer paid an order that was ended", p.name)
		}
	}
	c.close()
}

// The host has as much patience as its setting says: then it answers that nobody knows, and the terminal takes the order back.
func TestTerminalCodes_patience(t *testing.T) {
	d := startDemo(t, world.DemoOptions{
		Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond, Settings: map[string]string{"iso-code-patience": "300ms"},
	})
	c := &codeDesk{T: t, d: d, k: openTerminal(t, d, "29000002", nil)} // which waits for 20 s
	for _, p := range purses(d) {
		code := c.code(p, kit.CodePassword)
		o := answers(t, "98")(c.k.PayByCode(t.Context(), 8_88, code))
		if !o.Unknown || c.k.Status().Pending == nil || !strings.Contains(o.AdviceEN, "takes the order back") {
			t.Errorf("%+v", o)
		}
		// The next customer's payment takes the order back first.
		if next := c.pay(p, 5_00); next.Resolved == nil || !next.Resolved.Done || next.Resolved.Code != "00" {
			t.Errorf("%+v", next.Resolved)
		}
		c.settles(o.Trace, payment.ClosedOff)
		if err := p.enter(code); err == nil {
			t.Errorf("%s: the payer paid an order that was ended", p.name)
		}
	}
	c.close()
}

// A host that stops keeps no terminal waiting for a payer: it says that nobody knows, and knows again when it is back.
func TestTerminalCodes_hostStops(t *testing.T) {
	o := world.DemoOptions{Dir: t.TempDir(), Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond, ISO: freeAddress(t)}
	d := startDemo(t, o)
	c := &codeDesk{T: t, d: d, k: openTerminal(t, d, "29000002", nil)}
	for i := range purses(d) {
		p := purses(c.d)[i]
		code, told := c.code(p, kit.CodePassword), make(chan pos.Outcome, 1)
		go func() {
			o, err := c.k.PayByCode(t.Context(), 8_88, code)
			if err != nil {
				t.Error(err)
			}
			told <- o
		}()
		eventually(t, 10*time.Second, "the wallet waits for a password", func() bool {
			for _, op := range operations(t, c.d) {
				pay, _, err := c.d.App.Payments.ByCode(t.Context(), op.Payment)
				if err == nil && pay.State == payment.Waiting {
					return true
				}
			}
			return false
		})
		began := time.Now()
		c.d.Stop()
		if o := <-told; o.Code != "98" || !o.Unknown {
			t.Errorf("%s: %+v", p.name, o)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: the host took %s to stop", p.name, took)
		}
		c.d = startDemo(t, o)
		if r, err := c.k.Resolve(t.Context()); err != nil || !r.Done || r.Code != "00" {
			t.Fatalf("%+v, %v", r, err)
		}
		eventually(t, 20*time.Second, "every order is over", func() bool {
			for _, op := range operations(t, c.d) {
				if pay, _, err := c.d.App.Payments.ByCode(t.Context(), op.Payment); err != nil || pay.State != payment.ClosedOff {
					return false
				}
			}
			return true
		})
	}
	must(t)(c.k.SignIn(t.Context()))
	c.close()
}

// What was paid by code is given back at another terminal of the shop by its reference, never more than is left of it; a void is
// for the terminal and the batch of the sale.
func TestTerminalCodes_atAnotherTerminal(t *testing.T) {
	c := openCodeDesk(t, nil)
	hurry(t, c.d)
	other := openTerminal(t, c.d, "29000001", nil)
	stranger := openTerminal(t, c.d, "29000003", nil) // of another merchant
	for _, p := range purses(c.d) {
		sale := c.pay(p, 10_00)
		refund := pos.RefundInput{Amount: 6_00, Entry: pos.Scan, RRN: sale.RRN, Date: sale.Slip.Time.Format("0102")}
		answers(t, "25")(stranger.Refund(t.Context(), refund))
		late := refund
		late.Date = "0101"
		answers(t, "25")(other.Refund(t.Context(), late))
		if _, err := other.Void(t.Context(), sale.Trace); !errors.Is(err, pos.ErrNoLine) {
			t.Errorf("%s: a void at another terminal: %v", p.name, err)
		}
		back := must(t)(other.Refund(t.Context(), refund))
		if s := back.Slip; s.WalletName() != sale.Slip.WalletName() || s.Order != sale.Slip.Order || s.WalletNumber != sale.Slip.WalletNumber || s.Original.RRN != sale.RRN {
			t.Errorf("%s: slip %+v of %+v", p.name, s, sale.Slip)
		}
		above := answers(t, "64")(other.Refund(t.Context(), refund))
		if !strings.Contains(above.TextEN, "More than is left") {
			t.Errorf("%s: %s", p.name, above.TextEN)
		}
		answers(t, "12")(c.k.Void(t.Context(), sale.Trace)) // part of it went back
		refund.Amount = 4_00
		must(t)(other.Refund(t.Context(), refund))
		answers(t, "64")(other.Refund(t.Context(), refund))
	}
	sale := c.pay(purses(c.d)[0], 3_00)
	c.close()
	if o := must(t)(other.Settle(t.Context())); o.BatchSlip.Totals.Domestic.Result != pos.Equal {
		t.Errorf("the other batch does not balance: %+v", o.BatchSlip.Totals)
	}
	if _, err := c.k.Void(t.Context(), sale.Trace); !errors.Is(err, pos.ErrNoLine) || !strings.Contains(pos.Words(err).ZH, "做退货") {
		t.Errorf("a void after the close: %v", err)
	}
	k := c.desk() // a terminal that sends it all the same
	void := k.voidByCode("000900", 3_00, sale.Trace, sale.RRN)
	before := fmt.Sprintf("%06d", k.now().BatchNumber-1)
	void.Set(61, iso8583.F61{Batch: before, Trace: sale.Trace, Date: "0000"}.String())
	k.expect("12", void)
	c.proves()
}

// A payer who pays after the terminal gave up, and before it has taken the order back, gets it back: the terminal was told
// of no payment, and its batch knows nothing of it.
func TestTerminalCodes_payerWasFaster(t *testing.T) {
	c := openCodeDesk(t, func(k *pos.Config) { k.AnswerTimeout = 3 * time.Second })
	for _, p := range purses(c.d) {
		code := c.code(p, kit.CodePassword)
		o, err := c.k.PayByCode(t.Context(), 8_88, code)
		if err != nil || !o.Unknown {
			t.Fatalf("%+v, %v", o, err)
		}
		if err := p.enter(code); err != nil {
			t.Fatal(err)
		}
		if next := c.pay(p, 1_00); next.Resolved == nil || !next.Resolved.Done {
			t.Errorf("%s: %+v", p.name, next.Resolved)
		}
		eventually(t, 20*time.Second, "the payer has it back", func() bool {
			_, pay := recorded(t, c.d, "29000002", o.Trace)
			return (pay.State == payment.ClosedOff || pay.State == payment.Reversed) && pay.Open == ""
		})
	}
	c.close()
}

// An approval that got lost is reversed: the payer has the money back, and the batch does not know of it.
func TestTerminalCodes_approvalLost(t *testing.T) {
	flash := filepath.Join(t.TempDir(), "flash")
	c := openCodeDesk(t, func(k *pos.Config) { k.Flash = flash })
	for i, p := range purses(c.d) {
		points := []string{"before_flash", "before_send", "after_send", "after_answer", "after_flash", "before_print"}
		if i > 0 { // no wallet hears of the others
			points = points[2:5]
		}
		for _, point := range points {
			t.Run(string(p.name)+"/"+point, func(t *testing.T) {
				c := &codeDesk{T: t, d: c.d, k: c.k}
				c.k.Close()
				kept := openCut(t, c.d, flash, nil, point)
				code := c.code(p, kit.CodeOK)
				if !withoutPower(func() { kept.PayByCode(t.Context(), 7_00, code) }) {
					t.Fatalf("the terminal never passed %s", point)
				}
				kept.Close()
				c.k = openTerminalWithoutSignIn(t, c.d, "29000002", func(k *pos.Config) { k.Flash = flash })
				if _, err := c.k.Resolve(t.Context()); err != nil {
					t.Fatal(err)
				}
				must(t)(c.k.SignIn(t.Context()))
				if taken := point == "after_flash" || point == "before_print"; taken != (len(c.k.Journal()) == 1) {
					t.Errorf("the journal has %d lines", len(c.k.Journal()))
				}
				c.close()
			})
		}
	}
}

// desk returns the same terminal as one of another maker has it: message by message, under traces of its own choice.
func (c *codeDesk) desk() *desk {
	return &desk{t: c, d: c.d, number: "29000002", batch: c.k.Status().Batch, terminal: c.k}
}

// byCode makes a message about a payment by code: a sale where code is given, else what follows one.
func (k *desk) byCode(mti, process, kind, trace string, fen int64, code string) *iso8583.Message {
	k.t.Helper()
	m := k.message(mti, kind, "000", trace)
	m.Set(3, process)
	m.Set(4, fmt.Sprintf("%012d", fen))
	m.Set(22, "032")
	m.Set(25, "00")
	m.Set(49, "156")
	if code == "" {
		return m
	}
	text, err := iso8583.FormatTags([]iso8583.Tag{{ID: "A3", Value: code}})
	if err != nil {
		k.t.Fatal(err)
	}
	m.Set(59, text)
	return m
}

// voidByCode takes back the sale by code under a trace of the open batch.
func (k *desk) voidByCode(trace string, fen int64, original, rrn string) *iso8583.Message {
	m := k.byCode("0200", "200000", "23", trace, fen, "")
	m.Set(37, rrn)
	m.Set(61, iso8583.F61{Batch: k.batch, Trace: original, Date: "0000"}.String())
	return m
}

// A terminal that reverses the void of a code, where ours repeats it, is told 12: what a wallet gave back stays given back.
// Its batch differs by the void then, and the upload says why. A void that the wallet refused is reversed by saying so.
func TestTerminalCodes_voidReversed(t *testing.T) {
	c := openCodeDesk(t, nil)
	k, trace, debits, credits := c.desk(), 500, sum(0, 0), sum(0, 0)
	next := func() string { trace++; return fmt.Sprintf("%06d", trace) }
	var lines []iso8583.Detail
	for _, p := range purses(c.d) {
		sold := next()
		code := c.code(p, kit.CodeOK)
		sale := k.expect("00", k.byCode("0200", "000000", "22", sold, 9_00, code))
		rrn := strings.Clone(sale.Get(37))
		debits.Amount, debits.Count = debits.Amount+9_00, debits.Count+1
		lines = append(lines, iso8583.Detail{CardClass: "00", Trace: sold, PAN: code, Amount: 9_00}) // ours leaves that blank

		unheard := k.voidByCode(next(), 9_00, sold, rrn) // which the host never got
		k.expect("25", k.reversal(unheard, "98"))
		k.expect("94", unheard)

		wrong := k.voidByCode(next(), 9_01, sold, rrn)
		k.expect("64", wrong)
		void := k.voidByCode(next(), 9_00, sold, rrn)
		k.expect("00", void)
		credits.Amount, credits.Count = credits.Amount+9_00, credits.Count+1
		other := k.reversal(void, "98")
		other.Set(4, fmt.Sprintf("%012d", 8_00))
		k.expect("64", other)
		for range 2 {
			k.expect("12", k.reversal(void, "98"))
		}
		k.expect("00", void) // a repetition still says what became of it
		op, pay := recorded(t, c.d, "29000002", void.Get(11))
		if pay.State != payment.Voided {
			t.Errorf("%s: the payment is %s", p.name, pay.State)
		}
		noted, err := c.d.App.Store.Trail(t.Context(), access.Everything(), access.TrailFilter{Subject: op.ID, Action: "void.not_reversed"}, listing.Page{Limit: 9})
		if err != nil || len(noted.Rows) != 1 {
			t.Errorf("%s: the trail tells %d times of the void that stands, %v", p.name, len(noted.Rows), err)
		}
		k.expect("12", k.voidByCode(next(), 9_00, sold, rrn))
	}
	// The terminal believes that its sales stand; the books say otherwise.
	if got := k.verdicts(k.totals(next(), debits, sum(0, 0))); got != "21" {
		t.Errorf("the host says %s of the halves, want 21", got)
	}
	k.expect("00", k.uploads(next(), lines...))
	k.expect("00", k.uploaded(next(), len(lines)))
	if b := k.closed(); b.Domestic.CreditFen != credits.Amount || b.Domestic.CreditCount != int64(credits.Count) || b.Uploaded != int64(len(lines)) {
		t.Errorf("the batch was closed as %+v", b)
	}
	c.proves()
}

// A repeated request gets the recorded answer, and the wallet is asked once.
func TestTerminalCodes_repeated(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true, WithWallets: true, RecoverEvery: 20 * time.Millisecond})
	w := tap(t, d)
	c := &codeDesk{T: t, d: d, k: openTerminal(t, d, "29000002", func(k *pos.Config) { k.Address = w.listener.Addr().String() })}
	for _, p := range purses(d) {
		sale := c.pay(p, 6_00)
		_, m := frameOf(t, w.last())
		m.Unset(64)
		again, err := c.k.Exchange(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if again.Get(39) != "00" || again.Get(37) != sale.RRN {
			t.Errorf("%s: the repetition is answered %s %s", p.name, again.Get(39), again.Get(37))
		}
	}
	c.close()
}
