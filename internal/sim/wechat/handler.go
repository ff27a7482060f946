package wechat

import (
	"net/http"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// Handler serves all of the wallet: the merchants' API under /v3/, and what only a simulation has: the payer's phone
// under /phone/ (see [kit.MountPhone]), the plan of faults and flaws, and the page. It stands at the root of its own
// port, since the path is signed.
func (w *Wallet) Handler() http.Handler {
	pages := http.NewServeMux()
	kit.MountPhone(pages, w)
	pages.HandleFunc("/faults", w.flaws.Handler(w.faults))
	pages.HandleFunc("GET /flaws", w.flaws.Show(w.faults.Party()))
	pages.HandleFunc("GET /{$}", w.showPage)
	mux := http.NewServeMux()
	w.api(mux)
	mux.Handle("/", http.NewCrossOriginProtection().Handler(pages))
	return mux
}
