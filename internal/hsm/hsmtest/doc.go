// Package hsmtest holds every implementation of the security module to one contract. What a module computes
// is compared with what the other side, a terminal or a network with the clear keys, computes by
// wire/cardcrypto alone.
package hsmtest
