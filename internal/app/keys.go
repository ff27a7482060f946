package app

import (
	"context"

	"github.com/yifen-pay/yifen/internal/hsm"
)

// LoadTerminalKey gives a terminal another master key, "3des" or "sm4". It comes whole or by its components, which
// different people hold, each with its check value. It returns the key's check value, to compare with what the
// terminal shows.
func (a *App) LoadTerminalKey(ctx context.Context, number, algorithm string, key []byte, components []hsm.Component, by string) (checkValue []byte, err error) {
	cipher, err := hsm.ParseCipher(algorithm)
	if err != nil {
		return nil, err
	}
	t, _, err := a.Terminals.Find(ctx, number)
	if err != nil {
		return nil, err
	}
	var wrapped []byte
	if len(components) > 0 {
		wrapped, checkValue, err = a.HSM.CombineMaster(cipher, components)
	} else {
		wrapped, checkValue, err = a.HSM.Load(hsm.UseMaster, cipher, key)
	}
	if err != nil {
		return nil, err
	}
	_, err = a.Terminals.SetMaster(ctx, t, wrapped, algorithm, checkValue, by)
	return checkValue, err
}
