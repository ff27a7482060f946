package store

// dashboardReads are the statements of dashboard.go, for the plan tests.
var dashboardReads = []Statement{
	{"collected of all", collectedSQL, []any{"2026-11-23"}},
	{"operations of a day", dayOperationsSQL, []any{int64(1), "a", "m", int64(10)}},
	{"operations of a day in a bucket", dayOfAllSQL, []any{int64(1), "a", int64(10)}},
	{"applications in a state", applicationsInSQL, []any{"a"}},
	{"open proposals", proposalsOpenSQL, nil},
	{"active terminals", activeSQL, nil},
	{"active terminals of a merchant", activeOfSQL, []any{int64(1), "m"}},
}
