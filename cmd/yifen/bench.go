package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
			leave, err := prepareBench(&o.Demo, &o.Progress)
			if err != nil {
				return err
			}
			defer leave()
			report, err := world.RunLoad(c.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(os.Stdout, report)
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
	c.AddCommand(sale, benchCodesCommand(), benchDoorCommand(), strangersCommand())
	return c
}

func benchCodesCommand() *cobra.Command {
	var o world.CodesOptions
	var asJSON bool
	c := &cobra.Command{
		Use:   "codes",
		Short: "Take payments by code and print what they cost",
		Long: "Start the platform with its wallets, make codes that are scanned and paid, sell by card and by another wallet while one wallet\n" +
			"never answers, and let codes wait that nobody pays. Own times are without the wallet's. The books are proved afterwards.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			leave, err := prepareBench(&o.Demo, &o.Progress)
			if err != nil {
				return err
			}
			defer leave()
			r, err := world.RunCodes(c.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(os.Stdout, r)
			}
			line := func(name string, f world.CodesFigures) {
				fmt.Printf("%-44s p50 %s  p99 %s  max %s  (%d)\n", name, ms(f.P50), ms(f.P99), ms(f.Max), f.Count)
			}
			line("a code is made, own time", r.Created)
			line("a notification is taken", r.Noticed)
			line("card sales, all wallets answer", r.CardsBefore)
			line("card sales, one wallet never answers", r.CardsBeside)
			line("codes of Alipay, own time, all answer", r.CodesBefore)
			line("codes of Alipay, own time, WeChat never does", r.CodesBeside)
			fmt.Printf("a silent wallet makes the p99 of cards %.2f times, of another wallet's codes %.2f times\n",
				ratio(r.CardsBeside.P99, r.CardsBefore.P99), ratio(r.CodesBeside.P99, r.CodesBefore.P99))
			fmt.Printf("%d codes that wait: heap +%.1f MiB with the simulated wallet's books, asked about %.1f times a second, %d in the fullest\n",
				o.Waiting, float64(r.WaitingHeap)/(1<<20), r.AskedAverage, r.AskedMost)
			fmt.Printf("%d paid, %d failed; the books are clean: %t\n", r.Paid, r.Failed, r.Clean)
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&o.Rate, "rate", 200, "codes a second")
	f.IntVar(&o.Cards, "cards", 100, "card sales a second beside a wallet that never answers")
	f.IntVar(&o.Waiting, "waiting", 10000, "codes that nobody pays")
	f.DurationVar(&o.Duration, "time", 10*time.Second, "how long each measurement takes")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// ratio is one time in terms of another.
func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

func benchDoorCommand() *cobra.Command {
	var o world.DoorOptions
	var asJSON bool
	c := &cobra.Command{
		Use:   "door",
		Short: "Crowd the terminals' door and print what an echo takes",
		Long: "Start the platform, measure an echo alone, then with terminals at rest and at work, then with strangers besides who hold\n" +
			"sockets open and send nothing, or a byte every ten seconds.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			leave, err := prepareBench(&o.Demo, &o.Progress)
			if err != nil {
				return err
			}
			defer leave()
			o.Crowd = crowd
			r, err := world.RunDoor(c.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(os.Stdout, r)
			}
			for _, row := range []struct {
				name string
				f    world.DoorFigures
			}{{"alone", r.Alone}, {"terminals", r.Working}, {"and strangers", r.Crowded}} {
				fmt.Printf("%-14s echo p50 %s  p99 %s  max %s  (%d echoes, process %d MiB)\n",
					row.name, ms(row.f.P50), ms(row.f.P99), ms(row.f.Max), row.f.Echoes, row.f.RSS>>20)
			}
			fmt.Printf("terminals add %.2f ms to the p99, strangers make it %.2f times that; %d sockets, %d sales, %d failed\n",
				r.Added, r.Ratio, r.Sockets, r.Sales, r.Failed)
			if r.Strained != "" {
				fmt.Println("these figures say little: " + r.Strained)
			}
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&o.Idle, "idle", 2000, "terminals at rest")
	f.IntVar(&o.Busy, "busy", 500, "terminals at work")
	f.IntVar(&o.Rate, "rate", 250, "sales a second of the terminals at work, together")
	f.IntVar(&o.Strangers, "strangers", 10000, "sockets that never send a whole message")
	f.DurationVar(&o.Duration, "time", 10*time.Second, "how long each measurement takes")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// prepareBench gives a measurement a directory of its own, free ports where none are set, and a voice.
func prepareBench(o *world.DemoOptions, progress *func(string)) (leave func(), err error) {
	dir, err := os.MkdirTemp("", "yifen-bench")
	if err != nil {
		return nil, err
	}
	o.Dir = filepath.Join(dir, "data")
	for _, address := range []*string{&o.HTTP, &o.ISO, &o.Network, &o.Bench, &o.Printer} {
		*address = cmp.Or(*address, "127.0.0.1:0")
	}
	*progress = func(s string) { fmt.Fprintln(os.Stderr, s) }
	return func() { os.RemoveAll(dir) }, nil
}

// crowd starts the strangers in a process of their own: sockets count as files, and one process may not have as many
// as both ends need.
func crowd(ctx context.Context, address string, n int) (leave func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, self, "bench", "strangers", address, strconv.Itoa(n))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	leave = func() {
		in.Close()
		_ = c.Wait()
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		leave()
		return nil, fmt.Errorf("the strangers did not come: %w", err)
	}
	return leave, nil
}

func strangersCommand() *cobra.Command {
	return &cobra.Command{
		Use: "strangers ADDRESS N", Short: "Hold sockets open that never send a whole message, until input ends", Hidden: true,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			host, _, err := net.SplitHostPort(args[0])
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				return errors.New("strangers come to a loopback address only, such as 127.0.0.1:8583")
			}
			n, err := strconv.Atoi(args[1])
			if err != nil || n < 1 || n > 20_000 {
				return errors.New("the number of strangers is 1 to 20000")
			}
			return world.ServeStrangers(c.Context(), args[0], n, os.Stdin, os.Stdout)
		},
	}
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
