package phone

import (
	"encoding/json"
	"errors"
	"net/http"
)

// bodyMax bounds what a request may send, in bytes.
const bodyMax = 8192

// read reads what a request sends, and answers where that is not what the address takes.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax)).Decode(into); err != nil {
		answer(w, nil, errBody)
		return false
	}
	return true
}

// answer writes a value, or why there is none.
func answer(w http.ResponseWriter, value any, err error) {
	status := http.StatusOK
	if err != nil {
		var said *refusal
		if !errors.As(err, &said) {
			said = &refusal{http.StatusInternalServerError, "wallet_fault", err.Error(), "钱包出错：" + err.Error()}
		}
		status, value = said.Status, said
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value) // a client that is gone needs no answer
}
