package cardnet_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// TestBooks_underRandomTraffic sends what members send and what they should not, in an order that the seed
// decides, over several clearing dates. Afterwards the daily files must say exactly what left the cards,
// and the books must be the same when they are read again.
func TestBooks_underRandomTraffic(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			dir := t.TempDir()
			clock := kit.NewStandingClock(noon)
			config := cardnet.Config{Dir: dir, Clock: clock, KeepDays: 4, AuthorizationDays: 6}
			n := start(t, config)
			sent := traffic(t, n, clock, rand.New(rand.NewPCG(seed, 1)))
			clock.Advance(time.Minute) // what is late is booked
			if err := n.Check(); err != nil {
				t.Fatal(err)
			}
			if sent < 200 {
				t.Fatalf("sent %d messages, want at least 200", sent)
			}
			before, file := everything(n), dailyFile(t, n)
			if left, filed := spent(n), filed(t, n, dir); left != filed {
				t.Errorf("%d fen left the cards, the daily files say %d", left, filed)
			}
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = start(t, config)
			if got := dailyFile(t, n); got != file {
				t.Errorf("daily file after the restart:\n%s\nbefore:\n%s", got, file)
			}
			if got := everything(n); got != before {
				t.Errorf("after the restart:\n%s\nbefore:\n%s", got, before)
			}
		})
	}
}

// traffic sends messages of every kind and returns how many.
func traffic(t *testing.T, n *cardnet.Network, clock *kit.Clock, chance *rand.Rand) int {
	c := member(t, n)
	cards := cardnet.DemoCards()
	type act struct{ request, answer *iso8583.Message }
	var acts []act
	for range 300 {
		if chance.IntN(40) == 0 {
			clock.Advance(time.Duration(chance.IntN(20)) * time.Hour)
			continue
		}
		var m *iso8583.Message
		fen := chance.Int64N(20_000_00)
		kind := chance.IntN(20)
		pan := cards[chance.IntN(len(cards))].PAN
		if len(acts) == 0 || kind < 8 {
			switch kind {
			case 0:
				m = c.offline(pan, fen)
			case 1:
				m = c.inquiry(pan)
			case 2, 3:
				m = c.preauth(pan, fen)
			default:
				m = c.sale(pan, fen)
			}
			if chance.IntN(3) == 0 {
				m.Set(60, "1")
			}
		} else {
			o := acts[len(acts)-1-chance.IntN(min(12, len(acts)))]
			whole, _ := strconv.ParseInt("0"+o.request.Get(4), 10, 64)
			switch kind {
			case 8, 9:
				m = c.void(o.request, o.answer)
			case 10, 11:
				m = c.refund(o.request, fen/4)
			case 12:
				m = c.addOn(o.request, o.answer, fen)
			case 13:
				m = c.preauthVoid(o.request, o.answer, whole)
			case 14:
				m = c.completion(o.request, o.answer, whole)
			case 15:
				m = c.completionAdvice(o.request, o.answer, whole)
			case 16:
				m = c.completionVoid(o.request, o.answer, whole)
			case 17:
				m = c.adjustment(o.request, o.answer, whole+fen/10)
			case 18:
				m = c.reversal(o.request)
			default:
				m = repeat(o.request)
			}
			if m.Get(4) == "" && m.MTI() == "0420" || m.Get(3) == "200000" && m.Get(4) == "" {
				m.Set(4, "000000000001") // of an inquiry, which has no amount
			}
		}
		if m.Get(38) == "" { // of an original that was not approved
			m.Set(38, "000000")
		}
		a := c.try(m)
		acts = append(acts, act{m, a})
		if err := n.Check(); err != nil {
			t.Fatal(err)
		}
	}
	return len(acts)
}

// try sends a message and returns its answer, or an empty one when none comes before that of an echo.
func (c *client) try(m *iso8583.Message) *iso8583.Message {
	c.t.Helper()
	c.send(m)
	c.expect("00", c.management("301"))
	select {
	case a := <-c.channel(m):
		return a
	default:
		return &iso8583.Message{}
	}
}

// spent returns what left the cards in all, without what authorizations that live hold.
func spent(n *cardnet.Network) (fen int64) {
	for _, card := range cardnet.DemoCards() {
		funds, _ := n.Balance(card.PAN)
		fen += card.Funds - funds
	}
	for tx := range n.Transactions() {
		if tx.Kind == cardnet.Preauth && tx.State == cardnet.Approved {
			fen -= tx.Total
		}
	}
	return fen
}

// filed returns the sum of the totals of all daily files, with that of the present date.
func filed(t *testing.T, n *cardnet.Network, dir string) (fen int64) {
	t.Helper()
	for _, text := range append(dailyFiles(t, dir), dailyFile(t, n)) {
		last := text[strings.LastIndex(text, "T|"):]
		sum, err := strconv.ParseInt(strings.Split(last, "|")[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		fen += sum
	}
	return fen
}

func TestLog_holdsNoCardNumber(t *testing.T) {
	var log bytes.Buffer
	handler := slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})
	config := cardnet.Config{Logger: slog.New(handler), Clock: kit.NewStandingClock(noon)}
	n, err := cardnet.New(config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- n.Serve(t.Context()) }()
	c := member(t, n)
	play(c)
	c.refuse = true
	n.ChangeKeys()
	c.hear("101")
	c.expect("00", c.management("301"))
	c.socket.Write([]byte("PAN " + debitCard))
	if _, open := <-c.told; open {
		t.Error("a connection that sends no length stays open")
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	text := log.String() + fmt.Sprintf("%v %+v %#v", cardnet.DemoCards(), cardnet.DemoCards(), config.Cards)
	if !strings.Contains(text, "refused its keys") || !strings.Contains(text, "sends no length") {
		t.Errorf("the log lacks what happened:\n%s", text)
	}
	for _, card := range cardnet.DemoCards() {
		if strings.Contains(text, card.PAN) || strings.Contains(text, "123456") {
			t.Errorf("the log holds the number or PIN of card %s", card)
		}
	}
	twice := cardnet.Config{Cards: append(cardnet.DemoCards(), cardnet.DemoCards()[0])}
	if _, err := cardnet.New(twice); err == nil || strings.Contains(err.Error(), debitCard) {
		t.Errorf("a card configured twice gives %v", err)
	}
}

func TestNew_refuses(t *testing.T) {
	card := cardnet.DemoCards()[0]
	with := func(edit func(*cardnet.Card)) cardnet.Config {
		c := card
		edit(&c)
		return cardnet.Config{Cards: []cardnet.Card{c}}
	}
	for name, config := range map[string]cardnet.Config{
		"a public address":       {Addr: "0.0.0.0:0"},
		"no address":             {Addr: "nowhere"},
		"a short member key":     {ZMK: "0123"},
		"a member key of text":   {ZMK: strings.Repeat("x", 32)},
		"a short issuer key":     {IssuerKey: "0123"},
		"no such folder":         {Dir: "/nowhere/at/all"},
		"a cut-over next day":    {CutOver: 24 * time.Hour},
		"a negative wait":        {LateAfter: -1},
		"a member in words":      {Members: []cardnet.Member{{Forwarder: "bank"}}},
		"a long acquirer":        {Members: []cardnet.Member{{Forwarder: "1", Acquirers: []string{"123456789012"}}}},
		"a short card number":    with(func(c *cardnet.Card) { c.PAN = "1" }),
		"a card without expiry":  with(func(c *cardnet.Card) { c.Expiry = "" }),
		"an expiry in month 13":  with(func(c *cardnet.Card) { c.Expiry = "3313" }),
		"a card with a long PIN": with(func(c *cardnet.Card) { c.PIN = "1234567890123" }),
		"a card of no product":   with(func(c *cardnet.Card) { c.Product = "gift" }),
		"negative funds":         with(func(c *cardnet.Card) { c.Funds = -1 }),
		"a long decline":         with(func(c *cardnet.Card) { c.Decline = "051" }),
		"two behaviors":          with(func(c *cardnet.Card) { c.Silent, c.Late = true, true }),
	} {
		if n, err := cardnet.New(config); err == nil {
			n.Close()
			t.Errorf("%s is taken", name)
		}
	}
}
