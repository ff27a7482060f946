package merchant

import (
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

// Signs are what the grade of a merchant is computed from, beside the form.
type Signs struct {
	Today   calendar.Date
	Blocked bool // a subject is on the block list
	Shared  int  // other merchants that share a subject
}

// Reason is why a grade is what it is: a word and its points.
type Reason struct {
	Word   string
	Points int
}

// Categories in which sums are large, goods are easily turned into money, or law looks closer. A setting of ours, from
// what acquirers commonly list; not law.
var (
	riskyCategories  = strings.Fields("4829 6010 6011 6012 6051 6211 7995 5933 7273 7801 7802 5960 5962 5966 5967")
	costlyCategories = strings.Fields("5094 5944 5932 5971 5972 7012 7297 5813 4722 5511 5521 6513 8398")
)

// Points at which a grade begins, and figures behind the points.
const (
	mediumFrom = 2
	highFrom   = 5

	microVolume      = 100_000_00   // fen a month
	individualVolume = 500_000_00   // fen a month
	enterpriseVolume = 5_000_000_00 // fen a month
	largeTicket      = 10_000_00    // fen
	newLicenseDays   = 90
)

// Assess returns the grade of a form with its reasons, by adding points: transparent, and the same for everyone.
func Assess(f Form, s Signs) (Grade, []Reason) {
	var reasons []Reason
	add := func(condition bool, word string, points int) {
		if condition {
			reasons = append(reasons, Reason{word, points})
		}
	}
	add(s.Blocked, "blocked_subject", highFrom)
	add(slices.Contains(riskyCategories, f.Business.Category), "risky_category", highFrom)
	add(slices.Contains(costlyCategories, f.Business.Category), "costly_category", 2)
	add(f.Business.Remote, "remote_sales", 2)
	add(!f.HolderMatches(), "account_of_another", 2)
	add(s.Shared > 0, "shared_subject", 1)
	add(s.Shared > 3, "shared_by_many", 2)
	volume := map[Kind]int64{Micro: microVolume, Individual: individualVolume, Enterprise: enterpriseVolume}[f.Kind]
	add(f.Business.MonthlyFen > volume, "large_volume", 2)
	add(f.Business.TicketFen > largeTicket, "large_ticket", 1)
	add(f.Kind != Micro && f.Subject.From != 0 && after(f.Subject.From, newLicenseDays) > s.Today, "new_license", 1)
	add(len(f.Person.Number) > 2 && len(f.Place.Area) > 2 && f.Person.Number[:2] != f.Place.Area[:2], "person_from_elsewhere", 1)

	points := 0
	for _, r := range reasons {
		points += r.Points
	}
	switch {
	case points >= highFrom:
		return High, reasons
	case points >= mediumFrom:
		return Medium, reasons
	}
	return Low, reasons
}

func reasonWords(reasons []Reason) string {
	words := make([]string, len(reasons))
	for i, r := range reasons {
		words[i] = r.Word
	}
	return strings.Join(words, " ")
}

// verifyMonths is after how many months a merchant is looked at again.
var verifyMonths = map[Grade]int{Low: 24, Medium: 12, High: 6}
