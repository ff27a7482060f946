package handheld

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

//go:embed page.html
var pageHTML []byte

//go:embed page.css
var pageCSS []byte

//go:embed page.js
var pageJS []byte

// waitMax is how long a request for the state waits for a change.
const waitMax = 25 * time.Second

// bodyMax bounds what a request may send, in bytes.
const bodyMax = 1024

// namedKeys are the keys that are no character.
var namedKeys = []string{
	"enter", "esc", "backspace", "up", "down", "left", "right", "pgup", "pgdown", "f1", "f2", powerKey,
}

// phoneEntry presents the phone, whatever card is named.
const phoneEntry = "phone"

// Handler returns the page and what it calls, below /pos.
func (s *Stand) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pos", asset("text/html; charset=utf-8", pageHTML))
	mux.HandleFunc("GET /pos.css", asset("text/css; charset=utf-8", pageCSS))
	mux.HandleFunc("GET /pos.js", asset("text/javascript; charset=utf-8", pageJS))
	mux.HandleFunc("GET /pos/terminals", s.listTerminals)
	mux.HandleFunc("GET /pos/cards", listCards)
	mux.HandleFunc("POST /pos/activate", s.activate)
	mux.HandleFunc("GET /pos/{terminal}/state", s.with(showState))
	mux.HandleFunc("POST /pos/{terminal}/press", s.with(press))
	mux.HandleFunc("POST /pos/{terminal}/present", s.with(present))
	mux.HandleFunc("GET /pos/{terminal}/paper", s.with(showPaper))
	return http.NewCrossOriginProtection().Handler(mux)
}

// asset serves a part of the page, which runs no script and loads nothing but its own.
func asset(kind string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		w.Write(content)
	}
}

// answer writes a value, or the words of an error in both languages.
func answer(w http.ResponseWriter, status int, value any, err error) {
	if err != nil {
		words := pos.Words(err)
		value = map[string]string{"zh": words.ZH, "en": words.EN}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}

// done answers an act that came off, or was refused in the state that the terminal is in.
func done(w http.ResponseWriter, err error) {
	if err != nil {
		answer(w, http.StatusConflict, nil, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// with finds the terminal that an address names.
func (s *Stand) with(do func(*device, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d := s.device(r.PathValue("terminal"))
		if d == nil {
			answer(w, http.StatusNotFound, nil, errNoTerminal)
			return
		}
		do(d, w, r)
	}
}

func (s *Stand) listTerminals(w http.ResponseWriter, _ *http.Request) {
	type row struct {
		Number string `json:"number"`
		ZH     string `json:"zh"`
		EN     string `json:"en"`
	}
	list := []row{}
	for _, t := range s.terminals() {
		list = append(list, row{t.Number, t.Name, t.NameEN})
	}
	answer(w, http.StatusOK, list, nil)
}

// activateMax bounds an activation: the terminal speaks to both doors of the operator.
const activateMax = 45 * time.Second

// activate makes a terminal of new hardware: {"serial": …, "code": …}.
func (s *Stand) activate(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Serial, Code string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax)).Decode(&ask); err != nil {
		answer(w, http.StatusBadRequest, nil, errNoJSON)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), activateMax)
	defer cancel()
	t, err := s.config.Activate(ctx, ask.Serial, strings.Join(strings.Fields(ask.Code), ""))
	if err != nil {
		answer(w, http.StatusConflict, nil, err)
		return
	}
	s.put(t)
	answer(w, http.StatusOK, map[string]string{"number": t.Number, "zh": t.Name, "en": t.NameEN}, nil)
}

func listCards(w http.ResponseWriter, _ *http.Request) {
	type row struct {
		Name   string `json:"name"`
		Number string `json:"number"` // masked
		Label  string `json:"label"`  // of the chip's application
		ZH     string `json:"zh"`
		EN     string `json:"en"`
		Phone  bool   `json:"phone"`
		PIN    string `json:"pin"` // of a demo card
	}
	list := []row{}
	for _, c := range pos.Cards() {
		list = append(list, row{c.Name, iso8583.MaskPAN(c.Number), c.Label, c.Behavior.ZH, c.Behavior.EN, c.Phone, c.PIN})
	}
	answer(w, http.StatusOK, list, nil)
}

func showState(d *device, w http.ResponseWriter, r *http.Request) {
	version, err := strconv.Atoi(r.URL.Query().Get("version"))
	if err != nil {
		version = -1
	}
	ctx, cancel := context.WithTimeout(r.Context(), waitMax)
	defer cancel()
	state, err := d.scene(ctx, version)
	if err != nil {
		answer(w, http.StatusServiceUnavailable, nil, err)
		return
	}
	answer(w, http.StatusOK, state, nil)
}

// read reads what a request sends.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax)).Decode(into); err != nil {
		answer(w, http.StatusBadRequest, nil, errNoJSON)
		return false
	}
	return true
}

func press(d *device, w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Key string `json:"key"`
	}
	if !read(w, r, &ask) {
		return
	}
	if !slices.Contains(namedKeys, ask.Key) && !character(ask.Key) {
		answer(w, http.StatusBadRequest, nil, &pos.Refusal{Text: pos.Text{ZH: "没有这个键", EN: "there is no such key: send a digit, a letter, or a name such as enter"}})
		return
	}
	done(w, d.press(ask.Key))
}

// character reports whether a key is a digit or a letter.
func character(key string) bool {
	return len(key) == 1 && (key[0] >= '0' && key[0] <= '9' || key[0]|0x20 >= 'a' && key[0]|0x20 <= 'z')
}

func present(d *device, w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Card  string `json:"card"`
		Entry string `json:"entry"`
	}
	if !read(w, r, &ask) {
		return
	}
	entry := pos.Entry(ask.Entry)
	if ask.Entry == phoneEntry {
		ask.Card, entry = phoneEntry, pos.Tap
	}
	card, err := pos.FindCard(ask.Card)
	if err == nil && card.Name != ask.Card { // a number, which is typed
		err = errNoSuchCard
	}
	if err == nil && entry != pos.Swipe && entry != pos.Insert && entry != pos.Tap {
		err = errNoSlot
	}
	if err != nil {
		answer(w, http.StatusBadRequest, nil, err)
		return
	}
	done(w, d.present(card, entry))
}

var (
	errNoJSON     = &pos.Refusal{Text: pos.Text{ZH: "请求应为 JSON", EN: "send JSON"}}
	errNoSuchCard = &pos.Refusal{Text: pos.Text{ZH: "这里没有这张卡", EN: "no such card lies here: send the name of one of /pos/cards"}}
	errNoSlot     = &pos.Refusal{Text: pos.Text{ZH: "读卡方式应为 swipe、insert、tap 或 phone", EN: "an entry is swipe, insert, tap or phone"}}
)

func showPaper(d *device, w http.ResponseWriter, r *http.Request) {
	lang := screen.Chinese
	if r.URL.Query().Get("lang") == screen.English {
		lang = screen.English
	}
	papers, err := d.paper.list(r.Context(), lang, d.stand.config.Operation)
	switch {
	case errors.Is(err, context.Canceled):
		return // nobody waits for it any more
	case err != nil:
		answer(w, http.StatusInternalServerError, nil, &pos.Refusal{Text: pos.Text{ZH: "无法读取签购单", EN: "the papers cannot be read"}})
		return
	}
	answer(w, http.StatusOK, papers, nil)
}
