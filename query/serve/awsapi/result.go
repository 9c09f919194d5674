package awsapi

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// A result is what a query was answered with. It is in a file as Athena writes it: for a
// statement that reads rows CSV with a header, every value in quotes and NULL without; for one that
// shows something lines, with tabs between what stands in one.
type result struct {
	columns []column
	rows    int64
	bytes   int64
	header  int64 // bytes of the header in the file
	utility bool
}

// A column is one of a result, in Athena's words.
type column struct {
	name             string
	kind             string // bigint, varchar, row ...
	precision, scale int
}

// columnsOf are the columns of an answer. Those of tables have small letters in Athena.
func columnsOf(from []schema.ResultColumn, s service) (columns []column) {
	known := map[string]bool{}
	for _, c := range schema.Columns() {
		name, _, _ := strings.Cut(c.Path, ".")
		known[name] = s == ofAthena
	}
	for _, c := range from {
		kind, precision, scale := athenaType(c.Type)
		name := c.Name
		if known[name] {
			name = strings.ToLower(name)
		}
		columns = append(columns, column{name, kind, precision, scale})
	}
	return columns
}

// A resultError says why a result could not be written.
type resultError struct{ err error }

func (e *resultError) Error() string { return "the result of a query: " + e.err.Error() }
func (e *resultError) Unwrap() error { return e.err }

// writeResult writes rows to a file. It does not close them.
func writeResult(path string, rows query.Result, s *statement, limits Limits) (found result, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return result{}, &resultError{err}
	}
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil {
			err = &resultError{closeErr}
		}
	}()
	out := bufio.NewWriterSize(f, 64<<10)
	w := resultWriter{out: out, utility: s.utility, small: s.service == ofAthena}
	found = result{columns: columnsOf(rows.Columns(), s.service), utility: s.utility}
	if !s.utility {
		var names []any
		for _, c := range found.columns {
			names = append(names, c.name)
		}
		w.row(names, nil)
	}
	found.header = w.bytes
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return result{}, err
		}
		if found.rows++; found.rows > limits.ResultRows {
			return result{}, tooLarge("%d rows", limits.ResultRows)
		}
		if w.row(values, rows.Columns()); w.bytes > limits.ResultBytes {
			return result{}, tooLarge("%d bytes", limits.ResultBytes)
		}
	}
	if err := rows.Err(); err != nil {
		return result{}, err
	}
	if err := out.Flush(); err != nil {
		return result{}, &resultError{err}
	}
	found.bytes = w.bytes
	return found, nil
}

func tooLarge(format string, n int64) error {
	return refused("EXCEEDED_RESULT_LIMIT", "the result has more than "+format+"; a part of it would look like all. Ask for less, or with trailbox sql", n)
}

// A resultWriter writes the lines of a result.
type resultWriter struct {
	out     *bufio.Writer // which keeps its error
	utility bool
	small   bool // members of rows have small letters, as in Athena
	bytes   int64
	line    []byte
}

func (w *resultWriter) row(values []any, columns []schema.ResultColumn) {
	w.line = w.line[:0]
	for i, v := range values {
		if i > 0 {
			w.line = append(w.line, w.separator())
		}
		if v == nil {
			continue
		}
		text := ""
		if columns == nil {
			text = v.(string)
		} else {
			kind := columns[i].Type
			if w.small && strings.HasPrefix(strings.TrimRight(kind, "[]"), "STRUCT(") && !strings.Contains(kind, "MAP(") {
				v = smallMembers(v)
			}
			text = athenaText(v, kind)
		}
		if w.utility {
			w.line = append(w.line, strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(text)...)
			continue
		}
		w.line = append(w.line, '"')
		w.line = append(w.line, strings.ReplaceAll(text, `"`, `""`)...)
		w.line = append(w.line, '"')
	}
	w.line = append(w.line, '\n')
	w.bytes += int64(len(w.line))
	w.out.Write(w.line)
}

func (w *resultWriter) separator() byte {
	if w.utility {
		return '\t'
	}
	return ','
}

// readResult reads n rows of a result from an offset of its file on: values, nil for NULL.
// next is where the one behind them begins, 0 where there is none.
func readResult(path string, from result, offset int64, n int) (rows [][]*string, next int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, err
	}
	r := resultReader{in: bufio.NewReaderSize(f, 64<<10), utility: from.utility, at: offset}
	held := 0
	for len(rows) < n && r.at < from.bytes {
		row, err := r.row(len(from.columns))
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, row)
		for _, v := range row {
			if v != nil {
				held += len(*v)
			}
		}
		if held > maxPageBytes {
			break
		}
	}
	if r.at < from.bytes {
		next = r.at
	}
	return rows, next, nil
}

// maxPageBytes is how long a page of a result is, or little more.
const maxPageBytes = 8 << 20

// A resultReader reads what a resultWriter wrote.
type resultReader struct {
	in      *bufio.Reader
	utility bool
	at      int64
}

var errResult = errors.New("BUG: the file of a result is not as it was written")

func (r *resultReader) row(columns int) ([]*string, error) {
	if r.utility {
		line, err := r.in.ReadString('\n')
		r.at += int64(len(line))
		if err != nil {
			return nil, errResult
		}
		var row []*string
		for value := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), "\t") {
			row = append(row, &value)
		}
		return row, nil
	}
	row := make([]*string, 0, columns)
	for {
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		row = append(row, value)
		switch c, err := r.byte(); {
		case err != nil || c != ',' && c != '\n':
			return nil, errResult
		case c == '\n':
			return row, nil
		}
	}
}

// value reads a value up to what is behind it.
func (r *resultReader) value() (*string, error) {
	if next, err := r.in.Peek(1); err != nil || next[0] != '"' {
		return nil, err
	}
	r.byte()
	var b strings.Builder
	for {
		part, err := r.in.ReadString('"')
		r.at += int64(len(part))
		if err != nil {
			return nil, errResult
		}
		b.WriteString(part[:len(part)-1])
		if next, err := r.in.Peek(1); err != nil || next[0] != '"' {
			text := b.String()
			return &text, nil
		}
		r.byte()
		b.WriteByte('"')
	}
}

func (r *resultReader) byte() (byte, error) {
	c, err := r.in.ReadByte()
	r.at++
	return c, err
}

// athenaText is a value as Athena writes it.
func athenaText(v any, kind string) string {
	if kind == "JSON" {
		return query.JSONText(v)
	}
	switch v := v.(type) {
	case string, bool, int64, uint64, schema.Number:
		return fmt.Sprint(v)
	case float64:
		return javaDouble(v)
	case time.Time:
		switch kind {
		case "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE":
			return v.UTC().Format("2006-01-02 15:04:05.000") + " UTC"
		}
		return v.UTC().Format("2006-01-02 15:04:05.000")
	case []byte:
		return spaced(v)
	}
	return nestedText(v)
}

// nestedText is a value within another: a row and a map are {name=value}, a list [value].
func nestedText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case schema.List:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = nestedText(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case schema.Struct:
		parts := make([]string, len(v))
		for i, m := range v {
			parts[i] = m.Name + "=" + nestedText(m.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return athenaText(v, "")
}

// smallMembers is a value whose members have small letters.
func smallMembers(v any) any {
	switch v := v.(type) {
	case schema.List:
		for i := range v {
			v[i] = smallMembers(v[i])
		}
	case schema.Struct:
		for i := range v {
			v[i].Name, v[i].Value = strings.ToLower(v[i].Name), smallMembers(v[i].Value)
		}
	}
	return v
}

// spaced writes bytes as Athena does: 61 62 63.
func spaced(b []byte) string {
	parts := make([]string, len(b))
	for i := range b {
		parts[i] = hex.EncodeToString(b[i : i+1])
	}
	return strings.Join(parts, " ")
}

// javaDouble is a number as Java writes it: with one digit behind the point at least, and with an
// exponent below a thousandth and from ten million on.
func javaDouble(f float64) string {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strconv.FormatFloat(f, 'f', -1, 64), "+") + "inity"
	case abs != 0 && (abs < 1e-3 || abs >= 1e7):
		digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		if !strings.Contains(digits, ".") {
			digits += ".0"
		}
		n, _ := strconv.Atoi(exponent)
		return digits + "E" + strconv.Itoa(n)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
