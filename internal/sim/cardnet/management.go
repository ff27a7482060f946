package cardnet

import (
	"fmt"
	"strings"

	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// Network management codes (F70).
const (
	signOn       = "001"
	signOff      = "002"
	keyChange    = "101"
	cutOverBegin = "201"
	cutOverEnd   = "202"
	echoTest     = "301"
)

// manage answers an 0820 of a member. err is what the codec said of it.
func (c *conn) manage(err error) {
	n := c.net
	n.stats.management.Add(1)
	c.answerTo(&c.in)
	m := n.members[c.in.Get(33)]
	switch {
	case err != nil || !c.in.Has(7) || !c.in.Has(11) || !c.in.Has(33) || !c.in.Has(70) || !moment(c.in.Get(7)):
		n.stats.formatErrors.Add(1)
		c.reply(codeFormat, nil)
		return
	case m == nil:
		c.reply(codeUnknownMember, nil)
		return
	}
	switch c.in.Get(70) {
	case signOn:
		c.member.Store(m)
		n.stats.signOns.Add(1)
		c.out.Set(15, n.ClearingDate()[4:])
		c.reply(codeApproved, nil)
		n.awaitEcho(c)
		c.changeKeys(m)
	case signOff:
		c.member.Store(nil)
		c.keys.Store(nil)
		n.retire(c)
		c.reply(codeApproved, nil)
	case echoTest:
		c.reply(codeApproved, nil)
	default:
		c.reply(codeNotSupported, nil)
	}
}

// changeKeys sends fresh keys over a connection.
func (c *conn) changeKeys(m *member) {
	n := c.net
	g, f48, err := newGeneration(m, c, n.zmk)
	if err != nil {
		n.log.Error("card network: keys cannot be made", "error", err)
		return
	}
	n.adopt(g)
	n.stats.keyChanges.Add(1)
	message, trace := n.request(m, keyChange)
	message.Set(48, f48)
	c.mu.Lock()
	c.asked[trace] = g
	c.mu.Unlock()
	if n.config.KeyEvery > 0 {
		n.clock.AfterFunc(n.config.KeyEvery, func() {
			if c.keys.Load() == g && c.member.Load() == m {
				c.changeKeys(m)
			}
		})
	}
	c.send(n.pack(nil, message, nil))
}

// request begins an 0820 of the network's own.
func (n *Network) request(m *member, code string) (message *iso8583.Message, trace string) {
	trace = fmt.Sprintf("%06d", n.trace.Add(1)%1_000_000)
	message = &iso8583.Message{}
	message.SetMTI("0820")
	message.Set(7, n.clock.Now().In(china).Format("0102150405"))
	message.Set(11, trace)
	message.Set(33, m.Forwarder)
	message.Set(70, code)
	return message, trace
}

// answered takes a member's answer to a key change; of the network's other messages nothing depends on it.
func (c *conn) answered() {
	n := c.net
	c.mu.Lock()
	g := c.asked[c.in.Get(11)]
	delete(c.asked, c.in.Get(11))
	c.mu.Unlock()
	if g == nil || c.in.Get(39) == codeApproved {
		return
	}
	n.stats.keysRefused.Add(1)
	n.log.Warn("card network: member refused its keys; compare the member keys",
		"member", g.member.Forwarder, "code", strings.ToValidUTF8(c.in.Get(39), "?"))
	n.link.Lock()
	g.until = n.clock.Now()
	n.link.Unlock()
	c.keys.CompareAndSwap(g, nil)
}

// ChangeKeys gives every signed-on connection fresh keys.
func (n *Network) ChangeKeys() {
	for c, m := range n.signedOn() {
		c.changeKeys(m)
	}
}

// broadcast tells every signed-on connection of a step of the cut-over.
func (n *Network) broadcast(code, date string) {
	for c, m := range n.signedOn() {
		message, _ := n.request(m, code)
		message.Set(15, date[4:])
		c.send(n.pack(nil, message, nil))
	}
}

// signedOn returns the connections that are signed on.
func (n *Network) signedOn() map[*conn]*member {
	n.link.RLock()
	defer n.link.RUnlock()
	list := map[*conn]*member{}
	for c := range n.conns {
		if m := c.member.Load(); m != nil {
			list[c] = m
		}
	}
	return list
}

// awaitEcho asks a connection for an echo now and then while it is signed on.
func (n *Network) awaitEcho(c *conn) {
	if n.config.EchoEvery > 0 && c.echoing.CompareAndSwap(false, true) {
		n.clock.AfterFunc(n.config.EchoEvery, func() { n.echo(c) })
	}
}

func (n *Network) echo(c *conn) {
	m := c.member.Load()
	n.link.RLock()
	_, open := n.conns[c]
	n.link.RUnlock()
	if m == nil || !open {
		c.echoing.Store(false)
		return
	}
	message, _ := n.request(m, echoTest)
	n.clock.AfterFunc(n.config.EchoEvery, func() { n.echo(c) })
	c.send(n.pack(nil, message, nil))
}
