package hsm_test

import (
	"crypto/sha256"
	"testing"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/hsm/hsmtest"
)

func TestSuite(t *testing.T) {
	hsmtest.Suite{
		Open: func(t *testing.T, installation string) *hsm.Module {
			kek := sha256.Sum256([]byte(installation))
			m, err := hsm.New(kek[:])
			if err != nil {
				t.Fatal(err)
			}
			return m
		},
		SM4: true, Reveals: true,
	}.Run(t)
}
