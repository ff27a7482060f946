package unionpay

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
	"github.com/yifen-pay/yifen/internal/rail/outbound"
)

const (
	billMax   = 256 << 20 // bytes, unpacked
	packedMax = 96 << 20  // bytes of the answer that holds it
)

// Bill fetches the bill of a date; a provider's is of all merchants under it. One that is not ready yet, or that cannot be had
// just now, is [wallet.ErrBill]. There is no bill of the funds. The answer that holds it is signed.
func (r *Rail) Bill(ctx context.Context, account string, day calendar.Date, kind wallet.BillKind) (wallet.Bill, error) {
	if kind != wallet.TradeBill {
		return wallet.Bill{}, wallet.ErrNoBill
	}
	access, err := r.desk.Access(ctx, account)
	if err != nil {
		return wallet.Bill{}, err
	}
	c, err := r.client(access)
	if err != nil {
		return wallet.Bill{}, err
	}
	who := identify(access)
	if access.Account.Mode == wallet.Provider {
		who.merchant = ""
	}
	date := day.Midnight(time.UTC).Format("20060102")
	ctx, _ = outbound.WatchLong(ctx, packedMax)
	said, err := c.ask(ctx, who, "bill", message{"settleDate": date})
	switch {
	case err != nil:
		return wallet.Bill{}, wallet.ErrBill.Because(err)
	case said["respCode"] == "98":
		return wallet.Bill{}, wallet.ErrBill
	case said["respCode"] != codeDone:
		if _, known := verdicts[said["respCode"]]; !known {
			return wallet.Bill{}, wallet.ErrBill
		}
		return wallet.Bill{}, wallet.ErrNoBill.With(
			"the network does not give the bill: %s %s", outbound.Word(said["respCode"]), outbound.Message(said["respMsg"]))
	case said["settleDate"] != date:
		return wallet.Bill{}, wallet.ErrBill.Because(outbound.Another)
	}
	text, err := unpack(said["fileContent"])
	if err != nil {
		return wallet.Bill{}, wallet.ErrBill.Because(outbound.Garbled)
	}
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:])
	if !strings.EqualFold(digest, said["fileDigest"]) {
		r.desk.Doubted(outbound.Garbled)
		return wallet.Bill{}, wallet.ErrBill.Because(outbound.Garbled)
	}
	name := strings.Trim("unionpay_"+who.institution+"_"+who.merchant, "_") + "_" + date + ".txt"
	return wallet.Bill{Name: name, Content: text, Digest: digest, Empty: !bytes.Contains(text, []byte("\nD|"))}, nil
}

// unpack reads a file that travels in gzip and base64.
func unpack(content string) ([]byte, error) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(content)))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, billMax+1))
	if err == nil && len(text) > billMax {
		err = outbound.ErrTooLong
	}
	return text, err
}
