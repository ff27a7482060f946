package payment

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// RailSessions is where the state of our sessions with rails lies.
const RailSessions step.Table = "rail_session"

// RailSession is what both sides of a rail agreed on: working keys, wrapped by the hsm, and the clearing
// date that the network set.
type RailSession struct {
	Rail         string
	PINKey       []byte
	MACKey       []byte
	Version      int64 // rises with every set of keys
	ClearingDate calendar.Date
	UpdatedAt    calendar.Instant
}

// Key returns the row's key. It is small and the same everywhere: bucket 0.
func (s RailSession) Key() step.Key { return RailSessionKey(s.Rail) }

// RailSessionKey names the session with a rail.
func RailSessionKey(rail string) step.Key { return step.Key{Table: RailSessions, ID: rail} }
