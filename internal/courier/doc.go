// Package courier brings messages to people and programs: mail by SMTP (RFC 5321), text messages by the HTTP interface of a provider,
// events by webhooks.
//
// A courier hands over once and says whether it was taken. What nobody took, its caller sends again or not at all;
// couriers keep nothing and log no text.
package courier
