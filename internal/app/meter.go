package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yifen-pay/yifen/internal/store"
)

// storeMeter measures the gate.
type storeMeter struct {
	commits prometheus.Histogram
	steps   prometheus.Counter
	rows    prometheus.Counter
}

func newStoreMeter(r prometheus.Registerer) *storeMeter {
	m := &storeMeter{
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yifen_store_commit_seconds", Help: "Time from loading a batch to its commit.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5}}),
		steps: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yifen_store_steps_total", Help: "Steps run."}),
		rows: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yifen_store_rows_total", Help: "Rows written."}),
	}
	r.MustRegister(m.commits, m.steps, m.rows)
	return m
}

func (m *storeMeter) observe(b store.Batch) {
	m.steps.Add(float64(b.Steps))
	m.rows.Add(float64(b.Rows))
	if b.Rows > 0 {
		m.commits.Observe(b.Took.Seconds())
	}
}

func (m *storeMeter) watch(r prometheus.Registerer, s *store.Store) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yifen_store_waiting", Help: "Steps that wait for a commit.",
	}, func() float64 { return float64(s.Waiting()) }))
}

// jobMeter counts what jobs did.
type jobMeter struct {
	done   *prometheus.CounterVec
	failed *prometheus.CounterVec
}

func newJobMeter(r prometheus.Registerer) *jobMeter {
	m := &jobMeter{
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_job_done_total", Help: "Things that jobs did."}, []string{"job"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_job_failed_total", Help: "Runs of jobs that failed."}, []string{"job"}),
	}
	r.MustRegister(m.done, m.failed)
	return m
}

func (m *jobMeter) report(task string, did int, err error) {
	m.done.WithLabelValues(task).Add(float64(did))
	if err != nil {
		m.failed.WithLabelValues(task).Inc()
	}
}
