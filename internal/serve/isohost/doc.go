// Package isohost lets card terminals in: ISO 8583 in the UnionPay terminal dialect, over TCP or TLS.
//
// A frame is taken apart in a fixed order, and nothing is believed before its turn: length and framing;
// the codec; the terminal's number and its merchant; the MAC; only then the fields. What fails is answered
// with the code of its stage, counted, and moves nothing. Answers swap the TPDU and echo the header with
// the processing requirement in digit 6.
//
// A terminal may open a socket per message or keep one; messages of one socket are worked on side by side,
// within bounds, and answered as they are done.
//
// The host keeps what it last saw of a terminal (keys, batch, merchant). That is for speed: the step of
// every request holds it against the row and says when it is out of date, and the host looks again, so
// that a terminal may sign in at one node and sell at another.
//
// Field 39 comes from one table for declines and one for refusals (codes.go).
package isohost
