package pos

import (
	"cmp"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// IssuerMasterKey is the key that the chips of the demo cards are derived from. It is a constant
// of the demo and protects nothing; the simulated card network checks cryptograms with the same.
const IssuerMasterKey = "5B3E9A1C7D2F4860A4C8E2061B3D5F79"

// WaiverLimit is the amount in fen up to which a contactless sale asks for neither PIN nor signature
// (小额免密免签, CNY 1,000.00 since 2018).
const WaiverLimit = 1000_00

// Entry is how a card is read.
type Entry string

// The entries.
const (
	Swipe  Entry = "swipe"
	Insert Entry = "insert"
	Tap    Entry = "tap"
	Manual Entry = "manual"
	Scan   Entry = "scan" // of a payment code, no card at all
)

// mode is the first two digits of F22.
func (e Entry) mode() string {
	switch e {
	case Swipe:
		return "02"
	case Insert:
		return "05"
	case Tap:
		return "07"
	case Scan:
		return "03"
	}
	return "01"
}

func (e Entry) chip() bool { return e == Insert || e == Tap }

// ParseEntry reads the name of an entry.
func ParseEntry(name string) (Entry, error) {
	switch e := Entry(name); e {
	case Swipe, Insert, Tap, Manual:
		return e, nil
	}
	return "", refuse("未知的读卡方式 "+strconv.Quote(name)+"：请用 swipe、insert、tap 或 manual",
		"unknown entry "+strconv.Quote(name)+", use swipe, insert, tap or manual")
}

// Card is a card to present. Printing it shows its name and its number masked.
type Card struct {
	Name        string // by which a demo card is asked for: "debit", "51"
	Number      string
	Expiry      string // YYMM
	ServiceCode string // ISO/IEC 7813: 2xx has a chip
	Sequence    string // two digits, tag 5F34
	PIN         string // of a demo card
	AID         string // hexadecimal, "" without a chip
	Label       string // tag 50
	Contactless bool
	// Phone marks a card that lives in a phone: it is tapped, and its number is the device's account.
	Phone bool
	// Scheme is how the chip signs; zero is PBOC version 01.
	Scheme cardcrypto.Scheme
	// Broken marks a chip that cannot be read, so that the stripe may stand in for it.
	Broken   bool
	Behavior Text // what the demo's issuer does with it
}

// chipped reports whether the card has a chip by its service code (ISO/IEC 7813: 2xx and 6xx).
func (c *Card) chipped() bool {
	return strings.HasPrefix(c.ServiceCode, "2") || strings.HasPrefix(c.ServiceCode, "6")
}

// Format writes the name and the masked number, whatever the verb.
func (c Card) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.Name+" "+iso8583.MaskPAN(c.Number)) }

const (
	aidDebit  = "A000000333010101"
	aidCredit = "A000000333010102"
	aidVisa   = "A0000000031010"
)

// debitNumber is the demo's debit card, which also comes as a phone, with a stripe only and with a broken chip.
const debitNumber = "6216261000000000018"

func demoCard(name, number, zh, en string) Card {
	return Card{
		Name: name, Number: number, Expiry: "3312", ServiceCode: "220", Sequence: "01", PIN: "123456",
		AID: aidDebit, Label: "UnionPay Debit", Contactless: true, Behavior: Text{zh, en},
	}
}

// Cards returns the demo cards.
func Cards() []Card {
	credit := demoCard("credit", "6226388000000095", "贷记卡，批准，额度 50,000.00 元", "credit card, approves, limit CNY 50,000.00")
	credit.AID, credit.Label, credit.ServiceCode = aidCredit, "UnionPay Credit", "201"
	phone := demoCard("phone", debitNumber, "手机里的借记卡：请碰一碰", "debit card in a phone: tap it")
	phone.Phone = true
	stripe := demoCard("stripe", debitNumber, "只有磁条：请刷卡", "stripe only: swipe it")
	stripe.ServiceCode, stripe.AID, stripe.Contactless = "120", "", false
	prepaid := demoCard("prepaid", "6299980000000208", "预付卡，余额 200.00 元，可部分批准", "prepaid card, CNY 200.00, approves a part where a part will do")
	foreign := func(name, number string, scheme cardcrypto.Scheme) Card {
		c := demoCard(name, number, "境外贷记卡，批准，额度 20,000.00 元", "foreign credit card, approves, limit CNY 20,000.00")
		c.AID, c.Label, c.ServiceCode, c.Scheme = aidVisa, "Visa Credit", "201", scheme
		return c
	}
	broken := demoCard("broken", debitNumber, "芯片损坏：插卡失败后刷卡", "broken chip: insert, swipe")
	broken.Broken, broken.Contactless = true, false
	return []Card{
		demoCard("debit", debitNumber, "借记卡，批准，余额 100,000.00 元", "debit card, approves, balance CNY 100,000.00"),
		credit,
		demoCard("51", "6216261000000000513", "余额不足", "declined 51, insufficient funds"),
		demoCard("54", "6216261000000000547", "卡已过期", "declined 54, expired card"),
		demoCard("41", "6216261000000000414", "挂失卡", "declined 41, lost card"),
		demoCard("55", "6216261000000000554", "密码总是错误", "declined 55, wrong PIN whatever the PIN"),
		demoCard("75", "6216261000000000752", "密码错误次数超限", "declined 75, PIN tries exceeded"),
		demoCard("silent", "6216261000000000687", "发卡行不应答", "the issuer never answers"),
		demoCard("late", "6216261000000000992", "主机放弃后才批准", "approves too late, after the host gave up"),
		prepaid, foreign("visa10", "4761739001010010", cardcrypto.Visa10), foreign("visa18", "4761739001010119", cardcrypto.Visa18),
		phone, stripe, broken,
	}
}

// FindCard returns a demo card by its name or number, or a card of any other number that passes its check
// digit, with the expiry and chip of the demo cards and no PIN.
func FindCard(text string) (Card, error) {
	text = strings.ReplaceAll(text, " ", "")
	var names []string
	for _, c := range Cards() {
		if strings.EqualFold(text, c.Name) || text == c.Number {
			return c, nil
		}
		names = append(names, c.Name)
	}
	if len(text) < 13 || len(text) > 19 || !digits(text) {
		return Card{}, refuse("没有这张卡：请用 "+strings.Join(names, "、")+" 或 13 到 19 位卡号",
			"unknown card, use "+strings.Join(names, ", ")+" or a card number of 13 to 19 digits")
	}
	if !checkDigit(text) {
		return Card{}, refuse("卡号校验位不对：请检查是否输错", "the card number fails its check digit: check for a mistyped digit")
	}
	typed := demoCard("typed", text, "", "")
	typed.PIN = ""
	return typed, nil
}

// checkDigit reports whether the last digit is right (ISO/IEC 7812-1 annex B).
func checkDigit(number string) bool {
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

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func (c *Card) check(entry Entry) error {
	switch {
	case !digits(c.Number) || len(c.Number) < 13 || len(c.Number) > 19:
		return errCardNumber
	case !digits(c.Expiry) || len(c.Expiry) != 4:
		return errExpiry
	case entry.chip() && c.AID == "":
		return errNoChip
	case entry == Tap && !c.Contactless:
		return errNoTap
	case c.Phone && entry != Tap:
		return errPhone
	case entry == Scan:
		return errNoCard
	}
	return nil
}

// track2 returns the card's track 2 (ISO/IEC 7813) with discretionary data of zeros.
func (c *Card) track2() string {
	track := c.Number + "D" + c.Expiry + c.ServiceCode
	return track + "0000000000"[:min(10, 37-len(track))]
}

// chipKeys caches the keys of chips, whose derivation costs more than a whole sale.
var chipKeys sync.Map // number and sequence -> *cardcrypto.Key

func (c *Card) key() (*cardcrypto.Key, error) {
	name := c.Number + c.Sequence
	if key, ok := chipKeys.Load(name); ok {
		return key.(*cardcrypto.Key), nil
	}
	value, err := hex.DecodeString(IssuerMasterKey)
	if err != nil {
		return nil, err
	}
	master, err := cardcrypto.NewDESKey(value)
	if err != nil {
		return nil, err
	}
	key, err := cardcrypto.DeriveCardKey(master, c.Number, c.Sequence)
	if err != nil {
		return nil, err
	}
	chipKeys.Store(name, key)
	return key, nil
}

// chipSale is what a chip is asked to sign.
type chipSale struct {
	entry    Entry
	amount   int64 // fen
	pin      bool
	waived   bool
	kind     byte // tag 9C
	at       time.Time
	counter  uint16
	sequence int
	serial   string // of the terminal, 8 characters
	random   io.Reader
}

// sign plays the chip: it returns the data elements of an online sale with the cryptogram over them.
func (c *Card) sign(s chipSale) (emv.List, error) {
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	tx := cardcrypto.Transaction{
		Amount: [6]byte(packed(s.amount, 6)), Country: [2]byte{0x01, 0x56}, Currency: [2]byte{0x01, 0x56},
		TVR:        [5]byte{0x00, 0x80, 0x04, 0x60, 0x00}, // online, as in a published capture
		Date:       [3]byte([]byte{bcd(s.at.Year() % 100), bcd(int(s.at.Month())), bcd(s.at.Day())}),
		Type:       s.kind,
		AIP:        [2]byte{0x7C, 0x00},
		IssuerData: c.issuerData(),
	}
	binary.BigEndian.PutUint16(tx.ATC[:], s.counter)
	if _, err := io.ReadFull(s.random, tx.Unpredictable[:]); err != nil {
		return nil, fmt.Errorf("draw an unpredictable number: %w", err)
	}
	cryptogram, err := cardcrypto.Cryptogram(c.scheme(), key, &tx)
	if err != nil {
		return nil, err
	}
	verification := []byte{0x1E, 0x03, 0x00} // signature
	switch {
	case s.pin:
		verification = []byte{0x02, 0x03, 0x00} // PIN, enciphered, online
	case s.waived:
		verification = []byte{0x1F, 0x03, 0x02} // none required
	}
	aid, err := hex.DecodeString(c.AID)
	if err != nil {
		return nil, fmt.Errorf("the application identifier of the card is not hexadecimal")
	}
	version := []byte{0x00, 0x20}
	if s.entry == Tap {
		version = []byte{0x00, 0x30}
	}
	values := map[emv.Tag][]byte{
		emv.Cryptogram: cryptogram[:], emv.CryptogramInformation: {0x80}, emv.IssuerApplicationData: tx.IssuerData,
		emv.UnpredictableNumber: tx.Unpredictable[:], emv.TransactionCounter: tx.ATC[:],
		emv.VerificationResults: tx.TVR[:], emv.TransactionDate: tx.Date[:], emv.TransactionType: {tx.Type},
		emv.AmountAuthorized: tx.Amount[:], emv.TransactionCurrency: tx.Currency[:],
		emv.InterchangeProfile: tx.AIP[:], emv.TerminalCountry: tx.Country[:], emv.AmountOther: tx.Other[:],
		emv.TerminalCapabilities: {0xE0, 0xE9, 0xC8}, emv.CVMResults: verification, emv.TerminalType: {0x22},
		emv.DeviceSerial: []byte(s.serial), emv.DedicatedFile: aid, emv.ApplicationVersion: version,
		emv.SequenceCounter: packed(int64(s.sequence), 4),
	}
	var list emv.List
	for _, tag := range emv.Request() {
		if value, has := values[tag]; has {
			list = append(list, emv.Element{Tag: tag, Value: value})
		}
	}
	if s.entry == Tap {
		list = append(list, emv.Element{Tag: emv.CardProduct, Value: c.product()})
	}
	return list, nil
}

func (c *Card) scheme() cardcrypto.Scheme { return cmp.Or(c.Scheme, cardcrypto.PBOC01) }

// issuerData is tag 9F10: length, key index, cryptogram version, card verification results that say that an ARQC
// was asked for, and for PBOC the algorithm, which is 3DES.
func (c *Card) issuerData() []byte {
	switch c.scheme() {
	case cardcrypto.Visa10:
		return []byte{0x06, 0x01, 0x0A, 0x03, 0xA0, 0xB0, 0x00}
	case cardcrypto.Visa18:
		return []byte{0x06, 0x01, 0x12, 0x03, 0xA0, 0xB0, 0x00}
	}
	return []byte{0x07, 0x01, 0x01, 0x03, 0xA0, 0xB0, 0x00, 0x01}
}

// product is tag 9F63: eight bytes of the card product and eight of the device that stands in for the card,
// zeros for a card of plastic (own profile).
func (c *Card) product() []byte {
	product := make([]byte, 16)
	copy(product, "\x01\x56\x00\x01")
	if c.Phone {
		copy(product[8:], "\x20\x01\x00\x00\x00\x00\x00\x01")
	}
	return product
}

// run plays the chip with the issuer's scripts (tags 71 and 72): for each the result of five bytes, where 2
// in the first half of the first says that all its commands were done (EMV 4.3 Book 4, annex A5). It returns
// nil when there is none.
func (c *Card) run(answer []byte) []byte {
	list, err := emv.Parse(answer)
	if err != nil {
		return nil
	}
	var results []byte
	for _, e := range list {
		if e.Tag != emv.IssuerScript1 && e.Tag != emv.IssuerScript2 {
			continue
		}
		var name [4]byte
		if inner, err := emv.Parse(e.Value); err == nil {
			inner.Copy(name[:], emv.ScriptIdentifier)
		}
		results = append(append(results, 0x20), name[:]...)
	}
	return results
}

// accepts plays the chip's end of the sale: whether the issuer's answer (tag 91: cryptogram of eight bytes,
// authorization response code; of Visa's version 18 four bytes and the card status update) is the issuer's. A chip that gets none has nothing to refuse.
func (c *Card) accepts(request emv.List, answer []byte) bool {
	list, err := emv.Parse(answer)
	if err != nil {
		return false
	}
	proof := list.Get(emv.IssuerAuthentication)
	if proof == nil {
		return true
	}
	var atc [2]byte
	var arqc [8]byte
	if !request.Copy(atc[:], emv.TransactionCounter) || !request.Copy(arqc[:], emv.Cryptogram) {
		return false
	}
	key, err := c.key()
	if err != nil {
		return false
	}
	if c.scheme() == cardcrypto.Visa18 { // by method 2: a MAC of four bytes and the status that it covers
		if len(proof) < 8 {
			return false
		}
		want, err := cardcrypto.ARPCStatus(cardcrypto.Visa18, key, atc, arqc, [4]byte(proof[4:8]), proof[8:])
		return err == nil && subtle.ConstantTimeCompare(want[:], proof[:4]) == 1
	}
	if len(proof) != 10 {
		return false
	}
	want, err := cardcrypto.ARPC(c.scheme(), key, atc, arqc, [2]byte(proof[8:]))
	return err == nil && subtle.ConstantTimeCompare(want[:], proof[:8]) == 1
}

// receipt adds to what was sent of a chip what only the paper shows.
func (c *Card) receipt(list emv.List) *emv.Receipt {
	r := list.Receipt()
	r.Label, r.CSN, r.TSI = c.Label, c.Sequence, "E800"
	return &r
}

// packed returns a number as packed digits of n bytes.
func packed(number int64, n int) []byte {
	out := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = bcd(int(number % 100))
		number /= 100
	}
	return out
}

func bcd(n int) byte { return byte(n/10<<4 | n%10) }
