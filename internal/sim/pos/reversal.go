package pos

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// pending is a financial request whose outcome is not on record, kept as what has to be sent to settle
// that: its reversal, or itself when it is an advice.
type pending struct {
	Message  []byte `json:"message"` // packed, without fields 38, 39 and 64
	Advice   bool   `json:"advice,omitempty"`
	Reason   string `json:"reason,omitempty"`    // F39 of the reversal
	AuthCode string `json:"auth_code,omitempty"` // F38 of an approval that is taken back
	Line     line   `json:"line"`                // what the journal gets when an advice is approved
	Tries    int    `json:"tries,omitempty"`     // since it was stored
}

// reversalFields are taken over from the request. Neither tracks nor the PIN are among them. F38 is the code
// of the transaction that the request was about, if it was about one.
var reversalFields = [...]int{2, 3, 4, 11, 14, 22, 23, 25, 38, 41, 42, 49, 60, 61}

// reversalTags are what a reversal carries of the chip's data.
var reversalTags = [...]emv.Tag{
	emv.VerificationResults, emv.IssuerApplicationData, emv.DeviceSerial, emv.TransactionCounter, emv.ScriptResults,
}

// noAdvice is what the cashier is told when nobody answered a refund or another advice.
var noAdvice = Code{
	Class:   ClassUnknown,
	Meaning: Text{"没有收到应答，结果未知", "No answer: the outcome is unknown"},
	Advice: Text{
		"终端会用同一流水号重发，直到收到应答；请勿重做一笔。",
		"The terminal sends it again under its trace until it is answered. Do not do it a second time.",
	},
}

// newPending returns what has to be stored before req is sent.
func (t *Terminal) newPending(req *iso8583.Message, a *act) (*pending, error) {
	// Unless the terminal lives to learn better, the reason is that no answer came.
	p := &pending{Advice: a.form.advice, Reason: "98", Line: a.line}
	keep := req
	if !a.form.advice {
		var m iso8583.Message
		m.SetMTI("0400")
		m.CopyFrom(req, reversalFields[:]...)
		if req.Has(55) {
			list, err := emv.Parse(req.Bytes(55))
			if err != nil {
				return nil, err
			}
			var chip []byte
			for _, tag := range reversalTags {
				if list.Has(tag) {
					chip = emv.Append(chip, tag, list.Get(tag))
				}
			}
			m.SetBytes(55, chip)
		}
		keep = &m
	}
	var err error
	p.Message, err = t.spec.Append(nil, keep)
	return p, err
}

// Resolve sends what is pending, up to three times or as the parameters say, and returns what came of it: nil when nothing was
// pending, and ErrPending when it still is. It happens by itself before every financial request.
func (t *Terminal) Resolve(ctx context.Context) (*Resolved, error) {
	p := t.mem.Pending
	if p == nil {
		return nil, nil
	}
	r := &Resolved{
		Kind: p.Line.Slip.Kind, Advice: p.Advice, Reason: p.Reason, Trace: p.Line.Slip.Trace, Amount: p.Line.Slip.Amount,
	}
	if t.keys.mac == nil {
		if _, err := t.SignIn(ctx); err != nil {
			return r, fmt.Errorf("%w: sign in for it: %w", ErrPending, err)
		}
	}
	var last error
	for range t.tries() {
		if err := ctx.Err(); err != nil {
			return r, fmt.Errorf("%w: %w", ErrPending, err)
		}
		p.Tries++
		r.Tries++
		code, err := t.resolveOnce(ctx, p, r)
		if err != nil {
			last = err
			continue
		}
		r.Code = code
		if r.Done {
			return r, nil
		}
		if !Explain(code).SignIn {
			last = fmt.Errorf("the host answered %s", code)
			continue
		}
		if _, err := t.SignIn(ctx); err != nil {
			last = err
		}
	}
	if err := t.save(); err != nil {
		return r, err
	}
	return r, fmt.Errorf("%w: %w", ErrPending, last)
}

// resolveOnce sends what is pending once. It sets r.Done when that is through and recorded.
func (t *Terminal) resolveOnce(ctx context.Context, p *pending, r *Resolved) (code string, err error) {
	m := &t.req
	if err := t.spec.Unpack(p.Message, m); err != nil {
		return "", err
	}
	if !p.Advice {
		m.Set(39, p.Reason)
		if p.AuthCode != "" {
			m.Set(38, p.AuthCode)
		}
	}
	if err := t.exchange(ctx, m, "reversal_"); err != nil {
		return "", err
	}
	code = t.ans.Get(39)
	explained := Explain(code)
	approved := explained.Class == ClassApproved
	if err := t.check(m, p.Advice && approved); err != nil {
		return "", err
	}
	if !explained.SignIn && !t.macSound(approved) {
		return "", fmt.Errorf("%w: its MAC is missing or wrong", ErrUnsound)
	}
	switch {
	case !p.Advice && !reversed(code), explained.SignIn, p.Advice && explained.Class == ClassUnknown:
		return code, nil
	}
	t.mem.Pending = nil
	if p.Advice && approved {
		slip := t.approve(&act{line: p.Line, form: forms[p.Line.Slip.Kind]})
		r.Slip = &slip
	}
	if err := t.save(); err != nil {
		t.mem.Pending = p
		return code, err
	}
	r.Done = true
	t.config.Cut("reversal_after_flash")
	return code, nil
}
