package pos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// closing is a batch close that is not through. Its request keeps trace, batch and totals, so that sending
// it again is the same request to the host.
type closing struct {
	Batch    int    `json:"batch"`
	Trace    string `json:"trace"`
	Totals   string `json:"totals"`             // F48 as asked
	Answer   string `json:"answer,omitempty"`   // F48 as answered
	Uploaded int    `json:"uploaded,omitempty"` // lines of stripes
	Chips    int    `json:"chips,omitempty"`    // lines of chips that are through
	Failed   int    `json:"failed,omitempty"`   // approvals that a chip refused that are through
	Upload   string `json:"upload,omitempty"`   // trace of the details under way
	Ended    bool   `json:"ended,omitempty"`    // the message that ends the details is through
	// Overtaken tells that the host closed the batch by itself and the terminal settles it before its next
	// transaction.
	Overtaken bool `json:"overtaken,omitempty"`
}

// detailsMax is how many lines one 0320 carries.
const detailsMax = 8

// Settle closes the batch: what is pending first, script results and signatures, then the totals (0500), the
// details when the host's totals differ (0320, 60.3 = 201 for stripes, 205 and 206 for chips, ended by 202),
// the slip, and the next batch. Where the parameters want it, the chips of an equal batch are sent as well (203
// and 204, ended by 207). A close that was cut off goes on
// where it stopped. An outcome that is unknown means that Settle has to be called again.
func (t *Terminal) Settle(ctx context.Context) (Outcome, error) {
	var resolved *Resolved
	if t.mem.Closing == nil {
		var err error
		if resolved, err = t.Resolve(ctx); err != nil {
			return Outcome{Kind: Settle, Resolved: resolved}, err
		}
		if !t.mem.SignedIn {
			return Outcome{Kind: Settle, Resolved: resolved}, ErrSignedOff
		}
		if err := t.runErrands(ctx, t.tries(), ScriptResult, Signature); err != nil {
			return Outcome{Kind: Settle, Resolved: resolved}, err
		}
		c, err := t.newClosing()
		if err != nil {
			return Outcome{}, err
		}
		t.mem.Closing = c
		t.config.Cut("settle_before_flash")
		if err := t.save(); err != nil {
			t.mem.Closing = nil
			return Outcome{}, fmt.Errorf("nothing was sent: %w", err)
		}
	}
	o, err := t.settle(ctx, t.mem.Closing)
	o.Resolved = resolved
	if err == nil && o.BatchSlip != nil && t.mem.Params.AutoSignOff {
		_, err = t.SignOff(ctx)
	}
	return o, err
}

// newClosing counts the open batch for its close.
func (t *Terminal) newClosing() (*closing, error) {
	domestic, foreign := t.totals()
	totals, err := iso8583.Totals{
		Domestic: iso8583.Half{Debit: iso8583.Sum(domestic.Debit), Credit: iso8583.Sum(domestic.Credit)},
		Foreign:  iso8583.Half{Debit: iso8583.Sum(foreign.Debit), Credit: iso8583.Sum(foreign.Credit)},
	}.Format()
	return &closing{Batch: t.mem.Batch, Trace: t.nextTrace(), Totals: totals}, err
}

// overtaken begins the close of a batch that the host has closed by itself, at its cut-off: its lines belong
// to its number, not to the next.
func (t *Terminal) overtaken() error {
	if len(t.mem.Journal) == 0 || t.mem.Closing != nil {
		return nil
	}
	c, err := t.newClosing()
	if err == nil {
		c.Overtaken = true
		t.mem.Closing = c
	}
	return err
}

func (t *Terminal) settle(ctx context.Context, c *closing) (Outcome, error) {
	if c.Answer == "" {
		if o, err := t.askTotals(ctx, c); err != nil || c.Answer == "" {
			return o, err
		}
	}
	o := Outcome{Kind: Settle, Trace: c.Trace, Batch: six(c.Batch), Requirement: t.requirement}
	o.explain(Explain("00"))
	totals, err := iso8583.ParseTotals(c.Answer)
	if err != nil {
		return Outcome{}, err
	}
	equal := balanced(totals)
	if !equal || t.mem.Params.UploadMode == 1 {
		if code, err := t.upload(ctx, c, equal); err != nil || code != "" {
			return t.halted(c, code, err)
		}
	}
	if !equal {
		o.TextZH, o.TextEN = "结批完成，但与主机对账不平，明细已上送", "closed, but the host's totals differ; the details were sent"
		o.AdviceZH, o.AdviceEN = "请核对结算单，并把差异告知收单机构。", "Compare the slip with the receipts and tell the acquirer of the difference."
	}
	t.config.Cut("before_clear")
	slip := t.batchSlip(c, totals)
	t.mem.Last = &paper{Batch: &slip}
	t.mem.Journal, t.mem.Failed = nil, nil
	t.mem.Closing = nil
	if t.mem.Batch == c.Batch { // a sign-in on the way may have brought the host's next batch
		t.mem.Batch = wrap(c.Batch)
	}
	o.BatchSlip = &slip
	if err := t.save(); err != nil {
		return o, err
	}
	t.config.Cut("after_clear")
	t.config.Cut("before_print")
	return o, nil
}

// halted is the outcome of a close that has to be taken up again.
func (t *Terminal) halted(c *closing, code string, why error) (Outcome, error) {
	o := Outcome{Kind: Settle, Trace: c.Trace, Batch: six(c.Batch)}
	if code != "" {
		o.explain(Explain(code))
		o.Approved = false
	} else {
		o.explain(noAnswer)
	}
	o.Unknown = true
	o.AdviceZH, o.AdviceEN = "结批未完成，请再次结批；完成前不能做交易。",
		"The batch close is not through: settle again. Nothing can be sold before it is."
	if why != nil {
		o.Fault = why.Error()
	}
	return o, t.save()
}

// askTotals sends the totals and stores the host's.
func (t *Terminal) askTotals(ctx context.Context, c *closing) (Outcome, error) {
	m := t.settlement("0500", c.Trace, c.Batch, "201", c.Totals)
	m.Set(49, "156")
	m.Set(63, t.operator())
	err := t.exchange(ctx, m, "settle_")
	if err == nil {
		err = t.check(m, false)
	}
	if errors.Is(err, ErrNotSent) && !c.Overtaken { // nothing was asked, so nothing is under way
		t.mem.Closing = nil
		return Outcome{Kind: Settle}, errors.Join(err, t.save())
	}
	if err != nil {
		return t.halted(c, "", err)
	}
	o := t.outcome(Settle)
	switch answer := t.ans.Get(48); {
	case o.Code == "00" && answer != "":
		if _, err := iso8583.ParseTotals(answer); err != nil {
			return t.halted(c, "", fmt.Errorf("%w: %w", ErrUnsound, err))
		}
		c.Answer = answer
	case o.Code == "95": // the code for totals that differ
		c.Answer = differing(c.Totals)
	case o.Unknown || o.Code == "00":
		return t.halted(c, o.Code, nil)
	default: // the host has closed nothing: the batch goes on
		t.mem.Closing = nil
		err := errors.Join(t.save(), t.obey(ctx, &o))
		return o, err
	}
	if err := t.save(); err != nil {
		return Outcome{}, err
	}
	t.config.Cut("settle_after_flash")
	return o, nil
}

// differing returns totals as asked with the result "unequal".
func differing(asked string) string {
	b := []byte(asked)
	for end := 30; end < len(b); end += 31 {
		b[end] = '2'
	}
	return string(b)
}

// verdict reads the result of one half of the host's totals.
func verdict(h iso8583.Half) Verdict {
	switch {
	case h.Result == '1', h.Result == '0' && h.Debit.Count+h.Credit.Count == 0:
		return Equal
	case h.Result == '3':
		return Failed
	}
	return Unequal
}

// balanced reports whether the host's totals are ours.
func balanced(t iso8583.Totals) bool {
	return verdict(t.Domestic) == Equal && (t.Single || verdict(t.Foreign) == Equal)
}

// The codes (60.3) of what a batch upload carries: lines of stripes, chip transactions, approvals that a chip
// refused, and the end, of an equal batch and of one that differs.
var (
	uploadChips  = map[bool]string{true: "203", false: "205"}
	uploadFailed = map[bool]string{true: "204", false: "206"}
	uploadEnd    = map[bool]string{true: "207", false: "202"}
)

// upload sends the lines of the batch and the message that ends them: stripes eight at a time, chips one by
// one. Of an equal batch only chips are sent. It returns the code that stopped it, "" when it is through.
func (t *Terminal) upload(ctx context.Context, c *closing, equal bool) (code string, err error) {
	var stripes, chips []line
	for _, l := range t.mem.Journal {
		switch {
		case forms[l.Slip.Kind].column == nowhere:
		case l.Chip != nil:
			chips = append(chips, l)
		case !equal:
			stripes = append(stripes, l)
		}
	}
	if code, err := t.uploadStripes(ctx, c, stripes); code != "" || err != nil {
		return code, err
	}
	for c.Chips < len(chips) {
		l := &chips[c.Chips]
		u := iso8583.Upload{Usage: "61", CardClass: "00", Response: "00", Amount: l.amount(), Currency: "156"}
		code, err := t.uploadChip(ctx, c, uploadChips[equal], l, u, func() { c.Chips++ })
		if code != "" || err != nil {
			return code, err
		}
	}
	for c.Failed < len(t.mem.Failed) {
		l := &t.mem.Failed[c.Failed]
		// The chip made an AAC of it, and the issuer's answer was found wrong.
		u := iso8583.Upload{
			Usage: "71", CardClass: "00", Response: "00", Amount: l.amount(), Currency: "156", ACType: '0', ARPCResult: '1',
		}
		code, err := t.uploadChip(ctx, c, uploadFailed[equal], l, u, func() { c.Failed++ })
		if code != "" || err != nil {
			return code, err
		}
	}
	if c.Ended {
		return "", nil
	}
	count := fmt.Sprintf("%04d", c.Uploaded+c.Chips+c.Failed)
	if err := t.traceUpload(c); err != nil {
		return "", err
	}
	return t.uploadOnce(ctx, t.settlement("0320", c.Upload, c.Batch, uploadEnd[equal], count), c, func() { c.Ended = true })
}

func (t *Terminal) uploadStripes(ctx context.Context, c *closing, stripes []line) (code string, err error) {
	for c.Uploaded < len(stripes) {
		lines := stripes[c.Uploaded:min(c.Uploaded+detailsMax, len(stripes))]
		details := make([]iso8583.Detail, len(lines))
		for i, l := range lines {
			details[i] = iso8583.Detail{CardClass: "00", Trace: l.Slip.Trace, PAN: l.Card, Amount: l.amount()}
		}
		text, err := iso8583.FormatDetails(details)
		if err != nil {
			return "", err
		}
		if err := t.traceUpload(c); err != nil {
			return "", err
		}
		m := t.settlement("0320", c.Upload, c.Batch, "201", text)
		if code, err := t.uploadOnce(ctx, m, c, func() { c.Uploaded += len(lines) }); code != "" || err != nil {
			return code, err
		}
	}
	return "", nil
}

// uploadChip sends one chip transaction under its own trace.
func (t *Terminal) uploadChip(ctx context.Context, c *closing, network string, l *line, u iso8583.Upload, through func()) (code string, err error) {
	f62, err := u.Format()
	if err != nil {
		return "", err
	}
	m := t.settlement("0320", l.Slip.Trace, c.Batch, network, "")
	m.Set(2, l.Card)
	m.Set(4, fmt.Sprintf("%012d", l.amount()))
	m.Set(22, l.Mode)
	if l.Sequence != "" {
		m.Set(23, l.Sequence)
	}
	m.SetBytes(55, l.Chip)
	m.Set(62, f62)
	return t.uploadOnce(ctx, m, c, through)
}

// traceUpload gives the next upload a trace that survives a power cut.
func (t *Terminal) traceUpload(c *closing) error {
	if c.Upload != "" {
		return nil
	}
	c.Upload = t.nextTrace()
	return t.save()
}

// uploadOnce sends one 0320 and stores that it is through.
func (t *Terminal) uploadOnce(ctx context.Context, m *iso8583.Message, c *closing, through func()) (code string, err error) {
	if err := t.exchange(ctx, m, "upload_"); err != nil {
		return "", err
	}
	if err := t.check(m, false); err != nil {
		return "", err
	}
	// A host that has these lines already says so with 94.
	if code := t.ans.Get(39); code != "00" && code != "94" {
		return code, nil
	}
	c.Upload = ""
	through()
	if err := t.save(); err != nil {
		return "", err
	}
	t.config.Cut("upload_after_flash")
	return "", nil
}

// settlement starts a message of a batch close.
func (t *Terminal) settlement(mti, trace string, batch int, network, f48 string) *iso8583.Message {
	m := &t.req
	m.Reset()
	m.SetMTI(mti)
	m.Set(11, trace)
	m.Set(41, t.mem.Terminal)
	m.Set(42, t.mem.Merchant)
	if f48 != "" {
		m.Set(48, f48)
	}
	m.Set(60, iso8583.F60{Type: "00", Batch: six(batch), Network: network}.String())
	return m
}

// totals adds up the open batch. A voided sale stays a debit; its void is a credit. What an adjustment or a tip
// made of a sale is what the sale counts for. The host says of each card whose it is (63.1).
func (t *Terminal) totals() (domestic, foreign Half) {
	for _, l := range t.mem.Journal {
		half := &domestic
		if l.Slip.foreign() {
			half = &foreign
		}
		sum := &half.Credit
		switch forms[l.Slip.Kind].column {
		case nowhere:
			continue
		case debit:
			sum = &half.Debit
		}
		sum.Amount += l.amount()
		sum.Count++
	}
	return domestic, foreign
}

// domesticOrganization is the card organization of domestic cards (63.1).
const domesticOrganization = "CUP"

// foreign tells whether a slip counts among foreign cards: one whose organization nobody named does not.
func (s Slip) foreign() bool { return s.Organization != "" && s.Organization != domesticOrganization }

// counted are the kinds that the totals of a batch count, in the order of its slip.
var counted = [...]Kind{Sale, OfflineSale, Completion, CompletionAdvice, Void, CompletionVoid, Refund}

// batchSlip is the paper of a close. The figures are the terminal's own; only the verdicts are the host's.
func (t *Terminal) batchSlip(c *closing, answer iso8583.Totals) BatchSlip {
	slip := BatchSlip{
		MerchantName: t.mem.MerchantName, Merchant: t.mem.Merchant, Terminal: t.mem.Terminal, Operator: t.mem.Operator,
		Batch: six(c.Batch), Time: t.now().Truncate(time.Second), Training: t.Training(),
		Uploaded: c.Uploaded + c.Chips + c.Failed,
	}
	domestic, foreign := t.totals()
	domestic.Result = verdict(answer.Domestic)
	slip.Totals.Domestic = domestic
	if !answer.Single {
		foreign.Result = verdict(answer.Foreign)
		slip.Totals.Foreign = &foreign
	}
	for _, kind := range counted {
		total := KindTotal{Kind: kind}
		for _, l := range t.mem.Journal {
			if l.Slip.Kind == kind {
				total.Count++
				total.Amount += l.amount()
			}
		}
		if total.Count > 0 {
			slip.Kinds = append(slip.Kinds, total)
		}
	}
	return slip
}
