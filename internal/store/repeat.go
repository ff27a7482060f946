package store

import (
	"github.com/yifen-pay/yifen/internal/domain/repeat"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

var repeatTable = &table{
	name:    repeat.Table,
	columns: cols("bucket small, id text, digest blob, state text, status int, media_type text, answer blob, kept int, at_us int"),
	encode: func(s sink, r step.Row) {
		q := r.(repeat.Request)
		s.Int(int64(q.Bucket))
		s.Text(q.ID)
		s.Blob(q.Digest)
		s.Text(string(q.State))
		s.Int(int64(q.Status))
		s.Text(q.Type)
		s.Blob(q.Answer)
		sinkBool(s, q.Kept)
		s.Int(int64(q.At))
	},
	decode: func(scan func(...any) error) (step.Row, error) {
		var q repeat.Request
		var kept int64
		err := scan(&q.Bucket, &q.ID, &q.Digest, &q.State, &q.Status, &q.Type, &q.Answer, &kept, &q.At)
		q.Kept = kept != 0
		return q, err
	},
}
