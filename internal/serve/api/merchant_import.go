package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/render"
)

// Bounds of an import.
const (
	importBytes  = 5 << 20 // of a file
	importAtOnce = 200     // lines that one request takes over
)

// ImportLine is a line of a file as it was understood. Numbers are masked.
type ImportLine struct {
	Line     int             `json:"line" doc:"In the file; the head is 1."`
	Form     ApplicationForm `json:"form"`
	Findings []FindingOf     `json:"findings" nullable:"false"`
	Fit      bool            `json:"fit" doc:"It has no mistakes and may be taken over."`
}

// ImportPreview is a file as it was understood.
type ImportPreview struct {
	Lines   []ImportLine `json:"lines" nullable:"false"`
	Fit     int          `json:"fit" doc:"Lines that may be taken over."`
	Columns []string     `json:"columns" nullable:"false" doc:"That a file has."`
	Text    string       `json:"text" doc:"The file as CSV in UTF-8, whatever it came as: send it with what is to be taken over."`
}

// ImportPreviewOutput answers with a preview.
type ImportPreviewOutput struct{ Body ImportPreview }

// ImportedLine is what became of a line.
type ImportedLine struct {
	Line        int         `json:"line"`
	Application string      `json:"application"`
	Merchant    string      `json:"merchant"`
	Code        string      `json:"code" doc:"Why it was not taken over, empty where it was."`
	Findings    []FindingOf `json:"findings" nullable:"false"`
}

// ImportInput takes lines of a file over.
type ImportInput struct {
	Body struct {
		File  string `json:"file" maxLength:"5242880" doc:"The file, as it was previewed."`
		Lines []int  `json:"lines" nullable:"false" minItems:"1" maxItems:"200" uniqueItems:"true"`
		Agent string `json:"agent,omitempty" maxLength:"64" doc:"Who brought them."`
	}
}

// ImportOutput says what became of each line.
type ImportOutput struct {
	Body struct {
		Lines []ImportedLine `json:"lines" nullable:"false" doc:"Lines that are not named here were not reached: ask again for them."`
	}
}

func (a *API) registerImports() {
	const tag = "Merchants"
	type previewInput struct {
		RawBody []byte `contentType:"application/octet-stream" doc:"CSV in UTF-8 or GBK, or XLSX, by content."`
	}
	preview := operation(http.MethodPost, "/imports/preview", "preview-import", tag, "Look at a file of merchants to take over; nothing is kept")
	preview.MaxBodyBytes = importBytes
	register(a, preview, Rule{Needs: access.MerchantEdit, Realm: access.Platform, Bare: true},
		func(_ context.Context, in *previewInput) (*ImportPreviewOutput, error) {
			text, err := render.ReadTable(in.RawBody, importBytes)
			if err != nil {
				return nil, merchant.ErrImport.Because(err)
			}
			rows, err := merchant.Preview(strings.NewReader(text), a.today())
			if err != nil {
				return nil, err
			}
			out := &ImportPreviewOutput{ImportPreview{Lines: make([]ImportLine, 0, len(rows)), Columns: merchant.ImportColumns, Text: text}}
			for _, r := range rows {
				line := ImportLine{r.Line, formView(r.Form.Masked()), findingViews(r.Findings), !r.Findings.Failed()}
				if line.Fit {
					out.Body.Fit++
				}
				out.Body.Lines = append(out.Body.Lines, line)
			}
			return out, nil
		})
	a.registerImportTemplate(tag)
	take := withStatus(operation(http.MethodPost, "/imports", "import-merchants", tag, "Take lines of a file over, as applications to be reviewed"), http.StatusCreated)
	take.MaxBodyBytes = 2*importBytes + 1<<16 // quotation marks and ends of lines are escaped
	register(a, take, Rule{Needs: access.MerchantEdit, Realm: access.Platform}, a.importMerchants)
}

// today returns the day in China.
func (a *API) today() calendar.Date { return calendar.DateOf(a.config.Now().In(calendar.Shanghai)) }

// importTemplate is an empty file with the columns, to be filled in.
type importTemplate struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// registerImportTemplate registers what people begin with.
func (a *API) registerImportTemplate(tag string) {
	register(a, operation(http.MethodGet, "/imports/template", "get-import-template", tag, "An empty file with the columns of an import, XLSX"),
		Rule{Needs: access.MerchantEdit, Realm: access.Platform}, func(context.Context, *struct{}) (*importTemplate, error) {
			var b bytes.Buffer
			sheet := render.NewSheet(&b)
			if err := errors.Join(sheet.Row(merchant.ImportColumns), sheet.Close()); err != nil {
				return nil, err
			}
			return &importTemplate{
				"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", `attachment; filename="merchants.xlsx"`, b.Bytes(),
			}, nil
		})
}

func (a *API) importMerchants(ctx context.Context, in *ImportInput) (*ImportOutput, error) {
	rows, err := merchant.Preview(strings.NewReader(in.Body.File), a.today())
	if err != nil {
		return nil, err
	}
	if in.Body.Agent != "" {
		if err := a.config.Agents.Brings(ctx, in.Body.Agent); err != nil {
			return nil, err
		}
	}
	of := make(map[int]merchant.ImportRow, len(rows))
	for _, r := range rows {
		of[r.Line] = r
	}
	out := &ImportOutput{}
	for _, n := range in.Body.Lines {
		line := ImportedLine{Line: n, Findings: []FindingOf{}}
		row, known := of[n]
		switch {
		case !known:
			line.Code = "line_unknown"
		case row.Findings.Failed():
			line.Code, line.Findings = fault.CodeOf(merchant.ErrIncomplete), findingViews(row.Findings)
		default:
			var p merchant.Application
			var found identity.Findings
			if p, found, err = a.config.Merchants.Import(ctx, actorOf(ctx), row.Form, in.Body.Agent); err == nil {
				line.Application, line.Merchant = p.ID, p.Merchant
			} else if line.Code = fault.CodeOf(err); fault.KindOf(err) == fault.Internal {
				if len(out.Body.Lines) == 0 {
					return nil, err
				}
				// Asked again for all of them, those that were taken over would be taken over twice.
				a.config.Logger.Error("import broke off", "request", requestOf(ctx).id, "line", n, "error", err)
				return out, nil
			}
			line.Findings = findingViews(found)
		}
		out.Body.Lines = append(out.Body.Lines, line)
	}
	return out, nil
}
