package app

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/hsm"
)

// Setting is one line of the documented set. A value comes from a flag, else the environment, else the
// configuration file, else the default.
type Setting struct {
	Name    string // as in the file and as a flag: "iso-address"
	Default string
	Doc     string
	Secret  bool // never shown, and not taken from a flag, where other users of the machine would see it
	check   func(string) error
}

// Env returns the setting's name in the environment: YIFEN_ISO_ADDRESS.
func (s Setting) Env() string {
	return "YIFEN_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Settings is the documented set.
var Settings = []Setting{
	{"database", "./yifen-data", "directory of the embedded database, or a PostgreSQL address (postgres://…)", false, notEmpty},
	{"kek", "", "key-encryption key of the software security module: 64 hex digits", true, kek},
	{"kek-file", "", "file that holds the key-encryption key, instead of kek", false, nil},
	{"pkcs11-library", "", "PKCS #11 library of a token that holds the keys, instead of kek; takes a program built with -tags pkcs11", false, nil},
	{"pkcs11-token", "yifen", "label of the token", false, notEmpty},
	{"pkcs11-prefix", "", "prefix of the labels of the keys in the token; yifen- when empty", false, nil},
	{"pkcs11-pin", "", "PIN of the token's user", true, nil},
	{"http-address", "127.0.0.1:8080", "where health, metrics and the web are served", false, address},
	{"public-url", "", "address under which people reach the pages: https://pay.example.com; http://http-address when empty, which must be loopback then", false, publicURL},
	{"trusted-proxies", "", "addresses of our own proxies, whose X-Forwarded-For is believed: networks with spaces between", false, networks},
	{"mail-address", "", "mail server for codes and notices, host:port", false, optionalAddress},
	{"mail-from", "no-reply@localhost", "address from which mail is sent", false, notEmpty},
	{"mail-user", "", "log-in at the mail server", false, nil},
	{"mail-password", "", "password at the mail server", true, nil},
	{"mail-plain", "false", "true lets mail go without TLS, to a server on this machine", false, oneOf("true", "false")},
	{"sms-url", "", "address of the provider of text messages", false, nil},
	{"sms-secret", "", "secret shared with the provider of text messages", true, nil},
	{"sms-sign", "【yifen】", "signature in front of text messages", false, nil},
	{"register-url", "", "the clearing institution's register of terminals", false, nil},
	{"register-secret", "", "secret shared with the register of terminals", true, nil},
	{"bureau-url", "", "provider that checks people, companies and accounts, https://host; without one a second person decides", false, nil},
	{"bureau-client", "", "name that the provider gave us", false, nil},
	{"bureau-secret", "", "key shared with that provider, 16 characters or more", true, nil},
	{"merchant-institutions", "898", "three digits with which merchant numbers begin, several with spaces between: the next is used when one is full", false, institutions},
	{"terminal-prefix", "3", "one to four digits with which the numbers of new terminals begin", false, prefix},
	{"terminal-address", "", "address that terminals are told to connect to; the first iso-address when empty", false, optionalAddress},
	{"terminal-tpdu", "6000010000", "transport header that terminals are told to send: ten digits", false, tpdu},
	{"idle-verify-days", "90", "days without a transaction after which a terminal must be verified: 90 at most", false, atMost(90)},
	{"idle-stop-days", "365", "days without a transaction after which a terminal is stopped: 365 at most", false, atMost(365)},
	{"iso-address", "127.0.0.1:8583", "where terminals connect (ISO 8583): one address, or several with commas between", false, addresses},
	{"iso-tls-cert", "", "certificate file; with iso-tls-key, terminals connect by TLS", false, nil},
	{"iso-tls-key", "", "key file of iso-tls-cert", false, nil},
	{"terminal-ca-file", "", "certificates of the authorities that sign terminals, PEM; with host-key-file, terminals fetch master keys from afar", false, authorities},
	{"host-key-file", "", "our RSA private key by which terminals know who sent a master key, PKCS #8 in PEM", false, hostKey},
	{"iso-connections", "4096", "sockets of terminals at a time", false, count},
	{"iso-read-timeout", "10s", "time for a message to arrive whole", false, duration},
	{"iso-idle-timeout", "5m", "time that a socket may stay silent", false, duration},
	{"iso-code-patience", "50s", "how long a terminal is kept waiting for a wallet's payer to enter a password; less than it waits for an answer", false, duration},
	{"mqtt-address", "", "where speakers connect (MQTT), host:port; nothing for not at all", false, optionalAddress},
	{"mqtt-tls-cert", "", "certificate file; with mqtt-tls-key, speakers connect by TLS, as they must but on loopback", false, nil},
	{"mqtt-tls-key", "", "key file of mqtt-tls-cert", false, nil},
	{"mqtt-connections", "4096", "connections of speakers at a time", false, count},
	{"webhook-loopback", "false", "true lets webhooks of merchants lead to this machine, by http too: for trying them out", false, oneOf("true", "false")},
	{"cardnet-address", "", "address of the card network", false, address},
	{"cardnet-zmk", "", "member key shared with the card network: 32 hex digits", true, hex32},
	{"cardnet-acquirer", "", "our institution number at the card network (F32)", false, digits},
	{"cardnet-forwarder", "", "our forwarding institution number (F33); the acquirer's when empty", false, optionalDigits},
	{"cardnet-timeout", "25s", "time to wait for the card network, less than a terminal waits for us", false, duration},
	{"recover-after", "30s", "time after which a request without an outcome is taken for lost, above cardnet-timeout", false, duration},
	{"preauth-days", "30", "days after which an authorization lapses that nobody completed", false, count},
	{"preauth-completion-percent", "115", "how much of the authorized amount a completion may take, in percent", false, count},
	{"preauth-categories", strings.Join(payment.PreauthCategories, " "), "merchant categories that may pre-authorize: codes or the beginning of codes", false, notEmpty},
	{"tip-percent", "15", "how far a tip or an adjustment may raise what was approved, in percent", false, count},
	{"no-pin-limit", "100000", "amount in fen up to which a tap needs neither PIN nor signature: 100000 at most", false, noPINLimit},
	{"sign-in-grace", "24h", "time after the end of a day for which terminals that did not sign in since may still sell", false, duration},
	{"wechat-address", "https://api.mch.weixin.qq.com", "where WeChat Pay answers; nothing for not at all", false, optionalURL},
	{"alipay-address", "https://openapi.alipay.com", "where Alipay answers; nothing for not at all", false, optionalURL},
	{"unionpay-address", "", "where UnionPay's code gateway answers; nothing for not at all", false, optionalURL},
	{"wallet-timeout", "10s", "time to wait for a wallet's answer", false, duration},
	{"wallet-requests", "64", "requests to one wallet at a time", false, count},
	{"code-life", "15m", "how long a code that is shown may be paid: 1m to 2h", false, between(payment.CodeLifeMin, payment.CodeLifeMax)},
	{"late-success", "refund", "what becomes of money that comes after its code had been ended: refund or accept", false, oneOf("refund", "accept")},
	{"static-code-limit", "50000", "amount in fen that a printed code takes at once: 50000 at most", false, staticLimit},
	{"cut-off", "00:00", "time of day at which the business date ends", false, timeOfDay},
	{"zone", "Asia/Shanghai", "time zone of the calendar", false, zone},
	{"log-level", "info", "debug, info, warn or error", false, level},
	{"log-format", "json", "json or text", false, oneOf("json", "text")},
}

// Config is an effective configuration: a value per setting and where it came from.
type Config struct {
	values map[string]string
	from   map[string]string
}

// Finding is one thing that is wrong with a configuration, and where.
type Finding struct {
	Where string // "yifen.conf:3", "YIFEN_KEK", "--iso-address", "default", "not set"
	Name  string
	What  string
}

// String returns the finding as a line.
func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Where, f.Name, f.What) }

// Load reads a configuration: file may be "", env is os.Environ's form, flags are those that were given.
// It never stops at the first fault: every finding is returned.
func Load(file string, env []string, flags map[string]string) (Config, []Finding) {
	c := Config{values: map[string]string{}, from: map[string]string{}}
	var findings []Finding
	known := map[string]Setting{}
	byEnv := map[string]Setting{}
	for _, s := range Settings {
		known[s.Name], byEnv[s.Env()] = s, s
		c.values[s.Name], c.from[s.Name] = s.Default, "default"
	}
	if file != "" {
		findings = append(findings, c.readFile(file, known)...)
	}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		if s, ok := byEnv[name]; ok {
			c.values[s.Name], c.from[s.Name] = value, name
		}
	}
	for name, value := range flags {
		s, ok := known[name]
		switch {
		case !ok:
			findings = append(findings, Finding{"--" + name, name, "there is no such setting"})
		case s.Secret:
			findings = append(findings, Finding{"--" + name, name, "a secret is not given as a flag: use " + s.Env() + " or the file"})
		default:
			c.values[name], c.from[name] = value, "--"+name
		}
	}
	for _, s := range Settings {
		if s.check == nil {
			continue
		}
		if err := s.check(c.values[s.Name]); err != nil && !(s.Secret && c.values[s.Name] == "") {
			findings = append(findings, Finding{c.where(s.Name), s.Name, err.Error()})
		}
	}
	return c, append(findings, c.together()...)
}

// readFile reads lines of "name = value"; # begins a comment.
func (c Config) readFile(file string, known map[string]Setting) (findings []Finding) {
	f, err := os.Open(file)
	if err != nil {
		return []Finding{{file, "file", err.Error()}}
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		where := fmt.Sprintf("%s:%d", file, n)
		text := strings.TrimSpace(scanner.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok:
			findings = append(findings, Finding{where, "line", "write it as: name = value"})
		case known[name].Name == "":
			findings = append(findings, Finding{where, name, "there is no such setting" + nearest(name)})
		case strings.Contains(c.from[name], file+":"):
			findings = append(findings, Finding{where, name, "set before at " + c.from[name]})
		default:
			c.values[name], c.from[name] = strings.Trim(strings.TrimSpace(value), `"`), where
		}
	}
	if err := scanner.Err(); err != nil {
		findings = append(findings, Finding{file, "file", err.Error()})
	}
	return findings
}

// nearest suggests the setting whose name shares the most words with a wrong one.
func nearest(name string) string {
	best, score := "", 0
	for _, s := range Settings {
		n := 0
		for _, w := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
			if strings.Contains(s.Name, strings.ToLower(w)) {
				n++
			}
		}
		if n > score {
			best, score = s.Name, n
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// together finds what is wrong with settings that only make sense together.
func (c Config) together() (findings []Finding) {
	add := func(name, what string) { findings = append(findings, Finding{c.where(name), name, what}) }
	switch token := c.Get("pkcs11-library") != ""; {
	case token && (c.Get("kek") != "" || c.Get("kek-file") != ""):
		add("pkcs11-library", "kek or kek-file is set too: keys lie in the token or under a key-encryption key, not both")
	case token && c.Get("pkcs11-pin") == "":
		add("pkcs11-pin", "set it: the token opens with it")
	case !token && c.Get("kek") == "" && c.Get("kek-file") == "":
		add("kek", "set it, or kek-file: card numbers and keys are encrypted under it (openssl rand -hex 32 makes one)")
	}
	if c.Get("kek") != "" && c.Get("kek-file") != "" {
		add("kek-file", "kek is set too: keep one of them")
	}
	if c.Get("cardnet-zmk") == "" {
		add("cardnet-zmk", "set it: the card network gives its working keys under it")
	}
	if (c.Get("iso-tls-cert") == "") != (c.Get("iso-tls-key") == "") {
		add("iso-tls-cert", "iso-tls-cert and iso-tls-key are set together or not at all")
	}
	if (c.Get("mqtt-tls-cert") == "") != (c.Get("mqtt-tls-key") == "") {
		add("mqtt-tls-cert", "mqtt-tls-cert and mqtt-tls-key are set together or not at all")
	}
	if at := c.Get("mqtt-address"); at != "" && c.Get("mqtt-tls-cert") == "" && !loopback(at) {
		add("mqtt-tls-cert", "set it, with mqtt-tls-key: speakers' passwords do not travel in the open")
	}
	if c.Get("webhook-loopback") == "true" && strings.HasPrefix(c.Get("public-url"), "https://") {
		add("webhook-loopback", "leave it false where others come in: a merchant could reach what listens on this machine only")
	}
	if (c.Get("terminal-ca-file") == "") != (c.Get("host-key-file") == "") {
		add("terminal-ca-file", "terminal-ca-file and host-key-file are set together or not at all")
	}
	if public := c.Get("public-url"); !strings.HasPrefix(public, "https://") && !loopback(c.Get("http-address")) {
		add("public-url", "set it to an https address: log-ins do not travel in the open, so http-address may only be reached through a proxy that ends TLS")
	}
	if network, lost := c.Duration("cardnet-timeout"), c.Duration("recover-after"); network > 0 && lost <= network {
		add("recover-after", "must be above cardnet-timeout, or requests are taken for lost while the network may still answer")
	}
	return findings
}

// where says where a value comes from, or that nobody gave one.
func (c Config) where(name string) string {
	if c.values[name] == "" && c.from[name] == "default" {
		return "not set"
	}
	return c.from[name]
}

// Get returns a value.
func (c Config) Get(name string) string { return c.values[name] }

// Duration returns a value as a duration; zero when it is none.
func (c Config) Duration(name string) time.Duration {
	d, _ := time.ParseDuration(c.values[name])
	return d
}

// Int returns a value as a number; zero when it is none.
func (c Config) Int(name string) int {
	n, _ := strconv.Atoi(c.values[name])
	return n
}

// With returns the configuration with values set by the program itself.
func (c Config) With(values map[string]string) Config {
	out := Config{values: map[string]string{}, from: map[string]string{}}
	for n, v := range c.values {
		out.values[n], out.from[n] = v, c.from[n]
	}
	for n, v := range values {
		out.values[n], out.from[n] = v, "program"
	}
	return out
}

// Lines returns the effective configuration for people, secrets hidden.
func (c Config) Lines() []string {
	var out []string
	for _, s := range Settings {
		v := c.values[s.Name]
		if s.Secret && v != "" {
			v = "(set)"
		}
		out = append(out, fmt.Sprintf("%-18s = %-24s # %s", s.Name, v, c.from[s.Name]))
	}
	sort.Strings(out)
	return out
}

// CutOff returns the time of day of the cut-off, since midnight.
func (c Config) CutOff() time.Duration {
	t, err := time.Parse("15:04", c.Get("cut-off"))
	if err != nil {
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// KEK returns the key-encryption key.
func (c Config) KEK() ([]byte, error) {
	text := c.Get("kek")
	if file := c.Get("kek-file"); file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("kek-file: %w", err)
		}
		text = strings.TrimSpace(string(raw))
	}
	return hsm.ParseKEK(text)
}

// Location returns the zone of the calendar.
func (c Config) Location() *time.Location {
	loc, err := loadZone(c.Get("zone"))
	if err != nil {
		return time.UTC
	}
	return loc
}
