package world

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/store/pgtest"
)

// CrashReport is what a series of crash proofs came to.
type CrashReport struct {
	Engines []CrashSeries
	Times   int
	When    time.Time
}

// CrashSeries is the proofs on one engine.
type CrashSeries struct {
	Engine  string
	Results map[string][]CrashResult // by point
	Faults  []string
}

// Failed tells whether any proof found something.
func (r CrashReport) Failed() bool {
	for _, e := range r.Engines {
		if len(e.Faults) > 0 {
			return true
		}
	}
	return false
}

// ProveCrashes kills the server at every point, a number of times, on every engine that is installed.
func ProveCrashes(ctx context.Context, times int, server func(DemoOptions, string) *exec.Cmd, progress func(string)) (CrashReport, error) {
	report := CrashReport{Times: times, When: time.Now()}
	embedded, err := proveSeries(ctx, "SQLite", times, server, progress, func(int) (string, error) { return "", nil })
	if err != nil {
		return report, err
	}
	report.Engines = append(report.Engines, embedded)
	pg, err := pgtest.Start("")
	if err != nil {
		progress("PostgreSQL is left out: " + err.Error())
		return report, nil
	}
	defer pg.Stop()
	shared, err := proveSeries(ctx, "PostgreSQL", times, server, progress, func(n int) (string, error) {
		return pg.Create(ctx, fmt.Sprintf("proof%d", n))
	})
	report.Engines = append(report.Engines, shared)
	return report, err
}

func proveSeries(ctx context.Context, engine string, times int, server func(DemoOptions, string) *exec.Cmd, progress func(string),
	database func(int) (string, error),
) (CrashSeries, error) {
	s := CrashSeries{Engine: engine, Results: map[string][]CrashResult{}}
	for n, point := range CrashPoints() {
		for i := range times {
			if ctx.Err() != nil {
				return s, ctx.Err()
			}
			dir, err := os.MkdirTemp("", "yifen-proof")
			if err != nil {
				return s, err
			}
			dsn, err := database(n*times + i)
			if err != nil {
				return s, err
			}
			result, err := CrashProof{Point: point, Dir: dir, Database: dsn, Server: server}.Run(ctx)
			os.RemoveAll(dir)
			if err != nil {
				s.Faults = append(s.Faults, err.Error())
				progress(engine + ": " + err.Error())
				continue
			}
			s.Results[point] = append(s.Results[point], result)
		}
		progress(fmt.Sprintf("%s: %s, %d of %d hold", engine, point, len(s.Results[point]), times))
	}
	return s, nil
}

// Markdown writes the report for docs/faults.md.
func (r CrashReport) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Faults: what was killed, and what was found\n\nWritten by `yifen prove --long` on %s: %s, %d processors.\n\n", r.When.Format("2006-01-02"), runtime.Version(), runtime.NumCPU())
	fmt.Fprint(&b, "Each line is one point of a request at which the server was killed with SIGKILL and started again. Afterwards every invariant of\n"+
		"`yifen verify` must hold, the takings must equal the card network's, the terminal's batch must balance, and no outcome may be\nunknown. "+
		"The network's time-out is shortened to 0.4 s and the recovery to 0.7 s, so that the figures show yifen's own time.\n\n")
	for _, e := range r.Engines {
		fmt.Fprintf(&b, "## %s\n\n| killed at | held | first sale after the kill, median (longest) | every outcome known after the restart, median (longest) |\n|---|---|---|---|\n", e.Engine)
		for _, point := range CrashPoints() {
			results := e.Results[point]
			fmt.Fprintf(&b, "| %s | %d of %d | %s | %s |\n", point, len(results), r.Times,
				spread(results, func(c CrashResult) time.Duration { return c.Restart }),
				spread(results, func(c CrashResult) time.Duration { return c.Known }))
		}
		fmt.Fprintf(&b, "\nFound: %d\n\n", len(e.Faults))
		for _, f := range e.Faults {
			fmt.Fprintf(&b, "- %s\n", f)
		}
	}
	return b.String()
}

func spread(results []CrashResult, of func(CrashResult) time.Duration) string {
	if len(results) == 0 {
		return "-"
	}
	list := make([]time.Duration, len(results))
	for i, r := range results {
		list[i] = of(r)
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return fmt.Sprintf("%.2f s (%.2f s)", list[len(list)/2].Seconds(), list[len(list)-1].Seconds())
}
