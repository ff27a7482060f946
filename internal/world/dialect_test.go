package world_test

import (
	"bytes"
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/wire/jbig"
	"github.com/yifen-pay/yifen/internal/world"
)

// row returns a terminal of the contract as the records have it.
func row(t *testing.T, d *world.Demo, number string) terminal.Terminal {
	t.Helper()
	term, _, err := d.App.Terminals.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return term
}

// A terminal fetches what its group assigns, the host knows who has what, and another version is asked for at
// the next sign-in.
func TestDownload_everyKind(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	terminals := d.App.Terminals
	k := openTerminal(t, d, "29000001", nil)
	fetch := func() {
		t.Helper()
		outcomes, err := k.Idle(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			must(t)(o, nil)
		}
	}
	for range terminal.Kinds { // each answer asks for one more
		fetch()
	}
	group, err := terminals.Group(t.Context(), row(t, d, "29000001"))
	if err != nil {
		t.Fatal(err)
	}
	if got := row(t, d, "29000001").Holds; got != group.Assigned || got == (terminal.Versions{}) {
		t.Errorf("the terminal holds %q, its group assigns %q", got, group.Assigned)
	}
	p := k.Parameters()
	if len(p.Keys) != 1 || len(p.AIDs) != 4 || len(p.BINs) != 4 || len(p.Blacklist) != 1 || p.NoPIN != 1000_00 || p.Timeout != 60 {
		t.Errorf("the terminal has %d keys, %d applications, %d BINs, %d blocked, no PIN up to %d fen, %d s",
			len(p.Keys), len(p.AIDs), len(p.BINs), len(p.Blacklist), p.NoPIN, p.Timeout)
	}

	// A card is blocked, by its sealed number, among more entries than one message holds.
	pan, err := card.ParsePAN(demoCard(t, "credit").Number)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := d.App.HSM.Seal(pan)
	if err != nil {
		t.Fatal(err)
	}
	blocked := slices.Repeat([]terminal.Blocked{{Prefix: "6299990000"}}, 200)
	blocked = append(blocked, terminal.Blocked{Card: &sealed})
	set, err := terminals.Publish(t.Context(), terminal.Blacklist, blocked, "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := terminals.Assign(t.Context(), terminal.DefaultGroup, terminal.Blacklist, set.Version, "test"); err != nil {
		t.Fatal(err)
	}
	must(t)(k.SignIn(t.Context()))
	fetch()
	if got := row(t, d, "29000001").Holds.Of(terminal.Blacklist); got != set.Version {
		t.Errorf("the terminal holds version %d of the blacklist, want %d", got, set.Version)
	}
	if n := len(k.Parameters().Blacklist); n != len(blocked) {
		t.Errorf("%d entries arrived, want %d", n, len(blocked))
	}
	if _, err := sell(t, k, 1_00, "credit"); err == nil {
		t.Error("the terminal takes a card that is blocked")
	}

	// New software is announced.
	if set, err = terminals.Publish(t.Context(), terminal.Notice, terminal.Update{Version: "2.1.0", Address: "tms.example:9000"}, "test"); err != nil {
		t.Fatal(err)
	}
	if err := terminals.Assign(t.Context(), terminal.DefaultGroup, terminal.Notice, set.Version, "test"); err != nil {
		t.Fatal(err)
	}
	must(t)(k.SignIn(t.Context()))
	fetch()
	if n := k.Parameters().Notice; n == nil || n.Version != "2.1.0" {
		t.Errorf("the terminal was told of %+v", n)
	}
	must(t)(sell(t, k, 1_00, "debit"))
	proveBooks(t, d)
}

func TestPartialApproval(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openTerminal(t, d, "29000001", func(c *pos.Config) { c.Partial = true })
	o := must(t)(sell(t, k, 300_00, "prepaid"))
	if o.Code != "10" || o.Amount != 200_00 || o.Rest != 100_00 {
		t.Errorf("the answer is %s with %d fen and a rest of %d", o.Code, o.Amount, o.Rest)
	}
	op, p := recorded(t, d, "29000001", o.Trace)
	if p.CapturedFen != 200_00 || op.AmountFen != 300_00 || op.ApprovedFen != 200_00 {
		t.Errorf("captured %d fen, asked for %d, approved %d", p.CapturedFen, op.AmountFen, op.ApprovedFen)
	}
	must(t)(k.Void(t.Context(), o.Trace))
	if o := must(t)(k.Settle(t.Context())); o.BatchSlip.Totals.Domestic.Result != '1' {
		t.Errorf("the batch does not balance: %+v", o.BatchSlip.Totals)
	}
	whole := openTerminal(t, d, "29000002", nil)
	answers(t, "51")(sell(t, whole, 300_00, "prepaid"))
	proveBooks(t, d)
}

// An issuer's script goes to the chip with an approval, and what the chip did with it goes back to the issuer.
func TestScript_goesThereAndBack(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openTerminal(t, d, "29000001", nil)
	debit := demoCard(t, "debit")
	if _, err := d.Network.Script(debit.Number, cardnet.Script{
		Template: emv.IssuerScript2, Header: [4]byte{0x84, 0x24, 0, 0}, Data: []byte{1, 2, 3},
	}); err != nil {
		t.Fatal(err)
	}
	sale := must(t)(sell(t, k, 10_00, "debit"))
	if _, err := k.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	scripts := d.Network.Scripts(debit.Number)
	if len(scripts) != 1 || scripts[0].State != cardnet.ScriptDone {
		t.Errorf("the issuer knows %+v", scripts)
	}
	_, p := recorded(t, d, "29000001", sale.Trace)
	results := 0
	list, err := d.App.Store.RecentOperations(t.Context(), p.Merchant, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range list {
		if op.Kind == payment.ScriptOp && op.Payment == p.ID && op.State == payment.OpApproved {
			results++
		}
	}
	if results != 1 {
		t.Errorf("%d results of scripts are on record", results)
	}
	proveBooks(t, d)
}

func TestSignature_isKeptOnce(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openTerminal(t, d, "29000001", func(c *pos.Config) {
		c.Encode = jbig.Encode
	})
	sale := must(t)(sell(t, k, 10_00, "credit"))
	stroke := image.NewGray(image.Rect(0, 0, 64, 16)) // black
	must(t)(k.Sign(t.Context(), sale.Trace, stroke))
	op, _ := recorded(t, d, "29000001", sale.Trace)
	kept, err := d.App.Receipts.SignatureOf(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := jbig.Decode(kept); err != nil || !bytes.Equal(got.Pix, stroke.Pix) {
		t.Errorf("the signature is another picture, %v", err)
	}
	if err := d.App.Receipts.Sign(t.Context(), op, []byte("another"), "test"); err != receipt.ErrSigned {
		t.Errorf("a second signature: %v", err)
	}
	doc, err := d.App.Receipts.Show(t.Context(), op.ID, receipt.MerchantCopy, receipt.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(doc.Lines, func(l receipt.Line) bool { s, ok := l.(receipt.Signature); return ok && s.Ref == op.ID }) {
		t.Error("the receipt does not show the signature")
	}
	proveBooks(t, d)
}

func TestReport_tellsWhatBlocks(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openTerminal(t, d, "29000001", nil)
	for _, c := range []struct {
		hardware pos.Hardware
		worst    terminal.Severity
	}{{pos.Hardware{}, terminal.Good}, {pos.Hardware{Printer: "paper_out"}, terminal.Blocks}, {pos.Hardware{}, terminal.Good}} {
		if err := k.SetHardware(c.hardware); err != nil {
			t.Fatal(err)
		}
		must(t)(k.Download(t.Context(), pos.TerminalState))
		told, found, err := step.Read[terminal.Condition](t.Context(), d.App.Store, terminal.ConditionKey(row(t, d, "29000001").ID))
		if err != nil || !found || (told.Worst == terminal.Blocks) != (c.worst == terminal.Blocks) {
			t.Errorf("with %+v the host knows %q: %s, %v", c.hardware, told.Worst, told.Findings, err)
		}
	}
	proveBooks(t, d)
}

// An authorization is completed days later at another terminal of the merchant, or lapses.
func TestAuthorization_acrossTerminalsAndDays(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	first := openTerminal(t, d, "29000001", nil)
	hold := func() pos.AuthorizationInput {
		t.Helper()
		in := pos.SaleInput{Amount: 100_00, Card: demoCard(t, "debit"), Entry: pos.Insert, PIN: "123456"}
		o := must(t)(first.Preauth(t.Context(), in))
		return pos.AuthorizationInput{SaleInput: in, AuthCode: o.AuthCode, Date: o.Slip.Time.Format("0102")}
	}
	completed, lapsed := hold(), hold()
	d.Clock.Advance(5 * 24 * time.Hour)
	second := openTerminal(t, d, "29000002", nil)
	must(t)(second.Complete(t.Context(), completed))
	d.Clock.Advance(26 * 24 * time.Hour)
	if n, err := d.App.Payments.Lapse(t.Context()); n != 1 || err != nil {
		t.Errorf("%d authorizations lapsed, %v", n, err)
	}
	must(t)(second.SignIn(t.Context()))
	answers(t, "12")(second.Complete(t.Context(), lapsed))
	proveBooks(t, d)
}

// A sign-in is good for its day: on the next the host asks for another, and after the grace it insists.
func TestSignIn_isDaily(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openTerminal(t, d, "29000001", nil)
	d.Clock.Advance(24 * time.Hour)
	if o := must(t)(sell(t, k, 1_00, "debit")); o.Requirement != 3 {
		t.Errorf("the next day the host requires %d, want 3", o.Requirement)
	}
	k = openTerminal(t, d, "29000002", nil)
	d.Clock.Advance(49 * time.Hour)
	if o := answers(t, "A0")(sell(t, k, 1_00, "debit")); !o.SignedInAgain {
		t.Error("the terminal did not sign in again")
	}
	must(t)(sell(t, k, 1_00, "debit"))
	proveBooks(t, d)
}

// What the host holds against each other before anything is believed: how a card was read, what its chip
// signed, and whether a PIN is needed.
func TestChip_rules(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	w := tap(t, d)
	k := openTerminal(t, d, "29000001", func(c *pos.Config) {
		c.Address, c.Unchecked = w.listener.Addr().String(), true
	})
	debit := demoCard(t, "debit")
	ask := func(in pos.SaleInput) func(code string) pos.Outcome {
		o, err := k.Sale(t.Context(), in)
		return func(code string) pos.Outcome { t.Helper(); return answers(t, code)(o, err) }
	}
	ask(pos.SaleInput{Amount: 1_00, Card: debit, Entry: pos.Swipe, PIN: "123456"})("45")
	ask(pos.SaleInput{Amount: 1_00, Card: debit, Entry: pos.Swipe, Fallback: true, PIN: "123456"})("00")
	ask(pos.SaleInput{Amount: 1000_00, Card: debit, Entry: pos.Tap})("00")
	ask(pos.SaleInput{Amount: 1000_01, Card: debit, Entry: pos.Tap})("55")
	ask(pos.SaleInput{Amount: 1000_01, Card: debit, Entry: pos.Tap, PIN: "123456"})("00")
	answers(t, "40")(k.PayByCode(t.Context(), 1_00, "134567890123456789")) // no wallet is connected

	ask(pos.SaleInput{Amount: 2_00, Card: debit, Entry: pos.Insert, PIN: "123456"})("00")
	_, sale := frameOf(t, w.last())
	trace := 900
	for name, c := range map[string]struct {
		code  string
		spoil func(emv.List) emv.List
	}{
		"untouched, its counter seen before":    {"00", func(l emv.List) emv.List { return l }},
		"without a cryptogram":                  {"30", func(l emv.List) emv.List { return without(l, 0x9F26) }},
		"for another amount":                    {"30", func(l emv.List) emv.List { return with(l, emv.AmountAuthorized, []byte{0, 0, 0, 0, 3, 0}) }},
		"in another currency":                   {"30", func(l emv.List) emv.List { return with(l, emv.TransactionCurrency, []byte{8, 0x40}) }},
		"with a cryptogram that proves nothing": {"05", func(l emv.List) emv.List { return with(l, 0x9F26, []byte("8 bytes.")) }},
	} {
		list, err := emv.Parse(sale.Bytes(55))
		if err != nil {
			t.Fatal(err)
		}
		trace++
		var m iso8583.Message
		m.SetMTI(sale.MTI())
		for field := range sale.Fields() {
			m.CopyFrom(sale, field)
		}
		m.Set(11, fmt.Sprintf("%06d", trace))
		m.SetBytes(55, c.spoil(list).Append(nil))
		m.Unset(64)
		answer, err := k.Exchange(t.Context(), &m)
		if err != nil {
			t.Fatal(err)
		}
		if got := answer.Get(39); got != c.code {
			t.Errorf("%s: answered %s, want %s", name, got, c.code)
		}
	}
	proveBooks(t, d)
}

func without(l emv.List, tag emv.Tag) emv.List {
	return slices.DeleteFunc(slices.Clone(l), func(e emv.Element) bool { return e.Tag == tag })
}

func with(l emv.List, tag emv.Tag, value []byte) emv.List {
	return append(without(l, tag), emv.Element{Tag: tag, Value: value})
}

// A terminal that is registered with its hardware proves it in every payment; another machine under its number,
// with its very keys, is refused.
func TestDevice_isProvedInEveryPayment(t *testing.T) {
	for _, profile := range []string{terminal.ProfileCUP, terminal.ProfileX919, terminal.ProfileSM4} {
		t.Run(profile, func(t *testing.T) {
			d := startDemo(t, world.DemoOptions{Quick: true})
			const number, serial = "29000003", "YF-2026-000001"
			inGroup(t, d, number, profile)
			if _, err := d.App.Terminals.Register(t.Context(), row(t, d, number), serial, "test"); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct{ serial, code string }{{serial, "00"}, {"YF-2026-000002", "97"}, {"", "97"}} {
				k := openTerminal(t, d, number, func(p *pos.Config) { p.Profile, p.Serial = profile, c.serial })
				for _, entry := range []pos.Entry{pos.Insert, pos.Tap} {
					answers(t, c.code)(k.Sale(t.Context(), pos.SaleInput{
						Amount: 1_00, Card: demoCard(t, "debit"), Entry: entry, PIN: "123456",
					}))
				}
				must(t)(k.Settle(t.Context()))
			}
			proveBooks(t, d)
		})
	}
}

// Chip details that a terminal uploads say what a sale counts for, tips and parts included.
func TestUpload_ofTipsAndParts(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openTerminal(t, d, "29000001", func(c *pos.Config) { c.Partial = true })
	sale := must(t)(sell(t, k, 100_00, "credit"))
	must(t)(k.Adjust(t.Context(), sale.Trace, 90_00))
	if tip := must(t)(k.Tip(t.Context(), sale.Trace, 10_00)); tip.Amount != 100_00 {
		t.Errorf("a tip of 10 on what was adjusted to 90 makes %d fen", tip.Amount)
	}
	must(t)(sell(t, k, 300_00, "prepaid"))
	must(t)(k.Settle(t.Context()))
	lines := 0
	if err := app.Suspense(t.Context(), d.Records(), func(l terminal.SuspenseLine) {
		lines++
		t.Errorf("trace %06d of %d fen is in suspense: %s", l.Trace, l.Fen, l.Finding)
	}); err != nil {
		t.Fatal(err)
	}
	proveBooks(t, d)
}

// A terminal sends its reversal and the next try right after each other: the try waits until the reversal is through.
func TestReversal_letsTheNextTryPass(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	terminal := k.terminal
	in := pos.SaleInput{Amount: 100_00, Card: demoCard(t, "debit"), Entry: pos.Insert, PIN: "123456"}
	auth := must(t)(terminal.Preauth(t.Context(), in))
	for i := range 5 {
		completion := k.sale(fmt.Sprintf("%06d", 500+i), 100_00, "debit")
		completion.Set(25, "06")
		completion.Set(38, auth.AuthCode)
		completion.Set(60, iso8583.F60{Type: "20", Batch: k.batch, Network: "000"}.String())
		k.expect("00", completion)
		k.expect("00", k.reversal(completion, "98"))
	}
	must(t)(terminal.Complete(t.Context(), pos.AuthorizationInput{SaleInput: in, AuthCode: auth.AuthCode}))
	proveBooks(t, d)
}

// What an authorization by voice paid for is paid for once.
func TestOfflineSale_oncePerAuthorization(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openTerminal(t, d, "29000001", nil)
	in := pos.OfflineInput{Amount: 80_00, Card: demoCard(t, "credit"), Entry: pos.Manual, AuthCode: "654321"}
	must(t)(k.OfflineSale(t.Context(), in))
	answers(t, "94")(k.OfflineSale(t.Context(), in))
	desk := openDesk(t, d, "29000002")
	for _, code := range []string{"      ", "\x00\x00\x00\x00\x00\x00"} {
		m := desk.sale("000300", 1_00, "credit")
		m.SetMTI("0220")
		m.Set(38, code)
		m.Set(60, iso8583.F60{Type: "30", Batch: desk.batch, Network: "000"}.String())
		desk.expect("30", m)
	}
	proveBooks(t, d)
}

// Entry modes and conditions that no transaction has are not passed on.
func TestHost_refusesFormsThatDoNotFit(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	for code, change := range map[string]func(*iso8583.Message){
		"30": func(m *iso8583.Message) { m.Set(22, "999") },
		"40": func(m *iso8583.Message) { m.Set(25, "77") },
	} {
		m := k.sale("000100", 1_00, "credit")
		change(m)
		k.expect(code, m)
	}
	sale := k.expect("00", k.sale("000101", 3_00, "credit"))
	void := k.void("000102", 3_00, "credit", "000101", sale.Get(37))
	void.Set(61, iso8583.F61{Batch: k.batch, Trace: "000101", Date: "0230"}.String())
	k.expect("25", void)
	closing := k.totals("000103", iso8583.Sum{}, iso8583.Sum{})
	closing.Set(49, "840")
	k.expect("30", closing)
	proveBooks(t, d)
}
