package pos

import (
	"errors"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// Kind is what a terminal does.
type Kind string

// The kinds that move money, or reserve it, and print a slip.
const (
	Sale             Kind = "sale"
	Void             Kind = "void" // of a sale
	Refund           Kind = "refund"
	Preauth          Kind = "preauth"
	AddOn            Kind = "add_on" // adds to a pre-authorization
	PreauthVoid      Kind = "preauth_void"
	Completion       Kind = "completion"
	CompletionAdvice Kind = "completion_advice"
	CompletionVoid   Kind = "completion_void"
	OfflineSale      Kind = "offline_sale" // authorized by voice
	Adjustment       Kind = "adjustment"
	Tip              Kind = "tip"
)

// The kinds that do not.
const (
	Balance      Kind = "balance"
	SignIn       Kind = "sign_in"
	SignOff      Kind = "sign_off"
	Echo         Kind = "echo"
	Settle       Kind = "settle"
	Reversal     Kind = "reversal"
	ScriptResult Kind = "script_result"
	Signature    Kind = "signature"
	StatusUpload Kind = "status_upload"
	Load         Kind = "download"
	KeyFetch     Kind = "key_fetch" // of the master key
)

// Slip is what the paper of one transaction shows. It holds no secret: the card number is masked.
type Slip struct {
	Kind         Kind         `json:"kind"`
	MerchantName string       `json:"merchant_name,omitempty"`
	Merchant     string       `json:"merchant"`
	Terminal     string       `json:"terminal"`
	Operator     string       `json:"operator"`
	Acquirer     string       `json:"acquirer,omitempty"`
	Issuer       string       `json:"issuer,omitempty"`
	Card         string       `json:"card"`
	Entry        Entry        `json:"entry"`
	Batch        string       `json:"batch"`
	Trace        string       `json:"trace"`
	AuthCode     string       `json:"auth_code,omitempty"`
	RRN          string       `json:"rrn,omitempty"`
	ClearingDate string       `json:"clearing_date,omitempty"` // MMDD, F15
	Time         time.Time    `json:"time"`
	Amount       int64        `json:"amount"`              // fen, as approved; of an adjustment or tip the new total
	Requested    int64        `json:"requested,omitempty"` // fen, when only part of it was approved
	Tip          int64        `json:"tip,omitempty"`       // fen, part of Amount
	Phone        bool         `json:"phone,omitempty"`     // what was tapped is a phone
	Signed       bool         `json:"signed,omitempty"`    // a signature was given on the screen
	Training     bool         `json:"training,omitempty"`
	Waived       bool         `json:"waived,omitempty"`
	WaiverLimit  int64        `json:"waiver_limit,omitempty"` // fen up to which neither PIN nor signature was asked for
	PIN          bool         `json:"pin,omitempty"`          // a PIN was entered
	Original     *Original    `json:"original,omitempty"`
	Chip         *emv.Receipt `json:"chip,omitempty"`
	Organization string       `json:"organization,omitempty"` // 63.1
	IssuerText   string       `json:"issuer_text,omitempty"`
	NetworkText  string       `json:"network_text,omitempty"`
	AcquirerText string       `json:"acquirer_text,omitempty"`
	Wallet       string       `json:"wallet,omitempty"`        // of a payment code
	WalletNumber string       `json:"wallet_number,omitempty"` // the wallet's own number of the order
	Order        string       `json:"order,omitempty"`         // the acquirer's number of a payment by code
	Paid         int64        `json:"paid,omitempty"`          // fen that the payer paid, where coupons took something off
	Settled      int64        `json:"settled,omitempty"`       // fen that the wallet settles, where the merchant gave a coupon
	Reprints     int          `json:"reprints,omitempty"`
}

// Original is the transaction that a void or refund is about.
type Original struct {
	Batch    string `json:"batch,omitempty"`
	Trace    string `json:"trace,omitempty"`
	AuthCode string `json:"auth_code,omitempty"`
	RRN      string `json:"rrn,omitempty"`
	Date     string `json:"date,omitempty"` // MMDD
}

// BatchSlip is what the paper of a batch close shows.
type BatchSlip struct {
	MerchantName string      `json:"merchant_name,omitempty"`
	Merchant     string      `json:"merchant"`
	Terminal     string      `json:"terminal"`
	Operator     string      `json:"operator"`
	Batch        string      `json:"batch"`
	Time         time.Time   `json:"time"`
	Totals       Totals      `json:"totals"`
	Kinds        []KindTotal `json:"kinds,omitempty"`
	Uploaded     int         `json:"uploaded,omitempty"` // lines sent because the totals differed
	Training     bool        `json:"training,omitempty"`
	Reprints     int         `json:"reprints,omitempty"`
}

// Totals are what a batch comes to, in halves: domestic and foreign cards.
type Totals struct {
	Domestic Half  `json:"domestic"`
	Foreign  *Half `json:"foreign,omitempty"` // nil when the host answered for domestic cards only
}

// Verdict returns what the host says of both halves: that of the domestic one, unless only the foreign one is
// not equal.
func (t Totals) Verdict() Verdict {
	if t.Domestic.Result == Equal && t.Foreign != nil && t.Foreign.Result != NotJudged {
		return t.Foreign.Result
	}
	return t.Domestic.Result
}

// Half is the terminal's figures and the host's verdict on them.
type Half struct {
	Debit  Sum     `json:"debit"`  // sales, offline sales and completions
	Credit Sum     `json:"credit"` // voids, voids of completions and refunds
	Result Verdict `json:"result"`
}

// Sum is an amount in fen and how many transactions make it.
type Sum struct {
	Amount int64 `json:"amount"`
	Count  int   `json:"count"`
}

func (s Sum) plus(other Sum) Sum { return Sum{s.Amount + other.Amount, s.Count + other.Count} }

// Verdict is what the host says of one half, as F48 has it. In text it is a word.
type Verdict byte

// The verdicts. A half without transactions may come without one and counts as equal.
const (
	NotJudged Verdict = 0
	Equal     Verdict = '1'
	Unequal   Verdict = '2'
	Failed    Verdict = '3'
)

var verdictWords = map[Verdict]string{NotJudged: "", Equal: "equal", Unequal: "unequal", Failed: "error"}

// String returns the verdict's word, "" when there is none.
func (v Verdict) String() string { return verdictWords[v] }

// MarshalText returns the verdict's word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the verdict's word.
func (v *Verdict) UnmarshalText(text []byte) error {
	for verdict, word := range verdictWords {
		if word == string(text) {
			*v = verdict
			return nil
		}
	}
	return errors.New("unknown verdict, use equal, unequal or error")
}

// KindTotal is one line of the breakdown of a batch.
type KindTotal struct {
	Kind   Kind  `json:"kind"`
	Count  int   `json:"count"`
	Amount int64 `json:"amount"` // fen
}

// Outcome is how an act of the terminal ended.
type Outcome struct {
	Kind     Kind   `json:"kind"`
	Approved bool   `json:"approved"`
	Unknown  bool   `json:"unknown"` // nobody said, or what was said cannot be trusted; a reversal is pending
	Code     string `json:"code"`    // F39, "" when there was no answer
	Class    Class  `json:"class"`
	TextZH   string `json:"text_zh"`
	TextEN   string `json:"text_en"`
	AdviceZH string `json:"advice_zh"`
	AdviceEN string `json:"advice_en"`
	Fault    string `json:"fault,omitempty"` // why an answer was not accepted, or why none came

	Trace    string `json:"trace,omitempty"`
	Batch    string `json:"batch,omitempty"`
	RRN      string `json:"rrn,omitempty"`
	AuthCode string `json:"auth_code,omitempty"`
	Amount   int64  `json:"amount,omitempty"` // fen, as approved

	Requested int64    `json:"requested,omitempty"` // fen, as asked for
	Rest      int64    `json:"rest,omitempty"`      // fen that were not approved and are to be collected another way
	Balance   *int64   `json:"balance,omitempty"`   // fen, of a balance inquiry
	What      Download `json:"what,omitempty"`      // of a download
	Items     int      `json:"items,omitempty"`     // of a download

	Capture       bool      `json:"capture,omitempty"`         // the issuer asks to keep the card
	SignedInAgain bool      `json:"signed_in_again,omitempty"` // the code asked for it and the terminal did
	Requirement   int       `json:"requirement,omitempty"`     // header digit 6: what the host asks for next
	Resolved      *Resolved `json:"resolved,omitempty"`        // what was pending and went first

	Slip      *Slip      `json:"slip,omitempty"`
	BatchSlip *BatchSlip `json:"batch_slip,omitempty"`
}

// Resolved is something pending that was brought to an end, or not.
type Resolved struct {
	Kind   Kind   `json:"kind"`   // of the transaction it was about
	Advice bool   `json:"advice"` // it was a refund sent again rather than a reversal
	Reason string `json:"reason"` // F39 of the reversal
	Trace  string `json:"trace"`
	Amount int64  `json:"amount"` // fen
	Code   string `json:"code"`   // the last answer, "" without one
	Tries  int    `json:"tries"`
	Done   bool   `json:"done"`
	Slip   *Slip  `json:"slip,omitempty"` // of a refund that was approved at last
}

// explain fills in what a code says.
func (o *Outcome) explain(c Code) {
	o.Code, o.Class, o.Capture = c.Code, c.Class, c.Capture
	o.TextZH, o.TextEN, o.AdviceZH, o.AdviceEN = c.Meaning.ZH, c.Meaning.EN, c.Advice.ZH, c.Advice.EN
	o.Approved, o.Unknown = c.Class == ClassApproved, c.Class == ClassUnknown
}
