package api_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/directory"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/serve/api"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// glassRoom is a room of keys that shows what lies in it: a check value is the beginning of the component.
type glassRoom struct {
	terminal.Vault
	glassVault
}

var errGlass = fault.New(fault.Invalid, "key_component_wrong", "the component is not the one of its check value")

// SealComponent implements terminal.Vault.
func (r glassRoom) SealComponent(_ string, c terminal.Component, record string) ([]byte, error) {
	if !bytes.HasPrefix(c.Value, c.CheckValue) {
		return nil, errGlass
	}
	return r.SealData(c.Value, record), nil
}

// CombineComponents implements terminal.Vault.
func (r glassRoom) CombineComponents(_ string, parts []terminal.SealedComponent) (key, check []byte, err error) {
	key = make([]byte, 16)
	for _, p := range parts {
		value, err := r.OpenData(p.Sealed, p.Record)
		if err != nil {
			return nil, nil, err
		}
		for i := range key {
			key[i] ^= value[i]
		}
	}
	return key, key[:3], nil
}

// numbered makes a terminal that works.
func (d *door) numbered(shop, number string, holds terminal.Versions) terminal.Terminal {
	d.t.Helper()
	b := id.MustBucket(shop)
	row := terminal.Terminal{ID: d.ids.New(terminal.Prefix, b), Bucket: b, Merchant: shop, Number: number, State: terminal.Active, Holds: holds, CreatedAt: 1}
	entry := directory.Entry{Kind: directory.TerminalNumber, Name: number, Target: row.ID}
	d.must(storetest.Do(d.t, d.store, func(v step.View) error {
		v.Put(row)
		v.Put(entry)
		return nil
	}, row.Key(), entry.Key()))
	return row
}

func TestGroup_parametersReachTerminals(t *testing.T) {
	d := newDoor(t)
	_, shop := d.owner("owner@shop.example")
	ops, _ := d.staff("ops@demo.example", access.Operations)
	one := d.numbered(shop, "29000001", terminal.Versions{})
	d.numbered(shop, "29000002", terminal.Versions{}.With(terminal.Contactless, 1))
	retired := d.numbered(shop, "29000003", terminal.Versions{})
	retired.State = terminal.Retired
	d.must(storetest.Do(t, d.store, func(v step.View) error { v.Put(retired); return nil }, retired.Key()))

	ops.call("PUT", "/terminal-groups/Shops", object{"name": "门店", "profile": "cup"}).is(422, "invalid_request")
	ops.call("PUT", "/terminal-groups/shops", object{"name": " ", "profile": "cup"}).is(422, "group_name")
	ops.call("PUT", "/terminal-groups/shops", object{"name": "门店", "profile": "cup"}).is(200, "")
	taps := object{"on": true, "limit_fen": 100_00, "no_pin_fen": 1000_00, "no_signature_fen": 1000_00}
	ops.call("POST", "/terminal-parameters/contactless", object{"base": 0, "content": object{"on": true, "other": 1}}).is(422, "parameters_invalid")
	ops.call("POST", "/terminal-parameters/contactless", object{"base": 0, "content": object{"on": true, "no_pin_fen": 1000_01}}).is(422, "parameters_invalid")
	first := into[api.ParametersView](ops.call("POST", "/terminal-parameters/contactless", object{"base": 0, "content": taps}).is(201, ""))
	if first.Version != 1 || first.ByName != "Staff" {
		t.Errorf("the first version is %+v", first)
	}
	ops.call("POST", "/terminal-parameters/contactless", object{"base": 0, "content": taps}).is(409, "parameters_changed")
	ops.call("POST", "/terminal-groups/shops/assign", object{"kind": "contactless", "version": 2}).is(404, "parameters_not_found")
	ops.call("POST", "/terminal-groups/shops/assign", object{"kind": "contactless", "version": 1}).is(200, "")
	moved := into[api.ListBody[api.MovedLine]](ops.call("POST", "/terminal-groups/shops/terminals", object{
		"numbers": []string{"29000001", "29000002", "29000003", "29009999"},
	}).is(200, ""))
	if fmt.Sprint(moved.Data) != "[{29000001 } {29000002 } {29000003 terminal_state} {29009999 terminal_not_found}]" {
		t.Errorf("moved: %v", moved.Data)
	}
	group := into[api.GroupView](ops.call("GET", "/terminal-groups/shops", nil).is(200, ""))
	cover := group.Parameters[3]
	if group.Terminals != 2 || cover != (api.CoverageView{Kind: "contactless", Version: 1, Latest: 1, Fetched: 1, Expected: 2}) {
		t.Errorf("the group is %+v", group)
	}
	list := into[api.ListBody[api.TerminalView]](ops.call("GET", "/terminals?group=shops", nil).is(200, ""))
	for _, row := range list.Data {
		if want := row.ID == one.ID; (len(row.Pending) == 1 && row.Pending[0] == "contactless") != want {
			t.Errorf("terminal %s has yet to fetch %v", row.Number, row.Pending)
		}
	}
	if list = into[api.ListBody[api.TerminalView]](ops.call("GET", "/terminals?group=default", nil).is(200, "")); len(list.Data) != 1 || list.Data[0].Number != "29000003" {
		t.Errorf("in the default group: %+v", list.Data)
	}
	ops.call("POST", "/terminal-parameters/blacklist", object{"base": 0, "content": []object{{"prefix": "62"}, {"card": object{"Masked": "x"}}}}).is(422, "parameters_invalid")
	settings := object{"timeout_seconds": 60, "dials": 3, "reversal_tries": 3, "tip_percent": 15, "switches": "FFFF000000000000"}
	ops.call("POST", "/terminal-parameters/settings", object{"base": 0, "content": settings}).is(201, "")
	if shown := ops.call("GET", "/terminal-parameters/settings/1", nil).is(200, ""); !strings.Contains(string(shown.raw), `"switches":"FFFF000000000000"`) {
		t.Errorf("the switches lost digits: %s", shown.raw)
	}
	versions := into[api.ListBody[api.ReleaseView]](ops.call("GET", "/terminal-parameters/contactless", nil).is(200, ""))
	if len(versions.Data) != 1 || versions.Data[0].Bytes == 0 {
		t.Errorf("the versions are %+v", versions.Data)
	}
	auditor, _ := d.staff("auditor@demo.example", access.Auditor)
	trail := into[api.ListBody[api.AuditRecord]](auditor.call("GET", "/audit?action="+url.QueryEscape("group"), nil).is(200, ""))
	if len(trail.Data) != 2 {
		t.Errorf("the trail is %+v", trail.Data)
	}
}

func TestTerminal_serialIsRegistered(t *testing.T) {
	d := newDoor(t)
	_, shop := d.owner("owner@shop.example")
	ops, _ := d.staff("ops@demo.example", access.Operations)
	one, two := d.numbered(shop, "29000001", terminal.Versions{}), d.numbered(shop, "29000002", terminal.Versions{})
	ops.call("POST", "/terminals/"+one.ID+"/register", object{"serial": " "}).is(422, "serial_unfit")
	if got := into[api.TerminalDetail](ops.call("POST", "/terminals/"+one.ID+"/register", object{"serial": "SN-1"}).is(200, "")); got.Serial != "SN-1" {
		t.Errorf("the terminal is %+v", got)
	}
	ops.call("POST", "/terminals/"+two.ID+"/register", object{"serial": "SN-1"}).is(409, "serial_bound")
	two.Unit = "unt_1"
	d.must(storetest.Do(t, d.store, func(v step.View) error { v.Put(two); return nil }, two.Key()))
	ops.call("POST", "/terminals/"+two.ID+"/register", object{"serial": "SN-2"}).is(409, "terminal_state")
}

// A master key is put together by different people. Nobody is shown a component, and none is left behind.
func TestKeyCeremony_takesSeveralPeople(t *testing.T) {
	d := newDoor(t)
	_, shop := d.owner("owner@shop.example")
	row := d.numbered(shop, "29000001", terminal.Versions{})
	ops, _ := d.staff("ops@demo.example", access.Operations)
	risk, _ := d.staff("risk@demo.example", access.Risk)
	at := "/terminals/" + row.ID + "/key-ceremony"
	parts := []string{"A1B2C3D4E5F60718293A4B5C6D7E8F90", "0F1E2D3C4B5A69788796A5B4C3D2E1F0"}
	enter := func(c *caller, part string) answer {
		return c.call("POST", at+"/components", object{"component": part[:16] + " " + part[16:], "check_value": part[:6]})
	}
	ops.call("GET", at, nil).is(404, "key_ceremony_not_found")
	enter(ops, parts[0]).is(404, "key_ceremony_not_found")
	ops.call("POST", at, object{"algorithm": "3des", "parts": 4}).is(422, "invalid_request")
	ops.call("POST", at, object{"algorithm": "3des", "parts": 2}).is(201, "")
	risk.call("POST", at, object{"algorithm": "3des", "parts": 2}).is(409, "key_ceremony_open")
	ops.call("POST", at+"/components", object{"component": parts[0], "check_value": "000000"}).is(422, "key_component_wrong")
	ops.call("POST", at+"/components", object{"component": strings.Repeat("Z", 32), "check_value": "000000"}).is(422, "key_parts")
	shown := enter(ops, parts[0]).is(200, "")
	if c := into[api.KeyCeremonyView](shown); c.State != "open" || len(c.Components) != 1 || !c.Mine || bytes.Contains(shown.raw, []byte(parts[0][6:])) {
		t.Errorf("after the first component: %s", shown.raw)
	}
	enter(ops, parts[1]).is(403, "component_same_person")
	done := into[api.KeyCeremonyView](enter(risk, parts[1]).is(200, ""))
	if done.State != "loaded" || done.CheckValue != "AEACEE" {
		t.Errorf("after the last component: %+v", done)
	}
	enter(risk, parts[1]).is(404, "key_ceremony_not_found")
	after, _, err := step.Read[terminal.Terminal](t.Context(), d.store, row.Key())
	d.must(err)
	if got := hex.EncodeToString(after.Keys.Master); got != "aeaceee8aeac6e60aeaceee8aeac6e60" || after.KeyVersion != 1 || after.SignedIn {
		t.Errorf("the terminal holds %s, version %d", got, after.KeyVersion)
	}
	kept, _, err := step.Read[terminal.Ceremony](t.Context(), d.store, terminal.CeremonyKey(row.ID))
	d.must(err)
	for _, e := range kept.Entries {
		if len(e.Sealed) > 0 {
			t.Error("a component is left behind")
		}
	}
	auditor, _ := d.staff("auditor@demo.example", access.Auditor)
	auditor.call("GET", at, nil).is(403, "forbidden")
	trail := auditor.call("GET", "/audit?subject="+row.ID, nil).is(200, "")
	if n := len(into[api.ListBody[api.AuditRecord]](trail).Data); n != 4 {
		t.Errorf("%d records in the trail: %s", n, trail.raw)
	}
	for _, part := range parts {
		if strings.Contains(strings.ToUpper(d.log.String()+string(trail.raw)), part[6:]) {
			t.Error("a component shows")
		}
	}

	// What is not finished within a day is erased, and a key may be begun again.
	ops.call("POST", at, object{"algorithm": "3des", "parts": 3}).is(201, "")
	enter(ops, parts[0]).is(200, "")
	d.advance(terminal.CeremonyLife + time.Second)
	desk := terminal.NewService(d.store, d.store, glassRoom{}, d.ids, d.clock)
	if n, err := desk.ExpireCeremonies(t.Context()); n != 1 || err != nil {
		t.Errorf("%d ceremonies were ended, %v", n, err)
	}
	kept, _, err = step.Read[terminal.Ceremony](t.Context(), d.store, terminal.CeremonyKey(row.ID))
	d.must(err)
	if kept.State != terminal.CeremonyVoid || len(kept.Entries[0].Sealed) > 0 {
		t.Errorf("after a day: %s", kept.State)
	}
}
