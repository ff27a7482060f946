package kit

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const keyBits = 2048 // of RSA, as wallets have it

// NewKey makes an RSA key and returns it as PKCS#8 in PEM.
func NewKey() (string, *rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return "", nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", nil, fmt.Errorf("make a key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), key, nil
}

// ParseKey reads an RSA key in PKCS#8 in PEM. Its errors never show the text.
func ParseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("is not PKCS#8")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("is not RSA")
	}
	return key, nil
}

// ParsePublicKey reads an RSA public key: SubjectPublicKeyInfo in PEM.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("is not a public key in SubjectPublicKeyInfo")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("is not RSA")
	}
	return key, nil
}

// PublicPEM writes a public key as [ParsePublicKey] reads it.
func PublicPEM(key *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // an RSA key is always written
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// Sign returns the signature of a text: SHA256withRSA, PKCS#1 v1.5, base64.
func Sign(key *rsa.PrivateKey, text []byte) (string, error) {
	sum := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	return base64.StdEncoding.EncodeToString(signature), err
}

// Signed reports whether a signature is one that [Sign] makes.
func Signed(key *rsa.PublicKey, text []byte, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256(text)
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
}

// Folder makes the folder of a wallet and returns where its keys and its books lie in it. Without a folder there are
// no books, and keys only where their place is given.
func Folder(dir, keys, name string) (keyPath, bookPath string, err error) {
	if dir == "" {
		return keys, "", nil
	}
	if keys == "" {
		keys = filepath.Join(dir, name+"-keys.json")
	}
	return keys, filepath.Join(dir, name+".jsonl"), os.MkdirAll(dir, 0o700)
}

// OpenSecret reads what [SaveSecret] wrote, and reports whether there was something. Without a path there is nothing.
func OpenSecret(path string, into any) (bool, error) {
	if path == "" {
		return false, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		if err = json.Unmarshal(text, into); err != nil {
			err = fmt.Errorf("%s is damaged: %w", path, err)
		}
	}
	return err == nil, err
}

// SaveSecret writes a value as JSON into a file that is whole at any time and nobody else's to read. Without a path it
// writes nothing.
func SaveSecret(path string, value any) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	return err
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// RandomText returns letters and digits; the slight preference for some does not matter to a nonce.
func RandomText(length int) string {
	raw := make([]byte, length)
	rand.Read(raw) // never fails
	return Text(raw)
}

// Text writes each byte as a letter or digit.
func Text(raw []byte) string {
	text := make([]byte, len(raw))
	for i, b := range raw {
		text[i] = letters[int(b)%len(letters)]
	}
	return string(text)
}
