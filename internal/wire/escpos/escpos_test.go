package escpos_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/escpos"
)

func TestEncoder_bytes(t *testing.T) {
	tests := []struct {
		name string
		do   func(e *escpos.Encoder)
		want string
	}{
		{"init", func(e *escpos.Encoder) { e.Init() }, "\x1b@\x1c&"},
		{"chinese off", func(e *escpos.Encoder) { e.Chinese(false) }, "\x1c."},
		{"text in GBK", func(e *escpos.Encoder) { e.Text("合计 1") }, "\xba\xcf\xbc\xc6 1"},
		{"center", func(e *escpos.Encoder) { e.Align(escpos.Center) }, "\x1ba\x01"},
		{"double size", func(e *escpos.Encoder) { e.Size(2, 2) }, "\x1d!\x11"},
		{"size is clamped", func(e *escpos.Encoder) { e.Size(0, 99) }, "\x1d!\x07"},
		{"bold", func(e *escpos.Encoder) { e.Bold(true) }, "\x1bE\x01"},
		{"one line", func(e *escpos.Encoder) { e.Feed(1) }, "\n"},
		{"three lines", func(e *escpos.Encoder) { e.Feed(3) }, "\x1bd\x03"},
		{"partial cut", func(e *escpos.Encoder) { e.Cut(true) }, "\x1dVB\x00"},
		{"full cut", func(e *escpos.Encoder) { e.Cut(false) }, "\x1dVA\x00"},
		{"drawer on pin 2", func(e *escpos.Encoder) { e.Drawer(2) }, "\x1bp\x00\x32\x64"},
		{"drawer on pin 5", func(e *escpos.Encoder) { e.Drawer(5) }, "\x1bp\x01\x32\x64"},
		{"status", func(e *escpos.Encoder) { e.StatusRequest(4) }, "\x10\x04\x04"},
		{"raster", func(e *escpos.Encoder) { _ = e.Raster(1, []byte{0x80, 0x01}) },
			"\x1dv0\x00\x01\x00\x02\x00\x80\x01"},
		{"barcode", func(e *escpos.Encoder) { _ = e.Code128("a{") },
			"\x1dH\x02\x1dh\x40\x1dw\x02\x1dkI\x05{Ba{{"},
		{"QR", func(e *escpos.Encoder) { _ = e.QR("ab", 6, escpos.LevelM) },
			"\x1d(k\x04\x001A2\x00" + "\x1d(k\x03\x001C\x06" + "\x1d(k\x03\x001E1" +
				"\x1d(k\x05\x001P0ab" + "\x1d(k\x03\x001Q0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e escpos.Encoder
			tt.do(&e)
			if got := string(e.Bytes()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Every character outside ASCII takes two bytes, so that a digit after it survives.
func TestAppendGBK_edges(t *testing.T) {
	tests := []struct{ name, in, printed string }{
		{"half-width yen", "¥100", "￥100"},
		{"full-width yen", "￥100", "￥100"},
		{"outside GBK", "𠮷野家9", "〓野家9"},
		{"euro", "€50", "€50"},
		{"times", "2×3", "2×3"},
		{"emoji", "茶🍵1", "茶〓1"},
		{"commands in text", "a\x1b@\x1dV\x00b\nc", "a@Vbc"},
		{"broken UTF-8", "a\xff1", "a〓1"},
		{"rare name", "王喆1", "王喆1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e escpos.Encoder
			e.Init()
			e.Text(tt.in)
			var d escpos.Decoder
			if got := texts(d.Feed(e.Bytes())); got != tt.printed {
				t.Errorf("printed %q, want %q (bytes % x)", got, tt.printed, e.Bytes())
			}
			want := 0
			for _, r := range tt.printed {
				want++
				if r > 0x7f {
					want++
				}
			}
			if got := len(escpos.AppendGBK(nil, tt.in)); got != want {
				t.Errorf("took %d bytes, want %d", got, want)
			}
		})
	}
}

func TestEncoder_refuses(t *testing.T) {
	var e escpos.Encoder
	if err := e.QR(strings.Repeat("x", 2332), 4, escpos.LevelM); !errors.Is(err, escpos.ErrTooLong) {
		t.Errorf("QR too long: %v", err)
	}
	if err := e.QR("", 4, escpos.LevelM); err == nil {
		t.Error("empty QR accepted")
	}
	if err := e.Code128("中"); err == nil {
		t.Error("barcode with Chinese accepted")
	}
	if err := e.Code128(strings.Repeat("1", 254)); !errors.Is(err, escpos.ErrTooLong) {
		t.Errorf("barcode too long: %v", err)
	}
	if err := e.Raster(3, make([]byte, 4)); err == nil {
		t.Error("raster with a broken row accepted")
	}
	if err := e.Raster(72, make([]byte, 72*20000)); !errors.Is(err, escpos.ErrTooLong) {
		t.Errorf("raster too long: %v", err)
	}
	if len(e.Bytes()) != 0 {
		t.Errorf("refused commands left % x", e.Bytes())
	}
}

// job holds every command of the subset.
func job(t testing.TB) ([]byte, []escpos.Event) {
	t.Helper()
	var e escpos.Encoder
	e.Init()
	e.Align(escpos.Center)
	e.Size(2, 2)
	e.Bold(true)
	e.Text("签购单 SLIP")
	e.Feed(1)
	e.StatusRequest(1)
	e.Feed(4)
	if err := e.QR("https://example.com/退货", 6, escpos.LevelQ); err != nil {
		t.Fatal(err)
	}
	if err := e.Code128("A{B}1"); err != nil {
		t.Fatal(err)
	}
	if err := e.Raster(2, []byte{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	e.Drawer(5)
	e.Cut(true)
	e.Chinese(false)
	e.StatusRequest(4)
	return e.Bytes(), []escpos.Event{
		escpos.Reset{}, escpos.ChineseMode{On: true}, escpos.Align{To: escpos.Center},
		escpos.Size{Width: 2, Height: 2}, escpos.Bold{On: true},
		escpos.Text{Text: "签购单 SLIP"}, escpos.Feed{Lines: 1}, escpos.StatusRequest{N: 1}, escpos.Feed{Lines: 4},
		escpos.QR{Content: "https://example.com/退货", Module: 6, Level: escpos.LevelQ},
		escpos.Barcode{System: 73, Content: "A{B}1", Height: 64, Module: 2, Clear: true},
		escpos.Raster{Stride: 2, Bits: []byte{1, 2, 3, 4}, ScaleX: 1, ScaleY: 1},
		escpos.Drawer{Pin: 5}, escpos.Cut{Partial: true}, escpos.ChineseMode{}, escpos.StatusRequest{N: 4},
	}
}

func TestDecoder_readsWhatTheEncoderSays(t *testing.T) {
	bytes, want := job(t)
	for _, size := range []int{len(bytes), 1, 2, 3, 7} {
		if got := feed(bytes, size); !reflect.DeepEqual(got, want) {
			t.Errorf("in pieces of %d: got\n%v\nwant\n%v", size, got, want)
		}
	}
}

func TestDecoder_foreignCommands(t *testing.T) {
	tests := []struct {
		name, in string
		want     []escpos.Event
	}{
		{"parameters are skipped", "\x1b3\x1eA", []escpos.Event{escpos.Unknown{Command: []byte("\x1b3")}, escpos.Text{Text: "A"}}},
		{"GS ( of another kind", "\x1d(L\x02\x0001B", []escpos.Event{escpos.Unknown{Command: []byte("\x1d(L")}, escpos.Text{Text: "B"}}},
		{"barcode up to zero", "\x1dk\x02690\x00C", []escpos.Event{
			escpos.Barcode{System: 2, Content: "690", Height: 162, Module: 3}, escpos.Text{Text: "C"}}},
		{"carriage return", "D\r\n", []escpos.Event{escpos.Text{Text: "D"}, escpos.Feed{Lines: 1}}},
		{"GBK outside Chinese mode", "\xba\xcf", []escpos.Event{escpos.Text{Text: "〓〓"}}},
		{"lead byte before a command", "\x1c&\xba\n", []escpos.Event{
			escpos.ChineseMode{On: true}, escpos.Text{Text: "〓"}, escpos.Feed{Lines: 1}}},
		{"QR printed but not stored", "\x1d(k\x03\x001Q0E", []escpos.Event{escpos.Text{Text: "E"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{len(tt.in), 1} {
				if got := feed([]byte(tt.in), size); !reflect.DeepEqual(got, tt.want) {
					t.Errorf("in pieces of %d: got %v, want %v", size, got, tt.want)
				}
			}
		})
	}
}

func TestDecoder_skipsWhatIsTooLarge(t *testing.T) {
	in := append([]byte("\x1dv0\x00\xff\x00\xff\xff"), bytes.Repeat([]byte{0x1b}, 0xff*0xffff)...)
	in = append(in, "after"...)
	got := feed(in, 1<<16)
	want := []escpos.Event{
		escpos.Oversize{Command: []byte("\x1dv0\x00\xff\x00\xff\xff"), Length: 0xff * 0xffff},
		escpos.Text{Text: "after"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The values are those of the manuals named in the package comment.
func TestStatus_bytes(t *testing.T) {
	tests := []struct {
		name   string
		status escpos.Status
		n      byte
		want   byte
	}{
		{"all well", escpos.Status{}, 1, 0x12},
		{"drawer", escpos.Status{Drawer: true}, 1, 0x16},
		{"offline", escpos.Status{Offline: true}, 1, 0x1a},
		{"cover open", escpos.Status{CoverOpen: true}, 2, 0x16},
		{"stopped by paper end", escpos.Status{PaperStop: true}, 2, 0x32},
		{"error", escpos.Status{Error: true}, 2, 0x52},
		{"cutter", escpos.Status{CutterError: true}, 3, 0x1a},
		{"unrecoverable", escpos.Status{Unrecoverable: true}, 3, 0x32},
		{"head hot", escpos.Status{Recovering: true}, 3, 0x52},
		{"paper near end", escpos.Status{PaperNearEnd: true}, 4, 0x1e},
		{"paper end", escpos.Status{PaperEnd: true}, 4, 0x72},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := tt.status.Byte(tt.n)
			if !ok || got != tt.want {
				t.Errorf("got %#02x %v, want %#02x", got, ok, tt.want)
			}
			var back escpos.Status
			if err := back.Apply(tt.n, got); err != nil || back != tt.status {
				t.Errorf("read back %+v, %v", back, err)
			}
		})
	}
}

func TestStatus_refusesOtherBytes(t *testing.T) {
	before := escpos.Status{PaperEnd: true}
	s := before
	for b := range 256 {
		err := s.Apply(1, byte(b))
		if fixed := b&0x93 == 0x12; fixed != (err == nil) {
			t.Fatalf("byte %#02x: %v", b, err)
		}
		if err != nil && !errors.Is(err, escpos.ErrNotStatus) {
			t.Fatalf("byte %#02x: %v is no ErrNotStatus", b, err)
		}
	}
	if err := s.Apply(5, 0x12); !errors.Is(err, escpos.ErrNotStatus) {
		t.Errorf("status 5: %v", err)
	}
	if _, ok := s.Byte(0); ok {
		t.Error("status 0 has a byte")
	}
	if !s.PaperEnd {
		t.Error("a byte for n=1 changed what n=4 said")
	}
}

func FuzzDecoder(f *testing.F) {
	whole, _ := job(f)
	f.Add(whole, byte(3))
	f.Add([]byte("\x1dk\x05123\x00\x1c&\xba\xcf\x10\x04\x01"), byte(1))
	f.Add([]byte("\x1dv0\x00\xff\xff\xff\xff\x1b@"), byte(2))
	f.Fuzz(func(t *testing.T, in []byte, size byte) {
		atOnce, inPieces := feed(in, len(in)), feed(in, int(size))
		if !reflect.DeepEqual(atOnce, inPieces) {
			t.Errorf("at once %v\nin pieces of %d %v", atOnce, size, inPieces)
		}
	})
}

// FuzzText holds text to the package's invariants: it comes back without commands, and ASCII in it
// is neither lost nor added.
func FuzzText(f *testing.F) {
	f.Add("合计 ¥100.00 €5 𠮷\x1b@")
	f.Fuzz(func(t *testing.T, s string) {
		var e escpos.Encoder
		e.Init()
		e.Text(s)
		events := feed(e.Bytes(), len(e.Bytes()))
		for _, ev := range events[2:] {
			if _, ok := ev.(escpos.Text); !ok {
				t.Fatalf("text became the command %v", ev)
			}
		}
		ascii := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r < 0x20 || r > 0x7e {
					return -1
				}
				return r
			}, s)
		}
		if got, want := ascii(texts(events)), ascii(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// feed decodes in in pieces of size bytes and joins neighboring texts.
func feed(in []byte, size int) []escpos.Event {
	var d escpos.Decoder
	var events []escpos.Event
	for size = max(size, 1); len(in) > 0; {
		n := min(size, len(in))
		for _, e := range d.Feed(in[:n]) {
			if text, ok := e.(escpos.Text); ok && len(events) > 0 {
				if last, ok := events[len(events)-1].(escpos.Text); ok {
					events[len(events)-1] = escpos.Text{Text: last.Text + text.Text}
					continue
				}
			}
			events = append(events, e)
		}
		in = in[n:]
	}
	return events
}

func texts(events []escpos.Event) string {
	var b strings.Builder
	for _, e := range events {
		if t, ok := e.(escpos.Text); ok {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

func BenchmarkDecoder(b *testing.B) {
	in, _ := job(b)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		var d escpos.Decoder
		d.Feed(in)
	}
}
