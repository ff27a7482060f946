package printer

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Parse(pageHTML))

// stateSwitches are the states that the page can set, by the name of their form field.
var stateSwitches = []struct {
	Name, Chinese, English string
	of                     func(*State) *bool
}{
	{"paper_near_end", "纸将尽", "paper near end", func(s *State) *bool { return &s.PaperNearEnd }},
	{"paper_out", "缺纸", "paper out", func(s *State) *bool { return &s.PaperOut }},
	{"cover_open", "开盖", "cover open", func(s *State) *bool { return &s.CoverOpen }},
	{"offline", "脱机", "offline", func(s *State) *bool { return &s.Offline }},
	{"overheated", "过热", "overheated", func(s *State) *bool { return &s.Overheated }},
	{"cutter_jam", "切刀卡住", "cutter jammed", func(s *State) *bool { return &s.CutterJam }},
	{"drawer_open", "钱箱打开", "drawer open", func(s *State) *bool { return &s.DrawerOpen }},
	{"silent", "不应答", "does not answer", func(s *State) *bool { return &s.Silent }},
}

// Handler serves the printer's page: GET /receipts lists the receipts and the state's switches,
// GET /receipts/{n}.png and /receipts/{n}.txt are one receipt, POST /receipts/state sets the state.
func (p *Printer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /receipts", p.list)
	mux.HandleFunc("GET /receipts/{file}", p.file)
	mux.HandleFunc("POST /receipts/state", p.change)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (p *Printer) list(w http.ResponseWriter, _ *http.Request) {
	type option struct {
		Name, Chinese, English string
		On                     bool
	}
	state := p.State()
	data := struct {
		Jobs    []Job
		Options []option
		Ready   bool
	}{Jobs: p.Jobs(), Ready: state.status().Printable()}
	for _, s := range stateSwitches {
		data.Options = append(data.Options, option{s.Name, s.Chinese, s.English, *s.of(&state)})
	}
	var b strings.Builder
	if err := page.Execute(&b, data); err != nil {
		http.Error(w, "page cannot be shown", http.StatusInternalServerError)
		return
	}
	secure(w, "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, b.String())
}

func (p *Printer) file(w http.ResponseWriter, r *http.Request) {
	number, form, _ := strings.Cut(r.PathValue("file"), ".")
	n, err := strconv.Atoi(number)
	job, ok := p.Job(n)
	if err != nil || !ok || (form != "png" && form != "txt") {
		http.NotFound(w, r)
		return
	}
	if form == "png" {
		secure(w, "image/png")
		w.Write(job.PNG)
		return
	}
	secure(w, "text/plain; charset=utf-8")
	fmt.Fprint(w, job.Text)
}

func (p *Printer) change(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "form cannot be read", http.StatusBadRequest)
		return
	}
	var state State
	for _, s := range stateSwitches {
		*s.of(&state) = r.PostForm.Has(s.Name)
	}
	p.SetState(state)
	http.Redirect(w, r, "/receipts", http.StatusSeeOther)
}

func secure(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'")
}
