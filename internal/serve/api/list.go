package api

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/render"
)

// PageInput is what every list takes beside its filters.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many rows to answer with."`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
	// Of an export, which takes the filters of its list; the description names them there only.
	Format string `query:"format" enum:"csv,xlsx" default:"csv" doc:"The form of the file."`
	Lang   string `query:"lang" enum:"zh,en" default:"zh" doc:"The language of the headings."`
}

func (p *PageInput) page() *PageInput { return p }

// pager is an input that embeds [PageInput].
type pager interface{ page() *PageInput }

// ListBody is a page of a list.
type ListBody[T any] struct {
	Data       []T    `json:"data" nullable:"false"`
	HasMore    bool   `json:"has_more" doc:"There are rows behind the last."`
	NextCursor string `json:"next_cursor" doc:"Send it as cursor to get them. Empty where there are none."`
}

// ListOutput is the answer of a list.
type ListOutput[T any] struct{ Body ListBody[T] }

// exportMax is the most rows of an export: a file of more is no use to a person.
const exportMax = 100_000

// registerList adds a list at its path, and its export as CSV or XLSX at path + "/export". Rows are structs whose
// fields have the tag json; the tags zh and en head their columns in an export, and a field without them is left out.
func registerList[I, T any, P interface {
	*I
	pager
}](a *API, op huma.Operation, rule Rule, read func(context.Context, *I, listing.Page) (listing.Slice[T], error)) {
	register(a, op, rule, func(ctx context.Context, in *I) (*ListOutput[T], error) {
		p := P(in).page()
		after, err := listing.ParseCursor(p.Cursor)
		if err != nil {
			return nil, err
		}
		slice, err := read(ctx, in, listing.Page{Limit: p.Limit, After: after})
		if err != nil {
			return nil, err
		}
		return &ListOutput[T]{ListBody[T]{slice.Rows, slice.More, slice.Next.String()}}, nil
	})
	a.undescribed(op.Path, "format", "lang")
	columns := columnsOf(reflect.TypeFor[T]())
	if len(columns) == 0 {
		return
	}
	export := op
	export.Path += "/export"
	export.OperationID = strings.Replace(op.OperationID, "list-", "export-", 1)
	export.Summary += ", as a file"
	export.Middlewares, export.Extensions, export.Security = nil, nil, nil
	register(a, export, rule, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		file := P(in).page()
		// The first page is read before the answer begins, so that what is refused is refused properly.
		first, err := read(ctx, in, listing.Page{Limit: listing.MaxLimit, Whole: true})
		if err != nil {
			return nil, err
		}
		next := func(after listing.Cursor) (listing.Slice[T], error) {
			return read(ctx, in, listing.Page{Limit: listing.MaxLimit, After: after, Whole: true})
		}
		return &huma.StreamResponse{Body: func(out huma.Context) {
			out.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", strings.TrimPrefix(op.OperationID, "list-")+"."+file.Format))
			if err := writeExport(out, file.Format, file.Lang, columns, first, next); err != nil {
				a.config.Logger.Error("export broke off", "request", requestOf(ctx).id, "error", err)
				panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
			}
		}}, nil
	})
	a.undescribed(export.Path, "limit", "cursor")
}

// undescribed takes parameters out of the description of a GET: they are taken, and say nothing there.
func (a *API) undescribed(path string, names ...string) {
	op := a.api.OpenAPI().Paths[path].Get
	op.Parameters = slices.DeleteFunc(op.Parameters, func(p *huma.Param) bool { return slices.Contains(names, p.Name) })
}

// column is a field of a row that is exported.
type column struct {
	index  []int
	zh, en string
	fen    bool // an amount, shown in yuan
}

func columnsOf(row reflect.Type) (columns []column) {
	for _, f := range reflect.VisibleFields(row) {
		if zh, en := f.Tag.Get("zh"), f.Tag.Get("en"); zh != "" && en != "" {
			columns = append(columns, column{f.Index, zh, en, strings.HasSuffix(f.Name, "Fen")})
		}
	}
	return columns
}

func writeExport[T any](out huma.Context, format, lang string, columns []column, page listing.Slice[T], next func(listing.Cursor) (listing.Slice[T], error)) (err error) {
	var table interface {
		Row([]string) error
		Close() error
	}
	switch format {
	case "xlsx":
		out.SetHeader("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		out.SetStatus(http.StatusOK)
		table = render.NewSheet(out.BodyWriter())
	default:
		out.SetHeader("Content-Type", "text/csv; charset=utf-8")
		out.SetStatus(http.StatusOK)
		if _, err := io.WriteString(out.BodyWriter(), "\uFEFF"); err != nil { // spreadsheets take the text for GBK without it
			return err
		}
		table = csvTable{csv.NewWriter(out.BodyWriter())}
	}
	head := make([]string, len(columns))
	for i, c := range columns {
		if head[i] = c.zh; lang == "en" {
			head[i] = c.en
		}
	}
	if err := table.Row(head); err != nil {
		return err
	}
	for written := 0; ; {
		for _, row := range page.Rows {
			if err := table.Row(cells(reflect.ValueOf(row), columns, lang)); err != nil {
				return err
			}
		}
		if written += len(page.Rows); !page.More || written >= exportMax {
			return table.Close()
		}
		if page, err = next(page.Next); err != nil {
			return err
		}
	}
}

func cells(row reflect.Value, columns []column, lang string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		v := row.FieldByIndex(c.index)
		if v.Kind() == reflect.Pointer && v.IsNil() {
			continue
		}
		if c.fen {
			out[i] = money.Yuan(reflect.Indirect(v).Int()).String()
			continue
		}
		out[i] = cell(v, lang)
	}
	return out
}

// cell writes a value for people: times in the operator's zone, lists with spaces between.
func cell(v reflect.Value, lang string) string {
	switch x := v.Interface().(type) {
	case time.Time:
		return x.In(calendar.Shanghai).Format("2006-01-02 15:04:05")
	case *time.Time:
		return cell(v.Elem(), lang)
	case bool:
		return yesNo[lang][x]
	}
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	parts := make([]string, v.Len())
	for i := range parts {
		parts[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(parts, " ")
}

var yesNo = map[string]map[bool]string{"zh": {true: "是", false: "否"}, "en": {true: "yes", false: "no"}}

// csvTable writes comma-separated values.
type csvTable struct{ w *csv.Writer }

// Row writes one row. A text that a spreadsheet would run as a formula is written so that it does not.
func (t csvTable) Row(cells []string) error {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) && !number(c) {
			cells[i] = "'" + c
		}
	}
	return t.w.Write(cells)
}

// Close ends the table.
func (t csvTable) Close() error {
	t.w.Flush()
	return t.w.Error()
}

// number tells an amount such as -12.34 from a formula.
func number(s string) bool {
	return strings.Trim(s[1:], "0123456789.") == "" && len(s) > 1
}

// through turns the rows of a page into what callers see.
func through[T, V any](s listing.Slice[T], view func(T) V) listing.Slice[V] {
	out := listing.Slice[V]{Rows: make([]V, 0, len(s.Rows)), Next: s.Next, More: s.More}
	for _, row := range s.Rows {
		out.Rows = append(out.Rows, view(row))
	}
	return out
}
