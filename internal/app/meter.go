package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/rail/cardnet"
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

// watch registers what is read when it is asked for.
func (m *storeMeter) watch(r prometheus.Registerer, s *store.Store, now func() time.Time) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yifen_outcomes_open", Help: "Requests to rails without an outcome, or still to be repeated.",
	}, func() float64 {
		open, _, err := s.OpenSince(context.Background())
		if err != nil {
			return -1
		}
		return float64(open)
	}), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yifen_outcomes_oldest_seconds", Help: "Age of the oldest request without an outcome.",
	}, func() float64 {
		open, oldest, err := s.OpenSince(context.Background())
		if err != nil || open == 0 {
			return 0
		}
		return now().Sub(oldest.Time()).Seconds()
	}))
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

// railMeter measures the card network leg.
type railMeter struct {
	sent     *prometheus.CounterVec
	answered *prometheus.HistogramVec
	dropped  *prometheus.CounterVec
	late     prometheus.Counter
	up       prometheus.Gauge
}

func newRailMeter(r prometheus.Registerer) *railMeter {
	m := &railMeter{
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_rail_sent_total", Help: "Requests sent to the card network."}, []string{"kind"}),
		answered: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yifen_rail_seconds", Help: "Time to the card network's answer, silence included.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 25}}, []string{"kind", "outcome"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_rail_dropped_total", Help: "Answers that were not taken, by reason."}, []string{"reason"}),
		late: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yifen_rail_late_total", Help: "Answers that came after their request was given up."}),
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yifen_rail_connections", Help: "Signed-on connections to the card network."}),
	}
	r.MustRegister(m.sent, m.answered, m.dropped, m.late, m.up)
	return m
}

var outcomeWords = map[payment.Outcome]string{
	payment.Silent: "silent", payment.Yes: "yes", payment.No: "no", payment.NotSent: "not_sent",
}

// observe returns the rail's hooks; point, when set, is told when a request is on its way.
func (m *railMeter) observe(point func(string)) cardnet.Observe {
	return cardnet.Observe{
		Sent: func(kind payment.Kind) {
			m.sent.WithLabelValues(string(kind)).Inc()
			if point != nil {
				point(string(kind) + ".after_send")
			}
		},
		Answered: func(kind payment.Kind, outcome payment.Outcome, took time.Duration) {
			m.answered.WithLabelValues(string(kind), outcomeWords[outcome]).Observe(took.Seconds())
		},
		Dropped:   func(why cardnet.DropReason) { m.dropped.WithLabelValues(string(why)).Inc() },
		Late:      m.late.Inc,
		Connected: m.up.Inc,
		Lost:      m.up.Dec,
	}
}
