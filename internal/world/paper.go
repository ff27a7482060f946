package world

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/money"
	"github.com/yifen-pay/yifen/internal/domain/receipt"
	"github.com/yifen-pay/yifen/internal/sim/pos"
)

// Document is a receipt, for those who handle papers without knowing what they are made of.
type Document = receipt.Document

// nameless is printed where neither the host nor the terminal's configuration names the merchant.
const nameless = "(商户名称未下载 NAME NOT LOADED)"

// unnamed is printed where the host did not say which wallet a payment by code is about.
const unnamed = "(未告知 NOT TOLD)"

// Paper returns one copy of a terminal's slip. Copy is "merchant", "bank" or "cardholder", lang "zh" or
// "en"; reprint counts from 1, 0 is the first print.
func Paper(slip pos.Slip, to, lang string, reprint int) (receipt.Document, error) {
	if slip.Entry == pos.Scan {
		return codePaper(slip, to, lang, reprint)
	}
	s := receipt.CardSlip{
		MerchantName: cmp.Or(slip.MerchantName, nameless), MerchantNumber: slip.Merchant, TerminalNumber: slip.Terminal,
		Operator: slip.Operator, Acquirer: slip.Acquirer, Issuer: slip.Issuer, CardNumber: slip.Card,
		Entry: entries[slip.Entry], Transaction: receipt.Transaction(slip.Kind), Batch: slip.Batch, Voucher: slip.Trace,
		AuthCode: slip.AuthCode, Reference: slip.RRN, Time: slip.Time, Amount: yuan(slip.Amount),
		IssuerText: slip.IssuerText, NetworkText: slip.NetworkText, AcquirerText: slip.AcquirerText,
		Consent: receipt.SignOnPaper,
	}
	s.Phone, s.Training = slip.Phone, slip.Training
	switch {
	case slip.Waived:
		s.Consent, s.WaiverLimit = receipt.NotRequired, strconv.FormatInt(cmp.Or(slip.WaiverLimit, pos.WaiverLimit)/100, 10)
	case slip.Signed:
		s.Consent, s.SignatureRef = receipt.SignOnScreen, slip.Trace // drawn where somebody has the picture
	}
	if slip.Requested != 0 && slip.Requested != slip.Amount {
		s.Requested = yuan(slip.Requested)
	}
	if slip.Tip != 0 {
		s.Amount, s.Tip, s.Total = yuan(slip.Amount-slip.Tip), yuan(slip.Tip), yuan(slip.Amount)
	}
	if o := slip.Original; o != nil {
		s.Original = &receipt.Original{Voucher: o.Trace, AuthCode: o.AuthCode, Reference: o.RRN, Date: o.Date}
	}
	if c := slip.Chip; c != nil {
		s.EMV = &receipt.EMV{
			Label: c.Label, AID: c.AID, Cryptogram: c.Cryptogram, Offline: c.CryptogramKind == "TC", TVR: c.TVR, TSI: c.TSI,
			ATC: c.ATC, Unpredicted: c.Unpredictable, AIP: c.AIP, CVMR: c.CVMR, IAD: c.IAD, Capabilities: c.Capabilities,
			CardSequence: c.CSN,
		}
	}
	return s.Document(receipt.Copy(to), receipt.Lang(lang), reprint)
}

// codePaper is the paper of what was paid by a wallet's code.
func codePaper(slip pos.Slip, to, lang string, reprint int) (receipt.Document, error) {
	s := receipt.CodeSlip{
		MerchantName: cmp.Or(slip.MerchantName, nameless), MerchantNumber: slip.Merchant, TerminalNumber: slip.Terminal,
		Operator: slip.Operator, Wallet: cmp.Or(walletKeys[slip.Wallet], slip.Wallet, unnamed), Transaction: receipt.Transaction(slip.Kind), Batch: slip.Batch, Voucher: slip.Trace,
		Reference: slip.RRN, Order: slip.Order, WalletNumber: slip.WalletNumber, Time: slip.Time, Amount: yuan(slip.Amount),
		Training: slip.Training,
	}
	if slip.Paid != 0 {
		s.Coupon, s.Paid = yuan(slip.Amount-slip.Paid), yuan(slip.Paid)
	}
	if slip.Settled != 0 {
		s.Settled = yuan(slip.Settled)
	}
	if o := slip.Original; o != nil {
		s.Original = &receipt.Original{Voucher: o.Trace, Reference: o.RRN, Date: o.Date}
	}
	return s.Document(receipt.Copy(to), receipt.Lang(lang), reprint)
}

// walletKeys name wallets by what the host calls them to a terminal.
var walletKeys = map[string]string{"微信支付": "wechat", "支付宝": "alipay", "云闪付": "unionpay"}

// BatchPaper returns the slip of a batch close; lang and reprint are as in [Paper].
func BatchPaper(slip pos.BatchSlip, lang string, reprint int) (receipt.Document, error) {
	half := func(t pos.Half) receipt.BatchTotals {
		return receipt.BatchTotals{
			DebitCount: t.Debit.Count, DebitAmount: yuan(t.Debit.Amount),
			CreditCount: t.Credit.Count, CreditAmount: yuan(t.Credit.Amount), Result: receipt.BatchResult(t.Result.String()),
		}
	}
	s := receipt.BatchSlip{
		MerchantName: cmp.Or(slip.MerchantName, nameless), MerchantNumber: slip.Merchant, TerminalNumber: slip.Terminal,
		Operator: slip.Operator, Batch: slip.Batch, Time: slip.Time, Domestic: half(slip.Totals.Domestic),
	}
	if slip.Totals.Foreign != nil {
		foreign := half(*slip.Totals.Foreign)
		s.Foreign = &foreign
	}
	for _, k := range slip.Kinds {
		s.Kinds = append(s.Kinds, receipt.BatchKind{
			Transaction: receipt.Transaction(k.Kind), Count: k.Count, Amount: yuan(k.Amount),
		})
	}
	return s.Document(receipt.Lang(lang), reprint)
}

var entries = map[pos.Entry]receipt.Entry{
	pos.Swipe: receipt.EntrySwipe, pos.Insert: receipt.EntryChip, pos.Tap: receipt.EntryTap, pos.Manual: receipt.EntryManual,
}

func yuan(fen int64) string { return money.Yuan(fen).String() }

// SavePaper writes a document to a file as "txt", "png", "pdf" or "escpos". The file is readable by its owner
// only: a slip names a customer's purchase.
func SavePaper(doc receipt.Document, format, path string) error {
	content, _, err := app.Draw(doc, format)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return fmt.Errorf("write the receipt: %w", err)
	}
	return nil
}

// printTime is how long a printer may take to accept a receipt.
const printTime = 10 * time.Second

// PrintPaper sends a document to a receipt printer that listens for raw ESC/POS, usually on port 9100.
func PrintPaper(ctx context.Context, doc receipt.Document, address string) error {
	content, _, err := app.Draw(doc, "escpos")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, printTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("reach the receipt printer: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(printTime)); err != nil {
		return fmt.Errorf("print the receipt: %w", err)
	}
	if _, err := conn.Write(content); err != nil {
		return fmt.Errorf("print the receipt: %w", err)
	}
	return nil
}
