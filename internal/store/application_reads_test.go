package store

// applicationReads are the statements of application.go that run outside steps, for the plan tests.
var applicationReads = []Statement{}
