package payment

import (
	"hash/fnv"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// CodeTable is where lies what payments by code have beside their amounts.
const CodeTable step.Table = "payment_code"

// Source is where a payment by code was asked for.
type Source string

// The sources.
const (
	FromTerminal Source = "terminal" // ISO 8583 field 59
	FromPortal   Source = "portal"   // the collecting page
	FromAPI      Source = "api"      // an integrator's program
	FromStand    Source = "stand"    // the payer scanned a shop's printed code
)

// Sources lists every source.
var Sources = []Source{FromTerminal, FromPortal, FromAPI, FromStand}

// Code is what a payment by code has beside its amounts. It holds no code that a payer showed.
type Code struct {
	Payment   string
	Bucket    id.Bucket
	Merchant  string
	Account   string // with the wallet
	Presented wallet.Presented
	Source    Source
	Link      string // of a payment that a payer began
	Reference string // the caller's own number
	Text      string // what the payer reads
	Device    string
	IP        string // of the device
	// Content is what the shown code holds; "" until the wallet made it.
	Content   string
	ExpiresAt calendar.Instant // until when it may be paid
	// Number is the wallet's own number of the order.
	Number  string
	PaidFen int64  // what the payer gave
	Payer   string // masked
	// Visitor is for whom an order on a page in the wallet's own browser was made, as the wallet knows the payer; "" for anybody.
	Visitor string
	Bank    string // where the payer's money came from
	PaidAt  calendar.Instant
	// Late tells that it was paid after it had been ended here.
	Late bool
	// Mismatch tells that the wallet spoke of another amount than was asked for; such words count for nothing.
	Mismatch  int64
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (c Code) Key() step.Key { return CodeKey(c.Payment) }

// CodeKey names the code of a payment.
func CodeKey(payment string) step.Key {
	return step.Key{Table: CodeTable, Bucket: id.MustBucket(payment), ID: payment}
}

// The schedule by which a wallet is asked about an order, counted from the order's beginning.
var (
	// A payer who types a password: after 5 s, then every 3 s.
	chargeFirst, chargeEvery = 5 * time.Second, 3 * time.Second
	// chargeEnds is when a charge that was not answered is withdrawn.
	chargeEnds = 45 * time.Second
	// A code that is shown: notifications come by themselves, so that asking is for those that were lost.
	shownAt    = []time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute, 20 * time.Minute}
	shownEvery = 20 * time.Minute
	// A request that was ordered and not seen for so long will not arrive any more: payment codes live about a minute.
	arrivesWithin = 2 * time.Minute
)

// CodeLife are the bounds of a shown code's life, and what it is without being asked for.
const (
	CodeLifeMin = time.Minute
	CodeLifeMax = 2 * time.Hour
	CodeLife    = 15 * time.Minute
)

// ends is when the order is withdrawn if it was not paid.
func (c Code) ends(began calendar.Instant) calendar.Instant {
	if c.Presented == wallet.Scanned {
		return began.Add(chargeEnds)
	}
	return c.ExpiresAt
}

// next is when the wallet is asked again about an order that began at began, if nothing is heard before now: at the
// schedule's next point, up to half as late again by the id, so that codes that were made together are not asked about together, and
// at the order's end at the latest.
func (c Code) next(began, now calendar.Instant) calendar.Instant {
	age := time.Duration(now-began) * time.Microsecond
	var at time.Duration
	if c.Presented == wallet.Scanned {
		for at = chargeFirst; at <= age; at += chargeEvery {
		}
	} else {
		for _, at = range shownAt {
			if at > age {
				break
			}
		}
		for at <= age {
			at += shownEvery
		}
		at += at / 2 * time.Duration(c.spread()) / 256
	}
	return max(now+1, min(began.Add(at), c.ends(began)))
}

// spread is a number from 0 to 255 that an id has by chance, so that codes that were made in one moment are not asked about in one.
func (c Code) spread() byte {
	h := fnv.New32a()
	h.Write([]byte(c.Payment))
	return byte(h.Sum32() >> 8)
}

// withdraws tells whether what was paid by the code can be given back whole by ending the order at the wallet; else it is
// a refund. WeChat Pay reverses what it charged by a payer's code within 7 days; Alipay cancels within 24 hours; UnionPay cancels what it
// charged by a payer's code on the same day.
func (c Code) withdraws(p Payment, now calendar.Instant, zone *time.Location) bool {
	switch p.Instrument {
	case Alipay:
		return now < p.CreatedAt.Add(24*time.Hour-10*time.Minute)
	case WeChat:
		return c.Presented == wallet.Scanned && now < p.CreatedAt.Add(7*24*time.Hour-10*time.Minute)
	case UnionPay:
		return c.Presented == wallet.Scanned && calendar.DateOf(now.Time().In(zone)) == calendar.DateOf(p.CreatedAt.Time().In(zone))
	}
	return false
}
