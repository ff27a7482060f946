package unionpay

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

const stampForm = "20060102150405"

func stamp(t time.Time) string { return t.In(kit.China).Format(stampForm) }

// fen writes an amount.
func fen(amount int64) string { return strconv.FormatInt(amount, 10) }

// message is a request, an answer or a notification.
type message map[string]string

// readMessage reads a JSON object of texts and whole numbers. A number counts as it is written; null is nothing.
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
			if strings.Trim(v.String(), "0123456789") != "" {
				return nil, false
			}
			m[name] = v.String()
		default:
			return nil, false
		}
	}
	return m, true
}

// put sets a member unless it is empty.
func (m message) put(name, value string) {
	if value != "" {
		m[name] = value
	}
}

// replace changes a member that is there.
func (m message) replace(name, value string) {
	if _, ok := m[name]; ok {
		m[name] = value
	}
}

// more makes an amount that is there one fen more.
func (m message) more(name string) {
	if amount, err := strconv.ParseInt(m[name], 10, 64); err == nil {
		m[name] = fen(amount + 1)
	}
}

const signatureName = "signature"

// digest returns what is signed of a message: the SHA-256, in hexadecimal, of its members but the signature,
// sorted, as name=value joined by ampersands.
func (m message) digest() []byte {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if name != signatureName {
			parts = append(parts, name+"="+m[name])
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "&")))
	return []byte(hex.EncodeToString(sum[:]))
}

// sign puts the signature of a key into a message.
func (m message) sign(key *rsa.PrivateKey) error {
	signature, err := kit.Sign(key, m.digest())
	m[signatureName] = signature
	return err
}

// signed reports whether the signature of a message is one of a key.
func (m message) signed(key *rsa.PublicKey) bool {
	return kit.Signed(key, m.digest(), m[signatureName])
}

// text writes a message.
func (m message) text() []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // texts only
	}
	return text
}

// mark tells whether two requests ask for the same.
func (m message) mark(act string) string {
	same := maps.Clone(m)
	for _, name := range []string{signatureName, "reqTime", "orderTime", "termInfo"} {
		delete(same, name)
	}
	return act + " " + string(same.digest()[:24])
}
