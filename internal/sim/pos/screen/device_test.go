package screen_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
)

// shows fails unless the display shows a text.
func shows(t *testing.T, d *screen.Device, want string) {
	t.Helper()
	if display := strings.Join(d.Display(), "\n"); !strings.Contains(display, want) {
		t.Errorf("the display does not show %q:\n%s", want, display)
	}
}

// TestDevice_waits shows the countdown while a job runs, and swallows keys meanwhile.
func TestDevice_waits(t *testing.T) {
	d, _ := training(t, screen.Chinese)
	press(d, signOn+" 1 2000 enter")
	job := d.Press("T")
	if job == nil || !d.Busy() {
		t.Fatal("no job is under way")
	}
	shows(t, d, "请稍候 ... 60 秒")
	for range 3 {
		if d.Tick() != nil || d.Press("1") != nil || d.Press("l") != nil {
			t.Error("something else began")
		}
	}
	shows(t, d, "请稍候 ... 57 秒")
	golden(t, "waiting.zh.txt", strings.Join(d.Display(), "\n")+"\n")
	// The job runs beside the display.
	ended := make(chan screen.Finish)
	go func() { ended <- job(context.Background()) }()
	for range 10 {
		d.Tick()
		d.View()
	}
	f := <-ended
	job = func(context.Context) screen.Finish { return f }
	finish(d, job)
	shows(t, d, "[OK] 交易成功")
}

// TestDevice_language switches at any moment, and leaves letters to the fields that take them.
func TestDevice_language(t *testing.T) {
	d, _ := training(t, screen.Chinese)
	press(d, signOn)
	shows(t, d, "1 消费")
	press(d, "L")
	shows(t, d, "1 sale")
	press(d, "1 2000 enter T L")
	shows(t, d, "[OK] 交易成功")
	press(d, "enter")
	shows(t, d, "签购单")
	press(d, "L")
	shows(t, d, "SALES SLIP")
	press(d, "enter enter 3 4 L")
	shows(t, d, "[L_")
	press(d, "f2")
	shows(t, d, "请输入原授权码")
	if d.Lang() != screen.Chinese {
		t.Errorf("language %s", d.Lang())
	}
}

// TestDevice_forgetsSecrets goes back from a PIN and a password: they are gone.
func TestDevice_forgetsSecrets(t *testing.T) {
	d, _ := training(t, screen.English)
	press(d, "01 enter 000")
	shows(t, d, "[***_")
	press(d, "esc enter")
	shows(t, d, "[_ ")
	press(d, "0000 enter 1 2000 enter I 1234 esc I")
	shows(t, d, "[_ ")
	for _, line := range d.Display() {
		if strings.Contains(line, "1234") {
			t.Errorf("the PIN shows: %s", line)
		}
	}
}

// TestDevice_off is switched off from the sign-on and from the main menu.
func TestDevice_off(t *testing.T) {
	for _, keys := range []string{"Q", signOn + " Q"} {
		d, _ := training(t, screen.English)
		if press(d, keys); !d.Quit() {
			t.Errorf("%q did not switch it off", keys)
		}
	}
}

// TestDevice_noHost has a terminal whose host is away: the self-test says so, and every act does.
func TestDevice_noHost(t *testing.T) {
	terminal, err := pos.Open(pos.Config{
		Terminal: "29000001", Merchant: "898290054110001", TMK: []byte("0123456789ABCDEF"), Address: "127.0.0.1:1",
		ConnectTimeout: time.Second, Now: func() time.Time { return noon }, Operators: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	d := screen.New(screen.Config{Terminal: terminal, Lang: screen.English})
	finish(d, d.Start())
	shows(t, d, "SELF-TEST FOUND")
	shows(t, d, "no connection")
	press(d, "enter "+signOn)
	shows(t, d, "no connection to the host")
	press(d, "enter 1 2000 enter I 123456 enter")
	shows(t, d, "[X] NOT DONE")
	shows(t, d, "terminal is not signed in")
	press(d, "1")
	shows(t, d, "no connection to the host")
	shows(t, d, "OFFLINE")
}

// TestWindow draws the device in windows of all sizes.
func TestWindow(t *testing.T) {
	for _, lang := range []string{screen.Chinese, screen.English} {
		d, _ := training(t, lang)
		press(d, signOn)
		window := d.Window(80, 24)
		lines := strings.Split(window, "\n")
		if len(lines) != 24 {
			t.Errorf("%d lines", len(lines))
		}
		for _, line := range lines {
			if n := lipgloss.Width(line); n != 80 {
				t.Errorf("a line of %d columns: %q", n, line)
			}
		}
		golden(t, "window."+lang+".txt", window+"\n")
		if small := d.Window(47, 24); !strings.Contains(small, "48") {
			t.Errorf("a window that is too small: %q", small)
		}
	}
}

// key is a message of the keyboard.
func key(text string) tea.KeyPressMsg {
	switch text {
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "delete":
		return tea.KeyPressMsg{Code: tea.KeyDelete}
	}
	return tea.KeyPressMsg{Code: rune(text[0]), Text: text}
}

// play sends messages to a model and runs what comes of them, but for ticks, which would take a second.
func play(t *testing.T, m tea.Model, messages ...tea.Msg) tea.Model {
	t.Helper()
	for _, message := range messages {
		var command tea.Cmd
		m, command = m.Update(message)
		for command != nil {
			m, command = m.Update(command())
		}
	}
	return m
}

// TestModel drives the device as a terminal window does.
func TestModel(t *testing.T) {
	d, _ := training(t, screen.English)
	var m tea.Model = screen.NewModel(context.Background(), d)
	m = play(t, m, tea.WindowSizeMsg{Width: 100, Height: 30})
	for _, k := range []string{"0", "1", "enter", "0", "0", "0", "0", "enter", "1", "5", "9", "delete", "0", "0", "enter", "t"} {
		m = play(t, m, key(k))
	}
	shows(t, d, "[OK] APPROVED")
	shows(t, d, "RMB 5.00")
	if view := m.View(); !view.AltScreen || !strings.Contains(view.Content, "[OK] APPROVED") {
		t.Errorf("view %q", view.Content)
	}
	for _, k := range []string{"enter", "enter", "enter", "6", "1", "0", "0", "enter"} {
		m = play(t, m, key(k))
	}
	m = play(t, m, tea.PasteMsg{Content: "6221000000000000018"}, key("enter"))
	shows(t, d, "RMB 1.00")
	_, command := m.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
	if command == nil {
		t.Fatal("control C does nothing")
	}
	if _, is := command().(tea.QuitMsg); !is {
		t.Error("control C does not end the program")
	}
	start := m.Init()
	if start == nil {
		t.Fatal("the device is not switched on")
	}
	m.(*screen.Model).Close()
	if batch, is := start().(tea.BatchMsg); !is || batch[0]() != nil {
		t.Error("a job began after the end")
	}
}

// TestSession plays the device as a web page does, with many callers.
func TestSession(t *testing.T) {
	d, terminal := training(t, screen.English)
	ctx, cancel := context.WithCancel(t.Context())
	s := screen.NewSession(ctx, screen.Config{Terminal: terminal, Lang: d.Lang()})
	quiet := func(version int) screen.State {
		state := s.Wait(t.Context(), version)
		for state.Busy {
			state = s.Wait(t.Context(), state.Version)
		}
		return state
	}
	quiet(0)
	for _, k := range []string{"0", "1", "enter", "0", "0", "0", "0", "enter", "1", "2", "0", "0", "enter", "t"} {
		s.Press(k)
	}
	state := quiet(0)
	if text := strings.Join(state.Display, "\n"); !strings.Contains(text, "APPROVED") || state.Off || state.Lang != screen.English {
		t.Errorf("state %+v\n%s", state, text)
	}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			s.State()
			s.Press("l")
		})
	}
	readers.Wait()
	if got := s.State(); got.Version < state.Version+4 || got.Lang != screen.English {
		t.Errorf("state %+v", got)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if s.Wait(stopped, s.State().Version).Busy {
		t.Error("busy without a job")
	}
	cancel()
	s.Close()
}
