package cardnet

// Response codes (F39) that the network gives by itself.
const (
	codeApproved      = "00"
	codePartial       = "10"
	codeNotAllowed    = "12" // the original does not allow it
	codeAmount        = "13"
	codeNoCard        = "14"
	codeAuthenticity  = "05" // the chip did not prove itself
	codeNoOriginal    = "25"
	codeFormat        = "30"
	codeNotSupported  = "40"
	codeFallback      = "45" // the stripe of a card with a chip
	codeFunds         = "51"
	codeExpired       = "54"
	codeWrongPIN      = "55"
	codeUnknownMember = "58"
	codeLimit         = "61"
	codeOtherAmount   = "64" // not the original's amount, or more than is left of it
	codePINTries      = "75"
	codeCutOver       = "90"
	codeDuplicate     = "94"
	codeFault         = "96"
	codePINBlock      = "99"
	codeMAC           = "A0"
	codeCurrency      = "A1"
)

// approves reports whether a code says yes.
func approves(code string) bool { return code == codeApproved || code == codePartial }
