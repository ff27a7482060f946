package kit_test

import (
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

func newFaults() *kit.Faults {
	return kit.NewFaults(kit.Party{Name: "bank", Delay: time.Second, Late: time.Minute, Code: "05"})
}

func TestFaults_everyKind(t *testing.T) {
	for _, test := range []struct {
		fault kit.Fault
		want  kit.Effect
	}{
		{kit.Fault{Kind: kit.Delay}, kit.Effect{Delay: time.Second}},
		{kit.Fault{Kind: kit.Delay, After: time.Hour}, kit.Effect{Delay: time.Hour}},
		{kit.Fault{Kind: kit.Late}, kit.Effect{Late: time.Minute}},
		{kit.Fault{Kind: kit.Drop}, kit.Effect{Drop: true}},
		{kit.Fault{Kind: kit.Lost}, kit.Effect{Lost: true}},
		{kit.Fault{Kind: kit.Close}, kit.Effect{Close: true}},
		{kit.Fault{Kind: kit.Duplicate}, kit.Effect{Duplicate: true}},
		{kit.Fault{Kind: kit.WrongAmount}, kit.Effect{WrongAmount: true}},
		{kit.Fault{Kind: kit.Decline}, kit.Effect{Decline: "05"}},
		{kit.Fault{Kind: kit.Decline, Code: "51"}, kit.Effect{Decline: "51"}},
	} {
		f := newFaults()
		test.fault.Rate = 1
		if err := f.Set(test.fault); err != nil {
			t.Fatal(err)
		}
		if got := f.Next(); got != test.want {
			t.Errorf("%s has effect %+v, want %+v", test.fault, got, test.want)
		}
		test.fault.Rate = 0
		if err := f.Set(test.fault); err != nil || len(f.List()) != 0 || f.Next() != (kit.Effect{}) {
			t.Errorf("%s: rate 0 does not take it away", test.fault)
		}
	}
}

func TestFaults_rateAndSeed(t *testing.T) {
	strikes := func(seed uint64) []bool {
		f := newFaults()
		for _, kind := range []kit.Kind{kit.Drop, kit.Close} {
			if err := f.Set(kit.Fault{Kind: kind, Rate: 0.1, Seed: seed}); err != nil {
				t.Fatal(err)
			}
		}
		list := make([]bool, 10_000)
		both := 0
		for i := range list {
			e := f.Next()
			list[i] = e.Drop
			if e.Drop && e.Close {
				both++
			}
		}
		if both < 60 || both > 140 {
			t.Errorf("seed %d: two kinds at a tenth strike together %d times in 10000, want about 100", seed, both)
		}
		for _, p := range f.List() {
			if p.Seen != 10_000 || p.Struck < 900 || p.Struck > 1100 {
				t.Errorf("seed %d: %s struck %d of %d, want about 1000 of 10000", seed, p.Kind, p.Struck, p.Seen)
			}
		}
		return list
	}
	if !slices.Equal(strikes(1), strikes(1)) {
		t.Error("one seed decides in two ways")
	}
	if slices.Equal(strikes(1), strikes(2)) {
		t.Error("two seeds decide alike")
	}
}

func TestFaults_refused(t *testing.T) {
	f := newFaults()
	for _, fault := range []kit.Fault{
		{Kind: "explode", Rate: 1}, {Kind: kit.Drop, Rate: -0.1}, {Kind: kit.Drop, Rate: 1.1},
		{Kind: kit.Drop, Rate: math.NaN()}, {Kind: kit.Late, Rate: 1, After: -1},
		{Kind: kit.Decline, Rate: 1, Code: strings.Repeat("x", 65)},
	} {
		if err := f.Set(fault); err == nil {
			t.Errorf("%s is taken", fault)
		}
	}
	if err := f.Set(kit.Fault{Party: "wechat", Kind: kit.Drop, Rate: 1}); !errors.Is(err, kit.ErrParty) {
		t.Errorf("another party's fault gives %v", err)
	}
}

func TestParseFault(t *testing.T) {
	for _, text := range []string{"bank:drop:0.01", "bank:late:1:seed=7:after=40s", "bank:decline:0.5:code=51"} {
		f, err := kit.ParseFault(text)
		if err != nil || f.String() != text {
			t.Errorf("%s is read as %s, error %v", text, f, err)
		}
	}
	for _, text := range []string{"", "bank:drop", "bank:drop:often", "bank:drop:1:7", "bank:drop:1:seed=x", "bank:explode:1"} {
		if f, err := kit.ParseFault(text); err == nil {
			t.Errorf("%q is read as %s", text, f)
		}
	}
}

func TestFaults_http(t *testing.T) {
	f := newFaults()
	call := func(method, kind, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/faults", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w
	}
	const json, form = "application/json", "application/x-www-form-urlencoded"
	for _, test := range []struct {
		method, kind, body string
		want               int
	}{
		{http.MethodPost, json, `{"party":"bank","kind":"late","rate":0.5,"seed":9,"after":"3s"}`, http.StatusOK},
		{http.MethodPost, form, "kind=drop&rate=0.25&seed=&after=&code=", http.StatusSeeOther},
		{http.MethodPost, json, `{"party":"alipay","kind":"late","rate":0.5}`, http.StatusNotFound},
		{http.MethodPost, json, `{`, http.StatusBadRequest},
		{http.MethodPost, json, `{"kind":"late","rate":1,"after":"soon"}`, http.StatusBadRequest},
		{http.MethodPost, form, "kind=drop&rate=much", http.StatusBadRequest},
		{http.MethodPost, form, "kind=drop&rate=1&seed=-1", http.StatusBadRequest},
		{http.MethodPost, form, "%", http.StatusBadRequest},
		{http.MethodDelete, json, "", http.StatusMethodNotAllowed},
	} {
		if got := call(test.method, test.kind, test.body).Code; got != test.want {
			t.Errorf("%s %s: status %d, want %d", test.method, test.body, got, test.want)
		}
	}
	want := `[{"party":"bank","kind":"late","rate":0.5,"seed":9,"after":"3s","seen":0,"struck":0},` +
		`{"party":"bank","kind":"drop","rate":0.25,"seed":0,"seen":0,"struck":0}]` + "\n"
	if got := call(http.MethodGet, "", "").Body.String(); got != want {
		t.Errorf("the plan is\n%swant\n%s", got, want)
	}
}
