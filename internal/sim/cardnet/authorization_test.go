package cardnet_test

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	prepaidCard  = "6299980000000208"
	foreignCard  = "4761739001010010" // Visa, cryptogram version 10
	foreignCard2 = "4761739001010119" // version 18
)

// with sets one field of a message.
func with(m *iso8583.Message, field int, value string) *iso8583.Message {
	m.Set(field, value)
	return m
}

// days closes so many clearing dates.
func days(t *testing.T, n *cardnet.Network, count int) {
	t.Helper()
	for range count {
		if err := n.CloseDay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAuthorization_holdsUntilCompleted(t *testing.T) {
	n := start(t, cardnet.Config{ManualCutOver: true})
	c := member(t, n)
	auth := c.preauth(creditCard, 1_000_00)
	a := c.expect("00", auth)
	if len(a.Get(38)) != 6 || a.MTI() != "0110" {
		t.Errorf("answer %s with F38 %q", a.MTI(), a.Get(38))
	}
	balance(t, n, creditCard, 49_000_00)
	add := c.addOn(auth, a, 200_00)
	if got := c.expect("00", add).Get(38); got != a.Get(38) {
		t.Errorf("the add-on has F38 %q, want the authorization's %q", got, a.Get(38))
	}
	balance(t, n, creditCard, 48_800_00)

	c.expect("64", c.completion(auth, a, 1_380_01)) // 115 % of 1,200.00 is 1,380.00
	wrong := c.completion(auth, a, 100)
	wrong.Set(38, "NOSUCH")
	c.expect("12", wrong)
	elsewhere := c.completion(auth, a, 1_380_00)
	elsewhere.Set(41, "29000002")
	done := c.expect("00", elsewhere) // any terminal of the merchant
	if done.Get(38) != a.Get(38) {
		t.Errorf("the completion has F38 %q", done.Get(38))
	}
	state(t, n, auth, cardnet.Completed)
	balance(t, n, creditCard, 48_620_00)
	for _, m := range []*iso8583.Message{
		c.completion(auth, a, 100), c.completionAdvice(auth, a, 100), c.addOn(auth, a, 100), c.preauthVoid(auth, a, 1_200_00),
		c.reversal(auth), c.reversal(add),
	} {
		c.expect("12", m)
	}
	c.expect("00", repeat(elsewhere))
	if got := short(dailyFile(t, n)); got != "completion 138000 621 45; T 1 138000 621 45" {
		t.Errorf("daily file %s", got)
	}
}

func TestAuthorization_completionIsVoided(t *testing.T) {
	n := start(t, cardnet.Config{ManualCutOver: true})
	c := member(t, n)
	auth := c.preauth(debitCard, 1_000_00)
	a := c.expect("00", auth)
	completion := c.completion(auth, a, 600_00)
	done := c.expect("00", completion)
	balance(t, n, debitCard, 99_400_00)
	c.expect("64", c.completionVoid(completion, done, 100))
	c.expect("12", c.completionVoid(auth, a, 1_000_00))
	void := c.completionVoid(completion, done, 600_00)
	if c.expect("00", void).Has(38) {
		t.Error("the answer to a void has an authorization code")
	}
	state(t, n, completion, cardnet.Voided)
	state(t, n, auth, cardnet.Approved)
	balance(t, n, debitCard, 99_000_00) // held again, all of it
	c.expect("12", c.completionVoid(completion, done, 600_00))
	c.expect("12", c.refund(completion, 100))
	c.expect("12", c.reversal(completion))

	c.expect("00", c.reversal(void))
	state(t, n, completion, cardnet.Approved)
	state(t, n, auth, cardnet.Completed)
	balance(t, n, debitCard, 99_400_00)
	c.expect("00", c.reversal(completion))
	state(t, n, auth, cardnet.Approved)
	balance(t, n, debitCard, 99_000_00)

	again := c.completion(auth, a, 1_000_00)
	c.expect("00", again)
	c.expect("00", c.refund(again, 300_00))
	c.expect("12", c.reversal(again))
	balance(t, n, debitCard, 99_300_00)
	if got := short(dailyFile(t, n)); got != "completion 100000 350 33; refund -30000 -105 -10; T 2 70000 245 23" {
		t.Errorf("daily file %s", got)
	}
}

func TestAuthorization_voided(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	auth := c.preauth(debitCard, 1_000_00)
	a := c.expect("00", auth)
	add := c.addOn(auth, a, 100_00)
	c.expect("00", add)
	c.expect("12", c.reversal(auth)) // what was added must go first
	c.expect("64", c.preauthVoid(auth, a, 1_000_00))
	c.expect("00", c.reversal(add))
	c.expect("00", c.reversal(add))
	void := c.preauthVoid(auth, a, 1_000_00)
	c.expect("00", void)
	state(t, n, auth, cardnet.Voided)
	balance(t, n, debitCard, 100_000_00)
	c.expect("12", c.completion(auth, a, 100))
	c.expect("12", c.preauthVoid(auth, a, 1_000_00))
	c.expect("00", c.reversal(void))
	state(t, n, auth, cardnet.Approved)
	balance(t, n, debitCard, 99_000_00)
	c.expect("00", c.reversal(auth))
	state(t, n, auth, cardnet.Reversed)
	balance(t, n, debitCard, 100_000_00)
	c.expect("12", c.completion(auth, a, 100))

	unheard := c.preauth(debitCard, 100)
	c.expect("25", c.reversal(unheard))
	c.expect("12", unheard)
	if got := short(dailyFile(t, n)); got != "T 0 0 0 0" {
		t.Errorf("authorizations are in the daily file: %s", got)
	}
}

func TestAuthorization_lapses(t *testing.T) {
	n := start(t, cardnet.Config{ManualCutOver: true, AuthorizationDays: 2, KeepDays: 1})
	c := member(t, n)
	auth, completed := c.preauth(debitCard, 1_000_00), c.preauth(debitCard, 500_00)
	a := c.expect("00", auth)
	b := c.expect("00", completed)
	days(t, n, 2)
	completion := c.completionAdvice(completed, b, 500_00)
	done := c.expect("00", completion) // on its last day
	add := c.addOn(auth, a, 50_00)
	c.expect("00", add)
	balance(t, n, debitCard, 98_450_00)
	days(t, n, 1)
	state(t, n, auth, cardnet.Lapsed)
	balance(t, n, debitCard, 99_500_00)
	c.expect("12", c.completion(auth, a, 100))
	c.expect("12", c.preauthVoid(auth, a, 1_050_00))
	c.expect("00", c.reversal(add)) // moves nothing
	balance(t, n, debitCard, 99_500_00)
	void := c.completionVoid(completion, done, 500_00)
	c.expect("00", void)
	state(t, n, completed, cardnet.Lapsed) // too late to live again
	balance(t, n, debitCard, 100_000_00)
	c.expect("00", c.reversal(void))
	state(t, n, completed, cardnet.Completed)
	balance(t, n, debitCard, 99_500_00)
}

func TestAuthorization_acrossFiles(t *testing.T) {
	n := start(t, cardnet.Config{ManualCutOver: true})
	c := member(t, n)
	auth := c.preauth(debitCard, 1_000_00)
	a := c.expect("00", auth)
	completion := c.completion(auth, a, 1_000_00)
	c.expect("00", completion)
	days(t, n, 1)
	c.expect("00", c.reversal(completion))
	again := c.completion(auth, a, 900_00)
	done := c.expect("00", again)
	void := c.completionVoid(again, done, 900_00)
	c.expect("00", void)
	if got := short(dailyFile(t, n)); got !=
		"completion_void -100000 -350 -33; completion 90000 315 29; completion_void -90000 -315 -29; T 3 -100000 -350 -33" {
		t.Errorf("daily file %s", got)
	}
	days(t, n, 1)
	c.expect("00", c.reversal(void))
	if got := short(dailyFile(t, n)); got != "completion 90000 315 29; T 1 90000 315 29" {
		t.Errorf("daily file %s", got)
	}
}

// TestAuthorization_late has the issuer take its time with each step, and reversals overtake it.
func TestAuthorization_late(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, ManualCutOver: true})
	c := member(t, n)
	auth := c.preauth(lateCard, 1_000_00)
	c.silent(auth)
	state(t, n, auth, cardnet.Pending)
	balance(t, n, lateCard, 100_000_00)
	clock.Advance(40 * time.Second)
	a := c.answer(auth)
	balance(t, n, lateCard, 99_000_00)

	overtaken := c.preauth(lateCard, 300_00)
	c.silent(overtaken)
	c.expect("00", c.reversal(overtaken))
	add := c.addOn(auth, a, 100_00)
	c.silent(add)
	c.expect("12", c.completionAdvice(auth, a, 100)) // one act at a time
	c.expect("12", c.reversal(auth))
	clock.Advance(40 * time.Second)
	if got := c.answer(overtaken).Get(39) + c.answer(add).Get(39); got != "0000" {
		t.Errorf("answers %s", got)
	}
	balance(t, n, lateCard, 98_900_00)

	completion := c.completion(auth, a, 1_100_00)
	c.silent(completion)
	c.expect("00", c.reversal(completion))
	advice := c.completionAdvice(auth, a, 1_100_00)
	c.expect("00", advice) // an advice is booked at once
	clock.Advance(40 * time.Second)
	if got := c.answer(completion).Get(39); got != "00" {
		t.Errorf("the late answer to what was reversed is %s", got)
	}
	state(t, n, completion, cardnet.Reversed)
	balance(t, n, lateCard, 98_900_00)

	inquiry, offline := c.inquiry(lateCard), c.offline(lateCard, 1_00)
	c.silent(inquiry)
	c.silent(offline)
	balance(t, n, lateCard, 98_899_00)
	c.expect("00", repeat(offline)) // a repeat finds it decided
	clock.Advance(40 * time.Second)
	if got := c.answer(inquiry); got.Get(39) != "00" || !got.Has(54) {
		t.Errorf("the late balance is %s", got)
	}
}

func TestAuthorization_silentAndDeclining(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	auth := c.preauth(silentCard, 100)
	c.silent(auth)
	c.silent(c.inquiry(silentCard))
	c.silent(c.offline(silentCard, 100))
	c.expect("00", c.reversal(auth))
	state(t, n, auth, cardnet.Reversed)
	const poor = "6216261000000000513"
	for _, m := range []*iso8583.Message{c.preauth(poor, 100), c.inquiry(poor), c.offline(poor, 100)} {
		c.expect("51", m)
	}
	c.expect("51", c.preauth(debitCard, 100_000_01))
	withoutPIN := c.inquiry(debitCard)
	noPIN(withoutPIN)
	c.expect("55", withoutPIN)
}

func TestAuthorization_closing(t *testing.T) {
	clock := kit.NewStandingClock(noon)
	n := start(t, cardnet.Config{Clock: clock, CutOverPause: time.Minute, ManualCutOver: true})
	c := member(t, n)
	auth := c.preauth(debitCard, 10_00)
	a := c.expect("00", auth)
	done := make(chan error, 1)
	go func() { done <- n.CloseDay(t.Context()) }()
	c.hear("201")
	for c.do(c.inquiry(debitCard)).Get(39) != "90" {
		if t.Failed() {
			return
		}
	}
	c.expect("90", c.preauth(debitCard, 1_00))
	c.expect("90", c.completion(auth, a, 1_00))
	c.expect("00", c.completionAdvice(auth, a, 1_00)) // advices are taken
	c.expect("00", c.offline(debitCard, 1_00))
	clock.Advance(time.Minute)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestInquiry(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	c.expect("00", c.sale(debitCard, 100_00))
	c.expect("00", c.preauth(debitCard, 50_00))
	inquiry := c.inquiry(debitCard)
	a := c.expect("00", inquiry)
	if got := a.Get(54); got != "1001156C0000099900001002156C000009985000" {
		t.Errorf("F54 is %q", got)
	}
	if a.Has(4) || a.Has(38) {
		t.Error("the answer has an amount or an authorization code")
	}
	c.expect("40", with(c.reversal(inquiry), 4, "000000000001"))
	c.expect("30", with(c.inquiry(debitCard), 4, "000000000000"))

	// A voided completion revives an authorization for money that was spent since.
	auth := c.preauth(prepaidCard, 200_00)
	b := c.expect("00", auth)
	completion := c.completion(auth, b, 10_00)
	done := c.expect("00", completion)
	c.expect("00", c.sale(prepaidCard, 190_00))
	c.expect("00", c.completionVoid(completion, done, 10_00))
	if got := c.expect("00", c.inquiry(prepaidCard)).Get(54); got != "1001156C0000000010001002156D000000019000" {
		t.Errorf("F54 is %q", got)
	}
}

func TestPartialApproval(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	c.expect("51", c.sale(prepaidCard, 250_00))
	all := with(c.sale(prepaidCard, 50_00), 60, "1")
	if got := c.expect("00", all).Get(4); got != "000000005000" {
		t.Errorf("F4 %s", got)
	}
	part := with(c.sale(prepaidCard, 250_00), 60, "1")
	for range 2 { // and again on a repeat
		if got := c.expect("10", part).Get(4); got != "000000015000" {
			t.Errorf("F4 %s, want the part", got)
		}
		part = repeat(part)
		part.Set(60, "1")
	}
	balance(t, n, prepaidCard, 0)
	c.expect("51", with(c.sale(prepaidCard, 1), 60, "1"))
	c.expect("51", with(c.sale(debitCard, 100_000_01), 60, "1")) // other issuers give all or nothing
	less := c.reversal(part)
	less.Set(4, "000000015000")
	c.expect("64", less) // a reversal has the amount that was asked for
	if got := short(dailyFile(t, n)); got != "sale 5000 18 2; sale 15000 53 5; T 2 20000 71 7" {
		t.Errorf("daily file %s", got)
	}
	c.expect("00", c.reversal(part))
	balance(t, n, prepaidCard, 150_00)
	auth := with(c.preauth(prepaidCard, 151_00), 60, "1")
	a := c.expect("10", auth)
	c.expect("00", c.completion(auth, a, 150_00))
	balance(t, n, prepaidCard, 0)
}

func TestOffline(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale := c.offline(debitCard, 80_00)
	a := c.expect("00", sale)
	if a.Get(38) != "VOICE1" || a.MTI() != "0230" {
		t.Errorf("answer %s with F38 %q", a.MTI(), a.Get(38))
	}
	c.expect("00", repeat(sale))
	c.expect("40", c.reversal(sale))
	c.expect("51", c.offline(debitCard, 100_000_00))
	old := c.offline(debitCard, 1_00)
	old.Set(14, "2001")
	c.expect("54", old)
	refunded := c.offline(debitCard, 20_00)
	c.expect("00", refunded)
	c.expect("00", c.refund(refunded, 5_00))
	balance(t, n, debitCard, 99_905_00)
	c.expect("00", c.about("0200", "200000", "00", sale, a, 80_00))
	state(t, n, sale, cardnet.Voided)
	if got := short(dailyFile(t, n)); got != "offline 8000 28 3; offline 2000 7 1; refund -500 -2 0; void -8000 -28 -3; T 4 1500 5 1" {
		t.Errorf("daily file %s", got)
	}
}

func TestAdjustment(t *testing.T) {
	n := start(t, cardnet.Config{ManualCutOver: true})
	c := member(t, n)
	sale := c.sale(creditCard, 100_00)
	a := c.expect("00", sale)
	tip := c.adjustment(sale, a, 110_00)
	c.expect("00", tip)
	c.expect("00", repeat(tip))
	balance(t, n, creditCard, 49_890_00)
	c.expect("12", c.reversal(sale))
	c.expect("40", c.reversal(tip))
	c.expect("00", c.adjustment(sale, a, 90_00))
	c.expect("61", c.adjustment(sale, a, 50_000_01))
	if got := short(dailyFile(t, n)); got != "sale 9000 41 3; T 1 9000 41 3" {
		t.Errorf("daily file %s", got)
	}
	if got := transaction(t, n, sale); got.Amount != 100_00 || got.Total != 90_00 || got.Taken() != 90_00 {
		t.Errorf("the sale is %+v", got)
	}
	days(t, n, 1)
	c.expect("00", c.adjustment(sale, a, 95_00))
	c.expect("00", c.refund(sale, 40_00))
	c.expect("12", c.adjustment(sale, a, 96_00))
	c.expect("64", c.refund(sale, 55_01))
	if got := short(dailyFile(t, n)); got != "adjustment 500 2 0; refund -4000 -18 -1; T 2 -3500 -16 -1" {
		t.Errorf("daily file %s", got)
	}
	if old, err := n.File("20260305"); err != nil || short(string(old)) != "sale 9000 41 3; T 1 9000 41 3" {
		t.Errorf("the file that was closed changed: %s %v", old, err)
	}

	voided := c.sale(debitCard, 100_00)
	b := c.expect("00", voided)
	c.expect("00", c.adjustment(voided, b, 120_00))
	void := c.void(voided, b)
	c.expect("64", void) // the total is another now
	whole := c.void(voided, b)
	whole.Set(4, "000000012000")
	c.expect("00", whole)
	balance(t, n, debitCard, 100_000_00)
	c.expect("12", c.adjustment(voided, b, 130_00))
}

// TestAct_refersToWhatItMay holds each act against originals that are not of its kind.
func TestAct_refersToWhatItMay(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	sale, auth, offline := c.sale(debitCard, 100), c.preauth(debitCard, 100), c.offline(debitCard, 100)
	s, a, o := c.expect("00", sale), c.expect("00", auth), c.expect("00", offline)
	for name, m := range map[string]*iso8583.Message{
		"completion of a sale":           c.completion(sale, s, 100),
		"completion advice of a sale":    c.completionAdvice(sale, s, 100),
		"add-on to a sale":               c.addOn(sale, s, 100),
		"authorization void of a sale":   c.preauthVoid(sale, s, 100),
		"completion void of a sale":      c.completionVoid(sale, s, 100),
		"sale void of an authorization":  c.void(auth, a),
		"refund of an authorization":     c.refund(auth, 100),
		"adjustment of an authorization": c.adjustment(auth, a, 100),
		"completion of an offline sale":  c.completion(offline, o, 100),
		"F90 with another type":          with(c.void(sale, s), 90, "0100"+f90(sale)[4:]),
		"another merchant":               with(c.completion(auth, a, 100), 42, "898290058120002"),
		"adjustment at another terminal": with(c.adjustment(sale, s, 110), 41, "29000002"),
	} {
		if got := c.do(m).Get(39); got != "12" {
			t.Errorf("%s is answered %q, want 12", name, got)
		}
	}
	c.expect("25", c.completion(c.preauth(debitCard, 100), a, 100))
	c.expect("25", c.adjustment(c.sale(debitCard, 100), s, 100))
	c.expect("40", with(c.preauth(debitCard, 100), 25, "00"))
	c.expect("30", with(c.sale(debitCard, 100), 90, f90(sale))) // a sale is about nothing
	other := c.completionAdvice(auth, a, 100)
	c.expect("00", other)
	again := repeat(other)
	again.SetMTI("0200")
	c.expect("94", again) // asked is not told
}
