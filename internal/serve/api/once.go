package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/yifen-pay/yifen/internal/domain/fault"
)

var errTooLarge = fault.New(fault.Invalid, "payload_too_large", "the body is larger than this operation takes")

// once makes a request that is sent twice count once.
func (a *API) once(rule Rule) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		q, w := humago.Unwrap(ctx)
		bound := ctx.Operation().MaxBodyBytes
		if bound <= 0 {
			bound = 1 << 20
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, bound))
		if err != nil {
			a.refuse(ctx, errTooLarge.Because(err))
			return
		}
		r := requestOf(ctx.Context())
		route := q.Method + " " + q.URL.Path
		begun, answered, err := a.config.Repeats.Begin(ctx.Context(), r.actor.ID, route, ctx.Header("Idempotency-Key"), body)
		if err != nil {
			a.refuse(ctx, err)
			return
		}
		if answered {
			ctx.SetHeader("Content-Type", begun.Type)
			ctx.SetHeader("Idempotent-Replayed", "true")
			ctx.SetStatus(begun.Status)
			ctx.BodyWriter().Write(begun.Answer)
			return
		}
		q.Body = io.NopCloser(bytes.NewReader(body))
		kept := &keeping{ResponseWriter: w}
		again := q.WithContext(ctx.Context())
		next(humago.NewContext(ctx.Operation(), again, kept))
		// The answer is on its way: it is written down even if its caller has gone.
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx.Context()), 10*time.Second)
		defer cancel()
		if nothingHappened(kept.status) {
			err = a.config.Repeats.Release(late, begun)
		} else {
			err = a.config.Repeats.Finish(late, begun, kept.status, kept.Header().Get("Content-Type"), kept.body.Bytes(), !rule.Secret)
		}
		if err != nil {
			a.config.Logger.Error("the answer to a request could not be kept", "request", r.id, "error", err)
		}
	}
}

// nothingHappened tells answers after which the same request may be sent again and be meant: what was wrong was its form, the
// caller's permission or the moment.
func nothingHappened(status int) bool {
	return status >= http.StatusBadRequest && status != http.StatusInternalServerError && status != http.StatusGatewayTimeout
}

// keeping remembers what is written through it.
type keeping struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// keepMax is the most that is remembered; more is never told again.
const keepMax = 1 << 20

// WriteHeader implements http.ResponseWriter.
func (k *keeping) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (k *keeping) Write(p []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	if k.body.Len() < keepMax {
		k.body.Write(p)
	}
	return k.ResponseWriter.Write(p)
}
