package store

import (
	"fmt"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/payment"
)

// FurtherSQL and Unusual are held against what the domain says of kinds and states.
var (
	FurtherSQL = furtherSQL
	Unusual    = unusual
)

// linkOwner is a merchant whose printed links are listed.
const linkOwner = "mch_07" + "01KAMXYZ0000000000000000AB"

// paymentReads are the statements of payment_list.go, for the plan tests: lists with each set of filters, from their
// beginning and from a place in them.
func paymentReads() []Statement {
	out := []Statement{
		{"further operations", furtherSQL, []any{int64(1), "p"}},
		{"wear of a terminal", wearSQL, []any{int64(1), "t", "p"}},
		{"payments by RRN", paymentsByRRNSQL, []any{"r"}},
	}
	for _, of := range []string{"", linkOwner} {
		c, err := linkList(access.Everything(), of)
		if err != nil {
			panic(err)
		}
		for _, p := range pages {
			text, args := c.statement(linkTable, "created_at_us", p)
			out = append(out, Statement{"printed links of " + of, text, args})
		}
	}
	for bits := range 32 {
		f := payment.Filter{}
		for bit, set := range []func(){
			func() { f.Merchant = "m" }, func() { f.Terminal = "t" }, func() { f.State = payment.Voided }, func() { f.State = payment.Captured },
			func() { f.Hand = true },
		} {
			if bits>>bit&1 != 0 {
				set()
			}
		}
		for _, p := range pages {
			text, args := paymentList(id.Bucket(7), f, p)
			out = append(out, Statement{fmt.Sprintf("payments, filter %05b", bits), text, args})
		}
	}
	return out
}
