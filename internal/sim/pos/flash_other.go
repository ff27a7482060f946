//go:build !unix

package pos

import "os"

// lockFile opens the lock file; this system has no lock that outlives no program.
func lockFile(path string) (*os.File, error) { return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) }

// syncFolder does nothing: this system makes a new name durable with the file.
func syncFolder(string) error { return nil }
