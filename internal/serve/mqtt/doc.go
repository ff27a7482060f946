// Package mqtt is the door for speakers: a broker of MQTT 3.1.1 (OASIS standard) that tells each speaker on a counter what was paid.
//
// A speaker comes with its id as user name and the password that it was given; its client identifier does not matter. It may read
// one topic, speaker/{id}/say, and publishes nothing. What it is told is a speaker.Announcement with quality of service 1, once: what it
// acknowledged never comes again. What was not acknowledged when the connection broke, and what was paid since, comes with the next
// connection, as long as it is fresh; the id in the message tells a speaker that lost only its acknowledgment.
//
// Invariants:
//   - nobody is told of another merchant's payments, whatever is subscribed to;
//   - one speaker has one connection: the second sends the first away;
//   - a speaker that hangs holds up no other: each connection is written to by a goroutine of its own, and what waits is bounded;
//   - what a speaker missed is kept in the memory of the node that it was connected to: after a restart, or at another node, it hears
//     what is paid from then on, so that nothing is said twice.
package mqtt
