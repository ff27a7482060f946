package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
)

// Tickets is what the door reads of tickets.
type Tickets interface {
	step.Reader
	Tickets(context.Context, access.Scope, ticket.Filter, listing.Page) (listing.Slice[ticket.Ticket], error)
	TicketMessages(context.Context, ticket.Ticket) ([]ticket.Message, error)
}

// TicketView is a question of a merchant.
type TicketView struct {
	ID         string     `json:"id" zh:"工单号" en:"Ticket"`
	Merchant   string     `json:"merchant" zh:"商户" en:"Merchant"`
	Category   string     `json:"category" enum:"payment,refund,settlement,terminal,account,complaint,other" zh:"类别" en:"Category"`
	Subject    string     `json:"subject" doc:"Id of what it is about." zh:"关于" en:"About"`
	Title      string     `json:"title" zh:"标题" en:"Title"`
	State      string     `json:"state" enum:"open,answered,resolved,closed" zh:"状态" en:"State"`
	Assignee   string     `json:"assignee" zh:"处理人" en:"Assignee"`
	DueAt      time.Time  `json:"due_at" zh:"应答时限" en:"Answer due"`
	DueHours   int        `json:"due_hours" doc:"Business hours that were promised, 0 where working days are."`
	DueDays    int        `json:"due_days" doc:"Working days that were promised."`
	Late       bool       `json:"late" zh:"已超时" en:"Late"`
	AnsweredAt *time.Time `json:"answered_at" zh:"首次答复" en:"First answer"`
	Rating     int64      `json:"rating" zh:"评分" en:"Rating"`
	CreatedAt  time.Time  `json:"created_at" zh:"提交时间" en:"Asked"`
	ChangedAt  time.Time  `json:"changed_at"`
}

func ticketView(t ticket.Ticket) TicketView {
	return TicketView{
		ID: t.ID, Merchant: t.Merchant, Category: string(t.Category), Subject: t.Subject, Title: t.Title, State: string(t.State),
		Assignee: t.Assignee, DueAt: t.DueAt.Time(),
		DueHours: int(ticket.Promises[t.Category].Hours.Hours()), DueDays: ticket.Promises[t.Category].Days, Late: t.Late, AnsweredAt: when(t.Answered), Rating: t.Rating,
		CreatedAt: t.CreatedAt.Time(), ChangedAt: t.ChangedAt.Time(),
	}
}

// TicketMessageView is one text of a ticket.
type TicketMessageView struct {
	Number   int64     `json:"number"`
	Name     string    `json:"name"`
	Staff    bool      `json:"staff"`
	Text     string    `json:"text"`
	Pictures []string  `json:"pictures" nullable:"false" doc:"Ids of documents."`
	At       time.Time `json:"at"`
}

// TicketDetail is a ticket with its messages.
type TicketDetail struct {
	TicketView
	Messages []TicketMessageView `json:"messages" nullable:"false"`
}

// TicketOutput is one ticket.
type TicketOutput struct{ Body TicketDetail }

func (a *API) registerTickets() {
	const tag = "Tickets"
	type ticketsInput struct {
		PageInput
		Merchant string `query:"merchant"`
		State    string `query:"state" enum:"open,answered,resolved,closed"`
		Category string `query:"category" enum:"payment,refund,settlement,terminal,account,complaint,other"`
	}
	open, answer := Rule{Needs: access.TicketOpen}, Rule{Needs: access.TicketAnswer}
	registerList(a, operation(http.MethodGet, "/tickets", "list-tickets", tag, "List tickets"), open,
		func(ctx context.Context, in *ticketsInput, p listing.Page) (listing.Slice[TicketView], error) {
			found, err := a.config.Tickets.Tickets(ctx, actorOf(ctx).Scope(), ticket.Filter{
				Merchant: in.Merchant, State: ticket.State(in.State), Category: ticket.Category(in.Category),
			}, p)
			return through(found, ticketView), err
		})
	register(a, operation(http.MethodGet, "/tickets/{id}", "get-ticket", tag, "Show a ticket with its messages"), open,
		func(ctx context.Context, in *IDInput) (*TicketOutput, error) {
			t, err := a.ticket(ctx, in.ID)
			return a.showTicket(ctx, t, err)
		})
	type askInput struct {
		Body struct {
			Category string `json:"category" enum:"payment,refund,settlement,terminal,account,complaint,other"`
			Subject  string `json:"subject" maxLength:"64" doc:"Id of the payment, terminal or settlement that it is about; empty for the account."`
			Title    string `json:"title" minLength:"1" maxLength:"100"`
			Text     string `json:"text" minLength:"1" maxLength:"4000"`
		}
	}
	ask := operation(http.MethodPost, "/tickets", "open-ticket", tag, "Ask the operator")
	ask.DefaultStatus = http.StatusCreated
	register(a, ask, Rule{Needs: access.TicketOpen, Realm: access.Merchant}, func(ctx context.Context, in *askInput) (*TicketOutput, error) {
		who := actorOf(ctx)
		if err := a.owns(ctx, in.Body.Subject); err != nil {
			return nil, err
		}
		t, err := a.config.TicketDesk.Ask(ctx, ticket.Question{
			Merchant: who.Merchant, Category: ticket.Category(in.Body.Category), Subject: in.Body.Subject, Title: in.Body.Title, Text: in.Body.Text,
		}, writer(who))
		return a.showTicket(ctx, t, err)
	})
	type writeInput struct {
		IDInput
		Body struct {
			Text     string   `json:"text" maxLength:"4000" doc:"May be empty where there are pictures."`
			Pictures []string `json:"pictures,omitempty" nullable:"false" maxItems:"6" doc:"Ids of pictures that were added to the ticket before."`
		}
	}
	register(a, operation(http.MethodPost, "/tickets/{id}/messages", "write-ticket", tag, "Answer, or reply"), open,
		func(ctx context.Context, in *writeInput) (*TicketOutput, error) {
			t, err := a.ticket(ctx, in.ID)
			if err == nil {
				err = a.config.Merchants.Pictures(ctx, t.ID, in.Body.Pictures)
			}
			if err == nil {
				t, err = a.config.TicketDesk.Write(ctx, t.ID, in.Body.Text, in.Body.Pictures, writer(actorOf(ctx)))
			}
			return a.showTicket(ctx, t, err)
		})
	a.registerTicketPictures(tag)
	type resolveInput struct {
		IDInput
		Body struct {
			Rating int64 `json:"rating" minimum:"0" maximum:"5" doc:"Of the help, by the merchant; 0 for none."`
		}
	}
	register(a, operation(http.MethodPost, "/tickets/{id}/resolve", "resolve-ticket", tag, "Say that a ticket is settled"), open,
		func(ctx context.Context, in *resolveInput) (*TicketOutput, error) {
			t, err := a.ticket(ctx, in.ID)
			if err == nil {
				t, err = a.config.TicketDesk.Resolve(ctx, t.ID, in.Body.Rating, writer(actorOf(ctx)))
			}
			return a.showTicket(ctx, t, err)
		})
	register(a, operation(http.MethodPost, "/tickets/{id}/take", "take-ticket", tag, "Look after a ticket"), answer,
		func(ctx context.Context, in *IDInput) (*TicketOutput, error) {
			t, err := a.config.TicketDesk.Take(ctx, in.ID, writer(actorOf(ctx)))
			return a.showTicket(ctx, t, err)
		})
}

// PromiseView is by when a question is answered first.
type PromiseView struct {
	Category string `json:"category" enum:"payment,refund,settlement,terminal,account,complaint,other"`
	Hours    int    `json:"hours" doc:"Of business, 9:00 to 18:00 on working days in China; 0 where days count."`
	Days     int    `json:"days" doc:"Working days in China after the day of the question."`
}

// registerTicketPictures registers pictures of tickets, and by when questions are answered.
func (a *API) registerTicketPictures(tag string) {
	open := Rule{Needs: access.TicketOpen}
	type promisesOutput struct {
		Body struct {
			Data []PromiseView `json:"data" nullable:"false"`
		}
	}
	register(a, operation(http.MethodGet, "/ticket-promises", "get-ticket-promises", tag, "By when questions are answered first"), open,
		func(context.Context, *struct{}) (*promisesOutput, error) {
			out := &promisesOutput{}
			for _, c := range ticket.Categories {
				p := ticket.Promises[c]
				out.Body.Data = append(out.Body.Data, PromiseView{string(c), int(p.Hours.Hours()), p.Days})
			}
			return out, nil
		})
	type addInput struct {
		IDInput
		RawBody []byte `contentType:"application/octet-stream" doc:"A JPEG or PNG picture, by content."`
	}
	register(a, upload(operation(http.MethodPost, "/tickets/{id}/pictures", "add-ticket-picture", tag, "Add a picture to a ticket; a message then shows it")), open,
		func(ctx context.Context, in *addInput) (*DocumentOutput, error) {
			t, err := a.ticket(ctx, in.ID)
			if err == nil && t.State == ticket.Closed {
				err = ticket.ErrState
			}
			if err != nil {
				return nil, err
			}
			d, err := a.config.Merchants.AddPicture(ctx, actorOf(ctx), t.Merchant, t.ID, in.RawBody)
			if err != nil {
				return nil, err
			}
			return &DocumentOutput{documentView(d)}, nil
		})
	type pictureInput struct {
		IDInput
		Picture string `path:"picture" maxLength:"64"`
	}
	register(a, operation(http.MethodGet, "/tickets/{id}/pictures/{picture}", "get-ticket-picture", tag, "Show a picture of a ticket; every look is in the trail"), open,
		func(ctx context.Context, in *pictureInput) (*DocumentContent, error) {
			t, err := a.ticket(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			_, content, err := a.config.Merchants.Picture(ctx, actorOf(ctx), t.ID, in.Picture)
			if err != nil {
				return nil, err
			}
			return a.marked(ctx, content)
		})
}

var errSubject = fault.New(fault.Invalid, "ticket_subject", "this is no payment, terminal or settlement of yours: give its id, or leave it out")

func writer(a access.Actor) ticket.Writer {
	return ticket.Writer{Trail: a.Trail(), Name: a.Name, Staff: a.Realm == access.Platform}
}

// owns refuses a subject that is not of the caller's merchant: its id carries the bucket, and payments and terminals are
// looked up.
func (a *API) owns(ctx context.Context, subject string) error {
	var err error
	switch b, none := id.BucketOf(subject); {
	case subject == "":
		return nil
	case none != nil || b != id.MustBucket(actorOf(ctx).Merchant):
		return errSubject
	case strings.HasPrefix(subject, terminal.Prefix):
		_, err = a.terminal(ctx, subject)
	case strings.HasPrefix(subject, payment.Prefix):
		_, err = a.payment(ctx, subject)
	}
	if fault.KindOf(err) == fault.NotFound {
		return errSubject
	}
	return err
}

// ticket returns a ticket in the caller's scope.
func (a *API) ticket(ctx context.Context, ticketID string) (ticket.Ticket, error) {
	key := func(one string) step.Key { return step.Key{Table: ticket.Table, Bucket: id.MustBucket(one), ID: one} }
	return covered(ctx, a.config.Tickets, ticketID, ticket.Prefix, key, func(t ticket.Ticket) string { return t.Merchant }, ticket.ErrNotFound)
}

func (a *API) showTicket(ctx context.Context, t ticket.Ticket, err error) (*TicketOutput, error) {
	if err != nil {
		return nil, err
	}
	messages, err := a.config.Tickets.TicketMessages(ctx, t)
	if err != nil {
		return nil, err
	}
	out := &TicketOutput{TicketDetail{ticketView(t), []TicketMessageView{}}}
	for _, m := range messages {
		out.Body.Messages = append(out.Body.Messages, TicketMessageView{m.Number, m.Name, m.Staff, m.Text, all(m.Pictures), m.At.Time()})
	}
	return out, nil
}
