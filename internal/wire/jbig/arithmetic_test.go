package jbig

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The test sequence of T.82 clause 7.1: 256 pixels, the context of each (0 or 1), and the data that they
// become, with its stuffing.
const (
	sequencePixels   = "05e000008b0001c4170000347fff1a3f951b05d81d17e77000000000" + "06560e6a"
	sequenceContexts = "0fe000000f0000f0ff00000000000000" + "00000000000000000000000000000000"
	sequenceData     = "6989995c32eafaa0d5ff00527fff00ff00ff00c00000003fff002d208291"
)

func TestArithmetic_testSequence(t *testing.T) {
	pixels, contexts, data := unhex(t, sequencePixels), unhex(t, sequenceContexts), unhex(t, sequenceData)
	bit := func(b []byte, i int) byte { return b[i/8] >> (7 - i%8) & 1 }
	var w writer
	w.begin()
	for i := range 8 * len(pixels) {
		w.code(int(bit(contexts, i)), bit(pixels, i))
	}
	if got := bytes.ReplaceAll(w.end(), []byte{marker}, []byte{marker, stuff}); !bytes.Equal(got, data) {
		t.Errorf("written %x, want %x", got, data)
	}
	var r reader
	r.begin(data)
	for i := range 8 * len(pixels) {
		if got := r.code(int(bit(contexts, i)), 0); got != bit(pixels, i) {
			t.Fatalf("pixel %d is read as %d", i, got)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every row of the table leads to rows of it, so that no context can leave it.
func TestEstimates_stayInTheTable(t *testing.T) {
	for i, e := range estimates {
		if int(e.nlps) >= len(estimates) || int(e.nmps) >= len(estimates) || e.lsz == 0 || e.lsz >= half {
			t.Errorf("row %d: %+v", i, e)
		}
	}
}
