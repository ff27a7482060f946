package web

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a person waits for, in bytes of compressed JavaScript. The charts come after the page is there.
const (
	firstLoadMax = 450_000
	lazyMax      = 200_000
)

// chunk is one row of Vite's manifest, by the path of its source or a name for what several share.
type chunk struct {
	File           string
	Src            string
	Name           string
	IsEntry        bool
	Imports        []string
	CSS            []string
	DynamicImports []string
}

func readManifest(t *testing.T) map[string]chunk {
	t.Helper()
	text, err := fs.ReadFile(dist, "dist/.vite/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var chunks map[string]chunk
	if err := json.Unmarshal(text, &chunks); err != nil {
		t.Fatal(err)
	}
	return chunks
}

func zippedSize(t *testing.T, name string) int {
	t.Helper()
	content, err := fs.ReadFile(dist, "dist/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return len(compress(content))
}

// gather adds a chunk and all that it imports at once.
func gather(chunks map[string]chunk, key string, into map[string]bool) {
	if into[key] {
		return
	}
	into[key] = true
	for _, imported := range chunks[key].Imports {
		gather(chunks, imported, into)
	}
}

// later lists what is loaded on demand from a set of chunks, and from there on.
func later(chunks map[string]chunk, from map[string]bool) []string {
	found := map[string]bool{}
	queue := slices.Sorted(maps.Keys(from))
	for len(queue) > 0 {
		key := queue[0]
		queue = queue[1:]
		reached := map[string]bool{}
		gather(chunks, key, reached)
		for reachedKey := range reached {
			for _, next := range chunks[reachedKey].DynamicImports {
				if !found[next] {
					found[next] = true
					queue = append(queue, next)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// TestDist_firstLoadIsSmall holds every page of a back office, opened first, to its budget: the entry, one language
// and the page, with all that they import.
func TestDist_firstLoadIsSmall(t *testing.T) {
	chunks := readManifest(t)
	sizes := map[string]int{}
	for key, c := range chunks {
		if strings.HasSuffix(c.File, ".js") {
			sizes[key] = zippedSize(t, c.File)
		}
	}
	entries := 0
	for key, c := range chunks {
		if !c.IsEntry || key == payersPage {
			continue
		}
		entries++
		base := map[string]bool{}
		gather(chunks, key, base)
		lazy := later(chunks, base)
		largest, most := "", 0
		for _, one := range lazy {
			if path.Base(one) == "dictionary.ts" && sizes[one] > most {
				largest, most = one, sizes[one]
			}
		}
		if largest == "" {
			t.Fatalf("%s loads no dictionary: does it still load one language at a time?", key)
		}
		worst, worstSize := "", 0
		for _, one := range lazy {
			if strings.Contains(one, "chart") {
				continue
			}
			loaded := map[string]bool{}
			for _, part := range []string{key, largest, one} {
				gather(chunks, part, loaded)
			}
			total := 0
			for part := range loaded {
				total += sizes[part]
			}
			if total > worstSize {
				worst, worstSize = one, total
			}
			if total > firstLoadMax {
				t.Errorf("%s: opening %s first loads %d bytes of JavaScript, the budget is %d", key, one, total, firstLoadMax)
			}
		}
		t.Logf("%s: at most %d of %d bytes, by %s", key, worstSize, firstLoadMax, worst)
		for _, one := range lazy {
			if sizes[one] > lazyMax {
				t.Errorf("%s is %d bytes of JavaScript, the budget of a lazy part is %d", one, sizes[one], lazyMax)
			}
		}
	}
	if entries < 2 {
		t.Errorf("found %d pages, want the console and the portal", entries)
	}
}

// strangers are hosts whose names stand in the built files as words and are never asked: XML namespaces, and the
// addresses of explanations in error messages of libraries.
var strangers = []string{"www.w3.org", "react.dev", "reactrouter.com", "github.com"}

func TestDist_namesNoOutsideHost(t *testing.T) {
	host := regexp.MustCompile(`https?://([A-Za-z0-9.-]+\.[A-Za-z]{2,})`)
	loads := regexp.MustCompile(`(?:url\(|@import|import\(|\bsrc=|\bhref=)\s*["']?(?:https?:)?//`)
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		for _, found := range host.FindAllSubmatch(text, -1) {
			if !slices.Contains(strangers, string(found[1])) {
				t.Errorf("%s names %s: pages load nothing from outside; if it is only a word, add it to the list", name, found[0])
			}
		}
		if found := loads.Find(text); found != nil {
			t.Errorf("%s loads from outside: %s", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newSite(t *testing.T) *Site {
	t.Helper()
	site, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func get(t *testing.T, site *Site, target string, header ...string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	site.ServeHTTP(answer, request)
	return answer.Result()
}

func body(t *testing.T, answer *http.Response) []byte {
	t.Helper()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestSite_answersDeepLinksBelowItsPrefixesOnly(t *testing.T) {
	site := newSite(t)
	if want := []string{"/c/", "/console/", "/portal/", "/assets/"}; !slices.Equal(site.Prefixes(), want) {
		t.Errorf("the prefixes are %v, want %v", site.Prefixes(), want)
	}
	for target, want := range map[string]int{
		"/console/":                      http.StatusOK,
		"/console/audit?open=aud_1":      http.StatusOK,
		"/portal/account/security":       http.StatusOK,
		"/portal/a.b.c":                  http.StatusOK,
		"/":                              http.StatusNotFound,
		"/consoles/":                     http.StatusNotFound,
		"/assets/":                       http.StatusNotFound,
		"/assets/no-such.js":             http.StatusNotFound,
		"/.vite/manifest.json":           http.StatusNotFound,
		"/assets/../.vite/manifest.json": http.StatusNotFound,
	} {
		if got := get(t, site, target).StatusCode; got != want {
			t.Errorf("GET %s answers %d, want %d", target, got, want)
		}
	}
}

func TestSite_admitsStylesByANonceOfEachAnswer(t *testing.T) {
	site := newSite(t)
	nonce := regexp.MustCompile(`style-src 'self' 'nonce-([A-Za-z0-9+/]{22}==)'`)
	seen := map[string]bool{}
	for range 3 {
		answer := get(t, site, "/console/")
		rule := answer.Header.Get("Content-Security-Policy")
		found := nonce.FindStringSubmatch(rule)
		if found == nil {
			t.Fatalf("the policy %q has no nonce for styles", rule)
		}
		if seen[found[1]] {
			t.Error("two answers carry one nonce")
		}
		seen[found[1]] = true
		page := body(t, answer)
		if !bytes.Contains(page, []byte(`nonce="`+found[1]+`"`)) || bytes.Contains(page, []byte(placeholder)) {
			t.Error("the page does not carry the nonce of its policy")
		}
		if strings.Contains(rule, "unsafe") || strings.Contains(rule, "*") || !strings.Contains(rule, "default-src 'none'") {
			t.Errorf("the policy %q is not strict", rule)
		}
		if got := answer.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("the page may be kept: Cache-Control is %q", got)
		}
	}
	// Scripts in the page itself would need a nonce of their own; there are none.
	if regexp.MustCompile(`<script(?:>|\s[^>]*>)\s*[^<\s]`).Match(site.pages["/console/"]) {
		t.Error("the page has an inline script, which the policy refuses")
	}
}

func TestSite_keepsAssetsForAYear(t *testing.T) {
	site := newSite(t)
	var name string
	for candidate := range site.files {
		if strings.HasSuffix(candidate, ".js") && len(site.files[candidate].plain) > 10_000 {
			name = candidate
			break
		}
	}
	plain := get(t, site, name)
	if got := plain.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("Cache-Control is %q", got)
	}
	if got := plain.Header.Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	whole := body(t, plain)
	zipped := get(t, site, name, "Accept-Encoding", "br, gzip;q=0.8")
	if zipped.Header.Get("Content-Encoding") != "gzip" || len(body(t, zipped)) >= len(whole) {
		t.Error("a browser that takes gzip is not served it")
	}
	if refused := get(t, site, name, "Accept-Encoding", "gzip;q=0"); refused.Header.Get("Content-Encoding") != "" {
		t.Error("a browser that refuses gzip is served it")
	}
	if plain.Header.Get("ETag") == zipped.Header.Get("ETag") {
		t.Error("both encodings carry one ETag")
	}
	again := get(t, site, name, "Accept-Encoding", "gzip", "If-None-Match", zipped.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again with its ETag it answers %d, want 304", again.StatusCode)
	}
}

func TestSite_protectsEveryAnswer(t *testing.T) {
	site := newSite(t)
	for _, target := range []string{"/console/", "/assets/no-such.js", "/elsewhere"} {
		header := get(t, site, target).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("GET %s: %s is %q, want %q", target, name, got, want)
			}
		}
		for _, feature := range []string{"camera=(self)", "publickey-credentials-get=(self)", "geolocation=()"} {
			if !strings.Contains(header.Get("Permissions-Policy"), feature) {
				t.Errorf("GET %s: Permissions-Policy lacks %s", target, feature)
			}
		}
	}
	request := httptest.NewRequest(http.MethodPost, "/console/", nil)
	answer := httptest.NewRecorder()
	site.ServeHTTP(answer, request)
	if answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST to a page answers %d, want 405", answer.Code)
	}
}

// payersPage has its words in itself, and a budget of its own.
const payersPage = "pay/index.html"

// payerMax is what a payer's phone loads, scripts and styles, compressed.
const payerMax = 60_000

func TestBudget_payersPage(t *testing.T) {
	chunks := readManifest(t)
	needed := map[string]bool{}
	gather(chunks, payersPage, needed)
	total := 0
	for key := range needed {
		total += zippedSize(t, chunks[key].File)
		for _, style := range chunks[key].CSS {
			total += zippedSize(t, style)
		}
	}
	t.Logf("a payer loads %d bytes", total)
	if total > payerMax {
		t.Errorf("a payer loads %d bytes, more than %d", total, payerMax)
	}
}
