package identity

import (
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
)

const residentLen = 18

// residentWeights are 2^(17-i) mod 11, and residentCheck the check characters by the weighted sum mod 11.
var residentWeights = [residentLen - 1]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const residentCheck = "10X98765432"

// Person is what a resident identity number says of its holder.
type Person struct {
	Area   string // six digits, where the number was given
	Born   calendar.Date
	Female bool
}

// Age returns the age in full years on a day; one is a year older on one's birthday.
func (p Person) Age(on calendar.Date) int {
	years := int(on)/10000 - int(p.Born)/10000
	if int(on)%10000 < int(p.Born)%10000 {
		years--
	}
	return years
}

// Ages that matter to a merchant's operator. Civil Code of the PRC, article 18: adults are 18; who is 16 and lives
// by own work counts as one.
const (
	AgeMin   = 16
	AgeAdult = 18
	ageMax   = 120
)

// Resident reads and checks a resident identity number on a day. The person is known only when no finding is
// an error.
func Resident(field, number string, on calendar.Date) (Person, Findings) {
	if len(number) != residentLen {
		return Person{}, wrong(field, "resident_length", "an identity number has 18 characters")
	}
	if !digits(number[:residentLen-1]) || number[residentLen-1] != 'X' && !digits(number[residentLen-1:]) {
		return Person{}, wrong(field, "resident_character", "an identity number has 17 digits and then a digit or X")
	}
	sum := 0
	for i, weight := range residentWeights {
		sum += weight * int(number[i]-'0')
	}
	if want := residentCheck[sum%11 : sum%11+1]; number[residentLen-1:] != want {
		return Person{}, Findings{{
			Field: field, Code: "resident_check", Severity: Error, Want: want,
			Message: "the check character should be " + want + ": a digit is mistyped",
		}}
	}
	born, err := time.Parse("20060102", number[6:14])
	if err != nil {
		return Person{}, wrong(field, "resident_birth", "digits 7 to 14 are no date of birth")
	}
	p := Person{Area: number[:6], Born: calendar.DateOf(born), Female: (number[16]-'0')%2 == 0}
	if age := p.Age(on); p.Born > on || age > ageMax {
		return Person{}, wrong(field, "resident_birth", "the date of birth within lies in the future or too far back")
	}
	switch area := areaOf(p.Area); {
	case area.Province == "":
		return Person{}, wrong(field, "resident_area", "the first two digits name no province")
	case area.Name == "":
		return p, doubtful(field, "resident_area_retired", "the first six digits name no area of today: it may have been merged since")
	}
	return p, nil
}

// Operator checks the age of someone who is to run a business.
func Operator(field string, p Person, on calendar.Date) Findings {
	switch age := p.Age(on); {
	case age < AgeMin:
		return wrong(field, "age_minor", "the person is younger than 16")
	case age < AgeAdult:
		return doubtful(field, "age_young", "the person is 16 or 17: see that they live by their own work")
	}
	return nil
}

// MaskResident returns an identity number as it may be shown: the first and the last character stand.
func MaskResident(number string) string {
	if len(number) < 3 {
		return strings.Repeat("*", len(number))
	}
	return number[:1] + strings.Repeat("*", len(number)-2) + number[len(number)-1:]
}
