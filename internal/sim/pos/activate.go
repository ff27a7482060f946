package pos

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
)

// Connection is what a terminal learns when it is activated.
type Connection struct {
	Terminal     string `json:"terminal"`
	Merchant     string `json:"merchant"`
	MerchantName string `json:"merchant_name"`
	Address      string `json:"address"`
	TLS          bool   `json:"tls"`
	TPDU         string `json:"tpdu"`
	Profile      string `json:"profile"`
}

// activationMax bounds the answer to an activation, in bytes.
const activationMax = 64 << 10

// ErrActivation is the refusal of a code; its cause is the operator's word.
var ErrActivation = refuse("激活码不可用：请核对激活码与机身序列号，或在商户平台重新获取",
	"the code was not accepted: compare it and the serial number on the device, or get another in the portal")

// Activate tells the operator's REST door at api (http://host:port) that the hardware with a serial number shows a code, and returns
// how it connects. A terminal does so once, before it fetches its master key.
func Activate(ctx context.Context, client *http.Client, api, code, serial string) (c Connection, err error) {
	body, err := json.Marshal(map[string]string{"code": code, "serial": serial})
	if err != nil {
		return c, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, api+"/v1/activations", bytes.NewReader(body))
	if err != nil {
		return c, err
	}
	q.Header.Set("Content-Type", "application/json")
	var chance [12]byte
	rand.Read(chance[:])
	q.Header.Set("Idempotency-Key", hex.EncodeToString(chance[:]))
	r, err := client.Do(q)
	if err != nil {
		return c, err
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(r.Body, activationMax))
	if err != nil {
		return c, err
	}
	if r.StatusCode != http.StatusOK {
		return c, ErrActivation
	}
	return c, json.Unmarshal(raw, &c)
}
