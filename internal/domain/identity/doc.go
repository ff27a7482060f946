// Package identity checks the numbers by which people, companies, banks and places are known, offline and
// exactly, and says what is wrong with one and what would be right.
//
//	USCC           unified social credit code                 GB 32100-2015
//	Organization   organization code, within a USCC           GB 11714-1997, a warning
//	Resident       resident identity number                   GB 11643-1999, ISO 7064 MOD 11-2
//	BankCode       bank code of the interbank system          12 digits, ISO 7064 MOD 11,10
//	Account        card or account number at a bank           ISO/IEC 7812-1 annex B, a warning
//	Phone          mobile or fixed line in mainland China
//	Email          address of the form that mail servers take RFC 5321
//	Category       merchant category code                     ISO 18245
//	Area           administrative area                        GB/T 2260
//
// A check returns [Findings]: each names the field that the caller gave it, a stable word, how bad it is and
// a sentence. A sentence never repeats the number: of identity and account numbers it tells one character at
// most, the one that would be right.
//
// What is a warning and not an error is what real papers get wrong: organization codes of sole traders,
// account numbers without a check digit, areas that were merged away since the card was issued.
package identity
