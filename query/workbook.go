package query

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
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
	sheets  int                    // of the answer
	all     int                    // of the file
	rows    int                    // on the sheet, its header included
	bytes   int                    // on the sheet
	maxRows int                    // excelize.TotalRows and maxSheetBytes, but for tests
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
	w.all++
	name := w.name
	if w.sheets > 1 {
		name = fmt.Sprintf("%s (%d)", name, w.sheets)
	}
	if w.all == 1 {
		err = w.file.SetSheetName(w.file.GetSheetName(0), name)
	} else {
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

// endAnswer ends the sheets of an answer.
func (w *workbookWriter) endAnswer() error {
	if w.sheet == nil {
		if err := w.writeHeld(); err != nil {
			return err
		}
	}
	if w.sheets > 1 {
		w.tell(fmt.Sprintf("the rows are on %d sheets: one has room for %d of them", w.sheets, w.maxRows))
	}
	return w.endSheet()
}

func (w *workbookWriter) end(complete bool) error {
	if !complete {
		return w.file.Close()
	}
	err := w.endAnswer()
	if err == nil {
		err = w.file.Write(io.Discard) // it goes to out, see above
	}
	err = errors.Join(err, w.file.Close())
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

// A Workbook is an .xlsx file of several answers, each on a sheet of its own.
type Workbook struct {
	out   *bufio.Writer
	tell  func(note string)
	rows  *workbookWriter // nil before the first answer
	names map[string]bool // of sheets
}

// NewWorkbook returns a workbook that goes to w. tell is told what it has no room for.
func NewWorkbook(w io.Writer, tell func(note string)) *Workbook {
	return &Workbook{out: bufio.NewWriterSize(w, 64<<10), tell: tell, names: map[string]bool{}}
}

// maxSheetName is how long the name of a sheet may be, with room for a number behind it.
const maxSheetName = 31 - len(" (99)")

// sheetNames puts away what Excel does not have in the name of a sheet.
var sheetNames = strings.NewReplacer("[", "(", "]", ")", ":", " ", "*", " ", "?", " ", "/", " ", `\`, " ", "'", " ")

// Begin begins the sheet of an answer. Its name is cut where Excel has no room for it.
func (b *Workbook) Begin(name string, columns []schema.ResultColumn) (err error) {
	name = sheetNames.Replace(Escape(name))
	if runes := []rune(name); len(runes) > maxSheetName {
		name = string(runes[:maxSheetName])
	}
	for whole, n := name, 2; b.names[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s %d", whole, n)
	}
	b.names[strings.ToLower(name)] = true
	if b.rows == nil {
		b.rows, err = newWorkbookWriter(b.out, columns, Screen{Name: name, Tell: b.tell})
		if err == nil {
			b.rows.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return &orderedZip{to: b.out} })
		}
		return err
	}
	w := b.rows
	if err := w.close(w.endAnswer()); err != nil {
		return err
	}
	w.name, w.columns, w.sheet, w.sheets = name, columns, nil, 0
	w.held, w.heldBytes, w.widths = nil, 0, make([]int, len(columns))
	for i, c := range columns {
		w.widths[i] = displayWidth(Escape(c.Name)) + filterButton
	}
	return nil
}

// Write writes a row of the answer that was begun.
func (b *Workbook) Write(values []any) error { return b.rows.writeRow(values) }

// End writes the file; complete says that there was no error before.
func (b *Workbook) End(complete bool) error {
	if b.rows == nil {
		return nil
	}
	if err := b.rows.end(complete); err != nil {
		return err
	}
	return b.out.Flush()
}

// An orderedZip is a zip file with its entries by their names: the library writes sheets in any
// order, and two workbooks of the same answers are to be the same. It holds them, compressed, until
// the end.
type orderedZip struct {
	to      io.Writer
	entries []*zipEntry
}

// A zipEntry is a zip file of one entry.
type zipEntry struct {
	name    string
	content bytes.Buffer
	zip     *zip.Writer
}

func (z *orderedZip) Create(name string) (io.Writer, error) {
	e := &zipEntry{name: name}
	e.zip = zip.NewWriter(&e.content)
	z.entries = append(z.entries, e)
	return e.zip.Create(name)
}

func (z *orderedZip) AddFS(fs.FS) error { panic("BUG: the library adds no files") }

func (z *orderedZip) Close() error {
	slices.SortFunc(z.entries, func(a, b *zipEntry) int { return strings.Compare(a.name, b.name) })
	all := zip.NewWriter(z.to)
	for _, e := range z.entries {
		if err := e.zip.Close(); err != nil {
			return err
		}
		one, err := zip.NewReader(bytes.NewReader(e.content.Bytes()), int64(e.content.Len()))
		if err != nil {
			return err
		}
		if err := all.Copy(one.File[0]); err != nil {
			return err
		}
	}
	return all.Close()
}
