package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/payment"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

// checks names the checks of the verifier in the order in which it reports them.
var checks = strings.Fields("entries balances funds books trace overdue reversals refunds limits dates batches events " +
	"audit numbers chain roots trail cards states merchants histories documents people bindings services shares codes webhooks")

// findings runs the verifier and returns what each check found, by name, and the names of those that
// found something.
func findings(t testing.TB, target string) (rows map[string][]string, failed []string) {
	t.Helper()
	v, err := store.OpenVerifier(context.Background(), target, calendar.At(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	rows = map[string][]string{}
	i := 0
	clean, err := v.Verify(context.Background(), func(c store.Check) {
		if i < len(checks) && !c.Holds() {
			rows[checks[i]], failed = c.Rows, append(failed, checks[i])
		}
		i++
	})
	if err != nil {
		t.Fatal(err)
	}
	if i != len(checks) || clean != (len(failed) == 0) {
		t.Fatalf("%d checks for %d names, clean: %t", i, len(checks), clean)
	}
	return rows, failed
}

// corruption is a change of the records that nobody may make.
type corruption struct {
	name string
	// sql is what is done; {kept} and the like stand for ids of the story, see spell.
	sql string
	// fails are the checks that must notice it, and no other; the first names row.
	fails string
	row   string
}

var corruptions = []corruption{
	{"a posting is changed", "UPDATE posting SET amount_fen = amount_fen + 1 WHERE entry = {kept.entry} AND account = 'fee:acquiring'",
		"entries balances books chain", "entry {kept.entry} is out by 1 fen"},
	{"a posting is moved to another merchant", "UPDATE posting SET account = 'merchant:else:pending' WHERE entry = {kept.entry} AND account LIKE 'merchant:%'",
		"chain balances", "entry {kept.entry} at position"},
	{"a posting is taken out", "DELETE FROM posting WHERE entry = {kept.entry} AND number = 0", "entries balances books chain", "entry {kept.entry} is out by"},
	{"an entry loses its postings", "DELETE FROM posting WHERE entry = {kept.entry}", "entries balances books chain", "entry {kept.entry} has no postings"},
	{"an entry is taken out", "DELETE FROM entry WHERE id = {kept.entry}", "entries books chain", "posting of entry {kept.entry}"},
	{"a balance is changed", "UPDATE balance SET credit_fen = credit_fen + 1 WHERE id = 'fee:acquiring' AND bucket = {bucket}", "balances", "balance fee:acquiring in bucket {bucket}"},
	{"a balance is taken out", "DELETE FROM balance WHERE id = 'cost:cardnet' AND bucket = {bucket}", "balances", "account cost:cardnet has postings"},
	{"something is pending that nothing put there", "UPDATE balance SET pending_debit_fen = 1 WHERE id = 'fee:acquiring' AND bucket = {bucket}", "balances", "balance fee:acquiring"},
	{"customer funds turn negative", "UPDATE balance SET debit_fen = debit_fen + 100000000 WHERE id = 'merchant:' || {merchant} || ':pending'",
		"funds balances", "account merchant:{merchant}:pending stands at -"},
	{"a fee is changed", "UPDATE payment SET fee_fen = fee_fen + 1 WHERE id = {kept}", "books", "payment {kept} is captured"},
	{"a payment is declared reversed", "UPDATE payment SET state = 'reversed' WHERE id = {kept}", "books states", "payment {kept} is reversed"},
	{"a trace is used twice", "UPDATE operation SET trace = {kept.trace} WHERE id = {other.op}", "trace", "trace {kept.trace} made 2 operations"},
	{"a request is taken out", "DELETE FROM exchange WHERE operation = {kept.op} AND kind = 'F'", "trace", "operation {kept.op} came from no request"},
	{"a request points elsewhere", "UPDATE exchange SET operation = 'op_nobody' WHERE operation = {kept.op}", "trace", "points to no operation"},
	{"an outcome stays unknown", "UPDATE operation SET state = 'unknown', created_at_us = 1 WHERE id = {declined.op}", "overdue limits states", "operation {declined.op} (sale) is unknown"},
	{"an attempt is forgotten", "UPDATE attempt SET state = 'pending' WHERE operation = {kept.op}", "overdue states", "attempt {kept.attempt} is pending"},
	{"a second reversal", "INSERT INTO operation ({columns operation}) SELECT {columns operation: id = 'op_second'} FROM operation WHERE id = {silent.reversal}",
		"reversals", "operation {silent.op} has 2 reversals"},
	{"a reversal of nothing", "UPDATE operation SET original = 'op_nobody' WHERE id = {silent.reversal}", "reversals", "reversal {silent.reversal} has no original"},
	{"a reversal is taken out", "DELETE FROM operation WHERE id = {silent.reversal}", "reversals", "operation {silent.op} is reversed and names no reversal"},
	{"a reversal was never acknowledged", "UPDATE attempt SET state = 'manual' WHERE operation = {silent.reversal}", "reversals", "reversal {silent.reversal} counts as acknowledged"},
	{"a reversal is not over", "UPDATE operation SET state = 'manual' WHERE id = {silent.reversal}", "reversals", "its reversal {silent.reversal} is manual"},
	{"a reversal goes before its original", "UPDATE attempt SET created_at_us = 1 WHERE operation = {silent.reversal}", "reversals", "was sent before its original"},
	{"a refund is not counted", "UPDATE payment SET refunded_fen = refunded_fen - 1 WHERE id = {refunded}", "refunds books", "payment {refunded}: captured 8000"},
	{"refunds pass what was captured", "UPDATE payment SET refunding_fen = captured_fen WHERE id = {refunded}", "refunds", "payment {refunded}: captured 8000"},
	{"a refund is made larger", "UPDATE operation SET amount_fen = amount_fen + 1 WHERE kind = 'refund' AND amount_fen = 3001", "refunds states trail", "payment {refunded}"},
	{"a counter is changed", "UPDATE risk_counter SET used_fen = used_fen + 1 WHERE id LIKE {merchant} || '/%'", "limits", "counter {merchant}/2026-11-22 says"},
	{"a counter is taken out", "DELETE FROM risk_counter WHERE id LIKE {merchant} || '/%'", "limits", "counter {merchant}/2026-11-22 is not there"},
	{"a limit is passed by count", "UPDATE merchant SET day_count_max = 1 WHERE id = {merchant}", "limits", "counter {merchant}/2026-11-22 is above"},
	{"a limit is passed by sum", "UPDATE merchant SET day_sum_max_fen = 1 WHERE id = {merchant}", "limits", "counter {merchant}/2026-11-22 is above"},
	{"a payment lies ahead", "UPDATE payment SET business_date = 20261123 WHERE id = {refused}", "dates", "payment {refused} has business date 20261123"},
	{"an operation is older than its payment", "UPDATE operation SET business_date = 20261121 WHERE id = {kept.op}", "dates limits", "operation {kept.op} of 20261121"},
	{"the business date goes back", "UPDATE business_day SET business_date = 20261121", "dates", "payment {kept} has business date"},
	{"an open batch is changed", "UPDATE terminal_batch SET debit_fen = debit_fen + 1 WHERE id = {batch}", "batches", "batch {batch} says debit"},
	{"a count of an open batch is changed", "UPDATE terminal_batch SET credit_count = credit_count + 1 WHERE id = {batch}", "batches", "batch {batch} says debit"},
	{"a closed batch is changed", "UPDATE terminal_batch SET debit_fen = debit_fen + 1, claimed_debit_fen = claimed_debit_fen + 1 WHERE id = {closed}",
		"batches", "batch {closed} is closed with debit"},
	{"a claim is changed", "UPDATE terminal_batch SET claimed_debit_fen = claimed_debit_fen + 1 WHERE id = {closed}", "batches", "batch {closed} calls itself balanced"},
	{"two batches are open", "UPDATE terminal_batch SET state = 'open' WHERE id = {closed}", "batches", "has 2 open batches"},
	{"an event is taken out", "DELETE FROM event WHERE subject = {other}", "events", "events up to position"},
	{"the last event is taken out", "DELETE FROM event WHERE position = (SELECT max(position) FROM event)", "events", "events, "},
	{"an event says something else", `UPDATE event SET body = '{"state":"declined"}' WHERE subject = {kept}`, "events", "payment {kept} is captured and no event says so"},
	{"an audit record is edited", "UPDATE audit SET actor = 'terminal:29000009' WHERE position = 3", "audit", "at position 3"},
	{"an audit record is taken out", "DELETE FROM audit WHERE position = 3", "audit trail", "3 is missing"},
	{"the last audit record is taken out", "DELETE FROM audit WHERE position = (SELECT max(position) FROM audit)", "audit", "audit records, "},
	{"audit records change places", "UPDATE audit SET position = 7 - position WHERE position IN (3, 4)", "audit", "at position 3"},
	{"a head is changed", "UPDATE batch SET audit_head = entry_head WHERE entry_position = 2", "audit", "carries another head"},
	{"a batch is taken out", "DELETE FROM batch WHERE sequence = 3", "numbers", "batches up to number"},
	{"a lane is taken out", "DELETE FROM lane", "numbers", "was not registered"},
	{"a position falls", "UPDATE batch SET event_position = event_position - 1 WHERE sequence = (SELECT max(sequence) FROM batch)", "numbers", "falls behind the one before"},
	{"a root is changed", "UPDATE chain_root SET hash = {blob 00}", "roots", "root of 2026-11-22"},
	{"a root ties fewer heads", "UPDATE chain_root SET heads = ''", "roots", "root of 2026-11-22"},
	{"a batch under a root is changed", "UPDATE batch SET entry_head = audit_head WHERE sequence = (SELECT max(sequence) - 1 FROM batch)", "roots chain", "root of 2026-11-22"},
	{"an entry is edited", "UPDATE entry SET at_us = at_us + 1 WHERE id = {kept.entry}", "chain", "entry {kept.entry} at position"},
	{"entries change places", "UPDATE entry SET position = 3 - position WHERE position IN (1, 2)", "chain", "at position 1"},
	{"a card number in the trail", "UPDATE audit SET detail = 'card {pan}' WHERE position = 3", "cards audit trail", "shows a card number"},
	{"a card number in an event", "UPDATE event SET body = body || '{pan}' WHERE subject = {kept}", "cards", "shows a card number"},
	{"a card number as a cashier", "UPDATE operation SET cashier = '{pan}' WHERE id = {kept.op}", "cards", "operation {kept.op} shows"},
	{"a card number among digits", "UPDATE operation SET reason = '00{pan}7' WHERE id = {kept.op}", "cards", "operation {kept.op} shows"},
	{"a card number without a check digit that fits", "UPDATE operation SET reason = '6216261000000000010' WHERE id = {kept.op}", "cards", "operation {kept.op} shows"},
	{"a card number in chip data", "UPDATE operation SET chip = {blob 5A0A{pan}F} WHERE id = {kept.op}", "cards", "chip data of operation {kept.op} shows"},
	{"a card number that was not masked", "UPDATE payment SET card_masked = '{pan}' WHERE id = {kept}", "cards trail", "payment {kept} shows"},
	{"an approval that no attempt received", "UPDATE attempt SET state = 'declined' WHERE operation = {kept.op}", "states", "operation {kept.op} (sale) is approved"},
	{"an amount of a closed batch is changed", "UPDATE operation SET amount_fen = amount_fen + 1 WHERE id = {kept.op}", "trail limits states", "operation {kept.op} says other"},
	{"a reference is changed", "UPDATE operation SET rrn = '000000000001' WHERE id = {kept.op}", "trail", "operation {kept.op} says other"},
	{"an authorization is changed", "UPDATE operation SET auth_code = '999999' WHERE id = {kept.op}", "trail", "operation {kept.op} says other"},
	{"another card stands on a payment", "UPDATE payment SET card_masked = '622638******0095' WHERE id = {kept}", "trail", "operation {kept.op} says other"},
	{"a sale contradicts its payment", "UPDATE operation SET state = 'declined' WHERE id = {kept.op}", "states books", "payment {kept} is captured and its sale declined"},
	{"a payment without a sale", "UPDATE payment SET sale = 'op_nobody' WHERE id = {declined}", "states", "payment {declined} has no operation that began it"},
	{"more is approved than was asked for", "UPDATE operation SET approved_fen = approved_fen + 1 WHERE id = {kept.op}", "states batches books", "operation {kept.op} (sale) asked for 25050 fen and is approved with 25051"},
	{"a part is more than a part", "UPDATE operation SET approved_fen = 1 WHERE id = {part.op}", "books batches", "payment {part} captured 101 fen"},
	{"a tip is made larger", "UPDATE operation SET amount_fen = amount_fen + 1, approved_fen = approved_fen + 1 WHERE kind = 'adjustment'", "books batches trail", "payment {tipped} captured 11200 fen"},
	{"a balance was never answered", "UPDATE operation SET state = 'declined', approved_fen = 0 WHERE id = {asked.op}", "states", "payment {asked} is closed and its inquiry declined"},
	{"a hold is made larger", "UPDATE payment SET authorized_fen = authorized_fen + 1 WHERE id = {held}", "states", "payment {held} holds 40001 fen"},
	{"a hold is declared captured", "UPDATE payment SET state = 'captured' WHERE id = {held}", "states events", "payment {held} is captured and 0 of its completions stand"},
	{"a completed hold is declared free", "UPDATE payment SET state = 'authorized' WHERE id = {taken}", "states books", "payment {taken} is authorized and 1 of its completions stand"},
	{"a freed hold lives again", "UPDATE payment SET state = 'authorized' WHERE id = {freed}", "states", "payment {freed} is authorized and its void"},
	{"an offline sale is taken out of the limit", "UPDATE risk_counter SET used_fen = used_fen - 4500 WHERE id LIKE {merchant} || '/%'", "limits", "counter {merchant}"},
	{"a log-in name leads nowhere", "INSERT INTO directory (bucket, id, kind, name, target) VALUES (0, 'login/x', 'login', 'x', 'usr_nobody')",
		"people", "a log-in name leads to account usr_nobody"},
	{"an account takes a name of another", "INSERT INTO account ({columns account}) VALUES (0, 'usr_x', 'platform', 'active', 'x', '', 'x@y.example', 'en', '', 'admin', '', " +
		"{blob 00}, {blob 00}, 0, '', 0, 0, 0, 0, 0, 0)", "people", "account usr_x carries an e-mail address"},
	{"a member is nobody", "INSERT INTO member ({columns member}) VALUES (0, 'm/usr_nobody', 'm', 'usr_nobody', 'owner', 'active', '', 1, 1)",
		"people", "member m/usr_nobody has no account"},
	{"an owner was slipped in", "INSERT INTO roster (bucket, id, owners, members) VALUES (0, 'm', 0, 1)", "people", "merchant m counts 0 owners of 1 people"},
	{"an API key was given another secret", "INSERT INTO api_key ({columns api_key}) VALUES (0, 'key_x', 'm', 'n', 'test', 'abcd', 'hash', '', 0, '', '', 'active', 0, 0, '', '', 1, 0, 0)",
		"people", "API key key_x is not found"},
	{"one person decided for himself", "INSERT INTO proposal ({columns proposal}) VALUES (0, 'prp_x', 'k', 's', 'm', '{}', '', '', 'rejected', 'usr_a', '', 'usr_a', '', '', 1, 1, 1, 'platform')",
		"people", "proposal prp_x is rejected by who asked"},
	{"an approval that nobody gave", "INSERT INTO proposal ({columns proposal}) VALUES (0, 'prp_x', 'k', 's', 'm', '{}', '', '', 'approved', 'usr_a', '', 'usr_b', '', '', 1, 1, 1, 'platform')",
		"people", "proposal prp_x is approved, and the trail"},
	{"an audit record is filed elsewhere", "UPDATE audit SET noun = 'else' WHERE position = 3", "people", "is filed under else"},
	{"an agent is given more of a fee", "UPDATE payment SET split = replace(split, '20%', '25%') WHERE id = {split}", "shares", "payment {split}"},
	{"a share is frozen for another agent", "UPDATE payment SET split = replace(split, 'LOWER', 'OTHER') WHERE id = {split}", "shares", "payment {split} gives a share to agt_00000000000000000000000OTHER"},
	{"the shares of a payment are forgotten", "UPDATE payment SET split = '' WHERE id = {split}", "shares", "payment {split}: the books say"},
	{"a payment shares what it never did", "UPDATE payment SET split = 'agt_x part 30%; -' WHERE id = {kept}", "shares", "payment {kept}: the books say 0 for agent:agt_x:payable"},
	{"a share is moved to another agent", "UPDATE posting SET account = 'agent:agt_x:payable' WHERE entry = {split.entry} AND account LIKE 'agent:%LOWER:payable'",
		"shares balances chain", "payment {split}"},
	{"an agent's day is made better", "UPDATE agent_day SET share_fen = share_fen + 1 WHERE id LIKE '%LOWER/2026-11-22/%/+'", "shares", "its day says"},
	{"an agent's day is taken out", "DELETE FROM agent_day WHERE id LIKE '%UPPER/2026-11-22/%/-'", "shares", "its day says"},
	{"terms of a day that is over are changed", "UPDATE agent_terms SET versions = replace(versions, '20%', '10%') WHERE id LIKE '%LOWER'", "shares", "gives agt_00000000000000000000000LOWER another part"},
	{"prices of a day that is over are changed", "UPDATE agent_terms SET versions = replace(versions, '0.4%', '0.3%') WHERE id LIKE '%UPPER'", "shares", "gives agt_00000000000000000000000UPPER what is above a price"},
	{"a merchant was held by nobody", "UPDATE fee_schedule SET holders = '- 0' WHERE id = (SELECT merchant FROM payment WHERE id = {split})", "shares", "payment {split} gives a share to"},
	{"what agents cost is changed", "UPDATE balance SET debit_fen = debit_fen + 1 WHERE id = 'cost:agent'", "shares balances", "cost:agent stands at"},
	{"a voided payment without a void", "UPDATE operation SET state = 'manual' WHERE kind = 'void'", "states", "payment {voided} is voided"},
}

// spell fills in the ids of a story; quoted as SQL texts where they stand in a statement.
func spell(s *storetest.Story, text, engine string, quoted bool) string {
	q := func(id string) string {
		if quoted {
			return "'" + id + "'"
		}
		return id
	}
	var pairs []string
	for name, r := range map[string]payment.Result{
		"kept": s.Kept, "other": s.Other, "voided": s.Voided, "refunded": s.Refunded, "declined": s.Declined, "refused": s.Refused,
		"silent": s.Silent, "reversed": s.Reversed, "tipped": s.Tipped, "part": s.Part, "told": s.Told, "asked": s.Asked,
		"held": s.Held, "freed": s.Freed, "taken": s.Taken, "again": s.Again, "split": s.Split,
	} {
		pairs = append(pairs, "{"+name+"}", q(r.Payment.ID), "{"+name+".op}", q(r.Operation.ID), "{"+name+".entry}", q(r.Operation.Entry),
			"{"+name+".trace}", fmt.Sprint(r.Operation.Trace), "{"+name+".attempt}", q(payment.FirstAttempt(r.Operation.ID)),
			"{"+name+".reversal}", q(r.Operation.Reversal))
	}
	for _, spec := range store.Specs() {
		var columns, second []string
		for _, c := range spec.Columns {
			columns = append(columns, c.Name)
			if c.Name == "id" {
				second = append(second, "'op_second'")
			} else {
				second = append(second, c.Name)
			}
		}
		pairs = append(pairs, "{columns "+spec.Name+"}", strings.Join(columns, ", "), "{columns "+spec.Name+": id = 'op_second'}", strings.Join(second, ", "))
	}
	blob := func(hex string) string {
		if engine == "postgres" {
			return `'\x` + hex + "'"
		}
		return "x'" + hex + "'"
	}
	first := s.Terminals[0]
	pairs = append(pairs, "{bucket}", strconv.Itoa(int(first.Bucket)), "{merchant}", q(first.Merchant), "{closed}", q(s.Closed.Key().ID),
		"{batch}", q(fmt.Sprintf("%s/%012d", first.ID, first.BatchSequence)),
		"{blob 00}", blob("00"), "{blob 5A0A{pan}F}", blob("5A0A"+storetest.PAN+"F"), "{pan}", storetest.PAN)
	return strings.NewReplacer(pairs...).Replace(text)
}

// hold demands that a corruption was noticed by its checks and no others.
func (c corruption) hold(t *testing.T, s *storetest.Story, target, engine string) {
	t.Helper()
	rows, failed := findings(t, target)
	want := strings.Fields(c.fails)
	row := spell(s, c.row, engine, false)
	if !slices.ContainsFunc(rows[want[0]], func(r string) bool { return strings.Contains(r, row) }) {
		t.Errorf("check %s found %q, want %q", want[0], rows[want[0]], row)
	}
	slices.Sort(want)
	slices.Sort(failed)
	if !slices.Equal(failed, want) {
		t.Errorf("noticed by %q, want %q: %v", failed, want, rows)
	}
}

// alone skips a test of one thread and a hundred databases: the race detector would find nothing in it, for minutes.
func alone(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("race: one thread reads a hundred spoiled databases, each ten times slower")
	}
}

func TestVerify_noticesEveryCorruption(t *testing.T) {
	alone(t)
	good := t.TempDir()
	story := storetest.Tell(t, good)
	storetest.WantClean(t, good)
	for _, c := range corruptions {
		t.Run(c.name, func(t *testing.T) {
			target := t.TempDir()
			if err := os.CopyFS(target, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			change(t, database(t, target), spell(story, c.sql, "sqlite", true))
			c.hold(t, story, target, "sqlite")
		})
	}
}

// The same checks in the words of the server engine: a corruption for each of a few.
func TestVerify_noticesOnTheServer(t *testing.T) {
	alone(t)
	for _, c := range corruptions {
		if !slices.Contains([]string{
			"a posting is changed", "a second reversal", "a counter is taken out", "a closed batch is changed",
			"the last audit record is taken out", "a root is changed", "a card number in chip data",
		}, c.name) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.Server(t)
			story := storetest.Tell(t, dsn)
			storetest.WantClean(t, dsn)
			change(t, database(t, dsn), spell(story, c.sql, "postgres", true))
			c.hold(t, story, dsn, "postgres")
		})
	}
}

// change runs a statement that must change something.
func change(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	result, err := db.ExecContext(context.Background(), statement, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("nothing was changed, %v\n%s", err, statement)
	}
}

// trail reads the audit records of a database, which has one lane, in their order.
func trail(t testing.TB, db *sql.DB) (records []audit.Record) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), "SELECT id, bucket, at_us, actor, action, subject, detail, lane, position, hash FROM audit ORDER BY position")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r audit.Record
		if err := rows.Scan(&r.ID, &r.Bucket, &r.At, &r.Actor, &r.Action, &r.Subject, &r.Detail, &r.Lane, &r.Position, &r.Hash); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return records
}

// Whoever can write to the database can also compute hashes: a chain written anew, or one of its own
// making, verifies in itself and is noticed all the same.
func TestVerify_noticesAForgedTrail(t *testing.T) {
	for name, forge := range map[string]func(*testing.T, *sql.DB, []audit.Record){
		"a chain of its own": func(t *testing.T, db *sql.DB, _ []audit.Record) {
			r := audit.Record{ID: "aud_forged", Actor: "system", Action: "test.forged"}
			change(t, db, "INSERT INTO audit (bucket, id, at_us, actor, action, subject, detail, lane, position, hash, noun) VALUES (0, ?, 0, ?, ?, '', '', 1, 1, ?, 'test')",
				r.ID, r.Actor, r.Action, audit.Link(nil, r))
		},
		"one more at the end": func(t *testing.T, db *sql.DB, records []audit.Record) {
			last := records[len(records)-1]
			r := audit.Record{ID: "aud_forged", Actor: "system", Action: "test.forged"}
			change(t, db, "INSERT INTO audit (bucket, id, at_us, actor, action, subject, detail, lane, position, hash, noun) VALUES (0, ?, 0, ?, ?, '', '', ?, ?, ?, 'test')",
				r.ID, r.Actor, r.Action, last.Lane, last.Position+1, audit.Link(last.Hash, r))
		},
		"written anew from the middle": func(t *testing.T, db *sql.DB, records []audit.Record) {
			head := records[len(records)/2].Hash
			for _, r := range records[len(records)/2+1:] {
				r.Actor = "somebody else"
				head = audit.Link(head, r)
				change(t, db, "UPDATE audit SET actor = ?, hash = ? WHERE id = ?", r.Actor, head, r.ID)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := t.TempDir()
			storetest.Tell(t, target)
			db := database(t, target)
			forge(t, db, trail(t, db))
			if _, failed := findings(t, target); !slices.Equal(failed, []string{"audit"}) {
				t.Errorf("noticed by %q", failed)
			}
		})
	}
}

// Each of some hundreds of random edits, deletions and exchanges in the trail is found.
func TestVerify_noticesEveryEditOfTheTrail(t *testing.T) {
	target := t.TempDir()
	storetest.Tell(t, target)
	db := database(t, target)
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE good AS SELECT * FROM audit"); err != nil {
		t.Fatal(err)
	}
	records := trail(t, db)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func() audit.Record { return records[random.IntN(len(records))] }
	edits := []func() (string, []any){
		func() (string, []any) { return "DELETE FROM audit WHERE id = ?", []any{pick().ID} },
		func() (string, []any) {
			column := []string{"actor", "action", "subject", "detail", "id"}[random.IntN(5)]
			return "UPDATE audit SET " + column + " = " + column + " || ? WHERE id = ?", []any{string(rune('a' + random.IntN(26))), pick().ID}
		},
		func() (string, []any) {
			column := []string{"at_us", "lane", "position"}[random.IntN(3)]
			return "UPDATE audit SET " + column + " = " + column + " + ? WHERE id = ?", []any{1 + random.IntN(1000), pick().ID}
		},
		func() (string, []any) {
			return "UPDATE audit SET bucket = (bucket + ?) % 64 WHERE id = ?", []any{1 + random.IntN(63), pick().ID}
		},
		func() (string, []any) {
			r := pick()
			r.Hash[random.IntN(len(r.Hash))] ^= 1 << random.IntN(8)
			return "UPDATE audit SET hash = ? WHERE id = ?", []any{slices.Clone(r.Hash), r.ID}
		},
		func() (string, []any) { // two records exchange what they say
			a, b := pick(), pick()
			for a.Action+a.Detail == b.Action+b.Detail {
				b = pick()
			}
			return "UPDATE audit SET action = CASE id WHEN ? THEN ? ELSE ? END, detail = CASE id WHEN ? THEN ? ELSE ? END WHERE id IN (?, ?)",
				[]any{a.ID, b.Action, a.Action, a.ID, b.Detail, a.Detail, a.ID, b.ID}
		},
		func() (string, []any) { // or change places
			a := random.IntN(len(records)-1) + 1
			b := a + 1 + random.IntN(len(records)-a)
			return "UPDATE audit SET position = ? - position WHERE position IN (?, ?)", []any{a + b, a, b}
		},
	}
	for n := range 350 {
		statement, args := edits[n%len(edits)]()
		change(t, db, statement, args...)
		if _, failed := findings(t, target); !slices.Contains(failed, "audit") {
			t.Errorf("seed %d, edit %d went unnoticed: %s %v", seed, n, statement, args)
		}
		if _, err := db.Exec("DELETE FROM audit; INSERT INTO audit SELECT * FROM good"); err != nil {
			t.Fatal(err)
		}
		records = trail(t, db)
	}
	if _, failed := findings(t, target); len(failed) > 0 {
		t.Errorf("put back, it is still noticed by %q", failed)
	}
}
