package api_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/serve/api"
)

// A merchant and staff make speakers; another merchant does not see them.
func TestSpeakers_story(t *testing.T) {
	d := newDoor(t)
	owner, shop := d.owner("owner@shop.example")
	other, _ := d.owner("owner@other.example")
	ops, _ := d.staff("ops@demo.example", access.Operations)
	made := into[api.SpeakerSecret](owner.call("POST", "/speakers", object{"name": "柜台", "lang": "zh"}).is(201, ""))
	if len(made.Password) != 32 || made.Speaker.Merchant != shop || made.Speaker.State != "on" || made.Speaker.Topic != "speaker/"+made.Speaker.ID+"/say" {
		t.Errorf("made %+v", made)
	}
	at := "/speakers/" + made.Speaker.ID
	other.call("POST", at+"/off", nil).is(404, "not_found")
	other.call("POST", at+"/reset", nil).is(404, "not_found")
	other.call("PUT", at, object{"name": "x", "lang": "zh"}).is(404, "not_found")
	owner.call("POST", "/speakers", object{"name": "柜台", "lang": "zh", "store": "str_nothing"}).is(404, "store_not_found")
	owner.call("POST", "/speakers", object{"name": " ", "lang": "zh"}).is(422, "speaker_invalid")
	again := into[api.SpeakerSecret](owner.call("POST", at+"/reset", nil).is(200, ""))
	if again.Password == made.Password || len(again.Password) != 32 {
		t.Error("the password is the old one")
	}
	if off := into[api.SpeakerView](ops.call("POST", at+"/off", nil).is(200, "")); off.State != "off" {
		t.Errorf("switched off: %+v", off)
	}
	ops.call("POST", at+"/off", nil).is(409, "speaker_state")
	byStaff := into[api.SpeakerSecret](ops.call("POST", "/speakers", object{"merchant": shop, "name": "Door", "lang": "en"}).is(201, ""))
	owner.call("PUT", "/speakers/"+byStaff.Speaker.ID, object{"name": "Window", "lang": "en"}).is(200, "")
	seen := into[api.ListBody[api.SpeakerView]](owner.call("GET", "/speakers?state=on", nil).is(200, ""))
	if len(seen.Data) != 1 || seen.Data[0].Name != "Window" {
		t.Errorf("the merchant sees %+v", seen.Data)
	}
	if all := into[api.ListBody[api.SpeakerView]](ops.call("GET", "/speakers?merchant="+shop, nil).is(200, "")); len(all.Data) != 2 {
		t.Errorf("staff see %+v", all.Data)
	}
	if none := into[api.ListBody[api.SpeakerView]](other.call("GET", "/speakers", nil).is(200, "")); len(none.Data) != 0 {
		t.Errorf("another merchant sees %+v", none.Data)
	}
}
