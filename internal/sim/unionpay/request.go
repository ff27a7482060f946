package unionpay

import (
	"cmp"
	"io"
	"net/http"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const bodyMax = 1 << 20 // bytes

// call is a request whose signature was right.
type call struct {
	message
	act      string
	signer   *signer
	merchant *Merchant // nil of a bill of all merchants
	now      time.Time
}

// act does what one request asks for. It returns the answer with its respCode, [codeDone] where there is none.
type act func(c *call) (message, *refusal)

// verify checks a request as far as it is the same for all.
func (w *Wallet) verify(name string, m message) (*call, *refusal) {
	for _, need := range []string{"serProvId", signatureName, "reqTime"} {
		if m[need] == "" {
			return nil, missing(need)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.institutions[m["serProvId"]]
	if s == nil {
		return nil, noInstitution
	}
	if !m.signed(s.key) {
		return nil, badSignature
	}
	c := &call{message: m, act: name, signer: s, merchant: w.merchants[m["merId"]], now: w.clock.Now()}
	sent, err := time.ParseInLocation(stampForm, m["reqTime"], kit.China)
	switch {
	case err != nil:
		return nil, wrong("reqTime")
	case time.Since(sent).Abs() > w.config.AgeMax:
		return nil, badTime
	case s.Suspended:
		return nil, noInstitution
	case m["merId"] == "" && name == "bill":
		return c, nil
	case m["merId"] == "":
		return nil, missing("merId")
	case c.merchant == nil:
		return nil, noMerchant
	case c.merchant.Institution != s.Code:
		return nil, notYours
	case c.merchant.Suspended:
		return nil, noMerchant
	}
	return c, nil
}

// serve answers requests for an act, with all faults in force.
func (w *Wallet) serve(name string, do act) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, bodyMax))
		if err != nil {
			http.Error(rw, "the body is too long", http.StatusRequestEntityTooLarge)
			return
		}
		effect, struck := w.faults.Next(), w.flaws.Next(answerFlaws...)
		w.host.Meet(r, effect)
		m, ok := readMessage(body)
		var c *call
		refused := notJSON
		if ok {
			c, refused = w.verify(name, m)
		}
		result, refused := w.perform(do, c, refused, effect, struck)
		w.count(c, refused)
		w.host.Part(r, effect)
		if struck[ServerError] && c != nil {
			http.Error(rw, "Internal Server Error", http.StatusInternalServerError)
			return
		}
		if result == nil {
			result = message{}
		}
		for _, name := range []string{"serProvId", "merId", "orderNo"} {
			if result[name] == "" {
				result.put(name, m[name])
			}
		}
		alter(result, effect, struck)
		result["respCode"] = cmp.Or(result["respCode"], codeDone)
		if refused != nil {
			result["respCode"], result["respMsg"] = refused.code, refused.text
		} else {
			result["respMsg"] = texts[result["respCode"]]
		}
		status := http.StatusOK
		if refused == tooOften {
			status = http.StatusTooManyRequests
		}
		w.answer(rw, status, result, struck)
	}
}

// perform has a verified request done, unless a fault stands before it.
func (w *Wallet) perform(do act, c *call, refused *refusal, effect kit.Effect, struck kit.Struck[Flaw]) (message, *refusal) {
	switch {
	case refused != nil:
		return nil, refused
	case struck[TooMany]:
		return nil, tooOften
	case effect.Decline != "":
		return nil, &refusal{effect.Decline, "交易失败"}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	result, refused := do(c)
	if struck[UnknownOutcome] {
		return nil, unknownResult
	}
	return result, refused
}

func (w *Wallet) count(c *call, refused *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c == nil {
		w.stats.Unsigned++
		return
	}
	w.stats.Requests++
	if refused != nil {
		w.stats.Refused++
	}
}

// Numbers of nobody's, for messages that are not meant for whoever gets them.
const (
	strangeInstitution = "99999999"
	strangeMerchant    = "999999999999999"
	strangeOrder       = "another-order"
	strangeIndex       = "999999999999999999999999"
)

// alter changes what an answer says.
func alter(m message, effect kit.Effect, struck kit.Struck[Flaw]) {
	if effect.WrongAmount {
		m.more("txnAmt")
	}
	if struck[WrongMerchant] {
		m.replace("serProvId", strangeInstitution)
		m.replace("merId", strangeMerchant)
	}
	if struck[OtherOrder] {
		m.replace("orderNo", strangeOrder)
		m.replace("origOrderNo", strangeOrder)
		m.replace("transIndex", strangeIndex)
	}
}

// answer writes a signed answer.
func (w *Wallet) answer(rw http.ResponseWriter, status int, m message, struck kit.Struck[Flaw]) {
	text, err := w.seal(m, "respTime", struck[ClockOff], struck[ForgedSignature])
	if err != nil {
		w.log.Error("unionpay simulator cannot sign", "error", err)
		http.Error(rw, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json;charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	rw.Write(text) // a client that is gone needs no answer
}

// seal puts the time and the signature into a message and writes it.
func (w *Wallet) seal(m message, clock string, off, forged bool) ([]byte, error) {
	now := time.Now()
	if off {
		now = now.Add(-10 * time.Minute)
	}
	m[clock] = stamp(now)
	key := w.keys.network
	if forged {
		key = w.keys.stranger
	}
	err := m.sign(key)
	return m.text(), err
}
