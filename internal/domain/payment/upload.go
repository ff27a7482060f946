package payment

import (
	"context"
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// UploadedLine is one line of a terminal's batch upload.
type UploadedLine struct {
	Trace  int
	Masked string // card number, first six and last four digits
	Amount money.Amount
}

// Upload takes the details that a terminal sends after an unequal close. Each line is held against the
// operation that was made under its trace; a line that the books do not know, or know otherwise, goes to
// suspense and moves nothing. Sending a line again changes nothing.
func (s *Service) Upload(ctx context.Context, t terminal.Terminal, batchNumber int, lines []UploadedLine) error {
	b, err := s.claimedBatch(ctx, t, batchNumber)
	if err != nil {
		return err
	}
	now := s.now()
	keys := []step.Key{b.Key()}
	for _, l := range lines {
		keys = append(keys, suspenseKey(b, l.Trace),
			terminal.ExchangeKey(t.ID, b.Sequence, l.Trace, terminal.Financial),
			terminal.ExchangeKey(t.ID, b.Sequence, l.Trace, terminal.Upload))
	}
	return s.Gate.Do(ctx, step.Step{
		Name: "batch.upload", Class: step.Staff, Keys: keys,
		Run: func(v step.View) error {
			row, err := step.Must[terminal.Batch](v, b.Key(), terminal.ErrBatch)
			if err != nil {
				return err
			}
			for _, l := range lines {
				mark := terminal.Exchange{
					Terminal: t.ID, Bucket: t.Bucket, BatchSequence: b.Sequence, Trace: l.Trace, Kind: terminal.Upload, At: now,
				}
				if seen, err := v.Get(mark.Key()); err != nil || seen != nil {
					if err != nil {
						return err
					}
					continue
				}
				finding, operation, err := compareLine(v, b, l)
				if err != nil {
					return err
				}
				mark.Operation = operation
				v.Put(mark)
				row.Uploaded++
				if finding != "" {
					v.Put(terminal.SuspenseLine{
						ID: suspenseKey(b, l.Trace).ID, Bucket: t.Bucket, Merchant: t.Merchant, Terminal: t.ID,
						Batch: b.Sequence, Trace: l.Trace, Fen: l.Amount.Fen, Masked: l.Masked, Finding: finding, At: now,
					})
				}
			}
			v.Put(row)
			return nil
		},
	})
}

func suspenseKey(b terminal.Batch, trace int) step.Key {
	return step.Key{
		Table: terminal.SuspenseTable, Bucket: b.Bucket, ID: fmt.Sprintf("%s/%012d/%06d", b.Terminal, b.Sequence, trace),
	}
}

// compareLine holds an uploaded line against the books: an empty finding means that they agree.
func compareLine(v step.View, b terminal.Batch, l UploadedLine) (finding, operation string, err error) {
	x, found, err := step.Get[terminal.Exchange](v, terminal.ExchangeKey(b.Terminal, b.Sequence, l.Trace, terminal.Financial))
	if err != nil {
		return "", "", err
	}
	if !found { // a terminal that missed a cut-off sends the lines of the batch before with these
		earlier := terminal.ExchangeKey(b.Terminal, b.Sequence-1, l.Trace, terminal.Financial)
		if x, found, err = step.Get[terminal.Exchange](v, earlier); err != nil {
			return "", "", err
		}
	}
	if !found || x.Operation == "" {
		return "unknown to the books", "", nil
	}
	op, err := step.Must[Operation](v, OperationKey(x.Operation), ErrNotFound)
	if err != nil {
		return "", "", err
	}
	p, err := step.Must[Payment](v, Key(op.Payment), ErrNotFound)
	if err != nil {
		return "", "", err
	}
	switch {
	case op.State != OpApproved:
		finding = "the books say " + string(op.State)
	case op.countsFor(p) != l.Amount.Fen:
		finding = "the books say " + money.Yuan(op.countsFor(p)).String()
	case l.Masked != "" && l.Masked != p.Card.Masked && !p.ByCode(): // some terminals upload the code in the card's place
		finding = "the books say card " + p.Card.Masked
	}
	return finding, op.ID, nil
}

// countsFor returns what an operation counts for in its batch, in fen: what was approved, and of a sale what
// adjustments and tips made of it.
func (o Operation) countsFor(p Payment) int64 {
	if o.Kind == SaleOp && p.CapturedFen != 0 {
		return p.CapturedFen
	}
	return o.ApprovedFen
}

// UploadDone ends a terminal's upload. Operations of the batch that the terminal did not send are noted
// in the trail: they stand in the books, and the difference is explained by them.
func (s *Service) UploadDone(ctx context.Context, t terminal.Terminal, batchNumber int) error {
	b, err := s.claimedBatch(ctx, t, batchNumber)
	if err != nil || b.UploadDone {
		return err
	}
	now, trail := s.now(), s.IDs.New("aud_", t.Bucket)
	return s.Gate.Do(ctx, step.Step{
		Name: "batch.upload_done", Class: step.Staff, Keys: []step.Key{b.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[terminal.Batch](v, b.Key(), terminal.ErrBatch)
			if err != nil {
				return err
			}
			row.UploadDone = true
			v.Put(row)
			v.Put(audit.Record{
				ID: trail, Bucket: t.Bucket, Merchant: t.Merchant, At: now, Actor: "terminal:" + t.Number, Action: "batch.uploaded",
				Subject: row.Key().ID, Detail: fmt.Sprintf("%d lines received, the books hold %d", row.Uploaded,
					row.Domestic.DebitCount+row.Domestic.CreditCount+row.Foreign.DebitCount+row.Foreign.CreditCount),
			})
			return nil
		},
	})
}

// claimedBatch returns the closed batch that a terminal uploads.
func (s *Service) claimedBatch(ctx context.Context, t terminal.Terminal, number int) (terminal.Batch, error) {
	b, found, err := step.Read[terminal.Batch](ctx, s.Store, terminal.BatchKey(t.ID, t.BatchSequence-1))
	if err == nil && (!found || b.Number != number || b.State != terminal.BatchEnd) {
		err = terminal.ErrBatch
	}
	return b, err
}
