package cardnet_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// flawed puts one flaw in the place of all others, which strikes always.
func flawed(t *testing.T, n *cardnet.Network, flaw cardnet.Flaw) {
	t.Helper()
	for _, f := range cardnet.Flaws() {
		rate := 0.0
		if f == flaw {
			rate = 1
		}
		if err := n.SetFlaw(f, rate, 1); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFlaws_ofAnswers(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)

	flawed(t, n, cardnet.WrongCode)
	coded := c.sale(debitCard, 1_00)
	c.expect("96", coded)
	state(t, n, coded, cardnet.Approved) // it is booked all the same
	flawed(t, n, cardnet.WrongEcho)
	echoed := c.sale(debitCard, 1_00)
	if got := c.expect("00", echoed).Get(41); got == terminal || len(got) != len(terminal) {
		t.Errorf("F41 is %q", got)
	}
	if got := fmt.Sprint(n.PlannedFlaws()); got != "[{wrong_echo 1 1 1}]" {
		t.Errorf("the plan is %s", got)
	}
	flawed(t, n, "")
	c.expect("00", c.sale(debitCard, 1_00))

	set(t, n, kit.Fault{Kind: kit.WrongAmount})
	if a := c.expect("00", c.inquiry(debitCard)); a.Has(4) {
		t.Error("an answer without amount got one")
	}
}

// TestFlaws_wrongMAC reads the answer's frame itself, since the client holds every MAC.
func TestFlaws_wrongMAC(t *testing.T) {
	n := start(t, cardnet.Config{})
	c := member(t, n)
	forgeries := make(chan struct{}, 1)
	c.mu.Lock()
	c.forgeries = forgeries
	c.mu.Unlock()
	flawed(t, n, cardnet.WrongMAC)
	sale := c.sale(debitCard, 1_00)
	c.expect("00", sale)
	select {
	case <-forgeries:
	default:
		t.Error("the MAC is right")
	}
}

func TestFlaws_ofTheFile(t *testing.T) {
	n := start(t, cardnet.Config{ManualCutOver: true})
	c := member(t, n)
	c.expect("00", c.sale(debitCard, 100_00))
	c.expect("00", c.offline(debitCard, 1_00))
	days(t, n, 1)
	for flaw, want := range map[cardnet.Flaw]string{
		"":                  "sale 10000 35 3; offline 100 0 0; T 2 10100 35 3",
		cardnet.MissingLine: "T 0 0 0 0",
		cardnet.DoubledLine: "sale 10000 35 3; sale 10000 35 3; offline 100 0 0; offline 100 0 0; T 4 20200 70 6",
		cardnet.OtherAmount: "sale 10001 35 3; offline 101 0 0; T 2 10102 35 3",
		cardnet.ExtraLine:   "sale 10000 35 3; sale 10000 35 3; offline 100 0 0; offline 100 0 0; T 4 20200 70 6",
	} {
		flawed(t, n, flaw)
		text, err := n.File("20260305")
		if err != nil {
			t.Fatal(err)
		}
		if got := short(string(text)); got != want {
			t.Errorf("%s: %s", flaw, got)
		}
		if got := strings.Count(string(text), "|999999|"); (got == 2) != (flaw == cardnet.ExtraLine) {
			t.Errorf("%s: %d lines of nobody's", flaw, got)
		}
		if again, err := n.File("20260305"); err != nil || string(again) != string(text) {
			t.Errorf("%s: the file differs when it is written again", flaw)
		}
	}
}

func TestFlaws_strikeByTheirSeed(t *testing.T) {
	outcomes := func(seed uint64) (text string) {
		n := start(t, cardnet.Config{})
		c := member(t, n)
		if err := n.SetFlaw(cardnet.WrongCode, 0.3, seed); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			text += c.do(c.sale(debitCard, 1_00)).Get(39)
		}
		return text
	}
	first := outcomes(7)
	if again := outcomes(7); again != first {
		t.Errorf("one seed, two runs:\n%s\n%s", first, again)
	}
	if struck := strings.Count(first, "96"); struck < 8 || struck > 30 {
		t.Errorf("a rate of 0.3 strikes %d of 60", struck)
	}
	if other := outcomes(8); other == first {
		t.Error("another seed meets the same flaws")
	}
}

func TestPage_flawsAndScripts(t *testing.T) {
	n := start(t, cardnet.Config{})
	server := httptest.NewServer(n.Handler())
	t.Cleanup(server.Close)
	const form = "application/x-www-form-urlencoded"
	post(t, server.URL+"/faults", "application/json", `{"party":"cardnet","kind":"wrong_mac","rate":0.5,"seed":7}`, http.StatusOK)
	post(t, server.URL+"/faults", form, url.Values{"kind": {"extra_line"}, "rate": {"0.25"}, "seed": {"3"}}.Encode(), http.StatusOK)
	post(t, server.URL+"/faults", form, "kind=extra_line&rate=x", http.StatusBadRequest)
	post(t, server.URL+"/faults", "application/json", `{"kind":"missing_line","rate":2}`, http.StatusBadRequest)
	post(t, server.URL+"/faults", "application/json", `{"party":"wechat","kind":"wrong_mac","rate":1}`, http.StatusBadRequest)
	post(t, server.URL+"/faults", "application/json", strings.Repeat(" ", 5000), http.StatusRequestEntityTooLarge)
	if got := get(t, server.URL+"/flaws", http.StatusOK); got !=
		`[{"party":"cardnet","kind":"wrong_mac","rate":0.5,"seed":7,"struck":0},{"party":"cardnet","kind":"extra_line","rate":0.25,"seed":3,"struck":0}]`+"\n" {
		t.Errorf("flaws %s", got)
	}
	page := get(t, server.URL+"/", http.StatusOK)
	_, id, _ := strings.Cut(page, `<option value="`)
	id, _, _ = strings.Cut(id, `"`)
	post(t, server.URL+"/script", form, "card="+id+"&command=841E0000&template=71", http.StatusOK)
	post(t, server.URL+"/script", form, "card="+id+"&command=84", http.StatusBadRequest)
	post(t, server.URL+"/script", form, "card="+id+"&command=84240000"+strings.Repeat("00", 33), http.StatusBadRequest)
	post(t, server.URL+"/script", form, "card=none&command=84240000", http.StatusNotFound)
	page = get(t, server.URL+"/", http.StatusOK)
	for _, want := range []string{"71 00000001 · waiting", "wrong_mac", "extra_line", "approves a part", "foreign, VIS"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
