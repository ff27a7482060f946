package outbound

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
)

const messageMax = 120 // runes of a message that is kept

// Message makes what a wallet says fit to be kept: one line, not long, and no digits in which a code, a telephone or an
// account number could hide.
func Message(text string) string {
	var b strings.Builder
	run, length := []rune{}, 0
	flush := func() {
		if len(run) >= 6 {
			run = []rune("***")
		}
		b.WriteString(string(run))
		run = run[:0]
	}
	for _, r := range text {
		if length++; length > messageMax {
			break
		}
		switch {
		case r >= '0' && r <= '9':
			run = append(run, r)
			continue
		case unicode.IsControl(r) || r == unicode.ReplacementChar:
			r = ' '
		}
		flush()
		b.WriteRune(r)
	}
	flush()
	return strings.TrimSpace(b.String())
}

// Short cuts a text to so many runes.
func Short(text string, runes int) string {
	if r := []rune(text); len(r) > runes {
		return string(r[:runes])
	}
	return text
}

// Word returns a wallet's code as it is kept: letters, digits, dots and dashes, at most 64.
func Word(code string) string {
	kept := strings.Map(func(r rune) rune {
		if r == '_' || r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, code)
	return kept[:min(len(kept), 64)]
}

// Payer masks the name that a wallet gives a payer. What the wallet masked itself stays.
func Payer(name string) string {
	runes := []rune(name)
	switch {
	case strings.Contains(name, "**"):
		return name
	case len(runes) < 8:
		return strings.Repeat("*", len(runes))
	}
	return string(runes[:3]) + "***" + string(runes[len(runes)-3:])
}

// Kept keeps what is made from the fields of accounts, such as clients with their keys. Whoever signs with the same fields
// shares one, so that ten thousand sub-merchants of a provider do.
type Kept[T any] struct {
	mu    sync.Mutex
	items map[string]kept[T]
}

type kept[T any] struct {
	print string
	item  T
}

// For returns what was made for a name from the same fields, or makes it.
func (k *Kept[T]) For(name string, fields map[string]string, make func() (T, error)) (T, error) {
	print := fingerprint(fields)
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, ok := k.items[name]; ok && known.print == print {
		return known.item, nil
	}
	item, err := make()
	if err != nil {
		return item, err
	}
	if k.items == nil {
		k.items = map[string]kept[T]{}
	}
	k.items[name] = kept[T]{print, item}
	return item, nil
}

func fingerprint(fields map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(h, "%d %s %d %s ", len(name), name, len(fields[name]), fields[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
