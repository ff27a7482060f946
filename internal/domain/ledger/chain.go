package ledger

import "github.com/yifen-pay/yifen/internal/domain/chain"

// Link returns the hash that follows prev when e is appended to the chain of entries.
func Link(prev []byte, e Entry) []byte {
	h := chain.After(prev)
	h.Text(e.ID, e.Kind, e.Payment, e.Operation, e.Mirrors)
	h.Number(int64(e.Bucket), int64(e.At), int64(e.BusinessDate))
	for _, l := range e.Lines {
		h.Text(string(l.Account))
		h.Number(l.Amount.Fen, int64(l.Amount.Currency))
	}
	return h.Sum()
}
