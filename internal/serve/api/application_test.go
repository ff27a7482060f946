package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/wire/picture"
)

// bureau knows everybody, but for the kinds of check that it says otherwise of.
type bureau struct {
	says map[merchant.CheckKind]merchant.Outcome
}

// Ask implements merchant.Bureau.
func (b *bureau) Ask(_ context.Context, q merchant.Question) (merchant.Answer, error) {
	if outcome, ok := b.says[q.Kind]; ok {
		return merchant.Answer{Outcome: outcome, Differs: []string{"name"}, Reference: "R2"}, nil
	}
	return merchant.Answer{Outcome: merchant.Match, Reference: "R1"}, nil
}

// clean takes papers in as the house does.
func clean(content []byte) (merchant.Cleaned, error) {
	f, err := picture.Clean(content)
	for wrong, said := range map[error]error{
		picture.ErrType: merchant.ErrPaperType, picture.ErrSize: merchant.ErrPaperSize, picture.ErrPixels: merchant.ErrPaperSize,
		picture.ErrDamaged: merchant.ErrPaperDamaged, picture.ErrUnsafe: merchant.ErrPaperUnsafe,
	} {
		if errors.Is(err, wrong) {
			return merchant.Cleaned{}, said
		}
	}
	return merchant.Cleaned(f), err
}

// photo is a picture as a telephone takes one.
func photo(t *testing.T) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for i := range p.Pix {
		p.Pix[i] = 0xd0
	}
	p.SetRGBA(10, 10, color.RGBA{0xff, 0, 0, 0xff})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload sends a body as it is.
func (c *caller) upload(path string, body []byte) answer {
	c.t.Helper()
	q, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.door.web.URL+"/v1"+path, bytes.NewReader(body))
	c.must(err)
	c.n++
	q.Header.Set("Idempotency-Key", fmt.Sprintf("%p-%d", c, c.n))
	q.Header.Set("Content-Type", "image/jpeg")
	response, err := c.web.Do(q)
	c.must(err)
	defer response.Body.Close()
	a := answer{t: c.t, what: "POST " + path, status: response.StatusCode, head: response.Header}
	a.raw, err = io.ReadAll(response.Body)
	c.must(err)
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") {
		a.code = into[api.Problem](a).Code
	}
	return a
}

// accountNumber is a card of nobody.
const accountNumber = "6216261000000000018"

// microForm is a form without mistakes.
func microForm() object {
	return object{
		"kind":     "micro",
		"person":   object{"name": "张三", "number": checkedNumber("44030519880202301"), "from": "2020-01-01", "until": "2040-01-01", "phone": "13800138000", "email": "z@shop.example"},
		"account":  object{"kind": "personal", "holder": "张三", "number": accountNumber, "bank_code": "308584000013", "bank": "招商银行", "phone": "13800138000"},
		"business": object{"name": "一分便利店", "name_en": "Yifen Mart", "category": "5411", "monthly_fen": 5_000_000, "ticket_fen": 5_000, "remote": false},
		"place":    object{"area": "440305", "address": "科苑路1号", "phone": "0755-86013388"},
	}
}

// checkedNumber appends the check character of an identity number (ISO 7064 MOD 11-2).
func checkedNumber(number string) string {
	p := 0
	for _, r := range number {
		p = (p + int(r-'0')) * 2 % 11
	}
	return number + string("0123456789X"[(12-p)%11])
}

// applicant is a person without a merchant who begins an application.
func (d *door) applicant(email string) (*caller, api.ApplicationView) {
	d.t.Helper()
	c := d.person(email, "")
	return c, into[api.ApplicationView](c.call("POST", "/applications", object{"kind": "micro"}).is(201, ""))
}

// sign signs the terms that go with an application.
func (c *caller) sign(application string) api.AgreementView {
	c.t.Helper()
	at := "/applications/" + application + "/agreement"
	terms := into[api.TermsView](c.call("GET", at, nil).is(200, ""))
	return into[api.AgreementView](c.call("POST", at, object{"version": terms.Version, "digest": terms.Digest, "name": "张三"}).is(201, ""))
}

// handedIn is an application that was submitted, and checked by the bureau.
func (d *door) handedIn(email string, form object) (*caller, api.ApplicationView) {
	d.t.Helper()
	c, p := d.applicant(email)
	saved := into[api.DraftView](c.call("PUT", "/applications/"+p.ID, object{"version": p.Version, "form": form}).is(200, ""))
	for _, kind := range []string{"identity_front", "identity_back", "account_proof", "shop_front", "counter"} {
		c.upload("/applications/"+p.ID+"/documents?kind="+kind, photo(d.t)).is(201, "")
	}
	c.sign(p.ID)
	sent := into[api.DraftView](c.call("POST", "/applications/"+p.ID+"/submit", object{"version": saved.Version}).is(200, ""))
	if _, err := d.merchants.Resume(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	return c, sent.ApplicationView
}

func TestApplication_fromDraftToMerchant(t *testing.T) {
	d := newDoor(t)
	c, p := d.applicant("new@shop.example")
	me := into[api.Me](c.call("GET", "/me", nil).is(200, ""))
	if me.Merchant != p.Merchant || !slices.Contains(me.Permissions, "application.edit") {
		t.Fatalf("the applicant acts for %q", me.Merchant)
	}
	at := "/applications/" + p.ID
	form := microForm()
	form["person"].(object)["number"] = "440305198802023010"
	saved := into[api.DraftView](c.call("PUT", at, object{"version": p.Version, "form": form, "step": "person"}).is(200, ""))
	if !slices.ContainsFunc(saved.Findings, func(f api.FindingOf) bool { return f.Field == "person.number" && f.Severity == "error" }) {
		t.Errorf("a mistyped number is told as %+v", saved.Findings)
	}
	c.call("PUT", at, object{"version": p.Version, "form": form}).is(409, "application_changed")
	bad := microForm()
	bad["person"].(object)["until"] = "2040-02-31"
	if a := into[api.Problem](c.call("PUT", at, object{"version": saved.Version, "form": bad}).is(422, "application_incomplete")); len(a.Errors) != 1 || a.Errors[0].Location != "body.form.person.until" {
		t.Errorf("a day that is none: %+v", a.Errors)
	}
	refused := into[api.Problem](c.call("POST", at+"/submit", object{"version": saved.Version}).is(422, "application_incomplete"))
	for _, want := range []string{"body.form.person.number", "documents.identity_front", "documents.counter", "documents.agreement"} {
		if !slices.ContainsFunc(refused.Errors, func(e api.FieldProblem) bool { return e.Location == want && e.Code != "" }) {
			t.Errorf("the refusal does not name %s: %+v", want, refused.Errors)
		}
	}
	for _, kind := range []string{"identity_front", "identity_back", "account_proof", "shop_front", "counter"} {
		c.upload(at+"/documents?kind="+kind, photo(t)).is(201, "")
	}
	form["person"].(object)["number"] = checkedNumber("44030519880202301")
	saved = into[api.DraftView](c.call("PUT", at, object{"version": saved.Version, "form": form}).is(200, ""))
	c.sign(p.ID)
	sent := into[api.DraftView](c.call("POST", at+"/submit", object{"version": saved.Version}).is(200, ""))
	if sent.State != "submitted" || sent.Grade != "" {
		t.Errorf("the applicant is told %+v", sent.ApplicationView)
	}

	d.advance(time.Second)
	if n, err := d.merchants.Resume(t.Context()); n != 2 || err != nil {
		t.Fatalf("%d checks were answered, %v", n, err)
	}
	reviewer, _ := d.staff("rev@demo.example", access.Reviewer)
	claimed := into[api.ApplicationView](reviewer.call("POST", at+"/claim", nil).is(200, ""))
	if !claimed.Mine || claimed.Grade != "low" {
		t.Errorf("the reviewer sees %+v", claimed)
	}
	mine := into[api.ListBody[api.ApplicationView]](reviewer.call("GET", "/applications?claimed=me", nil).is(200, ""))
	if len(mine.Data) != 1 || mine.Data[0].ID != p.ID {
		t.Errorf("the reviewer's applications are %+v", mine.Data)
	}
	reviewer.call("POST", at+"/return", object{"version": claimed.Version, "remarks": []object{}}).is(422, "invalid_request")
	returned := into[api.ApplicationView](reviewer.call("POST", at+"/return", object{
		"version": claimed.Version, "remarks": []object{{"field": "document.counter", "text": "too dark"}}, "reason": "one picture",
	}).is(200, ""))
	seen := into[api.ApplicationDetail](c.call("GET", at, nil).is(200, ""))
	if seen.State != "returned" || len(seen.Remarks) != 1 || seen.Masked || seen.Form.Person.Number != form["person"].(object)["number"] || len(seen.Checks) != 0 || seen.Grade != "" {
		t.Errorf("the applicant sees %+v", seen)
	}
	if last := seen.History[len(seen.History)-1]; last.Verb != "return" || last.By != "platform" || last.ByName != "" {
		t.Errorf("the applicant is told who returned it: %+v", last)
	}
	counter := seen.Documents[slices.IndexFunc(seen.Documents, func(d api.DocumentView) bool { return d.Kind == "counter" })]
	c.call("DELETE", "/documents/"+counter.ID, nil).is(204, "")
	c.call("POST", at+"/submit", object{"version": returned.Version}).is(422, "application_incomplete")
	c.upload(at+"/documents?kind=counter", photo(t)).is(201, "")
	sent = into[api.DraftView](c.call("POST", at+"/submit", object{"version": returned.Version}).is(200, ""))
	claimed = into[api.ApplicationView](reviewer.call("POST", at+"/claim", nil).is(200, ""))
	reviewer.call("POST", at+"/approve", object{"version": sent.Version}).is(409, "application_changed")
	m := into[api.MerchantView](reviewer.call("POST", at+"/approve", object{"version": claimed.Version}).is(200, ""))
	if m.State != "active" || m.ID != p.Merchant || m.Grade != "low" {
		t.Errorf("the merchant is %+v", m)
	}
	place := form["place"].(object)
	shops := into[api.ListBody[api.ShopView]](c.call("GET", "/stores", nil).is(200, "")).Data
	if len(shops) != 1 || shops[0].Area != place["area"] || shops[0].Address != place["address"] || shops[0].Phone != place["phone"] || shops[0].CreatedAt.IsZero() {
		t.Errorf("the first store is %+v", shops)
	}
	shown := into[api.MerchantDetail](c.call("GET", "/merchants/"+m.ID, nil).is(200, ""))
	if shown.Name != "一分便利店" || shown.Application != p.ID || shown.Profile.Account.Number != strings.Repeat("*", 15)+"0018" || shown.Grade != "" || shown.VerifyBy == "" {
		t.Errorf("its owner sees %+v", shown)
	}
	for _, secret := range []string{accountNumber, seen.Form.Person.Number} {
		if strings.Contains(d.log.String(), secret) {
			t.Error("the log shows a number")
		}
	}
	change := into[api.ApplicationView](c.call("POST", "/applications/changes", object{"sections": []string{"account"}}).is(201, ""))
	c.call("POST", "/applications/changes", object{"sections": []string{"place"}}).is(409, "application_open")
	c.call("POST", "/applications/"+change.ID+"/withdraw", object{"reason": "no more"}).is(200, "")
	found := into[api.ListBody[api.ApplicationView]](reviewer.call("GET", "/applications?name="+"%E4%B8%80%E5%88%86&merchant=&limit=1", nil).is(200, ""))
	if len(found.Data) != 1 || !found.HasMore {
		t.Errorf("by name: %+v", found)
	}
	next := into[api.ListBody[api.ApplicationView]](reviewer.call("GET", "/applications?name="+"%E4%B8%80%E5%88%86&limit=1&cursor="+found.NextCursor, nil).is(200, ""))
	if len(next.Data) != 1 || next.HasMore || next.Data[0].ID == found.Data[0].ID {
		t.Errorf("by name, the next page: %+v", next)
	}
}

// Who asks for a second person is not the second person, and neither is whoever typed the application in.
func TestApplication_highRiskTakesTwoPeople(t *testing.T) {
	d := newDoor(t)
	d.bureau.says = map[merchant.CheckKind]merchant.Outcome{merchant.RealName: merchant.Mismatch}
	_, p := d.handedIn("new@shop.example", microForm())
	first, _ := d.staff("a@demo.example", access.Reviewer)
	second, _ := d.staff("b@demo.example", access.Reviewer)
	at := "/applications/" + p.ID
	claimed := into[api.ApplicationView](first.call("POST", at+"/claim", nil).is(200, ""))
	second.call("POST", at+"/claim", nil).is(409, "claimed_by_another")
	first.call("POST", at+"/approve", object{"version": claimed.Version}).is(409, "checks_open")
	first.call("POST", at+"/propose-approval", object{"version": claimed.Version, "reason": "x"}).is(409, "checks_open")
	asked := into[api.Proposal](first.call("POST", at+"/propose-approval", object{
		"version": claimed.Version, "override": "a rare character, seen on the card", "reason": "see the card",
	}).is(202, ""))
	if strings.Contains(string(asked.After), accountNumber) || strings.Contains(string(asked.After), "张三") {
		t.Errorf("the proposal tells %s", asked.After)
	}
	first.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(403, "second_person_needed")
	second.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(200, "")
	done := into[api.ApplicationDetail](second.call("GET", at, nil).is(200, ""))
	if done.State != "approved" || done.Override == "" {
		t.Errorf("the application is %+v", done.ApplicationView)
	}
	second.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(409, "proposal_decided")

	checks := into[api.ListBody[api.CheckView]](second.call("GET", at+"/checks", nil).is(200, ""))
	if len(checks.Data) != 2 || checks.Data[0].State != "mismatch" || !slices.Equal(checks.Data[0].Differs, []string{"name"}) {
		t.Errorf("the checks are %+v", checks.Data)
	}
}

func TestApplication_checksAndVisits(t *testing.T) {
	d := newDoor(t)
	d.bureau.says = map[merchant.CheckKind]merchant.Outcome{merchant.RealName: merchant.Mismatch}
	c, p := d.handedIn("new@shop.example", microForm())
	reviewer, _ := d.staff("a@demo.example", access.Reviewer)
	at := "/applications/" + p.ID
	claimed := into[api.ApplicationView](reviewer.call("POST", at+"/claim", nil).is(200, ""))
	checks := into[api.ListBody[api.CheckView]](reviewer.call("GET", at+"/checks", nil).is(200, ""))
	d.bureau.says = nil
	asked := into[api.CheckView](reviewer.call("POST", at+"/checks/"+checks.Data[0].ID+"/ask", nil).is(200, ""))
	if asked.State != "pending" || asked.ID != checks.Data[0].ID {
		t.Errorf("the check is %+v", asked)
	}
	reviewer.call("POST", at+"/checks/real_name:person:0/ask", nil).is(404, "check_not_found")
	if n, err := d.merchants.Resume(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	picture := into[api.DocumentView](reviewer.upload(at+"/documents?kind=visit", photo(t)).is(201, ""))
	visit := into[api.VisitView](reviewer.call("POST", at+"/visits", object{
		"kind": "site_visit", "result": "passed", "note": "spoke with the owner", "documents": []string{picture.ID},
	}).is(201, ""))
	list := into[api.ListBody[api.VisitView]](reviewer.call("GET", at+"/visits", nil).is(200, ""))
	if len(list.Data) != 1 || list.Data[0].Note != visit.Note || list.Data[0].ByName != "Staff" {
		t.Errorf("the visits are %+v", list.Data)
	}
	c.call("GET", at+"/visits", nil).is(403, "forbidden")
	c.call("GET", at+"/checks", nil).is(403, "forbidden")
	reviewer.call("POST", at+"/approve", object{"version": claimed.Version}).is(200, "")
}

// What belongs to another merchant's application does not exist.
func TestApplication_otherMerchants(t *testing.T) {
	d := newDoor(t)
	mine, p := d.applicant("new@shop.example")
	paper := into[api.DocumentView](mine.upload("/applications/"+p.ID+"/documents?kind=other", photo(t)).is(201, ""))
	thief, _ := d.owner("thief@else.example")
	at := "/applications/" + p.ID
	form := object{"version": 1, "form": microForm()}
	for _, try := range []struct {
		method, path string
		body         any
		code         string
	}{
		{"GET", at, nil, "application_not_found"},
		{"PUT", at, form, "application_not_found"},
		{"POST", at + "/submit", object{"version": 1}, "application_not_found"},
		{"POST", at + "/withdraw", object{}, "application_not_found"},
		{"GET", at + "/agreement", nil, "application_not_found"},
		{"POST", at + "/agreement", object{"version": "x", "digest": strings.Repeat("0", 64), "name": "Thief"}, "application_not_found"},
		{"POST", at + "/upload-tickets", object{"kind": "other"}, "application_not_found"},
		{"POST", at + "/documents?kind=other", object{}, "application_not_found"},
		{"GET", "/documents/" + paper.ID + "/content", nil, "document_not_found"},
		{"DELETE", "/documents/" + paper.ID, nil, "document_not_found"},
		{"GET", "/merchants/" + p.Merchant, nil, "merchant_not_found"},
		{"POST", "/merchants/" + p.Merchant + "/leave", object{"note": "x"}, "merchant_not_found"},
		{"POST", "/applications/changes", object{"merchant": p.Merchant, "sections": []string{"place"}}, "merchant_not_found"},
		{"GET", "/applications?merchant=" + p.Merchant, nil, "not_found"},
		{"GET", "/applications/app_0701KAMXYZ0000000000000000AB", nil, "application_not_found"},
		{"GET", "/documents/doc_0701KAMXYZ0000000000000000AB/content", nil, "document_not_found"},
	} {
		thief.call(try.method, try.path, try.body).is(404, try.code)
	}
	if list := into[api.ListBody[api.ApplicationView]](thief.call("GET", "/applications", nil).is(200, "")); len(list.Data) != 0 {
		t.Errorf("the thief sees %+v", list.Data)
	}
}

// Operations see masked numbers, and what they save does not write the masks over them.
func TestApplication_masksAreNotSaved(t *testing.T) {
	d := newDoor(t)
	c, p := d.applicant("new@shop.example")
	at := "/applications/" + p.ID
	c.call("PUT", at, object{"version": p.Version, "form": microForm()}).is(200, "")
	operations, _ := d.staff("ops@demo.example", access.Operations)
	seen := into[api.ApplicationDetail](operations.call("GET", at, nil).is(200, ""))
	if !seen.Masked || strings.Contains(string(operations.call("GET", at, nil).raw), accountNumber) {
		t.Fatalf("operations see %+v", seen.Form)
	}
	seen.Form.Business.NameEN = "Yifen Market"
	operations.call("PUT", at, object{"version": seen.Version, "form": seen.Form}).is(200, "")
	after := into[api.ApplicationDetail](c.call("GET", at, nil).is(200, ""))
	if after.Form.Account.Number != accountNumber || after.Form.Person.Phone != "13800138000" || after.Form.Business.NameEN != "Yifen Market" {
		t.Errorf("saved: %+v", after.Form)
	}
}

func TestDocument_hostileUploads(t *testing.T) {
	d := newDoor(t)
	c, p := d.applicant("new@shop.example")
	good := photo(t)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	if _, err := z.Create("x.txt"); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		body   []byte
		status int
		code   string
	}{
		"svg":                  {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), 422, "document_type"},
		"a program":            {append([]byte("MZ\x90\x00"), make([]byte, 600)...), 422, "document_type"},
		"html":                 {[]byte("<!doctype html><script>1</script>"), 422, "document_type"},
		"a zip":                {archive.Bytes(), 422, "document_type"},
		"a picture and a zip":  {append(bytes.Clone(good), archive.Bytes()...), 422, "document_unsafe"},
		"a part of a picture":  {good[:len(good)/2], 422, "document_unreadable"},
		"100 megapixels":       {bomb(t, 10_000, 10_000), 422, "document_size"},
		"a pdf with a program": {[]byte("%PDF-1.4\n1 0 obj\n<< /Type /Catalog /OpenAction << /S /JavaScript /JS (1) >> >>\nendobj\nstartxref\n9\n%%EOF\n"), 422, "document_unsafe"},
		"nothing":              {nil, 422, ""},
		"too much":             {make([]byte, merchant.DocumentMax+1), 413, "payload_too_large"},
	} {
		a := c.upload("/applications/"+p.ID+"/documents?kind=other", try.body)
		if try.code == "" {
			try.code = a.code
		}
		if a.status != try.status && name != "nothing" || a.code != try.code || a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	c.upload("/applications/"+p.ID+"/documents?kind=agreement", good).is(422, "invalid_request")
	c.upload("/applications/"+p.ID+"/documents?kind=visit", good).is(403, "forbidden")
	c.upload("/applications/"+p.ID+"/documents", good).is(422, "invalid_request")
}

// bomb is a PNG that says that it is large.
func bomb(t *testing.T, w, h uint32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	raw := b.Bytes()
	binary.BigEndian.PutUint32(raw[16:], w)
	binary.BigEndian.PutUint32(raw[20:], h)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

func TestDocument_isShownWithAMark(t *testing.T) {
	d := newDoor(t)
	c, p := d.applicant("new@shop.example")
	kept := into[api.DocumentView](c.upload("/applications/"+p.ID+"/documents?kind=identity_front", photo(t)).is(201, ""))
	reviewer, _ := d.staff("rev@demo.example", access.Reviewer)
	a := reviewer.call("GET", "/documents/"+kept.ID+"/content", nil).is(200, "")
	shown, err := jpeg.Decode(bytes.NewReader(a.raw))
	if err != nil || shown.Bounds().Dx() != 320 {
		t.Fatal(shown, err)
	}
	inked := 0
	for y := range 200 {
		for x := range 320 {
			if r, _, _, _ := shown.At(x, y).RGBA(); r < 0xc000 {
				inked++
			}
		}
	}
	if inked < 300 {
		t.Errorf("%d pixels are marked", inked)
	}
	if a.head.Get("Content-Type") != "image/jpeg" || !strings.Contains(a.head.Get("Content-Security-Policy"), "sandbox") || a.head.Get("X-Content-Type-Options") != "nosniff" || a.head.Get("Cache-Control") != "no-store" {
		t.Errorf("the head is %v", a.head)
	}
	d.staff("ops@demo.example", access.Operations)
	d.browser().call("GET", "/documents/"+kept.ID+"/content", nil).is(401, "unauthenticated")
	auditor, _ := d.staff("auditor@demo.example", access.Auditor)
	auditor.call("GET", "/documents/"+kept.ID+"/content", nil).is(403, "forbidden")
	trail := into[api.ListBody[api.AuditRecord]](auditor.call("GET", "/audit?subject="+kept.ID, nil).is(200, ""))
	if len(trail.Data) != 2 || !slices.ContainsFunc(trail.Data, func(r api.AuditRecord) bool { return r.Action == "document.viewed" }) {
		t.Errorf("the trail is %+v", trail.Data)
	}
}

func TestUpload_byTelephone(t *testing.T) {
	d := newDoor(t)
	c, p := d.applicant("new@shop.example")
	ticket := into[api.UploadTicket](c.call("POST", "/applications/"+p.ID+"/upload-tickets", object{"kind": "counter"}).is(201, ""))
	if !strings.HasSuffix(ticket.URL, "/portal/upload/"+p.ID+"/"+ticket.Token) {
		t.Errorf("the address is %s", ticket.URL)
	}
	phone, at := d.browser(), "/upload/"+p.ID+"/"+ticket.Token
	if s := into[api.UploadState](phone.call("GET", at, nil).is(200, "")); s.State != "open" || s.Kind != "counter" {
		t.Errorf("the telephone sees %+v", s)
	}
	phone.call("GET", "/upload/"+p.ID+"/"+strings.Repeat("A", 32), nil).is(403, "upload_ticket_invalid")
	phone.upload("/upload/"+p.ID+"/"+strings.Repeat("A", 32), photo(t)).is(403, "upload_ticket_invalid")
	phone.upload(at, []byte("<svg/>")).is(422, "document_type")
	added := into[api.UploadState](phone.upload(at, photo(t)).is(201, ""))
	phone.upload(at, photo(t)).is(403, "upload_ticket_invalid")
	if s := into[api.UploadState](c.call("GET", at, nil).is(200, "")); s.State != "used" || s.Document != added.Document {
		t.Errorf("the screen sees %+v", s)
	}
	late := into[api.UploadTicket](c.call("POST", "/applications/"+p.ID+"/upload-tickets", object{"kind": "counter"}).is(201, ""))
	d.advance(merchant.TicketFor)
	at = "/upload/" + p.ID + "/" + late.Token
	if s := into[api.UploadState](phone.call("GET", at, nil).is(200, "")); s.State != "over" {
		t.Errorf("a late telephone sees %+v", s)
	}
	phone.upload(at, photo(t)).is(403, "upload_ticket_invalid")
	if strings.Contains(d.log.String(), late.Token) {
		t.Error("the log shows a token")
	}
}

func TestAgreement_isSigned(t *testing.T) {
	d := newDoor(t)
	c, p := d.applicant("new@shop.example")
	at := "/applications/" + p.ID + "/agreement"
	terms := into[api.TermsView](c.call("GET", at, nil).is(200, ""))
	if len(terms.Clauses) != 12 || terms.Clauses[0].EN == "" || terms.Parties[0].ZH != "甲方（收单机构）：一分支付" || terms.Signed != nil {
		t.Fatalf("the terms are %+v", terms)
	}
	c.call("POST", at, object{"version": terms.Version, "digest": strings.Repeat("0", 64), "name": "张三"}).is(409, "terms_changed")
	c.call("POST", at, object{"version": terms.Version, "digest": terms.Digest, "name": "张三"}).is(422, "party_unnamed")
	c.call("PUT", "/applications/"+p.ID, object{"version": p.Version, "form": microForm()}).is(200, "")
	signed := c.sign(p.ID)
	terms = into[api.TermsView](c.call("GET", at, nil).is(200, ""))
	if terms.Signed == nil || terms.Signed.ID != signed.ID || terms.Signed.Address != "127.0.0.1" {
		t.Errorf("what is signed: %+v", terms.Signed)
	}
	paper := c.call("GET", "/documents/"+signed.Document+"/content", nil).is(200, "")
	if !bytes.HasPrefix(paper.raw, []byte("%PDF-")) || !strings.HasPrefix(paper.head.Get("Content-Disposition"), "attachment") || paper.head.Get("Content-Type") != "application/pdf" {
		t.Errorf("the paper is %.20s %v", paper.raw, paper.head)
	}
}

func TestAgreement_saysWhoAndWhatItCosts(t *testing.T) {
	d := newDoor(t)
	admin, _ := d.staff("admin@demo.example", access.Admin)
	plan := object{
		"id": "card-micro", "kind": "card", "name": "银行卡收单", "name_en": "Cards", "merchants": []string{"micro"}, "single_max_fen": 0,
		"day_count_max": 0, "day_sum_max_fen": 0, "terms": "2026-11", "offered": true, "fees": []object{
			{"instrument": "card", "kind": "debit", "rate_ppm": 5000, "floor_fen": 0, "cap_fen": 2000, "keep": false},
			{"instrument": "card", "kind": "*", "rate_ppm": 6050, "floor_fen": 10, "cap_fen": 0, "keep": true},
			{"instrument": "tap", "kind": "*", "rate_ppm": 3825, "floor_fen": 0, "cap_fen": 0, "keep": false},
			{"instrument": "phone", "kind": "credit", "rate_ppm": 5500, "floor_fen": 0, "cap_fen": 0, "keep": false},
		},
	}
	admin.call("PUT", "/service-plans", plan).is(200, "")
	c, p := d.applicant("new@shop.example")
	c.call("PUT", "/applications/"+p.ID, object{"version": p.Version, "form": microForm()}).is(200, "")
	terms := into[api.TermsView](c.call("GET", "/applications/"+p.ID+"/agreement", nil).is(200, ""))
	number := checkedNumber("44030519880202301")
	masked := "4" + strings.Repeat("*", 16) + number[17:]
	if want := (api.ClauseView{ZH: "乙方（商户）：张三，居民身份证号 " + masked + "（店铺名称：一分便利店）",
		EN: "Party B (merchant): 张三, identity number " + masked + " (trading as 一分便利店)"}); terms.Parties[1] != want {
		t.Errorf("the party is %+v", terms.Parties[1])
	}
	want := []api.ClauseView{
		{ZH: "银行卡收单：借记卡 0.50%，每笔封顶 20.00 元", EN: "Cards: debit card 0.50 %, at most ¥20.00 a payment"},
		{ZH: "银行卡收单：其他卡种 0.605%，每笔最低 0.10 元，退款不退手续费", EN: "Cards: other cards 0.605 %, at least ¥0.10 a payment, kept when a payment is refunded"},
		{ZH: "银行卡收单：挥卡 0.3825%", EN: "Cards: contactless cards 0.3825 %"},
		{ZH: "银行卡收单：手机闪付贷记卡 0.55%", EN: "Cards: phone payments, credit card 0.55 %"},
	}
	if !slices.Equal(terms.Schedule, want) {
		t.Errorf("the fees are %+v", terms.Schedule)
	}
}
