package cardnet

import (
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
	Debit  Product = "debit"
	Credit Product = "credit"
)

// Card is a card that an issuer behind the network gave out. However it is printed, it shows its masked
// number only.
type Card struct {
	PAN     string
	Expiry  string // YYMM; valid to the end of the month
	PIN     cardcrypto.PIN
	Product Product
	Funds   int64 // fen: opening balance of a debit card, limit of a credit card

	// At most one of these; a card without is an ordinary one.
	Decline string // F39 with which the issuer declines every sale and void
	Silent  bool   // the issuer never answers a sale or void
	Late    bool   // the issuer approves a sale after Config.LateAfter
}

// String returns the masked number.
func (c Card) String() string { return iso8583.MaskPAN(c.PAN) }

// Format writes what String returns, whatever the verb.
func (c Card) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// LogValue returns what String returns.
func (c Card) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (c Card) MarshalJSON() ([]byte, error) { return []byte(`"` + c.String() + `"`), nil }

// DemoCards returns the cards of the demo: a debit and a credit card that approve, and cards with a behavior.
func DemoCards() []Card {
	const debitFunds, creditLimit = 100_000_00, 50_000_00
	debit := func(pan string) Card {
		return Card{PAN: pan, Expiry: "3312", PIN: "123456", Product: Debit, Funds: debitFunds}
	}
	declining := func(pan, code string) Card {
		c := debit(pan)
		c.Decline = code
		return c
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
	case c.Product != Debit && c.Product != Credit:
		return fmt.Errorf("cardnet: card %s: product must be debit or credit", c)
	case c.Funds < 0:
		return fmt.Errorf("cardnet: card %s: funds must not be negative", c)
	case c.Decline != "" && len(c.Decline) != 2:
		return fmt.Errorf("cardnet: card %s: decline must be a code of two characters", c)
	case behaviors > 1:
		return fmt.Errorf("cardnet: card %s: give it one behavior or none", c)
	}
	return nil
}

// account is a card with what the books know of it. The card and its keys never change; the rest belongs to
// the books.
type account struct {
	Card
	id  string
	key *cardcrypto.Key // of the chip, under DemoSequence

	opening int64  // fen, before the oldest transaction in the books
	funds   int64  // fen, what can be spent
	tries   int    // wrong PINs in a row
	day     string // China date of the last wrong PIN, YYYYMMDD
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
