package receipt

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// Service issues the host's receipts: built from the books when first shown, kept as shown from then on.
type Service struct {
	gate     step.Gate
	reader   step.Reader
	sealer   Sealer
	ids      *id.Maker
	chip     func(data []byte) *EMV
	acquirer string
	zone     *time.Location
	now      func() time.Time
}

// NewService returns a service. chip reads the lines of a chip out of ISO 8583 DE 55.
func NewService(gate step.Gate, reader step.Reader, sealer Sealer, ids *id.Maker, chip func([]byte) *EMV, acquirer string,
	zone *time.Location, now func() time.Time,
) *Service {
	return &Service{gate, reader, sealer, ids, chip, acquirer, zone, now}
}

// ErrNoReceipt is the refusal of a receipt for what was not approved.
var ErrNoReceipt = fault.New(fault.Conflict, "no_receipt", "there is a receipt for an approved transaction only")

// Has tells whether an operation has a receipt: its kind prints one, and it was approved.
func Has(o payment.Operation) bool {
	_, known := transactions[o.Kind]
	return known && o.ApprovedFen != 0
}

// Show returns a copy of an operation's receipt. Every showing is counted, and from the second on the
// copy is marked as a reprint with its number.
func (s *Service) Show(ctx context.Context, operation string, to Copy, lang Lang) (Document, error) {
	fresh, err := s.issue(ctx, operation)
	if err != nil {
		return Document{}, err
	}
	var row Issued
	err = s.gate.Do(ctx, step.Step{
		Name: "receipt.show", Class: step.Staff, Keys: []step.Key{IssuedKey(operation)},
		Run: func(v step.View) error {
			var found bool
			if row, found, err = step.Get[Issued](v, IssuedKey(operation)); err != nil {
				return err
			}
			if !found {
				row = fresh
			}
			row.Prints++
			v.Put(row)
			return nil
		},
	})
	if err != nil {
		return Document{}, err
	}
	var code CodeSlip
	if err := json.Unmarshal([]byte(row.Slip), &code); err != nil {
		return Document{}, fmt.Errorf("read the receipt of %s: %w", operation, err)
	}
	if code.Wallet != "" { // a card's slip has none
		code.Time = code.Time.In(s.zone)
		return code.Document(to, lang, int(row.Prints-1))
	}
	var slip CardSlip
	if err := json.Unmarshal([]byte(row.Slip), &slip); err != nil {
		return Document{}, fmt.Errorf("read the receipt of %s: %w", operation, err)
	}
	slip.Time = slip.Time.In(s.zone)
	// The signature may come after the receipt was first shown.
	if _, signed, err := step.Read[Signed](ctx, s.reader, SignedKey(operation)); err != nil {
		return Document{}, err
	} else if signed && slip.Consent == SignOnPaper {
		slip.Consent, slip.SignatureRef = SignOnScreen, operation
	}
	return slip.Document(to, lang, int(row.Prints-1))
}

// issue builds the receipt of an operation from the books.
func (s *Service) issue(ctx context.Context, operation string) (Issued, error) {
	op, found, err := step.Read[payment.Operation](ctx, s.reader, payment.OperationKey(operation))
	if err == nil && !found {
		err = payment.ErrNotFound
	}
	if err != nil {
		return Issued{}, err
	}
	if !Has(op) {
		return Issued{}, ErrNoReceipt
	}
	name := transactions[op.Kind]
	if op.Kind == payment.CompletionOp && op.Advice {
		name = CompletionAdvice
	}
	p, _, err := step.Read[payment.Payment](ctx, s.reader, payment.Key(op.Payment))
	if err != nil {
		return Issued{}, err
	}
	m, _, err := step.Read[merchant.Merchant](ctx, s.reader, merchant.Key(op.Merchant))
	if err != nil {
		return Issued{}, err
	}
	if p.ByCode() {
		return s.issueCode(ctx, op, p, m, name)
	}
	t, _, err := step.Read[terminal.Terminal](ctx, s.reader, terminal.Key(op.Terminal))
	if err != nil {
		return Issued{}, err
	}
	slip := CardSlip{
		MerchantName: m.Name, MerchantNumber: m.Number, TerminalNumber: t.Number, Operator: op.Cashier,
		Acquirer: s.acquirer, Issuer: p.IssuerName, CardNumber: p.Card.Masked, Entry: entries[p.EntryMode],
		Transaction: name, Batch: fmt.Sprintf("%06d", op.BatchNumber), Voucher: fmt.Sprintf("%06d", op.Trace),
		AuthCode: op.AuthCode, Reference: op.RRN, Time: op.CreatedAt.Time().In(s.zone),
		Amount: money.Yuan(op.ApprovedFen).String(), EMV: s.chip(op.ChipRequest),
		Consent: SignOnPaper,
	}
	if op.NoPIN && p.EntryMode == card.Tap && op.AmountFen <= payment.NoPINFloor {
		slip.Consent, slip.WaiverLimit = NotRequired, money.Yuan(payment.NoPINFloor).String()
	}
	slip.Phone = p.Form == card.Phone
	if op.Reason == payment.ReasonTip {
		slip.Transaction = Tip
		slip.Amount, slip.Tip = money.Yuan(p.Untipped()).String(), money.Yuan(op.ApprovedFen-p.Untipped()).String()
		slip.Total = money.Yuan(op.ApprovedFen).String()
	}
	if op.ApprovedFen < op.AmountFen {
		slip.Requested = money.Yuan(op.AmountFen).String()
	}
	if op.Kind == payment.SaleOp {
		slip.Code = p.ID // by which a till finds it again
	}
	if op.Original != "" {
		original, _, err := step.Read[payment.Operation](ctx, s.reader, payment.OperationKey(op.Original))
		if err != nil {
			return Issued{}, err
		}
		slip.Original = &Original{
			Voucher: fmt.Sprintf("%06d", original.Trace), AuthCode: original.AuthCode, Reference: original.RRN,
			Date: calendar.DateOf(original.CreatedAt.Time().In(s.zone)).MonthDay(),
		}
	}
	raw, err := json.Marshal(slip)
	return Issued{
		Operation: op.ID, Bucket: op.Bucket, Merchant: op.Merchant, Slip: string(raw), At: calendar.At(s.now()),
	}, err
}

// issueCode builds the receipt of an operation on a payment by code. One that came from no terminal has no lines of one.
func (s *Service) issueCode(ctx context.Context, op payment.Operation, p payment.Payment, m merchant.Merchant, name Transaction) (Issued, error) {
	code, _, err := step.Read[payment.Code](ctx, s.reader, payment.CodeKey(p.ID))
	if err != nil {
		return Issued{}, err
	}
	slip := CodeSlip{
		MerchantName: m.Name, MerchantNumber: m.Number, Operator: op.Cashier, Wallet: string(p.Instrument), Transaction: name,
		Order: p.ID, WalletNumber: code.Number, Payer: code.Payer, Reference: op.RRN, Time: op.CreatedAt.Time().In(s.zone),
		Amount: money.Yuan(op.ApprovedFen).String(),
	}
	if op.Terminal != "" {
		t, _, err := step.Read[terminal.Terminal](ctx, s.reader, terminal.Key(op.Terminal))
		if err != nil {
			return Issued{}, err
		}
		slip.TerminalNumber = t.Number
		slip.Batch, slip.Voucher = fmt.Sprintf("%06d", op.BatchNumber), fmt.Sprintf("%06d", op.Trace)
	}
	if op.Kind == payment.SaleOp {
		slip.Code = p.ID
		if code.PaidFen != 0 && code.PaidFen < op.ApprovedFen {
			slip.Coupon, slip.Paid = money.Yuan(op.ApprovedFen-code.PaidFen).String(), money.Yuan(code.PaidFen).String()
		}
		if p.CouponFen != 0 {
			slip.Settled = money.Yuan(op.ApprovedFen - p.CouponFen).String()
		}
	}
	if op.Original != "" {
		original, _, err := step.Read[payment.Operation](ctx, s.reader, payment.OperationKey(op.Original))
		if err != nil {
			return Issued{}, err
		}
		slip.Original = &Original{
			Reference: original.RRN, Date: calendar.DateOf(original.CreatedAt.Time().In(s.zone)).MonthDay(),
		}
		if original.Terminal != "" {
			slip.Original.Voucher = fmt.Sprintf("%06d", original.Trace)
		}
	}
	raw, err := json.Marshal(slip)
	return Issued{
		Operation: op.ID, Bucket: op.Bucket, Merchant: op.Merchant, Slip: string(raw), At: calendar.At(s.now()),
	}, err
}

var transactions = map[payment.Kind]Transaction{
	payment.SaleOp: Sale, payment.VoidOp: Void, payment.RefundOp: Refund, payment.PreauthOp: PreAuth, payment.AddOnOp: AddOn,
	payment.PreauthVoidOp: PreAuthVoid, payment.CompletionOp: Completion, payment.CompletionVoidOp: CompletionVoid,
	payment.OfflineOp: OfflineSale, payment.AdjustmentOp: Adjustment,
}

var entries = map[card.Entry]Entry{
	card.Swipe: EntrySwipe, card.Insert: EntryChip, card.Tap: EntryTap, card.Manual: EntryManual,
}
