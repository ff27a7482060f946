package payment

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// LinkTable is where links lie.
const LinkTable step.Table = "payment_link"

// LinkPrefix begins the ids of links.
const LinkPrefix = "lnk_"

// LinkState says whether a link takes payments.
type LinkState string

// The states of a link:
//
//	open ── paid for (with an amount) ──▶ paid
//	 │ ▲
//	 ▼ │ switched by the shop
//	off
//
// One with an amount expires by its time; that is no state.
const (
	LinkOpen LinkState = "open"
	LinkPaid LinkState = "paid"
	LinkOff  LinkState = "off"
)

// LinkStates lists every state of a link.
var LinkStates = []LinkState{LinkOpen, LinkPaid, LinkOff}

// StaticMaxFen is the most that is paid by a printed code at once: CNY 500.00, the least of what the rules on bar code
// payments (银发〔2017〕296号) let a payer pay by static codes in a day.
const StaticMaxFen = 500_00

// Link is a code of our own that leads any payer, with whichever wallet, to the page on which to pay: printed and
// standing in a shop, with the amount left to the payer; or shown for one amount. Of one with an amount, one payment counts:
// whatever comes beside it is given back.
type Link struct {
	ID       string
	Bucket   id.Bucket
	Merchant string
	Store    string
	Name     string // "till 1"
	// AmountFen is what is to be paid; zero leaves it to the payer, as often as one likes.
	AmountFen int64
	Text      string // what the payer reads
	Reference string // the caller's own number, of one with an amount
	Source    Source
	State     LinkState
	Latest    string           // the payment begun last, of one with an amount
	PaidBy    string           // the payment that counts
	ExpiresAt calendar.Instant // zero for never
	CreatedBy string
	CreatedAt calendar.Instant
	UpdatedAt calendar.Instant
}

// Key returns the row's key.
func (l Link) Key() step.Key { return LinkKey(l.ID) }

// LinkKey names a link.
func LinkKey(link string) step.Key {
	return step.Key{Table: LinkTable, Bucket: id.MustBucket(link), ID: link}
}

// Static tells whether the payer says the amount.
func (l Link) Static() bool { return l.AmountFen == 0 }

// Refusals.
var (
	ErrLink        = fault.New(fault.NotFound, "link_not_found", "this code is not known: ask in the shop for another one")
	ErrLinkOff     = fault.New(fault.Conflict, "link_off", "this code takes no payments any more: ask in the shop for another one")
	ErrLinkPaid    = fault.New(fault.Conflict, "link_paid", "this was paid already")
	ErrLinkExpired = fault.New(fault.Conflict, "link_expired", "this code has expired: ask in the shop for a new one")
	ErrLinkAmount  = fault.New(fault.Invalid, "link_amount", "the amount is not that of the code")
	ErrStaticMax   = fault.New(fault.Limited, "static_code_limit", "a printed code takes CNY 500.00 at most: let the shop show a code for the amount")
	ErrUnbegun     = fault.New(fault.Conflict, "collection_unpaid", "the number is that of a code for all wallets with which nobody has begun to pay: show it, or ask again")
	ErrLinkName    = fault.New(fault.Invalid, "link_name", "give the code a name of 1 to 30 characters, such as the till at which it stands")
)

// LinkRequest asks for a link.
type LinkRequest struct {
	Merchant  string
	Store     string
	Name      string // of a static one
	Amount    money.Amount
	Text      string
	Reference string
	Source    Source
	Life      time.Duration // of one with an amount; zero is the setting's
	By        string
}

// MakeLink makes a link.
func (s *Service) MakeLink(ctx context.Context, r LinkRequest) (Link, error) {
	if _, err := id.BucketOf(r.Merchant); err != nil {
		return Link{}, merchant.ErrNotFound
	}
	now := s.now()
	l := Link{
		Bucket: id.MustBucket(r.Merchant), Merchant: r.Merchant, Store: r.Store, Name: r.Name, AmountFen: r.Amount.Fen, Text: r.Text,
		Reference: r.Reference, Source: r.Source, State: LinkOpen, CreatedBy: r.By, CreatedAt: now, UpdatedAt: now,
	}
	if l.Static() {
		if n := len([]rune(l.Name)); n < 1 || n > 30 {
			return Link{}, ErrLinkName
		}
		l.Source = FromStand
	} else {
		if err := checkAmount(r.Amount); err != nil {
			return Link{}, err
		}
		if r.Life == 0 {
			r.Life = s.Settings.CodeLife
		}
		if r.Life < CodeLifeMin || r.Life > CodeLifeMax {
			return Link{}, ErrExpires
		}
		l.ExpiresAt = now.Add(r.Life)
	}
	l.ID = s.IDs.New(LinkPrefix, l.Bucket)
	trail := s.IDs.New("aud_", l.Bucket)
	var mine Reference
	if l.Reference != "" {
		if !referenceForm.MatchString(l.Reference) {
			return Link{}, ErrReference
		}
		digest := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", l.Store, l.AmountFen, l.Text))
		mine = Reference{Bucket: l.Bucket, Merchant: l.Merchant, Name: l.Reference, Digest: digest[:], Operation: l.ID, At: now}
	}
	shopKey := merchant.Store{ID: l.Store, Bucket: l.Bucket}.Key()
	keys := []step.Key{merchant.Key(l.Merchant)}
	if l.Store != "" {
		keys = append(keys, shopKey)
	}
	if mine.Name != "" {
		keys = append(keys, mine.Key())
	}
	made := l
	err := s.Gate.Do(ctx, step.Step{
		Name: "link.make", Class: step.Sale, Keys: keys,
		Run: func(v step.View) error {
			m, err := step.Must[merchant.Merchant](v, merchant.Key(l.Merchant), merchant.ErrNotFound)
			if err == nil && m.State != merchant.Active {
				err = merchant.ErrSuspended
			}
			if err != nil {
				return err
			}
			if l.Store != "" {
				shop, err := step.Must[merchant.Store](v, shopKey, merchant.ErrStore)
				switch {
				case err != nil:
					return err
				case shop.Merchant != l.Merchant:
					return merchant.ErrStore
				case shop.Closed:
					return merchant.ErrStoreGone
				}
			}
			if mine.Name != "" {
				before, found, err := step.Get[Reference](v, mine.Key())
				switch {
				case err != nil:
					return err
				case found && !bytes.Equal(before.Digest, mine.Digest):
					return ErrReferenceUsed
				case found:
					made, err = step.Must[Link](v, LinkKey(before.Operation), ErrLink)
					return err
				}
				v.Put(mine)
			}
			made = l
			v.Put(l)
			if l.Static() {
				v.Put(audit.Record{
					ID: trail, Bucket: l.Bucket, Merchant: l.Merchant, At: now, Actor: r.By, Action: "link.made", Subject: l.ID, Detail: l.Name,
				})
			}
			return nil
		},
	})
	return made, err
}

// SwitchLink lets a link take payments, or no more.
func (s *Service) SwitchLink(ctx context.Context, link string, on bool, by string) (changed Link, err error) {
	now := s.now()
	trail := s.IDs.New("aud_", LinkKey(link).Bucket)
	err = s.Gate.Do(ctx, step.Step{
		Name: "link.switch", Class: step.Staff, Keys: []step.Key{LinkKey(link)},
		Run: func(v step.View) error {
			l, err := step.Must[Link](v, LinkKey(link), ErrLink)
			if err != nil {
				return err
			}
			to, what := LinkOff, "link.off"
			if on {
				to, what = LinkOpen, "link.on"
			}
			switch {
			case l.State == LinkPaid:
				return ErrLinkPaid
			case l.State != to:
				l.State, l.UpdatedAt = to, now
				v.Put(l)
				v.Put(audit.Record{
					ID: trail, Bucket: l.Bucket, Merchant: l.Merchant, At: now, Actor: by, Action: what, Subject: l.ID, Detail: l.Name,
				})
			}
			changed = l
			return nil
		},
	})
	return changed, err
}

// LinkOf returns a link.
func (s *Service) LinkOf(ctx context.Context, link string) (Link, error) {
	if _, err := id.BucketOf(link); err != nil {
		return Link{}, ErrLink
	}
	l, found, err := step.Read[Link](ctx, s.Store, LinkKey(link))
	if err == nil && !found {
		err = ErrLink
	}
	return l, err
}

// paymentOf returns the payment by a link with an amount: the one that counts, else the one that was begun last. Nobody having begun
// is [ErrUnbegun].
func (s *Service) paymentOf(ctx context.Context, link string) (Result, error) {
	l, err := s.LinkOf(ctx, link)
	if err != nil {
		return Result{}, err
	}
	payment := cmp.Or(l.PaidBy, l.Latest)
	if payment == "" {
		return Result{}, ErrUnbegun
	}
	p, _, err := s.ByCode(ctx, payment)
	if err != nil {
		return Result{}, err
	}
	return s.recorded(ctx, p.Sale)
}

// open tells whether a link takes payments now.
func (l Link) open(now calendar.Instant) error {
	switch {
	case l.State == LinkPaid:
		return ErrLinkPaid
	case l.State == LinkOff:
		return ErrLinkOff
	case l.ExpiresAt != 0 && now >= l.ExpiresAt:
		return ErrLinkExpired
	}
	return nil
}

// LinkPayment asks for a payment by a link.
type LinkPayment struct {
	Link   string
	Wallet wallet.Name
	Amount money.Amount
	// Key is a number that the payer's page made up for this intent; the same again is the same payment.
	Key string
	// Visit is the code that tells who came, of a page in the wallet's own browser; "" where there is none.
	Visit string
	IP    string
}

var linkKeyForm = regexp.MustCompile(`^[0-9A-Za-z]{8,24}$`)

// PayLink begins a payment by a link, or returns the one that is under way. A payer who comes back with another wallet begins
// another one; the first is taken back.
func (s *Service) PayLink(ctx context.Context, r LinkPayment) (Result, error) {
	l, err := s.LinkOf(ctx, r.Link)
	if err != nil {
		return Result{}, err
	}
	now := s.now()
	switch err := l.open(now); {
	case err != nil:
		return Result{}, err
	case !linkKeyForm.MatchString(r.Key):
		return Result{}, ErrReference
	case l.Static() && r.Amount.Fen > s.staticMax():
		return Result{}, ErrStaticMax
	case !l.Static() && r.Amount.Fen != l.AmountFen:
		return Result{}, ErrLinkAmount
	}
	reference, visitor := l.ID+"."+r.Key, ""
	if r.Visit != "" {
		if visitor, err = s.greet(ctx, l.Merchant, reference, r); err != nil {
			return Result{}, err
		}
	}
	life := s.Settings.CodeLife
	if !l.Static() {
		life = max(CodeLifeMin, min(life, time.Duration(l.ExpiresAt-now)*time.Microsecond))
		if going, same, err := s.latest(ctx, l, r.Wallet, visitor); err != nil || same {
			return going, err
		}
	}
	m, found, err := step.Read[merchant.Merchant](ctx, s.Store, merchant.Key(l.Merchant))
	if err == nil && !found {
		err = merchant.ErrNotFound
	}
	if err != nil {
		return Result{}, err
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", l.ID, r.Wallet, r.Amount.Fen))
	return s.Show(ctx, CodeRequest{
		Origin: Origin{Merchant: m, Store: l.Store, Reference: reference, Digest: digest[:], By: "payer"},
		Amount: r.Amount, Wallet: r.Wallet, Source: l.Source, Link: l.ID, Reference: l.Reference, Visitor: visitor, Text: l.Text, Device: l.Name, IP: r.IP, Life: life,
	})
}

// Visit returns where a link's page in a wallet's own browser goes first, to come back with a code that tells who visits; ""
// where it needs not.
func (s *Service) Visit(ctx context.Context, l Link, name wallet.Name, back string) (string, error) {
	if s.Greeters[name] == nil {
		return "", nil
	}
	return s.Greeters[name].Visit(ctx, wallet.AccountOf(name, l.Merchant), back)
}

// greet returns who came to pay by a link. The code that tells is good once: for a payment that is recorded it is not spent
// again.
func (s *Service) greet(ctx context.Context, merchantID, reference string, r LinkPayment) (string, error) {
	recorded, err := s.Referenced(ctx, merchantID, reference)
	switch {
	case err == nil:
		return recorded.Code.Visitor, nil
	case !errors.Is(err, ErrNotFound):
		return "", err
	case s.Greeters[r.Wallet] == nil:
		return "", wallet.ErrVisitor
	}
	return s.Greeters[r.Wallet].Visitor(ctx, wallet.AccountOf(r.Wallet, merchantID), r.Visit)
}

// latest returns the payment by a link that is under way with the same wallet, for anybody or for the same visitor; another is
// taken back.
func (s *Service) latest(ctx context.Context, l Link, name wallet.Name, visitor string) (r Result, same bool, err error) {
	if l.Latest == "" {
		return r, false, nil
	}
	p, code, err := s.ByCode(ctx, l.Latest)
	if err != nil || p.State != Pending && p.State != Waiting {
		return r, false, err
	}
	op, _, err := step.Read[Operation](ctx, s.Store, OperationKey(p.Sale))
	if err != nil || op.State != OpPending {
		return r, false, err
	}
	if p.Instrument == Instrument(name) && code.Visitor == visitor && code.ExpiresAt > s.now() {
		return Result{Operation: op, Payment: p, Code: code, Repeated: true}, true, nil
	}
	_, err = s.withdrawCode(ctx, p, "payer", ReasonChanged)
	if errors.Is(err, ErrPaid) {
		err = ErrLinkPaid
	}
	return r, false, err
}

func (s *Service) staticMax() int64 {
	if s.Settings.StaticMaxFen > 0 {
		return min(s.Settings.StaticMaxFen, StaticMaxFen)
	}
	return StaticMaxFen
}

// admitLink holds a payment against the link that it came by, which remembers it.
func (a *act) admitLink(code Code) error {
	if code.Link == "" {
		return nil
	}
	l, err := step.Must[Link](a.v, LinkKey(code.Link), ErrLink)
	if err == nil {
		err = l.open(a.now)
	}
	if err != nil || l.Static() {
		return err
	}
	l.Latest, l.UpdatedAt = a.pay.ID, a.now
	a.v.Put(l)
	return nil
}

// ReasonDouble is the reason of a refund that gives back what was paid beside the payment that counts.
const ReasonDouble = "double"

// countsFor notes on the payment's link that it is paid for, and tells whether this payment is the one that counts.
func (a *codeAct) countsFor() (bool, error) {
	if a.code.Link == "" {
		return true, nil
	}
	l, err := step.Must[Link](a.v, LinkKey(a.code.Link), ErrLink)
	switch {
	case err != nil:
		return false, err
	case l.Static() || l.PaidBy == a.pay.ID:
		return true, nil
	case l.PaidBy != "":
		return false, nil
	}
	l.PaidBy, l.State, l.UpdatedAt = a.pay.ID, LinkPaid, a.now
	a.v.Put(l)
	return true, nil
}
