package product

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// Vault seals what is secret of accounts.
type Vault interface {
	SealData(data []byte, record string) []byte
	OpenData(sealed []byte, record string) ([]byte, error)
}

// Tester tries an account with its wallet and says exactly what fails. It moves no money.
type Tester interface {
	Test(ctx context.Context, a wallet.Access, notify string) []wallet.Finding
}

// AccountsConfig is what the desk of accounts is made of.
type AccountsConfig struct {
	Gate  step.Gate
	Store step.Reader
	Vault Vault
	// Testers has the wallets that are connected. It may be filled after the desk was made, before it is used.
	Testers map[wallet.Name]Tester
	// NotifyURL is where wallets tell of payments; the wallet's name and the account follow it.
	NotifyURL string
	IDs       *id.Maker
	Now       func() time.Time
}

// Accounts keeps the accounts with wallets, the operator's and those of merchants.
type Accounts struct {
	AccountsConfig
	mu     sync.Mutex
	opened map[string]wallet.Access // by account, as last used
}

// NewAccounts returns a desk of accounts.
func NewAccounts(c AccountsConfig) *Accounts {
	return &Accounts{AccountsConfig: c, opened: map[string]wallet.Access{}}
}

// Configuration is what somebody enters for an account.
type Configuration struct {
	Merchant string // "" for the operator's
	Wallet   wallet.Name
	Mode     wallet.Mode
	// Values are the fields by name. A secret that is left out keeps the value that it has; one that need not be there and is
	// given empty goes.
	Values map[string]string
}

// account names the account that a configuration is of.
func (c Configuration) account() (string, error) {
	switch {
	case !c.Wallet.Known():
		return "", wallet.ErrName
	case c.Merchant == "" && c.Mode != wallet.Provider, c.Merchant != "" && c.Mode == wallet.Provider:
		return "", wallet.ErrField.With("the operator's account is a provider's, a merchant's is direct or sub")
	case c.Merchant == "":
		return wallet.ProviderOf(c.Wallet), nil
	}
	if _, err := id.BucketOf(c.Merchant); err != nil || !strings.HasPrefix(c.Merchant, merchant.Prefix) {
		return "", merchant.ErrNotFound
	}
	return wallet.AccountOf(c.Wallet, c.Merchant), nil
}

// Save keeps a configuration. It is untested until [Accounts.Test] has tried it.
func (d *Accounts) Save(ctx context.Context, c Configuration, by string) (wallet.Account, error) {
	name, err := c.account()
	if err != nil {
		return wallet.Account{}, err
	}
	trail, now := d.IDs.New("aud_", id.MustBucket(name)), calendar.At(d.Now())
	key := wallet.AccountKey(name)
	keys := []step.Key{key, wallet.AccountKey(wallet.ProviderOf(c.Wallet))}
	if c.Merchant != "" {
		keys = append(keys, merchant.Key(c.Merchant))
	}
	var saved wallet.Account
	err = d.Gate.Do(ctx, step.Step{
		Name: "wallet.account", Class: step.Staff, Keys: keys,
		Run: func(v step.View) error {
			a, found, err := step.Get[wallet.Account](v, key)
			if err != nil {
				return err
			}
			if c.Merchant != "" {
				if _, err := step.Must[merchant.Merchant](v, merchant.Key(c.Merchant), merchant.ErrNotFound); err != nil {
					return err
				}
			}
			if !found {
				a = wallet.Account{ID: name, Bucket: key.Bucket, Merchant: c.Merchant, Wallet: c.Wallet, CreatedAt: now}
			}
			whole, err := d.merge(a, c)
			if err != nil {
				return err
			}
			a.Mode, a.Provider = c.Mode, ""
			if c.Mode == wallet.Sub {
				a.Provider = wallet.ProviderOf(c.Wallet)
				if _, err := step.Must[wallet.Account](v, wallet.AccountKey(a.Provider), wallet.ErrNoProvider); err != nil {
					return err
				}
			}
			open, secret := wallet.Split(c.Wallet, c.Mode, whole)
			a.Values = open
			if a.Secrets, err = d.seal(name, secret); err != nil {
				return err
			}
			a.Version++
			a.State, a.Findings, a.TestedAt, a.TestedBy = wallet.Untested, nil, 0, ""
			a.ChangedBy, a.UpdatedAt = by, now
			saved = a
			v.Put(a)
			v.Put(audit.Record{
				ID: trail, Bucket: a.Bucket, Merchant: a.Merchant, At: now, Actor: by, Action: "wallet_account.saved", Subject: a.ID,
				Detail: fmt.Sprintf("%s, %s, version %d", a.Wallet, a.Mode, a.Version),
			})
			return nil
		},
	})
	return saved, err
}

// merge returns the fields of an account with those that were entered in their place, checked.
func (d *Accounts) merge(a wallet.Account, c Configuration) (map[string]string, error) {
	whole := maps.Clone(c.Values)
	if whole == nil {
		whole = map[string]string{}
	}
	had, err := d.unseal(a)
	if err != nil {
		return nil, err
	}
	for _, f := range wallet.Fields(c.Wallet, c.Mode) {
		given, named := whole[f.Name]
		whole[f.Name] = strings.TrimSpace(given)
		if f.Secret && whole[f.Name] == "" && !(named && f.Optional) {
			whole[f.Name] = had[f.Name]
		}
	}
	return whole, wallet.Check(c.Wallet, c.Mode, whole)
}

// Kept tells which secrets an account has.
func (d *Accounts) Kept(a wallet.Account) (map[string]bool, error) {
	had, err := d.unseal(a)
	names := map[string]bool{}
	for name, value := range had {
		names[name] = value != ""
	}
	return names, err
}

func accountRecord(account string) string { return "wallet_account/" + account }

func (d *Accounts) seal(account string, secret map[string]string) ([]byte, error) {
	raw, err := json.Marshal(secret)
	if err != nil {
		return nil, err
	}
	return d.Vault.SealData(raw, accountRecord(account)), nil
}

func (d *Accounts) unseal(a wallet.Account) (map[string]string, error) {
	if len(a.Secrets) == 0 {
		return nil, nil
	}
	raw, err := d.Vault.OpenData(a.Secrets, accountRecord(a.ID))
	if err != nil {
		return nil, err
	}
	var secret map[string]string
	return secret, json.Unmarshal(raw, &secret)
}

// Test tries an account with its wallet. What it finds is kept with the account, which takes payments when nothing is
// wrong. The account must not have changed meanwhile.
func (d *Accounts) Test(ctx context.Context, account, by string) (wallet.Account, error) {
	open, err := d.Open(ctx, account)
	if err != nil {
		return wallet.Account{}, err
	}
	tester := d.Testers[open.Account.Wallet]
	if tester == nil {
		return open.Account, wallet.ErrName.With("the wallet %s is not connected", open.Account.Wallet)
	}
	findings := tester.Test(ctx, open, d.NotifyURL+"/"+string(open.Account.Wallet)+"/"+account)
	return d.change(ctx, account, "tested", by, func(a *wallet.Account, now calendar.Instant) error {
		if a.Version != open.Account.Version {
			return wallet.ErrChanged
		}
		a.Findings, a.TestedAt, a.TestedBy, a.State = findings, now, by, wallet.Untested
		if wallet.Passed(findings) {
			a.State = wallet.Ready
		}
		return nil
	})
}

// SwitchOff stops payments through an account. Testing it switches it on again.
func (d *Accounts) SwitchOff(ctx context.Context, account, by string) (wallet.Account, error) {
	return d.change(ctx, account, "off", by, func(a *wallet.Account, now calendar.Instant) error {
		a.State, a.UpdatedAt, a.ChangedBy = wallet.Off, now, by
		return nil
	})
}

func (d *Accounts) change(ctx context.Context, account, what, by string, change func(*wallet.Account, calendar.Instant) error) (changed wallet.Account, err error) {
	key := wallet.AccountKey(account)
	trail, now := d.IDs.New("aud_", key.Bucket), calendar.At(d.Now())
	err = d.Gate.Do(ctx, step.Step{
		Name: "wallet.account." + what, Class: step.Staff, Keys: []step.Key{key},
		Run: func(v step.View) error {
			a, err := step.Must[wallet.Account](v, key, wallet.ErrAccount)
			if err != nil {
				return err
			}
			if err := change(&a, now); err != nil {
				return err
			}
			changed = a
			v.Put(a)
			v.Put(audit.Record{
				ID: trail, Bucket: a.Bucket, Merchant: a.Merchant, At: now, Actor: by, Action: "wallet_account." + what, Subject: a.ID,
				Detail: fmt.Sprintf("%s is %s", a.Wallet, a.State),
			})
			return nil
		},
	})
	return changed, err
}

// Read returns an account, and whether there is one.
func (d *Accounts) Read(ctx context.Context, account string) (wallet.Account, bool, error) {
	return step.Read[wallet.Account](ctx, d.Store, wallet.AccountKey(account))
}

// Open returns an account as a rail uses it. A sub-merchant's has the fields of the operator's account.
func (d *Accounts) Open(ctx context.Context, account string) (wallet.Access, error) {
	if _, err := id.BucketOf(account); err != nil {
		return wallet.Access{}, wallet.ErrAccount
	}
	a, found, err := d.Read(ctx, account)
	if err == nil && !found {
		err = wallet.ErrAccount
	}
	if err != nil {
		return wallet.Access{}, err
	}
	signer := a
	if a.Mode == wallet.Sub {
		signer, found, err = d.Read(ctx, a.Provider)
		if err == nil && !found {
			err = wallet.ErrNoProvider
		}
		if err != nil {
			return wallet.Access{}, err
		}
	}
	revision := fmt.Sprintf("%s/%d/%s/%d", a.ID, a.Version, signer.ID, signer.Version)
	d.mu.Lock()
	known, ok := d.opened[account]
	d.mu.Unlock()
	if ok && known.Revision == revision {
		known.Account = a
		return known, nil
	}
	open := wallet.Access{Account: a, Revision: revision}
	if open.Fields, err = d.fields(signer); err == nil && a.Mode == wallet.Sub {
		open.Sub, err = d.fields(a)
	}
	if err != nil {
		return wallet.Access{}, err
	}
	d.mu.Lock()
	d.opened[account] = open
	d.mu.Unlock()
	return open, nil
}

// fields returns all fields of an account, secrets with them.
func (d *Accounts) fields(a wallet.Account) (map[string]string, error) {
	secret, err := d.unseal(a)
	if err != nil {
		return nil, err
	}
	whole := maps.Clone(a.Values)
	maps.Copy(whole, secret)
	return whole, nil
}
