package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/hsm/pkcs11"
)

// envTokenPIN is the PIN of the token's user; it is no flag, where others would see it.
const envTokenPIN = "YIFEN_PKCS11_PIN"

const keysHelp = `Make, combine, wrap and exchange keys, as a key ceremony needs it. docs/keys.md tells how.
密钥仪式：生成分量、合成、加密保存、密钥块导出导入。

A component is written VALUE:KCV, both in hexadecimal, the check value of three bytes or more. One on the command line
stays in the shell's history: give "-" to read a line of standard input, or @FILE. What is secret is not written to a
terminal without --reveal.`

// keysOptions are the flags of the key commands.
type keysOptions struct {
	config, kekFile      string
	library, token, name string
	cipher, use          string
	components           []string
	reveal, json         bool
}

func keysCommand() *cobra.Command {
	o := &keysOptions{}
	c := &cobra.Command{
		Use: "keys", Short: "Make, combine, wrap, export and import keys 密钥管理：分量、合成、加密、导出、导入",
		Long: keysHelp, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON instead of text 以 JSON 输出")
	c.AddCommand(
		o.splitCommand(), o.combineCommand(), o.wrapCommand(), o.checkCommand(), o.exportCommand(), o.importCommand(),
		o.fileCommand(), o.provisionCommand(),
	)
	return c
}

// moduleFlags adds the flags that say under what keys are wrapped.
func (o *keysOptions) moduleFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.config, "config", "", "configuration file that names the key-encryption key 配置文件")
	c.Flags().StringVar(&o.kekFile, "kek-file", "", "file that holds the key-encryption key (YIFEN_KEK_FILE; or the key in YIFEN_KEK) 主密钥文件")
	o.tokenFlags(c)
}

// tokenFlags adds the flags that say which token holds the keys, instead of a key-encryption key.
func (o *keysOptions) tokenFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.library, "pkcs11-library", "", "PKCS #11 library of the token that holds the keys; its PIN is in "+envTokenPIN+" 加密机接口库")
	c.Flags().StringVar(&o.token, "pkcs11-token", "yifen", "label of the token 令牌标签")
	c.Flags().StringVar(&o.name, "pkcs11-prefix", "", "prefix of the labels of the keys in the token (default yifen-) 密钥标签前缀")
}

func (o *keysOptions) tokenConfig() pkcs11.Config {
	return pkcs11.Config{Library: o.library, Token: o.token, PIN: os.Getenv(envTokenPIN), Prefix: o.name}
}

// with runs f with the module that the flags name.
func (o *keysOptions) with(c *cobra.Command, f func(*hsm.Module) error) error {
	if o.library != "" {
		m, closeModule, err := pkcs11.Open(o.tokenConfig())
		if err != nil {
			return err
		}
		return errors.Join(f(m), closeModule())
	}
	config, findings := loadConfig(c, o.config)
	for _, found := range findings { // the rest of the configuration is not ours to judge
		if found.Name == "kek" || found.Name == "kek-file" || found.Name == "file" {
			return fmt.Errorf("%s", found)
		}
	}
	kek, err := config.KEK()
	if err != nil {
		return err
	}
	defer clear(kek)
	m, err := hsm.New(kek)
	if err != nil {
		return err
	}
	return f(m)
}

// print writes figures as the calculations do.
func (o *keysOptions) print(c *cobra.Command, results ...result) error {
	return (&calcOptions{json: o.json}).print(c.OutOrStdout(), results...)
}

// mayShow returns an error when secrets would be written to a terminal that nobody asked to see them on.
func (o *keysOptions) mayShow(w io.Writer) error {
	if f, ok := w.(*os.File); ok && !o.reveal {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return errors.New("this would show secrets on a terminal: write them into a file or a pipe, or give --reveal when nobody else looks 明文不在终端显示，需要时加 --reveal")
		}
	}
	return nil
}

// readComponents reads the components that --component gives.
func (o *keysOptions) readComponents(c *cobra.Command) (hsm.Cipher, []hsm.Component, error) {
	cipher, err := hsm.ParseCipher(o.cipher)
	if err != nil {
		return 0, nil, err
	}
	in := bufio.NewReader(c.InOrStdin())
	var parts []hsm.Component
	for i, flag := range o.components {
		name := fmt.Sprintf("component %d", i+1)
		text, err := given(in, flag, "", name, "--component")
		if err != nil {
			return 0, nil, err
		}
		value, check, ok := strings.Cut(text, ":")
		if !ok {
			return 0, nil, fmt.Errorf("%s has no check value: write it VALUE:KCV", name)
		}
		var part hsm.Component
		if part.Value, err = secretHex(value, name); err != nil {
			return 0, nil, err
		}
		if part.CheckValue, err = secretHex(check, "check value of "+name); err != nil {
			return 0, nil, err
		}
		parts = append(parts, part)
	}
	return cipher, parts, nil
}

// readWrapped reads a wrapped key, which is no secret.
func readWrapped(in *bufio.Reader, flag, name, flagName string) ([]byte, error) {
	text, err := given(in, flag, "", name, flagName)
	if err != nil {
		return nil, err
	}
	return secretHex(text, name)
}

func (o *keysOptions) provisionCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "provision", Short: "Make the four keys in a token that has none 在加密机中生成密钥", Args: cobra.NoArgs,
		Long: `Make the keys in a token under which everything else is wrapped. Keys that are there already are never replaced.

It takes a program that was built with -tags pkcs11. The PIN is read from ` + envTokenPIN + `.`,
		Example: "  " + envTokenPIN + "=… yifen keys provision --pkcs11-library /usr/lib/softhsm/libsofthsm2.so --pkcs11-token yifen",
		RunE: func(c *cobra.Command, _ []string) error {
			if o.library == "" {
				return errors.New("name the PKCS #11 library with --pkcs11-library")
			}
			if err := pkcs11.Provision(o.tokenConfig()); err != nil {
				return err
			}
			return o.print(c, result{"token", o.token})
		},
	}
	o.tokenFlags(c)
	return c
}
