package merchant

import (
	"fmt"
	"slices"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where documents, their content and the tickets to upload them lie.
const (
	DocumentTable step.Table = "document"
	ChunkTable    step.Table = "document_chunk"
	TicketTable   step.Table = "upload_ticket"
)

// DocumentPrefix begins the ids of documents.
const DocumentPrefix = "doc_"

// Bounds of documents.
const (
	DocumentMax  = 10 << 20 // bytes of one as handed in
	ChunkMax     = 256 << 10
	DocumentsMax = 40               // of one application
	TicketFor    = 10 * time.Minute // that an upload code is valid
)

// DocumentKind says what a document shows.
type DocumentKind string

// The kinds of document.
const (
	LicensePicture DocumentKind = "license"
	IdentityFront  DocumentKind = "identity_front" // the side with the portrait
	IdentityBack   DocumentKind = "identity_back"
	AccountProof   DocumentKind = "account_proof" // bank's confirmation, or the front of a card
	ShopFront      DocumentKind = "shop_front"
	Counter        DocumentKind = "counter"
	Lease          DocumentKind = "lease"
	Letter         DocumentKind = "authorization" // to pay to another's account
	OwnerIdentity  DocumentKind = "owner_identity"
	VisitPicture   DocumentKind = "visit"
	AgreementPaper DocumentKind = "agreement"
	OtherDocument  DocumentKind = "other"
)

// DocumentKinds lists every kind of document.
var DocumentKinds = []DocumentKind{
	LicensePicture, IdentityFront, IdentityBack, AccountProof, ShopFront, Counter, Lease, Letter, OwnerIdentity, VisitPicture, AgreementPaper, OtherDocument,
}

// ofHouse are the kinds that only the house adds.
var ofHouse = []DocumentKind{VisitPicture, AgreementPaper}

// sectionDocuments are the documents that belong to a section.
var sectionDocuments = map[Section][]DocumentKind{
	SectionSubject: {LicensePicture},
	SectionPerson:  {IdentityFront, IdentityBack},
	SectionAccount: {AccountProof},
	SectionPlace:   {ShopFront, Counter},
}

// Required lists the documents that a form needs, for the sections that an application carries.
func (f Form) Required(sections []Section) (kinds []DocumentKind) {
	for _, s := range Sections {
		if !slices.Contains(sections, s) {
			continue
		}
		for _, k := range sectionDocuments[s] {
			if f.Kind != Micro || k != LicensePicture {
				kinds = append(kinds, k)
			}
		}
		if s == SectionAccount && !f.HolderMatches() {
			kinds = append(kinds, Letter)
		}
	}
	return kinds
}

// Document is one paper or picture. Its content lies in sealed chunks.
type Document struct {
	ID          string
	Bucket      id.Bucket
	Merchant    string
	Application string
	Kind        DocumentKind
	Type        string // media type by content
	Size        int64  // bytes of the cleaned content
	Width       int64  // pixels, 0 for what is no picture
	Height      int64
	Chunks      int64
	Digest      string // SHA-256 of the cleaned content, hexadecimal
	By          string // as the trail writes it
	Removed     bool
	CreatedAt   calendar.Instant
}

// Key returns the row's key.
func (d Document) Key() step.Key {
	return step.Key{Table: DocumentTable, Bucket: d.Bucket, ID: d.ID}
}

// DocumentKey names a document.
func DocumentKey(document string) step.Key {
	return step.Key{Table: DocumentTable, Bucket: id.MustBucket(document), ID: document}
}

// Chunk is a piece of a document's content, sealed.
type Chunk struct {
	Document string
	Bucket   id.Bucket
	Number   int64
	Content  []byte
}

// Key returns the row's key.
func (c Chunk) Key() step.Key {
	return step.Key{Table: ChunkTable, Bucket: c.Bucket, ID: chunkID(c.Document, c.Number)}
}

func chunkID(document string, number int64) string { return fmt.Sprintf("%s/%04d", document, number) }

// Ticket lets whoever holds its token add one document of one kind, as from a telephone that scanned a code.
type Ticket struct {
	Hash        string // SHA-256 of the token, hexadecimal
	Bucket      id.Bucket
	Merchant    string
	Application string
	Kind        DocumentKind
	By          string // who showed the code
	Until       calendar.Instant
	Document    string // what was added, "" until then
}

// Key returns the row's key.
func (t Ticket) Key() step.Key {
	return step.Key{Table: TicketTable, Bucket: t.Bucket, ID: t.Hash}
}
