package cardnet

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/payment"
)

// Keys is what the rail asks of the security module. All keys are wrapped.
type Keys interface {
	// TranslatePIN takes a PIN block from under a terminal's key to under the PIN key to. An error of kind
	// [fault.Invalid] means that the block is none.
	TranslatePIN(b card.PINBlock, pan card.PAN, to []byte) ([]byte, error)
	// NetworkMAC computes F128 (ANSI X9.19).
	NetworkMAC(key, data []byte) ([8]byte, error)
	// VerifyNetworkMAC returns an error unless mac is that of data.
	VerifyNetworkMAC(key, data, mac []byte) error
	// ImportNetworkKeys takes in the keys of F48 of a key change, under the member key, check values held.
	ImportNetworkKeys(zmk []byte, f48 string) (pinKey, macKey []byte, err error)
}

// Sessions keeps what was agreed with the network across restarts.
type Sessions interface {
	// Load returns the zero value when nothing was saved.
	Load(ctx context.Context) (payment.RailSession, error)
	Save(ctx context.Context, s payment.RailSession) error
}

// DropReason says why an answer was not taken.
type DropReason string

// The reasons.
const (
	Malformed DropReason = "malformed" // it does not follow the profile
	WrongMAC  DropReason = "mac"
	Mismatch  DropReason = "mismatch"  // it has the key of a request and other contents
	Unmatched DropReason = "unmatched" // nobody waits for it: a duplicate, or too late even for that
)

// DropReasons lists them all.
var DropReasons = []DropReason{Malformed, WrongMAC, Mismatch, Unmatched}

// Observe is called as things happen, for metrics. Functions that are nil are not called; the others must
// not block.
type Observe struct {
	Sent      func(kind payment.Kind)
	Answered  func(kind payment.Kind, outcome payment.Outcome, took time.Duration) // silence included
	Dropped   func(why DropReason)
	Late      func()
	Connected func()
	Lost      func()
}

// Config says which network, who we are there, and what the rail needs. Address, Acquirer, Forwarder,
// MasterKey, Keys and Sessions are required.
type Config struct {
	Address   string // host:port
	Acquirer  string // F32, up to 11 digits
	Forwarder string // F33, up to 11 digits
	MasterKey []byte // ZMK, wrapped

	Timeout     time.Duration // how long an answer is waited for; default 25 s, below the terminal's patience
	Heartbeat   time.Duration // quiet after which an echo is sent; default 30 s
	Connections int           // default 1

	Keys     Keys
	Sessions Sessions
	// Late takes the answer to a request that was given up. It may block.
	Late    func(ctx context.Context, attempt string, a payment.Answer)
	Observe Observe
	Now     func() time.Time // for dates and ages, not for waiting; default time.Now
	Logger  *slog.Logger     // default none
}

const (
	institutionMax = 11
	defaultTimeout = 25 * time.Second
	defaultQuiet   = 30 * time.Second
	manageMax      = 10 * time.Second // patience with sign-on, echo and sign-off, within Timeout
)

func (c Config) withDefaults() (Config, error) {
	for _, institution := range []string{c.Acquirer, c.Forwarder} {
		if institution == "" || len(institution) > institutionMax || !digits(institution) {
			return c, errors.New("cardnet: acquirer and forwarder must have 1 to 11 digits")
		}
	}
	if c.Address == "" || len(c.MasterKey) == 0 || c.Keys == nil || c.Sessions == nil {
		return c, errors.New("cardnet: address, member key, security module and session store must be given")
	}
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.Heartbeat = cmp.Or(c.Heartbeat, defaultQuiet)
	c.Connections = cmp.Or(c.Connections, 1)
	if c.Timeout < 0 || c.Heartbeat < 0 || c.Connections < 0 {
		return c, errors.New("cardnet: times and the number of connections must be above zero")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Late == nil {
		c.Late = func(context.Context, string, payment.Answer) {}
	}
	c.Observe = c.Observe.withDefaults()
	return c, nil
}

func (o Observe) withDefaults() Observe {
	if o.Sent == nil {
		o.Sent = func(payment.Kind) {}
	}
	if o.Answered == nil {
		o.Answered = func(payment.Kind, payment.Outcome, time.Duration) {}
	}
	if o.Dropped == nil {
		o.Dropped = func(DropReason) {}
	}
	for _, f := range []*func(){&o.Late, &o.Connected, &o.Lost} {
		if *f == nil {
			*f = func() {}
		}
	}
	return o
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
