package unionpay

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

// The demo's numbers: an institution with two merchants.
const (
	DemoInstitution = "48029900"
	DemoMerchant    = "898290054119001"
	DemoOther       = "898290054119002"
)

// DemoFunds is what the payer has at first, in fen.
const DemoFunds = 1_000_000_00

const (
	defaultRate       = 3800 // parts per million: 0.38 %
	defaultRefundTime = 2 * time.Second
	defaultAskTime    = 5 * time.Minute
	defaultAgeMax     = 5 * time.Minute
	defaultCutOff     = 23 * time.Hour
	linkLife          = 2 * time.Hour        // of a merchant's code that says nothing of it
	cancelLife        = 24 * time.Hour       // of a paid order that can be canceled
	refundLife        = 330 * 24 * time.Hour // of a paid order that can be refunded
	defaultLate       = 40 * time.Second
	defaultDelay      = 2 * time.Second
)

// Institution is an acquirer, whose key signs requests.
type Institution struct {
	Code      string `json:"code"` // serProvId: eight digits
	Name      string `json:"name,omitempty"`
	PublicKey string `json:"key,omitempty"`      // PEM; "" means a pair of keys that is made
	Suspended bool   `json:"suspended,omitzero"` // 31 to all it asks
}

// Merchant is who is paid.
type Merchant struct {
	Number      string `json:"number"`      // merId: fifteen digits
	Institution string `json:"institution"` // that asks for it
	Name        string `json:"name"`        // that payers see; in an EMV code, so at most 25 characters
	City        string `json:"city,omitempty"`
	Category    string `json:"category,omitempty"` // ISO 18245; "" means 5311
	Rate        int64  `json:"rate,omitempty"`     // of the fee in parts per million; 0 means 3800, below means none
	Opening     int64  `json:"opening,omitempty"`  // fen that it has at first
	Suspended   bool   `json:"suspended,omitzero"` // 31 to all that is asked for it
}

// Credentials is what a client of one merchant's institution needs, in the form of the demo's credentials.json.
type Credentials struct {
	BaseURL           string `json:"base_url"`
	Institution       string `json:"ser_prov_id"`
	Merchant          string `json:"mer_id"`
	KeyStore          string `json:"key_pkcs12"` // base64 of the institution's key and certificate; "" where it came with a key
	KeyPassword       string `json:"key_password"`
	PrivateKey        string `json:"private_key_pem"`         // the same key, PKCS#8
	UnionPayPublicKey string `json:"unionpay_public_key_pem"` // that signs answers and notifications, SubjectPublicKeyInfo
}

// Config says what network it is. The zero value is the demo's on a free port, with books in memory.
type Config struct {
	Address      string        // loopback address to listen on; "" means a free port of 127.0.0.1
	Dir          string        // folder of keys and books; "" means memory only
	Keys         string        // file of the keys, for networks that share them; "" means one in Dir
	Clock        *kit.Clock    // nil means one that runs with the wall clock
	Faults       *kit.Faults   // nil means an empty plan of the party "unionpay"
	Logger       *slog.Logger  // nil means none
	Institutions []Institution // nil means the demo's
	Merchants    []Merchant    // nil means the demo's
	Funds        int64         // fen that the payer has at first; 0 means DemoFunds

	RefundTime time.Duration // that a refund takes which is not done at once; 0 means 2 s
	AskAbove   int64         // fen above which every payment code asks for the password; 0 means never
	AskTime    time.Duration // that a payer has for the password; 0 means 5 min
	AgeMax     time.Duration // of a request, either way; 0 means 5 min
	CutOff     time.Duration // time of day in China from which on it is the next settleDate; 0 means 23:00
	BillsAt    time.Duration // time of day in China at which yesterday's bills are made; 0 means midnight
}

var (
	institutionForm = regexp.MustCompile(`^[0-9]{8}$`)
	merchantForm    = regexp.MustCompile(`^[0-9]{15}$`)
	categoryForm    = regexp.MustCompile(`^[0-9]{4}$`)
)

// DemoInstitutions returns the institutions of a network without configured ones.
func DemoInstitutions() []Institution {
	return []Institution{{Code: DemoInstitution, Name: "演示收单机构"}}
}

// DemoMerchants returns the merchants of a network without configured ones.
func DemoMerchants() []Merchant {
	return []Merchant{
		{Number: DemoMerchant, Institution: DemoInstitution, Name: "演示商户", City: "上海"},
		{Number: DemoOther, Institution: DemoInstitution, Name: "演示商户二", City: "上海"},
	}
}

// withDefaults returns the config with its blanks filled in, or what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	c.Address = cmp.Or(c.Address, "127.0.0.1:0")
	c.Funds = cmp.Or(c.Funds, DemoFunds)
	c.RefundTime = cmp.Or(c.RefundTime, defaultRefundTime)
	c.AskTime = cmp.Or(c.AskTime, defaultAskTime)
	c.AgeMax = cmp.Or(c.AgeMax, defaultAgeMax)
	c.CutOff = cmp.Or(c.CutOff, defaultCutOff)
	if c.Institutions == nil {
		c.Institutions = DemoInstitutions()
	}
	if c.Merchants == nil {
		c.Merchants = DemoMerchants()
	}
	if c.Clock == nil {
		c.Clock = kit.NewClock()
	}
	if c.Faults == nil {
		c.Faults = kit.NewFaults(kit.Party{Name: "unionpay", Delay: defaultDelay, Late: defaultLate, Code: unknownResult.code})
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Institutions, c.Merchants = slices.Clone(c.Institutions), slices.Clone(c.Merchants)
	day := 24 * time.Hour
	switch {
	case min(c.RefundTime, c.AskTime, c.AgeMax) < 0 || min(c.Funds, c.AskAbove) < 0:
		return c, errors.New("unionpay: durations and amounts of a config must not be negative")
	case min(c.BillsAt, c.CutOff) < 0 || max(c.BillsAt, c.CutOff) >= day:
		return c, errors.New("unionpay: cut-off and the making of bills are times of day")
	}
	return c, nil
}

// check says what is wrong with an institution.
func (i Institution) check() error {
	if !institutionForm.MatchString(i.Code) {
		return fmt.Errorf("unionpay: institution %q must have eight digits", i.Code)
	}
	return nil
}

// check says what is wrong with a merchant.
func (m Merchant) check() error {
	switch {
	case !merchantForm.MatchString(m.Number):
		return fmt.Errorf("unionpay: merchant number %q must have fifteen digits", m.Number)
	case m.Name == "" || len([]rune(m.Name)) > 25 || len([]rune(m.City)) > 15:
		return fmt.Errorf("unionpay: merchant %s needs a name of at most 25 characters, and a city of at most 15", m.Number)
	case m.Category != "" && !categoryForm.MatchString(m.Category):
		return fmt.Errorf("unionpay: category of merchant %s must have four digits", m.Number)
	case m.Rate > 1_000_000 || m.Opening < 0:
		return fmt.Errorf("unionpay: rate and opening balance of merchant %s are out of bounds", m.Number)
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
