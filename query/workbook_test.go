package query

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"trailbox/schema"
)

// workbook writes a result as a workbook and opens that.
func workbook(t *testing.T, r Result, screen Screen) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if _, err := Write(&b, r, FormatXLSX, screen); err != nil {
		t.Fatal(err)
	}
	return opened(t, &b)
}

func opened(t *testing.T, b *bytes.Buffer) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// A value is in a sheet what it is: a number, a time, a truth, or text that nothing makes a
// formula of.
func TestWorkbookValues(t *testing.T) {
	at := time.Date(2026, 3, 2, 21, 59, 29, 0, time.UTC)
	for _, c := range []struct {
		value any
		kind  excelize.CellType
		raw   string // in the file
		shown string // in the sheet, if that is something else
	}{
		{"111122223333", excelize.CellTypeInlineString, "111122223333", ""},
		{"=cmd|' /C calc'!A1", excelize.CellTypeInlineString, "=cmd|' /C calc'!A1", ""},
		{"@SUM(1)", excelize.CellTypeInlineString, "@SUM(1)", ""},
		{" a  b ", excelize.CellTypeInlineString, " a  b ", ""},
		{"<a>&\"'", excelize.CellTypeInlineString, "<a>&\"'", ""},
		{"", excelize.CellTypeInlineString, "", ""},
		{"a\x00\x1b[31m\n\ufffe\u202e\xff", excelize.CellTypeInlineString, `a\x00\x1b[31m\n\ufffe\u202e\xff`, ""},
		{"\\\uffff", excelize.CellTypeInlineString, `\\\uffff`, ""},
		{"_x0041_ _x005F_x0041_ _x000D_", excelize.CellTypeInlineString, "_x0041_ _x005F_x0041_ _x000D_", ""},
		{"\U0001f600", excelize.CellTypeInlineString, "\U0001f600", ""},
		{int64(42), excelize.CellTypeUnset, "42", ""},
		{int64(-999_999_999_999_999), excelize.CellTypeUnset, "-999999999999999", ""},
		{int64(math.MaxInt64), excelize.CellTypeInlineString, "9223372036854775807", ""},
		{uint64(math.MaxUint64), excelize.CellTypeInlineString, "18446744073709551615", ""},
		{1.5, excelize.CellTypeUnset, "1.5", ""},
		{math.Inf(-1), excelize.CellTypeInlineString, "-Infinity", ""},
		{math.NaN(), excelize.CellTypeInlineString, "NaN", ""},
		{schema.Number("-0.123456789012345"), excelize.CellTypeUnset, "-0.123456789012345", ""},
		{schema.Number("170141183460469231731687303715884105727"), excelize.CellTypeInlineString, "170141183460469231731687303715884105727", ""},
		{true, excelize.CellTypeBool, "1", "TRUE"},
		{at, excelize.CellTypeUnset, "46083.91630787037", "2026-03-02 21:59:29Z"},
		{at.In(time.FixedZone("", 3600)), excelize.CellTypeUnset, "46083.91630787037", "2026-03-02 21:59:29Z"},
		{time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC), excelize.CellTypeInlineString, "1899-01-01T00:00:00Z", ""},
		{[]byte{0, 255}, excelize.CellTypeInlineString, "00ff", ""},
		{schema.List{"=1", "\u202e"}, excelize.CellTypeInlineString, `["=1","\u202e"]`, ""},
	} {
		f := workbook(t, result("v|after", []any{c.value, "x"}), Screen{Name: "one"})
		kind, err := f.GetCellType("one", "A2")
		raw, err2 := f.GetCellValue("one", "A2", excelize.Options{RawCellValue: true})
		shown, err3 := f.GetCellValue("one", "A2")
		formula, err4 := f.GetCellFormula("one", "A2")
		if err := errors.Join(err, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		want := c.shown
		if want == "" {
			want = c.raw
		}
		if kind != c.kind || raw != c.raw || shown != want || formula != "" {
			t.Errorf("%q is of the type %v, %q, shown as %q, formula %q", text(c.value), kind, raw, shown, formula)
		}
	}
	// NULL is no cell at all, text stays text when it is edited, and a time has the part of a
	// second that it has.
	f := workbook(t, result("a|b|c", []any{nil, "1", at.Add(250 * time.Millisecond)}), Screen{Name: "one"})
	if kind, _ := f.GetCellType("one", "A2"); kind != excelize.CellTypeUnset {
		t.Errorf("NULL is of the type %v", kind)
	}
	if style := styleOf(t, f, "one", "B2"); style.NumFmt != 49 {
		t.Errorf("text has the style %+v", style)
	}
	if style := styleOf(t, f, "one", "C2"); style.CustomNumFmt == nil || *style.CustomNumFmt != `yyyy-mm-dd hh:mm:ss.000"Z"` {
		t.Errorf("a time has the style %+v", style)
	}
	raw, err := f.GetCellValue("one", "C2", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // 46083 of Excel's
	if seconds := (days - 46083) * 24 * 60 * 60; math.Abs(seconds-at.Sub(day).Seconds()-0.25) > 1e-5 {
		t.Errorf("%s are %v seconds of the day", raw, seconds)
	}
}

func styleOf(t *testing.T, f *excelize.File, sheet, cell string) *excelize.Style {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return style
}

// A sheet has a name, a bold header that stays, filters over all of it, and columns as wide
// as what is in them.
func TestWorkbookSheet(t *testing.T) {
	f := workbook(t, result("=name\x1b|n|long", []any{"someone", int64(1), strings.Repeat("x", 500)}, []any{"b", int64(2), ""}), Screen{Name: "who"})
	if sheets := f.GetSheetList(); len(sheets) != 1 || sheets[0] != "who" {
		t.Errorf("sheets %q", sheets)
	}
	rows, err := f.GetRows("who")
	if err != nil || len(rows) != 3 || rows[0][0] != `=name\x1b` || rows[1][0] != "someone" {
		t.Errorf("%q, %v", rows, err)
	}
	if style := styleOf(t, f, "who", "C1"); !style.Font.Bold {
		t.Errorf("the header is not bold: %+v", style)
	}
	if panes, err := f.GetPanes("who"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	names := f.GetDefinedName()
	if len(names) != 1 || names[0].Name != "_xlnm._FilterDatabase" || names[0].RefersTo != "'who'!$A$1:$C$3" {
		t.Errorf("filters: %+v", names)
	}
	for column, want := range map[string]float64{"A": 13, "B": minSheetWidth, "C": maxSheetWidth} {
		if width, err := f.GetColWidth("who", column); err != nil || width != want {
			t.Errorf("column %s is %v wide, %v", column, width, err)
		}
	}
	// Without rows there is the header.
	f = workbook(t, result("a|b"), Screen{})
	if rows, err := f.GetRows("answer"); err != nil || len(rows) != 1 {
		t.Errorf("%q, %v", rows, err)
	}
}

// A cell has room for so many characters, as Excel counts them; one that has more says so,
// and so does whoever is told.
func TestWorkbookCut(t *testing.T) {
	long := strings.Repeat("\U0001f600", excelize.TotalCellChars/2)
	for _, c := range []struct {
		text string
		cut  bool
	}{
		{strings.Repeat("x", excelize.TotalCellChars), false},
		{strings.Repeat("x", excelize.TotalCellChars+1), true},
		{strings.Repeat("\u00e9", excelize.TotalCellChars), false},
		{long + "x", false},
		{long + "xx", true},
	} {
		var notes []string
		f := workbook(t, result("a", []any{c.text}), Screen{Name: "s", Tell: func(note string) { notes = append(notes, note) }})
		got, err := f.GetCellValue("s", "A2")
		if err != nil {
			t.Fatal(err)
		}
		kept, note, cut := strings.Cut(got, " [cut here: of 32768 characters a cell holds 32767]")
		if cut != c.cut || len(notes) > 0 != c.cut || note != "" || !strings.HasPrefix(c.text, kept) || !cut && kept != c.text {
			t.Errorf("%d bytes become %d bytes that end in %q; told: %q", len(c.text), len(got), got[len(got)-20:], notes)
		}
		if n := len(utf16.Encode([]rune(got))); n > excelize.TotalCellChars || cut && n < excelize.TotalCellChars-1 {
			t.Errorf("%d characters are left", n)
		}
	}
}

// What a sheet has no room for is on the next, and that is told.
func TestWorkbookSheets(t *testing.T) {
	for _, limit := range []struct {
		rows, bytes int
		perSheet    int
	}{{1001, 1 << 30, 1000}, {1 << 20, 1010 * (cellBytes*2 + 4), 1009}} {
		var notes []string
		var b bytes.Buffer
		r := result("n|text")
		for i := range 2500 {
			r.rows = append(r.rows, []any{int64(i), fmt.Sprintf("%04d", i)})
		}
		out := bufio.NewWriter(&b)
		w, err := newWorkbookWriter(out, r.columns, Screen{Name: "many", Tell: func(note string) { notes = append(notes, note) }})
		if err != nil {
			t.Fatal(err)
		}
		w.maxRows, w.maxSize = limit.rows, limit.bytes
		for _, row := range r.rows {
			if err := w.writeRow(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.end(true), out.Flush()); err != nil {
			t.Fatal(err)
		}
		f := opened(t, &b)
		next := 0
		for i, name := range []string{"many", "many (2)", "many (3)"} {
			rows, err := f.GetRows(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(rows[0], "|") != "n|text" || i < 2 && len(rows) != limit.perSheet+1 {
				t.Errorf("sheet %s has %d rows, the first %q", name, len(rows), rows[0])
			}
			for _, row := range rows[1:] {
				if row[1] != fmt.Sprintf("%04d", next) {
					t.Fatalf("sheet %s has %q where %d was next", name, row, next)
				}
				next++
			}
		}
		if next != 2500 || len(notes) != 1 || !strings.Contains(notes[0], "3 sheets") {
			t.Errorf("%d rows; told: %q", next, notes)
		}
	}
	wide := result(strings.Repeat("c|", excelize.MaxColumns) + "c")
	if _, err := Write(new(bytes.Buffer), wide, FormatXLSX, Screen{}); err == nil || !strings.Contains(err.Error(), "16384 columns") || wide.closed != 1 {
		t.Errorf("too many columns: %v, closed %d times", err, wide.closed)
	}
}

// An answer that is not complete leaves no workbook, nor a temporary file, whether there were
// many rows before its end or few.
func TestWorkbookOfPart(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, rows := range []int{1, 900} {
		broken := errors.New("broken")
		r := result("a")
		r.err = broken
		for range rows {
			r.rows = append(r.rows, []any{strings.Repeat("x", 20_000)})
		}
		var b bytes.Buffer
		if n, err := Write(&b, r, FormatXLSX, Screen{}); !errors.Is(err, broken) || n != int64(rows) || b.Len() > 0 {
			t.Errorf("%d rows, %d bytes, %v", n, b.Len(), err)
		}
		r.err, r.next = nil, 0
		if _, err := Write(failingWriter{}, r, FormatXLSX, Screen{}); err == nil {
			t.Error("a disk that takes nothing took a workbook")
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	if err := os.Remove(dir); err != nil {
		t.Error(err)
	}
}

// failingWriter is a disk that takes nothing.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no room") }
