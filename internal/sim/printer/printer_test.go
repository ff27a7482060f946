package printer_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/printer"
	"github.com/yifen-pay/yifen/internal/wire/escpos"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// start runs a printer on a loopback port and returns it with a connection to it.
func start(t *testing.T) (*printer.Printer, net.Conn) {
	t.Helper()
	font, err := os.ReadFile("../../render/font/wqy-microhei-gbk.ttf")
	if err != nil {
		t.Fatal(err)
	}
	p, err := printer.New(printer.Config{Font: font, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return p, conn
}

// ask sends a job and waits for the printer's answer to DLE EOT n, which comes after it.
func ask(t *testing.T, conn net.Conn, n byte, job func(e *escpos.Encoder)) byte {
	t.Helper()
	var e escpos.Encoder
	if job != nil {
		job(&e)
	}
	e.StatusRequest(n)
	if _, err := conn.Write(e.Bytes()); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(conn, answer); err != nil {
		t.Fatal(err)
	}
	return answer[0]
}

func TestPrinter_keepsTextAndPicture(t *testing.T) {
	p, conn := start(t)
	ask(t, conn, 4, func(e *escpos.Encoder) {
		e.Init()
		e.Align(escpos.Center)
		e.Size(2, 2)
		e.Text("签购单")
		e.Feed(1)
		e.Size(1, 1)
		e.Align(escpos.Right)
		e.Text("RMB 100.00")
		e.Feed(1)
		e.Align(escpos.Left)
		e.Text(strings.Repeat("一", 17)) // one more than a line holds
		e.Feed(3)
		e.Drawer(2)
		e.Cut(true)
	})
	jobs := p.Jobs()
	if len(jobs) != 1 {
		t.Fatalf("%d receipts, want 1", len(jobs))
	}
	j := jobs[0]
	want := strings.Repeat(" ", 10) + "签购单\n" + strings.Repeat(" ", 22) + "RMB 100.00\n" +
		strings.Repeat("一", 16) + "\n一\n"
	if j.Text != want {
		t.Errorf("text %q, want %q", j.Text, want)
	}
	if !j.Drawer || !j.Cut || !j.Printed || j.N != 1 || !j.At.Equal(noon) {
		t.Errorf("receipt is %+v", j)
	}
	img, err := png.Decode(bytes.NewReader(j.PNG))
	if err != nil {
		t.Fatal(err)
	}
	// Lines of 54, 30, 30 and 30 dots, two lines fed, and the margins.
	if b := img.Bounds(); b.Dx() != 384+48 || b.Dy() != 54+30*5+48 {
		t.Errorf("picture of %v", b)
	}
	if !p.State().DrawerOpen {
		t.Error("drawer stayed shut")
	}
}

func TestPrinter_printsCodesAndPictures(t *testing.T) {
	p, conn := start(t)
	tests := []struct {
		name string
		job  func(e *escpos.Encoder)
		text string
		ink  int // black dots; 0 for not counted
	}{
		{"QR", func(e *escpos.Encoder) { e.Text("a"); _ = e.QR("https://pay.example/1", 6, escpos.LevelM) },
			"a\n[QR] https://pay.example/1\n", 0},
		{"QR wider than the paper", func(e *escpos.Encoder) { _ = e.QR(strings.Repeat("x", 900), 6, escpos.LevelM) },
			"[QR does not fit]\n", 0},
		{"barcode", func(e *escpos.Encoder) { e.Align(escpos.Center); e.Text("b"); _ = e.Code128("PAY-1") },
			strings.Repeat(" ", 15) + "b\n" + strings.Repeat(" ", 13) + "PAY-1\n", 0},
		{"barcode wider than the paper", func(e *escpos.Encoder) { _ = e.Code128(strings.Repeat("A", 60)) },
			"[barcode cannot be printed]\n", 0},
		{"picture", func(e *escpos.Encoder) { _ = e.Raster(2, []byte{0xff, 0x01, 0x80, 0x00}) }, "[picture 16 x 2]\n", 10},
		{"picture wider than the paper", func(e *escpos.Encoder) { _ = e.Raster(60, bytes.Repeat([]byte{0xff}, 60)) },
			"[picture 480 x 1]\n", 384},
		{"reset forgets the line", func(e *escpos.Encoder) { e.Text("gone"); e.Init(); e.Text("kept") }, "kept\n", 0},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ask(t, conn, 1, func(e *escpos.Encoder) { e.Init(); tt.job(e); e.Cut(true) })
			j, ok := p.Job(i + 1)
			if !ok || j.Text != tt.text {
				t.Fatalf("printed %q, want %q", j.Text, tt.text)
			}
			if ink := black(t, j.PNG); tt.ink > 0 && ink != tt.ink {
				t.Errorf("%d black dots, want %d", ink, tt.ink)
			}
		})
	}
}

// Magnified text is the same pattern with larger dots, and bold adds to it.
func TestPrinter_magnifies(t *testing.T) {
	p, conn := start(t)
	ask(t, conn, 1, func(e *escpos.Encoder) {
		e.Init()
		e.Text("元")
		e.Cut(true)
		e.Size(2, 3)
		e.Text("元")
		e.Cut(true)
		e.Size(1, 1)
		e.Bold(true)
		e.Text("元")
		e.Cut(true)
	})
	var ink [3]int
	for i := range ink {
		j, ok := p.Job(i + 1)
		if !ok {
			t.Fatalf("receipt %d is missing", i+1)
		}
		ink[i] = black(t, j.PNG)
	}
	if ink[0] == 0 || ink[1] != 6*ink[0] || ink[2] <= ink[0] {
		t.Errorf("plain, magnified and bold have %v black dots", ink)
	}
}

// black counts the black dots of a picture.
func black(t *testing.T, data []byte) int {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(img.(*image.Paletted).Pix, []byte{1})
}

func TestPrinter_answersFromItsState(t *testing.T) {
	p, conn := start(t)
	tests := []struct {
		name  string
		state printer.State
		want  [4]byte
	}{
		{"at ease", printer.State{}, [4]byte{0x12, 0x12, 0x12, 0x12}},
		{"paper near end", printer.State{PaperNearEnd: true}, [4]byte{0x12, 0x12, 0x12, 0x1e}},
		{"paper out", printer.State{PaperOut: true}, [4]byte{0x1a, 0x32, 0x12, 0x7e}},
		{"cover open", printer.State{CoverOpen: true}, [4]byte{0x1a, 0x16, 0x12, 0x12}},
		{"offline", printer.State{Offline: true}, [4]byte{0x1a, 0x12, 0x12, 0x12}},
		{"overheated", printer.State{Overheated: true}, [4]byte{0x1a, 0x52, 0x52, 0x12}},
		{"cutter jammed", printer.State{CutterJam: true}, [4]byte{0x1a, 0x52, 0x1a, 0x12}},
		{"drawer open", printer.State{DrawerOpen: true}, [4]byte{0x16, 0x12, 0x12, 0x12}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.SetState(tt.state)
			for i, want := range tt.want {
				if got := ask(t, conn, byte(i+1), nil); got != want {
					t.Errorf("status %d is %#02x, want %#02x", i+1, got, want)
				}
			}
		})
	}
}

func TestPrinter_waitsForPaper(t *testing.T) {
	p, conn := start(t)
	p.SetState(printer.State{PaperOut: true})
	ask(t, conn, 4, func(e *escpos.Encoder) { e.Text("late"); e.Feed(1); e.Cut(false) })
	if j, ok := p.Job(1); !ok || j.Printed {
		t.Fatalf("without paper the receipt is %+v, %v", j, ok)
	}
	p.SetState(printer.State{})
	if j, _ := p.Job(1); !j.Printed {
		t.Error("with paper it is still waiting")
	}
}

func TestPrinter_silent(t *testing.T) {
	p, conn := start(t)
	p.SetState(printer.State{Silent: true})
	var e escpos.Encoder
	e.StatusRequest(1)
	e.Text("seen")
	e.Feed(1)
	if _, err := conn.Write(e.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || len(answer) != 0 {
		t.Errorf("answered % x, %v", answer, err)
	}
	if jobs := p.Jobs(); len(jobs) != 1 || jobs[0].Text != "seen\n" || jobs[0].Cut {
		t.Errorf("receipt without a cut: %+v", jobs)
	}
}

func TestPrinter_isBounded(t *testing.T) {
	p, conn := start(t)
	for range 205 {
		ask(t, conn, 1, func(e *escpos.Encoder) { e.Text("x"); e.Cut(false) })
	}
	jobs := p.Jobs()
	if len(jobs) != 200 || jobs[0].N != 205 || jobs[199].N != 6 {
		t.Fatalf("%d receipts, %d to %d", len(jobs), jobs[len(jobs)-1].N, jobs[0].N)
	}
	ask(t, conn, 1, func(e *escpos.Encoder) {
		for range 6 {
			e.Feed(255)
		}
	})
	// Two feeds of 95 cm exceed the meter at which paper is torn off.
	if jobs := p.Jobs(); len(jobs) != 200 || jobs[0].N != 208 {
		t.Errorf("six long feeds made receipts up to %d, %d kept", jobs[0].N, len(jobs))
	}
}

func TestPrinter_refusesOtherMachines(t *testing.T) {
	font, err := os.ReadFile("../../render/font/wqy-microhei-gbk.ttf")
	if err != nil {
		t.Fatal(err)
	}
	p, err := printer.New(printer.Config{Font: font, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Serve(t.Context(), elsewhere{}); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("got %v", err)
	}
}

// elsewhere is a listener whose address other machines could reach.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 9100} }
func (elsewhere) Close() error   { return nil }

func TestHandler(t *testing.T) {
	p, conn := start(t)
	web := httptest.NewServer(p.Handler())
	defer web.Close()

	if body := get(t, web.URL+"/receipts", 200); !strings.Contains(body, "还没有小票") {
		t.Errorf("empty page: %s", body)
	}
	ask(t, conn, 1, func(e *escpos.Encoder) { e.Init(); e.Text("合计 <b>"); e.Feed(1); e.Cut(true) })
	ask(t, conn, 1, func(e *escpos.Encoder) { e.Text("second"); e.Feed(1); e.Cut(true) })
	body := get(t, web.URL+"/receipts", 200)
	if first, second := strings.Index(body, "#1 "), strings.Index(body, "#2 "); second < 0 || first < second {
		t.Errorf("newest is not first: %d, %d", first, second)
	}
	if got := get(t, web.URL+"/receipts/1.txt", 200); got != "合计 <b>\n" {
		t.Errorf("text is %q", got)
	}
	if _, err := png.Decode(strings.NewReader(get(t, web.URL+"/receipts/2.png", 200))); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/receipts/3.png", "/receipts/1.gif", "/receipts/x.txt", "/receipts/1"} {
		get(t, web.URL+path, 404)
	}

	resp, err := http.PostForm(web.URL+"/receipts/state", url.Values{"cover_open": {"on"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := p.State(); got != (printer.State{CoverOpen: true}) {
		t.Errorf("state is %+v", got)
	}
	if got := ask(t, conn, 2, nil); got != 0x16 {
		t.Errorf("status 2 is %#02x with the cover open", got)
	}

	foreign, err := http.NewRequest("POST", web.URL+"/receipts/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign.Header.Set("Origin", "https://elsewhere.example")
	resp, err = http.DefaultClient.Do(foreign)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || !p.State().CoverOpen {
		t.Errorf("a foreign page changed the state: %d, %+v", resp.StatusCode, p.State())
	}
}

func get(t *testing.T, url string, status int) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Fatalf("%s: %d, want %d", url, resp.StatusCode, status)
	}
	return string(body)
}
