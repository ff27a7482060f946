// Package railtest is the suite that every rail to a wallet passes, played against the wallet's simulator over a real socket:
// what it reports of every fault ([Faults]), when nothing was sent ([Unsent]), and that its last word never contradicts the
// wallet's books, whatever strikes ([Chance]). What only one wallet does its rail tests itself, on the same [Rig].
package railtest
