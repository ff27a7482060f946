package pos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/escpos"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// SignIn fetches the working keys, the clock and the batch from the host (0800, 60.3 = 001, 003 or 004).
func (t *Terminal) SignIn(ctx context.Context) (Outcome, error) {
	if t.Hardware().Tampered && !t.config.Unchecked {
		return Outcome{Kind: SignIn}, ErrTampered
	}
	if t.mem.Fetched != nil { // a fetch was cut off: only the host knows which key it works with
		if _, err := t.confirmTMK(ctx); err != nil {
			return Outcome{Kind: SignIn}, err
		}
	}
	if t.tmk == nil {
		return Outcome{Kind: SignIn}, errNoTMK
	}
	m := t.begin("0800", "00", t.profile.scheme)
	serial := t.config.Serial
	if serial == "" {
		serial = "00000000" + t.mem.Terminal
	}
	m.Set(62, iso8583.SequenceNo{License: "3201", Serial: serial}.String())
	m.Set(63, t.operator())
	o, err := t.manage(ctx, SignIn)
	if err != nil || !o.Approved {
		return o, err
	}
	keys, err := t.openKeys(t.ans.Bytes(62))
	if err != nil {
		return Outcome{}, err
	}
	if t.profile.scheme == "004" && keys.track == nil {
		return Outcome{}, errors.New("the host sent no track key: sign in with key scheme 003")
	}
	t.keys = keys
	t.mem.WorkingKeys = append([]byte(nil), t.ans.Bytes(62)...)
	t.mem.SignedIn, t.mem.SignedInAt = true, t.config.Now()
	if at, ok := answerTime(&t.ans, t.config.Now()); ok {
		t.mem.ClockOffset = at.Sub(t.config.Now()).Truncate(time.Second)
	}
	if f60, err := iso8583.ParseF60(t.ans.Get(60)); err == nil {
		if batch := int(number(f60.Batch)); batch > 0 && batch != t.mem.Batch {
			if err := t.overtaken(); err != nil {
				return Outcome{}, err
			}
			t.mem.Batch = batch
		}
	}
	if name := decodeText(t.ans.Get(43)); name != "" {
		t.mem.MerchantName = name
	}
	o.Batch = six(t.mem.Batch)
	return o, t.save()
}

// openKeys deciphers F62 of a sign-in answer.
func (t *Terminal) openKeys(f62 []byte) (workingKeys, error) {
	wrapped, err := t.profile.working(f62)
	if err != nil {
		return workingKeys{}, err
	}
	var k workingKeys
	for _, key := range []struct {
		name string
		from cardcrypto.Wrapped
		to   **cardcrypto.Key
	}{{"PIN", wrapped.PIN, &k.pin}, {"MAC", wrapped.MAC, &k.mac}, {"track", wrapped.Track, &k.track}} {
		if len(key.from.Cryptogram) == 0 {
			continue
		}
		if *key.to, err = cardcrypto.Unwrap(t.tmk, key.from); err != nil {
			return workingKeys{}, fmt.Errorf("open the %s key under this terminal's master key: %w", key.name, err)
		}
	}
	return k, nil
}

// SignOff ends the session (0820, 60.3 = 002). What is pending goes first.
func (t *Terminal) SignOff(ctx context.Context) (Outcome, error) {
	resolved, err := t.Resolve(ctx)
	if err != nil {
		return Outcome{Kind: SignOff, Resolved: resolved}, err
	}
	t.begin("0820", "00", "002")
	o, err := t.manage(ctx, SignOff)
	o.Resolved = resolved
	if err == nil && o.Approved {
		t.mem.SignedIn = false
		err = t.save()
	}
	return o, err
}

// Echo asks whether the host is there (0820, 60.3 = 301).
func (t *Terminal) Echo(ctx context.Context) (Outcome, error) {
	m := &t.req
	m.Reset()
	m.SetMTI("0820")
	m.Set(41, t.mem.Terminal)
	m.Set(42, t.mem.Merchant)
	m.Set(60, iso8583.F60{Type: "00", Batch: six(t.mem.Batch), Network: "301"}.String())
	return t.manage(ctx, Echo)
}

// manage exchanges the request of a message that moves no money. That nobody answered is an error: there
// is nothing to be uncertain about.
func (t *Terminal) manage(ctx context.Context, kind Kind) (Outcome, error) {
	if err := t.exchange(ctx, &t.req, ""); err != nil {
		return Outcome{}, errors.Join(err, t.save())
	}
	o := t.outcome(kind)
	if err := t.check(&t.req, o.Approved); err != nil {
		return Outcome{}, errors.Join(err, t.save())
	}
	if o.Unknown { // nothing is reversed here, so it is a plain no
		o.Unknown, o.Class = false, ClassFinal
	}
	return o, t.save()
}

// obey signs in again where the code of an answer asks for it.
func (t *Terminal) obey(ctx context.Context, o *Outcome) error {
	if !Explain(o.Code).SignIn {
		return nil
	}
	t.mem.SignedIn = false
	requirement := t.requirement
	in, err := t.SignIn(ctx)
	t.requirement = requirement
	o.SignedInAgain = err == nil && in.Approved
	if !o.SignedInAgain {
		return t.save()
	}
	return nil
}

// answerTime returns F12 and F13 with the year that brings them nearest to now.
func answerTime(m *iso8583.Message, now time.Time) (time.Time, bool) {
	now = now.In(shanghai)
	var best time.Time
	for _, year := range [...]int{now.Year(), now.Year() - 1, now.Year() + 1} {
		at, err := time.ParseInLocation("20060102150405", fmt.Sprintf("%04d", year)+m.Get(13)+m.Get(12), shanghai)
		if err == nil && (best.IsZero() || at.Sub(now).Abs() < best.Sub(now).Abs()) {
			best = at
		}
	}
	return best, !best.IsZero()
}

// decodeText returns text of the host as the terminal's printer reads it: in Chinese mode, which is GBK.
// Nothing in it reaches the printer as a command.
func decodeText(raw string) string {
	clean, ascii := make([]byte, 0, len(raw)), true
	for _, c := range []byte(strings.TrimRight(raw, " ")) {
		if c >= ' ' && c != 0x7F {
			clean, ascii = append(clean, c), ascii && c < 0x80
		}
	}
	if ascii {
		return string(clean)
	}
	var printer escpos.Decoder
	printer.Feed([]byte{0x1C, '&'}) // Chinese mode
	var text strings.Builder
	for _, event := range printer.Feed(clean) {
		if run, ok := event.(escpos.Text); ok {
			text.WriteString(run.Text)
		}
	}
	return text.String()
}
