package wechat

import (
	"fmt"
	"net/http"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

// showPage shows merchants, the phone, orders, notifications and the faults in force.
func (w *Wallet) showPage(rw http.ResponseWriter, r *http.Request) {
	p := kit.Page{
		Label: kit.Label{Chinese: "微信支付", English: "WeChat Pay"}, Address: w.URL(), Now: w.clock.Now(), Placeholder: "weixin://wxpay/…",
		Decline: systemError.code, Above: kit.Label{Chinese: "服务商", English: "partner"}, Detail: kit.Label{Chinese: "证书序列号", English: "serial"},
	}
	kit.Misbehavior(&p, w.faults, w.flaws)
	w.mu.Lock()
	s := w.countedStats()
	p.Facts = append(kit.Requests(s.Requests, s.Unsigned, s.Refused, s.Notices, s.Unanswered), kit.Fact{
		Label: kit.Label{Chinese: "探测被拒 / 被接受", English: "probes refused / taken"}, Value: fmt.Sprintf("%d / %d", s.ProbesOK, s.ProbesBad), Bad: s.ProbesBad > 0,
	}, kit.Fact{
		Label: kit.Label{Chinese: "微信支付公钥ID", English: "public key"}, Value: w.keys.public.serial,
	}, kit.Fact{
		Label: kit.Label{Chinese: "平台证书序列号", English: "certificate"}, Value: w.keys.certificate.serial,
	})
	p.Payer = w.books.Ledger.Balance(kit.PayerAccount(kit.PayerRich))
	for _, m := range w.config.Merchants {
		p.Merchants = append(p.Merchants, kit.PageMerchant{
			Number: m.Number, Name: m.Name, Above: m.Partner, Detail: w.merchants[m.Number].made.Serial, Balance: w.books.Ledger.Balance(kit.MerchantAccount(m.Number)),
		})
	}
	p.Phone(&w.books.Pocket, func(order int64) bool { return w.books.orders[order-1].State == UserPaying })
	p.Sent(w.outbox)
	p.Newest(r, len(w.books.orders), func(i int) kit.PageOrder { return w.books.orders[i].row() })
	w.mu.Unlock()
	if err := p.Show(rw); err != nil {
		w.log.Error("wechat simulator", "error", err)
	}
}

// row returns an order as the page shows it.
func (o *Order) row() kit.PageOrder {
	row := kit.PageOrder{
		Created: o.Created, Merchant: o.Merchant, No: o.OutTradeNo, Type: string(o.Type), State: string(o.Told()), Paid: !o.Paid.IsZero(),
		Total: o.Total, Payer: o.PayerTotal, Settlement: o.Settlement, Refunded: o.given.Total,
	}
	if o.Paying() {
		row.Content = o.Link
	}
	return row
}
