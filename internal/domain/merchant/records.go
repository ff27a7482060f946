package merchant

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Records is what the service reads outside steps.
type Records interface {
	step.Reader
	// DocumentsOf returns the documents of an application, removed ones too, the oldest first.
	DocumentsOf(ctx context.Context, application string) ([]Document, error)
	// AgreementsOf returns what a merchant's people signed, the oldest first.
	AgreementsOf(ctx context.Context, who access.Scope, merchant string) ([]Agreement, error)
	// ChecksOf returns the checks of an application.
	ChecksOf(ctx context.Context, application string) ([]Check, error)
	// DueChecks returns checks that are to be asked at a moment, the longest due first.
	DueChecks(ctx context.Context, now calendar.Instant, limit int) ([]Check, error)
	// ExpiringMerchants returns merchants with something that ends on a day or before, the soonest first.
	ExpiringMerchants(ctx context.Context, who access.Scope, until calendar.Date, page listing.Page) (listing.Slice[Merchant], error)
}

// Vault seals what is stored and makes keyed hashes of it. It is the hsm.
type Vault interface {
	// SealData encrypts data, bound to a record.
	SealData(data []byte, record string) []byte
	// OpenData returns what SealData encrypted for the same record.
	OpenData(sealed []byte, record string) ([]byte, error)
	// IndexData returns a keyed hash of a text within a space of its own.
	IndexData(space, text string) (string, error)
}

// Cleaner takes a document in as it was handed over: it tells what it is by its content, refuses what is damaged
// or dangerous and leaves out what does not belong to the picture. Its errors are [ErrPaperType], [ErrPaperSize],
// [ErrPaperDamaged] and [ErrPaperUnsafe].
type Cleaner func(content []byte) (Cleaned, error)

// Cleaned is a document's content as it is kept.
type Cleaned struct {
	Type          string // media type
	Content       []byte
	Width, Height int // pixels, 0 for what is no picture
}
