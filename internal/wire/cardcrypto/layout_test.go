package cardcrypto_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

var layouts = []struct {
	layout           cardcrypto.Layout
	length           int
	pin, mac, track  int
	check            int
	shorterMACLength []int
}{
	{cardcrypto.LayoutSingle, 24, 8, 8, 0, 4, nil},
	{cardcrypto.LayoutDouble, 40, 16, 16, 0, 4, []int{8}},
	{cardcrypto.LayoutTrack, 60, 16, 16, 16, 4, []int{8}},
	{cardcrypto.LayoutCompact, 52, 16, 8, 16, 4, nil},
	{cardcrypto.LayoutTriple, 56, 24, 24, 0, 4, []int{8, 16}},
	{cardcrypto.LayoutTripleTrack, 84, 24, 24, 24, 4, []int{8, 16}},
	{cardcrypto.LayoutSM4, 72, 16, 16, 16, 8, nil},
}

// TestLayout wraps keys of each length a layout holds, reads them back and unwraps them.
func TestLayout(t *testing.T) {
	for _, c := range layouts {
		t.Run(c.layout.String(), func(t *testing.T) {
			if c.layout.Len() != c.length {
				t.Fatalf("Len() = %d, want %d", c.layout.Len(), c.length)
			}
			algorithm := c.layout.Algorithm()
			kek, err := cardcrypto.NewKey(algorithm, unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
			if err != nil {
				t.Fatal(err)
			}
			for _, macLength := range append(c.shorterMACLength, c.mac) {
				var keys [3]*cardcrypto.Key
				var w cardcrypto.WorkingKeys
				for i, slot := range []struct {
					wrapped *cardcrypto.Wrapped
					length  int
				}{{&w.PIN, c.pin}, {&w.MAC, macLength}, {&w.Track, c.track}} {
					if slot.length == 0 {
						continue
					}
					value := bytes.Repeat([]byte{byte(0x10*i + 1), 0x5A, byte(i), 0x77}, 6)[:slot.length]
					if keys[i], err = cardcrypto.NewKey(algorithm, value); err != nil {
						t.Fatal(err)
					}
					if *slot.wrapped, err = cardcrypto.Wrap(kek, keys[i]); err != nil {
						t.Fatal(err)
					}
					if len(slot.wrapped.CheckValue) != c.check {
						t.Fatalf("check value of %d bytes", len(slot.wrapped.CheckValue))
					}
				}
				f62, err := c.layout.Format(w)
				if err != nil || len(f62) != c.length {
					t.Fatalf("MAC key of %d bytes: F62 of %d bytes, %v", macLength, len(f62), err)
				}
				back, err := c.layout.Parse(f62)
				if err != nil {
					t.Fatal(err)
				}
				for i, wrapped := range []cardcrypto.Wrapped{back.PIN, back.MAC, back.Track} {
					if keys[i] == nil {
						continue
					}
					key, err := cardcrypto.Unwrap(kek, wrapped)
					if err != nil || !key.Equal(keys[i]) {
						t.Errorf("MAC key of %d bytes: key %d did not survive: %v", macLength, i, err)
					}
				}
			}
			for n := range 101 {
				if _, err := c.layout.Parse(make([]byte, n)); (err == nil) != (n == c.length) {
					t.Errorf("%d bytes: %v", n, err)
				}
			}
		})
	}
}

func TestLayout_refuses(t *testing.T) {
	wrapped := func(length, check int) cardcrypto.Wrapped {
		return cardcrypto.Wrapped{Cryptogram: make([]byte, length), CheckValue: make([]byte, check)}
	}
	for name, c := range map[string]struct {
		layout cardcrypto.Layout
		keys   cardcrypto.WorkingKeys
	}{
		"no layout":               {0, cardcrypto.WorkingKeys{}},
		"unknown layout":          {99, cardcrypto.WorkingKeys{}},
		"nothing":                 {cardcrypto.LayoutDouble, cardcrypto.WorkingKeys{}},
		"no MAC key":              {cardcrypto.LayoutDouble, cardcrypto.WorkingKeys{PIN: wrapped(16, 4)}},
		"MAC key of odd length":   {cardcrypto.LayoutDouble, cardcrypto.WorkingKeys{PIN: wrapped(16, 4), MAC: wrapped(7, 4)}},
		"MAC key too long":        {cardcrypto.LayoutCompact, cardcrypto.WorkingKeys{PIN: wrapped(16, 4), MAC: wrapped(16, 4), Track: wrapped(16, 4)}},
		"track key too many":      {cardcrypto.LayoutDouble, cardcrypto.WorkingKeys{PIN: wrapped(16, 4), MAC: wrapped(16, 4), Track: wrapped(16, 4)}},
		"track key missing":       {cardcrypto.LayoutTrack, cardcrypto.WorkingKeys{PIN: wrapped(16, 4), MAC: wrapped(16, 4)}},
		"short check value":       {cardcrypto.LayoutSM4, cardcrypto.WorkingKeys{PIN: wrapped(16, 4), MAC: wrapped(16, 4), Track: wrapped(16, 4)}},
		"SM4 MAC key not in full": {cardcrypto.LayoutSM4, cardcrypto.WorkingKeys{PIN: wrapped(16, 8), MAC: wrapped(8, 8), Track: wrapped(16, 8)}},
	} {
		if f62, err := c.layout.Format(c.keys); !errors.Is(err, cardcrypto.ErrWorkingKeys) {
			t.Errorf("%s: %d bytes, %v", name, len(f62), err)
		}
	}
}

func FuzzLayout(f *testing.F) {
	for _, c := range layouts {
		f.Add(uint8(c.layout), bytes.Repeat([]byte{1}, c.length))
		f.Add(uint8(c.layout), append(bytes.Repeat([]byte{1}, c.length-c.check), make([]byte, c.check)...))
	}
	f.Add(uint8(cardcrypto.LayoutTripleTrack), append(bytes.Repeat([]byte{7}, 36), make([]byte, 48)...))
	f.Fuzz(func(t *testing.T, layout uint8, f62 []byte) {
		l := cardcrypto.Layout(layout)
		keys, err := l.Parse(f62)
		if err != nil {
			return
		}
		back, err := l.Format(keys)
		if err != nil || !bytes.Equal(back, f62) {
			t.Fatalf("%v: %x comes back as %x, %v", l, f62, back, err)
		}
	})
}
