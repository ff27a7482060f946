package bureau

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const checksPath = "/v1/checks"

// question is what is asked.
type question struct {
	ID             string `json:"id"`
	Kind           string `json:"kind"`
	Name           string `json:"name"`
	Number         string `json:"number"`
	Code           string `json:"code"`
	Representative string `json:"representative"`
	Account        string `json:"account"`
	Phone          string `json:"phone"`
}

// verdict is what comes of a question.
type verdict struct {
	outcome string
	differs []string
	busy    bool // say so and write nothing down
	once    bool // busy the first time only
	cut     bool
}

// check answers one question.
func (p *Provider) check(w http.ResponseWriter, r *http.Request) {
	effect := p.faults.Next()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, questionMax))
	if effect.Lost {
		hang(r)
	}
	var q question
	key, refusal := p.authentic(r, body)
	if refusal == "" && (err != nil || json.Unmarshal(body, &q) != nil || q.ID == "" || len(q.ID) > 200 || q.Name == "") {
		p.count(func(s *Stats) { s.Malformed++ })
		p.reply(w, r, key, http.StatusBadRequest, map[string]string{"error": "malformed"})
		return
	}
	if refusal != "" {
		http.Error(w, refusal, http.StatusUnauthorized)
		return
	}
	status, answer, cut := p.answer(q, body, effect)
	switch {
	case effect.Drop:
		hang(r)
	case effect.Close || cut:
		panic(http.ErrAbortHandler)
	}
	if wait := max(effect.Delay, effect.Late); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	p.reply(w, r, key, status, answer)
}

// hang keeps a question waiting until who asked gives up.
func hang(r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

func (p *Provider) count(change func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.stats)
}

// authentic returns the client's key, or why the question is refused.
func (p *Provider) authentic(r *http.Request, body []byte) (key []byte, refusal string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	secret, known := p.config.Clients[r.Header.Get("Bureau-Client")]
	stamp, nonce := r.Header.Get("Bureau-Timestamp"), r.Header.Get("Bureau-Nonce")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	given, errHex := hex.DecodeString(r.Header.Get("Bureau-Signature"))
	if !known || err != nil || errHex != nil || !hmac.Equal(given, signature([]byte(secret), body, r.Method, r.URL.Path, stamp, nonce)) {
		p.stats.Signatures++
		return nil, "the client is unknown, or the signature wrong"
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > window || off < -window {
		p.stats.Signatures++
		return nil, "the time is too far off"
	}
	if raw, err := hex.DecodeString(nonce); err != nil || len(raw) != 16 {
		p.stats.Malformed++
		return nil, "the nonce has 32 hexadecimal digits"
	}
	for old, at := range p.nonces {
		if now.Sub(at) > 2*window {
			delete(p.nonces, old)
		}
	}
	if _, seen := p.nonces[nonce]; seen {
		p.stats.Replays++
		return nil, "the nonce was used before"
	}
	p.nonces[nonce] = now
	return []byte(secret), ""
}

// signature is HMAC-SHA-256 over lines and the digest of a body.
func signature(key, body []byte, lines ...string) []byte {
	digest := sha256.Sum256(body)
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s\n%x", strings.Join(lines, "\n"), digest)
	return h.Sum(nil)
}

func (p *Provider) reply(w http.ResponseWriter, r *http.Request, key []byte, status int, content any) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(content); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Bureau-Signature", hex.EncodeToString(signature(key, body.Bytes(), strconv.Itoa(status), r.Header.Get("Bureau-Nonce"))))
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "30")
	}
	w.WriteHeader(status)
	w.Write(body.Bytes())
}

// answer decides on a question and writes the answer down.
func (p *Provider) answer(q question, body []byte, effect kit.Effect) (status int, content any, cut bool) {
	digest := fmt.Sprintf("%x", sha256.Sum256(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	e, known := p.answers[q.ID]
	switch {
	case known && e.Digest != digest:
		return http.StatusConflict, map[string]string{"error": "another question has this number"}, false
	case known:
		p.stats.Repeated++
	default:
		v := p.judge(q)
		if v.once && !p.waited[q.ID] {
			v.busy, p.waited[q.ID] = true, true
		}
		if v.cut {
			return 0, nil, true
		}
		if v.busy || effect.Decline != "" {
			p.stats.Busy++
			return http.StatusTooManyRequests, map[string]string{"error": "busy"}, false
		}
		if effect.WrongAmount {
			v = turned(v)
		}
		e = entry{
			ID: q.ID, Digest: digest, Kind: q.Kind, Outcome: v.outcome, Differs: v.differs, Reference: "BRU" + strings.ToUpper(digest[:13]),
			At: p.config.Clock.Now(),
		}
		p.keep(e)
		p.stats.Answered++
		if err := p.journal.Append(e); err != nil {
			p.config.Logger.Error("bureau: the books cannot be written", "error", err)
			return http.StatusInternalServerError, map[string]string{"error": "books"}, false
		}
	}
	return http.StatusOK, map[string]any{"id": e.ID, "outcome": e.Outcome, "differs": e.Differs, "reference": e.Reference}, false
}

// turned is the opposite of a verdict.
func turned(v verdict) verdict {
	if v.outcome == "match" {
		return verdict{outcome: "mismatch", differs: []string{"name"}}
	}
	return verdict{outcome: "match"}
}

// judge looks into the books, and at the table of the package comment for whom they do not know.
func (p *Provider) judge(q question) verdict {
	var differs []string
	compare := func(word, known, said string) {
		if known != "" && said != "" && known != said {
			differs = append(differs, word)
		}
	}
	found := false
	switch q.Kind {
	case "real_name":
		for _, one := range p.config.People {
			if one.Number == q.Number {
				found = true
				compare("name", one.Name, q.Name)
			}
		}
	case "register":
		for _, one := range p.config.Companies {
			if one.Code == q.Code {
				found = true
				compare("name", one.Name, q.Name)
				compare("representative", one.Representative, q.Representative)
			}
		}
	case "account":
		for _, one := range p.config.Accounts {
			if one.Number == q.Account {
				found = true
				compare("name", one.Holder, q.Name)
				compare("number", one.Identity, q.Number)
				compare("phone", one.Phone, q.Phone)
			}
		}
	default:
		return verdict{outcome: "no_record"}
	}
	switch {
	case len(differs) > 0:
		return verdict{outcome: "mismatch", differs: differs}
	case found:
		return verdict{outcome: "match"}
	}
	return magic(q)
}

// magic reads what names and numbers say of themselves.
func magic(q question) verdict {
	for _, m := range []struct {
		suffix, order, account string
		v                      verdict
	}{
		{"不符", "901", "9001", verdict{outcome: "mismatch"}},
		{"查无", "902", "9002", verdict{outcome: "no_record"}},
		{"繁忙", "903", "9003", verdict{busy: true}},
		{"稍候", "904", "9004", verdict{outcome: "match", once: true}},
		{"停机", "905", "9005", verdict{cut: true}},
	} {
		word := ""
		switch {
		case strings.HasSuffix(q.Name, m.suffix):
			word = "name"
		case len(q.Number) == 18 && q.Number[14:17] == m.order:
			word = "number"
		case strings.HasSuffix(q.Account, m.account):
			word = "account"
		default:
			continue
		}
		if m.v.outcome == "mismatch" {
			m.v.differs = []string{word}
		}
		return m.v
	}
	if q.Kind == "register" && strings.HasSuffix(q.Name, "注销") {
		return verdict{outcome: "mismatch", differs: []string{"state"}}
	}
	return verdict{outcome: "match"}
}
