package world_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/world"
)

// terminalPage calls what the page of a terminal calls.
type terminalPage struct {
	t    *testing.T
	base string // of the bench
	at   string // of the terminal
}

func openTerminalPage(t *testing.T, d *world.Demo, number string) *terminalPage {
	base := "http://" + d.Options.Bench
	return &terminalPage{t, base, base + "/pos/" + number}
}

type posState struct {
	Version         int
	Display         []string
	Lang            string
	Busy, Off, Asks bool
	Paper           bool
	Papers          int
}

func (p *terminalPage) state(version int) posState {
	p.t.Helper()
	status, body := get(p.t, fmt.Sprintf("%s/state?version=%d", p.at, version))
	var s posState
	if err := json.Unmarshal([]byte(body), &s); err != nil || status != http.StatusOK {
		p.t.Fatalf("state: %d %s", status, body)
	}
	return s
}

// shows waits until the display shows a text.
func (p *terminalPage) shows(text string) posState {
	p.t.Helper()
	deadline := time.Now().Add(time.Minute)
	s := p.state(-1)
	for s.Busy || !strings.Contains(strings.Join(s.Display, "\n"), text) {
		if time.Now().After(deadline) {
			p.t.Fatalf("the display does not show %q:\n%s", text, strings.Join(s.Display, "\n"))
		}
		s = p.state(s.Version)
	}
	return s
}

// post sends a body and returns the status and what is said in English.
func (p *terminalPage) post(path, body string, head map[string]string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequest("POST", p.at+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range head {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var words struct{ ZH, EN string }
	if json.Unmarshal(raw, &words) == nil && (words.ZH == "" || words.EN == "") {
		p.t.Errorf("POST %s %s is not answered in both languages: %s", path, body, raw)
	}
	return resp.StatusCode, words.EN
}

func (p *terminalPage) press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		if status, why := p.post("/press", fmt.Sprintf(`{"key": %q}`, key), nil); status != http.StatusNoContent {
			p.t.Fatalf("key %s: %d %s", key, status, why)
		}
	}
}

func (p *terminalPage) present(card, entry string) {
	p.t.Helper()
	if status, why := p.post("/present", fmt.Sprintf(`{"card": %q, "entry": %q}`, card, entry), nil); status != http.StatusNoContent {
		p.t.Fatalf("%s by %s: %d %s", card, entry, status, why)
	}
}

type posPaper struct {
	Number        int
	Copy, Receipt string
	Lines         []string
}

func (p *terminalPage) papers(lang string) []posPaper {
	p.t.Helper()
	status, body := get(p.t, p.at+"/paper?lang="+lang)
	var papers []posPaper
	if err := json.Unmarshal([]byte(body), &papers); err != nil || status != http.StatusOK {
		p.t.Fatalf("paper: %d %s", status, body)
	}
	return papers
}

// signOn has the first operator sign on.
func (p *terminalPage) signOn() {
	p.t.Helper()
	p.shows("操作员签到")
	p.press("f2")
	p.shows("operator number")
	p.press("0", "1", "enter", "0", "0", "0", "0", "enter")
	p.shows("[OK] DONE")
	p.press("enter")
	p.shows("1 sale")
}

// TestHandheld_sells works at both terminals of the bench by HTTP alone, and proves the books.
func TestHandheld_sells(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	for _, number := range []string{"29000004", "29000005"} {
		p := openTerminalPage(t, d, number)
		p.signOn()
		if papers := p.papers("en"); len(papers) != 0 {
			t.Errorf("%d papers before the first sale", len(papers))
		}
		p.press("1", "2", "0", "0", "0", "enter")
		if s := p.shows("S swipe"); !s.Asks {
			t.Error("the state does not say that a card is asked for")
		}
		p.present("debit", "insert")
		p.press("1", "2", "3", "4", "5", "6", "enter")
		p.shows("[OK] APPROVED")
		p.press("enter")
		if s := p.state(-1); !s.Paper || s.Papers != 1 {
			t.Errorf("no paper hangs out: %+v", s)
		}
		p.press("enter", "enter")
		p.shows("1 sale")
		papers := p.papers("en")
		if len(papers) != 2 || papers[0].Copy != "cardholder" || papers[1].Copy != "merchant" || papers[0].Number != 2 {
			t.Fatalf("papers %+v", papers)
		}
		text := strings.Join(papers[0].Lines, "\n")
		for _, want := range []string{"SALES SLIP", "621626*********0018", "RMB 20.00", number} {
			if !strings.Contains(text, want) {
				t.Errorf("the slip lacks %q:\n%s", want, text)
			}
		}
		if zh := p.papers("zh"); !strings.Contains(strings.Join(zh[0].Lines, "\n"), "持卡人存根") {
			t.Errorf("the slip in Chinese:\n%s", strings.Join(zh[0].Lines, "\n"))
		}
		for _, paper := range papers {
			status, picture := get(t, p.base+paper.Receipt)
			if _, err := png.Decode(strings.NewReader(picture)); err != nil || status != http.StatusOK {
				t.Errorf("the host's receipt %q: %d %v", paper.Receipt, status, err)
			}
		}
	}
	proveBooks(t, d)
}

// TestHandheld_present tries every way to present a card, and what speaks against it.
func TestHandheld_present(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	p := openTerminalPage(t, d, "29000004")
	refused := func(card, entry string, status int, why string) {
		t.Helper()
		got, words := p.post("/present", fmt.Sprintf(`{"card": %q, "entry": %q}`, card, entry), nil)
		if got != status || !strings.Contains(words, why) {
			t.Errorf("%s by %s: %d %q, want %d %q", card, entry, got, words, status, why)
		}
	}
	p.shows("操作员签到")
	refused("debit", "tap", http.StatusConflict, "sign on first")
	p.signOn()
	refused("debit", "tap", http.StatusConflict, "no card is asked for now")
	refused("nobody", "tap", http.StatusBadRequest, "unknown card")
	refused("6216261000000000018", "tap", http.StatusBadRequest, "no such card")
	refused("debit", "manual", http.StatusBadRequest, "an entry is")
	sale := func() {
		p.press("1", "9", "0", "0", "enter")
		p.shows("S swipe")
	}
	approve := func() {
		p.shows("[OK] APPROVED")
		p.press("enter", "enter", "enter")
		p.shows("1 sale")
	}
	sale()
	p.present("debit", "tap")
	approve()
	sale()
	p.present("", "phone")
	approve()
	if text := strings.Join(p.papers("en")[0].Lines, "\n"); !strings.Contains(text, "PHONE") {
		t.Errorf("the slip does not say that it was a phone:\n%s", text)
	}
	sale()
	p.present("debit", "swipe")
	p.shows("this card has a chip")
	p.present("phone", "insert")
	p.shows("this is a phone")
	p.present("stripe", "swipe")
	p.shows("enter the PIN")
	p.press("1", "2", "3", "4", "5", "6", "enter")
	approve()
	sale()
	p.present("51", "insert")
	p.press("1", "2", "3", "4", "5", "6", "enter")
	p.shows("51")
	proveBooks(t, d)
}

// TestHandheld_refuses has strangers and strange requests, which change nothing.
func TestHandheld_refuses(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	p := openTerminalPage(t, d, "29000004")
	before := p.shows("操作员签到")
	for _, c := range []struct {
		path, body string
		head       map[string]string
		status     int
	}{
		{"/press", `{"key": "1"}`, map[string]string{"Origin": "https://elsewhere.example"}, http.StatusForbidden},
		{"/press", `{"key": "1"}`, map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		{"/present", `{"card": "debit", "entry": "tap"}`, map[string]string{"Origin": "null"}, http.StatusForbidden},
		{"/press", `{"key": "ctrl+c"}`, nil, http.StatusBadRequest},
		{"/press", `{"key": ""}`, nil, http.StatusBadRequest},
		{"/press", `{"key": "\u0000"}`, nil, http.StatusBadRequest},
		{"/press", `1`, nil, http.StatusBadRequest},
		{"/press", `{"key": "` + strings.Repeat("1", 2000) + `"}`, nil, http.StatusBadRequest},
		{"/present", `{}`, nil, http.StatusBadRequest},
	} {
		if status, _ := p.post(c.path, c.body, c.head); status != c.status {
			t.Errorf("POST %s %.40s %v: %d, want %d", c.path, c.body, c.head, status, c.status)
		}
	}
	if status, _ := p.post("/press", `{"key": "1"}`, map[string]string{"Origin": p.base}); status != http.StatusNoContent {
		t.Errorf("the page itself is refused: %d", status)
	}
	if after := p.state(-1); !strings.Contains(strings.Join(after.Display, ""), "[1_") || strings.Contains(strings.Join(before.Display, ""), "[1_") {
		t.Errorf("other keys arrived:\n%s", strings.Join(after.Display, "\n"))
	}
	for _, address := range []string{"/pos/29000001/state", "/pos/29000004/nothing", "/pos/x"} {
		if status, _ := get(t, p.base+address); status != http.StatusNotFound {
			t.Errorf("%s: %d", address, status)
		}
	}
}

// TestHandheld_assets loads the page and what belongs to it, under a policy that runs no script but its own.
func TestHandheld_assets(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	base := "http://" + d.Options.Bench
	for path, want := range map[string]string{"/pos": "text/html; charset=utf-8", "/pos.css": "text/css; charset=utf-8", "/pos.js": "text/javascript; charset=utf-8"} {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s %v", path, resp.StatusCode, resp.Header.Get("Content-Type"), err)
		}
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		if bytes.Contains(body, []byte("://")) {
			t.Errorf("%s names something from outside", path)
		}
	}
	if _, body := get(t, base+"/"); !strings.Contains(body, `href="/pos"`) {
		t.Error("the bench does not lead to the card terminal")
	}
	if !strings.Contains(d.Greeting(), base+"/pos") {
		t.Error("the greeting does not name the card terminal")
	}
	_, body := get(t, base+"/pos/cards")
	var cards []struct{ Name, Number, ZH, EN string }
	if err := json.Unmarshal([]byte(body), &cards); err != nil || len(cards) != len(pos.Cards()) {
		t.Fatalf("%d cards, %v", len(cards), err)
	}
	for _, c := range cards {
		if !strings.Contains(c.Number, "*****") || c.ZH == "" || c.EN == "" {
			t.Errorf("card %+v", c)
		}
	}
	var terminals []struct{ Number, ZH, EN string }
	if _, body := get(t, base+"/pos/terminals"); json.Unmarshal([]byte(body), &terminals) != nil || len(terminals) != 2 || terminals[1].EN == "" {
		t.Errorf("terminals %s", body)
	}
}

// TestHandheld_flash shares the flash file with `yifen terminal`: one has the terminal at a time, and the page goes on
// by itself.
func TestHandheld_flash(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	p := openTerminalPage(t, d, "29000005")
	config := credentialsOf(t, d, "29000005")
	other, err := pos.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	status, body := get(t, p.at+"/state")
	var words struct{ ZH, EN string }
	if json.Unmarshal([]byte(body), &words) != nil || status != http.StatusServiceUnavailable || !strings.Contains(words.EN, "yifen terminal") || words.ZH == "" {
		t.Errorf("while another has it: %d %s", status, body)
	}
	if status, _ := p.post("/press", `{"key": "1"}`, nil); status != http.StatusConflict {
		t.Errorf("a key while another has it: %d", status)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	p.shows("操作员签到")
	if _, err := pos.Open(config); !errors.Is(err, pos.ErrFlashInUse) {
		t.Errorf("another opens the page's terminal: %v", err)
	}
	p.press("q")
	off := p.state(-1)
	if !off.Off || len(off.Display) != 0 || off.Version != 0 {
		t.Errorf("switched off: %+v", off)
	}
	if status, why := p.post("/press", `{"key": "1"}`, nil); status != http.StatusConflict || !strings.Contains(why, "switch it on") {
		t.Errorf("a key while it is off: %d %s", status, why)
	}
	other, err = pos.Open(config)
	if err != nil {
		t.Fatalf("a terminal that was switched off is still held: %v", err)
	}
	other.Close()
	woken := make(chan posState)
	go func() { woken <- p.state(0) }()
	p.press("power")
	if s := <-woken; s.Off {
		t.Errorf("switched on: %+v", s)
	}
	p.shows("操作员签到")
}

// credentialsOf is what another program reads of a terminal in the demo's directory.
func credentialsOf(t *testing.T, d *world.Demo, number string) pos.Config {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(d.Options.Dir, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Address   string `json:"iso_address"`
		Terminals []struct{ TID, MID, TMK string }
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	for _, row := range c.Terminals {
		if row.TID == number {
			tmk, err := hex.DecodeString(row.TMK)
			if err != nil {
				t.Fatal(err)
			}
			return pos.Config{
				Terminal: number, Merchant: row.MID, TMK: tmk, Address: c.Address,
				Flash: filepath.Join(d.Options.Dir, "terminal-"+number+".flash"),
			}
		}
	}
	t.Fatalf("the credentials do not name %s", number)
	return pos.Config{}
}

// TestHandheld_wait holds a request for the state until there is another, and lets go of it when the demo stops.
func TestHandheld_wait(t *testing.T) {
	d := startDemo(t, world.DemoOptions{})
	p := openTerminalPage(t, d, "29000004")
	s := p.shows("操作员签到")
	next := p.state(s.Version)
	if next.Version <= s.Version {
		t.Errorf("version %d after %d", next.Version, s.Version)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	p.press("q") // nothing changes from now on
	r, err := http.NewRequestWithContext(ctx, "GET", p.at+"/state?version=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			resp.Body.Close()
		}
		waiting <- err
	}()
	d.Stop()
	<-waiting
	if ctx.Err() != nil {
		t.Error("a request for the state outlived the demo")
	}
}
