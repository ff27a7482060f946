package cardnet_test

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/rail/cardnet"
	simcardnet "github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
)

const (
	creditCard  = "6226388000000095"
	prepaidCard = "6299980000000208"
)

// act returns a request for which the card is presented.
func (r *rig) act(kind payment.Kind, number string, fen int64) payment.Request {
	q := r.sale(number, fen)
	q.Operation.Kind = kind
	return q
}

// after returns a request about another, of another amount.
func (r *rig) after(original payment.Request, kind payment.Kind, auth string, fen int64) payment.Request {
	q := r.about(original, kind, auth)
	q.Operation.AmountFen = fen
	return q
}

// stands holds what the network knows of a request.
func (r *rig) stands(q payment.Request, kind simcardnet.Kind, state simcardnet.State) simcardnet.Transaction {
	r.t.Helper()
	got, ok := r.known(q)
	if !ok || got.Kind != kind || got.State != state {
		r.t.Errorf("the network knows %+v, want %s %s", got, kind, state)
	}
	return got
}

// available holds what a card can spend, by the issuer's books.
func (r *rig) available(number string, want int64) {
	r.t.Helper()
	if got, ok := r.network.Balance(number); !ok || got != want {
		r.t.Errorf("the card can spend %d fen, want %d", got, want)
	}
}

func TestInquiry(t *testing.T) {
	r := newRig(t, options{})
	r.send(r.act(payment.PreauthOp, debitCard, 100_00), payment.Yes)
	a := r.send(r.act(payment.InquiryOp, debitCard, 0), payment.Yes)
	if a.Balance == nil || *a.Balance != money.Yuan(99_900_00) {
		t.Errorf("balance %v, want what can be spent", a.Balance)
	}
	if a := r.send(r.act(payment.InquiryOp, poorCard, 0), payment.No); a.Balance != nil {
		t.Errorf("a decline tells balance %v", a.Balance)
	}
}

func TestAuthorization(t *testing.T) {
	r := newRig(t, options{})
	auth := r.act(payment.PreauthOp, debitCard, 100_00)
	a := r.send(auth, payment.Yes)
	if len(a.AuthCode) != 6 || a.RRN != auth.Operation.RRN || a.ClearingDate != 20260305 {
		t.Errorf("answer %+v", a)
	}
	add := r.after(auth, payment.AddOnOp, a.AuthCode, 20_00)
	if got := r.send(add, payment.Yes); got.AuthCode != a.AuthCode {
		t.Errorf("the add-on has authorization code %q, want the authorization's", got.AuthCode)
	}
	r.available(debitCard, 99_880_00)
	r.send(r.reversal(add), payment.Yes)
	r.stands(add, simcardnet.AddOn, simcardnet.Reversed)

	void := r.after(auth, payment.PreauthVoidOp, a.AuthCode, 100_00)
	r.send(void, payment.Yes)
	r.stands(auth, simcardnet.Preauth, simcardnet.Voided)
	r.send(r.reversal(void), payment.Yes)
	r.stands(auth, simcardnet.Preauth, simcardnet.Approved)
	r.send(r.reversal(auth), payment.Yes)
	r.stands(auth, simcardnet.Preauth, simcardnet.Reversed)
	r.available(debitCard, 100_000_00)

	if a := r.send(r.after(auth, payment.CompletionOp, a.AuthCode, 100), payment.No); a.Decline != payment.InvalidTransaction {
		t.Errorf("a completion of what was reversed: %+v", a)
	}
}

func TestCompletion(t *testing.T) {
	r := newRig(t, options{})
	auth := r.act(payment.PreauthOp, debitCard, 100_00)
	a := r.send(auth, payment.Yes)
	if a := r.send(r.after(auth, payment.CompletionOp, a.AuthCode, 115_01), payment.No); a.Decline != payment.OriginalAmount {
		t.Errorf("more than 115 %%: %+v", a)
	}
	completion := r.after(auth, payment.CompletionOp, a.AuthCode, 115_00)
	completion.Card = r.sale(debitCard, 0).Card // presented again
	done := r.send(completion, payment.Yes)
	r.stands(auth, simcardnet.Preauth, simcardnet.Completed)
	r.send(r.reversal(completion), payment.Yes)
	r.stands(auth, simcardnet.Preauth, simcardnet.Approved)

	advice := r.after(auth, payment.CompletionOp, a.AuthCode, 80_00)
	advice.Operation.Advice = true
	told := r.send(advice, payment.Yes)
	if done.AuthCode != a.AuthCode || told.AuthCode != a.AuthCode {
		t.Errorf("completions have authorization codes %q and %q, want %q", done.AuthCode, told.AuthCode, a.AuthCode)
	}
	void := r.after(advice, payment.CompletionVoidOp, told.AuthCode, 80_00)
	r.send(void, payment.Yes)
	r.stands(advice, simcardnet.Completion, simcardnet.Voided)
	r.available(debitCard, 99_900_00)
	r.send(r.reversal(void), payment.Yes)
	r.stands(auth, simcardnet.Preauth, simcardnet.Completed)
	r.send(r.after(advice, payment.RefundOp, "", 30_00), payment.Yes)
	r.available(debitCard, 99_950_00)
}

func TestOfflineSaleAndAdjustment(t *testing.T) {
	r := newRig(t, options{})
	offline := r.act(payment.OfflineOp, debitCard, 50_00)
	offline.Operation.AuthCode, offline.Operation.Advice = "VOICE1", true
	if a := r.send(offline, payment.Yes); a.AuthCode != "VOICE1" {
		t.Errorf("answer %+v", a)
	}
	sale := r.sale(debitCard, 100_00)
	a := r.send(sale, payment.Yes)
	tip := r.after(sale, payment.AdjustmentOp, a.AuthCode, 110_00)
	tip.Operation.Advice = true
	r.send(tip, payment.Yes)
	if got := r.stands(sale, simcardnet.Sale, simcardnet.Approved); got.Total != 110_00 {
		t.Errorf("the sale's total is %d fen", got.Total)
	}
	r.send(r.after(sale, payment.VoidOp, a.AuthCode, 110_00), payment.Yes)
	r.send(r.after(offline, payment.VoidOp, "VOICE1", 50_00), payment.Yes)
	r.available(debitCard, 100_000_00)
	if a := r.send(r.after(sale, payment.AdjustmentOp, a.AuthCode, 120_00), payment.No); a.Decline != payment.InvalidTransaction {
		t.Errorf("an adjustment of what was voided: %+v", a)
	}
}

func TestPartialApproval(t *testing.T) {
	r := newRig(t, options{})
	q := r.sale(prepaidCard, 250_00)
	if a := r.send(q, payment.No); a.Decline != payment.InsufficientFunds {
		t.Errorf("a part that was not asked for: %+v", a)
	}
	q = r.sale(prepaidCard, 250_00)
	q.Partial = true
	if a := r.send(q, payment.Yes); a.ApprovedFen != 200_00 || a.RailCode != "10" {
		t.Errorf("answer %+v", a)
	}
	r.available(prepaidCard, 0)
	r.send(r.reversal(q), payment.Yes) // of the amount that was asked for
	r.available(prepaidCard, 200_00)
}

// TestScriptResult has a chip sign a sale, and tells what it did with the issuer's script.
func TestScriptResult(t *testing.T) {
	r := newRig(t, options{network: simcardnet.Config{StrictChip: true}})
	name, err := r.network.Script(debitCard, simcardnet.Script{Template: emv.IssuerScript2, Header: [4]byte{0x84, 0x24}})
	if err != nil {
		t.Fatal(err)
	}
	sale := r.inserted(r.sale(debitCard, 100), 1)
	list, err := emv.Parse(r.send(sale, payment.Yes).Chip)
	if err != nil || !list.Has(emv.IssuerAuthentication) || !list.Has(emv.IssuerScript2) {
		t.Fatalf("the chip is told %v, %v", list, err)
	}
	raw, err := hex.DecodeString("20" + name)
	if err != nil {
		t.Fatal(err)
	}
	result := r.after(sale, payment.ScriptOp, "", 0)
	result.Operation.Advice = true
	result.Operation.ChipRequest = emv.Append(nil, emv.ScriptResults, raw)
	r.send(result, payment.Yes)
	result.Attempt.Tries = 2
	r.send(result, payment.Yes)
	if s := r.network.Scripts(debitCard); len(s) != 1 || s[0].State != simcardnet.ScriptDone || s[0].Result != strings.ToUpper(hex.EncodeToString(raw)) {
		t.Errorf("the network knows %+v", s)
	}
	unknown := r.after(r.sale(debitCard, 1), payment.ScriptOp, "", 0)
	unknown.Card.Chip = result.Operation.ChipRequest // as presented, where nothing is stored
	if a := r.send(unknown, payment.No); a.Decline != payment.OriginalNotFound {
		t.Errorf("a result of nothing: %+v", a)
	}
}

// inserted returns a request as the card's chip signs it.
func (r *rig) inserted(q payment.Request, counter uint16) payment.Request {
	r.t.Helper()
	key, err := hex.DecodeString(simcardnet.DemoIssuerMasterKey)
	if err != nil {
		r.t.Fatal(err)
	}
	chip, err := cardcrypto.DeriveCardKey(desKey(key), q.Card.PAN.Reveal(), simcardnet.DemoSequence)
	if err != nil {
		r.t.Fatal(err)
	}
	tx := cardcrypto.Transaction{
		Country: [2]byte{1, 0x56}, Currency: [2]byte{1, 0x56}, Date: [3]byte{0x26, 3, 5}, AIP: [2]byte{0x7C, 0},
		IssuerData: []byte{7, 1, 1, 3, 0xA0, 0xB0, 0, 1},
	}
	amount, err := hex.DecodeString(money.Yuan(q.Operation.AmountFen).DE4())
	if err != nil {
		r.t.Fatal(err)
	}
	copy(tx.Amount[:], amount)
	binary.BigEndian.PutUint16(tx.ATC[:], counter)
	arqc, err := cardcrypto.Cryptogram(cardcrypto.PBOC01, chip, &tx)
	if err != nil {
		r.t.Fatal(err)
	}
	q.Card.Chip = emv.List{
		{Tag: emv.Cryptogram, Value: arqc[:]}, {Tag: emv.IssuerApplicationData, Value: tx.IssuerData},
		{Tag: emv.UnpredictableNumber, Value: tx.Unpredictable[:]}, {Tag: emv.TransactionCounter, Value: tx.ATC[:]},
		{Tag: emv.VerificationResults, Value: tx.TVR[:]}, {Tag: emv.TransactionDate, Value: tx.Date[:]},
		{Tag: emv.TransactionType, Value: []byte{tx.Type}}, {Tag: emv.AmountAuthorized, Value: tx.Amount[:]},
		{Tag: emv.TransactionCurrency, Value: tx.Currency[:]}, {Tag: emv.InterchangeProfile, Value: tx.AIP[:]},
		{Tag: emv.TerminalCountry, Value: tx.Country[:]}, {Tag: emv.AmountOther, Value: tx.Other[:]},
	}.Append(nil)
	q.Card.EntryMode, q.Card.SequenceNumber = "051", "01"
	return q
}

// TestChip_ofEveryAct has the chip sign what it can sign; the network takes nothing else.
func TestChip_ofEveryAct(t *testing.T) {
	r := newRig(t, options{network: simcardnet.Config{StrictChip: true, StrictCounter: true}})
	auth := r.inserted(r.act(payment.PreauthOp, debitCard, 100_00), 1)
	a := r.send(auth, payment.Yes)
	follow := func(kind payment.Kind, fen int64, counter uint16) payment.Request {
		q := r.after(auth, kind, a.AuthCode, fen)
		q.Card = r.sale(debitCard, fen).Card
		return r.inserted(q, counter)
	}
	r.send(r.inserted(r.act(payment.InquiryOp, debitCard, 0), 2), payment.Yes)
	r.send(follow(payment.AddOnOp, 5_00, 3), payment.Yes)
	r.send(follow(payment.CompletionOp, 105_00, 4), payment.Yes)
	if a := r.send(r.inserted(r.sale(debitCard, 100), 4), payment.No); a.Decline != payment.NotHonored {
		t.Errorf("a counter that was there: %+v", a)
	}
	if s := r.network.Stats(); s.ChipsVerified != 5 || s.ChipsRefuted != 0 {
		t.Errorf("%d cryptograms right, %d wrong", s.ChipsVerified, s.ChipsRefuted)
	}
}

// TestAdvice_repeats loses the first answer to each advice and sends it again: it takes effect once.
func TestAdvice_repeats(t *testing.T) {
	for _, kind := range []payment.Kind{
		payment.RefundOp, payment.CompletionOp, payment.OfflineOp, payment.AdjustmentOp,
	} {
		t.Run(string(kind), func(t *testing.T) {
			r := newRig(t, options{rail: shortly})
			original := r.act(payment.SaleOp, creditCard, 100_00)
			if kind == payment.CompletionOp {
				original.Operation.Kind = payment.PreauthOp
			}
			a := r.send(original, payment.Yes)
			q := r.after(original, kind, a.AuthCode, 60_00)
			if kind == payment.OfflineOp {
				q.Original, q.OriginalOperation = nil, nil
				q.Operation.AuthCode = "VOICE1"
			}
			q.Operation.Advice = true
			r.fault(kit.Drop)
			r.send(q, payment.Silent)
			after, _ := r.network.Balance(creditCard)
			r.network.Faults().Clear()
			q.Attempt.Tries = 2
			if again := r.send(q, payment.Yes); again.RailCode != "00" {
				t.Errorf("answer %+v", again)
			}
			r.available(creditCard, after)
			if n := r.network.Stats().Duplicates; n != 1 {
				t.Errorf("the network saw %d repeats, want 1", n)
			}
		})
	}
}

// TestLate_ofEveryAct has the answer to each act come when it was given up: it goes to Late with what it says.
func TestLate_ofEveryAct(t *testing.T) {
	for _, kind := range payment.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			r := newRig(t, options{rail: shortly})
			q := r.act(kind, creditCard, 100)
			var original payment.Request
			switch kind {
			case payment.SaleOp, payment.PreauthOp, payment.InquiryOp, payment.OfflineOp:
				q.Operation.AuthCode = "VOICE1"
			default:
				original = r.act(payment.SaleOp, creditCard, 100)
				switch kind {
				case payment.AddOnOp, payment.PreauthVoidOp, payment.CompletionOp, payment.CompletionVoidOp:
					original.Operation.Kind = payment.PreauthOp
				case payment.ScriptOp:
					if _, err := r.network.Script(creditCard, simcardnet.Script{Template: emv.IssuerScript2}); err != nil {
						t.Fatal(err)
					}
					original = r.inserted(original, 1)
				}
				a := r.send(original, payment.Yes)
				if kind == payment.CompletionVoidOp {
					original = r.after(original, payment.CompletionOp, a.AuthCode, 100)
					r.send(original, payment.Yes)
				}
				q = r.after(original, kind, a.AuthCode, 100)
				q.Operation.ChipRequest = emv.Append(nil, emv.ScriptResults, []byte{0x20, 0, 0, 0, 1})
			}
			r.fault(kit.Late)
			r.send(q, payment.Silent)
			r.clock.Advance(time.Minute)
			got := await(t, r.late)
			if got.attempt != q.Attempt.ID || got.answer.Outcome != payment.Yes || got.answer.RailCode != "00" {
				t.Errorf("late answer %+v", got)
			}
			if (got.answer.Balance != nil) != (kind == payment.InquiryOp) {
				t.Errorf("balance %v", got.answer.Balance)
			}
		})
	}
}

// TestNotConnected_everyAct never sends.
func TestNotConnected_everyAct(t *testing.T) {
	r := newRig(t, options{idle: true})
	for _, kind := range payment.Kinds {
		q := r.after(r.sale(debitCard, 100), kind, "123456", 100)
		r.send(q, payment.NotSent)
	}
}

// TestAnswer_spoiled has the network's answer be wrong in ways that must decide nothing.
func TestAnswer_spoiled(t *testing.T) {
	for flaw, want := range map[simcardnet.Flaw]cardnet.DropReason{
		simcardnet.WrongMAC: cardnet.WrongMAC, simcardnet.WrongEcho: cardnet.Mismatch,
	} {
		t.Run(string(flaw), func(t *testing.T) {
			r := newRig(t, options{rail: shortly})
			if err := r.network.SetFlaw(flaw, 1, 1); err != nil {
				t.Fatal(err)
			}
			auth := r.act(payment.PreauthOp, debitCard, 100)
			r.send(auth, payment.Silent)
			if why := await(t, r.dropped); why != want {
				t.Errorf("dropped as %q, want %q", why, want)
			}
			if err := r.network.SetFlaw(flaw, 0, 0); err != nil {
				t.Fatal(err)
			}
			r.send(r.reversal(auth), payment.Yes)
			r.available(debitCard, 100_000_00)
		})
	}
}

// TestAnswer_partNotAskedFor meets an approval of a part that nobody asked for: it must come back as a yes with
// its amount, so that it can be given back.
func TestAnswer_partNotAskedFor(t *testing.T) {
	r := newRig(t, options{network: simcardnet.Config{Cards: []simcardnet.Card{
		{PAN: debitCard, Expiry: expiry, PIN: "123456", Product: simcardnet.Prepaid, Funds: 40},
	}}})
	q := r.sale(debitCard, 100)
	q.Partial = true
	if a := r.send(q, payment.Yes); a.ApprovedFen != 40 {
		t.Errorf("answer %+v", a)
	}
	// The same bytes again, from a host that has forgotten that it asked: the network answers as it did.
	q.Partial = false
	if a := r.send(q, payment.Yes); a.ApprovedFen != 40 || a.RailCode != "10" {
		t.Errorf("answer %+v", a)
	}
	r.send(r.reversal(q), payment.Yes)
	r.available(debitCard, 40)
}
