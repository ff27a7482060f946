package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/render"
)

// uploadTime is how long a document may take to arrive, over a telephone's network.
const uploadTime = 2 * time.Minute

// DocumentView is a paper or picture, without its content.
type DocumentView struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"license,identity_front,identity_back,account_proof,shop_front,counter,lease,authorization,owner_identity,visit,agreement,ticket,other"`
	Type      string    `json:"type" doc:"Media type, by content."`
	Size      int64     `json:"size"`
	Width     int64     `json:"width" doc:"Pixels, 0 for what is no picture."`
	Height    int64     `json:"height"`
	Digest    string    `json:"digest" doc:"SHA-256 of the content as it is kept."`
	CreatedAt time.Time `json:"created_at"`
}

func documentView(d merchant.Document) DocumentView {
	return DocumentView{d.ID, string(d.Kind), d.Type, d.Size, d.Width, d.Height, d.Digest, d.CreatedAt.Time()}
}

// DocumentOutput is one document.
type DocumentOutput struct{ Body DocumentView }

// UploadInput is a document as it comes.
type UploadInput struct {
	IDInput
	Kind    string `query:"kind" required:"true" enum:"license,identity_front,identity_back,account_proof,shop_front,counter,lease,authorization,owner_identity,visit,other"`
	RawBody []byte `contentType:"application/octet-stream" doc:"A JPEG or PNG picture or a PDF, by content."`
}

// TicketInput asks for a code by which a telephone adds one document.
type TicketInput struct {
	IDInput
	Body struct {
		Kind string `json:"kind" enum:"license,identity_front,identity_back,account_proof,shop_front,counter,lease,authorization,owner_identity,other"`
	}
}

// UploadTicket lets a telephone add one document. The token is shown once.
type UploadTicket struct {
	Token string    `json:"token"`
	URL   string    `json:"url" doc:"To show as a code for a telephone to scan."`
	Until time.Time `json:"until"`
}

// UploadTicketOutput answers with a ticket.
type UploadTicketOutput struct{ Body UploadTicket }

// TokenInput names a ticket by what the code shows.
type TokenInput struct {
	Application string `path:"application" maxLength:"64"`
	Token       string `path:"token" maxLength:"64"`
}

// UploadState is what became of a ticket.
type UploadState struct {
	State    string     `json:"state" enum:"open,used,over"`
	Kind     string     `json:"kind" doc:"What may be added, while it is open."`
	Until    *time.Time `json:"until"`
	Document string     `json:"document" doc:"What was added."`
}

// UploadStateOutput answers with the state of a ticket.
type UploadStateOutput struct{ Body UploadState }

// upload makes an operation take a document.
func upload(op huma.Operation) huma.Operation {
	op.MaxBodyBytes, op.BodyReadTimeout, op.DefaultStatus = merchant.DocumentMax, uploadTime, http.StatusCreated
	return op
}

func (a *API) registerDocuments() {
	const tag = "Documents"
	register(a, upload(operation(http.MethodPost, "/applications/{id}/documents", "add-document", tag, "Add a document")), Rule{},
		func(ctx context.Context, in *UploadInput) (*DocumentOutput, error) {
			d, err := a.config.Merchants.Add(ctx, actorOf(ctx), in.ID, merchant.DocumentKind(in.Kind), in.RawBody)
			if err != nil {
				return nil, ofApplication(err)
			}
			return &DocumentOutput{documentView(d)}, nil
		})
	register(a, operation(http.MethodGet, "/documents/{id}/content", "get-document", tag, "Show a document; every look is in the trail"),
		Rule{Needs: access.DocumentView}, a.showDocument)
	register(a, withStatus(operation(http.MethodDelete, "/documents/{id}", "remove-document", tag, "Take a document off a draft"), http.StatusNoContent), Rule{},
		func(ctx context.Context, in *IDInput) (*Empty, error) {
			return nil, ofDocument(a.config.Merchants.Remove(ctx, actorOf(ctx), in.ID))
		})
	register(a, withStatus(operation(http.MethodPost, "/applications/{id}/upload-tickets", "invite-upload", tag, "Let a telephone add one document"), http.StatusCreated),
		Rule{Secret: true}, a.inviteUpload)
	register(a, operation(http.MethodGet, "/upload/{application}/{token}", "get-upload", tag, "What a telephone may add, and whether it has"),
		Rule{Public: true}, a.uploadState)
	type byTicketInput struct {
		TokenInput
		RawBody []byte `contentType:"application/octet-stream"`
	}
	add := upload(operation(http.MethodPost, "/upload/{application}/{token}", "upload", tag, "Add the one document, from a telephone"))
	add.Middlewares = append(add.Middlewares, a.ticketed)
	register(a, add, Rule{Public: true}, func(ctx context.Context, in *byTicketInput) (*UploadStateOutput, error) {
		d, err := a.config.Merchants.Upload(ctx, in.Application, in.Token, in.RawBody)
		if err != nil {
			return nil, err
		}
		return &UploadStateOutput{UploadState{State: "used", Document: d.ID}}, nil
	})
}

// ofDocument tells what lies outside of the caller's scope as what does not exist.
func ofDocument(err error) error {
	if errors.Is(err, access.ErrScope) {
		return merchant.ErrDocument
	}
	return err
}

// named tells whether a text is an id that begins with a prefix.
func named(text, prefix string) bool {
	_, err := id.BucketOf(text)
	return err == nil && strings.HasPrefix(text, prefix)
}

// ticketed turns away who has no ticket before a body is read for them.
func (a *API) ticketed(ctx huma.Context, next func(huma.Context)) {
	if _, err := a.config.Merchants.Present(ctx.Context(), ctx.Param("application"), ctx.Param("token")); err != nil {
		a.refuse(ctx, err)
		return
	}
	next(ctx)
}

// DocumentContent is a document as it is shown: a picture with a watermark, or a PDF to keep.
type DocumentContent struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy" doc:"Nothing within the document runs."`
	Site        string `header:"Cross-Origin-Resource-Policy"`
	Body        []byte
}

func (a *API) showDocument(ctx context.Context, in *IDInput) (*DocumentContent, error) {
	if !named(in.ID, merchant.DocumentPrefix) {
		return nil, merchant.ErrDocument
	}
	who := actorOf(ctx)
	d, content, err := a.config.Merchants.Look(ctx, who, in.ID)
	if err != nil {
		return nil, ofDocument(err)
	}
	out := &DocumentContent{
		ContentType: d.Type, Disposition: fmt.Sprintf("attachment; filename=%q", d.ID+".pdf"), Policy: "default-src 'none'; sandbox",
		Site: "same-origin", Body: content,
	}
	if d.Width == 0 {
		return out, nil
	}
	return a.marked(ctx, content)
}

// marked shows a picture with the name of who looks, and when.
func (a *API) marked(ctx context.Context, content []byte) (*DocumentContent, error) {
	mark := actorOf(ctx).Name + "  " + a.config.Now().In(calendar.Shanghai).Format("2006-01-02 15:04:05")
	picture, err := render.Watermark(content, mark)
	return &DocumentContent{
		ContentType: "image/jpeg", Disposition: "inline", Policy: "default-src 'none'; sandbox", Site: "same-origin", Body: picture,
	}, err
}

func (a *API) inviteUpload(ctx context.Context, in *TicketInput) (*UploadTicketOutput, error) {
	var chance [24]byte
	rand.Read(chance[:])
	token := base64.RawURLEncoding.EncodeToString(chance[:])
	t, err := a.config.Merchants.Invite(ctx, actorOf(ctx), in.ID, merchant.DocumentKind(in.Body.Kind), token)
	if err != nil {
		return nil, ofApplication(err)
	}
	url := "/portal/upload/" + t.Application + "/" + token
	if len(a.config.Origins) > 0 {
		url = a.config.Origins[0] + url
	}
	return &UploadTicketOutput{UploadTicket{token, url, t.Until.Time()}}, nil
}

// uploadState tells the telephone what it may add, and the screen that shows the code whether it came.
func (a *API) uploadState(ctx context.Context, in *TokenInput) (*UploadStateOutput, error) {
	t, err := a.config.Merchants.Present(ctx, in.Application, in.Token)
	if err == nil {
		return &UploadStateOutput{UploadState{State: "open", Kind: string(t.Kind), Until: when(t.Until)}}, nil
	}
	if !errors.Is(err, merchant.ErrTicket) {
		return nil, err
	}
	document, err := a.config.Merchants.Uploaded(ctx, in.Application, in.Token)
	if err != nil {
		return nil, err
	}
	state := UploadState{State: "over", Document: document}
	if document != "" {
		state.State = "used"
	}
	return &UploadStateOutput{state}, nil
}
