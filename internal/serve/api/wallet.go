package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// operatorAccounts is how a path names the operator's own accounts instead of a merchant's.
const operatorAccounts = "operator"

// WalletField is one field of an account, for its form.
type WalletField struct {
	Name     string `json:"name" doc:"The form's label is told by it."`
	Secret   bool   `json:"secret" doc:"It is never shown again; left empty, it stays as it is."`
	Optional bool   `json:"optional"`
	Long     bool   `json:"long" doc:"Several lines, such as a key in PEM."`
	Value    string `json:"value" doc:"As it is kept; empty for a secret."`
	Kept     bool   `json:"kept" doc:"There is a value."`
}

// WalletMode is one way of having an account.
type WalletMode struct {
	Mode   string        `json:"mode" enum:"direct,provider,sub"`
	Fields []WalletField `json:"fields" nullable:"false"`
}

// WalletFinding is one thing that the last test looked at.
type WalletFinding struct {
	What   string   `json:"what" doc:"What was tried, as a word."`
	OK     bool     `json:"ok"`
	Field  string   `json:"field" doc:"The field to look at."`
	Why    string   `json:"why" doc:"What failed, as a word; pages say it in their language with the values."`
	Values []string `json:"values" nullable:"false" doc:"What belongs to it: the wallet's code and message, a date, seconds."`
	Detail string   `json:"detail" doc:"What exactly failed, in English."`
}

// WalletAccountView is an account with a wallet, and the forms of those that could be.
type WalletAccountView struct {
	Wallet    string          `json:"wallet" enum:"wechat,alipay,unionpay"`
	State     string          `json:"state" enum:"none,untested,ready,off"`
	Mode      string          `json:"mode" enum:"direct,provider,sub"`
	Version   int64           `json:"version"`
	Connected bool            `json:"connected" doc:"This installation speaks to the wallet."`
	Notify    string          `json:"notify" doc:"Where the wallet tells of payments."`
	TestedAt  *time.Time      `json:"tested_at" doc:"Of the last test; null since the account was changed."`
	TestedBy  string          `json:"tested_by"`
	ChangedBy string          `json:"changed_by"`
	UpdatedAt *time.Time      `json:"updated_at" doc:"When it was changed or switched off. A test is no change."`
	Findings  []WalletFinding `json:"findings" nullable:"false" doc:"Of the last test; empty when it is untested."`
	Modes     []WalletMode    `json:"modes" nullable:"false"`
}

// WalletInput names an account.
type WalletInput struct {
	Owner  string `path:"owner" maxLength:"64" doc:"A merchant, or operator."`
	Wallet string `path:"wallet" enum:"wechat,alipay,unionpay"`
}

// WalletOutput is one account.
type WalletOutput struct{ Body WalletAccountView }

func (a *API) registerWallets() {
	const tag = "Wallets"
	keep := Rule{Needs: access.ServiceReview, Realm: access.Platform}
	type ownerInput struct {
		Owner string `path:"owner" maxLength:"64" doc:"A merchant, or operator."`
	}
	type accountsOutput struct {
		Body struct {
			Data []WalletAccountView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/wallets/{owner}", "list-wallet-accounts", tag, "The accounts with wallets of a merchant, or of the operator"),
		Rule{Needs: access.ServiceView, Realm: access.Platform}, func(ctx context.Context, in *ownerInput) (*accountsOutput, error) {
			out := &accountsOutput{}
			for _, w := range wallet.Names {
				account, _, err := walletAccount(in.Owner, w)
				if err != nil {
					return nil, err
				}
				kept, found, err := a.config.Accounts.Read(ctx, account)
				if err != nil {
					return nil, err
				}
				view, err := a.walletView(in.Owner, w, kept, found)
				if err != nil {
					return nil, err
				}
				out.Body.Data = append(out.Body.Data, view)
			}
			return out, nil
		})
	type saveInput struct {
		WalletInput
		Body struct {
			Mode   string            `json:"mode" enum:"direct,provider,sub"`
			Values map[string]string `json:"values" doc:"The fields by name. A secret that is left out stays as it is; one that is optional and given empty goes."`
		}
	}
	register(a, operation(http.MethodPut, "/wallets/{owner}/{wallet}", "save-wallet-account", tag, "Enter the numbers, keys and certificates of an account with a wallet"),
		Rule{Needs: keep.Needs, Realm: keep.Realm, Fresh: true}, func(ctx context.Context, in *saveInput) (*WalletOutput, error) {
			_, owner, err := walletAccount(in.Owner, wallet.Name(in.Wallet))
			if err != nil {
				return nil, err
			}
			saved, err := a.config.Accounts.Save(ctx, product.Configuration{
				Merchant: owner, Wallet: wallet.Name(in.Wallet), Mode: wallet.Mode(in.Body.Mode), Values: in.Body.Values,
			}, actorOf(ctx).Trail())
			if err != nil {
				return nil, err
			}
			view, err := a.walletView(in.Owner, wallet.Name(in.Wallet), saved, true)
			return &WalletOutput{view}, err
		})
	for act, do := range map[string]func(context.Context, string, string) (wallet.Account, error){
		"test": func(ctx context.Context, account, by string) (wallet.Account, error) {
			return a.config.Accounts.Test(ctx, account, by)
		},
		"off": func(ctx context.Context, account, by string) (wallet.Account, error) {
			return a.config.Accounts.SwitchOff(ctx, account, by)
		},
	} {
		summary := map[string]string{"test": "Test an account with its wallet", "off": "Take no more payments through an account"}[act]
		op := operation(http.MethodPost, "/wallets/{owner}/{wallet}/"+act, act+"-wallet-account", tag, summary)
		if act == "test" {
			op.Description = "Moves no money. The findings say exactly what fails; where nothing does, the account takes payments from here on."
		}
		register(a, op, keep, func(ctx context.Context, in *WalletInput) (*WalletOutput, error) {
			account, _, err := walletAccount(in.Owner, wallet.Name(in.Wallet))
			if err != nil {
				return nil, err
			}
			changed, err := do(ctx, account, actorOf(ctx).Trail())
			if err != nil {
				return nil, err
			}
			view, err := a.walletView(in.Owner, wallet.Name(in.Wallet), changed, true)
			return &WalletOutput{view}, err
		})
	}
}

// walletAccount names the account of an owner as a path has it, and the merchant that it belongs to, "" for the operator's.
func walletAccount(owner string, w wallet.Name) (account, merchantID string, err error) {
	switch {
	case owner == operatorAccounts:
		return wallet.ProviderOf(w), "", nil
	case !named(owner, merchant.Prefix):
		return "", "", merchant.ErrNotFound
	}
	return wallet.AccountOf(w, owner), owner, nil
}

func (a *API) walletView(owner string, w wallet.Name, kept wallet.Account, found bool) (WalletAccountView, error) {
	secrets, err := a.config.Accounts.Kept(kept)
	if err != nil {
		return WalletAccountView{}, err
	}
	account, _, _ := walletAccount(owner, w)
	v := WalletAccountView{
		Wallet: string(w), State: "none", Mode: string(kept.Mode), Connected: a.config.Accounts.Testers[w] != nil, Version: kept.Version,
		Notify: strings.Join([]string{a.config.Accounts.NotifyURL, string(w), account}, "/"), TestedAt: when(kept.TestedAt), TestedBy: kept.TestedBy,
		ChangedBy: kept.ChangedBy, UpdatedAt: when(kept.UpdatedAt), Findings: []WalletFinding{}, Modes: []WalletMode{},
	}
	if found {
		v.State = string(kept.State)
	}
	for _, f := range kept.Findings {
		v.Findings = append(v.Findings, WalletFinding{
			What: f.What, OK: f.OK, Field: f.Field, Why: f.Why, Values: append([]string{}, f.Values...), Detail: f.Detail,
		})
	}
	modes := []wallet.Mode{wallet.Direct, wallet.Sub}
	if owner == operatorAccounts {
		modes = []wallet.Mode{wallet.Provider}
	}
	if !slices.Contains(modes, kept.Mode) {
		v.Mode = string(modes[0])
	}
	for _, m := range modes {
		mode := WalletMode{Mode: string(m), Fields: []WalletField{}}
		for _, f := range wallet.Fields(w, m) {
			value := kept.Values[f.Name]
			has := value != "" || f.Secret && kept.Mode == m && secrets[f.Name]
			mode.Fields = append(mode.Fields, WalletField{Name: f.Name, Secret: f.Secret, Optional: f.Optional, Long: f.Long, Value: value, Kept: has})
		}
		v.Modes = append(v.Modes, mode)
	}
	return v, nil
}
