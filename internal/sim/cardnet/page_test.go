package cardnet_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
)

func TestPage(t *testing.T) {
	n := start(t, cardnet.Config{Dir: t.TempDir()})
	c := member(t, n)
	sale := c.sale(debitCard, 12_34)
	c.expect("00", sale)
	for range 55 {
		c.expect("51", c.sale(debitCard, 200_000_00))
	}
	for range 3 {
		wrong := c.sale(creditCard, 100)
		c.enterPIN(wrong, "111111")
		c.expect("55", wrong)
	}
	server := httptest.NewServer(http.StripPrefix("/cardnet", n.Handler()))
	t.Cleanup(server.Close)
	base := server.URL + "/cardnet/"

	text := get(t, base, http.StatusOK)
	for _, want := range []string{debitCard, "99987.66", "20260305", "Unlock PIN", "1 / 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, ">12.34<") {
		t.Error("the oldest transaction is on the first page")
	}
	if older := get(t, base+"?page=2", http.StatusOK); !strings.Contains(older, ">12.34<") {
		t.Error("the second page lacks the oldest transaction")
	}

	post(t, base+"faults", "application/json", `{"party":"cardnet","kind":"drop","rate":0.5,"seed":7}`, http.StatusOK)
	post(t, base+"faults", "application/json", `{"party":"wechat","kind":"drop","rate":0.5}`, http.StatusNotFound)
	post(t, base+"faults", "application/json", `{"kind":"drop","rate":2}`, http.StatusBadRequest)
	form := url.Values{"kind": {"late"}, "rate": {"0.25"}, "seed": {"3"}, "after": {"5s"}, "code": {""}}
	post(t, base+"faults", "application/x-www-form-urlencoded", form.Encode(), http.StatusOK)
	if got := fmt.Sprint(n.Faults().List()); got != "[cardnet:drop:0.5:seed=7 cardnet:late:0.25:seed=3:after=5s]" {
		t.Errorf("the plan is %s", got)
	}
	n.Faults().Clear()

	_, id, _ := strings.Cut(text, `name="card" value="`)
	id, _, _ = strings.Cut(id, `"`)
	post(t, base+"pin", "application/x-www-form-urlencoded", "card="+id, http.StatusOK)
	c.expect("00", c.sale(creditCard, 100))
	post(t, base+"day", "application/x-www-form-urlencoded", "", http.StatusOK)
	if file := get(t, base+"files/cardnet-20260305.txt", http.StatusOK); !strings.HasSuffix(file, "T|2|1334|4|0\n") {
		t.Errorf("the daily file is %q", file)
	}
	get(t, base+"files/cardnet.jsonl", http.StatusNotFound)
	get(t, base+"files/cardnet-20260401.txt", http.StatusNotFound)
}

func get(t *testing.T, address string, want int) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return body(t, response, want)
}

func post(t *testing.T, address, kind, text string, want int) {
	t.Helper()
	response, err := http.Post(address, kind, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	body(t, response, want)
}

func body(t *testing.T, response *http.Response, want int) string {
	t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != want {
		t.Errorf("%s %s: status %d, want %d: %s", response.Request.Method, response.Request.URL.Path, response.StatusCode, want, text)
	}
	return string(text)
}
