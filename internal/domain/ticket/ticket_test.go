package ticket_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/ticket"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestState_everyStateAndAct(t *testing.T) {
	want := map[string]ticket.State{
		"open answer": ticket.Answered, "open reply": ticket.Open, "open resolve": ticket.Resolved,
		"answered answer": ticket.Answered, "answered reply": ticket.Open, "answered resolve": ticket.Resolved,
		"resolved reply": ticket.Open, "resolved answer": ticket.Resolved, "resolved close": ticket.Closed,
	}
	for _, s := range ticket.States {
		for _, a := range ticket.Acts {
			got, err := s.After(a)
			to, ok := want[fmt.Sprint(s, " ", a)]
			if ok && (err != nil || got != to) || !ok && !errors.Is(err, ticket.ErrState) {
				t.Errorf("%s, %s: %s, %v", s, a, got, err)
			}
		}
	}
}

func TestTicket_goesBackAndForth(t *testing.T) {
	ctx := t.Context()
	s := storetest.Embedded(t)
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	ids := id.NewMaker(clock, rand.Reader)
	desk := ticket.NewService(s, ids, clock)
	owner := ticket.Writer{Trail: "merchant:owner", Name: "老板"}
	ops := ticket.Writer{Trail: "platform:ops", Name: "运营", Staff: true}
	q := ticket.Question{Merchant: ids.NewRoot(merchant.Prefix), Category: ticket.Complaint, Title: "少结了一分", Text: "昨天的结算少了 0.01 元"}
	for name, bad := range map[string]struct {
		change func(*ticket.Question)
		want   error
	}{
		"no title":      {func(q *ticket.Question) { q.Title = "  " }, ticket.ErrText},
		"no text":       {func(q *ticket.Question) { q.Text = "" }, ticket.ErrText},
		"too long":      {func(q *ticket.Question) { q.Text = strings.Repeat("长", 4001) }, ticket.ErrText},
		"no category":   {func(q *ticket.Question) { q.Category = "x" }, ticket.ErrCategory},
		"many pictures": {func(q *ticket.Question) { q.Pictures = make([]string, 7) }, ticket.ErrText},
	} {
		c := q
		bad.change(&c)
		if _, err := desk.Ask(ctx, c, owner); !errors.Is(err, bad.want) {
			t.Errorf("%s: %v, want %v", name, err, bad.want)
		}
	}
	k, err := desk.Ask(ctx, q, owner)
	if err != nil || k.State != ticket.Open || k.DueAt != calendar.At(time.Date(2026, 11, 24, 18, 0, 0, 0, calendar.Shanghai)) {
		t.Fatalf("%+v, %v", k, err)
	}

	// The first answer is late, and stays so.
	now = now.Add(4*24*time.Hour + time.Minute) // two working days after a Friday are over on Tuesday
	due, err := s.DueTickets(ctx, calendar.At(now), 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("due: %+v, %v", due, err)
	}
	if n, err := desk.Expire(ctx, due); n != 1 || err != nil {
		t.Errorf("marked %d, %v", n, err)
	}
	k, err = desk.Write(ctx, k.ID, "正在核对", nil, ops)
	if err != nil || k.State != ticket.Answered || !k.Late || k.Assignee != ops.Trail {
		t.Errorf("answered: %+v, %v", k, err)
	}
	if k, err = desk.Write(ctx, k.ID, "好的", nil, owner); err != nil || k.State != ticket.Open {
		t.Errorf("replied: %+v, %v", k, err)
	}
	if _, err = desk.Resolve(ctx, k.ID, 5, ops); !errors.Is(err, ticket.ErrRating) {
		t.Errorf("staff rate themselves: %v", err)
	}
	if k, err = desk.Resolve(ctx, k.ID, 4, owner); err != nil || k.State != ticket.Resolved || k.Rating != 4 {
		t.Errorf("resolved: %+v, %v", k, err)
	}
	if k, err = desk.Write(ctx, k.ID, "还是不对", nil, owner); err != nil || k.State != ticket.Open {
		t.Errorf("taken up again: %+v, %v", k, err)
	}
	if k, err = desk.Resolve(ctx, k.ID, 0, ops); err != nil {
		t.Fatal(err)
	}
	now = now.Add(15 * 24 * time.Hour)
	if _, err := desk.Write(ctx, k.ID, "还是不对", nil, owner); !errors.Is(err, ticket.ErrLate) {
		t.Errorf("taken up after 15 days: %v", err)
	}
	over, err := s.ResolvedTickets(ctx, calendar.At(now.Add(-14*24*time.Hour)), 10)
	if err != nil || len(over) != 1 {
		t.Fatalf("over: %+v, %v", over, err)
	}
	if n, err := desk.Expire(ctx, over); n != 1 || err != nil {
		t.Errorf("closed %d, %v", n, err)
	}
	messages, err := s.TicketMessages(ctx, k)
	if err != nil || len(messages) != 4 || messages[0].Text != q.Text || messages[1].Staff != true || messages[3].Number != 4 {
		t.Errorf("messages %+v, %v", messages, err)
	}
	if _, err := desk.Write(ctx, k.ID, "?", nil, owner); !errors.Is(err, ticket.ErrState) {
		t.Errorf("written on a closed ticket: %v", err)
	}
}
