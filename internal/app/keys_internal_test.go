package app

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/hsm"
)

// Components that people bring one by one make the key that they would make together.
func TestKeyRoom_combinesComponents(t *testing.T) {
	module, err := hsm.New(bytes.Repeat([]byte{0x42}, 32))
	if err != nil {
		t.Fatal(err)
	}
	room := keyRoom{Module: module}
	split, check, err := hsm.Split(hsm.TDES, 16, 3)
	if err != nil {
		t.Fatal(err)
	}
	var parts []terminal.SealedComponent
	for i, part := range split {
		record := fmt.Sprint("record ", i)
		sealed, err := room.SealComponent("3des", terminal.Component(part), record)
		if err != nil || bytes.Contains(sealed, part.Value) {
			t.Fatal(err)
		}
		parts = append(parts, terminal.SealedComponent{Sealed: sealed, CheckValue: fmt.Sprintf("%X", part.CheckValue), Record: record})
	}
	wrapped, got, err := room.CombineComponents("3des", parts)
	if err != nil || !bytes.Equal(got, check) || len(wrapped) == 0 {
		t.Errorf("the key has the check value %X, want %X: %v", got, check, err)
	}
	wrong := terminal.Component{Value: split[0].Value, CheckValue: split[1].CheckValue}
	if _, err := room.SealComponent("3des", wrong, "r"); !errors.Is(err, hsm.ErrComponent) {
		t.Errorf("another check value: %v", err)
	}
	if _, err := room.SealComponent("sm4", terminal.Component{Value: make([]byte, 24)}, "r"); !errors.Is(err, hsm.ErrKeyValue) {
		t.Errorf("another length: %v", err)
	}
	parts[0].Record = "another"
	if _, _, err := room.CombineComponents("3des", parts); err == nil {
		t.Error("a component of another ceremony is taken")
	}
}
