package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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
)

// How `yifen terminal` ends.
const (
	exitDeclined exitCode = 1
	exitUsage    exitCode = 2
	exitUnknown  exitCode = 3
)

// The environment that `yifen terminal` reads, for what should not stand in a shell's history.
const (
	envTMK      = "YIFEN_POS_TMK"
	envFlashKey = "YIFEN_POS_FLASH_KEY"
	envCardPIN  = "YIFEN_POS_PIN"
	envCut      = "YIFEN_POS_CUT"
)

const terminalHelp = `A card terminal in software. It speaks ISO 8583 in the UnionPay terminal dialect to any acquirer host, keeps its
state in an encrypted flash file, and survives a power cut at any moment: what was not finished is reversed first.

软件刷卡终端：按银联终端报文与任何收单主机联机；状态存在加密的闪存文件里，随时断电都不会出错：未完成的交易先冲正。

With the demo running, no setting is needed: address and keys come from its directory (--dir). For another host give
--host, --tid, --mid and the terminal master key in ` + envTMK + ` (or --tmk); they are kept in the flash file.

Exit code: 0 approved, 1 declined, 2 wrong use or a local error, 3 the outcome is unknown and a reversal is pending.`

const terminalExamples = `  yifen terminal sign-in
  yifen terminal sale --amount 100.00 --card debit --entry insert
  yifen terminal sale --amount 9.90 --card credit --entry tap --lang en --png receipt.png
  yifen terminal sale --amount 100.00 --card 51              # declined: insufficient funds
  yifen terminal void --trace 000002
  yifen terminal refund --amount 20.00 --card debit --rrn 202611070001 --date 1107
  yifen terminal settle
  yifen terminal reprint --copy both --printer 127.0.0.1:9100
  yifen terminal status --json`

// terminalOptions are the flags that all acts of a terminal share.
type terminalOptions struct {
	host, tid, mid, tmk, dir, tpdu, operator, serial, merchantName string
	flash, flashKey                                                string
	scheme, mac                                                    string
	timeout, connectTimeout                                        time.Duration
	tls, insecure                                                  bool
	ca                                                             string

	paper paperOptions
	json  bool
}

func terminalCommand() *cobra.Command {
	o := &terminalOptions{}
	c := &cobra.Command{
		Use:     "terminal",
		Short:   "A card terminal in software 软件刷卡终端",
		Long:    terminalHelp,
		Example: terminalExamples,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
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
	f.StringVar(&o.scheme, "key-scheme", "003", "working keys to ask for: 001 single DES, 003 double, 004 double and track key")
	f.StringVar(&o.mac, "mac", "ecb", "MAC method: ecb, x99 or x919")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "how long to wait for an answer")
	f.DurationVar(&o.connectTimeout, "connect-timeout", 10*time.Second, "how long to wait for a connection")
	f.BoolVar(&o.tls, "tls", false, "connect by TLS")
	f.StringVar(&o.ca, "ca", "", "file of the certificate authority that the host's certificate must come from (implies --tls)")
	f.BoolVar(&o.insecure, "insecure", false, "accept any certificate, on loopback only (implies --tls)")
	f.BoolVar(&o.json, "json", false, "print JSON instead of text")
	o.paper.flags(f)
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return err })
	c.AddCommand(
		o.signInCommand(), o.signOffCommand(), o.echoCommand(), o.saleCommand(), o.voidCommand(), o.refundCommand(),
		o.settleCommand(), o.reverseCommand(), o.reprintCommand(), o.statusCommand(), cardsCommand(o), codesCommand(o),
	)
	return c
}

func (o *terminalOptions) signInCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sign-in", Short: "Fetch working keys, clock and batch 签到", Args: cobra.NoArgs,
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.SignIn(ctx) }),
	}
}

func (o *terminalOptions) signOffCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sign-off", Short: "End the session 签退", Args: cobra.NoArgs,
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.SignOff(ctx) }),
	}
}

func (o *terminalOptions) echoCommand() *cobra.Command {
	return &cobra.Command{
		Use: "echo", Short: "Ask whether the host is there 回响测试", Args: cobra.NoArgs,
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) { return t.Echo(ctx) }),
	}
}

// cardFlags are the flags of acts that present a card.
type cardFlags struct{ amount, card, entry string }

func (f *cardFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.amount, "amount", "", "amount in yuan, such as 100 or 100.00")
	c.Flags().StringVar(&f.card, "card", "debit", "a demo card by name (yifen terminal cards) or a card number; never a real card")
	c.Flags().StringVar(&f.entry, "entry", "insert", "how the card is read: swipe, insert, tap or manual")
}

func (f *cardFlags) read() (amount int64, card pos.Card, entry pos.Entry, err error) {
	if f.amount == "" {
		return 0, card, "", errors.New("say how much: --amount 100.00")
	}
	if amount, err = pos.ParseAmount(f.amount); err != nil {
		return 0, card, "", err
	}
	if card, err = pos.FindCard(f.card); err != nil {
		return 0, card, "", err
	}
	entry, err = pos.ParseEntry(f.entry)
	return amount, card, entry, err
}

func (o *terminalOptions) saleCommand() *cobra.Command {
	var f cardFlags
	var pin string
	var fallback bool
	c := &cobra.Command{
		Use: "sale", Short: "Take a payment 消费", Args: cobra.NoArgs,
		Example: "  yifen terminal sale --amount 100.00 --card debit\n" +
			"  yifen terminal sale --amount 9.90 --card credit --entry tap\n" +
			"  yifen terminal sale --amount 100.00 --card debit --pin none --entry swipe",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			amount, card, entry, err := f.read()
			if err != nil {
				return pos.Outcome{}, err
			}
			if err := o.session(ctx, t); err != nil {
				return pos.Outcome{}, err
			}
			return t.Sale(ctx, pos.SaleInput{
				Amount: amount, Card: card, Entry: entry, PIN: entered(pin, card), Fallback: fallback,
			})
		}),
	}
	f.add(c)
	c.Flags().StringVar(&pin, "pin", "", "PIN, better in "+envCardPIN+"; none sends none (default: a demo card's own; a tap up to CNY 1,000.00 needs none)")
	c.Flags().BoolVar(&fallback, "fallback", false, "the stripe is read because the chip failed")
	return c
}

// entered is the PIN that the cardholder enters. A demo card knows its own.
func entered(flag string, card pos.Card) cardcrypto.PIN {
	if flag == "" {
		flag = os.Getenv(envCardPIN)
	}
	switch flag {
	case "none":
		return ""
	case "":
		return cardcrypto.PIN(card.PIN)
	}
	return cardcrypto.PIN(flag)
}

func (o *terminalOptions) voidCommand() *cobra.Command {
	var trace string
	c := &cobra.Command{
		Use: "void", Short: "Take back a sale of the open batch 消费撤销", Args: cobra.NoArgs,
		Example: "  yifen terminal void --trace 000002",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			if trace == "" {
				return pos.Outcome{}, errors.New("say which sale: --trace with the voucher number of its slip")
			}
			if err := o.session(ctx, t); err != nil {
				return pos.Outcome{}, err
			}
			return t.Void(ctx, padded(trace))
		}),
	}
	c.Flags().StringVar(&trace, "trace", "", "voucher number of the sale")
	return c
}

// padded fills a trace up to its six digits, so that 2 is 000002.
func padded(trace string) string {
	if len(trace) < 6 {
		return strings.Repeat("0", 6-len(trace)) + trace
	}
	return trace
}

func (o *terminalOptions) refundCommand() *cobra.Command {
	var f cardFlags
	var rrn, date string
	c := &cobra.Command{
		Use: "refund", Short: "Give back a sale, or part of it 退货", Args: cobra.NoArgs,
		Example: "  yifen terminal refund --amount 20.00 --card debit --rrn 202611070001 --date 1107",
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			amount, card, entry, err := f.read()
			if err != nil {
				return pos.Outcome{}, err
			}
			if rrn == "" || date == "" {
				return pos.Outcome{}, errors.New("say which sale: --rrn and --date (MMDD) from its slip")
			}
			if err := o.session(ctx, t); err != nil {
				return pos.Outcome{}, err
			}
			return t.Refund(ctx, pos.RefundInput{Amount: amount, Card: card, Entry: entry, RRN: rrn, Date: monthDay(date)})
		}),
	}
	f.add(c)
	c.Flags().StringVar(&rrn, "rrn", "", "reference number of the sale, 12 characters")
	c.Flags().StringVar(&date, "date", "", "date of the sale: MMDD, MM-DD or YYYY-MM-DD")
	return c
}

// monthDay returns a date as MMDD.
func monthDay(date string) string {
	date = strings.NewReplacer("-", "", "/", "").Replace(date)
	if len(date) == 8 {
		return date[4:]
	}
	return date
}

func (o *terminalOptions) settleCommand() *cobra.Command {
	return &cobra.Command{
		Use: "settle", Short: "Close the batch 结算", Args: cobra.NoArgs,
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			if err := o.session(ctx, t); err != nil {
				return pos.Outcome{}, err
			}
			return t.Settle(ctx)
		}),
	}
}

func (o *terminalOptions) reverseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reverse", Short: "Send now what is pending 发送待冲正交易", Args: cobra.NoArgs,
		RunE: o.act(func(ctx context.Context, t *pos.Terminal) (pos.Outcome, error) {
			resolved, err := t.Resolve(ctx)
			return pos.Outcome{Kind: pos.Reversal, Approved: err == nil, Resolved: resolved}, err
		}),
	}
}

func (o *terminalOptions) reprintCommand() *cobra.Command {
	var trace string
	c := &cobra.Command{
		Use: "reprint", Short: "Print the last slip again, or one of the open batch 重打印", Args: cobra.NoArgs,
		RunE: o.act(func(_ context.Context, t *pos.Terminal) (pos.Outcome, error) {
			if trace == "" {
				return t.Reprint("")
			}
			return t.Reprint(padded(trace))
		}),
	}
	c.Flags().StringVar(&trace, "trace", "", "voucher number (default: the last slip)")
	return c
}

func (o *terminalOptions) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "What the terminal knows, and whether the host answers 终端状态", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := o.open()
			if err != nil {
				return err
			}
			defer t.Close()
			start := time.Now()
			echo, err := t.Echo(c.Context())
			s := terminalStatus{
				Status: t.Status(), Host: err == nil, Code: echo.Code, Milliseconds: time.Since(start).Milliseconds(),
			}
			if err != nil {
				s.Fault = err.Error()
			}
			if o.json {
				return printJSON(c.OutOrStdout(), s)
			}
			return s.print(c.OutOrStdout(), o.paper.lang)
		},
	}
}

func cardsCommand(o *terminalOptions) *cobra.Command {
	return &cobra.Command{
		Use: "cards", Short: "The demo cards and what they do 演示卡", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.json {
				return printJSON(c.OutOrStdout(), pos.Cards())
			}
			for _, card := range pos.Cards() {
				fmt.Fprintf(c.OutOrStdout(), "%-7s %-19s  %s\n", card.Name, card.Number, o.paper.words(card.Behavior))
			}
			return nil
		},
	}
}

func codesCommand(o *terminalOptions) *cobra.Command {
	return &cobra.Command{
		Use: "codes [CODE]", Short: "The response codes, what they mean and what to do 应答码", Args: cobra.MaximumNArgs(1),
		Example: "  yifen terminal codes 51",
		RunE: func(c *cobra.Command, args []string) error {
			list := pos.Codes()
			if len(args) == 1 {
				list = []pos.Code{pos.Explain(strings.ToUpper(args[0]))}
			}
			if o.json {
				return printJSON(c.OutOrStdout(), list)
			}
			for _, code := range list {
				fmt.Fprintf(c.OutOrStdout(), "%s %s  %s\n      %s\n", code.Code, code.Class,
					o.paper.words(code.Meaning), o.paper.words(code.Advice))
			}
			return nil
		},
	}
}

// act runs one act of the terminal and reports how it ended.
func (o *terminalOptions) act(f func(context.Context, *pos.Terminal) (pos.Outcome, error)) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) error {
		if err := o.paper.check(); err != nil {
			return err
		}
		t, err := o.open()
		if err != nil {
			return err
		}
		defer t.Close()
		outcome, err := f(c.Context(), t)
		if err == nil && (outcome.Slip != nil || outcome.BatchSlip != nil) {
			if err := o.paper.deliver(c.Context(), outcome); err != nil {
				fmt.Fprintln(c.ErrOrStderr(), "yifen: the transaction stands, its receipt does not:", err,
					"(yifen terminal reprint)")
			} else if err := t.Printed(); err != nil {
				return err
			}
		}
		return o.report(c.OutOrStdout(), c.ErrOrStderr(), outcome, err)
	}
}

// session signs in when the terminal is not.
func (o *terminalOptions) session(ctx context.Context, t *pos.Terminal) error {
	if t.Status().SignedIn {
		return nil
	}
	outcome, err := t.SignIn(ctx)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if !outcome.Approved {
		return refusedError{outcome}
	}
	return nil
}

// refusedError is a sign-in that the host refused, which ends what needed it.
type refusedError struct{ outcome pos.Outcome }

func (e refusedError) Error() string { return "the host refused the sign-in: " + e.outcome.Code }

// report says how an act ended and returns the exit code.
func (o *terminalOptions) report(out, errs io.Writer, outcome pos.Outcome, err error) error {
	var refused refusedError
	if errors.As(err, &refused) {
		outcome, err = refused.outcome, nil
	}
	if o.json {
		line := struct {
			pos.Outcome
			Error string `json:"error,omitempty"`
		}{Outcome: outcome}
		if err != nil {
			line.Error = err.Error()
		}
		if err := printJSON(out, line); err != nil {
			return err
		}
	} else {
		o.paper.tell(out, outcome, err)
	}
	switch {
	case errors.Is(err, pos.ErrPending):
		return exitUnknown
	case err != nil:
		if !o.json {
			fmt.Fprintln(errs, "yifen:", err)
		}
		return exitUsage
	case outcome.Unknown:
		return exitUnknown
	case !outcome.Approved, differs(outcome):
		return exitDeclined
	}
	return nil
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
		Serial: o.serial, Address: o.host, KeyScheme: o.scheme, ConnectTimeout: o.connectTimeout,
		AnswerTimeout: o.timeout, Flash: o.flash,
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
			return nil, errors.New("which terminal? start the demo (yifen demo), or give --tid, --mid and --tmk, or --flash of one that was used before")
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
	methods := map[string]cardcrypto.Method{"ecb": cardcrypto.ECB, "x99": cardcrypto.X99, "x919": cardcrypto.X919}
	if config.MAC = methods[o.mac]; config.MAC == 0 {
		return nil, fmt.Errorf("unknown MAC method %q, use ecb, x99 or x919", o.mac)
	}
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
		return fmt.Errorf("read the demo's credentials: %w", err)
	}
	var c credentials
	if err := json.Unmarshal(raw, &c); err != nil {
		return fmt.Errorf("%s is not the demo's credentials: %w", path, err)
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
	config.Terminal = c.Terminals[i].TID
	if config.Merchant == "" {
		config.Merchant = c.Terminals[i].MID
	}
	if *key == "" {
		*key = c.Terminals[i].TMK
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
	if config.Flash == "" {
		config.Flash = filepath.Join(o.dir, "terminal-"+config.Terminal+".flash")
	}
	return nil
}

// secretHex reads a key without ever showing it.
func secretHex(text, name string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), " ", ""))
	if err != nil {
		return nil, fmt.Errorf("the %s is not hexadecimal: give two digits 0-9 or A-F for each byte", name)
	}
	return b, nil
}

func (o *terminalOptions) tlsConfig(address string) (*tls.Config, error) {
	if !o.tls && o.ca == "" && !o.insecure {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, errors.New("give the host by --host with its port for TLS")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if o.insecure {
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, errors.New("--insecure is for a host on loopback only: give its certificate authority with --ca")
		}
		config.InsecureSkipVerify = true
		return config, nil
	}
	if o.ca != "" {
		text, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, fmt.Errorf("read the certificate authority: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", o.ca)
		}
	}
	return config, nil
}

// powerCut returns what ends the program at a point as a power cut would: nothing is closed or told.
func powerCut(point string) (func(string), error) {
	if point == "" {
		return nil, nil
	}
	if !slices.Contains(pos.CutPoints(), point) {
		return nil, fmt.Errorf("%s names no point, use one of %s", envCut, strings.Join(pos.CutPoints(), ", "))
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
