package wechat

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const billMax = 256 << 20 // bytes

// Bill fetches the bill of a date. One that is not ready yet, or that cannot be had just now, is [wallet.ErrBill]. The file is
// not signed: the digest that the signed answer names is what makes it the platform's.
func (r *Rail) Bill(ctx context.Context, account string, day calendar.Date, kind wallet.BillKind) (wallet.Bill, error) {
	access, err := r.desk.Access(ctx, account)
	if err != nil {
		return wallet.Bill{}, err
	}
	c, err := r.client(access)
	if err != nil {
		return wallet.Bill{}, err
	}
	date := day.Midnight(time.UTC).Format(time.DateOnly)
	path, ask := "/v3/bill/tradebill", url.Values{"bill_date": {date}, "bill_type": {"ALL"}}
	switch who := identify(access); {
	case kind == wallet.FundBill:
		path, ask = "/v3/bill/fundflowbill", url.Values{"bill_date": {date}, "account_type": {"BASIC"}}
	case who.partner():
		ask.Set("sub_mchid", who.SubMchID)
	}
	a, err := c.call(ctx, http.MethodGet, path+"?"+ask.Encode(), nil)
	bill := wallet.Bill{Name: "wechat_" + access.Fields["mchid"] + "_" + date + "_" + string(kind) + ".csv"}
	switch {
	case err != nil:
		return wallet.Bill{}, wallet.ErrBill.Because(hidden(err))
	case a.Code == "NO_STATEMENT_EXIST":
		bill.Empty = true
		return bill, nil
	case a.Code == "STATEMENT_CREATING", a.status == http.StatusTooManyRequests, a.status >= http.StatusInternalServerError:
		return wallet.Bill{}, wallet.ErrBill
	case a.refused() && !day.Midnight(china).AddDate(0, 0, 1).Before(r.desk.Now()):
		return wallet.Bill{}, wallet.ErrBill // the date is not over
	case a.refused():
		return wallet.Bill{}, wallet.ErrNoBill.With("the wallet does not give the bill: %s %s", a.Code, a.Message)
	}
	var said struct {
		Kind  string `json:"hash_type"`
		Hash  string `json:"hash_value"`
		Where string `json:"download_url"`
	}
	if json.Unmarshal(a.body, &said) != nil || said.Where == "" {
		return wallet.Bill{}, wallet.ErrBill.Because(outbound.Garbled)
	}
	if bill.Content, err = c.download(ctx, said.Where); err != nil {
		return wallet.Bill{}, wallet.ErrBill.Because(hidden(err))
	}
	if sum := sha1.Sum(bill.Content); said.Kind != "SHA1" || !strings.EqualFold(said.Hash, hex.EncodeToString(sum[:])) {
		r.desk.Doubted(outbound.Garbled)
		return wallet.Bill{}, wallet.ErrBill.Because(outbound.Garbled)
	}
	sum := sha256.Sum256(bill.Content)
	bill.Digest = hex.EncodeToString(sum[:])
	return bill, nil
}

// download fetches a file by a signed request. Path and query of the address count; the host is the wallet's.
func (c *client) download(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Path, "/") {
		return nil, outbound.Garbled
	}
	ctx, _ = outbound.WatchLong(ctx, billMax)
	result, err := c.bare.Get(ctx, c.base+u.RequestURI())
	if err != nil {
		return nil, err
	}
	return io.ReadAll(result.Response.Body)
}
