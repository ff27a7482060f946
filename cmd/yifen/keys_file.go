package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/hsm"
)

func (o *keysOptions) fileCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "file", Short: "Key files: the master keys of many terminals 密钥文件", Args: cobra.NoArgs,
		Long: `Make and take in key files: a line per terminal with its master key under a transport key, which the holder of the
terminals has too. docs/keys.md describes them.`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(o.fileMakeCommand(), o.fileReadCommand())
	return c
}

func (o *keysOptions) fileMakeCommand() *cobra.Command {
	var transport, out string
	var size int
	c := &cobra.Command{
		Use: "make TERMINAL...", Short: "Make a master key for each terminal 生成密钥文件", Args: cobra.MinimumNArgs(1),
		Long: `Make a random master key for each terminal, write the key file for who injects them, and print each key wrapped for this
installation, with its check value.`,
		Example: "  yifen keys file make --config yifen.conf --transport @transport.wrapped --out keys.txt 29000001 29000002",
		RunE: func(c *cobra.Command, args []string) error {
			cipher, err := hsm.ParseCipher(o.cipher)
			if err != nil {
				return err
			}
			over, err := readWrapped(bufio.NewReader(c.InOrStdin()), transport, "transport key", "--transport")
			if err != nil {
				return err
			}
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return fmt.Errorf("the key file of --out must be a new one: %w", err)
			}
			return o.with(c, func(m *hsm.Module) error {
				keys, err := m.WriteKeyFile(f, over, cipher, size, args)
				if err = errors.Join(err, f.Close()); err != nil {
					return errors.Join(err, os.Remove(out))
				}
				return o.printKeys(c, keys)
			})
		},
	}
	o.moduleFlags(c)
	o.cipherFlag(c)
	c.Flags().StringVar(&transport, "transport", "", "wrapped transport key, - for standard input, @FILE for a file 传输密钥")
	c.Flags().StringVar(&out, "out", "", "key file to write 输出文件")
	c.Flags().IntVar(&size, "bytes", 16, "length of the keys: 16, or 24 of 3des 密钥长度（字节）")
	return c
}

func (o *keysOptions) fileReadCommand() *cobra.Command {
	var transport string
	c := &cobra.Command{
		Use: "read FILE", Short: "Take in the master keys of a key file 读入密钥文件", Args: cobra.ExactArgs(1),
		Long:    "Take in the master keys of a key file and print each wrapped for this installation, with its check value: all or none.",
		Example: "  yifen keys file read --config yifen.conf --transport @transport.wrapped keys.txt",
		RunE: func(c *cobra.Command, args []string) error {
			over, err := readWrapped(bufio.NewReader(c.InOrStdin()), transport, "transport key", "--transport")
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			return o.with(c, func(m *hsm.Module) error {
				keys, err := m.ReadKeyFile(over, f)
				if err != nil {
					return err
				}
				return o.printKeys(c, keys)
			})
		},
	}
	o.moduleFlags(c)
	c.Flags().StringVar(&transport, "transport", "", "wrapped transport key, - for standard input, @FILE for a file 传输密钥")
	return c
}

// printKeys prints a line per terminal: its number, its key wrapped for this installation, the check value.
func (o *keysOptions) printKeys(c *cobra.Command, keys []hsm.FileKey) error {
	type line struct {
		Terminal string `json:"terminal"`
		Wrapped  string `json:"wrapped"`
		KCV      string `json:"kcv"`
	}
	lines := make([]line, len(keys))
	for i, key := range keys {
		lines[i] = line{key.Terminal, upperHex(key.Master), upperHex(key.CheckValue)}
	}
	if o.json {
		return printJSON(c.OutOrStdout(), lines)
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(c.OutOrStdout(), l.Terminal, l.Wrapped, l.KCV); err != nil {
			return err
		}
	}
	return nil
}
