package pos

import (
	"context"
	"errors"
	"image"
	"slices"
	"strconv"

	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// errand is a message that moves no money and may be sent when it suits: what a chip did with the issuer's
// scripts (0620), or a signature (0820, 60.3 = 800). It is stored before it is sent and removed when it is
// answered; it never blocks a transaction.
type errand struct {
	Kind    Kind   `json:"kind"`
	Message []byte `json:"message"` // packed, without field 64
	Trace   string `json:"trace"`   // of the transaction that it is about
	Tries   int    `json:"tries,omitempty"`
}

// scriptTags are what a script result carries of the chip's data.
var scriptTags = [...]emv.Tag{
	emv.TerminalCapabilities, emv.VerificationResults, emv.UnpredictableNumber, emv.DeviceSerial,
	emv.IssuerApplicationData, emv.Cryptogram, emv.TransactionCounter, emv.InterchangeProfile, emv.ScriptResults,
	emv.TerminalCountry, emv.TransactionDate,
}

// queueScripts lets the chip run the scripts of the answer in t.ans and puts the result among the errands. It
// reports whether there was one.
func (t *Terminal) queueScripts(a *act) bool {
	if a.chip == nil {
		return false
	}
	results := a.card.run(t.ans.Bytes(55))
	if results == nil {
		return false
	}
	chip := append(slices.Clone(a.chip), emv.Element{Tag: emv.ScriptResults, Value: results})
	var f55 []byte
	for _, tag := range scriptTags {
		if chip.Has(tag) {
			f55 = emv.Append(f55, tag, chip.Get(tag))
		}
	}
	var m iso8583.Message
	m.SetMTI("0620")
	m.CopyFrom(&t.req, 2, 3, 4, 22, 23, 25, 41, 42, 49)
	m.Set(11, t.nextTrace())
	m.Set(37, t.ans.Get(37))
	if code := t.ans.Get(38); code != "" {
		m.Set(38, code)
	}
	m.SetBytes(55, f55)
	batch := t.req.Get(60)[2:8]
	m.Set(60, iso8583.F60{Type: "00", Batch: batch, Network: "951"}.String())
	m.Set(61, iso8583.F61{Batch: batch, Trace: t.req.Get(11), Date: t.now().Format("0102")}.String())
	packed, err := t.spec.Append(nil, &m)
	if err != nil { // an answer without a reference number leaves nothing to report about
		return false
	}
	t.mem.Errands = append(t.mem.Errands, errand{Kind: ScriptResult, Message: packed, Trace: t.req.Get(11)})
	return true
}

// runErrands sends the errands of these kinds, each up to so many times. One that is not answered stays; only
// that the flash cannot be written is an error.
func (t *Terminal) runErrands(ctx context.Context, tries int, kinds ...Kind) error {
	for i := 0; i < len(t.mem.Errands); {
		e := &t.mem.Errands[i]
		if !slices.Contains(kinds, e.Kind) {
			i++
			continue
		}
		if !t.runErrand(ctx, e, tries) {
			return t.save() // the rest would not get through either
		}
		t.mem.Errands = slices.Delete(t.mem.Errands, i, i+1)
		if err := t.save(); err != nil {
			return err
		}
		t.config.Cut("errand_after_flash")
	}
	return nil
}

// runErrand reports whether an errand is done: the host has answered it, whatever it said.
func (t *Terminal) runErrand(ctx context.Context, e *errand, tries int) bool {
	if t.keys.mac == nil {
		return false
	}
	for range tries {
		m := &t.req
		if t.spec.Unpack(e.Message, m) != nil {
			return true // of a build that packed it otherwise
		}
		e.Tries++
		err := t.exchange(ctx, m, "errand_")
		if err == nil {
			err = t.check(m, false)
		}
		switch {
		case errors.Is(err, ErrNotSent), ctx.Err() != nil:
			return false
		case err != nil:
			continue
		}
		t.note()
		code := Explain(t.ans.Get(39))
		if !code.SignIn {
			return code.Class != ClassUnknown
		}
		if o, err := t.SignIn(ctx); err != nil || !o.Approved {
			return false
		}
	}
	return false
}

// signatureCode is 60.1 of a signature upload, signatureMax what F62 holds in bytes.
const (
	signatureCode = "07"
	signatureMax  = 999
)

// Sign keeps the signature that a customer gave on the screen for a transaction of the open batch and sends
// it (0820, 60.1 = 07, 60.3 = 800). It is black on white, one bit a pixel. Where the host does not answer it
// stays in the terminal and goes before the batch is closed; the outcome then says that it is unknown.
func (t *Terminal) Sign(ctx context.Context, trace string, signature image.Image) (Outcome, error) {
	if t.config.Encode == nil {
		return Outcome{}, ErrNoEncoder
	}
	if !t.config.Unchecked && !t.mem.Params.allows(switchSignature) {
		return Outcome{}, ErrSwitchedOff
	}
	i := slices.IndexFunc(t.mem.Journal, func(l line) bool { return l.Slip.Trace == trace })
	if i < 0 {
		return Outcome{}, ErrNoPaper
	}
	encoded, err := t.config.Encode(signature)
	switch {
	case err != nil:
		return Outcome{}, err
	case len(encoded) > signatureMax:
		return Outcome{}, ErrSignature
	}
	slip := &t.mem.Journal[i].Slip
	packed, err := t.signatureMessage(slip, encoded)
	if err != nil {
		return Outcome{}, err
	}
	slip.Signed = true
	t.mem.Errands = append(t.mem.Errands, errand{Kind: Signature, Message: packed, Trace: trace})
	if err := t.save(); err != nil {
		slip.Signed, t.mem.Errands = false, t.mem.Errands[:len(t.mem.Errands)-1]
		return Outcome{}, err
	}
	if err := t.runErrands(ctx, 1, Signature); err != nil {
		return Outcome{}, err
	}
	o := Outcome{Kind: Signature, Trace: trace, Batch: slip.Batch, RRN: slip.RRN}
	o.explain(Explain("00"))
	if slices.ContainsFunc(t.mem.Errands, func(e errand) bool { return e.Kind == Signature && e.Trace == trace }) {
		o.explain(keptSignature)
	}
	return o, nil
}

var keptSignature = Code{
	Class:   ClassUnknown,
	Meaning: Text{"签名已存入终端，尚未上送", "the signature is kept in the terminal, not yet sent"},
	Advice:  Text{"结批前自动上送，无需操作。", "It is sent by itself before the batch is closed. Nothing to do."},
}

func (t *Terminal) signatureMessage(slip *Slip, encoded []byte) ([]byte, error) {
	var m iso8583.Message
	m.SetMTI("0820")
	m.Set(11, slip.Trace)
	m.Set(37, slip.RRN)
	m.Set(41, t.mem.Terminal)
	m.Set(42, t.mem.Merchant)
	m.SetBytes(55, receiptTags(slip))
	m.Set(60, iso8583.F60{Type: signatureCode, Batch: slip.Batch, Network: "800"}.String())
	m.SetBytes(62, encoded)
	return t.spec.Append(nil, &m)
}

// receiptTags are the TLV of the receipt that goes with a signature: what identifies the transaction, without
// anything of the card. F55 holds 255 bytes, so that names are left to the host, which has them.
func receiptTags(slip *Slip) []byte {
	var out []byte
	for _, item := range []struct {
		tag  emv.Tag
		text string
	}{
		{0xFF01, string(slip.Kind)}, {0xFF02, slip.Operator}, {0xFF03, slip.Acquirer}, {0xFF04, slip.Issuer},
		{0xFF06, slip.Time.Format("20060102150405")}, {0xFF07, slip.AuthCode}, {0xFF09, slip.Organization},
		{0xFF0A, "156"}, {0xFF49, strconv.FormatInt(slip.Amount, 10)}, {0xFF70, "2"},
	} {
		if item.text != "" {
			out = emv.Append(out, item.tag, []byte(item.text))
		}
	}
	if slip.Chip != nil {
		out = emv.Append(out, 0xFF22, []byte(slip.Chip.AID))
		out = emv.Append(out, 0xFF23, []byte(slip.Chip.Cryptogram))
	}
	return out
}

// Idle does what waits for a quiet moment: errands, and the downloads and uploads that the host asked for. It
// returns an outcome for each of the latter; what fails stays due.
func (t *Terminal) Idle(ctx context.Context) ([]Outcome, error) {
	if t.Training() {
		return nil, nil
	}
	err := t.runErrands(ctx, t.tries(), ScriptResult, Signature)
	var outcomes []Outcome
	tried := map[Download]bool{} // what an answer asks for again has to wait for the next quiet moment
	for err == nil {
		i := slices.IndexFunc(t.mem.Due, func(d Download) bool { return !tried[d] })
		if i < 0 {
			break
		}
		due := t.mem.Due[i]
		tried[due] = true
		var o Outcome
		o, err = t.Download(ctx, due)
		outcomes = append(outcomes, o)
	}
	return outcomes, errors.Join(err, ctx.Err())
}
