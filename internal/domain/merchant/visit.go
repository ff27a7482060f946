package merchant

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where visits and agreements lie.
const (
	VisitTable     step.Table = "merchant_visit"
	AgreementTable step.Table = "agreement"
)

// Prefixes of ids.
const (
	VisitPrefix     = "vis_"
	AgreementPrefix = "agr_"
)

// VisitKind says how somebody looked.
type VisitKind string

// The kinds of visit.
const (
	SiteVisit VisitKind = "site_visit"
	CallBack  VisitKind = "call_back"
)

// VisitResult is what came of a visit.
type VisitResult string

// The results.
const (
	Passed   VisitResult = "passed"
	Failed   VisitResult = "failed"
	NobodyIn VisitResult = "nobody" // nobody there, no answer
)

// Visit is the record of a visit to the shop or of a call to the applicant.
type Visit struct {
	ID          string
	Bucket      id.Bucket
	Merchant    string
	Application string
	Kind        VisitKind
	Result      VisitResult
	Note        []byte // sealed
	Documents   string // ids, a space between
	By          string // as the trail writes it
	At          calendar.Instant
}

// Key returns the row's key.
func (v Visit) Key() step.Key { return step.Key{Table: VisitTable, Bucket: v.Bucket, ID: v.ID} }

func (v Visit) record() string { return "merchant_visit/" + v.ID }
