package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// The vectors are published worked examples; internal/wire/cardcrypto names their sources.
func TestCalc_vectors(t *testing.T) {
	const macData = "0200302004C020C0981100000000000000005100183402100006324392260009942820D1312101120084393136363838303134303030" +
		"303030303030303030303031313536ACF46E73838A82F92600000000000000000822000001"
	for _, test := range []struct {
		name, stdin, args string
		env               map[string]string
		want              string
	}{
		{"kcv", "", "kcv --key 807A23AD32B36D457AE91FDF927570EA", nil, "8D0A74B8\n"},
		{"kcv of single length", "", "kcv --key 5BB5C72CD00B7338", nil, "AB7153CA\n"},
		{"kcv of SM4", "", "kcv --alg sm4 --key F351D490994603795C6EBEE8FAEBB481", nil, "861E83E31FAEBF10\n"},
		{"kcv of AES", "", "kcv --alg aes --key 3F419E1CB7079442AA37474C2EFBF8B8", nil, "08793E25AB\nkcv_zeros E5E07C\n"},
		{"key from standard input", "807A23AD32B36D45 7AE91FDF927570EA\n", "kcv --key -", nil, "8D0A74B8\n"},
		{"key from the environment", "", "kcv", map[string]string{envKey: "5BB5C72CD00B7338"}, "AB7153CA\n"},
		{"mac", "", "mac --method ecb --key C24A8FB57AA20123 --data " + macData, nil, "3841394539314238\ntext 8A9E91B8\n"},
		{"kcv of triple length", "", "kcv --key 0123456789ABCDEFFEDCBA98765432100123456789ABCDEF", nil, "08D7B4FB\n"},
		{"mac of SM4", "", "mac --method cbc --alg sm4 --key F351D490994603795C6EBEE8FAEBB481 --data 00000000000000000000000000000000", nil, "861E83E31FAEBF10\n"},
		{"key and data from standard input", "C24A8FB57AA20123\n" + macData + "\n", "mac --key - --data -", nil, "3841394539314238\ntext 8A9E91B8\n"},
		{"pin block", "", "pinblock --pin 123456 --pan 123456789012345678", nil, "061253DFFEDCBA98\n"},
		{"PIN from the environment", "", "pinblock --pan 123456789012345678", map[string]string{envPIN: "123456"}, "061253DFFEDCBA98\n"},
		{"pin block without PAN", "", "pinblock --pin 123456", nil, "06123456FFFFFFFF\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			got, err := run(t, test.stdin, append([]string{"calc"}, strings.Fields(test.args)...)...)
			if err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
			out, err := run(t, test.stdin, append([]string{"calc", "--json"}, strings.Fields(test.args)...)...)
			var figures map[string]string
			if err != nil || json.Unmarshal([]byte(out), &figures) != nil || len(figures) == 0 {
				t.Errorf("JSON %q, %v", out, err)
			}
		})
	}
}

func TestCalc_refuses(t *testing.T) {
	const key, pin, pan = "0123456789ABCDEFFEDCBA9876543210", "123456", "6216261000000000018"
	for name, test := range map[string]struct{ args, says string }{
		"no key":              {"kcv", "--key"},
		"key not hex":         {"kcv --key 01234567Z9ABCDEF", "not hexadecimal"},
		"key of odd length":   {"kcv --key 0123456789ABCDE", "not hexadecimal"},
		"key too short":       {"kcv --key 0123456789", "8, 16 or 24 bytes"},
		"four keys":           {"kcv --key " + key + key, "8, 16 or 24 bytes"},
		"no file":             {"kcv --key @nowhere/key.hex", "read the key from a file"},
		"SM4 key too short":   {"kcv --alg sm4 --key 0123456789ABCDEF", "16 bytes"},
		"algorithm":           {"kcv --alg rsa --key " + key, "3des or sm4"},
		"algorithm of a MAC":  {"mac --alg aes --data 00 --key " + key, "3des or sm4"},
		"AES key too short":   {"kcv --alg aes --key 0123456789ABCDEF", "16, 24 or 32 bytes"},
		"standard input ends": {"kcv --key -", "standard input"},
		"method":              {"mac --method cmac --key " + key + " --data 00", "x919"},
		"no data":             {"mac --key " + key, "--data"},
		"data not hex":        {"mac --key " + key + " --data xx", "not hexadecimal"},
		"x99 with two keys":   {"mac --method x99 --key " + key + " --data 00", "x99 takes 8 bytes"},
		"no PIN":              {"pinblock --pan " + pan, "--pin"},
		"PIN of letters":      {"pinblock --pin 12ab --pan " + pan, "4 to 12 digits"},
		"short PAN":           {"pinblock --pin " + pin + " --pan 123", "PAN"},
	} {
		out, err := run(t, "", append([]string{"calc"}, strings.Fields(test.args)...)...)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %q, %v; want an error that says %q", name, out, err, test.says)
			continue
		}
		for _, secret := range []string{key, pin, pan, "0123456789"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows what it was given", name)
			}
		}
	}
}
