package event

import (
	"encoding/json"
	"time"
)

// Message is an event as it is told to the outside: in the stream of events and to webhooks alike.
type Message struct {
	ID       string          `json:"id,omitempty" doc:"Names the event. The same event has the same id when it is told again."`
	Kind     string          `json:"kind" doc:"noun.state: terminal.active, sale.captured; resync: some events were missed, read anew what you show."`
	Subject  string          `json:"subject,omitempty" doc:"The record that it is about."`
	Merchant string          `json:"merchant,omitempty"`
	At       *time.Time      `json:"at,omitempty"`
	Body     json.RawMessage `json:"body,omitempty" doc:"What there is to say, by kind."`
}

// JSON returns the event as it is told, on one line.
func (e Event) JSON() ([]byte, error) {
	at := e.At.Time()
	m := Message{ID: e.ID, Kind: e.Kind, Subject: e.Subject, Merchant: e.Merchant, At: &at}
	if json.Valid([]byte(e.Body)) {
		m.Body = json.RawMessage(e.Body)
	}
	return json.Marshal(m)
}
