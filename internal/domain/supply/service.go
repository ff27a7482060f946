package supply

import (
	"context"
	"errors"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// Store is what the service reads outside steps.
type Store interface {
	step.Reader
	// DueReports returns bindings that the clearing institution is to be told of by now, the oldest first.
	DueReports(ctx context.Context, now calendar.Instant, limit int) ([]terminal.Binding, error)
}

// Vault seals what is personal. It is the hsm.
type Vault interface {
	SealData(data []byte, record string) []byte
	OpenData(sealed []byte, record string) ([]byte, error)
	IndexData(space, text string) (string, error)
}

// Registrar knows the facts that a binding holds of a merchant and its store.
type Registrar interface {
	Facts(ctx context.Context, merchant, store string) (terminal.Facts, error)
}

// Registry is the clearing institution's register of terminals.
type Registry interface {
	// Report tells of a binding. refused is why it is not accepted, "" when it is; an error means that nobody knows.
	Report(ctx context.Context, b terminal.Binding) (reference, refused string, err error)
}

// Network is what a terminal must know to connect, besides its own numbers.
type Network struct {
	Address string // host:port
	TLS     bool
	TPDU    string // 10 digits
}

// Config says what the service works with.
type Config struct {
	Gate      step.Gate
	Store     Store
	Vault     Vault
	Terminals *terminal.Service
	Registrar Registrar
	Registry  Registry
	IDs       *id.Maker
	Now       func() time.Time
	Chance    func() (uint64, error) // a random number, for activation codes
	Acquirer  string                 // institution number
	Prefix    string                 // of terminal numbers: 1 to 4 digits
	Network   Network
}

// Service brings terminals to merchants.
type Service struct {
	gate      step.Gate
	store     Store
	vault     Vault
	terminals *terminal.Service
	registrar Registrar
	registry  Registry
	ids       *id.Maker
	now       func() time.Time
	chance    func() (uint64, error)
	acquirer  string
	prefix    string
	network   Network
}

// NewService returns a service.
func NewService(c Config) *Service {
	return &Service{
		gate: c.Gate, store: c.Store, vault: c.Vault, terminals: c.Terminals, registrar: c.Registrar, registry: c.Registry,
		ids: c.IDs, now: c.Now, chance: c.Chance, acquirer: c.Acquirer, prefix: c.Prefix, network: c.Network,
	}
}

// SaveModel makes a model or changes its terms. What was ordered before keeps the terms under which it was.
func (s *Service) SaveModel(ctx context.Context, m Model, by string) error {
	if err := m.Check(); err != nil {
		return err
	}
	m.UpdatedAt = calendar.At(s.now())
	trail := s.ids.New("aud_", 0)
	return s.gate.Do(ctx, step.Step{
		Name: "model.save", Class: step.Staff, Keys: []step.Key{m.Key()},
		Run: func(v step.View) error {
			if _, err := v.Get(m.Key()); err != nil {
				return err
			}
			v.Put(m)
			v.Put(audit.Record{ID: trail, At: m.UpdatedAt, Actor: by, Action: "model.saved", Subject: m.ID})
			return nil
		},
	})
}

// FindUnit returns the unit with a serial number.
func (s *Service) FindUnit(ctx context.Context, serial string) (Unit, error) {
	serial, err := ParseSerial(serial)
	if err != nil {
		return Unit{}, err
	}
	entry, found, err := step.Read[directory.Entry](ctx, s.store, directory.Key(UnitSerial, serial))
	if err == nil && !found {
		err = ErrUnit
	}
	if err != nil {
		return Unit{}, err
	}
	return s.Unit(ctx, entry.Target)
}

// Unit returns a unit as last committed.
func (s *Service) Unit(ctx context.Context, unit string) (Unit, error) {
	key, err := unitKey(unit)
	if err != nil {
		return Unit{}, err
	}
	u, found, err := step.Read[Unit](ctx, s.store, key)
	if err == nil && !found {
		err = ErrUnit
	}
	return u, err
}

func refusedAs(err, target, otherwise error) error {
	if errors.Is(err, target) {
		return otherwise
	}
	return err
}

func isTaken(err error) bool { return errors.Is(err, directory.ErrTaken) }

func isState(err error) bool { return errors.Is(err, ErrUnitState) }
