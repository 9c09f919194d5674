package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

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

// EscapeLines escapes text of several lines, and leaves it its lines.
func EscapeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = Escape(lines[i])
	}
	return strings.Join(lines, "\n")
}
