package render_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yifen-pay/yifen/internal/render"
)

func TestReadTable(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("name\n一分便利店\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		content []byte
		want    string // empty where it is refused
	}{
		"utf-8":        {[]byte("name\n一分便利店\n"), "name\n一分便利店\n"},
		"gbk":          {gbk, "name\n一分便利店\n"},
		"no text":      {[]byte{0xff, 0xfe, 0x00, 0x01}, ""},
		"too long":     {bytes.Repeat([]byte("x"), 1001), ""},
		"a broken zip": {[]byte("PK\x03\x04 and nothing"), ""},
		"a picture":    {[]byte("\x89PNG\r\n\x1a\n\x00"), ""},
		"a sheet":      {sheet(t), "name,from,number\n一分便利店,2026-01-31,\n\"a, b\",,440305198802023010\n"},
	} {
		got, err := render.ReadTable(test.content, 1000)
		if (err != nil) != (test.want == "") || err == nil && got != test.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := render.ReadTable(sheet(t), 40); err == nil {
		t.Error("a sheet that is longer than its bound is read")
	}
}

// sheet is a table as a person fills it in: a day in the form of the program, an empty row, a number as a text.
func sheet(t *testing.T) []byte {
	t.Helper()
	file := excelize.NewFile()
	day, err := file.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for cell, value := range map[string]any{
		"A1": "name", "B1": "from", "C1": "number", "A2": "一分便利店", "B2": time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), "A4": "a, b", "C4": "440305198802023010",
	} {
		if err := file.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.SetCellStyle("Sheet1", "B2", "B2", day); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := file.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
