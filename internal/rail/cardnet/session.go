package cardnet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// Network management codes (F70).
const (
	signOn   = "001"
	signOff  = "002"
	newKeys  = "101"
	cutBegin = "201"
	cutEnd   = "202"
	echo     = "301"
)

const (
	oldKeyFor   = 60 * time.Second // how long answers may be under a key that was replaced
	remedyPause = 10 * time.Second // between two remedies for MACs that do not fit
	choresMax   = 64
)

var errNoAnswer = errors.New("no answer")

// keyring is the working keys in use, wrapped. It is replaced and never changed.
type keyring struct {
	pin, mac []byte
	also     []alsoKey // MAC keys that answers may be under beside mac
}

// alsoKey is a replaced MAC key, or one that is about to be used.
type alsoKey struct {
	mac   []byte
	until time.Time
}

// with returns the ring with one more key that answers may be under; those past their time are left out.
func (k *keyring) with(mac []byte, now time.Time) *keyring {
	next := &keyring{}
	if k != nil {
		*next = *k
		next.also = slices.DeleteFunc(slices.Clone(k.also), func(a alsoKey) bool { return now.After(a.until) })
	}
	if len(mac) > 0 {
		next.also = append(next.also, alsoKey{mac: mac, until: now.Add(oldKeyFor)})
	}
	return next
}

// usable tells whether requests can be sent under the ring.
func (k *keyring) usable() bool { return k != nil && len(k.mac) > 0 && len(k.pin) > 0 }

// verified tells whether the MAC of an answer is right under any key that is good now.
func (r *Rail) verified(data, mac []byte) bool {
	k := r.ring.Load()
	if k == nil {
		return false
	}
	if len(k.mac) > 0 && r.Keys.VerifyNetworkMAC(k.mac, data, mac) == nil {
		return true
	}
	now := r.Now()
	for _, other := range k.also {
		if !now.After(other.until) && r.Keys.VerifyNetworkMAC(other.mac, data, mac) == nil {
			return true
		}
	}
	return false
}

// accept lets answers be under one more MAC key from now on.
func (r *Rail) accept(mac []byte) {
	for {
		before := r.ring.Load()
		if r.ring.CompareAndSwap(before, before.with(mac, r.Now())) {
			return
		}
	}
}

// adopt makes the keys of a session those in use.
func (r *Rail) adopt(s payment.RailSession) {
	for {
		before := r.ring.Load()
		var replaced []byte
		if before != nil {
			replaced = before.mac
		}
		next := before.with(replaced, r.Now())
		next.pin, next.mac = s.PINKey, s.MACKey
		if r.ring.CompareAndSwap(before, next) {
			return
		}
	}
}

// change saves a changed session and makes it the present one. It is called by one goroutine at a time.
func (r *Rail) change(ctx context.Context, with func(*payment.RailSession)) error {
	r.sessionMu.Lock()
	defer r.sessionMu.Unlock()
	next := r.session
	with(&next)
	next.Rail, next.UpdatedAt = payment.CardNet, calendar.At(r.Now())
	if err := r.Sessions.Save(ctx, next); err != nil {
		return fmt.Errorf("save the session with the network: %w", err)
	}
	r.session = next
	r.clearing.Store(int32(next.ClearingDate))
	return nil
}

// load takes over a session from the store when it is newer than ours, and tells whether it was.
func (r *Rail) load(ctx context.Context) (bool, error) {
	r.sessionMu.Lock()
	defer r.sessionMu.Unlock()
	s, err := r.Sessions.Load(ctx)
	if err != nil {
		return false, fmt.Errorf("load the session with the network: %w", err)
	}
	if s.Version <= r.session.Version {
		return false, nil
	}
	r.session = s
	r.clearing.Store(int32(s.ClearingDate))
	r.adopt(s)
	return true, nil
}

// turn takes over the clearing date that the network gave. A date never goes back.
func (r *Rail) turn(ctx context.Context, date calendar.Date) error {
	if date <= r.ClearingDate() {
		return nil
	}
	return r.change(ctx, func(s *payment.RailSession) { s.ClearingDate = date })
}

// dateOf returns the full clearing date of F15, or zero when it is none.
func (r *Rail) dateOf(f15 string) calendar.Date {
	present := r.ClearingDate()
	if len(f15) == 4 && present != 0 && digits(f15) {
		var day [4]byte
		putNumber(day[:], int64(present)%10000)
		if string(day[:]) == f15 {
			return present
		}
	}
	date, err := calendar.Nearest(f15, calendar.DateOf(r.Now().In(calendar.Shanghai)))
	if err != nil {
		return 0
	}
	return date
}

// managed handles a network message. What needs the store is done off the reader, in order.
func (r *Rail) managed(l *link, m *iso8583.Message) {
	reply := replyTo(m)
	switch m.Get(70) {
	case echo:
		l.put(frameOf(reply, codeApproved), nil)
	case newKeys:
		pin, mac, err := r.Keys.ImportNetworkKeys(r.MasterKey, m.Get(48))
		if err != nil {
			r.Logger.Error("the network's new keys were refused", "error", err)
			l.put(frameOf(reply, codeFault), nil)
			return
		}
		r.accept(mac) // the network may use them as soon as it sent them
		r.chore(l, func(ctx context.Context) { r.rekey(ctx, l, reply, pin, mac) })
	case cutBegin, cutEnd:
		date := r.dateOf(m.Get(15))
		r.chore(l, func(ctx context.Context) {
			code := codeApproved
			if err := r.turn(ctx, date); err != nil {
				r.Logger.Error("the network's new clearing date was not saved", "error", err)
				code = codeFault
			}
			l.put(frameOf(reply, code), nil)
		})
	default:
		l.put(frameOf(reply, "40"), nil) // unsupported
	}
}

// rekey saves new keys, answers and uses them. The answer is queued first, so that nothing under the new
// keys overtakes it.
func (r *Rail) rekey(ctx context.Context, l *link, reply *iso8583.Message, pin, mac []byte) {
	var now payment.RailSession
	err := r.change(ctx, func(s *payment.RailSession) {
		s.PINKey, s.MACKey = pin, mac
		s.Version++
		now = *s
	})
	if err != nil {
		r.Logger.Error("the network's new keys were not saved", "error", err)
		l.put(frameOf(reply, codeFault), nil)
		return
	}
	l.put(frameOf(reply, codeApproved), nil)
	r.adopt(now)
	select {
	case l.keyed <- struct{}{}:
	default: // nobody waits for them
	}
}

// replyTo returns the answer to a network message, still without a code.
func replyTo(m *iso8583.Message) *iso8583.Message {
	reply := new(iso8583.Message)
	reply.SetMTI("0830")
	reply.CopyFrom(m, 7, 11, 15, 33, 70)
	return reply
}

// frameOf returns the frame of a network message with its code. What it echoes was read under the same
// table, so it packs.
func frameOf(m *iso8583.Message, code string) []byte {
	m.Set(39, code)
	body, err := iso8583.Network.Append(nil, m)
	if err != nil {
		panic(err)
	}
	return iso8583.AppendNetworkFrame(nil, body)
}

// chore hands work to the one goroutine that does it in order.
func (r *Rail) chore(l *link, do func(ctx context.Context)) {
	select {
	case r.chores <- do:
	case <-l.done:
	}
}

// doChores works until the rail ends.
func (r *Rail) doChores(ctx context.Context) {
	for {
		select {
		case do := <-r.chores:
			do(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// ask sends a network message and waits for its answer.
func (r *Rail) ask(ctx context.Context, l *link, code string) (payment.Answer, error) {
	var m iso8583.Message
	m.SetMTI("0820")
	m.Set(7, r.Now().In(calendar.Shanghai).Format("0102150405"))
	setNumber(&m, 11, 6, int64(r.number.Add(1)%999_999)+1)
	m.Set(33, r.Forwarder)
	m.Set(70, code)
	body, err := iso8583.Network.Append(nil, &m)
	if err != nil {
		return payment.Answer{}, err
	}
	c, _ := r.calls.begin(l, &m, "", min(r.Timeout, manageMax))
	if c == nil {
		return payment.Answer{}, errNoAnswer
	}
	defer r.calls.end(c)
	if !l.put(iso8583.AppendNetworkFrame(nil, body), c) {
		r.calls.unsent(c)
		return payment.Answer{}, errFailed
	}
	a := r.await(ctx, c)
	if a.Outcome != payment.Yes {
		return a, fmt.Errorf("%w to network message %s (code %q)", errNoAnswer, code, a.RailCode)
	}
	return a, nil
}

// signOn begins the session of a connection: sign-on, then working keys. A network that sends none goes on
// under those it gave before.
func (r *Rail) signOn(ctx context.Context, l *link) error {
	a, err := r.ask(ctx, l, signOn)
	if err != nil {
		return err
	}
	if err := r.turn(ctx, a.ClearingDate); err != nil {
		return err
	}
	timer := time.NewTimer(min(r.Timeout, manageMax))
	defer timer.Stop()
	select {
	case <-l.keyed:
	case <-l.done:
		return errFailed
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		if !r.ring.Load().usable() {
			return errors.New("the network sent no keys after the sign-on")
		}
	}
	return nil
}

// mend looks for the cause of MACs that do not fit: another process may hold newer keys; else the network
// is asked for new ones.
func (r *Rail) mend(l *link) {
	now := r.Now().UnixNano()
	last := r.mended.Load()
	if now-last < int64(remedyPause) || !r.mended.CompareAndSwap(last, now) {
		return
	}
	r.Logger.Warn("MACs do not fit: looking for newer keys")
	r.chore(l, func(ctx context.Context) {
		newer, err := r.load(ctx)
		if err == nil && !newer {
			_, err = r.ask(ctx, l, signOn)
		}
		if err != nil {
			r.Logger.Error("no newer keys", "error", err)
		}
	})
}
