package world

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/sim/alipay"
	"github.com/yifen-pay/yifen/internal/sim/unionpay"
	"github.com/yifen-pay/yifen/internal/sim/wechat"
)

// MakeWalletKeys makes the wallets' keys in a demo's directory, which takes a while, so that demos can share them.
func MakeWalletKeys(dir string) error {
	c, err := wechat.New(wechat.Config{Dir: walletDir(dir, "wechat"), Merchants: wechatMerchants()})
	if err != nil {
		return fmt.Errorf("keys of the wallets: %w", err)
	}
	if err := c.Close(); err != nil {
		return err
	}
	a, err := alipay.New(alipay.Config{Dir: walletDir(dir, "alipay"), Merchants: alipayMerchants()})
	if err != nil {
		return fmt.Errorf("keys of the wallets: %w", err)
	}
	if err := a.Close(); err != nil {
		return err
	}
	u, err := unionpay.New(unionpay.Config{Dir: walletDir(dir, "unionpay"), Institutions: unionpayInstitutions(), Merchants: unionpayMerchants()})
	if err != nil {
		return fmt.Errorf("keys of the wallets: %w", err)
	}
	return u.Close()
}
