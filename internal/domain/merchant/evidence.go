package merchant

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// note writes a line into the trail alone.
func (s *Service) note(ctx context.Context, b id.Bucket, by, action, subject, detail string) error {
	r := audit.Record{ID: s.ids.New("aud_", b), Bucket: b, At: calendar.At(s.now()), Actor: by, Action: action, Subject: subject, Detail: detail}
	return s.gate.Do(ctx, step.Step{
		Name: action, Class: step.Staff,
		Run: func(v step.View) error { v.Put(r); return nil },
	})
}

// Add takes a document in for an application that may be edited. The house adds pictures of visits and agreements
// in any state.
func (s *Service) Add(ctx context.Context, who access.Actor, application string, kind DocumentKind, content []byte) (Document, error) {
	a, _, err := s.application(ctx, application)
	if err != nil {
		return Document{}, err
	}
	if slices.Contains(ofHouse, kind) {
		err = mayReview(who, a)
	} else {
		err = mayEdit(who, a)
	}
	if err != nil {
		return Document{}, err
	}
	return s.add(ctx, a, kind, content, who.Trail(), nil)
}

// add cleans, seals and writes a document: its chunks by small steps, then its row, with which it begins to exist.
// last, when set, runs in the step of the row and may refuse it.
func (s *Service) add(ctx context.Context, a Application, kind DocumentKind, content []byte, by string, last *Ticket) (Document, error) {
	switch {
	case !slices.Contains(DocumentKinds, kind):
		return Document{}, ErrDocumentKind
	case !slices.Contains(ofHouse, kind) && a.State != Draft && a.State != Returned:
		return Document{}, ErrState.With("the application is %s: nothing is added", a.State)
	}
	known, err := s.records.DocumentsOf(ctx, a.ID)
	if err != nil {
		return Document{}, err
	}
	if len(slices.DeleteFunc(known, func(d Document) bool { return d.Removed })) >= DocumentsMax {
		return Document{}, ErrDocumentMax
	}
	clean, err := s.clean(content)
	if err != nil {
		return Document{}, err
	}
	d := Document{
		ID: s.ids.New(DocumentPrefix, a.Bucket), Bucket: a.Bucket, Merchant: a.Merchant, Application: a.ID, Kind: kind, By: by, CreatedAt: calendar.At(s.now()),
	}
	if err := s.keep(ctx, &d, clean); err != nil {
		return Document{}, err
	}
	keys, trail := []step.Key{a.Key()}, s.ids.New("aud_", a.Bucket)
	if last != nil {
		keys = append(keys, last.Key())
	}
	err = s.gate.Do(ctx, step.Step{
		Name: "document.added", Class: step.Staff, Keys: keys,
		Run: func(v step.View) error {
			row, err := step.Must[Application](v, a.Key(), ErrApplication)
			if err != nil {
				return err
			}
			if row.State != a.State {
				return ErrChanged
			}
			if last != nil {
				if err := last.use(v, d); err != nil {
					return err
				}
			}
			v.Put(d)
			v.Put(audit.Record{ID: trail, Bucket: d.Bucket, At: d.CreatedAt, Actor: by, Action: "document.added", Subject: d.ID, Merchant: d.Merchant, Detail: string(kind) + " of " + a.ID})
			return nil
		},
	})
	return d, err
}

// keep seals the cleaned content of a document and writes it in chunks, by small steps, and says in the document what it is.
func (s *Service) keep(ctx context.Context, d *Document, clean Cleaned) error {
	digest := sha256.Sum256(clean.Content)
	d.Type, d.Size, d.Width, d.Height = clean.Type, int64(len(clean.Content)), int64(clean.Width), int64(clean.Height)
	d.Digest = hex.EncodeToString(digest[:])
	for part := range slices.Chunk(clean.Content, ChunkMax) {
		c := Chunk{Document: d.ID, Bucket: d.Bucket, Number: d.Chunks}
		c.Content = s.vault.SealData(part, chunkRecord(d.ID, d.Chunks))
		if err := s.gate.Do(ctx, step.Step{
			Name: "document.chunk", Class: step.Bulk, Keys: []step.Key{c.Key()},
			Run: func(v step.View) error { v.Put(c); return nil },
		}); err != nil {
			return err
		}
		d.Chunks++
	}
	return nil
}

func chunkRecord(document string, number int64) string {
	return "document/" + chunkID(document, number)
}

// Remove takes a document off an application. Its content stays, as papers that were handed in must.
func (s *Service) Remove(ctx context.Context, who access.Actor, document string) error {
	d, a, err := s.document(ctx, document)
	if err == nil {
		err = mayEdit(who, a)
	}
	if err != nil {
		return err
	}
	trail, now := s.ids.New("aud_", d.Bucket), calendar.At(s.now())
	return s.gate.Do(ctx, step.Step{
		Name: "document.removed", Class: step.Staff, Keys: []step.Key{d.Key(), a.Key()},
		Run: func(v step.View) error {
			row, err := step.Must[Document](v, d.Key(), ErrDocument)
			if err != nil {
				return err
			}
			holder, err := step.Must[Application](v, a.Key(), ErrApplication)
			if err != nil {
				return err
			}
			if holder.State != Draft && holder.State != Returned || slices.Contains(ofHouse, row.Kind) {
				return ErrState.With("the application is %s: its papers stay", holder.State)
			}
			row.Removed = true
			v.Put(row)
			v.Put(audit.Record{ID: trail, Bucket: d.Bucket, At: now, Actor: who.Trail(), Action: "document.removed", Subject: d.ID, Merchant: d.Merchant, Detail: string(d.Kind) + " of " + a.ID})
			return nil
		},
	})
}

// document reads a document's row and its application's.
func (s *Service) document(ctx context.Context, document string) (Document, Application, error) {
	if _, err := id.BucketOf(document); err != nil {
		return Document{}, Application{}, ErrDocument
	}
	d, found, err := step.Read[Document](ctx, s.records, DocumentKey(document))
	if err == nil && !found {
		err = ErrDocument
	}
	if err != nil {
		return d, Application{}, err
	}
	a, found, err := step.Read[Application](ctx, s.records, ApplicationKey(d.Application))
	if err == nil && !found {
		err = ErrApplication
	}
	return d, a, err
}

// Look returns a document's content. It is for eyes that may see it, each look is in the trail, and whoever shows it
// draws a watermark with the name of who looks.
func (s *Service) Look(ctx context.Context, who access.Actor, document string) (Document, []byte, error) {
	d, a, err := s.document(ctx, document)
	if err == nil {
		err = may(who, access.DocumentView, a.Merchant)
	}
	if err != nil {
		return d, nil, err
	}
	content, err := s.content(ctx, d)
	if err == nil {
		err = s.note(ctx, d.Bucket, who.Trail(), "document.viewed", d.ID, string(d.Kind)+" of "+d.Application)
	}
	if err != nil {
		return d, nil, err
	}
	return d, content, nil
}

// content reads a document's chunks and holds them against its digest.
func (s *Service) content(ctx context.Context, d Document) ([]byte, error) {
	var out bytes.Buffer
	for n := range d.Chunks {
		c, found, err := step.Read[Chunk](ctx, s.records, Chunk{Document: d.ID, Bucket: d.Bucket, Number: n}.Key())
		if err != nil {
			return nil, err
		}
		part, err := s.vault.OpenData(c.Content, chunkRecord(d.ID, n))
		if !found || err != nil {
			return nil, ErrDamaged
		}
		out.Write(part)
	}
	digest := sha256.Sum256(out.Bytes())
	if hex.EncodeToString(digest[:]) != d.Digest {
		return nil, ErrDamaged
	}
	return out.Bytes(), nil
}

// Documents lists the documents of an application that were not removed.
func (s *Service) Documents(ctx context.Context, who access.Actor, application string) ([]Document, error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = maySee(who, a)
	}
	if err != nil {
		return nil, err
	}
	documents, err := s.records.DocumentsOf(ctx, a.ID)
	return slices.DeleteFunc(documents, func(d Document) bool { return d.Removed }), err
}

// tokenHash returns what the records know a token by.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// tokenMin is how long a token is at least, so that it cannot be guessed: 26 characters of base 32 are 130 bits.
const tokenMin = 26

// Invite makes a ticket by which a telephone adds one document of one kind. token is 130 bits of chance or more that the
// caller drew and shows as a code; the records hold its hash. The address that the code leads to carries the application
// beside the token.
func (s *Service) Invite(ctx context.Context, who access.Actor, application string, kind DocumentKind, token string) (Ticket, error) {
	a, _, err := s.application(ctx, application)
	if err == nil {
		err = mayEdit(who, a)
	}
	switch {
	case err != nil:
		return Ticket{}, err
	case len(token) < tokenMin:
		return Ticket{}, ErrTicket
	case !slices.Contains(DocumentKinds, kind) || slices.Contains(ofHouse, kind):
		return Ticket{}, ErrDocumentKind
	}
	t := Ticket{
		Hash: tokenHash(token), Bucket: a.Bucket, Merchant: a.Merchant, Application: a.ID, Kind: kind, By: who.Trail(),
		Until: calendar.At(s.now()).Add(TicketFor),
	}
	return t, s.gate.Do(ctx, step.Step{
		Name: "document.invite", Class: step.Staff, Keys: []step.Key{t.Key()},
		Run: func(v step.View) error {
			if _, taken, err := step.Get[Ticket](v, t.Key()); err != nil || taken {
				return cmpError(err, ErrTicket)
			}
			v.Put(t)
			return nil
		},
	})
}

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// ticket reads the ticket of a token, valid or used.
func (s *Service) ticket(ctx context.Context, application, token string) (Ticket, error) {
	b, err := id.BucketOf(application)
	if err != nil {
		return Ticket{}, ErrTicket
	}
	t, found, err := step.Read[Ticket](ctx, s.records, Ticket{Hash: tokenHash(token), Bucket: b}.Key())
	if err == nil && (!found || t.Application != application) {
		err = ErrTicket
	}
	return t, err
}

// Uploaded tells the screen that shows the code whether a document has come, by its id.
func (s *Service) Uploaded(ctx context.Context, application, token string) (document string, err error) {
	t, err := s.ticket(ctx, application, token)
	return t.Document, err
}

// Present tells the telephone what it may add, and refuses a ticket that is used or too old.
func (s *Service) Present(ctx context.Context, application, token string) (Ticket, error) {
	t, err := s.ticket(ctx, application, token)
	if err == nil && (t.Document != "" || calendar.At(s.now()) >= t.Until) {
		err = ErrTicket
	}
	return t, err
}

// Upload adds a document by a ticket. It works once.
func (s *Service) Upload(ctx context.Context, application, token string, content []byte) (Document, error) {
	t, err := s.Present(ctx, application, token)
	if err != nil {
		return Document{}, err
	}
	a, _, err := s.application(ctx, t.Application)
	if err != nil {
		return Document{}, err
	}
	return s.add(ctx, a, t.Kind, content, "ticket of "+t.By, &t)
}

// use spends a ticket on a document.
func (t Ticket) use(v step.View, d Document) error {
	row, err := step.Must[Ticket](v, t.Key(), ErrTicket)
	if err != nil {
		return err
	}
	if row.Document != "" || d.CreatedAt >= row.Until {
		return ErrTicket
	}
	row.Document = d.ID
	v.Put(row)
	return nil
}
