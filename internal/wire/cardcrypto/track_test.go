package cardcrypto_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

const demoTrack = "6216261000000000018D33122010000012345"

func hexText(b []byte) []byte { return []byte(strings.ToUpper(hex.EncodeToString(b))) }

// TestTrackVariant_byHand enciphers a track of 37 digits step by step in each variant.
func TestTrackVariant_byHand(t *testing.T) {
	des := desKey(t, "0123456789ABCDEFFEDCBA9876543210")
	sm4, err := cardcrypto.NewSM4Key(unhex(t, "0123456789ABCDEFFEDCBA9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name          string
		variant       cardcrypto.TrackVariant
		key           *cardcrypto.Key
		before, block string // what stays in clear before, and what is enciphered
		after         string
	}{
		{"in place, DES", cardcrypto.TrackInPlace, des, demoTrack[:20], demoTrack[20:36], demoTrack[36:]},
		{"in place, SM4", cardcrypto.TrackInPlace, sm4, demoTrack[:4], demoTrack[4:36], demoTrack[36:]},
		{"filled, DES", cardcrypto.TrackFilled, des, "", demoTrack + strings.Repeat("F", 11), ""},
		{"filled, SM4", cardcrypto.TrackFilled, sm4, "", demoTrack + strings.Repeat("F", 27), ""},
		{"counted, DES", cardcrypto.TrackCounted, des, "", "25" + demoTrack + strings.Repeat("0", 9), ""},
		{"counted, SM4", cardcrypto.TrackCounted, sm4, "", "25" + demoTrack + strings.Repeat("0", 25), ""},
	} {
		block, err := c.key.EncryptECB(unhex(t, c.block))
		if err != nil {
			t.Fatal(err)
		}
		want := c.before + string(hexText(block)) + c.after
		got, err := c.variant.Encrypt(c.key, demoTrack)
		if err != nil || got != want {
			t.Errorf("%s: %d digits, %v; want %d", c.name, len(got), err, len(want))
		}
		back, err := c.variant.Decrypt(c.key, got)
		if err != nil || back != demoTrack {
			t.Errorf("%s: the track did not survive: %v", c.name, err)
		}
	}
}

func TestTrackVariant_roundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := drawKey(rt, "key")
		variant := rapid.SampledFrom([]cardcrypto.TrackVariant{
			cardcrypto.TrackInPlace, cardcrypto.TrackFilled, cardcrypto.TrackCounted,
		}).Draw(rt, "variant")
		track := rapid.StringMatching(`[0-9D]{0,104}`).Draw(rt, "track")
		enciphered, err := variant.Encrypt(key, track)
		if err != nil {
			rt.Fatal(err)
		}
		if len(track) > 32 && enciphered == track {
			rt.Fatal("a long track stays in clear")
		}
		back, err := variant.Decrypt(key, enciphered)
		if err != nil || back != track {
			rt.Fatalf("%v: the track did not survive: %v", variant, err)
		}
	})
}

func TestTrackVariant_refuses(t *testing.T) {
	key, other := desKey(t, "0123456789ABCDEFFEDCBA9876543210"), desKey(t, "89ABCDEF0123456776543210FEDCBA98")
	for _, variant := range []cardcrypto.TrackVariant{cardcrypto.TrackFilled, cardcrypto.TrackCounted} {
		enciphered, err := variant.Encrypt(key, demoTrack)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			key   *cardcrypto.Key
			track string
		}{
			"another key": {other, enciphered}, "half a block": {key, enciphered[:24]}, "odd": {key, enciphered[:47]},
			"not hexadecimal": {key, "x" + enciphered[1:]}, "lower case": {key, strings.ToLower(enciphered)},
		} {
			if back, err := variant.Decrypt(c.key, c.track); !errors.Is(err, cardcrypto.ErrTrack) {
				t.Errorf("%v, %s: %d digits, %v", variant, name, len(back), err)
			}
		}
	}
	for name, track := range map[string]string{
		"another separator": strings.Replace(demoTrack, "D", "=", 1), "filled already": demoTrack + "F", "too long": strings.Repeat("1", 108),
	} {
		for _, variant := range []cardcrypto.TrackVariant{cardcrypto.TrackInPlace, cardcrypto.TrackFilled, cardcrypto.TrackCounted} {
			if _, err := variant.Encrypt(key, track); !errors.Is(err, cardcrypto.ErrTrack) {
				t.Errorf("%v, %s: %v", variant, name, err)
			}
		}
	}
	if _, err := cardcrypto.TrackCounted.Decrypt(key, ""); !errors.Is(err, cardcrypto.ErrTrack) {
		t.Errorf("a track without its count: %v", err)
	}
	for _, f := range []func(*cardcrypto.Key, string) (string, error){cardcrypto.TrackVariant(0).Encrypt, cardcrypto.TrackVariant(0).Decrypt} {
		if _, err := f(key, "1234567812345678"); !errors.Is(err, cardcrypto.ErrKeyUse) {
			t.Errorf("no variant: %v", err)
		}
	}
}

func FuzzTrackVariant_decrypt(f *testing.F) {
	key := desKey(f, "0123456789ABCDEFFEDCBA9876543210")
	for _, variant := range []cardcrypto.TrackVariant{cardcrypto.TrackInPlace, cardcrypto.TrackFilled, cardcrypto.TrackCounted} {
		enciphered, err := variant.Encrypt(key, demoTrack)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(variant), enciphered)
		f.Add(uint8(variant), "")
	}
	f.Fuzz(func(t *testing.T, variant uint8, enciphered string) {
		v := cardcrypto.TrackVariant(variant)
		if v == cardcrypto.TrackInPlace {
			return // deciphers to any digits, which need not be a track
		}
		track, err := v.Decrypt(key, enciphered)
		if err != nil {
			return
		}
		back, err := v.Encrypt(key, track)
		if err != nil || back != enciphered {
			t.Fatalf("%v: %q comes back as %q, %v", v, enciphered, back, err)
		}
	})
}
