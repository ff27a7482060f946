package cardnet

import (
	"errors"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	stampLen    = 10 // F7, MMDDhhmmss
	nameLen     = 40 // F43, bytes
	macLen      = 8
	processSale = "000000" // F3
	processBack = "200000" // F3 of what gives money back
	pinMax      = "12"     // F26
	pinControl  = "2600000000000000"
	conditional = "00" // F25: a normal presentment
)

var (
	errKind     = errors.New("cardnet: the network has no message for this kind of operation")
	errStamp    = errors.New("cardnet: the attempt has no time stamp of ten digits")
	errCard     = errors.New("cardnet: the request has no card number")
	errOriginal = errors.New("cardnet: the request does not say what it is about")
)

// workspace is what a request is built in.
type workspace struct {
	message iso8583.Message
	frame   []byte
}

// erase forgets the card data of the last request.
func (w *workspace) erase() {
	w.message.Reset()
	clear(w.frame)
}

// pack builds the frame of a request under the keys of a session.
func (r *Rail) pack(w *workspace, q *payment.Request, keys *keyring) error {
	w.message.Reset()
	if err := r.fill(&w.message, q, keys); err != nil {
		return err
	}
	var none [macLen]byte
	w.message.SetBytes(128, none[:])
	var err error
	w.frame, err = iso8583.Network.Append(append(w.frame[:0], "0000"...), &w.message)
	if err != nil {
		return err
	}
	body := w.frame[iso8583.NetworkHeader:]
	mac, err := r.Keys.NetworkMAC(keys.mac, iso8583.MACInput(body, iso8583.Network))
	if err != nil {
		return err
	}
	copy(body[len(body)-macLen:], mac[:])
	putNumber(w.frame[:iso8583.NetworkHeader], int64(len(body)))
	return nil
}

// fill sets the fields of a request. All that a repeat must carry unchanged comes from the records.
func (r *Rail) fill(m *iso8583.Message, q *payment.Request, keys *keyring) error {
	op, rrn := q.Operation, q.Operation.RRN
	stamp := q.Attempt.Stamp
	switch {
	case len(stamp) != stampLen:
		return errStamp
	case q.Card.PAN.IsZero():
		return errCard
	}
	entry := entryCode(q.Payment.EntryMode)
	switch op.Kind {
	case payment.SaleOp:
		m.SetMTI("0200")
		m.Set(3, processSale)
		entry = q.Card.EntryMode
		setIf(m, 14, q.Card.Expiry)
		if n := q.Card.SequenceNumber; n != "" {
			m.Set(23, "000"[:max(0, 3-len(n))]+n)
		}
		if len(q.Card.Chip) > 0 {
			m.SetBytes(55, q.Card.Chip)
		}
	case payment.VoidOp:
		m.SetMTI("0200")
		m.Set(3, processBack)
		if q.Card.EntryMode != "" {
			entry = q.Card.EntryMode
		}
		if q.OriginalOperation != nil {
			setIf(m, 38, q.OriginalOperation.AuthCode)
		}
	case payment.RefundOp:
		m.SetMTI(repeatable(q.Attempt, "0220", "0221"))
		m.Set(3, processBack)
	case payment.ReversalOp:
		m.SetMTI(repeatable(q.Attempt, "0420", "0421"))
		m.Set(39, reason(op.Reason))
		if q.OriginalOperation == nil {
			return errOriginal
		}
		rrn = q.OriginalOperation.RRN
		m.Set(3, processSale)
		if q.OriginalOperation.Kind != payment.SaleOp {
			m.Set(3, processBack)
		}
	default:
		return errKind
	}
	if op.Kind != payment.SaleOp {
		if err := r.setOriginal(m, q); err != nil {
			return err
		}
	}
	if op.Kind == payment.SaleOp || op.Kind == payment.VoidOp {
		setIf(m, 35, q.Card.Track2)
		if err := r.setPIN(m, q, keys); err != nil {
			return err
		}
	}
	if op.Kind != payment.ReversalOp {
		m.Set(12, stamp[4:])
		m.Set(13, stamp[:4])
		m.Set(18, q.Category)
	}
	m.Set(2, q.Card.PAN.Reveal())
	setNumber(m, 4, 12, op.AmountFen)
	m.Set(7, stamp)
	setNumber(m, 11, 6, int64(q.Attempt.Number))
	m.Set(22, entry)
	m.Set(25, conditional)
	m.Set(32, r.Acquirer)
	m.Set(33, r.Forwarder)
	m.Set(37, rrn)
	m.Set(41, q.TerminalNumber)
	m.Set(42, q.MerchantNumber)
	m.SetBytes(43, iso8583.Name(q.MerchantName, nameLen))
	setNumber(m, 49, 3, int64(op.Currency))
	return nil
}

// repeatable returns the type of an advice: its first sending or a repeat.
func repeatable(a payment.Attempt, first, repeat string) string {
	if a.Tries > 1 {
		return repeat
	}
	return first
}

// setOriginal sets F90, the key of what the request is about.
func (r *Rail) setOriginal(m *iso8583.Message, q *payment.Request) error {
	if q.Original == nil || q.OriginalOperation == nil {
		return errOriginal
	}
	mti := "0200"
	if q.OriginalOperation.Kind == payment.RefundOp {
		mti = "0220"
	}
	m.Set(90, iso8583.F90{
		MTI: mti, Trace: fmt.Sprintf("%06d", q.Original.Number), Transmitted: q.Original.Stamp,
		Acquirer: r.Acquirer, Forwarder: r.Forwarder,
	}.String())
	return nil
}

// setPIN translates the PIN, if one was entered.
func (r *Rail) setPIN(m *iso8583.Message, q *payment.Request, keys *keyring) error {
	if q.Card.PIN == nil {
		return nil
	}
	block, err := r.Keys.TranslatePIN(*q.Card.PIN, q.Card.PAN, keys.pin)
	if err != nil {
		return err
	}
	m.Set(26, pinMax)
	m.SetBytes(52, block)
	m.Set(53, pinControl)
	return nil
}

func setIf(m *iso8583.Message, field int, value string) {
	if value != "" {
		m.Set(field, value)
	}
}

// setNumber sets a field to n in width digits. A number that does not fit is refused when packing.
func setNumber(m *iso8583.Message, field, width int, n int64) {
	var text [12]byte
	if !putNumber(text[:width], n) {
		m.SetBytes(field, nil)
		return
	}
	m.SetBytes(field, text[:width])
}

// putNumber writes n in digits with zeros before it and tells whether it fits.
func putNumber(dst []byte, n int64) bool {
	if n < 0 {
		return false
	}
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return n == 0
}

// entryCode returns F22 of a card that is not presented again, as it was when the payment began.
func entryCode(e card.Entry) string {
	switch e {
	case card.Swipe:
		return "020"
	case card.Insert:
		return "050"
	case card.Tap:
		return "070"
	case card.Manual:
		return "010"
	}
	return "000"
}
