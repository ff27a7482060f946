package receipt

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// SignatureTable is where signatures that were given on a screen lie.
const SignatureTable step.Table = "signature"

// Signed is what a cardholder signed on the terminal's screen. It is kept as it came, sealed, and never
// replaced.
type Signed struct {
	Operation string
	Bucket    id.Bucket
	Merchant  string
	Image     []byte // JBIG (ITU-T T.82), sealed by the vault under the operation
	At        calendar.Instant
}

// Key returns the row's key.
func (s Signed) Key() step.Key { return SignedKey(s.Operation) }

// SignedKey names the signature under an operation.
func SignedKey(operation string) step.Key {
	return step.Key{Table: SignatureTable, Bucket: id.MustBucket(operation), ID: operation}
}

// Sealer encrypts what is stored, bound to its record. It is the hsm.
type Sealer interface {
	SealData(data []byte, record string) []byte
	OpenData(sealed []byte, record string) ([]byte, error)
}

// Refusals of signatures.
var (
	ErrSigned      = fault.New(fault.Conflict, "signed_already", "there is a signature under this transaction already")
	ErrNoSignature = fault.New(fault.NotFound, "signature_not_found", "nobody signed this transaction on a screen")
)

// Sign keeps the signature under an approved operation. A second one is refused with [ErrSigned].
func (s *Service) Sign(ctx context.Context, op payment.Operation, image []byte, by string) error {
	if op.ApprovedFen == 0 {
		return ErrNoReceipt
	}
	row := Signed{
		Operation: op.ID, Bucket: op.Bucket, Merchant: op.Merchant, Image: s.sealer.SealData(image, op.ID), At: calendar.At(s.now()),
	}
	trail := s.ids.New("aud_", op.Bucket)
	return s.gate.Do(ctx, step.Step{
		Name: "receipt.sign", Class: step.Staff, Keys: []step.Key{row.Key()},
		Run: func(v step.View) error {
			if _, found, err := step.Get[Signed](v, row.Key()); err != nil || found {
				if err == nil {
					err = ErrSigned
				}
				return err
			}
			v.Put(row)
			v.Put(audit.Record{ID: trail, Bucket: op.Bucket, At: row.At, Actor: by, Action: "receipt.signed", Subject: op.ID})
			return nil
		},
	})
}

// SignatureOf returns the signature under an operation as it came.
func (s *Service) SignatureOf(ctx context.Context, operation string) ([]byte, error) {
	row, found, err := step.Read[Signed](ctx, s.reader, SignedKey(operation))
	if err == nil && !found {
		err = ErrNoSignature
	}
	if err != nil {
		return nil, err
	}
	return s.sealer.OpenData(row.Image, operation)
}
