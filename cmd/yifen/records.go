package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/world"
)

// recordFlags adds the flags that say where the records lie.
func recordFlags(c *cobra.Command) (target func() string) {
	dir := c.Flags().String("dir", "./yifen-demo", "directory of the embedded database")
	db := c.Flags().String("db", "", "PostgreSQL address, instead of --dir")
	return func() string {
		if *db != "" {
			return *db
		}
		return *dir
	}
}

func verifyCommand() *cobra.Command {
	var target func() string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Recompute the invariants on a live or stopped installation",
		Long: "Recompute the invariants from the rows and print each with its figure and, where one fails, the rows. Exits 0 only when\n" +
			"all hold. 核对账目：逐条重算不变式，全部成立才返回 0。",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var checks []world.Check
			clean, err := app.Verify(c.Context(), target(), func(check world.Check) {
				checks = append(checks, check)
				if !asJSON {
					printCheck(check)
				}
			})
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(os.Stdout)
				enc.SetIndent("", "  ")
				if err := enc.Encode(checks); err != nil {
					return err
				}
			}
			if !clean {
				if !asJSON {
					fmt.Println("\nNOT clean: the rows above break an invariant. 账目有误，见上。")
				}
				return exitCode(1)
			}
			if !asJSON {
				fmt.Println("\nclean: every invariant holds. 一分不差。")
			}
			return nil
		},
	}
	target = recordFlags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func printCheck(c world.Check) {
	mark := "ok  "
	if !c.Holds() {
		mark = "FAIL"
	}
	fmt.Printf("%s %-4s %s (%s)\n", mark, c.Invariant, c.Claim, c.Figure)
	for _, r := range c.Rows {
		fmt.Printf("          %s\n", r)
	}
}

func suspenseCommand() *cobra.Command {
	var target func() string
	var asJSON bool
	c := &cobra.Command{
		Use:   "suspense",
		Short: "List what terminals uploaded and the books do not know, or know otherwise",
		Long: "List the lines of batch uploads that wait for a person: nothing was moved for them.\n" +
			"列出终端上送、账上没有或不一致的明细，等待人工处理。",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			enc, n := json.NewEncoder(os.Stdout), 0
			err := app.Suspense(c.Context(), target(), func(l world.SuspenseLine) {
				n++
				if asJSON {
					enc.Encode(l)
					return
				}
				fmt.Printf("%s  %s  batch %d  trace %06d  %-20s %12s  %s\n", l.At, l.Terminal, l.Batch, l.Trace, l.Masked,
					fmt.Sprintf("%d.%02d", l.Fen/100, l.Fen%100), l.Finding)
			})
			if err == nil && n == 0 && !asJSON {
				fmt.Println("nothing is in suspense. 没有挂账明细。")
			}
			return err
		},
	}
	target = recordFlags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "a JSON object a line")
	return c
}

func backupCommand() *cobra.Command {
	var target func() string
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a snapshot of a live or stopped installation into one file",
		Long: "Write a snapshot into one compressed file, which yifen restore reads into either engine. Card numbers and keys in it are\n" +
			"encrypted under the key-encryption key, which is not in it: keep that apart, the backup is useless without.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			rows, err := app.Backup(c.Context(), target(), args[0], progress)
			if err == nil {
				fmt.Printf("%d rows in %s\n", rows, args[0])
			}
			return err
		},
	}
	target = recordFlags(c)
	return c
}

func restoreCommand() *cobra.Command {
	var target func() string
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Read a backup into an empty directory or database, and verify it",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			rows, err := app.Restore(c.Context(), target(), f, progress)
			if err != nil {
				return err
			}
			fmt.Printf("%d rows restored\n", rows)
			clean, err := app.Verify(c.Context(), target(), printCheck)
			if err == nil && !clean {
				err = exitCode(1)
			}
			return err
		},
	}
	target = recordFlags(c)
	return c
}

func progress(table string, rows int64) { fmt.Fprintf(os.Stderr, "%-16s %d\n", table, rows) }
