package cardnet

import (
	"errors"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	stampLen   = 10 // F7, MMDDhhmmss
	nameLen    = 40 // F43, bytes
	macLen     = 8
	pinMax     = "12" // F26
	pinControl = "2600000000000000"
	partTaken  = "1" // F60: part of the amount is accepted
)

var (
	errKind     = errors.New("cardnet: the network has no message for this kind of operation")
	errStamp    = errors.New("cardnet: the attempt has no time stamp of ten digits")
	errCard     = errors.New("cardnet: the request has no card number")
	errReversal = errors.New("cardnet: an inquiry and an advice have no reversal")
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
	stamp := q.Attempt.Stamp
	switch {
	case len(stamp) != stampLen:
		return errStamp
	case q.Card.PAN.IsZero():
		return errCard
	}
	f, err := formOf(q)
	if err != nil {
		return err
	}
	m.SetMTI(f.mti)
	if q.Attempt.Tries > 1 {
		m.SetMTI(f.again())
	}
	m.Set(2, q.Card.PAN.Reveal())
	m.Set(3, f.processing)
	if f.amount {
		setNumber(m, 4, 12, q.Operation.AmountFen)
	}
	m.Set(7, stamp)
	setNumber(m, 11, 6, int64(q.Attempt.Number))
	m.Set(22, entryCode(q.Payment.EntryMode))
	m.Set(25, f.condition)
	m.Set(32, r.Acquirer)
	m.Set(33, r.Forwarder)
	m.Set(37, q.Operation.RRN)
	m.Set(41, q.TerminalNumber)
	m.Set(42, q.MerchantNumber)
	m.SetBytes(43, iso8583.Name(q.MerchantName, nameLen))
	setNumber(m, 49, 3, int64(q.Operation.Currency))
	if f.part && q.Partial {
		m.Set(60, partTaken)
	}
	if f.about {
		if err := r.setOriginal(m, q); err != nil {
			return err
		}
	}
	if f.code {
		setIf(m, 38, q.OriginalOperation.AuthCode)
	}
	if f.card {
		if err := r.setCard(m, q, keys); err != nil {
			return err
		}
	}
	switch q.Operation.Kind {
	case payment.ReversalOp:
		m.Set(37, q.OriginalOperation.RRN)
		m.Set(39, reason(q.Operation.Reason))
		return nil
	case payment.OfflineOp:
		setIf(m, 38, q.Operation.AuthCode)
	case payment.ScriptOp:
		m.SetBytes(55, firstOf(q.Operation.ChipRequest, q.Card.Chip))
	}
	m.Set(12, stamp[4:])
	m.Set(13, stamp[:4])
	m.Set(18, q.Category)
	return nil
}

// firstOf returns the first of two values that is not empty. A stored one comes first: a repeat has no
// other.
func firstOf(stored, presented []byte) []byte {
	if len(stored) > 0 {
		return stored
	}
	return presented
}

// setOriginal sets F90, the key of what the request is about.
func (r *Rail) setOriginal(m *iso8583.Message, q *payment.Request) error {
	if q.Original == nil || q.OriginalOperation == nil {
		return errOriginal
	}
	f, known := ownForm(q.OriginalOperation)
	if !known {
		return errKind
	}
	m.Set(90, iso8583.F90{
		MTI: f.mti, Trace: fmt.Sprintf("%06d", q.Original.Number), Transmitted: q.Original.Stamp,
		Acquirer: r.Acquirer, Forwarder: r.Forwarder,
	}.String())
	return nil
}

// setCard sets what was presented of a card. Where the card is not presented again, the entry mode stays
// that of the payment.
func (r *Rail) setCard(m *iso8583.Message, q *payment.Request, keys *keyring) error {
	setIf(m, 14, q.Card.Expiry)
	setIf(m, 22, q.Card.EntryMode)
	if n := q.Card.SequenceNumber; n != "" {
		m.Set(23, "000"[:max(0, 3-len(n))]+n)
	}
	setIf(m, 35, q.Card.Track2)
	if len(q.Card.Chip) > 0 {
		m.SetBytes(55, q.Card.Chip)
	}
	return r.setPIN(m, q, keys)
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
