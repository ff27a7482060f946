package handheld

import (
	"context"
	"net/url"
	"slices"
	"sync"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/sim/pos/screen"
)

// rollMax is how many papers lie beside a terminal; older ones are swept up.
const rollMax = 60

// roll is the paper that came out of one printer.
type roll struct {
	mu        sync.Mutex
	printed   int
	papers    []screen.Sheet // the newest last
	operation map[string]string
}

// print takes a paper as it comes out.
func (r *roll) print(sheet screen.Sheet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.printed++
	r.papers = append(r.papers, sheet)
	if len(r.papers) > rollMax {
		r.papers = slices.Delete(r.papers, 0, 1)
	}
}

func (r *roll) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.printed
}

// paper is one paper as the page draws it.
type paper struct {
	Number  int      `json:"number"` // counts from 1 since the demo was started
	Copy    string   `json:"copy"`   // merchant, cardholder or batch
	Lines   []string `json:"lines"`
	Receipt string   `json:"receipt,omitempty"` // address of the acquirer's own receipt, where it knows the transaction
}

// list returns the papers in a language, the newest first.
func (r *roll) list(ctx context.Context, lang string, operation func(context.Context, pos.Slip) (string, error)) ([]paper, error) {
	r.mu.Lock()
	sheets, printed := slices.Clone(r.papers), r.printed
	r.mu.Unlock()
	papers := make([]paper, 0, len(sheets))
	for i, sheet := range slices.Backward(sheets) {
		p := paper{Number: printed - len(sheets) + i + 1, Copy: "batch", Lines: sheet.Lines(lang)}
		if sheet.Slip != nil {
			p.Copy = string(sheet.Copy)
			id, err := r.find(ctx, *sheet.Slip, operation)
			if err != nil {
				return nil, err
			}
			if id != "" {
				p.Receipt = "/operations/" + id + "/receipt.png?" + url.Values{"copy": {p.Copy}, "lang": {lang}}.Encode()
			}
		}
		papers = append(papers, p)
	}
	return papers, nil
}

// find returns the acquirer's name of a slip's transaction, which it is asked for until it has one.
func (r *roll) find(ctx context.Context, slip pos.Slip, operation func(context.Context, pos.Slip) (string, error)) (string, error) {
	if slip.Training {
		return "", nil
	}
	key := slip.Batch + "/" + slip.Trace + "/" + slip.RRN
	r.mu.Lock()
	id := r.operation[key]
	r.mu.Unlock()
	if id != "" {
		return id, nil
	}
	id, err := operation(ctx, slip)
	if err != nil || id == "" {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.operation == nil {
		r.operation = map[string]string{}
	}
	r.operation[key] = id
	return id, nil
}
