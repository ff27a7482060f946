package jbig_test

import (
	"encoding/binary"
	"errors"
	"image"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

// Whatever comes, Decode gives a picture within the bounds or an error with its place, and the picture is
// what is read back after it was written again.
func FuzzDecode(f *testing.F) {
	for _, file := range files {
		f.Add(read(f, file.file+".jbg"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 12 {
			pixels := uint64(binary.BigEndian.Uint32(data[4:])) * uint64(binary.BigEndian.Uint32(data[8:]))
			if pixels > 1<<16 && pixels <= 4<<20 {
				return // large pictures take time and find nothing that small ones do not
			}
		}
		img, err := jbig.Decode(data)
		var e *jbig.Error
		if err != nil {
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(data) {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		again, err := jbig.Encode(img)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jbig.Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, img)
	})
}

// Every picture comes back, whatever the way it is written.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{0x12, 0x34, 0xff}, uint8(5), uint8(0), uint16(3), uint8(1), int8(3), uint8(0))
	f.Add([]byte{0xff, 0xff, 0, 0, 0xaa, 0xaa, 0xaa}, uint8(16), uint8(7), uint16(1), uint8(0), int8(-2), uint8(2))
	f.Fuzz(func(t *testing.T, bits []byte, width, options uint8, stripeRows uint16, moveRow uint8, moveX int8, moveY uint8) {
		w := int(width) + 1
		h := (8*len(bits) + w - 1) / w
		if h == 0 {
			return
		}
		img := image.NewGray(image.Rect(0, 0, w, h))
		for i := range img.Pix {
			if i/8 >= len(bits) || bits[i/8]>>(7-i%8)&1 == 0 {
				img.Pix[i] = 0xff
			}
		}
		e := jbig.Encoder{
			StripeRows: int(stripeRows), TwoRows: options&1 != 0, Unpredicted: options&2 != 0, Independent: options&4 != 0,
		}
		if options&8 != 0 {
			e.AdaptiveMoves = []jbig.Move{{Row: int(moveRow), X: int(moveX), Y: int(moveY)}}
		}
		data, err := e.Encode(img)
		if err != nil {
			if errors.Is(err, jbig.ErrPicture) && len(e.AdaptiveMoves) > 0 {
				return // the move leads nowhere
			}
			t.Fatal(err)
		}
		got, err := jbig.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, img)
	})
}
