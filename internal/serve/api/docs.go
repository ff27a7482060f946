package api

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/repeat"
)

//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load what lies beside it and nothing else.
const docsPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// manual is the reference page: the API's own description, for people.
type manual struct {
	Version, About string
	Groups         []manualGroup
	Refusals       []manualRefusal
}

type manualGroup struct {
	Name, Anchor string
	Operations   []manualOperation
}

type manualOperation struct {
	ID, Method, Path, Summary string
	About                     []manualPiece
	Needs                     string // permission, empty for none
	Who                       string
	Parameters                []manualField
	BodyType                  string
	Body                      []manualField
	Answers                   []manualAnswer
	Curl                      string
}

type manualAnswer struct {
	Status, About, Type string
	Fields              []manualField
}

// manualField is a part of a request or an answer, with its own parts.
type manualField struct {
	Name, Type, In string
	Required       bool
	Note           string // "required", "may be missing"
	About          string
	Enum           []string
	Fields         []manualField
}

type manualRefusal struct {
	Status      int
	Code, About string
}

// manualPiece is a piece of a text: a paragraph's begin, words, or code.
type manualPiece struct {
	Text    string
	Code    bool
	NewLine bool
}

// docsDepth is how deep parts of parts are shown; deeper ones are named by their type.
const docsDepth = 6

// serveDocs adds the page and what it loads.
func (a *API) serveDocs(mux *http.ServeMux) {
	page := a.writeManual()
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Write(page)
	})
	for name, kind := range map[string]string{"docs.css": "text/css; charset=utf-8", "docs.js": "text/javascript; charset=utf-8"} {
		content, err := docsFiles.ReadFile("docs/" + name)
		if err != nil {
			panic("api: " + err.Error())
		}
		mux.HandleFunc("GET /docs/"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Write(content)
		})
	}
}

// writeManual writes the page. It is made once: the description does not change while the program runs.
func (a *API) writeManual() []byte {
	t := template.Must(template.ParseFS(docsFiles, "docs/docs.html"))
	var b bytes.Buffer
	if err := t.Execute(&b, a.manual()); err != nil {
		panic("api: reference page: " + err.Error())
	}
	return b.Bytes()
}

func (a *API) manual() manual {
	described := a.api.OpenAPI()
	m := manual{Version: Version, About: described.Info.Description, Refusals: commonRefusals()}
	for _, e := range a.rules {
		op := operationOf(described.Paths[e.Path], e.Method)
		if op == nil {
			continue
		}
		tag := strings.Join(op.Tags[:min(1, len(op.Tags))], "")
		name := strings.ToUpper(tag[:min(1, len(tag))]) + tag[min(1, len(tag)):]
		at := slices.IndexFunc(m.Groups, func(g manualGroup) bool { return g.Name == name })
		if at < 0 {
			at = len(m.Groups)
			m.Groups = append(m.Groups, manualGroup{Name: name, Anchor: "tag-" + strings.ReplaceAll(strings.ToLower(tag), " ", "-")})
		}
		m.Groups[at].Operations = append(m.Groups[at].Operations, a.explain(e, op, described.Components.Schemas))
	}
	slices.SortStableFunc(m.Groups, func(a, b manualGroup) int { return cmp.Compare(a.Name, b.Name) })
	return m
}

func operationOf(p *huma.PathItem, method string) *huma.Operation {
	if p == nil {
		return nil
	}
	return map[string]*huma.Operation{
		http.MethodGet: p.Get, http.MethodPost: p.Post, http.MethodPut: p.Put, http.MethodPatch: p.Patch, http.MethodDelete: p.Delete,
	}[method]
}

// explain says of one operation what a caller must know.
func (a *API) explain(e Entry, op *huma.Operation, schemas huma.Registry) manualOperation {
	about, _, _ := strings.Cut(op.Description, "\n\nNeeds the permission")
	o := manualOperation{ID: op.OperationID, Method: e.Method, Path: e.Path, Summary: op.Summary, About: pieces(about), Who: who(e.Rule)}
	if e.Rule.Needs != 0 {
		o.Needs = e.Rule.Needs.String()
	}
	w := schemaWalk{schemas: schemas}
	for _, p := range op.Parameters {
		if p.In == "cookie" {
			continue
		}
		f := w.field(p.Name, p.Schema, p.Required, docsDepth)
		f.In, f.About = p.In, cmp.Or(p.Description, f.About)
		o.Parameters = append(o.Parameters, f)
	}
	var body any
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Content {
			o.BodyType, o.Body = kind, w.fields(media.Schema, docsDepth)
			body = w.sample(media.Schema, docsDepth)
		}
	}
	w.answer = true
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		answer := manualAnswer{Status: status, About: r.Description}
		if status == "default" {
			continue // a problem, which is explained once for all
		}
		for kind, media := range r.Content {
			answer.Type, answer.Fields = kind, w.fields(media.Schema, docsDepth)
		}
		o.Answers = append(o.Answers, answer)
	}
	o.Curl = a.curl(e, op, o.BodyType, body)
	return o
}

// who says in words whom a rule lets in, beside the permission.
func who(r Rule) string {
	switch {
	case r.Public:
		return "Everybody."
	case r.Key:
		return "A person who is logged in, or a program with an API key."
	}
	words := map[access.Realm]string{
		access.Platform: "The operator's staff", access.Merchant: "People of merchants", access.Agent: "People of agents",
	}[r.Realm]
	words = cmp.Or(words, "A person") + ", logged in"
	if r.Fresh {
		words += "; the proof of identity must not be older than five minutes"
	}
	return words + "."
}

// curl writes the request as it is typed into a shell.
func (a *API) curl(e Entry, op *huma.Operation, kind string, body any) string {
	path := e.Path
	for _, p := range op.Parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", "$"+strings.ToUpper(p.Name))
		}
	}
	var b strings.Builder
	b.WriteString("curl")
	if e.Method != http.MethodGet {
		b.WriteString(" -X " + e.Method)
	}
	fmt.Fprintf(&b, ` "$YIFEN%s"`, path)
	switch {
	case e.Rule.Key:
		b.WriteString(" \\\n  -H \"Authorization: Bearer $YIFEN_KEY\"")
	case !e.Rule.Public:
		b.WriteString(" \\\n  -b \"" + a.cookieName() + "=$SESSION\"")
	}
	if e.Method == http.MethodPost && !e.Rule.Public && !e.Rule.Bare {
		b.WriteString(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"")
	}
	switch {
	case kind == "application/json":
		raw, err := json.MarshalIndent(body, "  ", "  ")
		if err != nil {
			return b.String()
		}
		fmt.Fprintf(&b, " \\\n  -H \"Content-Type: application/json\" \\\n  -d '%s'", raw)
	case kind != "":
		fmt.Fprintf(&b, " \\\n  -H \"Content-Type: %s\" --data-binary @file", kind)
	}
	return b.String()
}

// schemaWalk follows references between schemas.
type schemaWalk struct {
	schemas huma.Registry
	answer  bool // what is walked is told, not asked for
}

func (w schemaWalk) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return w.schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fields lists the parts of an object, or of the rows of an array, those that must be sent first.
func (w schemaWalk) fields(s *huma.Schema, depth int) (list []manualField) {
	for s = w.resolve(s); s != nil && s.Items != nil; {
		s = w.resolve(s.Items)
	}
	if s == nil || depth == 0 {
		return nil
	}
	for name, part := range s.Properties {
		list = append(list, w.field(name, part, slices.Contains(s.Required, name), depth))
	}
	slices.SortFunc(list, func(a, b manualField) int {
		if a.Required != b.Required {
			if a.Required {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return list
}

func (w schemaWalk) field(name string, s *huma.Schema, required bool, depth int) manualField {
	f := manualField{Name: name, Required: required}
	switch {
	case w.answer && !required:
		f.Note = "may be missing"
	case !w.answer && required:
		f.Note = "required"
	}
	about := ""
	if s != nil {
		about = s.Description
	}
	if s = w.resolve(s); s == nil {
		return f
	}
	f.Type, f.About, f.Fields = w.word(s), cmp.Or(about, s.Description), w.fields(s, depth-1)
	enum := s.Enum
	if s.Items != nil && len(enum) == 0 {
		enum = w.resolve(s.Items).Enum
	}
	for _, e := range enum {
		f.Enum = append(f.Enum, fmt.Sprint(e))
	}
	return f
}

// word names a type, with its bounds.
func (w schemaWalk) word(s *huma.Schema) string {
	word := cmp.Or(s.Type, "any")
	if s.Items != nil {
		word = "list of " + w.word(w.resolve(s.Items)) + "s"
	}
	if s.Format != "" && s.Type == huma.TypeString {
		word += " (" + s.Format + ")"
	}
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		word += fmt.Sprintf(", %v to %v", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		word += fmt.Sprintf(", %v or more", *s.Minimum)
	case s.Maximum != nil:
		word += fmt.Sprintf(", %v at most", *s.Maximum)
	case s.MaxLength != nil:
		word += fmt.Sprintf(", %d characters at most", *s.MaxLength)
	case s.MaxItems != nil:
		word += fmt.Sprintf(", %d at most", *s.MaxItems)
	}
	if s.Default != nil {
		word += fmt.Sprintf(", default %v", s.Default)
	}
	return word
}

// sample makes up a value for a schema, of what must be sent.
func (w schemaWalk) sample(s *huma.Schema, depth int) any {
	s = w.resolve(s)
	switch {
	case s == nil || depth == 0:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		o := map[string]any{}
		for name, part := range s.Properties {
			if slices.Contains(s.Required, name) && !part.ReadOnly {
				o[name] = w.sample(part, depth-1)
			}
		}
		return o
	case huma.TypeArray:
		return []any{w.sample(s.Items, depth-1)}
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil && *s.Minimum > 0 {
			return *s.Minimum
		}
		return 0
	case huma.TypeBoolean:
		return true
	}
	if s.Format == "date-time" {
		return "2026-12-01T00:00:00Z"
	}
	return "…"
}

// pieces cuts a text into paragraphs, words and code between backticks.
func pieces(text string) (list []manualPiece) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		for i, part := range strings.Split(paragraph, "`") {
			if part != "" {
				list = append(list, manualPiece{Text: part, Code: i%2 == 1, NewLine: i == 0 && len(list) > 0})
			}
		}
	}
	return list
}

// commonRefusals lists the problems that any operation may answer with.
func commonRefusals() (list []manualRefusal) {
	for _, err := range []error{
		repeat.ErrMissing, repeat.ErrKey, ErrUnauthenticated, access.ErrSession, access.ErrKeyProof, ErrForbidden, ErrSecondFactor, ErrFresh,
		ErrCrossSite, ErrHost, access.ErrScope, repeat.ErrRunning, repeat.ErrAnswered, errTooLarge, listing.ErrCursor, repeat.ErrMismatch,
		ErrStreams, repeat.ErrUnknown,
	} {
		p := problemOf(err)
		list = append(list, manualRefusal{p.Status, p.Code, p.Detail})
	}
	list = append(list,
		manualRefusal{http.StatusUnprocessableEntity, "invalid_request", "a part of the request has the wrong form: errors says which"},
		manualRefusal{http.StatusInternalServerError, "internal", "something broke on our side: quote the request id when you ask for help"},
	)
	slices.SortStableFunc(list, func(a, b manualRefusal) int { return cmp.Compare(a.Status, b.Status) })
	return list
}
