package terminal

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// BindingTable is where bindings lie.
const BindingTable step.Table = "terminal_binding"

// SerialNumber is the kind of directory entry that leads from a serial number to the terminal that had it first. It only finds:
// which terminal a serial number is bound to, its unit says.
const SerialNumber = "serial"

// ReportState says whether the clearing institution knows of a binding.
type ReportState string

// The states of a report.
const (
	ReportDue      ReportState = "due"
	ReportAccepted ReportState = "accepted"
	ReportRefused  ReportState = "refused" // a person must look at it
)

// Facts are the parts of a binding that the merchant's records give.
type Facts struct {
	MerchantNumber string // ISO 8583 DE 42
	MerchantName   string
	Category       string // ISO 8583 DE 18
	// RegistrationIndex and RegistrationMasked tell the unified social credit code, or of a micro merchant the identity
	// number of its principal: an index to compare, and what may be shown.
	RegistrationIndex, RegistrationMasked string
	// AccountIndex and AccountMasked tell the settlement account likewise.
	AccountIndex, AccountMasked string
	Place                       Place
}

// Place is where a terminal is used.
type Place struct {
	Area    string // GB/T 2260, six digits
	Address string
	// Latitude and Longitude are in millionths of a degree, WGS 84; both 0 where they are not known.
	Latitude, Longitude int64
}

// Binding ties a terminal to all that the law wants to be one (一机一码).
type Binding struct {
	Terminal string
	Bucket   id.Bucket
	Version  int64
	Merchant string
	Number   string // of the terminal, ISO 8583 DE 41
	Serial   string // of the hardware
	Acquirer string // institution number, ISO 8583 DE 32
	Facts
	From, Until calendar.Instant // Until is 0 while it holds
	By          string

	Report    ReportState
	Reference string // of the clearing institution
	Note      string // why it was refused
	ReportAt  calendar.Instant
}

// Key returns the row's key.
func (b Binding) Key() step.Key { return BindingKey(b.Terminal, b.Version) }

// BindingKey names a version of a terminal's binding.
func BindingKey(terminal string, version int64) step.Key {
	return step.Key{Table: BindingTable, Bucket: id.MustBucket(terminal), ID: fmt.Sprintf("%s/%06d", terminal, version)}
}

// Refusals of bindings.
var (
	ErrBinding = fault.New(fault.NotFound, "binding_not_found", "there is no such binding")
	ErrBound   = fault.New(fault.Conflict, "serial_bound", "this serial number is bound to another terminal that is in use: retire that one, or release its hardware, first")
	ErrNotOpen = fault.New(fault.Forbidden, "merchant_not_open", "the merchant may not collect yet: a terminal is activated when a payment service is open")
)

// Bind activates a terminal: it gets its serial number and a binding with facts of the merchant, in one step. serial must be
// free, or bound to this terminal.
func (s *Service) Bind(ctx context.Context, t Terminal, serial, acquirer string, f Facts, by string) (Terminal, Binding, error) {
	if serial == "" {
		return t, Binding{}, ErrUnregistered
	}
	now, trail, told := calendar.At(s.now()), s.ids.New("aud_", t.Bucket), s.ids.New("evt_", t.Bucket)
	claim := directory.Key(SerialNumber, serial)
	var bound Terminal
	var b Binding
	err := s.gate.Do(ctx, step.Step{
		Name: "terminal.bind", Class: step.Staff, Keys: []step.Key{t.Key(), merchant.Key(t.Merchant), claim},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			m, err := step.Must[merchant.Merchant](v, merchant.Key(row.Merchant), merchant.ErrNotFound)
			switch {
			case err != nil:
				return err
			case m.State != merchant.Active || m.Number == "":
				return ErrNotOpen
			case m.Number != f.MerchantNumber || m.Category != f.Category:
				return ErrStale
			}
			if row.State, err = row.State.After(Activate); err != nil {
				return err
			}
			if err := claimSerial(v, serial, row.ID); err != nil {
				return err
			}
			if err := row.unbind(v, now); err != nil {
				return err
			}
			row.Binding++
			row.Serial = serial
			b = Binding{
				Terminal: row.ID, Bucket: row.Bucket, Version: row.Binding, Merchant: row.Merchant, Number: row.Number,
				Serial: serial, Acquirer: acquirer, Facts: f, From: now, By: by, Report: ReportDue, ReportAt: now,
			}
			v.Put(row)
			v.Put(b)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "terminal.activated", Subject: row.ID,
				Detail: fmt.Sprintf("serial number %s, binding %d, merchant %s, category %s, area %s", serial, b.Version, m.Number, m.Category, f.Place.Area),
			})
			v.Put(event.Event{
				ID: told, Bucket: row.Bucket, At: now, Merchant: row.Merchant, Kind: "terminal.activated", Subject: row.ID,
				Body: fmt.Sprintf(`{"terminal":%q,"number":%q,"serial":%q}`, row.ID, row.Number, serial),
			})
			bound = row
			return nil
		},
	})
	return bound, b, err
}

// Rebind gives a terminal that works a new binding, after its merchant's records or its place changed. It changes
// nothing when the facts are the same.
func (s *Service) Rebind(ctx context.Context, t Terminal, f Facts, by string) (Binding, error) {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", t.Bucket)
	var b Binding
	err := s.gate.Do(ctx, step.Step{
		Name: "terminal.rebind", Class: step.Staff, Keys: []step.Key{t.Key(), BindingKey(t.ID, t.Binding)},
		Run: func(v step.View) error {
			row, err := step.Must[Terminal](v, t.Key(), ErrNotFound)
			if err != nil {
				return err
			}
			old, err := step.Must[Binding](v, BindingKey(row.ID, row.Binding), ErrBinding)
			if err != nil {
				return err
			}
			if b = old; old.Facts == f {
				return nil
			}
			if err := row.unbind(v, now); err != nil {
				return err
			}
			row.Binding++
			b.Version, b.Facts, b.From, b.Until, b.By = row.Binding, f, now, 0, by
			b.Report, b.Reference, b.Note, b.ReportAt = ReportDue, "", "", now
			v.Put(row)
			v.Put(b)
			v.Put(audit.Record{
				ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: by, Action: "terminal.rebound", Subject: row.ID,
				Detail: fmt.Sprintf("binding %d, area %s", b.Version, f.Place.Area),
			})
			return nil
		},
	})
	return b, err
}

// claimSerial makes a serial number this terminal's. One that leads to another terminal is free when that terminal
// has other hardware or is retired.
func claimSerial(v step.View, serial, terminal string) error {
	key := directory.Key(SerialNumber, serial)
	entry, found, err := step.Get[directory.Entry](v, key)
	if err != nil {
		return err
	}
	if found && entry.Target != terminal {
		other, there, err := step.Get[Terminal](v, Key(entry.Target))
		if err != nil {
			return err
		}
		if there && other.Serial == serial && other.State != Retired {
			return ErrBound
		}
	}
	v.Put(directory.Entry{Kind: SerialNumber, Name: serial, Target: terminal})
	return nil
}

// unbind ends the binding under which a terminal works, if there is one. The caller puts the terminal.
func (t *Terminal) unbind(v step.View, now calendar.Instant) error {
	if t.Binding == 0 {
		return nil
	}
	old, err := step.Must[Binding](v, BindingKey(t.ID, t.Binding), ErrBinding)
	if err != nil {
		return err
	}
	if old.Until == 0 {
		old.Until = now
		v.Put(old)
	}
	return nil
}

// Reported records what the clearing institution said of a binding: its reference, or, with a note, that it refused.
func (s *Service) Reported(ctx context.Context, b Binding, state ReportState, reference, note string, again calendar.Instant) error {
	now, trail := calendar.At(s.now()), s.ids.New("aud_", b.Bucket)
	return s.gate.Do(ctx, step.Step{
		Name: "binding.reported", Class: step.Bulk, Keys: []step.Key{b.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Binding](v, b.Key(), ErrBinding)
			if err != nil || row.Report != ReportDue {
				return err
			}
			row.Report, row.Reference, row.Note, row.ReportAt = state, reference, note, now
			if state == ReportDue {
				row.ReportAt = again
			} else {
				v.Put(audit.Record{
					ID: trail, Bucket: row.Bucket, Merchant: row.Merchant, At: now, Actor: "system", Action: "binding." + string(state), Subject: row.Terminal,
					Detail: fmt.Sprintf("binding %d %s %s", row.Version, reference, note),
				})
			}
			v.Put(row)
			return nil
		},
	})
}
