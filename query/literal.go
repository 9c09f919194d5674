package query

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// literal writes the value of a filter as SQL does.
func literal(v any) string {
	switch v := v.(type) {
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
