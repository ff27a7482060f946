package access

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// KeyTable is where API keys lie.
const KeyTable step.Table = "api_key"

// KeyHash is the directory's kind of hashes by which API keys are found.
const KeyHash = "api_key"

const keyPrefix = "key_"

// Mode says for what an API key is.
type Mode string

// The modes. What a test key does is marked as a test.
const (
	Test Mode = "test"
	Live Mode = "live"
)

// Prefix begins the keys of a mode, so that people and scanners for leaked secrets know them.
func (m Mode) Prefix() string { return "yf_" + string(m) + "_" }

// KeyState says whether an API key works.
type KeyState string

// The states: active → revoked.
const (
	KeyActive  KeyState = "active"
	KeyRevoked KeyState = "revoked"
)

// KeyScopes is what an API key may be permitted.
var KeyScopes = Permissions(0).Allow(DashboardView, MerchantView, ServiceView, TerminalView, PaymentView, PaymentTake,
	PaymentRefund, SettlementView)

const (
	keyOverlapMax  = 7 * 24 * time.Hour
	keyAllowedMax  = 32
	keyTouchEvery  = time.Minute
	keySecretBytes = 32
)

// APIKey lets a merchant's program in. Of the key itself the records hold a hash; while one is rotated, the old
// and the new key both work.
type APIKey struct {
	ID         string
	Bucket     id.Bucket
	Merchant   string
	Name       string
	Mode       Mode
	Hint       string // the last four characters
	Hash       string // SHA-256 in hexadecimal
	OldHash    string
	OldUntil   calendar.Instant
	Scopes     Permissions
	Allowed    string // addresses and networks, spaces between; empty for any
	State      KeyState
	ExpiresAt  calendar.Instant // zero for never
	LastUsedAt calendar.Instant // within a minute
	LastIP     string
	CreatedBy  string
	CreatedAt  calendar.Instant
	RotatedAt  calendar.Instant
	RevokedAt  calendar.Instant
}

// Key returns the row's key.
func (k APIKey) Key() step.Key { return APIKeyKey(k.ID) }

// APIKeyKey names an API key.
func APIKeyKey(key string) step.Key {
	return step.Key{Table: KeyTable, Bucket: bucketOf(key), ID: key}
}

// works tells whether the key lets in who shows the secret with this hash, from an address, at a moment.
func (k APIKey) works(hash, ip string, now calendar.Instant) bool {
	fits := hash == k.Hash || hash == k.OldHash && now < k.OldUntil
	return fits && k.State == KeyActive && (k.ExpiresAt == 0 || now < k.ExpiresAt) && allows(k.Allowed, ip)
}

// allows tells whether a list of addresses and networks holds an address. An empty list holds all.
func allows(list, ip string) bool {
	if list == "" {
		return true
	}
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for word := range strings.FieldsSeq(list) {
		if network, err := netip.ParsePrefix(word); err == nil && network.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// parseAllowed reads addresses and networks and returns them as records keep them: networks, spaces between.
func parseAllowed(list []string) (string, error) {
	if len(list) > keyAllowedMax {
		return "", ErrKeyAddress
	}
	var words []string
	for _, text := range list {
		text = strings.TrimSpace(text)
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil || address.Zone() != "" {
				return "", ErrKeyAddress
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		if network.Addr().Is4In6() {
			return "", ErrKeyAddress
		}
		words = append(words, network.Masked().String())
	}
	return strings.Join(words, " "), nil
}

func keyHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

var keyAlphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (s *Service) newSecret(m Mode) string {
	return m.Prefix() + keyAlphabet.EncodeToString(s.draw(keySecretBytes))
}

// KeyOrder asks for an API key.
type KeyOrder struct {
	Name      string
	Mode      Mode
	Scopes    []string // words of permissions
	Allowed   []string // addresses and networks; none for any
	ExpiresAt calendar.Instant
}

// CreateKey makes an API key of the actor's merchant. The secret is told once.
func (s *Service) CreateKey(ctx context.Context, a Actor, o KeyOrder) (k APIKey, secret string, err error) {
	if err := s.managesKeys(a); err != nil {
		return k, "", err
	}
	if o.Mode != Test && o.Mode != Live {
		return k, "", ErrKeyMode
	}
	k, err = s.orderedKey(a.Merchant, o)
	if err != nil {
		return k, "", err
	}
	if k.Scopes&^a.Can != 0 {
		return k, "", ErrKeyScope
	}
	secret = s.newSecret(o.Mode)
	k.CreatedBy = a.ID
	k, err = s.storeKey(ctx, k, secret, a.Trail())
	return k, secret, err
}

// orderedKey reads an order.
func (s *Service) orderedKey(merchant string, o KeyOrder) (k APIKey, err error) {
	now := s.instant()
	if n := utf8.RuneCountInString(o.Name); n == 0 || n > personNameMax || checkPersonName(o.Name) != nil {
		return k, ErrPersonName
	}
	if o.ExpiresAt != 0 && o.ExpiresAt <= now {
		return k, ErrKeyExpiry
	}
	k = APIKey{
		ID: s.ids.New(keyPrefix, bucketOf(merchant)), Bucket: bucketOf(merchant), Merchant: merchant, Name: o.Name, Mode: o.Mode,
		State: KeyActive, ExpiresAt: o.ExpiresAt, CreatedAt: now,
	}
	for _, word := range o.Scopes {
		p, ok := ParsePermission(word)
		if !ok || !KeyScopes.Has(p) {
			return k, ErrKeyScope
		}
		k.Scopes = k.Scopes.Allow(p)
	}
	if k.Scopes == 0 {
		return k, ErrKeyScope
	}
	k.Allowed, err = parseAllowed(o.Allowed)
	return k, err
}

func (s *Service) storeKey(ctx context.Context, k APIKey, secret, by string) (APIKey, error) {
	k.Hash, k.Hint = keyHash(secret), secret[len(secret)-4:]
	entry := directory.Entry{Kind: KeyHash, Name: k.Hash, Target: k.ID}
	note := s.note(k.Bucket, by, "api_key.created", k.ID)
	note.Merchant, note.Detail = k.Merchant, string(k.Mode)+" "+strings.Join(k.Scopes.Words(), " ")
	told := s.tell(k.Merchant, "api_key.created", k.ID, map[string]string{"api_key": k.ID, "mode": string(k.Mode)})
	return k, s.gate.Do(ctx, step.Step{
		Name: "api_key.create", Class: step.Staff, Keys: []step.Key{entry.Key()},
		Run: func(v step.View) error {
			if err := directory.Reserve(v, entry); err != nil {
				return err
			}
			v.Put(k)
			v.Put(note)
			v.Put(told)
			return nil
		},
	})
}

// FurnishKey stores an API key whose secret is known already, once: for the demo, whose key everybody knows.
func (s *Service) FurnishKey(ctx context.Context, merchant, secret string, o KeyOrder) (APIKey, error) {
	entry, found, err := step.Read[directory.Entry](ctx, s.store, directory.Key(KeyHash, keyHash(secret)))
	if err != nil {
		return APIKey{}, err
	}
	if found {
		k, _, err := step.Read[APIKey](ctx, s.store, APIKeyKey(entry.Target))
		return k, err
	}
	k, err := s.orderedKey(merchant, o)
	if err != nil {
		return k, err
	}
	return s.storeKey(ctx, k, secret, "system")
}

func (s *Service) managesKeys(a Actor) error {
	if a.Realm != Merchant || a.Merchant == "" {
		return ErrForbidden
	}
	return s.fresh(a, KeyManage)
}

// RotateKey gives an API key a new secret, which is told once. The old one works for overlap more, seven days at
// most; with none it ends at once.
func (s *Service) RotateKey(ctx context.Context, a Actor, key string, overlap time.Duration) (k APIKey, secret string, err error) {
	if overlap < 0 || overlap > keyOverlapMax {
		return k, "", ErrKeyExpiry
	}
	row, found, err := step.Read[APIKey](ctx, s.store, APIKeyKey(key))
	if err != nil || !found || row.Merchant != a.Merchant {
		return k, "", orElse(err, ErrKey)
	}
	secret = s.newSecret(row.Mode)
	entry := directory.Entry{Kind: KeyHash, Name: keyHash(secret), Target: key}
	now := s.instant()
	k, err = s.changeKey(ctx, a, key, "api_key.rotated", func(v step.View, k *APIKey) error {
		if k.State != KeyActive {
			return ErrKeyState
		}
		k.OldHash, k.OldUntil = k.Hash, now.Add(overlap)
		k.Hash, k.Hint, k.RotatedAt = entry.Name, secret[len(secret)-4:], now
		return directory.Reserve(v, entry)
	})
	return k, secret, err
}

// ChangeKey changes the name, the scopes and the allowed addresses of an API key.
func (s *Service) ChangeKey(ctx context.Context, a Actor, key string, o KeyOrder) (APIKey, error) {
	want, err := s.orderedKey(a.Merchant, o)
	if err != nil {
		return want, err
	}
	if want.Scopes&^a.Can != 0 {
		return want, ErrKeyScope
	}
	return s.changeKey(ctx, a, key, "api_key.changed", func(_ step.View, k *APIKey) error {
		if k.State != KeyActive {
			return ErrKeyState
		}
		k.Name, k.Scopes, k.Allowed, k.ExpiresAt = want.Name, want.Scopes, want.Allowed, want.ExpiresAt
		return nil
	})
}

// RevokeKey ends an API key for good, both its secrets with it.
func (s *Service) RevokeKey(ctx context.Context, a Actor, key string) (APIKey, error) {
	now := s.instant()
	return s.changeKey(ctx, a, key, "api_key.revoked", func(_ step.View, k *APIKey) error {
		if k.State == KeyRevoked {
			return ErrKeyState
		}
		k.State, k.RevokedAt, k.OldHash, k.OldUntil = KeyRevoked, now, "", 0
		return nil
	})
}

func (s *Service) changeKey(ctx context.Context, a Actor, key, action string, change func(step.View, *APIKey) error) (APIKey, error) {
	if err := s.managesKeys(a); err != nil {
		return APIKey{}, err
	}
	at := APIKeyKey(key)
	note := s.note(at.Bucket, a.Trail(), action, key)
	note.Merchant = a.Merchant
	told := s.tell(a.Merchant, action, key, map[string]string{"api_key": key})
	return s.putKey(ctx, at, action, func(v step.View, k *APIKey) error {
		if k.Merchant != a.Merchant {
			return ErrKey
		}
		if err := change(v, k); err != nil {
			return err
		}
		note.Detail = strings.Join(k.Scopes.Words(), " ")
		v.Put(note)
		v.Put(told)
		return nil
	})
}

func (s *Service) putKey(ctx context.Context, at step.Key, name string, change func(step.View, *APIKey) error) (changed APIKey, err error) {
	err = s.gate.Do(ctx, step.Step{
		Name: name, Class: step.Staff, Keys: []step.Key{at},
		Run: func(v step.View) error {
			k, err := step.Must[APIKey](v, at, ErrKey)
			if err != nil {
				return err
			}
			if err := change(v, &k); err != nil {
				return err
			}
			v.Put(k)
			changed = k
			return nil
		},
	})
	return changed, err
}

// APIKey returns an API key of the actor's merchant.
func (s *Service) APIKey(ctx context.Context, a Actor, key string) (APIKey, error) {
	k, found, err := step.Read[APIKey](ctx, s.store, APIKeyKey(key))
	if err != nil || !found || !a.Scope().Covers(k.Merchant) {
		return APIKey{}, orElse(err, ErrKey)
	}
	return k, nil
}

// AuthenticateKey returns who holds an API key, from an address. It reads two rows by key.
func (s *Service) AuthenticateKey(ctx context.Context, secret, ip string) (Actor, error) {
	mode := Mode("")
	for _, m := range []Mode{Test, Live} {
		if strings.HasPrefix(secret, m.Prefix()) && len(secret) <= 128 {
			mode = m
		}
	}
	if mode == "" {
		return Actor{}, ErrKeyProof
	}
	hash := keyHash(secret)
	entry, found, err := step.Read[directory.Entry](ctx, s.store, directory.Key(KeyHash, hash))
	if err != nil || !found {
		return Actor{}, orElse(err, ErrKeyProof)
	}
	k, found, err := step.Read[APIKey](ctx, s.store, APIKeyKey(entry.Target))
	now := s.instant()
	if err != nil || !found || k.Mode != mode || !k.works(hash, ip, now) {
		return Actor{}, orElse(err, ErrKeyProof)
	}
	if now.Sub(k.LastUsedAt) >= keyTouchEvery {
		s.touchKey(ctx, k, ip, now)
	}
	return Actor{ID: k.ID, Name: k.Name, Realm: Merchant, Merchant: k.Merchant, Can: k.Scopes, Live: mode == Live}, nil
}

// touchKey notes that a key was used, and from where. A request is not refused because the note cannot be written.
func (s *Service) touchKey(ctx context.Context, k APIKey, ip string, now calendar.Instant) {
	_, _ = s.putKey(ctx, k.Key(), "api_key.touch", func(_ step.View, row *APIKey) error {
		if row.LastUsedAt < now {
			row.LastUsedAt, row.LastIP = now, ip
		}
		return nil
	})
}
