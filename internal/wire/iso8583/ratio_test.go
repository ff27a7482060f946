package iso8583_test

import (
	"flag"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// ratioMin is how many times faster than the oracle this package must be in the same run.
const ratioMin = 10

// TestSpeed_againstOracle compares both codecs in one run, so that the machine cancels out.
func TestSpeed_againstOracle(t *testing.T) {
	if raceEnabled {
		t.Skip("race: the race detector slows the two codecs down unequally")
	}
	benchtime := flag.Lookup("test.benchtime")
	before := benchtime.Value.String()
	if err := flag.Set("test.benchtime", "100ms"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set("test.benchtime", before); err != nil {
			t.Error(err)
		}
	})
	m, body := chipSale(t)
	oracle := oracleSpec(iso8583.Terminal)
	for _, c := range []struct {
		name         string
		ours, theirs func(*testing.B)
	}{
		{
			"unpack",
			func(b *testing.B) { benchmarkUnpack(b, body) },
			func(b *testing.B) { benchmarkOracleUnpack(b, oracle, body) },
		},
		{
			"pack",
			func(b *testing.B) { benchmarkAppend(b, m) },
			func(b *testing.B) { benchmarkOraclePack(b, oracle, m) },
		},
	} {
		ours, theirs := testing.Benchmark(c.ours), testing.Benchmark(c.theirs)
		if ours.N == 0 || theirs.N == 0 {
			t.Fatalf("%s: the benchmark failed", c.name)
		}
		ratio := float64(theirs.NsPerOp()) / float64(ours.NsPerOp())
		t.Logf("%s: %d ns, the oracle %d ns, ratio %.0f", c.name, ours.NsPerOp(), theirs.NsPerOp(), ratio)
		if ratio < ratioMin {
			t.Errorf("%s is only %.1f times faster than the oracle, want %d", c.name, ratio, ratioMin)
		}
	}
}

// TestAllocations holds a reused message and buffer to none, and a fresh pair to two.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("race: the race detector allocates on its own")
	}
	m, body := chipSale(t)
	var into iso8583.Message
	var out []byte
	for name, c := range map[string]struct {
		max float64
		run func()
	}{
		"unpack, reused": {0, func() { _ = iso8583.Terminal.Unpack(body, &into) }},
		"unpack, fresh":  {2, func() { _ = iso8583.Terminal.Unpack(body, new(iso8583.Message)) }},
		"append, reused": {0, func() { out, _ = iso8583.Terminal.Append(out[:0], m) }},
		"append, fresh":  {2, func() { _, _ = iso8583.Terminal.Append(nil, m) }},
	} {
		if got := testing.AllocsPerRun(100, c.run); got > c.max {
			t.Errorf("%s: %v allocations, want at most %v", name, got, c.max)
		}
	}
}
