package alipay_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simalipay "github.com/yifen-pay/yifen/internal/sim/alipay"
)

func BenchmarkNotice(b *testing.B) {
	railtest.BenchmarkNotice(b, newRig(b, modes[0], simalipay.Config{}).Rig)
}

func BenchmarkShow(b *testing.B) {
	railtest.BenchmarkShow(b, newRig(b, modes[0], simalipay.Config{}).Rig)
}

func FuzzNotice(f *testing.F) { railtest.FuzzNotice(f, newRig(f, modes[0], simalipay.Config{}).Rig) }
