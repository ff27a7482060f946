package unionpay

import (
	"net/http"
	"strconv"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// showPage shows merchants, the phone, orders, notifications and the faults in force.
func (w *Wallet) showPage(rw http.ResponseWriter, r *http.Request) {
	p := kit.Page{
		Label: kit.Label{Chinese: "银联二维码", English: "UnionPay QR"}, Address: w.URL(), Now: w.clock.Now(), Placeholder: "https://qr.95516.com/…",
		AsksAmount: true, Decline: unknownResult.code,
		Above: kit.Label{Chinese: "机构", English: "institution"}, Detail: kit.Label{Chinese: "城市", English: "city"},
	}
	kit.Misbehavior(&p, w.faults, w.flaws)
	w.mu.Lock()
	s := w.countedStats()
	p.Facts = append(kit.Requests(s.Requests, s.Unsigned, s.Refused, s.Notices, s.Unanswered), kit.Fact{
		Label: kit.Label{Chinese: "日切", English: "cut-off"}, Value: w.config.CutOff.String(),
	}, kit.Fact{
		Label: kit.Label{Chinese: "机构数", English: "institutions"}, Value: strconv.Itoa(len(w.institutions)),
	})
	p.Payer = w.books.Ledger.Balance(kit.PayerAccount(kit.PayerRich))
	for _, m := range w.config.Merchants {
		p.Merchants = append(p.Merchants, kit.PageMerchant{
			Number: m.Number, Name: m.Name, Above: m.Institution, Detail: m.City, Balance: w.books.Ledger.Balance(kit.MerchantAccount(m.Number)),
		})
	}
	p.Phone(&w.books.Pocket, func(order int64) bool { return w.books.orders[order-1].State == Paying })
	p.Sent(w.outbox)
	p.Newest(r, len(w.books.orders), func(i int) kit.PageOrder { return w.books.orders[i].row() })
	w.mu.Unlock()
	if err := p.Show(rw); err != nil {
		w.log.Error("unionpay simulator", "error", err)
	}
}

// row returns an order as the page shows it.
func (o *Order) row() kit.PageOrder {
	row := kit.PageOrder{
		Created: o.Created, Merchant: o.Merchant, No: o.OrderNo, Type: string(o.Way), State: string(o.Told()), Paid: !o.Paid.IsZero(),
		Total: o.Total, Payer: o.Parts.Payer, Settlement: o.Parts.Settlement, Refunded: o.given.Total,
	}
	if o.Paying() {
		row.Content = o.Content
	}
	return row
}
