package mqtt

import (
	"bytes"
	"context"
	"errors"
	"net"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/yifen-pay/yifen/internal/domain/speaker"
)

// hook is what the protocol's machinery asks us.
type hook struct {
	mochi.HookBase
	broker *Broker
}

// ID names the hook.
func (h *hook) ID() string { return "speakers" }

// Provides tells which questions the hook answers.
func (h *hook) Provides(b byte) bool {
	return bytes.Contains([]byte{
		mochi.OnConnect, mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnSessionEstablished, mochi.OnDisconnect,
		mochi.OnSubscribed, mochi.OnQosComplete,
	}, []byte{b})
}

var (
	errKeepAlive = errors.New("a speaker sends something every 20 minutes at least")
	errName      = errors.New("a speaker's id is shorter")
	errWill      = errors.New("a speaker leaves no will")
)

// OnConnect takes what speakers say and no more. The speaker's id stands in for the client identifier, so that one speaker has one
// connection and nobody takes over another's.
func (h *hook) OnConnect(cl *mochi.Client, pk packets.Packet) error {
	if pk.ProtocolVersion >= 5 {
		if err := h.broker.server.SendConnack(cl, packets.ErrUnsupportedProtocolVersion, false, nil); err != nil {
			return err
		}
		return packets.ErrUnsupportedProtocolVersion
	}
	if pk.Connect.Keepalive == 0 || pk.Connect.Keepalive > keepAlive {
		return errKeepAlive
	}
	if len(pk.Connect.Username) > nameMax {
		return errName
	}
	if pk.Connect.WillFlag {
		return errWill
	}
	cl.ID, cl.Properties.Clean = string(pk.Connect.Username), true
	return nil
}

// OnConnectAuthenticate tells whether a speaker is let in.
func (h *hook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	address, _, err := net.SplitHostPort(cl.Net.Remote)
	if err != nil || !h.broker.tries.allow(address, cl.ID) {
		h.broker.config.Meter.refused.WithLabelValues("throttled").Inc()
		return false
	}
	if _, err := h.look(pk); err != nil {
		why := "records"
		if errors.Is(err, speaker.ErrRefused) {
			why = "password"
			h.broker.tries.failed(address, cl.ID)
		} else {
			h.broker.config.Logger.Error("a speaker could not be looked up", "error", err)
		}
		h.broker.config.Meter.refused.WithLabelValues(why).Inc()
		return false
	}
	return true
}

func (h *hook) look(pk packets.Packet) (speaker.Speaker, error) {
	ctx, cancel := context.WithTimeout(h.broker.ctx, lookWithin)
	defer cancel()
	return h.broker.config.Speakers.Enter(ctx, string(pk.Connect.Username), string(pk.Connect.Password))
}

// OnSessionEstablished takes a speaker in. The records are read once more after it is known here: what changed before that was told
// to nobody.
func (h *hook) OnSessionEstablished(cl *mochi.Client, pk packets.Packet) {
	row, err := h.look(pk)
	if err != nil {
		h.broker.end(cl)
		return
	}
	h.broker.enter(cl, row)
	if _, err := h.look(pk); err != nil {
		h.broker.end(cl)
		return
	}
	h.broker.running.Go(func() { h.broker.seen(row.ID) })
}

// OnDisconnect notes that a speaker is away.
func (h *hook) OnDisconnect(cl *mochi.Client, _ error, _ bool) { h.broker.leave(cl) }

// OnACLCheck lets a speaker read its own topic and write none.
func (h *hook) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	return !write && topic == speaker.Topic(cl.ID)
}

// OnSubscribed begins to tell a speaker that reads its topic.
func (h *hook) OnSubscribed(cl *mochi.Client, pk packets.Packet, reasons []byte) {
	for i, f := range pk.Filters {
		if i < len(reasons) && reasons[i] <= packets.CodeGrantedQos2.Code && f.Filter == speaker.Topic(cl.ID) {
			h.broker.listens(cl, reasons[i])
		}
	}
}

// OnQosComplete hears that a speaker has what it was sent.
func (h *hook) OnQosComplete(cl *mochi.Client, pk packets.Packet) {
	h.broker.acknowledged(cl, pk.PacketID)
}
