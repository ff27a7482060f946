package isohost

import (
	"bytes"
	"encoding/hex"

	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// chipModes are the first two digits of field 22 for which the chip signs the request.
var chipModes = map[string]bool{"05": true, "07": true, "95": true, "98": true}

// phoneMode is field 22 of a payment by a phone's own application.
const phoneMode = "96"

// presentsCard are the transaction types (60.1) whose card is read for this very request: inquiry, sale,
// pre-authorization, completion.
var presentsCard = map[string]bool{"01": true, "22": true, "10": true, "20": true}

// checkChip holds field 55 against field 22 and the amount: what was read by the chip carries what the chip
// signed, for this amount in this currency. It also tells a phone from a card; what is not known counts as
// a card.
func (x *exchange) checkChip(c *card.Presentation) error {
	mode := c.EntryMode[:min(2, len(c.EntryMode))]
	if mode == phoneMode {
		c.Form = card.Phone
	}
	signed := chipModes[mode] && presentsCard[x.control.Type] && (x.in.MTI() == "0100" || x.in.MTI() == "0200")
	if len(c.Chip) == 0 {
		if signed {
			return errFormat
		}
		return nil
	}
	list, err := emv.Parse(c.Chip)
	if err != nil {
		return errFormat.Because(err)
	}
	if isPhone(list.Get(emv.CardProduct)) {
		c.Form = card.Phone
	}
	if !signed {
		return nil
	}
	currency := list.Get(emv.TransactionCurrency)
	amount := hex.EncodeToString(list.Get(emv.AmountAuthorized))
	if len(emv.Missing(list)) > 0 || !bytes.Equal(currency, []byte{0x01, 0x56}) || x.in.Has(4) && amount != x.in.Get(4) {
		return errFormat
	}
	return nil
}

// productLen is the length of tag 9F63: eight bytes of the card's product and eight of the device that stands
// in for the card, zeros for a card of plastic.
const productLen = 16

func isPhone(product []byte) bool {
	return len(product) == productLen && !bytes.Equal(product[productLen/2:], make([]byte, productLen/2))
}
