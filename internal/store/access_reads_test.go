package store

// accessReads are the statements of access.go that run outside steps, for the plan tests.
var accessReads = []Statement{}
