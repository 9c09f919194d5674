package query

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"trailbox/schema"
)

// A jsonWriter writes one object a line, its members in the order of the columns:
// bare, or as the elements of one array.
type jsonWriter struct {
	out   *bufio.Writer
	keys  [][]byte // each with its quotes and colon
	array bool
	rows  int64
	line  []byte // reused
}

func newJSONWriter(out *bufio.Writer, columns []schema.ResultColumn, array bool) *jsonWriter {
	w := &jsonWriter{out: out, array: array}
	for _, name := range distinctNames(columns) {
		w.keys = append(w.keys, append(appendJSONString(nil, name), ':'))
	}
	return w
}

// distinctNames are the columns' names with a number after those that came before,
// as DuckDB numbers them (id, id_1, id_2): most readers keep only the last of two
// members of one name.
func distinctNames(columns []schema.ResultColumn) []string {
	taken := make(map[string]bool) // the given names too, so that a column called id_1 keeps its name
	for _, c := range columns {
		taken[c.Name] = true
	}
	names := make([]string, len(columns))
	seen := make(map[string]bool)
	for i, c := range columns {
		name := c.Name
		for n := 1; seen[c.Name] && taken[name]; n++ {
			name = c.Name + "_" + strconv.Itoa(n)
		}
		seen[c.Name], taken[name] = true, true
		names[i] = name
	}
	return names
}

func (w *jsonWriter) writeRow(values []any) error {
	line := w.line[:0]
	if w.array {
		if w.rows == 0 {
			line = append(line, "[\n"...)
		} else {
			line = append(line, ",\n"...)
		}
	}
	line = append(line, '{')
	for i, v := range values {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, w.keys[i]...)
		line = appendJSON(line, v)
	}
	line = append(line, '}')
	if !w.array {
		line = append(line, '\n')
	}
	w.line = line
	w.rows++
	_, err := w.out.Write(line)
	return err
}

func (w *jsonWriter) end(complete bool) error {
	var last string
	switch {
	case !w.array:
	case !complete && w.rows > 0:
		last = "\n"
	case !complete:
		last = "[\n"
	case w.rows == 0:
		last = "[]\n"
	default:
		last = "\n]\n"
	}
	_, err := w.out.WriteString(last)
	return err
}

// appendJSON writes a value as JSON. Members of one name in a struct stay as they
// are: their type or their JSON text had them so.
func appendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return appendJSONString(dst, formatFloat(v))
		}
		return append(dst, formatFloat(v)...)
	case schema.Number:
		if json.Valid([]byte(v)) {
			return append(dst, v...)
		}
		return appendJSONString(dst, string(v))
	case time.Time, []byte:
		return appendJSONString(dst, text(v))
	case string:
		return appendJSONString(dst, v)
	case schema.List:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, element)
		}
		return append(dst, ']')
	case schema.Struct:
		dst = append(dst, '{')
		for i, member := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSONString(dst, member.Name), ':')
			dst = appendJSON(dst, member.Value)
		}
		return append(dst, '}')
	}
	return appendJSONString(dst, fmt.Sprint(v))
}

// EscapeJSON escapes in a text of JSON what the forms of an answer escape: what is
// [invisible], which may be in strings only, but for white space.
func EscapeJSON(text []byte) []byte {
	var escaped []byte
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r >= ' ' && invisible(r) {
			escaped = appendJSONEscape(escaped, r)
		} else {
			escaped = append(escaped, text[:size]...)
		}
		text = text[size:]
	}
	return escaped
}

// appendJSONEscape writes a character by its number.
func appendJSONEscape(dst []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(dst, `\u%04x`, r)
}

// appendJSONString writes a string that no terminal, line reader or script in a page
// can take for something else: what is [invisible] is escaped, and what is not UTF-8
// becomes U+FFFD. Nothing else is, < > & included.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		broken := r == utf8.RuneError && size == 1
		if r != '"' && r != '\\' && !broken && !invisible(r) {
			i += size
			continue
		}
		dst = append(dst, s[done:i]...)
		switch {
		case broken:
			dst = append(dst, "\ufffd"...)
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = appendJSONEscape(dst, r)
		}
		i += size
		done = i
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}

// JSONText is a value as JSON has it.
func JSONText(v any) string { return string(appendJSON(nil, v)) }
