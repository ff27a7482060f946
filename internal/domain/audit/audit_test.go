package audit_test

import (
	"testing"

	"github.com/yifen-pay/yifen/internal/domain/audit"
)

func TestLink_coversTheRecord(t *testing.T) {
	base := audit.Record{ID: "i", Bucket: 1, At: 2, Actor: "a", Action: "b", Subject: "c", Detail: "d"}
	hashes := map[string]string{string(audit.Link(nil, base)): "unchanged", string(audit.Link([]byte("x"), base)): "predecessor"}
	for name, change := range map[string]func(*audit.Record){
		"id": func(r *audit.Record) { r.ID += "x" }, "bucket": func(r *audit.Record) { r.Bucket++ },
		"time": func(r *audit.Record) { r.At++ }, "actor": func(r *audit.Record) { r.Actor += "x" },
		"action": func(r *audit.Record) { r.Action += "x" }, "subject": func(r *audit.Record) { r.Subject += "x" },
		"detail": func(r *audit.Record) { r.Detail += "x" },
		"border": func(r *audit.Record) { r.Actor, r.Action = "ab", "" },
	} {
		r := base
		change(&r)
		h := string(audit.Link(nil, r))
		if other, seen := hashes[h]; seen {
			t.Errorf("a record with another %s hashes as the one with another %s", name, other)
		}
		hashes[h] = name
	}
	if len(hashes) != 10 {
		t.Errorf("%d hashes differ, want 10", len(hashes))
	}
}

func TestRootHash_coversTheHeads(t *testing.T) {
	head := audit.Head{Lane: 1, Sequence: 2, AuditPosition: 3, AuditHash: []byte("a"), EntryPosition: 4, EntryHash: []byte("e")}
	list := func(change func(*audit.Head)) []audit.Head {
		h := head
		change(&h)
		return []audit.Head{h, {Lane: 9}}
	}
	same := func(*audit.Head) {}
	hashes := map[string]bool{}
	lists := [][]audit.Head{
		nil, {head}, list(same), {{Lane: 9}, head},
		list(func(h *audit.Head) { h.Lane++ }), list(func(h *audit.Head) { h.Sequence++ }),
		list(func(h *audit.Head) { h.AuditPosition++ }), list(func(h *audit.Head) { h.EntryPosition++ }),
		list(func(h *audit.Head) { h.AuditHash = []byte("b") }), list(func(h *audit.Head) { h.EntryHash = nil }),
		list(func(h *audit.Head) { h.AuditHash, h.EntryHash = []byte("ae"), nil }),
	}
	for _, l := range lists {
		hashes[string(audit.RootHash(l))] = true
	}
	if len(hashes) != len(lists) {
		t.Errorf("%d lists of heads have %d hashes", len(lists), len(hashes))
	}
}
