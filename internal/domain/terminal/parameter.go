package terminal

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// ParameterTable is where sets of parameters lie.
const ParameterTable step.Table = "terminal_parameters"

// Kind is a kind of parameters that a terminal downloads.
type Kind string

// The kinds, in the order in which a terminal is asked to fetch them.
const (
	Settings     Kind = "settings"
	CAKeys       Kind = "ca_keys"
	Applications Kind = "applications"
	Contactless  Kind = "contactless"
	Blacklist    Kind = "blacklist"
	BINs         Kind = "bins"
	Notice       Kind = "notice"
)

// Kinds lists every kind of parameters in that order.
var Kinds = []Kind{Settings, CAKeys, Applications, Contactless, Blacklist, BINs, Notice}

// Set is one version of one kind of parameters. It never changes; a change is another version.
type Set struct {
	Kind      Kind
	Version   int64
	Content   []byte // JSON of the kind's type
	Author    string
	CreatedAt calendar.Instant
}

// Key returns the row's key. It is small and the same everywhere: bucket 0.
func (s Set) Key() step.Key { return SetKey(s.Kind, s.Version) }

// SetKey names a version of a kind.
func SetKey(k Kind, version int64) step.Key {
	return step.Key{Table: ParameterTable, ID: fmt.Sprintf("%s/%012d", k, version)}
}

// Behavior is the content of [Settings]: how a terminal works.
type Behavior struct {
	TimeoutSeconds int      `json:"timeout_seconds"` // to wait for the host
	Dials          int      `json:"dials"`
	Phones         []string `json:"phones,omitempty"` // up to three, of the host
	AdminPhone     string   `json:"admin_phone,omitempty"`
	Tips           bool     `json:"tips"`
	TipPercent     int      `json:"tip_percent"`
	Manual         bool     `json:"manual"` // card numbers may be keyed in
	AutoSignOff    bool     `json:"auto_sign_off"`
	ReversalTries  int      `json:"reversal_tries"`
	Switches       Switches `json:"switches"`
}

// Switches says which transactions a terminal offers: bit 63 is the first of the dialect's list. It is written as 16
// hexadecimal digits, which every reader of JSON keeps whole.
type Switches uint64

// MarshalText implements encoding.TextMarshaler.
func (s Switches) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016X", uint64(s)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Switches) UnmarshalText(text []byte) error {
	if len(text) != 16 {
		return ErrParameters.With("switches are 16 hexadecimal digits")
	}
	n, err := strconv.ParseUint(string(text), 16, 64)
	*s = Switches(n)
	return err
}

// CAKey is one public key of a card scheme, part of [CAKeys]. Values are hexadecimal.
type CAKey struct {
	RID      string `json:"rid"`    // 5 bytes
	Index    string `json:"index"`  // 1 byte
	Expiry   string `json:"expiry"` // YYYYMMDD
	Modulus  string `json:"modulus"`
	Exponent string `json:"exponent"`
	Check    string `json:"check"` // SHA-1 over RID, index, modulus and exponent
}

// Application is what a terminal needs of one chip application, part of [Applications].
type Application struct {
	AID  string `json:"aid"`  // hexadecimal, 5 to 16 bytes
	Data string `json:"data"` // hexadecimal TLV that follows 9F06: DF01, 9F09, DF11, DF12, DF13, 9F1B …
}

// TapRules is the content of [Contactless]. Amounts are in fen.
type TapRules struct {
	On             bool  `json:"on"`
	LimitFen       int64 `json:"limit_fen"`        // of a tap
	NoPINFen       int64 `json:"no_pin_fen"`       // up to which no PIN is asked
	NoSignatureFen int64 `json:"no_signature_fen"` // up to which no signature is asked
}

// Blocked is one entry of [Blacklist]: the beginning of card numbers, or one card, sealed.
type Blocked struct {
	Prefix string       `json:"prefix,omitempty"` // up to 10 digits
	Card   *card.Sealed `json:"card,omitempty"`
}

// BINRow is one entry of [BINs].
type BINRow struct {
	Prefix       string    `json:"prefix"`
	Length       int       `json:"length"`
	Kind         card.Kind `json:"kind"`
	Organization string    `json:"organization"`
}

// Update is the content of [Notice]: software that is ready for the terminal.
type Update struct {
	Version string `json:"version"` // up to 12 characters
	Address string `json:"address"`
}

// ErrParameters is the refusal of parameters that no terminal could take.
var ErrParameters = fault.New(fault.Invalid, "parameters_invalid", "the parameters do not fit what terminals take")

// NoSignatureMax is the amount in fen up to which a tap may go without PIN or signature: a floor in code.
const NoSignatureMax = 1000_00

// Encode writes the content of a kind after it has checked it: [Behavior], []CAKey, []Application, [TapRules],
// []Blocked, []BINRow or [Update].
func Encode(k Kind, content any) ([]byte, error) {
	if why := faultOf(k, content); why != "" {
		return nil, ErrParameters.With("%s: %s", k, why)
	}
	return json.Marshal(content)
}

// Decode reads the content of a set.
func Decode[T any](s Set) (content T, err error) {
	if err = json.Unmarshal(s.Content, &content); err != nil {
		err = fmt.Errorf("parameters %s version %d: %w", s.Kind, s.Version, err)
	}
	return content, err
}

// faultOf says what is wrong with a content, "" when nothing is.
func faultOf(k Kind, content any) string {
	fits := false
	switch c := content.(type) {
	case Behavior:
		fits = k == Settings
		switch {
		case c.TimeoutSeconds < 10 || c.TimeoutSeconds > 99:
			return "the time-out is 10 to 99 s"
		case c.Dials < 0 || c.Dials > 9 || c.ReversalTries < 1 || c.ReversalTries > 9:
			return "tries are 1 to 9"
		case c.TipPercent < 0 || c.TipPercent > 99:
			return "a tip is 0 to 99 percent"
		case len(c.Phones) > 3:
			return "there are at most three telephone numbers"
		}
		for _, p := range append(slices.Clone(c.Phones), c.AdminPhone) {
			if len(p) > 14 || strings.Trim(p, "0123456789") != "" {
				return "a telephone number is up to 14 digits"
			}
		}
	case []CAKey:
		fits = k == CAKeys
		for i, key := range c {
			if !isHex(key.RID, 5, 5) || !isHex(key.Index, 1, 1) || !isHex(key.Modulus, 96, 248) || !isHex(key.Exponent, 1, 3) ||
				!isHex(key.Check, 20, 20) || len(key.Expiry) != 8 || strings.Trim(key.Expiry, "0123456789") != "" {
				return "key " + strconv.Itoa(i+1) + " is malformed"
			}
		}
	case []Application:
		fits = k == Applications
		for i, a := range c {
			if !isHex(a.AID, 5, 16) || !isHex(a.Data, 1, 400) {
				return "application " + strconv.Itoa(i+1) + " is malformed"
			}
		}
	case TapRules:
		fits = k == Contactless
		if c.LimitFen < 0 || c.NoPINFen < 0 || c.NoSignatureFen < 0 || c.NoPINFen > NoSignatureMax || c.NoSignatureFen > NoSignatureMax {
			return "without PIN or signature at most CNY 1,000.00"
		}
	case []Blocked:
		fits = k == Blacklist
		for i, b := range c {
			if (b.Prefix == "") == (b.Card == nil) || len(b.Prefix) > 10 || strings.Trim(b.Prefix, "0123456789") != "" {
				return "entry " + strconv.Itoa(i+1) + " is neither up to ten digits nor a sealed card"
			}
		}
	case []BINRow:
		fits = k == BINs
		for i, b := range c {
			if b.Prefix == "" || len(b.Prefix) > 12 || strings.Trim(b.Prefix, "0123456789") != "" || b.Length < 0 || b.Length > 19 || len(b.Organization) > 3 {
				return "row " + strconv.Itoa(i+1) + " is malformed"
			}
		}
	case Update:
		fits = k == Notice
		if c.Version == "" || len(c.Version) > 12 || len(c.Address) > 200 {
			return "a version has up to 12 characters, an address up to 200"
		}
	}
	if !fits {
		return fmt.Sprintf("a %T is not the content of this kind", content)
	}
	return ""
}

// isHex tells whether text is hexadecimal of least to most bytes.
func isHex(text string, least, most int) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) >= least && len(b) <= most
}

// Versions says, kind by kind, which version of the parameters is meant; 0 is none.
type Versions struct{ of [7]int64 }

// Of returns the version of a kind.
func (v Versions) Of(k Kind) int64 {
	if i := slices.Index(Kinds, k); i >= 0 {
		return v.of[i]
	}
	return 0
}

// With returns the versions with another one of a kind.
func (v Versions) With(k Kind, version int64) Versions {
	if i := slices.Index(Kinds, k); i >= 0 {
		v.of[i] = version
	}
	return v
}

// String writes the versions that are not 0: "settings=3 ca_keys=1".
func (v Versions) String() string {
	var parts []string
	for i, k := range Kinds {
		if v.of[i] != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", k, v.of[i]))
		}
	}
	return strings.Join(parts, " ")
}

// ParseVersions reads what String wrote.
func ParseVersions(text string) (v Versions, err error) {
	for _, part := range strings.Fields(text) {
		name, number, ok := strings.Cut(part, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || !slices.Contains(Kinds, Kind(name)) {
			return v, fmt.Errorf("versions %q: write them as settings=3 ca_keys=1", text)
		}
		v = v.With(Kind(name), n)
	}
	return v, nil
}
