package isohost

import (
	"regexp"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
)

// TestDeclineCodes holds that field 39 has a code for every decline, and that none is an approval.
func TestDeclineCodes(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-Z]{2}$`)
	for _, why := range payment.Declines {
		if code := declineCodes[why]; !form.MatchString(code) || code == codeApproved {
			t.Errorf("%s is told as %q", why, code)
		}
	}
	if len(declineCodes) != len(payment.Declines) {
		t.Errorf("the table has %d codes for %d declines", len(declineCodes), len(payment.Declines))
	}
}
