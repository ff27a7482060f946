package store_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/audit"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/merchant"
	"github.com/yifen-pay/yifen/internal/domain/step"
	"github.com/yifen-pay/yifen/internal/store"
	"github.com/yifen-pay/yifen/internal/store/storetest"
)

const (
	someULID  = "07" + "01KAMXYZ0000000000000000AB"
	someShop  = "mch_" + someULID
	someForm  = "app_" + someULID
	somePaper = "doc_" + someULID
)

// review puts an approved application of a merchant into fresh records at target: its history, its profile, a paper.
func review(t testing.TB, target string) {
	t.Helper()
	s := storetest.Open(t, target, store.Options{})
	now := calendar.At(time.Now())
	a := merchant.Application{ID: someForm, Bucket: 7, Merchant: someShop, Purpose: merchant.Onboarding, State: merchant.Approved, Grade: merchant.High,
		DecidedBy: "usr_a", SecondBy: "usr_b", CreatedAt: now, UpdatedAt: now}
	rows := []step.Row{
		merchant.Merchant{ID: someShop, Bucket: 7, Number: "898440354110001", State: merchant.Active, Origin: merchant.Applied, Profile: someForm, CreatedAt: now},
		merchant.Profile{Application: someForm, Bucket: 7, Merchant: someShop, CreatedAt: now},
		merchant.Document{ID: somePaper, Bucket: 7, Merchant: someShop, Application: someForm, Chunks: 2, Digest: strings.Repeat("0", 64)},
		merchant.Chunk{Document: somePaper, Bucket: 7, Number: 0}, merchant.Chunk{Document: somePaper, Bucket: 7, Number: 1},
		audit.Record{ID: "aud_" + someULID, Bucket: 7, At: now, Actor: "platform:usr_a", Action: "application.approved", Subject: someForm, Merchant: someShop},
	}
	for _, to := range []merchant.ApplicationState{merchant.Draft, merchant.Submitted, merchant.Claimed, merchant.Approved} {
		h := merchant.History{Application: someForm, Bucket: 7, Number: a.Entries + 1, To: to, At: now}
		if a.Entries > 0 {
			h.From = rows[len(rows)-1].(merchant.History).To
		}
		a.Entries++
		rows = append(rows, h)
	}
	if err := storetest.Do(t, s, func(v step.View) error {
		for _, r := range append(rows, a) {
			v.Put(r)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// demoIssuer is whose card numbers the verifier looks for.
var demoIssuer = card.BIN{Prefix: "621626", Length: 19, Kind: card.Debit, Organization: "CUP", Issuer: "01020000"}

// What nobody may change in applications and merchants, and the row that the verifier names.
var reviewCorruptions = []struct{ sql, row string }{
	{"UPDATE application SET state = 'rejected'", "merchant " + someShop + " is active and no approved application"},
	{"UPDATE application SET state = 'claimed'", "application " + someForm + " is claimed, its history ends approved"},
	{"UPDATE application SET merchant = 'mch_else'", "merchant " + someShop + " is active and no approved application"},
	{"UPDATE application SET second_by = ''", "application " + someForm + " took two people and has one"},
	{"UPDATE application SET second_by = decided_by", "application " + someForm + " took two people and has the same twice"},
	{"UPDATE application SET entries = 3", "application " + someForm + " counts 3 entries, its history 4"},
	{"UPDATE audit SET action = 'application.seen'", "application " + someForm + " is approved and the trail does not say so"},
	{"UPDATE merchant SET profile = ''", "merchant " + someShop + " is active and no approved application"},
	{"UPDATE merchant SET state = 'applying'", "merchant " + someShop + " is applying and has a number"},
	{"DELETE FROM merchant_profile", "merchant " + someShop + " has no profile"},
	{"DELETE FROM application_history WHERE number = 2", "application " + someForm + " counts 4 entries, its history 3 up to 4"},
	{"UPDATE application_history SET to_state = 'returned' WHERE number = 2", "history " + someForm + "/000003 begins submitted where the one before ends returned"},
	{"UPDATE application_history SET to_state = 'rejected' WHERE number = 4", "application " + someForm + " is approved, its history ends rejected"},
	{"DELETE FROM document_chunk WHERE number = 1", "document " + somePaper + " has 1 of 2 pieces"},
	{"UPDATE document SET digest = ''", "document " + somePaper + " has 2 of 2 pieces and no digest"},
	{"UPDATE application SET reason = 'card " + storetest.PAN + "'", "application " + someForm + " shows a card number"},
}

func TestVerify_noticesWhatIsWrongWithApplications(t *testing.T) {
	alone(t)
	good := t.TempDir()
	review(t, good)
	s := storetest.Open(t, good, store.Options{})
	if err := storetest.Do(t, s, func(v step.View) error { v.Put(demoIssuer); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.WantClean(t, good)
	for _, c := range reviewCorruptions {
		t.Run(c.sql, func(t *testing.T) {
			target := t.TempDir()
			if err := os.CopyFS(target, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			change(t, database(t, target), c.sql)
			found := storetest.Verify(t, target, time.Now())
			if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.row) }) {
				t.Errorf("found %q, want %q", found, c.row)
			}
		})
	}
}

func TestVerify_noticesWhatIsWrongWithApplicationsOnTheServer(t *testing.T) {
	dsn := storetest.Server(t)
	review(t, dsn)
	storetest.WantClean(t, dsn)
	for _, i := range []int{3, 5, 11, 13, 9} { // one on top of the other, each of which leaves the next its rows
		c := reviewCorruptions[i]
		change(t, database(t, dsn), c.sql)
		found := storetest.Verify(t, dsn, time.Now())
		if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.row) }) {
			t.Errorf("%s: found %q, want %q", c.sql, found, c.row)
		}
	}
}
