package store

// deviceReads are the statements of device.go that run outside steps, for the plan tests.
var deviceReads = []Statement{}
