//go:build unix

package pos

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes a lock that the system gives back when the program ends, however it ends.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the flash file: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrFlashInUse
		}
		return nil, fmt.Errorf("lock the flash file: %w", err)
	}
	return file, nil
}

// syncFolder makes a change of names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
