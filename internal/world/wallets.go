package world

import (
	"context"
	"net/http"
	"path/filepath"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// Wallets are the wallets that the demo plays, each on a port of its own, and how its merchants are paid through them.
// They keep their books and keys below the demo's directory and run on the demo's clock.
type Wallets struct {
	WeChat   *wechat.Wallet
	Alipay   *alipay.Wallet
	UnionPay *unionpay.Wallet

	// The accounts of the demo's merchants, by the merchant's number. At UnionPay an institution signs for both, and they
	// are known by the numbers that they have everywhere.
	WeChatAccounts   map[string]WeChatAccount
	AlipayAccounts   map[string]AlipayAccount
	UnionPayAccounts map[string]unionpay.Credentials
}

// WeChatAccount is how a merchant is paid through WeChat Pay. The credentials are those of who signs: the merchant, or
// its partner.
type WeChatAccount struct {
	wechat.Credentials
	SubMerchant string // sub_mchid, "" of a merchant that signs itself
	SubApp      string // sub_appid
}

// AlipayAccount is how a merchant is paid through Alipay. The credentials are those of the app that signs: the
// merchant's, or that of its provider of services.
type AlipayAccount struct {
	alipay.Credentials
	Seller    string // seller_id of who is paid, as notifications name it
	AuthToken string // app_auth_token by which the provider's app acts, "" of a merchant's own app
}

// WalletRate is what the wallets keep of a payment to a merchant of the demo, in parts per million.
const WalletRate = 2000

// The accounts of the demo's merchants with the wallets: the first has accounts of its own, the second is paid through
// a partner of WeChat Pay's and a provider of services of Alipay's.
const (
	wechatDirect  = "1900012001"
	wechatPartner = "1900012100"
	wechatSub     = "1900012102"

	alipayDirect   = "2088102146220201"
	alipayProvider = "2088102146220210"
	alipayAssigned = "2088102146220202"

	unionpayInstitution = "48216100"
)

const wechatSubApp = "wx20260100000000c2"

// wechatMerchants are who has an account with the simulated WeChat Pay: one for clients from outside, and the demo's.
func wechatMerchants() []wechat.Merchant {
	return []wechat.Merchant{
		{Number: wechat.DemoMerchant, Name: "外部商户 a merchant from outside", Apps: []string{wechat.DemoApp}},
		{Number: wechatDirect, Name: demoMerchants[0].name, Apps: []string{"wx20260100000000a1"}, Rate: WalletRate},
		{Number: wechatPartner, Name: "一分支付（服务商）", Apps: []string{"wx20260100000000b0"}},
		{Number: wechatSub, Name: demoMerchants[1].name, Apps: []string{wechatSubApp}, Partner: wechatPartner, Rate: WalletRate},
	}
}

// alipayMerchants are who has an account with the simulated Alipay.
func alipayMerchants() []alipay.Merchant {
	return []alipay.Merchant{
		{Number: alipay.DemoMerchant, Name: "外部商户 a merchant from outside", App: alipay.DemoApp},
		{Number: alipayDirect, Name: demoMerchants[0].name, App: "2026010000000201", Rate: WalletRate},
		{Number: alipayProvider, Name: "一分支付（服务商）", App: "2026010000000210"},
		{Number: alipayAssigned, Name: demoMerchants[1].name, App: "2026010000000202", Partner: alipayProvider, Rate: WalletRate},
	}
}

// unionpayInstitutions are who signs at the simulated UnionPay: an acquirer from outside, and the demo's.
func unionpayInstitutions() []unionpay.Institution {
	return []unionpay.Institution{
		{Code: unionpay.DemoInstitution, Name: "外部机构 an institution from outside"}, {Code: unionpayInstitution, Name: "一分支付"},
	}
}

// unionpayMerchants are who is paid there.
func unionpayMerchants() []unionpay.Merchant {
	list := []unionpay.Merchant{{Number: unionpay.DemoMerchant, Institution: unionpay.DemoInstitution, Name: "外部商户"}}
	for _, m := range demoMerchants {
		list = append(list, unionpay.Merchant{
			Number: m.number, Institution: unionpayInstitution, Name: m.name, City: "Haikou", Category: m.category, Rate: WalletRate,
		})
	}
	return list
}

// walletDir is where a wallet keeps its books and keys in a demo's directory.
func walletDir(demo, wallet string) string { return filepath.Join(demo, wallet) }

// server is a simulated party that answers on a port of its own.
type server interface {
	Serve(ctx context.Context) error
	Close() error
}

// startWallets starts the wallets and reads what the demo's merchants need of them.
func (d *Demo) startWallets() (err error) {
	w := &Wallets{
		WeChatAccounts: map[string]WeChatAccount{}, AlipayAccounts: map[string]AlipayAccount{}, UnionPayAccounts: map[string]unionpay.Credentials{},
	}
	o := &d.Options
	if w.WeChat, err = wechat.New(wechat.Config{
		Address: o.WeChat, Dir: walletDir(o.Dir, "wechat"), Clock: d.Clock, Logger: o.Logger, Merchants: wechatMerchants(),
	}); err != nil {
		return err
	}
	d.serve("WeChat Pay", w.WeChat)
	if w.Alipay, err = alipay.New(alipay.Config{
		Address: o.Alipay, Dir: walletDir(o.Dir, "alipay"), Clock: d.Clock, Logger: o.Logger, Merchants: alipayMerchants(),
	}); err != nil {
		return err
	}
	d.serve("Alipay", w.Alipay)
	if w.UnionPay, err = unionpay.New(unionpay.Config{
		Address: o.UnionPay, Dir: walletDir(o.Dir, "unionpay"), Clock: d.Clock, Logger: o.Logger,
		Institutions: unionpayInstitutions(), Merchants: unionpayMerchants(),
	}); err != nil {
		return err
	}
	d.serve("UnionPay", w.UnionPay)
	o.WeChat, o.Alipay, o.UnionPay = w.WeChat.Address().String(), w.Alipay.Address().String(), w.UnionPay.Address().String()
	d.Wallets = w
	return w.readAccounts()
}

// serve runs a simulator until the demo stops, which is after the product has.
func (d *Demo) serve(name string, s server) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(ctx); err != nil && ctx.Err() == nil {
			d.Options.Logger.Error(name+" simulator", "error", err)
		}
	}()
	d.stop = append([]func(){func() {
		cancel()
		<-done
		if err := s.Close(); err != nil {
			d.Options.Logger.Error(name+" simulator", "error", err)
		}
	}}, d.stop...)
}

func (w *Wallets) readAccounts() error {
	for i, signer := range []string{wechatDirect, wechatPartner} {
		c, err := w.WeChat.Credentials(signer)
		if err != nil {
			return err
		}
		account := WeChatAccount{Credentials: c}
		if signer == wechatPartner {
			account.SubMerchant, account.SubApp = wechatSub, wechatSubApp
		}
		w.WeChatAccounts[demoMerchants[i].number] = account
	}
	for _, m := range demoMerchants {
		c, err := w.UnionPay.Credentials(m.number)
		if err != nil {
			return err
		}
		w.UnionPayAccounts[m.number] = c
	}
	own, err := w.Alipay.Credentials(alipayDirect)
	if err != nil {
		return err
	}
	provider, err := w.Alipay.Credentials(alipayProvider)
	if err != nil {
		return err
	}
	token, err := w.Alipay.AuthToken(alipayAssigned)
	if err != nil {
		return err
	}
	w.AlipayAccounts[demoMerchants[0].number] = AlipayAccount{Credentials: own, Seller: alipayDirect}
	w.AlipayAccounts[demoMerchants[1].number] = AlipayAccount{Credentials: provider, Seller: alipayAssigned, AuthToken: token}
	return nil
}

// credentials are what a client from outside needs of each wallet: those of a merchant that is not the demo's.
func (w *Wallets) credentials() (map[string]any, error) {
	c, err := w.WeChat.Credentials(wechat.DemoMerchant)
	if err != nil {
		return nil, err
	}
	a, err := w.Alipay.Credentials(alipay.DemoMerchant)
	if err != nil {
		return nil, err
	}
	u, err := w.UnionPay.Credentials(unionpay.DemoMerchant)
	if err != nil {
		return nil, err
	}
	a.AppCertificate, a.AlipayCertificate, a.RootCertificate = "", "", "" // the file describes public-key mode
	return map[string]any{"wechat": c, "alipay": a, "unionpay": u}, nil
}

// names are how the phone calls who is paid, by the number of the account.
func (w *Wallets) names() map[string]string {
	names := map[string]string{}
	for _, m := range wechatMerchants() {
		names[m.Number] = m.Name
	}
	for _, m := range alipayMerchants() {
		names[m.Number] = m.Name
	}
	for _, m := range unionpayMerchants() {
		names[m.Number] = m.Name
	}
	return names
}

// handlers are the wallets' own pages and their plans of faults, by party.
func (w *Wallets) handlers() map[string]http.Handler {
	return map[string]http.Handler{"wechat": w.WeChat.Handler(), "alipay": w.Alipay.Handler(), "unionpay": w.UnionPay.Handler()}
}
