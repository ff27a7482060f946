package terminal

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// ConditionTable is where the last report of each terminal on itself lies.
const ConditionTable step.Table = "terminal_condition"

// Severity is how much a finding matters.
type Severity string

// The severities.
const (
	Good    Severity = "good"
	Warning Severity = "warning"
	Blocks  Severity = "blocks"
)

// Finding is one thing that a terminal says of itself.
type Finding struct {
	Part     string   `json:"part"` // "printer", "reader", …
	Severity Severity `json:"severity"`
	Word     string   `json:"word"` // up to 99 characters of ASCII: "paper_out"
}

// Condition is what a terminal last said of itself.
type Condition struct {
	Terminal string
	Bucket   id.Bucket
	Findings string // JSON of []Finding
	Worst    Severity
	At       calendar.Instant
}

// Key returns the row's key.
func (c Condition) Key() step.Key { return ConditionKey(c.Terminal) }

// Wear is how often the moving parts of a terminal were used: its stripe reader, its chip reader, its antenna.
type Wear struct {
	Swipes, Inserts, Taps int64
}

// ConditionKey names the condition of a terminal.
func ConditionKey(terminal string) step.Key {
	return step.Key{Table: ConditionTable, Bucket: id.MustBucket(terminal), ID: terminal}
}

// Report records what a terminal says of itself. What became worse or better is told.
func (s *Service) Report(ctx context.Context, t Terminal, findings []Finding) error {
	raw, err := json.Marshal(findings)
	if err != nil {
		return err
	}
	c := Condition{Terminal: t.ID, Bucket: t.Bucket, Findings: string(raw), Worst: Good, At: calendar.At(s.now())}
	for _, f := range findings {
		if f.Severity == Blocks || f.Severity == Warning && c.Worst == Good {
			c.Worst = f.Severity
		}
	}
	trail, told := s.ids.New("aud_", t.Bucket), s.ids.New("evt_", t.Bucket)
	return s.gate.Do(ctx, step.Step{
		Name: "terminal.report", Class: step.Staff, Keys: []step.Key{c.Key()},
		Run: func(v step.View) error {
			before, found, err := step.Get[Condition](v, c.Key())
			if err != nil {
				return err
			}
			v.Put(c)
			if found && before.Findings == c.Findings {
				return nil
			}
			v.Put(audit.Record{
				ID: trail, Bucket: t.Bucket, Merchant: t.Merchant, At: c.At, Actor: "terminal:" + t.Number, Action: "terminal.reported", Subject: t.ID, Detail: c.Findings,
			})
			v.Put(event.Event{
				ID: told, Bucket: t.Bucket, At: c.At, Merchant: t.Merchant, Kind: "terminal.reported", Subject: t.ID,
				Body: fmt.Sprintf(`{"terminal":%q,"worst":%q,"findings":%s}`, t.ID, c.Worst, raw),
			})
			return nil
		},
	})
}
