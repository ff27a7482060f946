// Package world is yifen in its playground: the product plugged into simulators of everything around it.
// The demo, the load tool, the proof runs and the whole-system tests all begin here.
package world
