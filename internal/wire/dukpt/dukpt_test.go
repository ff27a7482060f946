package dukpt_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
	"testing"

	"github.com/yifen-pay/yifen/internal/wire/dukpt"
)

// The triple DES values are those of ANSI X9.24-1:2009 A.4, as the tests of github.com/openemv/dukpt and
// github.com/moov-io/dukpt quote them; the clear PIN block is that of the
// PIN 1234 and the card number in the text, which is what is enciphered and authenticated.
const (
	tdesBase    = "0123456789ABCDEFFEDCBA9876543210"
	tdesInitial = "6AC292FAA1315B4D858AB3A3D7D5933A"
	tdesSerial  = "FFFF9876543210E00000"
	tdesBlock   = "041274EDCBA9876F"
	plain       = "4012345678909D987"
)

// tdesSequence are transaction keys and enciphered PIN blocks of the first 21 transactions (A.4.2).
var tdesSequence = []struct{ key, pin string }{
	{"042666B49184CFA368DE9628D0397BC9", "1B9C1845EB993A7A"}, {"C46551CEF9FD24B0AA9AD834130D3BC7", "10A01C8D02C69107"},
	{"0DF3D9422ACA56E547676D07AD6BADFA", "18DC07B94797B466"}, {"279C0F6AEED0BE652B2C733E1383AE91", "0BC79509D5645DF7"},
	{"5F8DC6D2C845C125508DDC048093B83F", "5BC0AF22AD87B327"}, {"5E415CB0BAF9F03CD0C14B63FB62FF43", "A16DF70AE36158D8"},
	{"0C8F780B7C8B49D0AE84A9EB2A6CE660", "27711C16CB257F8E"}, {"27F66D5244FF62E1AA6F6120EDEB4280", "50E55547A5027551"},
	{"27E31064FDC565698900E2057F658E7E", "536CF7F678ACFC8D"}, {"6CF2500A22507C7CC776CEADC1E33014", "EDABBA23221833FE"},
	{"3E8260BA04B2D620C01482B3819A18B7", "2328981C57B4BDBA"}, {"B716E1E11CF53D80726CAEE75C3A624F", "038D03CC926CF286"},
	{"E072EDF95340535FB6C581C58FBF2533", "6C8AA97088B62C68"}, {"A80046087F5B8F245AAD95E18429084F", "F17C9E1D72CD4950"},
	{"93DD5B956C4878472E453AAEFD32A5AA", "B170F6E7F7F2F64A"}, {"59598DCBD9BD94C094165CE453585F57", "D5D9638559EF53D6"},
	{"2B5F01F4F0CC05EA639D523231BF1BA2", "D544F8CDD292C863"}, {"9CF640F279C2AEE615F725EEEAC2CBAF", "7A21BD10F36DC41D"},
	{"C3DF489FDF1153B4F03DE97C27DC4C2F", "78649BD17D0DFA60"}, {"658488507721B3F14737FA93F923CBD2", "7E7E16EA0C31AD56"},
	{"E161D1956A61F6D2F37AFD7F9CC3699A", "72105C22EBC791E6"},
}

// tdesRollover are serial numbers that follow each other, with their keys and PIN blocks (A.4.3).
var tdesRollover = []struct{ serial, key, pin string }{
	{"FFFF9876543210EFF800", "F9CDFEBF4F5B1D9EB3EC12454527E176", "33365F5CC6F23C35"},
	{"FFFF9876543210EFF801", "5BEE92627E97825C911BF619DF72CA3B", "3A86BF003F835C9D"},
	{"FFFF9876543210EFF802", "64CA2F8AB93F61B01620B00BF77C7301", "3DB977D05C36DF3F"},
	{"FFFF9876543210EFF804", "35A168695B3BA83307E871C42021DD37", "BA83243305712099"},
	{"FFFF9876543210EFF808", "12C380FCB72ED3C26FC6079AF63F4787", "B0DA04AC90A36D85"},
	{"FFFF9876543210EFF810", "D8007C833A1E3C49C6889B97A68C54FF", "2CF02BD9C309EEDA"},
	{"FFFF9876543210EFF820", "A9C9FF9B735FDD49591F296B0BF0FD70", "9D1E2F77AEEE81C6"},
	{"FFFF9876543210EFF840", "0E3E221062CB5E03A384602783A004FA", "40870B0F8BA2011C"},
	{"FFFF9876543210EFF880", "CA8225C587124DFBB87F279C0BE29727", "22E340D6ABB40981"},
	{"FFFF9876543210EFF900", "906AAC1751D4971A144D52C76C6E1F97", "1A4C10AFBA03A430"},
	{"FFFF9876543210EFFA00", "2B9E2CE7C2750337E10B54D2989EA6AF", "849763B43E5F9CFF"},
	{"FFFF9876543210EFFC00", "F9430DF975082491C77BE4EF4FDB91EE", "DEFC6F09F8927B71"},
	{"FFFF9876543210F00000", "AA4D58DB653EC74A48C75F2F047DD2B5", "73EC88AD0AC5830E"},
}

// tdesProtected are MACs and enciphered data of the first five transactions (A.4.2).
var tdesProtected = []struct{ macRequest, macResponse, dataRequest, dataResponse string }{
	{"9CCC78173FC4FB64", "20364223C1FF00FA", "FC0D53B7EA1FDA9EE68AAF2E70D9B9506229BE2AA993F04F", "1FCC89AF66222F27B903898BB2BC8589CDBFDE5EC6AFCC25"},
	{"F608A9BCA6FFC311", "D1FCA6BEF05D24D2", "A2B4E70F846E63D68775B7215EB4563DFD3037244C61CC13", "5B692A6B1FDD5E25B0DEFAFDE1672E402F8011360CFF3508"},
	{"20B59A4FEAC937E3", "BAD4CC9CC2AE326C", "BD751E65F10E75B6C1D5B1D283496A36C2DE21D993C387A7", "345992D4163E4926C927BFD8ABD5D76F087A9CE81D5A27B8"},
	{"C7BFA6CC44161828", "1EB08AEECE6FF0C2", "1118F50947441BBDA3C8C70220021A12EC31CC473F7215F4", "418C7413576C0D1819E785D3807AF32334231FDEC23414DB"},
	{"0202B96339022058", "5CBE3E81D1D2A0FB", "9FD7BD1EC28845ACA93367A9DA9317BD555C6B33AE22D365", "7D4C109E49E83355A556AE949EED359F4404E7A2F0167C00"},
}

func TestTDES_firstTransactions(t *testing.T) {
	serial := dukpt.TDESSerial(unhex(t, tdesSerial))
	initial, err := dukpt.TDESInitialKey(unhex(t, tdesBase), serial)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "initial key", initial, tdesInitial)
	for i, want := range tdesSequence {
		var ok bool
		if serial, ok = serial.Next(); !ok || serial.Counter() != uint32(i+1) {
			t.Fatalf("transaction %d has counter %X, %v", i+1, serial.Counter(), ok)
		}
		key := tdesTransaction(t, initial, serial, want.key, want.pin)
		if i >= len(tdesProtected) {
			continue
		}
		for use, want := range map[dukpt.Use]string{
			dukpt.MACRequest: tdesProtected[i].macRequest, dukpt.MACResponse: tdesProtected[i].macResponse,
			dukpt.DataRequest: tdesProtected[i].dataRequest, dukpt.DataResponse: tdesProtected[i].dataResponse,
		} {
			working, err := dukpt.TDESWorkingKey(key, use)
			if err != nil {
				t.Fatal(err)
			}
			if use == dukpt.DataRequest || use == dukpt.DataResponse {
				equal(t, use.String(), cbc(tdes(t, working), 24), want)
				continue
			}
			// ISO 16609: DES with the left half in a chain, and the rest of triple DES for its last block.
			left, err := des.NewCipher(working[:8])
			if err != nil {
				t.Fatal(err)
			}
			mac := cbc(left, 24)[16:]
			left.Decrypt(mac, mac)
			tdes(t, working).Encrypt(mac, mac)
			equal(t, use.String(), mac, want)
		}
	}
}

func TestTDES_rollover(t *testing.T) {
	initial := unhex(t, tdesInitial)
	serial := dukpt.TDESSerial(unhex(t, tdesRollover[0].serial))
	for i, want := range tdesRollover {
		if i > 0 {
			serial, _ = serial.Next()
		}
		equal(t, "serial number", serial[:], want.serial)
		tdesTransaction(t, initial, serial, want.key, want.pin)
	}
}

func tdesTransaction(t *testing.T, initial []byte, serial dukpt.TDESSerial, wantKey, wantPIN string) []byte {
	t.Helper()
	key, err := dukpt.TDESTransactionKey(initial, serial)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "transaction key", key, wantKey)
	working, err := dukpt.TDESWorkingKey(key, dukpt.PIN)
	if err != nil {
		t.Fatal(err)
	}
	block := unhex(t, tdesBlock)
	tdes(t, working).Encrypt(block, block)
	equal(t, "PIN block", block, wantPIN)
	return key
}

// The AES values are those that the standards body published beside ANSI X9.24-3:2017, as the tests of
// github.com/openemv/dukpt quote them.
const (
	aesBase    = "FEDCBA9876543210F1F1F1F1F1F1F1F1"
	aesInitial = "1273671EA26AC29AFA4D1084127652A1"
	aesSerial  = "123456789012345600000000"

	// The two fields of a PIN block of ISO 9564-1 format 4 with the PIN 1234.
	pinField = "441234AAAAAAAAAA2F69ADDE2E9E7ACE"
	panField = "44111111111111111000000000000000"
)

var aesSequence = []struct{ transaction, pin, block, mac, data string }{
	{"4F21B565BAD9835E112B6465635EAE44", "AF8CB133A78F8DC2D1359F18527593FB", "A912150391AB65A67E52883D81CE2D15", "A2DC23DE6FDE0824A2BC321E08E4B8B7", "A35C412EFD41FDB98B69797C02DCD08F"},
	{"2F34D68DE10F68D38091A73B9E7C437C", "D30BDC73EC9714B000BEC66BDB7B6D09", "52A00503BD34BA1383F6A7EE9FE2547F", "484C3B06E8562704528CD5B46FB12FB6", "D639514AA33AC43AD9229E433D6D4E5B"},
	{"031504E530365CF81264238540518318", "7D69F01F3B45449F62C7816ECE723268", "A5A27E82B43A9A866A93D7ABE89CEF93", "A5DF7D9D800CA769766F0C77CA4E6E6C", "EF17F6AB45B4820C93A3DCB21BC491AD"},
	{"0EEFC7ADA628BA68878DA9165A8A1887", "91A0588318EC2673214271F70137896E", "71B3D0528669498777555A8BE6698E44", "E6E4679647D8A9057C1FC15537CB4C4E", "B3BD44C08BB6BA27C3BB4711D7D70387"},
	{"C2A7AC328A5DA2D6002D62465BFC028B", "35A43BC9EFEB09C756204B57E3FB7D4D", "881A7F77A2E04E5BEA985E342FD0B628", "0588185FE1FF8C7E22FAD78C1C61F065", "CA02DF6F30B39E14BD0B4A30E460920F"},
	{"D30F7D9351DA58448A2F5E92B4EE3B7D", "02DCC6CD1201A3A2CA7099559C862123", "BDC1C3871AFB0B340AA5B5CEFD08695E", "7B60F72A5639C0EE7EB2100FA80BB793", "C9B8A7C4E486180B2229115164F0B293"},
	{"A8253CEED9AC042C54F75D35C8352278", "6ECF912F3B18CA11A7A27BB60705FD09", "4A8E6B8C7DBEE6CBA6DC774F0CB83396", "BAA08CA263C69525BC6B1BA8F4275D69", "0FA8F1F0A2DD7B1005A862D77CDED698"},
	{"718EE6CF0B27E53D5F7AF99C4D8146A2", "4D9DF3FBEE3448FC3E676D04320A90F5", "8308BB857C17F390369F761F8EB358FA", "6FD572E5D59E618875F193484F9178FB", "650F34204ABD4E57764D61AC3D266FB1"},
}

func TestAES_firstTransactions(t *testing.T) {
	serial := dukpt.AESSerial(unhex(t, aesSerial))
	initial, err := dukpt.AESInitialKey(unhex(t, aesBase), serial)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "initial key", initial, aesInitial)
	for i, want := range aesSequence {
		var ok bool
		if serial, ok = serial.Next(); !ok || serial.Counter() != uint32(i+1) {
			t.Fatalf("transaction %d has counter %X, %v", i+1, serial.Counter(), ok)
		}
		key, err := dukpt.AESTransactionKey(initial, serial)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "transaction key", key, want.transaction)
		for use, want := range map[dukpt.Use]string{dukpt.PIN: want.pin, dukpt.MACRequest: want.mac, dukpt.DataRequest: want.data} {
			equal(t, use.String(), aesWorking(t, key, serial, use, dukpt.AES128), want)
		}
		pin, err := aes.NewCipher(aesWorking(t, key, serial, dukpt.PIN, dukpt.AES128))
		if err != nil {
			t.Fatal(err)
		}
		block := unhex(t, pinField)
		pin.Encrypt(block, block)
		for i, b := range unhex(t, panField) {
			block[i] ^= b
		}
		pin.Encrypt(block, block)
		equal(t, "PIN block of format 4", block, want.block)
	}
}

// TestAES_otherCounters holds the keys of high counters and of AES-256 to the published ones.
func TestAES_otherCounters(t *testing.T) {
	for _, c := range []struct {
		base, initial string
		keys          map[uint32]string
	}{
		{aesBase, aesInitial, map[uint32]string{
			0x1FFFE: "E21E8C8D347F8561A2BE752DAA85A111", 0x20000: "F7AE9025468A25D37B7249CFFED224C8", 0x20001: "692C8EA4013645135B36497131DF9D2C",
			0xFFFE2000: "48E585B694EB0B18D5C35443E163C0BA", 0xFFFE4000: "396C2C7CA1EA701C03B86B7D41F0C562",
			0xFFFE8000: "0387625F189B58AE03EF0E8CCA41105E", 0xFFFF0000: "F6BA59389BD14A9855BE9727E7C52E3C",
		}},
		{aesBase + aesBase, "CE9CE0C101D1138F97FB6CAD4DF045A7083D4EAE2D35A31789D01CCF0949550F", map[uint32]string{
			1:          "54AC2B32B145EA4A554CB8BC44B17467063A799856B1CCC2A138D36E8DBF78B3",
			2:          "5DD5A0253842BBBE1D7C0DA27021412C6F1FAB53FB928DEAE56DA06090A9DE97",
			8:          "20A796D5077D51B8E7613893A4F095B134E02917DC84BD391F3661D0873FF308",
			0x1FFFE:    "A289508CBF1228452CD86AB77B15CB35577AC828C18BB66681E5A16D6C9CCED3",
			0xFFFF0000: "6D6DB7AAAE8B3EA90E57A39E4BBA71E173B21B446B30A78D64BFC6A8806C55EE",
		}},
	} {
		serial := dukpt.AESSerial(unhex(t, aesSerial))
		initial, err := dukpt.AESInitialKey(unhex(t, c.base), serial)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "initial key", initial, c.initial)
		for counter, want := range c.keys {
			binary.BigEndian.PutUint32(serial[8:], counter)
			key, err := dukpt.AESTransactionKey(initial, serial)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "transaction key", key, want)
		}
	}
}

// TestAES_bothWays recomputes what github.com/moov-io/dukpt computes of the first two transactions: HMACs
// and enciphered data in both directions, for which the standard gives no values.
func TestAES_bothWays(t *testing.T) {
	serial := dukpt.AESSerial(unhex(t, aesSerial))
	for _, want := range []struct{ hmacRequest, hmacResponse, dataRequest, dataResponse string }{
		{
			"B6F8B3159CD4E140159DA87A68C0FB7AF2F123D222662E98988C76386E8E8A02", "DDE7CB7BDE05AC9A934919B5D94C37954F2376BAF5D45031A56FE74D94C4B64D",
			"E5AFA5B408A3310E3D779C8A9A2AE29448BD5B4232582090DB703AF647205A79", "84904DFC6B5201A4F1FE2EAA49E70B8C01838EF53030790FF785D630AB3916B4",
		},
		{
			"A884FD458692820E8458AD9FF4FCE58D6B809AB3AE617AE1FC6B70E9E9C12B08", "32C4EEBF5FB820C4E90A580C0769E5BF8188007191AFAEF53F7C585B03285314",
			"A17A9658EE0F451D6CA11B65B592EF9C5F90BB175D926F1457B63B3273042476", "699ED7BC85994F1C11DE1C40177A629530E85262EA0B02FB80771255DC1F65B6",
		},
	} {
		serial, _ = serial.Next()
		key, err := dukpt.AESTransactionKey(unhex(t, aesInitial), serial)
		if err != nil {
			t.Fatal(err)
		}
		for use, want := range map[dukpt.Use]string{dukpt.MACRequest: want.hmacRequest, dukpt.MACResponse: want.hmacResponse} {
			mac := hmac.New(sha256.New, aesWorking(t, key, serial, use, dukpt.HMAC128))
			mac.Write([]byte(plain))
			equal(t, "HMAC, "+use.String(), mac.Sum(nil), want)
		}
		for use, want := range map[dukpt.Use]string{dukpt.DataRequest: want.dataRequest, dukpt.DataResponse: want.dataResponse} {
			block, err := aes.NewCipher(aesWorking(t, key, serial, use, dukpt.AES128))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, use.String(), cbc(block, 32), want)
		}
	}
}

func TestAESUpdateKey(t *testing.T) {
	serial := dukpt.AESSerial(unhex(t, aesSerial))
	for kind, want := range map[dukpt.Kind]string{
		dukpt.AES128: "9A9770AEE1ACD1B13473D0463A1883B9",
		dukpt.TDES2:  "4744A5ECBC62B5C4BB76FBEAE1E244A3",
		dukpt.TDES3:  "AF82BE8533CFCA526DA71708667AD0BBC7A7517504C78C8A",
	} {
		key, err := dukpt.AESUpdateKey(unhex(t, aesInitial), serial, kind)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "update key of "+kind.String(), key, want)
	}
}

// TestSerial_next walks over all of a triple DES device's life, a million transactions.
func TestSerial_next(t *testing.T) {
	serial := dukpt.TDESSerial(unhex(t, tdesSerial))
	count, last := 0, uint32(0)
	for {
		following, ok := serial.Next()
		if !ok {
			break
		}
		serial = following
		counter := serial.Counter()
		if counter <= last || bits.OnesCount32(counter) > 10 || !bytes.Equal(serial[:7], unhex(t, tdesSerial)[:7]) {
			t.Fatalf("counter %X after %X", counter, last)
		}
		count, last = count+1, counter
	}
	if count != 1<<20-1 || last != 0x1FF800 {
		t.Errorf("%d transactions, the last %X; X9.24-1 promises over a million", count, last)
	}
	aesEnd := dukpt.AESSerial(unhex(t, "1234567890123456FFFE8000"))
	aesEnd, ok := aesEnd.Next()
	if !ok || aesEnd.Counter() != 0xFFFF0000 {
		t.Errorf("counter %X, %v", aesEnd.Counter(), ok)
	}
	if _, ok := aesEnd.Next(); ok {
		t.Error("a transaction after the last")
	}
	if skip, _ := dukpt.AESSerial(unhex(t, "12345678901234560001FFFE")).Next(); skip.Counter() != 0x20000 {
		t.Errorf("after 1FFFE comes %X", skip.Counter())
	}
}

func TestDerive_refuses(t *testing.T) {
	first := dukpt.TDESSerial(unhex(t, "FFFF9876543210E00001"))
	firstAES := dukpt.AESSerial(unhex(t, "123456789012345600000001"))
	for name, c := range map[string]struct {
		derive func() ([]byte, error)
		want   error
	}{
		"short base key":    {func() ([]byte, error) { return dukpt.TDESInitialKey(make([]byte, 8), first) }, dukpt.ErrKey},
		"short initial key": {func() ([]byte, error) { return dukpt.TDESTransactionKey(make([]byte, 8), first) }, dukpt.ErrKey},
		"short transaction": {func() ([]byte, error) { return dukpt.TDESWorkingKey(make([]byte, 8), dukpt.PIN) }, dukpt.ErrKey},
		"counter zero":      {func() ([]byte, error) { return dukpt.TDESTransactionKey(make([]byte, 16), dukpt.TDESSerial{}) }, dukpt.ErrCounter},
		"counter of many": {func() ([]byte, error) {
			return dukpt.TDESTransactionKey(make([]byte, 16), dukpt.TDESSerial{8: 0xFF, 9: 0xFF})
		}, dukpt.ErrCounter},
		"no use":           {func() ([]byte, error) { return dukpt.TDESWorkingKey(make([]byte, 16), 0) }, dukpt.ErrUse},
		"use of AES":       {func() ([]byte, error) { return dukpt.TDESWorkingKey(make([]byte, 16), dukpt.MACBoth) }, dukpt.ErrUse},
		"AES base key":     {func() ([]byte, error) { return dukpt.AESInitialKey(make([]byte, 17), firstAES) }, dukpt.ErrKey},
		"AES initial key":  {func() ([]byte, error) { return dukpt.AESTransactionKey(make([]byte, 8), firstAES) }, dukpt.ErrKey},
		"AES counter zero": {func() ([]byte, error) { return dukpt.AESTransactionKey(make([]byte, 16), dukpt.AESSerial{}) }, dukpt.ErrCounter},
		"AES counter of many": {func() ([]byte, error) {
			return dukpt.AESTransactionKey(make([]byte, 16), dukpt.AESSerial{9: 1, 10: 0xFF, 11: 0xFF})
		}, dukpt.ErrCounter},
		"AES transaction":  {func() ([]byte, error) { return dukpt.AESWorkingKey(nil, firstAES, dukpt.PIN, dukpt.AES128) }, dukpt.ErrKey},
		"AES no use":       {func() ([]byte, error) { return dukpt.AESWorkingKey(make([]byte, 16), firstAES, 0, dukpt.AES128) }, dukpt.ErrUse},
		"AES no kind":      {func() ([]byte, error) { return dukpt.AESWorkingKey(make([]byte, 16), firstAES, dukpt.PIN, 0) }, dukpt.ErrUse},
		"AES unknown kind": {func() ([]byte, error) { return dukpt.AESWorkingKey(make([]byte, 16), firstAES, dukpt.PIN, 99) }, dukpt.ErrUse},
		"stronger than its parent": {
			func() ([]byte, error) {
				return dukpt.AESWorkingKey(make([]byte, 16), firstAES, dukpt.PIN, dukpt.AES256)
			}, dukpt.ErrUse,
		},
		"AES update of nothing": {func() ([]byte, error) { return dukpt.AESUpdateKey(nil, firstAES, dukpt.AES128) }, dukpt.ErrKey},
	} {
		if key, err := c.derive(); !errors.Is(err, c.want) || key != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func BenchmarkTransactionKey(b *testing.B) {
	b.Run("TDES", func(b *testing.B) {
		initial, serial := unhex(b, tdesInitial), dukpt.TDESSerial(unhex(b, "FFFF9876543210E003FF")) // ten bits
		for b.Loop() {
			if _, err := dukpt.TDESTransactionKey(initial, serial); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("AES-128", func(b *testing.B) {
		initial, serial := unhex(b, aesInitial), dukpt.AESSerial(unhex(b, "12345678901234560000FFFF")) // sixteen bits
		for b.Loop() {
			if _, err := dukpt.AESTransactionKey(initial, serial); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// cbc enciphers the plain text, filled with zeros to n bytes, in a chain that starts with zeros.
func cbc(block cipher.Block, n int) []byte {
	data := make([]byte, n)
	copy(data, plain)
	cipher.NewCBCEncrypter(block, make([]byte, block.BlockSize())).CryptBlocks(data, data)
	return data
}

func tdes(t *testing.T, key []byte) cipher.Block {
	t.Helper()
	block, err := des.NewTripleDESCipher(append(bytes.Clone(key), key[:8]...))
	if err != nil {
		t.Fatal(err)
	}
	return block
}

func aesWorking(t *testing.T, transaction []byte, serial dukpt.AESSerial, use dukpt.Use, kind dukpt.Kind) []byte {
	t.Helper()
	key, err := dukpt.AESWorkingKey(transaction, serial, use, kind)
	if err != nil {
		t.Fatal(err)
	}
	return key
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
