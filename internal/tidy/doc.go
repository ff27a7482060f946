// Package tidy holds the house to its rules. It has no code of its own, only tests that read the module's
// files: who may import whom (plan.txt), how things are named and how long they may grow, that the domain
// has no clock or chance of its own, that no card number, secret or trace of a machine stands in the tree.
//
// A rule that a test holds stays true. To change one, change it here, in a visible line, and say why in a
// decision record.
package tidy
