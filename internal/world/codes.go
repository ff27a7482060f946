package world

import (
	"context"
	"fmt"
	"slices"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// walletSettings point the product at the wallets that the demo plays, or at none.
func (d *Demo) walletSettings() map[string]string {
	settings := map[string]string{}
	for _, w := range wallet.Names {
		settings[string(w)+"-address"] = ""
	}
	if d.Wallets != nil {
		settings["wechat-address"], settings["alipay-address"] = d.Wallets.WeChat.URL(), d.Wallets.Alipay.URL()
		settings["unionpay-address"] = d.Wallets.UnionPay.URL()
	}
	return settings
}

// furnishCodes opens payments by code for the demo's merchants, with accounts at the wallets that the demo plays: the first
// has accounts of its own, the second is paid through the operator's with WeChat Pay and Alipay.
func (d *Demo) furnishCodes(ctx context.Context) error {
	if d.Wallets == nil {
		return nil
	}
	for _, w := range wallet.Names {
		if err := put(ctx, d.App, fee.Schedule{Owner: "rail:" + string(w), Version: 1, Rules: []fee.Rule{{Instrument: string(w), Kind: "*", Rate: WalletRate}}}); err != nil {
			return err
		}
	}
	for _, m := range demoMerchants {
		entry, found, err := step.Read[directory.Entry](ctx, d.App.Store, directory.Key(directory.MerchantNumber, m.number))
		if err != nil || !found {
			return fmt.Errorf("merchant %s: %t, %w", m.number, found, err)
		}
		for _, w := range wallet.Names {
			if err := openCodes(ctx, d.App, entry.Target, w); err != nil {
				return err
			}
		}
		for _, c := range d.configurations(m.number, entry.Target) {
			if err := enterAccount(ctx, d.App, c); err != nil {
				return fmt.Errorf("account of %s with %s: %w", m.number, c.Wallet, err)
			}
		}
	}
	return nil
}

// openCodes opens a wallet's service for a merchant, once.
func openCodes(ctx context.Context, a *app.App, merchantID string, w wallet.Name) error {
	key, prices := product.Key(merchantID, product.Kind(w)), fee.MerchantKey(merchantID)
	now := calendar.At(a.Now())
	at := slices.IndexFunc(demoPlans, func(p product.Plan) bool { return p.Kind == product.Kind(w) })
	p := demoPlans[at]
	return a.Store.Do(ctx, step.Step{Name: "demo.codes", Class: step.Staff, Keys: []step.Key{key, prices}, Run: func(v step.View) error {
		if _, found, err := step.Get[product.Service](v, key); err != nil || found {
			return err
		}
		schedule, err := step.Must[fee.Schedule](v, prices, fee.ErrNoRule)
		if err != nil {
			return err
		}
		schedule.Rules = append(schedule.Rules[:len(schedule.Rules):len(schedule.Rules)], p.Rules...)
		schedule.Version++
		v.Put(schedule)
		v.Put(product.Service{
			Merchant: merchantID, Bucket: key.Bucket, Kind: product.Kind(w), State: product.Open, Plan: p.ID, PlanVersion: 1,
			Rules: p.Rules, Limits: p.Limits, Terms: p.Terms, AgreedBy: "system", AgreedAt: now, DecidedBy: "system", CreatedAt: now, ChangedAt: now,
		})
		return nil
	}})
}

// enterAccount enters an account with a wallet and tests it, unless it takes payments already.
func enterAccount(ctx context.Context, a *app.App, c product.Configuration) error {
	account := wallet.ProviderOf(c.Wallet)
	if c.Merchant != "" {
		account = wallet.AccountOf(c.Wallet, c.Merchant)
	}
	kept, found, err := a.Accounts.Read(ctx, account)
	if err != nil || found && kept.State != wallet.Untested {
		return err
	}
	if _, err := a.Accounts.Save(ctx, c, "demo"); err != nil {
		return err
	}
	tested, err := a.Accounts.Test(ctx, account, "demo")
	if err == nil && tested.State != wallet.Ready {
		err = fmt.Errorf("the wallet does not take it: %+v", tested.Findings)
	}
	return err
}

// configurations are the accounts of a merchant of the demo, the operator's before those below it.
func (d *Demo) configurations(number, merchantID string) []product.Configuration {
	w, ali, union := d.Wallets.WeChatAccounts[number], d.Wallets.AlipayAccounts[number], d.Wallets.UnionPayAccounts[number]
	signer := map[string]string{
		"mchid": w.MerchantID, "appid": w.AppID, "app_secret": w.AppSecret, "merchant_serial": w.MerchantSerial, "merchant_private_key": w.MerchantPrivateKey,
		"api_v3_key": w.APIv3Key, "platform_public_key_id": w.PlatformPublicKeyID, "platform_public_key": w.PlatformPublicKey,
	}
	aliSigner := map[string]string{
		"app_id": ali.AppID, "seller_id": ali.SellerID, "app_private_key": ali.AppPrivateKey, "alipay_public_key": ali.AlipayPublicKey,
	}
	list := []product.Configuration{{Merchant: merchantID, Wallet: wallet.UnionPay, Mode: wallet.Direct, Values: map[string]string{
		"institution": union.Institution, "merchant_number": union.Merchant, "terminal_number": "00000001", "signing_key": union.KeyStore,
		"signing_key_password": union.KeyPassword, "unionpay_public_key": union.UnionPayPublicKey,
	}}}
	if w.SubMerchant == "" {
		list = append(list, product.Configuration{Merchant: merchantID, Wallet: wallet.WeChat, Mode: wallet.Direct, Values: signer})
	} else {
		list = append(list, product.Configuration{Wallet: wallet.WeChat, Mode: wallet.Provider, Values: signer},
			product.Configuration{Merchant: merchantID, Wallet: wallet.WeChat, Mode: wallet.Sub, Values: map[string]string{"sub_mchid": w.SubMerchant, "sub_appid": w.SubApp}})
	}
	if ali.AuthToken == "" {
		list = append(list, product.Configuration{Merchant: merchantID, Wallet: wallet.Alipay, Mode: wallet.Direct, Values: aliSigner})
	} else {
		list = append(list, product.Configuration{Wallet: wallet.Alipay, Mode: wallet.Provider, Values: aliSigner},
			product.Configuration{Merchant: merchantID, Wallet: wallet.Alipay, Mode: wallet.Sub, Values: map[string]string{"app_auth_token": ali.AuthToken, "seller_id": ali.Seller}})
	}
	return list
}
