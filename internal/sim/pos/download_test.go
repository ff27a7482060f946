package pos_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// parameterItems is F62 of a download of terminal parameters.
func parameterItems(switches uint64) string {
	pad := func(text string, n int) string { return text + strings.Repeat(" ", n-len(text)) }
	return "1160" + "1230" + "132" + "14" + pad("02112345678", 14) + "17" + pad("95516", 14) + "181" + "1910" + "200" + "210" +
		"22" + pad("TEA SHOP", 40) + "235" + "240" + "251" + fmt.Sprintf("26%016X", switches)
}

// all switches on but those of these bits.
func without(bits ...int) uint64 {
	all := ^uint64(0)
	for _, bit := range bits {
		all &^= 1 << (64 - bit)
	}
	return all
}

// keyEntries lists two public keys, and keyTLV is one of them.
func keyEntry(index byte) []byte {
	entry := emv.Append(nil, emv.TerminalApplicationID, []byte{0xA0, 0, 0, 3, 0x33})
	entry = emv.Append(entry, emv.KeyIndex, []byte{index})
	return emv.Append(entry, emv.KeyExpiry, []byte("20301231"))
}

// loads is what a host offers for download.
func loads() map[string]func(string) []byte {
	contactless := emv.Append(nil, emv.ContactlessWaiver, []byte{1})
	contactless = emv.Append(contactless, emv.ContactlessPINLimit, []byte{0, 0, 0, 0x03, 0, 0})
	contactless = emv.Append(contactless, emv.ContactlessLimit, []byte{0, 0, 0, 0x20, 0, 0})
	aid := emv.Append(nil, emv.TerminalApplicationID, []byte{0xA0, 0, 0, 3, 0x33, 1, 1})
	return map[string]func(string) []byte{
		"360": func(string) []byte { return []byte(parameterItems(without(13))) },
		"372": parts("2"+string(keyEntry(1)), "3"+string(keyEntry(2))),
		"370": func(name string) []byte { return append([]byte("1"), append([]byte(name), keyEntry(9)[12:]...)...) },
		"382": parts("1" + string(aid)),
		"380": func(name string) []byte { return append([]byte("1"), name...) },
		"390": parts("206431299"+"16622848000000000"+"1", "306621799"),
		"394": func(string) []byte { return append([]byte("1"), contactless...) },
		"396": parts("106621626" + "19DCUP" + "06622638" + "16CCUP"),
		"398": func(string) []byte { return []byte("12.1.0       https://example.test/update") },
	}
}

func TestDownload(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.loads = loads() })
	items := map[pos.Download]int{
		pos.TerminalParameters: 14, pos.PublicKeys: 2, pos.Applications: 1, pos.CardBlacklist: 3, pos.Contactless: 3,
		pos.CardBINs: 2, pos.UpdateNotice: 1,
	}
	for what, want := range items {
		if o := must(t)(terminal.Download(t.Context(), what)); o.Items != want {
			t.Errorf("%s: %d items, want %d", what, o.Items, want)
		}
	}
	h.behave(func(h *host) {
		slices.Sort(h.ended)
		if want := []string{"361", "371", "381", "391", "395", "397", "399"}; !slices.Equal(h.ended, want) {
			t.Errorf("ended %v", h.ended)
		}
	})
	p := terminal.Parameters()
	if p.Timeout != 30 || p.TipPercent != 10 || p.Tries != 5 || p.MerchantName != "TEA SHOP" || p.AdminPhone != "95516" || p.Manual {
		t.Errorf("parameters %+v", p)
	}
	if len(p.Keys) != 2 || p.Keys[0].Index != "01" || p.Keys[1].Expiry != "20301231" || p.AIDs[0].ID != "A0000003330101" {
		t.Errorf("keys %+v, applications %+v", p.Keys, p.AIDs)
	}
	if p.Notice.Version != "2.1.0" || p.NoPIN != 300_00 || p.TapLimit != 2000_00 || p.BINs[1].Kind != "C" {
		t.Errorf("notice %+v, limits %d %d, table %+v", p.Notice, p.NoPIN, p.TapLimit, p.BINs)
	}
	if got := terminal.Status().MerchantName; got != "TEA SHOP" {
		t.Errorf("merchant %s", got)
	}
}

// TestDownload_takesEffect holds each parameter to what it changes.
func TestDownload_takesEffect(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.loads = loads() })
	sale := must(t)(terminal.Sale(t.Context(), chipSale(t, 100_00)))
	for _, what := range pos.Downloads() {
		must(t)(terminal.Download(t.Context(), what))
	}
	debit := demo(t, "debit")
	if _, err := terminal.PayByCode(t.Context(), 1_00, "6221000000000000018"); !errors.Is(err, pos.ErrSwitchedOff) {
		t.Errorf("payment codes are off: %v", err)
	}
	if _, err := terminal.Tip(t.Context(), sale.Trace, 10_01); !errors.Is(err, pos.ErrTip) {
		t.Errorf("a tip above ten per cent: %v", err)
	}
	if _, err := terminal.Sale(t.Context(), pos.SaleInput{Amount: 1, Card: debit, Entry: pos.Manual}); !errors.Is(err, pos.ErrManual) {
		t.Errorf("a typed number: %v", err)
	}
	if _, err := terminal.Sale(t.Context(), pos.SaleInput{Amount: 2000_01, Card: debit, Entry: pos.Tap, PIN: "123456"}); !errors.Is(err, pos.ErrTapLimit) {
		t.Errorf("a tap above the limit: %v", err)
	}
	listed := debit
	listed.Number = "6217990000000000011"
	h.came()
	if _, err := terminal.Sale(t.Context(), pos.SaleInput{Amount: 1, Card: listed, Entry: pos.Insert}); !errors.Is(err, pos.ErrBlacklist) {
		t.Errorf("a listed card: %v", err)
	}
	if came := h.came(); len(came) != 0 {
		t.Errorf("the host got %v", came)
	}
	if terminal.AsksPIN(pos.Sale, debit, pos.Tap, 300_01) != pos.Always || terminal.AsksPIN(pos.Sale, debit, pos.Tap, 300_00) != pos.Never {
		t.Error("the limit without PIN is not the downloaded one")
	}
	// 60.6 follows the switch of partial approvals.
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	if f60, err := iso8583.ParseF60(h.last("0200").Get(60)); err != nil || f60.Partial != "1" {
		t.Errorf("F60 %+v, %v", f60, err)
	}
}

// TestDownload_asked lets the host ask by its header, and does it in a quiet moment.
func TestDownload_asked(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.loads, h.ask = loads(), 7 })
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	h.behave(func(h *host) { h.ask = 2 })
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	h.behave(func(h *host) { h.ask = 0 })
	if got := terminal.Status().Due; !slices.Equal(got, []pos.Download{pos.CardBlacklist, pos.TerminalState}) {
		t.Fatalf("due %v", got)
	}
	outcomes, err := terminal.Idle(t.Context())
	if err != nil || len(outcomes) != 2 || !outcomes[0].Approved || outcomes[1].What != pos.TerminalState {
		t.Errorf("outcomes %+v, %v", outcomes, err)
	}
	if got := terminal.Status().Due; len(got) != 0 {
		t.Errorf("still due %v", got)
	}
	h.behave(func(h *host) {
		if !strings.Contains(h.state, "01002ok") {
			t.Errorf("state %q", h.state)
		}
	})
	h.behave(func(h *host) { h.ask = 3 })
	must(t)(terminal.Sale(t.Context(), chipSale(t, 1_00)))
	if _, err := terminal.Sale(t.Context(), chipSale(t, 1_00)); !errors.Is(err, pos.ErrSignedOff) {
		t.Errorf("after the host asked to sign in: %v", err)
	}
}

// TestDownload_broken leaves what the terminal has when a download does not hold.
func TestDownload_broken(t *testing.T) {
	terminal, h := signedIn(t, nil)
	h.behave(func(h *host) { h.loads = loads() })
	must(t)(terminal.Download(t.Context(), pos.CardBlacklist))
	for what, load := range map[pos.Download]map[string]func(string) []byte{
		pos.CardBlacklist:      {"390": parts("10943129")},
		pos.CardBINs:           {"396": parts("106621626" + "19D")},
		pos.TerminalParameters: {"360": parts("12XX")},
		pos.PublicKeys:         {"372": parts("1short")},
		pos.Applications:       {"382": parts("1\x9f")},
		pos.Contactless:        {"394": parts("0")},
		pos.UpdateNotice:       {"398": parts("1short")},
	} {
		h.behave(func(h *host) { h.loads, h.ended = load, nil })
		if _, err := terminal.Download(t.Context(), what); !errors.Is(err, pos.ErrUnsound) {
			t.Errorf("%s: %v", what, err)
		}
		h.behave(func(h *host) {
			if len(h.ended) > 0 {
				t.Errorf("%s was ended all the same", what)
			}
		})
	}
	if p := terminal.Parameters(); len(p.Blacklist) != 3 || p.LoadedAt[pos.CardBINs] != (time.Time{}) {
		t.Errorf("parameters %+v", p)
	}
	if _, err := terminal.Download(t.Context(), "lunch"); err == nil {
		t.Error("an unknown download")
	}
}
