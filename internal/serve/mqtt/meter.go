package mqtt

import "github.com/prometheus/client_golang/prometheus"

// Meter measures the door for speakers.
type Meter struct {
	connected     prometheus.Gauge
	said, dropped prometheus.Counter
	refused       *prometheus.CounterVec
}

// NewMeter returns a meter that r shows.
func NewMeter(r prometheus.Registerer) *Meter {
	m := &Meter{
		connected: prometheus.NewGauge(prometheus.GaugeOpts{Name: "yifen_speakers_connected", Help: "Speakers that are connected."}),
		said:      prometheus.NewCounter(prometheus.CounterOpts{Name: "yifen_speaker_messages_total", Help: "Announcements that were sent to speakers."}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yifen_speaker_messages_dropped_total", Help: "Announcements that a speaker did not take in time to be worth saying.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yifen_speakers_refused_total", Help: "Connections of speakers that were not let in.",
		}, []string{"why"}),
	}
	r.MustRegister(m.connected, m.said, m.dropped, m.refused)
	return m
}
