package bureau

import (
	"cmp"
	"errors"
	"log/slog"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// DemoClient and DemoKey are the client that a provider without configured clients lets in. The key protects nothing.
const (
	DemoClient = "yifen-demo"
	DemoKey    = "demo key of the bureau, not a secret"
)

// Person is somebody whom the provider knows.
type Person struct{ Name, Number string }

// Company is one that stands in the register.
type Company struct{ Name, Code, Representative string }

// Account is one whose holder is known. What is empty is not compared.
type Account struct{ Holder, Number, Identity, Phone string }

// Config says what provider it is. The zero value is the demo's on a free port, with books in memory.
type Config struct {
	Addr      string            // loopback address to listen on; "" means a free port of 127.0.0.1
	Dir       string            // folder of the books; "" means memory only
	Clients   map[string]string // keys by clients; nil means the demo's
	People    []Person
	Companies []Company
	Accounts  []Account
	Clock     *kit.Clock   // nil means one that runs with the wall clock
	Logger    *slog.Logger // nil means none
}

const (
	window       = 5 * time.Minute // by which a time may be off
	questionMax  = 64 << 10        // bytes
	rowsMax      = 200             // questions that the page shows
	defaultDelay = 2 * time.Second
	defaultLate  = 30 * time.Second
)

func (c Config) withDefaults() (Config, error) {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:0")
	if c.Clients == nil {
		c.Clients = map[string]string{DemoClient: DemoKey}
	}
	if c.Clock == nil {
		c.Clock = kit.NewClock()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for client, key := range c.Clients {
		if client == "" || len(key) < 16 {
			return c, errors.New("bureau: a client needs a name and a key of 16 bytes or more")
		}
	}
	return c, nil
}
