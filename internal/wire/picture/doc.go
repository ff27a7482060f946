// Package picture takes in papers and photographs that strangers hand over: JPEG, PNG and PDF, told by their content
// and never by their name.
//
// A picture is decoded and written anew, upright as its camera meant it, so that what comes out holds pixels and nothing
// else: no place where it was taken, no thumbnail of another picture, nothing behind its end. What it would take
// to decode is bounded before it is decoded. A PDF is kept as it is and refused when it does more than show: scripts,
// forms that send, programs to launch, files within, encryption.
//
// Invariants:
//   - what [Clean] returns begins as its media type says and is at most [Max] bytes;
//   - no input makes it use more memory than a picture of [PixelsMax] pixels does;
//   - a file that is two things at once, a picture and an archive, comes out as a picture or not at all.
//
// Sources: ITU-T T.81 (JPEG), W3C PNG, Exif 2.32 (orientation), ISO 32000-1 (PDF), PKWARE APPNOTE (the end of archives).
package picture
