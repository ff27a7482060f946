package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const (
	pbocF55 = "9F02060000000000019F03060000000000009F1A020156950500800460005F2A0201569A031407019C01009F37041E78EEBC82027D00" +
		"9F360202409F101307000103A04002010A010000001000D1F61152"
	pbocKey  = "--key F0C34A8124CEE0A91A0B034AA97D6EAC --pan 6228000100001 --psn 01"
	visaF55  = "9F02060000000040009F03060000000000009F1A020124950580000480005F2A0201249A031911059C01019F370452BF4585820218009F3602001C9F10"
	visaKey  = "--key 0123456789ABCDEFFEDCBA9876543210 --pan 1234567890123456"
	emvcoMPM = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING" +
		"64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"
	emvcoCPM = "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIvRU1WXy0IcnVlc2RlZW5k" +
		"IZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
	tr31B = "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E"
	tr31D = "D0144P0AE00E00002C77FA3F4A553BED6E88AE5C172A4166E3D4ACA8E2AC71C158A476FAC12C13C3829DE55D3AB54C48F4C4FEF7AC75E90FC47F1B77E7B19A73ED46E64410082557"
)

// TestCalc_figures holds each calculation to published figures; the packages in internal/wire name their
// sources. The first line is what a script takes.
func TestCalc_figures(t *testing.T) {
	for _, test := range []struct {
		name, stdin string
		args        []string
		first       string            // line of the output
		figures     map[string]string // of the JSON
	}{
		{"arqc of PBOC", "", words("arqc "+pbocKey, "--f55", pbocF55), "5D016C91005E7CC2", map[string]string{"cryptogram": "5D016C91005E7CC2"}},
		{"arqc compared", "", words("arqc "+pbocKey, "--f55", pbocF55+"9F26085D016C91005E7CC2"), "5D016C91005E7CC2", map[string]string{"9F26": "right"}},
		{"arqc of the card's key, from standard input", "014D996FCC8F49157DC8B49E3BCDFD99\n" + pbocF55 + "\n", words("arqc --key - --f55 -"), "5D016C91005E7CC2", nil},
		{"arqc of Visa 10", "", words("arqc --scheme visa10 "+visaKey, "--f55", visaF55+"0706010A03A06010"), "29CCA15AE665FA2E", nil},
		{"arqc of Visa 18", "", words("arqc --scheme visa18 "+visaKey, "--f55", visaF55+"0706011203A0B800"), "7A788EA6B8A3E733", nil},
		{"arpc of PBOC", "", words("arpc " + pbocKey + " --atc 0240 --arqc 5D016C91005E7CC2 --arc 01"), "21415243527CE78F", map[string]string{"91": "21415243527CE78F3031"}},
		{"arpc from field 55", "", words("arpc "+pbocKey+" --arc 3031", "--f55", pbocF55+"9F26085D016C91005E7CC2"), "21415243527CE78F", nil},
		{"arpc of Visa 10", "", words("arpc --scheme visa10 " + visaKey + " --atc 001C --arqc 29CCA15AE665FA2E --arc 00"), "28993816AFAE4AEB", nil},
		{"arpc of Visa 18", "", words("arpc --scheme visa18 " + visaKey + " --atc 001C --arqc 7A788EA6B8A3E733 --csu 00000000"), "9AF514C1", map[string]string{"91": "9AF514C100000000"}},

		{"tr31 unwrap", "", words("tr31 unwrap --key DD7515F2BFC17F85CE48F3CA25CB21F6 " + tr31B), "3F419E1CB7079442AA37474C2EFBF8B8", map[string]string{"kcv": "57C409"}},
		{"tr31 unwrap AES", "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6\n", words("tr31 unwrap --key - " + tr31D), "3F419E1CB7079442AA37474C2EFBF8B8", map[string]string{"kcv_cmac": "08793E25AB"}},
		{"tr31 wrap", "DD7515F2BFC17F85CE48F3CA25CB21F6\n3F419E1CB7079442AA37474C2EFBF8B8\n",
			words("tr31 wrap --key - --secret - --header B0000P0TE00E0000 --conceal 1 --random 1C2965473CE2"), tr31B, map[string]string{"kcv": "57C409"}},
		{"tr31 wrap with an option", "", words("tr31 wrap --key B8ED59E0A279A295E9F5ED7944FD06B9 --secret EDB380DD340BC2620247D445F5B8D678 --header C0096B0TX12S0100 --option KS=00604B120F9292800000 --conceal 1 --random 8546A8ED98D1"),
			"C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C", nil},
		{"tr31 inspect", "", words("tr31 inspect C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C"),
			"C", map[string]string{"usage": "B0 base derivation key", "mode": "X derive keys", "key_version": "12", "KS": "00604B120F9292800000"}},

		{"dukpt tdes", "", words("dukpt tdes --key 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001"), "042666B49184CF5C68DE9628D0397B36",
			map[string]string{"initial": "6AC292FAA1315B4D858AB3A3D7D5933A", "transaction": "042666B49184CFA368DE9628D0397BC9", "next": "FFFF9876543210E00002"}},
		{"dukpt tdes from the initial key", "", words("dukpt tdes --initial --key 6AC292FAA1315B4D858AB3A3D7D5933A --ksn FFFF9876543210F00000"), "AA4D58DB653EC7B548C75F2F047DD24A",
			map[string]string{"transaction": "AA4D58DB653EC74A48C75F2F047DD2B5"}},
		{"dukpt aes PIN", "", words("dukpt aes --key FEDCBA9876543210F1F1F1F1F1F1F1F1 --ksn 123456789012345600000001"), "AF8CB133A78F8DC2D1359F18527593FB", nil},
		{"dukpt aes MAC", "", words("dukpt aes --use mac-request --key FEDCBA9876543210F1F1F1F1F1F1F1F1 --ksn 123456789012345600000002"), "484C3B06E8562704528CD5B46FB12FB6", nil},
		{"dukpt aes data", "", words("dukpt aes --initial --use data-request --key 1273671EA26AC29AFA4D1084127652A1 --ksn 123456789012345600000008"), "650F34204ABD4E57764D61AC3D266FB1",
			map[string]string{"transaction": "718EE6CF0B27E53D5F7AF99C4D8146A2"}},

		{"luhn check", "", words("luhn check 6216261000000000018"), "right", nil},
		{"luhn check in groups", "6226 3880 0000 0095\n", words("luhn check"), "right", nil},
		{"luhn complete", "", words("luhn complete 621626100000000001"), "6216261000000000018", map[string]string{"digit": "8"}},
		{"xor", "", words("xor 061234FFFFFFFFFF 000067FEDCBA9876"), "0612530123456789", nil},
		{"components", "", words("components --component 807A23AD32B36D457AE91FDF927570EA --component 0123456789ABCDEFFEDCBA9876543210"), "815966CABB18A0AA8435A547E42142FA",
			map[string]string{"kcv": "DB4B9066", "kcv1": "8D0A74B8", "kcv2": "08D7B4FB"}},
		{"components of AES", "", words("components --alg aes --kcv 08793E --component 00000000000000000000000000000000 --component 3F419E1CB7079442AA37474C2EFBF8B8"),
			"3F419E1CB7079442AA37474C2EFBF8B8", map[string]string{"kcv": "08793E25AB", "kcv2": "08793E25AB"}},
		{"three components, the key known", "5BB5C72CD00B7338\n0000000000000000\n", words("components --kcv ab7153 --component - --component - --component 0000000000000000"), "5BB5C72CD00B7338",
			map[string]string{"kcv": "AB7153CA"}},

		{"qr crc", "", []string{"qr", "crc", strings.TrimSuffix(emvcoMPM, "A13A")}, "A13A", nil},
		{"qr crc of a whole code", emvcoMPM, words("qr crc"), "A13A", nil},
		{"qr build", "", []string{"qr", "build", "--account", "29.00=D15600000000", "--account", "29.05=A93FO3230Q", "--mcc", "4111", "--name", "SHOP", "--city", "BEIJING", "--amount", "1.00", "--dynamic"}, qrSample, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := run(t, test.stdin, append([]string{"calc"}, test.args...)...)
			if line, _, _ := strings.Cut(out, "\n"); err != nil || line != test.first {
				t.Errorf("got %q, %v; want %q first", out, err, test.first)
			}
			out, err = run(t, test.stdin, append([]string{"calc", "--json"}, test.args...)...)
			var figures map[string]string
			if err != nil || json.Unmarshal([]byte(out), &figures) != nil || len(figures) == 0 {
				t.Fatalf("JSON %q, %v", out, err)
			}
			for name, want := range test.figures {
				if figures[name] != want {
					t.Errorf("%s = %q, want %q", name, figures[name], want)
				}
			}
		})
	}
}

func words(line string, more ...string) []string { return append(strings.Fields(line), more...) }

// TestCalc_layout reads what chips and codes hold; what a card says of its holder does not show.
func TestCalc_layout(t *testing.T) {
	for _, test := range []struct {
		name, stdin string
		args        []string
		want, hides []string
		code        int
	}{
		{"tlv", "", words("tlv 9F26085D016C91005E7CC2"), []string{"9F26  application cryptogram  5D016C91005E7CC2"}, nil, 0},
		{"tlv of a dump", "00000000  9f 36 02 02 40 82 02 7d  00                       |.6..@..}.|\n", words("tlv"),
			[]string{"9F36  application transaction counter  0240", "82    application interchange profile  7D00"}, nil, 0},
		{"tlv of templates", "", words("tlv 61165A0A6216261000000000018F5F2403331231" + "82027D00"),
			[]string{"61      application template", "  5A    application PAN                  ****", "  5F24  application expiration date      ****", "  82    application interchange profile  7D00"},
			[]string{"6216", "3312"}, 0},
		{"qr of a merchant", emvcoMPM, words("qr decode"), []string{"merchant", "59    merchant name", "BEST TRANSPORT", "  01  merchant name", "最佳运输", "  07  terminal label", "A6008667"}, nil, 0},
		{"qr of a payer", emvcoCPM, words("qr decode"), []string{"consumer", "  50      application label", "50726F6475637432", "  5A      application PAN", "****"},
			[]string{"1234567890123458", "43415244"}, 0},
		{"qr of UnionPay", "", words("qr decode https://qr.95516.com/48020000/42171909246221001152996469"), []string{"unionpay_url unionpay", "48020000"}, nil, 0},
		{"payment code of WeChat", "", words("qr decode 134567890123456789"), []string{"payment_code wechat"}, []string{"1345"}, 0},
		{"payment code of Alipay", "", words("qr decode 280000000000000000"), []string{"payment_code alipay"}, nil, 0},
		{"payment code of UnionPay", "", words("qr decode 6200000000000000000"), []string{"payment_code unionpay"}, nil, 0},
		{"qr that breaks a rule", "", words("qr decode 0002010102136304E989"), []string{"merchant", "! qr: field 01"}, nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, form := range [][]string{{"calc"}, {"calc", "--json"}} {
				out, err := run(t, test.stdin, append(form, test.args...)...)
				var code exitCode
				if errors.As(err, &code); int(code) != test.code || (err != nil) != (test.code != 0) {
					t.Fatalf("ends with %v: %s", err, out)
				}
				for _, secret := range test.hides {
					if strings.Contains(out, secret) {
						t.Errorf("shows %s in %s", secret, out)
					}
				}
				if len(form) > 1 {
					if !json.Valid([]byte(out)) {
						t.Errorf("not JSON: %s", out)
					}
					continue
				}
				for _, want := range test.want {
					if !strings.Contains(out, want) {
						t.Errorf("lacks %q in\n%s", want, out)
					}
				}
			}
		})
	}
}

// TestCalc_wrong ends with exit code 1 for what does not match.
func TestCalc_wrong(t *testing.T) {
	for name, args := range map[string][]string{
		"luhn":            words("luhn check 6216261000000000019"),
		"luhn of a digit": words("luhn check 0"),
		"cryptogram":      words("arqc "+pbocKey, "--f55", pbocF55+"9F26085D016C91005E7CC3"),
	} {
		out, err := run(t, "", append([]string{"calc"}, args...)...)
		var code exitCode
		if !errors.As(err, &code) || code != 1 || !strings.Contains(out, "wrong") {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func TestCalc_toolsRefuse(t *testing.T) {
	const key, pan = "0123456789ABCDEFFEDCBA9876543210", "6216261000000000018"
	for name, test := range map[string]struct{ args, says string }{
		"scheme":                {"arqc --scheme visa --key " + key, "pboc"},
		"single key of a chip":  {"arqc --key 0123456789ABCDEF --f55 00", "triple DES"},
		"SM4 key of a chip":     {"arqc --alg sm4 --key " + key + " --f55 00", "triple DES"},
		"PAN":                   {"arqc --pan 123 --key " + key, "8 to 19 digits"},
		"PSN":                   {"arqc --psn 1 --pan " + pan + " --key " + key, "--psn"},
		"no chip data":          {"arqc --key " + key, "--f55"},
		"chip data cut":         {"arqc --f55 9F0206 --key " + key, "ends early"},
		"chip data incomplete":  {"arqc --f55 9F0206000000000001 --key " + key, "9F03"},
		"no counter":            {"arpc --arc 00 --key " + key, "--atc"},
		"no cryptogram":         {"arpc --arc 00 --atc 0001 --key " + key, "--arqc"},
		"neither code":          {"arpc --atc 0001 --arqc 0000000000000000 --key " + key, "--csu"},
		"both codes":            {"arpc --arc 00 --csu 00000000 --atc 0001 --arqc 0000000000000000 --key " + key, "--csu"},
		"long code":             {"arpc --arc 000 --atc 0001 --arqc 0000000000000000 --key " + key, "response code"},
		"short status":          {"arpc --csu 00 --atc 0001 --arqc 0000000000000000 --key " + key, "card status update"},
		"proprietary":           {"arpc --csu 00000000 --proprietary x --atc 0001 --arqc 0000000000000000 --key " + key, "proprietary"},
		"no chip data to lay":   {"tlv", "missing"},
		"chip data not hex":     {"tlv xx", "not hexadecimal"},
		"chip data broken":      {"tlv 9F3602", "ends early"},
		"template broken":       {"tlv 610382027D", "in template 61"},
		"no block":              {"tr31 inspect", "missing"},
		"not a block":           {"tr31 inspect XYZ", "offset 3"},
		"other protection key":  {"tr31 unwrap --key " + key + " " + tr31B, "authenticator"},
		"no header":             {"tr31 wrap --key " + key + " --secret " + key, "--header"},
		"no secret":             {"tr31 wrap --header B0000P0TE00E0000 --key " + key, "--secret"},
		"option":                {"tr31 wrap --header B0000P0TE00E0000 --option KS --key " + key + " --secret " + key, "ID=DATA"},
		"filling":               {"tr31 wrap --header B0000P0TE00E0000 --random x --key " + key + " --secret " + key, "filling"},
		"use":                   {"dukpt tdes --use tip --key " + key + " --ksn FFFF9876543210E00001", "mac-request"},
		"use of AES":            {"dukpt tdes --use mac-both --key " + key + " --ksn FFFF9876543210E00001", "mac-both"},
		"serial":                {"dukpt tdes --ksn FFFF --key " + key, "10 bytes"},
		"serial of AES":         {"dukpt aes --ksn FFFF9876543210E00001 --key " + key, "12 bytes"},
		"counter":               {"dukpt aes --ksn 123456789012345600000000 --key " + key, "counter"},
		"kind":                  {"dukpt aes --kind des --ksn 123456789012345600000001 --key " + key, "aes128"},
		"kind too strong":       {"dukpt aes --kind aes256 --ksn 123456789012345600000001 --key " + key, "weaker"},
		"base key":              {"dukpt tdes --key 0123456789ABCDEF --ksn FFFF9876543210E00001", "16 bytes"},
		"luhn of letters":       {"luhn check 62a", "digits"},
		"luhn of nothing":       {"luhn complete", "missing"},
		"one value":             {"xor 00", "at least 2"},
		"values of two lengths": {"xor 00 0011", "one length"},
		"value not hex":         {"xor 00 zz", "not hexadecimal"},
		"one component":         {"components --component " + key, "two or three"},
		"components differ":     {"components --component " + key + " --component 0123456789ABCDEF", "one length"},
		"component too short":   {"components --component 0123 --component 0123", "component 1"},
		"wrong check value":     {"components --kcv 00000000 --component " + key + " --component 76543210FEDCBA980123456789ABCDEF", "check value"},
		"unit":                  {"qr decode --unit words 000201", "characters or bytes"},
		"no code":               {"qr decode", "missing"},
		"code cut":              {"qr decode 0002010102", "offset 6"},
		"other address":         {"qr decode https://example.com/", "qr.95516.com"},
		"field":                 {"qr build --field 62", "ID=VALUE"},
		"incomplete code":       {"qr build --account 15=1", "field 52"},
	} {
		out, err := run(t, "", append([]string{"calc"}, strings.Fields(test.args)...)...)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %q, %v; want an error that says %q", name, out, err, test.says)
			continue
		}
		for _, secret := range []string{key, pan, "0123456789", "FEDCBA98"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows what it was given", name)
			}
		}
	}
}

func TestCalc_keyFromFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.hex")
	if err := os.WriteFile(file, []byte("807A23AD32B36D45 7AE91FDF927570EA\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, "", "calc", "kcv", "--key", "@"+file); err != nil || out != "8D0A74B8\n" {
		t.Errorf("got %q, %v", out, err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, "", "calc", "kcv", "--key", "@"+file); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("of an empty file: %v", err)
	}
}

// TestCalc_examples runs what the help shows, but for lines that need a file, standard input or a value that
// is cut short.
func TestCalc_examples(t *testing.T) {
	ran := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for line := range strings.Lines(strings.ReplaceAll(c.Example, "\\\n", " ")) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "   #")
			if strings.ContainsAny(line, "<|@=…") && !strings.Contains(line, "qr build") && !strings.Contains(line, "--option") ||
				strings.Contains(line, " - ") || strings.Contains(line, "...") {
				continue
			}
			args := strings.Fields(strings.ReplaceAll(line, "'", ""))
			if len(args) < 2 || args[0] != "yifen" || args[1] != "calc" {
				t.Errorf("%s: the example %q is not a command", c.CommandPath(), line)
				continue
			}
			if out, err := run(t, "", args[1:]...); err != nil || out == "" {
				t.Errorf("%s: %q prints %q, %v", c.CommandPath(), line, out, err)
			}
			ran++
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(calcCommand())
	if ran < 20 {
		t.Errorf("%d examples ran", ran)
	}
}
