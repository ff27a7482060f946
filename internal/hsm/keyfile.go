package hsm

import (
	"bufio"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// Bounds of a key file.
const (
	keyFileLines  = 100_000
	keyFileFields = 4
)

// FileKey is one line of a key file: the master key of one terminal.
type FileKey struct {
	Terminal   string // its number, or what else the parties name it by
	Master     []byte // wrapped
	CheckValue []byte
}

// ReadKeyFile takes in the master keys of a key file, under a transport key that both parties hold. Where
// that is a master key, a line is
//
//	terminal cipher cryptogram check-value
//
// with the key enciphered block by block (ECB); where it is a protection key, a line is
//
//	terminal key-block
//
// with a key block of usage K0. Fields are parted by spaces, bytes are hexadecimal, and # begins a comment.
// Either all keys come in or none: the error, [ErrKeyFile] around the reason, names the line.
func (m *Module) ReadKeyFile(transport []byte, r io.Reader) ([]FileKey, error) {
	l, _, err := readLabel(transport)
	if err != nil {
		return nil, err
	}
	var keys []FileKey
	seen := map[string]bool{}
	scanner := bufio.NewScanner(r)
	for n := 1; scanner.Scan(); n++ {
		line, _, _ := strings.Cut(scanner.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if seen[fields[0]] || len(keys) == keyFileLines {
			return nil, fmt.Errorf("%w: line %d: the terminal stands in the file twice, or the file is too long", ErrKeyFile, n)
		}
		seen[fields[0]] = true
		key := FileKey{Terminal: fields[0]}
		switch {
		case l.use == UseMaster && len(fields) == keyFileFields:
			key.Master, key.CheckValue, err = m.fromTransport(transport, fields[1], fields[2], fields[3])
		case l.use == UseBlockProtection && len(fields) == 2:
			key.Master, key.CheckValue, err = m.ImportKey(transport, fields[1], UseMaster)
		default:
			err = ErrKeyFileLine
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrKeyFile, n, err)
		}
		keys = append(keys, key)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	return keys, nil
}

// fromTransport takes in a master key that is enciphered under another.
func (m *Module) fromTransport(transport []byte, cipher, cryptogram, check string) (wrapped, kcv []byte, err error) {
	c, err := ParseCipher(cipher)
	if err != nil {
		return nil, nil, err
	}
	enciphered, bad := hex.DecodeString(cryptogram)
	given, alsoBad := hex.DecodeString(check)
	if bad != nil || alsoBad != nil || len(given) < checkValueBytes {
		return nil, nil, ErrKeyFileLine
	}
	over, err := m.open(UseMaster, transport)
	if err != nil {
		return nil, nil, err
	}
	if len(enciphered) == 0 || len(enciphered)%blockSize(over) != 0 {
		return nil, nil, ErrKeyValue
	}
	value, err := over.DecryptECB(enciphered)
	if err != nil {
		return nil, nil, err
	}
	defer clear(value)
	want, err := c.checkValue(value)
	if err != nil {
		return nil, nil, err
	}
	if len(given) > len(want) || subtle.ConstantTimeCompare(want[:len(given)], given) != 1 {
		return nil, nil, ErrCheckValue
	}
	return m.Load(UseMaster, c, value)
}

// WriteKeyFile makes a random master key for each of the terminals and writes the key file that brings them
// to who injects them, in the form of the transport key. The terminals come from us, so that the file never
// holds two of one name. Nothing was promised to anybody before the caller has stored what is returned.
func (m *Module) WriteKeyFile(w io.Writer, transport []byte, c Cipher, size int, terminals []string) ([]FileKey, error) {
	l, _, err := readLabel(transport)
	if err != nil {
		return nil, err
	}
	if l.use != UseMaster && l.use != UseBlockProtection {
		return nil, ErrKey
	}
	keys := make([]FileKey, 0, len(terminals))
	seen := map[string]bool{}
	for _, name := range terminals {
		if name == "" || seen[name] || strings.ContainsAny(name, "# \t\r\n") {
			return nil, ErrKeyFileLine
		}
		seen[name] = true
		key, line, err := m.fileKey(transport, l, c, size, name)
		if err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintf(w, "%s %s\n", name, line); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// fileKey makes a key and returns it wrapped, and as its line has it.
func (m *Module) fileKey(transport []byte, l label, c Cipher, size int, name string) (FileKey, string, error) {
	value, err := c.generate(max(size, 0))
	if err != nil {
		return FileKey{}, "", err
	}
	defer clear(value)
	key := FileKey{Terminal: name}
	if key.Master, key.CheckValue, err = m.Load(UseMaster, c, value); err != nil {
		return FileKey{}, "", err
	}
	if l.use == UseBlockProtection {
		block, err := m.ExportKey(transport, key.Master, Export{})
		return key, block, err
	}
	over, err := m.open(UseMaster, transport)
	if err != nil {
		return FileKey{}, "", err
	}
	if strength(l.cipher, over.Len()) < strength(c, size) || size%blockSize(over) != 0 {
		return FileKey{}, "", ErrTransport
	}
	cryptogram, err := over.EncryptECB(value)
	return key, fmt.Sprintf("%s %X %X", c, cryptogram, key.CheckValue), err
}
