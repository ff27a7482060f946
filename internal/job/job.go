// Package job runs what is due: again and again, at intervals or when woken, one run of a task at a
// time. It knows no business: what a task does, and what keeps two nodes from doing it twice, is the
// task's own affair (each claims its work by a step).
package job

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Task is something that is done again and again.
type Task struct {
	Name  string
	Every time.Duration
	// Wake, when set, starts a run at once.
	Wake <-chan struct{}
	// Run does what is due. It returns how much it did; more than nothing runs it again at once.
	Run func(context.Context) (int, error)
}

// Report is told of every run that did something or failed.
type Report func(task string, did int, err error)

// Runner runs tasks until its context ends.
type Runner struct {
	logger  *slog.Logger
	report  Report
	running sync.WaitGroup
}

// NewRunner returns a runner. report may be nil.
func NewRunner(logger *slog.Logger, report Report) *Runner {
	if report == nil {
		report = func(string, int, error) {}
	}
	return &Runner{logger: logger, report: report}
}

// Start runs a task in the background until ctx ends.
func (r *Runner) Start(ctx context.Context, t Task) {
	r.running.Go(func() {
		tick := time.NewTicker(t.Every)
		defer tick.Stop()
		for {
			did, err := r.once(ctx, t)
			if did > 0 && err == nil && ctx.Err() == nil {
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			case <-t.Wake:
			}
		}
	})
}

// Wait returns when every task has ended.
func (r *Runner) Wait() { r.running.Wait() }

// once runs a task; a panic of it is an error of this run, and the next run comes in its time.
func (r *Runner) once(ctx context.Context, t Task) (did int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if err != nil && ctx.Err() == nil {
			r.logger.Error("job failed, it will be tried again", "job", t.Name, "error", err)
		}
		if did > 0 || err != nil {
			r.report(t.Name, did, err)
		}
	}()
	return t.Run(ctx)
}
