package access

import "math/bits"

// Permission is one thing that an actor may do. What staff may do for every merchant and what a merchant's people may
// do for their own has one name; the actor's [Scope] makes the difference.
type Permission uint8

// The permissions. The list is append-only: API keys store them by their words.
const (
	_ Permission = iota
	MerchantView
	MerchantEdit      // names, contacts, stores
	ApplicationEdit   // apply, correct, ask for changes
	ApplicationReview // claim, return, approve, reject
	MerchantControl   // suspend, resume, close, transfer
	DocumentView      // pictures of licenses and identity cards
	MemberView
	MemberManage
	KeyManage
	ServiceView
	ServiceRequest
	ServiceReview
	TerminalView
	TerminalOrder  // order, confirm receipt, ask for an activation code
	TerminalManage // groups, parameters, move, replace, suspend, retire
	StockManage    // take hardware into stock, assign, ship
	PaymentView    // payments, operations, receipts
	PaymentTake    // collect
	PaymentRefund  // give back
	SettlementView // balances, fees, statements
	TicketOpen     // ask for help
	TicketAnswer   // help
	AgentManage    // agents and their shares
	StaffManage    // accounts of the platform
	AuditView      // the trail
	ApprovalDecide // second person of the two-person rule
	RiskManage     // lists, limits, grades
	SettingManage  // prices, calendars
	DashboardView  // figures of the day
	TerminalKey    // hold a component of a terminal's master key
	permissionsEnd
)

var permissionWords = [...]string{
	MerchantView: "merchant.view", MerchantEdit: "merchant.edit", ApplicationEdit: "application.edit",
	ApplicationReview: "application.review", MerchantControl: "merchant.control", DocumentView: "document.view",
	MemberView: "member.view", MemberManage: "member.manage", KeyManage: "key.manage", ServiceView: "service.view",
	ServiceRequest: "service.request", ServiceReview: "service.review", TerminalView: "terminal.view",
	TerminalOrder: "terminal.order", TerminalManage: "terminal.manage", StockManage: "stock.manage",
	PaymentView: "payment.view", PaymentTake: "payment.take", PaymentRefund: "payment.refund",
	SettlementView: "settlement.view", TicketOpen: "ticket.open", TicketAnswer: "ticket.answer",
	AgentManage: "agent.manage", StaffManage: "staff.manage", AuditView: "audit.view",
	ApprovalDecide: "approval.decide", RiskManage: "risk.manage", SettingManage: "setting.manage",
	DashboardView: "dashboard.view", TerminalKey: "terminal.key",
}

// String returns the permission as a word: "terminal.order".
func (p Permission) String() string {
	if p == 0 || p >= permissionsEnd {
		return "none"
	}
	return permissionWords[p]
}

// ParsePermission returns the permission that a word names.
func ParsePermission(word string) (Permission, bool) {
	for p := Permission(1); p < permissionsEnd; p++ {
		if permissionWords[p] == word {
			return p, true
		}
	}
	return 0, false
}

// Permissions is a set of permissions.
type Permissions uint64

// Allow returns the set with permissions added.
func (s Permissions) Allow(list ...Permission) Permissions {
	for _, p := range list {
		s |= 1 << p
	}
	return s
}

// Has tells whether a permission is in the set.
func (s Permissions) Has(p Permission) bool { return p != 0 && p < permissionsEnd && s&(1<<p) != 0 }

// Words lists the set's permissions as words, in their order.
func (s Permissions) Words() []string {
	words := make([]string, 0, bits.OnesCount64(uint64(s)))
	for p := Permission(1); p < permissionsEnd; p++ {
		if s.Has(p) {
			words = append(words, p.String())
		}
	}
	return words
}

// Role is a bundle of permissions that a person holds.
type Role string

// The roles of a merchant's people, of the platform's staff, and of an agent's people.
const (
	Owner   Role = "owner"
	Manager Role = "manager"
	Finance Role = "finance" // of a merchant or of the platform, by the account's realm
	Cashier Role = "cashier"

	Reviewer   Role = "reviewer"
	Operations Role = "operations"
	Risk       Role = "risk"
	Admin      Role = "admin"
	Auditor    Role = "auditor"

	AgentOwner Role = "agent_owner"
)

// everyoneSees is what each role of staff has.
var everyoneSees = Permissions(0).Allow(DashboardView, MerchantView, ServiceView, TerminalView, PaymentView)

var roles = map[Realm]map[Role]Permissions{
	Merchant: {
		Owner: Permissions(0).Allow(DashboardView, MerchantView, MerchantEdit, ApplicationEdit, DocumentView, MemberView, MemberManage,
			KeyManage, ServiceView, ServiceRequest, TerminalView, TerminalOrder, PaymentView, PaymentTake, PaymentRefund,
			SettlementView, TicketOpen, AuditView, ApprovalDecide),
		Manager: Permissions(0).Allow(DashboardView, MerchantView, MerchantEdit, MemberView, MemberManage, ServiceView, TerminalView, TerminalOrder,
			PaymentView, PaymentTake, PaymentRefund, TicketOpen),
		Finance: Permissions(0).Allow(DashboardView, MerchantView, ServiceView, PaymentView, SettlementView, TicketOpen),
		Cashier: Permissions(0).Allow(PaymentTake, PaymentView, TerminalView),
	},
	Platform: {
		Reviewer: everyoneSees.Allow(ApplicationReview, DocumentView, ServiceReview, ApprovalDecide),
		Operations: everyoneSees.Allow(TerminalManage, StockManage, TicketOpen, TicketAnswer, MerchantControl, MerchantEdit, MemberView,
			AgentManage, TerminalKey, ApprovalDecide),
		Finance: everyoneSees.Allow(SettlementView, ApprovalDecide),
		Risk:    everyoneSees.Allow(RiskManage, MerchantControl, TerminalKey, ApprovalDecide),
		Admin:   everyoneSees.Allow(StaffManage, MemberView, SettingManage, AuditView, TerminalKey, ApprovalDecide),
		Auditor: everyoneSees.Allow(AuditView, SettlementView, MemberView),
	},
	Agent: {
		AgentOwner: Permissions(0).Allow(MerchantView, ApplicationEdit, SettlementView, TicketOpen),
	},
}

// Roles lists the roles of a realm, in the order in which screens show them.
func Roles(r Realm) []Role {
	switch r {
	case Platform:
		return []Role{Reviewer, Operations, Finance, Risk, Admin, Auditor}
	case Merchant:
		return []Role{Owner, Manager, Finance, Cashier}
	case Agent:
		return []Role{AgentOwner}
	}
	return nil
}

// Granted returns what roles of a realm allow together; a role of another realm allows nothing.
func Granted(r Realm, held ...Role) (p Permissions) {
	for _, role := range held {
		p |= roles[r][role]
	}
	return p
}
