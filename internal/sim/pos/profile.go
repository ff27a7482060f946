package pos

import (
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// GatewayPath is where a wireless gateway takes frames by HTTP POST.
const GatewayPath = "/mjc/webtrans/VPB_lb"

// profile is what an acquirer's test book fixes and others do otherwise (docs/terminal-leg.md, "Keys and
// profiles").
type profile struct {
	name   string
	mac    cardcrypto.Method
	scheme string // 60.3 of a sign-in
	sale   string // F3 of a sale
	sm4    bool
}

var profiles = []profile{
	{name: "cup", mac: cardcrypto.ECB, scheme: "003", sale: "000000"},
	{name: "cup-x919", mac: cardcrypto.X919, scheme: "003", sale: "000000"},
	{name: "cup-190", mac: cardcrypto.ECB, scheme: "003", sale: "190000"},
	{name: "cup-single", mac: cardcrypto.ECB, scheme: "001", sale: "000000"},
	{name: "cup-sm4", mac: cardcrypto.ECB, scheme: "004", sale: "000000", sm4: true},
}

// Profiles returns the names that [Config.Profile] takes; the first is the default.
func Profiles() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.name
	}
	return names
}

// resolve returns the profile that a configuration names, with what it sets by itself.
func (c *Config) resolve() (profile, error) {
	i := slices.IndexFunc(profiles, func(p profile) bool { return p.name == cmp.Or(c.Profile, profiles[0].name) })
	if i < 0 {
		return profile{}, refuse("未知的协议 "+c.Profile+"：请用 "+strings.Join(Profiles(), "、"),
			"unknown profile "+c.Profile+", use "+strings.Join(Profiles(), ", "))
	}
	p := profiles[i]
	p.mac = cmp.Or(c.MAC, p.mac)
	p.scheme = cmp.Or(c.KeyScheme, p.scheme)
	if !slices.Contains([]string{"001", "003", "004"}, p.scheme) {
		return profile{}, refuse("未知的密钥方案 "+p.scheme+"：请用 001、003 或 004", "unknown key scheme "+p.scheme+", use 001, 003 or 004")
	}
	return p, nil
}

// spec is the field table of the profile: a PIN block under SM4 takes sixteen bytes.
func (p profile) spec() *iso8583.Spec {
	if p.sm4 {
		return iso8583.TerminalSM4
	}
	return iso8583.Terminal
}

// key prepares a master key.
func (p profile) key(value []byte) (*cardcrypto.Key, error) {
	if p.sm4 {
		return cardcrypto.NewSM4Key(value)
	}
	return cardcrypto.NewDESKey(value)
}

// working reads F62 of a sign-in's answer.
func (p profile) working(f62 []byte) (cardcrypto.WorkingKeys, error) {
	if p.sm4 {
		return cardcrypto.LayoutSM4.Parse(f62)
	}
	return cardcrypto.ParseWorkingKeys(f62)
}

// headDefault is the header of a frame: magnetic stripe finance, version 32, normal, nothing asked for.
const headDefault = "603200320001"

// head reads the twelve digits of the header.
func (c *Config) head() ([6]byte, error) {
	text := cmp.Or(c.Header, headDefault)
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 6 || !digits(text) {
		return [6]byte{}, refuse("报文头应为十二位数字，如 "+headDefault, "a header is twelve digits such as "+headDefault)
	}
	return [6]byte(raw), nil
}

// aniLen is the length of what some acquirers want between TPDU and header.
const aniLen = 14

// wrapANI puts the calling line's number behind the TPDU of a frame with its length.
func wrapANI(frame, ani []byte) []byte {
	out := slices.Insert(slices.Clone(frame), 2+5, ani...)
	n := len(out) - 2
	out[0], out[1] = byte(n>>8), byte(n)
	return out
}

// unwrapANI takes it out again.
func unwrapANI(frame []byte) ([]byte, error) {
	if len(frame) < 2+5+aniLen {
		return nil, errors.New("the answer is too short for the number of the calling line")
	}
	out := slices.Delete(slices.Clone(frame), 2+5, 2+5+aniLen)
	n := len(out) - 2
	out[0], out[1] = byte(n>>8), byte(n)
	return out, nil
}
