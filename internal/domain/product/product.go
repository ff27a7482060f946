package product

import (
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where plans and services lie.
const (
	PlanTable step.Table = "service_plan"
	Table     step.Table = "merchant_service"
)

// Kind is a payment service.
type Kind string

// The kinds.
const (
	Card     Kind = "card"
	WeChat   Kind = "wechat"
	Alipay   Kind = "alipay"
	UnionPay Kind = "unionpay" // codes of UnionPay
)

// Kinds lists every kind.
var Kinds = []Kind{Card, WeChat, Alipay, UnionPay}

// State says how far a service came.
type State string

// The states. The diagram is in doc.go.
const (
	Requested State = "requested"
	Open      State = "open"
	Suspended State = "suspended"
	Closed    State = "closed"
	Rejected  State = "rejected"
)

// States lists every state. The empty one is that of a service which was never asked for.
var States = []State{"", Requested, Open, Suspended, Closed, Rejected}

// Act is what happens to a service.
type Act string

// The acts.
const (
	Request Act = "request"
	Start   Act = "open"
	Reject  Act = "reject"
	Suspend Act = "suspend"
	Resume  Act = "resume"
	Close   Act = "close"
)

// Acts lists every act.
var Acts = []Act{Request, Start, Reject, Suspend, Resume, Close}

var next = map[State]map[Act]State{
	"":        {Request: Requested},
	Requested: {Start: Open, Reject: Rejected},
	Open:      {Suspend: Suspended, Close: Closed},
	Suspended: {Resume: Open, Close: Closed},
	Closed:    {Request: Requested},
	Rejected:  {Request: Requested},
}

// After returns the state after an act, or [ErrState].
func (s State) After(a Act) (State, error) {
	to, ok := next[s][a]
	if !ok {
		now := string(s)
		if now == "" {
			now = "not asked for"
		}
		return s, ErrState.With("a service that is %s cannot be: %s", now, a)
	}
	return to, nil
}

// Plan is what the operator offers.
type Plan struct {
	ID        string // a word: "card-standard"
	Kind      Kind
	Name      string
	NameEN    string
	Merchants []string   // kinds of merchant it is for: "enterprise", "individual", "micro"
	Rules     []fee.Rule // of this kind of service only
	Limits    Limits
	Terms     string // version of the terms that go with it: "2026-11"
	Offered   bool
	Version   int64 // rises with every change
	UpdatedAt calendar.Instant
}

// Limits bound what a service collects; zero means none of its own.
type Limits struct {
	SingleMaxFen int64
	DayCountMax  int64
	DaySumMaxFen int64
}

// Key returns the row's key. Plans are few and the same everywhere: bucket 0.
func (p Plan) Key() step.Key { return PlanKey(p.ID) }

// PlanKey names a plan.
func PlanKey(plan string) step.Key { return step.Key{Table: PlanTable, ID: plan} }

// instruments are the instruments that a kind of service covers, as fee rules name them.
var instruments = map[Kind][]string{
	Card:     {"card", "tap", "phone"},
	WeChat:   {"wechat"},
	Alipay:   {"alipay"},
	UnionPay: {"unionpay"},
}

// covers tells whether a fee rule belongs to a kind of service.
func (k Kind) covers(r fee.Rule) bool { return slices.Contains(instruments[k], r.Instrument) }

// Check returns what is wrong with a plan as it would be kept, nil if nothing is.
func (p Plan) Check() error {
	switch {
	case p.ID == "" || len(p.ID) > 32 || strings.Trim(p.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return ErrPlan.With("the id of a plan is a word of a-z, 0-9 and -, up to 32 characters")
	case !slices.Contains(Kinds, p.Kind):
		return ErrPlan.With("the service is one of %v", Kinds)
	case p.Name == "" || p.NameEN == "" || p.Terms == "":
		return ErrPlan.With("a plan has a name in Chinese and in English, and a version of its terms")
	case len(p.Rules) == 0:
		return ErrPlan.With("a plan has a fee rule, even one of nothing: free is a price that one says")
	case p.Limits.SingleMaxFen < 0 || p.Limits.DayCountMax < 0 || p.Limits.DaySumMaxFen < 0:
		return ErrPlan.With("limits are not negative")
	}
	for _, r := range p.Rules {
		if !p.Kind.covers(r) {
			return ErrPlan.With("a fee rule for %q does not belong to the service %s: use %v", r.Instrument, p.Kind, instruments[p.Kind])
		}
		if r.Rate < 0 || r.Rate > 100_000 || r.Floor < 0 || r.Cap < 0 || r.Cap != 0 && r.Cap < r.Floor {
			return ErrPlan.With("a fee is 0 to 10%%, its floor and cap are not negative, the cap not below the floor")
		}
	}
	for _, m := range p.Merchants {
		if !slices.Contains(merchant.Kinds, merchant.Kind(m)) {
			return ErrPlan.With("there is no kind of merchant %q: use %v", m, merchant.Kinds)
		}
	}
	return nil
}

// For tells whether a plan is for a kind of merchant.
func (p Plan) For(kind merchant.Kind) bool {
	return len(p.Merchants) == 0 || slices.Contains(p.Merchants, string(kind))
}

// Service is a payment service of one merchant.
type Service struct {
	Merchant string
	Bucket   id.Bucket
	Kind     Kind
	State    State

	// What was agreed: the plan as it was, by whom and when.
	Plan        string
	PlanVersion int64
	Rules       []fee.Rule
	Limits      Limits
	Terms       string
	AgreedBy    string
	AgreedAt    calendar.Instant

	// SubMerchant is the number under which the rail knows the merchant, "" where it knows it by ours.
	SubMerchant string
	Reason      string // of the last rejection, suspension or closing
	DecidedBy   string
	CreatedAt   calendar.Instant
	ChangedAt   calendar.Instant
}

// Key returns the row's key.
func (s Service) Key() step.Key { return Key(s.Merchant, s.Kind) }

// Key names the service of a merchant.
func Key(merchant string, k Kind) step.Key {
	return step.Key{Table: Table, Bucket: id.MustBucket(merchant), ID: merchant + "/" + string(k)}
}

// Refusals.
var (
	ErrPlan     = fault.New(fault.Invalid, "plan_invalid", "the plan cannot be kept as it is")
	ErrNoPlan   = fault.New(fault.NotFound, "plan_not_found", "there is no such plan")
	ErrState    = fault.New(fault.Conflict, "service_state", "the service's state does not allow this")
	ErrNotFound = fault.New(fault.NotFound, "service_not_found", "the merchant has not asked for this service")
	ErrTerms    = fault.New(fault.Conflict, "terms_changed", "fees or terms changed since they were shown: look at them and agree again")
	ErrNotFor   = fault.New(fault.Forbidden, "plan_not_for_you", "this plan is not for this kind of merchant")
	ErrNotYet   = fault.New(fault.Forbidden, "merchant_not_approved", "the merchant is not approved yet: services are asked for afterwards")
	ErrReason   = fault.New(fault.Invalid, "reason_missing", "say why")
	ErrSub      = fault.New(fault.Invalid, "sub_merchant_missing", "give the number under which the wallet knows the merchant")
	ErrNumbers  = fault.New(fault.Internal, "merchant_numbers", "there are no merchant numbers left for this area and category: add an institution number")
)

// Filter narrows a list of services; a zero field asks for nothing.
type Filter struct {
	Merchant string
	Kind     Kind
	State    State
}
