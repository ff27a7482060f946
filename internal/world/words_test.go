package world_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/wallet"
)

// TestWords_ofCodes holds that the pages have a word for whatever a payment by code may be refused for, for its states and
// sources, and for each field of an account with a wallet. The dictionaries of both languages have the same keys, which
// web's own tests hold.
func TestWords_ofCodes(t *testing.T) {
	read := func(pattern string) string {
		t.Helper()
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		var all strings.Builder
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
		return all.String()
	}
	words := read("../../web/shared/words/en/*.ts")
	wanted := map[string]bool{}
	refusal := regexp.MustCompile(`fault\.New\(fault\.\w+, "(\w+)"`)
	for _, file := range []string{"payment/refusal.go", "payment/link.go", "wallet/wallet.go", "risk/risk.go"} {
		codes := refusal.FindAllStringSubmatch(read("../domain/"+file), -1)
		if len(codes) == 0 {
			t.Errorf("%s has no refusals any more: where are they?", file)
		}
		for _, code := range codes {
			wanted["problem."+code[1]] = true
		}
	}
	for _, state := range payment.LinkStates {
		wanted["link_state."+string(state)] = true
	}
	for _, source := range payment.Sources {
		wanted["code_source."+string(source)] = true
	}
	for _, reason := range []string{payment.ReasonExpired, payment.ReasonStaff, payment.ReasonLate, payment.ReasonDouble} {
		wanted["code_reason."+reason] = true
	}
	for _, state := range wallet.AccountStates {
		wanted["wallet_state."+string(state)] = true
	}
	for _, name := range wallet.Names {
		wanted["spoken."+string(name)] = true
		for _, mode := range []wallet.Mode{wallet.Direct, wallet.Provider, wallet.Sub} {
			wanted["wallet_mode."+string(mode)] = true
			for _, field := range wallet.Fields(name, mode) {
				wanted["wallet_field."+field.Name] = true
				wanted["wallet_help."+field.Name] = true
			}
		}
	}
	finding := regexp.MustCompile(`\.(?:Good|Bad)\("(\w+)"`)
	for _, found := range finding.FindAllStringSubmatch(read("../rail/*/probe.go"), -1) {
		wanted["finding."+found[1]] = true
		wanted["finding_bad."+found[1]] = true
	}
	for key := range wanted {
		if !strings.Contains(words, "'"+key+"'") {
			t.Errorf("the pages have no word for %s", key)
		}
	}
}
