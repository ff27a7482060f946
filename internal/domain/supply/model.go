package supply

import (
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// ModelTable is where models lie.
const ModelTable step.Table = "terminal_model"

// Form is the shape of a terminal.
type Form string

// The forms.
const (
	Countertop Form = "countertop" // 台式: stands at the till, on mains and wire
	Handheld   Form = "handheld"   // 手持: goes to the table, prints
	Mobile     Form = "mobile"     // 移动: small, with a phone, no printer
	Software   Form = "software"   // 软件: a program on a phone or till that takes taps
	Speaker    Form = "speaker"    // 收款音箱: shows a code and says the amount
)

// Forms lists every form.
var Forms = []Form{Countertop, Handheld, Mobile, Software, Speaker}

// Capabilities of a model, as words.
const (
	Swipe   = "swipe"
	Insert  = "insert"
	Tap     = "tap"
	Scanner = "scan" // reads the customer's code
	Display = "show" // shows a code to the customer
	Printer = "print"
	Voice   = "voice"

	Ethernet = "ethernet"
	WiFi     = "wifi"
	Cellular = "cellular"
	Phone    = "bluetooth" // by way of a phone
)

// Abilities and Networks list what a model may have.
var (
	Abilities = []string{Swipe, Insert, Tap, Scanner, Display, Printer, Voice}
	Networks  = []string{Ethernet, WiFi, Cellular, Phone}
)

// Model is a kind of hardware on offer.
type Model struct {
	ID          string // a word: "yf-h30"
	Name        string
	NameEN      string
	Maker       string
	Form        Form
	System      string   // operating system: "linux", "android", "rtos"
	Abilities   []string // sorted as in Abilities
	Networks    []string // sorted as in Networks
	Certificate string   // of the security evaluation (UPTS, PCI PTS), for readers of cards
	// PriceFen, DepositFen and MonthlyFen are charged once, held until the unit comes back, and charged every month for data.
	PriceFen, DepositFen, MonthlyFen int64
	Offered                          bool
	UpdatedAt                        calendar.Instant
}

// Key returns the row's key. Models are few and the same everywhere: bucket 0.
func (m Model) Key() step.Key { return ModelKey(m.ID) }

// ModelKey names a model.
func ModelKey(model string) step.Key { return step.Key{Table: ModelTable, ID: model} }

// Can tells whether a model has an ability.
func (m Model) Can(ability string) bool { return slices.Contains(m.Abilities, ability) }

// Reaches tells whether a model has a network.
func (m Model) Reaches(network string) bool { return slices.Contains(m.Networks, network) }

// ErrModel is the refusal of a model that will not do.
var ErrModel = fault.New(fault.Invalid, "model_invalid", "the model cannot be kept as it is")

// Check returns what is wrong with a model as it would be kept, nil if nothing is.
func (m Model) Check() error {
	word := strings.Trim(m.ID, "abcdefghijklmnopqrstuvwxyz0123456789-")
	switch {
	case m.ID == "" || len(m.ID) > 32 || word != "":
		return ErrModel.With("the id of a model is a word of a-z, 0-9 and -, up to 32 characters")
	case m.Name == "" || m.NameEN == "":
		return ErrModel.With("a model has a name in Chinese and in English")
	case !slices.Contains(Forms, m.Form):
		return ErrModel.With("the form is one of %v", Forms)
	case m.PriceFen < 0 || m.DepositFen < 0 || m.MonthlyFen < 0:
		return ErrModel.With("price, deposit and monthly fee are not negative")
	case (m.Can(Swipe) || m.Can(Insert)) && m.Certificate == "":
		return ErrModel.With("what reads cards has a certificate of its security evaluation")
	}
	for _, a := range m.Abilities {
		if !slices.Contains(Abilities, a) {
			return ErrModel.With("ability %q: use %v", a, Abilities)
		}
	}
	for _, n := range m.Networks {
		if !slices.Contains(Networks, n) {
			return ErrModel.With("network %q: use %v", n, Networks)
		}
	}
	return nil
}
