package main

import (
	"bufio"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/hsm"
)

func (o *keysOptions) checkCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "kcv WRAPPED", Short: "The check value of a wrapped key, and what it is for 已加密密钥的校验值", Args: cobra.ExactArgs(1),
		Example: "  yifen keys kcv --config yifen.conf 0201014500…\n  yifen keys kcv --config yifen.conf @tmk.wrapped",
		RunE: func(c *cobra.Command, args []string) error {
			wrapped, err := readWrapped(bufio.NewReader(c.InOrStdin()), args[0], "wrapped key", "an argument")
			if err != nil {
				return err
			}
			return o.with(c, func(m *hsm.Module) error {
				kcv, err := m.CheckValue(wrapped)
				if err != nil {
					return err
				}
				use, cipher, export, err := m.Use(wrapped)
				if err != nil {
					return err
				}
				return o.print(c, result{"kcv", upperHex(kcv)}, result{"use", use.String()}, result{"cipher", cipher.String()},
					result{"exportability", string(rune(export))})
			})
		},
	}
	o.moduleFlags(c)
	return c
}

func (o *keysOptions) exportCommand() *cobra.Command {
	var kbpk string
	var e hsm.Export
	var exportability string
	c := &cobra.Command{
		Use: "export WRAPPED", Short: "Write a wrapped key as a key block of TR-31 导出为 TR-31 密钥块", Args: cobra.ExactArgs(1),
		Long: `Write a wrapped key as a key block of TR-31 (X9.143) under a protection key, which both parties hold and which was
wrapped with --use block-protection. A key that came as not exportable is refused.`,
		Example: "  yifen keys export --config yifen.conf --kbpk @kbpk.wrapped @tmk.wrapped",
		RunE: func(c *cobra.Command, args []string) error {
			in := bufio.NewReader(c.InOrStdin())
			protection, err := readWrapped(in, kbpk, "protection key", "--kbpk")
			if err != nil {
				return err
			}
			wrapped, err := readWrapped(in, args[0], "wrapped key", "an argument")
			if err != nil {
				return err
			}
			if len(exportability) == 1 {
				e.Exportability = hsm.Exportability(exportability[0])
			} else if exportability != "" {
				return hsm.ErrNotExportable
			}
			return o.with(c, func(m *hsm.Module) error {
				block, err := m.ExportKey(protection, wrapped, e)
				if err != nil {
					return err
				}
				kcv, err := m.CheckValue(wrapped)
				if err != nil {
					return err
				}
				return o.print(c, result{"block", block}, result{"kcv", upperHex(kcv)})
			})
		},
	}
	o.moduleFlags(c)
	c.Flags().StringVar(&kbpk, "kbpk", "", "wrapped protection key, - for standard input, @FILE for a file 密钥块保护密钥")
	c.Flags().StringVar(&e.Usage, "usage", "", "usage in the block, where the key has several: M1 or M3 of a MAC key 用途代码")
	c.Flags().StringVar(&e.KeyVersion, "key-version", "", "version of the key, two characters (default 00) 密钥版本")
	c.Flags().StringVar(&exportability, "exportability", "", "N lets the other party export it no further (default: as the key came) 可导出性")
	return c
}

func (o *keysOptions) importCommand() *cobra.Command {
	var kbpk string
	c := &cobra.Command{
		Use: "import BLOCK", Short: "Take in the key of a key block of TR-31 导入 TR-31 密钥块", Args: cobra.ExactArgs(1),
		Long: `Take in the key of a key block of TR-31 (X9.143) for one use, and print it wrapped, with its check value. The block must
be for that use; a key that is not exportable stays so.`,
		Example: "  yifen keys import --config yifen.conf --kbpk @kbpk.wrapped --use master D0112K0TB00E0000…",
		RunE: func(c *cobra.Command, args []string) error {
			use, err := hsm.ParseUse(o.use)
			if err != nil {
				return err
			}
			in := bufio.NewReader(c.InOrStdin())
			protection, err := readWrapped(in, kbpk, "protection key", "--kbpk")
			if err != nil {
				return err
			}
			block, err := given(in, args[0], "", "key block", "an argument")
			if err != nil {
				return err
			}
			return o.with(c, func(m *hsm.Module) error {
				wrapped, kcv, err := m.ImportKey(protection, block, use)
				if err != nil {
					return err
				}
				return o.print(c, result{"wrapped", upperHex(wrapped)}, result{"kcv", upperHex(kcv)})
			})
		},
	}
	o.moduleFlags(c)
	c.Flags().StringVar(&kbpk, "kbpk", "", "wrapped protection key, - for standard input, @FILE for a file 密钥块保护密钥")
	c.Flags().StringVar(&o.use, "use", hsm.UseMaster.String(), "what the key is for: master, pin, mac, track, network-pin, network-mac or block-protection 用途")
	return c
}
