package identity

import "strings"

// The lengths of account numbers: of cards by ISO/IEC 7812-1, of accounts by what banks in China give out.
const (
	cardMin    = 13
	cardMax    = 19
	accountMin = 8
	accountMax = 32
)

// Card checks the number of a person's bank card. Wrong length and other characters are errors; a check digit
// that does not fit is a warning, since old cards and passbooks have none.
func Card(field, number string) Findings {
	if !digits(number) {
		return wrong(field, "card_character", "a card number has digits only")
	}
	if len(number) < cardMin || len(number) > cardMax {
		return wrong(field, "card_length", "a card number has 13 to 19 digits")
	}
	if !luhn(number) {
		return doubtful(field, "card_check", "the check digit does not fit: a digit may be mistyped")
	}
	return nil
}

// Account checks the number of a company's account at a bank: banks agree on digits and hyphens only.
func Account(field, number string) Findings {
	if !digits(strings.ReplaceAll(number, "-", "")) {
		return wrong(field, "account_character", "an account number has digits, and hyphens at most")
	}
	if len(number) < accountMin || len(number) > accountMax {
		return wrong(field, "account_length", "an account number has 8 to 32 digits")
	}
	return nil
}

// luhn tells whether the last digit checks the others (ISO/IEC 7812-1 annex B).
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

const bankCodeLen = 12

// BankCode checks the code by which the interbank payment system knows a branch (CNAPS): 3 digits of bank, 4 of
// city, 4 of branch, 1 check digit by ISO 7064 MOD 11,10.
func BankCode(field, code string) Findings {
	if !digits(code) {
		return wrong(field, "bank_code_character", "a bank code has digits only")
	}
	if len(code) != bankCodeLen {
		return wrong(field, "bank_code_length", "a bank code has 12 digits")
	}
	if want := mod1110(code[:bankCodeLen-1]); code[bankCodeLen-1:] != want {
		return Findings{{
			Field: field, Code: "bank_code_check", Severity: Error, Want: want,
			Message: "the check digit should be " + want + ": a digit is mistyped",
		}}
	}
	return nil
}

// mod1110 returns the check digit of ISO 7064 MOD 11,10.
func mod1110(number string) string {
	p := 10
	for i := range len(number) {
		if p = (p + int(number[i]-'0')) % 10; p == 0 {
			p = 10
		}
		p = 2 * p % 11
	}
	return string(rune('0' + (11-p)%10))
}

// MaskAccount returns an account number as it may be shown: its last four characters.
func MaskAccount(number string) string {
	if len(number) <= 4 {
		return strings.Repeat("*", len(number))
	}
	return strings.Repeat("*", len(number)-4) + number[len(number)-4:]
}
