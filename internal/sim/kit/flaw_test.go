package kit_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

type flaw string

func newFlaws() *kit.Flaws[flaw] { return kit.NewFlaws([]flaw{"forged", "late"}, []flaw{"missing"}) }

func TestFlaws_seed(t *testing.T) {
	strikes := func(seed uint64) (hit []bool) {
		f := newFlaws()
		if err := f.Set("forged", 0.25, seed); err != nil {
			t.Fatal(err)
		}
		if err := f.Set("missing", 0.25, seed); err != nil {
			t.Fatal(err)
		}
		for i := range 400 {
			hit = append(hit, f.Next("forged", "late")["forged"], f.Line("missing", strconv.Itoa(i)))
		}
		return hit
	}
	first := strikes(1)
	if !slices.Equal(first, strikes(1)) || slices.Equal(first, strikes(2)) {
		t.Error("flaws do not depend on the seed and nothing else")
	}
	count := 0
	for _, hit := range first {
		if hit {
			count++
		}
	}
	if count < 150 || count > 250 {
		t.Errorf("a quarter of 800 is struck %d times", count)
	}
}

func TestFlaws_once(t *testing.T) {
	f := newFlaws()
	for range 2 {
		if err := f.Once("late"); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []bool{true, true, false} {
		if got := f.Next("late")["late"]; got != want {
			t.Errorf("message %d is struck: %v", i+1, got)
		}
	}
	if got := f.List(); len(got) != 0 {
		t.Errorf("a plan that is used up is %+v", got)
	}
	for name, err := range map[string]error{
		"an unknown flaw": f.Set("explode", 1, 0), "a rate of two": f.Set("late", 2, 0), "a rate that is none": f.Set("late", math.NaN(), 0),
		"a line once": f.Once("missing"), "an unknown flaw once": f.Once("explode"),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestFlaws_http(t *testing.T) {
	f, faults := newFlaws(), newFaults()
	serve := f.Handler(faults)
	for _, test := range []struct {
		media, body string
		want        int
	}{
		{"application/json", `{"kind":"forged","rate":0.5,"seed":3}`, http.StatusOK},
		{"application/x-www-form-urlencoded", "kind=late&rate=0&once=2", http.StatusSeeOther},
		{"application/json", `{"kind":"drop","rate":0.5}`, http.StatusOK},
		{"application/json", `{"party":"nobody","kind":"forged","rate":0.5}`, http.StatusBadRequest},
		{"application/json", `{"kind":"forged","rate":2}`, http.StatusBadRequest},
		{"application/x-www-form-urlencoded", "kind=late&rate=1&seed=x", http.StatusBadRequest},
	} {
		r := httptest.NewRequest(http.MethodPost, "/faults", strings.NewReader(test.body))
		r.Header.Set("Content-Type", test.media)
		rw := httptest.NewRecorder()
		if serve(rw, r); rw.Code != test.want {
			t.Errorf("%s: answered %d, want %d", test.body, rw.Code, test.want)
		}
	}
	rw := httptest.NewRecorder()
	f.Show("bank")(rw, nil)
	want := `[{"party":"bank","kind":"forged","rate":0.5,"seed":3,"struck":0},{"party":"bank","kind":"late","rate":0,"seed":0,"once":2,"struck":0}]` + "\n"
	if rw.Body.String() != want || len(faults.List()) != 1 {
		t.Errorf("the plans are %s and %+v", rw.Body, faults.List())
	}
	if f.Clear(); len(f.List()) != 0 {
		t.Error("a plan that was cleared is not empty")
	}
}

func TestKeys(t *testing.T) {
	text, key, err := kit.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	again, err := kit.ParseKey(text)
	if err != nil || !again.Equal(key) {
		t.Fatalf("the key is read as another: %v", err)
	}
	public, err := kit.ParsePublicKey(kit.PublicPEM(&key.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := kit.Sign(key, []byte("一分"))
	if err != nil {
		t.Fatal(err)
	}
	if !kit.Signed(public, []byte("一分"), signature) || kit.Signed(public, []byte("二分"), signature) || kit.Signed(public, nil, "!") {
		t.Error("a signature fits what it is not of, or not what it is of")
	}
	for _, bad := range []string{"", "key", kit.PublicPEM(public)} {
		if _, err := kit.ParseKey(bad); err == nil {
			t.Error("what is no private key is read as one")
		}
	}
	for _, bad := range []string{"", "key", text} {
		if _, err := kit.ParsePublicKey(bad); err == nil {
			t.Error("what is no public key is read as one")
		}
	}
}

func TestListen(t *testing.T) {
	ln, err := kit.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, address := range []string{"0.0.0.0:0", "nowhere", ln.Addr().String()} {
		if other, err := kit.Listen(address); err == nil {
			t.Errorf("%s is listened on", address)
			other.Close()
		}
	}
	for host, want := range map[string]bool{"localhost": true, "127.0.0.9": true, "[::1]": true, "example.com": false, "10.0.0.1": false} {
		if kit.Loopback(host) != want {
			t.Errorf("%s is this machine: %v", host, !want)
		}
	}
}

func TestEach(t *testing.T) {
	var lock sync.Mutex
	for _, length := range []int{0, 1, 255, 256, 257, 1000} {
		list := make([]int, length)
		for i := range list {
			list[i] = i
		}
		want := 0
		for got := range kit.Each(&lock, func() []int { return list }, strconv.Itoa) {
			if !lock.TryLock() {
				t.Fatal("the lock is held while an item is looked at")
			}
			lock.Unlock()
			if got != strconv.Itoa(want) {
				t.Fatalf("of %d items number %d is %s", length, want, got)
			}
			want++
		}
		if want != length {
			t.Errorf("of %d items %d come", length, want)
		}
	}
	for range kit.Each(&lock, func() []int { return make([]int, 1000) }, strconv.Itoa) {
		break
	}
}
