package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/hsm"
)

const (
	componentFlagHelp = "component, VALUE:KCV in hexadecimal, - for standard input, @FILE for a file; two or three times 密钥分量:校验值"
	cipherFlagHelp    = "cipher of the key: 3des, sm4, or aes of a block-protection key 算法"
)

func (o *keysOptions) splitCommand() *cobra.Command {
	var size, holders int
	var folder string
	c := &cobra.Command{
		Use: "components", Short: "Make the components of a fresh random key 生成密钥分量", Args: cobra.NoArgs,
		Long: `Make the components of a random key, one for each holder, and print their check values and that of the key.

With --dir each component lies in a file of its own, VALUE:KCV, which only you can read: give each to its holder and
remove it. Without, they are printed. The key itself is nowhere until the holders bring the components together.`,
		Example: "  yifen keys components --dir ./ceremony\n  yifen keys components --cipher aes --bytes 32 --holders 2 --reveal",
		RunE: func(c *cobra.Command, _ []string) error {
			cipher, err := hsm.ParseCipher(o.cipher)
			if err != nil {
				return err
			}
			if folder == "" {
				if err := o.mayShow(c.OutOrStdout()); err != nil {
					return err
				}
			}
			parts, kcv, err := hsm.Split(cipher, size, holders)
			if err != nil {
				return err
			}
			results := []result{{"kcv", upperHex(kcv)}}
			for i, part := range parts {
				name := fmt.Sprintf("component%d", i+1)
				text := upperHex(part.Value) + ":" + upperHex(part.CheckValue)
				if folder == "" {
					results = append(results, result{name, text})
					continue
				}
				if err := writeComponent(filepath.Join(folder, name), text); err != nil {
					return err
				}
				results = append(results, result{fmt.Sprintf("kcv%d", i+1), upperHex(part.CheckValue)})
			}
			return o.print(c, results...)
		},
	}
	o.cipherFlag(c)
	c.Flags().IntVar(&size, "bytes", 16, "length of the key: 16 or 24 of 3des, 16 of sm4, 16, 24 or 32 of aes 密钥长度（字节）")
	c.Flags().IntVar(&holders, "holders", 3, "people who share the key: 2 or 3 持有人数")
	c.Flags().StringVar(&folder, "dir", "", "directory for a file per component, instead of printing them 分量文件目录")
	o.revealFlag(c)
	return c
}

// writeComponent writes a component into a new file that only its owner can read.
func writeComponent(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, text)
	return errors.Join(err, f.Close())
}

func (o *keysOptions) cipherFlag(c *cobra.Command) {
	c.Flags().StringVar(&o.cipher, "cipher", "3des", cipherFlagHelp)
}

func (o *keysOptions) revealFlag(c *cobra.Command) {
	c.Flags().BoolVar(&o.reveal, "reveal", false, "show secrets in clear, on a terminal too 显示明文")
}

func (o *keysOptions) componentFlags(c *cobra.Command) {
	o.cipherFlag(c)
	c.Flags().StringArrayVar(&o.components, "component", nil, componentFlagHelp)
}

func (o *keysOptions) combineCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "combine", Short: "Check components and tell the check value of their key 合成密钥并给出校验值", Args: cobra.NoArgs,
		Long: `Hold each component against its check value and print the check value of the key that they make.

Nothing is kept. With --reveal the key is printed in clear, for a terminal that takes no components.`,
		Example: "  yifen keys combine --component - --component -\n  yifen keys combine --component @ceremony/component1 --component @ceremony/component2 --component @ceremony/component3",
		RunE: func(c *cobra.Command, _ []string) error {
			cipher, parts, err := o.readComponents(c)
			if err != nil {
				return err
			}
			value, kcv, err := hsm.Join(cipher, parts)
			if err != nil {
				return err
			}
			defer clear(value)
			results := []result{{"kcv", upperHex(kcv)}}
			if o.reveal {
				results = append(results, result{"key", upperHex(value)})
			}
			return o.print(c, results...)
		},
	}
	o.componentFlags(c)
	o.revealFlag(c)
	return c
}

func (o *keysOptions) wrapCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "wrap", Short: "Combine components and wrap the key for this installation 合成密钥并加密保存", Args: cobra.NoArgs,
		Long: `Combine components and wrap the key under the key-encryption key of a configuration, or inside a token.

Prints the wrapped key in hexadecimal, which works in this installation only, and its check value; never the key.`,
		Example: "  yifen keys wrap --config yifen.conf --component - --component -\n" +
			"  yifen keys wrap --config yifen.conf --use block-protection --cipher aes --component @one --component @two",
		RunE: func(c *cobra.Command, _ []string) error {
			cipher, parts, err := o.readComponents(c)
			if err != nil {
				return err
			}
			use, err := hsm.ParseUse(o.use)
			if err != nil {
				return err
			}
			return o.with(c, func(m *hsm.Module) error {
				wrapped, kcv, err := m.Combine(use, cipher, parts)
				if err != nil {
					return err
				}
				return o.print(c, result{"wrapped", upperHex(wrapped)}, result{"kcv", upperHex(kcv)})
			})
		},
	}
	o.moduleFlags(c)
	o.componentFlags(c)
	c.Flags().StringVar(&o.use, "use", hsm.UseMaster.String(), "what the key is for: master (TMK, ZMK) or block-protection (KBPK) 用途")
	return c
}
