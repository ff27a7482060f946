package cardnet

import (
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// FuzzAnswer reads whatever the codec lets through as the answer to a request: it must not panic, an amount must
// be one, and nothing but a code that means yes is a yes.
func FuzzAnswer(f *testing.F) {
	for _, with := range []map[int]string{
		{39: "00", 15: "0305", 38: "123456"}, {39: "10", 4: "000000000099"}, {39: "98"}, {39: "51", 15: "0230"},
		{39: "00", 54: "1002156C000000012345"}, {39: "00", 55: "\x91\x0a0123456700\x72\x03\x9f\x18\x00"},
	} {
		m := answer(1)
		for field, value := range with {
			m.SetBytes(field, []byte(value))
		}
		body, err := iso8583.Network.Append(nil, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	r := &Rail{Config: Config{Now: func() time.Time { return time.Unix(1_772_700_000, 0) }}}
	f.Fuzz(func(t *testing.T, body []byte) {
		var m iso8583.Message
		if iso8583.Network.Unpack(body, &m) != nil {
			return
		}
		a := r.read(&m)
		if (a.Outcome == payment.Yes) != approvals[m.Get(39)] || a.Outcome == payment.NotSent {
			t.Errorf("code %q gives outcome %d", m.Get(39), a.Outcome)
		}
		if a.ApprovedFen < 0 || a.ApprovedFen > money.AmountMax {
			t.Errorf("%d fen are approved", a.ApprovedFen)
		}
		calls := newCalls(newStanding().now)
		begun, _ := calls.begin(nil, request(1), "att_1", time.Hour)
		if c, _, _ := calls.take(&m, false); c != nil && (c != begun || m.MTI() != "0210" || m.Get(41) != "29000001") {
			t.Error("an answer of another request was taken")
		}
	})
}
