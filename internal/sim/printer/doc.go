// Package printer is a receipt printer that is not there: it takes raw ESC/POS on a TCP port as
// network printers do (port 9100), keeps each receipt as text and as the picture it would have
// printed, and answers real-time status requests from a state that can be set: paper near its end
// or out, cover open, offline, head too hot, cutter jammed, drawer open, or no answer at all.
//
// It draws from the bytes alone, on a grid of 12 by 24 dots with Chinese characters 24 dots wide, 32
// columns on 58 mm paper and 48 on 80 mm, so that it shows what the sender said and not what it
// meant.
//
// A receipt ends with a cut, when its connection ends, or after a meter of paper. What arrives while
// the printer cannot print waits until it can. Receipts, connections and paper are bounded; the
// oldest receipt makes room. The printer listens on loopback addresses only.
package printer
