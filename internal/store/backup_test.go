package store_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/pgtest"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// backup takes a backup of the records at target.
func backup(t testing.TB, target string) []byte {
	t.Helper()
	v, err := store.OpenVerifier(t.Context(), target, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var out bytes.Buffer
	if rows, err := v.Backup(t.Context(), &out, nil); err != nil || rows == 0 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	return out.Bytes()
}

func restore(target string, from []byte) error {
	_, err := store.Restore(context.Background(), target, bytes.NewReader(from), nil)
	return err
}

// content returns every row of the records at target, by table, in an order of its own.
func content(t testing.TB, target string) map[string][]string {
	t.Helper()
	db := database(t, target)
	out := map[string][]string{}
	for _, spec := range store.Specs() {
		names := make([]string, len(spec.Columns))
		for i, c := range spec.Columns {
			names[i] = c.Name
		}
		rows := texts(t, db, "SELECT "+strings.Join(names, ", ")+" FROM "+spec.Name)
		slices.Sort(rows)
		out[spec.Name] = rows
	}
	return out
}

func wantEqual(t testing.TB, a, b map[string][]string) {
	t.Helper()
	for table, rows := range a {
		if !slices.Equal(rows, b[table]) {
			t.Errorf("table %s differs: %d rows and %d", table, len(rows), len(b[table]))
		}
	}
}

func TestBackup_restoresIntoTheOtherEngine(t *testing.T) {
	for name, c := range map[string]struct{ from, to func(testing.TB) string }{
		"from sqlite to postgres":   {testing.TB.TempDir, func(t testing.TB) string { return pgtest.DSN(t) }},
		"from postgres to sqlite":   {func(t testing.TB) string { return pgtest.DSN(t) }, testing.TB.TempDir},
		"from sqlite to sqlite":     {testing.TB.TempDir, testing.TB.TempDir},
		"from postgres to postgres": {func(t testing.TB) string { return pgtest.DSN(t) }, func(t testing.TB) string { return pgtest.DSN(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := c.from(t), c.to(t)
			storetest.Tell(t, from)
			if err := restore(to, backup(t, from)); err != nil {
				t.Fatal(err)
			}
			storetest.WantClean(t, to)
			wantEqual(t, content(t, from), content(t, to))
			// What was restored works on, and its chains with it.
			shop, err := storetest.NewShop(t.Context(), storetest.Open(t, to, store.Options{}), 1, storetest.Loopback{Answer: payment.Answer{Outcome: payment.Yes}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := shop.Sale(t.Context(), 0, 100); err != nil {
				t.Fatal(err)
			}
			storetest.WantClean(t, to)
		})
	}
}

// A backup is one moment of a working installation: each one taken under load verifies, and none is older
// than the one before.
func TestBackup_underLoad(t *testing.T) {
	engines(t, func(t *testing.T, target string) {
		t.Parallel()
		shop, err := storetest.NewShop(t.Context(), storetest.Open(t, target, store.Options{}), 8, storetest.Loopback{Answer: payment.Answer{Outcome: payment.Yes}})
		if err != nil {
			t.Fatal(err)
		}
		stop, ended := make(chan struct{}), make(chan int)
		for c := range 8 {
			go func() {
				sales := 0
				defer func() { ended <- sales }()
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := shop.Sale(context.Background(), c, 100); err != nil {
						t.Error(err)
						return
					}
					sales++
				}
			}()
		}
		before := 0
		for range 3 {
			taken := backup(t, target)
			to := t.TempDir()
			if err := restore(to, taken); err != nil {
				t.Fatal(err)
			}
			storetest.WantClean(t, to)
			payments := len(content(t, to)["payment"])
			if payments < before {
				t.Errorf("a later backup holds %d payments, an earlier one %d", payments, before)
			}
			before = payments
		}
		close(stop)
		sales := 0
		for range 8 {
			sales += <-ended
		}
		if got := len(content(t, target)["payment"]); got != sales || before == 0 {
			t.Errorf("%d sales were made, %d are there, %d in the last backup", sales, got, before)
		}
	})
}

// A backup that is cut off anywhere is refused; one with a bit flipped is refused, or the bit meant
// nothing: a few of the compressed format's own do not.
func TestBackup_damaged(t *testing.T) {
	from := t.TempDir()
	storetest.Tell(t, from)
	good := backup(t, from)
	random := rand.New(rand.NewPCG(1, 2))
	cuts := []int{0, 1, 9, 10, 11, len(good) / 2, len(good) - 9, len(good) - 8, len(good) - 1}
	for range 6 {
		cuts = append(cuts, random.IntN(len(good)))
	}
	for _, n := range cuts {
		if err := restore(t.TempDir(), good[:n]); err == nil {
			t.Errorf("cut off after %d bytes of %d it is accepted", n, len(good))
		}
	}
	if err := restore(t.TempDir(), append(slices.Clone(good), 0)); err == nil {
		t.Error("with a byte more it is accepted")
	}
	if err := restore(t.TempDir(), slices.Concat(good, good)); err == nil {
		t.Error("twice over it is accepted")
	}
	places := []int{0, 1, 2, 3, 4, 8, 9, 10, len(good) - 9, len(good) - 8, len(good) - 4, len(good) - 1}
	for range 24 {
		places = append(places, random.IntN(len(good)))
	}
	want, harmless := content(t, from), 0
	for _, at := range places {
		bad := slices.Clone(good)
		bad[at] ^= 1 << random.IntN(8)
		to := t.TempDir()
		if err := restore(to, bad); err == nil {
			harmless++
			wantEqual(t, want, content(t, to))
		}
	}
	if harmless > 5 {
		t.Errorf("%d flipped bits of %d went unnoticed", harmless, len(places))
	}
}

func TestRestore_refusesAUsedTarget(t *testing.T) {
	engines(t, func(t *testing.T, target string) {
		from := t.TempDir()
		storetest.Tell(t, from)
		good := backup(t, from)
		storetest.Open(t, target, store.Options{}).Close() // opened once, nothing written
		if err := restore(target, good); err == nil || !strings.Contains(err.Error(), "in use already") {
			t.Errorf("a target that was opened before: %v", err)
		}
	})
	t.Run("after a damaged backup", func(t *testing.T) {
		from, to := t.TempDir(), t.TempDir()
		storetest.Tell(t, from)
		good := backup(t, from)
		if err := restore(to, good[:len(good)-1]); err == nil {
			t.Fatal("a backup that is cut off is accepted")
		}
		if err := store.Exists(to); err == nil {
			t.Error("half a database was left behind")
		}
		if err := restore(to, good); err != nil {
			t.Errorf("the whole backup after a damaged one: %v", err)
		}
	})
}

func TestExists(t *testing.T) {
	empty, used := t.TempDir(), t.TempDir()
	storetest.Open(t, used, store.Options{})
	if err := store.Exists(empty); err == nil || !strings.Contains(err.Error(), empty) {
		t.Errorf("an empty directory: %v", err)
	}
	if err := store.Exists(used); err != nil {
		t.Error(err)
	}
}
