package query

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"trailbox/schema"
)

const (
	// What is measured to find how a table fits, and held until then. More would
	// cost memory and delay the first line; less would miss the wide cells, and what is
	// the same in all rows can only be said of rows that were seen.
	measuredRows  = 10_000
	measuredBytes = 4 << 20 // a row can hold many cells of 1 MB

	// Where nothing is cut, cells are aligned up to this width only: one cell of
	// 1 MB must not pad each of a million rows to its length.
	maxAlignedWidth = 200

	// A run of this many steps of a histogram in which nothing happened is one line.
	nothingRows = 3
)

// gap is what stands between two columns.
const gap = "  "

// A tableWriter writes a header, a rule and aligned cells. Without a terminal all of it is
// as wide as it is. On one it fits, as [layout] says: nothing that tells one row from
// another is cut.
type tableWriter struct {
	out     *bufio.Writer
	screen  Screen
	columns []tableColumn
	held    [][]tableCell // until it is known how they fit
	bytes   int           // of text in held
	began   bool
	rows    int64 // of the result, so far

	layout layout
	day    string // the last one that was written
	blocks int64  // written, of the vertical form
	line   []byte // reused
}

type tableColumn struct {
	name    tableCell
	width   int  // of the widest cell or the name, then of the column
	whole   int  // of the widest cell that is never cut
	numbers bool // some value is a number
	others  bool // some value is something else
	place   place
	times   timeForm
	arns    arnForm
	most    string // what most rows have, and the head says
	paint   func(text string) style
}

// A tableCell is text that is safe to print, and its width on a terminal.
type tableCell struct {
	text  string
	width int
	whole bool      // not to be cut: part of a number or of a time is another one
	json  bool      // it is, and says itself where it ends
	time  time.Time // what the text is, in whose zone it is shown
}

func newTableWriter(out *bufio.Writer, columns []schema.ResultColumn, screen Screen) *tableWriter {
	t := &tableWriter{out: out, screen: screen}
	for _, c := range columns {
		name := newTableCell(c.Name)
		column := tableColumn{name: name, width: name.width}
		if screen.Colour {
			column.paint = paintOf(c.Name)
		}
		t.columns = append(t.columns, column)
	}
	return t
}

func newTableCell(v any) tableCell {
	var c tableCell
	switch v := v.(type) {
	case schema.List, schema.Struct:
		c.text, c.json = text(v), true // JSON has escapes of its own
	case nil, bool, int64, uint64, float64, schema.Number, time.Time:
		c.text, c.whole = text(v), true
	default:
		c.text = Escape(text(v))
		c.whole = isHeatMap(c.text)
	}
	c.width = displayWidth(c.text)
	return c
}

// isHeatMap reports whether a text is a row of a heat map, in which each character has its
// place: the hours of a day are the most.
func isHeatMap(text string) bool {
	const marks = "·▁▂▃▄▅▆▇█"
	return text != "" && strings.Trim(text, marks) == "" && utf8.RuneCountInString(text) <= 24
}

// cell is a value in its column's form.
func (t *tableWriter) cell(i int, v any) tableCell {
	if at, ok := v.(time.Time); ok {
		if t.screen.Zone != nil {
			at = at.In(t.screen.Zone)
		} else {
			at = at.UTC()
		}
		return tableCell{time: at, whole: true}.as(t.columns[i].times)
	}
	return newTableCell(v).shorten(t.columns[i].arns)
}

func (t *tableWriter) writeRow(values []any) error {
	t.rows++
	if t.isCut() {
		return t.cut()
	}
	cells := make([]tableCell, len(values))
	for i, v := range values {
		cells[i] = t.cell(i, v)
	}
	if t.began {
		return t.writeCells(cells)
	}
	for i, c := range cells {
		column := &t.columns[i]
		switch values[i].(type) {
		case nil:
		case int64, uint64, float64, schema.Number:
			column.numbers = true
		default:
			column.others = true
		}
		t.bytes += len(c.text)
	}
	t.held = append(t.held, cells)
	if len(t.held) < measuredRows && t.bytes < measuredBytes {
		return nil
	}
	return t.begin(true)
}

// isCut reports whether there are rows that are not to be shown.
func (t *tableWriter) isCut() bool { return t.screen.Rows > 0 && t.rows > t.screen.Rows }

// cut shows what there is as soon as it is all that will be shown: to count the others may
// take its time.
func (t *tableWriter) cut() error {
	if t.rows > t.screen.Rows+1 {
		return nil
	}
	if !t.began {
		if err := t.begin(true); err != nil {
			return err
		}
	}
	return t.out.Flush()
}

func (t *tableWriter) end(complete bool) error {
	switch {
	case t.isCut() && complete:
		return t.writeLine(append(t.line[:0], t.screen.Rest(t.screen.Rows, t.rows)...))
	case t.began:
		return nil
	}
	return t.begin(false)
}

// begin settles how the table fits and writes what was held back for that. more says that
// rows may follow.
func (t *tableWriter) begin(more bool) error {
	t.began = true
	if len(t.columns) == 0 {
		return nil
	}
	t.fit(more)
	if !t.layout.vertical {
		if err := t.writeHeader(); err != nil {
			return err
		}
	}
	for i := 0; i < len(t.held); i++ {
		if n := t.nothing(t.held[i:]); n >= nothingRows {
			from, to := t.held[i][0], t.held[i+n-1][0]
			if err := t.writeLine(fmt.Appendf(t.line[:0], "%s to %s: nothing (%d rows)", from.text, to.text, n)); err != nil {
				return err
			}
			i += n - 1
			continue
		}
		if err := t.writeCells(t.held[i]); err != nil {
			return err
		}
	}
	t.held = nil
	return nil
}

// nothing counts how many of the rows, from the first on, are steps of a histogram in which
// nothing happened: a time, numbers that are all 0, and no text.
func (t *tableWriter) nothing(rows [][]tableCell) int {
	if t.screen.Width <= 0 || t.screen.Wide || t.layout.vertical || len(t.columns) < 2 {
		return 0
	}
	for n, cells := range rows {
		zeros := 0
		for i, c := range cells[1:] {
			switch {
			case c.text == "":
			case c.text == "0" && !t.columns[i+1].others:
				zeros++
			default:
				return n
			}
		}
		if zeros == 0 || cells[0].time.IsZero() {
			return n
		}
	}
	return len(rows)
}

func (t *tableWriter) writeHeader() error {
	for _, line := range t.layout.head {
		if err := t.writeLine(append(t.line[:0], line...)); err != nil {
			return err
		}
	}
	names := make([]tableCell, len(t.columns))
	rules := make([]tableCell, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
		rules[i] = tableCell{text: strings.Repeat("-", c.width), width: c.width}
	}
	if err := t.writeLines(names, true); err != nil {
		return err
	}
	return t.writeLines(rules, true)
}

func (t *tableWriter) writeCells(cells []tableCell) error {
	if t.layout.vertical {
		return t.writeBlock(cells)
	}
	if t.columns[0].times == timeUnderDay {
		if day := cells[0].day(); day != t.day {
			t.day = day
			if err := t.writeLine(append(t.line[:0], day...)); err != nil {
				return err
			}
		}
	}
	if err := t.writeLines(cells, false); err != nil {
		return err
	}
	return t.writeBelow(cells)
}

// writeLines writes the cells that stand side by side, on as many lines as the longest of
// them takes.
func (t *tableWriter) writeLines(cells []tableCell, header bool) error {
	wrapped := make([][]tableCell, len(cells))
	height := 1
	for i, c := range cells {
		switch column := &t.columns[i]; {
		case column.place != inLine:
			continue
		case !t.layout.fits || c.whole || c.width <= column.width:
			wrapped[i] = []tableCell{c}
		case header:
			wrapped[i] = c.wrapName(column.width)
		default:
			wrapped[i] = c.wrap(column.width, maxCellLines)
		}
		height = max(height, len(wrapped[i]))
	}
	for n := range height {
		line, due, first := t.line[:0], 0, true
		for i := range cells {
			column := &t.columns[i]
			if column.place != inLine {
				continue
			}
			if !first {
				due += len(gap)
			}
			first = false
			var c tableCell
			if n < len(wrapped[i]) {
				c = wrapped[i][n]
			}
			padding := max(column.width-c.width, 0)
			if column.numbers && !column.others {
				due, padding = due+padding, 0
			}
			if c.text != "" {
				line = appendSpaces(line, due)
				due = 0
				if header {
					line = append(line, c.text...)
				} else {
					line = column.appendPainted(line, c.text, cells[i].text)
				}
			} else {
				padding += c.width
			}
			due += padding
		}
		if err := t.writeLine(line); err != nil {
			return err
		}
	}
	return nil
}

// writeBelow writes what does not fit side by side, name and value, on lines of their own
// below it.
func (t *tableWriter) writeBelow(cells []tableCell) error {
	if !t.layout.below {
		return nil
	}
	const indent = 4
	line, used := appendSpaces(t.line[:0], indent), indent
	for i, c := range cells {
		column := &t.columns[i]
		switch {
		case column.place != belowLine, c.text == column.most:
			continue
		case c.text == "": // and most rows have something
			c = newTableCell("(none)")
		default:
			c = c.quoted()
		}
		name := column.name.cut(max((t.screen.Width-2*indent)/2, 1))
		width := name.width + len(": ") + c.width
		if used > indent && used+len(gap)+width > t.screen.Width {
			if err := t.writeLine(line); err != nil {
				return err
			}
			line, used = appendSpaces(t.line[:0], indent), indent
		}
		if used > indent {
			line, used = append(line, gap...), used+len(gap)
		}
		line = append(append(line, name.text...), ": "...)
		used += name.width + len(": ")
		for n, part := range c.wrapFrom(t.screen.Width-used, t.screen.Width-2*indent, maxCellLines) {
			if n > 0 {
				if err := t.writeLine(line); err != nil {
					return err
				}
				line, used = appendSpaces(t.line[:0], 2*indent), 2*indent
			}
			line = column.appendPainted(line, part.text, cells[i].text)
			used += part.width
		}
	}
	if used == indent {
		return nil
	}
	return t.writeLine(line)
}

// writeBlock writes a row as lines of name and value, a blank line before all but
// the first.
func (t *tableWriter) writeBlock(cells []tableCell) error {
	if t.blocks++; t.blocks > 1 {
		if err := t.writeLine(t.line[:0]); err != nil {
			return err
		}
	}
	for i, c := range cells {
		column := &t.columns[i]
		name := column.name.cut(t.layout.names)
		parts := []tableCell{c}
		if t.screen.Width > 0 && !t.screen.Wide {
			parts = c.wrap(max(t.screen.Width-t.layout.names-len(gap), minColumnWidth), maxBlockLines)
		}
		for _, part := range parts {
			line := append(t.line[:0], name.text...)
			line = appendSpaces(line, t.layout.names-name.width)
			line = append(line, gap...)
			line = column.appendPainted(line, part.text, c.text)
			if err := t.writeLine(line); err != nil {
				return err
			}
			name = tableCell{}
		}
	}
	return nil
}

func (t *tableWriter) writeLine(line []byte) error {
	t.line = append(bytes.TrimRight(line, " "), '\n')
	_, err := t.out.Write(t.line)
	return err
}

func appendSpaces(line []byte, n int) []byte {
	for range n {
		line = append(line, ' ')
	}
	return line
}

// cut shortens a cell to a width, with an ellipsis to say so.
func (c tableCell) cut(width int) tableCell {
	if c.width <= width || c.whole {
		return c
	}
	kept, used := c.prefix(width - 1)
	return tableCell{text: c.text[:kept] + "…", width: used + 1}
}

// prefix is how many bytes of a cell fit into a width, and how wide they are.
func (c tableCell) prefix(width int) (bytes, used int) {
	rest, state := c.text, -1
	for rest != "" {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width {
			break
		}
		bytes += len(cluster)
		used += w
	}
	return bytes, used
}

// displayWidth is how many columns of a terminal s takes, all of it printable.
func displayWidth(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s) // no ASCII character joins another: the common case, without a search
}
