// Package registry tells the clearing institution of the terminals that are bound: which hardware, for which merchant, paid to
// which account, at which place (PBOC [2021] No. 259: the binding is reported).
//
// A report is idempotent: its number is terminal and version, and the same report again gets the same reference. No
// registration or account number travels; what is masked and its index suffice to compare.
package registry

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/signature"
)

// timeout bounds one report, answerMax its answer in bytes.
const (
	timeout   = 15 * time.Second
	answerMax = 64 << 10
)

// Registry is the way to the register of terminals.
type Registry struct {
	URL      string // of the register: https://…/terminals
	Acquirer string // our institution number
	Secret   []byte
	Client   *http.Client
	Wall     func() time.Time // of signatures
}

// ErrUnanswered tells that nobody knows whether the register took a report.
var ErrUnanswered = fault.New(fault.Unknown, "registry_unanswered", "the register of terminals did not answer")

// report is one binding as it travels.
type report struct {
	Report       string `json:"report"` // number of the report: terminal number and version
	Acquirer     string `json:"acquirer"`
	Serial       string `json:"serial"`
	Terminal     string `json:"terminal"`
	Merchant     string `json:"merchant"`
	Name         string `json:"name"`
	Category     string `json:"category"`
	Registration string `json:"registration"`
	Account      string `json:"account"`
	Area         string `json:"area"`
	Address      string `json:"address"`
	From         string `json:"from"`
}

// answer is what the register says.
type answer struct {
	Reference string `json:"reference"`
	Refused   string `json:"refused"`
}

// Report implements supply.Registry.
func (r *Registry) Report(ctx context.Context, b terminal.Binding) (reference, refused string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := json.Marshal(report{
		Report: fmt.Sprintf("%s-%d", b.Number, b.Version), Acquirer: r.Acquirer, Serial: b.Serial, Terminal: b.Number,
		Merchant: b.MerchantNumber, Name: b.MerchantName, Category: b.Category, Registration: b.RegistrationMasked,
		Account: b.AccountMasked, Area: b.Place.Area, Address: b.Place.Address, From: b.From.String(),
	})
	if err != nil {
		return "", "", err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return "", "", err
	}
	var chance [12]byte
	rand.Read(chance[:])
	at, nonce := strconv.FormatInt(r.Wall().Unix(), 10), hex.EncodeToString(chance[:])
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("X-Acquirer", r.Acquirer)
	q.Header.Set(signature.Time, at)
	q.Header.Set(signature.Nonce, nonce)
	q.Header.Set(signature.Signature, signature.Of(r.Secret, at, nonce, body))
	got, err := r.Client.Do(q)
	if err != nil {
		return "", "", ErrUnanswered.Because(err)
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(got.Body, answerMax))
	if err != nil {
		return "", "", ErrUnanswered.Because(err)
	}
	var said answer
	if err := json.Unmarshal(raw, &said); err != nil || got.StatusCode != http.StatusOK || said.Reference == "" && said.Refused == "" {
		return "", "", ErrUnanswered.Because(fmt.Errorf("the register answered %s", got.Status))
	}
	return said.Reference, said.Refused, nil
}
