package kit

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Kind is a way in which a party misbehaves.
type Kind string

// Kinds of faults.
const (
	Delay       Kind = "delay"        // it acts at once and answers after a while
	Drop        Kind = "drop"         // it acts and never answers
	Lost        Kind = "lost"         // the request never reaches it
	Late        Kind = "late"         // it acts and answers when the client has given up
	Duplicate   Kind = "duplicate"    // it acts once and answers twice
	WrongAmount Kind = "wrong_amount" // it says another amount than it booked
	Decline     Kind = "decline"      // it declines with a code
	Close       Kind = "close"        // it acts and cuts the connection instead of answering
)

// Kinds returns all kinds of faults in the order in which pages list them.
func Kinds() []Kind {
	return []Kind{Delay, Drop, Lost, Late, Duplicate, WrongAmount, Decline, Close}
}

// Fault is one kind of fault with how often it strikes.
type Fault struct {
	Party string        // whose fault it is, e.g. "cardnet"; "" means whoever it is given to
	Kind  Kind          // one of the constants
	Rate  float64       // share of messages, 0 to 1; 0 takes the fault away
	Seed  uint64        // decides which messages
	After time.Duration // of Delay and Late: how long it waits; 0 means the party's default
	Code  string        // of Decline: the code; "" means the party's default
}

// String returns the fault as [ParseFault] reads it.
func (f Fault) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%s:%s", f.Party, f.Kind, strconv.FormatFloat(f.Rate, 'g', -1, 64))
	if f.Seed != 0 {
		fmt.Fprintf(&b, ":seed=%d", f.Seed)
	}
	if f.After != 0 {
		fmt.Fprintf(&b, ":after=%s", f.After)
	}
	if f.Code != "" {
		fmt.Fprintf(&b, ":code=%s", f.Code)
	}
	return b.String()
}

// ParseFault reads a fault as a command line gives it: party:kind:rate and, as they are needed,
// :seed=7, :after=40s and :code=51.
func ParseFault(text string) (Fault, error) {
	parts := strings.Split(text, ":")
	if len(parts) < 3 {
		return Fault{}, errors.New("kit: a fault is party:kind:rate, e.g. cardnet:drop:0.01:seed=7")
	}
	rate, err := strconv.ParseFloat(parts[2], 64)
	if err != nil {
		return Fault{}, fmt.Errorf("kit: rate %q of a fault is not a number between 0 and 1", parts[2])
	}
	f := Fault{Party: parts[0], Kind: Kind(parts[1]), Rate: rate}
	for _, part := range parts[3:] {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "seed":
			f.Seed, err = strconv.ParseUint(value, 10, 64)
		case "after":
			f.After, err = time.ParseDuration(value)
		case "code":
			f.Code = value
		default:
			err = errors.New("unknown")
		}
		if err != nil {
			return Fault{}, fmt.Errorf("kit: %q of a fault is none of seed=number, after=duration, code=text", part)
		}
	}
	return f, f.check()
}

func (f Fault) check() error {
	switch {
	case !slices.Contains(Kinds(), f.Kind):
		return fmt.Errorf("kit: fault kind %q is unknown; take one of %v", f.Kind, Kinds())
	case !(f.Rate >= 0 && f.Rate <= 1): // so that NaN is refused too
		return errors.New("kit: rate of a fault must lie between 0 and 1")
	case f.After < 0 || f.After > time.Hour:
		return errors.New("kit: wait of a fault must lie between 0 and one hour")
	case len(f.Code) > 64:
		return errors.New("kit: code of a fault is longer than 64 characters")
	}
	return nil
}

// Party says how one party's faults show where a fault does not say it itself.
type Party struct {
	Name  string        // e.g. "cardnet"
	Delay time.Duration // of the kind Delay
	Late  time.Duration // of the kind Late; longer than clients wait
	Code  string        // of the kind Decline
}

// Faults is the plan of faults of one party. The zero value is not usable; see [NewFaults]. It is safe
// for concurrent use.
type Faults struct {
	party Party
	mu    sync.Mutex // held to change the plan
	plan  atomic.Pointer[[]*running]
}

// running is a fault with its place in its own sequence of decisions.
type running struct {
	Fault
	salt   uint64
	seen   atomic.Uint64
	struck atomic.Uint64
}

// NewFaults returns an empty plan.
func NewFaults(party Party) *Faults { return &Faults{party: party} }

// ErrParty reports a fault that is meant for another party.
var ErrParty = errors.New("kit: fault is meant for another party")

// Party returns the name of the party whose plan it is.
func (f *Faults) Party() string { return f.party.Name }

// Set puts a fault into the plan, in place of the one of its kind, and starts its sequence anew. A rate
// of zero takes it away. It returns [ErrParty] for another party's fault.
func (f *Faults) Set(fault Fault) error {
	if err := fault.check(); err != nil {
		return err
	}
	if fault.Party != "" && fault.Party != f.party.Name {
		return ErrParty
	}
	fault.Party = f.party.Name
	switch fault.Kind {
	case Delay:
		fault.After = cmp.Or(fault.After, f.party.Delay)
	case Late:
		fault.After = cmp.Or(fault.After, f.party.Late)
	case Decline:
		fault.Code = cmp.Or(fault.Code, f.party.Code)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var plan []*running
	if old := f.plan.Load(); old != nil {
		plan = slices.DeleteFunc(slices.Clone(*old), func(r *running) bool { return r.Kind == fault.Kind })
	}
	if fault.Rate > 0 {
		h := fnv.New64a()
		h.Write([]byte(fault.Kind))
		plan = append(plan, &running{Fault: fault, salt: mix(fault.Seed) ^ h.Sum64()})
	}
	f.plan.Store(&plan)
	return nil
}

// Clear takes all faults away.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan.Store(nil)
}

// Planned is a fault of a plan with what has come of it.
type Planned struct {
	Fault
	Seen   uint64 // messages it decided on
	Struck uint64 // messages it struck
}

// List returns the plan in the order in which it was made.
func (f *Faults) List() []Planned {
	plan := f.plan.Load()
	if plan == nil {
		return nil
	}
	list := make([]Planned, 0, len(*plan))
	for _, r := range *plan {
		list = append(list, Planned{Fault: r.Fault, Seen: r.seen.Load(), Struck: r.struck.Load()})
	}
	return list
}

// Effect is what strikes one message. The zero value is no fault; several may strike together.
type Effect struct {
	Delay       time.Duration
	Late        time.Duration
	Drop        bool
	Lost        bool
	Close       bool
	Duplicate   bool
	WrongAmount bool
	Decline     string
}

// Next decides on the next message.
func (f *Faults) Next() Effect {
	var e Effect
	plan := f.plan.Load()
	if plan == nil {
		return e
	}
	for _, r := range *plan {
		n := r.seen.Add(1)
		if float64(mix(r.salt+n)>>11)/(1<<53) >= r.Rate {
			continue
		}
		r.struck.Add(1)
		switch r.Kind {
		case Delay:
			e.Delay = r.After
		case Late:
			e.Late = r.After
		case Drop:
			e.Drop = true
		case Lost:
			e.Lost = true
		case Close:
			e.Close = true
		case Duplicate:
			e.Duplicate = true
		case WrongAmount:
			e.WrongAmount = true
		case Decline:
			e.Decline = r.Code
		}
	}
	return e
}

// mix spreads the bits of x evenly (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
