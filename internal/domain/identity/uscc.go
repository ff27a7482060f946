package identity

import "strings"

// usccAlphabet is the 31 characters of a unified social credit code, by their values: digits, and letters
// without I, O, S, V and Z. GB 32100-2015, table 1.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

const (
	usccLen  = 18
	orgBegin = 8 // where the organization code stands in it
	orgEnd   = 17
)

// USCC checks a unified social credit code: 2 characters of authority and kind, 6 digits of area, 9 of organization
// code, 1 check character of any of the 31.
func USCC(field, code string) Findings {
	if len(code) != usccLen {
		return wrong(field, "uscc_length", "a unified social credit code has 18 characters")
	}
	sum, weight := 0, 1
	for i := range usccLen - 1 {
		value := strings.IndexByte(usccAlphabet, code[i])
		if value < 0 {
			return wrong(field, "uscc_character", "a unified social credit code has digits and capital letters without I, O, S, V and Z")
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	if strings.IndexByte(usccAlphabet, code[usccLen-1]) < 0 {
		return wrong(field, "uscc_character", "a unified social credit code has digits and capital letters without I, O, S, V and Z")
	}
	if want := usccAlphabet[(31-sum%31)%31 : (31-sum%31)%31+1]; code[usccLen-1:] != want {
		return Findings{{
			Field: field, Code: "uscc_check", Severity: Error, Want: want,
			Message: "the check character should be " + want + ": a character is mistyped",
		}}
	}
	var found Findings
	if area := code[2:orgBegin]; !digits(area) {
		found = append(found, wrong(field, "uscc_area", "characters 3 to 8 are the digits of an area")...)
	} else if a := areaOf(area); a.Province == "" {
		found = append(found, doubtful(field, "uscc_area", "characters 3 to 8 name no area that is known")...)
	}
	return append(found, Organization(field, code[orgBegin:orgEnd])...)
}

// orgWeights are the weights of GB 11714-1997.
var orgWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// Organization checks an organization code of 9 characters. A code that does not add up is a warning, since what
// sole traders carry at its place is not confirmed to follow the standard.
func Organization(field, code string) Findings {
	if len(code) != len(orgWeights)+1 {
		return wrong(field, "organization_length", "an organization code has 9 characters")
	}
	sum := 0
	for i, weight := range orgWeights {
		switch c := code[i]; {
		case '0' <= c && c <= '9':
			sum += weight * int(c-'0')
		case 'A' <= c && c <= 'Z':
			sum += weight * int(c-'A'+10)
		default:
			return wrong(field, "organization_character", "an organization code has digits and capital letters")
		}
	}
	if want := "0123456789X0"[11-sum%11]; code[len(orgWeights)] != want {
		return Findings{{
			Field: field, Code: "organization_check", Severity: Warning, Want: string(want),
			Message: "the organization code within does not add up: its check character should be " + string(want),
		}}
	}
	return nil
}
