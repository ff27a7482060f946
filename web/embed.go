// Package web holds the pages for the browser, built, and serves them.
//
// The sources of a page lie in a folder of its own (console, portal, and pay: the payer's, under /c/) beside what the pages share; they speak to the
// REST API only. dist is what "npm run build" makes of them. It is committed, so that a build of the program needs no
// Node, and the continuous integration builds it again and compares.
//
// # What a browser is told
//
// A page runs scripts of its own origin only, and no inline one. Styles are its own files and those that carry the
// nonce of the answer: Ant Design writes its rules at run time, as components come, and the nonce lets it do so where
// 'unsafe-inline' would open the door to everyone. A page is therefore made anew for each request and not kept by the
// browser; what it loads has the digest of its content in its name and is kept for a year.
//
// Sources: Content Security Policy Level 3, RFC 9110 (ETag, Content-Encoding), RFC 8246 (immutable).
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed all:dist
var dist embed.FS

const (
	// placeholder stands in a built page for the nonce of the answer. vite.config.ts writes it.
	placeholder = "__nonce__"
	// assets is the folder of what pages load: names with a digest in them.
	assets = "/assets/"
)

// Site serves the built pages and what they load.
type Site struct {
	pages map[string][]byte // by prefix: "/console/"
	files map[string]*file  // by path: "/assets/console-4f1c.js"
}

// file is one asset, compressed when somebody first asks for it.
type file struct {
	kind    string // media type
	digest  string
	plain   []byte
	zipOnce sync.Once
	zipped  []byte // nil where compression gains nothing
}

// New returns the site that was built into the program.
func New() (*Site, error) {
	s := &Site{pages: map[string][]byte{}, files: map[string]*file{}}
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		switch {
		case path.Base(name) == "index.html":
			s.pages[prefixOf(path.Dir(name))] = content
		case strings.HasPrefix("/"+name, assets):
			sum := sha256.Sum256(content)
			s.files["/"+name] = &file{kind: kindOf(name), digest: hex.EncodeToString(sum[:12]), plain: content}
		}
		return nil
	})
	return s, err
}

// prefixOf returns the path below which a page is. What is in a printed code is as short as can be.
func prefixOf(page string) string {
	if page == "pay" {
		return "/c/"
	}
	return "/" + page + "/"
}

// Prefixes lists the paths that the site answers below, each with a slash at both ends. Mount the site at them.
func (s *Site) Prefixes() []string {
	return append(slices.Sorted(maps.Keys(s.pages)), assets)
}

// kindOf returns the media type for a file's name. Those of our own files do not depend on the machine's tables.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// ServeHTTP answers with an asset, or with the page below whose prefix the path lies: the page itself knows its routes.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "pages are only read", http.StatusMethodNotAllowed)
		return
	}
	protect(w.Header())
	if f := s.files[r.URL.Path]; f != nil {
		f.serve(w, r)
		return
	}
	for prefix, page := range s.pages {
		if strings.HasPrefix(r.URL.Path, prefix) {
			servePage(w, r, page)
			return
		}
	}
	http.NotFound(w, r)
}

// protect sets what every answer carries.
func protect(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), "+
		"clipboard-write=(self), geolocation=(), microphone=(), payment=(), usb=()")
}

// policy is the Content-Security-Policy of a page.
func policy(nonce string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data: blob:; " +
		"font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

func servePage(w http.ResponseWriter, r *http.Request, page []byte) {
	var random [16]byte
	rand.Read(random[:]) // never fails, see crypto/rand
	nonce := base64.StdEncoding.EncodeToString(random[:])
	h := w.Header()
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(bytes.ReplaceAll(page, []byte(placeholder), []byte(nonce))))
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if zipped := f.gzip(); zipped != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+f.digest+`-gzip"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(zipped))
		return
	}
	h.Set("ETag", `"`+f.digest+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.plain))
}

// gzip returns the file compressed, nil where that gains nothing.
func (f *file) gzip() []byte {
	f.zipOnce.Do(func() {
		if zipped := compress(f.plain); len(zipped) < len(f.plain)*9/10 {
			f.zipped = zipped
		}
	})
	return f.zipped
}

// compress writes to memory, which does not fail.
func compress(plain []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	z.Write(plain)
	z.Close()
	return out.Bytes()
}

// acceptsGzip reads Accept-Encoding (RFC 9110 clause 12.5.3) as far as browsers use it: a coding is refused by q=0.
func acceptsGzip(r *http.Request) bool {
	for item := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(item, ";")
		if strings.TrimSpace(coding) == "gzip" {
			q, given := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			return !given || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
