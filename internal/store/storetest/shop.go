package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fee"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/product"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/store"
)

// PAN is the debit card of the demo.
const PAN = "6216261000000000018"

// Loopback is a rail that says yes on the spot. It measures what the store costs, without a network.
type Loopback struct{ Answer payment.Answer }

// Send implements payment.Rail.
func (l Loopback) Send(context.Context, payment.Request) payment.Answer { return l.Answer }

// Script is a rail that answers as a function says.
type Script func(payment.Request) payment.Answer

// Send implements payment.Rail.
func (s Script) Send(_ context.Context, r payment.Request) payment.Answer { return s(r) }

// glassVault keeps numbers in the open: a store under test needs no secrets.
type glassVault struct{}

func (glassVault) Seal(p card.PAN) (card.Sealed, error) {
	sum := sha256.Sum256([]byte(p.Reveal()))
	return card.Sealed{Masked: p.Masked(), Index: hex.EncodeToString(sum[:16]), Cipher: []byte(p.Reveal())}, nil
}

func (glassVault) Open(s card.Sealed) (card.PAN, error) { return card.ParsePAN(string(s.Cipher)) }

// Shop is merchants with one signed-in terminal each, and a service that takes their payments.
type Shop struct {
	Service   *payment.Service
	Terminal  *terminal.Service
	IDs       *id.Maker
	Merchants []merchant.Merchant
	Terminals []terminal.Terminal
	traces    []atomic.Int64
	ahead     atomic.Int64 // nanoseconds
}

// Now is the shop's time.
func (s *Shop) Now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// Advance moves the shop's time.
func (s *Shop) Advance(d time.Duration) { s.ahead.Add(int64(d)) }

// Day is the business date of a shop.
const Day calendar.Date = 20261122

// NewShop furnishes n merchants in s and opens the day.
func NewShop(ctx context.Context, s *store.Store, n int, rail payment.Rail) (*Shop, error) {
	shop := &Shop{traces: make([]atomic.Int64, n)}
	shop.IDs = id.NewMaker(shop.Now, rand.Reader)
	shop.Service = payment.NewService(payment.Config{
		Gate: s, Store: s, Vault: glassVault{}, IDs: shop.IDs, Now: shop.Now,
		Rails: map[string]payment.Rail{payment.CardNet: rail}, Settings: payment.Settings{OneByOne: true, PreauthCategories: []string{""}},
	})
	shop.Terminal = terminal.NewService(s, s, nil, shop.IDs, shop.Now) // nobody signs in, so no keys are made
	if err := shop.Service.OpenDay(ctx, Day); err != nil {
		return nil, err
	}
	costs := fee.Schedule{Owner: "rail:" + payment.CardNet, Version: 1, Rules: []fee.Rule{{Instrument: "card", Kind: "*", Rate: 3800}}}
	if err := put(ctx, s, costs); err != nil {
		return nil, err
	}
	for i := range n {
		m := merchant.Merchant{
			ID: shop.IDs.NewRoot(merchant.Prefix), Number: fmt.Sprintf("8982900%08d", i), Name: "测试商户",
			NameEN: "Test shop", Category: "5411", State: merchant.Active,
		}
		m.Bucket = id.MustBucket(m.ID)
		t := terminal.Terminal{
			ID: shop.IDs.New(terminal.Prefix, m.Bucket), Bucket: m.Bucket, Merchant: m.ID, Number: fmt.Sprintf("%08d", i),
			Profile: "cup", State: terminal.Active, Keys: terminal.Keys{Algorithm: "3des"}, KeyVersion: 1, SignedIn: true,
			BatchSequence: 1, BatchNumber: 1,
		}
		b := terminal.Batch{Terminal: t.ID, Bucket: m.Bucket, Merchant: m.ID, Sequence: 1, Number: 1, State: terminal.Open}
		f := fee.Schedule{Owner: m.ID, Bucket: m.Bucket, Version: 1, Rules: []fee.Rule{
			{Instrument: "card", Kind: "debit", Rate: 5500, Cap: 2000}, {Instrument: "card", Kind: "*", Rate: 6000},
		}}
		if err := put(ctx, s, m, t, b, f); err != nil {
			return nil, err
		}
		shop.Merchants, shop.Terminals = append(shop.Merchants, m), append(shop.Terminals, t)
	}
	return shop, nil
}

// TakeCodes opens payments by code at every merchant, at 0.38 %, with an account at each wallet.
func (s *Shop) TakeCodes(ctx context.Context, records *store.Store, rails map[wallet.Name]payment.Wallet) error {
	s.Service.Wallets = rails
	for _, m := range s.Merchants {
		prices, _, err := step.Read[fee.Schedule](ctx, records, fee.MerchantKey(m.ID))
		if err != nil {
			return err
		}
		for _, w := range wallet.Names {
			rule := fee.Rule{Instrument: string(w), Kind: "*", Rate: 3800}
			prices.Rules = append(prices.Rules, rule)
			opened := product.Service{Merchant: m.ID, Bucket: m.Bucket, Kind: product.Kind(w), State: product.Open, Rules: []fee.Rule{rule}}
			account := wallet.Account{
				ID: wallet.AccountOf(w, m.ID), Bucket: m.Bucket, Merchant: m.ID, Wallet: w, Mode: wallet.Direct, State: wallet.Ready, Version: 1,
				TestedAt: 1, Findings: []wallet.Finding{{What: "answer", OK: true}},
			}
			if err := put(ctx, records, opened, account); err != nil {
				return err
			}
		}
		if err := replace(ctx, records, prices); err != nil {
			return err
		}
	}
	return nil
}

func put(ctx context.Context, s *store.Store, rows ...step.Row) error {
	keys := make([]step.Key, len(rows))
	for i, r := range rows {
		keys[i] = r.Key()
	}
	return s.Do(ctx, step.Step{Name: "shop.furnish", Class: step.Staff, Keys: keys, Run: func(v step.View) error {
		for i, r := range rows {
			old, err := v.Get(keys[i])
			if err != nil {
				return err
			}
			if old == nil {
				v.Put(r)
			}
		}
		return nil
	}})
}

// replace writes a row in place of what is there.
func replace(ctx context.Context, s *store.Store, row step.Row) error {
	return s.Do(ctx, step.Step{Name: "shop.change", Class: step.Staff, Keys: []step.Key{row.Key()}, Run: func(v step.View) error {
		v.Put(row)
		return nil
	}})
}

// Origin returns where the next request of a merchant's terminal comes from.
func (s *Shop) Origin(i int) payment.Origin {
	trace := int(s.traces[i].Add(1))
	return payment.Origin{
		Terminal: s.Terminals[i], Merchant: s.Merchants[i], BatchNumber: s.Terminals[i].BatchNumber, Trace: trace, Cashier: "01",
		Digest: fmt.Appendf(nil, "%s/%d", s.Terminals[i].Number, trace),
	}
}

// SaleRequest asks for a sale of an amount in fen at merchant i.
func (s *Shop) SaleRequest(i int, fen int64) (payment.SaleRequest, error) {
	pan, err := card.ParsePAN(PAN)
	return payment.SaleRequest{
		Origin: s.Origin(i), Amount: money.Yuan(fen), BIN: card.BIN{Kind: card.Debit, Organization: "CUP", Issuer: "01020000"},
		Card: card.Presentation{PAN: pan, EntryMode: "051"},
	}, err
}

// Sale takes a sale of an amount in fen at merchant i.
func (s *Shop) Sale(ctx context.Context, i int, fen int64) (payment.Result, error) {
	r, err := s.SaleRequest(i, fen)
	if err != nil {
		return payment.Result{}, err
	}
	return s.Service.Sale(ctx, r)
}

// Void takes back a sale of merchant i.
func (s *Shop) Void(ctx context.Context, i int, sale payment.Operation) (payment.Result, error) {
	return s.Service.Void(ctx, payment.VoidRequest{
		Origin: s.Origin(i), Amount: money.Yuan(sale.AmountFen), OriginalBatch: sale.BatchNumber, OriginalTrace: sale.Trace,
		OriginalRRN: sale.RRN,
	})
}

// Preauthorize has the issuer hold an amount in fen for merchant i.
func (s *Shop) Preauthorize(ctx context.Context, i int, fen int64) (payment.Result, error) {
	r, err := s.SaleRequest(i, fen)
	if err != nil {
		return payment.Result{}, err
	}
	return s.Service.Preauthorize(ctx, r)
}

// OnAuthorization asks for an act of fen on an authorization of merchant i.
func (s *Shop) OnAuthorization(i int, auth payment.Operation, fen int64) payment.AuthorizationRequest {
	pan, err := card.ParsePAN(PAN)
	if err != nil {
		panic(err)
	}
	return payment.AuthorizationRequest{
		Origin: s.Origin(i), Card: card.Presentation{PAN: pan, EntryMode: "051"}, Amount: money.Yuan(fen), AuthCode: auth.AuthCode,
	}
}

// VoidCompletion takes back a completion of merchant i.
func (s *Shop) VoidCompletion(ctx context.Context, i int, completion payment.Operation) (payment.Result, error) {
	return s.Service.VoidCompletion(ctx, payment.VoidRequest{
		Origin: s.Origin(i), Amount: money.Yuan(completion.AmountFen), OriginalBatch: completion.BatchNumber,
		OriginalTrace: completion.Trace, OriginalRRN: completion.RRN,
	})
}

// Tip raises a sale of merchant i to a new total in fen.
func (s *Shop) Tip(ctx context.Context, i int, sale payment.Operation, fen int64) (payment.Result, error) {
	return s.Service.Adjust(ctx, payment.AdjustRequest{Tip: true, VoidRequest: payment.VoidRequest{
		Origin: s.Origin(i), Amount: money.Yuan(fen), OriginalBatch: sale.BatchNumber, OriginalTrace: sale.Trace, OriginalRRN: sale.RRN,
	}})
}

// Refund gives back fen of a sale of merchant i.
func (s *Shop) Refund(ctx context.Context, i int, sale payment.Operation, fen int64) (payment.Result, error) {
	return s.Service.Refund(ctx, payment.RefundRequest{Origin: s.Origin(i), Amount: money.Yuan(fen), OriginalRRN: sale.RRN})
}

// Reverse is what the terminal of merchant i sends when it never got the answer to op.
func (s *Shop) Reverse(ctx context.Context, i int, op payment.Operation) (payment.Result, error) {
	origin := s.Origin(i)
	origin.Trace, origin.Digest = op.Trace, fmt.Appendf(nil, "reversal of %d", op.Trace)
	return s.Service.Reverse(ctx, payment.ReverseRequest{Origin: origin, Amount: money.Yuan(op.AmountFen), Reason: "98"})
}

// Close closes the batch of merchant i with the figures of the books, and works on in the next.
func (s *Shop) Close(ctx context.Context, records *store.Store, i int) (terminal.Batch, error) {
	t := s.Terminals[i]
	b, _, err := step.Read[terminal.Batch](ctx, records, terminal.BatchKey(t.ID, t.BatchSequence))
	if err != nil {
		return b, err
	}
	b, err = s.Terminal.Close(ctx, terminal.Claim{Terminal: t, BatchNumber: b.Number, Domestic: b.Domestic, Foreign: b.Foreign}, Day)
	if err != nil {
		return b, err
	}
	s.Terminals[i], _, err = step.Read[terminal.Terminal](ctx, records, t.Key())
	return b, err
}
