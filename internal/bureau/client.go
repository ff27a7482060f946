package bureau

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/merchant"
)

// DefaultTimeout is how long an answer may take.
const DefaultTimeout = 10 * time.Second

const (
	checksPath = "/v1/checks"
	answerMax  = 64 << 10 // bytes
	keyMin     = 16       // bytes
	nonceSize  = 16       // bytes
)

// Config says whom to ask, and as whom.
type Config struct {
	URL     string // of the provider, without a path
	Client  string // name that it gave us
	Key     []byte // shared with it, 16 bytes or more
	Timeout time.Duration
	Now     func() time.Time // the wall clock; signatures go by no other
}

// Client asks a provider. It is safe for concurrent use.
type Client struct {
	address, client string
	key             []byte
	now             func() time.Time
	http            *http.Client
}

// New returns a client. The error names the setting that is wrong.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		return nil, errors.New("the address of the bureau must be https://host or https://host:port")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("the bureau is not on this machine: its address must begin with https")
	case c.Client == "":
		return nil, errors.New("name the client that the bureau knows us as")
	case len(c.Key) < keyMin:
		return nil, fmt.Errorf("the key of the bureau has less than %d bytes", keyMin)
	case c.Now == nil:
		return nil, errors.New("the bureau's client needs a clock")
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	return &Client{
		address: u.Scheme + "://" + u.Host + checksPath, client: c.Client, key: bytes.Clone(c.Key), now: c.Now,
		http: &http.Client{
			Timeout:       c.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: c.Timeout,
				DialContext: (&net.Dialer{Timeout: c.Timeout}).DialContext,
			},
		},
	}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Close gives up connections that are kept for the next question.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// question and answer are what travels.
type question struct {
	ID             string `json:"id"`
	Kind           string `json:"kind"`
	Name           string `json:"name"`
	Number         string `json:"number,omitempty"`
	Code           string `json:"code,omitempty"`
	Representative string `json:"representative,omitempty"`
	Account        string `json:"account,omitempty"`
	Phone          string `json:"phone,omitempty"`
}

type answer struct {
	ID        string   `json:"id"`
	Outcome   string   `json:"outcome"`
	Differs   []string `json:"differs"`
	Reference string   `json:"reference"`
}

// referenceMax bounds what is kept of the provider's own number.
const referenceMax = 64

// Ask implements merchant.Bureau.
func (c *Client) Ask(ctx context.Context, q merchant.Question) (merchant.Answer, error) {
	body, err := json.Marshal(question{
		ID: q.ID, Kind: string(q.Kind), Name: q.Name, Number: q.Number, Code: q.Code, Representative: q.Representative,
		Account: q.Account, Phone: q.Phone,
	})
	if err != nil {
		return merchant.Answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return merchant.Answer{}, err
	}
	var chance [nonceSize]byte
	rand.Read(chance[:])
	nonce, stamp := hex.EncodeToString(chance[:]), strconv.FormatInt(c.now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Bureau-Client", c.client)
	request.Header.Set("Bureau-Timestamp", stamp)
	request.Header.Set("Bureau-Nonce", nonce)
	request.Header.Set("Bureau-Signature", hex.EncodeToString(c.sign(body, http.MethodPost, checksPath, stamp, nonce)))
	response, err := c.http.Do(request)
	if err != nil {
		return merchant.Answer{}, merchant.ErrBureauDown.Because(plain(err))
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, answerMax+1))
	if err != nil || len(raw) > answerMax {
		return merchant.Answer{}, merchant.ErrBureauDown.Because(errors.New("the answer broke off or has no end"))
	}
	signature, err := hex.DecodeString(response.Header.Get("Bureau-Signature"))
	signed := err == nil && hmac.Equal(signature, c.sign(raw, strconv.Itoa(response.StatusCode), nonce))
	switch status := response.StatusCode; {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return merchant.Answer{}, merchant.ErrBureauBusy // signed or not: a gate before the provider says so too
	case status != http.StatusOK:
		return merchant.Answer{}, merchant.ErrBureauDown.Because(fmt.Errorf("the provider answered with status %d", status))
	case !signed:
		return merchant.Answer{}, merchant.ErrBureauDown.Because(errors.New("the answer is not signed for this question"))
	}
	return read(raw, q.ID)
}

// read reads a signed answer.
func read(raw []byte, id string) (merchant.Answer, error) {
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil || a.ID != id {
		return merchant.Answer{}, merchant.ErrBureauDown.Because(errors.New("the answer is to another question, or none"))
	}
	if len(a.Reference) > referenceMax {
		a.Reference = a.Reference[:referenceMax]
	}
	out := merchant.Answer{Differs: a.Differs, Reference: strings.ToValidUTF8(a.Reference, "")}
	switch a.Outcome {
	case "match":
		out.Outcome, out.Differs = merchant.Match, nil
	case "mismatch":
		out.Outcome = merchant.Mismatch
	case "no_record":
		out.Outcome, out.Differs = merchant.Mismatch, []string{"no_record"}
	default:
		return merchant.Answer{}, merchant.ErrBureauDown.Because(errors.New("the outcome is none that was agreed on"))
	}
	return out, nil
}

// sign signs parts and a body.
func (c *Client) sign(body []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, c.key)
	for _, p := range parts {
		io.WriteString(h, p+"\n")
	}
	sum := sha256.Sum256(body)
	io.WriteString(h, hex.EncodeToString(sum[:]))
	return h.Sum(nil)
}

// plain leaves the address out of an error of the transport.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
