package query

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// An UnterminatedError says that SQL text ends inside of a quote or a comment: it is
// wrong, or someone is still typing it.
type UnterminatedError struct {
	What         string // such as string or comment
	Line, Column int    // where it begins, from 1; columns are characters
}

func (e *UnterminatedError) Error() string {
	return fmt.Sprintf("the %s that begins at line %d, column %d has no end", e.What, e.Line, e.Column)
}

// SplitStatements takes SQL text apart at the semicolons between its statements: not
// at those in strings ('...', E'...', $tag$...$tag$), identifiers ("...") and
// comments (-- and nested /* */), by the rules of DuckDB's own scanner. A statement
// reaches from its first token to its last, without the comments before and after;
// what has no token is no statement. Where the text ends inside of a quote or a
// comment, the error is an [*UnterminatedError].
func SplitStatements(text string) ([]string, error) {
	var statements []string
	begin, end := 0, 0 // of the statement that is being read
	for at := 0; at < len(text); {
		size, kind := nextToken(text[at:])
		if size < 0 {
			before := text[:at]
			return nil, &UnterminatedError{
				What:   string(kind),
				Line:   1 + strings.Count(before, "\n"),
				Column: 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]),
			}
		}
		switch {
		case kind == tokenSemicolon && end > begin:
			statements = append(statements, text[begin:end])
			end = begin
		case kind == tokenSemicolon, kind == tokenSpace, kind == tokenComment:
		case end == begin:
			begin, end = at, at+size
		default:
			end = at + size
		}
		at += size
	}
	if end > begin {
		statements = append(statements, text[begin:end])
	}
	return statements, nil
}

// Ended reports whether SQL text comes to the end of a statement: its last token is a
// semicolon.
func Ended(text string) bool {
	ended := false
	for at := 0; at < len(text); {
		size, kind := nextToken(text[at:])
		if size < 0 {
			return false
		}
		if kind != tokenSpace && kind != tokenComment {
			ended = kind == tokenSemicolon
		}
		at += size
	}
	return ended
}

// A tokenKind is what a token is, as far as it matters where statements end.
type tokenKind string

const (
	tokenSpace      tokenKind = "space"
	tokenSemicolon  tokenKind = "semicolon"
	tokenComment    tokenKind = "comment"
	tokenString     tokenKind = "string"
	tokenIdentifier tokenKind = "quoted identifier"
	tokenOther      tokenKind = "token"
)

// nextToken finds the token that text, which is not empty, begins with, and its size
// in bytes: -1 if text ends before it does.
func nextToken(text string) (size int, kind tokenKind) {
	switch {
	case text[0] == ';':
		return 1, tokenSemicolon
	case text[0] == '\'':
		return quotedSize(text, 1, false), tokenString
	case text[0] == '"':
		return quotedSize(text, 1, false), tokenIdentifier
	case text[0] == '$':
		return dollarSize(text), tokenString // or a parameter's dollar
	case strings.HasPrefix(text, "--"):
		if end := strings.IndexAny(text, "\n\r"); end >= 0 {
			return end, tokenComment
		}
		return len(text), tokenComment
	case strings.HasPrefix(text, "/*"):
		return commentSize(text), tokenComment
	}
	if size := wordSize(text); size > 0 {
		if size == 1 && (text[0] == 'E' || text[0] == 'e') && strings.HasPrefix(text[1:], "'") {
			return quotedSize(text, 2, true), tokenString
		}
		return size, tokenOther
	}
	r, size := utf8.DecodeRuneInString(text)
	if isSpace(r) {
		return size, tokenSpace
	}
	return size, tokenOther
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

// wordSize is the size of the identifier, keyword or digits that text begins with.
// Words have to be found as a whole: the E of nameE'...' and the dollars of a$b$
// begin no string. Digits end where letters begin, as 1E'...' does begin one.
func wordSize(text string) int {
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
