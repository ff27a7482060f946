package pos

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Errors of the flash file.
var (
	ErrFlashDamaged = refuse("闪存文件损坏，或密钥不对：请给出写入时的密钥，或换新文件并与主机核对未结批次",
		"flash file is damaged or its key is another one: "+
			"give the key it was written with, or start with a new file and reconcile the open batch with the host")
	ErrFlashInUse = refuse("闪存文件正被另一程序使用：请先结束那个程序", "flash file is in use by another program: end that one first")
	ErrFlashOwner = refuse("闪存文件属于另一台终端：每台终端用自己的文件", "flash file belongs to another terminal: give each terminal a file of its own")
)

// FlashKeyLen is the length of the key of a flash file, in bytes (AES-256).
const FlashKeyLen = 32

// memory is what the terminal does not forget.
type memory struct {
	Terminal     string        `json:"terminal"`
	Merchant     string        `json:"merchant"`
	MerchantName string        `json:"merchant_name,omitempty"`
	Address      string        `json:"address,omitempty"`
	TPDU         string        `json:"tpdu,omitempty"`
	TMK          []byte        `json:"tmk,omitempty"`
	Fetched      *fetched      `json:"fetched,omitempty"`      // a master key that the host has not confirmed
	WorkingKeys  []byte        `json:"working_keys,omitempty"` // F62 of the last sign-in, enciphered
	SignedIn     bool          `json:"signed_in,omitempty"`
	Operator     string        `json:"operator,omitempty"`
	ClockOffset  time.Duration `json:"clock_offset,omitempty"` // of the host's clock against ours
	Trace        int           `json:"trace"`                  // the last one used
	Batch        int           `json:"batch"`
	Sequence     int           `json:"sequence"` // of chip transactions, tag 9F41

	Pending  *pending          `json:"pending,omitempty"`
	Closing  *closing          `json:"closing,omitempty"`
	Journal  []line            `json:"journal,omitempty"`
	Last     *paper            `json:"last,omitempty"`
	Counters map[string]uint16 `json:"counters,omitempty"` // of the chips, tag 9F36, by card number

	Profile    string     `json:"profile,omitempty"`
	SignedInAt time.Time  `json:"signed_in_at,omitzero"`
	Failed     []line     `json:"failed,omitempty"`    // approvals that the chip refused, of the open batch
	Errands    []errand   `json:"errands,omitempty"`   // to be sent when it suits
	Due        []Download `json:"due,omitempty"`       // what the host asked for
	Params     Parameters `json:"params,omitzero"`     // as downloaded
	Operators  []operator `json:"operators,omitempty"` // nil: the first ones, with their first passwords
	Hardware   *Hardware  `json:"hardware,omitempty"`  // nil: sound
}

// line is a transaction of the open batch.
type line struct {
	Slip   Slip   `json:"slip"`
	Card   string `json:"card"` // the whole number, which the details of a batch name; "" of a payment code
	Voided bool   `json:"voided,omitempty"`

	Total    int64  `json:"total,omitempty"`    // fen, what an adjustment or tip made of it; 0: the slip's amount
	Mode     string `json:"mode,omitempty"`     // F22
	Sequence string `json:"sequence,omitempty"` // F23
	Chip     []byte `json:"chip,omitempty"`     // F55 of the request; no number and no track is in it
}

// paper is the last thing printed, or that should have been.
type paper struct {
	Slip    *Slip      `json:"slip,omitempty"`
	Batch   *BatchSlip `json:"batch,omitempty"`
	Printed bool       `json:"printed,omitempty"`
}

// flash keeps a memory. Without a path it keeps nothing, which is what a load test wants.
type flash struct {
	path string
	aead cipher.AEAD
	lock *os.File
}

// flashMagic opens a flash file and is authenticated with it. Its last character is the format's version.
const flashMagic = "YIFENPOS1"

// openFlash opens the file at path, locks it, and returns what it holds, nil when there is none yet.
func openFlash(path string, key []byte) (*flash, *memory, error) {
	if path == "" {
		return &flash{}, nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the folder of the flash file: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, nil, err
	}
	f := &flash{path: path, lock: lock}
	m, err := f.load(key)
	if err != nil {
		return nil, nil, errors.Join(err, f.close())
	}
	return f, m, nil
}

func (f *flash) load(key []byte) (*memory, error) {
	sealed, err := os.ReadFile(f.path)
	exists := err == nil
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the flash file: %w", err)
	}
	if len(key) == 0 {
		if key, err = flashKey(f.path+".key", exists); err != nil {
			return nil, err
		}
	}
	if len(key) != FlashKeyLen {
		return nil, fmt.Errorf("the key of the flash file needs %d bytes, %d hexadecimal characters", FlashKeyLen, 2*FlashKeyLen)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if f.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, err
	}
	if !exists {
		return nil, nil
	}
	rest, known := bytes.CutPrefix(sealed, []byte(flashMagic))
	if !known {
		return nil, ErrFlashDamaged
	}
	plain, err := f.aead.Open(nil, nil, rest, []byte(flashMagic))
	if err != nil {
		return nil, ErrFlashDamaged
	}
	m := new(memory)
	if err := json.Unmarshal(plain, m); err != nil {
		return nil, ErrFlashDamaged
	}
	return m, nil
}

// flashKey reads the key file, or makes one for a flash file that does not exist yet. It makes none for
// one that does: that file would never open again, and the lost key would go unnoticed.
func flashKey(path string, needed bool) ([]byte, error) {
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		key, err := hex.DecodeString(string(bytes.TrimSpace(text)))
		if err != nil {
			return nil, fmt.Errorf("key file %s is not hexadecimal", path)
		}
		return key, nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("read the key of the flash file: %w", err)
	case needed:
		return nil, fmt.Errorf("key file %s is missing: bring it back, or give the key itself", path)
	}
	key := make([]byte, FlashKeyLen)
	rand.Read(key)
	if err := replaceFile(path, []byte(hex.EncodeToString(key)+"\n")); err != nil {
		return nil, fmt.Errorf("write the key of the flash file: %w", err)
	}
	return key, nil
}

// save replaces what the flash holds by m, wholly or not at all.
func (f *flash) save(m *memory) error {
	if f.path == "" {
		return nil
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode the flash: %w", err)
	}
	if err := replaceFile(f.path, f.aead.Seal([]byte(flashMagic), nil, plain, []byte(flashMagic))); err != nil {
		return fmt.Errorf("write the flash file: %w", err)
	}
	return nil
}

// close lets go of the file without writing to it.
func (f *flash) close() error {
	if f.lock == nil {
		return nil
	}
	lock := f.lock
	f.lock = nil
	return lock.Close()
}

// replaceFile writes a file of mode 0600 beside path, makes it durable, gives it the name, and makes the
// name durable, so that a cut at any moment leaves the old content or the new.
func replaceFile(path string, content []byte) error {
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
