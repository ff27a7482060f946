// Package registry plays the clearing institution's register of terminals.
//
// It takes POST /terminals, signed as package signature says, and keeps what it took in a file. A serial number stands for one
// terminal at a time: a report of another terminal under it is refused until the first has another serial number. The
// same report again gets the same reference. It can be told to be silent or down ([kit.Faults]).
//
// Invariants:
//   - what was answered with a reference is in the books;
//   - no two terminals in the books have one serial number at the same time.
package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/signature"
)

// Entry is a report that the register took.
type Entry struct {
	Report    string    `json:"report"`
	Acquirer  string    `json:"acquirer"`
	Serial    string    `json:"serial"`
	Terminal  string    `json:"terminal"`
	Merchant  string    `json:"merchant"`
	Category  string    `json:"category"`
	Area      string    `json:"area"`
	Reference string    `json:"reference"`
	At        time.Time `json:"at"`
}

// Config says where the register keeps its books and whom it trusts.
type Config struct {
	Dir    string // "" keeps them in memory
	Secret []byte
	Clock  *kit.Clock
	Wall   func() time.Time // of signatures
}

// Register is the register.
type Register struct {
	config  Config
	journal *kit.Journal[Entry]

	mu      sync.Mutex
	entries []Entry
	reports map[string]Entry
	serials map[string]string // serial number → terminal
	nonces  map[string]time.Time
	down    bool
}

// New opens a register with what it took before.
func New(c Config) (*Register, error) {
	r := &Register{config: c, reports: map[string]Entry{}, serials: map[string]string{}, nonces: map[string]time.Time{}}
	path := ""
	if c.Dir != "" {
		path = filepath.Join(c.Dir, "registry.jsonl")
	}
	var err error
	r.journal, err = kit.OpenJournal(path, func(e Entry) error {
		r.keep(e)
		return nil
	})
	return r, err
}

// Close keeps the books.
func (r *Register) Close() error { return r.journal.Close() }

// SetDown makes the register answer nothing but 503, or work again.
func (r *Register) SetDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

// Entries returns what the register took, the newest first.
func (r *Register) Entries() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.entries)
	slices.Reverse(list)
	return list
}

func (r *Register) keep(e Entry) {
	for serial, terminal := range r.serials {
		if terminal == e.Terminal {
			delete(r.serials, serial)
		}
	}
	r.entries = append(r.entries, e)
	r.reports[e.Report] = e
	r.serials[e.Serial] = e.Terminal
}

// Handler serves the register.
func (r *Register) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /terminals", r.take)
	mux.HandleFunc("GET /terminals", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(r.Entries())
	})
	return mux
}

func (r *Register) take(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, 64<<10))
	if err != nil {
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	now := r.config.Wall()
	nonce := q.Header.Get(signature.Nonce)
	if err := signature.Check(r.config.Secret, q.Header.Get(signature.Time), nonce, q.Header.Get(signature.Signature), body, now); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, seen := r.nonces[nonce]; seen {
		http.Error(w, "the nonce was used before", http.StatusUnauthorized)
		return
	}
	r.nonces[nonce] = now
	if r.down {
		http.Error(w, "closed for the moment", http.StatusServiceUnavailable)
		return
	}
	var e Entry
	if err := json.Unmarshal(body, &e); err != nil {
		http.Error(w, "a report is JSON", http.StatusBadRequest)
		return
	}
	reference, refused := r.enter(e)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]string{"reference": reference, "refused": refused})
}

// enter takes a report, or says why not.
func (r *Register) enter(e Entry) (reference, refused string) {
	if old, known := r.reports[e.Report]; known {
		return old.Reference, ""
	}
	var missing []string
	for name, value := range map[string]string{
		"report": e.Report, "acquirer": e.Acquirer, "serial": e.Serial, "terminal": e.Terminal, "merchant": e.Merchant,
		"category": e.Category, "area": e.Area,
	} {
		if value == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return "", "missing: " + strings.Join(missing, ", ")
	}
	if other, taken := r.serials[e.Serial]; taken && other != e.Terminal {
		return "", fmt.Sprintf("serial number %s is registered for terminal %s", e.Serial, other)
	}
	e.At = r.config.Clock.Now().UTC()
	e.Reference = fmt.Sprintf("REG%s%06d", e.At.Format("20060102"), len(r.entries)+1)
	if err := r.journal.Append(e); err != nil {
		return "", "the books cannot be written"
	}
	r.keep(e)
	return e.Reference, ""
}
