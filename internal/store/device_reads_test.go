package store

import "github.com/yifen-pay/yifen/internal/domain/listing"

// deviceReads are the statements of device.go that run outside steps, for the plan tests.
var deviceReads = []Statement{
	{"models", modelsSQL, nil},
	{"groups", groupsSQL, nil},
	{"units by serial number", unitsBySerialSQL, []any{"a", "b", int64(10)}},
	{"bindings of a terminal", bindingsSQL, []any{int64(1), "a", "b"}},
	{"overdue key ceremonies", overdueCeremoniesSQL, []any{int64(1), int64(10)}},
	{"versions of parameters", releasesSQL, []any{"a", "b"}},
	{"census of a group", censusSQL, []any{"a"}},
	{"due reports", dueReportsSQL, []any{int64(1), int64(10)}},
	{"idle terminals", idleTerminalsSQL, []any{int64(1), int64(1), "a", int64(10)}},
	{"terminals online", onlineSQL, []any{int64(1)}}, {"terminals of a merchant online", onlineOfSQL, []any{int64(1), "m", int64(1)}},
	pageRead("terminals", terminalTable), pageRead("terminals by state", terminalTable, "state"),
	pageRead("terminals of a merchant", terminalTable, "bucket", "merchant"),
	pageRead("terminals by group", terminalTable, "terminal_group"), pageRead("terminals by store", terminalTable, "store"),
	pageRead("units", unitTable), pageRead("units by state", unitTable, "state"),
	pageRead("units by state and model", unitTable, "state", "model"), pageRead("units by model", unitTable, "model"),
	pageRead("orders", orderTable), pageRead("orders by state", orderTable, "state"),
	pageRead("orders of a merchant", orderTable, "bucket", "merchant"),
	pageRead("checks", careTable), pageRead("checks by state", careTable, "state"),
	pageRead("checks of a merchant", careTable, "bucket", "merchant"),
	pageRead("terminals of a merchant by state", terminalTable, "bucket", "merchant", "state"),
	pageRead("orders of a merchant by state", orderTable, "bucket", "merchant", "state"),
}

// pageRead is the statement of a page of a list by some columns.
func pageRead(name string, t *table, columns ...string) Statement {
	var c conditions
	for _, column := range columns {
		if column == "bucket" {
			c.add("bucket = ?", int64(1))
		} else {
			c.eq(column, "a")
		}
	}
	text, args := c.statement(t, "created_at_us", listing.Page{})
	return Statement{name, text, args}
}
