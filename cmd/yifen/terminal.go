package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

// How `yifen terminal` ends.
const (
	exitDeclined exitCode = 1
	exitUsage    exitCode = 2
	exitUnknown  exitCode = 3
)

// The environment that `yifen terminal` reads, for what should not stand in a shell's history.
const (
	envTMK        = "YIFEN_POS_TMK"
	envFlashKey   = "YIFEN_POS_FLASH_KEY"
	envCardPIN    = "YIFEN_POS_PIN"
	envSupervisor = "YIFEN_POS_SUPERVISOR"
	envPassword   = "YIFEN_POS_PASSWORD"
	envCut        = "YIFEN_POS_CUT"
)

const terminalHelp = `A card terminal in software. It speaks ISO 8583 in the UnionPay terminal dialect to any acquirer host, keeps its
state in an encrypted flash file, and survives a power cut at any moment: what was not finished is reversed first.

软件刷卡终端：按银联终端报文与任何收单主机联机；状态存在加密的闪存文件里，随时断电都不会出错：未完成的交易先冲正。

Without a subcommand it opens the terminal's screen: a handheld with menus, keypad, card slots and paper.
不带子命令时打开终端屏幕：菜单、键盘、卡槽和签购单都在上面。

With the demo running, no setting is needed: address and keys come from its directory (--dir). For another host give
--host, --tid, --mid and the terminal master key in ` + envTMK + ` (or --tmk); they are kept in the flash file.
Voids, refunds and adjustments take the supervisor's password from ` + envSupervisor + ` once it is not the first one any more.

Exit code: 0 approved, 1 declined, 2 wrong use or a local error, 3 the outcome is unknown and a reversal is pending.`

const terminalExamples = `  yifen terminal                                             # the screen
  yifen terminal sign-in
  yifen terminal sale --amount 100.00 --card debit --entry insert
  yifen terminal sale --amount 9.90 --card credit --entry tap --lang en --png receipt.png
  yifen terminal sale --amount 100.00 --card 51              # declined: insufficient funds
  yifen terminal void --trace 000002
  yifen terminal refund --amount 20.00 --card debit --rrn 202611070001 --date 1107
  yifen terminal preauth --amount 500.00 --card credit
  yifen terminal complete --amount 450.00 --card credit --auth 123456 --date 1107
  yifen terminal code --amount 9.90 --code 134567890123456789
  yifen terminal refund --amount 9.90 --by-code --rrn 202611070002 --date 1107
  yifen terminal download all
  yifen terminal doctor
  yifen terminal settle
  yifen terminal reprint --copy both --printer 127.0.0.1:9100
  yifen terminal status --json`

// terminalOptions are the flags that all acts of a terminal share.
type terminalOptions struct {
	host, tid, mid, tmk, dir, tpdu, operator, serial, merchantName string
	flash, flashKey                                                string
	profile, scheme, mac, gateway, backup                          string
	timeout, connectTimeout                                        time.Duration
	tls, insecure, partial                                         bool
	keyless                                                        bool // the command brings the master key
	ca                                                             string

	paper paperOptions
	json  bool
	demo  bool // the terminal is one of the demo's
}

func terminalCommand() *cobra.Command {
	o := &terminalOptions{}
	c := &cobra.Command{
		Use:     "terminal",
		Short:   "A card terminal in software 软件刷卡终端",
		Long:    terminalHelp,
		Example: terminalExamples,
		Args:    cobra.NoArgs,
		RunE:    o.screen,
	}
	f := c.PersistentFlags()
	f.StringVar(&o.host, "host", "", "host and port of the acquirer (default: the demo's, or 127.0.0.1:8583)")
	f.StringVar(&o.tid, "tid", "", "terminal number, 8 characters (default: the demo's first)")
	f.StringVar(&o.mid, "mid", "", "merchant number, 15 characters")
	f.StringVar(&o.tmk, "tmk", "", "terminal master key in hexadecimal; better in "+envTMK)
	f.StringVar(&o.dir, "dir", "./yifen-demo", "directory of the demo, whose credentials.json names host, terminals and keys")
	f.StringVar(&o.tpdu, "tpdu", "", "TPDU, ten digits (default 6000010000)")
	f.StringVar(&o.operator, "operator", "", "operator number (default 01)")
	f.StringVar(&o.serial, "serial", "", "serial number of the hardware")
	f.StringVar(&o.merchantName, "merchant-name", "", "name on the slip when the host sends none")
	f.StringVar(&o.flash, "flash", "", "flash file (default: terminal-<tid>.flash in the demo's directory, else here)")
	f.StringVar(&o.flashKey, "flash-key", "", "its key, 64 hexadecimal characters; better in "+envFlashKey+" (default: a key file beside it)")
	f.StringVar(&o.profile, "profile", "", "what the acquirer's test book fixes: "+strings.Join(pos.Profiles(), ", ")+" (default: the first)")
	f.StringVar(&o.scheme, "key-scheme", "", "working keys to ask for: 001 single DES, 003 double, 004 double and track key (default: the profile's)")
	f.StringVar(&o.mac, "mac", "", "MAC method: ecb, x99 or x919 (default: the profile's)")
	f.StringVar(&o.gateway, "gateway", "", "send frames by HTTP POST to this path, such as "+pos.GatewayPath)
	f.StringVar(&o.backup, "backup", "", "another host and port of the acquirer, over another network")
	f.BoolVar(&o.partial, "partial", false, "take an approval of part of the amount")
	f.DurationVar(&o.timeout, "timeout", 0, "how long to wait for an answer (default: the terminal's parameter, else 1m)")
	f.DurationVar(&o.connectTimeout, "connect-timeout", 10*time.Second, "how long to wait for a connection")
	f.BoolVar(&o.tls, "tls", false, "connect by TLS")
	f.StringVar(&o.ca, "ca", "", "file of the certificate authority that the host's certificate must come from (implies --tls)")
	f.BoolVar(&o.insecure, "insecure", false, "accept any certificate, on loopback only (implies --tls)")
	f.BoolVar(&o.json, "json", false, "print JSON instead of text")
	o.paper.flags(f)
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return err })
	c.AddCommand(o.actCommands()...)
	c.AddCommand(o.manageCommands()...)
	return c
}

// credentials is what the demo writes for clients like this one.
type credentials struct {
	Address   string `json:"iso_address"`
	TPDU      string `json:"tpdu"`
	Terminals []struct {
		TID string `json:"tid"`
		MID string `json:"mid"`
		TMK string `json:"tmk"`
	} `json:"terminals"`
}

// open opens the terminal that flags, environment, the demo's credentials and the flash file describe, in
// this order.
func (o *terminalOptions) open() (*pos.Terminal, error) {
	config := pos.Config{
		Terminal: o.tid, Merchant: o.mid, MerchantName: o.merchantName, Operator: o.operator, TPDU: o.tpdu,
		Serial: o.serial, Address: o.host, Backup: o.backup, Profile: o.profile, KeyScheme: o.scheme, Gateway: o.gateway,
		Partial: o.partial, ConnectTimeout: o.connectTimeout, AnswerTimeout: o.timeout, Flash: o.flash, Operators: true,
		Encode: jbig.Encode, Keyless: o.keyless,
	}
	key := o.tmk
	if key == "" {
		key = os.Getenv(envTMK)
	}
	if err := o.fromDemo(&config, &key); err != nil {
		return nil, err
	}
	var err error
	if config.TMK, err = secretHex(key, "terminal master key"); err != nil {
		return nil, err
	}
	if config.Flash == "" {
		if config.Terminal == "" {
			return nil, wrong("哪台终端？请先启动演示（yifen demo），或给出 --tid、--mid 和 --tmk，或用过的 --flash",
				"which terminal? start the demo (yifen demo), or give --tid, --mid and --tmk, or --flash of one that was used before")
		}
		config.Flash = "terminal-" + config.Terminal + ".flash"
	}
	flashKey := o.flashKey
	if flashKey == "" {
		flashKey = os.Getenv(envFlashKey)
	}
	if config.FlashKey, err = secretHex(flashKey, "key of the flash file"); err != nil {
		return nil, err
	}
	methods := map[string]cardcrypto.Method{"": 0, "ecb": cardcrypto.ECB, "x99": cardcrypto.X99, "x919": cardcrypto.X919}
	method, known := methods[o.mac]
	if !known {
		return nil, wrong("未知的 MAC 算法 "+o.mac+"：请用 ecb、x99 或 x919", "unknown MAC method "+o.mac+", use ecb, x99 or x919")
	}
	config.MAC = method
	if config.TLS, err = o.tlsConfig(config.Address); err != nil {
		return nil, err
	}
	if config.Cut, err = powerCut(os.Getenv(envCut)); err != nil {
		return nil, err
	}
	return pos.Open(config)
}

// fromDemo fills in what the demo's credentials know.
func (o *terminalOptions) fromDemo(config *pos.Config, key *string) error {
	path := filepath.Join(o.dir, "credentials.json")
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if config.Address == "" && config.Flash == "" {
			config.Address = "127.0.0.1:8583"
		}
		return nil
	case err != nil:
		return wrong("读不到演示的 credentials.json", "read the demo's credentials: "+err.Error())
	}
	var c credentials
	if err := json.Unmarshal(raw, &c); err != nil {
		return wrong(path+" 不是演示的凭据文件", path+" is not the demo's credentials: "+err.Error())
	}
	i := slices.IndexFunc(c.Terminals, func(t struct {
		TID string `json:"tid"`
		MID string `json:"mid"`
		TMK string `json:"tmk"`
	}) bool {
		return config.Terminal == "" && config.Flash == "" || t.TID == config.Terminal
	})
	if i < 0 {
		return nil // a terminal of another host
	}
	o.demo = true
	config.Terminal = c.Terminals[i].TID
	if config.Merchant == "" {
		config.Merchant = c.Terminals[i].MID
	}
	if config.Flash == "" {
		config.Flash = filepath.Join(o.dir, "terminal-"+config.Terminal+".flash")
	}
	if _, err := os.Stat(config.Flash); *key == "" && err != nil {
		*key = c.Terminals[i].TMK // its first: one that was used has it in its flash, and may have got another since
	}
	if config.Address == "" {
		config.Address = c.Address
	}
	if config.Address == "" {
		config.Address = "127.0.0.1:8583"
	}
	if config.TPDU == "" {
		config.TPDU = c.TPDU
	}
	return nil
}

// secretHex reads a key without ever showing it.
func secretHex(text, name string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), " ", ""))
	if err != nil {
		return nil, wrong("密钥不是十六进制：每字节两位 0-9、A-F", "the "+name+" is not hexadecimal: give two digits 0-9 or A-F for each byte")
	}
	return b, nil
}

func (o *terminalOptions) tlsConfig(address string) (*tls.Config, error) {
	if !o.tls && o.ca == "" && !o.insecure {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, wrong("TLS 需要 --host 主机:端口", "give the host by --host with its port for TLS")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if o.insecure {
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, wrong("--insecure 只能用于本机：请用 --ca 给出证书机构", "--insecure is for a host on loopback only: give its certificate authority with --ca")
		}
		config.InsecureSkipVerify = true
		return config, nil
	}
	if o.ca != "" {
		text, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, wrong("读不到证书机构文件", "read the certificate authority: "+err.Error())
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, wrong(o.ca+" 中没有 PEM 证书", o.ca+" holds no certificate in PEM form")
		}
	}
	return config, nil
}

// powerCut returns what ends the program at a point as a power cut would: nothing is closed or told.
func powerCut(point string) (func(string), error) {
	if point == "" {
		return nil, nil
	}
	points := slices.Concat(pos.CutPoints(), pos.QuietCutPoints(), pos.KeyCutPoints())
	if !slices.Contains(points, point) {
		return nil, wrong(envCut+" 不是断电点："+strings.Join(points, "、"), envCut+" names no point, use one of "+strings.Join(points, ", "))
	}
	return func(at string) {
		if at == point {
			os.Exit(137)
		}
	}, nil
}

func printJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
