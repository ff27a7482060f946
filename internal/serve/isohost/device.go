package isohost

import (
	"strconv"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// tagDevice is the item of field 59 in which a terminal says what hardware it is.
const tagDevice = "A2"

// Inner tags of A2.
const (
	deviceSerial = "02"
	deviceRandom = "03" // the last six digits of the card number or of the payment code
	deviceCipher = "04" // proves the serial number under the MAC key
)

const randomLen = 6

// checkDevice holds a payment against the hardware that the terminal's number is registered with: its serial
// number must be in field 59, proved for this very card. Without a registered number there is nothing to hold
// against.
func (x *exchange) checkDevice(payer string) error {
	registered := x.session.terminal.Serial
	if registered == "" {
		return nil
	}
	value, ok := x.item(tagDevice)
	if !ok {
		return errDevice
	}
	parts, ok := parseDevice(value)
	if !ok {
		return errFormat
	}
	random := parts[deviceRandom]
	if parts[deviceSerial] != registered || len(payer) < randomLen || random != payer[len(payer)-randomLen:] {
		return errDevice
	}
	keys := x.session.terminal.Keys
	if err := x.host.Keys.VerifySerialCipher(keys.MAC, x.profile.method, registered, random, parts[deviceCipher]); err != nil {
		return errDevice.Because(err)
	}
	return nil
}

// item returns an item of field 59.
func (x *exchange) item(id string) (string, bool) {
	if !x.in.Has(59) {
		return "", false
	}
	items, err := iso8583.ParseTags(x.in.Get(59))
	if err != nil {
		return "", false
	}
	for _, item := range items {
		if item.ID == id {
			return item.Value, true
		}
	}
	return "", false
}

// parseDevice reads the inner items of A2, whose lengths have three digits or, of some makers, two.
func parseDevice(value string) (map[string]string, bool) {
	for _, width := range []int{3, 2} {
		if parts, ok := parseInner(value, width); ok {
			return parts, true
		}
	}
	return nil, false
}

func parseInner(value string, width int) (map[string]string, bool) {
	parts := map[string]string{}
	for value != "" {
		if len(value) < 2+width {
			return nil, false
		}
		n, err := strconv.Atoi(value[2 : 2+width])
		if err != nil || n < 0 || len(value) < 2+width+n {
			return nil, false
		}
		parts[value[:2]], value = value[2+width:2+width+n], value[2+width+n:]
	}
	return parts, len(parts) > 0
}
