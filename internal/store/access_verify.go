package store

import (
	"context"
	"fmt"
)

// peopleMatch holds what is known of people against itself: who is let in by which name and key, who belongs to
// whom, and that what took two people was decided by two.
func (v *Verifier) peopleMatch(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I12", Claim: "names and keys lead to their accounts, people to their merchants, and no proposal was decided by who asked"}
	n, err := v.number(ctx, "SELECT count(*) FROM account")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d accounts", n)
	for _, text := range []string{
		"SELECT 'a log-in name leads to account ' || d.target || ', which is not there' FROM directory d LEFT JOIN (SELECT DISTINCT id FROM account) a " +
			"ON a.id = d.target WHERE d.kind = 'login' AND a.id IS NULL",
		"SELECT 'account ' || a.id || ' carries an e-mail address that does not lead to it' FROM account a LEFT JOIN (SELECT DISTINCT name, target FROM directory WHERE kind = 'login') d " +
			"ON d.name = a.email AND d.target = a.id WHERE a.state <> 'pending' AND a.email <> '' AND d.name IS NULL",
		"SELECT 'account ' || a.id || ' carries a telephone number that does not lead to it' FROM account a LEFT JOIN (SELECT DISTINCT name, target FROM directory WHERE kind = 'login') d " +
			"ON d.name = a.phone AND d.target = a.id WHERE a.state <> 'pending' AND a.phone <> '' AND d.name IS NULL",
		"SELECT 'member ' || m.id || ' has no account' FROM member m LEFT JOIN (SELECT DISTINCT id FROM account) a ON a.id = m.account WHERE a.id IS NULL",
		"SELECT 'merchant ' || r.id || ' counts ' || CAST(r.owners AS text) || ' owners of ' || CAST(r.members AS text) || ' people, the members say ' || " +
			"CAST(coalesce(s.owners, 0) AS text) || ' of ' || CAST(coalesce(s.members, 0) AS text) FROM roster r LEFT JOIN " + rosterSums + " s " +
			"ON s.bucket = r.bucket AND s.merchant = r.id WHERE r.owners <> coalesce(s.owners, 0) OR r.members <> coalesce(s.members, 0)",
		"SELECT 'merchant ' || s.merchant || ' has people and counts none' FROM " + rosterSums + " s LEFT JOIN roster r ON r.bucket = s.bucket AND r.id = s.merchant WHERE r.id IS NULL",
		"SELECT 'API key ' || k.id || ' is not found by its secret' FROM api_key k LEFT JOIN (SELECT DISTINCT name, target FROM directory WHERE kind = 'api_key') d " +
			"ON d.name = k.hash AND d.target = k.id WHERE d.name IS NULL",
		"SELECT 'proposal ' || id || ' is ' || state || ' by who asked for it, or by nobody' FROM proposal WHERE state IN ('approved', 'rejected') AND (decided_by = asked_by OR decided_by = '')",
		"SELECT 'proposal ' || p.id || ' is approved, and the trail does not say so' FROM proposal p LEFT JOIN (SELECT DISTINCT bucket, subject FROM audit WHERE action = 'proposal.approved') a " +
			"ON a.bucket = p.bucket AND a.subject = p.id WHERE p.state = 'approved' AND a.subject IS NULL",
		"SELECT 'audit record ' || id || ' of ' || action || ' is filed under ' || noun FROM audit WHERE action <> noun AND action NOT LIKE noun || '.%'",
	} {
		if err := v.rows(ctx, &c, text); err != nil {
			return c, err
		}
	}
	return c, nil
}

// rosterSums recounts the people of each merchant.
const rosterSums = "(SELECT bucket, merchant, count(*) AS members, sum(CASE WHEN ' ' || roles || ' ' LIKE '% owner %' THEN 1 ELSE 0 END) AS owners " +
	"FROM member WHERE state = 'active' GROUP BY bucket, merchant)"
