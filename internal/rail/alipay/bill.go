package alipay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	billMax = 256 << 20      // bytes
	billsBy = 10 * time.Hour // of the next day in China, when bills are there
)

// Bill fetches the bill of a date, a zip. One that is not ready yet, or that cannot be had just now, is [wallet.ErrBill]. The
// wallet says the same of a bill that is not made yet and of a day without trades: before ten in the morning it is taken
// for the first. The provider gives no digest of the file; its address comes signed.
func (r *Rail) Bill(ctx context.Context, account string, day calendar.Date, kind wallet.BillKind) (wallet.Bill, error) {
	access, err := r.desk.Access(ctx, account)
	if err != nil {
		return wallet.Bill{}, err
	}
	c, err := r.client(access)
	if err != nil {
		return wallet.Bill{}, err
	}
	date, what := day.Midnight(time.UTC).Format(time.DateOnly), "trade"
	if kind == wallet.FundBill {
		what = "signcustomer"
	}
	var a struct {
		said
		Where string `json:"bill_download_url"`
	}
	err = c.ask(ctx, access, "alipay.data.dataservice.bill.downloadurl.query", "", object{"bill_type": what, "bill_date": date}, &a)
	bill := wallet.Bill{Name: "alipay_" + seller(access) + "_" + date + "_" + string(kind) + ".zip"}
	switch word := strings.ToLower(a.SubCode); {
	case err != nil:
		return wallet.Bill{}, wallet.ErrBill.Because(err)
	case strings.HasSuffix(word, "bill_not_exist"):
		if r.desk.Now().Before(day.Midnight(china).AddDate(0, 0, 1).Add(billsBy)) {
			return wallet.Bill{}, wallet.ErrBill
		}
		bill.Empty = true
		return bill, nil
	case a.Code != codeDone && a.silent():
		return wallet.Bill{}, wallet.ErrBill
	case a.Code != codeDone:
		return wallet.Bill{}, wallet.ErrNoBill.With("the wallet does not give the bill: %s %s", a.word(), a.message())
	}
	if bill.Content, err = r.download(ctx, a.Where); err != nil {
		return wallet.Bill{}, wallet.ErrBill.Because(err)
	}
	sum := sha256.Sum256(bill.Content)
	bill.Digest = hex.EncodeToString(sum[:])
	return bill, nil
}

var errHost = errors.New("the address of the bill is not the wallet's")

// download fetches a file from an address of the wallet's: of its own domain by https, or of the host that is asked.
func (r *Rail) download(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return nil, errHost
	}
	own := strings.HasSuffix(u.Hostname(), ".alipay.com") && u.Scheme == "https"
	if !own && (u.Host != r.desk.Host.Host || u.Scheme != r.desk.Host.Scheme) {
		return nil, errHost
	}
	ctx, _ = outbound.WatchLong(ctx, billMax)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errHost
	}
	answer, err := r.desk.Client.Do(request)
	if err != nil {
		return nil, errors.New("the bill cannot be fetched") // the error would show the address, which is a key
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the bill cannot be fetched: HTTP %d", answer.StatusCode)
	}
	return io.ReadAll(answer.Body)
}
