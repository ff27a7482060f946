package store

// productReads are the statements of product.go that run outside steps, for the plan tests.
var productReads = []Statement{
	{"plans", plansSQL, nil},
	{"services of a merchant", servicesOfSQL, []any{int64(1), "a", "b"}},
	{"messages of a ticket", messagesSQL, []any{int64(1), "a", "b"}},
	{"due tickets", dueTicketsSQL, []any{int64(1), int64(10)}},
	{"resolved tickets", overTicketsSQL, []any{int64(1), int64(10)}},
	pageRead("stores", shopTable), pageRead("stores of a merchant", shopTable, "bucket", "merchant"),
	pageRead("services", serviceTable), pageRead("services by state", serviceTable, "state"),
	pageRead("services by kind", serviceTable, "kind"), pageRead("services by state and kind", serviceTable, "state", "kind"),
	pageRead("services of a merchant, paged", serviceTable, "bucket", "merchant"),
	pageRead("tickets", questionTable), pageRead("tickets by state", questionTable, "state"),
	pageRead("tickets by category", questionTable, "category"), pageRead("tickets by state and category", questionTable, "state", "category"),
	pageRead("tickets of a merchant", questionTable, "bucket", "merchant"),
}
