package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
)

// Keys that nobody uses.
const (
	testKEK = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	testZMK = "0011223344556677FEDCBA9876543210"
)

// minimal is what an operator must set at least, as a file.
const minimal = `
# a comment
kek = ` + testKEK + `
cardnet-zmk = ` + testZMK + `
cardnet-address = 192.0.2.1:8095
cardnet-acquirer = "48982900"
`

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "yifen.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad_isContentWithTheLeast(t *testing.T) {
	c, findings := app.Load(writeConfig(t, minimal), nil, nil)
	for _, f := range findings {
		t.Error(f)
	}
	for name, want := range map[string]string{
		"cardnet-acquirer": "48982900", // without its quotes
		"iso-address":      "127.0.0.1:8583",
		"zone":             "Asia/Shanghai",
	} {
		if got := c.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if key, err := c.KEK(); err != nil || len(key) != 32 {
		t.Errorf("the key has %d bytes, %v", len(key), err)
	}
	if c.CutOff() != 0 || c.Duration("cardnet-timeout") != 25*time.Second || c.Int("iso-connections") != 4096 {
		t.Errorf("cut-off %s, time-out %s, %d connections", c.CutOff(), c.Duration("cardnet-timeout"), c.Int("iso-connections"))
	}
	if _, offset := time.Now().In(c.Location()).Zone(); offset != 8*60*60 {
		t.Errorf("the calendar is %d s east of Greenwich", offset)
	}
}

// A flag outranks the environment, which outranks the file, which outranks the default.
func TestLoad_precedence(t *testing.T) {
	file := writeConfig(t, minimal+"iso-address = 127.0.0.1:1\nhttp-address = 127.0.0.1:1\ncut-off = 23:00\n")
	c, findings := app.Load(file,
		[]string{"YIFEN_ISO_ADDRESS=127.0.0.1:2", "YIFEN_HTTP_ADDRESS=127.0.0.1:2", "PATH=/bin"},
		map[string]string{"iso-address": "127.0.0.1:3"})
	for _, f := range findings {
		t.Error(f)
	}
	for name, want := range map[string]struct{ value, from string }{
		"iso-address":     {"127.0.0.1:3", "--iso-address"},
		"http-address":    {"127.0.0.1:2", "YIFEN_HTTP_ADDRESS"},
		"cut-off":         {"23:00", file + ":9"},
		"iso-connections": {"4096", "default"},
	} {
		if got := c.Get(name); got != want.value {
			t.Errorf("%s is %q, want %q", name, got, want.value)
		}
		line := slices.IndexFunc(c.Lines(), func(l string) bool { return strings.HasPrefix(l, name+" ") })
		if line < 0 || !strings.HasSuffix(c.Lines()[line], "# "+want.from) {
			t.Errorf("%s is not said to come from %s", name, want.from)
		}
	}
	if c.CutOff() != 23*time.Hour {
		t.Errorf("the cut-off is at %s", c.CutOff())
	}
}

// Every fault is found at once, each with its place.
func TestLoad_findings(t *testing.T) {
	for _, test := range []struct {
		name, text string
		env        []string
		flags      map[string]string
		where      string // "FILE" stands for the path
		setting    string
		says       string
	}{
		{name: "a line that is none", text: "iso-address", where: "FILE:7", setting: "line", says: "name = value"},
		{name: "a setting that is none", text: "iso-adress = x", where: "FILE:7", setting: "iso-adress", says: "did you mean iso-"},
		{name: "a setting twice", text: "zone = UTC\nzone = UTC", where: "FILE:8", setting: "zone", says: "FILE:7"},
		{name: "no address", text: "iso-address = 8583", where: "FILE:7", setting: "iso-address", says: "host:port"},
		{name: "no number", text: "iso-connections = many", where: "FILE:7", setting: "iso-connections", says: "number"},
		{name: "no time", env: []string{"YIFEN_CARDNET_TIMEOUT=25"}, where: "YIFEN_CARDNET_TIMEOUT", setting: "cardnet-timeout", says: "25s"},
		{name: "no time of day", text: "cut-off = 25:00", where: "FILE:7", setting: "cut-off", says: "23:00"},
		{name: "no zone", text: "zone = Mars/Olympus", where: "FILE:7", setting: "zone", says: "zone"},
		{name: "no level", text: "log-level = loud", where: "FILE:7", setting: "log-level", says: "debug"},
		{name: "no format", text: "log-format = xml", where: "FILE:7", setting: "log-format", says: "json or text"},
		{name: "no institution", env: []string{"YIFEN_CARDNET_ACQUIRER=bank"}, where: "YIFEN_CARDNET_ACQUIRER", setting: "cardnet-acquirer", says: "digits"},
		{name: "no database", flags: map[string]string{"database": ""}, where: "--database", setting: "database", says: "empty"},
		{name: "a flag that is none", flags: map[string]string{"speed": "9"}, where: "--speed", setting: "speed", says: "no such setting"},
		{name: "a secret as a flag", flags: map[string]string{"kek": testKEK}, where: "--kek", setting: "kek", says: "YIFEN_KEK"},
		{name: "half a certificate", text: "iso-tls-cert = cert.pem", where: "FILE:7", setting: "iso-tls-cert", says: "together"},
		{name: "half a certificate for speakers", text: "mqtt-tls-cert = cert.pem", where: "FILE:7", setting: "mqtt-tls-cert", says: "together"},
		{
			name: "speakers in the open", flags: map[string]string{"mqtt-address": "0.0.0.0:1883"}, where: "not set", setting: "mqtt-tls-cert",
			says: "do not travel in the open",
		},
		{name: "two keys", text: "kek-file = kek", where: "FILE:7", setting: "kek-file", says: "keep one"},
		{
			name: "lost before it is answered", text: "recover-after = 20s", where: "FILE:7", setting: "recover-after",
			says: "above cardnet-timeout",
		},
		{name: "no key", env: []string{"YIFEN_KEK="}, where: "YIFEN_KEK", setting: "kek", says: "openssl rand"},
		{name: "a token and a key", text: "pkcs11-library = lib.so", where: "FILE:7", setting: "pkcs11-library", says: "not both"},
		{name: "a token without a PIN", env: []string{"YIFEN_KEK="}, text: "pkcs11-library = lib.so", where: "not set", setting: "pkcs11-pin", says: "opens with it"},
		{name: "a short key", env: []string{"YIFEN_KEK=0011"}, where: "YIFEN_KEK", setting: "kek", says: ""},
		{name: "no member key", env: []string{"YIFEN_CARDNET_ZMK="}, where: "YIFEN_CARDNET_ZMK", setting: "cardnet-zmk", says: "set it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := writeConfig(t, minimal+test.text+"\n")
			_, findings := app.Load(file, test.env, test.flags)
			if len(findings) != 1 {
				t.Fatalf("%d findings: %v", len(findings), findings)
			}
			f := findings[0]
			if where := strings.ReplaceAll(test.where, "FILE", file); f.Where != where || f.Name != test.setting {
				t.Errorf("found at %s: %s, want %s: %s", f.Where, f.Name, where, test.setting)
			}
			if says := strings.ReplaceAll(test.says, "FILE", file); !strings.Contains(f.What, says) {
				t.Errorf("it says %q, which lacks %q", f.What, says)
			}
			if text := f.String(); strings.Contains(text, testKEK) || strings.Contains(text, testZMK) {
				t.Error("the finding shows a secret")
			}
		})
	}
}

func TestLoad_goesOnAfterAFault(t *testing.T) {
	_, findings := app.Load(filepath.Join(t.TempDir(), "nowhere.conf"), []string{"YIFEN_ZONE=Mars"}, map[string]string{"speed": "9"})
	var names []string
	for _, f := range findings {
		names = append(names, f.Name)
	}
	for _, want := range []string{"file", "zone", "speed", "kek", "cardnet-zmk", "cardnet-address", "cardnet-acquirer"} {
		if !slices.Contains(names, want) {
			t.Errorf("nothing is said of %s, only of %v", want, names)
		}
	}
}

func TestConfig_hidesItsSecrets(t *testing.T) {
	c, findings := app.Load(writeConfig(t, minimal), nil, nil)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	text := strings.Join(c.Lines(), "\n")
	for _, secret := range []string{testKEK, testZMK} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
			t.Error("the effective configuration shows a secret")
		}
	}
	if strings.Count(text, "(set)") != 2 {
		t.Errorf("secrets that are set are not told:\n%s", text)
	}
	if got := len(c.Lines()); got != len(app.Settings) {
		t.Errorf("%d lines for %d settings", got, len(app.Settings))
	}
}

func TestConfig_KEK(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kek")
	if err := os.WriteFile(file, []byte(testKEK+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := app.Load("", nil, map[string]string{"kek-file": file})
	if key, err := c.KEK(); err != nil || len(key) != 32 || key[1] != 0x11 {
		t.Errorf("%d bytes, %v", len(key), err)
	}
	c, _ = app.Load("", nil, map[string]string{"kek-file": file + ".gone"})
	if _, err := c.KEK(); err == nil {
		t.Error("a file that is not there gave a key")
	}
}

func TestConfig_With(t *testing.T) {
	c, _ := app.Load("", nil, nil)
	changed := c.With(map[string]string{"zone": "UTC"})
	if c.Get("zone") != "Asia/Shanghai" || changed.Get("zone") != "UTC" || changed.Get("cut-off") != c.Get("cut-off") {
		t.Errorf("zone %s became %s", c.Get("zone"), changed.Get("zone"))
	}
}

// The settings are documented, and none hides behind another's name in the environment.
func TestSettings(t *testing.T) {
	seen := map[string]string{}
	for _, s := range app.Settings {
		if s.Doc == "" {
			t.Errorf("%s has no words", s.Name)
		}
		if other, ok := seen[s.Env()]; ok {
			t.Errorf("%s and %s are both %s", s.Name, other, s.Env())
		}
		seen[s.Env()] = s.Name
		if s.Secret && s.Default != "" {
			t.Errorf("the secret %s has a default", s.Name)
		}
	}
}
