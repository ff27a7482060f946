package merchant

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Store is a place where a merchant sells. It is open until it is closed, for good.
type Store struct {
	ID        string
	Bucket    id.Bucket
	Merchant  string
	Name      string
	NameEN    string
	Address   string
	Area      string // GB/T 2260, six digits
	Phone     string
	Closed    bool
	CreatedAt calendar.Instant
}

// Key returns the row's key.
func (s Store) Key() step.Key { return step.Key{Table: StoreTable, Bucket: s.Bucket, ID: s.ID} }

// Refusals of stores.
var (
	ErrStore     = fault.New(fault.NotFound, "store_not_found", "the merchant has no such store")
	ErrStoreForm = fault.New(fault.Invalid, "store_invalid", "a store has a name, an address, an area and a telephone number")
	ErrStoreGone = fault.New(fault.Conflict, "store_closed", "this store is closed")
)

// storeText is the most characters of a store's name and address.
const storeText = 100

// SaveStore opens a store of the actor's merchant, or changes one where s has an id.
func (s *Service) SaveStore(ctx context.Context, who access.Actor, shop Store) (Store, error) {
	if err := may(who, access.MerchantEdit, shop.Merchant); err != nil {
		return shop, err
	}
	if err := shop.check(); err != nil {
		return shop, err
	}
	b, err := id.BucketOf(shop.Merchant)
	if err != nil {
		return shop, ErrNotFound
	}
	action := "store.changed"
	if shop.ID == "" {
		action, shop.ID = "store.opened", s.ids.New(StorePrefix, b)
	}
	shop.Bucket = b
	return s.changeStore(ctx, who, shop.Merchant, shop.ID, action, func(old *Store, found bool, now calendar.Instant) error {
		switch {
		case action == "store.changed" && !found:
			return ErrStore
		case old.Closed:
			return ErrStoreGone
		case !found:
			shop.CreatedAt = now
		default:
			shop.CreatedAt = old.CreatedAt
		}
		*old = shop
		return nil
	})
}

// CloseStore closes a store for good.
func (s *Service) CloseStore(ctx context.Context, who access.Actor, merchant, store string) (Store, error) {
	if err := may(who, access.MerchantEdit, merchant); err != nil {
		return Store{}, err
	}
	return s.changeStore(ctx, who, merchant, store, "store.closed", func(old *Store, found bool, _ calendar.Instant) error {
		switch {
		case !found:
			return ErrStore
		case old.Closed:
			return ErrStoreGone
		}
		old.Closed = true
		return nil
	})
}

func (s *Service) changeStore(ctx context.Context, who access.Actor, merchant, store, action string, change func(old *Store, found bool, now calendar.Instant) error) (changed Store, err error) {
	b, err := id.BucketOf(merchant)
	if err != nil {
		return changed, ErrNotFound
	}
	key := step.Key{Table: StoreTable, Bucket: b, ID: store}
	now, k := calendar.At(s.now()), s.marks(b)
	err = s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff, Keys: []step.Key{Key(merchant), key},
		Run: func(v step.View) error {
			m, err := step.Must[Merchant](v, Key(merchant), ErrNotFound)
			if err != nil {
				return err
			}
			old, found, err := step.Get[Store](v, key)
			if err != nil {
				return err
			}
			if found && old.Merchant != merchant {
				return ErrStore
			}
			if err := change(&old, found, now); err != nil {
				return err
			}
			v.Put(old)
			k.tellMerchant(v, m, action, who.Trail(), old.Name, now)
			changed = old
			return nil
		},
	})
	return changed, err
}

// check says what is wrong with a store as it would be kept.
func (s *Store) check() error {
	s.Name, s.NameEN, s.Address, s.Phone = strings.TrimSpace(s.Name), strings.TrimSpace(s.NameEN), strings.TrimSpace(s.Address), strings.TrimSpace(s.Phone)
	for _, text := range []string{s.Name, s.Address} {
		if text == "" || utf8.RuneCountInString(text) > storeText {
			return ErrStoreForm
		}
	}
	if utf8.RuneCountInString(s.NameEN) > storeText {
		return ErrStoreForm
	}
	findings := identity.Area("area", s.Area)
	if s.Phone != "" {
		findings = append(findings, identity.Phone("phone", s.Phone)...)
	}
	for _, f := range findings {
		if f.Severity == identity.Error {
			return ErrStoreForm.With("%s: %s", f.Field, f.Message)
		}
	}
	return nil
}
