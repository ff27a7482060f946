package alipay

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

// The demo's numbers: a direct merchant, and a provider of services (ISV) with one merchant that has
// authorized it.
const (
	DemoMerchant = "2088102146225135"
	DemoApp      = "2014072300007148"
	DemoPartner  = "2088102146220100"
	DemoSub      = "2088102146220199"
)

// DemoFunds is what the payer has at first, in fen.
const DemoFunds = 1_000_000_00

const (
	defaultRate       = 6000 // parts per million: 0.6 %
	defaultRefundTime = 2 * time.Second
	defaultAskTime    = 5 * time.Minute
	defaultAgeMax     = 24 * time.Hour
	linkLife          = 2 * time.Hour        // of a QR code whose trade has no time of its own
	finishAfter       = 365 * 24 * time.Hour // when a paid trade can no more be refunded
	defaultLate       = 40 * time.Second
	defaultDelay      = 2 * time.Second
)

// Mode says how an app and the gateway know each other's keys.
type Mode string

// Modes of an app. One that has both is answered as it asks: with certificates where it names its own.
const (
	BothModes       Mode = ""
	PublicKeyMode   Mode = "public_key"
	CertificateMode Mode = "certificate"
)

// Merchant is an account with the provider, with the app through which it asks.
type Merchant struct {
	Number    string `json:"number"`             // seller_id: 2088 and twelve digits
	Name      string `json:"name,omitempty"`     // for people
	App       string `json:"app"`                // app_id, 16 digits
	Partner   string `json:"partner,omitempty"`  // whose app may act for it, by its app_auth_token; such a one signs nothing itself
	Mode      Mode   `json:"mode,omitempty"`     // of its keys
	PublicKey string `json:"key,omitempty"`      // PEM; "" means a pair of keys that is made
	Rate      int64  `json:"rate,omitempty"`     // of the fee in parts per million; 0 means 6000, below means none
	Opening   int64  `json:"opening,omitempty"`  // fen that it has at first
	Suspended bool   `json:"suspended,omitzero"` // 40006 to all it asks
}

// Credentials is what a client of one merchant needs, in the form of the demo's credentials.json.
type Credentials struct {
	GatewayURL      string `json:"gateway_url"`
	AppID           string `json:"app_id"`
	AppPrivateKey   string `json:"app_private_key_pem"`   // PKCS#8
	AlipayPublicKey string `json:"alipay_public_key_pem"` // SubjectPublicKeyInfo, of public-key mode
	SellerID        string `json:"seller_id"`

	AppCertificate    string `json:"app_cert_pem,omitempty"`    // certificate mode: of the app
	AlipayCertificate string `json:"alipay_cert_pem,omitempty"` // of the gateway
	RootCertificate   string `json:"root_cert_pem,omitempty"`   // of their issuer
}

// Config says what wallet it is. The zero value is the demo's on a free port, with books in memory.
type Config struct {
	Address   string       // loopback address to listen on; "" means a free port of 127.0.0.1
	Dir       string       // folder of keys and books; "" means memory only
	Keys      string       // file of the keys, for wallets that share them; "" means one in Dir
	Clock     *kit.Clock   // nil means one that runs with the wall clock
	Faults    *kit.Faults  // nil means an empty plan of the party "alipay"
	Logger    *slog.Logger // nil means none
	Merchants []Merchant   // nil means the demo's
	Funds     int64        // fen that the payer has at first; 0 means DemoFunds

	RefundTime time.Duration // that a refund takes which is not done at once; 0 means 2 s
	AskAbove   int64         // fen above which every payment code asks for the password; 0 means never
	AskTime    time.Duration // that a payer has for the password; 0 means 5 min
	AgeMax     time.Duration // of a gateway request, either way; 0 means 24 h
	BillsAt    time.Duration // time of day in China at which yesterday's bills are made; 0 means midnight
}

var (
	merchantForm = regexp.MustCompile(`^2088[0-9]{12}$`)
	appForm      = regexp.MustCompile(`^[0-9]{16}$`)
)

// DemoMerchants returns the accounts of a wallet without configured merchants.
func DemoMerchants() []Merchant {
	return []Merchant{
		{Number: DemoMerchant, Name: "演示商户", App: DemoApp},
		{Number: DemoPartner, Name: "演示服务商", App: "2014072300007100"},
		{Number: DemoSub, Name: "演示授权商户", App: "2014072300007199", Partner: DemoPartner, Rate: 3800},
	}
}

// withDefaults returns the config with its blanks filled in, or what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	c.Address = cmp.Or(c.Address, "127.0.0.1:0")
	c.Funds = cmp.Or(c.Funds, DemoFunds)
	c.RefundTime = cmp.Or(c.RefundTime, defaultRefundTime)
	c.AskTime = cmp.Or(c.AskTime, defaultAskTime)
	c.AgeMax = cmp.Or(c.AgeMax, defaultAgeMax)
	if c.Merchants == nil {
		c.Merchants = DemoMerchants()
	}
	if c.Clock == nil {
		c.Clock = kit.NewClock()
	}
	if c.Faults == nil {
		c.Faults = kit.NewFaults(kit.Party{Name: "alipay", Delay: defaultDelay, Late: defaultLate, Code: "ACQ.SYSTEM_ERROR"})
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Merchants = slices.Clone(c.Merchants)
	switch {
	case min(c.RefundTime, c.AskTime, c.AgeMax) < 0 || min(c.Funds, c.AskAbove) < 0:
		return c, errors.New("alipay: durations and amounts of a config must not be negative")
	case c.BillsAt < 0 || c.BillsAt >= 24*time.Hour:
		return c, errors.New("alipay: bills are made at a time of day")
	}
	return c, nil
}

// check says what is wrong with an account.
func (m Merchant) check() error {
	switch {
	case !merchantForm.MatchString(m.Number):
		return fmt.Errorf("alipay: merchant number %q must be 2088 and twelve digits", m.Number)
	case m.Partner != "" && !merchantForm.MatchString(m.Partner):
		return fmt.Errorf("alipay: partner of merchant %s must be 2088 and twelve digits", m.Number)
	case !appForm.MatchString(m.App):
		return fmt.Errorf("alipay: app of merchant %s must have 16 digits", m.Number)
	case m.Rate > 1_000_000 || m.Opening < 0:
		return fmt.Errorf("alipay: rate and opening balance of merchant %s are out of bounds", m.Number)
	case !slices.Contains([]Mode{BothModes, PublicKeyMode, CertificateMode}, m.Mode):
		return fmt.Errorf("alipay: mode of merchant %s is unknown", m.Number)
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
