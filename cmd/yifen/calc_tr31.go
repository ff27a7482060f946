package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/wire/keyblock"
)

// envSecret is the key that is wrapped, beside the one that wraps it.
const envSecret = "YIFEN_SECRET"

func (o *calcOptions) tr31Command() *cobra.Command {
	c := &cobra.Command{
		Use: "tr31", Short: "Key blocks of TR-31 and X9.143: wrap, unwrap, inspect", Args: cobra.NoArgs,
		Long: `Read and write key blocks: keys that are enciphered and bound to what they may be used for (ANSI TR-31, X9.143).

The protection key is --key: 16 or 24 bytes of triple DES for versions A, B and C, 16, 24 or 32 bytes of AES for D.`,
		Example: "  yifen calc tr31 inspect B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E\n" +
			"  yifen calc tr31 unwrap --key DD7515F2BFC17F85CE48F3CA25CB21F6 B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E\n" +
			"  yifen calc tr31 wrap --key DD7515F2BFC17F85CE48F3CA25CB21F6 --secret 3F419E1CB7079442AA37474C2EFBF8B8 --header B0000P0TE00E0000",
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(o.tr31InspectCommand(), o.tr31UnwrapCommand(), o.tr31WrapCommand())
	return c
}

func (o *calcOptions) tr31InspectCommand() *cobra.Command {
	return &cobra.Command{
		Use: "inspect [BLOCK]", Short: "What the header of a key block says; nothing is verified", Args: cobra.MaximumNArgs(1),
		Example: "  yifen calc tr31 inspect C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C",
		RunE: func(c *cobra.Command, args []string) error {
			block, err := readBlock(c, args)
			if err != nil {
				return err
			}
			h := block.Header
			results := []result{
				{"version", h.Version.String()},
				{"usage", named(h.Usage, h.UsageName())},
				{"algorithm", named(string(h.Algorithm), h.AlgorithmName())},
				{"mode", named(string(h.Mode), h.ModeName())},
				{"key_version", h.KeyVersion},
				{"exportability", named(string(h.Exportability), h.ExportabilityName())},
				{"context", h.Context},
			}
			for _, option := range h.Options {
				results = append(results, result{option.ID, option.Data})
			}
			return o.print(c.OutOrStdout(), results...)
		},
	}
}

func named(value, name string) string {
	if name == "" {
		return value
	}
	return value + " " + name
}

func readBlock(c *cobra.Command, args []string) (*keyblock.Block, error) {
	text, err := argument(c, args, "key block")
	if err != nil {
		return nil, err
	}
	return keyblock.Parse(text)
}

func (o *calcOptions) tr31UnwrapCommand() *cobra.Command {
	return &cobra.Command{
		Use: "unwrap BLOCK", Short: "Verify a key block and show the key in it, with its check value", Args: cobra.ExactArgs(1),
		Example: "  yifen calc tr31 unwrap --key DD7515F2BFC17F85CE48F3CA25CB21F6 B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E",
		RunE: func(c *cobra.Command, args []string) error {
			block, err := keyblock.Parse(args[0])
			if err != nil {
				return err
			}
			kbpk, err := o.readKeyBytes(bufio.NewReader(c.InOrStdin()))
			if err != nil {
				return err
			}
			key, err := block.Unwrap(kbpk)
			if err != nil {
				return err
			}
			results := []result{{"key", upperHex(key)}}
			return o.print(c.OutOrStdout(), append(results, checkValues(block.Header.Algorithm, key)...)...)
		},
	}
}

// checkValues returns the check values of a key by both methods, none for an algorithm that has none.
func checkValues(algorithm byte, key []byte) []result {
	var results []result
	for _, method := range []struct{ id, name string }{{keyblock.CheckZeros, "kcv"}, {keyblock.CheckCMAC, "kcv_cmac"}} {
		if value, err := keyblock.CheckValue(method.id, algorithm, key); err == nil {
			results = append(results, result{method.name, value[len(method.id):]})
		}
	}
	return results
}

func (o *calcOptions) tr31WrapCommand() *cobra.Command {
	var secret, header, random string
	var options []string
	var conceal int
	c := &cobra.Command{
		Use: "wrap", Short: "Put a key into a key block", Args: cobra.NoArgs,
		Long: `Put a key into a key block under a protection key.

The header is given as its sixteen characters: version, length, usage, algorithm, mode of use, key version,
exportability, number of optional blocks, context. Length and number are written anew, so zeros do. The block shows the
length of the longest key of the algorithm, unless --conceal says otherwise.`,
		Example: "  yifen calc tr31 wrap --key DD7515F2BFC17F85CE48F3CA25CB21F6 --secret 3F419E1CB7079442AA37474C2EFBF8B8 --header B0000P0TE00E0000\n" +
			"  yifen calc tr31 wrap --key - --secret - --header D0000B0TX12S0000 --option KS=00604B120F9292800000",
		RunE: func(c *cobra.Command, _ []string) error {
			h, err := readHeader(header, options)
			if err != nil {
				return err
			}
			in := bufio.NewReader(c.InOrStdin())
			kbpk, err := o.readKeyBytes(in)
			if err != nil {
				return err
			}
			text, err := given(in, secret, envSecret, "key to wrap", "--secret")
			if err != nil {
				return err
			}
			key, err := secretHex(text, "key to wrap")
			if err != nil {
				return err
			}
			filling := io.Reader(rand.Reader)
			if random != "" {
				raw, err := hex.DecodeString(random)
				if err != nil {
					return errors.New("the filling is not hexadecimal")
				}
				filling = bytes.NewReader(raw)
			}
			block, err := keyblock.Wrap(kbpk, h, key, conceal, filling)
			if err != nil {
				return err
			}
			results := []result{{"block", block.Text()}}
			return o.print(c.OutOrStdout(), append(results, checkValues(h.Algorithm, key)...)...)
		},
	}
	c.Flags().StringVar(&secret, "secret", "", "key to wrap in hexadecimal, - for standard input, @FILE for a file (default: "+envSecret+")")
	c.Flags().StringVar(&header, "header", "", "header, sixteen characters, e.g. B0000P0TE00E0000 or D0000P0AE00E0000")
	c.Flags().StringArrayVar(&options, "option", nil, "optional block ID=DATA, e.g. KS=00604B120F9292800000; as often as needed")
	c.Flags().IntVar(&conceal, "conceal", 0, "length in bytes that the block shows; 1 shows the key's own")
	c.Flags().StringVar(&random, "random", "", "filling in hexadecimal instead of random bytes, to repeat a published example")
	return c
}

// readHeader reads the sixteen characters of a header, whatever length and number they tell.
func readHeader(text string, options []string) (keyblock.Header, error) {
	if len(text) != 16 {
		return keyblock.Header{}, errors.New("the header does not have sixteen characters: give it with --header, e.g. B0000P0TE00E0000")
	}
	h := keyblock.Header{
		Version: keyblock.Version(text[0]), Usage: text[5:7], Algorithm: text[7], Mode: text[8], KeyVersion: text[9:11],
		Exportability: text[11], Context: text[14:16],
	}
	for i, option := range options {
		id, data, ok := strings.Cut(option, "=")
		if !ok {
			return h, fmt.Errorf("optional block %d is not ID=DATA", i+1)
		}
		h.Options = append(h.Options, keyblock.Option{ID: id, Data: data})
	}
	return h, nil
}
