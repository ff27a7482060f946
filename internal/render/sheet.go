package render

import (
	"io"

	"github.com/xuri/excelize/v2"
)

// Sheet writes a table as XLSX, row by row. Cells are texts, so that no number loses a digit and no text is run as a
// formula.
type Sheet struct {
	out    io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	rows   int
	err    error
}

// NewSheet begins a table that Close writes to out.
func NewSheet(out io.Writer) *Sheet {
	s := &Sheet{out: out, file: excelize.NewFile()}
	if s.stream, s.err = s.file.NewStreamWriter("Sheet1"); s.err == nil {
		s.err = s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	return s
}

// Row adds a row; the first is the heading.
func (s *Sheet) Row(cells []string) error {
	if s.err != nil {
		return s.err
	}
	s.rows++
	row := make([]any, len(cells))
	for i, c := range cells {
		row[i] = c
	}
	at, err := excelize.CoordinatesToCellName(1, s.rows)
	if err == nil {
		err = s.stream.SetRow(at, row)
	}
	s.err = err
	return err
}

// Close writes the table.
func (s *Sheet) Close() error {
	defer s.file.Close()
	if s.err != nil {
		return s.err
	}
	if err := s.stream.Flush(); err != nil {
		return err
	}
	return s.file.Write(s.out)
}
