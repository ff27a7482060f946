package render

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// unpackedMax bounds what an XLSX is when it is unpacked, so that a small file that unpacks without end is refused.
const unpackedMax = 64 << 20 // bytes

// ErrTable is the refusal of a file that holds no table.
var ErrTable = errors.New("the file is neither CSV in UTF-8 or GBK nor XLSX")

// ReadTable reads a table that somebody filled in, the first sheet of an XLSX or a CSV, and returns it as CSV in UTF-8
// of at most bound bytes. Days are written 2026-01-31, however the sheet shows them.
func ReadTable(content []byte, bound int) (string, error) {
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		return readSheet(content, bound)
	}
	if !utf8.Valid(content) {
		plain, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
		if err != nil || bytes.ContainsRune(plain, utf8.RuneError) {
			return "", ErrTable
		}
		content = plain
	}
	if len(content) > bound || bytes.IndexByte(content, 0) >= 0 {
		return "", ErrTable
	}
	return string(content), nil
}

func readSheet(content []byte, bound int) (string, error) {
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: unpackedMax, UnzipXMLSizeLimit: unpackedMax, ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return "", errors.Join(ErrTable, err)
	}
	defer file.Close()
	rows, err := file.Rows(file.GetSheetName(0))
	if err != nil {
		return "", errors.Join(ErrTable, err)
	}
	defer rows.Close()
	var out strings.Builder
	table, width := csv.NewWriter(&out), 0
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return "", errors.Join(ErrTable, err)
		}
		if width = max(width, len(cells)); strings.Join(cells, "") == "" {
			continue
		}
		for len(cells) < width { // a row ends with its last cell that holds something
			cells = append(cells, "")
		}
		if err := table.Write(cells); err != nil {
			return "", fmt.Errorf("write a table: %w", err)
		}
		if table.Flush(); out.Len() > bound {
			return "", ErrTable
		}
	}
	return out.String(), rows.Error()
}
