package query

import (
	"bufio"
	"strings"
	"unicode/utf8"

	"trailbox/schema"
)

// A markdownWriter writes a table as GitHub's Markdown has it ("GitHub Flavored Markdown
// Spec", 4.10). Cells are text and nothing else: no markup, no HTML, no links, see
// [inactive].
type markdownWriter struct {
	out  *bufio.Writer
	line []byte // reused
}

func newMarkdownWriter(out *bufio.Writer, columns []schema.ResultColumn) *markdownWriter {
	w := &markdownWriter{out: out}
	if len(columns) == 0 {
		return w
	}
	for _, c := range columns {
		w.add(c.Name) // after a PIVOT, event text names columns
	}
	w.writeLine() // out keeps its error
	for range columns {
		w.add("---")
	}
	w.writeLine()
	return w
}

func (w *markdownWriter) writeRow(values []any) error {
	for _, v := range values {
		w.add(text(v))
	}
	return w.writeLine()
}

// add adds a cell to the line.
func (w *markdownWriter) add(cell string) {
	w.line = append(w.line, "| "...)
	w.line = append(w.line, inactive(cell)...)
	w.line = append(w.line, ' ')
}

func (w *markdownWriter) writeLine() error {
	w.line = append(w.line, "|\n"...)
	_, err := w.out.Write(w.line)
	w.line = w.line[:0]
	return err
}

func (w *markdownWriter) end(bool) error { return nil }

// inactive escapes text so that Markdown shows it as it is: what a terminal would not
// print as in a table, and a backslash before each character that may mean something.
// The colon of a URL and the dot behind www are among them, since GitHub makes links of
// bare ones.
func inactive(cell string) string {
	cell = Escape(cell)
	var b strings.Builder
	for i, r := range cell {
		switch {
		case r == ':' && strings.HasPrefix(cell[i+1:], "//"),
			r == '.' && i >= 3 && strings.EqualFold(cell[i-3:i], "www"),
			r < utf8.RuneSelf && strings.ContainsRune("\\`*_{}[]()<>#+!|~&$^=@", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
