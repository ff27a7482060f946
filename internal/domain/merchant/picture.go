package merchant

import (
	"context"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// TicketPicture is the kind of a picture that belongs to a question of a merchant, and to no application.
const TicketPicture DocumentKind = "ticket"

// mayAsk refuses whoever neither asks for this merchant nor answers.
func mayAsk(who access.Actor, merchant string) error {
	if who.Realm == access.Platform && who.May(access.TicketAnswer) {
		return may(who, access.TicketAnswer, merchant)
	}
	return may(who, access.TicketOpen, merchant)
}

// AddPicture takes a picture in for a question of a merchant, and is as strict as with the papers of an application. The
// caller has made sure that the question is the merchant's.
func (s *Service) AddPicture(ctx context.Context, who access.Actor, merchant, ticket string, content []byte) (Document, error) {
	b, err := id.BucketOf(ticket)
	if err != nil {
		return Document{}, ErrDocument
	}
	if err := mayAsk(who, merchant); err != nil {
		return Document{}, err
	}
	known, err := s.records.DocumentsOf(ctx, ticket)
	if err != nil {
		return Document{}, err
	}
	if len(known) >= DocumentsMax {
		return Document{}, ErrDocumentMax
	}
	clean, err := s.clean(content)
	if err != nil {
		return Document{}, err
	}
	if !strings.HasPrefix(clean.Type, "image/") {
		return Document{}, ErrPaperType
	}
	d := Document{
		ID: s.ids.New(DocumentPrefix, b), Bucket: b, Merchant: merchant, Application: ticket, Kind: TicketPicture, By: who.Trail(),
		CreatedAt: calendar.At(s.now()),
	}
	if err := s.keep(ctx, &d, clean); err != nil {
		return Document{}, err
	}
	trail := s.ids.New("aud_", b)
	return d, s.gate.Do(ctx, step.Step{
		Name: "document.added", Class: step.Staff, Keys: []step.Key{d.Key()},
		Run: func(v step.View) error {
			v.Put(d)
			v.Put(audit.Record{ID: trail, Bucket: b, At: d.CreatedAt, Actor: d.By, Action: "document.added", Subject: d.ID, Merchant: merchant, Detail: "ticket of " + ticket})
			return nil
		},
	})
}

// Pictures refuses documents that are no pictures of a question.
func (s *Service) Pictures(ctx context.Context, ticket string, documents []string) error {
	known, err := s.records.DocumentsOf(ctx, ticket)
	if err != nil {
		return err
	}
	for _, document := range documents {
		if pictureAmong(known, document) < 0 {
			return ErrDocument
		}
	}
	return nil
}

// pictureAmong returns where a picture of a question stands among its documents, -1 where it does not. Such a picture is
// never removed.
func pictureAmong(known []Document, document string) int {
	return slices.IndexFunc(known, func(d Document) bool { return d.ID == document && d.Kind == TicketPicture })
}

// Picture returns a picture of a question to those who ask it and those who answer; each look is in the trail.
func (s *Service) Picture(ctx context.Context, who access.Actor, ticket, document string) (Document, []byte, error) {
	known, err := s.records.DocumentsOf(ctx, ticket)
	if err != nil {
		return Document{}, nil, err
	}
	at := pictureAmong(known, document)
	if at < 0 {
		return Document{}, nil, ErrDocument
	}
	d := known[at]
	if err := mayAsk(who, d.Merchant); err != nil {
		return Document{}, nil, err
	}
	content, err := s.content(ctx, d)
	if err == nil {
		err = s.note(ctx, d.Bucket, who.Trail(), "document.viewed", d.ID, string(d.Kind)+" of "+ticket)
	}
	if err != nil {
		return Document{}, nil, err
	}
	return d, content, nil
}
