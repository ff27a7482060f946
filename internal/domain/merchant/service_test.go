package merchant_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/listing"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

func TestApplication_fromDraftToMerchant(t *testing.T) {
	for _, kind := range merchant.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			d := newDesk(t)
			m, who := d.opened(form(kind))
			if m.State != merchant.Active || m.Number != "" || m.Name != "一分便利店" || m.Kind != kind || m.Grade != merchant.Low ||
				m.Owner != who.ID || m.VerifyBy != 20281122 || m.DueOn != m.VerifyBy || m.Origin != merchant.Applied || m.Profile == "" {
				t.Errorf("%+v", m)
			}
			shop, found, err := step.Read[merchant.Store](t.Context(), d.records, merchant.Store{ID: "str_" + m.ID[4:], Bucket: m.Bucket}.Key())
			if err != nil || !found || shop.Address != "科苑路1号" {
				t.Errorf("the store is %+v, %v", shop, err)
			}
			a, _, err := step.Read[merchant.Application](t.Context(), d.records, merchant.ApplicationKey(m.Profile))
			if err != nil {
				t.Fatal(err)
			}
			history, err := d.records.HistoryOf(t.Context(), d.reviewer.Scope(), a)
			var told []string
			for _, h := range history {
				told = append(told, fmt.Sprintf("%d %s %s", h.Number, h.Verb, h.To))
			}
			if want := "[1 save draft 2 save draft 3 submit submitted 4 claim claimed 5 approve approved]"; err != nil || fmt.Sprint(told) != want {
				t.Errorf("history %v, want %s, %v", told, want, err)
			}
			storetest.WantClean(t, d.target)
		})
	}
}

// Numbers of people, companies and accounts are nowhere in the database's files.
func TestApplication_isSealed(t *testing.T) {
	d := newDesk(t)
	f := form(merchant.Enterprise)
	a, who := d.claimed(f)
	if _, err := d.service.Report(t.Context(), d.reviewer, a.ID, merchant.CallBack, merchant.Passed, "spoke with "+f.Person.Phone, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.service.Return(t.Context(), d.reviewer, a.ID, a.Version, []merchant.Remark{{Field: "person.number", Text: "not " + f.Person.Number}}, "see the fields"); err != nil {
		t.Fatal(err)
	}
	view, err := d.service.Show(t.Context(), who, a.ID)
	if err != nil || view.Form.Person.Number != f.Person.Number || view.Application.Content != nil || len(view.Remarks) != 1 {
		t.Errorf("the owner sees %+v, %v", view, err)
	}
	if view, err = d.service.Show(t.Context(), d.ops, a.ID); err != nil || !view.Masked || strings.Contains(fmt.Sprintf("%+v", view.Form), f.Person.Number) {
		t.Errorf("operations see %+v, %v", view.Form, err)
	}
	d.records.Close()
	files, err := filepath.Glob(filepath.Join(d.target, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{f.Person.Number, f.Person.Phone, f.Subject.Code, f.Account.Number, f.Person.Name, "picture of license"} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s holds %q in the clear", filepath.Base(name), secret)
			}
		}
	}
}

func TestSubmit_refuses(t *testing.T) {
	d := newDesk(t)
	a, who := d.start(merchant.Enterprise)
	_, err := d.service.Sign(t.Context(), who, a.ID, merchant.Signature{Terms: "2026-01", Digest: terms, Name: "张三"}, []byte("%PDF"))
	d.want("an agreement with nobody", err, merchant.ErrParty)
	if _, found, err := d.service.Submit(t.Context(), who, a.ID, a.Version, terms); !found.Has("missing") || !found.Has("document_missing") {
		t.Errorf("an empty form: %v, %v", found, err)
	} else {
		d.want("an empty form", err, merchant.ErrIncomplete)
	}
	f := form(merchant.Enterprise)
	saved, _, err := d.service.Save(t.Context(), who, a.ID, a.Version, f, "")
	if err != nil {
		t.Fatal(err)
	}
	_, found, err := d.service.Submit(t.Context(), who, a.ID, saved.Version, terms)
	d.want("without papers", err, merchant.ErrIncomplete)
	if len(found) != 7 || !found.Has("agreement_missing") {
		t.Errorf("missing papers: %v", found)
	}
	d.papers(who, a, f)
	d.sign(who, a, strings.Repeat("cd", 32))
	if _, found, err = d.service.Submit(t.Context(), who, a.ID, saved.Version, terms); len(found) != 1 || !found.Has("agreement_stale") {
		t.Errorf("other terms than were signed: %v", found)
	}
	d.want("other terms than were signed", err, merchant.ErrIncomplete)
	_, _, err = d.service.Save(t.Context(), who, a.ID, a.Version, f, "")
	d.want("an older version", err, merchant.ErrChanged)
	_, _, err = d.service.Save(t.Context(), owner("mch_07"+"01KAMXYZ0000000000000000AB"), a.ID, saved.Version, f, "")
	d.want("a stranger", err, access.ErrScope)
	_, err = d.service.Claim(t.Context(), d.reviewer, a.ID)
	d.want("a draft to review", err, merchant.ErrState)
	_, err = d.service.Claim(t.Context(), who, a.ID)
	d.want("the applicant as reviewer", err, access.ErrForbidden)
	_, err = d.service.Start(t.Context(), d.risk, merchant.Micro, "")
	d.want("a risk officer who applies", err, access.ErrForbidden)
	_, err = d.service.Show(t.Context(), who, "app_nothing")
	d.want("an id that is none", err, merchant.ErrApplication)
}

func TestReview_returnAndAgain(t *testing.T) {
	d := newDesk(t)
	f := form(merchant.Enterprise)
	a, who := d.claimed(f)
	asked := len(d.asked)
	_, err := d.service.Claim(t.Context(), d.second, a.ID)
	d.want("a claim of another's", err, merchant.ErrClaim)
	_, err = d.service.Return(t.Context(), d.second, a.ID, a.Version, []merchant.Remark{{Field: "x", Text: "y"}}, "")
	d.want("a return by another", err, merchant.ErrClaim)
	_, err = d.service.Return(t.Context(), d.reviewer, a.ID, a.Version, nil, "because")
	d.want("a return without remarks", err, merchant.ErrRemarks)
	_, err = d.service.Reject(t.Context(), d.reviewer, a.ID, a.Version, " ")
	d.want("a rejection without a reason", err, access.ErrReason)
	a, err = d.service.Return(t.Context(), d.reviewer, a.ID, a.Version, []merchant.Remark{{Field: "account.number", Text: "unreadable"}}, "")
	if err != nil || a.State != merchant.Returned || a.ClaimedBy != "" {
		t.Fatal(a, err)
	}
	f.Account.Number = "44201500052051234999"
	a, _, err = d.service.Save(t.Context(), who, a.ID, a.Version, f, "account")
	if err == nil {
		a, _, err = d.service.Submit(t.Context(), who, a.ID, a.Version, terms)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := d.service.Resume(t.Context()); n != 1 || err != nil || len(d.asked) != asked+1 || d.asked[asked].Kind != merchant.BankElements {
		t.Errorf("%d checks were asked again, %v: only the account changed", n, err)
	}
	// The lease ends, and another goes on.
	if a, err = d.service.Claim(t.Context(), d.reviewer, a.ID); err != nil {
		t.Fatal(err)
	}
	d.at = d.at.Add(merchant.ClaimFor)
	_, err = d.service.Approve(t.Context(), d.reviewer, a.ID, a.Version)
	d.want("an approval after the lease", err, merchant.ErrClaim)
	if a, err = d.service.Claim(t.Context(), d.second, a.ID); err != nil {
		t.Fatal(err)
	}
	if m, err := d.service.Approve(t.Context(), d.second, a.ID, a.Version); err != nil || m.State != merchant.Active {
		t.Errorf("%+v, %v", m, err)
	}
	_, err = d.service.Withdraw(t.Context(), who, a.ID, "changed my mind")
	d.want("a withdrawal after the approval", err, merchant.ErrState)
	storetest.WantClean(t, d.target)
}

func TestReview_twoPeople(t *testing.T) {
	d := newDesk(t)
	d.says[merchant.RealName] = merchant.Answer{Outcome: merchant.Mismatch, Differs: []string{"name", "DROP TABLE"}, Reference: "R9"}
	a, _ := d.claimed(form(merchant.Micro))
	checks, err := d.service.Checks(t.Context(), d.reviewer, a.ID)
	if err != nil || len(checks) != 2 || checks[0].State != merchant.Mismatch || checks[0].Differs != "name" || checks[0].Reference != "R9" || checks[1].State != merchant.Match {
		t.Fatalf("%+v, %v", checks, err)
	}
	_, err = d.service.Approve(t.Context(), d.reviewer, a.ID, a.Version)
	d.want("an approval over a mismatch", err, merchant.ErrChecks)
	p, err := d.service.Plan(t.Context(), d.reviewer, a.ID, a.Version, "the name has a rare character, seen on the card")
	if err != nil || !p.NeedsTwo() {
		t.Fatal(p, err)
	}
	second := func(by string) error {
		return storetest.Do(t, d.records, func(v step.View) error {
			return d.service.Apply(v, p, by, calendar.At(d.at))
		}, p.Keys()...)
	}
	d.want("the same person twice", second(d.reviewer.ID), access.ErrSamePerson)
	d.want("nobody as second", second(""), merchant.ErrTwoPeople)
	if err := second(d.second.ID); err != nil {
		t.Fatal(err)
	}
	d.want("the same approval again", second(d.second.ID), merchant.ErrChanged)
	storetest.WantClean(t, d.target)
}

// The proposal of an approval carries no number of a person, and is carried out as it was asked for or not at all.
func TestActions(t *testing.T) {
	d := newDesk(t)
	f := form(merchant.Enterprise)
	f.Business.Category = "5933"
	a, _ := d.claimed(f)
	if a.Grade != merchant.High {
		t.Fatal(a.Grade, a.Reasons)
	}
	_, err := d.service.Approve(t.Context(), d.reviewer, a.ID, a.Version)
	d.want("a high risk by one", err, merchant.ErrTwoPeople)
	draft, err := d.service.ProposeApproval(t.Context(), d.reviewer, a.ID, a.Version, "", "all in order")
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(map[string]any{"before": draft.Before, "after": draft.After})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{f.Person.Number, f.Person.Name, f.Account.Number, f.Subject.Code} {
		if strings.Contains(string(payload), secret) {
			t.Errorf("the proposal says %q", secret)
		}
	}
	p := access.Proposal{
		Kind: draft.Kind, Subject: draft.Subject, Merchant: draft.Merchant, Payload: string(payload), AskedBy: d.reviewer.ID, DecidedAt: calendar.At(d.at),
	}
	actions := map[string]access.Action{}
	for _, action := range d.service.Actions() {
		actions[action.Kind] = action
	}
	action := actions[p.Kind]
	run := func(p access.Proposal) error {
		return storetest.Do(t, d.records, func(v step.View) error {
			if base, err := action.Base(v, p); err != nil || base != fmt.Sprint(a.Version) {
				t.Errorf("based on %q, %v", base, err)
			}
			return action.Apply(v, p, d.second)
		}, action.Keys(p)...)
	}
	other := p
	other.AskedBy = d.ops.ID
	d.want("asked by another", run(other), merchant.ErrChanged)
	if err := run(p); err != nil {
		t.Fatal(err)
	}
	m, _, err := step.Read[merchant.Merchant](t.Context(), d.records, merchant.Key(a.Merchant))
	if err != nil || m.State != merchant.Active || m.Grade != merchant.High || m.VerifyBy != 20270522 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestBureau_busyThenThere(t *testing.T) {
	d := newDesk(t)
	d.fails = merchant.ErrBureauBusy
	a, _ := d.submitted(form(merchant.Micro))
	if n, err := d.service.Resume(t.Context()); n != 0 || err != nil || len(d.asked) != 2 {
		t.Fatal(n, err, d.asked)
	}
	checks, err := d.service.Checks(t.Context(), d.reviewer, a.ID)
	if err != nil || checks[0].State != merchant.Unavailable || checks[0].DueAt == 0 {
		t.Fatalf("%+v, %v", checks, err)
	}
	if n, _ := d.service.Resume(t.Context()); n != 0 || len(d.asked) != 2 {
		t.Error("a busy provider is asked at once again")
	}
	for range 20 { // it stays busy: asked ever more rarely, then left to a person
		d.at = d.at.Add(2 * time.Hour)
		if _, err := d.service.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.asked) != 24 {
		t.Errorf("asked %d times, want 12 for each check", len(d.asked))
	}
	d.fails = nil
	if a, err = d.service.Claim(t.Context(), d.reviewer, a.ID); err != nil {
		t.Fatal(err)
	}
	_, err = d.service.AskAgain(t.Context(), d.second, a.ID, checks[0].Key().ID)
	d.want("another reviewer asks", err, merchant.ErrClaim)
	for _, c := range checks {
		if _, err := d.service.AskAgain(t.Context(), d.reviewer, a.ID, c.Key().ID); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := d.service.Resume(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
	if _, err := d.service.Approve(t.Context(), d.reviewer, a.ID, a.Version); err != nil {
		t.Error(err)
	}
}

func TestSubjects(t *testing.T) {
	d := newDesk(t)
	first, _ := d.opened(form(merchant.Micro))
	a, _ := d.claimed(form(merchant.Micro))
	related, blocks, err := d.service.Related(t.Context(), d.reviewer, a.ID)
	if err != nil || len(related) != 1 || related[0].Merchant.ID != first.ID || len(related[0].Kinds) != 3 || blocks != nil {
		t.Fatalf("%+v %+v, %v", related, blocks, err)
	}
	third, who := d.start(merchant.Micro)
	third, _, err = d.service.Save(t.Context(), who, third.ID, third.Version, form(merchant.Micro), "")
	if err != nil {
		t.Fatal(err)
	}
	d.papers(who, third, form(merchant.Micro))
	d.sign(who, third, terms)
	_, _, err = d.service.Submit(t.Context(), who, third.ID, third.Version, terms)
	d.want("a third micro merchant of one person", err, merchant.ErrMicroLimit)
	if a, err = d.service.Reject(t.Context(), d.reviewer, a.ID, a.Version, "one shop is enough"); err != nil {
		t.Fatal(err)
	}
	if third, _, err = d.service.Submit(t.Context(), who, third.ID, third.Version, terms); err != nil {
		t.Fatalf("after the second was rejected: %v", err)
	}
	// The person is put on the block list meanwhile.
	b, err := d.service.Ban(t.Context(), d.risk, merchant.Block{Kind: merchant.ByResident, RiskType: "02", Source: "association", Reason: "cash-out elsewhere"}, form(merchant.Micro).Person.Number)
	if err != nil || strings.Contains(fmt.Sprint(b), form(merchant.Micro).Person.Number) {
		t.Fatal(b, err)
	}
	if _, err := d.service.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if third, err = d.service.Claim(t.Context(), d.reviewer, third.ID); err != nil {
		t.Fatal(err)
	}
	if _, blocks, err = d.service.Related(t.Context(), d.reviewer, third.ID); err != nil || len(blocks) != 1 || blocks[0].RiskType != "02" {
		t.Errorf("%+v, %v", blocks, err)
	}
	_, err = d.service.Approve(t.Context(), d.reviewer, third.ID, third.Version)
	d.want("an approval of a blocked person", err, merchant.ErrBlocked)
	shorter := merchant.Block{Kind: merchant.ByResident, RiskType: "02", Reason: "soon over", Until: calendar.At(d.at).Add(time.Hour)}
	_, err = d.service.Ban(t.Context(), d.risk, shorter, form(merchant.Micro).Person.Number)
	d.want("a block that one person shortens", err, merchant.ErrShorter)
	_, err = d.service.ProposeLift(t.Context(), d.ops, b.Kind, b.Index, "was another")
	d.want("a lifting asked for by operations", err, access.ErrForbidden)
	draft, err := d.service.ProposeLift(t.Context(), d.risk, b.Kind, b.Index, "was another")
	if err != nil {
		t.Fatal(err)
	}
	lift := func(second access.Actor) error {
		return storetest.Do(t, d.records, func(v step.View) error {
			return d.service.ApplyLift(v, draft.After.(merchant.Lifting), draft.Reason, second, calendar.At(d.at))
		}, b.Key())
	}
	d.want("a lifting by who asked", lift(d.risk), access.ErrSamePerson)
	if err := lift(d.ops); err != nil {
		t.Fatal(err)
	}
	d.want("once more", lift(d.ops), merchant.ErrChanged)
	if _, err = d.service.Approve(t.Context(), d.reviewer, third.ID, third.Version); err != nil {
		t.Error(err)
	}
	_, err = d.service.Ban(t.Context(), d.reviewer, merchant.Block{Kind: merchant.ByPhone, RiskType: "02", Reason: "x"}, "13800138000")
	d.want("a block by a reviewer", err, access.ErrForbidden)
	_, err = d.service.Ban(t.Context(), d.risk, merchant.Block{Kind: merchant.ByPhone, RiskType: "00", Reason: "x"}, "13800138000")
	d.want("an unknown risk type", err, merchant.ErrRiskType)
}

func TestDocuments(t *testing.T) {
	d := newDesk(t)
	a, who := d.start(merchant.Micro)
	content := bytes.Repeat([]byte("0123456789abcdef"), 40_000) // three chunks
	doc, err := d.service.Add(t.Context(), who, a.ID, merchant.Counter, content)
	if err != nil || doc.Chunks != 3 || doc.Size != 640_000 {
		t.Fatalf("%+v, %v", doc, err)
	}
	if _, got, err := d.service.Look(t.Context(), who, doc.ID); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes come back, %v", len(got), err)
	}
	_, _, err = d.service.Look(t.Context(), d.ops, doc.ID)
	d.want("a look by operations", err, access.ErrForbidden)
	_, err = d.service.Add(t.Context(), who, a.ID, "portrait", content)
	d.want("an unknown kind", err, merchant.ErrDocumentKind)
	_, err = d.service.Add(t.Context(), who, a.ID, merchant.VisitPicture, content)
	d.want("a picture of a visit by the applicant", err, access.ErrForbidden)
	_, err = d.service.Add(t.Context(), who, a.ID, merchant.Counter, nil)
	d.want("a damaged picture", err, errDamaged)
	if err := d.service.Remove(t.Context(), who, doc.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := d.service.Documents(t.Context(), who, a.ID); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestUpload_worksOnce(t *testing.T) {
	d := newDesk(t)
	a, who := d.start(merchant.Micro)
	const token, late = "QW8ZK2M4N6P8R0T2V4X6Z8B0D2", "QW8ZK2M4N6P8R0T2V4X6Z8B0D3"
	for _, code := range []string{token, late} {
		if _, err := d.service.Invite(t.Context(), who, a.ID, merchant.ShopFront, code); err != nil {
			t.Fatal(err)
		}
	}
	_, err := d.service.Invite(t.Context(), who, a.ID, merchant.ShopFront, "short")
	d.want("a token that can be guessed", err, merchant.ErrTicket)
	_, err = d.service.Upload(t.Context(), a.ID, token+"x", []byte("p"))
	d.want("another token", err, merchant.ErrTicket)
	other, _ := d.start(merchant.Micro)
	_, err = d.service.Upload(t.Context(), other.ID, token, []byte("p"))
	d.want("another application", err, merchant.ErrTicket)
	if seen, err := d.service.Uploaded(t.Context(), a.ID, token); seen != "" || err != nil {
		t.Error(seen, err)
	}
	doc, err := d.service.Upload(t.Context(), a.ID, token, []byte("from the telephone"))
	if err != nil || doc.Kind != merchant.ShopFront {
		t.Fatal(doc, err)
	}
	if seen, err := d.service.Uploaded(t.Context(), a.ID, token); seen != doc.ID || err != nil {
		t.Error(seen, err)
	}
	_, err = d.service.Upload(t.Context(), a.ID, token, []byte("again"))
	d.want("a second upload", err, merchant.ErrTicket)
	d.at = d.at.Add(merchant.TicketFor)
	_, err = d.service.Upload(t.Context(), a.ID, late, []byte("p"))
	d.want("an upload too late", err, merchant.ErrTicket)
}

func TestChange_isReviewed(t *testing.T) {
	d := newDesk(t)
	m, who := d.opened(form(merchant.Enterprise))
	_, err := d.service.StartChange(t.Context(), who, m.ID, []merchant.Section{"colour"})
	d.want("an unknown section", err, merchant.ErrSections)
	a, err := d.service.StartChange(t.Context(), who, m.ID, []merchant.Section{merchant.SectionAccount, merchant.SectionBusiness})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.service.StartChange(t.Context(), who, m.ID, []merchant.Section{merchant.SectionPlace})
	d.want("two at a time", err, merchant.ErrOpen)
	f := form(merchant.Enterprise)
	f.Account.Number, f.Business.Name, f.Person.Name = "44201500052059999999", "一分超市", "李四" // the person is not carried
	a, found, err := d.service.Save(t.Context(), who, a.ID, a.Version, f, "")
	if err != nil || found.Failed() {
		t.Fatal(err, found)
	}
	if _, err := d.service.Add(t.Context(), who, a.ID, merchant.AccountProof, []byte("proof")); err != nil {
		t.Fatal(err)
	}
	d.asked = nil
	if a, found, err = d.service.Submit(t.Context(), who, a.ID, a.Version, terms); err != nil {
		t.Fatal(err, found)
	}
	if _, err := d.service.Resume(t.Context()); err != nil || len(d.asked) != 1 {
		t.Fatalf("%+v, %v", d.asked, err)
	}
	view, err := d.service.Show(t.Context(), d.reviewer, a.ID)
	if err != nil || view.Known.Account.Number != "44201500052051234567" || view.Form.Account.Number != "44201500052059999999" || view.Form.Person.Name != "" {
		t.Errorf("%+v, %v", view, err)
	}
	if before, _, _ := step.Read[merchant.Merchant](t.Context(), d.records, m.Key()); before.Name != "一分便利店" {
		t.Error("a change shows before it is approved")
	}
	if a, err = d.service.Claim(t.Context(), d.reviewer, a.ID); err != nil {
		t.Fatal(err)
	}
	changed, err := d.service.Approve(t.Context(), d.reviewer, a.ID, a.Version)
	if err != nil || changed.Name != "一分超市" || changed.Number != m.Number || changed.Profile != a.ID || changed.State != merchant.Active || changed.VerifyBy != m.VerifyBy {
		t.Errorf("%+v, %v", changed, err)
	}
	again, err := d.service.StartChange(t.Context(), who, m.ID, nil)
	if err != nil || again.Purpose != merchant.Reverification {
		t.Fatal(again, err)
	}
	if view, err = d.service.Show(t.Context(), who, again.ID); err != nil || view.Form.Account.Number != "44201500052059999999" || view.Form.Person.Name != "张三" {
		t.Errorf("the profile is %+v, %v", view.Form, err)
	}
	storetest.WantClean(t, d.target)
}

func TestControl(t *testing.T) {
	d := newDesk(t)
	m, who := d.opened(form(merchant.Micro))
	for _, c := range []struct {
		who  access.Actor
		verb merchant.Verb
		want merchant.State
		err  error
	}{
		{who, merchant.Suspend, "", access.ErrForbidden},
		{d.reviewer, merchant.Suspend, "", access.ErrForbidden},
		{d.risk, merchant.Suspend, merchant.Suspended, nil},
		{d.risk, merchant.Suspend, "", merchant.ErrState},
		{d.risk, merchant.Approve, "", merchant.ErrState},
		{d.risk, merchant.Reinstate, merchant.Active, nil},
		{d.ops, merchant.Exit, "", merchant.ErrState},
		{who, merchant.Leave, merchant.Closing, nil},
		{who, merchant.Stay, merchant.Active, nil},
		{who, merchant.Leave, merchant.Closing, nil},
		{who, merchant.Exit, "", access.ErrForbidden},
		{d.ops, merchant.Exit, merchant.Closed, nil},
	} {
		got, err := d.service.Control(t.Context(), c.who, m.ID, c.verb, "as agreed")
		if d.want(string(c.verb), err, c.err); err == nil && got.State != c.want {
			t.Errorf("%s: %s, want %s", c.verb, got.State, c.want)
		}
	}
	n, _ := d.opened(form(merchant.Enterprise))
	d.open = []merchant.Unsettled{{Kind: merchant.OpenTerminal, Name: "29000001", State: "active"}}
	if _, err := d.service.Control(t.Context(), d.ops, n.ID, merchant.Leave, "moves"); err != nil {
		t.Fatal(err)
	}
	_, err := d.service.Control(t.Context(), d.ops, n.ID, merchant.Exit, "moves")
	d.want("an exit with an open batch", err, merchant.ErrBusy)
	_, err = d.service.Control(t.Context(), d.ops, "mch_x", merchant.Leave, "moves")
	d.want("a merchant that is none", err, merchant.ErrNotFound)
}

func TestTransfer(t *testing.T) {
	d := newDesk(t)
	m, _ := d.opened(form(merchant.Micro))
	buyer := access.User{ID: "usr_07" + "01KAMXYZ0000000000000000AB", Bucket: 7, Realm: access.Merchant, State: access.UserActive}
	if err := storetest.Do(t, d.records, func(v step.View) error { v.Put(buyer); return nil }); err != nil {
		t.Fatal(err)
	}
	_, err := d.service.ProposeTransfer(t.Context(), d.ops, m.ID, "usr_nobody", "sold")
	d.want("an account that is none", err, merchant.ErrOwner)
	draft, err := d.service.ProposeTransfer(t.Context(), d.ops, m.ID, buyer.ID, "sold")
	if err != nil || draft.Kind != merchant.TransferAction {
		t.Fatal(draft, err)
	}
	p := draft.After.(merchant.Transfer)
	apply := func(second string) error {
		return storetest.Do(t, d.records, func(v step.View) error {
			return d.service.ApplyTransfer(v, p, second, calendar.At(d.at))
		}, p.Keys()...)
	}
	d.want("nobody", apply(""), merchant.ErrTwoPeople)
	d.want("the same", apply(d.ops.ID), access.ErrSamePerson)
	if err := apply(d.risk.ID); err != nil {
		t.Fatal(err)
	}
	d.want("once more", apply(d.risk.ID), merchant.ErrChanged)
	if m, _, _ = step.Read[merchant.Merchant](t.Context(), d.records, m.Key()); m.Owner != buyer.ID {
		t.Errorf("it belongs to %s", m.Owner)
	}
	for account, want := range map[string]access.MemberState{buyer.ID: access.MemberActive, ownerID: access.MemberRemoved} {
		if member, _, err := step.Read[access.Member](t.Context(), d.records, access.MemberKey(m.ID, account)); err != nil || member.State != want {
			t.Errorf("%s is %+v, %v", account, member, err)
		}
	}
}

func TestRemind_once(t *testing.T) {
	d := newDesk(t)
	f := form(merchant.Enterprise)
	f.Subject.Until = 20270110
	m, _ := d.opened(f)
	if m.DueOn != 20270110 {
		t.Errorf("due on %s", m.DueOn)
	}
	for _, c := range []struct{ days, told int }{{0, 0}, {20, 1}, {1, 0}} {
		d.at = d.at.AddDate(0, 0, c.days)
		if told, err := d.service.Remind(t.Context(), d.ops.Scope()); told != c.told || err != nil {
			t.Errorf("%d days later %d were told, %v", c.days, told, err)
		}
	}
}

func TestVisitsAndAgreement(t *testing.T) {
	d := newDesk(t)
	a, who := d.claimed(form(merchant.Micro))
	picture, err := d.service.Add(t.Context(), d.reviewer, a.ID, merchant.VisitPicture, []byte("the shop"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.service.Report(t.Context(), d.reviewer, a.ID, merchant.SiteVisit, merchant.Passed, "all in place", []string{picture.ID}); err != nil {
		t.Fatal(err)
	}
	_, err = d.service.Report(t.Context(), d.reviewer, a.ID, "dream", merchant.Passed, "", nil)
	d.want("an unknown kind of visit", err, merchant.ErrVisit)
	visits, err := d.records.VisitsOf(t.Context(), d.reviewer.Scope(), a)
	if err != nil || len(visits) != 1 {
		t.Fatal(visits, err)
	}
	if text, err := d.service.Note(d.reviewer, visits[0]); text != "all in place" || err != nil {
		t.Error(text, err)
	}
	_, err = d.service.Sign(t.Context(), who, a.ID, merchant.Signature{Terms: "2026-01"}, []byte("%PDF"))
	d.want("an agreement to nothing", err, merchant.ErrTerms)
	if list, err := d.records.AgreementsOf(t.Context(), who.Scope(), a.Merchant); err != nil || len(list) != 1 || list[0].Document == "" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestLists_scopes(t *testing.T) {
	d := newDesk(t)
	first, who := d.opened(form(merchant.Micro))
	first.Number = "898440354110001"
	if err := storetest.Do(t, d.records, func(v step.View) error { v.Put(first); return nil }, first.Key()); err != nil {
		t.Fatal(err)
	}
	f := form(merchant.Enterprise)
	f.Business.Name = "二分书店"
	d.at = d.at.Add(time.Second)
	d.submitted(f)
	page := listing.Page{Limit: 1}
	for _, c := range []struct {
		scope access.Scope
		f     merchant.Filter
		want  []string
		err   error
	}{
		{d.ops.Scope(), merchant.Filter{}, []string{"二分书店", "一分便利店"}, nil},
		{d.ops.Scope(), merchant.Filter{State: merchant.Active}, []string{"一分便利店"}, nil},
		{d.ops.Scope(), merchant.Filter{Name: "二分"}, []string{"二分书店"}, nil},
		{d.ops.Scope(), merchant.Filter{Name: "二分", State: merchant.Active}, nil, nil},
		{d.ops.Scope(), merchant.Filter{Name: "\x00\xff"}, []string{"一分便利店", "二分书店"}, nil},
		{d.ops.Scope(), merchant.Filter{Number: first.Number}, []string{"一分便利店"}, nil},
		{who.Scope(), merchant.Filter{}, []string{"一分便利店"}, nil},
		{access.Actor{Realm: access.Agent, Agent: "agt_a"}.Scope(), merchant.Filter{}, nil, nil},
		{access.Scope{}, merchant.Filter{}, nil, access.ErrScope},
	} {
		var got []string
		for p := page; ; {
			list, err := d.records.Merchants(t.Context(), c.scope, c.f, p)
			if d.want(fmt.Sprintf("%+v", c.f), err, c.err); err != nil {
				break
			}
			for _, m := range list.Rows {
				got = append(got, m.Name)
			}
			if !list.More {
				break
			}
			if p.After, err = listing.ParseCursor(list.Next.String()); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
	for scope, want := range map[access.Scope]int{d.ops.Scope(): 2, who.Scope(): 1} {
		if list, err := d.records.Applications(t.Context(), scope, merchant.ApplicationFilter{}, listing.Page{}); err != nil || len(list.Rows) != want {
			t.Errorf("%d applications, want %d, %v", len(list.Rows), want, err)
		}
	}
	if list, err := d.records.Applications(t.Context(), d.ops.Scope(), merchant.ApplicationFilter{State: merchant.Submitted, Purpose: merchant.Onboarding}, listing.Page{}); err != nil || len(list.Rows) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}
