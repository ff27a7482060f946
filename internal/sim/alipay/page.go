package alipay

import (
	"net/http"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// showPage shows merchants, the phone, orders, notifications and the faults in force.
func (w *Wallet) showPage(rw http.ResponseWriter, r *http.Request) {
	p := kit.Page{
		Label: kit.Label{Chinese: "支付宝", English: "Alipay"}, Address: w.URL(), Now: w.clock.Now(), Placeholder: "https://qr.alipay.com/…",
		Decline: "ACQ.SYSTEM_ERROR", Above: kit.Label{Chinese: "服务商", English: "partner"}, Detail: kit.Label{Chinese: "应用", English: "app"},
	}
	kit.Misbehavior(&p, w.faults, w.flaws)
	w.mu.Lock()
	s := w.countedStats()
	p.Facts = append(kit.Requests(s.Requests, s.Unsigned, s.Refused, s.Notices, s.Unanswered), kit.Fact{
		Label: kit.Label{Chinese: "根证书SN", English: "root"}, Value: w.keys.root.sn,
	}, kit.Fact{
		Label: kit.Label{Chinese: "支付宝证书SN", English: "certificate"}, Value: w.keys.certificate.sn,
	})
	p.Payer = w.books.Ledger.Balance(kit.PayerAccount(kit.PayerRich))
	for _, m := range w.config.Merchants {
		p.Merchants = append(p.Merchants, kit.PageMerchant{
			Number: m.Number, Name: m.Name, Above: m.Partner, Detail: m.App, Balance: w.books.Ledger.Balance(kit.MerchantAccount(m.Number)),
		})
	}
	p.Phone(&w.books.Pocket, func(order int64) bool { return w.books.orders[order-1].State == WaitBuyer })
	p.Sent(w.outbox)
	p.Newest(r, len(w.books.orders), func(i int) kit.PageOrder { return w.books.orders[i].row() })
	w.mu.Unlock()
	if err := p.Show(rw); err != nil {
		w.log.Error("alipay simulator", "error", err)
	}
}

// row returns a trade as the page shows it.
func (o *Order) row() kit.PageOrder {
	row := kit.PageOrder{
		Created: o.Created, Merchant: o.Merchant, No: o.OutTradeNo, Type: string(o.Type), State: string(o.State), Paid: !o.Paid.IsZero(),
		Total: o.Total, Payer: o.PayerTotal, Settlement: o.Settlement, Refunded: o.given.Total,
	}
	if o.Paying() {
		row.Content = o.Link
	}
	return row
}

// Paying reports whether a payer could scan the order now.
func (o Order) Paying() bool {
	return o.Type == QRCode && (o.State == Precreated || o.State == WaitBuyer)
}
