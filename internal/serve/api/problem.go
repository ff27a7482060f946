package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yifen-pay/yifen/internal/domain/fault"
)

// Problem is an error as callers see it (RFC 9457).
type Problem struct {
	Type      string         `json:"type" doc:"Names the kind of problem, as a URN." example:"urn:yifen:problem:merchant_suspended"`
	Title     string         `json:"title" doc:"The HTTP status in words."`
	Status    int            `json:"status" doc:"The HTTP status."`
	Detail    string         `json:"detail" doc:"What is wrong and what to do, in English. The pages say it by the code."`
	Code      string         `json:"code" doc:"A stable word for programs." example:"merchant_suspended"`
	RequestID string         `json:"request_id" doc:"Names the request in the log: quote it when you ask for help."`
	Errors    []FieldProblem `json:"errors,omitempty" doc:"What is wrong with which part of the request."`

	cause error
}

// FieldProblem is what is wrong with one part of a request.
type FieldProblem struct {
	Location string `json:"location" doc:"Where: body.form.subject.name, query.limit, path.id."`
	Message  string `json:"message" doc:"What is wrong, in English."`
	Code     string `json:"code,omitempty" doc:"A stable word for programs, where there is one."`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// Unwrap returns the cause, for the log.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statuses converts kinds of fault to HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusUnprocessableEntity,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Forbidden: http.StatusForbidden,
	fault.Declined: http.StatusPaymentRequired, fault.Limited: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable, fault.Unknown: http.StatusGatewayTimeout,
}

// exact is where a code word has a status of its own.
var exact = map[string]int{
	"idempotency_key_missing": http.StatusBadRequest,
	"unauthenticated":         http.StatusUnauthorized,
	"session_ended":           http.StatusUnauthorized,
	"api_key_refused":         http.StatusUnauthorized,
	"static_code_limit":       http.StatusUnprocessableEntity, // to ask again later helps nothing
	"payload_too_large":       http.StatusRequestEntityTooLarge,
	"media_type":              http.StatusUnsupportedMediaType,
}

// problemOf tells an error to callers. What is broken on our side is told by the id of the request only.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var model *huma.ErrorModel
	if errors.As(err, &model) {
		return problemOfModel(model)
	}
	kind, code := fault.KindOf(err), fault.CodeOf(err)
	p = &Problem{Status: statuses[kind], Code: code, cause: err}
	if status, ok := exact[code]; ok {
		p.Status = status
	}
	if kind == fault.Internal {
		p.Code, p.Detail = "internal", "something broke on our side: try again, and quote the request id when you ask for help"
		return p
	}
	var f *fault.Error
	errors.As(err, &f)
	if p.Detail = f.Message; p.Detail == "" {
		p.Detail = code
	}
	return p
}

// problemOfModel tells what the framework found wrong with a request. What was sent is not echoed: it may be a card
// number or a password.
func problemOfModel(m *huma.ErrorModel) *Problem {
	p := &Problem{Status: m.Status, Code: "invalid_request", Detail: m.Detail}
	switch m.Status {
	case http.StatusRequestEntityTooLarge:
		p.Code = "payload_too_large"
	case http.StatusUnsupportedMediaType:
		p.Code = "media_type"
	case http.StatusRequestTimeout:
		p.Code = "too_slow"
	case http.StatusNotAcceptable:
		p.Code = "not_acceptable"
	}
	if m.Status >= http.StatusInternalServerError {
		p.Code, p.Detail = "internal", "something broke on our side: try again, and quote the request id when you ask for help"
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, FieldProblem{Location: e.Location, Message: e.Message})
	}
	return p
}

// finish completes a problem for one request.
func (p *Problem) finish(requestID string) *Problem {
	done := *p
	done.Type = "urn:yifen:problem:" + p.Code
	done.Title = http.StatusText(p.Status)
	done.RequestID = requestID
	return &done
}

// refuse answers a request that does not reach its handler.
func (a *API) refuse(ctx huma.Context, err error) {
	p := problemOf(err).finish(requestOf(ctx.Context()).id)
	a.note(ctx.Context(), p)
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		ctx.SetHeader("Retry-After", "1")
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	a.api.Marshal(ctx.BodyWriter(), "application/json", p)
}

// note logs what is ours to mend; what a caller did wrong is counted, not told. A caller that left before its answer broke
// nothing: that is for who looks closely.
func (a *API) note(ctx context.Context, p *Problem) {
	if p.Status < http.StatusInternalServerError || p.Status == http.StatusServiceUnavailable {
		return
	}
	r, level, words := requestOf(ctx), slog.LevelError, "request failed"
	if errors.Is(p.cause, context.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
		level, words = slog.LevelDebug, "request left by its caller"
	}
	a.config.Logger.LogAttrs(ctx, level, words, slog.String("request", r.id), slog.String("route", r.route),
		slog.Any("error", p.cause))
}

// present turns every error body into a problem of this request.
func (a *API) present(ctx huma.Context, _ string, v any) (any, error) {
	err, ok := v.(error)
	if !ok {
		return v, nil
	}
	p := problemOf(err).finish(requestOf(ctx.Context()).id)
	a.note(ctx.Context(), p)
	return p, nil
}

// describe puts the problem in the place of the framework's own error in the API's description.
func describe(api huma.API) {
	schemas := api.OpenAPI().Components.Schemas
	schemas.Schema(reflect.TypeFor[Problem](), true, "")
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	for _, item := range api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for status, r := range op.Responses {
				if media, ok := r.Content["application/problem+json"]; ok {
					media.Schema = &huma.Schema{Ref: "#/components/schemas/Problem"}
				}
				if r.Description == "" {
					r.Description = fmt.Sprint("Answer ", status)
				}
			}
		}
	}
}

// refusal returns the word of an error that says what is wrong with what was sent, and whether it is one.
func refusal(err error) (code string, ours bool) {
	if err == nil {
		return "", false
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.NotFound, fault.Forbidden:
		return fault.CodeOf(err), true
	}
	return "", false
}

// ignore returns err unless it is the refusal that stands for nothing found.
func ignore(err, nothing error) error {
	if errors.Is(err, nothing) {
		return nil
	}
	return err
}
