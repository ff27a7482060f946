package cardnet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// DemoIssuerMasterKey is the master key of the issuers behind the demo network, in hexadecimal: a chip of a
// demo card computes its cryptogram under the key that [cardcrypto.DeriveCardKey] derives from it, the
// PAN and [DemoSequence]. It protects nothing.
const DemoIssuerMasterKey = "5B3E9A1C7D2F4860A4C8E2061B3D5F79"

// DemoSequence is the sequence number (tag 5F34, F23) of every card that does not say another.
const DemoSequence = "01"

// Product is what kind of account a card draws on.
type Product string

// Products.
const (
	Debit   Product = "debit"
	Credit  Product = "credit"
	Prepaid Product = "prepaid"
)

// Card is a card that an issuer behind the network gave out. However it is printed, it shows its masked
// number only.
type Card struct {
	PAN     string
	Expiry  string // YYMM; valid to the end of the month
	PIN     cardcrypto.PIN
	Product Product
	Funds   int64 // fen: opening balance of a debit or prepaid card, limit of a credit card

	Organization string            // "CUP" when empty; "VIS" for a foreign card
	Chip         cardcrypto.Scheme // how its chip signs; PBOC01 when zero

	// At most one of these; a card without is an ordinary one.
	Decline string // F39 with which the issuer declines whatever it is asked
	Silent  bool   // the issuer never answers what it is asked
	Late    bool   // the issuer answers what it is asked after Config.LateAfter
}

// String returns the masked number.
func (c Card) String() string { return iso8583.MaskPAN(c.PAN) }

// Format writes what String returns, whatever the verb.
func (c Card) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// LogValue returns what String returns.
func (c Card) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (c Card) MarshalJSON() ([]byte, error) { return []byte(`"` + c.String() + `"`), nil }

// DemoCards returns the cards of the demo: a debit and a credit card that approve, cards with a behavior, a
// prepaid card with CNY 200.00 that approves a part where a part will do (BIN 629998, 16 digits, prepaid, CUP),
// and two foreign credit cards (BIN 476173, 16 digits, credit, VIS) whose chips sign by Visa's cryptogram
// versions 10 and 18. All chips have keys of [DemoIssuerMasterKey].
func DemoCards() []Card {
	const debitFunds, creditLimit, foreignLimit, prepaidFunds = 100_000_00, 50_000_00, 20_000_00, 200_00
	debit := func(pan string) Card {
		return Card{PAN: pan, Expiry: "3312", PIN: "123456", Product: Debit, Funds: debitFunds}
	}
	declining := func(pan, code string) Card {
		c := debit(pan)
		c.Decline = code
		return c
	}
	foreign := func(pan string, chip cardcrypto.Scheme) Card {
		return Card{
			PAN: pan, Expiry: "3312", PIN: "123456", Product: Credit, Funds: foreignLimit, Organization: "VIS", Chip: chip,
		}
	}
	silent, late := debit("6216261000000000687"), debit("6216261000000000992")
	silent.Silent, late.Late = true, true
	return []Card{
		debit("6216261000000000018"),
		{PAN: "6226388000000095", Expiry: "3312", PIN: "123456", Product: Credit, Funds: creditLimit},
		declining("6216261000000000513", codeFunds),
		declining("6216261000000000547", codeExpired),
		declining("6216261000000000414", "41"),
		declining("6216261000000000554", codeWrongPIN),
		declining("6216261000000000752", codePINTries),
		silent,
		late,
		{PAN: "6299980000000208", Expiry: "3312", PIN: "123456", Product: Prepaid, Funds: prepaidFunds},
		foreign("4761739001010010", cardcrypto.Visa10),
		foreign("4761739001010119", cardcrypto.Visa18),
	}
}

func (c Card) check() error {
	behaviors := 0
	for _, is := range []bool{c.Decline != "", c.Silent, c.Late} {
		if is {
			behaviors++
		}
	}
	switch {
	case len(c.PAN) < 13 || len(c.PAN) > 19 || !digits(c.PAN):
		return errors.New("cardnet: a card's number must have 13 to 19 digits")
	case len(c.Expiry) != 4 || !digits(c.Expiry) || c.Expiry[2:] < "01" || c.Expiry[2:] > "12":
		return fmt.Errorf("cardnet: card %s: expiry must be YYMM", c)
	case len(c.PIN) < 4 || len(c.PIN) > 12 || !digits(string(c.PIN)):
		return fmt.Errorf("cardnet: card %s: PIN must have 4 to 12 digits", c)
	case c.Product != Debit && c.Product != Credit && c.Product != Prepaid:
		return fmt.Errorf("cardnet: card %s: product must be debit, credit or prepaid", c)
	case c.Chip > cardcrypto.Visa18:
		return fmt.Errorf("cardnet: card %s: the scheme of its chip is unknown", c)
	case c.Funds < 0:
		return fmt.Errorf("cardnet: card %s: funds must not be negative", c)
	case c.Decline != "" && len(c.Decline) != 2:
		return fmt.Errorf("cardnet: card %s: decline must be a code of two characters", c)
	case behaviors > 1:
		return fmt.Errorf("cardnet: card %s: give it one behavior or none", c)
	}
	return nil
}

// scheme returns how the card's chip signs.
func (c Card) scheme() cardcrypto.Scheme { return cmp.Or(c.Chip, cardcrypto.PBOC01) }

// account is a card with what the books know of it. The card and its keys never change; the rest belongs to
// the books. The methods that change it do nothing for a card that is no longer configured.
type account struct {
	Card
	id  string
	key *cardcrypto.Key // of the chip, under DemoSequence

	opening int64     // fen, before the oldest transaction in the books
	funds   int64     // fen, what is booked
	held    int64     // fen of it, held by authorizations that live
	tries   int       // wrong PINs in a row
	day     string    // China date of the last wrong PIN, YYYYMMDD
	taps    int64     // fen, of taps without PIN
	tapDay  string    // China date that they are of
	counter uint16    // the highest that a right cryptogram of the chip came with, tag 9F36
	scripts []*script // of the issuer, the oldest first
}

// available returns what can be spent, in fen. It may be below zero where a voided completion revived an
// authorization for money that was spent since.
func (a *account) available() int64 { return a.funds - a.held }

// covers returns the code with which a card answers an amount. Less than nothing is covered always.
func (a *account) covers(amount int64) string {
	switch {
	case amount <= 0 || amount <= a.available():
		return codeApproved
	case a.Product == Credit:
		return codeLimit
	}
	return codeFunds
}

func (a *account) pay(fen int64) {
	if a != nil {
		a.funds += fen
	}
}

func (a *account) hold(fen int64) {
	if a != nil {
		a.held += fen
	}
}

// tappedOn returns what was taken on a day by taps without PIN, in fen.
func (a *account) tappedOn(day string) int64 {
	if a.tapDay != day {
		return 0
	}
	return a.taps
}

// countTap counts a tap without PIN, or takes one back that was counted and whose day is not over.
func (a *account) countTap(fen int64, day string) {
	switch {
	case a == nil || fen < 0 && a.tapDay != day:
	case a.tapDay != day:
		a.taps, a.tapDay = fen, day
	default:
		a.taps += fen
	}
}

// countPIN counts the tries of a day.
func (a *account) countPIN(result pinResult, day string) {
	switch result {
	case pinRight:
		a.tries = 0
	case pinWrong:
		if a.day != day {
			a.tries, a.day = 0, day
		}
		a.tries++
	}
}

// locked reports whether the tries of the day are used up.
func (a *account) locked(day string) bool { return a.tries >= pinTriesMax && a.day == day }

// cardID returns the name of a card in the books.
func cardID(pan string) string {
	sum := sha256.Sum256([]byte("cardnet " + pan))
	return hex.EncodeToString(sum[:8])
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
