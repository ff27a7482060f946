package cardnet

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// Flaw is a fault that only a card network has, beside those that all parties share (package kit).
type Flaw string

// Flaws of answers and, from MissingLine on, of daily files.
const (
	WrongMAC    Flaw = "wrong_mac"  // the answer's MAC is of other bytes
	WrongCode   Flaw = "wrong_code" // it books and says 96
	WrongEcho   Flaw = "wrong_echo" // F41 of the answer is another terminal's
	MissingLine Flaw = "missing_line"
	DoubledLine Flaw = "doubled_line"
	OtherAmount Flaw = "other_amount" // of a line, one fen more
	ExtraLine   Flaw = "extra_line"   // behind a line, one of a transaction that never was
)

// Flaws returns all flaws in the order in which the page lists them.
func Flaws() []Flaw {
	return []Flaw{WrongMAC, WrongCode, WrongEcho, MissingLine, DoubledLine, OtherAmount, ExtraLine}
}

// PlannedFlaw is a flaw with how often it strikes.
type PlannedFlaw struct {
	Flaw   Flaw
	Rate   float64 // share of answers or lines, 0 to 1
	Seed   uint64  // decides which
	Struck uint64  // answers it has struck; lines are not counted, since a file may be written again
}

// flaws is the plan of flaws. It is safe for concurrent use.
type flaws struct {
	mu   sync.Mutex
	plan map[Flaw]*runningFlaw
}

type runningFlaw struct {
	PlannedFlaw
	seen uint64
}

func newFlaws() *flaws { return &flaws{plan: map[Flaw]*runningFlaw{}} }

// SetFlaw puts a flaw into the plan in place of what the plan says of it. A rate of zero takes it away.
func (n *Network) SetFlaw(flaw Flaw, rate float64, seed uint64) error {
	switch {
	case !slices.Contains(Flaws(), flaw):
		return fmt.Errorf("cardnet: flaw %q is unknown; take one of %v", flaw, Flaws())
	case !(rate >= 0 && rate <= 1): // so that NaN is refused too
		return errors.New("cardnet: rate of a flaw must lie between 0 and 1")
	}
	n.flaws.mu.Lock()
	defer n.flaws.mu.Unlock()
	delete(n.flaws.plan, flaw)
	if rate > 0 {
		n.flaws.plan[flaw] = &runningFlaw{PlannedFlaw: PlannedFlaw{Flaw: flaw, Rate: rate, Seed: seed}}
	}
	return nil
}

// PlannedFlaws returns the plan of flaws in the order of [Flaws].
func (n *Network) PlannedFlaws() []PlannedFlaw {
	n.flaws.mu.Lock()
	defer n.flaws.mu.Unlock()
	var list []PlannedFlaw
	for _, flaw := range Flaws() {
		if f := n.flaws.plan[flaw]; f != nil {
			list = append(list, f.PlannedFlaw)
		}
	}
	return list
}

// strikes decides on what has this name, by the seed and nothing else.
func (f PlannedFlaw) strikes(name string) bool {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d %s", f.Flaw, f.Seed, name)
	x := h.Sum64()
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9 // FNV leaves the high bits of alike names alike
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return float64((x^x>>31)>>11)/(1<<53) < f.Rate
}

// struck is which flaws strike one answer.
type struck struct{ mac, code, echo bool }

// next decides on the next answer, by the seed and by how many came before it.
func (f *flaws) next() struck {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.plan) == 0 {
		return struck{}
	}
	return struck{f.decide(WrongMAC), f.decide(WrongCode), f.decide(WrongEcho)}
}

// decide decides on the next answer for one flaw. The caller holds mu.
func (f *flaws) decide(flaw Flaw) bool {
	running := f.plan[flaw]
	if running == nil {
		return false
	}
	running.seen++
	strikes := running.strikes(strconv.FormatUint(running.seen, 10))
	if strikes {
		running.Struck++
	}
	return strikes
}

// alter changes what an answer says.
func (s struck) alter(m *iso8583.Message) {
	if s.code {
		m.Set(39, codeFault)
	}
	if terminal := m.Get(41); s.echo && terminal != "" {
		last := terminal[len(terminal)-1]
		m.Set(41, terminal[:len(terminal)-1]+string('0'+(last+1)%10))
	}
}

// forge spoils the MAC at the end of a packed answer.
func (s struck) forge(frame []byte) []byte {
	if s.mac && len(frame) > 0 {
		frame[len(frame)-1] ^= 1
	}
	return frame
}

// spoil returns the lines of a daily file as the plan has them written.
func (f *flaws) spoil(date string, lines []line) []line {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.plan) == 0 {
		return lines
	}
	strikes := func(flaw Flaw, l line) bool {
		running := f.plan[flaw]
		return running != nil && running.strikes(date+string(l.Key[:]))
	}
	var spoiled []line
	for _, l := range lines {
		if strikes(MissingLine, l) {
			continue
		}
		if strikes(OtherAmount, l) {
			l.amount++
		}
		spoiled = append(spoiled, l)
		if strikes(DoubledLine, l) {
			spoiled = append(spoiled, l)
		}
		if strikes(ExtraLine, l) {
			stranger := *l.entry
			copy(stranger.Key[:6], "999999") // F11; terminals' traces do not come so far in a day
			stranger.RRN = "999999999999"
			l.entry = &stranger
			spoiled = append(spoiled, l)
		}
	}
	return spoiled
}
