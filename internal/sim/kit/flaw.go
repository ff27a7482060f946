package kit

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
)

// PlannedFlaw is a flaw, which is a fault that only one party has, with how often it strikes.
type PlannedFlaw[F ~string] struct {
	Flaw   F
	Rate   float64 // share of what it can strike, 0 to 1
	Seed   uint64  // decides which
	Once   int     // further ones that it strikes whatever the rate; not of lines
	Struck uint64  // of lines none are counted, since a bill may be made again
}

// Flaws is the plan of one party's flaws. It is safe for concurrent use. The same seed and the same order of
// messages, or the same names of lines, meet the same flaws.
type Flaws[F ~string] struct {
	known, lines []F
	mu           sync.Mutex
	plan         map[F]*runningFlaw[F]
}

type runningFlaw[F ~string] struct {
	PlannedFlaw[F]
	seen uint64
}

// Struck is which flaws strike one message.
type Struck[F ~string] map[F]bool

// NewFlaws returns an empty plan for flaws of messages and flaws of lines in bills.
func NewFlaws[F ~string](messages, lines []F) *Flaws[F] {
	return &Flaws[F]{known: slices.Concat(messages, lines), lines: lines, plan: map[F]*runningFlaw[F]{}}
}

// Known returns all flaws that the plan takes.
func (f *Flaws[F]) Known() []F { return slices.Clone(f.known) }

// Set puts a flaw into the plan in place of what the plan says of it. A rate of zero takes it away.
func (f *Flaws[F]) Set(flaw F, rate float64, seed uint64) error {
	switch {
	case !slices.Contains(f.known, flaw):
		return fmt.Errorf("flaw %q is unknown; take one of %v", flaw, f.known)
	case !(rate >= 0 && rate <= 1): // so that NaN is refused too
		return errors.New("rate of a flaw must lie between 0 and 1")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.plan, flaw)
	if rate > 0 {
		f.plan[flaw] = &runningFlaw[F]{PlannedFlaw: PlannedFlaw[F]{Flaw: flaw, Rate: rate, Seed: seed}}
	}
	return nil
}

// Once has a flaw strike the next message that it can strike.
func (f *Flaws[F]) Once(flaw F) error {
	if !slices.Contains(f.known, flaw) || slices.Contains(f.lines, flaw) {
		return fmt.Errorf("flaw %q does not strike once", flaw)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.plan[flaw] == nil {
		f.plan[flaw] = &runningFlaw[F]{PlannedFlaw: PlannedFlaw[F]{Flaw: flaw}}
	}
	f.plan[flaw].Once++
	return nil
}

// Clear takes all flaws away.
func (f *Flaws[F]) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.plan)
}

// List returns the plan in the order of [Flaws.Known].
func (f *Flaws[F]) List() []PlannedFlaw[F] {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []PlannedFlaw[F]
	for _, flaw := range f.known {
		if r := f.plan[flaw]; r != nil {
			list = append(list, r.PlannedFlaw)
		}
	}
	return list
}

// strikes decides on what has this name, by the seed and nothing else.
func (p PlannedFlaw[F]) strikes(name string) bool {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d %s", p.Flaw, p.Seed, name)
	return float64(mix(h.Sum64())>>11)/(1<<53) < p.Rate
}

// Next decides on the next message, by the seed and by how many came before it.
func (f *Flaws[F]) Next(of ...F) Struck[F] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.plan) == 0 {
		return nil
	}
	s := Struck[F]{}
	for _, flaw := range of {
		r := f.plan[flaw]
		if r == nil {
			continue
		}
		r.seen++
		if s[flaw] = r.strikes(strconv.FormatUint(r.seen, 10)); r.Once > 0 {
			r.Once--
			s[flaw] = true
		}
		if s[flaw] {
			r.Struck++
		}
		if r.Rate == 0 && r.Once == 0 {
			delete(f.plan, flaw)
		}
	}
	return s
}

// Line reports whether a flaw strikes a line of a bill, which it knows by its name.
func (f *Flaws[F]) Line(flaw F, name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.plan[flaw]
	return r != nil && r.strikes(name)
}

// LineFlaws are the flaws of lines in bills: one is missing, one stands twice, one has another amount, behind one
// stands that of a stranger.
type LineFlaws[F ~string] struct{ Missing, Doubled, Other, Extra F }

// Spoil returns the lines of a bill as the plan of flaws has them written. other makes the amount of a line one fen
// more, stranger makes it one of an order that never was.
func Spoil[F ~string, L any](flaws *Flaws[F], of LineFlaws[F], lines []L, name func(L) string, other, stranger func(*L)) []L {
	var spoiled []L
	for _, l := range lines {
		known := name(l)
		if flaws.Line(of.Missing, known) {
			continue
		}
		if flaws.Line(of.Other, known) {
			other(&l)
		}
		spoiled = append(spoiled, l)
		if flaws.Line(of.Doubled, known) {
			spoiled = append(spoiled, l)
		}
		if flaws.Line(of.Extra, known) {
			extra := l
			stranger(&extra)
			spoiled = append(spoiled, extra)
		}
	}
	return spoiled
}
