package query

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"trailbox/query/athena"
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

// A Piece is one statement of a text.
type Piece struct {
	SQL    string
	Before string // what stands before it in the text
}

// position is where an offset of the statement is in the text, from 1; columns are
// characters.
func (p Piece) position(offset int) (line, column int) {
	at := p.Before + p.SQL[:offset]
	return 1 + strings.Count(at, "\n"), 1 + utf8.RuneCountInString(at[strings.LastIndexByte(at, '\n')+1:])
}

// SplitStatements takes SQL text apart at the semicolons between its statements: not
// at those in strings ('...', E'...', $tag$...$tag$), identifiers ("...") and
// comments (-- and nested /* */), by the rules of DuckDB's own scanner. A statement
// reaches from its first token to its last, without the comments before and after;
// what has no token is no statement. Where the text ends inside of a quote or a
// comment, the error is an [*UnterminatedError].
func SplitStatements(text string) ([]Piece, error) {
	var statements []Piece
	begin, end := 0, 0 // of the statement that is being read
	for at := 0; at < len(text); {
		size, kind := athena.Next(text[at:])
		if size < 0 {
			line, column := Piece{SQL: text}.position(at)
			return nil, &UnterminatedError{What: string(kind), Line: line, Column: column}
		}
		switch {
		case kind == athena.Semicolon && end > begin:
			statements = append(statements, Piece{SQL: text[begin:end], Before: text[:begin]})
			end = begin
		case kind == athena.Semicolon, kind == athena.Space, kind == athena.Comment:
		case end == begin:
			begin, end = at, at+size
		default:
			end = at + size
		}
		at += size
	}
	if end > begin {
		statements = append(statements, Piece{SQL: text[begin:end], Before: text[:begin]})
	}
	return statements, nil
}

// Ended reports whether SQL text comes to the end of a statement: its last token is a
// semicolon.
func Ended(text string) bool {
	ended := false
	for at := 0; at < len(text); {
		size, kind := athena.Next(text[at:])
		if size < 0 {
			return false
		}
		if kind != athena.Space && kind != athena.Comment {
			ended = kind == athena.Semicolon
		}
		at += size
	}
	return ended
}
