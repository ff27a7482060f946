package kit

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
)

const phoneBodyMax = 4096 // bytes

// Phone is what the payers of a wallet can do. S is the state that an order then has.
type Phone[S ~string] interface {
	// Scan has the payer scan a merchant's code and act. An order that cannot be paid any more stays as it is.
	Scan(content string, act Act) (S, error)
	// Code puts a payment code on the payer's phone.
	Code(CodeState) (string, error)
	// Password has the payer whose code is waiting enter the password.
	Password(code string) (S, error)
	// RefusePassword has the payer whose code is waiting give up.
	RefusePassword(code string) (S, error)
	// Give puts a coupon on the payer's phone and returns its number.
	Give(Coupon) (string, error)
}

// Teller is a phone whose payer can say how much to pay for a code that holds no amount.
type Teller[S ~string] interface {
	ScanAmount(content string, act Act, fen int64) (S, error)
}

// phoneBody is what the phone is asked for, in JSON or as a form of the same names.
type phoneBody struct {
	Content  string    `json:"content"`
	Act      Act       `json:"act"`
	State    CodeState `json:"state"`
	Code     string    `json:"code"`
	Refuse   bool      `json:"refuse"` // of a password
	Name     string    `json:"name"`
	Funder   Funder    `json:"funder"`
	Amount   int64     `json:"amount"` // fen: of a coupon, or of a code that holds none
	Minimum  int64     `json:"minimum"`
	Merchant string    `json:"merchant"`
}

// MountPhone serves a phone below /phone/: POST scan takes {"content", "act"} and answers {"state"}, code {"state"}
// and answers {"code"}, password {"code", "refuse"} and answers {"state"}, coupon {"funder", "amount", "minimum",
// "merchant", "name"} and answers {"coupon"}. Where it is refused, "error" says why.
func MountPhone[S ~string](mux *http.ServeMux, p Phone[S]) {
	serve := func(name, answer string, act func(phoneBody) (string, error)) {
		mux.HandleFunc("POST /phone/"+name, func(rw http.ResponseWriter, r *http.Request) {
			if body, form, ok := readPhone(rw, r); ok {
				text, err := act(body)
				phoned(rw, form, err, map[string]string{answer: text})
			}
		})
	}
	serve("scan", "state", func(b phoneBody) (string, error) {
		if teller, ok := p.(Teller[S]); ok && b.Amount > 0 {
			state, err := teller.ScanAmount(b.Content, b.Act, b.Amount)
			return string(state), err
		}
		state, err := p.Scan(b.Content, b.Act)
		return string(state), err
	})
	serve("code", "code", func(b phoneBody) (string, error) { return p.Code(b.State) })
	serve("password", "state", func(b phoneBody) (string, error) {
		enter := p.Password
		if b.Refuse {
			enter = p.RefusePassword
		}
		state, err := enter(b.Code)
		return string(state), err
	})
	serve("coupon", "coupon", func(b phoneBody) (string, error) {
		return p.Give(Coupon{Name: b.Name, Funder: b.Funder, Amount: b.Amount, Minimum: b.Minimum, Merchant: b.Merchant})
	})
}

// readPhone reads the body of a request to the phone, and whether it came from the page's form.
func readPhone(rw http.ResponseWriter, r *http.Request) (b phoneBody, form, ok bool) {
	r.Body = http.MaxBytesReader(rw, r.Body, phoneBodyMax)
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" {
		if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
			http.Error(rw, "the body is not the JSON that the phone takes", http.StatusBadRequest)
			return b, false, false
		}
		return b, false, true
	}
	amount, wrong := strconv.ParseInt(r.PostFormValue("amount"), 10, 64)
	if wrong != nil {
		amount = 0 // which is refused where one is needed
	}
	return phoneBody{
		Content: r.PostFormValue("content"), Act: Act(r.PostFormValue("act")), State: CodeState(r.PostFormValue("state")),
		Code: r.PostFormValue("code"), Funder: Funder(r.PostFormValue("funder")), Amount: amount,
	}, true, true
}

// phoned answers a request to the phone: JSON with JSON, a form with the page.
func phoned(rw http.ResponseWriter, form bool, err error, answer map[string]string) {
	status := http.StatusOK
	switch {
	case errors.Is(err, ErrUnknownCode):
		status = http.StatusNotFound
	case errors.Is(err, ErrExpiredCode), errors.Is(err, ErrFunds), errors.Is(err, ErrNotWaiting):
		status = http.StatusConflict
	case errors.Is(err, ErrAct), errors.Is(err, ErrCodeState), errors.Is(err, ErrCoupon), errors.Is(err, ErrAmount):
		status = http.StatusBadRequest
	case err != nil:
		status = http.StatusInternalServerError
	}
	if form && err == nil {
		rw.Header().Set("Location", "../") // relative, since the page may hang below any path
		rw.WriteHeader(http.StatusSeeOther)
		return
	}
	if err != nil {
		answer["error"] = err.Error()
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	json.NewEncoder(rw).Encode(answer) // a client that is gone needs no answer
}
