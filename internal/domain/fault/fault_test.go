package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/fault"
)

var errLimit = fault.New(fault.Limited, "limit_day", "the limit of the day would be passed")

func TestError_isFoundByKindAndCode(t *testing.T) {
	other := fault.New(fault.Limited, "limit_month", "the limit of the month would be passed")
	kind := fault.New(fault.Conflict, "limit_day", "the limit of the day would be passed")
	for _, c := range []struct {
		name string
		err  error
		is   error
		want bool
	}{
		{"itself", errLimit, errLimit, true},
		{"with a message", errLimit.With("by %d fen", 3), errLimit, true},
		{"with a cause", errLimit.Because(io.EOF), errLimit, true},
		{"with both", errLimit.Because(io.EOF).With("by %d fen", 3), errLimit, true},
		{"its cause", errLimit.Because(io.EOF).With("by %d fen", 3), io.EOF, true},
		{"wrapped", fmt.Errorf("sale: %w", errLimit), errLimit, true},
		{"joined", errors.Join(io.EOF, errLimit), errLimit, true},
		{"another code", errLimit, other, false},
		{"another kind", errLimit, kind, false},
		{"another make", io.EOF, errLimit, false},
	} {
		if got := errors.Is(c.err, c.is); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind fault.Kind
		code string
	}{
		{errLimit, fault.Limited, "limit_day"},
		{fmt.Errorf("sale: %w", errLimit.Because(io.EOF)), fault.Limited, "limit_day"},
		{io.EOF, fault.Internal, "internal"},
		{&fault.Error{Kind: fault.Unknown}, fault.Unknown, "internal"},
	} {
		if kind, code := fault.KindOf(c.err), fault.CodeOf(c.err); kind != c.kind || code != c.code {
			t.Errorf("%v: %s %s, want %s %s", c.err, kind, code, c.kind, c.code)
		}
	}
}

func TestError_text(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{errLimit, "the limit of the day would be passed"},
		{errLimit.With("by %d fen", 3), "by 3 fen"},
		{errLimit.Because(io.EOF), "the limit of the day would be passed: EOF"},
		{&fault.Error{Err: io.EOF}, "EOF"},
		{&fault.Error{Code: "bare"}, "bare"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestKind_String(t *testing.T) {
	words := map[string]bool{}
	for k := fault.Internal; k <= fault.Unknown; k++ {
		words[k.String()] = true
	}
	if len(words) != int(fault.Unknown)+1 || words["kind(8)"] {
		t.Errorf("the kinds are called %v", words)
	}
	if got := fault.Kind(200).String(); got != "kind(200)" {
		t.Errorf("a kind beyond the list is called %q", got)
	}
}
