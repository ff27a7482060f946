package supply

import (
	"context"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// reportPause is how long the clearing institution is left alone after it did not answer.
const reportPause = 5 * time.Minute

// reportSlice is how many bindings are told of before others have their turn.
const reportSlice = 50

// Report tells the clearing institution of bindings that it does not know of, and returns how many it took. One that nobody
// answered for stays due.
func (s *Service) Report(ctx context.Context) (told int, err error) {
	due, err := s.store.DueReports(ctx, calendar.At(s.now()), reportSlice)
	if err != nil {
		return 0, err
	}
	for _, b := range due {
		reference, refused, err := s.registry.Report(ctx, b)
		state := terminal.ReportAccepted
		switch {
		case err != nil:
			state = terminal.ReportDue
		case refused != "":
			state = terminal.ReportRefused
		}
		note := refused
		if err != nil {
			note = "not answered"
		}
		if err := s.terminals.Reported(ctx, b, state, reference, note, calendar.At(s.now()).Add(reportPause)); err != nil {
			return told, err
		}
		if state != terminal.ReportDue {
			told++
		}
	}
	return told, nil
}
