package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
)

// The environment that `yifen calc` reads.
const (
	envKey = "YIFEN_KEY"
	envPIN = "YIFEN_PIN"
)

const calcHelp = `Compute what card payments prove themselves with: check values, MACs, PIN blocks, chip cryptograms, key blocks and
derived keys; and read what codes and chips hold.

A key or PIN on the command line stays in the shell's history. Give "-" to read the value from standard input, one
line each in the order key, then PIN, data or what else is secret; give @FILE to read it from a file; or leave the
flag out and set ` + envKey + ` and ` + envPIN + `.`

const calcExamples = `  yifen calc kcv --key 807A23AD32B36D457AE91FDF927570EA
  yifen calc kcv --alg sm4 --key - < key.hex
  ` + envKey + `=… yifen calc mac --method ecb --data 0200302004C020C0...
  yifen calc mac --method x919 --key 0123456789ABCDEFFEDCBA9876543210 --data 0200…
  yifen calc pinblock --pin 123456 --pan 6216261000000000018
  yifen calc pinblock --pin 123456 --pan 6216261000000000018 --key 807A23AD32B36D457AE91FDF927570EA
  yifen calc arqc --help`

// calcOptions are the flags of the calculations.
type calcOptions struct {
	key, alg, method, data, pin, pan string
	json                             bool
}

func calcCommand() *cobra.Command {
	o := &calcOptions{}
	c := &cobra.Command{
		Use: "calc", Short: "Check values, MACs, PIN blocks, cryptograms, key blocks, codes 密钥、MAC、PIN 块、密文、密钥块、二维码",
		Long: calcHelp, Example: calcExamples,
		Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&o.key, "key", "", "key in hexadecimal, - for standard input, @FILE for a file (default: "+envKey+")")
	c.PersistentFlags().StringVar(&o.alg, "alg", "3des", "algorithm of the key: 3des (8, 16 or 24 bytes), sm4 (16 bytes), or for check values aes")
	c.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON instead of text")
	c.AddCommand(
		o.kcvCommand(), o.componentsCommand(), o.xorCommand(), o.macCommand(), o.pinBlockCommand(), o.luhnCommand(),
		o.arqcCommand(), o.arpcCommand(), o.tr31Command(), o.dukptCommand(), o.tlvCommand(), o.qrCommand(),
	)
	return c
}

func (o *calcOptions) kcvCommand() *cobra.Command {
	return &cobra.Command{
		Use: "kcv", Short: "The check value of a key: zeros enciphered under it, or a CMAC of zeros for AES", Args: cobra.NoArgs,
		Example: "  yifen calc kcv --key 807A23AD32B36D457AE91FDF927570EA\n  yifen calc kcv --alg aes --key 3F419E1CB7079442AA37474C2EFBF8B8",
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := o.readKeyBytes(bufio.NewReader(c.InOrStdin()))
			if err != nil {
				return err
			}
			checks, err := o.checkValues(key)
			if err != nil {
				return err
			}
			return o.print(c.OutOrStdout(), checks...)
		},
	}
}

func (o *calcOptions) macCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "mac", Short: "The MAC of a message: the bytes from its type to the field before the MAC", Args: cobra.NoArgs,
		Example: "  yifen calc mac --method ecb --key C24A8FB57AA20123 --data 0200302004C020C098110000…",
		RunE: func(c *cobra.Command, _ []string) error {
			methods := map[string]cardcrypto.Method{
				"ecb": cardcrypto.ECB, "x99": cardcrypto.X99, "x919": cardcrypto.X919, "cbc": cardcrypto.CBC,
			}
			method, known := methods[o.method]
			if !known {
				return fmt.Errorf("unknown method %q, use ecb, x99, x919 or cbc", o.method)
			}
			in := bufio.NewReader(c.InOrStdin())
			key, err := o.readKey(in)
			if err != nil {
				return err
			}
			text, err := given(in, o.data, "", "data", "--data")
			if err != nil {
				return err
			}
			data, err := readHex(text)
			if err != nil {
				return fmt.Errorf("data: %w", err)
			}
			mac, err := cardcrypto.MAC(method, key, data)
			if errors.Is(err, cardcrypto.ErrKeyUse) {
				return fmt.Errorf("%s takes another kind of key than this of %d bytes: x99 takes 8 bytes, x919 and cbc 16 or 24, ecb any; of SM4 keys ecb and cbc", o.method, key.Len())
			}
			if err != nil {
				return err
			}
			results := []result{{"mac", upperHex(mac[:])}}
			if method == cardcrypto.ECB {
				results = append(results, result{"text", string(mac[:])})
			}
			return o.print(c.OutOrStdout(), results...)
		},
	}
	c.Flags().StringVar(&o.method, "method", "ecb", "method: ecb (UnionPay terminals), x99, x919 or cbc")
	c.Flags().StringVar(&o.data, "data", "", "what the MAC covers, in hexadecimal, - for standard input")
	return c
}

func (o *calcOptions) pinBlockCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "pinblock", Short: "The PIN block of ISO 9564-1 format 0, clear or enciphered", Args: cobra.NoArgs,
		Example: "  yifen calc pinblock --pin 123456 --pan 6216261000000000018\n" +
			"  yifen calc pinblock --pin 123456 --key 807A23AD32B36D457AE91FDF927570EA   # without PAN",
		RunE: func(c *cobra.Command, _ []string) error {
			in := bufio.NewReader(c.InOrStdin())
			var key *cardcrypto.Key
			var err error
			if o.key != "" || os.Getenv(envKey) != "" {
				if key, err = o.readKey(in); err != nil {
					return err
				}
			}
			pin, err := given(in, o.pin, envPIN, "PIN", "--pin")
			if err != nil {
				return err
			}
			block, err := cardcrypto.EncodePIN(cardcrypto.PIN(pin), strings.ReplaceAll(o.pan, " ", ""))
			switch {
			case errors.Is(err, cardcrypto.ErrPIN):
				return errors.New("the PIN is not 4 to 12 digits")
			case errors.Is(err, cardcrypto.ErrPAN):
				return errors.New("the PAN is not 8 to 19 digits: give the whole card number, or leave --pan out for a block without it")
			case err != nil:
				return err
			}
			if key == nil {
				return o.print(c.OutOrStdout(), result{"clear", upperHex(block[:])})
			}
			return o.print(c.OutOrStdout(), result{"pinblock", upperHex(cardcrypto.EncryptPIN(key, block))})
		},
	}
	c.Flags().StringVar(&o.pin, "pin", "", "PIN, 4 to 12 digits, - for standard input (default: "+envPIN+")")
	c.Flags().StringVar(&o.pan, "pan", "", "card number that the block is bound to; without it the block is without PAN")
	return c
}

func (o *calcOptions) readKey(in *bufio.Reader) (*cardcrypto.Key, error) {
	value, err := o.readKeyBytes(in)
	if err != nil {
		return nil, err
	}
	defer clear(value)
	return o.newKey(value)
}

// readKeyBytes reads a key of any algorithm.
func (o *calcOptions) readKeyBytes(in *bufio.Reader) ([]byte, error) {
	text, err := given(in, o.key, envKey, "key", "--key")
	if err != nil {
		return nil, err
	}
	return secretHex(text, "key")
}

// checkValues returns the check values of a key of the algorithm that --alg names. AES has two in use: of
// five bytes by CMAC, which comes first, and the older one of three bytes of zeros enciphered.
func (o *calcOptions) checkValues(value []byte) ([]result, error) {
	if o.alg != "aes" {
		key, err := o.newKey(value)
		if err != nil {
			return nil, err
		}
		return []result{{"kcv", upperHex(key.CheckValue())}}, nil
	}
	checks := checkValues('A', value)
	if len(checks) != 2 {
		return nil, fmt.Errorf("an AES key has 16, 24 or 32 bytes, 32, 48 or 64 hexadecimal digits; this one has %d bytes", len(value))
	}
	return []result{{"kcv", checks[1].value}, {"kcv_zeros", checks[0].value}}, nil
}

// newKey makes a key of the algorithm that --alg names.
func (o *calcOptions) newKey(value []byte) (*cardcrypto.Key, error) {
	switch o.alg {
	case "3des", "des":
		if len(value) != 8 && len(value) != 16 && len(value) != 24 {
			return nil, fmt.Errorf("a DES key has 8, 16 or 24 bytes, 16, 32 or 48 hexadecimal digits; this one has %d bytes", len(value))
		}
		return cardcrypto.NewDESKey(value)
	case "sm4":
		if len(value) != 16 {
			return nil, fmt.Errorf("an SM4 key has 16 bytes, 32 hexadecimal digits; this one has %d bytes", len(value))
		}
		return cardcrypto.NewSM4Key(value)
	}
	return nil, fmt.Errorf("unknown algorithm %q for this calculation, use 3des or sm4", o.alg)
}

// given returns the value of a flag, or of the environment when the flag is empty, or the next line of
// standard input when it is "-", or the first line of a file when it is "@" and the file's name.
func given(in *bufio.Reader, flag, variable, name, flagName string) (string, error) {
	if flag == "" && variable != "" {
		flag = os.Getenv(variable)
	}
	switch {
	case flag == "":
		where := flagName
		if variable != "" {
			where += " or in " + variable
		}
		return "", fmt.Errorf("the %s is missing: give it with %s, or %s - for standard input", name, where, flagName)
	case flag == "-":
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the %s from standard input: %w", name, err)
		}
		if line = strings.TrimSpace(line); line == "" {
			return "", fmt.Errorf("standard input has no line for the %s", name)
		}
		return line, nil
	case strings.HasPrefix(flag, "@"):
		text, err := os.ReadFile(flag[1:])
		if err != nil {
			return "", fmt.Errorf("read the %s from a file: %w", name, err)
		}
		line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		if line = strings.TrimSpace(line); line == "" {
			return "", fmt.Errorf("the file for the %s is empty", name)
		}
		return line, nil
	}
	return flag, nil
}

// argument returns the argument of a command, or all of standard input without one or when it is "-".
func argument(c *cobra.Command, args []string, name string) (string, error) {
	if len(args) == 1 && args[0] != "-" {
		return args[0], nil
	}
	text, err := io.ReadAll(io.LimitReader(c.InOrStdin(), frameInputMax))
	if err != nil {
		return "", fmt.Errorf("read the %s from standard input: %w", name, err)
	}
	if line := strings.TrimSpace(string(text)); line != "" {
		return line, nil
	}
	return "", fmt.Errorf("the %s is missing: give it as an argument or on standard input", name)
}

// result is one named figure of a calculation.
type result struct{ name, value string }

// print writes the first figure bare, so that a script can take it, and what else there is with its name.
func (o *calcOptions) print(w io.Writer, results ...result) error {
	if o.json {
		out := map[string]string{}
		for _, r := range results {
			out[r.name] = r.value
		}
		return printJSON(w, out)
	}
	for i, r := range results {
		text := r.value
		if i > 0 {
			text = r.name + " " + r.value
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	return nil
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
