//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// owner is the user who runs the server: ourselves, or postgres when we are root.
type owner struct {
	credential *syscall.Credential // nil for ourselves
}

func newOwner() (*owner, error) {
	if os.Getuid() != 0 {
		return &owner{}, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL refuses to run as root, add a user postgres to run it: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the id of the user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the group of the user postgres: %w", err)
	}
	return &owner{credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// give makes path the owner's.
func (o *owner) give(path string) error {
	if o.credential == nil {
		return nil
	}
	return os.Chown(path, int(o.credential.Uid), int(o.credential.Gid))
}

func (o *owner) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: o.credential}
}

// killFamily ends a process and those that it started. Left alone, the children of a killed server finish
// what they are doing. They are listed while the parent is stopped, so that it starts no more of them, and
// before it ends, since afterwards they have another parent.
func killFamily(parent *os.Process) error {
	if err := parent.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	family := children(parent.Pid)
	if err := parent.Kill(); err != nil {
		return err
	}
	for _, child := range family {
		_ = syscall.Kill(child, syscall.SIGKILL) // it may have ended already
	}
	return nil
}

// children returns the ids of the processes that pid started, none where the system has no /proc.
func children(pid int) []int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var ids []int
	for field := range strings.FieldsSeq(string(text)) {
		if id, err := strconv.Atoi(field); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
