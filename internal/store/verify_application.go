package store

import (
	"context"
	"fmt"
)

// numberedID is, in SQL, the id of a row that is numbered under another: six digits behind its id.
func numberedID(under, number string) string {
	return under + " || '/' || substr('000000' || CAST(" + number + " AS text), length(CAST(" + number + " AS text)) + 1)"
}

// merchantsApproved holds merchants that may collect against the applications that say so.
func (v *Verifier) merchantsApproved(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I14", Claim: "who collects was furnished by the operator or approved, by two people where it takes two, and the trail says so"}
	n, err := v.number(ctx, "SELECT count(*) FROM merchant")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d merchants", n)
	if err := v.rows(ctx, &c, "SELECT 'merchant ' || m.id || ' is ' || m.state || ' and no approved application says so' FROM merchant m "+
		"LEFT JOIN application a ON a.bucket = m.bucket AND a.id = m.profile "+
		"WHERE m.state IN ('active', 'suspended', 'closing') AND (m.origin <> '' OR m.profile <> '') "+
		"AND (a.id IS NULL OR a.state <> 'approved' OR a.merchant <> m.id)"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'merchant ' || id || ' is applying and has a number' FROM merchant WHERE state = 'applying' AND number <> ''"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'merchant ' || m.id || ' has no profile as of ' || m.profile FROM merchant m "+
		"LEFT JOIN merchant_profile p ON p.bucket = m.bucket AND p.id = m.profile AND p.merchant = m.id "+
		"WHERE m.profile <> '' AND p.id IS NULL"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'application ' || id || ' took two people and has ' || CASE second_by WHEN '' THEN 'one' ELSE 'the same twice' END FROM application "+
		"WHERE state = 'approved' AND (grade = 'high' OR override <> '') AND (second_by = '' OR second_by = decided_by)"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'application ' || a.id || ' is approved and the trail does not say so' FROM application a "+
		"LEFT JOIN (SELECT DISTINCT bucket, subject FROM audit WHERE action = 'application.approved') t ON t.bucket = a.bucket AND t.subject = a.id "+
		"WHERE a.state = 'approved' AND t.subject IS NULL")
}

// historiesStand holds each application against its history: numbered without a gap, each row beginning where the one
// before ended, the last one ending in the application's state.
func (v *Verifier) historiesStand(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I14", Claim: "the state of each application follows from its history, which has no gap"}
	n, err := v.number(ctx, "SELECT count(*) FROM application")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d applications", n)
	if err := v.rows(ctx, &c, "SELECT 'application ' || a.id || ' counts ' || CAST(a.entries AS text) || ' entries, its history ' || CAST(coalesce(h.n, 0) AS text) || "+
		"' up to ' || CAST(coalesce(h.last, 0) AS text) FROM application a LEFT JOIN "+
		"(SELECT bucket, application, count(*) AS n, max(number) AS last FROM application_history GROUP BY bucket, application) h "+
		"ON h.bucket = a.bucket AND h.application = a.id WHERE coalesce(h.n, 0) <> a.entries OR coalesce(h.last, 0) <> a.entries"); err != nil {
		return c, err
	}
	if err := v.rows(ctx, &c, "SELECT 'application ' || a.id || ' is ' || a.state || ', its history ends ' || coalesce(h.to_state, 'nowhere') FROM application a "+
		"LEFT JOIN application_history h ON h.bucket = a.bucket AND h.id = "+numberedID("a.id", "a.entries")+
		" WHERE h.id IS NULL OR h.to_state <> a.state"); err != nil {
		return c, err
	}
	return c, v.rows(ctx, &c, "SELECT 'history ' || h.id || ' begins ' || h.from_state || ' where the one before ends ' || p.to_state FROM application_history h "+
		"JOIN application_history p ON p.bucket = h.bucket AND p.id = "+numberedID("h.application", "(h.number - 1)")+
		" WHERE h.from_state <> p.to_state")
}

// documentsWhole holds documents against their content. What is in it is sealed: whoever opens it holds it against the
// digest.
func (v *Verifier) documentsWhole(ctx context.Context) (Check, error) {
	c := Check{Invariant: "I14", Claim: "each document has all of its content, and a digest"}
	n, err := v.number(ctx, "SELECT count(*) FROM document")
	if err != nil {
		return c, err
	}
	c.Figure = fmt.Sprintf("%d documents", n)
	return c, v.rows(ctx, &c, "SELECT 'document ' || d.id || ' has ' || CAST(coalesce(k.n, 0) AS text) || ' of ' || CAST(d.chunks AS text) || ' pieces' || "+
		"CASE length(d.digest) WHEN 64 THEN '' ELSE ' and no digest' END FROM document d LEFT JOIN "+
		"(SELECT bucket, document, count(*) AS n FROM document_chunk GROUP BY bucket, document) k ON k.bucket = d.bucket AND k.document = d.id "+
		"WHERE coalesce(k.n, 0) <> d.chunks OR d.chunks < 1 OR length(d.digest) <> 64")
}
