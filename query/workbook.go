package query

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"trailbox/schema"
)

const (
	// What is held to find how wide columns are.
	sizedRows  = 1000
	sizedBytes = 4 << 20 // of text
	// How wide they get, in characters. What is longer is seen in the line above the sheet.
	minSheetWidth = 8
	maxSheetWidth = 60
	// filterButton is how wide the button is that the header of a column has.
	filterButton = 3

	// Excel shows 15 digits of a number, and what it saves has zeros for the others: a number
	// of more is text.
	exactDigits = 15

	// A part of a zip file that unpacks to 4 GB or more is one that Excel takes for damaged.
	// Markup at most makes five bytes of one.
	maxSheetBytes = 700 << 20
	cellBytes     = 40 // of markup around a cell
)

// A workbookWriter writes an .xlsx file: times are times (in UTC), numbers are numbers, and
// text is text, whatever it begins with and whoever edits it, with the escapes that tables
// have (see [Escape]), since XML cannot hold most of what has them. What a sheet has no room
// for goes on on a further one, and what a cell has no room for is cut there and says so.
//
// Rows go to a temporary file as they come, and the workbook is written at the end; of an
// answer that is not complete there is none.
type workbookWriter struct {
	out     *bufio.Writer
	name    string
	tell    func(note string)
	columns []schema.ResultColumn
	file    *excelize.File
	styles  workbookStyles

	held      [][]any // rows of the first sheet, until it is known how wide columns are
	widths    []int
	heldBytes int

	sheet   *excelize.StreamWriter // nil before the first
	sheets  int
	rows    int // on the sheet, its header included
	bytes   int // on the sheet
	maxRows int // excelize.TotalRows and maxSheetBytes, but for tests
	maxSize int
	cut     int // cells
}

// workbookStyles are the numbers of styles in the workbook.
type workbookStyles struct{ header, text, whole, time, fraction int }

func newWorkbookWriter(out *bufio.Writer, columns []schema.ResultColumn, screen Screen) (*workbookWriter, error) {
	if len(columns) > excelize.MaxColumns {
		return nil, fmt.Errorf("a sheet of a workbook has %d columns, and the answer has %d", excelize.MaxColumns, len(columns))
	}
	w := &workbookWriter{
		out: out, name: screen.Name, tell: screen.Tell, columns: columns,
		file: excelize.NewFile(), widths: make([]int, len(columns)),
		maxRows: excelize.TotalRows, maxSize: maxSheetBytes,
	}
	if w.name == "" {
		w.name = "answer"
	}
	if w.tell == nil {
		w.tell = func(string) {}
	}
	// The library would hold the whole file in memory.
	w.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
	const asText = 49 // the format @: what is edited stays text
	withTime, withFraction := `yyyy-mm-dd hh:mm:ss"Z"`, `yyyy-mm-dd hh:mm:ss.000"Z"`
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&w.styles.header, excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}}},
		{&w.styles.text, excelize.Style{NumFmt: asText}},
		{&w.styles.whole, excelize.Style{NumFmt: 1}}, // all digits
		{&w.styles.time, excelize.Style{CustomNumFmt: &withTime}},
		{&w.styles.fraction, excelize.Style{CustomNumFmt: &withFraction}},
	} {
		var err error
		if *s.id, err = w.file.NewStyle(&s.style); err != nil {
			return nil, w.close(err)
		}
	}
	for i, c := range columns {
		w.widths[i] = displayWidth(Escape(c.Name)) + filterButton
	}
	return w, nil
}

func (w *workbookWriter) writeRow(values []any) error {
	cells := make([]any, len(values))
	for i, v := range values {
		var shown string
		cells[i], shown = w.cell(v)
		w.heldBytes += len(shown)
		if w.sheet == nil {
			w.widths[i] = max(w.widths[i], displayWidth(shown))
		}
	}
	if w.sheet != nil {
		return w.close(w.writeCells(cells))
	}
	w.held = append(w.held, cells)
	if len(w.held) < sizedRows && w.heldBytes < sizedBytes {
		return nil
	}
	return w.close(w.writeHeld())
}

// cell is a value as a sheet has it, and about what it shows.
func (w *workbookWriter) cell(v any) (cell any, shown string) {
	shown = text(v)
	switch v := v.(type) {
	case nil:
		return nil, ""
	case bool:
		return v, shown
	case int64, uint64:
		if digits(shown) <= exactDigits {
			return excelize.Cell{StyleID: w.styles.whole, Value: v}, shown
		}
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, shown
		}
	case schema.Number:
		if f, err := strconv.ParseFloat(shown, 64); err == nil && digits(shown) <= exactDigits {
			return f, shown
		}
	case time.Time:
		if v = v.UTC(); v.After(firstSheetDay) && v.Before(lastSheetDay) {
			style := w.styles.time
			if v.Nanosecond() > 0 {
				style = w.styles.fraction
			}
			return excelize.Cell{StyleID: style, Value: v}, shown
		}
	case schema.List, schema.Struct: // JSON, which has escapes of its own
	default:
		shown = Escape(shown)
	}
	shown = w.fit(shown)
	return excelize.Cell{StyleID: w.styles.text, Value: shown}, shown
}

// The days between which Excel and the calendar agree: its 1900 was a leap year.
var (
	firstSheetDay = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
	lastSheetDay  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// digits counts those that a number has to be read with.
func digits(number string) (n int) {
	for _, r := range strings.TrimLeft(number, "-0.") {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// fit cuts text for which a cell has no room, and says so in it. Room is counted as Excel
// does, in UTF-16.
func (w *workbookWriter) fit(text string) string {
	if len(text) <= excelize.TotalCellChars {
		return text
	}
	length := 0
	for _, r := range text {
		length += utf16Length(r)
	}
	if length <= excelize.TotalCellChars {
		return text
	}
	w.cut++
	note := fmt.Sprintf(" [cut here: of %d characters a cell holds %d]", length, excelize.TotalCellChars)
	room := excelize.TotalCellChars - len(note)
	for i, r := range text {
		if room -= utf16Length(r); room < 0 {
			return text[:i] + note
		}
	}
	return text
}

func utf16Length(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// writeHeld begins the first sheet, with what is held.
func (w *workbookWriter) writeHeld() error {
	for i, width := range w.widths {
		w.widths[i] = min(max(width+1, minSheetWidth), maxSheetWidth)
	}
	if err := w.beginSheet(); err != nil {
		return err
	}
	for _, cells := range w.held {
		if err := w.writeCells(cells); err != nil {
			return err
		}
	}
	w.held = nil
	return nil
}

// beginSheet begins a sheet with its header.
func (w *workbookWriter) beginSheet() (err error) {
	w.sheets++
	name := w.name
	if w.sheets == 1 {
		err = w.file.SetSheetName(w.file.GetSheetName(0), name)
	} else {
		name = fmt.Sprintf("%s (%d)", name, w.sheets)
		_, err = w.file.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if w.sheet, err = w.file.NewStreamWriter(name); err != nil {
		return err
	}
	w.rows, w.bytes = 0, 0
	if len(w.columns) == 0 {
		return nil
	}
	for i, width := range w.widths {
		if err := w.sheet.SetColWidth(i+1, i+1, float64(width)); err != nil {
			return err
		}
	}
	if err := w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	var header []any
	for _, c := range w.columns {
		header = append(header, excelize.Cell{StyleID: w.styles.header, Value: w.fit(Escape(c.Name))}) // after a PIVOT, event text names columns
	}
	return w.addRow(header)
}

// writeCells writes a row, on a further sheet if there is no room on this one.
func (w *workbookWriter) writeCells(cells []any) error {
	if w.rows == w.maxRows || w.bytes > w.maxSize {
		if err := w.endSheet(); err != nil {
			return err
		}
		if err := w.beginSheet(); err != nil {
			return err
		}
	}
	return w.addRow(cells)
}

func (w *workbookWriter) addRow(cells []any) error {
	w.rows++
	for _, c := range cells {
		w.bytes += cellBytes
		if c, ok := c.(excelize.Cell); ok {
			if text, ok := c.Value.(string); ok {
				w.bytes += len(text)
			}
		}
	}
	return w.sheet.SetRow("A"+strconv.Itoa(w.rows), cells)
}

// endSheet ends a sheet, with filters over all of it.
func (w *workbookWriter) endSheet() error {
	if len(w.columns) > 0 {
		last, err := excelize.CoordinatesToCellName(len(w.columns), w.rows)
		if err == nil {
			err = w.file.AutoFilter(w.sheet.Sheet, "A1:"+last, nil)
		}
		if err != nil {
			return err
		}
	}
	return w.sheet.Flush()
}

func (w *workbookWriter) end(complete bool) error {
	if !complete {
		return w.file.Close()
	}
	var err error
	if w.sheet == nil {
		err = w.writeHeld()
	}
	if err == nil {
		err = w.endSheet()
	}
	if err == nil {
		err = w.file.Write(io.Discard) // it goes to out, see above
	}
	err = errors.Join(err, w.file.Close())
	if w.sheets > 1 {
		w.tell(fmt.Sprintf("the rows are on %d sheets: one has room for %d of them", w.sheets, w.maxRows))
	}
	switch {
	case w.cut == 1:
		w.tell(fmt.Sprintf("1 cell is cut, and says so: Excel has room for %d characters; the other forms have all of it", excelize.TotalCellChars))
	case w.cut > 1:
		w.tell(fmt.Sprintf("%d cells are cut, and say so: Excel has room for %d characters; the other forms have all of it", w.cut, excelize.TotalCellChars))
	}
	return err
}

// close removes what is in temporary files, after an error.
func (w *workbookWriter) close(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(err, w.file.Close())
}
