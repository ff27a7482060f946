package screen_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
)

func demoCard(t *testing.T, name string) pos.Card {
	t.Helper()
	card, err := pos.FindCard(name)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// TestDevice_Present is held to what the keys do: both devices show the same afterwards.
func TestDevice_Present(t *testing.T) {
	for _, c := range []struct {
		name, prepare, card string
		entry               pos.Entry
		keys                string
	}{
		{"tap", "1 2000 enter", "debit", pos.Tap, "T"},
		{"tap above the limit", "1 100001 enter", "credit", pos.Tap, "down T"},
		{"insert", "1 2000 enter", "51", pos.Insert, "down down I"},
		{"stripe of a chip card", "1 2000 enter", "debit", pos.Swipe, "S"},
		{"phone", "1 2000 enter", "phone", pos.Tap, "P"},
		{"phone that is inserted", "1 2000 enter", "phone", pos.Insert, ""},
		{"balance", "5", "debit", pos.Insert, "I"},
		{"refund", "4 123456 enter TRAIN0000001 enter 1106 enter 500 enter", "debit", pos.Insert, "I"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := training(t, screen.English)
			press(d, signOn+" "+c.prepare)
			if !d.AsksCard() {
				t.Fatal("no card is asked for")
			}
			job, err := d.Present(demoCard(t, c.card), c.entry)
			if err != nil {
				t.Fatal(err)
			}
			finish(d, job)
			if c.keys == "" {
				shows(t, d, "this is a phone")
				return
			}
			twin, _ := training(t, screen.English)
			press(twin, signOn+" "+c.prepare+" "+c.keys)
			if got, want := d.Display(), twin.Display(); !slices.Equal(got, want) {
				t.Errorf("presented:\n%s\nby keys:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestDevice_Present_unasked tells why no card is taken, and changes nothing.
func TestDevice_Present_unasked(t *testing.T) {
	for _, c := range []struct {
		keys string
		want error
	}{
		{"", screen.ErrNobody},
		{signOn, screen.ErrNoCardAsked},
		{signOn + " 1 2000", screen.ErrNoCardAsked},
		{signOn + " 1 2000 enter I", screen.ErrNoCardAsked}, // the PIN comes next
		{signOn + " Q", screen.ErrOff},
	} {
		d, _ := training(t, screen.Chinese)
		press(d, c.keys)
		before := d.Display()
		job, err := d.Present(demoCard(t, "debit"), pos.Tap)
		if !errors.Is(err, c.want) || job != nil {
			t.Errorf("after %q: %v, want %v", c.keys, err, c.want)
		}
		if d.AsksCard() || !slices.Equal(before, d.Display()) {
			t.Errorf("after %q the display changed", c.keys)
		}
		if words := pos.Words(err); words.ZH == words.EN {
			t.Errorf("%v is said in one language only", err)
		}
	}
	d, _ := training(t, screen.Chinese)
	press(d, signOn+" 1 2000 enter")
	job := d.Press("T")
	if _, err := d.Present(demoCard(t, "debit"), pos.Tap); !errors.Is(err, screen.ErrBusy) {
		t.Errorf("while a job runs: %v", err)
	}
	finish(d, job)
}

// TestSession_Present has a card tapped and its papers torn off, as a page does.
func TestSession_Present(t *testing.T) {
	d, terminal := training(t, screen.English)
	var papers []screen.Sheet
	ctx, cancel := context.WithCancel(t.Context())
	s := screen.NewSession(ctx, screen.Config{Terminal: terminal, Lang: d.Lang(), Printer: func(sheet screen.Sheet) { papers = append(papers, sheet) }})
	quiet := func() screen.State {
		state := s.State()
		for state.Busy {
			state = s.Wait(t.Context(), state.Version)
		}
		return state
	}
	quiet()
	for _, k := range []string{"0", "1", "enter", "0", "0", "0", "0", "enter", "1", "2", "0", "0", "enter"} {
		s.Press(k)
	}
	if !s.State().Asks {
		t.Error("the state does not say that a card is asked for")
	}
	if err := s.Present(demoCard(t, "debit"), pos.Tap); err != nil {
		t.Fatal(err)
	}
	if state := quiet(); state.Asks || state.Paper {
		t.Errorf("state %+v", state)
	}
	for range 2 {
		s.Press("enter")
		if !s.State().Paper {
			t.Error("no paper hangs out")
		}
	}
	s.Press("enter")
	if s.State().Paper {
		t.Error("a paper hangs out after the last one")
	}
	if err := s.Present(demoCard(t, "debit"), pos.Tap); !errors.Is(err, screen.ErrNoCardAsked) {
		t.Errorf("in the menu: %v", err)
	}
	for _, k := range []string{"7", "enter"} {
		s.Press(k)
	}
	quiet()
	s.Press("enter")
	s.Press("enter")
	cancel()
	s.Close()
	var heads []string
	for _, p := range papers {
		heads = append(heads, strings.TrimSpace(p.Lines(screen.English)[0])+" "+strings.TrimSpace(p.Lines(screen.English)[1]))
	}
	want := []string{"SALES SLIP MERCHANT COPY", "SALES SLIP CARDHOLDER COPY", "SETTLEMENT *** TRAINING ***"}
	if !slices.Equal(heads, want) {
		t.Errorf("papers %q, want %q", heads, want)
	}
}
