package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/event"
)

// EventMessage is one message of the stream of events.
type EventMessage event.Message

// resync is the kind of the message which says that events were missed.
const resync = "resync"

// EventsInput says from where a stream goes on.
type EventsInput struct {
	LastEventID string `header:"Last-Event-ID" maxLength:"64" doc:"The id of the last message that was seen. Browsers send it by themselves."`
}

// shown tells whether an actor may be told of an event.
func shown(a access.Actor, e event.Event) bool {
	return a.May(access.Sees(e.Kind)) && a.Scope().Covers(e.Merchant)
}

func (a *API) registerEvents() {
	op := operation(http.MethodGet, "/events", "stream-events", "Events", "Hear what happens, as it happens")
	op.Description = "Server-sent events (WHATWG HTML, 9.2). Each message is JSON. The stream tells what your permissions let you see; it " +
		"delivers at least once, begins with what happens from now on, and goes on behind `Last-Event-ID` where that is not long ago. " +
		"A reader that falls behind is cut off and comes back."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The stream.",
		Content: map[string]*huma.MediaType{"text/event-stream": {
			Schema: huma.SchemaFromType(a.api.OpenAPI().Components.Schemas, typeOfMessage),
		}},
	}}
	register(a, op, Rule{Key: true}, a.streamEvents)
}

// streamEvents begins a stream.
func (a *API) streamEvents(ctx context.Context, in *EventsInput) (*huma.StreamResponse, error) {
	actor := actorOf(ctx)
	if actor.Session == "" && actor.Can == 0 {
		return nil, ErrForbidden.With("this API key may see nothing: give it a permission, such as %s", access.PaymentView)
	}
	l, err := a.streams.join(ctx, actor, in.LastEventID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		defer a.streams.leave(l)
		_, w := humago.Unwrap(out)
		out.SetHeader("Content-Type", "text/event-stream")
		out.SetHeader("X-Accel-Buffering", "no") // nginx would keep messages until its buffer is full
		out.SetStatus(http.StatusOK)
		s := stream{api: a, request: requestOf(ctx), listener: l, out: w, control: http.NewResponseController(w)}
		s.run(ctx)
	}}, nil
}

// stream writes the messages of one listener.
type stream struct {
	api      *API
	request  *request
	listener *listener
	out      http.ResponseWriter
	control  *http.ResponseController
}

// writeMax is how long a reader may take to take a message.
const writeMax = 10 * time.Second

// run writes until the reader goes, falls behind, may no longer see what it sees, or the program stops.
func (s *stream) run(ctx context.Context) {
	pace := s.api.streams.pace
	beat, recheck := time.NewTicker(pace.Heartbeat), time.NewTicker(pace.Recheck)
	defer beat.Stop()
	defer recheck.Stop()
	if s.write("retry: 2000\n: open\n\n") != nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case m, open := <-s.listener.messages:
			if !open || s.tell(m) != nil {
				return
			}
		case <-beat.C:
			if s.write(": here\n\n") != nil {
				return
			}
		case <-recheck.C:
			if !s.still(ctx) {
				return
			}
		}
	}
}

// still tells whether the reader is who it was, and may what it might.
func (s *stream) still(ctx context.Context) bool {
	was := s.request.actor
	var is access.Actor
	var err error
	if was.Session == "" {
		is, err = s.api.config.Gatekeeper.AuthenticateKey(ctx, s.request.key, s.request.client.String())
	} else {
		is, err = s.api.config.Gatekeeper.Look(ctx, s.request.token)
	}
	return err == nil && is.ID == was.ID && is.Can == was.Can && is.Scope() == was.Scope() && is.Strong == was.Strong
}

// tell writes one event, or that some were missed.
func (s *stream) tell(e event.Event) error {
	if e.ID == "" {
		return s.write(`data: {"kind":"` + resync + `"}` + "\n\n")
	}
	raw, err := e.JSON() // on one line, as a message of the stream must be
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("id: %s\ndata: %s\n\n", e.ID, raw))
}

func (s *stream) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeMax)); err != nil {
		return err
	}
	if _, err := s.out.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}
