package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/render"
	"github.com/yifen-pay/yifen/internal/serve/api"
)

// A number that is on the block list keeps its holder out until two people let it go.
func TestBlocks_keepOutUntilTwoPeopleLift(t *testing.T) {
	d := newDoor(t)
	risk, _ := d.staff("risk@demo.example", access.Risk)
	ops, _ := d.staff("ops@demo.example", access.Operations)
	admin, _ := d.staff("admin@demo.example", access.Admin)
	number := microForm()["person"].(object)["number"].(string)
	order := object{"kind": "resident", "number": number, "risk_type": "02", "source": "association", "reason": "cash-out elsewhere"}
	ops.call("POST", "/blocks", order).is(403, "forbidden")
	risk.call("POST", "/blocks", object{"kind": "resident", "number": "1", "risk_type": "02", "reason": "x"}).is(422, "application_incomplete")
	risk.call("POST", "/blocks", object{"kind": "resident", "number": number, "risk_type": "00", "reason": "x"}).is(422, "risk_type_unknown")
	added := risk.call("POST", "/blocks", order).is(201, "")
	b := into[api.BlockView](added)
	if b.Meaning != "cash-out" || b.Masked == "" || strings.Contains(b.Masked, number[6:14]) {
		t.Errorf("the entry is %s", added.raw)
	}
	_, p := d.handedIn("new@shop.example", microForm())
	reviewer, _ := d.staff("rev@demo.example", access.Reviewer)
	claimed := into[api.ApplicationView](reviewer.call("POST", "/applications/"+p.ID+"/claim", nil).is(200, ""))
	reviewer.call("POST", "/applications/"+p.ID+"/approve", object{"version": claimed.Version}).is(403, "subject_blocked")

	at := "/blocks/resident/" + url.PathEscape(b.Index) + "/lift"
	ops.call("POST", at, object{"reason": "another person"}).is(403, "forbidden")
	risk.call("POST", "/blocks/resident/nothing/lift", object{"reason": "another person"}).is(404, "block_not_found")
	asked := into[api.Proposal](risk.call("POST", at, object{"reason": "another person"}).is(202, ""))
	risk.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(403, "second_person_needed")
	admin.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(403, "forbidden")
	ops.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(200, "")
	list := into[api.ListBody[api.BlockView]](risk.call("GET", "/blocks", nil).is(200, ""))
	if len(list.Data) != 1 || !list.Data[0].Lifted || list.Data[0].Reason != "another person" {
		t.Errorf("the list is %+v", list.Data)
	}
	risk.call("POST", at, object{"reason": "again"}).is(404, "block_not_found")
	// The list refuses no more; the grade that it gave still takes two people.
	reviewer.call("POST", "/applications/"+p.ID+"/approve", object{"version": claimed.Version}).is(409, "second_person_needed")
	types := into[api.ListBody[api.RiskTypeView]](risk.call("GET", "/risk-types", nil).is(200, ""))
	if len(types.Data) != len(merchant.RiskTypes) || types.Data[0] != (api.RiskTypeView{Code: "01", Meaning: "false application"}) {
		t.Errorf("the risk types are %+v", types.Data)
	}
}

// A merchant passes to another person when two people say so; the old owner is out at once.
func TestTransfer_changesWhoIsIn(t *testing.T) {
	d := newDoor(t)
	seller, p := d.handedIn("seller@shop.example", microForm())
	reviewer, _ := d.staff("rev@demo.example", access.Reviewer)
	claimed := into[api.ApplicationView](reviewer.call("POST", "/applications/"+p.ID+"/claim", nil).is(200, ""))
	reviewer.call("POST", "/applications/"+p.ID+"/approve", object{"version": claimed.Version}).is(200, "")
	buyer := d.person("buyer@shop.example", "")
	ops, _ := d.staff("ops@demo.example", access.Operations)
	risk, _ := d.staff("risk@demo.example", access.Risk)
	at := "/merchants/" + p.Merchant + "/transfer"
	for _, login := range []string{"nobody@shop.example", "ops@demo.example", "seller@shop.example", "no name"} {
		ops.call("POST", at, object{"login": login, "reason": "sold"}).is(422, "owner_invalid")
	}
	asked := into[api.Proposal](ops.call("POST", at, object{"login": "buyer@shop.example", "reason": "sold"}).is(202, ""))
	if !strings.Contains(string(asked.After), `"login":"b***@shop.example"`) || !strings.Contains(string(asked.Before), `"login":"s***@shop.example"`) {
		t.Errorf("who decides reads %s, and before %s", asked.After, asked.Before)
	}
	for _, machinery := range []string{"usr_", "aud_", "evt_"} {
		if strings.Contains(string(asked.After), machinery) {
			t.Errorf("who decides reads %s in %s", machinery, asked.After)
		}
	}
	buyer.call("GET", "/merchants/"+p.Merchant, nil).is(403, "forbidden")
	ops.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(403, "second_person_needed")
	risk.call("POST", "/proposals/"+asked.ID+"/approve", object{}).is(200, "")
	if a := seller.call("GET", "/merchants/"+p.Merchant, nil); a.status == 200 {
		t.Errorf("the seller still sees %s", a.raw)
	}
	shown := into[api.MerchantDetail](d.browser().login("buyer@shop.example").call("GET", "/merchants/"+p.Merchant, nil).is(200, ""))
	if shown.ID != p.Merchant || shown.OwnerName != "Person" {
		t.Errorf("the buyer sees %+v", shown)
	}
	again := into[api.Proposal](ops.call("POST", at, object{"login": "seller@shop.example", "reason": "bought back"}).is(202, ""))
	risk.call("POST", "/proposals/"+again.ID+"/reject", object{"reason": "no"}).is(200, "")
	if m, _, err := step.Read[merchant.Merchant](t.Context(), d.store, merchant.Key(p.Merchant)); err != nil || m.Owner != shown.Owner {
		t.Errorf("after the rejection it belongs to %s, %v", m.Owner, err)
	}
}

// brittleGate lets so many applications begin, and fails then.
type brittleGate struct {
	step.Gate
	begins int
}

func (g *brittleGate) Do(ctx context.Context, s step.Step) error {
	if s.Name == "application.start" {
		if g.begins--; g.begins < 0 {
			return errors.New("the disk is full")
		}
	}
	return g.Gate.Do(ctx, s)
}

// A file of merchants is previewed, whatever program wrote it, and its good lines become applications.
func TestImport_takesOverGoodLines(t *testing.T) {
	d := newDoor(t)
	ops, _ := d.staff("ops@demo.example", access.Operations)
	good := map[string]string{
		"kind": "micro", "name": "一分便利店", "name_en": "Yifen Mart", "category": "5411", "person_name": "张三",
		"person_number": checkedNumber("44030519880202301"), "person_from": "2020-01-01", "person_until": "2040-01-01", "person_phone": "13800138000",
		"person_email": "z@shop.example", "account_kind": "personal", "account_holder": "张三", "account_number": accountNumber,
		"account_bank_code": "308584000013", "account_bank": "招商银行", "account_phone": "13800138000", "area": "440305", "address": "科苑路1号",
		"phone": "0755-86013388", "monthly_yuan": "50000", "ticket_yuan": "40.50",
	}
	line := func(change map[string]string) (cells []string) {
		for _, name := range merchant.ImportColumns {
			value := good[name]
			if other, ok := change[name]; ok {
				value = other
			}
			cells = append(cells, value)
		}
		return cells
	}
	rows := [][]string{
		merchant.ImportColumns, line(nil),
		line(map[string]string{"person_number": "440305198802023010", "monthly_yuan": "much"}),
		line(map[string]string{"name": "第二家"}),
	}
	var text, book bytes.Buffer
	w := csv.NewWriter(&text)
	sheet := render.NewSheet(&book)
	d.must(w.WriteAll(rows))
	for _, row := range rows {
		d.must(sheet.Row(row))
	}
	d.must(sheet.Close())
	ops.upload("/imports/preview", []byte("kind,name\nmicro,x\n")).is(422, "import_unreadable")
	ops.upload("/imports/preview", []byte{0xff, 0xfe, 0}).is(422, "import_unreadable")
	var preview api.ImportPreview
	for name, file := range map[string][]byte{"csv": text.Bytes(), "xlsx": book.Bytes()} {
		preview = into[api.ImportPreview](ops.upload("/imports/preview", file).is(200, ""))
		if len(preview.Lines) != 3 || preview.Fit != 2 || preview.Lines[1].Fit || preview.Text == "" {
			t.Fatalf("%s: %+v", name, preview)
		}
		if !slices.ContainsFunc(preview.Lines[1].Findings, func(f api.FindingOf) bool { return f.Field == "person.number" && f.Severity == "error" }) ||
			!slices.ContainsFunc(preview.Lines[2].Findings, func(f api.FindingOf) bool { return f.Code == "repeated" }) {
			t.Errorf("%s: the findings are %+v, %+v", name, preview.Lines[1].Findings, preview.Lines[2].Findings)
		}
		if strings.Contains(fmt.Sprint(preview.Lines), accountNumber) {
			t.Errorf("%s: the preview shows an account number", name)
		}
	}
	done := into[struct{ Lines []api.ImportedLine }](ops.call("POST", "/imports", object{"file": preview.Text, "lines": []int{2, 3, 9}}).is(201, ""))
	if len(done.Lines) != 3 || done.Lines[0].Code != "" || done.Lines[1].Code != "application_incomplete" || done.Lines[2].Code != "line_unknown" {
		t.Errorf("of the lines became %+v", done.Lines)
	}
	reviewer, _ := d.staff("rev@demo.example", access.Reviewer)
	list := into[api.ListBody[api.ApplicationView]](reviewer.call("GET", "/applications?state=submitted", nil).is(200, ""))
	if len(list.Data) != 1 || list.Data[0].ID != done.Lines[0].Application || list.Data[0].Origin != "import" || list.Data[0].Name != "一分便利店" {
		t.Errorf("to be reviewed: %+v", list.Data)
	}
	// A failure on the way leaves the lines before it as they are, and they are named.
	gate := &brittleGate{Gate: d.store, begins: 1}
	config := d.config()
	config.Merchants = merchant.NewService(merchant.Config{
		Gate: gate, Records: d.store, Vault: glassVault{}, Bureau: d.bureau, Clean: clean, IDs: d.ids, Now: d.clock,
		Unsettled: func(context.Context, string) ([]merchant.Unsettled, error) { return nil, nil },
	})
	d.api.Close()
	d.api = api.New(config)
	broken := into[struct{ Lines []api.ImportedLine }](ops.call("POST", "/imports", object{"file": preview.Text, "lines": []int{2, 4}}).is(201, ""))
	if len(broken.Lines) != 1 || broken.Lines[0].Line != 2 || broken.Lines[0].Application == "" {
		t.Errorf("an import that broke off answers %+v", broken.Lines)
	}
	ops.call("POST", "/imports", object{"file": preview.Text, "lines": []int{4}}).is(500, "internal")
	if template := ops.call("GET", "/imports/template", nil).is(200, ""); !bytes.HasPrefix(template.raw, []byte("PK\x03\x04")) {
		t.Errorf("the template is %.20q", template.raw)
	}
}

func TestReference_areasCategoriesAndNumbers(t *testing.T) {
	d := newDoor(t)
	owner, _ := d.owner("owner@shop.example")
	provinces := into[api.ListBody[api.AreaView]](owner.call("GET", "/areas", nil).is(200, ""))
	if len(provinces.Data) < 31 || provinces.Data[0].Code != "110000" || provinces.Data[0].Leaf {
		t.Errorf("the provinces are %+v", provinces.Data)
	}
	districts := into[api.ListBody[api.AreaView]](owner.call("GET", "/areas?parent=440300", nil).is(200, ""))
	at := slices.IndexFunc(districts.Data, func(v api.AreaView) bool { return v.Code == "440305" })
	if at < 0 || districts.Data[at].Name != "南山区" || !districts.Data[at].Leaf || !strings.HasPrefix(districts.Data[at].Whole, "广东省") {
		t.Errorf("below Shenzhen: %+v", districts.Data)
	}
	if none := into[api.ListBody[api.AreaView]](owner.call("GET", "/areas?parent=999999", nil).is(200, "")); len(none.Data) != 0 {
		t.Errorf("below nothing: %+v", none.Data)
	}
	owner.call("GET", "/areas?parent=4403", nil).is(422, "invalid_request")
	for _, q := range []string{"5411", "54", "grocer", url.QueryEscape("超市")} {
		found := into[api.ListBody[api.CategoryView]](owner.call("GET", "/categories?q="+q, nil).is(200, ""))
		if !slices.ContainsFunc(found.Data, func(v api.CategoryView) bool { return v.Code == "5411" }) || len(found.Data) > 50 {
			t.Errorf("%s finds %+v", q, found.Data)
		}
	}
	for _, try := range []struct{ kind, value, code string }{
		{"resident", checkedNumber("44030519880202301"), ""},
		{"uscc", "91350211M000100Y46", ""},
		{"account", accountNumber, ""},
		{"bank_code", "308584000013", ""},
		{"mobile", "13800138000", ""},
		{"category", "5411", ""},
		{"area", "440305", ""},
		{"resident", "440305198802023010", "error"},
		{"mobile", "12345", "error"},
		{"area", "999999", "error"},
		{"category", "0000", "error"},
		{"email", "nobody", "error"},
	} {
		a := owner.call("POST", "/identity/check", object{"kind": try.kind, "value": try.value}).is(200, "")
		found := into[struct{ Findings []api.FindingOf }](a).Findings
		wrong := slices.ContainsFunc(found, func(f api.FindingOf) bool { return f.Severity == "error" })
		if wrong != (try.code != "") || wrong && try.kind == "resident" && bytes.Contains(a.raw, []byte(try.value)) {
			t.Errorf("%s %s: %s", try.kind, try.value, a.raw)
		}
	}
}

// A merchant that leaves may stay after all, and is closed only once nothing of it is open.
func TestMerchant_leavesStaysAndIsClosed(t *testing.T) {
	d := newDoor(t)
	c, p := d.handedIn("new@shop.example", microForm())
	reviewer, _ := d.staff("rev@demo.example", access.Reviewer)
	claimed := into[api.ApplicationView](reviewer.call("POST", "/applications/"+p.ID+"/claim", nil).is(200, ""))
	reviewer.call("POST", "/applications/"+p.ID+"/approve", object{"version": claimed.Version}).is(200, "")
	ops, _ := d.staff("ops@demo.example", access.Operations)
	at := "/merchants/" + p.Merchant
	ops.call("POST", at+"/exit", object{"note": "x"}).is(409, "state_refused")
	if m := into[api.MerchantView](c.call("POST", at+"/leave", object{"note": "we move"}).is(200, "")); m.State != "closing" {
		t.Errorf("it is %s", m.State)
	}
	if m := into[api.MerchantView](c.call("POST", at+"/stay", object{"note": "we do not"}).is(200, "")); m.State != "active" {
		t.Errorf("it is %s", m.State)
	}
	c.call("POST", at+"/leave", object{"note": "we do"}).is(200, "")
	c.call("POST", at+"/exit", object{"note": "now"}).is(403, "forbidden")
	d.unsettled = []merchant.Unsettled{{Kind: merchant.OpenBalance, Name: "merchant:x:pending", Fen: 123_45}}
	ops.call("POST", at+"/exit", object{"note": "now"}).is(409, "merchant_not_settled")
	left := into[api.ListBody[api.UnsettledView]](ops.call("GET", at+"/unsettled", nil).is(200, ""))
	if len(left.Data) != 1 || left.Data[0] != (api.UnsettledView{Kind: "balance", Name: "merchant:x:pending", AmountFen: 123_45}) {
		t.Errorf("still open: %+v", left.Data)
	}
	d.unsettled = nil
	if m := into[api.MerchantView](ops.call("POST", at+"/exit", object{"note": "now"}).is(200, "")); m.State != "closed" {
		t.Errorf("it is %s", m.State)
	}
}
