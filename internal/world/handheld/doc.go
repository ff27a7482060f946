// Package handheld is a web page on which the demo's card terminals lie: cards are dragged or tapped onto them, and the
// paper comes out. The terminals are those of package pos with the face of package screen, so the page shows the
// same as `yifen terminal` does.
//
//	GET  /pos                           the page
//	GET  /pos/terminals                 the terminals that lie here
//	GET  /pos/cards                     the cards that lie beside them, numbers masked
//	GET  /pos/{terminal}/state?version= what there is to draw, as soon as it is another than that version; at most 25 s later
//	POST /pos/{terminal}/press          {"key": "1"}: a key, as [screen.Device.Press] names them, or "power"
//	POST /pos/{terminal}/present        {"card": "debit", "entry": "insert"}: swipe, insert, tap or phone
//	GET  /pos/{terminal}/paper?lang=    the papers that came out, the newest first
//
// Invariants:
//
//   - A terminal is switched on at its first use and has one flash file, which is where `yifen terminal --tid` keeps
//     it too: whoever comes second is told so, and two programs never count the same traces.
//   - Switching a terminal off at its menu lets go of the flash file.
//   - No card number leaves but masked; keys and PINs go in and never come out.
//   - What changes anything is refused to pages of other origins.
package handheld
