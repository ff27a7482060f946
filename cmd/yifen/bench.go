package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/world"
)

func benchCommand() *cobra.Command {
	c := &cobra.Command{Use: "bench", Short: "Measure the platform on this machine"}
	var o world.LoadOptions
	var asJSON bool
	sale := &cobra.Command{
		Use:   "sale",
		Short: "Sell over real sockets at a fixed rate and print a latency histogram",
		Long: "Start the platform, the card network simulator and a load generator on this machine, offer sales at a fixed rate\n" +
			"(open-loop: a sale's time counts from when it was due), then measure the store's bare step rate in the same run and\n" +
			"prove the books.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "yifen-bench")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			o.Demo.Dir = filepath.Join(dir, "data")
			o.Progress = func(s string) { fmt.Fprintln(os.Stderr, s) }
			report, err := world.RunLoad(c.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(os.Stdout)
				enc.SetIndent("", "  ")
				return enc.Encode(report)
			}
			printLoad(report)
			if !report.Clean {
				return exitCode(1)
			}
			return nil
		},
	}
	f := sale.Flags()
	f.IntVar(&o.Rate, "rate", 1500, "sales a second that are offered")
	f.DurationVar(&o.Duration, "time", 10*time.Second, "how long")
	f.IntVar(&o.Terminals, "terminals", 256, "terminals that sell")
	f.StringVar(&o.Demo.Database, "db", "", "PostgreSQL address of an empty database, instead of the embedded engine")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	for flag, target := range map[string]*string{"http": &o.Demo.HTTP, "iso": &o.Demo.ISO, "network": &o.Demo.Network} {
		f.StringVar(target, flag, "127.0.0.1:0", "address, a free port by default")
	}
	o.Demo.Bench, o.Demo.Printer = "127.0.0.1:0", "127.0.0.1:0"
	c.AddCommand(sale)
	return c
}

func printLoad(r world.LoadReport) {
	fmt.Printf("engine %s, %d sales offered a second\n", r.Engine, r.Offered)
	fmt.Printf("  %d sales, %.0f a second, %d failed, %.2f steps a sale\n", r.Sales, r.Achieved, r.Failed, r.CommitsSale)
	fmt.Printf("  latency p50 %s  p90 %s  p99 %s  p99.9 %s  max %s\n", ms(r.P50), ms(r.P90), ms(r.P99), ms(r.P999), ms(r.Max))
	fmt.Printf("  disk: a 4 KiB write and fsync p50 %s  p99 %s\n", ms(r.SyncP50), ms(r.SyncP99))
	fmt.Printf("  bare steps a second: 1 caller %.0f, 64 callers %.0f (%.1f times)\n", r.StepOne, r.StepRate, r.StepRate/r.StepOne)
	fmt.Printf("  the sales over sockets use %.0f %% of the bare step rate\n", 100*r.Ratio)
	if r.Clean {
		fmt.Println("  every invariant holds")
	} else {
		fmt.Println("  an invariant is broken")
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
