package athena

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Kind is what a token is, as far as it matters where statements end.
type Kind string

const (
	Space      Kind = "space"
	Semicolon  Kind = "semicolon"
	Comment    Kind = "comment"
	String     Kind = "string"
	Identifier Kind = "quoted identifier"
	Other      Kind = "token"
)

// Next finds the token that text, which is not empty, begins with, and its size
// in bytes: -1 if text ends before it does.
func Next(text string) (size int, kind Kind) {
	switch {
	case text[0] == ';':
		return 1, Semicolon
	case text[0] == '\'':
		return quotedSize(text, 1, false), String
	case text[0] == '"':
		return quotedSize(text, 1, false), Identifier
	case text[0] == '$':
		return dollarSize(text), String // or a parameter's dollar
	case strings.HasPrefix(text, "--"):
		if end := strings.IndexAny(text, "\n\r"); end >= 0 {
			return end, Comment
		}
		return len(text), Comment
	case strings.HasPrefix(text, "/*"):
		return commentSize(text), Comment
	}
	if size := WordSize(text); size > 0 {
		if size == 1 && (text[0] == 'E' || text[0] == 'e') && strings.HasPrefix(text[1:], "'") {
			return quotedSize(text, 2, true), String
		}
		return size, Other
	}
	r, size := utf8.DecodeRuneInString(text)
	if isSpace(r) {
		return size, Space
	}
	return size, Other
}

// continuation is what may stand between the parts of one string: white space with a
// line end in it. It matters to E'...' only, whose further parts are read by its rules.
var continuation = regexp.MustCompile(`^[ \t\f\v]*(--[^\n\r]*)?[\n\r]([ \t\f\v\n\r]|--[^\n\r]*[\n\r])*'`)

// quotedSize finds the end of a string or an identifier whose content begins at
// start, behind the quote.
func quotedSize(text string, start int, escapes bool) int {
	quote := text[start-1]
	for i := start; i < len(text); i++ {
		switch {
		case escapes && text[i] == '\\':
			i++
		case text[i] != quote:
		case i+1 < len(text) && text[i+1] == quote:
			i++
		case escapes && continuation.MatchString(text[i+1:]):
			i += len(continuation.FindString(text[i+1:]))
		default:
			return i + 1
		}
	}
	return -1
}

// dollarSize finds the end of $$...$$ or $tag$...$tag$; a dollar that begins none,
// as that of the parameter $since, stands alone.
func dollarSize(text string) int {
	tag := 0
	for tag+1 < len(text) && text[tag+1] != '$' && isWordByte(text[tag+1]) {
		tag++
	}
	if tag > 0 && isDigit(text[1]) || tag+1 == len(text) || text[tag+1] != '$' {
		return 1
	}
	delimiter := text[:tag+2]
	end := strings.Index(text[len(delimiter):], delimiter)
	if end < 0 {
		return -1
	}
	return len(delimiter) + end + len(delimiter)
}

func commentSize(text string) int {
	depth := 0
	for i := 0; i < len(text)-1; i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
		}
		if depth == 0 {
			return i + 1
		}
	}
	return -1
}

// WordSize is the size of the identifier, keyword or digits that text begins with.
// Words have to be found as a whole: the E of nameE'...' and the dollars of a$b$
// begin no string. Digits end where letters begin, as 1E'...' does begin one.
func WordSize(text string) int {
	if isDigit(text[0]) {
		return len(text) - len(strings.TrimLeft(text, "0123456789"))
	}
	size := 0
	for size < len(text) && isWordByte(text[size]) {
		r, n := utf8.DecodeRuneInString(text[size:])
		if isSpace(r) {
			break
		}
		size += n
	}
	return size
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// isSpace says which characters DuckDB takes for white space: more than SQL does,
// since pasted text has them.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\f', '\v', 0xa0, 0x202f, 0x205f, 0x2060, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200d
}
