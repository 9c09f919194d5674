package schema

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/rivo/uniseg"
)

// A StatementError is what DuckDB has against a statement, and the place in it that it means.
type StatementError struct {
	Message string // without the place
	Offset  int    // in the statement as it was given, in bytes
	Err     error  // what DuckDB said, which shows the place in the statement as it was run
}

func (e *StatementError) Error() string { return e.Err.Error() }
func (e *StatementError) Unwrap() error { return e.Err }

// pointed is how DuckDB shows a place: a line of the statement, cut if it is long, and a mark
// below it.
var pointed = regexp.MustCompile(`(?s)^(.*?)\n\nLINE (\d+): ([^\n]*)\n( *)\^$`)

// locate finds the place in a statement that an error tells of. What DuckDB was given begins
// with something of ours before it.
func locate(err error, before, statement string) error {
	var d *duckdb.Error
	if !errors.As(err, &d) {
		return err
	}
	m := pointed.FindStringSubmatch(d.Msg)
	if m == nil {
		return err
	}
	n, _ := strconv.Atoi(m[2])
	begin, line, ok := lineOf(before+statement, n)
	shown, width := m[3], len(m[4])-len("LINE : ")-len(m[2])
	if cut, isCut := strings.CutPrefix(shown, "..."); isCut && !strings.HasPrefix(line, shown) {
		shown, width = cut, width-len("...")
	}
	at := strings.Index(line, shown)
	if at < 0 {
		at = strings.Index(line, strings.TrimSuffix(shown, "..."))
	}
	if !ok || at < 0 || width < 0 {
		return err
	}
	offset := begin + at + prefixSize(shown, width) - len(before)
	if offset < 0 || offset > len(statement) {
		return err
	}
	return &StatementError{Message: m[1], Offset: offset, Err: err}
}

// lineEnd is what DuckDB ends a line at.
var lineEnd = regexp.MustCompile(`\r\n|\r|\n`)

// lineOf is a line of a text, from 1, and where it begins.
func lineOf(text string, n int) (begin int, line string, ok bool) {
	for ; n > 1; n-- {
		end := lineEnd.FindStringIndex(text[begin:])
		if end == nil {
			return 0, "", false
		}
		begin += end[1]
	}
	line = text[begin:]
	if end := lineEnd.FindStringIndex(line); end != nil {
		line = line[:end[0]]
	}
	return begin, line, true
}

// prefixSize is how many bytes of a text take up a width, with those of none behind them:
// nothing that is wrong begins with a tab.
func prefixSize(text string, width int) int {
	rest, state, size := text, -1, 0
	for rest != "" {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if width -= w; width < 0 {
			break
		}
		size += len(cluster)
	}
	return size
}
