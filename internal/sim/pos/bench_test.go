package pos_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// approver is a host that signs everybody in and approves everything, as cheaply as it can: what a
// benchmark measures is to be the terminal.
func approver(b *testing.B) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	tmk, mac := desKey(b, masterKey), desKey(b, "5BB5C72CD00B7338")
	pin, err := cardcrypto.Wrap(tmk, desKey(b, "807A23AD32B36D457AE91FDF927570EA"))
	if err != nil {
		b.Fatal(err)
	}
	wrapped, err := cardcrypto.Wrap(tmk, mac)
	if err != nil {
		b.Fatal(err)
	}
	f62, err := cardcrypto.WorkingKeys{PIN: pin, MAC: wrapped}.Format()
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go approve(conn, mac, f62)
		}
	}()
	return listener.Addr().String()
}

func approve(conn net.Conn, key *cardcrypto.Key, f62 []byte) {
	defer conn.Close()
	var req, ans iso8583.Message
	var in, body, out []byte
	for {
		in = append(in[:0], 0, 0)
		if _, err := io.ReadFull(conn, in); err != nil {
			return
		}
		n := int(in[0])<<8 | int(in[1])
		in = append(in[:0], make([]byte, n)...)
		if _, err := io.ReadFull(conn, in); err != nil {
			return
		}
		frame, err := iso8583.ParseFrame(in)
		if err != nil || iso8583.Terminal.Unpack(frame.Body, &req) != nil {
			return
		}
		ans.Reset()
		ans.SetMTI(iso8583.AnswerMTI(req.MTI()))
		ans.CopyFrom(&req, 2, 3, 4, 11, 25, 41, 42, 49, 60)
		ans.Set(12, "123456")
		ans.Set(13, "1107")
		ans.Set(32, "00012900")
		ans.Set(37, "000000000001")
		ans.Set(38, "A00001")
		ans.Set(39, "00")
		if req.MTI() == "0800" {
			ans.SetBytes(62, f62)
		} else {
			ans.SetBytes(64, make([]byte, 8))
		}
		if body, err = iso8583.Terminal.Append(body[:0], &ans); err != nil {
			return
		}
		if covered := iso8583.MACInput(body, iso8583.Terminal); covered != nil {
			mac, err := cardcrypto.MAC(cardcrypto.ECB, key, covered)
			if err != nil {
				return
			}
			copy(body[len(covered):], mac[:])
		}
		reply := frame.Reply(0)
		reply.Body = body
		out = iso8583.AppendFrame(out[:0], reply)
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// BenchmarkSale sells by chip and PIN on sixteen terminals of one process that keep their connections.
func BenchmarkSale(b *testing.B) {
	address := approver(b)
	const terminals = 16
	idle := make(chan *pos.Terminal, terminals)
	for i := range terminals {
		terminal := open(b, pos.Config{
			Terminal: fmt.Sprintf("390000%02d", i), Merchant: merchantNumber, TMK: unhex(b, masterKey), Address: address,
			KeepAlive: true, NoJournal: true,
		})
		must(b)(terminal.SignIn(b.Context()))
		idle <- terminal
	}
	sale := chipSale(b, 1_00)
	b.SetParallelism(terminals)
	b.ResetTimer()
	start := time.Now()
	b.RunParallel(func(p *testing.PB) {
		terminal := <-idle
		defer func() { idle <- terminal }()
		for p.Next() {
			if o, err := terminal.Sale(b.Context(), sale); err != nil || !o.Approved {
				b.Errorf("outcome %+v, %v", o, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "sales/s")
	b.ReportAllocs()
}
