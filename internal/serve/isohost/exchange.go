package isohost

import (
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// session is what the host last saw of a terminal.
type session struct {
	terminal terminal.Terminal
	merchant merchant.Merchant
	group    terminal.Group
	looked   time.Time
}

// sessionAge is for how long the host goes by what it last saw. What counts is held against the rows by
// every step; what only describes, such as what a terminal is to download, may be this old.
const sessionAge = 30 * time.Second

// exchange is one request and its answer.
type exchange struct {
	host    *Host
	profile *profile
	from    net.Addr
	began   time.Time // when the request was there whole
	frame   iso8583.Frame
	in, out iso8583.Message
	session session
	control iso8583.F60
	// requirement is digit 6 of the answer's header: what the terminal should do next.
	requirement byte
	signed      bool // the answer carries a MAC
}

// answer works on one frame and returns the answer's bytes with their length, nil when there is none.
func (h *Host) answer(ctx context.Context, raw []byte, from net.Addr) []byte {
	started := time.Now()
	x := &exchange{host: h, profile: profiles[terminal.ProfileCUP], from: from, began: started}
	frame, err := iso8583.ParseFrame(raw)
	if err != nil {
		h.Meter.Refused.WithLabelValues("frame").Inc()
		return nil
	}
	x.frame = frame
	if err := x.unpack(ctx); err != nil {
		return x.malformed(err)
	}
	mti := x.in.MTI()
	if iso8583.AnswerMTI(mti) == "" {
		h.Meter.Refused.WithLabelValues("answer").Inc()
		return nil // not a request, or none that has an answer
	}
	err = x.work(ctx)
	if err != nil {
		code := codeOf(err)
		if (code == codeSystem || code == codeUnanswered) && fault.KindOf(err) != fault.Unavailable {
			h.Logger.Error("terminal request", "mti", mti, "terminal", x.in.Get(41), "error", err)
		}
		if errors.Is(err, errSilence) {
			return nil
		}
		if code == codeMAC {
			h.Meter.Refused.WithLabelValues("mac").Inc()
		}
		x.refuse(code)
	}
	out := x.pack()
	label := mti
	if handlers[mti] == nil {
		label = "other" // strangers choose message types; they do not choose how many series we keep
	}
	h.Meter.Took.WithLabelValues(label).Observe(time.Since(started).Seconds())
	h.Meter.Answers.WithLabelValues(label, x.out.Get(39)).Inc()
	h.presence.notice(x, from, started)
	return out
}

// errSilence ends a request that gets no answer: the first of two equal requests is still at work and
// answers for both.
var errSilence = errors.New("no answer")

// malformed answers a message that the codec refuses with code 30, when it says who it is from.
func (x *exchange) malformed(err error) []byte {
	x.host.Meter.Refused.WithLabelValues("format").Inc()
	var where *iso8583.Error
	if errors.As(err, &where) {
		x.host.Logger.Info("malformed terminal message", "field", where.Field, "offset", where.Offset, "reason", where.Reason)
	}
	if handlers[x.in.MTI()] == nil || !x.in.Has(11) || !x.in.Has(41) {
		return nil
	}
	x.refuse(codeFormat)
	x.host.Meter.Answers.WithLabelValues(x.in.MTI(), codeFormat).Inc()
	return x.pack()
}

// refuse makes the answer one that says no: the fields that let the terminal match it, and the code.
func (x *exchange) refuse(code string) {
	x.out.Reset()
	x.out.SetMTI(iso8583.AnswerMTI(x.in.MTI()))
	x.out.CopyFrom(&x.in, 3, 4, 11, 25, 41, 42, 49, 60)
	x.stamp(x.host.Now())
	x.out.Set(32, x.host.Acquirer)
	x.out.Set(39, code)
	if code == codeMAC || code == codeBatch {
		x.requirement = requireSignIn
	}
	x.signed = x.signed && code != codeMAC
}

// stamp sets fields 12 and 13: a terminal's clock decides nothing, the host's goes into the answer.
func (x *exchange) stamp(t time.Time) {
	t = t.In(x.host.Zone)
	x.out.Set(12, t.Format("150405"))
	x.out.Set(13, t.Format("0102"))
}

// pack writes the answer, with its MAC where it is signed.
func (x *exchange) pack() []byte {
	if x.signed {
		x.out.SetBytes(64, make([]byte, 8))
	}
	frame := x.frame.Reply(x.require())
	body, err := x.profile.spec.Append(make([]byte, 0, 512), &x.out)
	if err != nil {
		x.host.Logger.Error("pack an answer", "mti", x.out.MTI(), "error", err)
		return nil
	}
	if x.signed {
		mac, err := x.host.Keys.MAC(x.session.terminal.Keys.MAC, x.profile.method, body[:len(body)-8])
		if err != nil {
			x.host.Logger.Error("sign an answer", "error", err)
			return nil
		}
		copy(body[len(body)-8:], mac[:])
	}
	frame.Body = body
	return iso8583.AppendFrame(make([]byte, 0, len(body)+13), frame)
}

// handler works on one kind of message.
type handler struct {
	// authentic messages must carry a good MAC; daily ones need a sign-in that is not too old.
	authentic, daily bool
	work             func(*exchange, context.Context) error
}

// handlers says who works on which message type.
var handlers = map[string]*handler{
	"0100": {authentic: true, daily: true, work: (*exchange).financial},
	"0200": {authentic: true, daily: true, work: (*exchange).financial},
	"0220": {authentic: true, work: (*exchange).financial},
	"0400": {authentic: true, work: (*exchange).reverse},
	"0620": {authentic: true, work: (*exchange).script},
	"0320": {work: (*exchange).upload},
	"0500": {work: (*exchange).settle},
	"0800": {work: (*exchange).manage},
	"0820": {work: (*exchange).manage},
}

// work takes a message through its gates, in order, to its handler.
func (x *exchange) work(ctx context.Context) error {
	h := handlers[x.in.MTI()]
	if h == nil {
		return errUnsupported
	}
	if !x.in.Has(41) || !x.in.Has(42) || !x.in.Has(60) {
		return errFormat
	}
	var err error
	if x.control, err = iso8583.ParseF60(x.in.Get(60)); err != nil {
		return errFormat.Because(err)
	}
	if !x.in.Has(11) && !x.isEcho() {
		return errFormat
	}
	if err := x.identify(ctx, false); err != nil {
		return err
	}
	if h.authentic {
		if err := x.authenticate(ctx); err != nil {
			return err
		}
	}
	if h.daily && x.staleSince() > x.host.SignInGrace {
		return terminal.ErrSignIn
	}
	err = h.work(x, ctx)
	if errors.Is(err, terminal.ErrStale) {
		// The terminal signed in or closed its batch at another node: look again, once, from the MAC on.
		if err := x.identify(ctx, true); err != nil {
			return err
		}
		if h.authentic {
			if err := x.verify(); err != nil {
				return errMAC.Because(err)
			}
		}
		err = h.work(x, ctx)
	}
	return err
}

// identify finds the terminal and holds its merchant number against the message.
func (x *exchange) identify(ctx context.Context, fresh bool) error {
	number := x.in.Get(41)
	known, ok := x.host.seen.Load(number)
	if ok && !fresh && time.Since(known.(session).looked) < sessionAge {
		if err := x.adopt(known.(session)); err != nil {
			return err
		}
	} else if err := x.look(ctx, number); err != nil {
		return err
	}
	if strings.TrimRight(x.in.Get(42), " ") != x.session.merchant.Number {
		return errMerchant
	}
	return nil
}

func (x *exchange) look(ctx context.Context, number string) error {
	t, m, err := x.host.Terminals.Find(ctx, number)
	if err != nil {
		return err
	}
	g, err := x.host.Terminals.Group(ctx, t)
	if err != nil {
		return err
	}
	return x.adopt(x.keep(t, m, g))
}

// keep remembers what was last seen of a terminal.
func (x *exchange) keep(t terminal.Terminal, m merchant.Merchant, g terminal.Group) session {
	x.session = session{t, m, g, time.Now()}
	x.host.seen.Store(t.Number, x.session)
	return x.session
}

// authenticate checks the message's MAC. When it does not fit the remembered keys, or the batch is not the
// remembered one, the terminal may have signed in or closed its batch at another node: it looks again.
func (x *exchange) authenticate(ctx context.Context) error {
	err := x.verify()
	if err != nil || x.control.Batch != sixDigits(x.session.terminal.BatchNumber) {
		if err := x.identify(ctx, true); err != nil {
			return err
		}
		err = x.verify()
	}
	if err != nil {
		return errMAC.Because(err)
	}
	x.signed = true
	return nil
}

func (x *exchange) verify() error {
	input := iso8583.MACInput(x.frame.Body, x.profile.spec)
	if input == nil || len(x.session.terminal.Keys.MAC) == 0 {
		return errMAC
	}
	return x.host.Keys.VerifyMAC(x.session.terminal.Keys.MAC, x.profile.method, input, x.in.Bytes(64))
}

// origin says where the request came from.
func (x *exchange) origin() (payment.Origin, error) {
	trace, err := number(x.in.Get(11))
	if err != nil || trace == 0 {
		return payment.Origin{}, errFormat
	}
	batch, err := number(x.control.Batch)
	if err != nil {
		return payment.Origin{}, errFormat
	}
	body := x.frame.Body
	if input := iso8583.MACInput(body, x.profile.spec); input != nil {
		body = input
	}
	digest := sha256.Sum256(body)
	return payment.Origin{
		Terminal: x.session.terminal, Merchant: x.session.merchant, BatchNumber: batch, Trace: trace,
		Cashier: strings.TrimSpace(x.operator()), Digest: digest[:16],
	}, nil
}

// noOperator is what field 63 of a refund carries in the operator's place: all card organizations.
const noOperator = "000"

// operator reads the cashier from field 63 of a request, "01 ".
func (x *exchange) operator() string {
	v := strings.TrimSpace(x.in.Get(63))
	if len(v) > 3 || v == noOperator || strings.ContainsFunc(v, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return v
}

func number(digits string) (int, error) { return strconv.Atoi(digits) }
