// Package screen is the face of the card terminal: a handheld of fixed size with a display of CJK text, a keypad,
// slots for cards and a printer, as a cashier knows it from a Chinese shop. It says everything in Chinese or in
// English and can be switched at any moment.
//
// A [Device] is a state machine without clock, network or output of its own: keys and ticks go in, [Device.View]
// is what it shows, and work that takes time comes out as a [Job], which somebody runs and whose end goes back by
// [Device.Finish]. [Run] does that with a terminal window, a [Session] for a web page.
//
// Invariants:
//
//   - While a job runs, the device touches the terminal in no way; keys are swallowed.
//   - PINs and passwords are shown as stars and forgotten with the page that asked for them.
//   - Nothing depends on colors, and everything fits 80 columns by 24 lines.
//   - What was approved leads to its paper; a paper that was not torn off is offered again.
package screen
