// Package render turns receipt documents into what devices and people take: a picture
// ([PNG], one bit deep as a thermal printer draws), a PDF page of the paper's width and the
// receipt's length ([PDF]), and printer commands ([ESCPOS] as text, [Raster] as a picture for
// printers without Chinese characters).
//
// Picture and PDF come from one layout in printer dots, 8 to the millimeter (203 dpi), so that they
// cannot differ. Text that the font lacks is shown as 〓, as on the printer.
//
// A signature that was given on a screen is drawn with every one of its strokes whole, and takes the room in
// which a customer would sign, so that a slip is as long signed as blank.
//
// [Agreement] draws a signed agreement as a PDF of A4 pages, and [Watermark] puts who looked, and when, over a picture.
// [Sheet] writes a table for spreadsheets, and [ReadTable] reads what they write: CSV in UTF-8 or GBK, or XLSX, within
// bounds.
//
// Nothing is kept between receipts but the font's tables, parsed when the first one is drawn, and
// drawing buffers that the garbage collector may take.
package render
