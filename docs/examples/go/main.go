// Command go shows how a program calls yifen: it lists terminals page by page, writes a file of them, and reads a problem.
//
// Start the demo (yifen demo) and run it with
//
//	go run ./docs/examples/go
//
// YIFEN is the address of the installation, YIFEN_KEY an API key.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// Client calls one installation.
type Client struct {
	Address string // "http://127.0.0.1:8080"
	Key     string // API key
	HTTP    *http.Client
}

// Terminal is what this program wants to know of a terminal; the answer says more.
type Terminal struct {
	Number string `json:"number"`
	State  string `json:"state"`
	Online bool   `json:"online"`
}

// Problem is an answer that says what did not work (RFC 9457).
type Problem struct {
	Status    int    `json:"status"`
	Code      string `json:"code"` // for programs
	Detail    string `json:"detail"`
	RequestID string `json:"request_id"` // for whoever is asked for help
}

// Error implements error.
func (p *Problem) Error() string { return fmt.Sprintf("%s (%d): %s", p.Code, p.Status, p.Detail) }

// get reads a path. The caller closes what it returns.
func (c *Client) get(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Address+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Authorization", "Bearer "+c.Key)
	response, err := c.HTTP.Do(q)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 300 {
		return response.Body, nil
	}
	defer response.Body.Close()
	p := &Problem{Status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(p); err != nil {
		return nil, fmt.Errorf("answer %s: %w", response.Status, err)
	}
	return nil, p
}

// Terminals calls each for every terminal, the newest first. It asks for two at a time, to show how pages follow each other.
func (c *Client) Terminals(ctx context.Context, each func(Terminal)) error {
	query := url.Values{"limit": {"2"}}
	for {
		body, err := c.get(ctx, "/v1/terminals", query)
		if err != nil {
			return err
		}
		var page struct {
			Data       []Terminal `json:"data"`
			HasMore    bool       `json:"has_more"`
			NextCursor string     `json:"next_cursor"`
		}
		err = json.NewDecoder(body).Decode(&page)
		body.Close()
		if err != nil {
			return err
		}
		for _, t := range page.Data {
			each(t)
		}
		if !page.HasMore {
			return nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// Export writes the list of terminals as comma-separated values.
func (c *Client) Export(ctx context.Context, w io.Writer) (int64, error) {
	body, err := c.get(ctx, "/v1/terminals/export", url.Values{"format": {"csv"}, "lang": {"en"}})
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return io.Copy(w, body)
}

func run(ctx context.Context, out io.Writer) error {
	c := &Client{
		Address: cmp.Or(os.Getenv("YIFEN"), "http://127.0.0.1:8080"),
		Key:     cmp.Or(os.Getenv("YIFEN_KEY"), "yf_test_demo_898290054110001"), // everybody's, in the demo
		HTTP:    &http.Client{Timeout: 30 * time.Second},
	}
	count := 0
	if err := c.Terminals(ctx, func(t Terminal) {
		count++
		fmt.Fprintln(out, "terminal", t.Number, t.State, "online:", strconv.FormatBool(t.Online))
	}); err != nil {
		return err
	}
	fmt.Fprintln(out, "terminals:", count)
	n, err := c.Export(ctx, io.Discard)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "exported bytes:", n)

	// A terminal that is not there: what went wrong is told by a word.
	body, err := c.get(ctx, "/v1/terminals/trm_nothing", nil)
	var p *Problem
	switch {
	case errors.As(err, &p):
		fmt.Fprintln(out, "problem:", p.Code)
	case err != nil:
		return err
	default:
		body.Close()
	}
	return nil
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
