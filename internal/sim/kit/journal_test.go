package kit_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/kit"
)

type item struct {
	N    int    `json:"n"`
	Text string `json:"text"`
}

// reopen opens a journal and returns it with what it replayed.
func reopen(t *testing.T, path string) (*kit.Journal[item], []int) {
	t.Helper()
	var replayed []int
	j, err := kit.OpenJournal(path, func(i item) error {
		replayed = append(replayed, i.N)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, replayed
}

func write(t *testing.T, j *kit.Journal[item], numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if err := j.Append(item{n, "<一分>\n"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJournal_replays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.jsonl")
	j, replayed := reopen(t, path)
	if len(replayed) != 0 {
		t.Errorf("a new journal replays %v", replayed)
	}
	write(t, j, 1, 2)
	if err := errors.Join(j.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(item{}); !errors.Is(err, kit.ErrClosed) {
		t.Errorf("a closed journal says %v", err)
	}
	j, replayed = reopen(t, path)
	write(t, j, 3)
	if !slices.Equal(replayed, []int{1, 2}) || j.Len() != 3 {
		t.Errorf("replayed %v, %d records", replayed, j.Len())
	}
}

func TestJournal_flushesByItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.jsonl")
	j, _ := reopen(t, path)
	write(t, j, 1)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-tick.C {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a record stays in memory")
		}
	}
}

func TestJournal_tornAtTheEnd(t *testing.T) {
	for _, torn := range []string{`{"n":3`, `{"n":3,"text":""}`, "{\"n\":3\n", "\x00\x00\n"} {
		path := filepath.Join(t.TempDir(), "books.jsonl")
		if err := os.WriteFile(path, []byte("{\"n\":1}\n{\"n\":2}\n"+torn), 0o600); err != nil {
			t.Fatal(err)
		}
		j, replayed := reopen(t, path)
		if !slices.Equal(replayed, []int{1, 2}) || j.Torn() != len(torn) {
			t.Errorf("%q: replayed %v, cut %d bytes, want %d", torn, replayed, j.Torn(), len(torn))
		}
		write(t, j, 4)
		j.Close()
		if _, replayed = reopen(t, path); !slices.Equal(replayed, []int{1, 2, 4}) {
			t.Errorf("%q: then replayed %v", torn, replayed)
		}
	}
}

func TestJournal_damaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.jsonl")
	for text, want := range map[string]string{
		"{\"n\":1}\n{\"n\":\n{\"n\":3}\n": "line 2 is damaged",
		"{\"n\":1}\n{\"n\":\"x\"}\n":      "line 2 is damaged", // whole, so nothing tore it
		"{\"n\":1}\n{\"n\":9}\n":          "line 2: nine",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := kit.OpenJournal(path, func(i item) error {
			if i.N == 9 {
				return errors.New("nine")
			}
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func TestJournal_rewrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.jsonl")
	j, _ := reopen(t, path)
	write(t, j, 1, 2, 3)
	if err := j.Rewrite(slices.Values([]item{{N: 6}})); err != nil {
		t.Fatal(err)
	}
	write(t, j, 7)
	if j.Len() != 2 {
		t.Errorf("%d records after the rewriting, want 2", j.Len())
	}
	j.Close()
	if err := j.Rewrite(slices.Values([]item{})); !errors.Is(err, kit.ErrClosed) {
		t.Errorf("rewriting a closed journal gives %v", err)
	}
	if _, replayed := reopen(t, path); !slices.Equal(replayed, []int{6, 7}) {
		t.Errorf("replayed %v, want [6 7]", replayed)
	}
}

func TestJournal_keepsTheOldFileWhenRewritingFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.jsonl")
	j, _ := reopen(t, path)
	write(t, j, 1)
	if err := os.Mkdir(path+".new", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := j.Rewrite(slices.Values([]item{{N: 6}})); err == nil {
		t.Error("rewriting into a folder succeeds")
	}
	write(t, j, 2)
	j.Close()
	if _, replayed := reopen(t, path); !slices.Equal(replayed, []int{1, 2}) {
		t.Errorf("replayed %v, want [1 2]", replayed)
	}
}

func TestJournal_inMemory(t *testing.T) {
	j, _ := reopen(t, "")
	write(t, j, 1)
	if err := errors.Join(j.Flush(), j.Rewrite(slices.Values([]item{})), j.Close()); err != nil {
		t.Error(err)
	}
	if j.Len() != 0 {
		t.Errorf("a journal that forgets has %d records", j.Len())
	}
}

func ExampleParseFault() {
	fault, err := kit.ParseFault("cardnet:late:0.02:seed=7:after=40s")
	fmt.Println(fault.Kind, fault.Rate, fault.Seed, fault.After, err)
	// Output: late 0.02 7 40s <nil>
}
