package world_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/store/pgtest"
)

var shots = flag.String("shots", "", "a folder in which browser tests leave pictures of the pages, to look at")

// browser is a page in headless Chromium, driven by the DevTools protocol over a pipe.
type browser struct {
	t       *testing.T
	out     *os.File
	session string

	mu      sync.Mutex
	next    int
	waiting map[int]chan reply
	faults  []string // what the page complained of
}

type reply struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// browserMax bounds one command, and one wait for the page.
const browserMax = time.Minute

// openBrowser starts Chromium with an empty page, and with more flags. Where there is none the test is skipped, or fails if
// YIFEN_NO_SKIP=1.
func openBrowser(t *testing.T, flags ...string) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil && os.Getenv(pgtest.NoSkip) != "1" {
		t.Skip("chromium is not installed: the page is not seen by a browser")
	}
	if err != nil {
		t.Fatal(err)
	}
	// What Chromium's children still write as it ends must not fail the test: hence no folder of the test's own.
	folder, err := os.MkdirTemp("", "yifen-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	toBrowser, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--user-data-dir="+folder, "--remote-debugging-pipe", "about:blank")...)
	cmd.Env = append(os.Environ(), "HOME="+folder)
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser} // 3 and 4, as the browser expects them
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	b := &browser{t: t, out: out, waiting: map[int]chan reply{}}
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.read(in)
	}()
	t.Cleanup(func() {
		b.post("Browser.close", nil, "")
		hung := time.AfterFunc(browserMax, func() { cmd.Process.Kill() })
		defer hung.Stop()
		<-read
		cmd.Wait()
		out.Close()
		in.Close()
	})
	page := ""
	eventually(t, browserMax, "the browser has a page", func() bool {
		var targets struct {
			TargetInfos []struct{ TargetID, Type string }
		}
		b.call("Target.getTargets", nil, &targets)
		for _, one := range targets.TargetInfos { // not every target is a page
			if one.Type == "page" {
				page = one.TargetID
			}
		}
		return page != ""
	})
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", object{"targetId": page, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

type object map[string]any

// read hands out what the browser says until it ends.
func (b *browser) read(in *os.File) {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 64<<20)
	scanner.Split(func(data []byte, _ bool) (int, []byte, error) {
		for i, c := range data {
			if c == 0 {
				return i + 1, data[:i], nil
			}
		}
		return 0, nil, nil
	})
	for scanner.Scan() {
		var message struct {
			ID     int
			Method string
			Params json.RawMessage
			reply
		}
		if err := json.Unmarshal(scanner.Bytes(), &message); err != nil {
			continue
		}
		b.mu.Lock()
		if message.ID != 0 {
			b.waiting[message.ID] <- message.reply
			delete(b.waiting, message.ID)
		} else if complaint(message.Method, message.Params) {
			b.faults = append(b.faults, string(message.Params))
		}
		b.mu.Unlock()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, c := range b.waiting {
		close(c)
		delete(b.waiting, id)
	}
}

// complaint reports whether an event is a complaint of the page: an exception, something that its policy forbids, or that is
// not there. What a server refuses or that it is gone is none: pages are made for that.
func complaint(method string, params json.RawMessage) bool {
	var log struct {
		Entry struct{ Source, Level, Text string }
	}
	switch method {
	case "Runtime.exceptionThrown":
		return true
	case "Log.entryAdded":
		e := &log.Entry
		return json.Unmarshal(params, &log) == nil && e.Level == "error" && (e.Source != "network" || strings.Contains(e.Text, "404"))
	}
	return false
}

// post sends a command and returns where its answer comes.
func (b *browser) post(method string, params any, session string) (<-chan reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	answer := make(chan reply, 1)
	b.waiting[b.next] = answer
	if params == nil {
		params = object{}
	}
	message := object{"id": b.next, "method": method, "params": params}
	if session != "" {
		message["sessionId"] = session
	}
	raw, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	_, err = b.out.Write(append(raw, 0))
	return answer, err
}

// call sends a command and reads its result.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	if err := b.try(method, params, result); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
}

// errNavigated is what the browser says of a question to a page that it leaves.
const errNavigated = "Inspected target navigated or closed"

// try sends a command and returns why it failed.
func (b *browser) try(method string, params, result any) error {
	b.t.Helper()
	answer, err := b.post(method, params, b.session)
	if err != nil {
		return err
	}
	timer := time.NewTimer(browserMax)
	defer timer.Stop()
	select {
	case r, open := <-answer:
		switch {
		case !open:
			err = errors.New("the browser has ended")
		case r.Error != nil:
			err = errors.New(r.Error.Message)
		case result != nil:
			err = json.Unmarshal(r.Result, result)
		}
	case <-timer.C:
		err = errors.New("no answer")
	}
	return err
}

// eval returns the value of an expression in the page; of the next page, where it is just being left.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	var out struct {
		Result           struct{ Value T }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	question := object{"expression": expression, "returnByValue": true, "awaitPromise": true}
	err := b.try("Runtime.evaluate", question, &out)
	for again := 0; again < 3 && err != nil && err.Error() == errNavigated; again++ {
		err = b.try("Runtime.evaluate", question, &out)
	}
	if err != nil {
		b.t.Fatalf("Runtime.evaluate: %v", err)
	}
	if e := out.ExceptionDetails; e != nil {
		b.t.Fatalf("%s: %s %s", expression, e.Text, e.Exception.Description)
	}
	return out.Result.Value
}

// until waits until an expression is true, and tells what the page says where it does not become so.
func (b *browser) until(expression string) {
	b.t.Helper()
	deadline, tick := time.NewTimer(browserMax), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !eval[bool](b, "Boolean("+expression+")") {
		select {
		case <-tick.C:
		case <-deadline.C:
			b.t.Fatalf("not true in the page: %s\n%s", expression, eval[string](b, "document.body.innerText"))
		}
	}
}

// view sets the size of the window. A phone has touch.
func (b *browser) view(width, height int, phone bool) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", object{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}, nil)
	b.call("Emulation.setTouchEmulationEnabled", object{"enabled": phone}, nil)
}

// still asks pages to move nothing.
func (b *browser) still() {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
}

// open goes to an address.
func (b *browser) open(url string) {
	b.t.Helper()
	b.call("Page.navigate", object{"url": url}, nil)
	b.until("document.readyState === 'complete' && location.href === " + fmt.Sprintf("%q", url))
}

// center is the middle of an element, which is brought into view.
func (b *browser) center(selector string) (x, y float64) {
	b.t.Helper()
	at := eval[[]float64](b, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		if (!e) return [];
		e.scrollIntoView({block: "nearest", inline: "nearest"});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, selector))
	if len(at) != 2 {
		b.t.Fatalf("there is no %s in the page", selector)
	}
	return at[0], at[1]
}

func (b *browser) mouse(kind string, x, y float64) {
	b.t.Helper()
	b.call("Input.dispatchMouseEvent", object{"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}, nil)
}

// click presses the left button on an element.
func (b *browser) click(selector string) {
	b.t.Helper()
	x, y := b.center(selector)
	b.mouse("mousePressed", x, y)
	b.mouse("mouseReleased", x, y)
}

// dragTo drags an element onto another with the mouse.
func (b *browser) dragTo(from, to string) {
	b.t.Helper()
	x, y := b.center(from)
	b.mouse("mousePressed", x, y)
	toX, toY := b.center(to)
	for i := range 8 {
		part := float64(i+1) / 8
		b.mouse("mouseMoved", x+(toX-x)*part, y+(toY-y)*part)
	}
	b.mouse("mouseReleased", toX, toY)
}

// swipeTo drags an element onto another with a finger. Both must be in view.
func (b *browser) swipeTo(from, to string) {
	b.t.Helper()
	x, y := b.center(from)
	toX, toY := b.center(to)
	touch := func(kind string, points ...object) {
		b.call("Input.dispatchTouchEvent", object{"type": kind, "touchPoints": append([]object{}, points...)}, nil)
	}
	touch("touchStart", object{"x": x, "y": y})
	for i := range 8 {
		part := float64(i+1) / 8
		touch("touchMove", object{"x": x + (toX-x)*part, "y": y + (toY-y)*part})
	}
	touch("touchEnd")
}

// keyCodes are the keys that are no character.
var keyCodes = map[string]int{"Enter": 13, "Escape": 27, "Backspace": 8, "Tab": 9, "F1": 112, "F2": 113, "ArrowDown": 40, "ArrowUp": 38}

// keys presses keys of the keyboard: names such as Enter, or a run of characters.
func (b *browser) keys(words ...string) {
	b.t.Helper()
	press := func(key, text string, code int) {
		down := object{"type": "keyDown", "key": key, "windowsVirtualKeyCode": code}
		if text != "" {
			down["text"] = text
		}
		b.call("Input.dispatchKeyEvent", down, nil)
		b.call("Input.dispatchKeyEvent", object{"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}, nil)
	}
	for _, word := range words {
		if code, named := keyCodes[word]; named {
			text := ""
			if word == "Enter" {
				text = "\r"
			}
			press(word, text, code)
			continue
		}
		for _, c := range word {
			press(string(c), string(c), int(strings.ToUpper(string(c))[0]))
		}
	}
}

// shot leaves a picture of the page, where somebody wants to look at it.
func (b *browser) shot(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	var picture struct{ Data string }
	b.call("Page.captureScreenshot", object{"format": "png"}, &picture)
	raw, err := base64.StdEncoding.DecodeString(picture.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), raw, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// complaints returns what the page complained of: exceptions, what its policy forbade, what it did not find.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.faults)
}
