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
	// What is measured to find the columns' widths, and held until then. More would
	// cost memory and delay the first line; less would miss the wide cells.
	measuredRows  = 1000
	measuredBytes = 4 << 20 // a row can hold many cells of 1 MB

	// The narrowest that a column becomes, in columns of the terminal: seven
	// characters and the ellipsis still tell most names apart.
	minColumnWidth = 8

	// Where nothing is cut, cells are aligned up to this width only: one cell of
	// 1 MB must not pad each of a million rows to its length.
	maxAlignedWidth = 200
)

// gap is what stands between two columns.
const gap = "  "

// A tableWriter writes a header, a rule and aligned cells, as wide as the terminal at
// most. Where the columns do not fit even at their narrowest, each row is a block of
// lines, one column a line.
type tableWriter struct {
	out      *bufio.Writer
	width    int // of the terminal, 0 where there is none
	columns  []tableColumn
	held     [][]tableCell // until the widths are known
	bytes    int           // of text in held
	began    bool          // the widths are known
	expanded bool
	// Of the expanded form:
	nameWidth int
	blocks    int64  // written
	line      []byte // reused
}

type tableColumn struct {
	name    tableCell
	width   int
	whole   int  // width of the widest cell that must not be cut
	numbers bool // some value is a number
	others  bool // some value is something else
	text    bool // some value can be cut
}

// A tableCell is text that is safe to print, and its width on a terminal.
type tableCell struct {
	text  string
	width int
	whole bool // not to be cut: part of a number or of a time is another one
}

func newTableWriter(out *bufio.Writer, columns []schema.ResultColumn, width int) *tableWriter {
	t := &tableWriter{out: out, width: width}
	for _, c := range columns {
		name := newTableCell(c.Name)
		t.columns = append(t.columns, tableColumn{name: name, width: name.width})
	}
	return t
}

func newTableCell(v any) tableCell {
	var c tableCell
	switch v := v.(type) {
	case schema.List, schema.Struct:
		c.text = text(v) // JSON, which has escapes of its own
	case nil, bool, int64, uint64, float64, schema.Number, time.Time:
		c.text, c.whole = text(v), true
	default:
		c.text = Escape(text(v))
	}
	c.width = displayWidth(c.text)
	return c
}

func (t *tableWriter) writeRow(values []any) error {
	cells := make([]tableCell, len(values))
	for i, v := range values {
		cells[i] = newTableCell(v)
	}
	if t.began {
		return t.writeCells(cells)
	}
	for i, c := range cells {
		column := &t.columns[i]
		column.width = max(column.width, c.width)
		if c.whole {
			column.whole = max(column.whole, c.width)
		} else {
			column.text = true
		}
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

func (t *tableWriter) end(bool) error {
	if t.began {
		return nil
	}
	return t.begin(false)
}

// begin settles the widths and writes what was held back for them. more says that
// rows may follow.
func (t *tableWriter) begin(more bool) error {
	t.began = true
	if len(t.columns) == 0 {
		return nil
	}
	spare := t.fit()
	t.expanded = spare < 0 && len(t.held) > 0
	if t.expanded {
		t.fitBlocks()
	} else {
		if more {
			t.widen(spare)
		}
		if err := t.writeHeader(); err != nil {
			return err
		}
	}
	for _, cells := range t.held {
		if err := t.writeCells(cells); err != nil {
			return err
		}
	}
	t.held = nil
	return nil
}

// fit narrows the widest columns until all of them fit side by side. It returns how
// much of the terminal's width is left over, below 0 if they do not fit.
func (t *tableWriter) fit() (spare int) {
	if t.width <= 0 {
		for i := range t.columns {
			t.columns[i].width = min(t.columns[i].width, maxAlignedWidth)
		}
		return 0
	}
	room := t.width - len(gap)*(len(t.columns)-1)
	narrowed := func(c tableColumn, limit int) int {
		return max(min(c.width, limit), c.whole)
	}
	used := func(limit int) (sum int) {
		for _, c := range t.columns {
			sum += narrowed(c, limit)
		}
		return sum
	}
	limit := max(room, minColumnWidth)
	for limit > minColumnWidth && used(limit) > room {
		limit--
	}
	spare = room - used(limit)
	for i, c := range t.columns {
		width := narrowed(c, limit)
		if width < c.width && spare > 0 { // too little for all of those
			width++
			spare--
		}
		t.columns[i].width = width
	}
	return spare
}

// widen spreads what room is left over the columns of text, and those that only had
// NULLs: the rows to come were not measured.
func (t *tableWriter) widen(spare int) {
	var wider []int
	for i, c := range t.columns {
		if c.text || c.whole == 0 {
			wider = append(wider, i)
		}
	}
	for n, i := range wider {
		share := spare / (len(wider) - n)
		t.columns[i].width += share
		spare -= share
	}
}

func (t *tableWriter) writeHeader() error {
	names := make([]tableCell, len(t.columns))
	rules := make([]tableCell, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
		rules[i] = tableCell{text: strings.Repeat("-", c.width), width: c.width}
	}
	if err := t.writeCells(names); err != nil {
		return err
	}
	return t.writeCells(rules)
}

func (t *tableWriter) writeCells(cells []tableCell) error {
	if t.expanded {
		return t.writeBlock(cells)
	}
	line := t.line[:0]
	for i, c := range cells {
		column := t.columns[i]
		if i > 0 {
			line = append(line, gap...)
		}
		if t.width > 0 {
			c = c.cut(column.width)
		}
		padding := max(column.width-c.width, 0)
		if column.numbers && !column.others {
			line = appendSpaces(line, padding)
			padding = 0
		}
		line = append(line, c.text...)
		line = appendSpaces(line, padding)
	}
	return t.writeLine(line)
}

// fitBlocks gives the names up to half of the width, the values the rest.
func (t *tableWriter) fitBlocks() {
	names := 0
	for _, c := range t.columns {
		names = max(names, c.name.width)
	}
	names = min(names, max((t.width-len(gap))/2, minColumnWidth))
	values := max(t.width-len(gap)-names, minColumnWidth)
	for i := range t.columns {
		t.columns[i].name = t.columns[i].name.cut(names)
		t.columns[i].width = values
	}
	t.nameWidth = names
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
		column := t.columns[i]
		line := append(t.line[:0], column.name.text...)
		line = appendSpaces(line, t.nameWidth-column.name.width)
		line = append(line, gap...)
		line = append(line, c.cut(column.width).text...)
		if err := t.writeLine(line); err != nil {
			return err
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
	kept, used, rest, state := 0, 1, c.text, -1 // 1 for the ellipsis
	for rest != "" {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width {
			break
		}
		kept += len(cluster)
		used += w
	}
	return tableCell{text: c.text[:kept] + "…", width: used}
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

// Escape writes text so that a terminal prints all of it and obeys none: what is
// [invisible] becomes \n, \r, \t, \x1b, \u202e or \U000e0041, a byte that is not
// UTF-8 \xff. A backslash stays as it is, unless it would read as the beginning of
// such an escape; then it is doubled. So each text has an escaped form of its own.
func Escape(s string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		escaped := escapeRune(r, s[i:i+size])
		if r == '\\' && readsAsEscape(s[i+1:]) {
			escaped = `\\`
		}
		if escaped != "" {
			b.WriteString(s[done:i])
			b.WriteString(escaped)
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// escapeRune is empty for what prints as it is.
func escapeRune(r rune, encoded string) string {
	switch {
	case r == utf8.RuneError && len(encoded) == 1:
		return fmt.Sprintf(`\x%02x`, encoded[0])
	case !invisible(r):
		return ""
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// readsAsEscape says whether a backslash before rest would read as an escape of ours.
func readsAsEscape(rest string) bool {
	if rest == "" {
		return false
	}
	digits := 0
	switch rest[0] {
	case '\\', 'n', 'r', 't':
		return true
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default: // an escape follows, and begins with a backslash
		r, size := utf8.DecodeRuneInString(rest)
		return escapeRune(r, rest[:size]) != ""
	}
	return len(rest) > digits && strings.Trim(rest[1:1+digits], "0123456789abcdef") == ""
}
