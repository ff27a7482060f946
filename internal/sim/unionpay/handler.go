package unionpay

import (
	"net/http"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const gatewayPath = "/gateway/api/pay/"

// Handler serves all of the wallet: the network's interface below /gateway/api/pay/, and what only a simulation
// has: the payer's phone below /phone/ (see [kit.MountPhone]; scan takes "amount" for a code without one), the plan
// of faults and flaws at /faults and /flaws, and the page.
func (w *Wallet) Handler() http.Handler {
	pages := http.NewServeMux()
	kit.MountPhone(pages, w)
	pages.HandleFunc("/faults", w.flaws.Handler(w.faults))
	pages.HandleFunc("GET /flaws", w.flaws.Show(w.faults.Party()))
	pages.HandleFunc("GET /{$}", w.showPage)
	mux := http.NewServeMux()
	for name, do := range map[string]act{
		"micropay": w.micropay, "apply": w.apply, "queryOrder": w.query, "closeOrder": w.close, "cancel": w.cancel,
		"refund": w.refund, "refundQuery": w.queryRefund, "bill": w.bill,
	} {
		mux.HandleFunc("POST "+gatewayPath+name, w.serve(name, do))
	}
	mux.Handle("/", http.NewCrossOriginProtection().Handler(pages))
	return mux
}
