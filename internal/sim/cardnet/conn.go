package cardnet

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	connsMax  = 256
	writeWait = 10 * time.Second // a member that does not read for so long is cut off
)

// conn is one connection of a member.
type conn struct {
	net    *Network
	socket net.Conn
	member atomic.Pointer[member]     // nil before sign-on and after sign-off
	keys   atomic.Pointer[generation] // current ones; nil without

	echoing atomic.Bool // the network asks for echoes

	in, out iso8583.Message // of the goroutine that reads
	frame   []byte

	mu     sync.Mutex // guards what follows
	writer *bufio.Writer
	asked  map[string]*generation // key changes without an answer, by F11
}

func newConn(n *Network, socket net.Conn) *conn {
	return &conn{net: n, socket: socket, writer: bufio.NewWriterSize(socket, 1<<14), asked: map[string]*generation{}}
}

// serve reads messages until the connection ends.
func (c *conn) serve() {
	n := c.net
	defer func() {
		c.socket.Close()
		n.link.Lock()
		delete(n.conns, c)
		n.link.Unlock()
	}()
	reader := bufio.NewReaderSize(c.socket, 1<<14)
	var header [iso8583.NetworkHeader]byte
	var body []byte
	for {
		if _, err := io.ReadFull(reader, header[:]); err != nil {
			c.logEnd(err)
			return
		}
		length, err := iso8583.NetworkLength(header)
		if err != nil { // where the next message begins is unknown from here on
			n.stats.formatErrors.Add(1)
			n.log.Warn("card network: connection sends no length", "remote", c.socket.RemoteAddr().String())
			return
		}
		if cap(body) < length {
			body = make([]byte, length)
		}
		body = body[:length]
		if _, err := io.ReadFull(reader, body); err != nil {
			c.logEnd(err)
			return
		}
		n.stats.messages.Add(1)
		c.handle(body)
		if reader.Buffered() == 0 && c.flush() != nil {
			return
		}
	}
}

func (c *conn) logEnd(err error) {
	if err != io.EOF && !errors.Is(err, net.ErrClosed) {
		c.net.log.Info("card network: connection ended", "remote", c.socket.RemoteAddr().String(), "error", err)
	}
}

// handle answers one message, into the buffer.
func (c *conn) handle(body []byte) {
	err := iso8583.Network.Unpack(body, &c.in)
	switch mti := c.in.MTI(); {
	case mti == "0820":
		c.manage(err)
	case mti == "0830":
		if err == nil {
			c.answered()
		}
	case financial(mti):
		c.financial(body, err)
	default:
		c.net.stats.formatErrors.Add(1)
		if iso8583.AnswerMTI(mti) != "" {
			c.answerTo(&c.in)
			c.reply(codeFormat, nil)
		}
	}
}

// financial reports whether a message type is one of the profile's financial ones.
func financial(mti string) bool {
	switch mti {
	case "0100", "0200", "0220", "0221", "0420", "0421", "0620", "0621":
		return true
	}
	return false
}

// echoed are the fields that an answer takes from its request.
var echoed = []int{2, 3, 4, 7, 11, 32, 33, 37, 41, 42, 49}

// answerTo begins the answer to a message in c.out.
func (c *conn) answerTo(m *iso8583.Message) {
	c.out.Reset()
	c.out.SetMTI(iso8583.AnswerMTI(m.MTI()))
	c.out.CopyFrom(m, echoed...)
}

// reply ends the answer in c.out with a code and hands it over. Keys may be nil, for an answer that has
// nothing to prove.
func (c *conn) reply(code string, keys *generation) {
	c.out.Set(39, code)
	c.frame = c.net.pack(c.frame[:0], &c.out, keys)
	c.write(c.frame)
}

// pack appends the frame of a message, closed by a MAC when keys are given.
func (n *Network) pack(dst []byte, m *iso8583.Message, keys *generation) []byte {
	if keys != nil {
		m.SetBytes(128, make([]byte, 8))
	}
	at := len(dst)
	dst = append(dst, "0000"...)
	packed, err := iso8583.Network.Append(dst, m)
	if err != nil { // only what a request carried can be out of form
		n.stats.formatErrors.Add(1)
		n.log.Warn("card network: answer cannot be packed", "error", err)
		return dst[:at]
	}
	body := packed[at+iso8583.NetworkHeader:]
	if keys != nil {
		end := len(body) - 8
		mac, err := cardcrypto.MAC(cardcrypto.X919, keys.mac, body[:end])
		if err != nil {
			n.log.Error("card network: answer cannot be signed", "error", err)
			return dst[:at]
		}
		copy(body[end:], mac[:])
	}
	length := strconv.Itoa(len(body))
	copy(packed[at+iso8583.NetworkHeader-len(length):], length)
	return packed
}

// write puts a frame into the buffer.
func (c *conn) write(frame []byte) {
	if len(frame) == 0 {
		return
	}
	c.net.stats.answers.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writer.Available() < len(frame) {
		c.socket.SetWriteDeadline(time.Now().Add(writeWait))
	}
	c.writer.Write(frame) // a failure stays with the writer and shows on flush
}

// flush sends what is in the buffer.
func (c *conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writer.Buffered() == 0 {
		return nil
	}
	c.socket.SetWriteDeadline(time.Now().Add(writeWait))
	return c.writer.Flush()
}

// send writes a frame and sends it at once: what is not the answer of the goroutine that reads.
func (c *conn) send(frame []byte) {
	c.write(frame)
	if c.flush() != nil {
		c.socket.Close()
	}
}
