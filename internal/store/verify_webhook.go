package store

import (
	"context"
	"fmt"
)

// webhooksStand holds what waits to be told to merchants' programs against the lines in which it stands.
func (v *Verifier) webhooksStand(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I18", Claim: "what is to be told to a program stands in its line once, the first of each line is due, and no event was taken twice from the outbox"}
	n, err := v.number(ctx, "SELECT count(*) FROM webhook_delivery")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d deliveries", n)
	for _, text := range []string{
		"SELECT 'delivery ' || d.id || ' waits and stands in no line' FROM webhook_delivery d LEFT JOIN webhook_line l ON l.bucket = d.bucket " +
			"AND l.id = d.endpoint || '/' || d.subject AND l.queue LIKE '%\"' || d.id || '\"%' WHERE d.state = 'waiting' AND l.id IS NULL",
		"SELECT 'delivery ' || d.id || ' is ' || d.state || ' and stands in a line' FROM webhook_delivery d JOIN webhook_line l ON l.bucket = d.bucket " +
			"AND l.id = d.endpoint || '/' || d.subject AND l.queue LIKE '%\"' || d.id || '\"%' WHERE d.state <> 'waiting'",
		// The queue is a list of ids of 32 characters.
		"SELECT 'line ' || l.id || ' begins with nothing that will be sent' FROM webhook_line l LEFT JOIN webhook_delivery d ON d.bucket = l.bucket " +
			"AND d.id = substr(l.queue, 3, 32) AND d.state = 'waiting' AND d.due_at_us < 9223372036854775807 WHERE l.queue LIKE '[\"%' AND d.id IS NULL",
		"SELECT 'event ' || event || ' makes ' || CAST(count(*) AS text) || ' deliveries for ' || endpoint FROM webhook_delivery GROUP BY endpoint, event HAVING count(*) > 1",
		"SELECT 'lane ' || id || ' was read beyond its end' FROM webhook_cursor WHERE position > COALESCE((SELECT MAX(position) FROM event WHERE event.lane = webhook_cursor.lane), 0)",
	} {
		if err := v.rows(ctx, &c, text); err != nil {
			return c, err
		}
	}
	return c, nil
}
