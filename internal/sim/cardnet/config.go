package cardnet

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// The demo member: the acquirer (F32) and forwarder (F33) that a network without configured members lets in.
const (
	DemoAcquirer  = "48982900"
	DemoForwarder = "48982900"
)

// DemoZMK is the member key of the demo, in hexadecimal. It protects nothing.
const DemoZMK = "7C1FB0A2D3E64958617F8392A5B4C7D0"

const (
	pinTriesMax   = 3
	noPINLimit    = 1_000_00 // fen: up to here a tap needs no PIN
	noPINDaily    = 3_000_00 // fen: and up to here in a day
	percent       = 115
	authDays      = 30
	oldKeyFor     = 60 * time.Second
	yuan          = "156"
	acquirersMax  = 11 // digits of F32 and F33
	defaultKeep   = 200
	defaultLate   = 40 * time.Second
	defaultDelay  = 2 * time.Second
	defaultCutOff = 23 * time.Hour
)

// Member is an institution that may sign on.
type Member struct {
	Forwarder string   // F33, up to 11 digits
	Acquirers []string // F32 it may send for; empty means its forwarder's number only
}

// Rate is a fee: a share of the amount and what it is at most.
type Rate struct {
	PPM int64 // parts per million of the amount
	Max int64 // fen; 0 means no maximum
}

// of returns the fee on an amount, rounded half up to the fen.
func (r Rate) of(amount int64) int64 {
	fee := (amount*r.PPM + 500_000) / 1_000_000
	if r.Max > 0 {
		fee = min(fee, r.Max)
	}
	return fee
}

// Fees is what a member pays for a sale.
type Fees struct {
	Interchange Rate // to the issuer
	Network     Rate // to the network
}

// DefaultFees returns the price ceilings of China's rules for card payments as of 2016: interchange 0.35 %
// on debit up to CNY 13.00 and 0.45 % on credit, network fee 0.0325 % on debit up to CNY 3.25 and on credit.
// Prepaid cards cost what debit cards do.
func DefaultFees() map[Product]Fees {
	return map[Product]Fees{
		Debit:   {Interchange: Rate{PPM: 3500, Max: 13_00}, Network: Rate{PPM: 325, Max: 3_25}},
		Credit:  {Interchange: Rate{PPM: 4500}, Network: Rate{PPM: 325}},
		Prepaid: {Interchange: Rate{PPM: 3500, Max: 13_00}, Network: Rate{PPM: 325, Max: 3_25}},
	}
}

// Config says what network it is. The zero value is the demo's on a free port, with books in memory.
type Config struct {
	Addr    string           // loopback address to listen on; "" means a free port of 127.0.0.1
	Dir     string           // folder of books and daily files; "" means memory only
	ZMK     string           // member key, 32 hexadecimal digits; "" means DemoZMK
	Cards   []Card           // nil means DemoCards
	Members []Member         // nil means the demo member
	Fees    map[Product]Fees // nil means DefaultFees
	Clock   *kit.Clock       // nil means one that runs with the wall clock
	Logger  *slog.Logger     // nil means none

	IssuerKey     string // master key of the chips, 32 hexadecimal digits; "" means DemoIssuerMasterKey
	StrictChip    bool   // decline (05) a cryptogram that is wrong, or missing where the entry mode promises one
	StrictCounter bool   // decline (05) a right cryptogram whose counter (9F36) is not above the card's last
	StrictStripe  bool   // decline (45) a stripe of a card with a chip that is no fallback

	NoPINLimit        int64 // fen up to which a tap needs no PIN; 0 means CNY 1,000.00
	NoPINDaily        int64 // fen that taps without PIN may take from a card in a day in China; 0 means CNY 3,000.00
	CompletionPercent int   // of what is authorized, that a completion may take; 0 means 115
	AuthorizationDays int   // clearing days that an authorization lives; 0 means 30

	LateAfter     time.Duration // how long a late card takes; 0 means 40 s
	CutOver       time.Duration // time of day in China at which the clearing date turns; 0 means 23:00
	ManualCutOver bool          // the date turns by CloseDay only
	CutOverPause  time.Duration // time between 201 and 202, in which 0200 is answered 90
	KeepDays      int           // clearing days that books keep after the last act on a transaction; 0 means 200

	KeyEvery         time.Duration // change keys after this long; 0 means never
	KeyEveryMessages int           // change keys after so many financial messages; 0 means never
	EchoEvery        time.Duration // ask signed-on members for an echo; 0 means never
}

// withDefaults returns the config with its blanks filled in, or what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:0")
	c.ZMK = cmp.Or(c.ZMK, DemoZMK)
	c.IssuerKey = cmp.Or(c.IssuerKey, DemoIssuerMasterKey)
	c.LateAfter = cmp.Or(c.LateAfter, defaultLate)
	c.CutOver = cmp.Or(c.CutOver, defaultCutOff)
	c.KeepDays = cmp.Or(c.KeepDays, defaultKeep)
	c.NoPINLimit = cmp.Or(c.NoPINLimit, noPINLimit)
	c.NoPINDaily = cmp.Or(c.NoPINDaily, noPINDaily)
	c.CompletionPercent = cmp.Or(c.CompletionPercent, percent)
	c.AuthorizationDays = cmp.Or(c.AuthorizationDays, authDays)
	if c.Cards == nil {
		c.Cards = DemoCards()
	}
	if c.Members == nil {
		c.Members = []Member{{Forwarder: DemoForwarder, Acquirers: []string{DemoAcquirer}}}
	}
	if c.Fees == nil {
		c.Fees = DefaultFees()
	}
	if c.Clock == nil {
		c.Clock = kit.NewClock()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Members = slices.Clone(c.Members)
	for i, m := range c.Members {
		if len(m.Acquirers) == 0 {
			c.Members[i].Acquirers = []string{m.Forwarder}
		}
	}
	return c, c.check()
}

func (c Config) check() error {
	for _, card := range c.Cards {
		if err := card.check(); err != nil {
			return err
		}
	}
	for _, m := range c.Members {
		for _, number := range append([]string{m.Forwarder}, m.Acquirers...) {
			if number == "" || len(number) > acquirersMax || !digits(number) {
				return fmt.Errorf("cardnet: member number %q must have 1 to 11 digits", number)
			}
		}
	}
	switch {
	case c.CutOver < 0 || c.CutOver >= 24*time.Hour:
		return errors.New("cardnet: cut-over must be a time of day")
	case min(c.LateAfter, c.CutOverPause, c.KeyEvery, c.EchoEvery) < 0 || c.KeepDays < 0 || c.KeyEveryMessages < 0:
		return errors.New("cardnet: durations and counts of a config must not be negative")
	case min(c.NoPINLimit, c.NoPINDaily) < 0 || c.AuthorizationDays < 0:
		return errors.New("cardnet: limits of a config must not be negative")
	case c.CompletionPercent < 100 || c.CompletionPercent > 1000:
		return errors.New("cardnet: a completion may take 100 to 1000 percent of what is authorized")
	}
	return nil
}

// tripleKey reads a double-length key. The error names it and not its value.
func tripleKey(name, text string) (*cardcrypto.Key, error) {
	value, err := hex.DecodeString(text)
	if err != nil || len(value) != 16 {
		return nil, fmt.Errorf("cardnet: %s must be 32 hexadecimal digits", name)
	}
	return cardcrypto.NewDESKey(value)
}
