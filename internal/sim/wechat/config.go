package wechat

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// The demo's merchant numbers: a direct merchant and a partner with one sub-merchant.
const (
	DemoMerchant = "1900000109"
	DemoApp      = "wxd678efh567hg6787"
	DemoPartner  = "1900000100"
	DemoSub      = "1900000199"
)

// DemoFunds is what the payer has at first, in fen.
const DemoFunds = 1_000_000_00

const (
	defaultRate       = 6000 // parts per million: 0.6 %
	defaultRefundTime = 2 * time.Second
	defaultAskTime    = 5 * time.Minute
	linkLife          = 2 * time.Hour // of a code_url whose order has no time_expire
	defaultLate       = 40 * time.Second
	defaultDelay      = 2 * time.Second
)

// Mode says which of the platform's keys a merchant's account has.
type Mode string

// Modes of an account. An account in the change-over has both.
const (
	BothModes       Mode = ""
	PublicKeyMode   Mode = "public_key"
	CertificateMode Mode = "certificate"
)

// Merchant is an account with the provider.
type Merchant struct {
	Number    string   `json:"number"`             // mchid, 8 to 10 digits
	Name      string   `json:"name,omitempty"`     // for people
	Apps      []string `json:"apps,omitempty"`     // appids bound to it
	Partner   string   `json:"partner,omitempty"`  // whose sub-merchant it is; such a one signs nothing itself
	Mode      Mode     `json:"mode,omitempty"`     // of the keys that it verifies with
	Serial    string   `json:"serial,omitempty"`   // of its API certificate; "" means one that is made
	PublicKey string   `json:"key,omitempty"`      // PEM; "" means a pair of keys that is made
	APIv3Key  string   `json:"api_key,omitempty"`  // 32 characters; "" means one that is made
	Rate      int64    `json:"rate,omitempty"`     // of the fee in parts per million; 0 means 6000, below means none
	Opening   int64    `json:"opening,omitempty"`  // fen that it has at first
	Suspended bool     `json:"suspended,omitzero"` // 403 NO_AUTH to all it asks
}

// Credentials is what a client of one merchant needs, in the form of the demo's credentials.json.
type Credentials struct {
	BaseURL              string `json:"base_url"`
	MerchantID           string `json:"mchid"`
	AppID                string `json:"appid"`
	AppSecret            string `json:"app_secret"` // of the official account, for pages in the wallet's browser
	MerchantSerial       string `json:"merchant_serial"`
	MerchantPrivateKey   string `json:"merchant_private_key_pem"` // PKCS#8
	APIv3Key             string `json:"api_v3_key"`
	PlatformPublicKeyID  string `json:"platform_public_key_id"`
	PlatformPublicKey    string `json:"platform_public_key_pem"`
	PlatformSerial       string `json:"platform_serial"` // of the certificate that GET /v3/certificates lists
	PlatformCertificates string `json:"-"`               // PEM, for clients that are given it beforehand
}

// Config says what wallet it is. The zero value is the demo's on a free port, with books in memory.
type Config struct {
	Address   string       // loopback address to listen on; "" means a free port of 127.0.0.1
	Dir       string       // folder of keys and books; "" means memory only
	Keys      string       // file of the keys, for wallets that share them; "" means one in Dir
	Clock     *kit.Clock   // nil means one that runs with the wall clock
	Faults    *kit.Faults  // nil means an empty plan of the party "wechat"
	Logger    *slog.Logger // nil means none
	Merchants []Merchant   // nil means the demo's
	Funds     int64        // fen that the payer has at first; 0 means DemoFunds

	RefundTime      time.Duration // a refund takes; 0 means 2 s
	RefundEvery     time.Duration // between two refunds of one order, else 429; 0 means none (the original: 1 min)
	AskAbove        int64         // fen above which every payment code asks for the password; 0 means never
	AskTime         time.Duration // that a payer has for the password; 0 means 5 min
	PasswordAsError bool          // answer 202 USERPAYING instead of 200 with this state
	Probe           bool          // send a notification with a bad signature before each first one
	BillsAt         time.Duration // time of day in China at which yesterday's bills are made; 0 means midnight
}

var (
	merchantForm = regexp.MustCompile(`^[0-9]{8,10}$`)
	appForm      = regexp.MustCompile(`^[0-9A-Za-z_-]{1,32}$`)
	serialForm   = regexp.MustCompile(`^[0-9A-Fa-f]{8,40}$`)
)

// DemoMerchants returns the accounts of a wallet without configured merchants.
func DemoMerchants() []Merchant {
	return []Merchant{
		{Number: DemoMerchant, Name: "演示直连商户", Apps: []string{DemoApp}},
		{Number: DemoPartner, Name: "演示服务商", Apps: []string{"wx8888888888888888"}},
		{Number: DemoSub, Name: "演示特约商户", Apps: []string{"wx7777777777777777"}, Partner: DemoPartner, Rate: 3800},
	}
}

// withDefaults returns the config with its blanks filled in, or what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	c.Address = cmp.Or(c.Address, "127.0.0.1:0")
	c.Funds = cmp.Or(c.Funds, DemoFunds)
	c.RefundTime = cmp.Or(c.RefundTime, defaultRefundTime)
	c.AskTime = cmp.Or(c.AskTime, defaultAskTime)
	if c.Merchants == nil {
		c.Merchants = DemoMerchants()
	}
	if c.Clock == nil {
		c.Clock = kit.NewClock()
	}
	if c.Faults == nil {
		c.Faults = kit.NewFaults(kit.Party{
			Name: "wechat", Delay: defaultDelay, Late: defaultLate, Code: systemError.code,
		})
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Merchants = slices.Clone(c.Merchants)
	switch {
	case min(c.RefundTime, c.RefundEvery, c.AskTime) < 0 || min(c.Funds, c.AskAbove) < 0:
		return c, errors.New("wechat: durations and amounts of a config must not be negative")
	case c.BillsAt < 0 || c.BillsAt >= 24*time.Hour:
		return c, errors.New("wechat: bills are made at a time of day")
	}
	return c, nil
}

// check says what is wrong with an account.
func (m Merchant) check() error {
	switch {
	case !merchantForm.MatchString(m.Number):
		return fmt.Errorf("wechat: merchant number %q must have 8 to 10 digits", m.Number)
	case m.Partner != "" && !merchantForm.MatchString(m.Partner):
		return fmt.Errorf("wechat: partner of merchant %s must have 8 to 10 digits", m.Number)
	case m.Partner == "" && len(m.Apps) == 0:
		return fmt.Errorf("wechat: merchant %s needs an appid", m.Number)
	case slices.ContainsFunc(m.Apps, func(app string) bool { return !appForm.MatchString(app) }):
		return fmt.Errorf("wechat: an appid of merchant %s is not 1 to 32 letters and digits", m.Number)
	case m.APIv3Key != "" && len(m.APIv3Key) != 32:
		return fmt.Errorf("wechat: APIv3 key of merchant %s must have 32 characters", m.Number)
	case m.Serial != "" && !serialForm.MatchString(m.Serial):
		return fmt.Errorf("wechat: serial number of merchant %s must be hexadecimal", m.Number)
	case m.PublicKey != "" && m.Serial == "":
		return fmt.Errorf("wechat: merchant %s has a key and needs the serial number of its certificate", m.Number)
	case m.Rate > 1_000_000 || m.Opening < 0:
		return fmt.Errorf("wechat: rate and opening balance of merchant %s are out of bounds", m.Number)
	case !slices.Contains([]Mode{BothModes, PublicKeyMode, CertificateMode}, m.Mode):
		return fmt.Errorf("wechat: mode of merchant %s is unknown", m.Number)
	}
	return nil
}

// rate returns the rate of the fee in parts per million.
func (m Merchant) rate() int64 {
	if m.Rate < 0 {
		return 0
	}
	return cmp.Or(m.Rate, defaultRate)
}
