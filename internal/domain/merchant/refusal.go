package merchant

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Refusals.
var (
	ErrNotFound  = fault.New(fault.NotFound, "merchant_not_found", "there is no such merchant")
	ErrSuspended = fault.New(fault.Forbidden, "merchant_suspended", "the merchant may not collect at present")

	ErrState       = fault.New(fault.Conflict, "state_refused", "the present state does not allow this")
	ErrApplication = fault.New(fault.NotFound, "application_not_found", "there is no such application")
	ErrChanged     = fault.New(fault.Conflict, "application_changed", "somebody changed the application meanwhile: load it again")
	ErrOpen        = fault.New(fault.Conflict, "application_open", "another application for this merchant is open: finish or withdraw it first")
	ErrIncomplete  = fault.New(fault.Invalid, "application_incomplete", "the application has mistakes: correct the fields that are named")
	ErrSections    = fault.New(fault.Invalid, "sections_invalid", "name the sections that change: subject, person, owners, account, business, place")
	ErrClaim       = fault.New(fault.Conflict, "claimed_by_another", "somebody else is reviewing this application")
	ErrRemarks     = fault.New(fault.Invalid, "remarks_missing", "say which fields are to be corrected, and why")
	ErrChecks      = fault.New(fault.Conflict, "checks_open", "a check has not matched: ask again, or give a reason and let a second person decide")
	ErrTwoPeople   = fault.New(fault.Conflict, "second_person_needed", "this decision takes two people: propose it to another")
	ErrBlocked     = fault.New(fault.Forbidden, "subject_blocked", "a subject of this application is on the block list")
	ErrMicroLimit  = fault.New(fault.Limited, "micro_limit", "this person runs as many micro merchants here as are allowed")
	ErrSubjectBusy = fault.New(fault.Limited, "subject_crowded", "too many merchants share this number: ask the operator")

	ErrDocument     = fault.New(fault.NotFound, "document_not_found", "there is no such document")
	ErrDocumentKind = fault.New(fault.Invalid, "document_kind_unknown", "there is no such kind of document")
	ErrDocumentMax  = fault.New(fault.Limited, "documents_too_many", "the application holds as many documents as it may: remove one first")
	ErrPaperType    = fault.New(fault.Invalid, "document_type", "hand in a JPEG or PNG picture, or a PDF")
	ErrPaperSize    = fault.New(fault.Invalid, "document_size", "a document has at most 10 MiB, a picture 40 million pixels")
	ErrPaperDamaged = fault.New(fault.Invalid, "document_unreadable", "the file is damaged or not whole: take the picture again")
	ErrPaperUnsafe  = fault.New(fault.Invalid, "document_unsafe", "the file holds more than a picture or a page: save it anew as a picture")
	ErrDamaged      = fault.New(fault.Internal, "document_damaged", "the stored document does not have its digest")
	ErrTicket       = fault.New(fault.Forbidden, "upload_ticket_invalid", "the upload code is not valid any more: show a new one")

	ErrCheck      = fault.New(fault.NotFound, "check_not_found", "there is no such check")
	ErrBureauBusy = fault.New(fault.Unavailable, "bureau_busy", "the provider of checks is busy: it is asked again later")
	ErrBureauDown = fault.New(fault.Unavailable, "bureau_down", "the provider of checks does not answer: it is asked again later")

	ErrBlock    = fault.New(fault.NotFound, "block_not_found", "there is no such entry on the block list")
	ErrShorter  = fault.New(fault.Conflict, "block_shorter", "the entry holds longer than that: propose to another person to take it off")
	ErrRiskType = fault.New(fault.Invalid, "risk_type_unknown", "there is no such risk type")
	ErrVisit    = fault.New(fault.Invalid, "visit_invalid", "say what kind of visit it was, and what came of it")
	ErrBusy     = fault.New(fault.Conflict, "merchant_not_settled", "something of the merchant is still open")
	ErrOwner    = fault.New(fault.Invalid, "owner_invalid", "name another account of a merchant's person")
	ErrUnsigned = fault.New(fault.Conflict, "agreement_unsigned", "the agreement is not signed yet: an owner signs it with the application")
	ErrParty    = fault.New(fault.Invalid, "party_unnamed", "say first who the merchant is: the agreement names it")
	ErrTerms    = fault.New(fault.Invalid, "terms_invalid", "the agreement takes a version, a digest, a name and a document")
	ErrImport   = fault.New(fault.Invalid, "import_unreadable", "the file is no table that can be imported")
)
