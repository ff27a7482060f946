package app

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/event"
)

// A service that works again after a suspension was opened before: nobody is told that it was opened.
func TestResumed(t *testing.T) {
	for _, c := range []struct {
		kind, body string
		want       bool
	}{
		{"service.open", `{"state":"open","was":"requested"}`, false},
		{"service.open", `{"state":"open","was":"suspended"}`, true},
		{"application.approved", `{"state":"approved"}`, false},
	} {
		if got := resumed(event.Event{Kind: c.kind, Body: c.body}); got != c.want {
			t.Errorf("%s %s: resumed is %t", c.kind, c.body, got)
		}
	}
}
