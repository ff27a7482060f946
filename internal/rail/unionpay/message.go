package unionpay

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

var china = time.FixedZone("CST", 8*60*60)

const (
	stampForm     = "20060102150405"
	signatureName = "signature"
	ageMax        = 5 * time.Minute // of an answer or a notification, either way
)

// message is a request, an answer or a notification: its members by name.
type message map[string]string

// readMessage reads a JSON object of texts and whole numbers. A number counts as it is written, null as nothing.
func readMessage(text []byte) (message, bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var members map[string]any
	if decoder.Decode(&members) != nil || members == nil {
		return nil, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, false
	}
	m := message{}
	for name, value := range members {
		switch v := value.(type) {
		case nil:
		case string:
			m[name] = v
		case json.Number:
			m[name] = v.String()
		default:
			return nil, false
		}
	}
	return m, true
}

// digest is what is signed: SHA-256 over the hexadecimal SHA-256 of the members.
func (m message) digest() []byte {
	h, between := sha256.New(), ""
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if name != signatureName {
			io.WriteString(h, between+name+"="+m[name])
			between = "&"
		}
	}
	outer := sha256.Sum256([]byte(hex.EncodeToString(h.Sum(nil))))
	return outer[:]
}

// sign puts a signature into a message.
func (m message) sign(key *rsa.PrivateKey) error {
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, m.digest())
	m[signatureName] = base64.StdEncoding.EncodeToString(signature)
	return err
}

// signed tells whether a message is signed with a key, and was made just now by the member clock.
func (m message) signed(key *rsa.PublicKey, clock string) bool {
	signature, err := base64.StdEncoding.DecodeString(m[signatureName])
	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, m.digest(), signature) != nil {
		return false
	}
	return m.fresh(clock)
}

func (m message) fresh(clock string) bool {
	at, err := time.ParseInLocation(stampForm, m[clock], china)
	return err == nil && time.Since(at).Abs() < ageMax
}

// put sets a member unless it is empty.
func (m message) put(name, value string) {
	if value != "" {
		m[name] = value
	}
}

// fen reads an amount; what is not told is nothing.
func (m message) fen(name string) (int64, bool) {
	if m[name] == "" {
		return 0, true
	}
	if strings.Trim(m[name], "0123456789") != "" {
		return 0, false
	}
	amount, err := strconv.ParseInt(m[name], 10, 64)
	return amount, err == nil
}

func (m message) text() []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // texts only
	}
	return text
}
