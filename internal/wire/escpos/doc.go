// Package escpos speaks the subset of ESC/POS that receipt printers in China share: text in Chinese
// mode (GBK), alignment, size, bold, feed, cut, cash drawer, QR (GS ( k), CODE128 (GS k, function
// B), raster pictures (GS v 0) and real-time status (DLE EOT).
//
// [Encoder] builds a job, [Decoder] reads one back as typed events; a simulated printer is made of
// the second, and tests hold the first to it. Neither does any I/O.
//
// Invariants:
//
//   - Text cannot carry commands: control characters never leave the encoder.
//   - Text cannot swallow its neighbor: every character outside ASCII is sent as exactly two bytes.
//     In particular the half-width ¥ becomes the full-width ￥ (U+FFE5), € is sent in its two-byte
//     form instead of code page 936's single 0x80, and what GBK lacks becomes 〓.
//   - The decoder never panics and never keeps more than a bounded part of a command, whatever it
//     is fed and however the bytes are split.
//
// The commands and status bits follow the manuals of Epson, Bixolon SRP-350, HPRT and Citizen where
// they agree.
package escpos
