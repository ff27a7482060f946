package bureau

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Parse(pageHTML))

// Handler serves the provider's page: GET / shows what was asked and the faults, GET and POST /faults read and set the plan
// of faults. All links are relative, so it can hang below any path.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.showPage)
	mux.Handle("/faults", p.faults)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (p *Provider) showPage(w http.ResponseWriter, _ *http.Request) {
	data := struct {
		Address string
		Stats   Stats
		Entries []entry // newest first
		Kinds   []kit.Kind
		Faults  []kit.Planned
	}{Address: p.Addr().String(), Stats: p.Stats(), Kinds: kit.Kinds(), Faults: p.faults.List()}
	p.mu.Lock()
	for i := len(p.order) - 1; i >= 0 && len(data.Entries) < rowsMax; i-- {
		data.Entries = append(data.Entries, p.answers[p.order[i]])
	}
	p.mu.Unlock()
	var out bytes.Buffer
	if err := page.Execute(&out, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(out.Bytes())
}
