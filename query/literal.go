package query

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// literal writes the value of a filter as SQL does.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		// Without a zone, since eventTime has none and other tools may not be set to UTC.
		if v.Year() < 1 || v.Year() > 9999 {
			return fmt.Sprintf("make_timestamp(%d)", v.UnixMicro())
		}
		return v.UTC().Format("TIMESTAMP '2006-01-02 15:04:05.999999'")
	case string:
		return quoted(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return quoted(formatFloat(v)) + "::DOUBLE"
		}
		return strconv.FormatFloat(v, 'e', -1, 64) // a DOUBLE, not a DECIMAL
	case []string:
		all := make([]string, len(v))
		for i, text := range v {
			all[i] = quoted(text)
		}
		return "[" + strings.Join(all, ", ") + "]"
	case []int64:
		all := make([]string, len(v))
		for i, n := range v {
			all[i] = strconv.FormatInt(n, 10)
		}
		return "[" + strings.Join(all, ", ") + "]::BIGINT[]" // one of nothing, too
	}
	panic(fmt.Sprintf("BUG: no literal for a %T", v))
}

// quoted writes text as a string, or as several that are joined: what cannot be seen,
// pasted or, as NUL, be part of a statement is there as chr(n).
func quoted(text string) string {
	var parts []string
	var plain strings.Builder
	end := func() {
		if plain.Len() > 0 {
			parts = append(parts, "'"+plain.String()+"'")
			plain.Reset()
		}
	}
	for _, r := range text {
		switch {
		case r == '\'':
			plain.WriteString("''")
		case invisible(r):
			end()
			parts = append(parts, fmt.Sprintf("chr(%d)", r))
		default:
			plain.WriteRune(r)
		}
	}
	end()
	switch len(parts) {
	case 0:
		return "''"
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, " || ") + ")"
}
