package pos

import (
	"bytes"
	"crypto/subtle"
	"encoding/hex"
	"os"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// Component is one part of a master key, as a key custodian brings it: the key is all parts combined by XOR.
type Component struct {
	Value      []byte // 8 or 16 bytes
	CheckValue []byte // of the part by itself, at least 3 bytes; nil when none came with it
}

// String returns nothing of the part.
func (Component) String() string { return "key component" }

// Errors of master keys. None carries key material.
var (
	ErrComponent = refuse("密钥分量的校验值不符：请重新输入", "the check value of a key component differs: enter it again")
	ErrKeyCheck  = refuse("合成密钥的校验值不符：请核对各分量", "the check value of the whole key differs: compare the components")
	errNoTMK     = refuse("缺少终端主密钥", "the terminal master key is missing")
	errMasterKey = refuse("终端主密钥不可用", "the terminal master key cannot be used")
	errShares    = refuse("需要两到四个等长的密钥分量（8 或 16 字节）", "a master key takes two to four components of one length, 8 or 16 bytes")
	errKeyFile   = refuse("密钥文件每行应为：分量 校验值；末行可为：= 校验值",
		"a key file has a line for each component, \"component check-value\", and may end with \"= check-value\" of the whole")
)

// LoadTMK combines the components of the terminal master key and takes it into use. Want is the check value of
// the whole, nil when the custodians have none. The terminal has to sign in again. One that was opened is in
// order again by it.
func (t *Terminal) LoadTMK(want []byte, components ...Component) error {
	if t.Training() {
		return ErrTraining
	}
	if len(components) < 2 || len(components) > 4 {
		return errShares
	}
	whole := make([]byte, len(components[0].Value))
	for _, c := range components {
		if len(c.Value) != len(whole) {
			return errShares
		}
		part, err := t.profile.key(c.Value)
		if err != nil {
			return errShares
		}
		if c.CheckValue != nil && !checks(part.CheckValue(), c.CheckValue) {
			return ErrComponent
		}
		subtle.XORBytes(whole, whole, c.Value)
	}
	key, err := t.profile.key(whole)
	if err != nil {
		return errShares
	}
	if want != nil && !checks(key.CheckValue(), want) {
		return ErrKeyCheck
	}
	return t.replaceTMK(key, whole)
}

// replaceTMK takes a master key into use and makes it durable, or leaves everything as it was.
func (t *Terminal) replaceTMK(key *cardcrypto.Key, value []byte) error {
	tmk, keys, mem := t.tmk, t.keys, *t.mem
	t.tmk, t.keys = key, workingKeys{}
	t.mem.TMK, t.mem.WorkingKeys, t.mem.SignedIn, t.mem.Fetched = value, nil, false, nil
	if h := t.Hardware(); h.Tampered {
		h.Tampered = false
		t.mem.Hardware = &h
	}
	if err := t.save(); err != nil {
		*t.mem, t.tmk, t.keys = mem, tmk, keys
		return err
	}
	return nil
}

// checks compares check values; custodians write three to eight bytes.
func checks(have, want []byte) bool {
	return len(want) >= 3 && len(want) <= len(have) && bytes.Equal(have[:len(want)], want)
}

// ReadKeyFile reads a key file: per line a component in hexadecimal and its check value, and, behind "=", the
// check value of the whole. Empty lines and what follows # do not count.
func ReadKeyFile(path string) (components []Component, want []byte, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		var values [2][]byte
		for i, field := range fields {
			if i > 1 {
				return nil, nil, errKeyFile
			}
			if i == 0 && field == "=" {
				continue
			}
			if values[i], err = hex.DecodeString(field); err != nil {
				return nil, nil, errKeyFile
			}
		}
		if fields[0] == "=" {
			want = values[1]
			continue
		}
		components = append(components, Component{Value: values[0], CheckValue: values[1]})
	}
	return components, want, nil
}
