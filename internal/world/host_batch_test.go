package world_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/world"
)

// sum is one sum of a batch close.
func sum(fen int64, n int) iso8583.Sum { return iso8583.Sum{Amount: fen, Count: n} }

// verdicts closes a batch and returns the host's word on each half: '1' equal, '2' not.
func (k *desk) verdicts(m *iso8583.Message) string {
	k.t.Helper()
	totals, err := iso8583.ParseTotals(k.expect("00", m).Get(48))
	if err != nil {
		k.t.Fatal(err)
	}
	return string([]byte{totals.Domestic.Result, totals.Foreign.Result})
}

// uploads sends lines of a batch as magnetic stripe details.
func (k *desk) uploads(trace string, lines ...iso8583.Detail) *iso8583.Message {
	k.t.Helper()
	text, err := iso8583.FormatDetails(lines)
	if err != nil {
		k.t.Fatal(err)
	}
	m := k.message("0320", "00", "201", trace)
	m.Set(48, text)
	return m
}

// uploaded ends an upload.
func (k *desk) uploaded(trace string, lines int) *iso8583.Message {
	m := k.message("0320", "00", "202", trace)
	m.Set(48, fmt.Sprintf("%04d", lines))
	return m
}

func (k *desk) detail(trace, name string, fen int64) iso8583.Detail {
	return iso8583.Detail{CardClass: "00", Trace: trace, PAN: demoCard(k.t, name).Number, Amount: fen}
}

// now returns the terminal as the books hold it.
func (k *desk) now() terminal.Terminal {
	k.t.Helper()
	term, _, err := k.d.App.Terminals.Find(context.Background(), k.number)
	if err != nil {
		k.t.Fatal(err)
	}
	return term
}

// closed returns the batch before the open one.
func (k *desk) closed() terminal.Batch {
	k.t.Helper()
	term := k.now()
	b, found, err := step.Read[terminal.Batch](context.Background(), k.d.App.Store, terminal.BatchKey(term.ID, term.BatchSequence-1))
	if err != nil || !found {
		k.t.Fatalf("the closed batch: found %t, %v", found, err)
	}
	return b
}

// suspense returns what was found about a line of the closed batch, "" when it was in order.
func (k *desk) suspense(trace int) string {
	k.t.Helper()
	b := k.closed()
	key := terminal.SuspenseLine{ID: fmt.Sprintf("%s/%012d/%06d", b.Terminal, b.Sequence, trace), Bucket: b.Bucket}.Key()
	line, found, err := step.Read[terminal.SuspenseLine](context.Background(), k.d.App.Store, key)
	if err != nil {
		k.t.Fatal(err)
	}
	if found && line.Trace != trace {
		k.t.Errorf("the line of trace %d says %d", trace, line.Trace)
	}
	return line.Finding
}

func TestHost_explainsABatchThatDiffers(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	k := openDesk(t, d, "29000001")
	k.expect("00", k.sale("000100", 50_00, "debit"))
	k.expect("00", k.sale("000101", 60_00, "debit"))
	k.expect("00", k.sale("000102", 70_00, "credit"))
	k.expect("51", k.sale("000103", 80_00, "51"))
	unmoved := standing(t, d)

	closing := k.totals("000110", sum(51_00, 1), sum(0, 0))
	if got := k.verdicts(closing); got != "21" {
		t.Errorf("the host says %s of the halves, want 21", got)
	}
	first := k.ask(closing)
	if again := k.ask(closing); !bytes.Equal(first.Bytes(48), again.Bytes(48)) || again.Get(39) != "00" {
		t.Errorf("the repeated close was answered %s %s", again.Get(39), again.Get(48))
	}
	if b := k.closed(); b.Domestic != (terminal.Totals{DebitFen: 180_00, DebitCount: 3}) || b.Balanced || b.ClosedBy != "terminal" {
		t.Errorf("the batch was closed as %+v", b)
	}

	lines := k.uploads("000111",
		k.detail("000100", "debit", 50_00), k.detail("000101", "debit", 61_00), k.detail("000102", "debit", 70_00),
		k.detail("000103", "51", 80_00), k.detail("000777", "debit", 1_00))
	chip := k.message("0320", "00", "203", "000778")
	chip.Set(2, demoCard(t, "credit").Number)
	chip.Set(4, fmt.Sprintf("%012d", 2_00))
	chip.Set(22, "051")
	for range 2 { // the second time changes nothing
		k.expect("00", lines)
		k.expect("00", chip)
	}
	k.expect("00", k.uploaded("000112", 6))
	k.expect("00", k.uploaded("000112", 6))
	for trace, finding := range map[int]string{
		100: "", 101: "60.00", 102: "card", 103: "declined", 777: "unknown to the books", 778: "unknown to the books",
	} {
		if got := k.suspense(trace); !strings.Contains(got, finding) || (got == "") != (finding == "") {
			t.Errorf("line %d: found %q, want %q", trace, got, finding)
		}
	}
	if b := k.closed(); b.Uploaded != 6 || !b.UploadDone {
		t.Errorf("%d lines were uploaded, done %t", b.Uploaded, b.UploadDone)
	}
	unmoved("a close and its details")

	k.expect("77", k.sale("000120", 10_00, "debit"))
	k.batch = fmt.Sprintf("%06d", k.now().BatchNumber) // the terminal counts on by itself
	k.expect("00", k.sale("000100", 10_00, "debit"))   // traces are free again
	k.expect("77", k.uploads("000121", k.detail("000100", "debit", 10_00)))
	if got := k.verdicts(k.totals("000122", sum(10_00, 1), sum(0, 0))); got != "11" {
		t.Errorf("the host says %s of the halves, want 11", got)
	}
	proveBooks(t, d)
}

// A batch left open is closed by the host at the cut-off. What the terminal still has to say of it is heard.
func TestHost_closesWhatWasLeftOpen(t *testing.T) {
	d := startDemo(t, world.DemoOptions{Quick: true})
	ctx := context.Background()
	k, other, idle := openDesk(t, d, "29000001"), openDesk(t, d, "29000002"), openDesk(t, d, "29000003")
	k.expect("00", k.sale("000100", 50_00, "debit"))
	unheard := k.sale("000101", 60_00, "debit")
	k.expect("00", unheard)
	reversal := k.reversal(unheard, "98")
	other.expect("00", other.sale("000100", 70_00, "credit"))
	day, err := d.App.Day(ctx)
	if err != nil {
		t.Fatal(err)
	}
	idleBatch := idle.now().BatchSequence

	d.Clock.Advance(24 * time.Hour)
	if err := d.App.RollDay(ctx); err != nil {
		t.Fatal(err)
	}
	if next, err := d.App.Day(ctx); err != nil || next != day.Next() {
		t.Errorf("business date %v follows %v: %v", next, day, err)
	}
	if b := k.closed(); b.ClosedBy != "cut-off" || b.Claimed || b.BusinessDate != day || b.Domestic.DebitFen != 110_00 {
		t.Errorf("the host closed the batch as %+v", b)
	}
	if idle.now().BatchSequence != idleBatch {
		t.Error("a batch without anything in it was closed")
	}
	root, found, err := step.Read[audit.Root](ctx, d.App.Store, audit.Root{Date: day}.Key())
	if err != nil || !found || len(root.Hash) == 0 {
		t.Errorf("the root of %v: found %t, %v", day, found, err)
	}

	unmoved := standing(t, d)
	k.expect("77", k.sale("000102", 10_00, "debit"))
	unmoved("a sale into a closed batch")
	old := k.batch
	k.signIn()
	if k.batch == old {
		t.Fatal("the sign-in brought the old batch")
	}
	k.expect("00", k.sale("000102", 10_00, "debit"))
	if op, _ := recorded(t, d, "29000001", "000102"); op.BusinessDate != day.Next() {
		t.Errorf("the sale counts for %v", op.BusinessDate)
	}

	// The reversal of the old batch is still taken, once.
	k.expect("00", reversal)
	proveBooks(t, d)
	unmoved = standing(t, d)
	k.expect("00", reversal)
	unmoved("a repeated reversal")
	for _, op := range operations(t, d) {
		if op.Kind == payment.SaleOp && op.Trace == 101 && op.State != payment.OpReversed {
			t.Errorf("the unheard sale is %s", op.State)
		}
	}

	// The close of the old batch gets its comparison: the books hold the sale that was reversed afterwards.
	unmoved = standing(t, d)
	fresh := k.batch
	k.batch = old
	if got := k.verdicts(k.totals("000110", sum(50_00, 1), sum(0, 0))); got != "21" {
		t.Errorf("the host says %s of the batch that it closed, want 21", got)
	}
	k.expect("00", k.uploads("000111", k.detail("000100", "debit", 50_00)))
	k.expect("00", k.uploaded("000112", 1))
	if got := k.suspense(100); got != "" {
		t.Errorf("the line in order is suspended: %s", got)
	}
	if got := other.verdicts(other.totals("000110", sum(70_00, 1), sum(0, 0))); got != "11" {
		t.Errorf("the host says %s of the other batch, want 11", got)
	}
	if b := k.closed(); b.ClosedBy != "cut-off" || !b.Claimed || b.Balanced {
		t.Errorf("after its close the batch is %+v", b)
	}
	k.batch = "000777"
	k.expect("77", k.totals("000113", sum(0, 0), sum(0, 0)))
	unmoved("a belated close")
	k.batch = fresh
	if got := k.verdicts(k.totals("000114", sum(10_00, 1), sum(0, 0))); got != "11" {
		t.Errorf("the host says %s of the new batch, want 11", got)
	}

	// Time that goes back opens no day again.
	d.Clock.Advance(-24 * time.Hour)
	if err := d.App.RollDay(ctx); err != nil {
		t.Fatal(err)
	}
	if now, err := d.App.Day(ctx); err != nil || now != day.Next() {
		t.Errorf("the business date went to %v: %v", now, err)
	}
	proveBooks(t, d)
}
