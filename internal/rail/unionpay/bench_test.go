package unionpay_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simunionpay "github.com/yifen-pay/yifen/internal/sim/unionpay"
)

func BenchmarkNotice(b *testing.B) {
	railtest.BenchmarkNotice(b, newRig(b, modes[0], simunionpay.Config{}).Rig)
}

func BenchmarkShow(b *testing.B) {
	railtest.BenchmarkShow(b, newRig(b, modes[0], simunionpay.Config{}).Rig)
}

func FuzzNotice(f *testing.F) { railtest.FuzzNotice(f, newRig(f, modes[0], simunionpay.Config{}).Rig) }
