package query

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"trailbox/schema"
)

// A csvWriter writes RFC 4180 with a header. Lines end in LF: with CRLF,
// encoding/csv would also rewrite the line ends inside of cells. There, CR and LF
// stay as they are, in quotes, and so do NUL and bytes that are not UTF-8; a program
// that ends strings at NUL sees such a cell cut off.
//
// Cells are safe to open in a spreadsheet (see [inert]); for a terminal they have the
// escapes that tables have (see [Escape]). The exact text is in JSON.
type csvWriter struct {
	out    *bufio.Writer
	escape bool         // for a terminal
	record []string     // reused
	line   bytes.Buffer // reused
	csv    *csv.Writer  // into line
}

func newCSVWriter(out *bufio.Writer, columns []schema.ResultColumn, terminal bool) *csvWriter {
	w := &csvWriter{out: out, escape: terminal}
	w.csv = csv.NewWriter(&w.line)
	for _, c := range columns {
		w.record = append(w.record, w.cell(c.Name)) // after a PIVOT, event text names columns
	}
	w.writeRecord() // out keeps its error
	return w
}

func (w *csvWriter) writeRow(values []any) error {
	w.record = w.record[:0]
	for _, v := range values {
		cell := text(v)
		switch v.(type) {
		case bool, int64, uint64, float64, schema.Number, time.Time:
		case schema.List, schema.Struct:
			cell = inert(cell) // JSON, which has escapes of its own
		default:
			cell = w.cell(cell)
		}
		w.record = append(w.record, cell)
	}
	return w.writeRecord()
}

func (w *csvWriter) cell(text string) string {
	text = inert(text)
	if w.escape {
		text = Escape(text)
	}
	return text
}

func (w *csvWriter) writeRecord() error {
	w.line.Reset()
	if len(w.record) == 1 && w.record[0] == "" {
		// A blank line is no record to those who read CSV, encoding/csv among
		// them: the row would be lost.
		w.line.WriteString("\"\"\n")
	} else {
		if err := w.csv.Write(w.record); err != nil {
			return err
		}
		w.csv.Flush()
	}
	_, err := w.out.Write(w.line.Bytes())
	return err
}

func (w *csvWriter) end(bool) error { return nil }

// inert puts an apostrophe before text that a spreadsheet would run as a formula:
// text that begins with one of = + - @ or their full-width forms, also behind what
// an import may strip (white space, control and invisible characters, broken
// UTF-8), and text that begins with TAB, CR or LF, at which an import may cut.
func inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsSpace(r) || invisible(r)
	}))
	if strings.ContainsRune("=+-@＝＋－＠", first) || cell != "" && strings.ContainsRune("\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
