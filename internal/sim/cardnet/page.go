package cardnet

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/emv"
)

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"yuan": yuanText}).Parse(pageHTML))

const pageRows = 50

// Handler serves the network's page: GET / shows cards, transactions and faults, GET and POST /faults read
// and set the plan of faults, POST /faults with the kind of a [Flaw] sets that and GET /flaws lists them, GET
// /files/{name} is a daily file, POST /day closes the clearing date, POST /pin takes back the wrong PINs of a
// card, and POST /script has its issuer send the chip a script (card, command in hexadecimal: CLA INS P1 P2
// and data, and template 71 or 72). All links are relative, so it can hang below any path.
func (n *Network) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", n.showPage)
	mux.HandleFunc("/faults", n.serveFaults)
	mux.HandleFunc("GET /flaws", n.showFlaws)
	mux.HandleFunc("GET /files/{name}", n.showFile)
	mux.HandleFunc("POST /day", n.closeByPage)
	mux.HandleFunc("POST /pin", n.resetByPage)
	mux.HandleFunc("POST /script", n.scriptByPage)
	return http.NewCrossOriginProtection().Handler(mux)
}

// pageCard is a card as the page shows it.
type pageCard struct {
	ID, Number, Behavior string
	Product              Product
	Funds                int64 // fen that can be spent
	Held                 int64 // fen
	Locked               bool
	Scripts              []script
}

func (n *Network) showPage(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	number = max(number, 1)
	data := struct {
		Address, Date       string
		Now                 time.Time
		Stats               Stats
		Cards               []pageCard
		Transactions        []Transaction
		Page, Pages         int
		Previous, Following int
		Kinds               []kit.Kind
		Faults              []kit.Planned
		FlawKinds           []Flaw
		Flaws               []PlannedFlaw
		Files               []string
	}{
		Address: n.Addr().String(), Now: n.clock.Now().In(china), Stats: n.Stats(), Kinds: kit.Kinds(),
		Faults: n.faults.List(), FlawKinds: Flaws(), Flaws: n.PlannedFlaws(), Files: n.fileNames(),
	}
	n.mu.Lock()
	data.Date = n.books.date
	data.Cards = n.pageCards()
	total := len(n.books.entries)
	data.Pages = max(1, (total+pageRows-1)/pageRows)
	data.Page = min(number, data.Pages)
	end := total - (data.Page-1)*pageRows
	from := max(0, end-pageRows)
	data.Transactions = n.books.transactions(from, end-from)
	n.mu.Unlock()
	slices.Reverse(data.Transactions)
	data.Previous, data.Following = data.Page-1, data.Page+1

	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		n.log.Error("card network: page cannot be shown", "error", err)
		http.Error(w, "page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	w.Write(b.Bytes())
}

// pageCards lists the cards; numbers are whole for the demo's only, which stand in the documentation.
func (n *Network) pageCards() []pageCard {
	demo := map[string]bool{}
	for _, c := range DemoCards() {
		demo[c.PAN] = true
	}
	day := dayOf(n.clock.Now())
	var list []pageCard
	for _, a := range n.books.cards() {
		c := pageCard{
			ID: a.id, Number: a.Card.String(), Product: a.Product, Funds: a.available(), Held: a.held, Locked: a.locked(day),
		}
		for _, s := range a.scripts {
			c.Scripts = append(c.Scripts, *s)
		}
		if demo[a.PAN] {
			c.Number = a.PAN
		}
		switch {
		case a.Decline != "":
			c.Behavior = "拒绝 declines " + a.Decline
		case a.Silent:
			c.Behavior = "不应答 never answers"
		case a.Late:
			c.Behavior = "迟到批准 approves after " + n.config.LateAfter.String()
		case a.Product == Prepaid:
			c.Behavior = "可部分批准 approves a part"
		case a.Organization != "":
			c.Behavior = "境外卡 foreign, " + a.Organization
		}
		list = append(list, c)
	}
	return list
}

// fileNames returns the names of the daily files that were written, the newest first.
func (n *Network) fileNames() []string {
	if n.config.Dir == "" {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(n.config.Dir, fileName("????????")))
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(paths))
	for _, path := range slices.Backward(paths) {
		names = append(names, filepath.Base(path))
	}
	return names[:min(len(names), 31)]
}

func (n *Network) showFile(w http.ResponseWriter, r *http.Request) {
	date, ok := strings.CutPrefix(r.PathValue("name"), "cardnet-")
	date, ok2 := strings.CutSuffix(date, ".txt")
	if _, err := time.Parse(dateForm, date); err != nil || !ok || !ok2 || n.config.Dir == "" {
		http.NotFound(w, r)
		return
	}
	text, err := os.ReadFile(filepath.Join(n.config.Dir, fileName(date)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(text)
}

func (n *Network) closeByPage(w http.ResponseWriter, r *http.Request) {
	if err := n.CloseDay(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	seeOther(w)
}

func (n *Network) resetByPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1024)
	a := n.books.byID[r.PostFormValue("card")]
	if a == nil {
		http.Error(w, "no such card", http.StatusNotFound)
		return
	}
	n.ResetPIN(a.PAN)
	seeOther(w)
}

func (n *Network) scriptByPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1024)
	a := n.books.byID[r.PostFormValue("card")]
	if a == nil {
		http.Error(w, "no such card", http.StatusNotFound)
		return
	}
	command, err := hex.DecodeString(r.PostFormValue("command"))
	if err != nil || len(command) < 4 {
		http.Error(w, "a command is CLA INS P1 P2 and data, in hexadecimal", http.StatusBadRequest)
		return
	}
	s := Script{Template: emv.IssuerScript2, Header: [4]byte(command), Data: command[4:]}
	if r.PostFormValue("template") == "71" {
		s.Template = emv.IssuerScript1
	}
	if _, err := n.Script(a.PAN, s); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	seeOther(w)
}

// seeOther leads back to the page from where it hangs.
func seeOther(w http.ResponseWriter) {
	w.Header().Set("Location", "./")
	w.WriteHeader(http.StatusSeeOther)
}

// yuanText writes fen as yuan.
func yuanText(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}
