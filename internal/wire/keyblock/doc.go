// Package keyblock reads and writes key blocks: a key enciphered under a key block protection key and bound
// to a header that says what the key may be used for. Hosts and security modules exchange keys in them;
// terminals of UnionPay acquirers do not.
//
//	version 1 | length 4 | usage 2 | algorithm 1 | mode of use 1 | key version 2 | exportability 1 |
//	optional blocks 2 | context 2 | the optional blocks | key, enciphered | authenticator
//
// All of it is printable ASCII; the enciphered key and the authenticator are in hexadecimal. What is
// enciphered is the length of the key in bits, the key, and random filling, which can conceal how long the
// key is.
//
//	version  cipher      keys made of the protection key   authenticator over
//	A, C     triple DES  by XOR with 45… and 4D…           the enciphered key, CBC-MAC, 4 bytes
//	B        triple DES  by CMAC                           the clear key, CMAC, 8 bytes, which is the IV
//	D        AES         by CMAC                           the clear key, CMAC, 16 bytes, which is the IV
//
// Always the header is authenticated too, so a key never changes its use. Versions A and C are deprecated;
// read them, write B or D.
//
// The package draws no random numbers, the caller hands them in. It keeps no keys; no error carries key
// material or what the block holds.
//
// Sources: ASC X9 TR-31:2018; ANSI X9.143:2021 and 2022; ISO 20038:2017; NIST SP 800-38B (CMAC). The tests
// name where each published key block comes from.
package keyblock
