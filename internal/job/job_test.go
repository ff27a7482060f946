package job_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yifen-pay/yifen/internal/job"
)

// told is what a runner reported.
type told struct {
	did int
	err error
}

// bubble is what a test can do to a task that runs in fake time.
type bubble struct {
	stop func()
	wake chan<- struct{}
}

// pass lets time go by and waits until whatever it started is at rest.
func (bubble) pass(d time.Duration) {
	passed, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	<-passed.Done()
	synctest.Wait()
}

// run starts a task in a bubble of fake time, lets act do its part, and returns the reports and the log.
func run(t *testing.T, task job.Task, act func(bubble)) (reports []told, log string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var text bytes.Buffer
		runner := job.NewRunner(slog.New(slog.NewTextHandler(&text, nil)), func(name string, did int, err error) {
			mu.Lock()
			defer mu.Unlock()
			if name != task.Name {
				t.Errorf("reported as %q", name)
			}
			reports = append(reports, told{did, err})
		})
		ctx, cancel := context.WithCancel(t.Context())
		wake := make(chan struct{}, 1)
		task.Wake = wake
		runner.Start(ctx, task)
		synctest.Wait()
		act(bubble{cancel, wake})
		cancel()
		runner.Wait()
		log = text.String()
	})
	return reports, log
}

func TestRunner_runsAtOnceAndThenAtIntervals(t *testing.T) {
	var runs atomic.Int64
	reports, _ := run(t, job.Task{
		Name: "beat", Every: time.Minute, Run: func(context.Context) (int, error) { runs.Add(1); return 0, nil },
	}, func(b bubble) {
		if runs.Load() != 1 {
			t.Errorf("%d runs at the start", runs.Load())
		}
		b.pass(3*time.Minute + time.Second)
		if runs.Load() != 4 {
			t.Errorf("%d runs after three minutes", runs.Load())
		}
	})
	if len(reports) != 0 {
		t.Errorf("runs that did nothing were reported: %v", reports)
	}
}

// What is due in more than one look is done in one go, without waiting for the next interval.
func TestRunner_goesOnWhileThereIsWork(t *testing.T) {
	left := []int{64, 64, 3}
	var runs atomic.Int64
	reports, _ := run(t, job.Task{
		Name: "slices", Every: time.Hour, Run: func(context.Context) (int, error) {
			runs.Add(1)
			if len(left) == 0 {
				return 0, nil
			}
			did := left[0]
			left = left[1:]
			return did, nil
		},
	}, func(bubble) {
		if runs.Load() != 4 || len(left) != 0 {
			t.Errorf("%d runs, %v left", runs.Load(), left)
		}
	})
	if len(reports) != 3 || reports[0].did != 64 || reports[2].did != 3 {
		t.Errorf("reported %v", reports)
	}
}

func TestRunner_isWoken(t *testing.T) {
	var runs atomic.Int64
	run(t, job.Task{
		Name: "sleeper", Every: time.Hour, Run: func(context.Context) (int, error) { runs.Add(1); return 0, nil },
	}, func(b bubble) {
		b.wake <- struct{}{}
		synctest.Wait()
		if runs.Load() != 2 {
			t.Errorf("%d runs after it was woken", runs.Load())
		}
	})
}

// A task that panics or fails is tried again in its time, not at once, and brings nothing else down.
func TestRunner_survivesATaskThatFails(t *testing.T) {
	broken := errors.New("the disk is full")
	var runs atomic.Int64
	reports, log := run(t, job.Task{
		Name: "fragile", Every: time.Minute, Run: func(context.Context) (int, error) {
			switch runs.Add(1) {
			case 1:
				panic("a nil map")
			case 2:
				return 5, broken // work and a fault: no reason to run at once again
			}
			return 0, nil
		},
	}, func(b bubble) {
		if runs.Load() != 1 {
			t.Errorf("%d runs at the start", runs.Load())
		}
		b.pass(time.Minute + time.Second)
		if runs.Load() != 2 {
			t.Errorf("%d runs after a minute", runs.Load())
		}
		b.pass(time.Minute)
	})
	if runs.Load() != 3 || len(reports) != 2 {
		t.Fatalf("%d runs, reported %v", runs.Load(), reports)
	}
	if err := reports[0].err; err == nil || !strings.Contains(err.Error(), "a nil map") || !strings.Contains(err.Error(), "job_test.go") {
		t.Errorf("the panic was reported as %v, without its place", err)
	}
	if reports[1].did != 5 || !errors.Is(reports[1].err, broken) {
		t.Errorf("the fault was reported as %v", reports[1])
	}
	if strings.Count(log, "job failed") != 2 || !strings.Contains(log, "job=fragile") {
		t.Errorf("the log says\n%s", log)
	}
}

// A stop waits for the run under way, and an error that only says so is not logged.
func TestRunner_stopsAfterTheRunUnderWay(t *testing.T) {
	ended := false
	_, log := run(t, job.Task{
		Name: "long", Every: time.Hour, Run: func(ctx context.Context) (int, error) {
			<-ctx.Done()
			away, cancel := context.WithTimeout(context.Background(), time.Second) // of the bubble: what it puts away
			defer cancel()
			<-away.Done()
			ended = true
			return 0, ctx.Err()
		},
	}, func(b bubble) { b.stop() })
	if !ended {
		t.Error("the stop did not wait")
	}
	if log != "" {
		t.Errorf("the stop was logged as a fault: %s", log)
	}
}

// A task that always has work ends with its context too.
func TestRunner_stopsATaskThatNeverRestsByItself(t *testing.T) {
	var runs atomic.Int64
	run(t, job.Task{
		Name: "busy", Every: time.Hour, Run: func(ctx context.Context) (int, error) {
			if runs.Add(1) == 10 {
				<-ctx.Done()
			}
			return 1, nil
		},
	}, func(b bubble) { b.stop() })
	if runs.Load() != 10 {
		t.Errorf("%d runs", runs.Load())
	}
}

func TestRunner_needsNoReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		did := false
		runner := job.NewRunner(slog.New(slog.DiscardHandler), nil)
		ctx, cancel := context.WithCancel(t.Context())
		runner.Start(ctx, job.Task{Name: "quiet", Every: time.Hour, Run: func(context.Context) (int, error) {
			if did {
				return 0, nil
			}
			did = true
			return 1, nil
		}})
		synctest.Wait()
		cancel()
		runner.Wait()
		if !did {
			t.Error("it never ran")
		}
	})
}
