//go:build !unix

package pgtest

import (
	"fmt"
	"os"
	"syscall"
)

// owner is the user who runs the server. On a system that is not Unix there is none.
type owner struct{}

func newOwner() (*owner, error) {
	return nil, fmt.Errorf("%w (it needs a Unix system)", ErrNotInstalled)
}

func (*owner) give(string) error { return nil }

func (*owner) attributes() *syscall.SysProcAttr { return nil }

func killFamily(parent *os.Process) error { return parent.Kill() }
