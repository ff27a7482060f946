//go:build !pkcs11

package pkcs11

import (
	"errors"

	"github.com/yifen-pay/yifen/internal/hsm"
)

// errAbsent tells that there is no PKCS #11 in this program.
var errAbsent = errors.New("pkcs11: this program was built without PKCS #11: build it with -tags pkcs11 and cgo")

// Open returns an error: the program was built without the tag pkcs11.
func Open(Config) (*hsm.Module, func() error, error) { return nil, nil, errAbsent }

// Provision returns an error: the program was built without the tag pkcs11.
func Provision(Config) error { return errAbsent }
