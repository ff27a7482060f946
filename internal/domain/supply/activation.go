package supply

import (
	"context"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// ActivationTable is where activation codes lie.
const ActivationTable step.Table = "terminal_activation"

// activationEntry is the kind of directory entry that leads from the index of a code to its terminal.
const activationEntry = "activation"

const (
	codeLife  = 7 * 24 * time.Hour
	codeLen   = 12
	wrongMax  = 10               // wrong serial numbers before a code is worth nothing
	againLife = 10 * time.Minute // for how long the answer to an activation may be asked for again
)

// ActivationCode is the last code that was made for a terminal. Its digits are not stored.
type ActivationCode struct {
	Terminal string
	Bucket   id.Bucket
	Index    string // of the digits; "" when the code is worth nothing any more
	Wrong    int64  // serial numbers that did not fit
	By       string
	At       calendar.Instant
	UsedAt   calendar.Instant
}

// Key returns the row's key.
func (a ActivationCode) Key() step.Key { return ActivationKey(a.Terminal) }

// ActivationKey names the code of a terminal.
func ActivationKey(terminal string) step.Key {
	return step.Key{Table: ActivationTable, Bucket: id.MustBucket(terminal), ID: terminal}
}

// Refusals of activations. A code that is not known, is over or does not fit the hardware has one answer, so that nobody learns
// which codes there are.
var (
	ErrCode      = fault.New(fault.Forbidden, "activation_code_invalid", "the code does not fit this terminal, was used or is over: look at it again, or ask for another in the portal")
	ErrCodeState = fault.New(fault.Conflict, "activation_not_due", "the terminal is not waiting to be activated")
)

// Connection is what an activated terminal must know, as the card to type into the device shows it.
type Connection struct {
	Terminal       string // id
	TerminalNumber string // ISO 8583 DE 41
	MerchantNumber string // ISO 8583 DE 42
	MerchantName   string
	Acquirer       string
	Profile        string
	Network
}

// IssueCode makes an activation code for a terminal that waits for its activation, and returns it for the only time. A
// code that was made before is worth nothing any more.
func (s *Service) IssueCode(ctx context.Context, terminalID, by string) (code string, until calendar.Instant, err error) {
	if code, err = s.newCode(); err != nil {
		return "", 0, err
	}
	index, err := s.vault.IndexData(activationEntry, code)
	if err != nil {
		return "", 0, err
	}
	now := calendar.At(s.now())
	row := ActivationCode{Terminal: terminalID, Bucket: id.MustBucket(terminalID), Index: index, By: by, At: now}
	entry := directory.Entry{Kind: activationEntry, Name: index, Target: terminalID}
	if err := s.gate.Do(ctx, step.Step{
		Name: "activation.reserve", Class: step.Staff, Keys: []step.Key{entry.Key()},
		Run: func(v step.View) error { return directory.Reserve(v, entry) },
	}); err != nil {
		return "", 0, err
	}
	trail := s.ids.New("aud_", row.Bucket)
	err = s.gate.Do(ctx, step.Step{
		Name: "activation.issue", Class: step.Staff, Keys: []step.Key{row.Key(), terminal.Key(terminalID)},
		Run: func(v step.View) error {
			t, err := step.Must[terminal.Terminal](v, terminal.Key(terminalID), terminal.ErrNotFound)
			if err != nil {
				return err
			}
			if t.State != terminal.Prepared || t.Unit == "" {
				return ErrCodeState
			}
			if _, err := v.Get(row.Key()); err != nil {
				return err
			}
			v.Put(row)
			v.Put(audit.Record{ID: trail, Bucket: row.Bucket, Merchant: t.Merchant, At: now, Actor: by, Action: "activation.issued", Subject: terminalID})
			return nil
		},
	})
	return code, now.Add(codeLife), err
}

// newCode returns eleven digits by chance and the check digit of ISO/IEC 7812-1, so that a slip of the finger is told from a wrong code.
func (s *Service) newCode() (string, error) {
	n, err := s.chance()
	if err != nil {
		return "", err
	}
	digits := fmt.Sprintf("%011d", n%100_000_000_000)
	return digits + string(checkDigit(digits)), nil
}

func checkDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// ErrCodeForm is the refusal of digits that cannot be a code.
var ErrCodeForm = fault.New(fault.Invalid, "activation_code_malformed", "an activation code has twelve digits, the last of which checks the others: look at it again")

// Activate binds the hardware that shows a serial number to the terminal that a code was made for, and returns what it must know to
// connect. The same code from the same hardware gets the same answer for ten minutes, since the first may have been lost.
func (s *Service) Activate(ctx context.Context, code, serial string) (Connection, error) {
	if len(code) != codeLen || !digitsOnly(code) || checkDigit(code[:codeLen-1]) != code[codeLen-1] {
		return Connection{}, ErrCodeForm
	}
	serial, err := ParseSerial(serial)
	if err != nil {
		return Connection{}, err
	}
	index, err := s.vault.IndexData(activationEntry, code)
	if err != nil {
		return Connection{}, err
	}
	entry, found, err := step.Read[directory.Entry](ctx, s.store, directory.Key(activationEntry, index))
	if err != nil || !found {
		return Connection{}, orRefusal(err, ErrCode)
	}
	row, found, err := step.Read[ActivationCode](ctx, s.store, ActivationKey(entry.Target))
	if err != nil || !found || row.Index != index {
		return Connection{}, orRefusal(err, ErrCode)
	}
	t, found, err := step.Read[terminal.Terminal](ctx, s.store, terminal.Key(entry.Target))
	if err != nil || !found {
		return Connection{}, orRefusal(err, ErrCode)
	}
	now := calendar.At(s.now())
	if row.UsedAt != 0 {
		if t.State == terminal.Active && t.Serial == serial && now.Sub(row.UsedAt) < againLife {
			return s.Connection(ctx, t)
		}
		return Connection{}, ErrCode
	}
	u, err := s.Unit(ctx, t.Unit)
	switch {
	case err != nil:
		return Connection{}, err
	case now.Sub(row.At) > codeLife:
		return Connection{}, ErrCode
	case u.Serial != serial:
		return Connection{}, s.wrong(ctx, row)
	}
	return s.start(ctx, t, u, row)
}

// start carries an activation out, in an order in which each commit may be the last for a while.
func (s *Service) start(ctx context.Context, t terminal.Terminal, u Unit, row ActivationCode) (Connection, error) {
	by := "terminal:" + t.Number
	facts, err := s.registrar.Facts(ctx, t.Merchant, t.Store)
	if err != nil {
		return Connection{}, err
	}
	if u.State != InUse {
		if _, err := s.changeUnit(ctx, u.ID, Start, "", by, func(*Unit) {}); err != nil {
			return Connection{}, err
		}
	}
	if t.State == terminal.Prepared {
		if t, _, err = s.terminals.Bind(ctx, t, u.Serial, s.acquirer, facts, by); err != nil {
			return Connection{}, err
		}
	}
	err = s.gate.Do(ctx, step.Step{
		Name: "activation.use", Class: step.Staff, Keys: []step.Key{row.Key()},
		Run: func(v step.View) error {
			now, err := step.Must[ActivationCode](v, row.Key(), ErrCode)
			if err != nil || now.Index != row.Index || now.UsedAt != 0 {
				return err
			}
			now.UsedAt = calendar.At(s.now())
			v.Put(now)
			return nil
		},
	})
	if err != nil {
		return Connection{}, err
	}
	return s.Connection(ctx, t)
}

// wrong counts a serial number that did not fit and makes the code worthless when there were too many.
func (s *Service) wrong(ctx context.Context, row ActivationCode) error {
	err := s.gate.Do(ctx, step.Step{
		Name: "activation.wrong", Class: step.Staff, Keys: []step.Key{row.Key()},
		Run: func(v step.View) error {
			now, err := step.Must[ActivationCode](v, row.Key(), ErrCode)
			if err != nil {
				return err
			}
			if now.Wrong++; now.Wrong >= wrongMax {
				now.Index = ""
			}
			v.Put(now)
			return nil
		},
	})
	return orRefusal(err, ErrCode)
}

// Connection returns what a terminal must know to connect. Before its activation that is what the merchant's records say
// now, so that the device can be set up; what it is bound to afterwards is what counts.
func (s *Service) Connection(ctx context.Context, t terminal.Terminal) (Connection, error) {
	b, found, err := step.Read[terminal.Binding](ctx, s.store, terminal.BindingKey(t.ID, t.Binding))
	if err != nil {
		return Connection{}, err
	}
	if !found {
		if t.State != terminal.Prepared {
			return Connection{}, terminal.ErrBinding
		}
		b.Acquirer = s.acquirer
		if b.Facts, err = s.registrar.Facts(ctx, t.Merchant, t.Store); err != nil {
			return Connection{}, err
		}
		if b.MerchantNumber == "" {
			return Connection{}, terminal.ErrNotOpen
		}
	}
	g, err := s.terminals.Group(ctx, t)
	if err != nil {
		return Connection{}, err
	}
	return Connection{
		Terminal: t.ID, TerminalNumber: t.Number, MerchantNumber: b.MerchantNumber, MerchantName: b.MerchantName,
		Acquirer: b.Acquirer, Profile: g.Profile, Network: s.network,
	}, nil
}

func orRefusal(err, refusal error) error {
	if err != nil {
		return err
	}
	return refusal
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Swap gives a terminal other hardware from stock: what it had is called back, and the new unit is activated with a code of its own.
func (s *Service) Swap(ctx context.Context, t terminal.Terminal, serial, note, by string) (terminal.Terminal, error) {
	u, err := s.FindUnit(ctx, serial)
	if err != nil {
		return t, err
	}
	if u.State != Assigned || u.Terminal != t.ID {
		if u, err = s.changeUnit(ctx, u.ID, Assign, note, by, func(u *Unit) { u.Merchant, u.Terminal, u.Order = t.Merchant, t.ID, "" }); err != nil {
			return t, err
		}
	}
	old := t.Unit
	if t.Unit != u.ID {
		if t, err = s.terminals.Replace(ctx, t, u.ID, note, by); err != nil {
			return t, err
		}
	}
	if old != "" && old != u.ID {
		if _, err := s.Move(ctx, old, TakeBack, note, by); err != nil && !isState(err) {
			return t, err
		}
	}
	return t, nil
}
