package merchant

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/fault"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/money"
)

// ImportMax bounds the rows of one file.
const ImportMax = 5000

// ImportColumns are the columns of a file of merchants to take over, by the names in its first line; their order is the
// file's. Dates are written 2026-01-31 or, where there is no end, "forever"; amounts in yuan.
var ImportColumns = []string{
	"kind", "name", "name_en", "category", "license_name", "license_code", "license_from", "license_until", "license_address",
	"person_name", "person_number", "person_from", "person_until", "person_phone", "person_email",
	"account_kind", "account_holder", "account_number", "account_bank_code", "account_bank", "account_phone",
	"area", "address", "phone", "monthly_yuan", "ticket_yuan",
}

// ImportRow is a line of a file as it was understood, with what is wrong with it.
type ImportRow struct {
	Line     int // in the file, the head is 1
	Form     Form
	Findings identity.Findings
}

// Preview reads a file of merchants to take over (CSV, UTF-8, a head line, comma or semicolon) and says what is wrong with
// each line. Nothing is written. Lines that repeat a license or a person of a micro merchant within the file are told of.
func Preview(r io.Reader, today calendar.Date) ([]ImportRow, error) {
	text, err := io.ReadAll(io.LimitReader(r, DocumentMax+1))
	if err != nil {
		return nil, ErrImport.Because(err)
	}
	if len(text) > DocumentMax || !utf8.Valid(text) {
		return nil, ErrImport.With("save the file as CSV in UTF-8, with %d lines at most", ImportMax)
	}
	plain := strings.TrimPrefix(string(text), "\ufeff")
	in := csv.NewReader(strings.NewReader(plain))
	if head, _, _ := strings.Cut(plain, "\n"); strings.Count(head, ";") > strings.Count(head, ",") {
		in.Comma = ';'
	}
	head, err := in.Read()
	if err != nil {
		return nil, ErrImport.With("the file is empty")
	}
	at := map[string]int{}
	for i, name := range head {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range ImportColumns {
		if _, ok := at[name]; !ok {
			return nil, ErrImport.With("the column %q is missing", name)
		}
	}
	var rows []ImportRow
	seen := map[string]int{}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			return nil, ErrImport.With("line %d cannot be read: it has other columns than the first, or a quotation mark too many", parse.Line)
		case err != nil || len(rows) >= ImportMax:
			return nil, ErrImport.With("the file has more than %d lines", ImportMax)
		}
		line, _ := in.FieldPos(0)
		row := readRow(func(name string) string { return strings.TrimSpace(cells[at[name]]) }, today)
		row.Line = line
		for _, number := range []string{row.Form.Subject.Code, row.Form.Account.Number} {
			if first := seen[number]; number != "" && first != 0 {
				row.Findings = append(row.Findings, identity.Finding{
					Field: "line", Code: "repeated", Severity: identity.Warning, Message: fmt.Sprintf("line %d has the same license or account", first),
				})
			} else {
				seen[number] = line
			}
		}
		rows = append(rows, row)
	}
}

// readRow makes a form of a line.
func readRow(cell func(string) string, today calendar.Date) ImportRow {
	var row ImportRow
	wrong := func(field, message string) {
		row.Findings = append(row.Findings, identity.Finding{Field: field, Code: "unreadable", Severity: identity.Error, Message: message})
	}
	day := func(column, field string) calendar.Date {
		text := cell(column)
		switch {
		case text == "":
			return 0
		case strings.EqualFold(text, "forever") || text == "长期":
			return Forever
		}
		d, err := calendar.ParseDate(text)
		if err != nil {
			wrong(field, "write the date as 2026-01-31")
		}
		return d
	}
	yuan := func(column, field string) int64 {
		amount, err := money.Parse(cell(column))
		if err != nil || amount.Fen < 0 || amount.Fen > volumeMax {
			wrong(field, "write the amount in yuan, as 50000 or 40.50")
			return 0
		}
		return amount.Fen
	}
	f := Form{
		Kind: Kind(cell("kind")),
		Subject: License{
			Name: cell("license_name"), Code: cell("license_code"), From: day("license_from", "subject.from"),
			Until: day("license_until", "subject.until"), Address: cell("license_address"),
		},
		Person: Person{
			Name: cell("person_name"), Number: cell("person_number"), From: day("person_from", "person.from"),
			Until: day("person_until", "person.until"), Phone: cell("person_phone"), Email: cell("person_email"),
		},
		Account: Account{
			Kind: AccountKind(cell("account_kind")), Holder: cell("account_holder"), Number: cell("account_number"),
			BankCode: cell("account_bank_code"), Bank: cell("account_bank"), Phone: cell("account_phone"),
		},
		Business: Business{
			Name: cell("name"), NameEN: cell("name_en"), Category: cell("category"), MonthlyFen: yuan("monthly_yuan", "business.monthly_fen"),
			TicketFen: yuan("ticket_yuan", "business.ticket_fen"),
		},
		Place: Place{Area: cell("area"), Address: cell("address"), Phone: cell("phone")},
	}
	if f.Kind == Enterprise { // a file names the person who runs it; other owners are asked for in review
		f.Owners = []Owner{{Name: f.Person.Name, Number: f.Person.Number, Basis: ByOffice, Until: f.Person.Until}}
	}
	row.Form = f.Trimmed(Sections)
	unread := len(row.Findings) // what cannot be read is not judged besides
	for _, found := range row.Form.Check(today) {
		if !slices.ContainsFunc(row.Findings[:unread], func(f identity.Finding) bool { return f.Field == found.Field }) {
			row.Findings = append(row.Findings, found)
		}
	}
	return row
}

// Import takes one merchant of a file over: its application is submitted at once, without papers, and waits for review.
func (s *Service) Import(ctx context.Context, who access.Actor, f Form, agent string) (Application, identity.Findings, error) {
	if who.Realm != access.Platform || !who.May(access.MerchantEdit) {
		return Application{}, nil, access.ErrForbidden
	}
	f = f.Trimmed(Sections)
	if found := f.Check(dayOf(calendar.At(s.now()))); found.Failed() {
		return Application{}, found, ErrIncomplete
	}
	a, err := s.begin(ctx, who.Trail(), "", agent, Imported, f)
	if err != nil {
		return a, nil, err
	}
	submitted, found, err := s.submit(ctx, a, Content{Form: f}, a.Version, who.Trail(), nil)
	if err != nil { // a draft that nobody will finish is not left behind
		_, ended := s.end(ctx, a, 0, Withdraw, who, "import refused: "+fault.CodeOf(err))
		return a, found, errors.Join(err, ended)
	}
	return submitted, found, nil
}
