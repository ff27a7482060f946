package cardcrypto_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// The values in this file are published worked examples; the source stands at each test.

// TestVector1 unwraps the working keys of a sign-in answer (code456.com, article 3026509).
func TestVector1_workingKeys(t *testing.T) {
	tmk := desKey(t, "CA5D92598DCA48CE8A4C76361A9269E9")
	f62 := unhex(t, "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CA")
	keys, err := cardcrypto.ParseWorkingKeys(f62)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := cardcrypto.Unwrap(tmk, keys.PIN)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "PIK", pin.Reveal(), "807A23AD32B36D457AE91FDF927570EA")
	equal(t, "KCV of the PIK", pin.CheckValue(), "8D0A74B8")
	zeros, err := pin.EncryptECB(make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "zeros under the PIK", zeros, "8D0A74B8C5EF66C6")
	mac, err := cardcrypto.Unwrap(tmk, keys.MAC)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "MAK", mac.Reveal(), "5BB5C72CD00B7338")
	equal(t, "KCV of the MAK", mac.CheckValue(), "AB7153CA")
	zeros, err = mac.EncryptECB(make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "zeros under the MAK", zeros, "AB7153CA985B10C2")

	// And the way back.
	again := cardcrypto.WorkingKeys{}
	if again.PIN, err = cardcrypto.Wrap(tmk, pin); err != nil {
		t.Fatal(err)
	}
	if again.MAC, err = cardcrypto.Wrap(tmk, mac); err != nil {
		t.Fatal(err)
	}
	back, err := again.Format()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "F62", back, hex.EncodeToString(f62))
}

// TestVector2 recomputes a PBOC transaction (cnblogs.com, 1024Planet, 6256545).
func TestVector2_pboc(t *testing.T) {
	master := desKey(t, "F0C34A8124CEE0A91A0B034AA97D6EAC")
	card, err := cardcrypto.DeriveCardKey(master, "6228000100001", "01")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "UDK", card.Reveal(), "014D996FCC8F49157DC8B49E3BCDFD99")
	sale := &cardcrypto.Transaction{
		Amount: [6]byte(unhex(t, "000000000001")), Other: [6]byte{}, Country: [2]byte{0x01, 0x56},
		TVR: [5]byte(unhex(t, "0080046000")), Currency: [2]byte{0x01, 0x56},
		Date: [3]byte(unhex(t, "140701")), Type: 0, Unpredictable: [4]byte(unhex(t, "1E78EEBC")),
		AIP: [2]byte{0x7D, 0x00}, ATC: [2]byte{0x02, 0x40},
		IssuerData: unhex(t, "07000103A04002010A010000001000D1F61152"),
	}
	session, err := cardcrypto.SessionKey(cardcrypto.PBOC01, card, sale.ATC)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "SK", session.Reveal(), "D4102725E6E5AD329E55AAB50BF23DA9")
	arqc, err := cardcrypto.Cryptogram(cardcrypto.PBOC01, card, sale)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "ARQC", arqc[:], "5D016C91005E7CC2")
	if !cardcrypto.VerifyCryptogram(cardcrypto.PBOC01, card, sale, arqc[:]) {
		t.Error("the ARQC does not verify")
	}
	sale.Amount[5]++
	if cardcrypto.VerifyCryptogram(cardcrypto.PBOC01, card, sale, arqc[:]) {
		t.Error("the ARQC verifies for another amount")
	}
	arpc, err := cardcrypto.ARPC(cardcrypto.PBOC01, card, sale.ATC, arqc, [2]byte{'0', '1'})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "ARPC", arpc[:], "21415243527CE78F")
}

// TestVector3 is the worked example of ANSI X9.8.
func TestVector3_pinBlock(t *testing.T) {
	block, err := cardcrypto.EncodePIN("123456", "123456789012345678")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "PIN block", block[:], "061253DFFEDCBA98")
	pin, err := cardcrypto.DecodePIN(block, "123456789012345678")
	if err != nil || pin != "123456" {
		t.Errorf("the block does not decode to its PIN: %v", err)
	}
	if block, err = cardcrypto.EncodePIN("123456", ""); err != nil {
		t.Fatal(err)
	}
	equal(t, "PIN block without PAN", block[:], "06123456FFFFFFFF")
}

// TestVector5 is a published worked example of an SM4 working key.
func TestVector5_sm4(t *testing.T) {
	tmk, err := cardcrypto.NewSM4Key(unhex(t, "1234567890ABCDEFABCDEF0987654321"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := cardcrypto.Unwrap(tmk, cardcrypto.Wrapped{
		Cryptogram: unhex(t, "3D66234C49E4296FF9C78D8BACBD6A76"), CheckValue: unhex(t, "861E83E31FAEBF10"),
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "working key", key.Reveal(), "F351D490994603795C6EBEE8FAEBB481")
	zeros, err := key.EncryptECB(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "zeros", zeros, "861E83E31FAEBF10AA0F10B2ECC6CE43")
}

// TestVector6 is a published example of the folds of the ECB MAC (blog.youkuaiyun.com, zhu244912654,
// 80005341); its key comes wrapped.
func TestVector6_macECB(t *testing.T) {
	tmk := desKey(t, "70F2A84CCBC2AE8625CBB0F2C22AB923")
	mak, err := cardcrypto.Unwrap(tmk, cardcrypto.Wrapped{Cryptogram: unhex(t, "96D605EA176B7E9E")})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "MAK", mak.Reveal(), "C24A8FB57AA20123")
	data := unhex(t, "0200302004C020C0981100000000000000005100183402100006324392260009942820D1312101120084393136363838303134"+
		"303030303030303030303030303031313536ACF46E73838A82F92600000000000000000822000001")
	if len(data) != 91 {
		t.Fatalf("the example has %d bytes", len(data))
	}
	mac, err := cardcrypto.MAC(cardcrypto.ECB, mak, data)
	if err != nil || string(mac[:]) != "8A9E91B8" {
		t.Errorf("MAC = %q, %v", mac[:], err)
	}
}

// TestVector8 takes the published values of github.com/knovichikhin/pyemv (MIT).
func TestVector8_visa(t *testing.T) {
	card, err := cardcrypto.DeriveCardKey(desKey(t, "0123456789ABCDEFFEDCBA9876543210"), "1234567890123456", "00")
	if err != nil {
		t.Fatal(err)
	}
	sale := &cardcrypto.Transaction{
		Amount: [6]byte(unhex(t, "000000004000")), Country: [2]byte{0x01, 0x24},
		TVR: [5]byte(unhex(t, "8000048000")), Currency: [2]byte{0x01, 0x24},
		Date: [3]byte(unhex(t, "191105")), Type: 1, Unpredictable: [4]byte(unhex(t, "52BF4585")),
		AIP: [2]byte{0x18, 0x00}, ATC: [2]byte{0x00, 0x1C},
	}
	t.Run("version 10", func(t *testing.T) {
		sale.IssuerData = unhex(t, "06010A03A06010")
		arqc, err := cardcrypto.Cryptogram(cardcrypto.Visa10, card, sale)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "ARQC", arqc[:], "29CCA15AE665FA2E")
		arpc, err := cardcrypto.ARPC(cardcrypto.Visa10, card, sale.ATC, arqc, [2]byte{'0', '0'})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "ARPC", arpc[:], "28993816AFAE4AEB")
	})
	t.Run("version 18", func(t *testing.T) {
		sale.IssuerData = unhex(t, "06011203A0B800")
		arqc, err := cardcrypto.Cryptogram(cardcrypto.Visa18, card, sale)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "ARQC", arqc[:], "7A788EA6B8A3E733")
		arpc, err := cardcrypto.ARPCStatus(cardcrypto.Visa18, card, sale.ATC, arqc, [4]byte{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "ARPC", arpc[:], "9AF514C1")
	})
}

func equal(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if !bytes.Equal(got, unhex(t, want)) {
		t.Errorf("%s = %X, want %s", what, got, want)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func desKey(t testing.TB, s string) *cardcrypto.Key {
	t.Helper()
	k, err := cardcrypto.NewDESKey(unhex(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
