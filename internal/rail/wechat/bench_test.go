package wechat_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/rail/railtest"
	simwechat "github.com/yifen-pay/yifen/internal/sim/wechat"
)

func BenchmarkNotice(b *testing.B) {
	railtest.BenchmarkNotice(b, newRig(b, modes[0], simwechat.Config{}).Rig)
}

func BenchmarkShow(b *testing.B) {
	railtest.BenchmarkShow(b, newRig(b, modes[0], simwechat.Config{}).Rig)
}

func FuzzNotice(f *testing.F) { railtest.FuzzNotice(f, newRig(f, modes[0], simwechat.Config{}).Rig) }
