//go:build race

package iso8583_test

const raceEnabled = true
