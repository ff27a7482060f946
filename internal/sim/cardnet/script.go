package cardnet

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// Script is a command that an issuer has for the chip of one of its cards.
type Script struct {
	Template emv.Tag // 71, before the chip ends the transaction, or 72, after it
	Header   [4]byte // CLA INS P1 P2, e.g. 84 24 00 00 to unblock the PIN
	Data     []byte  // of the command, without its MAC; up to 32 bytes
}

// scriptDataMax keeps F55 of an answer well below its 255 bytes.
const scriptDataMax = 32

const (
	scriptMACLen    = 4
	scriptResultLen = 5 // how it went, sequence, and four bytes of name
)

// commandTag is the tag of a command in a script's template (EMV 4.3 Book 3, annex A).
const commandTag emv.Tag = 0x86

// ScriptState is how far an issuer's script has come.
type ScriptState string

// States of a script.
const (
	ScriptWaiting ScriptState = "waiting" // for the next approval of a chip's request
	ScriptSent    ScriptState = "sent"
	ScriptDone    ScriptState = "done"
	ScriptFailed  ScriptState = "failed"
)

// script is an issuer's script in the books.
type script struct {
	Card     string      `json:"card"`
	Name     string      `json:"name"` // tag 9F18 in hexadecimal
	Template emv.Tag     `json:"template"`
	Header   [4]byte     `json:"header"`
	Data     []byte      `json:"data,omitempty"`
	State    ScriptState `json:"state"`
	Result   string      `json:"result,omitempty"` // tag DF31 in hexadecimal
}

// ScriptStatus is what became of an issuer's script.
type ScriptStatus struct {
	Name   string // tag 9F18 in hexadecimal
	State  ScriptState
	Result string // five bytes of tag DF31 in hexadecimal, once the member has told it
}

// Script has an issuer send a command to the chip of a card: it goes with the next approval of a request
// whose cryptogram is right. It returns the script's name (tag 9F18) in hexadecimal.
func (n *Network) Script(pan string, s Script) (name string, err error) {
	a := n.books.accounts[pan]
	switch {
	case a == nil:
		return "", errors.New("cardnet: the network does not know the card")
	case s.Template != emv.IssuerScript1 && s.Template != emv.IssuerScript2:
		return "", errors.New("cardnet: the template of a script is 71 or 72")
	case len(s.Data) > scriptDataMax:
		return "", fmt.Errorf("cardnet: the data of a script's command is up to %d bytes", scriptDataMax)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	queued := &script{
		Card: a.id, Name: fmt.Sprintf("%08X", len(a.scripts)+1), Template: s.Template, Header: s.Header,
		Data: bytes.Clone(s.Data), State: ScriptWaiting,
	}
	a.keep(queued)
	n.noteJournal(n.books.journal.Append(record{Script: queued}))
	return queued.Name, nil
}

// Scripts returns the scripts of a card, the oldest first.
func (n *Network) Scripts(pan string) []ScriptStatus {
	a := n.books.accounts[pan]
	if a == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []ScriptStatus
	for _, s := range a.scripts {
		list = append(list, ScriptStatus{s.Name, s.State, s.Result})
	}
	return list
}

// keep takes a script into the books, or what became of it.
func (a *account) keep(s *script) {
	if known := a.script(s.Name); known != nil {
		*known = *s
		return
	}
	a.scripts = append(a.scripts, s)
}

// script returns the script of a name, or nil.
func (a *account) script(name string) *script {
	if a == nil || name == "" {
		return nil
	}
	for _, s := range a.scripts {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// nextScript returns the name of the oldest script that waits, or "".
func (a *account) nextScript() string {
	for _, s := range a.scripts {
		if s.State == ScriptWaiting {
			return s.Name
		}
	}
	return ""
}

// scriptGoes moves the script of a name on, unless its result is known.
func (a *account) scriptGoes(name string, to ScriptState) {
	if s := a.script(name); s != nil && (s.State == ScriptWaiting || s.State == ScriptSent) {
		s.State = to
	}
}

// scriptDone records the result that an entry tells.
func (a *account) scriptDone(e *entry) {
	s := a.script(e.Script)
	if s == nil {
		return
	}
	s.State, s.Result = ScriptFailed, e.Result
	if strings.HasPrefix(e.Result, "2") {
		s.State = ScriptDone
	}
}

// template returns the template of a script as it goes to the chip that sent a request. Its command ends
// with a MAC over the command's header, the counter and the cryptogram of the request, and the data.
func (s *script) template(c *chip) ([]byte, error) {
	name, err := hex.DecodeString(s.Name)
	if err != nil {
		return nil, err
	}
	session, err := cardcrypto.SessionKey(c.scheme, c.key, c.atc)
	if err != nil {
		return nil, err
	}
	command := append(s.Header[:len(s.Header):len(s.Header)], byte(len(s.Data)+scriptMACLen))
	signed := append(append(append(command[:len(command):len(command)], c.atc[:]...), c.arqc[:]...), s.Data...)
	mac, err := cardcrypto.Retail(session, signed, cardcrypto.Pad80)
	if err != nil {
		return nil, err
	}
	command = append(append(command, s.Data...), mac[:scriptMACLen]...)
	inner := emv.Append(emv.Append(nil, emv.ScriptIdentifier, name), commandTag, command)
	return emv.Append(nil, s.Template, inner), nil
}

// scriptResults returns the results in F55 (tag DF31), five bytes each, or nil when it has none.
func scriptResults(f55 []byte) [][]byte {
	list, err := emv.Parse(f55)
	value := list.Get(emv.ScriptResults)
	if err != nil || len(value) == 0 || len(value)%scriptResultLen != 0 {
		return nil
	}
	var results [][]byte
	for ; len(value) > 0; value = value[scriptResultLen:] {
		results = append(results, append([]byte(nil), value[:scriptResultLen]...))
	}
	return results
}

// scriptOf finds the script whose result a request tells, notes both in e and returns the code of the
// answer. A result without a name is that of the script that the original brought.
func (r *request) scriptOf(e *entry) string {
	brought := e.original.Script
	for _, result := range r.results {
		name := fmt.Sprintf("%08X", binary.BigEndian.Uint32(result[1:]))
		if brought != "" && (name == brought || name == "00000000") {
			e.Script, e.Result = brought, strings.ToUpper(hex.EncodeToString(result))
			return codeApproved
		}
	}
	return codeNoOriginal
}
