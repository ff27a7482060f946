package api_test

import (
	"bytes"
	"image/jpeg"
	"slices"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/serve/api"
)

// Both sides of a question see its pictures, with their name on them, and nobody else does.
func TestTicket_pictures(t *testing.T) {
	d := newDoor(t)
	owner, _ := d.owner("owner@shop.example")
	thief, _ := d.owner("thief@else.example")
	ops, _ := d.staff("ops@demo.example", access.Operations)
	ask := func(c *caller) api.TicketDetail {
		return into[api.TicketDetail](c.call("POST", "/tickets", object{"category": "terminal", "subject": "", "title": "No paper", "text": "It does not print."}).is(201, ""))
	}
	k, other := ask(owner), ask(thief)
	at := "/tickets/" + k.ID
	for name, body := range map[string][]byte{"a program": []byte("MZ\x90\x00"), "a page": []byte("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstartxref\n9\n%%EOF\n")} {
		if a := owner.upload(at+"/pictures", body); a.status != 422 {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	thief.upload(at+"/pictures", photo(t)).is(404, "ticket_not_found")
	mine := into[api.DocumentView](owner.upload(at+"/pictures", photo(t)).is(201, ""))
	foreign := into[api.DocumentView](thief.upload("/tickets/"+other.ID+"/pictures", photo(t)).is(201, ""))
	owner.call("POST", at+"/messages", object{"text": "", "pictures": []string{foreign.ID}}).is(404, "document_not_found")
	owner.call("POST", at+"/messages", object{"text": " "}).is(422, "ticket_text")
	seen := into[api.TicketDetail](owner.call("POST", at+"/messages", object{"text": "", "pictures": []string{mine.ID}}).is(200, ""))
	if len(seen.Messages) != 2 || !slices.Equal(seen.Messages[1].Pictures, []string{mine.ID}) {
		t.Errorf("the messages are %+v", seen.Messages)
	}
	answer := into[api.DocumentView](ops.upload(at+"/pictures", photo(t)).is(201, ""))
	ops.call("POST", at+"/messages", object{"text": "Like this.", "pictures": []string{answer.ID}}).is(200, "")
	for _, c := range []*caller{owner, ops} {
		for _, picture := range []string{mine.ID, answer.ID} {
			a := c.call("GET", at+"/pictures/"+picture, nil).is(200, "")
			if p, err := jpeg.Decode(bytes.NewReader(a.raw)); err != nil || p.Bounds().Dx() != 320 || a.head.Get("Content-Type") != "image/jpeg" {
				t.Errorf("the picture is %v, %v", a.head, err)
			}
		}
	}
	thief.call("GET", at+"/pictures/"+mine.ID, nil).is(404, "ticket_not_found")
	thief.call("GET", "/tickets/"+other.ID+"/pictures/"+mine.ID, nil).is(404, "document_not_found")
	owner.call("GET", "/documents/"+mine.ID+"/content", nil).is(404, "application_not_found")
	auditor, _ := d.staff("auditor@demo.example", access.Auditor)
	trail := into[api.ListBody[api.AuditRecord]](auditor.call("GET", "/audit?subject="+mine.ID, nil).is(200, ""))
	if len(trail.Data) != 3 { // added, and seen twice
		t.Errorf("the trail is %+v", trail.Data)
	}
}

// What is promised is counted in working days, and told so.
func TestTicket_promises(t *testing.T) {
	d := newDoor(t) // a Friday, 18:00 in Shanghai
	owner, _ := d.owner("owner@shop.example")
	list := into[api.ListBody[api.PromiseView]](owner.call("GET", "/ticket-promises", nil).is(200, ""))
	for _, p := range list.Data {
		k := into[api.TicketDetail](owner.call("POST", "/tickets", object{"category": p.Category, "subject": "", "title": "x", "text": "y"}).is(201, ""))
		want := map[string]time.Time{
			"payment": time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC), "complaint": time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
			"settlement": time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		}[p.Category]
		if k.DueHours != p.Hours || k.DueDays != p.Days || !want.IsZero() && !k.DueAt.Equal(want) {
			t.Errorf("%+v is due %s, want %s", p, k.DueAt, want)
		}
	}
	if len(list.Data) != 7 {
		t.Errorf("the promises are %+v", list.Data)
	}
}
