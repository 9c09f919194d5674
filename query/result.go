package query

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"trailbox/schema"
)

// A Result is the answer to a query: columns, and rows that are read once.
//
// Next goes to the next row, and Values are its values, one per column, of the types
// that [schema.Rows] lists. Err is what ended the rows early. Whoever holds a Result
// closes it, or hands it to [Write], which does.
type Result interface {
	Columns() []schema.ResultColumn
	Next() bool
	Values() ([]any, error)
	Err() error
	Close() error
}

var _ Result = (*schema.Rows)(nil)

// A Format is a form in which [Write] writes a [Result].
type Format string

const (
	FormatTable    Format = "table"    // for people
	FormatJSON     Format = "json"     // one array of objects
	FormatNDJSON   Format = "ndjson"   // one object a line
	FormatCSV      Format = "csv"      // for spreadsheets
	FormatMarkdown Format = "markdown" // for reports and tickets
	// FormatXLSX is a workbook, for Excel and its like. It is no text, and goes to a file.
	FormatXLSX Format = "xlsx"
	// FormatHTML is a page that stands alone. Its rows go to [Screen.Page], and the page to a file.
	FormatHTML Format = "html"
	// FormatParquet is for other programs. [Write] does not write it, but DuckDB itself,
	// see [schema.Store.Export].
	FormatParquet Format = "parquet"
)

// Formats are the formats of text, which go anywhere.
func Formats() []Format {
	return []Format{FormatTable, FormatJSON, FormatNDJSON, FormatCSV, FormatMarkdown}
}

// ParseFormat finds a format of text by its name.
func ParseFormat(name string) (Format, error) {
	if f := Format(name); slices.Contains(Formats(), f) {
		return f, nil
	}
	return "", fmt.Errorf("unknown format %q: choose one of %s", name, FormatNames())
}

// FormatNames lists the formats of text for people.
func FormatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// A rowWriter writes a result's rows in one format.
type rowWriter interface {
	writeRow(values []any) error
	// end writes what is due after the last row; complete says that there was no
	// error before it.
	end(complete bool) error
}

// A Screen says who sees what is written.
type Screen struct {
	// Width is how wide tables may get: the terminal's width in columns, or 0 for what
	// is no terminal, where nothing is cut.
	Width int
	// Terminal says that a terminal gets the bytes: CSV has escapes then for what it
	// would obey, as the other forms always have. For files and programs it stays raw.
	Terminal bool
	// Zone is whose times tables show, with the offset; nil for UTC. Other forms are for
	// programs and have UTC.
	Zone *time.Location
	// Columns are those to write, in this order; all of them if there are none.
	Columns []string
	// Aside are columns that a table leaves out where it has no room, and says so.
	Aside []string
	// Wide says that tables stay as wide as they are, whatever Width.
	Wide bool
	// Vertical says that tables have a line for each column of each row.
	Vertical bool
	// Rows is how many rows a table shows at most, 0 for all; the others are counted, and Rest
	// puts the last line of the table into words then.
	Rows int64
	Rest func(shown, all int64) string
	// Colour says that tables may paint errors, findings and calls that write.
	Colour bool
	// Name is what a workbook calls the sheets of the answer.
	Name string
	// Tell is told what a workbook has no room for; nil where nobody listens.
	Tell func(note string)
	// Page takes the rows of a page.
	Page PageRows
}

// PageRows take the rows of an answer on their way to a page: the columns, each row, and that
// it was the last; complete says that there was no error before.
type PageRows interface {
	Begin(columns []schema.ResultColumn) error
	Row(values []any) error
	End(complete bool) error
}

// A pageWriter gives rows to a page.
type pageWriter struct{ PageRows }

func (w pageWriter) writeRow(values []any) error { return w.Row(values) }
func (w pageWriter) end(complete bool) error     { return w.End(complete) }

// Write writes r to w, as the screen wants it, and closes it.
//
// rows counts the rows that were read. Where reading ends in an error, the rows
// before it are written all the same, but a JSON array stays open, and a workbook is
// not written at all: a part of the answer must not look like all of it.
func Write(w io.Writer, r Result, format Format, screen Screen) (rows int64, err error) {
	if _, err := ParseFormat(string(format)); err != nil && format != FormatXLSX && format != FormatHTML {
		return 0, errors.Join(err, r.Close())
	}
	whole := r
	if r, err = choose(whole, screen.Columns); err != nil {
		return 0, errors.Join(err, whole.Close())
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	rw, err := NewRowWriter(w, r.Columns(), format, screen)
	if err != nil {
		return 0, err
	}
	var readErr error
	for r.Next() {
		var values []any
		if values, readErr = r.Values(); readErr != nil {
			break
		}
		rows++
		if err := rw.Write(values); err != nil {
			return rows, err
		}
	}
	if readErr == nil {
		readErr = r.Err()
	}
	return rows, errors.Join(readErr, rw.End(readErr == nil))
}

// A RowWriter writes the rows of an answer one by one, for whom [Write] does not do:
// whoever writes one answer in several forms.
type RowWriter struct {
	rows rowWriter
	out  *bufio.Writer
}

// NewRowWriter returns a writer of rows with these columns.
func NewRowWriter(w io.Writer, columns []schema.ResultColumn, format Format, screen Screen) (*RowWriter, error) {
	rw := &RowWriter{out: bufio.NewWriterSize(w, 64<<10)}
	switch format {
	case FormatTable:
		rw.rows = newTableWriter(rw.out, columns, screen)
	case FormatCSV:
		rw.rows = newCSVWriter(rw.out, columns, screen.Terminal)
	case FormatMarkdown:
		rw.rows = newMarkdownWriter(rw.out, columns)
	case FormatXLSX:
		workbook, err := newWorkbookWriter(rw.out, columns, screen)
		if err != nil {
			return nil, err
		}
		rw.rows = workbook
	case FormatHTML:
		if err := screen.Page.Begin(columns); err != nil {
			return nil, err
		}
		rw.rows = pageWriter{screen.Page}
	default:
		rw.rows = newJSONWriter(rw.out, columns, format == FormatJSON)
	}
	return rw, nil
}

// Write writes a row, and may keep its values.
func (w *RowWriter) Write(values []any) error { return w.rows.writeRow(values) }

// Flush hands on what was written of forms that are written row by row: for whoever needs the
// bytes of each.
func (w *RowWriter) Flush() error { return w.out.Flush() }

// End writes what is due after the last row; complete says that there was no error before.
func (w *RowWriter) End(complete bool) error {
	if err := w.rows.end(complete); err != nil {
		return err
	}
	return w.out.Flush()
}

// text writes a value as a cell of a table or of CSV, before either protects its
// reader from it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return formatFloat(v)
	case schema.Number:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case []byte:
		return hex.EncodeToString(v)
	case schema.List, schema.Struct:
		return string(appendJSON(nil, v))
	}
	return fmt.Sprint(v)
}

// Text is a value as a table shows it, before that protects its reader from it.
func Text(v any) string { return text(v) }

// formatFloat writes the fewest digits that read back as f. Powers of ten are left
// out from where a reader would still count the zeros: the bounds are JavaScript's.
func formatFloat(f float64) string {
	abs := math.Abs(f)
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case abs != 0 && (abs < 1e-6 || abs >= 1e21):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64) // and NaN
}

// invisible says that a terminal would obey r or show nothing for it: controls (C0,
// DEL, C1), bidi and other format controls, zero-width characters, line and
// paragraph separators, variation selectors, blank fillers, tags, and what is no character
// at all, such as U+FFFE. XML cannot hold what Unicode calls controls and no characters.
func invisible(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}
