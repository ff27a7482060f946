package alipay

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
)

// Handler serves all of the wallet: the gateway, the same in the REST form under /v3/, bills, the payer's phone under /phone/, the plan of faults and
// the page. It stands at the root of its own port, since the path of the REST form is signed.
func (w *Wallet) Handler() http.Handler {
	pages := http.NewServeMux()
	pages.HandleFunc("POST /phone/scan", w.scanByHTTP)
	pages.HandleFunc("POST /phone/code", w.codeByHTTP)
	pages.HandleFunc("POST /phone/password", w.passwordByHTTP)
	pages.HandleFunc("POST /phone/coupon", w.couponByHTTP)
	pages.HandleFunc("/faults", w.flaws.Handler(w.faults))
	pages.HandleFunc("GET /flaws", w.flaws.Show(w.faults.Party()))
	pages.HandleFunc("GET /{$}", w.showPage)
	mux := http.NewServeMux()
	mux.HandleFunc(gatewayPath, w.gateway)
	mux.HandleFunc(restPath, w.rest)
	mux.HandleFunc("GET "+billPath, w.downloadBill)
	mux.Handle("/", http.NewCrossOriginProtection().Handler(pages))
	return mux
}

const phoneBodyMax = 4096 // bytes

// phoneBody is what the phone is asked for, in JSON or as a form of the same names.
type phoneBody struct {
	Content  string    `json:"content"`
	Act      Act       `json:"act"`
	State    CodeState `json:"state"`
	Code     string    `json:"code"`
	Refuse   bool      `json:"refuse"` // of a password
	Name     string    `json:"name"`
	Funder   Funder    `json:"funder"`
	Amount   int64     `json:"amount"`
	Minimum  int64     `json:"minimum"`
	Merchant string    `json:"merchant"`
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
	case errors.Is(err, ErrAct), errors.Is(err, ErrCodeState), errors.Is(err, ErrCoupon):
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

func (w *Wallet) scanByHTTP(rw http.ResponseWriter, r *http.Request) {
	if b, form, ok := readPhone(rw, r); ok {
		state, err := w.Scan(b.Content, b.Act)
		phoned(rw, form, err, map[string]string{"state": string(state)})
	}
}

func (w *Wallet) codeByHTTP(rw http.ResponseWriter, r *http.Request) {
	if b, form, ok := readPhone(rw, r); ok {
		code, err := w.Code(b.State)
		phoned(rw, form, err, map[string]string{"code": code})
	}
}

func (w *Wallet) passwordByHTTP(rw http.ResponseWriter, r *http.Request) {
	if b, form, ok := readPhone(rw, r); ok {
		enter := w.Password
		if b.Refuse {
			enter = w.RefusePassword
		}
		state, err := enter(b.Code)
		phoned(rw, form, err, map[string]string{"state": string(state)})
	}
}

func (w *Wallet) couponByHTTP(rw http.ResponseWriter, r *http.Request) {
	if b, form, ok := readPhone(rw, r); ok {
		id, err := w.Give(Coupon{Name: b.Name, Funder: b.Funder, Amount: b.Amount, Minimum: b.Minimum, Merchant: b.Merchant})
		phoned(rw, form, err, map[string]string{"coupon": id})
	}
}
