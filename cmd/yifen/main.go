// Command yifen takes payments: one program for the demo, the server, a card terminal in software, the
// proof of the books and the bench tools of a terminal engineer.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// gcPercent trades a few megabytes for time: the live heap of a busy server is small, and collecting it at
// every doubling costs a tenth of the throughput. GOGC in the environment overrules it.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:           "yifen",
		Short:         "一分不差: a POS acquiring and merchant-payment platform",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		demoCommand(), serveCommand(), adminCommand(), simulateCommand(), configCommand(),
		verifyCommand(), suspenseCommand(), backupCommand(), restoreCommand(), benchCommand(), proveCommand(), keysCommand(),
		terminalCommand(), frameCommand(), calcCommand(),
	)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
	case errors.As(err, &code):
		os.Exit(int(code))
	default:
		fmt.Fprintln(os.Stderr, "yifen:", err)
		os.Exit(2)
	}
}

// exitCode ends the program with a code; what there is to say was said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }
