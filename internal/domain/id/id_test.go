package id_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/id"
)

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestNew_form(t *testing.T) {
	m := id.NewMaker((&clock{start}).now, rand.Reader)
	for b := range id.Bucket(id.BucketCount) {
		s := m.New("pay_", b)
		if len(s) != 32 {
			t.Fatalf("%q has %d characters", s, len(s))
		}
		if got, err := id.BucketOf(s); err != nil || got != b || s[4:6] != b.String() {
			t.Fatalf("%q carries bucket %d, %v; want %d", s, got, err, b)
		}
		if strings.Trim(s[6:], "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Fatalf("%q is not in the alphabet of ULIDs", s)
		}
	}
}

func TestNew_knownULID(t *testing.T) {
	// 01ARZ3NDEKTSV4RRFFQ69G5FAV is the example of the ULID specification, its time 1469922850259 ms. Its chance
	// begins with a set bit, which a maker clears to have room for counting: T becomes a digit 16 lower.
	chance := []byte{0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02, 0xbd, 0x5b}
	m := id.NewMaker((&clock{time.UnixMilli(1469922850259)}).now, bytes.NewReader(chance))
	if got, want := m.New("x_", 7), "x_07"+"01ARZ3NDEK"+"ASV4RRFFQ69G5FAV"; got != want {
		t.Errorf("made %q, want %q", got, want)
	}
}

func TestNew_rises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{start}
		m := id.NewMaker(c.now, rand.Reader)
		last := m.New("op_", 3)
		for range 200 {
			// Within a millisecond, across some, and back, as a corrected clock does.
			c.at = c.at.Add(time.Duration(rapid.IntRange(-5000, 5000).Draw(t, "µs")) * time.Microsecond)
			next := m.New("op_", 3)
			if next <= last {
				t.Fatalf("%q follows %q", next, last)
			}
			last = next
		}
	})
}

func TestNew_risesAcrossCarries(t *testing.T) {
	chance := []byte{0x00, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}
	m := id.NewMaker((&clock{start}).now, bytes.NewReader(chance))
	last := ""
	for range 4 {
		next := m.New("", 0)
		if next <= last {
			t.Fatalf("%q follows %q", next, last)
		}
		last = next
	}
}

func TestNew_concurrentIsUnique(t *testing.T) {
	const callers, each = 8, 2000
	m := id.NewMaker((&clock{start}).now, rand.Reader)
	made := make([][]string, callers)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			for range each {
				made[i] = append(made[i], m.New("pay_", 0))
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, list := range made {
		for _, s := range list {
			seen[s] = true
		}
	}
	if len(seen) != callers*each {
		t.Errorf("%d ids of %d differ", len(seen), callers*each)
	}
}

func TestNewRoot_spreads(t *testing.T) {
	m := id.NewMaker(time.Now, rand.Reader)
	used := map[id.Bucket]int{}
	const n = 64 * 100
	for range n {
		used[id.MustBucket(m.NewRoot("mch_"))]++
	}
	for b := range id.Bucket(id.BucketCount) {
		if used[b] < 40 || used[b] > 200 { // 100 expected, six standard deviations and more away
			t.Errorf("bucket %d took %d of %d merchants", b, used[b], n)
		}
	}
}

func TestBucketOf_refuses(t *testing.T) {
	ulid := strings.Repeat("0", 26)
	for _, s := range []string{"", "pay_", ulid, "pay_64" + ulid, "pay_7x" + ulid, "pay_x0" + ulid, "pay_99" + ulid} {
		if b, err := id.BucketOf(s); err == nil {
			t.Errorf("%q carries bucket %d, want a refusal", s, b)
		}
	}
}

func TestSince_liesBetweenBeforeAndAfter(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	now := at.Add(-time.Millisecond)
	m := id.NewMaker(func() time.Time { return now }, rand.Reader)
	before := m.New("op_", 7)
	now = at
	after := m.New("op_", 7)
	if since := id.Since("op_", 7, at); before >= since || after <= since {
		t.Errorf("%s, %s, %s", before, since, after)
	}
}
