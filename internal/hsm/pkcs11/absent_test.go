//go:build !pkcs11

package pkcs11_test

import (
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/hsm/pkcs11"
)

func TestOpen_withoutTheTag(t *testing.T) {
	c := pkcs11.Config{Library: "libsofthsm2.so", Token: "yifen", PIN: "1234"}
	if m, _, err := pkcs11.Open(c); m != nil || err == nil || !strings.Contains(err.Error(), "-tags pkcs11") {
		t.Errorf("a module, or an error that does not say what to do: %v", err)
	}
	if err := pkcs11.Provision(c); err == nil || !strings.Contains(err.Error(), "-tags pkcs11") {
		t.Errorf("an error that does not say what to do: %v", err)
	}
}
