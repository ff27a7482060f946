package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var (
	shots = flag.String("shots", "", "a folder in which the walk leaves pictures of the pages, to look at")
	only  = flag.String("only", "", "walk the routes whose address holds this")
	all   = flag.Bool("all", false, "walk each combination of language, theme and width")
)

// fixture answers for the API from test/fixture.json: enough for every page to have something to show. The pages meet
// the real API in the walk through the demo.
type fixture struct {
	site    *Site
	answers map[string]map[string]json.RawMessage // by side, then by "GET /v1/me"
}

// side tells by the cookie where the browser is signed in.
func (f *fixture) side(r *http.Request) string {
	if cookie, err := r.Cookie("side"); err == nil {
		return cookie.Value
	}
	return ""
}

func (f *fixture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch call := r.Method + " " + r.URL.Path; call {
	case "POST /v1/auth/login":
		var given struct{ Login, Password string }
		if err := json.NewDecoder(r.Body).Decode(&given); err != nil || given.Password != "yifen-demo-2026" {
			refuse(w, http.StatusForbidden, "log_in_refused")
			return
		}
		if given.Login == "admin@demo.yifen" {
			answer(w, []byte(`{"state":"second_factor","factors":["totp","passkey","recovery"]}`))
			return
		}
		if given.Login == "agent@demo.yifen" {
			signIn(w, "agent")
			return
		}
		signIn(w, "portal")
	case "POST /v1/auth/second-factor":
		signIn(w, "console")
	case "POST /v1/auth/logout":
		http.SetCookie(w, &http.Cookie{Name: "side", Path: "/", MaxAge: -1})
		w.WriteHeader(http.StatusNoContent)
	case "GET /v1/events":
		f.stream(w, r)
	default:
		side := f.side(r)
		for _, part := range []string{side, "both"} {
			if body, ok := f.answers[part][call]; ok {
				f.give(w, body)
				return
			}
		}
		switch {
		case side == "console" && strings.HasPrefix(call, "GET /v1/documents/"), side != "" && strings.Contains(call, "/pictures/"):
			w.Header().Set("Content-Type", "image/svg+xml")
			fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#9bb" d="M0 0h4v3H0z"/><path fill="#356" d="M1 1h2v1H1z"/></svg>`)
		case r.URL.Path[:min(4, len(r.URL.Path))] != "/v1/":
			f.site.ServeHTTP(w, r)
		case side == "":
			refuse(w, http.StatusUnauthorized, "unauthenticated")
		default:
			refuse(w, http.StatusNotFound, "not_found")
		}
	}
}

// give answers with a body of the fixture, which may be a refusal.
func (f *fixture) give(w http.ResponseWriter, body json.RawMessage) {
	var problem struct {
		Status int
		Code   string
	}
	if err := json.Unmarshal(body, &problem); err == nil && problem.Status >= http.StatusBadRequest {
		refuse(w, problem.Status, problem.Code)
		return
	}
	answer(w, body)
}

func signIn(w http.ResponseWriter, side string) {
	http.SetCookie(w, &http.Cookie{Name: "side", Value: side, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	answer(w, []byte(`{"state":"done"}`))
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"status":%d,"code":%q,"detail":"refused by the fixture","request_id":"req_1"}`, status, code)
}

// stream keeps the connection of an EventSource open until the browser leaves.
func (f *fixture) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, ": here\n\n")
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// TestPages_inABrowser walks every page of both sides with test/walk.mjs, which holds them to WCAG 2.2 A and AA and to
// an empty console. It needs Chromium, Node and what "npm ci" installs.
func TestPages_inABrowser(t *testing.T) {
	missing := ""
	for _, program := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = program + " is not installed"
		}
	}
	if _, err := os.Stat("node_modules/playwright-core"); errors.Is(err, os.ErrNotExist) {
		missing = `"npm ci" was not run in web`
	}
	if missing != "" && os.Getenv("YIFEN_NO_SKIP") != "1" {
		t.Skip(missing + ": the pages are not seen by a browser")
	}
	if missing != "" {
		t.Fatal(missing)
	}
	text, err := os.ReadFile("test/fixture.json")
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{site: newSite(t)}
	if err := json.Unmarshal(text, &f.answers); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(f)
	defer server.Close()
	defer server.CloseClientConnections()
	arguments := []string{"test/walk.mjs", "--base", server.URL}
	if *shots != "" {
		arguments = append(arguments, "--shots", *shots)
	}
	if *only != "" {
		arguments = append(arguments, "--only", *only)
	}
	if *all {
		arguments = append(arguments, "--all")
	}
	walk := exec.CommandContext(t.Context(), "node", arguments...)
	var told bytes.Buffer
	walk.Stdout, walk.Stderr = &told, &told
	if err := walk.Run(); err != nil {
		t.Fatalf("%v\n%s", err, told.Bytes())
	}
	t.Log(told.String())
}
