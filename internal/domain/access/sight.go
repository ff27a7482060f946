package access

import "strings"

// sight says by which permission events about a noun are seen. An event about any other noun is told to nobody.
var sight = map[string]Permission{
	"merchant": MerchantView, "application": MerchantView, "store": MerchantView,
	"service": ServiceView, "terminal": TerminalView, "terminal_order": TerminalView, "batch": PaymentView,
	"ticket": TicketOpen, "member": MemberView, "invitation": MemberView, "api_key": KeyManage, "webhook": KeyManage,
	"proposal": ApprovalDecide,
	"sale":     PaymentView, "void": PaymentView, "refund": PaymentView, "reversal": PaymentView,
	"preauth": PaymentView, "preauth_void": PaymentView, "add_on": PaymentView, "authorization": PaymentView,
	"completion": PaymentView, "completion_void": PaymentView, "offline_sale": PaymentView,
	"adjustment": PaymentView, "payment": PaymentView, "speaker": TerminalView,
}

// Sees returns the permission by which events of a kind ("sale.approved") are seen; zero, which nobody holds, for what is
// told to nobody.
func Sees(kind string) Permission {
	noun, _, _ := strings.Cut(kind, ".")
	return sight[noun]
}
