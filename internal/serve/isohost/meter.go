package isohost

import "github.com/prometheus/client_golang/prometheus"

// Meter counts what the host does. Labels are bounded: never a terminal, merchant or card.
type Meter struct {
	Connections prometheus.Gauge
	// Refused counts what never became a request: short, long, truncated, frame, format, mac …
	Refused *prometheus.CounterVec
	// Answers counts answers by message type and field 39.
	Answers *prometheus.CounterVec
	// Repeats counts requests that came again and got the recorded answer.
	Repeats prometheus.Counter
	// Unsent counts answers that no longer reached the terminal.
	Unsent prometheus.Counter
	// Took measures requests from frame to answer, in seconds, by message type.
	Took *prometheus.HistogramVec
}

// NewMeter returns a meter, registered when r is not nil.
func NewMeter(r prometheus.Registerer) *Meter {
	m := &Meter{
		Connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yifen_terminal_connections", Help: "Open sockets of terminals."}),
		Refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_terminal_refused_total", Help: "What terminals sent that never became a request, by reason."},
			[]string{"reason"}),
		Answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_terminal_answers_total", Help: "Answers to terminals by message type and field 39."},
			[]string{"mti", "code"}),
		Repeats: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yifen_terminal_repeats_total", Help: "Requests that came again and got the recorded answer."}),
		Unsent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yifen_terminal_unsent_total", Help: "Answers that could not be written to the terminal."}),
		Took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yifen_terminal_seconds", Help: "Time from frame to answer.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60}},
			[]string{"mti"}),
	}
	if r != nil {
		r.MustRegister(m.Connections, m.Refused, m.Answers, m.Repeats, m.Unsent, m.Took)
	}
	return m
}
