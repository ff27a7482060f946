package cardnet_test

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"testing"

	"github.com/yifen-pay/yifen/internal/sim/cardnet"
	"github.com/yifen-pay/yifen/internal/sim/kit"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// BenchmarkSale measures sales per second over loopback on one connection with many in flight, with a PIN,
// and, where the name says so, with books on disk and chips. The messages are made beforehand; one goroutine
// writes them, another reads the answers, on the same cores as the network.
func BenchmarkSale(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkSale(b, "", (*client).sale) })
	b.Run("books", func(b *testing.B) { benchmarkSale(b, b.TempDir(), (*client).sale) })
	b.Run("chip", func(b *testing.B) { benchmarkSale(b, b.TempDir(), chipSale) })
}

func benchmarkSale(b *testing.B, dir string, sale func(*client, string, int64) *iso8583.Message) {
	n := start(b, cardnet.Config{Dir: dir, Clock: kit.NewClock(), ManualCutOver: true})
	c := member(b, n)
	var frames []byte
	for i := range b.N {
		m := sale(c, debitCard, 1)
		m.Set(7, "03051"+strconv.Itoa(20000+i/1_000_000))
		m.Set(11, strconv.Itoa(1_000_000 + i%1_000_000)[1:])
		frames = append(frames, c.frame(m)...)
	}
	socket, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer socket.Close()
	done := make(chan error, 1)
	go func() { done <- skipAnswers(socket, b.N) }()
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := socket.Write(frames); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	if got := n.Stats(); got.Approved != int64(b.N) {
		b.Fatalf("approved %d of %d", got.Approved, b.N)
	}
}

// skipAnswers reads past so many messages.
func skipAnswers(r io.Reader, count int) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for range count {
		var header [4]byte
		if _, err := io.ReadFull(in, header[:]); err != nil {
			return err
		}
		length, err := iso8583.NetworkLength(header)
		if err != nil {
			return err
		}
		if _, err := in.Discard(length); err != nil {
			return err
		}
	}
	return nil
}
