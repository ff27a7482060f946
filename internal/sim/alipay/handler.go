package alipay

import (
	"net/http"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Handler serves all of the wallet: the gateway, the same in the REST form under /v3/, bills, the payer's phone
// under /phone/ (see [kit.MountPhone]), the plan of faults and flaws, and the page. It stands at the root of its own port, since the path of the REST form is signed.
func (w *Wallet) Handler() http.Handler {
	pages := http.NewServeMux()
	kit.MountPhone(pages, w)
	pages.HandleFunc("/faults", w.flaws.Handler(w.faults))
	pages.HandleFunc("GET /flaws", w.flaws.Show(w.faults.Party()))
	pages.HandleFunc("GET /{$}", w.showPage)
	mux := http.NewServeMux()
	mux.HandleFunc(gatewayPath, w.gateway)
	mux.HandleFunc(restPath, w.rest)
	mux.HandleFunc("GET "+billPath, w.downloadBill)
	mux.Handle("/", http.NewCrossOriginProtection().Handler(pages))
	return mux
}
