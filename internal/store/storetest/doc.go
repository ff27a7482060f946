// Package storetest is the conformance suite of the store: one list of promises ([Run]), run on every
// engine given a target to open, and a comparison of engines with a model in memory ([Compare]).
//
// It also furnishes records to work on: a [Shop] is merchants with signed-in terminals, a [Story] is what
// happens there on a day: sales, a void, refunds, reversals, a batch close and a root.
package storetest
