package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/world"
)

// crashAtEnv names the point at which a demo kills itself, for the crash proofs.
const crashAtEnv = "YIFEN_CRASH_AT"

func proveCommand() *cobra.Command {
	var long bool
	var out string
	c := &cobra.Command{
		Use:   "prove",
		Short: "Kill the server at every named point and prove that nothing is lost, doubled or left unknown",
		Long: "Kill the server with SIGKILL at every named point of a sale, void, refund and reversal, start it again, and hold its books\n" +
			"against the invariants, the card network's and the terminal's. --long does each point 20 times per engine and writes the\n" +
			"figures to --out. PostgreSQL is used when its programs are installed.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			times := 1
			if long {
				times = 20
			}
			report, err := world.ProveCrashes(c.Context(), times, demoServer, func(s string) { fmt.Fprintln(os.Stderr, s) })
			if err != nil {
				return err
			}
			text := report.Markdown()
			if long {
				if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
					return err
				}
				if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
					return err
				}
			}
			fmt.Print(text)
			if report.Failed() {
				return exitCode(1)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&long, "long", false, "each point 20 times per engine, and write the figures")
	c.Flags().StringVar(&out, "out", "docs/faults.md", "where --long writes the figures")
	return c
}

// demoServer returns a command that runs this program as a demo that dies at a point.
func demoServer(o world.DemoOptions, crashAt string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	args := []string{
		"demo", "--quick", "--external-network", "--dir", o.Dir, "--db", o.Database, "--http", o.HTTP, "--iso", o.ISO, "--network", o.Network,
		"--network-timeout", o.Timeout.String(), "--recover-after", o.RecoverAfter.String(),
		"--recover-every", o.RecoverEvery.String(), "--load-terminals", strconv.Itoa(o.Terminals),
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), crashAtEnv+"="+crashAt)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c.WaitDelay = 5 * time.Second
	return c
}
