package chain_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yifen-pay/yifen/internal/domain/chain"
)

func hash(prev []byte, texts []string, numbers []int64) []byte {
	h := chain.After(prev)
	h.Text(texts...)
	h.Number(numbers...)
	return h.Sum()
}

func TestHash_tellsContentsApart(t *testing.T) {
	for _, c := range []struct{ a, b []string }{
		{[]string{"ab", "c"}, []string{"a", "bc"}},
		{[]string{"", "a"}, []string{"a", ""}},
		{[]string{"a"}, []string{"a", ""}},
		{[]string{"a\x00\x00\x00\x01b"}, []string{"a", "b"}}, // the length that precedes a text, inside a text
		{nil, []string{""}},
	} {
		if bytes.Equal(hash(nil, c.a, nil), hash(nil, c.b, nil)) {
			t.Errorf("%q and %q hash alike", c.a, c.b)
		}
	}
}

func TestHash_coversEverything(t *testing.T) {
	type content struct {
		prev    []byte
		texts   []string
		numbers []int64
	}
	draw := rapid.Custom(func(t *rapid.T) content {
		return content{
			rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "prev"),
			rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("a\x00\x01")), 0, 2, -1), 3, 3).Draw(t, "texts"),
			rapid.SliceOfN(rapid.Int64Range(-1, 1), 2, 2).Draw(t, "numbers"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		same := bytes.Equal(a.prev, b.prev) && slices.Equal(a.texts, b.texts) && slices.Equal(a.numbers, b.numbers)
		if got := bytes.Equal(hash(a.prev, a.texts, a.numbers), hash(b.prev, b.texts, b.numbers)); got != same {
			t.Fatalf("%+v and %+v hash alike: %t", a, b, got)
		}
	})
}
