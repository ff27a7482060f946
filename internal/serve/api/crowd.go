package api

import (
	"net/netip"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// A payer's page is open to everybody: what one address may begin is bounded. Shops share an address between their guests, so
// that the bound is wide.
const (
	crowdMax    = 120 // payments begun by one address in a window
	crowdWindow = time.Minute
	crowdsMax   = 50_000 // addresses that are remembered
)

// ErrCrowd is the refusal of an address that begins too many payments.
var ErrCrowd = fault.New(fault.Limited, "too_many_payments", "too many payments were begun from this network: try again in a minute")

// crowd counts what addresses began in the present window.
type crowd struct {
	mu     sync.Mutex
	window time.Time
	began  map[netip.Addr]int
}

// enter counts one more of an address, or refuses it. An IPv6 address counts as its network of 64 bits.
func (c *crowd) enter(from netip.Addr, now time.Time) error {
	if from.Is6() {
		if network, err := from.Prefix(64); err == nil {
			from = network.Addr()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.window) >= crowdWindow || now.Before(c.window) || len(c.began) >= crowdsMax {
		c.window, c.began = now, map[netip.Addr]int{}
	}
	if c.began[from] >= crowdMax {
		return ErrCrowd
	}
	c.began[from]++
	return nil
}
