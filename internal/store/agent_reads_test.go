package store

// agentReads are the statements of agent.go that run outside steps, for the plan tests.
var agentReads = []Statement{
	pageRead("agents", agentTable), pageRead("agents by state", agentTable, "state"), pageRead("agents below one", agentTable, "upper"),
	pageRead("agents below one by state", agentTable, "state", "upper"),
	{"whether agents stand under one", belowSQL, []any{"a"}},
	{"merchants of an agent", heldSQL, []any{"a"}},
	{"whether merchants pass to an agent", movesToSQL, []any{"a"}},
	{"due moves", dueMovesSQL, []any{int64(1), int64(10)}},
	{"moves of a merchant", movesSQL, []any{int64(1), "a", "b"}},
	{"days of an agent", agentDaysSQL, []any{"a", "b"}},
	{"payable to an agent", payableSQL, []any{"a"}},
}
