package supply

import (
	"cmp"
	"slices"
)

// Mobility says where a shop takes money.
type Mobility string

// The mobilities.
const (
	AtTill     Mobility = "till"     // at one counter
	AtTable    Mobility = "table"    // within the shop
	OutOfHouse Mobility = "outdoors" // at the customer's door, on the market
)

// Shop is what an adviser asks.
type Shop struct {
	Counters       int // places where money is taken at a time
	Mobility       Mobility
	PaymentsPerDay int
	Cards, Codes   bool // what is to be taken
	Receipts       bool // on paper, from the terminal itself
	Mains          bool // a socket and a wire at the place
}

// Reason is why a model is advised, or what speaks against it. The pages say it in words.
type Reason string

// The reasons.
const (
	ReasonFixed       Reason = "fixed_place"     // stands where the money is taken
	ReasonPortable    Reason = "portable"        // goes to the customer
	ReasonBusy        Reason = "busy"            // many payments a day want a printer and a fast reader
	ReasonCheap       Reason = "costs_least"     // of those that do what is asked
	ReasonBoth        Reason = "cards_and_codes" // takes both
	ReasonPaper       Reason = "prints"
	ReasonNoPrinter   Reason = "no_printer"  // against: receipts go to the phone only
	ReasonNoCards     Reason = "no_cards"    // against: takes no cards
	ReasonNoCodes     Reason = "no_codes"    // against: takes no codes
	ReasonNeedsMains  Reason = "needs_mains" // against: wants a socket and a wire
	ReasonNeedsPhone  Reason = "needs_phone" // against: works with a phone beside it
	ReasonFewPayments Reason = "few_payments"
	ReasonSpare       Reason = "spare_advised" // at so many payments one more is worth having
)

// Advice is a model with what speaks for and against it.
type Advice struct {
	Model   string
	Count   int // how many
	Score   int // 0 to 100
	For     []Reason
	Against []Reason
	// OnceFen is price and deposit of the count, MonthlyFen the data fee of the count.
	OnceFen, MonthlyFen int64
}

const (
	busyAt  = 200 // payments a day at a counter from which speed and paper matter
	quietAt = 20  // up to which little will do
)

// Advise ranks the models on offer for a shop, the best first. What cannot take what is asked is left out.
func Advise(models []Model, s Shop) []Advice {
	s.Counters = max(1, s.Counters)
	var list []Advice
	for _, m := range models {
		if a, fits := advise(m, s); fits {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b Advice) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.OnceFen+12*a.MonthlyFen, b.OnceFen+12*b.MonthlyFen), cmp.Compare(a.Model, b.Model))
	})
	if i := cheapest(list); i >= 0 {
		list[i].For = append(list[i].For, ReasonCheap)
	}
	return list
}

func advise(m Model, s Shop) (Advice, bool) {
	cards := m.Can(Insert) || m.Can(Tap) || m.Can(Swipe)
	codes := m.Can(Scanner) || m.Can(Display)
	if !m.Offered || s.Cards && !s.Codes && !cards || s.Codes && !s.Cards && !codes || !cards && !codes {
		return Advice{}, false
	}
	a := Advice{Model: m.ID, Count: s.Counters, Score: 50}
	add := func(points int, why Reason) {
		a.Score += points
		if points > 0 {
			a.For = append(a.For, why)
		} else {
			a.Against = append(a.Against, why)
		}
	}
	switch {
	case s.Cards && s.Codes && cards && codes:
		add(15, ReasonBoth)
	case s.Cards && !cards:
		add(-30, ReasonNoCards)
	case s.Codes && !codes:
		add(-20, ReasonNoCodes)
	}
	portable := m.Form == Handheld || m.Form == Mobile || m.Form == Software
	switch {
	case s.Mobility == AtTill && (m.Form == Countertop || m.Form == Speaker):
		add(20, ReasonFixed)
	case s.Mobility != AtTill && portable && (s.Mobility == AtTable || m.Reaches(Cellular) || m.Reaches(Phone)):
		add(25, ReasonPortable)
	case s.Mobility != AtTill:
		a.Score -= 25
	}
	if m.Form == Countertop && !m.Reaches(WiFi) && !m.Reaches(Cellular) && !s.Mains {
		add(-25, ReasonNeedsMains)
	}
	if m.Reaches(Phone) || m.Form == Software {
		add(-5, ReasonNeedsPhone)
	}
	perCounter := s.PaymentsPerDay / s.Counters
	switch {
	case perCounter >= busyAt && m.Can(Printer) && m.Can(Tap):
		add(15, ReasonBusy)
	case perCounter <= quietAt && m.PriceFen+m.DepositFen == 0:
		add(10, ReasonFewPayments)
	}
	switch {
	case s.Receipts && m.Can(Printer):
		add(10, ReasonPaper)
	case s.Receipts:
		add(-15, ReasonNoPrinter)
	}
	if perCounter >= busyAt && s.Counters >= 3 {
		a.Count++
		a.For = append(a.For, ReasonSpare)
	}
	a.Score = min(max(a.Score, 0), 100)
	a.OnceFen = (m.PriceFen + m.DepositFen) * int64(a.Count)
	a.MonthlyFen = m.MonthlyFen * int64(a.Count)
	return a, true
}

// cheapest returns the place of what costs least in its first year among those that score well, -1 when there is nothing.
func cheapest(list []Advice) int {
	best := -1
	for i, a := range list {
		if a.Score < 50 {
			continue
		}
		if best < 0 || a.OnceFen+12*a.MonthlyFen < list[best].OnceFen+12*list[best].MonthlyFen {
			best = i
		}
	}
	return best
}
