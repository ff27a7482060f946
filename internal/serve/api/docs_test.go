package api_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// get reads a page of the door.
func (d *door) get(path string) (*http.Response, string) {
	d.t.Helper()
	q, err := http.NewRequestWithContext(d.t.Context(), "GET", d.web.URL+path, nil)
	d.must(err)
	response, err := http.DefaultClient.Do(q)
	d.must(err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	d.must(err)
	return response, string(raw)
}

// The reference page tells of every operation, by itself: it asks nobody else for anything and runs no script that is in it.
func TestDocs(t *testing.T) {
	d := newDoor(t)
	response, page := d.get("/docs")
	if response.StatusCode != 200 || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("the page is answered %s, %v", response.Status, response.Header)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's policy is %q", policy)
	}
	for _, e := range d.api.Rules() {
		if n := strings.Count(page, `<details class="operation" id="`+e.ID+`">`); n != 1 {
			t.Errorf("%s is there %d times", e.ID, n)
		}
	}
	for _, must := range []string{"terminal.view", "Idempotency-Key: $(uuidgen)", "idempotency_key_reused", "next_cursor", "single_max_fen", "Authorization: Bearer $YIFEN_KEY"} {
		if !strings.Contains(page, must) {
			t.Errorf("the page does not say %q", must)
		}
	}
	for _, never := range []string{"{{", "ZgotmplZ", "<no value>", " style=", "onclick", "%!"} {
		if strings.Contains(page, never) {
			t.Errorf("the page says %q", never)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"#]+)"`).FindAllStringSubmatch(page, -1) {
		if m[1] == "data:," {
			continue
		}
		if response, text := d.get(m[1]); response.StatusCode != 200 || text == "" {
			t.Errorf("the page leads to %s, which is answered %s", m[1], response.Status)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !ids[m[1]] {
			t.Errorf("nothing is called %s", m[1])
		}
	}
	reader := xml.NewDecoder(strings.NewReader(page))
	reader.Strict, reader.AutoClose, reader.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := reader.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
	}
}
